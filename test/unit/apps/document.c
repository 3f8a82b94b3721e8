/* What the readers of text share: lines, trees of JSON and XML, references. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "apps/internal.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void assert_text(struct bytes b, const char *text)
{
	if (!bytes_equal(b, bytes_str(text)))
		fail_msg("\"%.*s\" is not \"%s\"", (int)b.n, (const char *)b.p, text);
}

static void lines_end_with_or_without_a_carriage_return(void **state)
{
	struct app_lines l = app_lines_of(BYTES_LIT("a\r\n\nb"));
	struct bytes line;
	(void)state;
	assert_true(app_next_line(&l, &line));
	assert_text(line, "a");
	assert_true(app_next_line(&l, &line));
	assert_text(line, "");
	assert_true(app_next_line(&l, &line));
	assert_text(line, "b");
	assert_int_equal(l.number, 3);
	assert_false(app_next_line(&l, &line));
}

static void text_is_cut_at_the_first_or_the_last_mark(void **state)
{
	struct bytes a, b;
	(void)state;
	assert_true(app_cut(BYTES_LIT("a:b:c"), ':', &a, &b));
	assert_text(a, "a");
	assert_text(b, "b:c");
	assert_true(app_cut_last(BYTES_LIT("a:b:c"), ':', &a, &b));
	assert_text(a, "a:b");
	assert_text(b, "c");
	assert_false(app_cut(BYTES_LIT("abc"), ':', &a, &b));
	assert_false(app_cut_last(bytes_of(NULL, 0), ':', &a, &b));
	assert_text(a, "a:b"); /* untouched */
	assert_text(app_unquote(BYTES_LIT("'a'")), "a");
	assert_text(app_unquote(BYTES_LIT("\"a'")), "\"a'");
	assert_text(app_unquote(BYTES_LIT("\"")), "\"");
}

static void json_becomes_a_tree_with_lines(void **state)
{
	struct arena arena = arena_max(MIB);
	const struct node *root, *n;
	struct error err;
	(void)state;
	assert_int_equal(app_json_tree(BYTES_LIT("{\n\"a\":\n[1,\n{\"b\": true}, null],\n"
						 "\"c\\u0041\": \"\\n\"\n}\n"),
				       &arena, &root, &err),
			 0);
	assert_int_equal(root->kind, NODE_MAP);
	assert_int_equal(root->count, 2);
	n = node_get(root, "a");
	assert_int_equal(n->kind, NODE_LIST);
	assert_int_equal(n->line, 2);
	assert_int_equal(n->count, 3);
	assert_text(n->first->text, "1");
	assert_int_equal(n->first->line, 3);
	assert_int_equal(n->first->next->line, 4);
	assert_true(node_bool(n->first->next, "b", false));
	assert_int_equal(n->first->next->next->kind, NODE_NULL);
	assert_int_equal(node_get(root, "cA")->line, 5);
	assert_text(node_text(root, "cA"), "\n");
	arena_free(&arena);
}

