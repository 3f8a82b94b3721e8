/* An alert by itself: its members, its states, its JSON. */
#include <stdio.h>
#include <stdlib.h>

#include "alert/internal.h"
#include "rule/rule.h"
#include "sensor/line.h"

#define MEMBER(member, its_name, is_json)                                                          \
	{                                                                                          \
		its_name, offsetof(struct alert, member), is_json                                  \
	}

static const struct alert_member members[] = {
	MEMBER(rule, "rule", false),
	MEMBER(item, "item", false),
	MEMBER(title, "title", false),
	MEMBER(technique, "technique", false),
	MEMBER(tactic, "tactic", false),
	MEMBER(severity, "severity", false),
	MEMBER(outcome, "outcome", false),
	MEMBER(container_id, "container_id", false),
	MEMBER(container_name, "container_name", false),
	MEMBER(image, "image", false),
	MEMBER(pod, "pod", false),
	MEMBER(namespace, "namespace", false),
	MEMBER(object, "object", false),
	MEMBER(process, "process", false),
	MEMBER(note, "note", false),
	MEMBER(user, "user", false),
	MEMBER(tree, "tree", true),
	MEMBER(event, "event", true),
};

static const char *const states[ALERT_STATES] = { "new", "handling", "handled", "ignored",
						  "whitelisted" };

const struct alert_member *alert_members(size_t *ret_count)
{
	*ret_count = sizeof members / sizeof members[0];
	return members;
}

const char *alert_state_name(enum alert_state s)
{
	return (unsigned)s < ALERT_STATES ? states[s] : "unknown";
}

bool alert_state_from_name(const char *name, enum alert_state *ret)
{
	for (unsigned s = 0; s < ALERT_STATES; s++)
		if (strcmp(states[s], name) == 0) {
			*ret = (enum alert_state)s;
			return true;
		}
	return false;
}

void alert_clear(struct alert *a)
{
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		free(*alert_member_of(a, &members[i]));
		*alert_member_of(a, &members[i]) = NULL;
	}
}

static void put_rule_id(struct line *l, const char *item)
{
	char id[64];
	const struct rule_item *i = rule_item_by_name(item == NULL ? "" : item);
	if (i == NULL)
		return;
	(void)snprintf(id, sizeof id, "guard/%s/%s", rule_kind_name(i->kind), i->name);
	line_text(l, "rule_id", id);
}

int alert_json(const struct alert *a, struct buf *out, struct error *err)
{
	struct line l = line_of(out, err);
	struct alert copy = *a; /* members are reached without const */
	line_object(&l, NULL);
	line_text(&l, "schema", "corten.alert/1");
	line_text(&l, "id", a->id);
	line_text(&l, "state", alert_state_name(a->state));
	line_u64(&l, "count", a->count);
	line_time(&l, "first", a->first);
	line_time(&l, "last", a->last);
	put_rule_id(&l, a->item);
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		const char *text = *alert_member_of(&copy, &members[i]);
		if (!members[i].json)
			line_text(&l, members[i].name, text);
		else if (text != NULL && text[0] != '\0')
			line_raw(&l, members[i].name, bytes_str(text));
	}
	line_end_object(&l);
	return l.failed ? -1 : 0;
}
