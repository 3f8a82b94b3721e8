/* bpf: the kernel programs, and loading them. Programs are CO-RE objects
 * embedded in the agent; what this kernel can do is found by trying, never by
 * its version. Links and maps are pinned, so that enforcement outlives the
 * process; an agent of the same ABI adopts the pins, of another replaces them
 * without a gap (new links are attached before old ones go). Used by the
 * enforcing role alone: needs CAP_BPF, CAP_PERFMON, CAP_SYS_ADMIN, CAP_NET_ADMIN. */
#ifndef CORTEN_BPF_H
#define CORTEN_BPF_H

#include "base/base.h"
#include "bpf/guard.h"

/* What a try of one program of each kind showed. */
struct bpf_abilities {
	bool btf; /* /sys/kernel/btf/vmlinux is there */
	bool ring; /* BPF_MAP_TYPE_RINGBUF */
	bool raw_tracepoint, tp_btf;
	bool send_signal;
	bool task_storage, inode_storage;
	bool lsm; /* an LSM program loads, attaches and is called */
	bool userns_hook; /* lsm/userns_create */
	bool cgroup_sysctl, cgroup_device, cgroup_connect, cgroup_sock;
	bool overlay_layer; /* the layer of an overlay's inode can be told */
	char kernel[128]; /* uname -r */
	char lsm_list[256]; /* /sys/kernel/security/lsm */
	char cause[256]; /* why lsm is false, for people */
};

int bpf_abilities_probe(struct bpf_abilities *ret, struct error *err);

struct guard_bpf;

struct guard_bpf_options {
	const char *pin_dir; /* "/sys/fs/bpf/corten"; NULL: nothing is pinned (tests) */
	unsigned
		backends; /* enum guard_backend that may be used; what the kernel lacks is left out */
	const char *cgroup_root; /* NULL: the mounted cgroup v2 */
	struct guard_settings settings;
	uint32_t ring_bytes; /* 0: GUARD_RING_BYTES */
};

/* Loads, attaches and pins, or adopts what is pinned. */
int guard_bpf_open(const struct guard_bpf_options *o, struct guard_bpf **ret, struct error *err);
/* Forgets it; pinned enforcement stays. NULL is allowed. */
void guard_bpf_close(struct guard_bpf *b);
/* Detaches everything and removes the pins, those of cut networks, too, and the BPF file
 * system where guard_bpf_open mounted it and nobody else pins there. */
int guard_bpf_remove(const char *pin_dir, struct error *err);

/* Backends that are attached now, and whether they were adopted. */
unsigned guard_bpf_backends(const struct guard_bpf *b, bool *ret_adopted);
/* The program (hook) by which item would be decided on backend, and whether it
 * is attached: false with a cause when it is not; with none where this backend has no
 * program for it. */
bool guard_bpf_item(const struct guard_bpf *b, enum guard_item item, enum guard_backend backend,
		    char *cause, size_t n);

/* The maps' operations: each takes effect at once and whole. */
int guard_bpf_policy_set(struct guard_bpf *b, uint32_t policy, const struct guard_policy *p,
			 struct error *err);
int guard_bpf_file_rule_set(struct guard_bpf *b, uint32_t i, const struct guard_file_rule *r,
			    struct error *err);
/* Which file rules the agent before left, a bit each. Marks and excepted programs keep
 * these bits of theirs until the rule of the number is written anew. */
uint64_t guard_bpf_file_rules_earlier(const struct guard_bpf *b);
int guard_bpf_container_set(struct guard_bpf *b, uint64_t cgroup, const struct guard_container *c,
			    struct error *err);
int guard_bpf_container_drop(struct guard_bpf *b, uint64_t cgroup, struct error *err);
/* What the cgroup that will be made at a path (guard_cgroup_key) shall be. */
int guard_bpf_expect(struct guard_bpf *b, uint64_t cgroup_key, const struct guard_container *c,
		     struct error *err);
int guard_bpf_expect_drop(struct guard_bpf *b, uint64_t cgroup_key, struct error *err);
int guard_bpf_verdict_set(struct guard_bpf *b, const struct guard_file_id *f,
			  const struct guard_verdict *v, struct error *err);
int guard_bpf_verdict_drop(struct guard_bpf *b, const struct guard_file_id *f, struct error *err);
/* Programs that file rules (bits) except. */
int guard_bpf_trusted_set(struct guard_bpf *b, const struct guard_file_id *program, uint64_t rules,
			  struct error *err);
/* Programs that read scripts: what they open counts as ITEM_SCRIPT. */
int guard_bpf_interpreter_set(struct guard_bpf *b, const struct guard_file_id *program,
			      bool interprets, struct error *err);
/* inode: any descriptor of it, also O_PATH; keep it open as long as the rule
 * shall hold, the kernel forgets with the inode. Zero removes. */
int guard_bpf_protect(struct guard_bpf *b, int inode, const struct guard_protect *p,
		      struct error *err);
/* s->backend: those that shall enforce, of those that are attached; 0: all of them. */
int guard_bpf_settings_set(struct guard_bpf *b, const struct guard_settings *s, struct error *err);
/* Labels tasks that ran before the guard: pidfd's process and all its threads. */
int guard_bpf_label(struct guard_bpf *b, int pidfd, const struct guard_label *l, struct error *err);
/* Which policies containers are under now, a bit each: after adopting, those of the
 * agent before. */
enum { GUARD_POLICY_WORDS = GUARD_POLICIES / 64 };
int guard_bpf_policies_used(struct guard_bpf *b, uint64_t ret[GUARD_POLICY_WORDS],
			    struct error *err);
int guard_bpf_stats(struct guard_bpf *b, struct guard_stats *ret, struct error *err);

/* The network of one cgroup of version 2 and of all below it, off and on again: every
 * packet of its IPv4 and IPv6 sockets is dropped, loopback's, too, and connect, sendmsg
 * and bind are refused. Pinned: it outlives the agent, and ends with the cgroup. All of
 * it or nothing; what is cut already stays so. */
int guard_cut(const char *pin_dir, int cgroup, struct error *err);
/* cgroup: its id, the inode of its folder. */
int guard_join(const char *pin_dir, uint64_t cgroup, struct error *err);
bool guard_cut_holds(const char *pin_dir, uint64_t cgroup);
/* Takes away what is left of cgroups that are gone, or of a cut that was not finished. */
void guard_cut_tidy(const char *pin_dir);

/* The ring's descriptor, to be handed to the reader (sensor/ring.h). */
int guard_bpf_ring_fd(const struct guard_bpf *b);

/* FNV-1a, 64 bits, of a cgroup's path: the key of what is expected. The kernel
 * programs compute the same. */
uint64_t guard_cgroup_key(const char *path);

#endif
