/* event: what a program saw becomes a record of the ring. Everything is read by
 * bpf_probe_read_kernel, so that every kind of program can send one. */
#ifndef CORTEN_BPF_EVENT_H
#define CORTEN_BPF_EVENT_H

#include "bpf/task.bpf.h"

/* What a hook knows; what does not apply is zero. */
struct guard_fact {
	__u16 rule;
	__u8 type, item, outcome, backend, origin;
	bool args; /* the current task's arguments */
	bool cut; /* looked at less than there was */
	__u32 op, container;
	__u64 cgroup;
	struct task_struct *task; /* NULL: the current one */
	struct inode *inode;
	struct dentry *dentry; /* with mount: its path; alone: its path in its file system */
	struct vfsmount *mount;
	union {
		const char *name; /* kernel's text instead of a path */
		const struct guard_creds *noted; /* of EVENT_CREDENTIAL */
	};
	__u8 address[16];
	__u16 family, port, protocol;
};

static __always_inline void scratch_free(struct guard_scratch *s)
{
	__sync_lock_test_and_set(&s->busy, 0);
}

static __always_inline struct guard_scratch *scratch_take(void)
{
	for (__u32 i = 0; i < SCRATCHES; i++) {
		__u32 slot = i;
		struct guard_scratch *s = bpf_map_lookup_elem(&scratches, &slot);

		if (s && !__sync_lock_test_and_set(&s->busy, 1))
			return s;
	}
	return NULL;
}

/* Since Linux 6.13 the top bit says that somebody asked (include/linux/fs.h). */
#define CTIME_QUERIED (1U << 31)

static __always_inline __u64 inode_ctime(struct inode *inode)
{
	const __u64 second = 1000000000;
	struct inode___now *now = (void *)inode;
	struct inode___before_6_11 *before = (void *)inode;
	struct inode___before_6_6 *old = (void *)inode;

	if (bpf_core_field_exists(now->i_ctime_sec))
		return (__u64)READ(now, i_ctime_sec) * second +
		       (READ(now, i_ctime_nsec) & ~CTIME_QUERIED);
	if (bpf_core_field_exists(before->__i_ctime))
		return (__u64)READ(before, __i_ctime.tv_sec) * second +
		       (__u64)READ(before, __i_ctime.tv_nsec);
	return (__u64)READ(old, i_ctime.tv_sec) * second + (__u64)READ(old, i_ctime.tv_nsec);
}

/* Not inlined, as the next: each has a stack of its own, not one with the sender. */
static __noinline int event_object(struct guard_object *o, struct inode *inode)
{
	if (!inode)
		return 0;
	o->dev = READ(inode, i_sb, s_dev);
	o->ino = READ(inode, i_ino);
	o->mode = READ(inode, i_mode);
	o->nlink = READ(inode, i_nlink);
	o->size = (__u64)READ(inode, i_size);
	o->ctime = inode_ctime(inode);
	return 0;
}

static __noinline int event_process(struct guard_event *e, struct task_struct *t)
{
	struct task_struct *leader = READ(t, group_leader), *parent = READ(leader, real_parent);
	const struct cred *cred = READ(t, cred);

	e->tgid = (__u32)READ(t, tgid);
	e->tid = (__u32)READ(t, pid);
	e->start_time = READ(leader, start_boottime);
	e->ppid = (__u32)READ(parent, tgid);
	e->parent_tgid_ns = task_ns_pid(parent);
	e->parent_start_time = READ(parent, group_leader, start_boottime);
	e->uid = READ(cred, uid.val);
	e->gid = READ(cred, gid.val);
	e->userns = READ(cred, user_ns, ns.inum);
	e->loginuid = bpf_core_field_exists(t->loginuid) ? READ(t, loginuid.val) : (__u32)-1;
	e->mntns = task_mntns(t);
	e->pidns = READ(t, nsproxy, pid_ns_for_children, ns.inum);
	e->ns_pid = task_ns_pid(t);
	bpf_core_read(e->comm, sizeof(e->comm), &t->comm);
	bpf_core_read(e->parent_comm, sizeof(e->parent_comm), &parent->comm);
	return 0;
}

static __noinline int event_change(struct guard_change *c, const struct guard_creds *noted,
				   struct task_struct *t)
{
	const struct cred *cred = READ(t, real_cred);

