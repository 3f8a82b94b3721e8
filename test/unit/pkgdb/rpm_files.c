/* The names of a package's files, as its header has them. */
#include "pkgdb/rpm_internal.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "rpm_make.h"

#define TEXTS(tag, n, text)                                                                        \
	{                                                                                          \
		tag, T_STRING_ARRAY, n,                                                            \
		{                                                                                  \
			(const uint8_t *)(text), sizeof(text)                                      \
		}                                                                                  \
	}
#define NUMBERS(n, bytes)                                                                          \
	{                                                                                          \
		1116, T_INT32, n,                                                                  \
		{                                                                                  \
			(const uint8_t *)(bytes), 4 * (n)                                          \
		}                                                                                  \
	}

static void add(void *ctx, struct bytes path)
{
	assert_int_equal(buf_append(ctx, path.p, path.n, NULL), 0);
	assert_int_equal(buf_append(ctx, " ", 1, NULL), 0);
}

/* The files of a header of these tags, each with a blank behind it, however it is cut. */
static void check(const struct make_tag *tags, size_t n, const char *files)
{
	cleanup_buf struct buf blob = buf_max(MIB);
	make_header(&blob, tags, n);
	for (size_t piece = 1; piece <= blob.n; piece += 7) {
		cleanup_buf struct buf out = buf_max(MIB);
		struct bytes rest = buf_view(&blob);
		struct rpm_header h;
		struct error err = { 0 };
		rpm_header_init(&h);
		h.files.wanted = true;
		bool more = rpm_header_begin(&h, rest.n);
		for (; more && rest.n > 0; rest = bytes_sub(rest, piece, rest.n))
			more = rpm_header_feed(&h, bytes_sub(rest, 0, piece));
		assert_int_equal(rpm_header_end(&h, &err), 0);
		rpm_files_tell(&h.files, add, &out);
		assert_string_equal(buf_cstr(&out, NULL), files);
		rpm_header_free(&h);
	}
}

static void names_are_joined_with_their_directories(void **state)
{
	const struct make_tag tags[] = { NUMBERS(3, "\0\0\0\0\0\0\0\1\0\0\0\1"),
					 TEXTS(1117, 3, "bash\0a\0b"),
					 TEXTS(1118, 2, "/usr/bin/\0/usr/share/doc/") };
	(void)state;
	check(tags, 3, "usr/bin/bash usr/share/doc/a usr/share/doc/b ");
}

static void what_points_nowhere_is_left_out(void **state)
{
	const struct make_tag beyond[] = { NUMBERS(3, "\0\0\0\0\0\0\0\2\377\377\377\377"),
					   TEXTS(1117, 3, "bash\0a\0b"),
					   TEXTS(1118, 2, "/usr/bin/\0/x/") };
	const struct make_tag few[] = { NUMBERS(1, "\0\0\0\0"), TEXTS(1117, 3, "bash\0a\0b"),
					TEXTS(1118, 1, "/usr/bin/") };
	(void)state;
	check(beyond, 3, "usr/bin/bash ");
	check(few, 3, "usr/bin/bash ");
}

static void a_header_without_one_of_the_three_has_no_files(void **state)
{
	const struct make_tag no_names[] = { NUMBERS(1, "\0\0\0\0"), TEXTS(1118, 1, "/usr/bin/") };
	const struct make_tag wrong_type[] = { NUMBERS(1, "\0\0\0\0"), MAKE_TEXT(1117, "bash"),
					       TEXTS(1118, 1, "/usr/bin/") };
	(void)state;
	check(no_names, 2, "");
	check(wrong_type, 3, "");
}

static void a_directory_that_is_too_long_is_left_out(void **state)
{
	static uint8_t dirs[LIMIT_PATH_BYTES + 8];
	memset(dirs, 'x', sizeof dirs - 1);
	const struct make_tag tags[] = { NUMBERS(1, "\0\0\0\0"),
					 TEXTS(1117, 1, "a"),
					 { 1118, T_STRING_ARRAY, 1, bytes_of(dirs, sizeof dirs) } };
	cleanup_buf struct buf blob = buf_max(MIB), out = buf_max(MIB);
	struct rpm_header h;
	(void)state;
	make_header(&blob, tags, 3);
	rpm_header_init(&h);
	h.files.wanted = true;
	if (rpm_header_begin(&h, blob.n))
		(void)rpm_header_feed(&h, buf_view(&blob));
	rpm_files_tell(&h.files, add, &out);
	assert_int_equal(out.n, 0);
	rpm_header_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_joined_with_their_directories),
		cmocka_unit_test(what_points_nowhere_is_left_out),
		cmocka_unit_test(a_header_without_one_of_the_three_has_no_files),
		cmocka_unit_test(a_directory_that_is_too_long_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
