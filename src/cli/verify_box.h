/* A throw-away container in which items are triggered: runc's, in memory, privileged so
 * that nothing but the guard stands in the way, with corten-verify as its only program. */
#ifndef CORTEN_CLI_VERIFY_BOX_H
#define CORTEN_CLI_VERIFY_BOX_H

#include "base/base.h"

enum { VERIFY_ANSWER = 160 };

struct verify_box {
	char dir[64], name[65];
	char volume[64]; /* on a disk: programs there are not of the image */
	bool memory, cgroup1, overlay; /* what is mounted */
	bool disk; /* the volume truly is on one */
	pid_t runtime; /* 0: not started */
	int to, from;
};

int verify_box_start(struct verify_box *b, struct error *err);
/* What became of one item's first step: "happened", "killed", "denied …", "absent …". */
int verify_box_try(struct verify_box *b, const char *item, char ret[VERIFY_ANSWER],
		   struct error *err);
void verify_box_end(struct verify_box *b);

#endif
