/* lsm/bprm_check_security, mmap_file, file_mprotect: programs and libraries that are
 * not from the image, denied before they are loaded. */
#include "bpf/decide.bpf.h"
#include "bpf/leaked.bpf.h"
#include "bpf/protect.bpf.h"

char LICENSE[] SEC("license") = "GPL";

#define PROT_EXEC 4
#define PROT_WRITE 2
#define MAP_TYPE 0xf
#define MAP_SHARED 1
#define MAP_SHARED_VALIDATE 3
#define VM_SHARED 8

static __always_inline void fact_of_file(struct guard_fact *f, struct file *file)
{
	f->inode = READ(file, f_inode);
	f->dentry = seen_dentry(file);
	f->mount = seen_mount(file);
}

/* Each round: the script first, then its interpreter. */
SEC("lsm/bprm_check_security")
int BPF_PROG(guard_bprm_check, struct linux_binprm *bprm)
{
	struct guard_fact f = LSM_FACT(ITEM_NONE);
	struct guard_who w = {};
	bool fresh = !label_current();

	if (!who_at_exec(&w))
		return 0;
	fact_of_file(&f, READ(bprm, file));
	if (fresh && action_of(&w, ITEM_LEAKED_DESCRIPTOR) && leaked_folder()) {
		f.item = ITEM_LEAKED_DESCRIPTOR;
		if (deny(&f, &w))
			return -EPERM;
	}
	f.origin = (__u8)origin_of(f.inode, &w);
	f.item = (__u8)item_of_exec(f.origin, (__u32)verdict_of((__u64)f.inode));
	if (f.item != ITEM_NONE && deny(&f, &w))
		return -EPERM;
	return 0;
}

/* The program itself was decided when it was to be run; its ELF interpreter was not. */
static __always_inline bool is_program_itself(struct inode *inode)
{
	struct mm_struct *mm = READ(task_current(), mm);
	struct inode *program = READ(mm, exe_file, f_inode);

	return program == inode && syscall_kind() == SYSCALL_EXEC;
}

static __always_inline bool library_denied(struct inode *inode, struct file *file)
{
	struct guard_fact f = LSM_FACT(ITEM_LIBRARY);
	struct guard_who w = {};

	if (!who_current(&w) || !action_of(&w, ITEM_LIBRARY) || is_program_itself(inode))
		return false;
	fact_of_file(&f, file);
	f.inode = inode;
	f.origin = (__u8)origin_of(inode, &w);
	return is_foreign(f.origin, (__u32)verdict_of((__u64)inode)) && deny(&f, &w);
}

SEC("lsm/mmap_file")
int BPF_PROG(guard_mmap_file, struct file *file, unsigned long asked, unsigned long prot,
	     unsigned long flags)
{
	unsigned long type = flags & MAP_TYPE;

	if (!file)
		return 0;
	if ((prot & PROT_EXEC) && library_denied(READ(file, f_inode), file))
		return -EPERM;
	if ((prot & PROT_WRITE) && (type == MAP_SHARED || type == MAP_SHARED_VALIDATE) &&
	    file_denied(OP_WRITE, file->f_path.dentry, file->f_path.mnt))
		return -EPERM;
	return 0;
}

SEC("lsm/file_mprotect")
int BPF_PROG(guard_mprotect, struct vm_area_struct *vma, unsigned long asked, unsigned long prot)
{
	struct file *file = vma->vm_file;

	if (!file)
		return 0;
	if ((prot & PROT_EXEC) && library_denied(READ(seen_dentry(file), d_inode), file))
		return -EPERM;
	if (!(prot & PROT_WRITE) || !(vma->vm_flags & VM_SHARED))
		return 0;
	if (is_layer_file(file))
		return layer_file_denied(OP_WRITE, file) ? -EPERM : 0;
	return file_denied(OP_WRITE, file->f_path.dentry, file->f_path.mnt) ? -EPERM : 0;
}
