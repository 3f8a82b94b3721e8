/* Samples of rules: a file, or several, each behind a line with its mode and path. */
#include <stdlib.h>

#include "baseline/internal.h"

enum { FACTS_MAX = 4096, SAMPLE_MEMORY = 16 * 1024 * 1024 };

struct trying {
	struct arena arena;
	struct baseline_fact *facts;
	size_t n;
	const struct check_sink *sink;
};

static int keep_fact(void *ctx, const struct baseline_fact *f, struct error *err)
{
	struct trying *t = ctx;
	if (t->n == FACTS_MAX)
		return error_set(err, ERR_LIMIT, "a sample with more than %d accounts", FACTS_MAX);
	struct baseline_fact *own = &t->facts[t->n++];
	*own = *f;
	const char *path = arena_cstr(&t->arena, f->path), *name = arena_cstr(&t->arena, f->name),
		   *shell = arena_cstr(&t->arena, f->shell);
	if (path == NULL || name == NULL || shell == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a sample");
	own->path = bytes_str(path);
	own->name = bytes_str(name);
	own->shell = bytes_str(shell);
	return 0;
}

static int on_unread(void *ctx, struct bytes path, const char *why, struct error *err)
{
	(void)ctx;
	return error_set(err, ERR_MALFORMED, "the sample %.*s: %s", (int)path.n,
			 (const char *)path.p, why);
}

static int on_judged(void *ctx, const struct check_match *m, const struct baseline_fact *about,
		     struct error *err)
{
	const struct trying *t = ctx;
	(void)about;
	return t->sink->match(t->sink->ctx, m, err);
}

/* --- the sample's files ------------------------------------------------------------------ */

/* As ls(1) writes modes. */
static uint32_t mode_of(struct bytes text)
{
	static const char bits[] = "rwxrwxrwx";
	uint32_t mode = 0;
	for (size_t i = 0; i < 9 && i + 1 < text.n; i++) {
		uint8_t c = text.p[i + 1];
		bool special = c == 's' || c == 'S' || c == 't' || c == 'T';
		if (c == (uint8_t)bits[i] || c == 's' || c == 't')
			mode |= 1U << (8 - i);
		if (special)
			mode |= i == 2 ? 04000U : i == 5 ? 02000U : 01000U;
	}
	return mode;
}

/* "==> -rw-r--r-- 0:0 etc/passwd <==" */
static bool is_header(struct bytes line, struct baseline_entry *ret)
{
	struct bytes mode, owner;
	if (!bytes_starts_with(line, BYTES_LIT("==> ")) ||
	    !bytes_ends_with(line, BYTES_LIT(" <==")))
		return false;
	line = bytes_sub(line, 4, line.n - 4);
	if (!bytes_next_field(&line, ' ', &mode) || !bytes_next_field(&line, ' ', &owner))
		return false;
	ret->type = mode.p[0] == 'd'   ? BASELINE_DIR
		    : mode.p[0] == 'b' ? BASELINE_DEVICE
				       : BASELINE_FILE;
	ret->mode = mode_of(mode);
	ret->uid = bytes_starts_with(owner, BYTES_LIT("0:")) ? 0 : 1000;
	ret->gid = ret->uid;
	ret->has_capability = bytes_ends_with(owner, BYTES_LIT("+"));
	ret->path = line;
	return true;
}

static int one_file(struct trying *t, struct baseline_engine *e, struct baseline_entry *entry,
		    struct bytes text, struct error *err)
{
	struct baseline_sink sink = { *t->sink, keep_fact, on_unread, t };
	entry->size = text.n;
	int wanted = baseline_begin(e, entry, sink, err);
	if (wanted <= 0)
		return wanted;
	if (baseline_feed(e, text, err) < 0)
		return -1;
	return baseline_end(e, err);
}

static int all_files(struct trying *t, struct baseline_engine *e, const struct check_sample *s,
		     struct error *err)
{
	struct baseline_entry entry = { .path = bytes_str(s->path), .mode = s->mode }, next;
	struct bytes rest = bytes_str(s->text), line;
	const uint8_t *from = rest.p, *end = rest.p + rest.n;
	bool first = true;
	while (bytes_next_field(&rest, '\n', &line)) {
		next = (struct baseline_entry){ 0 };
		if (!is_header(line, &next))
			continue;
		bool is_empty = first && line.p == from;
		if (!is_empty &&
		    one_file(t, e, &entry, bytes_of(from, (size_t)(line.p - from)), err) < 0)
			return -1;
		first = false;
		entry = next;
		from = line.p + line.n + (line.p + line.n < end);
	}
	return one_file(t, e, &entry, bytes_of(from, (size_t)(end - from)), err);
}

static int judge_all(struct trying *t, const struct check_set *set, struct error *err)
{
	struct baseline_judge_sink sink = { on_judged, t };
	for (size_t i = 0; i < check_set_count(set); i++) {
		const struct check_entry *entry = check_set_entry(set, i);
		if (entry->family == CHECK_BASELINE && strcmp(entry->engine, "account") == 0 &&
		    judge_accounts(entry->rule, node_text(entry->table, "check"), t->facts, t->n,
				   sink, err) < 0)
			return -1;
	}
	return 0;
}

int baseline_verify(const struct check_set *set, struct error *err)
{
	static const char keys[] = "files form secret when fix any all none types holds not_root "
				   "capability unless check passwords";
	struct baseline_engine *e = NULL;
	if (check_keys(check_set_entry(set, 0), keys, err) < 0)
		return -1;
	int r = baseline_open(set, &e, err);
	baseline_close(e);
	return r;
}

int baseline_look(const struct check_set *set, const struct check_sample *s,
		  const struct check_sink *sink, struct error *err)
{
	struct trying t = { .arena = arena_max(SAMPLE_MEMORY), .sink = sink };
	struct baseline_engine *e = NULL;
	int r = -1;
	t.facts = arena_array(&t.arena, FACTS_MAX, sizeof *t.facts);
	if (t.facts == NULL)
		(void)error_set(err, ERR_MEMORY, "no memory for a sample");
	else
		r = baseline_open(set, &e, err);
	if (r == 0 && e != NULL)
		r = all_files(&t, e, s, err);
	if (r == 0)
		r = judge_all(&t, set, err);
	baseline_close(e);
	arena_free(&t.arena);
	return r;
}

struct fired {
	uint32_t rule;
	bool fired;
};

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	struct fired *f = ctx;
	(void)err;
	f->fired |= m->rule == f->rule;
	return 0;
}

static int on_limited(void *ctx, struct bytes path, const char *what, struct error *err)
{
	(void)ctx;
	return error_set(err, ERR_LIMIT, "the sample %.*s: %s", (int)path.n, (const char *)path.p,
			 what);
}

int baseline_try(const struct check_set *set, const struct check_sample *s, bool *ret_fired,
		 struct error *err)
{
	struct fired f = { .rule = (uint32_t)s->rule };
	struct check_sink sink = { on_match, on_limited, &f };
	if (baseline_look(set, s, &sink, err) < 0)
		return -1;
	*ret_fired = f.fired;
	return 0;
}
