/* The rules of the set as tables of patterns, and the literals they are looked for by.
 *
 *   why = "fetches a program and runs it"
 *   languages = ["shell"]       none: any
 *   paths = ["etc/cron*"]       globs; none: any file
 *   any = ['''…''']             each alone is enough
 *   all = [['''…'''], …]        one of each list,
 *   near = 5                    all within so many lines; absent: anywhere in the file
 *   points = [[40, '''…'''], …] what they are worth together,
 *   enough = 100
 *   unless = ['''…''']          anywhere in the file: then the rule is silent
 *   except = ['''…''']          in the line: then that line does not count
 *   alone = true                told only when no other rule is
 *
 * A pattern is looked for by the literals in it. One without any is tried at every line of
 * a rule that has paths, else near the hits of the rule's other lists of `all`.
 */
#include "script/internal.h"

struct reader {
	struct script_rules *r;
	const struct check_entry *entry;
	struct rule *rule;
	struct atom *atoms; /* room for all literals */
	struct map known[2]; /* literals by their numbers; of any case */
	size_t atom_room;
	struct error *err;
};

/* What says that constants may hold texts; searched for with the patterns' literals. */
static const char *const triggers[] = {
	"base64",      "b64",    "fromhex",      "unhexlify", "xxd",        "-enc",
	"decompress",  "gunzip", "inflate",      "unpack",    "atob(",      "buffer.from",
	"rot13",       "rot_13", "fromcharcode", "chr(",      "[char]",     "codecs.",
	"openssl enc", "zcat",   "gzip -d",      "bytes(",    "bytearray(", "'hex'",
	"\"hex\"",     "strrev", "| rev",        "|rev",      "[::-1]",     "base32",
	"string.char",
};

/* What hides words from a search for them until the text is in its normal form; behind the
 * first ones, what does so where strings are joined by dots. */
static const char *const hiders[] = { "\\x6", "\\x7", "\\u00", "'+'", "\"+\"", "' + '", "\" + \"",
				      "\\14", "\\15", "\\16",  "'.'", "\".\"", "' . '", "\" . \"" };
enum { DOTS = 4 };

static int wrong(const struct reader *in, uint32_t line, const char *what)
{
	return error_set(in->err, ERR_MALFORMED, "line %u of a rule of scripts: %s", line, what);
}

static int no_memory(const struct reader *in)
{
	return error_set(in->err, ERR_MEMORY, "no memory for the rules of scripts");
}

/* --- patterns ------------------------------------------------------------------------------ */

/* A literal of several patterns is looked for once. Owners of literals come first in the
 * table, by the literals' numbers; those that share one follow behind atom_room. */
static int add_literal(struct reader *in, const struct pattern *p, struct bytes literal)
{
	struct script_rules *r = in->r;
	uint32_t pattern = (uint32_t)(p - r->patterns);
	bool is_new;
	uint64_t *number = map_put(&in->known[p->any_case], literal, &is_new);
	if (number == NULL)
		return no_memory(in);
	if (r->literal_n == in->atom_room || r->owner_n == in->atom_room)
		return wrong(in, p->line, "too many patterns");
	if (is_new) {
		*number = r->literal_n;
		in->atoms[r->literal_n] = (struct atom){ literal, p->any_case };
		r->owners[r->literal_n++] = (struct owner){ .pattern = pattern };
		return 0;
	}
	struct owner *first = &r->owners[*number];
	uint32_t at = (uint32_t)(in->atom_room + r->owner_n++);
	r->owners[at] = (struct owner){ .pattern = pattern, .next = first->next };
	first->next = at;
	return 0;
}

static int add_literals(struct reader *in, struct pattern *p)
{
	struct literals l;
	struct bytes expression = p->expression;
	p->any_case = bytes_starts_with(expression, BYTES_LIT("(?i)"));
	if (!script_literals(expression, &in->r->arena, &l)) {
		bool follows = in->rule->groups[p->group].kind == GROUP_ALL &&
			       in->rule->near >= 0 && in->rule->near <= NEAR_MOST;
		if (in->rule->paths.n == 0 && !follows)
			return error_set(in->err, ERR_MALFORMED,
					 "line %u of a rule of scripts: each way to match %s must "
					 "have %d plain characters in a row",
					 p->line, p->source, LITERAL_LEAST);
		p->plain = false;
		in->rule->groups[p->group].follows = true;
		return 0;
	}
	p->plain = true;
	in->rule->groups[p->group].leads = true;
	for (size_t i = 0; i < l.n; i++)
		if (add_literal(in, p, l.list[i]) < 0)
			return -1;
	return 0;
}

