/* Engine "command": rules about a command of an instruction. Their keys:
 *   program, verb            what is started (a glob of its name), its first operands
 *   with, without            an option or word that must (must not) be there; "-y" also
 *                            in a cluster as "-qqy"
 *   operand, operand_not     a glob of an operand behind the verb, and exceptions
 *   pinned, skip             fires for an operand that is like none of them
 *   no_operands              fires only when there is none
 *   values                   options that take the next word
 *   assign, without_assign   a variable set for the command, and exceptions
 *   target, unless_target    file that its output goes to
 *   script                   with pipe_to: the program takes what it reads as its script
 *   pipe_to, not_pipe_to     a program that reads what it writes
 *   unless, unless_any       a command, as text, later in the instruction, anywhere in it
 *   unless_env               "NAME" or "NAME=glob" that ENV, ARG or export sets
 *   unless_mount             a target of RUN --mount=type=cache or tmpfs
 */
#include "buildstep/engine.h"

enum { FLAT_MAX = 8192 };

struct bytes word_bytes(const struct command *c, size_t i)
{
	return text_bytes(c->words[i].value);
}

/* --- words ------------------------------------------------------------------------------ */

static bool is_option(struct bytes w)
{
	return w.n > 1 && w.p[0] == '-';
}

/* "-y" is in "-qqy", but not in "--yes" nor in "-o=y". */
static bool option_is(struct bytes glob, struct bytes w)
{
	if (glob_match(glob, w, false))
		return true;
	bool letter = glob.n == 2 && glob.p[0] == '-' && glob.p[1] != '-' && glob.p[1] != '*';
	if (!letter || w.n < 3 || w.n > 10 || w.p[0] != '-' || w.p[1] == '-')
		return false;
	for (size_t i = 1; i < w.n; i++)
		if ((w.p[i] | 32) < 'a' || (w.p[i] | 32) > 'z')
			return false;
	return bytes_index(bytes_sub(w, 1, w.n), glob.p[1]) >= 0;
}

static bool any_option(const struct node *list, struct bytes w)
{
	for (const struct node *n = list == NULL ? NULL : list->first; n != NULL; n = n->next)
		if (option_is(n->text, w))
			return true;
	return false;
}

static size_t find_word(const struct command *c, const struct node *list)
{
	for (size_t i = command_first(c); i < c->count; i++)
		if (any_option(list, word_bytes(c, i)))
			return i;
	return c->count;
}

/* The next operand from i on. */
static size_t next_operand(const struct judging *j, const struct command *c, size_t i)
{
	const struct node *values = rule_node(j, "values");
	for (; i < c->count; i++) {
		struct bytes w = word_bytes(c, i);
		if (!is_option(w))
			return i;
		if (any_glob(values, w, false))
			i++;
	}
	return c->count;
}

/* The last word of the verb ("install", "config set"); count: another verb. */
static size_t find_verb(const struct judging *j, const struct command *c, const struct node *verbs)
{
	size_t one = next_operand(j, c, command_first(c));
	if (one == c->count)
		return c->count;
	size_t two = next_operand(j, c, one + 1);
	for (const struct node *n = verbs->first; n != NULL; n = n->next) {
		struct bytes rest = n->text, first, second;
		if (!bytes_next_field(&rest, ' ', &first) ||
		    !glob_match(first, word_bytes(c, one), false))
			continue;
		if (!bytes_next_field(&rest, ' ', &second))
			return one;
		if (two < c->count && glob_match(second, word_bytes(c, two), false))
			return two;
	}
	return c->count;
}

/* --- the instruction around it ---------------------------------------------------------------- */

static struct bytes flat(const struct command *c, uint8_t out[FLAT_MAX])
{
	size_t n = 0;
	for (size_t i = c->program; i < c->count; i++) {
		struct bytes w = i == c->program ? c->name : word_bytes(c, i);
		if (n + w.n + 1 > FLAT_MAX)
			break;
		if (i > c->program)
			out[n++] = ' ';
		if (w.n > 0)
			memcpy(out + n, w.p, w.n);
		n += w.n;
	}
	return bytes_of(out, n);
}

