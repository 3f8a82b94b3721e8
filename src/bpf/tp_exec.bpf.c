/* raw_tp/sched_process_exec: labels the container's tasks, and where LSM programs
 * cannot be, kills a program that is not from the image before its first
 * instruction. */
#include "bpf/creds.bpf.h"
#include "bpf/leaked.bpf.h"

char LICENSE[] SEC("license") = "GPL";

/* Notes what the container's root is; its first own exec. */
static __always_inline void start_note(__u64 cgroup)
{
	struct super_block *root = task_root(task_current());
	struct guard_start start = {};

	start.root_dev = READ(root, s_dev);
	if (READ(root, s_magic) != MAGIC_OVERLAY)
		start.flags = CONTAINER_NO_LAYERS;
	if (bpf_map_update_elem(&started, &cgroup, &start, BPF_NOEXIST))
		COUNT(map_full);
}

static __always_inline struct guard_label *label_make(void)
{
	struct guard_label *l;
	bool joined;
	__u64 cgroup;

	if (!in_own_mounts())
		return NULL;
	cgroup = label_find();
	if (!cgroup)
		return NULL;
	joined = bpf_map_lookup_elem(&started, &cgroup) != NULL;
	if (!joined)
		start_note(cgroup);
	l = bpf_task_storage_get(&labels, bpf_get_current_task_btf(), NULL,
				 BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!l) {
		COUNT_FAILED(HELPER_TASK_STORAGE);
		return NULL;
	}
	l->cgroup = cgroup;
	l->flags = LABEL_ARMED | (joined ? LABEL_JOINED : 0);
	return l;
}

static __always_inline void creds_at_exec(struct guard_label *l, struct guard_who *w, __u16 mode)
{
	struct guard_creds *c;

	/* A set-user-id program has a cause; so has one with capabilities of its own,
	 * which cannot be told here: it raises, but not from a user id 0 of none. */
	creds_check(l, w, mode & MODE_SETUID);
	c = bpf_task_storage_get(&creds, bpf_get_current_task_btf(), NULL,
				 BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (c)
		creds_note(c, task_current());
	else
		COUNT_FAILED(HELPER_TASK_STORAGE);
}

static __always_inline bool exec_killed(struct guard_fact *f, const struct guard_who *w,
					struct guard_label *l, bool fresh)
{
	if (l->flags & LABEL_CONDEMNED) {
		f->item = ITEM_CREDENTIAL;
		return kill_at_exec(f, w, GUARD_BLOCK);
	}
	if (fresh && action_of(w, ITEM_LEAKED_DESCRIPTOR) && leaked_folder()) {
		f->item = ITEM_LEAKED_DESCRIPTOR;
		if (kill_at_exec(f, w, ask(f, w)))
			return true;
	}
	f->item = item_of_exec(f->origin, verdict_of((__u64)f->inode));
	return f->item != ITEM_NONE && kill_at_exec(f, w, ask(f, w));
}

static __always_inline void exec_tell(struct guard_fact *f, const struct guard_who *w, bool killed)
{
	if (!event_wanted(EVENT_EXEC))
		return;
	f->type = EVENT_EXEC;
	f->item = ITEM_NONE;
	f->rule = 0;
	f->outcome = killed ? OUTCOME_KILLED : OUTCOME_OBSERVED;
	f->cgroup = w->cgroup;
	f->container = w->container;
	event_send(f);
}

SEC("raw_tp/sched_process_exec")
int guard_exec(struct bpf_raw_tracepoint_args *ctx)
{
	struct linux_binprm *bprm = (void *)ctx->args[2];
	struct file *file = READ(bprm, file);
	struct inode *inode = READ(file, f_inode);
	struct guard_label *l = label_current();
	struct guard_who w = {};
	struct guard_fact f = { .backend = BACKEND_TP_KILL, .inode = inode, .args = true };
	bool fresh = !l, killed;

	f.dentry = READ(file, f_path.dentry);
	f.mount = READ(file, f_path.mnt);
	if (!l)
		l = label_make();
	if (!l) {
		if (who_of_cgroup(&w, 0, 0) && !task_is_agent())
			exec_tell(&f, &w, false);
		return 0;
	}
	who_of_label(&w, l);
	f.origin = origin_of(inode, &w);
	label_program(l, &w, inode, f.origin);
	creds_at_exec(l, &w, READ(inode, i_mode));
	who_of_label(&w, l);
	killed = exec_killed(&f, &w, l, fresh);
	exec_tell(&f, &w, killed);
	return 0;
}
