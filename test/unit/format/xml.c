#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "format/xml.h"

/* What was heard, as text: "<name a=1>…</name:text>". */
struct heard {
	struct buf text;
	const char *refuse; /* the element whose start the sink refuses */
};

static int on_start(void *ctx, const char *name, const char *const *attrs, struct error *err)
{
	struct heard *h = ctx;
	if (h->refuse != NULL && strcmp(name, h->refuse) == 0)
		return error_set(err, ERR_UNPARSABLE, "refused");
	if (buf_printf(&h->text, err, "<%s", name) < 0)
		return -1;
	for (; attrs[0] != NULL; attrs += 2)
		if (buf_printf(&h->text, err, " %s=%s", attrs[0], attrs[1]) < 0)
			return -1;
	return buf_append_str(&h->text, ">", err);
}

static int on_end(void *ctx, const char *name, struct bytes text, struct error *err)
{
	struct heard *h = ctx;
	return buf_printf(&h->text, err, "</%s:%.*s>", name, (int)text.n, (const char *)text.p);
}

static int hear(struct heard *h, struct bytes text, size_t piece, struct error *err)
{
	struct xml_reader *x = xml_new((struct xml_sink){ on_start, on_end, h });
	int r = 0;
	assert_non_null(x);
	h->text.n = 0;
	for (size_t at = 0; at < text.n && r == 0; at += piece)
		r = xml_feed(x, bytes_sub(text, at, at + piece), err);
	if (r == 0)
		r = xml_finish(x, err);
	xml_free(x);
	return r;
}

static void elements_come_with_attributes_and_their_own_text(void **state)
{
	(void)state;
	static const char text[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c -->\n"
				   "<m:project xmlns:m='x'> one <m:id a=\"1\" m:b='&lt;2&#x33;'>\n "
				   "x &amp; y\n</m:id> two "
				   "<e/><![CDATA[<z>]]></m:project>\n";
	static const char want[] = "<project xmlns:m=x><id a=1 m:b=<23></id:x & y><e></e:>"
				   "</project:one  two <z>>";
	for (size_t piece = 1; piece < sizeof text; piece += 7) {
		struct error err = { 0 };
		struct heard h = { .text = buf_max(1 * MIB) };
		assert_int_equal(hear(&h, bytes_str(text), piece, &err), 0);
		assert_string_equal(buf_cstr(&h.text, &err), want);
		buf_free(&h.text);
	}
}

static void an_attribute_is_found_by_name(void **state)
{
	(void)state;
	const char *const attrs[] = { "type", "cve", "id", "CVE-1", NULL };
	assert_string_equal(xml_attribute(attrs, "id"), "CVE-1");
	assert_null(xml_attribute(attrs, "cve"));
}

static enum error_code code_of(struct bytes text)
{
	struct error err = { 0 };
	struct heard h = { .text = buf_max(16 * MIB) };
	int r = hear(&h, text, 4096, &err);
	buf_free(&h.text);
	return r < 0 ? err.code : ERR_NONE;
}

static void what_is_broken_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum error_code code;
	} table[] = {
		{ "<a/>", ERR_NONE },
		{ "<!DOCTYPE a SYSTEM 'http://h/x.dtd'><a/>", ERR_NONE },
		{ "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a>&x;</a>", ERR_NONE },
		{ "", ERR_TRUNCATED },
		{ "<a>", ERR_TRUNCATED },
		{ "<a", ERR_TRUNCATED },
		{ "<a></b>", ERR_MALFORMED },
		{ "<a>&x;</a>", ERR_MALFORMED },
		{ "<a>\xff</a>", ERR_MALFORMED },
		{ "<a/><b/>", ERR_MALFORMED },
		{ "<a b=1/>", ERR_MALFORMED },
		{ "<a b='1' b='2'/>", ERR_MALFORMED },
		{ "text", ERR_MALFORMED },
		{ "<?xml version='1.0' encoding='x-none'?><a/>", ERR_MALFORMED },
		{ "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", ERR_UNSUPPORTED },
		{ "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
		  ERR_UNSUPPORTED },
		{ "<!DOCTYPE a [<!ENTITY % x 'y'> %x;]><a/>", ERR_UNSUPPORTED },
		{ "<!DOCTYPE a [<!ENTITY x 'y'>]><a b='&x;'/>", ERR_UNSUPPORTED },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_int_equal(code_of(bytes_str(table[i].text)), table[i].code);
}

static enum error_code code_of_repeated(const char *before, const char *part, size_t count)
{
	struct buf text = buf_max(64 * MIB);
	struct error err = { 0 };
	assert_int_equal(buf_append_str(&text, before, &err), 0);
	while (count-- > 0)
		assert_int_equal(buf_append_str(&text, part, &err), 0);
	enum error_code code = code_of(buf_view(&text));
	buf_free(&text);
	return code;
}

static void depth_and_tags_are_limited(void **state)
{
	(void)state;
	assert_int_equal(code_of_repeated("", "<a>", 200000), ERR_LIMIT);
	assert_int_equal(code_of_repeated("", "<a>", XML_DEPTH_MAX), ERR_TRUNCATED);
	assert_int_equal(code_of_repeated("<a b='", "xxxxxxxxxxxxxxxx", 1000000), ERR_LIMIT);
	assert_int_equal(code_of_repeated("<a><!--", "xxxxxxxxxxxxxxxx", 1000000), ERR_LIMIT);
}

static void long_text_is_cut_at_a_character(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct buf text = buf_max(1 * MIB);
	struct heard h = { .text = buf_max(1 * MIB) };
	assert_int_equal(buf_append_str(&text, "<a>x", &err), 0);
	for (int i = 0; i < 50000; i++)
		assert_int_equal(buf_append_str(&text, "\xc3\xa9", &err), 0);
	assert_int_equal(buf_append_str(&text, "</a>", &err), 0);
	assert_int_equal(hear(&h, buf_view(&text), 1000, &err), 0);
	assert_int_equal(h.text.n, strlen("<a></a:>") + XML_TEXT_MAX - 1);
	assert_true(utf8_valid(buf_view(&h.text)));
	buf_free(&text);
	buf_free(&h.text);
}

static void the_sinks_error_ends_the_reading(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct heard h = { .text = buf_max(1 * MIB), .refuse = "b" };
	assert_int_equal(hear(&h, BYTES_LIT("<a><b/><c/></a>"), 3, &err), -1);
	assert_int_equal(err.code, ERR_UNPARSABLE);
	assert_string_equal(buf_cstr(&h.text, &err), "<a>");
	buf_free(&h.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_come_with_attributes_and_their_own_text),
		cmocka_unit_test(an_attribute_is_found_by_name),
		cmocka_unit_test(what_is_broken_is_named),
		cmocka_unit_test(depth_and_tags_are_limited),
		cmocka_unit_test(long_text_is_cut_at_a_character),
		cmocka_unit_test(the_sinks_error_ends_the_reading),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
