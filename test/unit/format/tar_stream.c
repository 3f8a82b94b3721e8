/* Where an archive ends, what its caller is told, and what the writer writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tar_check.h"

/* --- the end ------------------------------------------------------------------------------------- */

static void an_archive_ends_at_two_zero_blocks_and_nothing_behind_them_is_read(void **state)
{
	struct make m = make_new();
	(void)state;
	make_file(&m, "a", "text");
	make_end(&m);
	make_file(&m, "hidden", "x");
	make_bytes(&m, BYTES_LIT("garbage"));
	check(&m, ERR_NONE, "fa=text");
}

static void the_end_marker_may_be_missing_or_half(void **state)
{
	struct make m = make_new();
	(void)state;
	make_file(&m, "a", "text");
	check(&m, ERR_NONE, "fa=text");
	m = make_new();
	make_file(&m, "a", "text");
	make_zeros(&m, 512);
	check(&m, ERR_NONE, "fa=text");
	m = make_new();
	check(&m, ERR_NONE, "");
	m = make_new();
	make_end(&m);
	check(&m, ERR_NONE, "");
}

static void an_entry_behind_a_single_zero_block_is_refused(void **state)
{
	struct make m = make_new();
	(void)state;
	make_file(&m, "a", "text");
	make_zeros(&m, 512);
	make_file(&m, "b", "");
	refused(&m, ERR_MALFORMED);
}

static void what_is_no_archive_is_refused(void **state)
{
	struct make m = make_new();
	(void)state;
	for (int i = 0; i < 100; i++)
		make_bytes(&m, BYTES_LIT("This is no archive. "));
	check(&m, ERR_MALFORMED, "");
}

/* Where a cut leaves whole entries: behind a content, before the next header. */
struct borders {
	size_t from[16], to[16], n;
};

static void add_border(struct borders *b, const struct make *m, size_t padding)
{
	b->from[b->n] = m->out.n - padding;
	b->to[b->n++] = m->out.n;
}

static bool is_border(const struct borders *b, size_t cut)
{
	for (size_t i = 0; i < b->n; i++)
		if (cut >= b->from[i] && cut <= b->to[i])
			return true;
	return false;
}

static void make_some_of_each(struct make *m, struct borders *b)
{
	add_border(b, m, 0);
	make_file(m, "a", "text");
	add_border(b, m, 508);
	make_pax(m, "path=b\n");
	make_file(m, "x", "");
	add_border(b, m, 0);
	make_long(m, 'L', "c");
	make_link(m, '2', "x", "to");
	add_border(b, m, 0);
	make_sparse(m, "d", 5, "1,1,3,1,4,0,4,0,4,0");
	make_content(m, "xy");
	add_border(b, m, 510);
	make_pax(m, "GNU.sparse.major=1\nGNU.sparse.minor=0\nGNU.sparse.realsize=5\n");
	make_head(m, "e", '0', 512 + 2);
	make_content(m, "1\n1\n2\n");
	make_content(m, "xy");
	add_border(b, m, 510);
	make_zeros(m, 512);
	add_border(b, m, 0);
	make_zeros(m, 512);
	add_border(b, m, 0);
}

static void an_archive_cut_at_any_byte_is_told_unless_the_cut_is_a_border(void **state)
{
	struct make m = make_new();
	struct borders b = { .n = 0 };
	(void)state;
	make_some_of_each(&m, &b);
	for (size_t cut = 0; cut <= m.out.n; cut++) {
		struct seen s = { .want = true };
		enum error_code code = read_pieces(bytes_of(m.out.p, cut), 100, &s);
		assert_int_equal(code, is_border(&b, cut) ? ERR_NONE : ERR_TRUNCATED);
		buf_free(&s.line);
	}
	make_free(&m);
}

/* --- the caller ----------------------------------------------------------------------------------- */

static int stop(void *ctx, const struct tar_entry *e, struct error *err)
{
	(void)e;
	++*(unsigned *)ctx;
	return error_set(err, ERR_CANCELLED, "enough");
}

static void the_sinks_error_stops_the_reader(void **state)
{
	struct make m = make_new();
	struct error err = { 0 };
	unsigned calls = 0;
	struct tar_reader *t = tar_reader_new((struct tar_sink){ .entry = stop, .ctx = &calls });
	(void)state;
	make_file(&m, "a", "");
	make_file(&m, "b", "");
	assert_int_equal(tar_feed(t, buf_view(&m.out), &err), -1);
	assert_int_equal(err.code, ERR_CANCELLED);
	assert_int_equal(calls, 1);
	tar_reader_free(t);
	make_free(&m);
}

static int pass_over(void *ctx, const struct tar_entry *e, struct error *err)
{
	(void)ctx;
	(void)e;
	(void)err;
	return TAR_SKIP;
}

