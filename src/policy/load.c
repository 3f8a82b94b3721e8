/* A tree of YAML becomes a policy. Everything must be understood: a key that is
 * misspelt would otherwise be a rule that never breaks. */
#include "policy/load.h"

/* --- values ----------------------------------------------------------------------- */

static const char *key_of(const struct node *n, char out[static 64])
{
	(void)snprintf(out, 64, "%.*s", (int)n->key.n, (const char *)n->key.p);
	return out;
}

int load_text(struct field_reader *l, const struct node *n, void *out)
{
	char key[64];
	if (!node_is_scalar(n) || n->text.n == 0)
		return field_fail(l, n, "\"%s\" must be a text", key_of(n, key));
	const char *text = arena_cstr(l->arena, n->text);
	if (text == NULL || strlen(text) > TEXT_MAX)
		return field_fail(l, n, "\"%s\" is too long, or has a NUL", key_of(n, key));
	*(const char **)out = text;
	return 0;
}

/* YAML 1.2 knows true, True and TRUE. */
bool is_true(const struct node *n)
{
	return n->kind == NODE_BOOL && n->text.n > 0 && (n->text.p[0] | 0x20) == 't';
}

int load_bool(struct field_reader *l, const struct node *n, void *out)
{
	char key[64];
	if (n->kind != NODE_BOOL)
		return field_fail(l, n, "\"%s\" must be true or false", key_of(n, key));
	*(bool *)out = is_true(n);
	return 0;
}

int load_globs(struct field_reader *l, const struct node *n, void *out)
{
	struct globs *g = out;
	char key[64];
	bool one = node_is_scalar(n);
	size_t count = one ? 1 : n->count;
	if ((!one && n->kind != NODE_LIST) || count == 0)
		return field_fail(l, n,
				  "\"%s\" must be a text or a list of texts that is not empty",
				  key_of(n, key));
	const char **list = arena_array(l->arena, count, sizeof *list);
	if (list == NULL)
		return field_fail(l, n, "no memory for %zu words", count);
	const struct node *m = one ? n : n->first;
	for (size_t i = 0; i < count; i++, m = m->next)
		if (load_text(l, m, &list[i]) < 0)
			return -1;
	*g = (struct globs){ list, count };
	return 0;
}

/* "2026-02-30" is a slip of the hand, not the second of March. */
static bool is_day(struct bytes date)
{
	char again[RFC3339_TEXT];
	int64_t seconds;
	if (!rfc3339_parse(date, &seconds))
		return false;
	rfc3339_text(seconds, again);
	return bytes_equal(date, bytes_sub(bytes_str(again), 0, date.n));
}

static int load_until(struct field_reader *l, const struct node *n, void *out)
{
	struct policy_exception *e = out;
	if (load_text(l, n, &e->until) < 0)
		return -1;
	size_t day = strlen("2026-12-31");
	if (!is_day(bytes_sub(n->text, 0, day)) || !rfc3339_parse(n->text, &e->ends))
		return field_fail(l, n, "\"until\" must be a date as in 2026-12-31, not \"%s\"",
				  e->until);
	if (n->text.n == day)
		e->ends += POLICY_DAY; /* that day is its last */
	return 0;
}

static int load_priority(struct field_reader *l, const struct node *n, void *out)
{
	uint64_t v;
	if (n->kind != NODE_NUMBER || !bytes_to_u64(n->text, &v) || v < 1 ||
	    v > POLICY_PRIORITY_MOST)
		return field_fail(l, n, "\"priority\" must be a number from 1 to %d",
				  POLICY_PRIORITY_MOST);
	*(uint32_t *)out = (uint32_t)v;
	return 0;
}

static int load_action(struct field_reader *l, const struct node *n, void *out)
{
	for (int a = POLICY_PASS; a <= POLICY_BLOCK; a++)
		if (bytes_equal(n->text, bytes_str(policy_action_name((enum policy_action)a)))) {
			*(enum policy_action *)out = (enum policy_action)a;
			return 0;
		}
	return field_fail(l, n, "\"action\" must be pass, alert or block");
}

static int load_version(struct field_reader *l, const struct node *n, void *out)
{
	(void)out;
	if (!bytes_equal(n->text, BYTES_LIT("1")))
		return field_fail(l, n, "policies of version 1 are read");
	return 0;
}

/* --- scope -------------------------------------------------------------------------- */

