/* Which programs decide an item on a back-end. */
#include <string.h>

#include "bpf/bpf_internal.h"

enum { PROGRAMS_OF_ITEM = 5 };

struct item_programs {
	enum guard_item item;
	unsigned backend;
	const char *program[PROGRAMS_OF_ITEM]; /* all of them; NULL-terminated when fewer */
};

static const struct item_programs item_programs[] = {
	{ ITEM_EXEC_CHANGED, BACKEND_TP_KILL, { "guard_exec" } },
	{ ITEM_EXEC_VOLUME, BACKEND_TP_KILL, { "guard_exec" } },
	{ ITEM_EXEC_TMPFS, BACKEND_TP_KILL, { "guard_exec" } },
	{ ITEM_EXEC_NAMELESS, BACKEND_TP_KILL, { "guard_exec" } },
	{ ITEM_EXEC_COPY, BACKEND_TP_KILL, { "guard_exec" } },
	{ ITEM_LEAKED_DESCRIPTOR, BACKEND_TP_KILL, { "guard_exec" } },
	{ ITEM_SETNS, BACKEND_TP_KILL, { "guard_exec", "guard_newtask", "guard_exit" } },
	{ ITEM_USER_NAMESPACE, BACKEND_TP_KILL, { "guard_exec", "guard_newtask", "guard_exit" } },
	{ ITEM_CREDENTIAL, BACKEND_TP_KILL, { "guard_exec", "guard_newtask", "guard_exit" } },
	{ ITEM_CGROUP_LEAVE, BACKEND_TP_KILL, { "guard_cgroup_attach", "guard_newtask" } },
	{ ITEM_IO_URING, BACKEND_TP_KILL, { "guard_io_uring" } },

	{ ITEM_CORE_PATTERN, BACKEND_CGROUP_BPF, { "guard_sysctl" } },
	{ ITEM_MODPROBE, BACKEND_CGROUP_BPF, { "guard_sysctl" } },
	{ ITEM_PROC_SYS, BACKEND_CGROUP_BPF, { "guard_sysctl" } },
	{ ITEM_BLOCK_DEVICE, BACKEND_CGROUP_BPF, { "guard_device" } },
	{ ITEM_MKNOD, BACKEND_CGROUP_BPF, { "guard_device" } },
	{ ITEM_RAW_MEMORY, BACKEND_CGROUP_BPF, { "guard_device" } },
	{ ITEM_RAW_SOCKET, BACKEND_CGROUP_BPF, { "guard_sock_create" } },
	{ ITEM_RUNTIME_PORT, BACKEND_CGROUP_BPF, { "guard_connect4", "guard_connect6" } },
	{ ITEM_METADATA,
	  BACKEND_CGROUP_BPF,
	  { "guard_connect4", "guard_connect6", "guard_sendmsg4", "guard_sendmsg6" } },
};

static const struct item_programs *row_of(enum guard_item item, unsigned backend)
{
	for (size_t i = 0; i < sizeof(item_programs) / sizeof(item_programs[0]); i++) {
		if (item_programs[i].item == item && item_programs[i].backend == backend)
			return &item_programs[i];
	}
	return NULL;
}

static bool program_decides(const struct guard_bpf *b, const char *name, char *cause, size_t n)
{
	const struct guard_program *p = guard_program_find(b, name);

	if (p != NULL && p->attached)
		return true;
	snprintf(cause, n, "%s is not attached%s%s", name,
		 p != NULL && p->cause[0] != '\0' ? ": " : "", p != NULL ? p->cause : "");
	return false;
}

bool guard_bpf_item(const struct guard_bpf *b, enum guard_item item, enum guard_backend backend,
		    char *cause, size_t n)
{
	const struct item_programs *row = row_of(item, backend);

	if (row == NULL) {
		snprintf(cause, n, "no program of this back-end decides it");
		return false;
	}
	if ((b->backends & backend) == 0) {
		snprintf(cause, n, "this back-end is not in use here");
		return false;
	}
	for (size_t i = 0; i < PROGRAMS_OF_ITEM && row->program[i] != NULL; i++) {
		if (!program_decides(b, row->program[i], cause, n))
			return false;
	}
	snprintf(cause, n, "%s", row->program[0]);
	return true;
}
