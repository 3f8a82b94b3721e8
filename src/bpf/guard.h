/* guard: what the kernel programs and the agent agree on. Included by both, so
 * only fixed-width types, no pointers, no padding that differs: every struct's
 * size is asserted at the end. Policy is decided here on kernel objects (super
 * block, inode, layer, label), never on paths or system-call arguments. */
#ifndef CORTEN_BPF_GUARD_H
#define CORTEN_BPF_GUARD_H

#ifndef __bpf__
#include <linux/types.h>
#endif

/* Raised whenever a struct of a pinned map or an event changes: an agent of
 * another version replaces the pins instead of adopting them. */
#define GUARD_ABI 2

enum {
	GUARD_ITEMS = 64,
	GUARD_POLICIES = 1024,
	GUARD_CONTAINERS = 16384,
	GUARD_VERDICTS = 65536,
	GUARD_FILE_RULES = 64, /* on one node, of all policies; the first ones win */
	GUARD_SUFFIXES = 8, /* of names that one file rule includes or excludes */
	GUARD_SUFFIX_BYTES = 16,
	GUARD_TRUSTED = 8192,
	GUARD_INTERPRETERS = 16384,
	GUARD_DEPTH = 64, /* folders above a file that a file rule looks at */
	GUARD_PATH = 1024,
	GUARD_ARGS = 1024,
	GUARD_RING_BYTES = 16 << 20
};

/* What a rule can select. The number is part of the ABI: add at the end of a
 * group's gap, never renumber. Names and ATT&CK techniques: rule/item.c. */
enum guard_item {
	/* Programs that are not from the image. */
	ITEM_EXEC_CHANGED = 0, /* writable layer, and no executable of the image has this content */
	ITEM_EXEC_VOLUME = 1, /* another mount: volume, bind mount, a file system mounted later */
	ITEM_EXEC_TMPFS = 2, /* in memory: tmpfs, ramfs */
	ITEM_EXEC_NAMELESS = 3, /* memfd, deleted file */
	ITEM_SCRIPT = 4, /* a file that is not from the image, fed to an interpreter */
	ITEM_LIBRARY = 5, /* mapped executable without exec: shared object, ld.so PROGRAM */
	ITEM_EXEC_COPY = 6, /* the image's own content, run from another place */
	/* File defence; which rule: guard_file_rule. */
	ITEM_FILE = 8,
	/* Escapes. */
	ITEM_MOUNT = 10, /* mount, move_mount, fsopen, remount, umount */
	ITEM_RELEASE_AGENT = 11, /* cgroup v1 release_agent, notify_on_release */
	ITEM_CGROUP_DEVICES = 12, /* devices.allow, devices.deny */
	ITEM_CORE_PATTERN = 13,
	ITEM_MODPROBE = 14, /* kernel.modprobe, kernel.hotplug, poweroff_cmd */
	ITEM_UEVENT_HELPER = 15,
	ITEM_BINFMT_MISC = 16,
	ITEM_SYSRQ = 17,
	ITEM_PROC_SYS = 18, /* other host-wide settings below /proc/sys, /proc/irq, /proc/bus */
	ITEM_SYSFS = 19, /* other writes to sysfs, debugfs, tracefs, securityfs, efivarfs */
	ITEM_RUNTIME_SOCKET =
		20, /* docker.sock, containerd.sock, crio.sock, podman.sock, kubelet's */
	ITEM_SHIM_SOCKET = 21, /* abstract name of containerd-shim (CVE-2020-15257) */
	ITEM_BLOCK_DEVICE = 22,
	ITEM_MKNOD = 23,
	ITEM_SETNS = 24, /* joining a namespace that is not the container's */
	ITEM_USER_NAMESPACE = 25, /* making one: unshare, clone */
	ITEM_PTRACE =
		26, /* ptrace, /proc/PID/{mem,root,cwd,ns,fd}, process_vm_*, pidfd_getfd of outsiders */
	ITEM_FILE_HANDLE = 27, /* open_by_handle_at */
	ITEM_MODULE = 28,
	ITEM_KEXEC = 29,
	ITEM_RAW_MEMORY = 30, /* /dev/mem, /dev/kmem, /dev/port, kcore, iopl, MSRs */
	ITEM_BPF = 31,
	ITEM_PERF = 32,
	ITEM_USERFAULTFD = 33,
	ITEM_KEYRING = 34,
	ITEM_IO_URING = 35,
	ITEM_RAW_SOCKET = 36, /* AF_PACKET, AF_VSOCK, AF_ALG, SOCK_RAW */
	ITEM_RUNTIME_WRITE = 37, /* writing to a program of the runtime (CVE-2019-5736) */
	ITEM_LEAKED_DESCRIPTOR =
		38, /* working directory or descriptor outside at the first exec (CVE-2024-21626) */
	ITEM_HOST_FILE =
		39, /* host's cron, authorized_keys, ld.so.preload, units, static pods through a mount */
	ITEM_CREDENTIAL =
		40, /* more privilege without exec of a setuid file, setuid call or user namespace */
	ITEM_CGROUP_LEAVE =
		41, /* moved out of the container's cgroup, or writes to cgroup.procs outside it */
	ITEM_RUNTIME_PORT = 42, /* connect to 2375, 2376, 10250, 10255, etcd 2379 */
	ITEM_METADATA = 43, /* connect to a cloud's metadata address */
	ITEM_CAPABILITY = 44, /* use of a capability above the ceiling */
	/* Seen at start, from the container's configuration; alert only. */
	ITEM_START_PRIVILEGED = 50,
	ITEM_START_MOUNT = 51, /* a host path that gives the host away */
	ITEM_START_CAPABILITY = 52,
	ITEM_START_NAMESPACE = 53, /* host pid, network, ipc or user namespace */
	ITEM_START_UNCONFINED = 54, /* no seccomp profile */
	ITEM_NONE = 63
};

