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

/* Each new file system on a block device comes by here, however it is mounted; with
 * fsopen it can be used without ever being attached. */
SEC("lsm/sb_set_mnt_opts")
int BPF_PROG(guard_sb_set_mnt_opts, struct super_block *sb)
{
	if (!sb->s_bdev || syscall_kind() != SYSCALL_MOUNT_HOOKED)
		return 0;
	return mount_denied(ITEM_BLOCK_DEVICE, NULL, NULL) ? -EPERM : 0;
}
