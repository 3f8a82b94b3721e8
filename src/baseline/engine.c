/* One entry of a layer after the other: modes are judged when it begins, settings and
 * accounts when its bytes are all there. */
#include <stdlib.h>

#include "baseline/index.h"

enum { RULES_MEMORY = 32 * 1024 * 1024, FOUND_MAX = 256 };

struct baseline_engine {
	struct arena arena;
	struct rule *rules;
	size_t count;
	struct path_index index; /* of rules that name files */
	uint32_t *by_bits; /* rules about modes whose globs name none: tried by the bits first */
	size_t by_bits_count;
	uint32_t bits; /* of all of these */
	bool wants_devices, accounts;
	struct words passwords;
	uint32_t files; /* seen so far */
	/* at hand */
	bool active;
	enum account_file account;
	struct baseline_entry entry;
	struct buf path, text;
	struct baseline_sink sink;
	uint32_t found[FOUND_MAX];
	size_t found_count, told;
};

/* --- life ------------------------------------------------------------------------------ */

/* Such a rule would be tried for every file by its glob alone. */
static bool goes_by_bits(const struct rule *r)
{
	return r->kind == RULE_MODE &&
	       (r->mode.any != 0 || r->mode.all != 0 || r->mode.types == 1U << BASELINE_DEVICE ||
		r->mode.capability);
}

static int add_rule(struct baseline_engine *e, uint32_t i, struct error *err)
{
	const struct rule *r = &e->rules[i];
	if (r->kind == RULE_ACCOUNT) {
		e->accounts = true;
		if (r->account.passwords.n > 0)
			e->passwords = r->account.passwords;
		return 0;
	}
	if (goes_by_bits(r)) {
		e->by_bits[e->by_bits_count++] = i;
		e->bits |= r->mode.all != 0 ? r->mode.all : r->mode.any;
		return 0;
	}
	for (size_t k = 0; k < r->files.n; k++)
		if (path_index_add(&e->index, r->files.list[k], i, err) < 0)
			return -1;
	return 0;
}

