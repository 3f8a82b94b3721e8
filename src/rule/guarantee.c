/* What back-ends guarantee: the table of test/guard/expected.tsv, which was
 * written from the facts about the kernel before the programs; a test compares
 * the two in both directions. */
#include "rule/internal.h"

/* One letter a back-end, in the order of enum guard_backend (bpf-lsm, tp-kill,
 * cgroup-bpf, fanotify, runtime): Block, Alert, - none. For tp-kill a kill
 * before the first instruction is a block; kills from user space are none. */
enum { BACKENDS = 5 };

static const struct {
	enum guard_item item;
	char by[BACKENDS + 1];
} items[] = {
	{ ITEM_EXEC_CHANGED, "BB-B-" },
	{ ITEM_EXEC_VOLUME, "BB-B-" },
	{ ITEM_EXEC_TMPFS, "BB-B-" },
	{ ITEM_EXEC_NAMELESS, "BB---" },
	{ ITEM_SCRIPT, "B----" },
	{ ITEM_LIBRARY, "B----" },
	{ ITEM_EXEC_COPY, "BB-B-" },
	{ ITEM_MOUNT, "B----" },
	{ ITEM_RELEASE_AGENT, "B----" },
	{ ITEM_CGROUP_DEVICES, "B----" },
	{ ITEM_CORE_PATTERN, "B-B--" },
	{ ITEM_MODPROBE, "B-B--" },
	{ ITEM_UEVENT_HELPER, "B----" },
	{ ITEM_BINFMT_MISC, "B----" },
	{ ITEM_SYSRQ, "B----" },
	{ ITEM_PROC_SYS, "B-B--" },
	{ ITEM_SYSFS, "B----" },
	{ ITEM_RUNTIME_SOCKET, "B----" },
	{ ITEM_SHIM_SOCKET, "B----" },
	{ ITEM_BLOCK_DEVICE, "B-B--" },
	{ ITEM_MKNOD, "B-B--" },
	{ ITEM_SETNS, "BA---" },
	{ ITEM_USER_NAMESPACE, "BA---" },
	{ ITEM_PTRACE, "B----" },
	{ ITEM_FILE_HANDLE, "B----" },
	{ ITEM_MODULE, "B----" },
	{ ITEM_KEXEC, "B----" },
	{ ITEM_RAW_MEMORY, "B-B--" },
	{ ITEM_BPF, "B----" },
	{ ITEM_PERF, "B----" },
	{ ITEM_USERFAULTFD, "B----" },
	{ ITEM_KEYRING, "B----" },
	{ ITEM_IO_URING, "BA---" },
	{ ITEM_RAW_SOCKET, "B----" },
	{ ITEM_RUNTIME_WRITE, "B----" },
	{ ITEM_LEAKED_DESCRIPTOR, "BB---" },
	{ ITEM_HOST_FILE, "B----" },
	{ ITEM_CREDENTIAL, "AA---" },
	{ ITEM_CGROUP_LEAVE, "BA---" },
	{ ITEM_RUNTIME_PORT, "B-B--" },
	{ ITEM_METADATA, "B-B--" },
	{ ITEM_CAPABILITY, "B----" },
	{ ITEM_START_PRIVILEGED, "----A" },
	{ ITEM_START_MOUNT, "----A" },
	{ ITEM_START_CAPABILITY, "----A" },
	{ ITEM_START_NAMESPACE, "----A" },
	{ ITEM_START_UNCONFINED, "----A" },
};

