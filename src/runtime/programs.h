/* image_programs from the inside. */
#ifndef CORTEN_RUNTIME_PROGRAMS_H
#define CORTEN_RUNTIME_PROGRAMS_H

#include <pthread.h>

#include "runtime/runtime.h"

enum {
	PROGRAMS_MAX = 200000, /* of one image */
	PROGRAMS_PATHS_MAX = 24 * 1024 * 1024, /* their names together */
	PROGRAMS_FOLDERS_MAX = 2000000, /* of one image, looked into */
	PROGRAMS_DEPTH = 128,
	YOUNG_NS = 20 * 1000 * 1000, /* the kernel's clock of files steps by up to 10 ms */
	YOUNG_STEP_NS = 2 * 1000 * 1000,
	YOUNG_STEPS = 600,
	VERDICT_TRIES = 3
};

struct program {
	uint64_t size;
	uint32_t path; /* offset into paths; below the layer, without the first '/' */
	uint16_t layer;
	bool summed;
	bool unreadable;
	struct digest digest;
};

struct image_programs {
	char **layers; /* copies */
	size_t layer_count;
	pthread_mutex_t lock; /* for all below but what is gathered, once it is */
	bool gathered;
	struct program *program; /* by size */
	size_t count, cap;
	struct buf paths; /* names, each with its NUL */
	uint64_t left_out, folders;
};

/* Gathers one layer's. */
int programs_gather(struct image_programs *p, uint16_t layer, struct error *err);

#endif
