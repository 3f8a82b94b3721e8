/* Words of the rules' language. */
#include "rule/internal.h"

static const char *const kinds[RULE_KINDS] = { "drift", "escape", "file" };
static const char *const actions[] = { "pass", "alert", "block" };
static const char *const states[] = { "active", "degraded", "inactive" };

static const struct {
	enum guard_backend backend;
	const char *name;
} backends[] = {
	{ BACKEND_BPF_LSM, "bpf-lsm" },       { BACKEND_TP_KILL, "tp-kill" },
	{ BACKEND_CGROUP_BPF, "cgroup-bpf" }, { BACKEND_FANOTIFY, "fanotify" },
	{ BACKEND_RUNTIME, "runtime" },
};

/* In the order in which people meet them. */
static const struct {
	enum guard_file_op op;
	const char *name;
} ops[] = {
	{ FILE_OP_CREATE, "create" },     { FILE_OP_WRITE, "write" },
	{ FILE_OP_TRUNCATE, "truncate" }, { FILE_OP_RENAME, "rename" },
	{ FILE_OP_UNLINK, "unlink" },     { FILE_OP_LINK, "link" },
	{ FILE_OP_CHMOD, "chmod" },       { FILE_OP_CHOWN, "chown" },
	{ FILE_OP_XATTR, "xattr" },       { FILE_OP_MOUNT, "mount" },
	{ FILE_OP_READ, "read" },
};

const char *rule_kind_name(enum rule_kind k)
{
	return (unsigned)k < RULE_KINDS ? kinds[k] : "unknown";
}

const char *rule_action_name(enum guard_action a)
{
	return (unsigned)a < sizeof actions / sizeof actions[0] ? actions[a] : "unknown";
}

const char *rule_state_name(enum rule_state s)
{
	return (unsigned)s < sizeof states / sizeof states[0] ? states[s] : "unknown";
}

const char *rule_backend_name(enum guard_backend b)
{
	for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++)
		if (backends[i].backend == b)
			return backends[i].name;
	return "unknown";
}

const char *rule_file_op_name(enum guard_file_op op)
{
	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++)
		if (ops[i].op == op)
			return ops[i].name;
	return "unknown";
}