static void a_document_over_the_limit_of_memory_is_an_error(void **state)
{
	struct arena arena = arena_max(4096);
	const struct node *root;
	struct error err;
	char text[4096];
	(void)state;
	memset(text, '[', sizeof text);
	for (size_t i = 1; i + 1 < sizeof text; i++)
		text[i] = i % 2 == 1 ? '1' : ',';
	text[sizeof text - 1] = ']';
	assert_int_equal(app_json_tree(bytes_of(text, sizeof text), &arena, &root, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	memset(text, '[', sizeof text);
	assert_int_equal(app_json_tree(bytes_of(text, sizeof text), &arena, &root, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	struct arena small = arena_max(80);
	assert_int_equal(app_xml_tree(BYTES_LIT("<a><b/><b/></a>"), &small, &root, &err), -1);
	arena_free(&small);
	assert_int_equal(err.code, ERR_LIMIT);
	arena_free(&arena);
}

static void xml_becomes_a_tree_with_lines(void **state)
{
	struct arena arena = arena_max(MIB);
	struct buf text = buf_max(MIB);
	const struct node *root;
	struct error err;
	(void)state;
	(void)buf_append_str(&text, "<a x='1'>\n<b> t </b>\n<b><c/></b>\n<!--", &err);
	for (int i = 0; i < 3000; i++)
		(void)buf_append_str(&text, "\n", &err);
	(void)buf_append_str(&text, "--></a>", &err);
	assert_int_equal(app_xml_tree(buf_view(&text), &arena, &root, &err), 0);
	assert_text(root->key, "a");
	assert_text(node_text(root, "x"), "1");
	assert_text(node_text(root, "b"), "t");
	assert_int_equal(node_get(root, "b")->line, 2);
	assert_int_equal(root->count, 3);
	assert_int_equal(node_get(root, "b")->next->line, 3);
	assert_int_equal(node_get(root, "b")->next->kind, NODE_MAP);
	buf_free(&text);
	arena_free(&arena);
}

static bool value(const void *ctx, struct bytes name, struct bytes *ret)
{
	static const char *const values[][2] = {
		{ "one", "1" },
		{ "two", "${one}${one}" },
		{ "round", "${round}" },
		{ "empty", "" },
	};
	(void)ctx;
	for (size_t i = 0; i < COUNT(values); i++)
		if (bytes_equal(name, bytes_str(values[i][0]))) {
			*ret = bytes_str(values[i][1]);
			return true;
		}
	return false;
}

static void references_are_followed_until_they_go_round(void **state)
{
	static const struct {
		const char *text, *out; /* NULL: it cannot be told */
	} rows[] = {
		{ "plain", "plain" }, { "", "" },           { "a${one}b${ two }c", "a1b11c" },
		{ "${empty}", "" },   { "${one", "${one" }, { "$(one)", "$(one)" },
		{ "${none}", NULL },  { "${round}", NULL },
	};
	cleanup_buf struct buf scratch = buf_max(4096);
	struct bytes out;
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool told = app_expand(bytes_str(rows[i].text), '{', value, NULL, &scratch, &out);
		assert_int_equal(told, rows[i].out != NULL);
		if (told)
			assert_text(out, rows[i].out);
	}
	assert_true(app_expand(BYTES_LIT("v$(one)"), '(', value, NULL, &scratch, &out));
	assert_text(out, "v1");
}

static void licences_of_any_form_become_one_text(void **state)
{
	static const char *const rows[][2] = {
		{ "\"MIT\"", "MIT" },
		{ "{\"type\":\"ISC\"}", "ISC" },
		{ "[\"A\",{\"type\":\"B\"},7,\"C\"]", "A OR B OR C" },
		{ "[]", "" },
		{ "null", "" },
	};
	struct arena arena = arena_max(MIB);
	const struct node *root;
	struct error err;
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(app_json_tree(bytes_str(rows[i][0]), &arena, &root, &err), 0);
		assert_text(app_license(&arena, root), rows[i][1]);
	}
	assert_text(app_license(&arena, NULL), "");
	arena_free(&arena);
}

static void what_is_reached_comes_once(void **state)
{
	struct arena arena = arena_max(MIB);
	struct app_reach reach;
	struct node nodes[100] = { 0 };
	struct error err;
	(void)state;
	app_reach_init(&reach, &arena);
	assert_int_equal(app_reach_push(&reach, NULL, &err), 0);
	for (size_t i = 0; i < 2 * COUNT(nodes); i++)
		assert_int_equal(app_reach_push(&reach, &nodes[i % COUNT(nodes)], &err), 0);
	for (size_t i = 0; i < COUNT(nodes); i++)
		assert_ptr_equal(app_reach_next(&reach), &nodes[i]);
	assert_null(app_reach_next(&reach));
	assert_true(app_reached(&reach, &nodes[7]));
	assert_false(app_reached(&reach, (const struct node *)(const void *)&arena));
	app_reach_free(&reach);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_end_with_or_without_a_carriage_return),
		cmocka_unit_test(text_is_cut_at_the_first_or_the_last_mark),
		cmocka_unit_test(json_becomes_a_tree_with_lines),
		cmocka_unit_test(a_document_over_the_limit_of_memory_is_an_error),
		cmocka_unit_test(xml_becomes_a_tree_with_lines),
		cmocka_unit_test(references_are_followed_until_they_go_round),
		cmocka_unit_test(licences_of_any_form_become_one_text),
		cmocka_unit_test(what_is_reached_comes_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
