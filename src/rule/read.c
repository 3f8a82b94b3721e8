/* A tree of YAML becomes rules. */
#include <stdio.h>

#include "rule/fields.h"

/* --- scope --------------------------------------------------------------------------- */

static int read_labels(struct field_reader *r, const struct node *n, void *out)
{
	if (n->kind != NODE_MAP || n->count == 0 || n->count > RULE_LIST_MOST)
		return field_fail(r, n, "\"labels\" must be a map of labels and their values");
	if (field_once(r, n) < 0)
		return -1;
	char **value = arena_array(r->arena, n->count, sizeof *value);
	size_t i = 0;
	for (const struct node *m = n->first; value != NULL && m != NULL; m = m->next) {
		char *key = arena_cstr(r->arena, m->key), *glob = NULL;
		if (key == NULL || *key == '\0' || strchr(key, '=') != NULL)
			return field_fail(r, m, "a label's name must not be empty nor hold \"=\"");
		if (read_text(r, m, &glob) < 0)
			return -1;
		value[i] = arena_printf(r->arena, "%s=%s", key, glob);
		if (value[i++] == NULL)
			value = NULL;
	}
	if (value == NULL)
		return error_set(r->err, ERR_MEMORY, "no memory for the rules of %s", r->origin);
	*(struct rule_list *)out = (struct rule_list){ value, i };
	return 0;
}

int read_scope(struct field_reader *r, const struct node *n, void *out)
{
	static const struct field fields[] = {
		{ "clusters", read_list, offsetof(struct rule_scope, clusters), false },
		{ "namespaces", read_list, offsetof(struct rule_scope, namespaces), false },
		{ "apps", read_list, offsetof(struct rule_scope, apps), false },
		{ "images", read_list, offsetof(struct rule_scope, images), false },
		{ "containers", read_list, offsetof(struct rule_scope, containers), false },
		{ "labels", read_labels, offsetof(struct rule_scope, labels), false },
		{ "host", read_bool, offsetof(struct rule_scope, host), false },
		{ 0 },
	};
	struct rule_scope *s = out;
	if (fields_read(r, n, fields, "a scope", s, NULL) < 0)
		return -1;
	if (s->host && s->clusters.count + s->namespaces.count + s->apps.count + s->images.count +
				       s->containers.count + s->labels.count >
			       0)
		return field_fail(r, n,
				  "\"host\" is the node's own processes; they have no image, "
				  "namespace or labels");
	return 0;
}

/* --- exceptions ------------------------------------------------------------------------ */

/* "2026-02-30" is a slip of the hand, not the second of March. */
static int read_day(struct field_reader *r, const struct node *n, void *out)
{
	char again[RFC3339_TEXT], *text = NULL;
	int64_t seconds = 0;
	size_t day = strlen("2026-12-31");
	if (read_text(r, n, &text) < 0)
		return -1;
	bool good = strlen(text) == day && rfc3339_parse(bytes_str(text), &seconds);
	if (good)
		rfc3339_text(seconds, again);
	if (!good || memcmp(text, again, day) != 0)
		return field_fail(r, n, "\"until\" must be a date as in 2027-01-31, not \"%.40s\"",
				  text);
	*(char **)out = text;
	return 0;
}

int read_exceptions(struct field_reader *r, const struct node *n, void *out)
{
	static const struct field fields[] = {
		{ "paths", read_list, offsetof(struct rule_exceptions, paths), false },
		{ "images", read_list, offsetof(struct rule_exceptions, images), false },
		{ "processes", read_paths, offsetof(struct rule_exceptions, processes), false },
		{ "until", read_day, offsetof(struct rule_exceptions, until), false },
		{ "reason", read_text, offsetof(struct rule_exceptions, reason), false },
		{ "author", read_text, offsetof(struct rule_exceptions, author), false },
		{ 0 },
	};
	struct rule_exceptions *e = out;
	if (fields_read(r, n, fields, "exceptions", e, NULL) < 0)
		return -1;
	if (e->paths.count + e->images.count + e->processes.count == 0)
		return field_fail(r, n, "exceptions must name paths, images or processes");
	for (size_t i = 0; i < e->paths.count; i++)
		if (e->paths.value[i][0] != '/' && e->paths.value[i][0] != '*')
			return field_fail(r, n,
					  "\"%.200s\" can never match: paths begin with \"/\"",
					  e->paths.value[i]);
	return 0;
}

