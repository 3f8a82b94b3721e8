/* attack: the decisive first step of each item's attack, harmless in effect: what
 * is written is what was there, what is made is in the container. One program, run
 * in a container by guard_try. */
#ifndef CORTEN_TEST_ATTACK_H
#define CORTEN_TEST_ATTACK_H

#include <stddef.h>
#include <sys/types.h>

/* What an attack returns; negative: -errno of the step that was refused. */
enum attack_result {
	ATTACK_HAPPENED = 1,
	ATTACK_KILLED = 2, /* the program that was run died of SIGKILL */
	ATTACK_ABSENT = 3 /* cannot be tried here; attack_absent says why */
};

struct attack {
	const char *name; /* item, or item/form */
	int (*run)(void);
};

extern const struct attack attacks_exec[], attacks_kernel[], attacks_file[], attacks_net[];

/* The process outside that started the container's first one. */
extern pid_t attack_starter;

/* One operation of a file rule ("write") on a file that is there; for "create" beside
 * it, under a name with the same end. */
int attack_file(const char *operation, const char *path);

/* Connects to a socket and says nothing. */
int attack_connect(const char *path);

/* Listens where a runtime would; 0 or -errno. */
int attack_listen(void);

/* Notes the reason and returns ATTACK_ABSENT. */
int attack_absent(const char *why);

/* A name in folder that was not used before; in a static buffer of its own for each
 * of the last eight calls. */
const char *fresh_name(const char *folder);

/* Copies a file, mode 0755; 0 or -errno. extra: bytes appended, to make it new. */
int copy_program(const char *from, const char *to, const char *extra);

/* Runs a program that exits with 42 and tells how it went. */
int run_program(const char *path);
int run_arguments(char *const argv[]);

/* Writes to a file what it holds, or text where it holds nothing; -errno. */
int rewrite(const char *path, const char *text);

#endif
