/* maps: what the programs and the agent share. Every object that has programs
 * names all of them; the loader makes each once. */
#ifndef CORTEN_BPF_MAPS_H
#define CORTEN_BPF_MAPS_H

#include "bpf/co_re.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guard_settings);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, GUARD_POLICIES);
	__type(key, __u32);
	__type(value, struct guard_policy);
} policies SEC(".maps");

/* Their suffixes stand at the right end of their 16 bytes: the loader moves them. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, GUARD_FILE_RULES);
	__type(key, __u32);
	__type(value, struct guard_file_rule);
} file_rules SEC(".maps");

/* By the number of an operation's bit: the rules that name it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u64);
} file_ops SEC(".maps");

/* By the id of a cgroup; 0 is for the node's own processes. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GUARD_CONTAINERS);
	__type(key, __u64);
	__type(value, struct guard_container);
} containers SEC(".maps");

/* By the key of a path: what that cgroup shall be when it is made. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GUARD_CONTAINERS);
	__type(key, __u64);
	__type(value, struct guard_container);
} expected SEC(".maps");

/* What the programs saw of a container at its first own exec. */
struct guard_start {
	__u32 root_dev;
	__u32 flags; /* enum guard_container_flag */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GUARD_CONTAINERS);
	__type(key, __u64);
	__type(value, struct guard_start);
} started SEC(".maps");

/* Processes that are outside their container's cgroup, by tgid: the cgroup.
 * Programs of cgroups cannot read the storage of tasks. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, GUARD_CONTAINERS);
	__type(key, __u32);
	__type(value, __u64);
} strays SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, GUARD_VERDICTS);
	__type(key, struct guard_file_id);
	__type(value, struct guard_verdict);
} verdicts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GUARD_TRUSTED);
	__type(key, struct guard_file_id);
	__type(value, __u64);
} trusted SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GUARD_INTERPRETERS);
	__type(key, struct guard_file_id);
	__type(value, __u32);
} interpreters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct guard_label);
} labels SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct guard_creds);
} creds SEC(".maps");

/* One bit an item: LSM programs decide it here. The loader knows when all are there. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} lsm_items SEC(".maps");

/* By tgid: labels that iter/task is to set. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, struct guard_label);
} relabel SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, GUARD_RING_BYTES);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct guard_stats);
} stats SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} sequences SEC(".maps");

/* Where an event is put together. */
struct guard_scratch {
	struct guard_event event;
	char tail[GUARD_PATH + GUARD_ARGS]; /* follows the event in its record */
	char path[GUARD_PATH + 256]; /* written from its end */
	struct dentry *dentry, *root; /* where the walk is, and its end */
	struct vfsmount *vfs, *root_mount;
	__u32 at; /* begin of what is written */
	__u32 busy;
};

enum { SCRATCHES = 4 };

/* A program may be preempted by another's on the same CPU: some of each. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, __u32);
	__type(value, struct guard_scratch);
} scratches SEC(".maps");

static __always_inline const struct guard_settings *guard_settings_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&settings, &zero);
}

#endif
