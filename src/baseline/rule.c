/* A rule's table as the engine needs it (doc/baseline.md). */
#include "baseline/internal.h"

struct reader {
	struct arena *arena;
	const struct check_entry *entry;
	struct error *err;
};

static int wrong(const struct reader *in, const struct node *n, const char *what)
{
	return error_set(in->err, ERR_MALFORMED, "line %u of a rule's file: %s",
			 n == NULL ? in->entry->table->line : n->line, what);
}

static int get_words(const struct reader *in, const struct node *table, const char *key,
		     struct words *ret)
{
	const struct node *v = node_get(table, key);
	*ret = (struct words){ 0 };
	if (v == NULL)
		return 0;
	if (v->kind != NODE_LIST)
		return wrong(in, v, "this must be a list of texts");
	ret->list = arena_array(in->arena, v->count + 1, sizeof *ret->list);
	if (ret->list == NULL)
		return error_set(in->err, ERR_MEMORY, "no memory for the rules");
	for (const struct node *w = v->first; w != NULL; w = w->next) {
		if (w->kind != NODE_STRING)
			return wrong(in, w, "this must be a text");
		ret->list[ret->n++] = w->text;
	}
	return 0;
}

/* --- settings -------------------------------------------------------------------------- */

static int get_pick(const struct reader *in, const struct node *table, enum pick *ret)
{
	static const char *const names[] = { "last", "first", "each" };
	struct bytes text = node_text(table, "pick");
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (bytes_equal(text, bytes_str(names[i]))) {
			*ret = (enum pick)i;
			return 0;
		}
	return text.n == 0 ? 0 : wrong(in, table, "\"pick\" must be first, last or each");
}

static int get_condition(const struct reader *in, const struct node *n, const struct form *form,
			 struct condition *ret)
{
	*ret = (struct condition){ .key = node_text(n, "key"),
				   .scope = node_text(n, "scope"),
				   .absent = node_bool(n, "absent", false),
				   .in_block = node_bool(n, "beside", false),
				   .pick = form->pick };
	if (ret->key.n == 0)
		return wrong(in, n, "a condition needs a key");
	ret->has_below = node_i64(n, "below", &ret->below);
	ret->has_above = node_i64(n, "above", &ret->above);
	ret->has_default = node_get(n, "default") != NULL;
	ret->otherwise = node_text(n, "default");
	if (get_words(in, n, "is", &ret->is) < 0 || get_words(in, n, "isnt", &ret->isnt) < 0 ||
	    get_words(in, n, "like", &ret->like) < 0 ||
	    get_words(in, n, "unlike", &ret->unlike) < 0 ||
	    get_words(in, n, "word", &ret->word) < 0 ||
	    get_words(in, n, "noword", &ret->noword) < 0)
		return -1;
	return get_pick(in, n, &ret->pick);
}

static int get_conditions(const struct reader *in, struct setting_rule *ret)
{
	const struct node *list = node_get(in->entry->table, "when");
	if (list == NULL || list->kind != NODE_LIST || list->count == 0)
		return wrong(in, list, "\"when\" must be a list of conditions");
	ret->when = arena_array(in->arena, list->count, sizeof *ret->when);
	if (ret->when == NULL)
		return error_set(in->err, ERR_MEMORY, "no memory for the rules");
	for (const struct node *n = list->first; n != NULL; n = n->next)
		if (get_condition(in, n, ret->form, &ret->when[ret->when_count++]) < 0)
			return -1;
	return 0;
}

static int get_swap(const struct reader *in, const struct node *n, struct fix *ret)
{
	struct words pair;
	if (get_words(in, n, "swap", &pair) < 0)
		return -1;
	if (pair.n != 2 || pair.list[0].n == 0)
		return wrong(in, n, "\"swap\" must be the old text and the new one");
	ret->kind = FIX_SWAP;
	ret->old = pair.list[0];
	ret->text = pair.list[1];
	return 0;
}