static int read_rules(struct baseline_engine *e, const struct check_set *set, struct error *err)
{
	size_t all = check_set_count(set);
	e->rules = arena_array(&e->arena, all + 1, sizeof *e->rules);
	e->by_bits = arena_array(&e->arena, all + 1, sizeof *e->by_bits);
	if (e->rules == NULL || e->by_bits == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the rules");
	for (size_t i = 0; i < all; i++) {
		const struct check_entry *entry = check_set_entry(set, i);
		if (entry->family != CHECK_BASELINE)
			continue;
		if (baseline_rule_read(entry, &e->arena, &e->rules[e->count], err) < 0 ||
		    add_rule(e, (uint32_t)e->count, err) < 0)
			return -1;
		e->count++;
	}
	return 0;
}

int baseline_open(const struct check_set *set, struct baseline_engine **ret, struct error *err)
{
	struct baseline_engine *e = calloc(1, sizeof *e);
	if (e == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the rules");
	e->arena = arena_max(RULES_MEMORY);
	e->path = buf_max(2 * LIMIT_PATH_BYTES);
	e->text = buf_max(BASELINE_FILE_MAX);
	path_index_init(&e->index);
	if (read_rules(e, set, err) < 0) {
		baseline_close(e);
		return -1;
	}
	bool is_empty = e->count == 0;
	*ret = is_empty ? NULL : e;
	if (is_empty)
		baseline_close(e);
	return 0;
}

void baseline_close(struct baseline_engine *e)
{
	if (e == NULL)
		return;
	path_index_free(&e->index);
	arena_free(&e->arena);
	buf_free(&e->path);
	buf_free(&e->text);
	free(e);
}

/* --- what is told ------------------------------------------------------------------------ */

static int tell(void *ctx, const struct check_match *m, struct error *err)
{
	struct baseline_engine *e = ctx;
	if (++e->told > LIMIT_CHECK_FILE_FINDINGS)
		return e->told > LIMIT_CHECK_FILE_FINDINGS + 1
			       ? 0
			       : e->sink.check.limited(e->sink.check.ctx, m->path,
						       "findings of a file", err);
	return e->sink.check.match(e->sink.check.ctx, m, err);
}

static int limited(void *ctx, struct bytes path, const char *what, struct error *err)
{
	struct baseline_engine *e = ctx;
	return e->sink.check.limited(e->sink.check.ctx, path, what, err);
}

static struct check_sink counted(struct baseline_engine *e)
{
	return (struct check_sink){ tell, limited, e };
}

/* --- begin --------------------------------------------------------------------------------- */

/* Examples and tests configure nothing. */
static bool is_in_use(struct bytes path)
{
	static const char *const folders[] = { "**/share/doc/**",    "**/share/man/**",
					       "**/node_modules/**", "**/testdata/**",
					       "**/examples/**",     "**/test/**",
					       "**/tests/**",        "**/fixtures/**",
					       "**/conf_example/**" };
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
		if (base_glob(bytes_str(folders[i]), path, GLOB_PATH, false))
			return false;
	return true;
}

static bool is_excepted(const struct rule *r, struct bytes path)
{
	for (size_t i = 0; i < r->unless.n; i++)
		if (base_glob(r->unless.list[i], path, GLOB_PATH, false))
			return true;
	return false;
}

static void note(struct baseline_engine *e, uint32_t i)
{
	struct rule *r = &e->rules[i];
	if (r->seen == e->files || e->found_count == FOUND_MAX)
		return;
	r->seen = e->files;
	if (r->kind == RULE_MODE ? mode_fits(r, &e->entry)
				 : e->entry.type == BASELINE_FILE && !is_excepted(r, e->entry.path))
		e->found[e->found_count++] = i;
}

static void found(void *ctx, uint32_t i)
{
	note(ctx, i);
}

static void find_rules(struct baseline_engine *e)
{
	const struct baseline_entry *entry = &e->entry;
	e->found_count = 0;
	if (++e->files == 0)
		for (size_t i = 0; i < e->count; i++)
			e->rules[i].seen = 0;
	path_index_ask(&e->index, entry->path, found, e);
	if ((entry->mode & e->bits) != 0 || entry->type == BASELINE_DEVICE || entry->has_capability)
		for (size_t i = 0; i < e->by_bits_count; i++)
			note(e, e->by_bits[i]);
}

/* Modes that need no content; the others stay in the list. */
static int judge_at_once(struct baseline_engine *e, struct error *err)
{
	struct check_sink sink = counted(e);
	size_t kept = 0;
	for (size_t i = 0; i < e->found_count; i++) {
		const struct rule *r = &e->rules[e->found[i]];
		if (r->kind != RULE_MODE || r->mode.holds.n > 0)
			e->found[kept++] = e->found[i];
		else if (judge_mode(r, &e->entry, &sink, err) < 0)
			return -1;
	}
	e->found_count = kept;
	return 0;
}

static void drop_examples(struct baseline_engine *e)
{
	size_t kept = 0;
	if (e->found_count == 0 || is_in_use(e->entry.path))
		return;
	for (size_t i = 0; i < e->found_count; i++)
		if (e->rules[e->found[i]].kind != RULE_SETTING)
			e->found[kept++] = e->found[i];
	e->found_count = kept;
}

int baseline_begin(struct baseline_engine *e, const struct baseline_entry *entry,
		   struct baseline_sink sink, struct error *err)
{
	e->active = false;
	e->path.n = e->text.n = e->told = 0;
	if (buf_append(&e->path, entry->path.p, entry->path.n, err) < 0)
		return -1;
	e->entry = *entry;
	e->entry.path = buf_view(&e->path);
	e->sink = sink;
	e->account = e->accounts && entry->type == BASELINE_FILE ? account_file_at(e->entry.path)
								 : ACCOUNT_NONE;
	find_rules(e);
	if (e->found_count > 0 && judge_at_once(e, err) < 0)
		return -1;
	drop_examples(e);
	if ((e->found_count == 0 && e->account == ACCOUNT_NONE) || entry->type != BASELINE_FILE)
		return 0;
	if (entry->size > BASELINE_FILE_MAX)
		return sink.check.limited(sink.check.ctx, e->entry.path,
					  "size of a configuration file", err);
	e->active = true;
	return 1;
}

int baseline_feed(struct baseline_engine *e, struct bytes piece, struct error *err)
{
	return e->active ? buf_append(&e->text, piece.p, piece.n, err) : 0;
}

/* --- end ------------------------------------------------------------------------------------ */

static bool holds_any(const struct words *w, struct bytes text)
{
	for (size_t i = 0; i < w->n; i++)
		if (bytes_find(text, w->list[i]) >= 0)
			return true;
	return false;
}

/* All rules that read the file in the form of the one at `from`. */
static int judge_form(struct baseline_engine *e, size_t from, struct error *err)
{
	const struct form *form = e->rules[e->found[from]].setting.form;
	struct check_sink sink = counted(e);
	const char *why = NULL;
	struct settings s;
	int r = 0;
	settings_init(&s, buf_view(&e->text));
	bool is_read = form->read(form, &s, &why);
	if (!is_read)
		r = e->sink.unread(e->sink.ctx, e->entry.path, why, err);
	else if (s.cut)
		r = limited(e, e->entry.path, "settings of a file", err);
	for (size_t i = from; r == 0 && is_read && i < e->found_count; i++) {
		const struct rule *rule = &e->rules[e->found[i]];
		if (rule->kind == RULE_SETTING && rule->setting.form == form)
			r = judge_settings(rule, &s, e->entry.path, &sink, err);
	}
	settings_free(&s);
	return r;
}

static bool is_first_of_form(const struct baseline_engine *e, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (e->rules[e->found[i]].kind == RULE_SETTING &&
		    e->rules[e->found[i]].setting.form == e->rules[e->found[at]].setting.form)
			return false;
	return true;
}

static int judge_content(struct baseline_engine *e, struct error *err)
{
	struct check_sink sink = counted(e);
	for (size_t i = 0; i < e->found_count; i++) {
		const struct rule *r = &e->rules[e->found[i]];
		int failed = 0;
		if (r->kind == RULE_SETTING && is_first_of_form(e, i))
			failed = judge_form(e, i, err);
		else if (r->kind == RULE_MODE && holds_any(&r->mode.holds, buf_view(&e->text)))
			failed = judge_mode(r, &e->entry, &sink, err);
		if (failed < 0)
			return -1;
	}
	return 0;
}

int baseline_end(struct baseline_engine *e, struct error *err)
{
	if (!e->active)
		return 0;
	e->active = false;
	if (e->account != ACCOUNT_NONE &&
	    account_facts(e->account, e->entry.path, buf_view(&e->text), &e->passwords, &e->sink,
			  err) < 0)
		return -1;
	return judge_content(e, err);
}
