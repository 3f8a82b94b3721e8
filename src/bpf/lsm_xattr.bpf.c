/* File rules: extended attributes, access control lists, and flags of inodes. The first argument is
 * the mount's identity mapping; its type differs by version and is not used. */
#include "bpf/protect.bpf.h"

char LICENSE[] SEC("license") = "GPL";

SEC("lsm/inode_setxattr")
int BPF_PROG(guard_rule_setxattr, void *mapping, struct dentry *dentry)
{
	return file_denied(OP_XATTR, dentry, NULL) ? -EPERM : 0;
}

SEC("lsm/inode_removexattr")
int BPF_PROG(guard_rule_removexattr, void *mapping, struct dentry *dentry)
{
	return file_denied(OP_XATTR, dentry, NULL) ? -EPERM : 0;
}

SEC("lsm/inode_set_acl")
int BPF_PROG(guard_rule_set_acl, void *mapping, struct dentry *dentry)
{
	return file_denied(OP_XATTR, dentry, NULL) ? -EPERM : 0;
}

SEC("lsm/inode_remove_acl")
int BPF_PROG(guard_rule_remove_acl, void *mapping, struct dentry *dentry)
{
	return file_denied(OP_XATTR, dentry, NULL) ? -EPERM : 0;
}

/* Immutable, append-only and their kin: linux/fs.h, FS_IOC_SETFLAGS, FS_IOC32_SETFLAGS,
 * FS_IOC_FSSETXATTR. */
SEC("lsm/file_ioctl")
int BPF_PROG(guard_rule_ioctl, struct file *file, unsigned int command)
{
	if (command != 0x40086602 && command != 0x40046602 && command != 0x401c5820)
		return 0;
	return file_denied(OP_XATTR, file->f_path.dentry, file->f_path.mnt) ? -EPERM : 0;
}

/* The same by file_setattr(2), from Linux 6.17. */
SEC("lsm/inode_file_setattr")
int BPF_PROG(guard_rule_setattr, struct dentry *dentry)
{
	return file_denied(OP_XATTR, dentry, NULL) ? -EPERM : 0;
}
