/* Programs that change while they are run: processes that write, rename, link, remove and
 * run the same few names, some of them the image's. A success is a program that ends with
 * CODE_FOREIGN: no rule lets such a content run, under no name, at no time. */
#include "many.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

enum { NAMES = 6, PROCESSES_MOST = 64 };

static const char *const names[NAMES] = { "/bin/race0", "/bin/race1", "/bin/race2",
					  "/opt/race3", "/opt/race4", "/srv/race5" };

struct racer {
	unsigned seed;
	bool names; /* only names change: no content is the image's first and another's then */
	unsigned char *held; /* a mapping that is written to whenever it comes about */
	char own[32]; /* a name that no other uses */
};

static unsigned draw(struct racer *r, unsigned below)
{
	return (unsigned)rand_r(&r->seed) % below;
}

static const char *any(struct racer *r)
{
	return names[draw(r, NAMES)];
}

/* The kernel's answers do not matter here: whoever comes second may find nothing. */
static void let(long result)
{
	(void)result;
}

static unsigned char any_code(struct racer *r)
{
	return !r->names && draw(r, 3) != 0 ? CODE_IMAGE : CODE_FOREIGN;
}

/* --- changes ----------------------------------------------------------------- */

static void replace(struct racer *r)
{
	(void)unlink(r->own); /* it may be a second name of what others have mapped */
	if (many_make(r->own, any_code(r), draw(r, 16) == 0) == 0)
		let(rename(r->own, any(r)));
}

static void write_in_place(struct racer *r)
{
	unsigned char code = any_code(r);
	int fd = open(any(r), O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	let(pwrite(fd, &code, 1, many_code_at()));
	close(fd);
}

/* The mapping outlives its descriptor. */
static void map(struct racer *r)
{
	int fd = open(any(r), O_RDWR | O_CLOEXEC);
	unsigned char *at;

	if (fd < 0)
		return;
	at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (at == MAP_FAILED)
		return;
	if (r->held != NULL)
		munmap(r->held, 4096);
	r->held = at;
}

static void exchange(struct racer *r)
{
	let(syscall(SYS_renameat2, AT_FDCWD, any(r), AT_FDCWD, any(r), RENAME_EXCHANGE));
}

static void second_name(struct racer *r)
{
	let(unlink(r->own));
	if (link(any(r), r->own) == 0)
		let(rename(r->own, any(r)));
}

static void rename_one(struct racer *r)
{
	let(rename(any(r), any(r)));
}

static void change(struct racer *r)
{
	static void (*const of_names[])(struct racer * r) = { replace, exchange, second_name,
							      rename_one };

	if (r->held != NULL)
		r->held[many_code_at()] = any_code(r);
	if (r->names || draw(r, 2) == 0) {
		of_names[draw(r, 4)](r);
		return;
	}
	switch (draw(r, 3)) {
	case 0:
		write_in_place(r);
		break;
	case 1:
		map(r);
		break;
	default:
		if (r->held != NULL) {
			munmap(r->held, 4096);
			r->held = NULL;
		}
	}
}

/* --- the race ------------------------------------------------------------------- */

/* Half of them change, a quarter runs, a quarter does both. */
static void race(unsigned number, bool names_only, unsigned long count, struct many_count *c,
		 _Atomic bool *end)
{
	struct racer r = { .seed = number * 7919 + 1, .names = names_only };
	bool runs = number % 2 == 1, changes = number % 4 != 1;

	snprintf(r.own, sizeof(r.own), "/opt/own%u", number);
	while (!*end && c->tries < count) {
		if (changes)
			change(&r);
		if (runs && r.held != NULL)
			r.held[many_code_at()] = CODE_IMAGE;
		if (runs)
			many_count(c, many_exec_path(any(&r)), MANY_HAPPENED);
	}
	if (r.held != NULL)
		munmap(r.held, 4096);
}

struct shared {
	_Atomic bool end;
	struct many_count count[PROCESSES_MOST];
};

static void add(struct many_count *sum, const struct many_count *one)
{
	sum->tries += one->tries;
	sum->happened += one->happened;
	sum->stopped += one->stopped;
	sum->other += one->other;
}

/* COUNT programs in all are started; those that only change go on until that is done. */
int many_race(unsigned long count, unsigned processes, bool names_only)
{
	struct shared *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct many_count sum = { 0 };
	pid_t child[PROCESSES_MOST];
	unsigned runners = processes / 2;

	if (s == MAP_FAILED || processes < 2 || processes > PROCESSES_MOST)
		return 1;
	for (unsigned i = 0; i < processes; i++) {
		child[i] = fork();
		if (child[i] == 0) {
			race(i, names_only, count / runners + 1, &s->count[i], &s->end);
			_exit(0);
		}
	}
	for (unsigned i = 1; i < processes; i += 2)
		waitpid(child[i], NULL, 0);
	s->end = true;
	for (unsigned i = 0; i < processes; i += 2)
		waitpid(child[i], NULL, 0);
	for (unsigned i = 0; i < processes; i++)
		add(&sum, &s->count[i]);
	many_print(names_only ? "race/names" : "race", &sum);
	return 0;
}
