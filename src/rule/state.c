/* What a rule comes to on a node: configured is not effective. */
#include <stdarg.h>
#include <stdio.h>

#include "rule/internal.h"

static const struct {
	const char *code, *meaning;
} causes[] = {
	{ "", "all that it asks for is done" },
	{ "rule_disabled", "the rule is switched off" },
	{ "backend_missing", "no attached back-end sees some of its items, or any" },
	{ "action_not_possible", "some items should be blocked and can only be told" },
	{ "form_not_covered", "items are blocked or told, but one of their forms is not" },
	{ "no_layers", "the container's root has no layers: programs cannot be told apart" },
	{ "start_gate_timeout", "the container was let go before its rules were ready" },
	{ "exception_ended", "the rule's exceptions have ended and no longer hold" },
	{ "kernel_unsupported", "the kernel lacks what the back-end needs" },
	{ "limit_exceeded", "the node holds no more rules of this kind" },
	{ "agent_offline", "no agent answers on this node" },
};

enum { CAUSES = sizeof causes / sizeof causes[0] };

const char *rule_cause(size_t i, const char **ret_meaning)
{
	if (i >= CAUSES)
		return NULL;
	*ret_meaning = causes[i].meaning;
	return causes[i].code;
}

/* --- words for people -------------------------------------------------------------------- */

__attribute__((format(printf, 2, 3))) static void tell(struct rule_status *s, const char *fmt, ...)
{
	size_t n = strlen(s->detail);
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(s->detail + n, sizeof s->detail - n, fmt, ap);
	va_end(ap);
}

/* "; only told: mount, bpf and 7 more" */
static void tell_items(struct rule_status *s, const char *what, uint64_t bits)
{
	enum { NAMED = 4 };
	int count = __builtin_popcountll(bits), named = 0;
	if (bits == 0)
		return;
	tell(s, "%s%s: ", s->detail[0] == '\0' ? "" : "; ", what);
	for (unsigned item = 0; item < GUARD_ITEMS && named < NAMED; item++) {
		const struct rule_item *i = rule_item_of((enum guard_item)item);
		if ((bits >> item & 1) != 0 && i != NULL)
			tell(s, "%s%s", named++ == 0 ? "" : ", ", i->name);
	}
	if (count > named)
		tell(s, " and %d more", count - named);
}

/* --- judging -------------------------------------------------------------------------------- */

static enum guard_action weakest_file_op(uint32_t ops, unsigned backends)
{
	enum guard_action weakest = GUARD_BLOCK;
	for (uint32_t op = 1; op <= FILE_OP_READ; op <<= 1) {
		enum guard_action g = best_file_guarantee((enum guard_file_op)op, backends);
		if ((ops & op) != 0 && g < weakest)
			weakest = g;
	}
	return weakest;
}

static enum guard_action item_guarantee(const struct rule *r, enum guard_item item,
					unsigned backends)
{
	return item == ITEM_FILE ? weakest_file_op(r->file.ops, backends)
				 : best_guarantee(item, backends);
}

static unsigned holding(const struct rule *r, enum guard_item item, unsigned backends)
{
	unsigned hold = 0;
	for (unsigned b = 1; b <= BACKEND_RUNTIME; b <<= 1)
		if ((backends & b) != 0 && item_guarantee(r, item, b) > GUARD_PASS)
			hold |= b;
	return hold;
}

/* Returns the items that should be blocked and are only told. */
static uint64_t judge_items(const struct rule *r, unsigned backends, struct rule_status *s)
{
	uint64_t lowered = 0;
	for (unsigned i = 0; i < GUARD_ITEMS; i++) {
		uint64_t bit = (uint64_t)1 << i;
		enum guard_item item = (enum guard_item)i;
		if ((r->items & bit) == 0 || r->item_action[i] == GUARD_PASS)
			continue;
		enum guard_action can = item_guarantee(r, item, backends);
		s->backends |= holding(r, item, backends);
		if (can == GUARD_PASS)
			s->missing |= bit;
		else if (r->item_action[i] == GUARD_BLOCK && can == GUARD_BLOCK)
			s->blocked |= bit;
		else
			s->alerted |= bit;
		if (r->item_action[i] == GUARD_BLOCK && can == GUARD_ALERT)
			lowered |= bit;
	}
	return lowered;
}

/* A form for which less happens than for its item. */
static const struct rule_form *open_form(const struct rule_status *s, unsigned backends)
{
	size_t count;
	const struct rule_form *forms = rule_forms(&count);
	for (size_t i = 0; i < count; i++) {
		enum guard_action does = (s->blocked >> forms[i].item & 1) != 0   ? GUARD_BLOCK
					 : (s->alerted >> forms[i].item & 1) != 0 ? GUARD_ALERT
										  : GUARD_PASS;
		if (form_guarantee(&forms[i], backends) < does)
			return &forms[i];
	}
	return NULL;
}

static void settle(struct rule_status *s, enum rule_state state, const char *cause)
{
	if (s->cause[0] != '\0') /* the first cause is the gravest */
		return;
	s->state = state;
	s->cause = cause;
}