/* Behind the begin of the last command that is like one of these; 0: none is. */
static uint32_t last_command(const struct step *s, const struct node *globs)
{
	uint8_t text[FLAT_MAX];
	uint32_t last = 0;
	for (size_t i = 0; globs != NULL && i < s->command_count; i++) {
		const struct command *c = &s->commands[i];
		if (c->from >= last && c->program < c->count &&
		    any_glob(globs, flat(c, text), false))
			last = c->from + 1;
	}
	return last;
}

/* Asked once an instruction: it may have many commands. */
static bool is_made_good(struct judging *j, const struct step *s, const struct command *c)
{
	if (j->asked != s) {
		j->asked = s;
		j->unless = last_command(s, rule_node(j, "unless"));
		j->unless_any = last_command(s, rule_node(j, "unless_any")) > 0;
	}
	return j->unless_any || j->unless > c->from;
}

static bool sets(const struct command *c, size_t end, struct bytes name, struct bytes glob)
{
	for (size_t i = 0; i < end && i < c->count; i++) {
		struct bytes w = word_bytes(c, i);
		if (w.n > name.n && bytes_starts_with(w, name) && w.p[name.n] == '=' &&
		    glob_match(glob, bytes_sub(w, name.n + 1, w.n), false))
			return true;
	}
	return false;
}

/* Set for this command, by export before it, by ENV or ARG. */
static bool has_variable(const struct judging *j, const struct step *s, const struct command *c,
			 struct bytes name, struct bytes glob)
{
	struct bytes value;
	if (sets(c, c->program, name, glob))
		return true;
	for (size_t i = 0; i < s->command_count; i++) {
		const struct command *o = &s->commands[i];
		if (o->from < c->from &&
		    (bytes_equal(o->name, BYTES_LIT("export")) || o->program == o->count) &&
		    sets(o, o->count, name, glob))
			return true;
	}
	return build_variable(j->b, (uint32_t)(s - j->b->steps), name, &value) &&
	       glob_match(glob, value, false);
}

static bool is_set(const struct judging *j, const struct step *s, const struct command *c)
{
	const struct node *list = rule_node(j, "unless_env");
	for (const struct node *n = list == NULL ? NULL : list->first; n != NULL; n = n->next) {
		ptrdiff_t equals = bytes_index(n->text, '=');
		struct bytes name = equals < 0 ? n->text : bytes_sub(n->text, 0, (size_t)equals);
		struct bytes glob = equals < 0 ? BYTES_LIT("*")
					       : bytes_sub(n->text, (size_t)equals + 1, n->text.n);
		if (has_variable(j, s, c, name, glob))
			return true;
	}
	return false;
}

static bool is_mounted(const struct step *s, const struct node *targets)
{
	for (size_t i = 0; targets != NULL && i < s->flag_count; i++) {
		struct bytes v = s->flags[i].expanded, part;
		bool keeps_nothing = false, there = false;
		if (!bytes_starts_with(v, BYTES_LIT("--mount=")))
			continue;
		v = bytes_sub(v, 8, v.n);
		while (bytes_next_field(&v, ',', &part)) {
			ptrdiff_t equals = bytes_index(part, '=');
			struct bytes value = bytes_sub(part, (size_t)(equals + 1), part.n);
			keeps_nothing = keeps_nothing ||
					bytes_equal(part, BYTES_LIT("type=cache")) ||
					bytes_equal(part, BYTES_LIT("type=tmpfs"));
			bool target = bytes_starts_with(part, BYTES_LIT("target=")) ||
				      bytes_starts_with(part, BYTES_LIT("dst=")) ||
				      bytes_starts_with(part, BYTES_LIT("destination="));
			while (value.n > 1 && value.p[value.n - 1] == '/')
				value.n--;
			there = there || (target && any_glob(targets, value, false));
		}
		if (keeps_nothing && there)
			return true;
	}
	return false;
}

