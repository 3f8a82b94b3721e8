#include "secret_try.h"

#include <fcntl.h>
#include <unistd.h>

const char *rules_path(const char *toml)
{
	static char path[64];
	static unsigned number;
	struct error err = { 0 };
	(void)snprintf(path, sizeof path, "/tmp/secret-rules.%d.%u.toml", (int)getpid(), number++);
	assert_int_equal(fd_write_file(AT_FDCWD, path, bytes_str(toml), 0600, &err), 0);
	return path;
}

static struct secret_rules *load(const struct secret_rule_options *o)
{
	struct error err = { 0 };
	struct secret_rules *r = NULL;
	if (secret_rules_load(o, &r, &err) < 0)
		fail_msg("%s", err.text);
	return r;
}

struct secret_rules *rules_of(const char *toml)
{
	const char *path = rules_path(toml);
	struct secret_rule_options o = { .files = &path, .file_count = 1 };
	struct secret_rules *r = load(&o);
	(void)unlink(path);
	return r;
}

struct secret_rules *rules_shipped(void)
{
	char dir[4096];
	const char *data = getenv("CORTEN_TEST_DATA"), *dirs[] = { dir };
	struct secret_rule_options o = { .dirs = dirs, .dir_count = 1 };
	assert_non_null(data);
	(void)snprintf(dir, sizeof dir, "%s/../../rules/secret", data);
	return load(&o);
}

struct secret_engine *engine_of(const struct secret_rules *r)
{
	struct error err = { 0 };
	struct secret_engine *e = NULL;
	cleanup_close int fd = -1;
	if (secret_rules_compile(r, NULL, &fd, NULL, &err) < 0 ||
	    secret_engine_open(fd, &e, &err) < 0)
		fail_msg("%s", err.text);
	return e;
}

struct secret_engine *engine_of_text(const char *toml)
{
	struct secret_rules *r = rules_of(toml);
	struct secret_engine *e = engine_of(r);
	secret_rules_free(r);
	return e;
}

static void copy_text(char *to, struct bytes from)
{
	assert_true(from.n < HIT_TEXT);
	memcpy(to, from.p, from.n);
	to[from.n] = '\0';
}

static int on_match(void *ctx, const struct secret_match *m, struct error *err)
{
	struct hits *h = ctx;
	if (h->n == HITS_MOST)
		return error_set(err, ERR_LIMIT, "more findings than the test has room for");
	struct hit *hit = &h->all[h->n++];
	*hit = (struct hit){ .rule = m->rule,
			     .line = m->line,
			     .column = m->column,
			     .offset = m->offset,
			     .expires = m->expires,
			     .valid = m->valid,
			     .hash = m->hash };
	copy_text(hit->masked, m->masked);
	copy_text(hit->context, m->context);
	return 0;
}

static int on_limit(void *ctx, const char *what, struct error *err)
{
	struct hits *h = ctx;
	size_t n = strlen(h->limits);
	(void)err;
	(void)snprintf(h->limits + n, HIT_TEXT - n, "%s; ", what);
	return 0;
}

void look(struct secret_engine *e, const char *path, struct bytes text, size_t piece,
	  struct hits *ret)
{
	struct error err = { 0 };
	struct secret_sink sink = { on_match, on_limit, ret };
	memset(ret, 0, sizeof *ret);
	if (!secret_begin(e, bytes_str(path), text.n, sink, &err))
		return;
	if (piece == 0)
		piece = text.n;
	for (size_t at = 0; at < text.n; at += piece)
		if (secret_feed(e, bytes_sub(text, at, at + piece), &err) < 0)
			fail_msg("%s", err.text);
	if (secret_end(e, &err) < 0)
		fail_msg("%s", err.text);
}

void look_text(struct secret_engine *e, const char *name, const char *text, struct hits *ret)
{
	struct error err = { 0 };
	struct secret_sink sink = { on_match, on_limit, ret };
	memset(ret, 0, sizeof *ret);
	if (secret_text(e, bytes_str(name), bytes_str(text), sink, &err) < 0)
		fail_msg("%s", err.text);
}
