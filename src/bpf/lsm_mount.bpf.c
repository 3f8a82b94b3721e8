/* Mounts, by the old call's hooks and the new ones'; what no hook but capable sees
 * is in lsm_capable. */
#include "bpf/protect.bpf.h"

char LICENSE[] SEC("license") = "GPL";

static __always_inline bool mount_denied(enum guard_item item, struct dentry *dentry,
					 struct vfsmount *mount)
{
	struct guard_fact f = LSM_FACT(item, .dentry = dentry, .mount = mount);
	struct guard_who w = {};

	return who_current(&w) && deny(&f, &w);
}

SEC("lsm/sb_mount")
int BPF_PROG(guard_sb_mount, const char *device, const struct path *path)
{
	struct dentry *dentry = path->dentry;
	struct vfsmount *mount = path->mnt;

	return mount_denied(ITEM_MOUNT, dentry, mount) || file_denied(OP_MOUNT, dentry, mount)
		       ? -EPERM
		       : 0;
}

SEC("lsm/move_mount")
int BPF_PROG(guard_move_mount, const struct path *from, const struct path *to)
{
	struct dentry *dentry = to->dentry;
	struct vfsmount *mount = to->mnt;

	return mount_denied(ITEM_MOUNT, dentry, mount) || file_denied(OP_MOUNT, dentry, mount)
		       ? -EPERM
		       : 0;
}

SEC("lsm/sb_umount")
int BPF_PROG(guard_sb_umount, struct vfsmount *mount)
{
	return mount_denied(ITEM_MOUNT, mount->mnt_root, mount) ? -EPERM : 0;
}

SEC("lsm/sb_pivotroot")
int BPF_PROG(guard_sb_pivotroot, const struct path *old)
{
	return mount_denied(ITEM_MOUNT, old->dentry, old->mnt) ? -EPERM : 0;
}

/* The first rule of the container's that blocks a change of files, or -1. */
static __always_inline int blocking_rule(__u64 rules)
{
	for (__u32 i = 0; i < GUARD_FILE_RULES; i++) {
		__u32 key = i;
		struct guard_file_rule *r;

		if (!(rules >> i & 1))
			continue;
		r = bpf_map_lookup_elem(&file_rules, &key);
		if (r && r->item == ITEM_FILE && r->action == GUARD_BLOCK &&
		    (r->ops & FILE_OP_ALL_CHANGES))
			return (int)i;
	}
	return -1;
}

/* A protected folder could be made the writable layer of an overlay, and be changed
 * there without any path that leads to it: where a rule blocks changes, the container
 * makes no overlay. Read-only ones could be made writable later. */
static __always_inline bool overlay_denied(struct super_block *sb)
{
	struct guard_fact f = LSM_FACT(ITEM_FILE, .op = FILE_OP_MOUNT);
	struct guard_who w = {};
	const struct guard_policy *p;
	int rule;

	if (READ(sb, s_magic) != MAGIC_OVERLAY || !who_current(&w))
		return false;
	p = policy_of(&w);
	rule = p ? blocking_rule(p->file_rules & ~trusted_rules(&w)) : -1;
	return rule >= 0 && rule_decides((__u32)rule, &f, &w);
}

/* Each new file system on a block device comes by here, however it is mounted; with
 * fsopen it can be used without ever being attached. */
SEC("lsm/sb_set_mnt_opts")
int BPF_PROG(guard_sb_set_mnt_opts, struct super_block *sb)
{
	if (overlay_denied(sb))
		return -EPERM;
	if (!sb->s_bdev || syscall_kind() != SYSCALL_MOUNT_HOOKED)
		return 0;
	return mount_denied(ITEM_BLOCK_DEVICE, NULL, NULL) ? -EPERM : 0;
}
