/* Which files of an image or a folder are worth their bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "apps/apps.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct row {
	const char *path;
	uint32_t mode;
	enum app_kind kind;
} rows[] = {
	/* node: a package's own folder, and nothing deeper */
	{ "app/node_modules/a/package.json", 0644, APP_NODE_PACKAGE },
	{ "node_modules/@s/b/package.json", 0644, APP_NODE_PACKAGE },
	{ "x/node_modules/.pnpm/a@1.0.0/node_modules/a/package.json", 0644, APP_NODE_PACKAGE },
	{ "node_modules/a/node_modules/b/package.json", 0644, APP_NODE_PACKAGE },
	{ "node_modules/a/test/fixtures/package.json", 0644, APP_NONE },
	{ "node_modules/a/dist/cjs/package.json", 0644, APP_NONE },
	{ "node_modules/@s/package.json", 0644, APP_NONE },
	{ "node_modules/.bin/package.json", 0644, APP_NONE },
	{ "node_modules/package.json", 0644, APP_NONE },
	{ "srv/app/package.json", 0644, APP_NODE_PACKAGE },
	{ "package.json", 0644, APP_NODE_PACKAGE },
	{ "my-package.json", 0644, APP_NONE },
	{ "package-lock.json", 0644, APP_NPM_LOCK },
	{ "node_modules/.package-lock.json", 0644, APP_NONE },
	{ "a/npm-shrinkwrap.json", 0644, APP_NPM_LOCK },
	{ "yarn.lock", 0644, APP_YARN_LOCK },
	{ "pnpm-lock.yaml", 0644, APP_PNPM_LOCK },
	{ "bun.lock", 0644, APP_BUN_LOCK },
	{ "bun.lockb", 0755, APP_BUN_LOCK },
	/* Python */
	{ "usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA", 0644, APP_PYTHON_DIST },
	{ "usr/lib/python3/dist-packages/six-1.16.0.dist-info/RECORD", 0644, APP_NONE },
	{ "usr/lib/python3/dist-packages/PyYAML-6.0.egg-info", 0644, APP_PYTHON_DIST },
	{ "usr/lib/python3/dist-packages/x.egg-info/PKG-INFO", 0644, APP_PYTHON_DIST },
	{ "x-1.0-py3.9.egg/EGG-INFO/PKG-INFO", 0644, APP_PYTHON_DIST },
	{ "x-1.0/PKG-INFO", 0644, APP_NONE },
	{ "METADATA", 0644, APP_NONE },
	{ "x-1.0-py3.9.egg", 0644, APP_PYTHON_EGG },
	{ "x-1.0-py3-none-any.whl", 0644, APP_PYTHON_EGG },
	{ "poetry.lock", 0644, APP_POETRY_LOCK },
	{ "uv.lock", 0644, APP_UV_LOCK },
	{ "Pipfile.lock", 0644, APP_PIPFILE_LOCK },
	{ "pylock.toml", 0644, APP_PYLOCK },
	{ "pylock.dev.toml", 0644, APP_PYLOCK },
	{ "requirements.txt", 0644, APP_REQUIREMENTS },
	{ "requirements-dev.txt", 0644, APP_REQUIREMENTS },
	{ "dev-requirements.txt", 0644, APP_REQUIREMENTS },
	{ "requirements/prod.txt", 0644, APP_REQUIREMENTS },
	{ "requirements.in", 0644, APP_NONE },
	{ "notes.txt", 0644, APP_NONE },
	{ "conda-meta/zlib-1.2.13-0.json", 0644, APP_CONDA_META },
	{ "conda-meta/history", 0644, APP_NONE },
	{ "environment.yml", 0644, APP_CONDA_ENVIRONMENT },
	/* Java */
	{ "opt/app.jar", 0644, APP_JAVA_ARCHIVE },
	{ "opt/APP.WAR", 0755, APP_JAVA_ARCHIVE },
	{ ".jar", 0644, APP_NONE },
	{ "pom.xml", 0644, APP_POM },
	{ "gradle.lockfile", 0644, APP_GRADLE_LOCK },
	{ "gradle/dependency-locks/compile.lockfile", 0644, APP_GRADLE_LOCK },
	{ "x/compile.lockfile", 0644, APP_NONE },
	{ "build.sbt.lock", 0644, APP_SBT_LOCK },
	/* the others */
	{ "go.mod", 0644, APP_GO_MOD },
	{ "Cargo.lock", 0644, APP_CARGO_LOCK },
	{ "var/lib/gems/3.1.0/specifications/rack-2.2.4.gemspec", 0644, APP_GEMSPEC },
	{ "usr/lib/ruby/gems/3.1.0/specifications/default/json-2.6.1.gemspec", 0644, APP_GEMSPEC },
	{ "usr/lib/ruby/gems/3.1.0/gems/rack-2.2.4/rack.gemspec", 0644, APP_NONE },
	{ "Gemfile.lock", 0644, APP_GEMFILE_LOCK },
	{ "gems.locked", 0644, APP_GEMFILE_LOCK },
	{ "var/www/vendor/composer/installed.json", 0644, APP_COMPOSER_INSTALLED },
	{ "x/installed.json", 0644, APP_NONE },
	{ "composer.lock", 0644, APP_COMPOSER_LOCK },
	{ "app/demo.deps.json", 0644, APP_NUGET_DEPS },
	{ "packages.lock.json", 0644, APP_NUGET_LOCK },
	{ "packages.config", 0644, APP_NUGET_LOCK },
	{ "Directory.Packages.props", 0644, APP_NUGET_LOCK },
	{ "conan.lock", 0644, APP_CONAN_LOCK },
	{ "Package.resolved", 0644, APP_SWIFT_RESOLVED },
	{ "Podfile.lock", 0644, APP_SWIFT_RESOLVED },
	{ "pubspec.lock", 0644, APP_PUB_LOCK },
	{ "mix.lock", 0644, APP_MIX_LOCK },
	{ "renv.lock", 0644, APP_RENV_LOCK },
	{ "usr/lib/R/library/base/DESCRIPTION", 0644, APP_R_DESCRIPTION },
	{ "usr/local/lib/R/site-library/x/DESCRIPTION", 0644, APP_R_DESCRIPTION },
	{ "x/DESCRIPTION", 0644, APP_NONE },
	/* web */
	{ "var/www/html/wp-includes/version.php", 0644, APP_WORDPRESS },
	{ "wp-content/plugins/akismet/akismet.php", 0644, APP_WORDPRESS },
	{ "wp-content/plugins/hello.php", 0644, APP_WORDPRESS },
	{ "wp-content/plugins/akismet/lib/x.php", 0644, APP_NONE },
	{ "wp-content/themes/twenty/style.css", 0644, APP_WORDPRESS },
	{ "var/www/html/js/jquery.min.js", 0644, APP_JAVASCRIPT },
	{ "app/public/app.mjs", 0644, APP_JAVASCRIPT },
	{ "app/public/node_modules/a/a.js", 0644, APP_NONE },
	{ "usr/lib/tool/a.js", 0644, APP_NONE },
	/* programs */
	{ "usr/bin/x", 0755, APP_ELF },
	{ "usr/bin/x", 0644, APP_NONE },
	{ "lib/libz.so.1.2.13", 0644, APP_ELF },
	{ "lib/libz.so", 0644, APP_ELF },
	{ "node_modules/a/build/a.node", 0644, APP_ELF },
	{ "lib/notes.sound", 0644, APP_NONE },
	{ "", 0755, APP_NONE },
};

