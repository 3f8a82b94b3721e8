/* leaked: at a container's first own exec, a working directory or an open folder
 * that lies in no mount of its namespace was left by the runtime (CVE-2024-21626). */
#ifndef CORTEN_BPF_LEAKED_H
#define CORTEN_BPF_LEAKED_H

#include "bpf/task.bpf.h"

enum { LEAKED_DESCRIPTORS = 64 };

static __always_inline bool mount_is_foreign(struct vfsmount *vfs, struct mnt_namespace *own)
{
	struct mount *m = (void *)vfs - bpf_core_field_offset(struct mount, mnt);
	struct mnt_namespace *ns = READ(m, mnt_ns);

	/* Of the kernel's own mounts (pipes, sockets, memfd) this is an error or NULL. */
	return ns && (unsigned long)ns < (unsigned long)-4095 && ns != own;
}

static __always_inline bool descriptor_is_foreign(struct fdtable *table, __u32 fd,
						  struct mnt_namespace *own)
{
	struct file **files = READ(table, fd), *file = NULL;
	unsigned long *closing = READ(table, close_on_exec), bits = 0;

	bpf_probe_read_kernel(&bits, sizeof(bits), closing + fd / 64);
	if (bits >> (fd & 63) & 1)
		return false;
	if (bpf_probe_read_kernel(&file, sizeof(file), files + fd) || !file)
		return false;
	if ((READ(file, f_inode, i_mode) & MODE_TYPE) != MODE_FOLDER)
		return false;
	return mount_is_foreign(READ(file, f_path.mnt), own);
}

static __noinline int leaked_folder(void)
{
	struct task_struct *t = task_current();
	struct mnt_namespace *own = READ(t, nsproxy, mnt_ns);
	struct fdtable *table = READ(t, files, fdt);
	__u32 most = READ(table, max_fds);

	if (mount_is_foreign(READ(t, fs, pwd.mnt), own))
		return 1;
	for (__u32 fd = 0; fd < LEAKED_DESCRIPTORS && fd < most; fd++) {
		if (descriptor_is_foreign(table, fd, own))
			return 1;
	}
	return 0;
}

#endif
