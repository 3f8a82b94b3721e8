/* Package URLs: the specification's own tests for these types, what a scan
 * writes, and what must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>

#include "pkgdb/pkgdb.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void expect_written(const struct purl_parts *parts, const char *want)
{
	struct error err = { 0 };
	cleanup_buf struct buf out = buf_max(MIB);
	assert_int_equal(purl_write(parts, &out, &err), 0);
	assert_string_equal(buf_cstr(&out, &err), want);
}

static void a_package_url_says_what_the_package_is(void **state)
{
	static const struct {
		struct purl_parts parts;
		const char *want;
	} rows[] = {
		{ { .type = PKG_DEB,
		    .name = "libc6",
		    .version = "2.36-9",
		    .arch = "amd64",
		    .source_name = "glibc",
		    .source_version = "2.36-9",
		    .os_id = "debian",
		    .os_version = "12" },
		  "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12&upstream=glibc" },
		{ { .type = PKG_DEB,
		    .name = "bash",
		    .version = "5.2.15-2+b13",
		    .arch = "amd64",
		    .source_name = "bash",
		    .source_version = "5.2.15-2",
		    .os_id = "debian",
		    .os_version = "" },
		  "pkg:deb/debian/bash@5.2.15-2%2Bb13?arch=amd64&upstream=bash%405.2.15-2" },
		{ { .type = PKG_DEB,
		    .name = "attr",
		    .version = "1:2.4.47-2+b1",
		    .arch = "amd64",
		    .os_id = "debian" },
		  "pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64" },
		{ { .type = PKG_DEB, .name = "g++-12", .version = "12.2.0~rc1", .arch = "" },
		  "pkg:deb/g%2B%2B-12@12.2.0~rc1" },
		{ { .type = PKG_RPM,
		    .name = "curl",
		    .version = "7.50.3-1.fc25",
		    .arch = "i386",
		    .os_id = "fedora",
		    .os_version = "25" },
		  "pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25" },
		{ { .type = PKG_RPM,
		    .name = "NetworkManager",
		    .version = "1:1.40.0-1.el9",
		    .arch = "x86_64",
		    .source_name = "NetworkManager",
		    .source_version = "1:1.40.0-1.el9",
		    .os_id = "rocky",
		    .os_version = "9.3" },
		  "pkg:rpm/rocky/"
		  "NetworkManager@1.40.0-1.el9?arch=x86_64&distro=rocky-9.3&epoch=1" },
		{ { .type = PKG_RPM,
		    .name = "nodejs",
		    .version = "0:10-1",
		    .arch = "x86_64",
		    .modularity = "nodejs:10:8030020:229f0a1c",
		    .source_name = "" },
		  "pkg:rpm/nodejs@10-1?arch=x86_64&rpmmod=nodejs:10:8030020:229f0a1c" },
		{ { .type = PKG_APK,
		    .name = "libcrypto3",
		    .version = "3.5.5-r0",
		    .arch = "x86_64",
		    .source_name = "openssl",
		    .source_version = "3.5.5-r0",
		    .os_id = "alpine",
		    .os_version = "3.22.1" },
		  "pkg:apk/alpine/libcrypto3@3.5.5-r0?arch=x86_64&distro=alpine-3.22.1&upstream="
		  "openssl" },
		{ { .type = PKG_DEB, .name = "a/b?c#d@e%f g\xc3\xa9", .version = "" },
		  "pkg:deb/a%2Fb%3Fc%23d%40e%25f%20g%C3%A9" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_written(&rows[i].parts, rows[i].want);
}

static void a_package_without_a_name_has_no_url(void **state)
{
	struct error err = { 0 };
	cleanup_buf struct buf out = buf_max(MIB);
	struct purl_parts parts = { .type = PKG_DEB, .version = "1" };
	(void)state;
	assert_int_equal(purl_write(&parts, &out, &err), -1);
	assert_int_equal(err.code, ERR_MALFORMED);
}

static void expect_parsed(const char *purl, const struct purl_parts *want)
{
	struct error err = { 0 };
	struct arena arena = arena_max(MIB);
	struct purl_parts got = { 0 };
	if (purl_parse(bytes_str(purl), &arena, &got, &err) < 0)
		fail_msg("%s: %s", purl, err.text);
	assert_int_equal(got.type, want->type);
	assert_string_equal(got.name, want->name);
	assert_string_equal(got.version, want->version);
	assert_string_equal(got.arch, want->arch);
	assert_string_equal(got.source_name, want->source_name);
	assert_string_equal(got.source_version, want->source_version);
	assert_string_equal(got.modularity, want->modularity == NULL ? "" : want->modularity);
	assert_string_equal(got.os_id == NULL ? "-" : got.os_id,
			    want->os_id == NULL ? "-" : want->os_id);
	assert_string_equal(got.os_version == NULL ? "-" : got.os_version,
			    want->os_version == NULL ? "-" : want->os_version);
	arena_free(&arena);
}

static void a_package_url_is_read_back(void **state)
{
	static const struct {
		const char *purl;
		struct purl_parts want;
	} rows[] = {
		{ "pkg:Rpm/fedora/curl@7.50.3-1.fc25?Arch=i386&Distro=fedora-25",
		  { PKG_RPM, "curl", "7.50.3-1.fc25", "i386", "curl", "7.50.3-1.fc25", "", "fedora",
		    "25" } },
		{ "pkg:rpm/centerim@4.22.10-1.el6?arch=i686&epoch=1&distro=fedora-25",
		  { PKG_RPM, "centerim", "1:4.22.10-1.el6", "i686", "centerim", "1:4.22.10-1.el6",
		    "", "fedora", "25" } },
		{ "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
		  { PKG_DEB, "curl", "7.50.3-1", "i386", "curl", "7.50.3-1", "", "debian",
		    "jessie" } },
		{ "pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64",
		  { PKG_DEB, "attr", "1:2.4.47-2+b1", "amd64", "attr", "1:2.4.47-2+b1", "",
		    "debian", NULL } },
		{ "pkg:deb/debian/attr@1%3A2.4.47-2%2bb1",
		  { PKG_DEB, "attr", "1:2.4.47-2+b1", "", "attr", "1:2.4.47-2+b1", "", "debian",
		    NULL } },
		{ "pkg:apk/alpine/"
		  "libcrypto3@3.5.5-r0?arch=x86_64&distro=alpine-edge&upstream=openssl",
		  { PKG_APK, "libcrypto3", "3.5.5-r0", "x86_64", "openssl", "3.5.5-r0", "",
		    "alpine", "edge" } },
		{ "pkg:deb/debian/bash@5.2.15-2%2Bb13?upstream=bash%405.2.15-2",
		  { PKG_DEB, "bash", "5.2.15-2+b13", "", "bash", "5.2.15-2", "", "debian", NULL } },
		{ "pkg:rpm/redhat/"
		  "bash@5.1.8-6.el9?arch=x86_64&distro=rhel-9.4&upstream=bash-5.1.8-6."
		  "el9.src.rpm",
		  { PKG_RPM, "bash", "5.1.8-6.el9", "x86_64", "bash", "5.1.8-6.el9", "", "rhel",
		    "9.4" } },
		{ "pkg:rpm/redhat/bash",
		  { PKG_RPM, "bash", "", "", "bash", "", "", "rhel", NULL } },
		{ "pkg:rpm/opensuse-leap/zsh?distro=opensuse-leap-15.5",
		  { PKG_RPM, "zsh", "", "", "zsh", "", "", "opensuse-leap", "15.5" } },
		{ "pkg:rpm/nodejs@10-1?modularitylabel=nodejs:10:803",
		  { PKG_RPM, "nodejs", "10-1", "", "nodejs", "10-1", "nodejs:10:803", NULL,
		    NULL } },
		{ "PKG://deb//Debian//Curl/@1?foo=bar&arch=#sub/path",
		  { PKG_DEB, "curl", "1", "", "curl", "1", "", "debian", NULL } },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		expect_parsed(rows[i].purl, &rows[i].want);
}

static void what_is_no_package_url_is_refused(void **state)
{
	static const struct {
		struct bytes purl;
		enum error_code code;
	} rows[] = {
		{ { (const uint8_t *)"", 0 }, ERR_MALFORMED },
#define ROW(s, code) { { (const uint8_t *)(s), sizeof(s) - 1 }, code }
		ROW("pkg:", ERR_MALFORMED),
		ROW("pkg:deb", ERR_MALFORMED),
		ROW("pkg:deb/", ERR_MALFORMED),
		ROW("http://deb/debian/curl", ERR_MALFORMED),
		ROW("deb/debian/curl", ERR_MALFORMED),
		ROW("pkg:bitnami/wordpress@6.2.0", ERR_UNSUPPORTED),
		ROW("pkg:swift/Alamofire@5.4.3", ERR_MALFORMED),
		ROW("pkg:swift/github.com/Alamofire/@5.4.3", ERR_MALFORMED),
		ROW("pkg:cocoapods/owner/AFNetworking@4.0.1", ERR_MALFORMED),
		ROW("pkg:npm/@1.0", ERR_MALFORMED),
		ROW("pkg:maven/@1.3.4", ERR_MALFORMED),
		ROW("pkg:cargo/owner/rand@0.7.2", ERR_MALFORMED),
		ROW("pkg:npm/myartifact@1.0.0?in%20production=true", ERR_MALFORMED),
		ROW("pkg:deb/debian/cu%rl", ERR_MALFORMED),
		ROW("pkg:deb/debian/curl@1%2", ERR_MALFORMED),
		ROW("pkg:deb/debian/curl@1%", ERR_MALFORMED),
		ROW("pkg:deb/debian/cu%00rl", ERR_MALFORMED),
		ROW("pkg:deb/debian/cu%1brl", ERR_MALFORMED),
		ROW("pkg:deb/debian/cu\0rl", ERR_MALFORMED),
		ROW("pkg:deb/debian/cu%ffrl", ERR_MALFORMED),
		ROW("pkg:deb/debian/curl?=x", ERR_MALFORMED),
		ROW("pkg:deb/debian/curl?arch=a&&distro=b", ERR_MALFORMED),
		ROW("pkg:deb/debian/curl?arch=a&ARCH=b", ERR_MALFORMED),
		ROW("pkg:rpm/fedora/curl@1-1?epoch=one", ERR_MALFORMED),
		ROW("pkg:rpm/fedora/curl@1-1?epoch=99999999999999999999999", ERR_MALFORMED),
#undef ROW
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct error err = { 0 };
		struct arena arena = arena_max(MIB);
		struct purl_parts parts = { .name = "untouched" };
		if (purl_parse(rows[i].purl, &arena, &parts, &err) == 0)
			fail_msg("%.*s is taken", (int)rows[i].purl.n,
				 (const char *)rows[i].purl.p);
		assert_int_equal(err.code, rows[i].code);
		assert_string_equal(parts.name, "untouched");
		arena_free(&arena);
	}
}

static void a_huge_package_url_and_a_full_arena_are_errors(void **state)
{
	struct error err = { 0 };
	struct arena arena = arena_max(MIB), small = arena_max(8);
	struct purl_parts parts;
	cleanup_buf struct buf text = buf_max(MIB);
	(void)state;
	assert_int_equal(buf_append_str(&text, "pkg:deb/debian/a@", &err), 0);
	for (int i = 0; i < 70000; i++)
		assert_int_equal(buf_append_str(&text, "1", &err), 0);
	assert_int_equal(purl_parse(buf_view(&text), &arena, &parts, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(purl_parse(BYTES_LIT("pkg:deb/debian/curl@7.50.3-1?arch=amd64"), &small,
				    &parts, &err),
			 -1);
	assert_int_equal(err.code, ERR_LIMIT);
	arena_free(&arena);
	arena_free(&small);
}

/* What a scan writes of application packages, and what is read back. */
static void application_packages_have_urls_of_their_own(void **state)
{
	static const struct {
		enum pkg_type type;
		const char *name, *version, *purl;
		const char *canonical; /* the name that is read back; NULL: name */
	} rows[] = {
		{ PKG_NPM, "lodash", "4.17.21", "pkg:npm/lodash@4.17.21", NULL },
		{ PKG_NPM, "@angular/animation", "12.3.1", "pkg:npm/%40angular/animation@12.3.1",
		  NULL },
		{ PKG_NPM, "a/", "1", "pkg:npm/a%2F@1", NULL },
		{ PKG_PYPI, "Django_package", "1.11.1.dev1", "pkg:pypi/django-package@1.11.1.dev1",
		  "django-package" },
		{ PKG_PYPI, "zope.interface", "1!6.0+x", "pkg:pypi/zope.interface@1%216.0%2Bx",
		  NULL },
		{ PKG_MAVEN, "org.apache.commons:io", "1.0.0 Final",
		  "pkg:maven/org.apache.commons/io@1.0.0%20Final", NULL },
		{ PKG_MAVEN, "junit", "4.13", "pkg:maven/junit@4.13", NULL },
		{ PKG_GOLANG, "github.com/Masterminds/semver/v3", "v3.2.0",
		  "pkg:golang/github.com/masterminds/semver/v3@v3.2.0",
		  "github.com/masterminds/semver/v3" },
		{ PKG_GOLANG, "stdlib", "1.21.3", "pkg:golang/stdlib@1.21.3", NULL },
		{ PKG_CARGO, "rand", "0.7.2", "pkg:cargo/rand@0.7.2", NULL },
		{ PKG_GEM, "jruby-launcher", "1.1.2", "pkg:gem/jruby-launcher@1.1.2", NULL },
		{ PKG_COMPOSER, "Laravel/Laravel", "5.5.0", "pkg:composer/laravel/laravel@5.5.0",
		  "laravel/laravel" },
		{ PKG_NUGET, "EnterpriseLibrary.Common", "6.0.1304",
		  "pkg:nuget/EnterpriseLibrary.Common@6.0.1304", NULL },
		{ PKG_CONAN, "openssl", "3.0.3", "pkg:conan/openssl@3.0.3", NULL },
		{ PKG_SWIFT, "github.com/Alamofire/Alamofire", "5.4.3",
		  "pkg:swift/github.com/Alamofire/Alamofire@5.4.3", NULL },
		{ PKG_COCOAPODS, "AFNetworking", "4.0.1", "pkg:cocoapods/AFNetworking@4.0.1",
		  NULL },
		{ PKG_PUB, "Flutter-x", "0.0.0", "pkg:pub/flutter_x@0.0.0", "flutter_x" },
		{ PKG_HEX, "Acme/Foo", "2.3.", "pkg:hex/acme/foo@2.3.", "acme/foo" },
		{ PKG_CRAN, "rJava", "1.0-4", "pkg:cran/rJava@1.0-4", NULL },
		{ PKG_CONDA, "absl-py", "0.4.1", "pkg:conda/absl-py@0.4.1", NULL },
		{ PKG_WORDPRESS, "contact-form-7", "5.8", "pkg:wordpress/contact-form-7@5.8",
		  NULL },
		{ PKG_GENERIC, "nginx", "", "pkg:generic/nginx", NULL },
		{ PKG_GENERIC, "openjdk", "17.0.9+9", "pkg:generic/openjdk@17.0.9%2B9", NULL },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = rows[i].canonical == NULL ? rows[i].name : rows[i].canonical;
		const struct purl_parts parts = { .type = rows[i].type,
						  .name = rows[i].name,
						  .version = rows[i].version,
						  .arch = "amd64",
						  .os_id = "debian" };
		const struct purl_parts want = { rows[i].type, name, rows[i].version,
						 "",           "",   "",
						 "",           NULL, NULL };
		expect_written(&parts, rows[i].purl);
		expect_parsed(rows[i].purl, &want);
	}
}

