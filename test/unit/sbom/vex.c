/* VEX documents: what is told of them, and what is refused. The gate's test case tells
 * what is made of it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sbom/read.h"

struct told {
	size_t count;
	enum vex_status status;
	struct buf all; /* "id status product part;" */
	struct buf why; /* "product justification detail;" */
};

static int about(void *ctx, struct bytes format, struct bytes author, struct error *err)
{
	(void)ctx;
	(void)format;
	(void)author;
	(void)err;
	return 0;
}

static int statement(void *ctx, const struct vex_record *r, struct error *err)
{
	struct told *t = ctx;
	t->count++;
	t->status = r->status;
	if (buf_printf(&t->why, err, "%.*s %.*s %.*s;", (int)r->product.n,
		       (const char *)r->product.p, (int)r->justification.n,
		       (const char *)r->justification.p, (int)r->detail.n,
		       (const char *)r->detail.p) < 0)
		return -1;
	return buf_printf(&t->all, err, "%.*s %s %.*s %.*s;", (int)r->id.n, (const char *)r->id.p,
			  vex_status_name(r->status), (int)r->product.n, (const char *)r->product.p,
			  (int)r->part.n, (const char *)r->part.p);
}

static int parse(const char *json, struct told *t, struct vex_sink *sink, struct error *err)
{
	*t = (struct told){ .all = buf_max(MIB), .why = buf_max(MIB) };
	*sink = (struct vex_sink){ .about = about, .statement = statement, .ctx = t };
	return vex_parse(bytes_str(json), sink, err);
}

static void told_free(struct told *t)
{
	buf_free(&t->all);
	buf_free(&t->why);
}

#define OPENVEX "{\"@context\": \"https://openvex.dev/ns/v0.2.0\", \"statements\": ["

