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
	struct vex_outcome *outcomes; /* after vex_set_apply */
	size_t count;
	struct arena arena;
};

/* Reads the documents of --vex; one that cannot be read is an error. To be freed in
 * any case. */
int vex_set_read(struct vex_set *v, const struct cli_args *args, struct error *err);
void vex_set_free(struct vex_set *v);
void vex_set_apply(struct vex_set *v, struct scan_result *r, const char *name);

#endif
