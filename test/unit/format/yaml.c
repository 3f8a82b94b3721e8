#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "format/tree.h"

static struct arena arena;

static int empty_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	arena = arena_max(64 * MIB);
	return 0;
}

static const struct node *parsed(const char *text)
{
	struct error err = { 0 };
	const struct node *root = NULL;
	if (yaml_parse(bytes_str(text), &arena, &root, NULL, &err) < 0)
		fail_msg("%s", err.text);
	return root;
}

static void assert_text(struct bytes b, const char *want)
{
	assert_true(bytes_equal(b, bytes_str(want)));
	assert_int_equal(b.p[b.n], 0);
}

static void maps_lists_and_scalars_have_their_lines(void **state)
{
	(void)state;
	const struct node *root =
		parsed("---\ngem: actionpack\ncve: 2020-8264\n"
		       "patched_versions:\n  - \"~> 5.2.4, >= 5.2.4.4\"\n"
		       "  - '>= 6.0.3.4'\nnote: |\n  one\n  two\ncount: 0x10\nnone:\n");
	int64_t count = 0;
	assert_text(node_text(root, "gem"), "actionpack");
	assert_text(node_text(root, "cve"), "2020-8264");
	assert_int_equal(node_get(root, "cve")->kind, NODE_STRING);
	const struct node *patched = node_get(root, "patched_versions");
	assert_int_equal(patched->count, 2);
	assert_int_equal(patched->first->next->line, 6);
	assert_text(patched->first->next->text, ">= 6.0.3.4");
	assert_text(node_text(root, "note"), "one\ntwo\n");
	assert_true(node_i64(root, "count", &count));
	assert_int_equal(count, 16);
	assert_int_equal(node_get(root, "none")->kind, NODE_NULL);
}

static void plain_scalars_follow_the_core_schema(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum node_kind kind;
	} table[] = {
		{ "true", NODE_BOOL },
		{ "False", NODE_BOOL },
		{ "yes", NODE_STRING },
		{ "on", NODE_STRING },
		{ "~", NODE_NULL },
		{ "Null", NODE_NULL },
		{ "nuLL", NODE_STRING },
		{ "1.20", NODE_NUMBER },
		{ "1.2.3", NODE_STRING },
		{ "007", NODE_NUMBER },
		{ "0o17", NODE_NUMBER },
		{ "0o18", NODE_STRING },
		{ "1_000", NODE_STRING },
		{ "-.5e+3", NODE_NUMBER },
		{ "1e", NODE_STRING },
		{ ".inf", NODE_NUMBER },
		{ "-.nan", NODE_STRING },
		{ "12:30", NODE_STRING },
		{ "\"1\"", NODE_STRING },
		{ "'true'", NODE_STRING },
		{ "!!str 1", NODE_STRING },
		{ "!x", NODE_STRING },
		{ "2001-12-14", NODE_STRING },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(parsed(table[i].text)->kind, table[i].kind);
}

static void aliases_are_copies_and_count_again(void **state)
{
	(void)state;
	const struct node *root = parsed("a: &x {k: [1, 2]}\nb: *x\nc: &y v\n*y : *y\nd: [*x, *x]");
	assert_int_equal(node_get(node_get(root, "b"), "k")->count, 2);
	assert_text(node_text(root, "v"), "v");
	assert_int_equal(node_get(root, "d")->count, 2);
	assert_int_equal(node_get(root, "d")->first->next->kind, NODE_MAP);
}

static void the_last_of_equal_keys_holds_and_the_first_keeps_the_place(void **state)
{
	(void)state;
	const struct node *root = parsed("a: {x: 1, y: 2}\nb: 2\na: {x: 3}\n");
	assert_int_equal(root->count, 2);
	assert_text(root->first->key, "a");
	assert_text(node_text(root->first, "x"), "3");
	assert_null(node_get(root->first, "y"));
	assert_text(node_text(parsed("a: &x 1\na: 2\nb: *x"), "b"), "1");
}

static void documents_come_one_by_one_or_all_together(void **state)
{
	(void)state;
	static const char text[] = "kind: A\n---\n# \xc3\xa9\nkind: B\n...\n---\n";
	struct error err = { 0 };
	const struct node *root = NULL;
	struct bytes rest;
	assert_int_equal(yaml_parse(bytes_str(text), &arena, &root, NULL, &err), -1);
	assert_int_equal(err.code, ERR_MALFORMED);
	assert_int_equal(yaml_parse(bytes_str(text), &arena, &root, &rest, &err), 0);
	assert_text(node_text(root, "kind"), "A");
	assert_int_equal(yaml_parse(rest, &arena, &root, &rest, &err), 0);
	assert_text(node_text(root, "kind"), "B");
	assert_int_equal(yaml_parse(rest, &arena, &root, &rest, &err), 0);
	assert_int_equal(root->kind, NODE_NULL);
	assert_int_equal(rest.n, 0);
	assert_int_equal(yaml_parse_all(bytes_str(text), &arena, &root, &err), 0);
	assert_int_equal(root->count, 3);
	assert_int_equal(root->first->next->first->line, 4);
}

