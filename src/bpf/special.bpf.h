/* special: files that are the kernel's controls: which item writing to them is. By
 * super block and the dentries' names there, so that a bind mount, a link or another
 * mount of the same changes nothing. */
#ifndef CORTEN_BPF_SPECIAL_H
#define CORTEN_BPF_SPECIAL_H

#include "bpf/device.bpf.h"
#include "bpf/sysctl.bpf.h"

enum { CONTROL_NAME = 24, PROC_DEPTH = 12 };

static __always_inline void name_of(char *ret, struct dentry *dentry)
{
	bpf_probe_read_kernel_str(ret, CONTROL_NAME, READ(dentry, d_name.name));
}

/* The three names nearest to the root of the file system. */
struct guard_names {
	struct dentry *level[3]; /* NULL: the path ends before */
	bool deeper;
};

static __always_inline void names_below_root(struct guard_names *n, struct dentry *dentry)
{
	for (int i = 0; i < PROC_DEPTH; i++) {
		struct dentry *parent = READ(dentry, d_parent);

		if (parent == dentry)
			return;
		n->deeper = n->level[2] != NULL;
		n->level[2] = n->level[1];
		n->level[1] = n->level[0];
		n->level[0] = dentry;
		dentry = parent;
	}
}

/* "kernel/core_pattern" of what lies two and three below; "net/ipv4/" if deeper. */
static __always_inline void sysctl_name(char *name, const struct guard_names *n)
{
	struct dentry *second = n->level[1], *third = n->level[2];
	__u32 used;
	long got;

	got = bpf_probe_read_kernel_str(name, 12, READ(second, d_name.name));
	if (got <= 1 || got > 12 || !third)
		return;
	used = ((__u32)got - 1) & 15;
	name[used] = '/';
	got = bpf_probe_read_kernel_str(name + used + 1, CONTROL_NAME - 1,
					READ(third, d_name.name));
	if (got <= 1 || got > CONTROL_NAME - 1 || !n->deeper)
		return;
	used = (used + (__u32)got) & 31;
	name[used] = '/';
}

/* Processes' own files are not host-wide: /proc/PID begins with a digit. */
static __always_inline enum guard_item item_of_proc(struct dentry *dentry,
						    const struct guard_who *w)
{
	struct guard_names n = {};
	char name[SYSCTL_NAME] = {};
	struct dentry *first;

	names_below_root(&n, dentry);
	first = n.level[0];
	if (!first)
		return ITEM_NONE;
	name_of(name, first);
	if (TEXT_IS(name, "sysrq-trigger"))
		return ITEM_SYSRQ;
	if (TEXT_IS(name, "irq") || TEXT_IS(name, "bus") || TEXT_IS(name, "acpi") ||
	    TEXT_IS(name, "scsi") || TEXT_IS(name, "mtrr"))
		return ITEM_PROC_SYS;
	if (!TEXT_IS(name, "sys"))
		return ITEM_NONE;
	sysctl_name(name, &n);
	return item_of_sysctl(name, w);
}

/* A file of a cgroup by whose control a container leaves its own. */
static __always_inline enum guard_item item_of_cgroup(struct inode *inode, struct dentry *dentry,
						      const struct guard_who *w, bool version_2)
{
	char name[CONTROL_NAME] = {};

	name_of(name, dentry);
	if (TEXT_IS(name, "release_agent") || TEXT_IS(name, "notify_on_release"))
		return ITEM_RELEASE_AGENT;
	if (TEXT_IS(name, "devices.allow") || TEXT_IS(name, "devices.deny"))
		return ITEM_CGROUP_DEVICES;
	if (!version_2 || (!TEXT_IS(name, "cgroup.procs") && !TEXT_IS(name, "cgroup.threads")))
		return ITEM_NONE;
	return cgroup_below(kernfs_parent(READ(inode, i_private)), w->cgroup) ? ITEM_NONE
									      : ITEM_CGROUP_LEAVE;
}

static __always_inline enum guard_item item_of_sysfs(struct dentry *dentry)
{
	char name[CONTROL_NAME] = {};

	name_of(name, dentry);
	return TEXT_IS(name, "uevent_helper") ? ITEM_UEVENT_HELPER : ITEM_SYSFS;
}

/* Global: its names have a stack of their own. */
__noinline int item_of_control(__u64 inode_address, __u64 dentry_address, const struct guard_who *w)
{
	struct inode *inode = (void *)inode_address;
	struct dentry *dentry = (void *)dentry_address;
	__u32 magic = (__u32)READ(inode, i_sb, s_magic);

	if (!w)
		return ITEM_NONE;
	switch (magic) {
	case MAGIC_PROC:
		return item_of_proc(dentry, w);
	case MAGIC_SYSFS:
		return item_of_sysfs(dentry);
	case MAGIC_DEBUGFS:
	case MAGIC_TRACEFS:
	case MAGIC_SECURITYFS:
	case MAGIC_CONFIGFS:
	case MAGIC_EFIVARFS:
		return ITEM_SYSFS;
	case MAGIC_BINFMT_MISC:
		return ITEM_BINFMT_MISC;
	case MAGIC_CGROUP1:
		return item_of_cgroup(inode, dentry, w, false);
	case MAGIC_CGROUP2:
		return item_of_cgroup(inode, dentry, w, true);
	}
	return ITEM_NONE;
}

/* What is an item when it is only read. */
__noinline int item_of_reading(__u64 inode_address, __u64 dentry_address)
{
	struct inode *inode = (void *)inode_address;
	struct dentry *dentry = (void *)dentry_address;
	__u32 mode = READ(inode, i_mode) & MODE_TYPE, number = READ(inode, i_rdev);
	char name[CONTROL_NAME] = {};

	if (mode == MODE_BLOCK || mode == MODE_CHAR)
		return item_of_device(mode == MODE_BLOCK, number >> 20, number & 0xfffff);
	if (mode != MODE_REGULAR || READ(inode, i_sb, s_magic) != MAGIC_PROC)
		return ITEM_NONE;
	name_of(name, dentry);
	return TEXT_IS(name, "kcore") ? ITEM_RAW_MEMORY : ITEM_NONE;
}

#endif