/* --- a rule ---------------------------------------------------------------------------- */

/* From 1 to 80 characters of one line. */
static int read_name(struct field_reader *r, const struct node *n, void *out)
{
	size_t characters = 0;
	char *name = NULL;
	if (n->kind == NODE_STRING && n->text.n == 0)
		return field_fail(r, n, "\"name\" must have 1 to %d characters", RULE_NAME_MOST);
	if (read_text(r, n, &name) < 0)
		return -1;
	for (const char *c = name; *c != '\0'; c++)
		characters += ((uint8_t)*c & 0xc0) != 0x80; /* not in the middle of one */
	if (characters > RULE_NAME_MOST)
		return field_fail(r, n, "\"name\" has %zu characters; it may have 1 to %d",
				  characters, RULE_NAME_MOST);
	if (strpbrk(name, "\n\t") != NULL || name[0] == ' ' || name[strlen(name) - 1] == ' ')
		return field_fail(r, n, "\"name\" must be one line without spaces at its ends");
	*(char **)out = name;
	return 0;
}

static int read_priority(struct field_reader *r, const struct node *n, void *out)
{
	uint64_t v = 0;
	if (n->kind != NODE_NUMBER || !bytes_to_u64(n->text, &v) || v < 1 || v > RULE_PRIORITY_MOST)
		return field_fail(r, n, "\"priority\" must be a number from 1 to %d",
				  RULE_PRIORITY_MOST);
	*(unsigned *)out = (unsigned)v;
	return 0;
}

static int read_kind(struct field_reader *r, const struct node *n, void *out)
{
	for (enum rule_kind k = 0; k < RULE_KINDS; k++)
		if (n->kind == NODE_STRING && bytes_equal(n->text, bytes_str(rule_kind_name(k)))) {
			*(enum rule_kind *)out = k;
			return 0;
		}
	return field_fail(r, n, "\"kind\" must be drift, escape or file");
}

int read_action(struct field_reader *r, const struct node *n, void *out)
{
	char name[64] = "action";
	for (enum guard_action a = GUARD_PASS; a <= GUARD_BLOCK; a++)
		if (n->kind == NODE_STRING &&
		    bytes_equal(n->text, bytes_str(rule_action_name(a)))) {
			*(enum guard_action *)out = a;
			return 0;
		}
	if (n->key.n > 0)
		(void)snprintf(name, sizeof name, "%.*s", (int)bytes_sub(n->key, 0, 60).n,
			       (const char *)n->key.p);
	return field_fail(r, n, "\"%s\" must be pass, alert or block", name);
}

/* Criteria are understood when kind and action are known, wherever they stand. */
static int keep_node(struct field_reader *r, const struct node *n, void *out)
{
	(void)r;
	*(const struct node **)out = n;
	return 0;
}

/* A rule, and what of it is read last. */
struct draft {
	struct rule rule;
	const struct node *criteria;
};

/* Whom an exception can except is what the kernel programs can tell. */
static int check_exceptions(const struct field_reader *r, const struct node *n,
			    const struct rule *rule)
{
	const struct rule_exceptions *e = &rule->exceptions;
	if (rule->kind == RULE_ESCAPE && e->paths.count + e->processes.count > 0)
		return field_fail(
			r, n,
			"an escape rule can except images only: who may do it is a matter "
			"of the scope, or of a pass rule of smaller priority");
	if (rule->kind == RULE_DRIFT && e->processes.count > 0)
		return field_fail(r, n, "a drift rule excepts programs by \"paths\"");
	if (rule->kind == RULE_FILE && rule->action == GUARD_BLOCK && e->paths.count > 0)
		return field_fail(r, n,
				  "what is blocked is decided in the kernel, which knows no path "
				  "patterns: use \"exclude\", or a pass rule of smaller priority "
				  "for the folder");
	return 0;
}

/* Of the node's own processes only what they do to files is decided. */
static int check_host(const struct field_reader *r, const struct node *n, const struct rule *rule)
{
	if (!rule->scope.host || rule->kind == RULE_FILE)
		return 0;
	return field_fail(r, n,
			  "\"host\" is for rules of kind file: which programs the node's own "
			  "processes run, and what else they do, is not decided");
}