static void a_file_is_known_by_its_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		enum app_kind kind = apps_classify(bytes_str(rows[i].path), rows[i].mode, 4096);
		if (kind != rows[i].kind)
			fail_msg("%s: %s instead of %s", rows[i].path, app_kind_name(kind),
				 app_kind_name(rows[i].kind));
	}
}

static void an_empty_file_is_of_no_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(apps_classify(bytes_str(rows[i].path), 0755, 0), APP_NONE);
}

static void a_large_library_is_read_only_when_its_name_is_known(void **state)
{
	const uint64_t large = 400 << 20;
	(void)state;
	assert_int_equal(apps_classify(BYTES_LIT("usr/lib/libcublas.so.13"), 0755, large),
			 APP_NONE);
	assert_int_equal(apps_classify(BYTES_LIT("usr/lib/libz.so.1.3"), 0755, large), APP_ELF);
	assert_int_equal(apps_classify(BYTES_LIT("usr/bin/terraform"), 0755, large), APP_ELF);
}

static void every_kind_has_a_name_and_lock_files_are_told_from_installed_trees(void **state)
{
	(void)state;
	for (int k = APP_NONE + 1; k < APP_KINDS; k++)
		assert_true(app_kind_name((enum app_kind)k)[0] != '\0');
	assert_string_equal(app_kind_name(APP_KINDS), "");
	assert_false(app_kind_is_lock(APP_COMPOSER_INSTALLED));
	assert_false(app_kind_is_lock(APP_PRODUCT));
	assert_true(app_kind_is_lock(APP_NPM_LOCK));
	assert_true(app_kind_is_lock(APP_CONDA_ENVIRONMENT));
	assert_false(app_kind_is_lock(APP_KINDS));
}

static const struct head {
	enum app_kind kind;
	const char *head;
	size_t n;
	bool fits;
} heads[] = {
	{ APP_ELF, "\177ELF\2\1\1", 7, true },
	{ APP_ELF, "#!/bin/sh\n", 10, false },
	{ APP_ELF, "\177EL", 3, false },
	{ APP_JAVA_ARCHIVE, "PK\3\4", 4, true },
	{ APP_JAVA_ARCHIVE, "#!/bin/bash\n", 12, true },
	{ APP_JAVA_ARCHIVE, "text", 4, false },
	{ APP_PYTHON_EGG, "PK\3\4", 4, true },
	{ APP_NODE_PACKAGE, " \n{\"name\"", 9, true },
	{ APP_NODE_PACKAGE, "\xef\xbb\xbf{", 4, true },
	{ APP_NODE_PACKAGE, "module.exports", 14, false },
	{ APP_NODE_PACKAGE, "  ", 2, true }, /* what follows decides */
	{ APP_COMPOSER_INSTALLED, "[", 1, true },
	{ APP_GEMSPEC, "# stub: a 1 ruby lib\n# stub: ext/a\0ext/b\n", 40, true },
	{ APP_R_DESCRIPTION, "a\0b", 3, false },
	{ APP_PYTHON_DIST, "Metadata-Version: 2.1\n", 22, true },
	{ APP_NPM_LOCK, "damaged", 7, true },
	{ APP_NONE, "{", 1, false },
	{ APP_KINDS, "{", 1, false },
};

static void what_begins_otherwise_is_not_of_the_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(heads); i++)
		if (apps_fits(heads[i].kind, bytes_of(heads[i].head, heads[i].n)) != heads[i].fits)
			fail_msg("head %zu", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_large_library_is_read_only_when_its_name_is_known),
		cmocka_unit_test(a_file_is_known_by_its_path),
		cmocka_unit_test(an_empty_file_is_of_no_kind),
		cmocka_unit_test(
			every_kind_has_a_name_and_lock_files_are_told_from_installed_trees),
		cmocka_unit_test(what_begins_otherwise_is_not_of_the_kind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
