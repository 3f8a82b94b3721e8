/* Package URLs: which ones cover which, and what package they name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sbom/read.h"

static void a_url_covers_what_it_says_and_all_that_it_does_not(void **state)
{
	(void)state;
	static const char deb[] = "pkg:deb/debian/libssl3@3.0.11-1?arch=amd64&distro=debian-12";
	static const struct {
		const char *wanted, *has;
		bool covers;
	} rows[] = {
		{ "pkg:deb/debian/libssl3", deb, true },
		{ "pkg:deb/debian/libssl3@3.0.11-1", deb, true },
		{ "pkg:deb/debian/libssl3@3.0.11", deb, false },
		{ "pkg:deb/debian/libssl3?arch=amd64", deb, true },
		{ "pkg:deb/debian/libssl3?distro=debian-12&arch=amd64", deb, true },
		{ "pkg:deb/debian/libssl3?arch=arm64", deb, false },
		{ "pkg:deb/debian/libssl3?vendor=x", deb, false },
		{ "pkg:deb/ubuntu/libssl3", deb, false },
		{ "pkg:deb/libssl3", deb, false },
		{ "pkg:rpm/debian/libssl3", deb, false },
		{ "pkg:rpm/redhat/bash@5", "pkg:rpm/rhel/bash@5?arch=x86_64", true },
		{ "pkg:rpm/amazon/bash@5", "pkg:rpm/rhel/bash@5?arch=x86_64", false },
		{ "PKG:deb/debian/libssl3", deb, true },
		{ "pkg:deb/debian/LIBSSL3", deb, true },
		{ "pkg:deb/debian/libssl3#sub/path", deb, true },
		{ "pkg://deb/debian/libssl3", deb, true },
		{ "pkg:deb/debian/libssl%33", deb, true },
		{ "pkg:npm/@scope/name", "pkg:npm/%40scope/name@1.0.0", true },
		{ "pkg:npm/%40scope/name@1.0.0", "pkg:npm/%40scope/name@1.0.0", true },
		{ "pkg:npm/name", "pkg:npm/%40scope/name@1.0.0", false },
		{ "pkg:npm/Name", "pkg:npm/name@1", false },
		{ "pkg:pypi/Django_Thing", "pkg:pypi/django-thing@1", true },
		{ "pkg:golang/github.com/a/b", "pkg:golang/github.com/a/b@v1", true },
		{ "pkg:maven/g/a@1", "pkg:maven/g/a@1?type=jar", true },
		{ "pkg:deb/debian/a@1%2B2", "pkg:deb/debian/a@1+2", true },
		{ "", "", false },
		{ "pkg:", "pkg:", false },
		{ "pkg:deb", "pkg:deb", false },
		{ "pkg:deb/", "pkg:deb/", false },
		{ "pkg:deb/debian/a?x", "pkg:deb/debian/a?x", false },
		{ "https://example.org", "https://example.org", false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (purl_covers(bytes_str(rows[i].wanted), bytes_str(rows[i].has)) !=
		    rows[i].covers)
			fail_msg("%s, %s", rows[i].wanted, rows[i].has);
}

static void a_source_covers_its_packages(void **state)
{
	(void)state;
	struct package p = { .purl = "pkg:deb/debian/libssl3@3.0?arch=amd64&distro=debian-12",
			     .source_name = "openssl",
			     .source_version = "3.0" };
	assert_true(purl_covers_source(BYTES_LIT("pkg:deb/debian/openssl?arch=source"), &p));
	assert_true(purl_covers_source(
		BYTES_LIT("pkg:deb/debian/openssl@3.0?arch=source&distro=debian-12"), &p));
	assert_false(purl_covers_source(BYTES_LIT("pkg:deb/debian/openssl@3.1?arch=source"), &p));
	assert_false(purl_covers_source(BYTES_LIT("pkg:deb/debian/openssl"), &p));
	assert_false(purl_covers_source(BYTES_LIT("pkg:deb/ubuntu/openssl?arch=source"), &p));
	assert_false(purl_covers_source(BYTES_LIT("pkg:rpm/debian/openssl?arch=source"), &p));
}

static void a_url_names_a_package_by_the_rules_of_its_type(void **state)
{
	(void)state;
	static const struct {
		const char *purl;
		enum pkg_type type;
		const char *name, *version;
	} rows[] = {
		{ "pkg:npm/%40babel/core@7.0.0", PKG_NPM, "@babel/core", "7.0.0" },
		{ "pkg:npm/lodash@4.17.21", PKG_NPM, "lodash", "4.17.21" },
		{ "pkg:maven/org.apache/commons@1.0?type=jar", PKG_MAVEN, "org.apache:commons",
		  "1.0" },
		{ "pkg:golang/github.com/a/b@v1.2.3", PKG_GOLANG, "github.com/a/b", "v1.2.3" },
		{ "pkg:golang/stdlib@1.21.0", PKG_GOLANG, "stdlib", "1.21.0" },
		{ "pkg:composer/symfony/http@6.0", PKG_COMPOSER, "symfony/http", "6.0" },
		{ "pkg:gem/rails@7.0.0", PKG_GEM, "rails", "7.0.0" },
		{ "pkg:cargo/serde@1.0.0", PKG_CARGO, "serde", "1.0.0" },
		{ "pkg:deb/debian/libssl3@1%3A3.0?arch=amd64", PKG_DEB, "libssl3", "1:3.0" },
		{ "pkg:rpm/rhel/bash@5.1-2?epoch=3", PKG_RPM, "bash", "3:5.1-2" },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sbom_record r;
		const char *why = "";
		cleanup_arena struct arena arena = arena_max(MIB);
		if (!record_of_purl(bytes_str(rows[i].purl), &arena, &r, &why))
			fail_msg("%s: %s", rows[i].purl, why);
		assert_int_equal(r.type, rows[i].type);
		if (!is(r.name, rows[i].name) || !is(r.version, rows[i].version))
			fail_msg("%s: %.*s %.*s", rows[i].purl, (int)r.name.n,
				 (const char *)r.name.p, (int)r.version.n,
				 (const char *)r.version.p);
	}
}

static void what_is_no_package_of_ours_is_refused(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"", "pkg:", "pkg:docker/debian@1", "pkg:oci/a@1", "npm/a", "pkg:npm", "pkg:npm/"
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct sbom_record r;
		const char *why = NULL;
		cleanup_arena struct arena arena = arena_max(MIB);
		assert_false(record_of_purl(bytes_str(rows[i]), &arena, &r, &why));
		assert_non_null(why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_covers_what_it_says_and_all_that_it_does_not),
		cmocka_unit_test(a_source_covers_its_packages),
		cmocka_unit_test(a_url_names_a_package_by_the_rules_of_its_type),
		cmocka_unit_test(what_is_no_package_of_ours_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
