/* protect: the rules that hold for a file, found by walking its folders up to the
 * file system's root: whatever name, link or mount led there, the inodes are the
 * same. For LSM programs alone: they may follow the kernel's own pointers. */
#ifndef CORTEN_BPF_PROTECT_H
#define CORTEN_BPF_PROTECT_H

#include "bpf/decide.bpf.h"
#include "bpf/storage.bpf.h"

/* Numbers of the bits of enum guard_file_op. */
enum file_op_bit {
	OP_CREATE,
	OP_WRITE,
	OP_TRUNCATE,
	OP_RENAME,
	OP_UNLINK,
	OP_LINK,
	OP_CHMOD,
	OP_CHOWN,
	OP_XATTR,
	OP_MOUNT,
	OP_READ
};

/* What is asked of the rules: those that may hold, which of them without looking at
 * the name, and the end of the name, in the order in which suffixes stand. */
struct guard_question {
	__u64 rules, whole;
	__u64 tail[2];
};

static __always_inline __u64 rules_of(const struct guard_who *w, enum file_op_bit op)
{
	const struct guard_policy *p = policy_of(w);
	__u32 i = op;
	__u64 *named = bpf_map_lookup_elem(&file_ops, &i);

	return p && named ? p->file_rules & *named : 0;
}

/* The rules that the current task's program is excepted from. That it is who it says it
 * is, its label knows from its exec; which rules these are is asked now: they may have
 * come since. */
static __always_inline __u64 trusted_rules(const struct guard_who *w)
{
	struct guard_file_id id;
	__u64 *rules;

	if (!(w->label & LABEL_FROM_IMAGE))
		return 0;
	id = file_id(READ(task_current(), mm, exe_file, f_inode));
	rules = bpf_map_lookup_elem(&trusted, &id);
	return rules ? *rules : 0;
}

/* Found by a handle, and its folder not known: linux/dcache.h. */
static __always_inline bool is_disconnected(struct dentry *dentry)
{
	unsigned int bit = DCACHE_DISCONNECTED_BEFORE;

	if (bpf_core_enum_value_exists(enum dentry_flags, DCACHE_DISCONNECTED))
		bit = bpf_core_enum_value(enum dentry_flags, DCACHE_DISCONNECTED);
	return dentry->d_flags & bit;
}

/* Deeper than can be walked, or without a way up: every rule of the policy may hold, so
 * each does. */
static __noinline __u64 protecting(struct dentry *dentry, bool goes, __u64 *whole)
{
	__u64 rules = 0;

	for (int i = 0; i < GUARD_DEPTH; i++) {
		struct inode *inode = dentry->d_inode;
		struct dentry *parent = dentry->d_parent;
		struct guard_protect *p =
			inode ? bpf_inode_storage_get(&protect, inode, NULL, 0) : NULL;

		if (p)
			rules |= p->below;
		if (p && i == 0) {
			*whole = p->self | (goes ? p->above : 0);
			rules |= *whole;
		}
		if (parent == dentry && !is_disconnected(dentry))
			return rules;
		if (parent == dentry)
			break;
		dentry = parent;
	}
	COUNT_FAILED(HELPER_DEPTH);
	*whole = ~(__u64)0;
	return ~(__u64)0;
}

/* The last 16 bytes of the name; bytes before its begin are zero. */
static __always_inline void name_tail(__u64 tail[2], struct dentry *dentry)
{
	__u32 n = READ(dentry, d_name.len), before;
	const unsigned char *name = READ(dentry, d_name.name);

	/* What is read before a short name's begin is of the same dentry, and cut off. */
	bpf_probe_read_kernel(tail, GUARD_SUFFIX_BYTES, name + n - GUARD_SUFFIX_BYTES);
	if (n >= GUARD_SUFFIX_BYTES)
		return;
	before = (GUARD_SUFFIX_BYTES - n) * 8;
	if (before >= 64) {
		tail[0] = 0;
		tail[1] = before >= 128 ? 0 : tail[1] & ~(__u64)0 << (before & 63);
	} else {
		tail[0] &= ~(__u64)0 << before;
	}
}

/* 0xff for each byte of w that is not zero. */
static __always_inline __u64 used_bytes(__u64 w)
{
	const __u64 low = 0x7f7f7f7f7f7f7f7f;
	__u64 high = (((w & low) + low) | w) & ~low; /* 0x80 for each */

	return (high >> 7) * 0xff;
}

/* 1 where the name ends in the suffix. */
static __always_inline __u32 ends_in(const __u64 tail[2], const __u64 suffix[2])
{
	__u64 differ = ((tail[0] ^ suffix[0]) & used_bytes(suffix[0])) |
		       ((tail[1] ^ suffix[1]) & used_bytes(suffix[1]));

	return differ ? 0 : 1;
}

