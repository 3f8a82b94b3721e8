/* raw_tp/cgroup_mkdir, cgroup_rmdir and tp_btf/cgroup_attach_task: a container is
 * known from the moment its cgroup is made, some milliseconds before its first
 * exec; who leaves it is told. Version 2 alone: each process is in one. */
#include "bpf/decide.bpf.h"

char LICENSE[] SEC("license") = "GPL";

enum { ID_LENGTH = 64, NAME_BYTES = 128 };

static __always_inline bool is_version_2(struct cgroup *c)
{
	return READ(c, root, hierarchy_id) == 0;
}

/* FNV-1a of the path; guard_cgroup_key is the same. */
static __noinline __u64 path_key(const char *path)
{
	struct guard_scratch *s = scratch_take();
	__u64 key = 0xcbf29ce484222325;
	long n;

	if (!s) {
		COUNT_FAILED(HELPER_SCRATCH);
		return 0;
	}
	n = bpf_probe_read_kernel_str(s->tail, GUARD_PATH, path);
	if (n >= GUARD_PATH)
		COUNT_FAILED(HELPER_CGROUP_PATH);
	for (int i = 0; i < GUARD_PATH - 1; i++) {
		char c = s->tail[i];

		if (!c || i >= n)
			break;
		key = (key ^ (__u8)c) * 0x100000001b3;
	}
	scratch_free(s);
	return key;
}

static __always_inline bool is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

/* Every runtime names the cgroup by the container's id, 64 hexadecimal digits:
 * alone, or as NAME-ID.scope; conmon is podman's and CRI-O's watcher. */
static __noinline int looks_like_container(const char *kernel_name)
{
	char name[NAME_BYTES] = {};
	long n = bpf_probe_read_kernel_str(name, sizeof(name), kernel_name);
	int from = 0;

	n--;
	if (n < ID_LENGTH || n >= NAME_BYTES - 1)
		return 0;
	if (n > ID_LENGTH) {
		from = (int)n - ID_LENGTH - 6; /* ".scope" */
		if (from < 2 || from > NAME_BYTES - ID_LENGTH - 7)
			return 0;
		if (name[(from - 1) & 127] != '-' || name[(from + ID_LENGTH) & 127] != '.' ||
		    name[(from - 2) & 127] == 'n') /* conmon */
			return 0;
	}
	for (int i = 0; i < ID_LENGTH; i++) {
		if (!is_hex(name[(from + i) & 127]))
			return 0;
	}
	return 1;
}

/* A cgroup inside a guarded one is that container's own. */
static __noinline int inside_guarded(struct kernfs_node *kn)
{
	for (int i = 0; i < CGROUP_LEVELS; i++) {
		__u64 id;

		kn = kernfs_parent(kn);
		if (!kn)
			return 0;
		id = READ(kn, id);
		if (id && bpf_map_lookup_elem(&containers, &id))
			return 1;
	}
	return 0;
}

static __always_inline void cgroup_tell(__u32 type, __u64 id, const char *path)
{
	struct guard_fact f = { .type = type, .item = ITEM_NONE, .cgroup = id, .name = path };

	if (event_wanted(type))
		event_send(&f);
}

static __always_inline void guard_from_now(__u64 id, const struct guard_container *c)
{
	if (bpf_map_update_elem(&containers, &id, c, BPF_ANY))
		COUNT(map_full);
}

SEC("raw_tp/cgroup_mkdir")
int guard_cgroup_mkdir(struct bpf_raw_tracepoint_args *ctx)
{
	struct cgroup *cgroup = (void *)ctx->args[0];
	struct kernfs_node *kn = READ(cgroup, kn);
	const char *path = (void *)ctx->args[1];
	const struct guard_settings *set = guard_settings_get();
	struct guard_container *known, provisional = { .flags = CONTAINER_PROVISIONAL };
	__u64 id = READ(kn, id), key;

	if (!set || !is_version_2(cgroup))
		return 0;
	key = path_key(path);
	known = bpf_map_lookup_elem(&expected, &key);
	if (known) {
		guard_from_now(id, known);
		bpf_map_delete_elem(&expected, &key);
	} else if (set->default_policy && looks_like_container(READ(kn, name)) &&
		   !inside_guarded(kn)) {
		provisional.policy = set->default_policy;
		guard_from_now(id, &provisional);
	}
	cgroup_tell(EVENT_CGROUP_NEW, id, path);
	return 0;
}

SEC("raw_tp/cgroup_rmdir")
int guard_cgroup_rmdir(struct bpf_raw_tracepoint_args *ctx)
{
	struct cgroup *cgroup = (void *)ctx->args[0];
	__u64 id = READ(cgroup, kn, id);

	if (!is_version_2(cgroup))
		return 0;
	bpf_map_delete_elem(&started, &id);
	bpf_map_delete_elem(&containers, &id);
	cgroup_tell(EVENT_CGROUP_GONE, id, (const char *)ctx->args[1]);
	return 0;
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(guard_cgroup_attach, struct cgroup *to, const char *path, struct task_struct *task)
{
	struct guard_label *l = bpf_task_storage_get(&labels, task, NULL, 0);
	struct guard_fact f = { .item = ITEM_CGROUP_LEAVE, .backend = BACKEND_TP_KILL };
	struct guard_who w = {};
	__u32 tgid;
	__u64 cgroup;

	if (!l || !is_version_2(to))
		return 0;
	tgid = (__u32)READ(task, tgid);
	cgroup = l->cgroup;
	if (cgroup_below(READ(to, kn), cgroup)) {
		bpf_map_delete_elem(&strays, &tgid);
		return 0;
	}
	if (bpf_map_update_elem(&strays, &tgid, &cgroup, BPF_ANY))
		COUNT(map_full);
	who_of_label(&w, l);
	f.task = task;
	f.name = path;
	observe(&f, &w);
	return 0;
}
