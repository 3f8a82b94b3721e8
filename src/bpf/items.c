/* Which programs decide an item on a back-end. */
#include <string.h>

#include "bpf/bpf_internal.h"

enum { PROGRAMS_OF_ITEM = 16 };

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

	{ ITEM_EXEC_CHANGED, BACKEND_BPF_LSM, { "guard_bprm_check" } },
	{ ITEM_EXEC_VOLUME, BACKEND_BPF_LSM, { "guard_bprm_check" } },
	{ ITEM_EXEC_TMPFS, BACKEND_BPF_LSM, { "guard_bprm_check" } },
	{ ITEM_EXEC_NAMELESS, BACKEND_BPF_LSM, { "guard_bprm_check" } },
	{ ITEM_EXEC_COPY, BACKEND_BPF_LSM, { "guard_bprm_check" } },
	{ ITEM_LEAKED_DESCRIPTOR, BACKEND_BPF_LSM, { "guard_bprm_check" } },
	{ ITEM_SCRIPT, BACKEND_BPF_LSM, { "guard_file_open" } },
	{ ITEM_LIBRARY, BACKEND_BPF_LSM, { "guard_mmap_file", "guard_mprotect" } },
	{ ITEM_FILE,
	  BACKEND_BPF_LSM,
	  { "guard_rule_open", "guard_rule_permission", "guard_rule_mknod", "guard_rule_mkdir",
	    "guard_rule_symlink", "guard_rule_unlink", "guard_rule_rmdir", "guard_rule_link",
	    "guard_rule_rename", "guard_rule_chmod", "guard_rule_chown", "guard_rule_truncate",
	    "guard_rule_setxattr", "guard_mmap_file", "guard_mprotect" } },
	{ ITEM_HOST_FILE,
	  BACKEND_BPF_LSM,
	  { "guard_rule_open", "guard_rule_permission", "guard_rule_mknod", "guard_rule_mkdir",
	    "guard_rule_symlink", "guard_rule_unlink", "guard_rule_rmdir", "guard_rule_link",
	    "guard_rule_rename", "guard_rule_chmod", "guard_rule_chown", "guard_rule_truncate",
	    "guard_rule_setxattr", "guard_mmap_file", "guard_mprotect" } },
	{ ITEM_MOUNT,
	  BACKEND_BPF_LSM,
	  { "guard_sb_mount", "guard_move_mount", "guard_sb_umount", "guard_sb_pivotroot",
	    "guard_capable" } },
	{ ITEM_RELEASE_AGENT, BACKEND_BPF_LSM, { "guard_file_open" } },
	{ ITEM_CGROUP_DEVICES, BACKEND_BPF_LSM, { "guard_file_open" } },
	{ ITEM_CORE_PATTERN, BACKEND_BPF_LSM, { "guard_file_open" } },
	{ ITEM_MODPROBE, BACKEND_BPF_LSM, { "guard_file_open" } },
	{ ITEM_UEVENT_HELPER, BACKEND_BPF_LSM, { "guard_file_open" } },
	{ ITEM_BINFMT_MISC, BACKEND_BPF_LSM, { "guard_file_open" } },
	{ ITEM_SYSRQ, BACKEND_BPF_LSM, { "guard_file_open" } },
	{ ITEM_PROC_SYS, BACKEND_BPF_LSM, { "guard_file_open" } },
	{ ITEM_SYSFS, BACKEND_BPF_LSM, { "guard_file_open" } },
	{ ITEM_RUNTIME_WRITE, BACKEND_BPF_LSM, { "guard_file_open" } },
	{ ITEM_RUNTIME_SOCKET, BACKEND_BPF_LSM, { "guard_unix_connect", "guard_unix_send" } },
	{ ITEM_SHIM_SOCKET, BACKEND_BPF_LSM, { "guard_unix_connect", "guard_unix_send" } },
	{ ITEM_BLOCK_DEVICE, BACKEND_BPF_LSM, { "guard_file_open", "guard_sb_set_mnt_opts" } },
	{ ITEM_MKNOD, BACKEND_BPF_LSM, { "guard_inode_mknod" } },
	{ ITEM_SETNS, BACKEND_BPF_LSM, { "guard_capable" } },
	{ ITEM_USER_NAMESPACE, BACKEND_BPF_LSM, { "guard_userns" } },
	{ ITEM_PTRACE, BACKEND_BPF_LSM, { "guard_ptrace" } },
	{ ITEM_FILE_HANDLE, BACKEND_BPF_LSM, { "guard_capable" } },
	{ ITEM_MODULE, BACKEND_BPF_LSM, { "guard_load_data", "guard_read_file" } },
	{ ITEM_KEXEC, BACKEND_BPF_LSM, { "guard_load_data", "guard_read_file" } },
	{ ITEM_RAW_MEMORY, BACKEND_BPF_LSM, { "guard_file_open", "guard_capable" } },
	{ ITEM_BPF, BACKEND_BPF_LSM, { "guard_bpf" } },
	{ ITEM_PERF, BACKEND_BPF_LSM, { "guard_perf" } },
	{ ITEM_USERFAULTFD, BACKEND_BPF_LSM, { "guard_anonymous" } },
	{ ITEM_IO_URING, BACKEND_BPF_LSM, { "guard_anonymous" } },
	{ ITEM_KEYRING, BACKEND_BPF_LSM, { "guard_key_alloc", "guard_key_permission" } },
	{ ITEM_RAW_SOCKET, BACKEND_BPF_LSM, { "guard_socket_create" } },
	{ ITEM_CGROUP_LEAVE, BACKEND_BPF_LSM, { "guard_file_open", "guard_task_alloc" } },
	{ ITEM_RUNTIME_PORT, BACKEND_BPF_LSM, { "guard_socket_connect", "guard_socket_sendmsg" } },
	{ ITEM_METADATA, BACKEND_BPF_LSM, { "guard_socket_connect", "guard_socket_sendmsg" } },
	{ ITEM_CAPABILITY, BACKEND_BPF_LSM, { "guard_capable" } },

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
		cause[0] = '\0';
		return false;
	}
	if ((b->backends & backend) == 0) {
		snprintf(cause, n, "%s",
			 backend == BACKEND_BPF_LSM && b->lsm_cause[0] != '\0'
				 ? b->lsm_cause
				 : "this back-end is not in use here");
		return false;
	}
	for (size_t i = 0; i < PROGRAMS_OF_ITEM && row->program[i] != NULL; i++) {
		if (!program_decides(b, row->program[i], cause, n))
			return false;
	}
	snprintf(cause, n, "%s", row->program[0]);
	return true;
}
