/* lsm/file_open: the kernel's controls, devices, the runtime's programs, scripts. */
#include "bpf/decide.bpf.h"
#include "bpf/protect.bpf.h"
#include "bpf/special.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define FMODE_WRITE 2
#define O_FMODE_EXEC 0x20 /* __FMODE_EXEC: opened to be run */

static __always_inline enum guard_item item_of_open(struct file *file, struct inode *inode,
						    struct dentry *dentry, struct guard_who *w)
{
	enum guard_item item = (enum guard_item)item_of_reading((__u64)inode, (__u64)dentry);

	if (item != ITEM_NONE || !(READ(file, f_mode) & FMODE_WRITE))
		return item;
	if (action_of(w, ITEM_RUNTIME_WRITE) && inode_marked(file->f_inode, ITEM_RUNTIME_WRITE))
		return ITEM_RUNTIME_WRITE;
	return (enum guard_item)item_of_control((__u64)inode, (__u64)dentry, w);
}

/* An interpreter opens for reading a file that is not from the image. */
static __always_inline bool is_script(struct guard_fact *f, struct file *file, struct inode *inode,
				      const struct guard_who *w)
{
	if (!(w->label & LABEL_INTERPRETER) || !action_of(w, ITEM_SCRIPT) ||
	    (READ(file, f_mode) & FMODE_WRITE) || (READ(file, f_flags) & O_FMODE_EXEC) ||
	    (READ(inode, i_mode) & MODE_TYPE) != MODE_REGULAR)
		return false;
	f->origin = (__u8)origin_of(inode, w);
	if (f->origin == ORIGIN_VOLUME && READ(inode, i_sb, s_magic) == MAGIC_PROC)
		return false;
	return is_foreign(f->origin, (__u32)verdict_of((__u64)inode));
}

SEC("lsm/file_open")
int BPF_PROG(guard_file_open, struct file *file)
{
	struct inode *inode = READ(file, f_inode);
	struct dentry *dentry = READ(file, f_path.dentry);
	struct guard_fact f = LSM_FACT(ITEM_NONE);
	struct guard_who w = {};

	if (!who_current(&w))
		return 0;
	f.inode = inode;
	f.dentry = dentry;
	f.mount = READ(file, f_path.mnt);
	f.op = READ(file, f_mode) & FMODE_WRITE ? FILE_OP_WRITE : FILE_OP_READ;
	f.item = (__u8)item_of_open(file, inode, dentry, &w);
	if (f.item == ITEM_NONE && is_script(&f, file, inode, &w))
		f.item = ITEM_SCRIPT;
	if (f.item != ITEM_NONE && deny(&f, &w))
		return -EPERM;
	if (f.op == FILE_OP_WRITE && event_wanted(EVENT_FILE)) {
		f.type = EVENT_FILE;
		f.item = ITEM_NONE;
		f.rule = 0;
		f.backend = 0;
		f.outcome = OUTCOME_OBSERVED;
		f.cgroup = w.cgroup;
		f.container = w.container;
		event_send(&f);
	}
	return 0;
}
