/* What the kernel programs must know by its inode: on the node the runtimes' sockets
 * and programs and the files by which a write becomes a program of the node's; in a
 * container its interpreters. */
#include "agent/node.h"

#include <fcntl.h>
#include <sys/stat.h>

/* Marks without a rule of their own: the policy's item decides. The last two of the
 * node's file rules are theirs. */
enum { MARK_SOCKET = RULE_FILES_MOST, MARK_RUNTIME = RULE_FILES_MOST + 1 };

static const char *const programs[] = {
	"/usr/bin/runc",
	"/usr/sbin/runc",
	"/usr/local/bin/runc",
	"/usr/local/sbin/runc",
	"/usr/bin/crun",
	"/usr/local/bin/crun",
	"/usr/bin/containerd-shim-runc-v2",
	"/usr/local/bin/containerd-shim-runc-v2",
	"/usr/bin/conmon",
	NULL,
};

static const char *const interpreters[] = {
	"/bin/sh",          "/bin/bash",
	"/bin/dash",        "/bin/busybox",
	"/bin/zsh",         "/bin/ksh",
	"/usr/bin/python3", "/usr/local/bin/python3",
	"/usr/bin/python",  "/usr/local/bin/python",
	"/usr/bin/perl",    "/usr/local/bin/perl",
	"/usr/bin/php",     "/usr/local/bin/php",
	"/usr/bin/ruby",    "/usr/local/bin/ruby",
	"/usr/bin/node",    "/usr/local/bin/node",
	"/usr/bin/lua",     "/usr/bin/tclsh",
	"/usr/bin/awk",     NULL,
};

int host_file_rules(struct node *n, struct error *err)
{
	struct guard_file_rule socket = { .item = ITEM_RUNTIME_SOCKET };
	struct guard_file_rule runtime = { .item = ITEM_RUNTIME_WRITE };
	if (enforcer_file_rule(n->enforcer, MARK_SOCKET, &socket, err) != 0)
		return -1;
	return enforcer_file_rule(n->enforcer, MARK_RUNTIME, &runtime, err);
}

/* What is not there needs no mark. */
static int mark_all(struct node *n, const char *const *paths, unsigned bit, struct error *err)
{
	struct guard_protect add = { .self = 1ull << bit };
	for (size_t i = 0; paths[i] != NULL; i++) {
		int fd = open(paths[i], O_PATH | O_CLOEXEC);
		if (fd >= 0 && marks_add(&n->marks, 0, fd, &add, err) != 0)
			return error_wrap(err, "%s", paths[i]);
	}
	return 0;
}

static int mark_places(struct node *n, const struct rule *r, uint64_t bits, struct error *err)
{
	struct guard_protect add = { .below = bits };
	const char *place;
	for (size_t i = 0; (place = rule_file_place(r, i)) != NULL; i++) {
		int fd = open(place, O_PATH | O_CLOEXEC);
		if (fd >= 0 && marks_add(&n->marks, 0, fd, &add, err) != 0)
			return error_wrap(err, "%s", place);
	}
	return 0;
}

int host_mark(struct node *n, struct error *err)
{
	if ((n->backends & BACKEND_BPF_LSM) == 0)
		return 0;
	if (mark_all(n, rule_runtime_sockets, MARK_SOCKET, err) != 0 ||
	    mark_all(n, programs, MARK_RUNTIME, err) != 0)
		return -1;
	for (size_t i = 0; i < n->files.count; i++) {
		const struct guard_file_rule *k = &n->files.rule[i];
		if (k->rule == 0 || k->rule > n->rules.count)
			continue;
		const struct rule *r = &n->rules.rule[k->rule - 1];
		if ((k->item == ITEM_HOST_FILE || r->scope.host) &&
		    mark_places(n, r, 1ull << (n->files.base + i), err) != 0)
			return -1;
	}
	return 0;
}

int host_interpreters(struct node *n, const struct container *c, int root, struct error *err)
{
	for (size_t i = 0; interpreters[i] != NULL; i++) {
		cleanup_close int fd = files_open_below(root, interpreters[i], NULL);
		struct guard_file_id id = { .dev = c->root_dev };
		if (fd < 0 || !files_inode(fd, &id.ino))
			continue;
		if (marks_program(&n->marks, PROGRAM_INTERPRETER, c->number, &id, 1, err) != 0)
			return -1;
	}
	return 0;
}