enum guard_action { GUARD_PASS = 0, GUARD_ALERT = 1, GUARD_BLOCK = 2 };

/* One container's rules, item by item. Policy 0 is "not guarded". */
struct guard_policy {
	__u16 rule[GUARD_ITEMS]; /* which rule decided: for the event */
	__u8 action[GUARD_ITEMS]; /* enum guard_action */
	__u64 file_rules; /* bit i: guard_file_rule i holds here */
};

enum guard_container_flag {
	CONTAINER_PROVISIONAL = 1, /* known by its cgroup's name only; default policy */
	CONTAINER_NO_LAYERS = 2, /* its root is no overlay: layers cannot be told apart */
	CONTAINER_VOLATILE_UPPER =
		4, /* writable layer in memory: verdicts by content are not kept */
	CONTAINER_HOST_PID = 8,
	CONTAINER_HOST_NET = 16,
	CONTAINER_HOST = 32 /* id 0's stand-in: rules for processes of the node itself */
};

struct guard_container {
	__u32 id; /* 1...; 0 is the node */
	__u32 policy;
	__u32 root_dev; /* s_dev of its root, the kernel's dev_t; 0: not known yet */
	__u32 flags;
};

/* Key of `verdicts` and `trusted`: a file, as the kernel has it. */
struct guard_file_id {
	__u32 dev; /* s_dev, the kernel's dev_t: major << 20 | minor */
	__u32 zero;
	__u64 ino;
};

enum guard_verdict_kind {
	VERDICT_UNKNOWN = 0,
	VERDICT_IMAGE = 1, /* content of an executable of the image */
	VERDICT_COPY = 2, /* the same, under a name that the image does not have */
	VERDICT_FOREIGN = 3, /* looked at: not from the image */
	VERDICT_ALLOWED = 4 /* an exception of a rule names it */
};

/* Holds only while size and change time are these and nobody can write to the
 * file (i_writecount of the upper inode <= 0). */
struct guard_verdict {
	__u64 ctime; /* ns since 1970 */
	__u64 size;
	__u32 kind;
	__u32 zero;
};

enum guard_file_op {
	FILE_OP_CREATE = 1,
	FILE_OP_WRITE = 2, /* also mapping it writable and opening it for writing */
	FILE_OP_TRUNCATE = 4,
	FILE_OP_RENAME = 8,
	FILE_OP_UNLINK = 16,
	FILE_OP_LINK = 32,
	FILE_OP_CHMOD = 64,
	FILE_OP_CHOWN = 128,
	FILE_OP_XATTR = 256,
	FILE_OP_MOUNT = 512, /* mounting over it */
	FILE_OP_READ = 1024,
	FILE_OP_ALL_CHANGES = 1023
};

