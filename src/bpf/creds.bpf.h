/* creds: more privilege than a task can have come to by itself. At each exec of a
 * labelled task its credentials are noted and inherited; a set-user-id program or a
 * file's capabilities raise them at an exec and are noted with it, and CAP_SETUID
 * or a saved user id 0 allow every user id. What then lies above the note, in the
 * same user namespace, was not given by the kernel's rules. */
#ifndef CORTEN_BPF_CREDS_H
#define CORTEN_BPF_CREDS_H

#include "bpf/decide.bpf.h"

#define CAP_SETUID 7

static __always_inline void creds_note(struct guard_creds *c, struct task_struct *t)
{
	const struct cred *cred = READ(t, real_cred);

	c->permitted = cred_permitted(cred);
	c->uid = READ(cred, uid.val);
	c->euid = READ(cred, euid.val);
	c->suid = READ(cred, suid.val);
	c->fsuid = READ(cred, fsuid.val);
	c->userns = READ(cred, user_ns, ns.inum);
	c->mntns = task_mntns(t);
	c->pidns = READ(t, nsproxy, pid_ns_for_children, ns.inum);
}

static __always_inline bool creds_raised(const struct guard_creds *noted,
					 const struct guard_creds *now)
{
	bool any_user = noted->permitted >> CAP_SETUID & 1;

	if (now->userns != noted->userns)
		return false;
	if (now->permitted & ~noted->permitted)
		return true;
	if (any_user || !noted->uid || !noted->euid || !noted->suid)
		return false;
	return !now->euid || !now->uid || !now->fsuid;
}

/* Whether the task is where the host is and its note was not. */
static __always_inline bool joined_host(const struct guard_creds *noted,
					const struct guard_creds *now)
{
	const struct guard_settings *set = guard_settings_get();

	if (!set)
		return false;
	return (now->mntns == set->host_mntns && noted->mntns != set->host_mntns) ||
	       (now->pidns == set->host_pidns && noted->pidns != set->host_pidns);
}

/* The item by which a task's state differs from its note; the note then follows,
 * so that each is told once. */
static __always_inline enum guard_item creds_compare(struct guard_creds *noted,
						     const struct guard_creds *now)
{
	enum guard_item item = ITEM_NONE;

	if (creds_raised(noted, now))
		item = ITEM_CREDENTIAL;
	else if (joined_host(noted, now))
		item = ITEM_SETNS;
	else if (now->userns != noted->userns)
		item = ITEM_USER_NAMESPACE;
	if (item != ITEM_NONE)
		*noted = *now;
	return item;
}

/* The item by which the current task differs from its note. */
__noinline int creds_item(void)
{
	struct guard_creds now = {};
	struct guard_creds *noted =
		bpf_task_storage_get(&creds, bpf_get_current_task_btf(), NULL, 0);

	if (!noted)
		return ITEM_NONE;
	creds_note(&now, task_current());
	return (int)creds_compare(noted, &now);
}

/* Looks at the current task, whose label is l. Credentials without a cause
 * condemn it where the rule says block: it dies at its next exec. */
static __always_inline void creds_check(struct guard_label *l, struct guard_who *w)
{
	struct guard_fact fact = { .item = (__u8)creds_item(), .backend = BACKEND_TP_KILL };

	if (fact.item == ITEM_NONE)
		return;
	if (fact.item == ITEM_CREDENTIAL && action_of(w, ITEM_CREDENTIAL) == GUARD_BLOCK)
		__sync_fetch_and_or(&l->flags, LABEL_CONDEMNED);
	observe(&fact, w);
}

#endif
