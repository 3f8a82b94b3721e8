/* Files that were made to hurt, or were hurt: an error or a row less, and no more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "read_helper.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct damaged {
	const char *path, *text;
	enum error_code code;
	const char *packages; /* what stands until the error */
} damaged[] = {
	{ "package.json", "", ERR_TRUNCATED, "" },
	{ "package.json", "{\"name\":\"a\",\"version\":\"1\"", ERR_TRUNCATED, "" },
	{ "package.json", "{\"name\":\"a\",\"version\":\"1\"} x", ERR_MALFORMED, "" },
	{ "package-lock.json", "{}", ERR_MALFORMED, "" },
	{ "package-lock.json", "[", ERR_TRUNCATED, "" },
	{ "package-lock.json", "{\"packages\":{\"node_modules/a\":{\"version\":\"1\"}",
	  ERR_TRUNCATED, "" },
	{ "pnpm-lock.yaml", "a: [", ERR_MALFORMED, "" },
	{ "pnpm-lock.yaml", "packages: {}\n", ERR_MALFORMED, "" },
	{ "pnpm-lock.yaml",
	  "lockfileVersion: '9.0'\npackages: {a@1: {}}\n---\nlockfileVersion: x\n", ERR_MALFORMED,
	  "npm a 1 dev :2\n" },
	{ "bun.lock", "{\"packages\":{\"a\":[\"a@1\"", ERR_TRUNCATED, "" },
	{ "bun.lock", "{ /* no end", ERR_TRUNCATED, "" },
	{ "bun.lockb", "#!/usr/bin/env bun\nbun-lockfile-format-v0\n", ERR_UNSUPPORTED, "" },
	{ "poetry.lock", "[[package]]\nname = \n", ERR_MALFORMED, "" },
	{ "uv.lock", "[[package]\n", ERR_MALFORMED, "" },
	{ "Cargo.lock", "<<<<<<< HEAD\n", ERR_MALFORMED, "" },
	{ "Pipfile.lock", "[]", ERR_MALFORMED, "" },
	{ "conda-meta/a-1.json", "{\"name\":\"a\"}", ERR_MALFORMED, "" },
	{ "composer.lock", "null", ERR_MALFORMED, "" },
	{ "conan.lock", "null", ERR_MALFORMED, "" },
	{ "pubspec.lock", "words", ERR_MALFORMED, "" },
	{ "go.mod", "words\n", ERR_MALFORMED, "" },
	{ "pom.xml", "<project><dependencies>", ERR_TRUNCATED, "" },
	{ "pom.xml", "<html></html>", ERR_MALFORMED, "" },
	{ "pom.xml", "", ERR_TRUNCATED, "" },
	{ "packages.config", "<packages", ERR_TRUNCATED, "" },
	{ "build.sbt.lock", "{}", ERR_MALFORMED, "" },
	{ "renv.lock", "{}", ERR_MALFORMED, "" },
	{ "Package.resolved", "{}", ERR_MALFORMED, "" },
	{ "Podfile.lock", "PODS: [", ERR_MALFORMED, "" },
	{ "x.dist-info/METADATA", "Version: 1\n", ERR_MALFORMED, "" },
	{ "specifications/x.gemspec", "puts 1\n", ERR_MALFORMED, "" },
};

static void a_damaged_file_is_an_error_and_not_a_guess(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(damaged); i++) {
		const struct damaged *d = &damaged[i];
		cleanup_read struct read_result r = read_text(d->path, bytes_str(d->text));
		if (r.err.code != d->code)
			fail_msg("%s (row %zu): %s: %s", d->path, i, error_code_name(r.err.code),
				 r.err.text);
		assert_string_equal(buf_cstr(&r.packages, NULL), d->packages);
	}
}

