/* One file of rules, as check.h describes it. */
#include "check/internal.h"

struct reader {
	struct check_rules *r;
	enum check_family family;
	const char *origin;
	const struct node *top;
	struct error *err;
};

static int wrong(const struct reader *in, const struct node *n, const char *what)
{
	return error_set(in->err, ERR_MALFORMED, "%s:%u: %s", in->origin, n->line, what);
}

static int no_memory(const struct reader *in)
{
	return error_set(in->err, ERR_MEMORY, "%s: no memory for the rules", in->origin);
}

/* A text of the rule, or of its file when the rule says nothing. */
static int get_text(const struct reader *in, const struct node *n, const char *key,
		    const char **ret)
{
	const struct node *v = node_get(n, key);
	if (v == NULL)
		v = node_get(in->top, key);
	if (v != NULL && v->kind != NODE_STRING)
		return error_set(in->err, ERR_MALFORMED, "%s:%u: \"%s\" must be a text", in->origin,
				 v->line, key);
	*ret = v == NULL ? "" : arena_cstr(&in->r->arena, v->text);
	return *ret == NULL ? wrong(in, v, "a text with a NUL in it") : 0;
}

static int get_words(const struct reader *in, const struct node *n, const char *key,
		     struct check_words *ret)
{
	const struct node *v = node_get(n, key);
	*ret = (struct check_words){ 0 };
	if (v == NULL)
		return 0;
	if (v->kind != NODE_LIST)
		return error_set(in->err, ERR_MALFORMED, "%s:%u: \"%s\" must be a list of texts",
				 in->origin, v->line, key);
	const char **words = arena_array(&in->r->arena, v->count + 1, sizeof *words);
	if (words == NULL)
		return no_memory(in);
	for (const struct node *w = v->first; w != NULL; w = w->next) {
		words[ret->n] = w->kind != NODE_STRING ? NULL : arena_cstr(&in->r->arena, w->text);
		if (words[ret->n++] == NULL)
			return wrong(in, w, "this must be a text without NUL");
	}
	ret->p = words;
	return 0;
}

static int get_severity(const struct reader *in, const struct node *n, struct check_rule_info *i)
{
	const struct node *v = node_get(n, "severity");
	if (v == NULL)
		v = node_get(in->top, "severity");
	if (v == NULL || !severity_parse(v->text, &i->severity))
		return wrong(in, v == NULL ? n : v,
			     "\"severity\" must be critical, high, medium, low or negligible");
	return 0;
}

static int get_samples(const struct reader *in, const struct node *n, struct check_rule_info *i)
{
	const struct node *test = node_get(n, "test");
	int64_t mode = 0644;
	if (test == NULL)
		return 0;
	if (test->kind != NODE_MAP)
		return wrong(in, test, "\"test\" must be a table");
	if (node_get(test, "mode") != NULL &&
	    (!node_i64(test, "mode", &mode) || mode < 0 || mode > 07777))
		return wrong(in, test, "\"mode\" must be a file's mode");
	i->test_mode = (uint32_t)mode;
	if (node_get(test, "path") != NULL) {
		i->test_path = arena_cstr(&in->r->arena, node_text(test, "path"));
		if (i->test_path == NULL)
			return wrong(in, test, "\"path\" must be a path");
	}
	return get_words(in, test, "fire", &i->fire) < 0 ||
			       get_words(in, test, "silent", &i->silent) < 0
		       ? -1
		       : 0;
}

static bool is_id(struct bytes id)
{
	for (size_t i = 0; i < id.n; i++) {
		uint8_t c = id.p[i];
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' &&
		    c != '/')
			return false;
	}
	return id.n > 0 && id.n <= 100;
}

static int get_names(const struct reader *in, const struct node *n, struct check_rule_info *i)
{
	struct bytes id = node_text(n, "id");
	if (!is_id(id))
		return wrong(in, n, "\"id\" must be small letters, digits, '-', '.' and '/'");
	i->id = arena_printf(&in->r->arena, "%s/%.*s", check_family_name(in->family), (int)id.n,
			     (const char *)id.p);
	if (i->id == NULL)
		return no_memory(in);
	if (get_text(in, n, "class", &i->class) < 0 || get_text(in, n, "title", &i->title) < 0 ||
	    get_text(in, n, "description", &i->description) < 0 ||
	    get_text(in, n, "advice", &i->advice) < 0 || get_text(in, n, "engine", &i->engine) < 0)
		return -1;
	if (i->class[0] == '\0' || i->title[0] == '\0')
		return error_set(in->err, ERR_MALFORMED, "%s:%u: %s needs a class and a title",
				 in->origin, n->line, i->id);
	return 0;
}

/* A later file's rule takes the place of an earlier one. */
static int put_rule(const struct reader *in, const struct check_rule_info *info)
{
	for (size_t i = 0; i < in->r->count; i++)
		if (strcmp(in->r->list[i].id, info->id) == 0) {
			if (in->r->list[i].origin == info->origin)
				return error_set(in->err, ERR_MALFORMED, "%s:%u: %s is there twice",
						 in->origin, info->line, info->id);
			in->r->list[i] = *info;
			return 0;
		}
	if (in->r->count == LIMIT_CHECK_RULES)
		return error_set(in->err, ERR_LIMIT, "%s: more than %d rules", in->origin,
				 LIMIT_CHECK_RULES);
	in->r->list[in->r->count++] = *info;
	return 0;
}

static int read_rule(const struct reader *in, const struct node *n)
{
	struct check_rule_info info = { .family = in->family,
					.origin = in->origin,
					.line = n->line,
					.test_mode = 0644,
					.table = n };
	if (n->kind != NODE_MAP)
		return wrong(in, n, "a rule must be a table");
	info.enabled = node_bool(n, "enabled", true);
	if (get_names(in, n, &info) < 0 || get_severity(in, n, &info) < 0 ||
	    get_words(in, n, "references", &info.references) < 0 || get_samples(in, n, &info) < 0)
		return -1;
	return put_rule(in, &info);
}

int check_read_file(struct check_rules *r, enum check_family family, const char *origin,
		    struct bytes text, struct error *err)
{
	struct reader in = { .r = r, .family = family, .origin = origin, .err = err };
	int64_t form = 0;
	if (toml_parse(text, &r->arena, &in.top, err) < 0)
		return error_wrap(err, "%s", origin);
	if (!node_i64(in.top, "corten", &form) || form != 1)
		return error_set(err, ERR_UNSUPPORTED, "%s: \"corten = 1\" must name the form",
				 origin);
	if (!bytes_equal(node_text(in.top, "kind"), bytes_str(check_family_name(family))))
		return error_set(err, ERR_MALFORMED, "%s: \"kind\" must be \"%s\" in this folder",
				 origin, check_family_name(family));
	const struct node *rules = node_get(in.top, "rules");
	if (rules != NULL && rules->kind != NODE_LIST)
		return error_set(err, ERR_MALFORMED, "%s: \"rules\" must be [[rules]]", origin);
	for (const struct node *n = rules == NULL ? NULL : rules->first; n != NULL; n = n->next)
		if (read_rule(&in, n) < 0)
			return -1;
	return 0;
}
