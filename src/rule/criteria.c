/* What a rule of each kind asks for. */
#include "rule/fields.h"

/* --- items ----------------------------------------------------------------------------- */

static int unknown_item(const struct field_reader *r, const struct node *n, struct bytes word,
			enum rule_kind kind)
{
	char meant[GUESS_TEXT];
	size_t count;
	const struct rule_item *items = rule_items(&count);
	struct guess guess = guess_of(word);
	for (size_t i = 0; i < count; i++)
		if (items[i].kind == kind)
			guess_try(&guess, bytes_str(items[i].name));
	guess_text(&guess, "", meant);
	return field_fail(r, n, "there is no item \"%.*s\" of kind %s.%s",
			  (int)bytes_sub(word, 0, 80).n, (const char *)word.p, rule_kind_name(kind),
			  meant);
}

static void select_item(struct rule *rule, enum guard_item item, enum guard_action action)
{
	rule->items |= (uint64_t)1 << item;
	rule->item_action[item] = (uint8_t)action;
}

/* Of items that may only alert, "all: block" says alert. */
static void select_all(struct rule *rule, enum guard_action action)
{
	size_t count;
	const struct rule_item *items = rule_items(&count);
	for (size_t i = 0; i < count; i++) {
		bool only = items[i].alert_only && action == GUARD_BLOCK;
		if (items[i].kind == rule->kind)
			select_item(rule, items[i].item, only ? GUARD_ALERT : action);
	}
}

static int take_item(struct field_reader *r, const struct node *n, struct bytes word,
		     enum guard_action action, struct rule *rule)
{
	char name[64];
	(void)snprintf(name, sizeof name, "%.*s", (int)bytes_sub(word, 0, 63).n,
		       (const char *)word.p);
	const struct rule_item *item = rule_item_by_name(name);
	if (item == NULL || item->kind != rule->kind || word.n != strlen(name))
		return unknown_item(r, n, word, rule->kind);
	if (item->alert_only && action == GUARD_BLOCK)
		return field_fail(r, n,
				  "item \"%s\" is seen, but cannot be blocked: give it the action "
				  "alert",
				  name);
	select_item(rule, item->item, action);
	return 0;
}

/* {release-agent: block, all: alert}: "all" first, whatever the order. */
static int read_item_map(struct field_reader *r, const struct node *n, struct rule *rule)
{
	const struct node *all = node_get(n, "all");
	enum guard_action action = GUARD_PASS;
	if (field_once(r, n) < 0)
		return -1;
	if (all != NULL) {
		if (read_action(r, all, &action) < 0)
			return -1;
		select_all(rule, action);
	}
	for (const struct node *m = n->first; m != NULL; m = m->next) {
		if (bytes_equal(m->key, BYTES_LIT("all")))
			continue;
		if (read_action(r, m, &action) < 0 || take_item(r, m, m->key, action, rule) < 0)
			return -1;
	}
	return 0;
}

static int read_items(struct field_reader *r, const struct node *n, void *out)
{
	struct rule *rule = out;
	bool single = n->kind == NODE_STRING;
	if (n->kind == NODE_MAP && n->count > 0)
		return read_item_map(r, n, rule);
	if (!single && (n->kind != NODE_LIST || n->count == 0))
		return field_fail(
			r, n,
			"\"items\" must be \"all\", a list of items, or a map of items and "
			"their actions");
	for (const struct node *m = single ? n : n->first; m != NULL; m = single ? NULL : m->next) {
		if (m->kind != NODE_STRING)
			return field_fail(r, m, "each item must be a name");
		if (bytes_equal(m->text, BYTES_LIT("all")))
			select_all(rule, rule->action);
		else if (take_item(r, m, m->text, rule->action, rule) < 0)
			return -1;
	}
	return 0;
}

static int read_item_criteria(struct field_reader *r, const struct node *n, struct rule *rule)
{
	static const struct field fields[] = {
		{ "items", read_items, 0, true },
		{ 0 },
	};
	return fields_read(r, n, fields, "criteria", rule, NULL);
}

/* --- files ------------------------------------------------------------------------------ */

static int take_operation(struct field_reader *r, const struct node *n, uint32_t *ops)
{
	char meant[GUESS_TEXT];
	struct guess guess = guess_of(n->text);
	if (bytes_equal(n->text, BYTES_LIT("all"))) {
		*ops |= FILE_OP_ALL_CHANGES;
		return 0;
	}
	for (uint32_t op = 1; op <= FILE_OP_READ; op <<= 1) {
		const char *name = rule_file_op_name((enum guard_file_op)op);
		if (n->kind == NODE_STRING && bytes_equal(n->text, bytes_str(name))) {
			*ops |= op;
			return 0;
		}
		guess_try(&guess, bytes_str(name));
	}
	guess_text(&guess, "", meant);
	return field_fail(r, n, "there is no operation \"%.*s\".%s",
			  (int)bytes_sub(n->text, 0, 80).n, (const char *)n->text.p, meant);
}

static int read_operations(struct field_reader *r, const struct node *n, void *out)
{
	uint32_t ops = 0;
	if (n->kind == NODE_STRING) {
		if (take_operation(r, n, &ops) < 0)
			return -1;
	} else if (n->kind != NODE_LIST || n->count == 0) {
		return field_fail(r, n, "\"operations\" must be \"all\" or a list of operations");
	}
	for (const struct node *m = n->first; m != NULL; m = m->next)
		if (take_operation(r, m, &ops) < 0)
			return -1;
	*(uint32_t *)out = ops;
	return 0;
}

/* The kernel programs compare ends of names. */
static int read_endings(struct field_reader *r, const struct node *n, void *out)
{
	struct rule_list *l = out;
	if (read_list(r, n, l) < 0)
		return -1;
	for (size_t i = 0; i < l->count; i++) {
		size_t length = strlen(l->value[i]);
		if (l->value[i][0] != '*' || length < 2 || length > GUARD_SUFFIX_BYTES ||
		    strpbrk(l->value[i] + 1, "*?/") != NULL)
			return field_fail(r, n,
					  "\"%.80s\" must be \"*\" and an ending of 1 to %d bytes, "
					  "as in *.php; one file is named in \"directories\"",
					  l->value[i], GUARD_SUFFIX_BYTES - 1);
	}
	return 0;
}

static int read_file_criteria(struct field_reader *r, const struct node *n, struct rule *rule)
{
	static const struct field fields[] = {
		{ "directories", read_paths, offsetof(struct rule_file_criteria, directories),
		  true },
		{ "include", read_endings, offsetof(struct rule_file_criteria, include), false },
		{ "exclude", read_endings, offsetof(struct rule_file_criteria, exclude), false },
		{ "operations", read_operations, offsetof(struct rule_file_criteria, ops), false },
		{ "restore_from", read_path, offsetof(struct rule_file_criteria, restore_from),
		  false },
		{ 0 },
	};
	struct rule_file_criteria *f = &rule->file;
	f->ops = FILE_OP_ALL_CHANGES;
	if (fields_read(r, n, fields, "criteria", f, NULL) < 0)
		return -1;
	if (f->include.count + f->exclude.count > GUARD_SUFFIXES)
		return field_fail(r, n, "\"include\" and \"exclude\" have more than %d endings",
				  GUARD_SUFFIXES);
	select_item(rule, ITEM_FILE, rule->action);
	return 0;
}

int read_criteria(struct field_reader *r, const struct node *n, void *out)
{
	struct rule *rule = out;
	return rule->kind == RULE_FILE ? read_file_criteria(r, n, rule)
				       : read_item_criteria(r, n, rule);
}
