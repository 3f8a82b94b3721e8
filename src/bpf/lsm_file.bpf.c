/* The hooks of file rules: every way in which a file is changed by name or by
 * descriptor. path_* are called for what a system call does, once, with the path
 * that it came by; not for what a file system does below. */
#include "bpf/protect.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define FMODE_WRITE 2
#define O_TRUNC 01000
#define MAY_WRITE 2

#define VERDICT(denied) ((denied) ? -EPERM : 0)

SEC("lsm/file_open")
int BPF_PROG(guard_rule_open, struct file *file)
{
	struct dentry *dentry = file->f_path.dentry;
	struct vfsmount *mount = file->f_path.mnt;
	bool writes = file->f_mode & FMODE_WRITE, cuts = file->f_flags & O_TRUNC;

	if (cuts && file_denied(OP_TRUNCATE, dentry, mount))
		return -EPERM;
	if (cuts && !writes)
		return 0;
	return VERDICT(file_denied(writes ? OP_WRITE : OP_READ, dentry, mount));
}

/* A descriptor that was opened before the rule came. */
SEC("lsm/file_permission")
int BPF_PROG(guard_rule_permission, struct file *file, int mask)
{
	if (!(mask & MAY_WRITE))
		return 0;
	return VERDICT(file_denied(OP_WRITE, file->f_path.dentry, file->f_path.mnt));
}

SEC("lsm/path_mknod")
int BPF_PROG(guard_rule_mknod, const struct path *dir, struct dentry *dentry)
{
	return VERDICT(file_denied(OP_CREATE, dentry, dir->mnt));
}

SEC("lsm/path_mkdir")
int BPF_PROG(guard_rule_mkdir, const struct path *dir, struct dentry *dentry)
{
	return VERDICT(file_denied(OP_CREATE, dentry, dir->mnt));
}

SEC("lsm/path_symlink")
int BPF_PROG(guard_rule_symlink, const struct path *dir, struct dentry *dentry)
{
	return VERDICT(file_denied(OP_CREATE, dentry, dir->mnt));
}

SEC("lsm/path_unlink")
int BPF_PROG(guard_rule_unlink, const struct path *dir, struct dentry *dentry)
{
	return VERDICT(file_denied(OP_UNLINK, dentry, dir->mnt));
}

SEC("lsm/path_rmdir")
int BPF_PROG(guard_rule_rmdir, const struct path *dir, struct dentry *dentry)
{
	return VERDICT(file_denied(OP_UNLINK, dentry, dir->mnt));
}

/* A name inside for a file outside creates; a name outside for a file inside would
 * be a way around. */
SEC("lsm/path_link")
int BPF_PROG(guard_rule_link, struct dentry *old, const struct path *dir, struct dentry *made)
{
	return VERDICT(file_denied(OP_LINK, old, dir->mnt) ||
		       file_denied(OP_CREATE, made, dir->mnt));
}

SEC("lsm/path_rename")
int BPF_PROG(guard_rule_rename, const struct path *from, struct dentry *old, const struct path *to,
	     struct dentry *made)
{
	return VERDICT(file_denied(OP_RENAME, old, from->mnt) ||
		       file_denied(OP_RENAME, made, to->mnt));
}

SEC("lsm/path_chmod")
int BPF_PROG(guard_rule_chmod, const struct path *path)
{
	return VERDICT(file_denied(OP_CHMOD, path->dentry, path->mnt));
}

SEC("lsm/path_chown")
int BPF_PROG(guard_rule_chown, const struct path *path)
{
	return VERDICT(file_denied(OP_CHOWN, path->dentry, path->mnt));
}

SEC("lsm/path_truncate")
int BPF_PROG(guard_rule_truncate, const struct path *path)
{
	return VERDICT(file_denied(OP_TRUNCATE, path->dentry, path->mnt));
}

SEC("lsm/file_truncate")
int BPF_PROG(guard_rule_ftruncate, struct file *file)
{
	return VERDICT(file_denied(OP_TRUNCATE, file->f_path.dentry, file->f_path.mnt));
}
