/* marks: what the kernel holds by inode for file rules, and which rules are the
 * reason. Rules are changed without a gap: what a new set names is added while the old
 * is still there, and what only the old named goes when the new set is in force. */
#ifndef CORTEN_AGENT_MARKS_H
#define CORTEN_AGENT_MARKS_H

#include <sys/types.h>

#include "base/base.h"
#include "bpf/guard.h"

/* What is known of a program by its inode. */
enum program_kind { PROGRAM_TRUSTED, PROGRAM_INTERPRETER };

/* How marks reach the kernel. */
struct mark_events {
	/* An inode's whole mark; all zero: none. */
	int (*protect)(void *ctx, int inode, const struct guard_protect *p, struct error *err);
	/* File rules that do not hold for a program, or 1 for an interpreter; 0: none. */
	int (*program)(void *ctx, enum program_kind kind, const struct guard_file_id *id,
		       uint64_t bits, struct error *err);
	void *ctx;
};

enum { MARK_BUCKETS = 1024 };

/* An inode that a container's rules name, kept open so that the kernel does not forget
 * it. Two containers may name one: the kernel has what either wants. */
struct mark {
	struct mark *next;
	int fd; /* O_PATH */
	uint32_t container; /* 0: the node */
	dev_t dev;
	ino_t ino;
	struct guard_protect held; /* of the rules in force and of those before */
	struct guard_protect wanted; /* of the newest rules */
};

struct known_program {
	uint32_t container;
	enum program_kind kind;
	struct guard_file_id id;
	uint64_t held, wanted;
};

struct marks {
	struct mark_events to;
	struct mark *bucket[MARK_BUCKETS];
	size_t count;
	struct known_program *program;
	size_t program_count, program_cap;
};

/* Adds bits to an inode's mark; takes fd, an O_PATH descriptor. */
int marks_add(struct marks *m, uint32_t container, int fd, const struct guard_protect *add,
	      struct error *err);
/* bits: of file rules, or 1. Interpreters stay until their container ends. */
int marks_program(struct marks *m, enum program_kind kind, uint32_t container,
		  const struct guard_file_id *id, uint64_t bits, struct error *err);
/* From here on a new set of rules is named; what was, stays until marks_end. */
void marks_begin(struct marks *m);
/* What the new set did not name goes. */
int marks_end(struct marks *m, struct error *err);
/* Tells the kernel everything again. */
int marks_send(struct marks *m, struct error *err);
/* A container has ended. */
void marks_release(struct marks *m, uint32_t container);
void marks_free(struct marks *m);

#endif
