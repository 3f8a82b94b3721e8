#include "baseline_try.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct check_rules *rules_shipped(void)
{
	struct error err = { 0 };
	struct check_rules *r = NULL;
	char dir[4096];
	(void)snprintf(dir, sizeof dir, "%s/../../rules", getenv("CORTEN_TEST_DATA"));
	const char *dirs[] = { dir };
	const char *off[] = { "malware/*", "build/*" };
	struct check_rule_options o = {
		.dirs = dirs, .dir_count = 1, .disable = off, .disable_count = 2
	};
	if (check_rules_load(&o, &r, &err) < 0)
		fail_msg("%s", err.text);
	return r;
}

struct check_rules *rules_text(const char *toml)
{
	struct error err = { 0 };
	struct check_rules *r = NULL;
	char dir[] = "/tmp/corten-baseline-XXXXXX", path[64];
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/baseline", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	(void)snprintf(path, sizeof path, "%s/baseline/a.toml", dir);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fprintf(f, "corten = 1\nkind = 'baseline'\nclass = 'c'\nseverity = 'low'\n%s",
			    toml) > 0);
	assert_int_equal(fclose(f), 0);
	const char *dirs[] = { dir };
	struct check_rule_options o = { .dirs = dirs, .dir_count = 1 };
	int failed = check_rules_load(&o, &r, &err);
	(void)unlink(path);
	(void)snprintf(path, sizeof path, "%s/baseline", dir);
	(void)rmdir(path);
	(void)rmdir(dir);
	if (failed < 0)
		fail_msg("%s", err.text);
	return r;
}

struct check_set *set_of(const struct check_rules *r, const char *id)
{
	/* Rules are sent by family: a set of one is what check_rules_test makes, too. */
	struct error err = { 0 };
	struct check_set *set = NULL;
	int fd = -1;
	(void)id;
	if (check_rules_send(r, 1U << CHECK_BASELINE, &fd, &err) < 0 ||
	    check_set_open(fd, &set, &err) < 0)
		fail_msg("%s", err.text);
	(void)close(fd);
	return set;
}

static struct bytes keep(struct looked *l, struct bytes b)
{
	char *p = arena_alloc(&l->arena, b.n + 1);
	assert_non_null(p);
	if (b.n > 0)
		memcpy(p, b.p, b.n);
	return bytes_of(p, b.n);
}

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	struct looked *l = ctx;
	(void)err;
	if (l->n == sizeof l->list / sizeof l->list[0])
		return 0;
	struct check_match *own = &l->list[l->n++];
	*own = *m;
	own->path = keep(l, m->path);
	own->evidence = keep(l, m->evidence);
	own->fix = keep(l, m->fix);
	own->key = keep(l, m->key);
	return 0;
}

static int on_limited(void *ctx, struct bytes path, const char *what, struct error *err)
{
	struct looked *l = ctx;
	(void)path;
	(void)err;
	(void)snprintf(l->limited, sizeof l->limited, "%s", what);
	return 0;
}

void look(struct looked *ret, const struct check_set *set, const char *path, uint32_t mode,
	  const char *text)
{
	struct error err = { 0 };
	struct check_sample s = { .text = text, .path = path, .mode = mode };
	struct check_sink sink = { on_match, on_limited, ret };
	*ret = (struct looked){ .arena = arena_max(16 * 1024 * 1024) };
	if (baseline_look(set, &s, &sink, &err) < 0)
		fail_msg("%s", err.text);
}

void looked_free(struct looked *l)
{
	arena_free(&l->arena);
}
