/* many: tries one thing many times, fast: a loop within a process of the container, not a
 * command a try. Harmless in effect: the programs that are run only end, and what is
 * changed is the test's own.
 *
 * many make PATH CODE       writes a program that ends with CODE
 * many forms LIST           the forms of a list
 * many run LIST COUNT FORM...  programs that are not from the image (LIST: foreign) or that
 *                           are (LIST: image), COUNT tries a form
 * many race COUNT PROCESSES [names]  programs that change while they are run; names: only
 *                           their names do
 * many file COUNT           changes of /protected, once /go is there
 * many keep                 writes /protected/kept until /stop is there
 *
 * Prints a line a form: FORM TRIES HAPPENED STOPPED OTHER WHY SECONDS, tabs between. */
#ifndef CORTEN_TEST_MANY_H
#define CORTEN_TEST_MANY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* With what a program ends: one of the image's, and one that differs in this byte. */
enum { CODE_IMAGE = 42, CODE_FOREIGN = 43 };

/* How a try ended; negative: -errno of a step that no guard refuses. */
enum many_result { MANY_HAPPENED = 1, MANY_STOPPED = 2, MANY_ALLOWED = 3 };

struct many_form {
	const char *name;
	int (*run)(unsigned i);
};

extern const struct many_form many_foreign[], many_image[];

struct many_count {
	unsigned long tries, happened, stopped, other;
	int why; /* errno of the first of the others */
	double seconds; /* that the tries took; 0 where nobody measured it */
};

void many_count(struct many_count *c, int result, int wanted);
void many_print(const char *name, const struct many_count *c);

/* Runs by execveat(2); the program's own end tells what it was. */
int many_exec(int dir, const char *path, int flags);
int many_exec_path(const char *path);

/* A program that ends with code, `extra` bytes longer than the shortest; 0 or -errno. */
int many_make(const char *path, int code, unsigned extra);
int many_fill(int fd, int code, unsigned extra);
/* Where in a program its code stands. */
off_t many_code_at(void);

int many_race(unsigned long count, unsigned processes, bool names_only);
int many_file(unsigned long count);
int many_keep(void);

#endif