static void an_empty_text_is_null(void **state)
{
	(void)state;
	assert_int_equal(parsed("")->kind, NODE_NULL);
	assert_int_equal(parsed("# nothing\n")->kind, NODE_NULL);
	assert_int_equal(parsed("---\n")->kind, NODE_NULL);
}

static void a_billion_laughs_end_at_the_limit(void **state)
{
	(void)state;
	cleanup_buf struct buf text = buf_max(1 * MIB);
	struct error err = { 0 };
	const struct node *root;
	assert_int_equal(buf_append_str(&text, "a0: &a0 [x]\n", &err), 0);
	for (int i = 1; i < 20; i++)
		assert_int_equal(buf_printf(&text, &err,
					    "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i,
					    i - 1, i - 1, i - 1, i - 1, i - 1),
				 0);
	assert_int_equal(yaml_parse(buf_view(&text), &arena, &root, NULL, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
}

/* Every level is only one deeper than the anchor that it uses. */
static void depth_counts_through_aliases(void **state)
{
	(void)state;
	cleanup_buf struct buf text = buf_max(1 * MIB);
	struct error err = { 0 };
	const struct node *root;
	assert_int_equal(buf_append_str(&text, "- &a0 x\n", &err), 0);
	for (int i = 1; i < 150; i++)
		assert_int_equal(buf_printf(&text, &err, "- &a%d [*a%d]\n", i, i - 1), 0);
	assert_int_equal(yaml_parse(buf_view(&text), &arena, &root, NULL, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
}

static enum error_code code_of(const char *text)
{
	struct error err = { 0 };
	const struct node *root;
	return yaml_parse(bytes_str(text), &arena, &root, NULL, &err) < 0 ? err.code : ERR_NONE;
}

static void what_breaks_the_format_is_malformed(void **state)
{
	(void)state;
	static const char *const table[] = {
		"a: b: c",
		"[a",
		"{a: 1",
		"a: *none",
		"&a [*a]",
		"&a {x: *a}",
		"{[1]: 2}",
		"? {a: 1}\n: 2",
		"a: \"x",
		"\t- x\n -y",
		"%YAML 3.0\n---\n",
		"\xff",
		"a: \x01",
		"- a\nb: c",
		"a: |\n b\nc",

		"*",
		"a: 'x' y",
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(code_of(table[i]), ERR_MALFORMED);
}

static void many_directives_are_refused_before_they_take_time(void **state)
{
	(void)state;
	cleanup_buf struct buf text = buf_max(8 * MIB);
	struct error err = { 0 };
	const struct node *root;
	for (int i = 0; i < 200000; i++)
		assert_int_equal(buf_printf(&text, &err, "%%TAG !a%d! x\n", i), 0);
	assert_int_equal(yaml_parse(buf_view(&text), &arena, &root, NULL, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
}

static void depth_is_limited(void **state)
{
	(void)state;
	char flow[5000], block[5000];
	memset(flow, '[', sizeof flow - 1);
	for (size_t i = 0; i + 1 < sizeof block; i++)
		block[i] = i % 2 == 0 ? '-' : ' ';
	flow[sizeof flow - 1] = block[sizeof block - 1] = '\0';
	assert_int_equal(code_of(flow), ERR_LIMIT);
	assert_int_equal(code_of(block), ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(maps_lists_and_scalars_have_their_lines, empty_arena),
		cmocka_unit_test_setup(plain_scalars_follow_the_core_schema, empty_arena),
		cmocka_unit_test_setup(aliases_are_copies_and_count_again, empty_arena),
		cmocka_unit_test_setup(the_last_of_equal_keys_holds_and_the_first_keeps_the_place,
				       empty_arena),
		cmocka_unit_test_setup(documents_come_one_by_one_or_all_together, empty_arena),
		cmocka_unit_test_setup(an_empty_text_is_null, empty_arena),
		cmocka_unit_test_setup(a_billion_laughs_end_at_the_limit, empty_arena),
		cmocka_unit_test_setup(depth_counts_through_aliases, empty_arena),
		cmocka_unit_test_setup(what_breaks_the_format_is_malformed, empty_arena),
		cmocka_unit_test_setup(many_directives_are_refused_before_they_take_time,
				       empty_arena),
		cmocka_unit_test_setup(depth_is_limited, empty_arena),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return failed;
}