	if (!noted)
		return 0;
	/* Straight into the event: there is no room on the stack. */
	if (bpf_probe_read_kernel(&c->permitted_before, sizeof(c->permitted_before),
				  &noted->permitted) ||
	    bpf_probe_read_kernel(&c->uid_before, sizeof(c->uid_before), &noted->uid) ||
	    bpf_probe_read_kernel(&c->euid_before, sizeof(c->euid_before), &noted->euid) ||
	    bpf_probe_read_kernel(&c->suid_before, sizeof(c->suid_before), &noted->suid))
		COUNT_FAILED(HELPER_READ_KERNEL);
	c->permitted = cred_permitted(cred);
	c->euid = READ(cred, euid.val);
	c->suid = READ(cred, suid.val);
	return 0;
}

enum path_step { PATH_ON, PATH_WHOLE, PATH_BARE, PATH_CUT };

/* From a mount's root to where it is mounted. */
static __always_inline enum path_step path_cross(struct guard_scratch *s)
{
	struct mount *m = (void *)s->vfs - bpf_core_field_offset(struct mount, mnt);
	struct mount *above = READ(m, mnt_parent);

	if (!above || above == m)
		return PATH_WHOLE;
	s->dentry = READ(m, mnt_mountpoint);
	s->vfs = (void *)above + bpf_core_field_offset(struct mount, mnt);
	return PATH_ON;
}

/* One component, before those that are there. What the walk knows lies in the
 * scratch, where the verifier does not follow each value through each round. */
static __always_inline enum path_step path_step(struct guard_scratch *s)
{
	struct dentry *dentry = s->dentry, *parent = READ(dentry, d_parent);
	struct vfsmount *vfs = s->vfs;
	__u32 n, at = s->at;

	if (dentry == s->root && (vfs == s->root_mount || !vfs))
		return PATH_WHOLE;
	if (vfs && dentry == READ(vfs, mnt_root))
		return path_cross(s);
	if (dentry == parent && at < GUARD_PATH)
		return PATH_WHOLE;
	n = READ(dentry, d_name.len) & 255;
	if (n + 1 > at)
		return PATH_CUT;
	at -= n;
	if (bpf_probe_read_kernel(&s->path[at & (GUARD_PATH - 1)], n, READ(dentry, d_name.name)))
		COUNT_FAILED(HELPER_READ_KERNEL);
	s->at = at;
	if (dentry == parent)
		return PATH_BARE; /* a memfd: it has no folder */
	at--;
	s->path[at & (GUARD_PATH - 1)] = '/';
	s->at = at;
	s->dentry = parent;
	return PATH_ON;
}

struct path_walk {
	struct guard_scratch *scratch;
	enum path_step step;
};

static long path_round(__u32 i, struct path_walk *walk)
{
	walk->step = path_step(walk->scratch);
	return walk->step != PATH_ON;
}

/* Writes the path from the end of s->path, component by component, up to the
 * task's root. What is deeper than GUARD_DEPTH or longer than GUARD_PATH loses its
 * beginning. */
static __always_inline void path_write(struct guard_scratch *s, struct dentry *dentry,
				       struct vfsmount *vfs)
{
	struct fs_struct *fs = READ(task_current(), fs);
	struct path_walk walk = { .scratch = s, .step = PATH_ON };

	s->dentry = dentry;
	s->vfs = vfs;
	s->root = READ(fs, root.dentry);
	s->root_mount = READ(fs, root.mnt);
	s->at = GUARD_PATH;
	/* One verification for all rounds: there are many programs. */
	bpf_loop(GUARD_DEPTH, path_round, &walk, 0);
	if (walk.step == PATH_ON || walk.step == PATH_CUT)
		s->event.truncated |= 1;
	if (s->at == GUARD_PATH) {
		s->at = GUARD_PATH - 1;
		s->path[GUARD_PATH - 1] = '/';
	}
}

