/* Lines of JSON for the control socket. */
#ifndef CORTEN_AGENT_ANSWER_H
#define CORTEN_AGENT_ANSWER_H

#include "agent/node.h"
#include "format/json.h"

/* One that is being written into memory. */
struct answer_line {
	struct json_writer w;
	FILE *f;
	char *text;
	size_t n;
};

int answer_begin(struct answer_line *l, struct error *err);
void answer_end(struct answer_line *l, struct control_server *s, int client);

/* The rules of `rules` that apply to c, and in it are not what they say: members of an
 * object. problem: why a part of them is not in force, or "". */
void answer_rules_of(struct json_writer *w, const struct rule_set *rules, const struct container *c,
		     unsigned backends, const char *problem);
/* A line for each container: doc/guard-rules.md, "What truly happens". */
int answer_containers_rules(struct node *n, struct control_server *s, int client,
			    struct error *err);

#endif