/* What is put back whoever changed it needs a container and nobody who may. */
static int check_restore(const struct field_reader *r, const struct node *n,
			 const struct rule *rule)
{
	if (rule->kind != RULE_FILE || rule->file.restore_from == NULL)
		return 0;
	if (rule->exceptions.processes.count > 0)
		return field_fail(r, n,
				  "\"restore_from\" would take back what the \"processes\" of the "
				  "exceptions may change: a rule has one or the other");
	if (rule->scope.host)
		return field_fail(r, n, "\"restore_from\" is for files of containers");
	if (rule->action == GUARD_PASS)
		return field_fail(r, n, "a rule that passes restores nothing");
	return 0;
}

static int read_rule(struct field_reader *r, const struct node *n, struct rule *out)
{
	static const struct field fields[] = {
		{ "name", read_name, offsetof(struct draft, rule.name), true },
		{ "description", read_text, offsetof(struct draft, rule.description), false },
		{ "priority", read_priority, offsetof(struct draft, rule.priority), false },
		{ "enabled", read_bool, offsetof(struct draft, rule.enabled), false },
		{ "kind", read_kind, offsetof(struct draft, rule.kind), true },
		{ "scope", read_scope, offsetof(struct draft, rule.scope), false },
		{ "criteria", keep_node, offsetof(struct draft, criteria), true },
		{ "action", read_action, offsetof(struct draft, rule.action), true },
		{ "exceptions", read_exceptions, offsetof(struct draft, rule.exceptions), false },
		{ 0 },
	};
	struct draft d = {
		.rule = { .priority = RULE_PRIORITY_USUAL, .enabled = true, .line = n->line }
	};
	d.rule.description = arena_cstr(r->arena, BYTES_LIT(""));
	d.rule.origin = arena_cstr(r->arena, bytes_str(r->origin));
	if (d.rule.description == NULL || d.rule.origin == NULL)
		return error_set(r->err, ERR_MEMORY, "no memory for the rules of %s", r->origin);
	if (fields_read(r, n, fields, "a rule", &d, NULL) < 0 ||
	    read_criteria(r, d.criteria, &d.rule) < 0 || check_exceptions(r, n, &d.rule) < 0 ||
	    check_host(r, n, &d.rule) < 0 || check_restore(r, n, &d.rule) < 0)
		return -1;
	*out = d.rule;
	return 0;
}

static int read_rules(struct field_reader *r, const struct node *n, void *out)
{
	struct rule_batch *b = out;
	if (n->kind != NODE_LIST && n->kind != NODE_NULL)
		return field_fail(r, n, "\"rules\" must be a list");
	if (n->count > LIMIT_RULES)
		return field_fail(r, n, "more than %d rules", LIMIT_RULES);
	b->rule = arena_array(r->arena, n->count + 1, sizeof *b->rule);
	if (b->rule == NULL)
		return error_set(r->err, ERR_MEMORY, "no memory for the rules of %s", r->origin);
	for (const struct node *m = n->first; m != NULL; m = m->next)
		if (read_rule(r, m, &b->rule[b->count++]) < 0)
			return -1;
	return 0;
}

static int read_version(struct field_reader *r, const struct node *n, void *out)
{
	(void)out;
	if (!bytes_equal(n->text, BYTES_LIT("1")))
		return field_fail(r, n, "rules of version 1 are read");
	return 0;
}

struct document {
	char *description;
	struct rule_batch rules;
};

int rule_read(struct arena *arena, const char *origin, struct bytes yaml, struct rule_batch *ret,
	      struct error *err)
{
	static const struct field fields[] = {
		{ "version", read_version, 0, false },
		{ "description", read_text, offsetof(struct document, description), false },
		{ "rules", read_rules, offsetof(struct document, rules), true },
		{ 0 },
	};
	struct field_reader r = {
		.arena = arena, .origin = origin, .code = ERR_MALFORMED, .err = err
	};
	struct document d = { 0 };
	const struct node *root = NULL;
	cleanup_arena struct arena tree = arena_max(RULE_ARENA_MOST);
	if (yaml.n > LIMIT_RULE_FILE)
		return error_set(err, ERR_LIMIT, "%s: a file of rules may have %d bytes", origin,
				 (int)LIMIT_RULE_FILE);
	if (yaml_parse(yaml, &tree, &root, NULL, err) < 0)
		return error_wrap(err, "%s", origin);
	if (root->kind == NODE_NULL)
		return field_fail(&r, root, "the file is empty; it needs the key \"rules\"");
	if (fields_read(&r, root, fields, "a file of rules", &d, NULL) < 0)
		return -1;
	*ret = d.rules;
	return 0;
}