static int load_labels(struct field_reader *l, const struct node *n, void *out)
{
	struct scope *s = (struct scope *)((char *)out - offsetof(struct scope, labels));
	if (n->kind != NODE_MAP || n->count == 0)
		return field_fail(l, n, "\"labels\" must be a map of labels and their values");
	if (field_once(l, n) < 0)
		return -1;
	struct label_glob *list = arena_array(l->arena, n->count, sizeof *list);
	if (list == NULL)
		return field_fail(l, n, "no memory for %zu labels", n->count);
	for (const struct node *m = n->first; m != NULL; m = m->next) {
		struct label_glob *g = &list[s->label_count++];
		g->key = arena_cstr(l->arena, m->key);
		if (g->key == NULL || load_text(l, m, &g->value) < 0)
			return g->key == NULL ? field_fail(l, m, "a label has no proper name") : -1;
	}
	s->labels = list;
	return 0;
}

static int load_scope(struct field_reader *l, const struct node *n, void *out)
{
	static const struct field fields[] = {
		{ "images", load_globs, offsetof(struct scope, images), false },
		{ "repositories", load_globs, offsetof(struct scope, repositories), false },
		{ "labels", load_labels, offsetof(struct scope, labels), false },
		{ "clusters", load_globs, offsetof(struct scope, clusters), false },
		{ "namespaces", load_globs, offsetof(struct scope, spaces), false },
		{ "apps", load_globs, offsetof(struct scope, apps), false },
		{ 0 },
	};
	return fields_read(l, n, fields, "a scope", out, NULL);
}

/* --- exceptions ----------------------------------------------------------------------- */

