#include "rule/rule.h"

#define ITEM(number, of_kind, its_name, its_title, its_technique, its_tactic, its_severity)        \
	{                                                                                          \
		.item = (number), .kind = (of_kind), .name = (its_name), .title = (its_title),     \
		.technique = (its_technique), .tactic = (its_tactic), .severity = (its_severity)   \
	}

#define START_ITEM(number, its_name, its_title, its_technique, its_tactic, its_severity)           \
	{                                                                                          \
		.item = (number), .kind = RULE_ESCAPE, .name = (its_name), .title = (its_title),   \
		.technique = (its_technique), .tactic = (its_tactic), .severity = (its_severity),  \
		.alert_only = true                                                                 \
	}

/* In the order of their number. Techniques and tactics: MITRE ATT&CK for
 * Enterprise; test/data/attack/techniques.tsv has the release, and a test
 * compares. What a container does to the node is T1611 unless ATT&CK has a
 * narrower name for the step. */
static const struct rule_item items[] = {
	ITEM(ITEM_EXEC_CHANGED, RULE_DRIFT, "exec-changed",
	     "program that was added to the container or changed in it", "T1105",
	     "command-and-control", "high"),
	ITEM(ITEM_EXEC_VOLUME, RULE_DRIFT, "exec-volume",
	     "program on a volume, a bind mount or a file system mounted later", "T1105",
	     "command-and-control", "medium"),
	ITEM(ITEM_EXEC_TMPFS, RULE_DRIFT, "exec-tmpfs", "program in a file system in memory",
	     "T1027.011", "defense-evasion", "high"),
	ITEM(ITEM_EXEC_NAMELESS, RULE_DRIFT, "exec-nameless",
	     "program without a name: memfd or deleted file", "T1620", "defense-evasion",
	     "critical"),
	ITEM(ITEM_SCRIPT, RULE_DRIFT, "script",
	     "script that is not from the image, fed to an interpreter", "T1059", "execution",
	     "medium"),
	ITEM(ITEM_LIBRARY, RULE_DRIFT, "library",
	     "code that is not from the image, mapped: shared object, ld.so PROGRAM", "T1129",
	     "execution", "medium"),
	ITEM(ITEM_EXEC_COPY, RULE_DRIFT, "exec-copy",
	     "program of the image, run from another place", "T1036", "defense-evasion", "low"),
	ITEM(ITEM_FILE, RULE_FILE, "file", "change of a protected file", "T1565.001", "impact",
	     "high"),
	ITEM(ITEM_MOUNT, RULE_ESCAPE, "mount", "mount, remount, move or unmount", "T1611",
	     "privilege-escalation", "high"),
	ITEM(ITEM_RELEASE_AGENT, RULE_ESCAPE, "release-agent",
	     "write to release_agent or notify_on_release of a cgroup", "T1611",
	     "privilege-escalation", "critical"),
	ITEM(ITEM_CGROUP_DEVICES, RULE_ESCAPE, "cgroup-devices",
	     "write to devices.allow or devices.deny of a cgroup", "T1611", "privilege-escalation",
	     "high"),
	ITEM(ITEM_CORE_PATTERN, RULE_ESCAPE, "core-pattern", "write to kernel.core_pattern",
	     "T1611", "privilege-escalation", "critical"),
	ITEM(ITEM_MODPROBE, RULE_ESCAPE, "modprobe",
	     "write to kernel.modprobe, kernel.hotplug or kernel.poweroff_cmd", "T1611",
	     "privilege-escalation", "critical"),
	ITEM(ITEM_UEVENT_HELPER, RULE_ESCAPE, "uevent-helper", "write to /sys/kernel/uevent_helper",
	     "T1611", "privilege-escalation", "critical"),
	ITEM(ITEM_BINFMT_MISC, RULE_ESCAPE, "binfmt-misc",
	     "registration of a program format in binfmt_misc", "T1611", "privilege-escalation",
	     "high"),
	ITEM(ITEM_SYSRQ, RULE_ESCAPE, "sysrq", "write to /proc/sysrq-trigger or kernel.sysrq",
	     "T1529", "impact", "high"),
	ITEM(ITEM_PROC_SYS, RULE_ESCAPE, "proc-sys",
	     "write to another setting of the whole host below /proc", "T1611",
	     "privilege-escalation", "high"),
	ITEM(ITEM_SYSFS, RULE_ESCAPE, "sysfs",
	     "write to sysfs, debugfs, tracefs, securityfs or efivarfs", "T1611",
	     "privilege-escalation", "high"),
	ITEM(ITEM_RUNTIME_SOCKET, RULE_ESCAPE, "runtime-socket",
	     "connection to the socket of Docker, containerd, CRI-O, podman or kubelet", "T1610",
	     "execution", "critical"),
	ITEM(ITEM_SHIM_SOCKET, RULE_ESCAPE, "shim-socket",
	     "connection to a containerd-shim's abstract socket (CVE-2020-15257)", "T1611",
	     "privilege-escalation", "critical"),
	ITEM(ITEM_BLOCK_DEVICE, RULE_ESCAPE, "block-device", "opening of a block device", "T1611",
	     "privilege-escalation", "critical"),
	ITEM(ITEM_MKNOD, RULE_ESCAPE, "mknod", "making of a device node", "T1611",
	     "privilege-escalation", "high"),
	ITEM(ITEM_SETNS, RULE_ESCAPE, "setns", "joining of a namespace that is not the container's",
	     "T1611", "privilege-escalation", "critical"),
	ITEM(ITEM_USER_NAMESPACE, RULE_ESCAPE, "user-namespace", "making of a user namespace",
	     "T1611", "privilege-escalation", "medium"),
	ITEM(ITEM_PTRACE, RULE_ESCAPE, "ptrace",
	     "ptrace, memory, root or descriptors of a process outside the container", "T1055.008",
	     "privilege-escalation", "critical"),
	ITEM(ITEM_FILE_HANDLE, RULE_ESCAPE, "file-handle", "open_by_handle_at", "T1611",
	     "privilege-escalation", "critical"),
	ITEM(ITEM_MODULE, RULE_ESCAPE, "module", "loading of a kernel module", "T1547.006",
	     "privilege-escalation", "critical"),
	ITEM(ITEM_KEXEC, RULE_ESCAPE, "kexec", "loading of another kernel", "T1611",
	     "privilege-escalation", "critical"),
	ITEM(ITEM_RAW_MEMORY, RULE_ESCAPE, "raw-memory",
	     "access to memory or ports of the machine: /dev/mem, /dev/port, kcore, iopl", "T1611",
	     "privilege-escalation", "critical"),
	ITEM(ITEM_BPF, RULE_ESCAPE, "bpf", "use of bpf()", "T1014", "defense-evasion", "high"),
	ITEM(ITEM_PERF, RULE_ESCAPE, "perf", "use of perf_event_open", "T1068",
	     "privilege-escalation", "medium"),
	ITEM(ITEM_USERFAULTFD, RULE_ESCAPE, "userfaultfd", "use of userfaultfd", "T1068",
	     "privilege-escalation", "medium"),
	ITEM(ITEM_KEYRING, RULE_ESCAPE, "keyring", "use of the kernel's key rings", "T1611",
	     "privilege-escalation", "low"),
	ITEM(ITEM_IO_URING, RULE_ESCAPE, "io-uring", "making of an io_uring", "T1068",
	     "privilege-escalation", "medium"),
	ITEM(ITEM_RAW_SOCKET, RULE_ESCAPE, "raw-socket",
	     "socket for packets, raw IP, virtual machines or kernel cryptography", "T1040",
	     "discovery", "medium"),
	ITEM(ITEM_RUNTIME_WRITE, RULE_ESCAPE, "runtime-write",
	     "write to a program of the container runtime (CVE-2019-5736)", "T1611",
	     "privilege-escalation", "critical"),
	ITEM(ITEM_LEAKED_DESCRIPTOR, RULE_ESCAPE, "leaked-descriptor",
	     "start with a working directory or descriptor outside (CVE-2024-21626)", "T1611",
	     "privilege-escalation", "critical"),
	ITEM(ITEM_HOST_FILE, RULE_ESCAPE, "host-file",
	     "change of the host's cron, keys, ld.so.preload, units or static pods through a mount",
	     "T1611", "privilege-escalation", "critical"),
	ITEM(ITEM_CREDENTIAL, RULE_ESCAPE, "credential",
	     "more privilege without a cause: no setuid file, no call, no user namespace", "T1068",
	     "privilege-escalation", "critical"),
	ITEM(ITEM_CGROUP_LEAVE, RULE_ESCAPE, "cgroup-leave",
	     "process that is moved out of the container's cgroup", "T1562.001", "defense-evasion",
	     "high"),
	ITEM(ITEM_RUNTIME_PORT, RULE_ESCAPE, "runtime-port",
	     "connection to a port of Docker, kubelet or etcd", "T1610", "execution", "high"),
	ITEM(ITEM_METADATA, RULE_ESCAPE, "metadata", "connection to the cloud's metadata address",
	     "T1552.005", "credential-access", "medium"),
	ITEM(ITEM_CAPABILITY, RULE_ESCAPE, "capability",
	     "use of a capability that containers do not have by default", "T1611",
	     "privilege-escalation", "medium"),
	START_ITEM(ITEM_START_PRIVILEGED, "start-privileged", "start of a privileged container",
		   "T1610", "execution", "high"),
	START_ITEM(ITEM_START_MOUNT, "start-mount",
		   "start with a path of the host that gives the host away", "T1610", "execution",
		   "high"),
	START_ITEM(ITEM_START_CAPABILITY, "start-capability",
		   "start with a capability that leads out", "T1610", "execution", "medium"),
	START_ITEM(ITEM_START_NAMESPACE, "start-namespace",
		   "start in a pid, network, ipc or user namespace of the host", "T1610",
		   "execution", "medium"),
	START_ITEM(ITEM_START_UNCONFINED, "start-unconfined", "start without a seccomp profile",
		   "T1610", "execution", "high"),
};

enum { ITEM_COUNT = sizeof items / sizeof items[0] };

const struct rule_item *rule_items(size_t *ret_count)
{
	*ret_count = ITEM_COUNT;
	return items;
}

const struct rule_item *rule_item_by_name(const char *name)
{
	for (size_t i = 0; i < ITEM_COUNT; i++)
		if (strcmp(items[i].name, name) == 0)
			return &items[i];
	return NULL;
}

const struct rule_item *rule_item_of(enum guard_item item)
{
	for (size_t i = 0; i < ITEM_COUNT; i++)
		if (items[i].item == item)
			return &items[i];
	return NULL;
}
