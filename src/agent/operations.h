/* What people do to the node: by whom, when, to what, with which result. */
#ifndef CORTEN_AGENT_OPERATIONS_H
#define CORTEN_AGENT_OPERATIONS_H

#include "agent/node.h"

struct peer {
	uint32_t uid, login_uid, sudo_uid; /* UINT32_MAX: not told */
	pid_t pid;
};

/* What an operation adds to its record beside its words. */
struct operation_detail {
	char container[160]; /* id */
	char text[1024]; /* of what was done it to: program, path, quarantine's id */
};

/* What the kernel says of a client, and sudo of whom it stands for. */
void peer_look(const struct ucred *u, struct peer *ret);

/* STATE/operations.log: a line of JSON each, on the disk before the answer. */
int operations_record(struct node *n, const struct peer *who, const char *const *words,
		      size_t count, const struct operation_detail *what, const struct error *why,
		      struct error *err);
/* The newest, oldest first. */
int operations_list(struct node *n, struct control_server *s, int client, struct error *err);

/* Kills a process: one of a container, or, where `host`, of the node itself. */
int operation_kill(struct node *n, const char *pid, bool host, struct operation_detail *what,
		   struct error *err);

/* quarantine.c: path is as the container's processes see it. */
int operation_quarantine(struct node *n, const char *container, const char *path,
			 const struct peer *who, struct operation_detail *what, struct error *err);
/* folder: of the node, to restore to; "": where the file was. */
int operation_restore(struct node *n, const char *id, const char *folder,
		      struct operation_detail *what, struct error *err);
int quarantine_list(struct node *n, struct control_server *s, int client, struct error *err);

/* The root of a container as a process of it that lives has it; O_PATH. */
int container_root_open(struct node *n, const struct container *c, struct error *err);

/* The v2 folder of a container's cgroup. */
int container_cgroup_open(const struct container *c, struct error *err);

#endif
