/* The VEX documents of a command line, read and applied. */
#ifndef CORTEN_CLI_VEX_H
#define CORTEN_CLI_VEX_H

#include "cli/internal.h"
#include "policy/vex.h"

#define VEX_OPTION                                                                                 \
	{                                                                                          \
		.name = "vex", .argument = "FILE",                                                 \
		.help = "Leave out what FILE (OpenVEX, CycloneDX or CSAF) says that the image is " \
			"not "                                                                     \
			"affected by, or has fixed. May be given several times."                   \
	}

struct vex_set {
	struct vex *documents;
	struct scan_vex *outcomes; /* after vex_set_apply */
	size_t count;
	struct arena arena;
};

/* Reads the documents of --vex. False: *ret_exit is EXIT_USAGE, and why is told: one that
 * cannot be read would only leave findings in, but is not what the user asked for. To be
 * freed in any case. */
bool vex_set_take(struct vex_set *v, const struct cli_args *args, int *ret_exit);
void vex_set_free(struct vex_set *v);
void vex_set_apply(struct vex_set *v, struct scan_result *r, const char *name);

#endif