static int add_pattern(struct reader *in, const struct node *n, uint8_t group, bool except)
{
	struct pattern *p = &in->r->patterns[in->r->pattern_n];
	if (n->kind != NODE_STRING || n->text.n == 0)
		return wrong(in, n->line, "a pattern must be a text");
	p->source = (const char *)n->text.p;
	p->line = n->line;
	p->rule = in->rule;
	p->group = group;
	p->except = except;
	if (script_expand(p->source, &in->r->arena, &p->expression, in->err) < 0)
		return error_wrap(in->err, "line %u of a rule of scripts", n->line);
	in->r->pattern_n++;
	return except ? 0 : add_literals(in, p);
}

/* --- groups --------------------------------------------------------------------------------- */

static struct group *add_group(struct reader *in, enum group_kind kind)
{
	if (in->rule->group_n == GROUPS_MOST)
		return NULL;
	struct group *g = &in->rule->groups[in->rule->group_n++];
	g->kind = kind;
	return g;
}

/* Patterns of the list from its member `from` on make one group. */
static int read_group(struct reader *in, const struct node *list, enum group_kind kind,
		      const struct node *from)
{
	if (list == NULL)
		return 0;
	if (list->kind != NODE_LIST)
		return wrong(in, list->line, "patterns must be a list");
	if (add_group(in, kind) == NULL)
		return wrong(in, list->line, "too many lists of patterns");
	uint8_t group = (uint8_t)(in->rule->group_n - 1);
	for (const struct node *n = from; n != NULL; n = n->next)
		if (add_pattern(in, n, group, false) < 0)
			return -1;
	return 0;
}

static int read_groups(struct reader *in, const struct node *lists, enum group_kind kind)
{
	if (lists == NULL)
		return 0;
	if (lists->kind != NODE_LIST)
		return wrong(in, lists->line, "this must be a list of lists");
	for (const struct node *l = lists->first; l != NULL; l = l->next) {
		const struct node *from = l->first;
		uint64_t points = 0;
		if (kind == GROUP_POINTS) {
			if (from == NULL || from->kind != NODE_NUMBER ||
			    !bytes_to_u64(from->text, &points) || points > 1000)
				return wrong(in, l->line, "points must be a number and patterns");
			from = from->next;
		}
		if (read_group(in, l, kind, from) < 0)
			return -1;
		in->rule->groups[in->rule->group_n - 1].points = (int)points;
	}
	return 0;
}

static int read_exceptions(struct reader *in, const struct node *list)
{
	for (const struct node *n = list == NULL ? NULL : list->first; n != NULL; n = n->next)
		if (add_pattern(in, n, NO_GROUP, true) < 0)
			return -1;
	return 0;
}

/* --- rules ------------------------------------------------------------------------------------- */

static int read_languages(struct reader *in, const struct node *list)
{
	if (list == NULL)
		in->rule->kinds = UINT32_MAX;
	for (const struct node *n = list == NULL ? NULL : list->first; n != NULL; n = n->next) {
		enum script_kind kind = script_kind_parse(n->text);
		if (kind == SCRIPT_KINDS)
			return error_set(in->err, ERR_MALFORMED,
					 "line %u of a rule of scripts: there is no language %s",
					 n->line, (const char *)n->text.p);
		in->rule->kinds |= 1U << kind;
	}
	return 0;
}

static int read_paths(struct reader *in, const struct node *list)
{
	if (list == NULL)
		return 0;
	const char **words = arena_array(&in->r->arena, list->count + 1, sizeof *words);
	if (words == NULL)
		return no_memory(in);
	for (const struct node *n = list->first; n != NULL; n = n->next)
		words[in->rule->paths.n++] = (const char *)n->text.p;
	in->rule->paths.p = words;
	return 0;
}