/* test/data/purl/purl-spec.tsv: the specification's own tests of these types.
 * "parse": a URL and its type, namespace, name, version ("-": none), or "invalid";
 * "build": these and the URL. */
static void check_spec_row(struct bytes row, const char *line)
{
	struct bytes kind = { 0 }, purl = { 0 }, type = { 0 }, namespace, name, version;
	struct error err = { 0 };
	struct arena arena = arena_max(MIB);
	struct purl_parts parts = { 0 };
	cleanup_buf struct buf out = buf_max(MIB);

	assert_true(bytes_next_field(&row, '\t', &kind) && bytes_next_field(&row, '\t', &purl) &&
		    bytes_next_field(&row, '\t', &type));
	int result = purl_parse(purl, &arena, &parts, &err);
	if (bytes_equal(type, BYTES_LIT("invalid"))) {
		if (result == 0)
			fail_msg("%s is taken", line);
		arena_free(&arena);
		return;
	}
	if (result < 0)
		fail_msg("%s: %s", line, err.text);
	assert_true(bytes_next_field(&row, '\t', &namespace) &&
		    bytes_next_field(&row, '\t', &name) && bytes_next_field(&row, '\t', &version));
	bool none = bytes_equal(namespace, BYTES_LIT("-"));
	const char *joint = none ? "" : parts.type == PKG_MAVEN ? ":" : "/";
	const char *want =
		arena_printf(&arena, "%.*s%s%.*s", none ? 0 : (int)namespace.n,
			     (const char *)namespace.p, joint, (int)name.n, (const char *)name.p);
	if (!pkg_type_is_app(parts.type))
		want = arena_cstr(&arena, name);
	if (strcmp(parts.name, want) != 0)
		fail_msg("%s: name %s", line, parts.name);
	assert_string_equal(pkg_type_name(parts.type), arena_cstr(&arena, type));
	if (parts.type != PKG_RPM) /* its epoch is a part of the version here */
		assert_string_equal(bytes_equal(version, BYTES_LIT("-")) ? "-" : parts.version,
				    arena_cstr(&arena, version));
	if (bytes_equal(kind, BYTES_LIT("build"))) {
		assert_int_equal(purl_write(&parts, &out, &err), 0);
		assert_string_equal(buf_cstr(&out, &err), arena_cstr(&arena, purl));
	}
	arena_free(&arena);
}

