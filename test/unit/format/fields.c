/* Maps read by tables of their keys. */
#include "format/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct thing {
	struct bytes name;
	bool big;
};

static int read_name(struct field_reader *r, const struct node *n, void *out)
{
	if (!node_is_scalar(n))
		return field_fail(r, n, "a name is a text");
	*(struct bytes *)out = n->text;
	return 0;
}

static int read_big(struct field_reader *r, const struct node *n, void *out)
{
	(void)r;
	*(bool *)out = n->kind == NODE_BOOL && n->text.p[0] == 't';
	return 0;
}

static const struct field fields[] = {
	{ "name", read_name, offsetof(struct thing, name), true },
	{ "big", read_big, offsetof(struct thing, big), false },
	{ "severities", read_name, offsetof(struct thing, name), false },
	{ 0 },
};

static int read_thing(struct arena *arena, const char *yaml, struct thing *ret, unsigned *ret_seen,
		      struct error *err)
{
	const struct node *root;
	struct field_reader r = {
		.arena = arena, .origin = "thing.yaml", .code = ERR_MALFORMED, .err = err
	};
	assert_int_equal(yaml_parse(bytes_str(yaml), arena, &root, NULL, err), 0);
	return fields_read(&r, root, fields, "a thing", ret, ret_seen);
}

static void each_key_fills_its_place_and_is_told(void **state)
{
	cleanup_arena struct arena arena = arena_max(MIB);
	struct thing t = { 0 };
	struct error err = { 0 };
	unsigned seen = 0;
	(void)state;
	assert_int_equal(read_thing(&arena, "big: true\nname: x\n", &t, &seen, &err), 0);
	assert_true(t.big);
	assert_true(bytes_equal(t.name, BYTES_LIT("x")));
	assert_int_equal(seen, 3);
}

static const struct {
	const char *yaml, *says;
} refused[] = {
	{ "name: x\nnmae: y\n", "thing.yaml:2: a thing has no key \"nmae\". Did you mean name?" },
	{ "name: x\nseverity: y\n",
	  "thing.yaml:2: a thing has no key \"severity\". Did you mean severities?" },
	{ "name: x\nbig: true\nname: x\n", "thing.yaml:3: \"name\" is there twice" },
	{ "big: true\n", "thing.yaml:1: a thing needs the key \"name\"" },
	{ "- name: x\n", "thing.yaml:1: a thing must be a map of keys and values" },
	{ "name: [x]\n", "thing.yaml:1: a name is a text" },
};

static void what_is_not_understood_is_refused_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		cleanup_arena struct arena arena = arena_max(MIB);
		struct thing t = { 0 };
		struct error err = { 0 };
		assert_int_equal(read_thing(&arena, refused[i].yaml, &t, NULL, &err), -1);
		assert_string_equal(err.text, refused[i].says);
		assert_int_equal(err.code, ERR_MALFORMED);
	}
}

static void keys_of_the_author_s_own_may_not_be_there_twice(void **state)
{
	cleanup_arena struct arena arena = arena_max(MIB);
	struct error err = { 0 };
	struct field_reader r = { .origin = "o", .code = ERR_USAGE, .err = &err };
	const struct node *root;
	(void)state;
	assert_int_equal(yaml_parse(BYTES_LIT("{a: 1, b: 2, c: 3}"), &arena, &root, NULL, &err), 0);
	assert_int_equal(field_once(&r, root), 0);
	assert_int_equal(yaml_parse(BYTES_LIT("a: 1\nb: 2\na: 3\n"), &arena, &root, NULL, &err), 0);
	assert_int_equal(field_once(&r, root), -1);
	assert_string_equal(err.text, "o:3: \"a\" is there twice");
	assert_int_equal(err.code, ERR_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_key_fills_its_place_and_is_told),
		cmocka_unit_test(what_is_not_understood_is_refused_with_its_line),
		cmocka_unit_test(keys_of_the_author_s_own_may_not_be_there_twice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
