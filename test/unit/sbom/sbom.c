/* Bills of materials: ours, and how other tools write them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sbom/wire.h"

struct told {
	struct buf all; /* a line a record */
	size_t skipped;
};

static int about(void *ctx, const struct sbom_about *a, struct error *err)
{
	struct told *t = ctx;
	return buf_printf(&t->all, err, "about %.*s\n", (int)a->name.n, (const char *)a->name.p);
}

static int os(void *ctx, struct bytes id, struct bytes version, struct bytes name,
	      struct error *err)
{
	struct told *t = ctx;
	(void)name;
	return buf_printf(&t->all, err, "os %.*s %.*s\n", (int)id.n, (const char *)id.p,
			  (int)version.n, (const char *)version.p);
}

static int layer(void *ctx, struct bytes diff_id, struct error *err)
{
	struct told *t = ctx;
	return buf_printf(&t->all, err, "layer %.*s\n", (int)diff_id.n, (const char *)diff_id.p);
}

static int package(void *ctx, const struct sbom_record *r, struct error *err)
{
	struct told *t = ctx;
	return buf_printf(
		&t->all, err, "%s %.*s %.*s arch=%.*s source=%.*s %.*s license=%.*s %.*s\n",
		pkg_type_name(r->type), (int)r->name.n, (const char *)r->name.p, (int)r->version.n,
		(const char *)r->version.p, (int)r->arch.n, (const char *)r->arch.p,
		(int)r->source_name.n, (const char *)r->source_name.p, (int)r->source_version.n,
		(const char *)r->source_version.p, (int)r->license.n, (const char *)r->license.p,
		(int)r->path.n, (const char *)r->path.p);
}

static int skipped(void *ctx, struct bytes what, const char *why, struct error *err)
{
	struct told *t = ctx;
	(void)what;
	(void)why;
	(void)err;
	t->skipped++;
	return 0;
}

static int parse(const char *json, struct told *t, struct error *err)
{
	*t = (struct told){ .all = buf_max(MIB) };
	struct sbom_sink sink = { about, os, layer, package, skipped, t };
	return sbom_parse(bytes_str(json), &sink, err);
}

static const struct {
	const char *json, *told;
	size_t skipped;
} documents[] = {
	/* as Syft writes it */
	{ "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"metadata\":{\"component\":{"
	  "\"type\":"
	  "\"container\",\"name\":\"debian\",\"version\":\"12\"}},\"components\":[{\"type\":"
	  "\"library\","
	  "\"name\":\"libssl3\",\"version\":\"3.0\",\"purl\":\"pkg:deb/debian/"
	  "libssl3@3.0?arch=amd64&"
	  "distro=debian-12&upstream=openssl\",\"licenses\":[{\"license\":{\"name\":\"A\"}},{"
	  "\"license\":"
	  "{\"id\":\"B\"}}],\"properties\":[{\"name\":\"syft:location:0:path\",\"value\":"
	  "\"/var/lib/dpkg/"
	  "status\"}]},{\"type\":\"operating-system\",\"name\":\"debian\",\"version\":"
	  "\"12\"},{\"type\":\"file\",\"name\":\"/etc/x\"}]}",
	  "about debian\ndeb libssl3 3.0 arch=amd64 source=openssl 3.0 license=A AND B "
	  "var/lib/dpkg/status\nos debian 12\n",
	  0 },
	/* as Trivy writes it */
	{ "{\"components\":[{\"purl\":\"pkg:rpm/rhel/"
	  "bash@5.1-2?arch=x86_64&distro=rhel-9.3\",\"name\":"
	  "\"bash\",\"type\":\"library\",\"properties\":[{\"name\":\"aquasecurity:trivy:SrcName\","
	  "\"value\":"
	  "\"bash\"},{\"name\":\"aquasecurity:trivy:SrcVersion\",\"value\":\"5.1\"},{\"name\":"
	  "\"aquasecurity:trivy:SrcRelease\",\"value\":\"2\"},{\"name\":\"aquasecurity:trivy:"
	  "SrcEpoch\","
	  "\"value\":\"1\"}]}],\"specVersion\":\"1.5\",\"bomFormat\":\"CycloneDX\"}",
	  "rpm bash 5.1-2 arch=x86_64 source=bash 1:5.1-2 license= \n", 0 },
	/* components in components; an unknown type */
	{ "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.4\",\"components\":[{\"components\":[{"
	  "\"name\":"
	  "\"b\",\"purl\":\"pkg:npm/b@2\",\"components\":[]},{\"name\":\"c\",\"purl\":\"pkg:bad/"
	  "c@1\"}],"
	  "\"name\":\"a\",\"purl\":\"pkg:npm/a@1\"}]}",
	  "npm b 2 arch= source=  license= \nnpm a 1 arch= source=  license= \n", 1 },
	{ "{\"spdxVersion\":\"SPDX-2.2\",\"packages\":[{\"name\":\"x\",\"externalRefs\":[{"
	  "\"referenceType\":"
	  "\"purl\",\"referenceLocator\":\"pkg:apk/alpine/"
	  "x@1-r0?arch=a\"},{\"referenceType\":\"cpe23Type\","
	  "\"referenceLocator\":\"cpe\"}],\"licenseDeclared\":\"NOASSERTION\"},{\"SPDXID\":"
	  "\"SPDXRef-OperatingSystem-1\",\"name\":\"alpine\",\"versionInfo\":\"3.18\"},{\"name\":"
	  "\"no\"}]}",
	  "apk x 1-r0 arch=a source=x 1-r0 license= \nos alpine 3.18\n", 0 },
	{ "{\"schema\":\"corten.scan/"
	  "1\",\"os\":null,\"packages\":[{\"type\":\"maven\",\"name\":\"g:a\","
	  "\"version\":\"1\",\"path\":\"a.war!/b.jar\"},{\"type\":\"cobol\",\"name\":\"x\"},1]}",
	  "maven g:a 1 arch= source=  license= a.war!/b.jar\n", 1 },
};

