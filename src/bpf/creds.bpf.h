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
	c->netns = READ(t, nsproxy, net_ns, ns.inum);
}

/* include/uapi/linux/sched.h */
#define CLONE_NEWNS_ 0x20000U
#define CLONE_NEWUSER_ 0x10000000U
#define CLONE_NEWPID_ 0x20000000U
#define CLONE_NEWNET_ 0x40000000U

/* What differs from a note: an item in the lowest byte, then this bit and the flags
 * of namespaces. */
#define CHANGED_CREDENTIALS 0x100U
#define CHANGED_NAMESPACES (CLONE_NEWNS_ | CLONE_NEWUSER_ | CLONE_NEWPID_ | CLONE_NEWNET_)

static __always_inline __u32 creds_changed(const struct guard_creds *noted,
					   const struct guard_creds *now)
{
	__u32 changed = 0;

	if (now->userns != noted->userns)
		changed |= CLONE_NEWUSER_;
	else if (now->permitted != noted->permitted || now->uid != noted->uid ||
		 now->euid != noted->euid || now->suid != noted->suid)
		changed |= CHANGED_CREDENTIALS;
	if (now->mntns != noted->mntns)
		changed |= CLONE_NEWNS_;
	if (now->pidns != noted->pidns)
		changed |= CLONE_NEWPID_;
	if (noted->netns && now->netns != noted->netns)
		changed |= CLONE_NEWNET_;
	return changed;
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

static __always_inline enum guard_item creds_compare(const struct guard_creds *noted,
						     const struct guard_creds *now)
{
	if (creds_raised(noted, now))
		return ITEM_CREDENTIAL;
	if (joined_host(noted, now))
		return ITEM_SETNS;
	return now->userns != noted->userns ? ITEM_USER_NAMESPACE : ITEM_NONE;
}

/* How the current task differs from its note. */
__noinline int creds_differ(void)
{
	struct guard_creds now = {};
	struct guard_creds *noted =
		bpf_task_storage_get(&creds, bpf_get_current_task_btf(), NULL, 0);

	if (!noted)
		return ITEM_NONE;
	creds_note(&now, task_current());
	return (int)((__u32)creds_compare(noted, &now) | creds_changed(noted, &now));
}

/* What holds now bounds what may come as well. */
static __noinline int creds_note_again(void)
{
	struct guard_creds *noted =
		bpf_task_storage_get(&creds, bpf_get_current_task_btf(), NULL, 0);

	if (noted)
		creds_note(noted, task_current());
	return 0;
}

/* Tells what differs, whatever the rules say; then the note follows, so that each
 * change is told once. f is the caller's: the stack has no room for another. */
static __always_inline void creds_follow(struct guard_fact *f, __u32 differs,
					 const struct guard_who *w)
{
	f->item = ITEM_NONE;
	f->cgroup = w->cgroup;
	f->container = w->container;
	if ((differs & CHANGED_NAMESPACES) && event_wanted(EVENT_NAMESPACE)) {
		f->type = EVENT_NAMESPACE;
		f->op = differs & CHANGED_NAMESPACES;
		event_send(f);
		f->op = 0;
	}
	if ((differs & CHANGED_CREDENTIALS) && event_wanted(EVENT_CREDENTIAL)) {
		f->type = EVENT_CREDENTIAL;
		f->noted = bpf_task_storage_get(&creds, bpf_get_current_task_btf(), NULL, 0);
		event_send(f);
		f->noted = NULL;
	}
	creds_note_again();
}

/* Looks at the current task, whose label is l; caused: its credentials are another's
 * for a reason. Those without a cause condemn it where the rule says block: it dies at
 * its next exec. */
static __always_inline void creds_check(struct guard_label *l, struct guard_who *w, bool caused)
{
	__u32 differs = (__u32)creds_differ();
	struct guard_fact fact = {};

	if (caused)
		differs = (differs & CHANGED_NAMESPACES) | ITEM_NONE;
	if (differs == ITEM_NONE)
		return;
	creds_follow(&fact, differs, w);
	fact.item = (__u8)differs;
	fact.backend = BACKEND_TP_KILL;
	if (fact.item == ITEM_NONE)
		return;
	if (fact.item == ITEM_CREDENTIAL && action_of(w, ITEM_CREDENTIAL) == GUARD_BLOCK)
		__sync_fetch_and_or(&l->flags, LABEL_CONDEMNED);
	observe(&fact, w);
}

#endif