static bool is_hex(const char *text, size_t digits)
{
	return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

/* Fingerprint, digest or sum; a bare one of md5sum(1) would never match. */
static int load_hashes(struct field_reader *l, const struct node *n, void *out)
{
	const struct globs *g = out;
	if (load_globs(l, n, out) < 0)
		return -1;
	for (size_t i = 0; i < g->count; i++) {
		const char *h = g->list[i];
		bool sha256 = strncmp(h, "sha256:", 7) == 0, md5 = strncmp(h, "md5:", 4) == 0;
		bool good = sha256 ? is_hex(h + 7, 64) : md5 ? is_hex(h + 4, 32) : is_hex(h, 64);
		if (!good && strpbrk(h, "*?") == NULL)
			return field_fail(l, n,
					  "\"hashes\": %.80s is no fingerprint (64 hexadecimal "
					  "digits), no sha256:… and no md5:…",
					  h);
	}
	return 0;
}

static int load_exception(struct field_reader *l, const struct node *n, struct exception *e,
			  const struct policy_rule *rule)
{
	static const struct field fields[] = {
		{ "ids", load_globs, offsetof(struct exception, ids), false },
		{ "paths", load_globs, offsetof(struct exception, paths), false },
		{ "hashes", load_hashes, offsetof(struct exception, hashes), false },
		{ "packages", load_globs, offsetof(struct exception, packages), false },
		{ "repositories", load_globs, offsetof(struct exception, repositories), false },
		{ "reason", load_text, offsetof(struct exception, pub.reason), true },
		{ "author", load_text, offsetof(struct exception, pub.author), true },
		{ "until", load_until, offsetof(struct exception, pub), true },
		{ 0 },
	};
	if (fields_read(l, n, fields, "an exception", e, NULL) < 0)
		return -1;
	if (e->ids.count + e->paths.count + e->hashes.count + e->packages.count == 0)
		return field_fail(l, n,
				  "an exception must say what it is about: ids, paths, hashes or "
				  "packages");
	e->pub.file = l->origin;
	e->pub.line = n->line;
	e->pub.rule = rule;
	return 0;
}

static int load_exceptions(struct field_reader *l, const struct node *n,
			   const struct policy_rule *rule, struct exception **ret,
			   size_t *ret_count)
{
	size_t i = 0;
	if (n->kind != NODE_LIST && n->kind != NODE_NULL)
		return field_fail(l, n, "\"exceptions\" must be a list");
	struct exception *list = arena_array(l->arena, n->count + 1, sizeof *list);
	if (list == NULL)
		return field_fail(l, n, "no memory for %zu exceptions", n->count);
	for (const struct node *m = n->first; m != NULL; m = m->next)
		if (load_exception(l, m, &list[i++], rule) < 0)
			return -1;
	*ret = list;
	*ret_count = i;
	return 0;
}

static int load_rule_exceptions(struct field_reader *l, const struct node *n, void *out)
{
	struct rule *r = (struct rule *)((char *)out - offsetof(struct rule, exceptions));
	return load_exceptions(l, n, &r->pub, &r->exceptions, &r->exception_count);
}

static int load_policy_exceptions(struct field_reader *l, const struct node *n, void *out)
{
	struct policy *p = (struct policy *)((char *)out - offsetof(struct policy, exceptions));
	return load_exceptions(l, n, NULL, &p->exceptions, &p->exception_count);
}

/* --- rules -------------------------------------------------------------------------------- */

static int load_rule(struct field_reader *l, const struct node *n, struct rule *r)
{
	static const struct field fields[] = {
		{ "name", load_text, offsetof(struct rule, pub.name), true },
		{ "description", load_text, offsetof(struct rule, pub.description), false },
		{ "priority", load_priority, offsetof(struct rule, pub.priority), false },
		{ "enabled", load_bool, offsetof(struct rule, pub.enabled), false },
		{ "scope", load_scope, offsetof(struct rule, scope), false },
		{ "criteria", load_criteria, offsetof(struct rule, criteria), true },
		{ "action", load_action, offsetof(struct rule, pub.action), true },
		{ "exceptions", load_rule_exceptions, offsetof(struct rule, exceptions), false },
		{ 0 },
	};
	r->pub = (struct policy_rule){ .description = "",
				       .file = l->origin,
				       .line = n->line,
				       .priority = POLICY_PRIORITY_USUAL,
				       .enabled = true };
	return fields_read(l, n, fields, "a rule", r, NULL);
}

static int load_rules(struct field_reader *l, const struct node *n, void *out)
{
	struct policy *p = l->ctx;
	(void)out;
	if (n->kind != NODE_LIST && n->kind != NODE_NULL)
		return field_fail(l, n, "\"rules\" must be a list");
	if (n->count > POLICY_RULES_MAX)
		return field_fail(l, n, "more than %d rules", POLICY_RULES_MAX);
	p->rules = arena_array(&p->arena, n->count + 1, sizeof(struct rule *));
	struct rule *all = arena_array(&p->arena, n->count + 1, sizeof *all);
	if (p->rules == NULL || all == NULL)
		return field_fail(l, n, "no memory for %zu rules", n->count);
	for (const struct node *m = n->first; m != NULL; m = m->next, p->rule_count++) {
		p->rules[p->rule_count] = &all[p->rule_count];
		if (load_rule(l, m, &all[p->rule_count]) < 0)
			return -1;
	}
	return 0;
}

/* The order of policy.h. */
static int compare_rules(const void *a, const void *b)
{
	const struct policy_rule *x = &(*(struct rule *const *)a)->pub;
	const struct policy_rule *y = &(*(struct rule *const *)b)->pub;
	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	if (x->action != y->action)
		return x->action > y->action ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int compare_names(const void *a, const void *b)
{
	const struct policy_rule *x = &(*(struct rule *const *)a)->pub;
	const struct policy_rule *y = &(*(struct rule *const *)b)->pub;
	int c = strcmp(x->name, y->name);
	return c != 0 ? c : (x->line > y->line) - (x->line < y->line);
}

/* Exceptions, reports and people know a rule by its name. */
static int sort_rules(struct field_reader *l, const struct node *root)
{
	struct policy *p = l->ctx;
	if (p->rule_count == 0)
		return 0;
	qsort(p->rules, p->rule_count, sizeof(struct rule *), compare_names);
	for (size_t i = 1; i < p->rule_count; i++) {
		const struct policy_rule *a = &p->rules[i - 1]->pub, *b = &p->rules[i]->pub;
		struct node at = *root;
		at.line = b->line;
		if (strcmp(a->name, b->name) == 0)
			return field_fail(l, &at, "the rule of line %u has the name \"%s\", too",
					  a->line, a->name);
	}
	qsort(p->rules, p->rule_count, sizeof(struct rule *), compare_rules);
	return 0;
}

int policy_load(struct policy *p, const struct node *root, struct error *err)
{
	static const struct field fields[] = {
		{ "version", load_version, 0, false },
		{ "name", load_text, offsetof(struct policy, name), false },
		{ "description", load_text, offsetof(struct policy, description), false },
		{ "rules", load_rules, offsetof(struct policy, rules), false },
		{ "exceptions", load_policy_exceptions, offsetof(struct policy, exceptions),
		  false },
		{ 0 },
	};
	struct field_reader l = {
		.arena = &p->arena, .origin = p->file, .code = ERR_USAGE, .err = err, .ctx = p
	};
	if (root->kind == NODE_NULL)
		return field_fail(&l, root, "the policy is empty; it needs the key \"rules\"");
	if (fields_read(&l, root, fields, "a policy", p, NULL) < 0)
		return -1;
	if (p->rules == NULL && p->exceptions == NULL)
		return field_fail(&l, root, "a policy needs the key \"rules\"");
	return sort_rules(&l, root);
}
