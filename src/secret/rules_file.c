/* One file of rules: gitleaks' TOML (gitleaks 8: [[rules]], [allowlist] and
 * [[allowlists]]), or ours, which has "corten = 1" at its top and says more of each
 * rule. doc/secrets.md has all keys. */
#include <math.h>

#include "secret/internal.h"

struct reader {
	struct secret_rules *r;
	const char *origin;
	const struct node *top;
	bool ours;
	struct error *err;
};

static int no_memory(struct reader *in)
{
	return error_set(in->err, ERR_MEMORY, "no memory for the secret rules");
}

static int wrong(const struct reader *in, const struct node *at, const char *what)
{
	return error_set(in->err, ERR_MALFORMED, "%s:%u: %s", in->origin, at->line, what);
}

/* --- values ---------------------------------------------------------------------------- */

/* NULL when absent. The tree is in the same arena as the rules: texts need no copy. */
static int get_text(const struct reader *in, const struct node *map, const char *key,
		    const char **ret)
{
	const struct node *n = node_get(map, key);
	*ret = NULL;
	if (n == NULL)
		return 0;
	if (n->kind != NODE_STRING || memchr(n->text.p, 0, n->text.n) != NULL)
		return error_set(in->err, ERR_MALFORMED, "%s:%u: \"%s\" must be a string",
				 in->origin, n->line, key);
	*ret = (const char *)n->text.p;
	return 0;
}

static int get_words(const struct reader *in, const struct node *map, const char *key,
		     struct words *ret)
{
	const struct node *list = node_get(map, key);
	*ret = (struct words){ 0 };
	if (list == NULL)
		return 0;
	if (list->kind != NODE_LIST)
		return error_set(in->err, ERR_MALFORMED, "%s:%u: \"%s\" must be a list of strings",
				 in->origin, list->line, key);
	ret->p = arena_array(&in->r->arena, list->count + 1, sizeof *ret->p);
	if (ret->p == NULL)
		return error_set(in->err, ERR_MEMORY, "no memory for the secret rules");
	for (const struct node *n = list->first; n != NULL; n = n->next) {
		if (n->kind != NODE_STRING || memchr(n->text.p, 0, n->text.n) != NULL)
			return error_set(in->err, ERR_MALFORMED,
					 "%s:%u: \"%s\" must be a list of strings", in->origin,
					 n->line, key);
		ret->p[ret->n++] = (const char *)n->text.p;
	}
	return 0;
}

/* Keywords and stopwords are compared in lower case. */
static int get_lower_words(const struct reader *in, const struct node *map, const char *key,
			   struct words *ret)
{
	if (get_words(in, map, key, ret) < 0)
		return -1;
	for (size_t i = 0; i < ret->n; i++) {
		char *copy = arena_cstr(&in->r->arena, bytes_str(ret->p[i]));
		if (copy == NULL)
			return error_set(in->err, ERR_MEMORY, "no memory for the secret rules");
		for (char *c = copy; *c != '\0'; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c - 'A' + 'a');
		ret->p[i] = copy;
	}
	return 0;
}

/* The rule's own text, or the one at the top of the file. */
static int get_or_top(const struct reader *in, const struct node *map, const char *key,
		      const char *otherwise, const char **ret)
{
	if (get_text(in, map, key, ret) < 0)
		return -1;
	if (*ret == NULL && in->ours && get_text(in, in->top, key, ret) < 0)
		return -1;
	if (*ret == NULL)
		*ret = otherwise;
	return 0;
}

/* --- allow-lists ------------------------------------------------------------------------ */

static int allows_add(struct reader *in, struct allows *list, const struct allow *a)
{
	if (list->n == list->cap) {
		size_t cap = list->cap == 0 ? 4 : 2 * list->cap;
		const struct allow **p = reallocarray(list->p, cap, sizeof *p);
		if (p == NULL)
			return no_memory(in);
		list->p = p;
		list->cap = cap;
	}
	list->p[list->n++] = a;
	return 0;
}

static int read_condition(const struct reader *in, const struct node *n, struct allow *a)
{
	const char *condition, *target;
	if (get_text(in, n, "condition", &condition) < 0 ||
	    get_text(in, n, "regexTarget", &target) < 0)
		return -1;
	a->all = condition != NULL &&
		 (strcasecmp(condition, "and") == 0 || strcmp(condition, "&&") == 0);
	if (!a->all && condition != NULL && condition[0] != '\0' &&
	    strcasecmp(condition, "or") != 0 && strcmp(condition, "||") != 0)
		return wrong(in, n, "the condition of an allow-list is \"AND\" or \"OR\"");
	if (target == NULL || target[0] == '\0' || strcmp(target, "secret") == 0)
		a->target = ALLOW_SECRET;
	else if (strcmp(target, "match") == 0)
		a->target = ALLOW_MATCH;
	else if (strcmp(target, "line") == 0)
		a->target = ALLOW_LINE;
	else
		return wrong(in, n, "regexTarget is \"secret\", \"match\" or \"line\"");
	return 0;
}

