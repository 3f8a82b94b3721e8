#include "pkgdb/filelist.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void add(void *ctx, struct bytes path)
{
	struct buf *b = ctx;
	assert_int_equal(buf_append(b, path.p, path.n, NULL), 0);
	assert_int_equal(buf_append(b, " ", 1, NULL), 0);
}

/* Every path of the list, each with a blank behind it, however it is cut. */
static void check(enum filelist_kind kind, const char *text, const char *paths)
{
	struct bytes all = bytes_str(text);
	for (size_t step = 1; step <= all.n + 1; step++) {
		struct buf out = buf_max(64 * KIB);
		struct filelist *l = filelist_new(kind, add, &out);
		for (size_t at = 0; at < all.n; at += step)
			filelist_feed(l, bytes_sub(all, at, at + step));
		filelist_finish(l);
		assert_string_equal(buf_cstr(&out, NULL), paths);
		filelist_free(l);
		buf_free(&out);
	}
}

static void dpkg_lists_a_path_a_line(void **state)
{
	(void)state;
	check(FILELIST_PATHS, "/.\n/usr\n/usr/bin/x\n//a b", ". usr usr/bin/x a b ");
	check(FILELIST_PATHS, "\n\n/\n", "");
	check(FILELIST_PATHS, "", "");
}

static void sums_stand_in_front_of_their_paths(void **state)
{
	(void)state;
	check(FILELIST_SUMS, "0123456789abcdef0123456789abcdef  usr/bin/x\nshort\n", "usr/bin/x ");
}

static void apk_lists_names_below_their_directory(void **state)
{
	(void)state;
	check(FILELIST_APK,
	      "P:musl\nV:1\nF:lib\nR:ld.so\na:0:0:755\nR:libc.so\nF:\nR:x\n\nP:b\nF:usr/bin\nR:b\n",
	      "lib/ld.so lib/libc.so x usr/bin/b ");
}

static void a_line_that_no_path_can_be_is_left_out(void **state)
{
	(void)state;
	cleanup_buf struct buf text = buf_max(64 * KIB), out = buf_max(64 * KIB);
	for (int i = 0; i < 3 * LIMIT_PATH_BYTES; i++)
		assert_int_equal(buf_append(&text, "a", 1, NULL), 0);
	struct filelist *l = filelist_new(FILELIST_PATHS, add, &out);
	filelist_feed(l, buf_view(&text));
	filelist_feed(l, buf_view(&text));
	filelist_feed(l, BYTES_LIT("\n/b\n"));
	filelist_finish(l);
	filelist_free(l);
	assert_string_equal(buf_cstr(&out, NULL), "b ");
}

static void lists_are_known_by_their_paths(void **state)
{
	(void)state;
	assert_int_equal(filelist_classify(BYTES_LIT("var/lib/dpkg/info/libc6:amd64.list")),
			 FILELIST_PATHS);
	assert_int_equal(filelist_classify(BYTES_LIT("var/lib/dpkg/status.d/base.md5sums")),
			 FILELIST_SUMS);
	assert_int_equal(filelist_classify(BYTES_LIT("lib/apk/db/installed")), FILELIST_APK);
	assert_int_equal(filelist_classify(BYTES_LIT("var/lib/dpkg/info/x.md5sums")),
			 FILELIST_NONE);
	assert_int_equal(filelist_classify(BYTES_LIT("a/var/lib/dpkg/info/x.list")), FILELIST_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dpkg_lists_a_path_a_line),
		cmocka_unit_test(sums_stand_in_front_of_their_paths),
		cmocka_unit_test(apk_lists_names_below_their_directory),
		cmocka_unit_test(a_line_that_no_path_can_be_is_left_out),
		cmocka_unit_test(lists_are_known_by_their_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
