#include "agent/answer.h"

#include <stdlib.h>

int answer_begin(struct answer_line *l, struct error *err)
{
	*l = (struct answer_line){ 0 };
	l->f = open_memstream(&l->text, &l->n);
	if (l->f == NULL)
		return error_errno(err, "no memory for the answer");
	json_write_init(&l->w, l->f, false);
	json_object_begin(&l->w);
	return 0;
}

void answer_end(struct answer_line *l, struct control_server *s, int client)
{
	json_object_end(&l->w);
	(void)fclose(l->f);
	control_line(s, client, bytes_of(l->text, l->n));
	free(l->text);
}

/* --- rules in a container ---------------------------------------------------------- */

/* What it says of itself here; false: nothing is missing. */
static bool falls_short(const struct rule *r, const struct container *c, unsigned backends,
			struct rule_status *ret)
{
	struct rule_subject who;
	container_subject(c, &who);
	if (!r->enabled || r->scope.host || !rule_applies(r, &who))
		return false;
	(void)rule_status_in(r, backends, c->flags, c->gate_timed_out, ret);
	return ret->state != RULE_ACTIVE;
}

static void rule_put(struct json_writer *w, const struct rule *r, const struct rule_status *here,
		     unsigned backends)
{
	struct rule_status node = { 0 };
	(void)rule_status(r, backends, &node);
	json_object_begin(w);
	json_member_string(w, "name", r->name);
	json_member_string(w, "state", rule_state_name(here->state));
	json_member_string(w, "cause", here->cause);
	json_member_string(w, "detail", here->detail);
	/* Not because of this container. */
	json_member_bool(w, "everywhere",
			 here->state == node.state && strcmp(here->cause, node.cause) == 0);
	json_object_end(w);
}

void answer_rules_of(struct json_writer *w, const struct rule_set *rules, const struct container *c,
		     unsigned backends, const char *problem)
{
	enum rule_state worst = problem[0] == '\0' ? RULE_ACTIVE : RULE_DEGRADED;
	struct rule_status s;
	json_member_string(w, "container", c->id);
	json_member_string(w, "name", c->name);
	json_member_string(w, "image", c->image);
	json_member_string(w, "problem", problem);
	json_key(w, "rules");
	json_array_begin(w);
	for (size_t i = 0; i < rules->count; i++) {
		if (!falls_short(&rules->rule[i], c, backends, &s))
			continue;
		rule_put(w, &rules->rule[i], &s, backends);
		worst = worst == RULE_ACTIVE ? RULE_DEGRADED : worst;
	}
	json_array_end(w);
	json_member_string(w, "state", rule_state_name(worst));
}

int answer_containers_rules(struct node *n, struct control_server *s, int client, struct error *err)
{
	const struct container *c;
	for (size_t i = 0; (c = containers_next(n->containers, &i)) != NULL;) {
		const struct guarded *g = node_guarded(n, c->number, false, NULL);
		struct answer_line l;
		if (c->cgroup == 0)
			continue; /* announced, not started */
		if (answer_begin(&l, err) != 0)
			return -1;
		answer_rules_of(&l.w, &n->rules, c, n->backends,
				g == NULL || g->policy == 0 ? "no policy holds for it"
							    : g->problem);
		answer_end(&l, s, client);
	}
	return 0;
}