/* Forms of an item for which a back-end guarantees less or more. */
static const struct rule_form forms[] = {
	{ ITEM_EXEC_CHANGED, "shebang", "a script started by its own name", "B--B-" },
	{ ITEM_EXEC_CHANGED, "raced", "the image's content, changed while it is started", "BB---" },
	{ ITEM_EXEC_VOLUME, "shebang", "a script started by its own name", "B--B-" },
	{ ITEM_EXEC_VOLUME, "later", "mounted when the container ran already", "BB---" },
	{ ITEM_EXEC_TMPFS, "shebang", "a script started by its own name", "B--B-" },
	{ ITEM_EXEC_TMPFS, "later", "mounted when the container ran already", "BB---" },
	{ ITEM_EXEC_NAMELESS, "shebang", "a script started by its own name", "B----" },
	{ ITEM_PROC_SYS, "irq", "/proc/irq, /proc/bus, /proc/acpi", "B----" },
	{ ITEM_SETNS, "bound", "a namespace that is neither of mounts nor of processes", "B----" },
	{ ITEM_RAW_MEMORY, "port", "ports of the machine by instruction: iopl, ioperm", "B----" },
	{ ITEM_RAW_MEMORY, "kcore", "/proc/kcore and port instructions", "B----" },
	{ ITEM_RAW_SOCKET, "inet", "raw sockets of IPv4 and IPv6", "B-B--" },
};

static const struct {
	enum guard_file_op op;
	char by[BACKENDS + 1];
} operations[] = {
	{ FILE_OP_CREATE, "B--A-" }, { FILE_OP_WRITE, "B--A-" },  { FILE_OP_TRUNCATE, "B--A-" },
	{ FILE_OP_RENAME, "B--A-" }, { FILE_OP_UNLINK, "B--A-" }, { FILE_OP_LINK, "B--A-" },
	{ FILE_OP_CHMOD, "B--A-" },  { FILE_OP_CHOWN, "B--A-" },  { FILE_OP_XATTR, "B--A-" },
	{ FILE_OP_MOUNT, "B----" },  { FILE_OP_READ, "B----" },
};

/* What this node's kernel did not take. */
static uint64_t lacking[BACKENDS];

void rule_lacks(enum guard_backend backend, uint64_t lost)
{
	for (unsigned i = 0; i < BACKENDS; i++)
		if ((backend >> i & 1) != 0)
			lacking[i] = lost;
}

static unsigned without_lacking(enum guard_item item, unsigned backends)
{
	for (unsigned i = 0; i < BACKENDS; i++)
		if ((lacking[i] >> item & 1) != 0)
			backends &= ~(1U << i);
	return backends;
}

static enum guard_action action_of(char letter)
{
	return letter == 'B' ? GUARD_BLOCK : letter == 'A' ? GUARD_ALERT : GUARD_PASS;
}

static enum guard_action best_of(const char *by, unsigned backends)
{
	enum guard_action best = GUARD_PASS;
	for (unsigned i = 0; i < BACKENDS; i++)
		if ((backends >> i & 1) != 0 && action_of(by[i]) > best)
			best = action_of(by[i]);
	return best;
}

enum guard_action best_guarantee(enum guard_item item, unsigned backends)
{
	if (item == ITEM_FILE)
		return best_file_guarantee(FILE_OP_WRITE, backends);
	for (size_t i = 0; i < sizeof items / sizeof items[0]; i++)
		if (items[i].item == item)
			return best_of(items[i].by, without_lacking(item, backends));
	return GUARD_PASS;
}

enum guard_action best_file_guarantee(enum guard_file_op op, unsigned backends)
{
	for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
		if (operations[i].op == op)
			return best_of(operations[i].by, without_lacking(ITEM_FILE, backends));
	return GUARD_PASS;
}

enum guard_action rule_guarantee(enum guard_item item, enum guard_backend backend)
{
	return best_guarantee(item, backend);
}

enum guard_action rule_file_guarantee(enum guard_file_op op, enum guard_backend backend)
{
	return best_file_guarantee(op, backend);
}

const struct rule_form *rule_forms(size_t *ret_count)
{
	*ret_count = sizeof forms / sizeof forms[0];
	return forms;
}

enum guard_action form_guarantee(const struct rule_form *f, unsigned backends)
{
	return best_of(f->by, without_lacking(f->item, backends));
}