/* --- pipes -------------------------------------------------------------------------------------- */

/* Whether a program takes its script from standard input: "bash", "bash -s -- x", "sh -". */
static bool reads_input(const struct command *c)
{
	for (size_t i = command_first(c); i < c->count; i++) {
		struct bytes w = word_bytes(c, i);
		bool stdin_word = bytes_equal(w, BYTES_LIT("-")) ||
				  bytes_equal(w, BYTES_LIT("/dev/stdin")) ||
				  bytes_equal(w, BYTES_LIT("-s"));
		if (stdin_word)
			return true;
		if (!is_option(w) || option_is(BYTES_LIT("-c"), w))
			return option_is(BYTES_LIT("-c"), w) ? false : c->words[i].dynamic;
		if (option_is(BYTES_LIT("-s"), w))
			return true;
	}
	return true;
}

static bool goes_to(const struct step *s, const struct command *c, const struct node *programs,
		    bool script)
{
	for (const struct command *o = c + 1; o < s->commands + s->command_count; o++) {
		if (o->pipeline != c->pipeline || o->link != LINK_PIPE || o->parent != c->parent)
			break;
		if (any_glob(programs, o->name, false) && (!script || reads_input(o)))
			return true;
	}
	return false;
}

/* Its output becomes a word of another: sh -c "$(…)", eval "$(…)", bash <(…). */
static bool becomes_script(const struct step *s, const struct command *c,
			   const struct node *programs)
{
	if (c->parent >= s->command_count || c->told_by_parent)
		return false;
	const struct command *parent = &s->commands[c->parent];
	if (parent->program == parent->count)
		return false;
	/* A substitution that begins a script is run by its shell. */
	bool runs_it = parent->words[parent->program].from <= c->from &&
		       parent->words[parent->program].to >= c->to;
	return runs_it || any_glob(programs, parent->name, false);
}

static bool pipes_fit(const struct judging *j, const struct step *s, const struct command *c)
{
	const struct node *to = rule_node(j, "pipe_to"), *not_to = rule_node(j, "not_pipe_to");
	if (to != NULL && !goes_to(s, c, to, node_bool(j->rule->entry->table, "script", false)) &&
	    !becomes_script(s, c, to))
		return false;
	return not_to == NULL || (!goes_to(s, c, not_to, false) && !becomes_script(s, c, not_to));
}

/* --- a rule ------------------------------------------------------------------------------------- */

struct place { /* what of a command made the rule fire */
	size_t verb, option, operand;
};

/* An operand that is like none of the pinned ones. */
static size_t find_unpinned(const struct judging *j, const struct command *c, size_t from)
{
	const struct node *pinned = rule_node(j, "pinned"), *skip = rule_node(j, "skip");
	for (size_t i = next_operand(j, c, from); i < c->count; i = next_operand(j, c, i + 1))
		if (!c->words[i].dynamic && !any_glob(pinned, word_bytes(c, i), false) &&
		    !any_glob(skip, word_bytes(c, i), false))
			return i;
	return c->count;
}

static size_t find_operand(const struct judging *j, const struct command *c, size_t from)
{
	const struct node *like = rule_node(j, "operand"), *not = rule_node(j, "operand_not");
	for (size_t i = next_operand(j, c, from); i < c->count; i = next_operand(j, c, i + 1))
		if (any_glob(like, word_bytes(c, i), true) &&
		    !any_glob(not, word_bytes(c, i), true))
			return i;
	return c->count;
}

