/* The kernel's own gates: modules, kexec, bpf, perf, keys, descriptors without a
 * file, device nodes. */
#include "bpf/decide.bpf.h"
#include "bpf/text.bpf.h"

char LICENSE[] SEC("license") = "GPL";

enum kernel_load_data_id { LOADING_MODULE, LOADING_KEXEC_IMAGE, LOADING_KEXEC_INITRAMFS };
enum kernel_read_file_id { READING_MODULE, READING_KEXEC_IMAGE, READING_KEXEC_INITRAMFS };

static __always_inline int denied(enum guard_item item, __u32 op)
{
	struct guard_fact f = LSM_FACT(item, .op = op);
	struct guard_who w = {};

	return item != ITEM_NONE && who_current(&w) && deny(&f, &w) ? -EPERM : 0;
}

SEC("lsm/kernel_load_data")
int BPF_PROG(guard_load_data, unsigned int id)
{
	if (id == bpf_core_enum_value(enum kernel_load_data_id, LOADING_MODULE))
		return denied(ITEM_MODULE, id);
	if (id == bpf_core_enum_value(enum kernel_load_data_id, LOADING_KEXEC_IMAGE) ||
	    id == bpf_core_enum_value(enum kernel_load_data_id, LOADING_KEXEC_INITRAMFS))
		return denied(ITEM_KEXEC, id);
	return 0;
}

SEC("lsm/kernel_read_file")
int BPF_PROG(guard_read_file, struct file *file, unsigned int id)
{
	if (id == bpf_core_enum_value(enum kernel_read_file_id, READING_MODULE))
		return denied(ITEM_MODULE, id);
	if (id == bpf_core_enum_value(enum kernel_read_file_id, READING_KEXEC_IMAGE) ||
	    id == bpf_core_enum_value(enum kernel_read_file_id, READING_KEXEC_INITRAMFS))
		return denied(ITEM_KEXEC, id);
	return 0;
}

SEC("lsm/bpf")
int BPF_PROG(guard_bpf, int command)
{
	return denied(ITEM_BPF, (__u32)command);
}

SEC("lsm/perf_event_open")
int BPF_PROG(guard_perf)
{
	return denied(ITEM_PERF, 0);
}

/* io_uring and userfaultfd make their descriptors by name. */
SEC("lsm/inode_init_security_anon")
int BPF_PROG(guard_anonymous, struct inode *inode, const struct qstr *qname)
{
	char name[16] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), READ(qname, name));
	if (TEXT_IS(name, "[io_uring]"))
		return denied(ITEM_IO_URING, 0);
	if (TEXT_IS(name, "[userfaultfd]"))
		return denied(ITEM_USERFAULTFD, 0);
	return 0;
}

/* The kernel looks for keys, too, for file systems and names: that is not the task's. */
SEC("lsm/key_alloc")
int BPF_PROG(guard_key_alloc)
{
	return syscall_kind() == SYSCALL_KEY ? denied(ITEM_KEYRING, 0) : 0;
}

SEC("lsm/key_permission")
int BPF_PROG(guard_key_permission)
{
	return syscall_kind() == SYSCALL_KEY ? denied(ITEM_KEYRING, 1) : 0;
}

/* Number 0:0 is overlayfs's mark for a removed file. */
SEC("lsm/inode_mknod")
int BPF_PROG(guard_inode_mknod, struct inode *dir, struct dentry *dentry, int mode,
	     unsigned int dev)
{
	__u32 type = (__u32)mode & MODE_TYPE;

	if ((type != MODE_BLOCK && type != MODE_CHAR) || !dev)
		return 0;
	return denied(ITEM_MKNOD, dev);
}