static const struct odd {
	const char *path, *text, *packages, *skipped;
} odd[] = {
	/* names and versions that are no text */
	{ "package.json", "{\"name\":\"a\\u0007\",\"version\":\"1\"}", "",
	  "a package whose name or version is no text\n" },
	{ "requirements.txt", "a==1\x1b[2J\n", "",
	  "note 1: not pinned to one version, and so not checked: 1 requirement, the first "
	  "on this line\n" },
	{ "requirements.txt", "a==1\xff\n", "",
	  "note 1: not pinned to one version, and so not checked: 1 requirement, the first "
	  "on this line\n" },
	{ "Cargo.lock", "[[package]]\nversion='1'\nsource='x'\n", "",
	  "line 1: a package whose name or version is no text\n" },
	/* shapes that the format does not have */
	{ "package-lock.json", "{\"packages\":{\"node_modules/a\":[1],\"node_modules/\":{}}}",
	  "npm a - :1\n", "line 1: a package whose name or version is no text\n" },
	{ "package-lock.json", "{\"dependencies\":{\"a\":\"1\",\"b\":null}}",
	  "npm a - :1\nnpm b - :1\n", "" },
	{ "package-lock.json", "{\"packages\":7,\"lockfileVersion\":3}", "", "" },
	{ "yarn.lock", "a:\n  version \"1\"\n\"\":\n  version \"1\"\n", "npm a 1 :1\n", "" },
	{ "bun.lock", "{\"packages\":{\"a\":[],\"b\":{},\"c\":[\"@\"],\"d\":[\"d@1\"]}}",
	  "npm d 1 dev :1\n",
	  "line 1: an entry without name@version\nline 1: an entry without name@version\n"
	  "line 1: an entry without name@version\n" },
	{ "bun.lock",
	  "{\"packages\":{\"a\":[\"a@1\",{\"dependencies\":{\"a\":\"\"}}]},"
	  "\"workspaces\":{\"\":{\"dependencies\":{\"a\":\"1\"}}}}",
	  "npm a 1 direct :1\n", "" },
	{ "pnpm-lock.yaml", "lockfileVersion: 5\npackages: {a: 1, /: {}, /b/: {}, '': {}}\n", "",
	  "line 2: a package whose name or version is no text\n"
	  "line 2: a package whose name or version is no text\n"
	  "line 2: a package whose name or version is no text\n"
	  "line 2: a package whose name or version is no text\n" },
	{ "uv.lock",
	  "package = [1, 'x', {name = 'a', version = '1', dependencies = [{name = 'a'}, 7]}]\n",
	  "pypi a 1 :1\n",
	  "line 1: a package whose name or version is no text\n"
	  "line 1: a package whose name or version is no text\n" },
	{ "gradle.lockfile", "a:b\nnothing\n", "",
	  "line 1: no group:artifact:version\nline 2: no group:artifact:version\n" },
	{ "go.mod", "module m\nrequire (\nrequire\na\nreplace a => b v1\n", "",
	  "line 3: a requirement that is not PATH VERSION\n"
	  "line 4: a requirement that is not PATH VERSION\n"
	  "line 5: a requirement that is not PATH VERSION\n" },
	{ "go.mod", "module m\nrequire \"a\nreplace =>\nrequire `b` v1", "golang b v1 direct :4\n",
	  "line 2: a requirement that is not PATH VERSION\n" },
	{ "mix.lock", "%{\n\"a\": {:hex, :a},\n\"\": {\n\"b", "",
	  "line 2: a package of hex without a version\n"
	  "line 3: a package whose name or version is no text\n" },
	{ "conan.lock", "{\"requires\":[\"a\",[],[[]],{},\"b/1@\"]}", "conan b 1 :1\n",
	  "line 1: a reference that is not NAME/VERSION\n"
	  "line 1: a reference that is not NAME/VERSION\n"
	  "line 1: a reference that is not NAME/VERSION\n"
	  "line 1: a reference that is not NAME/VERSION\n" },
	{ "a.deps.json", "{\"libraries\":{\"a\":{\"type\":\"package\"}},\"targets\":{\"\":[{}]}}",
	  "", "line 1: a library that is not NAME/VERSION\n" },
	/* references that go round, or nowhere */
	{ "pom.xml",
	  "<project><groupId>${a}</groupId><artifactId>b</artifactId><version>1</version>"
	  "<properties><a>${b}</a><b>${a}</b></properties></project>",
	  "", "" },
	{ "pom.xml",
	  "<project><dependencies><dependency><groupId>g</groupId><artifactId>a</artifactId>"
	  "<version>${none}</version></dependency></dependencies></project>",
	  "",
	  "note 1: no single version in this file, and so not checked: 1 dependency, the "
	  "first on this line\n" },
	{ "Directory.Packages.props",
	  "<Project><PropertyGroup><V>$(V)$(V)</V></PropertyGroup><ItemGroup>"
	  "<PackageVersion Include='A' Version='$(V)'/><PackageVersion Include='B' Version='1.*'/>"
	  "</ItemGroup></Project>",
	  "",
	  "note 1: a package without a single version, and so not checked\n"
	  "note 1: a package without a single version, and so not checked\n" },
	/* what is noted, because it is not checked */
	{ "requirements.txt", "-r other.txt\na>=1\nb==1.*\n-c c.txt\nd==${D}\ne==1 2\n", "",
	  "note 1: names another file, which counts only where its own name is known: "
	  "-r other.txt\n"
	  "note 4: names another file, which counts only where its own name is known: "
	  "-c c.txt\n"
	  "note 2: not pinned to one version, and so not checked: 4 requirements, the first "
	  "on this line\n" },
	{ "environment.yml", "dependencies: [a=1.2, 'b>=3', pip: [c], 7, {d: e}]\n", "",
	  "note 1: not pinned to one version, and so not checked: 3 dependencies, the first "
	  "on this line\n" },
};

