/* Sparse files of all forms: old GNU, and pax 0.0, 0.1 and 1.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tar_check.h"

#define TIB (1024 * GIB)

/* --- sparse files ------------------------------------------------------------------------------ */

static void old_gnu_sparse_files_are_read_with_their_holes(void **state)
{
	struct make m = make_new();
	(void)state;
	make_sparse(&m, "a", 12, "2,3,8,1");
	make_content(&m, "abcd");
	make_sparse(&m, "b", 6, "");
	make_sparse(&m, "c", 3, "0,3");
	make_content(&m, "xyz");
	make_sparse(&m, "d", 5, "0,0,1,2,3,0,5,0");
	make_content(&m, "xy");
	make_file(&m, "e", "end");
	holds(&m, "fa=..abc...d... fb=...... fc=xyz fd=.xy.. fe=end");
}

static void old_gnu_sparse_maps_go_on_in_further_blocks(void **state)
{
	struct make m = make_new();
	char map[4096] = "", content[64] = "", want[256] = "fa=";
	(void)state;
	for (int i = 0; i < 50; i++) {
		size_t n = strlen(map);
		(void)snprintf(map + n, sizeof map - n, "%s%d,1", i > 0 ? "," : "", 2 * i + 1);
		content[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[i % 26];
		want[3 + 2 * i] = '.';
		want[4 + 2 * i] = content[i];
	}
	make_sparse(&m, "a", 100, map);
	make_content(&m, content);
	make_file(&m, "b", "");
	strncat(want, " fb", sizeof want - strlen(want) - 1);
	holds(&m, want);
}

static void a_terabyte_of_holes_costs_nothing_unless_it_is_wanted(void **state)
{
	struct make m = make_new();
	struct seen s = { 0 };
	(void)state;
	make_sparse(&m, "a", TIB, "0,1");
	make_content(&m, "x");
	make_end(&m);
	assert_int_equal(read_pieces(buf_view(&m.out), SIZE_MAX, &s), ERR_NONE);
	assert_true(s.sizes == TIB);
	buf_free(&s.line);
	make_free(&m);
}

static void sparse_maps_that_lie_are_refused(void **state)
{
	static const struct {
		uint64_t size;
		const char *map;
	} cases[] = {
		{ 12, "2,3,4,1" }, /* overlap */
		{ 12, "8,1,2,3" }, /* backwards */
		{ 12, "2,3,8,2" }, /* more than the archive holds */
		{ 12, "2,3" }, /* less */
		{ 8, "2,3,8,1" }, /* beyond the end */
		{ 12, "9223372036854775807,4" },
		{ 12, "0,4611686018427387904,4611686018427387904,4611686018427387904" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct make m = make_new();
		uint8_t *b = make_sparse(&m, "a", cases[i].size, cases[i].map);
		make_number(b + 124, 4);
		make_seal(b);
		make_content(&m, "abcd");
		refused(&m, ERR_MALFORMED);
	}
}

static void pax_sparse_files_of_all_versions_are_read_with_their_holes(void **state)
{
	struct make m = make_new();
	(void)state;
	make_pax(&m, "GNU.sparse.size=12\nGNU.sparse.numblocks=2\nGNU.sparse.offset=2\n"
		     "GNU.sparse.numbytes=3\nGNU.sparse.offset=8\nGNU.sparse.numbytes=1\n");
	make_file(&m, "v00", "abcd");
	make_pax(&m, "GNU.sparse.size=12\nGNU.sparse.numblocks=2\nGNU.sparse.map=2,3,8,1\n"
		     "GNU.sparse.name=v01\n");
	make_file(&m, "x", "abcd");
	make_pax(&m, "GNU.sparse.major=0\nGNU.sparse.minor=1\nGNU.sparse.realsize=4\n"
		     "GNU.sparse.numblocks=0\nGNU.sparse.map=\n");
	make_file(&m, "v01empty", "");
	make_pax(&m, "GNU.sparse.major=1\nGNU.sparse.minor=0\nGNU.sparse.name=v10\n"
		     "GNU.sparse.realsize=12\n");
	make_head(&m, "x", '0', 512 + 4);
	make_content(&m, "2\n2\n3\n8\n1\n");
	make_content(&m, "abcd");
	make_pax(&m, "GNU.sparse.major=1\nGNU.sparse.minor=0\nGNU.sparse.realsize=2\n");
	make_head(&m, "v10empty", '0', 512);
	make_content(&m, "0\n");
	make_file(&m, "end", "");
	holds(&m, "fv00=..abc...d... fv01=..abc...d... fv01empty=.... fv10=..abc...d... "
		  "fv10empty=.. fend");
}

static void a_pax_sparse_map_may_need_more_than_a_block(void **state)
{
	struct make m = make_new();
	cleanup_buf struct buf map = buf_max(MIB), want = buf_max(MIB), content = buf_max(MIB);
	(void)state;
	assert_int_equal(buf_printf(&map, NULL, "300\n"), 0);
	assert_int_equal(buf_append_str(&want, "fa=", NULL), 0);
	for (int i = 0; i < 300; i++) {
		assert_int_equal(buf_printf(&map, NULL, "%d\n1\n", 2 * i + 1), 0);
		assert_int_equal(buf_append(&content, "x", 1, NULL), 0);
		assert_int_equal(buf_append(&want, ".x", 2, NULL), 0);
	}
	make_pax(&m, "GNU.sparse.major=1\nGNU.sparse.minor=0\nGNU.sparse.realsize=600\n");
	make_head(&m, "a", '0', map.n + tar_padding(map.n) + content.n);
	make_bytes(&m, buf_view(&map));
	make_bytes(&m, buf_view(&content));
	holds(&m, buf_cstr(&want, NULL));
}

/* To Go such a file is what its header says; a scanner that saw a sparse file
 * in it, or its other name, would see another file than the runtime. */
static void what_is_no_known_sparse_version_is_a_plain_file_with_its_own_name(void **state)
{
	static const char *const records[] = {
		"GNU.sparse.name=other\n",
		"GNU.sparse.name=other\nGNU.sparse.size=9\nGNU.sparse.realsize=9\n",
		"GNU.sparse.major=1\nGNU.sparse.minor=1\nGNU.sparse.name=other\n",
		"GNU.sparse.major=01\nGNU.sparse.minor=0\nGNU.sparse.name=other\n",
		"GNU.sparse.major=1\nGNU.sparse.name=other\n",
		"GNU.sparse.major=2\nGNU.sparse.map=0,1\nGNU.sparse.name=other\n",
		"GNU.sparse.map=\nGNU.sparse.name=other\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
		struct make m = make_new();
		make_pax(&m, records[i]);
		make_file(&m, "own", "text");
		make_pax(&m, records[i]);
		make_link(&m, '2', "link", "to");
		holds(&m, "fown=text llink>to");
	}
}

static void a_sparse_name_wins_over_all_others(void **state)
{
	struct make m = make_new();
	(void)state;
	make_pax(&m, "GNU.sparse.name=sparse\nGNU.sparse.map=0,2\nGNU.sparse.numblocks=1\n"
		     "path=pax\nGNU.sparse.realsize=7\nGNU.sparse.size=3\n");
	make_long(&m, 'L', "gnu");
	make_file(&m, "own", "ab");
	make_pax(&m, "GNU.sparse.offset=0\nGNU.sparse.numbytes=2\nGNU.sparse.map=1,2\n");
	make_file(&m, "records", "ab");
	holds(&m, "fsparse=ab. frecords=ab");
}

static void pax_sparse_maps_that_break_their_form_are_refused(void **state)
{
	static const char *const records[] = {
		"GNU.sparse.map=0\n",
		"GNU.sparse.map=0,x\n",
		"GNU.sparse.map=0,2,\n",
		"GNU.sparse.map=2,2,0,2\n",
		"GNU.sparse.map=0,2\n",
		"GNU.sparse.map=0,4\nGNU.sparse.size=3\n",
		"GNU.sparse.numbytes=4\nGNU.sparse.offset=0\n",
		"GNU.sparse.offset=0\nGNU.sparse.offset=4\n",
		"GNU.sparse.offset=0,4\n",
		"GNU.sparse.offset=0\n",
		"GNU.sparse.map=0,4\nGNU.sparse.size=x\n",
		"GNU.sparse.major=0\nGNU.sparse.minor=0\n",
	};
	static const char *const maps[] = {
		"",
		"x\n",
		"1\n",
		"1\n0\n",
		"1\n0\n5\n",
		"1\n0\nx\n",
		"\n0\n",
		"1\n\n0\n4\n",
		"99999999999999999999999\n",
		"2\n2\n2\n0\n2\n",
		"1 \n0\n4\n",
		"-1\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
		struct make m = make_new();
		make_pax(&m, records[i]);
		make_file(&m, "a", "abcd");
		refused(&m, ERR_MALFORMED);
	}
	for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
		struct make m = make_new();
		make_pax(&m, "GNU.sparse.major=1\nGNU.sparse.minor=0\nGNU.sparse.realsize=4\n");
		make_head(&m, "a", '0', 512 + 4);
		make_bytes(&m, bytes_of(maps[i], strlen(maps[i])));
		if (maps[i][0] == '\0')
			make_bytes(&m, bytes_of("\0", 1));
		make_content(&m, "abcd");
		refused(&m, ERR_MALFORMED);
	}
}

static void a_sparse_map_of_too_many_pieces_is_refused(void **state)
{
	struct make m = make_new();
	(void)state;
	make_pax(&m, "GNU.sparse.major=1\nGNU.sparse.minor=0\n");
	make_head(&m, "a", '0', TIB);
	make_content(&m, "65537\n");
	check(&m, ERR_LIMIT, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(old_gnu_sparse_files_are_read_with_their_holes),
		cmocka_unit_test(old_gnu_sparse_maps_go_on_in_further_blocks),
		cmocka_unit_test(a_terabyte_of_holes_costs_nothing_unless_it_is_wanted),
		cmocka_unit_test(sparse_maps_that_lie_are_refused),
		cmocka_unit_test(pax_sparse_files_of_all_versions_are_read_with_their_holes),
		cmocka_unit_test(a_pax_sparse_map_may_need_more_than_a_block),
		cmocka_unit_test(what_is_no_known_sparse_version_is_a_plain_file_with_its_own_name),
		cmocka_unit_test(a_sparse_name_wins_over_all_others),
		cmocka_unit_test(pax_sparse_maps_that_break_their_form_are_refused),
		cmocka_unit_test(a_sparse_map_of_too_many_pieces_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