static int read_rule(struct reader *in)
{
	const struct node *t = in->entry->table;
	int64_t enough = 0;
	in->rule->number = in->entry->rule;
	in->rule->why = (const char *)node_text(t, "why").p;
	in->rule->alone = node_bool(t, "alone", false);
	in->rule->near = ANYWHERE;
	in->rule->groups = arena_array(&in->r->arena, GROUPS_MOST, sizeof *in->rule->groups);
	if (in->rule->groups == NULL)
		return no_memory(in);
	if (node_get(t, "near") != NULL && !node_i64(t, "near", &in->rule->near))
		return wrong(in, t->line, "\"near\" must be a number of lines");
	if (node_get(t, "enough") != NULL &&
	    (!node_i64(t, "enough", &enough) || enough < 1 || enough > 10000))
		return wrong(in, t->line, "\"enough\" must be a number of points");
	in->rule->enough = (int)enough;
	if (node_get(t, "points") != NULL && enough == 0)
		return wrong(in, t->line, "\"points\" need \"enough\"");
	if (read_languages(in, node_get(t, "languages")) < 0 ||
	    read_paths(in, node_get(t, "paths")) < 0 ||
	    read_exceptions(in, node_get(t, "except")) < 0)
		return -1;
	const struct node *any = node_get(t, "any"), *unless = node_get(t, "unless");
	if (read_group(in, any, GROUP_ANY, any == NULL ? NULL : any->first) < 0 ||
	    read_groups(in, node_get(t, "all"), GROUP_ALL) < 0 ||
	    read_groups(in, node_get(t, "points"), GROUP_POINTS) < 0 ||
	    read_group(in, unless, GROUP_UNLESS, unless == NULL ? NULL : unless->first) < 0)
		return -1;
	return 0;
}

static bool is_ours(const struct check_entry *e)
{
	return strcmp(e->engine, "script") == 0;
}

/* Texts of a rule, at most: room for its patterns. */
static size_t count_texts(const struct node *table)
{
	size_t n = 0;
	for (const struct node *m = table->first; m != NULL; m = m->next)
		for (const struct node *x = m->first; x != NULL; x = x->next)
			n += 1 + x->count;
	return n;
}

static int make_room(struct script_rules *r, const struct check_set *set, struct reader *in)
{
	size_t rules = 0, texts = 0;
	for (size_t i = 0; i < check_set_count(set); i++) {
		const struct check_entry *e = check_set_entry(set, i);
		if (!is_ours(e))
			continue;
		rules++;
		texts += count_texts(e->table);
	}
	in->atom_room = texts * 16 + LITERALS_MOST + sizeof triggers / sizeof triggers[0] +
			sizeof hiders / sizeof hiders[0];
	r->rules = arena_array(&r->arena, rules + 1, sizeof *r->rules);
	r->patterns = arena_array(&r->arena, texts + 1, sizeof *r->patterns);
	r->owners = arena_array(&r->arena, 2 * in->atom_room, sizeof *r->owners);
	in->atoms = arena_array(&r->arena, in->atom_room, sizeof *in->atoms);
	if (r->rules == NULL || r->patterns == NULL || r->owners == NULL || in->atoms == NULL)
		return no_memory(in);
	return 0;
}

static int add_triggers(struct reader *in)
{
	size_t n = sizeof triggers / sizeof triggers[0], more = sizeof hiders / sizeof hiders[0];
	if (in->atom_room - in->r->literal_n < n + more)
		return error_set(in->err, ERR_LIMIT, "too many patterns in the rules of scripts");
	in->r->first_trigger = (uint32_t)in->r->literal_n;
	for (size_t i = 0; i < n; i++)
		in->atoms[in->r->literal_n++] = (struct atom){ bytes_str(triggers[i]), true };
	in->r->first_hider = (uint32_t)in->r->literal_n;
	for (size_t i = 0; i < more; i++)
		in->atoms[in->r->literal_n++] = (struct atom){ bytes_str(hiders[i]), true };
	in->r->first_dot = (uint32_t)in->r->literal_n - DOTS;
	return atoms_build(in->atoms, in->r->literal_n, &in->r->atoms, in->err);
}

static int read_rules(struct reader *in, const struct check_set *set)
{
	struct script_rules *r = in->r;
	if (make_room(r, set, in) < 0)
		return -1;
	for (size_t i = 0; i < check_set_count(set); i++) {
		in->entry = check_set_entry(set, i);
		if (!is_ours(in->entry))
			continue;
		in->rule = &r->rules[r->rule_n++];
		if (read_rule(in) < 0)
			return -1;
	}
	return r->rule_n == 0 ? 0 : add_triggers(in);
}

int script_rules_read(const struct check_set *set, struct script_rules *r, struct error *err)
{
	enum { RULES_MEMORY = 64 * 1024 * 1024 };
	struct reader in = { .r = r, .err = err };
	r->arena = arena_max(RULES_MEMORY);
	map_init(&in.known[0]);
	map_init(&in.known[1]);
	int result = read_rules(&in, set);
	map_free(&in.known[0]);
	map_free(&in.known[1]);
	return result;
}

void script_rules_free(struct script_rules *r)
{
	for (size_t i = 0; i < r->pattern_n; i++)
		pcre2_code_free(r->patterns[i].code);
	atoms_free(r->atoms);
	arena_free(&r->arena);
}