static __always_inline __u32 event_path(struct guard_scratch *s, const struct guard_fact *f)
{
	__u32 at, n;
	long got;

	if (f->name) {
		got = bpf_probe_read_kernel_str(s->tail, GUARD_PATH, f->name);
		return got > 0 ? (__u32)got - 1 : 0;
	}
	if (!f->dentry)
		return 0;
	path_write(s, f->dentry, f->mount);
	at = s->at;
	if (at >= GUARD_PATH)
		return 0;
	n = (GUARD_PATH - at) & (2 * GUARD_PATH - 1);
	if (n > GUARD_PATH)
		return 0;
	bpf_probe_read_kernel(s->tail, n, &s->path[at & (GUARD_PATH - 1)]);
	return n;
}

static __noinline __u32 event_args(struct guard_scratch *s, __u32 at)
{
	struct mm_struct *mm = READ(task_current(), mm);
	__u64 from = READ(mm, arg_start), n = READ(mm, arg_end) - from;

	if (n > GUARD_ARGS) {
		n = GUARD_ARGS;
		s->event.truncated |= 2;
	}
	if (at > GUARD_PATH || !n)
		return 0;
	if (bpf_probe_read_user(&s->tail[at], (__u32)n, (const void *)from)) {
		COUNT_FAILED(HELPER_READ_USER);
		s->event.truncated |= 2;
		return 0;
	}
	return (__u32)n;
}

static __always_inline __u64 sequence_next(void)
{
	__u32 zero = 0;
	__u64 *n = bpf_map_lookup_elem(&sequences, &zero);

	return n ? __sync_fetch_and_add(n, 1) : 0;
}

/* Below ring_wake_bytes the reader is left asleep: it looks by itself. */
static __always_inline __u64 ring_flags(void)
{
	const struct guard_settings *set = guard_settings_get();

	if (!set || !set->ring_wake_bytes)
		return 0;
	return bpf_ringbuf_query(&events, BPF_RB_AVAIL_DATA) < set->ring_wake_bytes
		       ? BPF_RB_NO_WAKEUP
		       : BPF_RB_FORCE_WAKEUP;
}

static __always_inline void event_fixed(struct guard_event *e, const struct guard_fact *f)
{
	__builtin_memset(e, 0, sizeof(*e));
	e->abi = GUARD_ABI;
	e->type = f->type;
	e->outcome = f->outcome;
	e->item = f->item;
	e->rule = f->rule;
	e->backend = f->backend;
	e->op = f->op;
	e->time = bpf_ktime_get_boot_ns();
	e->container = f->container;
	e->cgroup = f->cgroup;
	e->object.origin = f->origin;
	e->port = f->port;
	e->protocol = f->protocol;
	e->family = f->family;
	__builtin_memcpy(e->address, f->address, sizeof(e->address));
	if (f->cut)
		e->truncated |= 1;
}

/* A global function: the verifier looks at it once an object, not once a call. */
__noinline int event_send(const struct guard_fact *f)
{
	struct guard_scratch *s = scratch_take();
	struct guard_event *e;
	struct task_struct *t;
	__u32 path, args = 0;

	if (!f)
		goto out;
	if (!s) {
		COUNT_FAILED(HELPER_SCRATCH);
		COUNT(lost);
		sequence_next();
		return 0;
	}
	t = f->task ? f->task : task_current();
	e = &s->event;
	event_fixed(e, f);
	event_process(e, t);
	event_object(&e->object, f->inode);
	if (f->type == EVENT_CREDENTIAL)
		path = (__u32)event_change(&e->change, f->noted, t);
	else
		path = event_path(s, f);
	if (f->type == EVENT_EXIT)
		e->exit_code = (__u32)READ(t, exit_code);
	if (path > GUARD_PATH)
		path = GUARD_PATH;
	if (f->args)
		args = event_args(s, path);
	if (args > GUARD_ARGS)
		args = GUARD_ARGS;
	e->path_bytes = (__u16)path;
	e->args_bytes = (__u16)args;
	e->cpu = bpf_get_smp_processor_id();
	e->sequence = sequence_next();
	if (bpf_ringbuf_output(&events, e, sizeof(*e) + path + args, ring_flags()))
		COUNT(lost);
	else
		COUNT(produced);
out:
	if (s)
		scratch_free(s);
	return 0;
}

static __always_inline bool event_wanted(__u32 type)
{
	const struct guard_settings *set = guard_settings_get();

	return set && (set->events >> type & 1);
}

#endif
