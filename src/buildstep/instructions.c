/* Engine "instruction": rules about the words of an instruction. Their keys:
 *   instructions             which, as ["ADD", "COPY"]
 *   word, word_not           a glob of one of its words, and exceptions; of COPY and ADD
 *                            the sources only, with `target` the destination
 *   flag, flag_not           a glob of a flag that must (must not) be there
 *   form                     "shell" or "exec"
 *   name, name_not           of ENV, ARG, LABEL: a glob of a name in any case, …
 *   value, value_not         … and of its value
 *   no_value                 ARG without a default
 *   literal                  the value is no variable and not empty
 *   text                     a glob of all that stands behind the keyword
 *   onbuild                  only behind ONBUILD
 */
#include "buildstep/engine.h"

/* Sources are all words but the last. */
static size_t words_meant(const struct step *s)
{
	bool has_target = (s->op == OP_ADD || s->op == OP_COPY) && s->word_count > 0;
	return s->word_count - has_target;
}

static const struct word *find_word(const struct judging *j, const struct step *s)
{
	const struct node *like = rule_node(j, "word"), *not = rule_node(j, "word_not");
	for (size_t i = 0; i < words_meant(s); i++)
		if (any_glob(like, s->words[i].expanded, false) &&
		    !any_glob(not, s->words[i].expanded, true))
			return &s->words[i];
	return NULL;
}

static bool flags_fit(const struct judging *j, const struct step *s, const struct word **ret)
{
	const struct node *with = rule_node(j, "flag"), *without = rule_node(j, "flag_not");
	bool found = with == NULL;
	for (size_t i = 0; i < s->flag_count; i++) {
		if (any_glob(without, s->flags[i].expanded, false))
			return false;
		if (!found && any_glob(with, s->flags[i].expanded, false)) {
			found = true;
			*ret = &s->flags[i];
		}
	}
	return found;
}

/* What another place gives is no value that stands here. */
static bool is_reference(struct bytes v)
{
	return v.n == 0 || v.p[0] == '$' || (v.n > 1 && v.p[0] == '<' && v.p[v.n - 1] == '>') ||
	       (v.n > 1 && v.p[0] == '{' && v.p[1] == '{');
}

static bool value_fits(const struct judging *j, const struct pair *p)
{
	const struct node *like = rule_node(j, "value"), *not = rule_node(j, "value_not");
	struct bytes v = text_bytes(p->value.value);
	if (node_bool(j->rule->entry->table, "no_value", false))
		return !p->has_value;
	if (node_bool(j->rule->entry->table, "literal", false) &&
	    (!p->has_value || is_reference(v)))
		return false;
	return (like == NULL || any_glob(like, v, false)) && !any_glob(not, v, true);
}

static const struct pair *find_pair(const struct judging *j, const struct step *s)
{
	const struct node *like = rule_node(j, "name"), *not = rule_node(j, "name_not");
	for (size_t i = 0; i < s->pair_count; i++) {
		struct bytes name = text_bytes(s->pairs[i].name.value);
		if ((like == NULL || any_glob(like, name, true)) && !any_glob(not, name, true) &&
		    value_fits(j, &s->pairs[i]))
			return &s->pairs[i];
	}
	return NULL;
}

static bool form_fits(const struct judging *j, const struct step *s)
{
	struct bytes form = node_text(j->rule->entry->table, "form");
	if (form.n == 0)
		return true;
	return bytes_equal(form, BYTES_LIT("exec")) ? s->json : !s->json;
}

static bool target_fits(const struct judging *j, const struct step *s)
{
	const struct node *like = rule_node(j, "target");
	return like == NULL ||
	       (s->word_count > 0 && any_glob(like, s->words[s->word_count - 1].expanded, false));
}

/* --- fixes ------------------------------------------------------------------------------ */

static void replace_in(struct fix *f, const struct word *w, const struct node *pair)
{
	struct bytes v = text_bytes(w->value), from = pair->first->text;
	ptrdiff_t place = bytes_find(v, from);
	if (place < 0) {
		f->impossible = true;
		return;
	}
	size_t at = (size_t)place;
	fix_replace(f, w->value.at[at], w->value.at[at + from.n - 1] + 1, pair->first->next->text);
}

static void make_fix(struct judging *j, struct hit *h, const struct word *meant)
{
	const struct node *fix = j->rule->fix, *replace;
	const struct step *s = h->step;
	struct bytes text;
	if (fix == NULL)
		return;
	text = node_text(fix, "keyword");
	if (text.n > 0)
		fix_replace(&h->fix, s->keyword_at, s->keyword_at + (uint32_t)s->keyword.n, text);
	text = node_text(fix, "line");
	if (text.n > 0)
		fix_replace(&h->fix, s->from, s->to, text);
	if (node_bool(fix, "delete", false))
		fix_delete_step(&h->fix, j->b, s);
	replace = node_get(fix, "replace");
	if (replace != NULL && replace->count == 2 && meant != NULL)
		replace_in(&h->fix, meant, replace);
	if (node_bool(fix, "drop_flag", false) && meant != NULL)
		fix_replace(&h->fix, meant->from, meant->to + 1, bytes_of(NULL, 0));
	h->fix.impossible = h->fix.impossible || s->onbuild;
}

static struct bytes behind_keyword(const struct judging *j, const struct step *s)
{
	return bytes_sub(j->b->source, s->keyword_at + s->keyword.n, s->to);
}

static bool fires(const struct judging *j, const struct step *s, const struct word **ret)
{
	const struct node *text = rule_node(j, "text");
	*ret = NULL;
	if ((j->rule->ops >> s->op & 1) == 0 || !step_in_scope(j, s))
		return false;
	if (!flags_fit(j, s, ret) || !form_fits(j, s) || !target_fits(j, s))
		return false;
	if (text != NULL && !any_glob(text, behind_keyword(j, s), false))
		return false;
	if (node_bool(j->rule->entry->table, "onbuild", false) && !s->onbuild)
		return false;
	if (rule_node(j, "word") != NULL && (*ret = find_word(j, s)) == NULL)
		return false;
	if (rule_node(j, "name") != NULL || rule_node(j, "value") != NULL) {
		const struct pair *p = find_pair(j, s);
		*ret = p == NULL ? NULL : &p->value;
		return p != NULL;
	}
	return true;
}

int judge_instructions(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct word *meant;
		if (!fires(j, &j->b->steps[i], &meant))
			continue;
		struct hit h = hit_step(&j->b->steps[i]);
		make_fix(j, &h, meant);
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}