static void documents_tell_their_packages(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
		struct told t;
		struct error err = { 0 };
		if (parse(documents[i].json, &t, &err) < 0)
			fail_msg("%zu: %s", i, err.text);
		assert_string_equal(buf_cstr(&t.all, NULL), documents[i].told);
		assert_int_equal(t.skipped, documents[i].skipped);
		buf_free(&t.all);
	}
}

static void what_is_no_bill_of_materials_is_refused(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"",
		"{",
		"[]",
		"null",
		"1",
		"{}",
		"{}{}",
		"{\"bomFormat\":\"CycloneDX\"}",
		"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.7\"}",
		"{\"spdxVersion\":\"SPDX-3.0\"}",
		"{\"schema\":\"corten.scan/2\"}",
		"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":[{]}",
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct told t;
		struct error err = { 0 };
		if (parse(rows[i], &t, &err) == 0)
			fail_msg("taken: %s", rows[i]);
		assert_true(err.code != ERR_NONE && err.text[0] != '\0');
		buf_free(&t.all);
	}
}

static void components_within_components_end_at_a_depth(void **state)
{
	(void)state;
	cleanup_buf struct buf text = buf_max(MIB);
	struct told t;
	struct error err = { 0 };
	(void)buf_append_str(&text, "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\"", NULL);
	for (int i = 0; i < COMPONENT_DEPTH + 1; i++)
		(void)buf_append_str(&text, i == 0 ? ",\"components\":[{" : "\"components\":[{",
				     NULL);
	for (int i = 0; i < COMPONENT_DEPTH + 1; i++)
		(void)buf_append_str(&text, "}]", NULL);
	(void)buf_append_str(&text, "}", NULL);
	assert_int_equal(parse(buf_cstr(&text, NULL), &t, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	buf_free(&t.all);
}

static void a_worker_that_sends_nonsense_is_not_believed(void **state)
{
	(void)state;
	static const struct sbom_record rows[] = {
		{ .type = PKG_TYPES, .name = { (const uint8_t *)"a", 1 } },
		{ .type = PKG_DEB },
		{ .type = PKG_DEB, .name = { (const uint8_t *)"a\0b", 3 } },
		{ .type = PKG_DEB, .name = { (const uint8_t *)"\xff", 1 } },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cleanup_msg struct msg m = { 0 };
		struct sbom_record back;
		struct error err = { 0 };
		sbom_put_package(&m, &rows[i]);
		struct msg_reader r = { .c = cursor_of(buf_view(&m.payload)), .type = m.type };
		assert_int_equal(sbom_get_package(&r, &back, &err), -1);
		assert_int_equal(err.code, ERR_PROTOCOL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_tell_their_packages),
		cmocka_unit_test(what_is_no_bill_of_materials_is_refused),
		cmocka_unit_test(components_within_components_end_at_a_depth),
		cmocka_unit_test(a_worker_that_sends_nonsense_is_not_believed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