static bool words_fit(const struct judging *j, const struct command *c, struct place *p)
{
	const struct node *verb = rule_node(j, "verb"), *with = rule_node(j, "with");
	const struct node *without = rule_node(j, "without");
	*p = (struct place){ c->count, c->count, c->count };
	size_t from = command_first(c);
	if (verb != NULL) {
		p->verb = find_verb(j, c, verb);
		if (p->verb == c->count)
			return false;
		from = p->verb + 1;
	}
	if (with != NULL && (p->option = find_word(c, with)) == c->count)
		return false;
	if (without != NULL && find_word(c, without) < c->count)
		return false;
	if (node_bool(j->rule->entry->table, "no_operands", false) &&
	    next_operand(j, c, from) < c->count)
		return false;
	if (rule_node(j, "operand") != NULL && (p->operand = find_operand(j, c, from)) == c->count)
		return false;
	return rule_node(j, "pinned") == NULL ||
	       (p->operand = find_unpinned(j, c, from)) < c->count;
}

static bool assigns(const struct command *c, const struct node *globs, const struct node * not )
{
	bool all = bytes_equal(c->name, BYTES_LIT("export")) || c->program == c->count;
	for (size_t i = 0; i < (all ? c->count : c->program); i++)
		if (any_glob(globs, word_bytes(c, i), false) &&
		    !any_glob(not, word_bytes(c, i), false))
			return true;
	return false;
}

static bool fires(struct judging *j, const struct step *s, const struct command *c, struct place *p)
{
	const struct node *program = rule_node(j, "program"), *assign = rule_node(j, "assign");
	const struct node *target = rule_node(j, "target");
	if (program != NULL && (c->program == c->count || !any_glob(program, c->name, false)))
		return false;
	if (assign != NULL && !assigns(c, assign, rule_node(j, "without_assign")))
		return false;
	if (target != NULL && !any_glob(target, c->target, false))
		return false;
	if (!words_fit(j, c, p) || !pipes_fit(j, s, c))
		return false;
	if (any_glob(rule_node(j, "unless_target"), c->target, false))
		return false;
	return !is_made_good(j, s, c) && !is_set(j, s, c) &&
	       !is_mounted(s, rule_node(j, "unless_mount"));
}

/* --- fixes -------------------------------------------------------------------------------------- */

/* The word and the blanks before it; of a cluster only the letter. */
static void drop_word(struct fix *f, const struct command *c, size_t i, const struct node *list)
{
	struct word w = c->words[i];
	struct bytes v = text_bytes(w.value);
	bool cluster = v.n > 2 && v.p[0] == '-' && v.p[1] != '-' && !any_glob(list, v, false);
	uint32_t before = i > 0 ? c->words[i - 1].to : w.from;
	for (const struct node *n = list->first; n != NULL && cluster; n = n->next) {
		ptrdiff_t at = n->text.n == 2 ? bytes_index(v, n->text.p[1]) : -1;
		if (at > 0)
			fix_replace(f, w.value.at[at], w.value.at[at] + 1, bytes_of(NULL, 0));
	}
	if (!cluster)
		fix_replace(f, before, w.to, bytes_of(NULL, 0));
}

static void fix_drop(struct judging *j, struct fix *f, const struct command *c)
{
	const struct node *with = rule_node(j, "with");
	for (size_t i = command_first(c); i < c->count && with != NULL; i++)
		if (any_option(with, word_bytes(c, i)))
			drop_word(f, c, i, with);
}

/* "… && text" behind all of a RUN, or a line of its own in a heredoc. */
static void fix_append(struct judging *j, struct fix *f, const struct step *s, struct bytes text)
{
	const struct heredoc *d = s->doc_count > 0 ? &s->docs[s->doc_count - 1] : NULL;
	uint32_t at = s->args.n > 0 ? s->args.at[s->args.n - 1] + 1 : s->to;
	if (s->json || (d != NULL && (!d->closed || s->doc_count > 1)))
		f->impossible = true;
	else if (d != NULL)
		fix_replace(f, d->end, d->end,
			    fix_text(j, "%.*s\n", (int)text.n, (const char *)text.p));
	else
		fix_replace(f, at, at, fix_text(j, " && %.*s", (int)text.n, (const char *)text.p));
}

