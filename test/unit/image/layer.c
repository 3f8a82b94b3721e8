/* Entries of a layer land where a runtime would put them: behind the layer's own
 * links, and never above its root. A layer is written as lines: a type letter (f
 * file, d directory, l link, h hard link), a path, and behind ">" a link's
 * target; what comes out are the last entry's path and, behind ">", its target. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image/layer.h"

static enum tar_type type_of(uint8_t letter)
{
	switch (letter) {
	case 'd':
		return TAR_DIR;
	case 'l':
		return TAR_SYMLINK;
	case 'h':
		return TAR_HARDLINK;
	default:
		return TAR_FILE;
	}
}

static int entry(struct layer_reader *l, struct bytes line, struct buf *out, struct error *err)
{
	struct layer_change c;
	struct bytes path, rest = bytes_sub(line, 1, line.n);
	(void)bytes_next_field(&rest, '>', &path);
	struct tar_entry e = { .type = type_of(line.p[0]), .path = path, .link = rest };
	out->n = 0;
	int matters = layer_reader_entry(l, &e, &c, err);
	if (matters <= 0)
		return matters;
	(void)buf_append(out, c.path.p, c.path.n, NULL);
	if (c.target.n > 0)
		(void)buf_printf(out, NULL, ">%.*s", (int)c.target.n, (const char *)c.target.p);
	return 1;
}

/* wants NULL: everything. */
static int read_lines(const char *lines, const char *wants, struct buf *out, struct error *err)
{
	struct interest interest;
	struct bytes rest = bytes_str(lines), line;
	int r = 0;
	interest_init(&interest);
	interest.all = wants == NULL;
	if (wants != NULL)
		assert_int_equal(interest_add(&interest, bytes_str(wants), err), 0);
	struct layer_reader *l = layer_reader_new(&interest);
	while (r >= 0 && bytes_next_field(&rest, '\n', &line))
		r = entry(l, line, out, err);
	layer_reader_free(l);
	interest_free(&interest);
	return r;
}

static void lands(const char *lines, const char *expected)
{
	struct error err = { 0 };
	cleanup_buf struct buf out = buf_max(MIB);
	assert_true(read_lines(lines, NULL, &out, &err) >= 0);
	assert_string_equal(buf_cstr(&out, NULL), expected);
}

static void names_stay_below_the_root(void **state)
{
	(void)state;
	lands("f/etc/passwd", "etc/passwd");
	lands("f../../etc/passwd", "etc/passwd");
	lands("f./a/./b//c/../d", "a/b/d");
	lands("ha>/../b/./c", "a>b/c");
}

static void an_entry_written_through_a_link_lands_behind_it(void **state)
{
	(void)state;
	lands("la>b\nfa/x", "b/x");
	lands("la>/b/\nfa/x", "b/x");
	lands("ld/a>b\nfd/a/x", "d/b/x");
	lands("ld/a>../b\nfd/a/x", "b/x");
	lands("la>../../b\nfa/x", "b/x");
	lands("la>b\nlb>c\nfa/x", "c/x");
	lands("la>b\nlb>c/d\nlc>/e\nfa/x/y", "e/d/x/y");
	lands("la>b\nf./a//x/../y", "b/y");
	lands("la>b\nha/x>a/y", "b/x>b/y");
	lands("la>b\nfa/.wh.x", "b/x");
	lands("la>b\nfa/.wh..wh..opq", "b");
}

/* "x/../c" of a target goes up from where x leads; the name of an entry is
 * cleaned first, as runtimes do. */
static void dots_of_a_target_go_up_from_where_links_led(void **state)
{
	(void)state;
	lands("lx>deep/er\nla>x/../c\nfa/f", "deep/c/f");
	lands("lx>deep/er\nfx/../f", "f");
}

