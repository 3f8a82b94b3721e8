/* Why an item is decided as it is. */
#include "rule/internal.h"

static int put_subject(const struct rule_subject *who, struct buf *out, struct error *err)
{
	const struct {
		const char *name, *value;
	} known[] = {
		{ "image", who->image }, { "container", who->container },
		{ "app", who->app },     { "namespace", who->namespace },
		{ "pod", who->pod },     { "cluster", who->cluster },
	};
	bool any = false;
	int r = buf_append_str(
		out, (who->flags & CONTAINER_HOST) != 0 ? "on the node itself" : "in a container",
		err);
	for (size_t i = 0; r == 0 && i < sizeof known / sizeof known[0]; i++)
		if (known[i].value != NULL && known[i].value[0] != '\0') {
			r = buf_printf(out, err, "%s%s %s", any ? ", " : " of ", known[i].name,
				       known[i].value);
			any = true;
		}
	for (size_t i = 0; r == 0 && who->labels != NULL && who->labels[i] != NULL; i++)
		r = buf_printf(out, err, ", label %s", who->labels[i]);
	return r == 0 ? buf_append_str(out, ":\n", err) : -1;
}

static int put_rule(const struct rule *r, enum guard_item item, const struct rule_subject *who,
		    const struct rule **decides, struct buf *out, struct error *err)
{
	const char *miss = !r->enabled ? "it is disabled" : scope_misses(r, who);
	const char *action = rule_action_name((enum guard_action)r->item_action[item]);
	if (buf_printf(out, err, "  %4u  \"%s\" (%s:%u) says %s", r->priority, r->name, r->origin,
		       r->line, action) < 0)
		return -1;
	if (miss != NULL)
		return buf_printf(out, err, "; does not hold: %s\n", miss);
	if (*decides != NULL && item != ITEM_FILE)
		return buf_printf(out, err, "; decided above\n");
	bool first = *decides == NULL;
	if (first)
		*decides = r;
	return buf_printf(out, err, "%s\n",
			  item == ITEM_FILE ? "; holds for its folders" : "; decides");
}

static int put_guarantees(enum guard_item item, unsigned backends, struct buf *out,
			  struct error *err)
{
	size_t count;
	const struct rule_form *forms = rule_forms(&count);
	static const char *const words[] = { "nothing", "alert", "block" };
	for (unsigned b = 1; b <= BACKEND_RUNTIME; b <<= 1)
		if (buf_printf(out, err, "  %-10s %s%s\n", rule_backend_name(b),
			       words[best_guarantee(item, b)],
			       (backends & b) != 0 ? "" : " (not attached)") < 0)
			return -1;
	for (size_t i = 0; i < count; i++)
		if (forms[i].item == item &&
		    form_guarantee(&forms[i], backends) != best_guarantee(item, backends) &&
		    buf_printf(out, err, "  but for %s: %s\n", forms[i].title,
			       words[form_guarantee(&forms[i], backends)]) < 0)
			return -1;
	return 0;
}

static int put_result(const struct rule *decides, enum guard_item item, unsigned backends,
		      struct buf *out, struct error *err)
{
	enum guard_action can = best_guarantee(item, backends);
	if (decides == NULL)
		return buf_printf(out, err, "result: pass, no rule speaks of it\n");
	enum guard_action want = (enum guard_action)decides->item_action[item];
	enum guard_action does = want < can ? want : can;
	if (want == does)
		return buf_printf(out, err, "result: %s\n", rule_action_name(does));
	return buf_printf(out, err, "result: %s; the rule says %s, and no attached back-end can\n",
			  does == GUARD_PASS ? "nothing happens" : rule_action_name(does),
			  rule_action_name(want));
}

int rule_explain(const struct rule_set *s, const struct rule_subject *who, unsigned backends,
		 enum guard_item item, struct buf *out, struct error *err)
{
	const struct rule *decides = NULL;
	const struct rule_item *i = rule_item_of(item);
	if (i == NULL)
		return error_set(err, ERR_USAGE, "there is no item of number %d", (int)item);
	if (buf_printf(out, err, "guard/%s/%s: %s (ATT&CK %s, %s; %s)\n", rule_kind_name(i->kind),
		       i->name, i->title, i->technique, i->tactic, i->severity) < 0 ||
	    put_subject(who, out, err) < 0)
		return -1;
	for (size_t k = 0; k < s->count; k++)
		if ((s->rule[k].items >> item & 1) != 0 &&
		    put_rule(&s->rule[k], item, who, &decides, out, err) < 0)
			return -1;
	if (put_result(decides, item, backends, out, err) < 0 ||
	    buf_append_str(out, "back-ends:\n", err) < 0)
		return -1;
	return put_guarantees(item, backends, out, err);
}
