/* Processes seen lately. A process is named by its number and its start time, so
 * that a number used again never gives a wrong parent. */
#include <stdlib.h>

#include "sensor/internal.h"

enum { ARGS_KEPT = 256, NONE = UINT32_MAX };

struct entry {
	struct process process;
	uint32_t chain; /* the next of its bucket */
	uint32_t newer, older; /* by use */
};

struct process_table {
	struct entry *entry;
	uint32_t *bucket;
	uint64_t key;
	uint32_t most, count, mask;
	uint32_t newest, oldest;
};

int process_table_new(size_t most, struct process_table **ret, struct error *err)
{
	struct process_table *t = calloc(1, sizeof *t);
	uint32_t buckets = 64;
	if (most == 0 || most > UINT32_MAX / 4)
		most = UINT32_MAX / 4;
	while (buckets < most)
		buckets *= 2;
	if (t != NULL) {
		t->entry = calloc(most, sizeof *t->entry);
		t->bucket = calloc(buckets, sizeof *t->bucket);
	}
	if (t == NULL || t->entry == NULL || t->bucket == NULL) {
		process_table_free(t);
		return error_set(err, ERR_MEMORY, "no memory for a table of %zu processes", most);
	}
	memset(t->bucket, 0xff, buckets * sizeof *t->bucket); /* NONE */
	t->key = hash_random_key();
	t->most = (uint32_t)most;
	t->mask = buckets - 1;
	t->newest = t->oldest = NONE;
	*ret = t;
	return 0;
}

void process_table_free(struct process_table *t)
{
	if (t == NULL)
		return;
	for (uint32_t i = 0; t->entry != NULL && i < t->count; i++) {
		free(t->entry[i].process.exe);
		free(t->entry[i].process.args);
	}
	free(t->entry);
	free(t->bucket);
	free(t);
}

/* --- the list by use -------------------------------------------------------------------- */

static void unlink_entry(struct process_table *t, uint32_t i)
{
	struct entry *e = &t->entry[i];
	*(e->newer == NONE ? &t->newest : &t->entry[e->newer].older) = e->older;
	*(e->older == NONE ? &t->oldest : &t->entry[e->older].newer) = e->newer;
}

static void link_newest(struct process_table *t, uint32_t i)
{
	t->entry[i].newer = NONE;
	t->entry[i].older = t->newest;
	*(t->newest == NONE ? &t->oldest : &t->entry[t->newest].newer) = i;
	t->newest = i;
}

static void use(struct process_table *t, uint32_t i)
{
	if (t->newest == i)
		return;
	unlink_entry(t, i);
	link_newest(t, i);
}

/* --- the table ------------------------------------------------------------------------------ */

static uint32_t *bucket_of(struct process_table *t, uint32_t tgid, uint64_t start)
{
	uint8_t name[12];
	memcpy(name, &tgid, sizeof tgid);
	memcpy(name + sizeof tgid, &start, sizeof start);
	return &t->bucket[hash_bytes(t->key, bytes_of(name, sizeof name)) & t->mask];
}

static uint32_t find(struct process_table *t, uint32_t tgid, uint64_t start)
{
	if (start == 0) /* not known: it names nobody */
		return NONE;
	uint32_t i = *bucket_of(t, tgid, start);
	while (i != NONE &&
	       (t->entry[i].process.tgid != tgid || t->entry[i].process.start_time != start))
		i = t->entry[i].chain;
	return i;
}

static void forget(struct process_table *t, uint32_t i)
{
	struct process *p = &t->entry[i].process;
	uint32_t *at = bucket_of(t, p->tgid, p->start_time);
	while (*at != i)
		at = &t->entry[*at].chain;
	*at = t->entry[i].chain;
	unlink_entry(t, i);
	free(p->exe);
	free(p->args);
}

/* A place for a new process: a fresh one, or that of the one unused for longest. */
static uint32_t make(struct process_table *t, uint32_t tgid, uint64_t start)
{
	uint32_t i = t->count < t->most ? t->count : t->oldest;
	if (i == t->count)
		t->count++;
	else
		forget(t, i);
	uint32_t *bucket = bucket_of(t, tgid, start);
	t->entry[i] = (struct entry){ .process = { .tgid = tgid, .start_time = start },
				      .chain = *bucket };
	*bucket = i;
	link_newest(t, i);
	return i;
}

const struct process *process_table_newest(const struct process_table *t, uint32_t tgid)
{
	for (uint32_t i = t->newest, n = 0; n < t->count && i != NONE; i = t->entry[i].older, n++)
		if (t->entry[i].process.tgid == tgid)
			return &t->entry[i].process;
	return NULL;
}

/* --- what events tell ------------------------------------------------------------------------ */

/* NULL without memory, or for nothing: then it is not known. */
static char *copy(struct bytes b, size_t most)
{
	size_t n = b.n < most ? b.n : most;
	char *s = n == 0 ? NULL : malloc(n + 1);
	if (s == NULL)
		return NULL;
	memcpy(s, b.p, n);
	s[n] = '\0';
	return s;
}

static int set_program(struct process *p, const struct event *e, struct error *err)
{
	bool masked;
	cleanup_buf struct buf args = buf_max(8 * GUARD_ARGS);
	if (args_mask(e->args, ' ', &args, &masked, err) < 0)
		return -1;
	free(p->exe);
	free(p->args);
	p->exe = copy(e->path, GUARD_PATH);
	p->args = copy(buf_view(&args), ARGS_KEPT);
	return 0;
}

/* A child runs its parent's program until it executes another. */
static void inherit(struct process_table *t, struct process *p, const struct guard_event *k)
{
	uint32_t i = find(t, k->ppid, k->parent_start_time);
	if (i == NONE || p->exe != NULL)
		return;
	const struct process *parent = &t->entry[i].process;
	if (parent->exe != NULL)
		p->exe = strdup(parent->exe);
	if (parent->args != NULL)
		p->args = strdup(parent->args);
}

int process_table_see(struct process_table *t, const struct event *e, struct error *err)
{
	const struct guard_event *k = &e->kernel;
	if (k->start_time == 0)
		return 0; /* about no process */
	uint32_t i = find(t, k->tgid, k->start_time);
	if (i == NONE)
		i = make(t, k->tgid, k->start_time);
	else
		use(t, i);
	struct process *p = &t->entry[i].process;
	p->container = k->container;
	p->uid = k->uid;
	if (k->parent_start_time != 0) {
		p->ppid = k->ppid;
		p->parent_start_time = k->parent_start_time;
	}
	memcpy(p->comm, k->comm, sizeof p->comm);
	if (k->type == EVENT_EXEC)
		return set_program(p, e, err);
	if (k->type == EVENT_FORK)
		inherit(t, p, k);
	return 0;
}

size_t process_table_ancestry(struct process_table *t, const struct event *e,
			      const struct process **ret, size_t most)
{
	uint32_t tgid = e->kernel.tgid;
	uint64_t start = e->kernel.start_time;
	size_t n = 0;
	while (n < most) {
		uint32_t i = find(t, tgid, start);
		if (i == NONE)
			break;
		const struct process *p = &t->entry[i].process;
		use(t, i); /* the ancestors of living processes stay */
		ret[n++] = p;
		/* A parent began before its child: a chain cannot be a ring. */
		if (p->parent_start_time > start ||
		    (p->parent_start_time == start && p->ppid == tgid))
			break;
		tgid = p->ppid;
		start = p->parent_start_time;
	}
	return n;
}
