#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>

#include "base/base.h"
#include "format/json.h"

struct output {
	char *text;
	size_t n;
	FILE *file;
	struct json_writer w;
};

static void begin(struct output *o, bool pretty)
{
	*o = (struct output){ 0 };
	o->file = open_memstream(&o->text, &o->n);
	assert_non_null(o->file);
	json_write_init(&o->w, o->file, pretty);
}

static void assert_output(struct output *o, const char *want)
{
	assert_int_equal(fclose(o->file), 0);
	assert_string_equal(o->text, want);
	free(o->text);
}

static void sample(struct json_writer *w)
{
	json_object_begin(w);
	json_member_string(w, "name", "corten");
	json_member_string(w, "none", NULL);
	json_member_u64(w, "size", UINT64_MAX);
	json_member_bool(w, "ok", true);
	json_key(w, "list");
	json_array_begin(w);
	json_i64(w, -1);
	json_object_begin(w);
	json_object_end(w);
	json_array_begin(w);
	json_array_end(w);
	json_null(w);
	json_array_end(w);
	json_object_end(w);
}

static void separators_are_the_writers_business(void **state)
{
	(void)state;
	struct output o;
	begin(&o, false);
	sample(&o.w);
	assert_output(&o, "{\"name\":\"corten\",\"none\":null,\"size\":18446744073709551615,"
			  "\"ok\":true,\"list\":[-1,{},[],null]}");
}

static void pretty_output_is_indented_by_two(void **state)
{
	(void)state;
	struct output o;
	begin(&o, true);
	sample(&o.w);
	assert_output(&o, "{\n  \"name\": \"corten\",\n  \"none\": null,\n"
			  "  \"size\": 18446744073709551615,\n  \"ok\": true,\n  \"list\": [\n"
			  "    -1,\n    {},\n    [],\n    null\n  ]\n}");
}

static void strings_are_escaped_and_made_utf8(void **state)
{
	(void)state;
	struct output o;
	begin(&o, false);
	json_array_begin(&o.w);
	json_string(&o.w, "a\"b\\c/\n\t\r\b\f\x01\x1f\x7f");
	json_string(&o.w, "\xc3\xa9\xf0\x9f\x98\x80");
	json_string(&o.w, "x\xffy\xc3");
	json_string_bytes(&o.w, BYTES_LIT("a\0b"));
	json_string(&o.w, "\xc2\x9b"
			  "31m\xe2\x80\xae"); /* C1 control, override */
	json_array_end(&o.w);
	assert_output(&o,
		      "[\"a\\\"b\\\\c/\\n\\t\\r\\b\\f\\u0001\\u001f\\u007f\","
		      "\"\xc3\xa9\xf0\x9f\x98\x80\",\"x\xef\xbf\xbdy\xef\xbf\xbd\",\"a\\u0000b\","
		      "\"\\u009b31m\\u202e\"]");
}

static void doubles_are_written_in_their_shortest_form(void **state)
{
	(void)state;
	struct output o;
	begin(&o, false);
	json_array_begin(&o.w);
	json_double(&o.w, 9.8, 17);
	json_double(&o.w, 0, 17);
	json_double(&o.w, 1.0 / 3, 3);
	json_double(&o.w, 0.00042, 5);
	json_double(&o.w, 7, 2);
	json_double(&o.w, NAN, 5);
	json_double(&o.w, HUGE_VAL, 5);
	json_array_end(&o.w);
	assert_output(&o, "[9.8,0,0.333,0.00042,7,null,null]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(separators_are_the_writers_business),
		cmocka_unit_test(pretty_output_is_indented_by_two),
		cmocka_unit_test(strings_are_escaped_and_made_utf8),
		cmocka_unit_test(doubles_are_written_in_their_shortest_form),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
