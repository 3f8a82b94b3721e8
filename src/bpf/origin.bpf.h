/* origin: where a file comes from, and what is known of its content. */
#ifndef CORTEN_BPF_ORIGIN_H
#define CORTEN_BPF_ORIGIN_H

#include "bpf/label.bpf.h"

#define FMODE_BACKING 0x2000000U /* include/linux/fs.h, from Linux 6.5 */

/* The dentry of the upper layer behind an inode of overlayfs; NULL: unchanged
 * below. Without type information (overlay as a module whose BTF is not there) it
 * is the word after the inode that overlayfs embeds; both agree on every kernel
 * that was tried. */
static __always_inline struct dentry *overlay_upper(struct inode *inode)
{
	struct dentry *upper = NULL;

	if (bpf_core_type_exists(struct ovl_inode)) {
		struct ovl_inode *own =
			(void *)inode - bpf_core_field_offset(struct ovl_inode, vfs_inode);

		return READ(own, __upperdentry);
	}
	if (bpf_probe_read_kernel(&upper, sizeof(upper),
				  (void *)inode + bpf_core_type_size(struct inode)))
		COUNT_FAILED(HELPER_READ_KERNEL);
	return upper;
}

/* The inode that carries content, change time and writers. */
static __always_inline struct inode *content_inode(struct inode *inode)
{
	struct dentry *upper;

	if (READ(inode, i_sb, s_magic) != MAGIC_OVERLAY)
		return inode;
	upper = overlay_upper(inode);
	return upper ? READ(upper, d_inode) : inode;
}

static __always_inline enum guard_origin origin_of(struct inode *inode, const struct guard_who *w)
{
	struct super_block *sb = READ(inode, i_sb);
	unsigned long magic = READ(sb, s_magic);

	if (READ(inode, i_nlink) == 0)
		return ORIGIN_NAMELESS;
	if (w->root_dev && READ(sb, s_dev) == w->root_dev) {
		if (magic != MAGIC_OVERLAY)
			return ORIGIN_IMAGE; /* layers cannot be told: CONTAINER_NO_LAYERS */
		return overlay_upper(inode) ? ORIGIN_UPPER : ORIGIN_IMAGE;
	}
	return magic == MAGIC_TMPFS || magic == MAGIC_RAMFS ? ORIGIN_TMPFS : ORIGIN_VOLUME;
}

static __always_inline struct guard_file_id file_id(struct inode *inode)
{
	struct guard_file_id id = {};

	id.dev = READ(inode, i_sb, s_dev);
	id.ino = READ(inode, i_ino);
	return id;
}

/* What a task's program is: an exception for programs holds for the image's own alone. */
static __always_inline void label_program(struct guard_label *l, const struct guard_who *w,
					  struct inode *inode, enum guard_origin origin)
{
	struct guard_file_id id = file_id(inode);
	__u32 is = 0;

	l->container = w->container;
	l->policy = w->policy;
	if (origin == ORIGIN_IMAGE)
		is |= LABEL_FROM_IMAGE;
	if (bpf_map_lookup_elem(&interpreters, &id))
		is |= LABEL_INTERPRETER;
	/* The task itself may condemn its label meanwhile. */
	__sync_fetch_and_or(&l->flags, is);
	__sync_fetch_and_and(&l->flags, is | ~(__u32)(LABEL_FROM_IMAGE | LABEL_INTERPRETER));
}

/* What user space found, as long as it can still be true: in memory a store
 * through a mapping changes no time, so nothing there is believed. */
__noinline int verdict_of(__u64 address)
{
	struct inode *inode = (void *)address;
	struct guard_file_id id = file_id(inode);
	struct guard_verdict *v = bpf_map_lookup_elem(&verdicts, &id);
	struct inode *content;
	unsigned long magic;

	if (!v)
		return VERDICT_UNKNOWN;
	content = content_inode(inode);
	magic = READ(content, i_sb, s_magic);
	if (magic == MAGIC_TMPFS || magic == MAGIC_RAMFS)
		return VERDICT_UNKNOWN;
	if (READ(content, i_writecount.counter) > 0 || inode_ctime(content) != v->ctime ||
	    (__u64)READ(content, i_size) != v->size)
		return VERDICT_UNKNOWN;
	return (int)v->kind;
}

/* ITEM_NONE: from the image. */
static __always_inline enum guard_item item_of_exec(enum guard_origin origin, __u32 verdict)
{
	if (origin == ORIGIN_IMAGE || verdict == VERDICT_ALLOWED ||
	    (origin == ORIGIN_UPPER && verdict == VERDICT_IMAGE))
		return ITEM_NONE;
	if (verdict == VERDICT_COPY || verdict == VERDICT_IMAGE)
		return ITEM_EXEC_COPY;
	switch (origin) {
	case ORIGIN_VOLUME:
		return ITEM_EXEC_VOLUME;
	case ORIGIN_TMPFS:
		return ITEM_EXEC_TMPFS;
	case ORIGIN_NAMELESS:
		return ITEM_EXEC_NAMELESS;
	default:
		return ITEM_EXEC_CHANGED;
	}
}

/* Whether the file is foreign content: for scripts and libraries, where a copy of
 * what the image has does no more than the image can. */
static __always_inline bool is_foreign(enum guard_origin origin, __u32 verdict)
{
	return origin != ORIGIN_IMAGE && verdict != VERDICT_ALLOWED && verdict != VERDICT_IMAGE &&
	       verdict != VERDICT_COPY;
}

/* Whether a mapping's file is that of a layer, with the layer's own path: from Linux 6.8. */
static __always_inline bool is_layer_file(struct file *file)
{
	struct backing_file *backing = (void *)file;

	return bpf_core_field_exists(backing->user_path) && (READ(file, f_mode) & FMODE_BACKING);
}

/* What a user of overlayfs sees: a mapping holds the file of the layer. */
static __always_inline struct dentry *seen_dentry(struct file *file)
{
	struct backing_file *backing = (void *)file;

	return is_layer_file(file) ? READ(backing, user_path.dentry) : READ(file, f_path.dentry);
}

static __always_inline struct vfsmount *seen_mount(struct file *file)
{
	struct backing_file *backing = (void *)file;

	return is_layer_file(file) ? READ(backing, user_path.mnt) : READ(file, f_path.mnt);
}

#endif