static void offset_entries_and_end_are_told(void **state)
{
	struct make m = make_new();
	struct error err = { 0 };
	struct tar_reader *t = tar_reader_new((struct tar_sink){ .entry = pass_over });
	(void)state;
	make_file(&m, "a", "text");
	make_pax(&m, "path=b\n");
	make_file(&m, "x", "");
	assert_int_equal(tar_feed(t, buf_view(&m.out), &err), 0);
	assert_int_equal(tar_offset(t), m.out.n);
	assert_int_equal(tar_entries(t), 2);
	assert_false(tar_ended(t));
	size_t before = m.out.n;
	make_end(&m);
	assert_int_equal(tar_feed(t, bytes_sub(buf_view(&m.out), before, m.out.n), &err), 0);
	assert_true(tar_ended(t));
	assert_int_equal(tar_offset(t), m.out.n);
	tar_reader_free(t);
	make_free(&m);
}

/* --- the writer -------------------------------------------------------------------------------------- */

struct written {
	const struct tar_entry *entries;
	size_t at;
	char path[5000], link[5000];
};

static int compare_entry(void *ctx, const struct tar_entry *e, struct error *err)
{
	struct written *w = ctx;
	const struct tar_entry *want = &w->entries[w->at++];
	(void)err;
	assert_int_equal(e->type, want->type);
	assert_true(bytes_equal(e->path, want->path));
	assert_true(bytes_equal(e->link, want->link));
	assert_true(e->size == want->size);
	assert_int_equal(e->mode, want->mode);
	assert_int_equal(e->uid, want->uid);
	assert_int_equal(e->gid, want->gid);
	assert_true(e->mtime == want->mtime);
	return TAR_SKIP;
}

static void what_is_written_is_read_back(void **state)
{
	char names[8][4200];
	static const size_t lengths[] = { 1, 99, 100, 101, 155, 256, 999, 4096 };
	struct tar_entry entries[32] = { 0 };
	size_t n = 0;
	(void)state;
	for (size_t i = 0; i < 8; i++) {
		memset(names[i], 'a' + (int)i, lengths[i]);
		struct bytes name = bytes_of(names[i], lengths[i]);
		entries[n++] = (struct tar_entry){ .type = TAR_DIR, .path = name, .mode = 0755 };
		entries[n++] = (struct tar_entry){ .type = TAR_SYMLINK,
						   .path = BYTES_LIT("l"),
						   .link = name };
		entries[n++] = (struct tar_entry){ .type = TAR_HARDLINK,
						   .path = name,
						   .link = name,
						   .uid = 1000,
						   .gid = 07777777 };
	}
	entries[n++] = (struct tar_entry){ .path = BYTES_LIT("new\nline \xff/"), .size = 1 };
	entries[n++] = (struct tar_entry){ .path = BYTES_LIT("8G"), .size = 8 * GIB - 1 };
	entries[n++] =
		(struct tar_entry){ .path = BYTES_LIT("8G+"), .size = 8 * GIB, .mode = 07777 };
	entries[n++] = (struct tar_entry){ .path = BYTES_LIT("max"),
					   .size = (uint64_t)INT64_MAX - 511,
					   .mtime = 1700000000 };
	struct written w = { .entries = entries };
	struct error err = { 0 };
	struct tar_reader *t =
		tar_reader_new((struct tar_sink){ .entry = compare_entry, .ctx = &w });
	for (size_t i = 0; i < n; i++) {
		cleanup_buf struct buf out = buf_max(MIB);
		assert_int_equal(tar_write_header(&out, &entries[i], &err), 0);
		assert_int_equal(out.n % 512, 0);
		assert_int_equal(tar_feed(t, buf_view(&out), &err), 0);
		if (entries[i].size > 0)
			tar_skipped(t, tar_skippable(t)); /* the content … */
		if (tar_padding(entries[i].size) > 0)
			tar_skipped(t, tar_skippable(t)); /* … and its padding */
	}
	cleanup_buf struct buf end = buf_max(MIB);
	assert_int_equal(tar_write_end(&end, &err), 0);
	assert_int_equal(tar_feed(t, buf_view(&end), &err), 0);
	assert_int_equal(tar_finish(t, &err), 0);
	assert_true(tar_ended(t));
	assert_int_equal(w.at, n);
	tar_reader_free(t);
}

static void padding_fills_the_last_block(void **state)
{
	(void)state;
	assert_int_equal(tar_padding(0), 0);
	assert_int_equal(tar_padding(1), 511);
	assert_int_equal(tar_padding(511), 1);
	assert_int_equal(tar_padding(512), 0);
	assert_int_equal(tar_padding(8 * GIB + 1), 511);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			an_archive_ends_at_two_zero_blocks_and_nothing_behind_them_is_read),
		cmocka_unit_test(the_end_marker_may_be_missing_or_half),
		cmocka_unit_test(an_entry_behind_a_single_zero_block_is_refused),
		cmocka_unit_test(what_is_no_archive_is_refused),
		cmocka_unit_test(an_archive_cut_at_any_byte_is_told_unless_the_cut_is_a_border),
		cmocka_unit_test(the_sinks_error_stops_the_reader),
		cmocka_unit_test(offset_entries_and_end_are_told),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(padding_fills_the_last_block),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