static void what_is_odd_is_left_out_and_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(odd); i++) {
		cleanup_read struct read_result r = read_text(odd[i].path, bytes_str(odd[i].text));
		if (r.err.code != ERR_NONE)
			fail_msg("%s (row %zu): %s", odd[i].path, i, r.err.text);
		if (strcmp(buf_cstr(&r.packages, NULL), odd[i].packages) != 0 ||
		    strcmp(buf_cstr(&r.skipped, NULL), odd[i].skipped) != 0)
			fail_msg("%s (row %zu):\n%s--\n%s", odd[i].path, i,
				 buf_cstr(&r.packages, NULL), buf_cstr(&r.skipped, NULL));
	}
}

/* Every prefix of a good file: the reader must end, and a sanitizer be silent. */
static void no_cut_of_a_file_reads_beyond_its_end(void **state)
{
	static const struct {
		const char *path, *text;
	} files[] = {
		{ "pnpm-lock.yaml",
		  "lockfileVersion: '6.0'\npackages:\n  /@a/b@1(c@2):\n    dev: true\n" },
		{ "yarn.lock",
		  "? \"@a/b@npm:^1\"\n:\n  version: 1\n  resolution: \"@a/b@npm:1\"\n" },
		{ "bun.lock", "{/**/\"packages\":{\"a\":[\"@a/b@1\",\"\\\"\",{},],},}//" },
		{ "go.mod", "replace ( \"a\" v1 => `b` v2 // x\n)\nrequire a v1 // indirect\n" },
		{ "mix.lock", "%{\n  \"a\": {:hex, :\"b\", \"1\", \"x\"},\n}\n" },
		{ "requirements.txt", "a[b] (==1.0) ; x \\\n --hash=y\n-r z\n" },
		{ "Gemfile.lock", "GEM\n  specs:\n    a (1-x)\nDEPENDENCIES\n  a!\n" },
		{ "specifications/a-1.gemspec",
		  "# stub: a 1 ruby\ns.name = \"a\"\ns.licenses = [\"b\"]\n" },
		{ "Package.resolved",
		  "{\"pins\":[{\"location\":\"git@a:b.git\",\"state\":{\"version\":\"1\"}}]}" },
		{ "x.egg-info", "Name: a\nVersion: 1\nClassifier: License :: x\n\n" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(files); i++)
		for (size_t n = 0, all = strlen(files[i].text); n <= all; n++) {
			/* A block of its own, so that a read beyond it is seen. */
			uint8_t *copy = malloc(n + 1);
			assert_non_null(copy);
			memcpy(copy, files[i].text, n);
			struct read_result r = read_text(files[i].path, bytes_of(copy, n));
			read_result_free(&r);
			free(copy);
		}
}

static int read_nothing(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	(void)ctx, (void)at, (void)p, (void)n;
	return error_set(err, ERR_IO, "no reading here");
}

static int no_package(void *ctx, const struct app_record *r, struct error *err)
{
	(void)ctx, (void)r;
	return error_set(err, ERR_CANCELLED, "enough");
}

static void a_file_over_its_limit_is_not_read(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct app_sink sink = { .package = no_package };
	struct pkg_file file = { .size = 64 * MIB + 1, .read_at = read_nothing };
	assert_int_equal(apps_read(APP_YARN_LOCK, BYTES_LIT("yarn.lock"), &file, sink, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	file.size = 1;
	assert_int_equal(apps_read(APP_YARN_LOCK, BYTES_LIT("yarn.lock"), &file, sink, &err), -1);
	assert_int_equal(err.code, ERR_IO);
	assert_int_equal(apps_read(APP_NONE, BYTES_LIT("x"), &file, sink, &err), -1);
	assert_int_equal(err.code, ERR_UNSUPPORTED);
	assert_int_equal(apps_read((enum app_kind)1000, BYTES_LIT("x"), &file, sink, &err), -1);
}

static int read_text_of(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	(void)err;
	memcpy(p, (const char *)ctx + at, n);
	return 0;
}

static void a_sink_that_has_enough_ends_the_reading(void **state)
{
	char text[] = "a==1\nb==2\n";
	(void)state;
	struct error err = { 0 };
	struct app_sink sink = { .package = no_package };
	struct pkg_file file = { .size = sizeof text - 1, .read_at = read_text_of, .ctx = text };
	assert_int_equal(
		apps_read(APP_REQUIREMENTS, BYTES_LIT("requirements.txt"), &file, sink, &err), -1);
	assert_int_equal(err.code, ERR_CANCELLED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_damaged_file_is_an_error_and_not_a_guess),
		cmocka_unit_test(what_is_odd_is_left_out_and_told),
		cmocka_unit_test(no_cut_of_a_file_reads_beyond_its_end),
		cmocka_unit_test(a_file_over_its_limit_is_not_read),
		cmocka_unit_test(a_sink_that_has_enough_ends_the_reading),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