struct guard_file_rule {
	__u32 ops; /* enum guard_file_op, or-ed */
	__u16 rule;
	__u8 action;
	__u8 item; /* ITEM_FILE or ITEM_HOST_FILE */
	__u8 includes,
		excludes; /* how many of suffix are which; first the includes; none: every name */
	__u8 zero[6];
	char suffix[GUARD_SUFFIXES][GUARD_SUFFIX_BYTES]; /* ends of a file's name, NUL-padded */
};

/* Value of the inode storage: which file rules begin here. */
struct guard_protect {
	__u64 below; /* rules that hold for this inode and all below it */
	__u64 self; /* rules that hold for this inode alone */
	__u64 above; /* rules of something below: this folder may not be moved or removed */
};

enum guard_label_flag {
	LABEL_ARMED = 1, /* the container's first own exec has happened */
	LABEL_CONDEMNED = 2, /* killed at its next exec */
	LABEL_JOINED = 4, /* came by setns (exec probe), not by fork from the container */
	LABEL_INTERPRETER =
		8, /* its program is one of `interpreters`: what it opens may be a script */
	LABEL_FROM_IMAGE = 16 /* its program is the image's own: who it says it is */
};

/* Sticky label of a task. */
struct guard_label {
	__u32 container;
	__u32 policy;
	__u32 flags;
	__u32 zero;
	__u64 cgroup; /* key of `containers` */
};

/* What a task may at most have come to by itself: taken at its exec, inherited.
 * More than this in the same user namespace had a cause outside the rules. */
struct guard_creds {
	__u64 permitted; /* capabilities */
	__u32 uid, euid, suid, fsuid;
	__u32 userns, mntns, pidns;
	__u32 netns; /* 0: noted by an earlier version */
};

struct guard_settings {
	__u32 host_mntns, host_pidns, host_userns;
	__u32 default_policy; /* of a container that is known by its cgroup's name only */
	__u32 backend; /* enum guard_backend bits that enforce */
	__u32 events; /* 1 << enum guard_event_type that are wanted */
	__u32 ring_wake_bytes; /* wake the reader when so much waits */
	__u32 agent_tgid; /* its own actions are not events */
};

enum guard_backend {
	BACKEND_BPF_LSM = 1,
	BACKEND_TP_KILL = 2,
	BACKEND_CGROUP_BPF = 4,
	BACKEND_FANOTIFY = 8,
	BACKEND_RUNTIME = 16
};

enum guard_event_type {
	EVENT_EXEC = 1,
	EVENT_FORK = 2,
	EVENT_EXIT = 3,
	EVENT_FILE = 4,
	EVENT_CONNECT = 5,
	EVENT_BIND = 6,
	EVENT_LISTEN = 7,
	EVENT_NAMESPACE = 8,
	EVENT_CREDENTIAL = 9,
	EVENT_ITEM = 10, /* a rule's item: guard_event.item */
	EVENT_CGROUP_NEW = 11, /* path: cgroup's; object.ino: its id */
	EVENT_CGROUP_GONE = 12,
	EVENT_CONTAINER_START = 13, /* made in user space */
	EVENT_CONTAINER_STOP = 14,
	EVENT_LOSS = 15, /* made in user space from the counters */
	EVENT_AGENT = 16 /* made in user space: state changes */
};

enum guard_outcome {
	OUTCOME_OBSERVED = 0,
	OUTCOME_ALERTED = 1,
	OUTCOME_BLOCKED = 2,
	OUTCOME_KILLED =
		3, /* before the first instruction of the program: counts as blocked for exec */
	OUTCOME_FAILED = 4, /* should have been blocked, and the kernel refused the means */
	OUTCOME_RESTORED = 5 /* made in user space: it happened, and the backup is in its place */
};

