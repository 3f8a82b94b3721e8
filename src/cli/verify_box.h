/* A throw-away container in which items are triggered: runc's, in memory, privileged so
 * that nothing but the guard stands in the way, with corten-verify as its only program. */
#ifndef CORTEN_CLI_VERIFY_BOX_H
#define CORTEN_CLI_VERIFY_BOX_H

#include "base/base.h"

enum { VERIFY_ANSWER = 160 };

/* What the container has besides, for rules about files: filled by the caller. */
struct verify_files {
	const char *const *made; /* paths of files in the container, made with their folders */
	size_t count;
	const char *host; /* a file of the host's that it sees as /hostfile; NULL: none */
	const char *socket; /* a socket of the host's that it sees as /hostsocket; NULL: none */
};

struct verify_box {
	const struct verify_files *files;
	char dir[64], name[65];
	char volume[64]; /* on a disk: programs there are not of the image */
	bool memory, cgroup1, overlay; /* what is mounted */
	bool disk; /* the volume truly is on one */
	bool privileged; /* it has the capabilities by which that is told */
	pid_t runtime; /* 0: not started */
	int to, from;
};

int verify_box_start(struct verify_box *b, const struct verify_files *files, struct error *err);
/* What became of one item's first step: "happened", "killed", "denied …", "absent …".
 * "file-at/OPERATION PATH": of an operation on a file; "connect-to/PATH": a socket. */
int verify_box_try(struct verify_box *b, const char *item, char ret[VERIFY_ANSWER],
		   struct error *err);
void verify_box_end(struct verify_box *b);

#endif