static int get_fix(const struct reader *in, struct fix *ret)
{
	const struct node *n = node_get(in->entry->table, "fix");
	*ret = (struct fix){ .key = node_text(n, "key"),
			     .scope = node_text(n, "scope"),
			     .behind = node_text(n, "behind") };
	if (n == NULL)
		return 0;
	if (node_get(n, "swap") != NULL)
		return get_swap(in, n, ret);
	if (node_get(n, "drop") != NULL) {
		ret->kind = FIX_DROP;
		return get_words(in, n, "drop", &ret->drop);
	}
	if (node_bool(n, "remove", false)) {
		ret->kind = FIX_REMOVE;
		return 0;
	}
	ret->kind = node_get(n, "line") != NULL ? FIX_LINE : FIX_VALUE;
	ret->text = node_text(n, ret->kind == FIX_LINE ? "line" : "value");
	if (node_get(n, "line") == NULL && node_get(n, "value") == NULL)
		return wrong(in, n, "\"fix\" needs value, line, remove, drop or swap");
	return 0;
}

static int get_setting(const struct reader *in, struct setting_rule *ret)
{
	const struct node *table = in->entry->table;
	ret->form = form_named(node_text(table, "form"));
	ret->secret = node_bool(table, "secret", false);
	if (ret->form == NULL)
		return wrong(in, node_get(table, "form"), "there is no such form");
	if (get_conditions(in, ret) < 0)
		return -1;
	return get_fix(in, &ret->fix);
}

/* --- modes -------------------------------------------------------------------------------- */

static int get_bits(const struct reader *in, const char *key, uint32_t *ret)
{
	int64_t v = 0;
	if (node_get(in->entry->table, key) != NULL &&
	    (!node_i64(in->entry->table, key, &v) || v < 0 || v > 07777))
		return wrong(in, node_get(in->entry->table, key), "this must be bits of a mode");
	*ret = (uint32_t)v;
	return 0;
}

static int get_types(const struct reader *in, unsigned *ret)
{
	static const char *const names[] = { "file", "dir", "device" };
	struct words types;
	if (get_words(in, in->entry->table, "types", &types) < 0)
		return -1;
	for (size_t i = 0; i < types.n; i++)
		for (unsigned t = 0; t < sizeof names / sizeof names[0]; t++)
			if (bytes_equal(types.list[i], bytes_str(names[t])))
				*ret |= 1U << t;
	if (types.n == 0)
		*ret = 1U << BASELINE_FILE;
	return *ret == 0 ? wrong(in, NULL, "\"types\" must be file, dir, device") : 0;
}

static int get_mode(const struct reader *in, struct mode_rule *ret)
{
	const struct node *table = in->entry->table;
	ret->capability = node_bool(table, "capability", false);
	ret->not_root = node_bool(table, "not_root", false);
	ret->change = node_text(node_get(table, "fix"), "mode");
	if (node_bool(node_get(table, "fix"), "remove", false))
		ret->change = BYTES_LIT("rm");
	if (get_types(in, &ret->types) < 0 || get_bits(in, "any", &ret->any) < 0 ||
	    get_bits(in, "all", &ret->all) < 0 || get_bits(in, "none", &ret->none) < 0)
		return -1;
	return get_words(in, table, "holds", &ret->holds);
}

/* --- accounts -------------------------------------------------------------------------------- */

static int get_account(const struct reader *in, struct account_rule *ret)
{
	ret->check = node_text(in->entry->table, "check");
	if (!account_check_known(ret->check))
		return wrong(in, node_get(in->entry->table, "check"), "there is no such check");
	return get_words(in, in->entry->table, "passwords", &ret->passwords);
}

static int get_kind(const struct reader *in, struct rule *ret)
{
	struct bytes engine = bytes_str(in->entry->engine);
	if (bytes_equal(engine, BYTES_LIT("setting"))) {
		ret->kind = RULE_SETTING;
		return get_setting(in, &ret->setting);
	}
	if (bytes_equal(engine, BYTES_LIT("mode"))) {
		ret->kind = RULE_MODE;
		return get_mode(in, &ret->mode);
	}
	if (bytes_equal(engine, BYTES_LIT("account"))) {
		ret->kind = RULE_ACCOUNT;
		return get_account(in, &ret->account);
	}
	return wrong(in, NULL, "the engines of kind baseline are setting, mode and account");
}

int baseline_rule_read(const struct check_entry *entry, struct arena *arena, struct rule *ret,
		       struct error *err)
{
	struct reader in = { arena, entry, err };
	*ret = (struct rule){ .number = entry->rule };
	if (get_words(&in, entry->table, "files", &ret->files) < 0 ||
	    get_words(&in, entry->table, "unless", &ret->unless) < 0 || get_kind(&in, ret) < 0)
		return -1;
	if (ret->kind != RULE_ACCOUNT && ret->files.n == 0)
		return wrong(&in, NULL, "\"files\" must say which ones");
	return 0;
}
