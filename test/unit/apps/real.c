/* Files that the ecosystems' own tools wrote (test/data/apps, its README names their
 * origin): each folder has one, and in expected.tsv the packages that such a tool lists. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "read_helper.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct sample {
	const char *folder, *path;
	enum pkg_type type;
} samples[] = {
	{ "bundler", "Gemfile.lock", PKG_GEM },
	{ "cargo", "Cargo.lock", PKG_CARGO },
	{ "composer", "composer.lock", PKG_COMPOSER },
	{ "gemspec", "specifications/test-unit-3.3.7.gemspec", PKG_GEM },
	{ "npm", "package-lock.json", PKG_NPM },
	{ "npm-nested", "package-lock.json", PKG_NPM },
	{ "nuget", "packages.lock.json", PKG_NUGET },
	{ "pipenv", "Pipfile.lock", PKG_PYPI },
	{ "poetry", "poetry.lock", PKG_PYPI },
	{ "python", "distlib-0.3.1.dist-info/METADATA", PKG_PYPI },
	{ "requirements", "requirements.txt", PKG_PYPI },
	{ "yarn", "yarn.lock", PKG_NPM },
	{ "yarn-berry", "yarn.lock", PKG_NPM },
};

static void load(const char *folder, const char *file, struct buf *out)
{
	char path[4096];
	struct error err = { 0 };
	const char *data = getenv("CORTEN_TEST_DATA");
	if (data == NULL)
		fail_msg("CORTEN_TEST_DATA is not set");
	(void)snprintf(path, sizeof path, "%s/apps/%s/%s", data, folder, file);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fd_read_all(fd, out, &err) < 0)
		fail_msg("%s: %s", path, err.text);
}

/* Each "name TAB version" is one of the lines that were read, which go on with what
 * else is told of the package. */
static void hold_against(const struct sample *s, struct bytes expected, struct buf *read)
{
	struct bytes line, name;
	size_t wanted = 0, got = 0;
	const char *text = buf_cstr(read, NULL);
	while (bytes_next_field(&expected, '\n', &line) && line.n > 0) {
		char row[512];
		(void)bytes_next_field(&line, '\t', &name);
		(void)snprintf(row, sizeof row, "%s %.*s %.*s", pkg_type_name(s->type), (int)name.n,
			       (const char *)name.p, (int)line.n, (const char *)line.p);
		const char *at = strstr(text, row);
		while (at != NULL && ((at > text && at[-1] != '\n') ||
				      (at[strlen(row)] != ' ' && at[strlen(row)] != '\n')))
			at = strstr(at + 1, row);
		if (at == NULL)
			fail_msg("%s: %s is not read", s->folder, row);
		wanted++;
	}
	for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
		got++;
	if (wanted == 0 || got != wanted)
		fail_msg("%s: %zu packages instead of %zu:\n%s", s->folder, got, wanted, text);
}

static void files_of_the_ecosystems_tools_are_read_as_these_do(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(samples); i++) {
		cleanup_buf struct buf text = buf_max(MIB), expected = buf_max(MIB);
		load(samples[i].folder, samples[i].path, &text);
		load(samples[i].folder, "expected.tsv", &expected);
		cleanup_read struct read_result r = read_text(samples[i].path, buf_view(&text));
		if (r.err.code != ERR_NONE || r.skipped.n > 0)
			fail_msg("%s: %s %s", samples[i].folder, r.err.text,
				 buf_cstr(&r.skipped, NULL));
		hold_against(&samples[i], buf_view(&expected), &r.packages);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_of_the_ecosystems_tools_are_read_as_these_do),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