/* ["from", "to"]: in every operand that the rule is about. */
static void fix_words(struct judging *j, struct fix *f, const struct command *c,
		      const struct node *pair)
{
	if (pair->count != 2)
		return;
	struct bytes from = pair->first->text, to = pair->first->next->text;
	const struct node *like = rule_node(j, "operand");
	for (size_t i = command_first(c); i < c->count; i++) {
		struct word w = c->words[i];
		struct bytes v = text_bytes(w.value);
		ptrdiff_t place = bytes_find(v, from);
		if (place < 0 || (like != NULL && !any_glob(like, v, true)))
			continue;
		size_t at = (size_t)place;
		fix_replace(f, w.value.at[at], w.value.at[at + from.n - 1] + 1, to);
	}
}

static void make_fix(struct judging *j, struct hit *h, const struct place *p)
{
	const struct node *fix = j->rule->fix;
	const struct command *c = h->command;
	struct bytes text;
	if (fix == NULL || (h->step->json && node_get(fix, "append") != NULL))
		return;
	text = node_text(fix, "after_verb");
	size_t verb = p->verb < c->count ? p->verb : c->program;
	if (text.n > 0 && verb < c->count && !c->words[verb].quoted)
		fix_replace(&h->fix, c->words[verb].to, c->words[verb].to,
			    fix_text(j, " %.*s", (int)text.n, (const char *)text.p));
	text = node_text(fix, "program");
	if (text.n > 0)
		fix_replace(&h->fix, c->words[c->program].from, c->words[c->program].to, text);
	text = node_text(fix, "verb");
	if (text.n > 0 && p->verb < c->count)
		fix_replace(&h->fix, c->words[p->verb].from, c->words[p->verb].to, text);
	text = node_text(fix, "before");
	if (text.n > 0)
		fix_replace(&h->fix, c->from, c->from,
			    fix_text(j, "%.*s ", (int)text.n, (const char *)text.p));
	if (node_bool(fix, "drop", false))
		fix_drop(j, &h->fix, c);
	text = node_text(fix, "append");
	if (text.n > 0)
		fix_append(j, &h->fix, h->step, text);
	if (node_get(fix, "replace") != NULL)
		fix_words(j, &h->fix, c, node_get(fix, "replace"));
	h->fix.impossible = h->fix.impossible ||
			    (h->step->json && h->fix.n > 0 && node_get(fix, "replace") == NULL);
}

/* Of a pipe all of it is shown, of a text for a shell the command that runs it. */
static void show_pipe(struct hit *h)
{
	const struct step *s = h->step;
	const struct command *c = h->command;
	if (c->parent < s->command_count && s->commands[c->parent].from < c->from) {
		h->from = s->commands[c->parent].from;
		h->to = s->commands[c->parent].to;
	}
	for (const struct command *o = c + 1; o < s->commands + s->command_count; o++) {
		if (o->pipeline != c->pipeline || o->link != LINK_PIPE || o->parent != c->parent)
			return;
		h->from = c->from;
		h->to = o->to;
	}
}

int judge_commands(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		if ((j->rule->ops >> s->op & 1) == 0 || !step_in_scope(j, s))
			continue;
		for (size_t k = 0; k < s->command_count && !judge_is_full(j); k++) {
			struct place p;
			if (s->commands[k].header || !fires(j, s, &s->commands[k], &p))
				continue;
			struct hit h = hit_command(s, &s->commands[k]);
			if (rule_node(j, "pipe_to") != NULL)
				show_pipe(&h);
			make_fix(j, &h, &p);
			if (judge_tell(j, &h) < 0)
				return -1;
		}
	}
	return 0;
}