/* Whether the rule's list of names holds for this one. Global functions: each is
 * verified once, and not for each of the rules. */
__noinline int name_selected(const struct guard_file_rule *r, const struct guard_question *q)
{
	bool included, excluded = false;

	if (!r || !q)
		return 0;
	included = r->includes == 0;
	for (__u32 i = 0; i < GUARD_SUFFIXES; i++) {
		__u64 suffix[2];

		__builtin_memcpy(suffix, r->suffix[i], sizeof(suffix));
		if (i >= (__u32)r->includes + r->excludes || !ends_in(q->tail, suffix))
			continue;
		if (i < r->includes)
			included = true;
		else
			excluded = true;
	}
	return included && !excluded;
}

/* The first rule that holds, or -1. */
__noinline int first_rule(const struct guard_question *q)
{
	if (!q)
		return -1;
	for (__u32 i = 0; i < GUARD_FILE_RULES; i++) {
		__u32 key = i;
		struct guard_file_rule *r;

		if (!(q->rules >> i & 1))
			continue;
		r = bpf_map_lookup_elem(&file_rules, &key);
		if (r && ((q->whole >> i & 1) || name_selected(r, q)))
			return (int)i;
	}
	return -1;
}

/* Decides by rule number i; true: denied. */
__noinline int rule_decides(__u32 i, struct guard_fact *f, const struct guard_who *w)
{
	struct guard_file_rule *r = bpf_map_lookup_elem(&file_rules, &i);
	__u32 action;

	if (!r || !f || !w)
		return 0;
	f->item = r->item;
	f->rule = r->rule;
	action = r->action;
	if (action == GUARD_PASS || !backend_enforces(f->backend))
		return 0;
	tell(f, w, action == GUARD_BLOCK ? OUTCOME_BLOCKED : OUTCOME_ALERTED);
	return action == GUARD_BLOCK;
}

/* Decides by the rules of q, which hold for dentry but for its name. */
static __always_inline bool rules_deny(struct guard_question *q, struct guard_fact *f,
				       const struct guard_who *w)
{
	struct dentry *dentry = f->dentry; /* READ of f itself would be of a type of ours */
	int rule;

	if (q->rules)
		q->rules &= ~trusted_rules(w);
	if (!q->rules)
		return false;
	name_tail(q->tail, dentry);
	rule = first_rule(q);
	if (rule < 0)
		return false;
	f->inode = READ(dentry, d_inode);
	return rule_decides((__u32)rule, f, w);
}

/* The one question of all hooks of files: may the current task do op to dentry? */
static __always_inline bool file_denied(enum file_op_bit op, struct dentry *dentry,
					struct vfsmount *mount)
{
	struct guard_question q = {};
	struct guard_fact f = LSM_FACT(ITEM_FILE, .op = 1U << op);
	struct guard_who w = {};

	if (!dentry || !who_current_or_host(&w))
		return false;
	q.rules = rules_of(&w, op);
	if (!q.rules)
		return false;
	/* What is mounted over a folder above hides it, as its rename would. */
	q.rules &=
		protecting(dentry, op == OP_RENAME || op == OP_UNLINK || op == OP_MOUNT, &q.whole);
	f.dentry = dentry;
	f.mount = mount;
	return rules_deny(&q, &f, &w);
}

/* The same of a layer's file that a mapping holds. The kernel lets nobody follow the way to
 * what its user sees, where the marks are: any rule of the policy may hold, so each does. */
static __always_inline bool layer_file_denied(enum file_op_bit op, struct file *file)
{
	struct guard_question q = {};
	struct guard_fact f = LSM_FACT(ITEM_FILE, .op = 1U << op);
	struct guard_who w = {};

	f.dentry = seen_dentry(file);
	f.mount = seen_mount(file);
	if (!f.dentry || !who_current_or_host(&w))
		return false;
	q.rules = rules_of(&w, op);
	return rules_deny(&q, &f, &w);
}

/* The runtime's own files (its programs, its sockets) are marked by rules of their
 * item; whether they hold, the policy's item says. */
__noinline int marked_as(__u64 marks, __u32 item)
{
	for (__u32 i = 0; i < GUARD_FILE_RULES; i++) {
		__u32 key = i;
		struct guard_file_rule *r;

		if (!(marks >> i & 1))
			continue;
		r = bpf_map_lookup_elem(&file_rules, &key);
		if (r && r->item == item)
			return 1;
	}
	return 0;
}

static __always_inline bool inode_marked(struct inode *inode, enum guard_item item)
{
	struct guard_protect *p = inode ? bpf_inode_storage_get(&protect, inode, NULL, 0) : NULL;

	return p && p->self && marked_as(p->self, item);
}

#endif