/* Commits do not exist here: a list that asks for them, too, never allows. */
static int read_allow(struct reader *in, const struct node *n, const struct allow **ret)
{
	struct allow *a = arena_alloc(&in->r->arena, sizeof *a);
	const struct node *commits = node_get(n, "commits");
	if (a == NULL)
		return no_memory(in);
	*ret = NULL;
	if (n->kind != NODE_MAP)
		return wrong(in, n, "an allow-list must be a table");
	if (read_condition(in, n, a) < 0 || get_words(in, n, "paths", &a->paths) < 0 ||
	    get_words(in, n, "regexes", &a->patterns) < 0 ||
	    get_lower_words(in, n, "stopwords", &a->stopwords) < 0 ||
	    get_words(in, n, "targetRules", &a->rules) < 0)
		return -1;
	if (commits != NULL && commits->count > 0 &&
	    rules_note(in->r, in->err, "%s:%u: commits of an allow-list are not asked for",
		       in->origin, commits->line) < 0)
		return -1;
	if (a->paths.n + a->patterns.n + a->stopwords.n == 0 ||
	    (a->all && commits != NULL && commits->count > 0))
		return 0;
	*ret = a;
	return 0;
}

/* [X.allowlist], and [[X.allowlists]] since gitleaks 8.25. */
static int read_allows(struct reader *in, const struct node *map, struct allows *list)
{
	const struct allow *a;
	const struct node *old = node_get(map, "allowlist"), *all = node_get(map, "allowlists");
	if (old != NULL &&
	    (read_allow(in, old, &a) < 0 || (a != NULL && allows_add(in, list, a) < 0)))
		return -1;
	for (const struct node *n = all == NULL ? NULL : all->first; n != NULL; n = n->next)
		if (read_allow(in, n, &a) < 0 || (a != NULL && allows_add(in, list, a) < 0))
			return -1;
	return 0;
}

/* --- one rule ------------------------------------------------------------------------------ */

static int read_number(const struct reader *in, const struct node *n, const char *key, double most,
		       double *ret)
{
	const struct node *v = node_get(n, key);
	*ret = 0;
	if (v == NULL)
		return 0;
	char *end;
	*ret = v->kind == NODE_NUMBER ? strtod((const char *)v->text.p, &end) : -1;
	if (!(*ret >= 0 && *ret <= most))
		return error_set(in->err, ERR_MALFORMED, "%s:%u: \"%s\" must be a number up to %g",
				 in->origin, v->line, key, most);
	return 0;
}

static int read_magic(const struct reader *in, const struct node *n, struct rule *rule)
{
	const char *hex;
	if (get_text(in, n, "magic", &hex) < 0)
		return -1;
	size_t digits = hex == NULL ? 0 : strlen(hex);
	uint8_t *p = arena_alloc(&in->r->arena, digits / 2 + 1);
	if (p == NULL)
		return error_set(in->err, ERR_MEMORY, "no memory for the secret rules");
	for (size_t i = 0; i + 1 < digits; i += 2) {
		char two[3] = { hex[i], hex[i + 1], '\0' }, *end;
		p[i / 2] = (uint8_t)strtoul(two, &end, 16);
		if (*end != '\0')
			digits = 1;
	}
	if (digits % 2 != 0)
		return wrong(in, n, "magic must be bytes in hexadecimal");
	rule->magic = bytes_of(p, digits / 2);
	return 0;
}

static bool confidence_parse(const char *text, enum secret_confidence *ret)
{
	static const char *const words[] = { "low", "medium", "high" };
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(text, words[i]) == 0) {
			*ret = (enum secret_confidence)i;
			return true;
		}
	}
	return false;
}

