/* co_re: the members of the kernel's structs that the guard reads. Where they
 * lie is found at load time from the kernel's own type information, so only
 * names matter here, not order or what is between. A name ending in ___ and more
 * is the same struct as another kernel version has it. */
#ifndef CORTEN_BPF_CO_RE_H
#define CORTEN_BPF_CO_RE_H

#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/guard.h"

#define EPERM 1

/* include/linux/magic.h */
enum {
	MAGIC_BINFMT_MISC = 0x42494e4d,
	MAGIC_CGROUP1 = 0x27e0eb,
	MAGIC_CGROUP2 = 0x63677270,
	MAGIC_CONFIGFS = 0x62656570,
	MAGIC_DEBUGFS = 0x64626720,
	MAGIC_OVERLAY = 0x794c7630,
	MAGIC_PROC = 0x9fa0,
	MAGIC_SECURITYFS = 0x73636673,
	MAGIC_SYSFS = 0x62656572,
	MAGIC_TMPFS = 0x01021994,
	MAGIC_TRACEFS = 0x74726163,
};
#define MAGIC_EFIVARFS 0xde5e81e4U
#define MAGIC_RAMFS 0x858458f6U

enum {
	MODE_TYPE = 0170000,
	MODE_BLOCK = 0060000,
	MODE_CHAR = 0020000,
	MODE_FIFO = 0010000,
	MODE_FOLDER = 0040000,
	MODE_REGULAR = 0100000,
	MODE_SOCKET = 0140000,
	MODE_SETUID = 04000,
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	unsigned int val;
} kuid_t;

typedef struct {
	unsigned int val;
} kgid_t;

struct qstr {
	__u32 len;
	const unsigned char *name;
};

struct block_device;

struct super_block {
	__u32 s_dev;
	unsigned long s_magic;
	struct block_device *s_bdev;
};

struct inode {
	__u16 i_mode;
	__u32 i_nlink;
	__u32 i_rdev;
	struct super_block *i_sb;
	unsigned long i_ino;
	long long i_size;
	atomic_t i_writecount;
	void *i_private;
};

struct timespec64 {
	long long tv_sec;
	long tv_nsec;
};

struct inode___before_6_6 {
	struct timespec64 i_ctime;
};

struct inode___before_6_11 {
	struct timespec64 __i_ctime;
};

struct inode___now {
	long long i_ctime_sec;
	__u32 i_ctime_nsec;
};

/* An enum of newer kernels; a number by define before. */
enum dentry_flags { DCACHE_DISCONNECTED = 0x20 };
enum { DCACHE_DISCONNECTED_BEFORE = 0x20 };

struct dentry {
	unsigned int d_flags;
	struct dentry *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
};

struct ovl_inode {
	struct inode vfs_inode;
	struct dentry *__upperdentry;
};

struct vfsmount {
	struct dentry *mnt_root;
	struct super_block *mnt_sb;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct ns_common {
	unsigned int inum;
};

struct mount;

struct mnt_namespace {
	struct ns_common ns;
	struct mount *root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
	struct mnt_namespace *mnt_ns;
};

struct file {
	unsigned int f_mode;
	unsigned int f_flags;
	struct inode *f_inode;
	struct path f_path;
};

/* What overlayfs maps instead of its own file, from Linux 6.8. */
struct backing_file {
	struct file file;
	struct path user_path;
};

struct pid_namespace {
	struct ns_common ns;
};

struct user_namespace {
	struct ns_common ns;
};

struct net {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children;
	struct net *net_ns;
};

/* Eight bytes in one or two parts, by version. */
typedef struct {
	__u64 val;
} kernel_cap_t;

struct cred {
	kuid_t uid, suid, euid, fsuid;
	kgid_t gid;
	kernel_cap_t cap_permitted;
	struct user_namespace *user_ns;
};

struct kernfs_node {
	struct kernfs_node *parent;
	const char *name;
	__u64 id;
};

struct kernfs_node___from_6_15 {
	struct kernfs_node *__parent;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct fs_struct {
	struct path root, pwd;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
	unsigned long *close_on_exec;
};

struct files_struct {
	struct fdtable *fdt;
};

struct mm_struct {
	struct file *exe_file;
	unsigned long arg_start, arg_end;
};

struct signal_struct {
	atomic_t live;
};

struct upid {
	int nr;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct thread_info {
	__u32 status; /* x86 */
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int pid, tgid;
	int exit_code;
	struct task_struct *real_parent;
	struct task_struct *group_leader;
	struct mm_struct *mm;
	struct fs_struct *fs;
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	const struct cred *real_cred;
	const struct cred *cred;
	__u64 start_boottime;
	char comm[16];
	kuid_t loginuid;
	struct css_set *cgroups;
	struct pid *thread_pid;
};

struct linux_binprm {
	struct file *file;
	const char *filename, *interp;
	char buf[256];
};

struct vm_area_struct {
	unsigned long vm_flags;
	struct file *vm_file;
};

struct sockaddr {
	__u16 sa_family;
};

struct sock_common {
	unsigned short skc_family;
	__u16 skc_num;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_type;
	__u16 sk_protocol;
};

struct socket {
	short type;
	struct sock *sk;
};

struct sockaddr_un {
	__u16 sun_family;
	char sun_path[108];
};

struct unix_address {
	int len;
	struct sockaddr_un name[1];
};

struct unix_sock {
	struct unix_address *addr;
	struct path path;
};

struct pt_regs {
	unsigned long orig_ax; /* x86 */
	__u64 syscallno; /* arm64 */
};

#pragma clang attribute pop

#define READ(source, ...) BPF_CORE_READ(source, __VA_ARGS__)

#endif
