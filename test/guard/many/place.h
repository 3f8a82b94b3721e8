/* place: a protected folder, or one that is like it and free, and what was opened there
 * before any rule held. */
#ifndef CORTEN_TEST_PLACE_H
#define CORTEN_TEST_PLACE_H

#include "many.h"

enum { PLACE_PATH = 96 };

struct place {
	const char *name;
	const char *base; /* the rule's folder; below it a/file and its kin */
	const char *parent; /* a folder above it that can be renamed */
	const char *second; /* another name of a/linked, outside */
	const char *beside; /* a folder outside, of the same file system */
	int file, folder; /* a/file for writing, a itself: opened before the rule */
	unsigned char *map; /* a/file, shared, for reading */
};

struct place_form {
	const char *name;
	/* 0: it was done; negative: -errno */
	int (*run)(const struct place *p, unsigned i);
};

extern const struct place_form place_changes[], place_bypasses[];

/* BASE/NAME, in one of eight buffers in turn. */
const char *below(const struct place *p, const char *name);
const char *beside(const struct place *p, const char *name);
/* 0 or -errno of a system call's result. */
int done(long result);
/* The same of what opens: it is closed again. */
int opened(int fd);
int place_in_child(const struct place *p, int (*run)(const struct place *p));

#endif