static void members_may_come_in_any_order(void **state)
{
	(void)state;
	struct told t;
	struct vex_sink sink;
	struct error err = { 0 };
	static const char text[] =
		"{\"statements\": [{\"status\": \"fixed\", \"products\": [\"pkg:npm/a\", "
		"{\"subcomponents\": "
		"[{\"@id\": \"pkg:npm/c\"}], \"@id\": \"pkg:oci/b\"}], \"vulnerability\": "
		"{\"aliases\": "
		"[\"B\"], \"name\": \"A\"}}], \"@context\": [\"https://openvex.dev/ns\", 1]}";
	if (parse(text, &t, &sink, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(buf_cstr(&t.all, NULL),
			    "A fixed pkg:oci/b pkg:npm/c;A fixed pkg:npm/a ;"
			    "B fixed pkg:oci/b pkg:npm/c;B fixed pkg:npm/a ;");
	assert_int_equal(sink.statements, 1);
	told_free(&t);
}

static void what_cannot_be_matched_is_counted(void **state)
{
	(void)state;
	static const char *const rows[] = {
		OPENVEX "{}]}",
		OPENVEX "{\"status\": \"fixed\", \"vulnerability\": \"A\"}]}",
		OPENVEX "{\"status\": \"fixed\", \"products\": [\"pkg:npm/a\"]}]}",
		OPENVEX
		"{\"status\": \"good\", \"products\": [\"pkg:npm/a\"], \"vulnerability\": \"A\"}]}",
		OPENVEX
		"{\"status\": \"fixed\", \"products\": [\"a\"], \"vulnerability\": \"A\"}]}",
		OPENVEX "{\"status\": 1, \"products\": 1, \"vulnerability\": 1}]}",
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct told t;
		struct vex_sink sink;
		struct error err = { 0 };
		if (parse(rows[i], &t, &sink, &err) < 0)
			fail_msg("%s: %s", rows[i], err.text);
		assert_int_equal(t.count, 0);
		assert_int_equal(sink.unusable, 1);
		told_free(&t);
	}
}

static void what_is_no_document_is_refused(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"",
		"{",
		"[]",
		"null",
		"{}",
		"{} x",
		OPENVEX,
		OPENVEX "{]}",
		"{\"bomFormat\": \"CycloneDX\"}",
		"{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.3\"}",
		"{\"document\": {\"csaf_version\": \"3.0\"}}",
		"{\"@context\": \"https://example.org\"}",
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct told t;
		struct vex_sink sink;
		struct error err = { 0 };
		if (parse(rows[i], &t, &sink, &err) == 0)
			fail_msg("taken: %s", rows[i]);
		assert_true(err.code != ERR_NONE && err.text[0] != '\0');
		told_free(&t);
	}
}

static void why_it_is_not_affected_is_told(void **state)
{
	(void)state;
	static const struct {
		const char *text, *told;
	} rows[] = {
		{ OPENVEX "{\"status\": \"not_affected\", \"impact_statement\": \"not built\", "
			  "\"vulnerability\": \"A\", \"products\": [\"pkg:npm/a\"], "
			  "\"justification\": \"component_not_present\"}]}",
		  "pkg:npm/a component_not_present not built;" },
		{ "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", "
		  "\"vulnerabilities\": [{\"id\": \"A\", \"affects\": [{\"ref\": "
		  "\"pkg:npm/a\"}], \"analysis\": {\"state\": \"not_affected\", "
		  "\"justification\": \"code_not_reachable\", \"detail\": \"never called\"}}]}",
		  "pkg:npm/a code_not_reachable never called;" },
		/* Flags and threats of some products; the first of several counts; of what is
		 * affected they say nothing of this kind. */
		{ "{\"document\": {\"category\": \"csaf_vex\", \"csaf_version\": \"2.0\"}, "
		  "\"product_tree\": {\"full_product_names\": ["
		  "{\"product_id\": \"1\", \"product_identification_helper\": {\"purl\": "
		  "\"pkg:npm/a\"}}, {\"product_id\": \"2\", \"product_identification_helper\": "
		  "{\"purl\": \"pkg:npm/b\"}}, {\"product_id\": \"3\", "
		  "\"product_identification_helper\": {\"purl\": \"pkg:npm/c\"}}]}, "
		  "\"vulnerabilities\": [{\"cve\": \"A\", \"flags\": [{\"label\": "
		  "\"vulnerable_code_not_present\", \"product_ids\": [\"1\"]}, {\"label\": "
		  "\"component_not_present\", \"product_ids\": [\"1\"]}], \"threats\": ["
		  "{\"category\": \"impact\", \"details\": \"all of them\"}, {\"category\": "
		  "\"exploit_status\", \"details\": \"none\"}, {\"category\": \"impact\", "
		  "\"details\": \"b alone\", \"product_ids\": [\"2\"]}, {\"category\": "
		  "\"impact\", \"details\": \"a group\", \"group_ids\": [\"g\"]}], "
		  "\"product_status\": {\"known_not_affected\": [\"1\", \"2\"], "
		  "\"known_affected\": [\"3\"]}}]}",
		  "pkg:npm/c  ;pkg:npm/a vulnerable_code_not_present all of them;"
		  "pkg:npm/b  b alone;" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct told t;
		struct vex_sink sink;
		struct error err = { 0 };
		if (parse(rows[i].text, &t, &sink, &err) < 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		assert_string_equal(buf_cstr(&t.why, NULL), rows[i].told);
		told_free(&t);
	}
}

/* CSAF's branches nest: as deep as JSON is read, and no deeper. */
static void branches_of_any_depth_are_read_in_bounds(void **state)
{
	(void)state;
	cleanup_buf struct buf text = buf_max(MIB);
	struct told t;
	struct vex_sink sink;
	struct error err = { 0 };
	assert_int_equal(buf_append_str(&text,
					"{\"document\":{\"csaf_version\":\"2.0\"},"
					"\"product_tree\":",
					NULL),
			 0);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(buf_append_str(&text, "{\"branches\":[", NULL), 0);
	assert_int_equal(parse(buf_cstr(&text, NULL), &t, &sink, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	told_free(&t);
}

static const struct {
	const char *file, *told;
} published[] = {
	{ "openvex-demo.json", "CVE-2014-123456 fixed pkg:apk/distro/git@2.39.0-r1?arch=x86_64 ;"
			       "CVE-2014-123456 fixed pkg:apk/distro/git@2.39.0-r1?arch=armv7 ;" },
	{ "csaf-vexctl.json", "CVE-2009-4487 not_affected pkg:generic/component1@1.3.4 ;" },
	{ "cyclonedx-vex.json",
	  "SNYK-JAVA-COMFASTERXMLJACKSONCORE-1048302 not_affected "
	  "pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.10.0?type=jar ;"
	  "CVE-2020-25649 not_affected "
	  "pkg:maven/com.fasterxml.jackson.core/jackson-databind@2.10.0?type=jar ;" },
};

static void published_documents_are_read(void **state)
{
	(void)state;
	const char *data = getenv("CORTEN_TEST_DATA");
	if (data == NULL)
		skip();
	for (size_t i = 0; i < sizeof published / sizeof published[0]; i++) {
		char path[4096];
		struct told t;
		struct vex_sink sink;
		struct error err = { 0 };
		cleanup_buf struct buf json = buf_max(MIB);
		(void)snprintf(path, sizeof path, "%s/sbom/%s", data, published[i].file);
		cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || fd_read_all(fd, &json, &err) < 0)
			fail_msg("%s: %s", path, err.text);
		if (parse(buf_cstr(&json, NULL), &t, &sink, &err) < 0)
			fail_msg("%s: %s", path, err.text);
		assert_string_equal(buf_cstr(&t.all, NULL), published[i].told);
		told_free(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_documents_are_read),
		cmocka_unit_test(members_may_come_in_any_order),
		cmocka_unit_test(why_it_is_not_affected_is_told),
		cmocka_unit_test(what_cannot_be_matched_is_counted),
		cmocka_unit_test(what_is_no_document_is_refused),
		cmocka_unit_test(branches_of_any_depth_are_read_in_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
