/* File rules: extended attributes and access control lists. The first argument is
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
