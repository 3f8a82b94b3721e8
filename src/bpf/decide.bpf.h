/* decide: from a fact to alert or block, and its event. */
#ifndef CORTEN_BPF_DECIDE_H
#define CORTEN_BPF_DECIDE_H

#include "bpf/origin.bpf.h"

#define SIGKILL 9

static __always_inline const struct guard_policy *policy_of(const struct guard_who *w)
{
	__u32 i = w->policy;

	return i ? bpf_map_lookup_elem(&policies, &i) : NULL;
}

static __always_inline enum guard_action action_of(const struct guard_who *w, enum guard_item item)
{
	const struct guard_policy *p = policy_of(w);

	return p ? p->action[item & (GUARD_ITEMS - 1)] : GUARD_PASS;
}

/* Where LSM programs decide an item, they tell what they see; the other back-ends
 * only stop what should not have come so far. */
static __always_inline bool told_elsewhere(const struct guard_fact *f, enum guard_action action)
{
	const struct guard_settings *set = guard_settings_get();
	__u32 zero = 0;
	__u64 *items = bpf_map_lookup_elem(&lsm_items, &zero);

	return f->backend != BACKEND_BPF_LSM && action == GUARD_ALERT && set && items &&
	       (set->backend & BACKEND_BPF_LSM) && (*items >> (f->item & 63) & 1);
}

static __always_inline bool backend_enforces(__u32 backend)
{
	const struct guard_settings *set = guard_settings_get();

	return set && (set->backend & backend);
}

static __always_inline void count_outcome(__u32 outcome)
{
	if (outcome == OUTCOME_ALERTED)
		COUNT(alerted);
	else if (outcome == OUTCOME_BLOCKED)
		COUNT(blocked);
	else if (outcome == OUTCOME_KILLED)
		COUNT(killed);
	else if (outcome == OUTCOME_FAILED)
		COUNT(kill_failed);
}

static __always_inline void tell(struct guard_fact *f, const struct guard_who *w, __u32 outcome)
{
	f->type = EVENT_ITEM;
	f->outcome = (__u8)outcome;
	f->cgroup = w->cgroup;
	f->container = w->container;
	count_outcome(outcome);
	event_send(f);
}

/* What a policy says of f->item; what is to be told is sent by the caller. */
static __always_inline enum guard_action ask(struct guard_fact *f, const struct guard_who *w)
{
	const struct guard_policy *p = policy_of(w);
	enum guard_action action;

	if (!p || !backend_enforces(f->backend))
		return GUARD_PASS;
	action = p->action[f->item & (GUARD_ITEMS - 1)];
	f->rule = p->rule[f->item & (GUARD_ITEMS - 1)];
	return told_elsewhere(f, action) ? GUARD_PASS : action;
}

/* For hooks that can deny: true when they shall. */
__noinline int deny(struct guard_fact *f, const struct guard_who *w)
{
	enum guard_action action;

	if (!f || !w)
		return 0;
	action = ask(f, w);
	if (action == GUARD_PASS)
		return 0;
	tell(f, w, action == GUARD_BLOCK ? OUTCOME_BLOCKED : OUTCOME_ALERTED);
	return action == GUARD_BLOCK;
}

/* For tracepoints at exec: kills before the new program's first instruction. */
static __always_inline bool kill_at_exec(struct guard_fact *f, const struct guard_who *w,
					 enum guard_action action)
{
	__u32 outcome = OUTCOME_ALERTED;

	if (action == GUARD_PASS)
		return false;
	if (action == GUARD_BLOCK) {
		outcome = OUTCOME_KILLED;
		if (bpf_send_signal(SIGKILL)) {
			COUNT_FAILED(HELPER_SEND_SIGNAL);
			outcome = OUTCOME_FAILED;
		}
	}
	tell(f, w, outcome);
	return outcome == OUTCOME_KILLED;
}

/* For hooks that can only look. */
static __always_inline void observe(struct guard_fact *f, const struct guard_who *w)
{
	if (ask(f, w) != GUARD_PASS)
		tell(f, w, OUTCOME_ALERTED);
}

#define LSM_FACT(item_, ...)                                                                       \
	{                                                                                          \
		.item = (item_), .backend = BACKEND_BPF_LSM, __VA_ARGS__                           \
	}

#endif