static void a_link_at_the_end_of_a_name_is_replaced_and_not_followed(void **state)
{
	(void)state;
	lands("la>b\nfa", "a");
	lands("la>b\nfa\nfa/x", "a/x");
	lands("la>b\nda\nfa/x", "a/x");
	lands("la>b\nla>c\nfa/x", "c/x");
	lands("la>b\nfc\nha>c\nfa/x", "a/x");
}

static void what_lay_below_a_replaced_directory_is_no_link_any_more(void **state)
{
	(void)state;
	lands("ld/e/a>/b\nfd\nfd/e/a/x", "d/e/a/x");
	lands("ld/e/a>/b\ndd\nfd/e/a/x", "b/x"); /* a directory stays */
	lands("ld/e/a>/b\nfdd\nfd/e/a/x", "b/x");
}

static void a_hard_link_to_a_link_is_that_link_once_more(void **state)
{
	(void)state;
	lands("la>/b\nhc>a\nfc/x", "b/x");
	lands("ld/a>b\nhc>d/a\nfc/x", "b/x"); /* its text, from the new place */
}

static void a_link_counts_also_when_it_led_nowhere_at_first(void **state)
{
	struct error err = { 0 };
	cleanup_buf struct buf out = buf_max(MIB);
	(void)state;
	assert_int_equal(
		read_lines("lv>w\nlw>u\nlu>var\nfv/lib/status", "var/lib/status", &out, &err), 1);
	assert_string_equal(buf_cstr(&out, NULL), "var/lib/status");
}

static void links_in_a_circle_are_told_only_when_something_goes_through(void **state)
{
	struct error err = { 0 };
	cleanup_buf struct buf out = buf_max(MIB);
	(void)state;
	lands("la>b\nlb>a\nfc", "c");
	assert_int_equal(read_lines("la>b\nlb>a\nfa/x", NULL, &out, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	lands("la>a\nda\nfa/x", "a/x");
}

static void a_link_longer_than_a_path_may_be_is_not_followed(void **state)
{
	char lines[2 * LIMIT_PATH_BYTES + 64] = "la>";
	(void)state;
	memset(lines + 3, 'x', LIMIT_PATH_BYTES + 1);
	memcpy(lines + 3 + LIMIT_PATH_BYTES + 1, "\nfa/x", 6);
	lands(lines, "a/x");
}

static void too_many_links_are_refused_rather_than_forgotten(void **state)
{
	struct interest interest;
	struct error err = { 0 };
	struct layer_change c;
	char name[64];
	int r = 0, n = 0;
	(void)state;
	interest_init(&interest);
	struct layer_reader *l = layer_reader_new(&interest);
	for (; r >= 0 && n <= LIMIT_LAYER_LINKS; n++) {
		(void)snprintf(name, sizeof name, "d%d/l%d", n % 100, n);
		struct tar_entry e = { .type = TAR_SYMLINK,
				       .path = bytes_str(name),
				       .link = BYTES_LIT("to") };
		r = layer_reader_entry(l, &e, &c, &err);
	}
	assert_int_equal(n, LIMIT_LAYER_LINKS + 1);
	assert_int_equal(err.code, ERR_LIMIT);
	layer_reader_free(l);
	interest_free(&interest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stay_below_the_root),
		cmocka_unit_test(an_entry_written_through_a_link_lands_behind_it),
		cmocka_unit_test(dots_of_a_target_go_up_from_where_links_led),
		cmocka_unit_test(a_link_at_the_end_of_a_name_is_replaced_and_not_followed),
		cmocka_unit_test(what_lay_below_a_replaced_directory_is_no_link_any_more),
		cmocka_unit_test(a_hard_link_to_a_link_is_that_link_once_more),
		cmocka_unit_test(a_link_counts_also_when_it_led_nowhere_at_first),
		cmocka_unit_test(links_in_a_circle_are_told_only_when_something_goes_through),
		cmocka_unit_test(a_link_longer_than_a_path_may_be_is_not_followed),
		cmocka_unit_test(too_many_links_are_refused_rather_than_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