static void the_specifications_own_tests_hold(void **state)
{
	struct error err = { 0 };
	cleanup_buf struct buf path = buf_max(LIMIT_PATH_BYTES), text = buf_max(MIB);
	struct bytes rest, row;
	size_t rows = 0;
	(void)state;
	assert_non_null(getenv("CORTEN_TEST_DATA"));
	assert_int_equal(
		buf_printf(&path, &err, "%s/purl/purl-spec.tsv", getenv("CORTEN_TEST_DATA")), 0);
	cleanup_close int fd = fd_open_read(AT_FDCWD, buf_cstr(&path, &err), &err);
	assert_true(fd >= 0);
	assert_int_equal(fd_read_all(fd, &text, &err), 0);
	rest = buf_view(&text);
	while (bytes_next_field(&rest, '\n', &row)) {
		char line[256];
		(void)snprintf(line, sizeof line, "%.*s", (int)row.n, (const char *)row.p);
		if (row.n > 0 && row.p[0] != '#') {
			check_spec_row(row, line);
			rows++;
		}
	}
	assert_true(rows >= 80);
}

/* What a scan wrote is what a look-up understands. */
static void written_and_read_back_is_the_same(void **state)
{
	static const struct purl_parts rows[] = {
		{ PKG_DEB, "libc6", "2.36-9+deb12u10", "amd64", "glibc", "2.36-9+deb12u10", "",
		  "debian", "12" },
		{ PKG_DEB, "bash", "5.2.15-2+b13", "amd64", "bash", "5.2.15-2", "", "debian",
		  "12" },
		{ PKG_RPM, "openssl-libs", "1:3.0.7-24.el9", "x86_64", "openssl", "1:3.0.7-24.el9",
		  "", "almalinux", "9.3" },
		{ PKG_RPM, "nodejs", "1:18.19.0-1.module_el8", "x86_64", "nodejs",
		  "1:18.19.0-1.module_el8", "nodejs:18:1:2", "rocky", "8.9" },
		{ PKG_APK, "libssl3", "3.1.4-r5", "aarch64", "openssl", "3.1.4-r5", "", "alpine",
		  "3.18.12" },
		{ PKG_RPM, "zsh", "5.6-1", "noarch", "z", "2:5.6-9", "", "opensuse-tumbleweed",
		  "20240823" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_buf struct buf out = buf_max(MIB);
		struct error err = { 0 };
		assert_int_equal(purl_write(&rows[i], &out, &err), 0);
		expect_parsed(buf_cstr(&out, &err), &rows[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_package_url_says_what_the_package_is),
		cmocka_unit_test(a_package_without_a_name_has_no_url),
		cmocka_unit_test(a_package_url_is_read_back),
		cmocka_unit_test(what_is_no_package_url_is_refused),
		cmocka_unit_test(a_huge_package_url_and_a_full_arena_are_errors),
		cmocka_unit_test(application_packages_have_urls_of_their_own),
		cmocka_unit_test(the_specifications_own_tests_hold),
		cmocka_unit_test(written_and_read_back_is_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