enum guard_origin {
	ORIGIN_UNKNOWN = 0,
	ORIGIN_IMAGE = 1,
	ORIGIN_UPPER = 2,
	ORIGIN_VOLUME = 3,
	ORIGIN_TMPFS = 4,
	ORIGIN_NAMELESS = 5,
	ORIGIN_COPY = 6 /* upper, with content of the image */
};

struct guard_object {
	__u32 dev;
	__u32 mode;
	__u64 ino;
	__u64 ctime;
	__u64 size;
	__u32 nlink;
	__u32 origin; /* enum guard_origin */
};

/* Instead of the object, of EVENT_CREDENTIAL: what the task was, and is. */
struct guard_change {
	__u64 permitted_before, permitted; /* capabilities */
	__u32 uid_before, euid_before, suid_before;
	__u32 euid, suid;
	__u32 zero; /* where objects have their origin */
};

/* One record of the ring: fixed part, then path_bytes of path, then args_bytes
 * of arguments (NUL between them). */
struct guard_event {
	__u16 abi;
	__u16 type; /* enum guard_event_type */
	__u8 outcome; /* enum guard_outcome */
	__u8 item; /* enum guard_item, ITEM_NONE */
	__u16 rule;
	__u32 backend; /* the one that decided; 0: none */
	__u32 op; /* file: guard_file_op; namespace: CLONE_NEW* flags; item: hook's own number */
	__u64 time; /* ns, CLOCK_BOOTTIME */
	__u64 sequence; /* per CPU, without a gap; lost ones leave the gap */
	__u32 cpu;
	__u32 container;
	__u64 cgroup;
	__u64 start_time; /* of the process, ns of CLOCK_BOOTTIME; with tgid it names it */
	__u32 tgid, tid, ppid, parent_tgid_ns;
	__u64 parent_start_time;
	__u32 uid, gid, loginuid, mntns;
	__u32 pidns, userns, ns_pid, exit_code;
	union {
		struct guard_object object; /* file that it is about; exec: the program */
		struct guard_change change;
	};
	__u8 address[16]; /* network: IPv6, or IPv4-mapped */
	__u16 port; /* host byte order */
	__u16 protocol; /* IPPROTO_, or the socket type of AF_UNIX */
	__u16 family;
	__u16 path_bytes;
	__u16 args_bytes;
	__u8 truncated; /* 1: path, 2: arguments */
	__u8 zero[5];
	char comm[16];
	char parent_comm[16];
};

/* Helpers of the kernel whose failure is counted. */
enum guard_helper {
	HELPER_TASK_STORAGE = 0, /* no memory for a label */
	HELPER_MAP_UPDATE = 1,
	HELPER_READ_KERNEL = 2,
	HELPER_READ_USER = 3,
	HELPER_SCRATCH = 4, /* an event without its path: all of the CPU's buffers were in use */
	HELPER_SEND_SIGNAL = 5,
	HELPER_DEPTH = 6, /* a file deeper than GUARD_DEPTH */
	HELPER_SYSCTL_NAME = 7,
	HELPER_CGROUP_PATH = 8 /* longer than its key looks at */
};

/* Counters, one set per CPU. */
struct guard_stats {
	__u64 produced; /* events written to the ring */
	__u64 lost; /* no room in the ring */
	__u64 blocked, killed, alerted;
	__u64 kill_failed;
	__u64 map_full; /* container or verdict had no room */
	__u64 helper_failed[16]; /* by enum guard_helper */
};

_Static_assert(sizeof(struct guard_policy) == 200, "map ABI");
_Static_assert(sizeof(struct guard_container) == 16, "map ABI");
_Static_assert(sizeof(struct guard_verdict) == 24, "map ABI");
_Static_assert(sizeof(struct guard_file_rule) == 144, "map ABI");
_Static_assert(sizeof(struct guard_label) == 24, "map ABI");
_Static_assert(sizeof(struct guard_creds) == 40, "map ABI");
_Static_assert(sizeof(struct guard_settings) == 32, "map ABI");
_Static_assert(sizeof(struct guard_stats) == 184, "map ABI");
_Static_assert(sizeof(struct guard_object) == 40, "event ABI");
_Static_assert(sizeof(struct guard_change) == 40, "event ABI");
_Static_assert(sizeof(struct guard_event) == 216, "event ABI");

#endif