/* What only our own files have. */
static int read_ours(const struct reader *in, const struct node *n, struct rule *rule)
{
	const char *severity, *confidence, *check, *mask;
	struct secret_rule_info *info = &rule->info;
	if (get_or_top(in, n, "class", "custom", &info->class) < 0 ||
	    get_or_top(in, n, "severity", "high", &severity) < 0 ||
	    get_or_top(in, n, "confidence", "medium", &confidence) < 0 ||
	    get_or_top(in, n, "advice",
		       "Take the secret away, and replace it where it is used: "
		       "everybody who has had the image has it.",
		       &info->advice) < 0 ||
	    get_or_top(in, n, "title", info->title, &info->title) < 0 ||
	    get_or_top(in, n, "validate", NULL, &check) < 0 ||
	    get_or_top(in, n, "mask", NULL, &mask) < 0 ||
	    get_words(in, n, "covers", &rule->covers) < 0 || read_magic(in, n, rule) < 0)
		return -1;
	if (!severity_parse(bytes_str(severity), &info->severity))
		return wrong(in, n, "the severity is no word for one");
	if (!confidence_parse(confidence, &info->confidence))
		return wrong(in, n, "the confidence is \"low\", \"medium\" or \"high\"");
	if (check != NULL && !secret_check_parse(bytes_str(check), &rule->check))
		return wrong(in, n, "there is no check of the name that validate has");
	if (mask != NULL && strcmp(mask, "block") != 0)
		return wrong(in, n, "mask is \"block\"");
	rule->pem_like = mask != NULL;
	rule->placeholders = in->ours && node_bool(n, "placeholders", true);
	info->covers = rule->covers.p;
	info->cover_count = rule->covers.n;
	return 0;
}

static int read_samples(const struct reader *in, const struct node *n, struct rule *rule)
{
	const struct node *test = node_get(n, "test");
	if (get_text(in, test, "path", &rule->test_path) < 0 ||
	    get_words(in, test, "fire", &rule->fire) < 0)
		return -1;
	return get_words(in, test, "silent", &rule->silent);
}

static int read_finding(const struct reader *in, const struct node *n, struct rule *rule)
{
	double group, entropy;
	if (get_text(in, n, "regex", &rule->pattern) < 0 ||
	    get_text(in, n, "path", &rule->path) < 0 ||
	    read_number(in, n, "secretGroup", 1000, &group) < 0 ||
	    read_number(in, n, "entropy", 8, &entropy) < 0 ||
	    get_lower_words(in, n, "keywords", &rule->keywords) < 0)
		return -1;
	if (rule->pattern != NULL && rule->pattern[0] == '\0')
		rule->pattern = NULL;
	if (rule->path != NULL && rule->path[0] == '\0')
		rule->path = NULL;
	if (rule->pattern == NULL && rule->path == NULL)
		return wrong(in, n, "a rule needs a regex or a path");
	rule->group = (uint32_t)group;
	rule->entropy_milli = (uint32_t)lround(entropy * 1000);
	rule->info.by_path = rule->pattern == NULL;
	return 0;
}

/* "secret/" and the file's own id; where a file has none, its line. */
static int read_names(const struct reader *in, const struct node *n, struct rule *rule)
{
	static const char prefix[] = "secret/";
	const char *id;
	struct secret_rule_info *info = &rule->info;
	if (get_text(in, n, "id", &id) < 0 ||
	    get_text(in, n, "description", &info->description) < 0)
		return -1;
	if (id == NULL || id[0] == '\0')
		return wrong(in, n, "a rule needs an id");
	bool has = strncmp(id, prefix, sizeof prefix - 1) == 0;
	info->id = arena_printf(&in->r->arena, "%s%s", has ? "" : prefix, id);
	if (info->id == NULL)
		return error_set(in->err, ERR_MEMORY, "no memory for the secret rules");
	if (info->description == NULL)
		info->description = "";
	info->title = info->description[0] == '\0' ? info->id : info->description;
	info->origin = in->origin;
	info->line = n->line;
	info->enabled = true;
	return 0;
}

/* A rule of the same id takes the place of the older one, and its number. */
static int rule_add(struct reader *in, struct rule *rule)
{
	struct secret_rules *r = in->r;
	for (size_t i = 0; i < r->count; i++) {
		if (strcmp(r->rules[i]->info.id, rule->info.id) != 0)
			continue;
		free(r->rules[i]->allows.p);
		r->rules[i] = rule;
		return 0;
	}
	if (r->count == r->cap) {
		size_t cap = r->cap == 0 ? 256 : 2 * r->cap;
		struct rule **rules = reallocarray(r->rules, cap, sizeof(*rules));
		if (rules == NULL)
			return no_memory(in);
		r->rules = rules;
		r->cap = cap;
	}
	r->rules[r->count++] = rule;
	return 0;
}