static void conclude(const struct rule *r, unsigned backends, uint64_t lowered,
		     struct rule_status *s)
{
	const struct rule_form *form = open_form(s, backends);
	tell_items(s, "nothing sees", s->missing);
	tell_items(s, "only told", lowered);
	if (s->missing != 0 && s->blocked + s->alerted == 0)
		settle(s, RULE_INACTIVE, "backend_missing");
	if (s->missing != 0)
		settle(s, RULE_DEGRADED, "backend_missing");
	if (lowered != 0)
		settle(s, RULE_DEGRADED, "action_not_possible");
	if (form != NULL) {
		tell(s, "%s%s: not %s", s->detail[0] == '\0' ? "" : "; ",
		     rule_item_of(form->item)->name, form->title);
		settle(s, RULE_DEGRADED, "form_not_covered");
	}
	if (exception_ended(&r->exceptions)) {
		tell(s, "%sexceptions ended %s", s->detail[0] == '\0' ? "" : "; ",
		     r->exceptions.until);
		settle(s, RULE_ACTIVE, "exception_ended");
	}
}

int rule_status(const struct rule *r, unsigned backends, struct rule_status *ret)
{
	*ret = (struct rule_status){ .state = RULE_ACTIVE, .cause = "" };
	if (!r->enabled) {
		settle(ret, RULE_INACTIVE, "rule_disabled");
		return 0;
	}
	uint64_t lowered = judge_items(r, backends, ret);
	conclude(r, backends, lowered, ret);
	return 0;
}

int rule_status_in(const struct rule *r, unsigned backends, uint32_t flags, bool gate_timed_out,
		   struct rule_status *ret)
{
	static const uint64_t by_layer = (uint64_t)1 << ITEM_EXEC_CHANGED |
					 (uint64_t)1 << ITEM_EXEC_COPY |
					 (uint64_t)1 << ITEM_SCRIPT | (uint64_t)1 << ITEM_LIBRARY;
	struct rule_status s;
	(void)rule_status(r, backends, &s);
	uint64_t blind = (s.blocked | s.alerted) & by_layer;
	if ((flags & CONTAINER_NO_LAYERS) != 0 && blind != 0) {
		s.blocked &= ~by_layer;
		s.alerted &= ~by_layer;
		s.missing |= blind;
		s.cause = "no_layers";
		s.state = s.blocked + s.alerted == 0 ? RULE_INACTIVE : RULE_DEGRADED;
		tell_items(&s, "without layers nothing tells", blind);
	}
	if (gate_timed_out && s.state == RULE_ACTIVE) {
		s.state = RULE_DEGRADED;
		s.cause = "start_gate_timeout";
	}
	*ret = s;
	return 0;
}

/* --- what may be written ------------------------------------------------------------------ */

static const char *reach_of(enum guard_backend b)
{
	switch (b) {
	case BACKEND_TP_KILL:
		return "tp-kill sees programs when they are executed, nothing else";
	case BACKEND_CGROUP_BPF:
		return "cgroup-bpf holds settings of /proc/sys, devices and connections, nothing "
		       "else";
	case BACKEND_FANOTIFY:
		return "fanotify answers the opening of programs on marked mounts, nothing else";
	case BACKEND_RUNTIME:
		return "runtime acts after the fact";
	default:
		return "";
	}
}

static int refuse(const struct rule *r, enum guard_item item, unsigned backends, struct error *err)
{
	char why[320] = "";
	const struct rule_item *i = rule_item_of(item);
	bool lsm_can = item_guarantee(r, item, BACKEND_BPF_LSM) == GUARD_BLOCK;
	for (unsigned b = 1; b <= BACKEND_RUNTIME; b <<= 1) {
		size_t n = strlen(why);
		if ((backends & b) != 0 && reach_of(b)[0] != '\0')
			(void)snprintf(why + n, sizeof why - n, "%s%s", n == 0 ? "" : "; ",
				       reach_of(b));
	}
	return error_set(err, ERR_UNSUPPORTED,
			 "%s:%u: rule \"%s\": no back-end of this node can block %s (%s)%s",
			 r->origin, r->line, r->name, i == NULL ? "its item" : i->name,
			 why[0] == '\0' ? "none is attached that knows it" : why,
			 lsm_can ? "; bpf-lsm can: boot with \"bpf\" in lsm=, or say alert"
				 : "; say alert");
}

int rule_enforceable(const struct rule *r, unsigned backends, struct error *err)
{
	for (unsigned i = 0; i < GUARD_ITEMS; i++) {
		enum guard_item item = (enum guard_item)i;
		bool asked = (r->items >> i & 1) != 0 && r->item_action[i] == GUARD_BLOCK;
		/* Condemned, not blocked: rule_status says so. */
		enum guard_action enough = item == ITEM_CREDENTIAL ? GUARD_ALERT : GUARD_BLOCK;
		if (r->enabled && asked && item_guarantee(r, item, backends) < enough)
			return refuse(r, item, backends, err);
	}
	return 0;
}