static int read_rule(struct reader *in, const struct node *n)
{
	struct rule *rule = arena_alloc(&in->r->arena, sizeof *rule);
	const struct node *required = node_get(n, "required");
	if (rule == NULL)
		return no_memory(in);
	if (n->kind != NODE_MAP)
		return wrong(in, n, "a rule must be a table");
	if (in->r->count >= LIMIT_SECRET_RULES)
		return error_set(in->err, ERR_LIMIT, "%s: more than %d secret rules", in->origin,
				 LIMIT_SECRET_RULES);
	if (read_names(in, n, rule) < 0)
		return -1;
	if (required != NULL)
		return rules_note(in->r, in->err,
				  "%s:%u: %s needs other rules near it (\"required\"): left out",
				  in->origin, n->line, rule->info.id);
	if (node_bool(n, "skipReport", false))
		return rules_note(in->r, in->err, "%s:%u: %s is not for reports: left out",
				  in->origin, n->line, rule->info.id);
	if (read_finding(in, n, rule) < 0 || read_ours(in, n, rule) < 0 ||
	    read_samples(in, n, rule) < 0)
		return -1;
	if (read_allows(in, n, &rule->allows) < 0 || rule_add(in, rule) < 0) {
		free(rule->allows.p);
		return -1;
	}
	return 0;
}

/* --- a file ---------------------------------------------------------------------------------- */

/* What a file adds to other rules: ours are there already. */
static int read_extend(struct reader *in, const struct node *extend, bool *ret_all)
{
	struct words disabled;
	*ret_all = node_bool(extend, "useDefault", false);
	if (*ret_all && rules_note(in->r, in->err,
				   "%s:%u: extend.useDefault means Corten's own rules here, not "
				   "those of gitleaks",
				   in->origin, extend->line) < 0)
		return -1;
	if ((node_get(extend, "path") != NULL || node_get(extend, "url") != NULL) &&
	    rules_note(in->r, in->err,
		       "%s:%u: extend.path and extend.url are not followed: "
		       "name the file, too",
		       in->origin, extend->line) < 0)
		return -1;
	if (get_words(in, extend, "disabledRules", &disabled) < 0)
		return -1;
	for (size_t i = 0; i < disabled.n; i++)
		for (size_t k = 0; k < in->r->count; k++)
			if (strcmp(in->r->rules[k]->info.id + strlen("secret/"), disabled.p[i]) ==
			    0)
				in->r->rules[k]->info.enabled = false;
	return 0;
}

static bool is_for(const struct allow *a, const struct rule *rule)
{
	for (size_t i = 0; i < a->rules.n; i++)
		if (strcmp(rule->info.id + strlen("secret/"), a->rules.p[i]) == 0)
			return true;
	return a->rules.n == 0;
}

/* The file's own allow-lists: for its rules, or for those of all files. */
static int spread_allow(struct reader *in, const struct allow *a, bool all)
{
	if (all && a->rules.n == 0)
		return allows_add(in, &in->r->everywhere, a);
	for (size_t i = 0; i < in->r->count; i++) {
		struct rule *rule = in->r->rules[i];
		if ((all || rule->info.origin == in->origin) && is_for(a, rule) &&
		    allows_add(in, &rule->allows, a) < 0)
			return -1;
	}
	return 0;
}

static int read_rules(struct reader *in, struct allows *own, bool *ret_all)
{
	const struct node *rules = node_get(in->top, "rules"),
			  *extend = node_get(in->top, "extend");
	*ret_all = false;
	if (extend != NULL && read_extend(in, extend, ret_all) < 0)
		return -1;
	if (rules != NULL && rules->kind != NODE_LIST)
		return wrong(in, rules, "rules must be tables: [[rules]]");
	for (const struct node *n = rules == NULL ? NULL : rules->first; n != NULL; n = n->next)
		if (read_rule(in, n) < 0)
			return -1;
	return read_allows(in, in->top, own);
}

int rules_read_file(struct secret_rules *r, const char *origin, struct bytes text,
		    struct error *err)
{
	struct reader in = { .r = r, .origin = origin, .err = err };
	struct allows own = { 0 };
	bool all;
	int64_t form = 0;
	if (toml_parse(text, &r->arena, &in.top, err) < 0)
		return error_wrap(err, "%s", origin);
	in.ours = node_i64(in.top, "corten", &form);
	if (in.ours && form != 1)
		return error_set(err, ERR_UNSUPPORTED,
				 "%s: rules of form %lld; this version reads form 1", origin,
				 (long long)form);
	int result = read_rules(&in, &own, &all);
	for (size_t i = 0; result == 0 && i < own.n; i++)
		result = spread_allow(&in, own.p[i], all || in.ours);
	free(own.p);
	return result;
}
