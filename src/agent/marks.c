#include "agent/marks.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- inodes ---------------------------------------------------------------------- */

/* Inodes' numbers are consecutive or of a device each: both count. */
static struct mark **bucket_of(struct marks *m, dev_t dev, ino_t ino)
{
	uint64_t key = ((uint64_t)dev << 32 ^ (uint64_t)ino) * UINT64_C(0x9E3779B97F4A7C15);
	return &m->bucket[key >> 32 & (MARK_BUCKETS - 1)];
}

static struct guard_protect either(const struct guard_protect *a, const struct guard_protect *b)
{
	return (struct guard_protect){ .below = a->below | b->below,
				       .self = a->self | b->self,
				       .above = a->above | b->above };
}

static bool same(const struct guard_protect *a, const struct guard_protect *b)
{
	return a->below == b->below && a->self == b->self && a->above == b->above;
}

static bool is_none(const struct guard_protect *p)
{
	return (p->below | p->self | p->above) == 0;
}

/* What the kernel has to hold of an inode, for all containers that name it. */
static struct guard_protect held_of(struct marks *m, dev_t dev, ino_t ino)
{
	struct guard_protect all = { 0 };
	for (const struct mark *k = *bucket_of(m, dev, ino); k != NULL; k = k->next)
		if (k->dev == dev && k->ino == ino)
			all = either(&all, &k->held);
	return all;
}

static struct mark *mark_of(struct marks *m, uint32_t container, const struct stat *st,
			    struct error *err)
{
	struct mark **first = bucket_of(m, st->st_dev, st->st_ino), *k = *first;
	while (k != NULL &&
	       (k->container != container || k->dev != st->st_dev || k->ino != st->st_ino))
		k = k->next;
	if (k != NULL)
		return k;
	k = calloc(1, sizeof *k);
	if (k == NULL) {
		error_set(err, ERR_MEMORY, "no memory for another protected file");
		return NULL;
	}
	*k = (struct mark){ .next = *first,
			    .fd = -1,
			    .container = container,
			    .dev = st->st_dev,
			    .ino = st->st_ino };
	*first = k;
	m->count++;
	return k;
}

int marks_add(struct marks *m, uint32_t container, int fd, const struct guard_protect *add,
	      struct error *err)
{
	cleanup_close int owned = fd;
	struct stat st;
	if (fstat(owned, &st) != 0)
		return error_errno(err, "cannot look at a protected file");
	struct mark *k = mark_of(m, container, &st, err);
	if (k == NULL)
		return -1;
	struct guard_protect before = held_of(m, st.st_dev, st.st_ino), own = k->held;
	k->wanted = either(&k->wanted, add);
	k->held = either(&k->held, add);
	if (k->fd < 0)
		k->fd = fd_take(&owned);
	struct guard_protect now = either(&before, add);
	if (same(&before, &now))
		return 0;
	if (m->to.protect(m->to.ctx, k->fd, &now, err) == 0)
		return 0;
	k->held = own; /* the next try asks the kernel again */
	return -1;
}

/* Takes *at out of its list, and from the inode what nobody else wants. */
static int mark_drop(struct marks *m, struct mark **at, struct error *err)
{
	struct mark *k = *at;
	struct guard_protect before = held_of(m, k->dev, k->ino);
	*at = k->next;
	struct guard_protect now = held_of(m, k->dev, k->ino);
	int r = same(&before, &now) ? 0 : m->to.protect(m->to.ctx, k->fd, &now, err);
	if (k->fd >= 0)
		(void)close(k->fd);
	free(k);
	m->count--;
	return r;
}

static int mark_settle(struct marks *m, struct mark *k, struct error *err)
{
	struct guard_protect before = held_of(m, k->dev, k->ino);
	k->held = k->wanted;
	struct guard_protect now = held_of(m, k->dev, k->ino);
	return same(&before, &now) ? 0 : m->to.protect(m->to.ctx, k->fd, &now, err);
}

/* --- programs ---------------------------------------------------------------------- */

static bool same_id(const struct guard_file_id *a, const struct guard_file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

static uint64_t bits_of(const struct marks *m, enum program_kind kind,
			const struct guard_file_id *id)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < m->program_count; i++)
		if (m->program[i].kind == kind && same_id(&m->program[i].id, id))
			bits |= m->program[i].held;
	return bits;
}

static struct known_program *program_of(struct marks *m, enum program_kind kind, uint32_t container,
					const struct guard_file_id *id, struct error *err)
{
	for (size_t i = 0; i < m->program_count; i++) {
		struct known_program *p = &m->program[i];
		if (p->kind == kind && p->container == container && same_id(&p->id, id))
			return p;
	}
	if (m->program_count == m->program_cap) {
		size_t cap = m->program_cap == 0 ? 16 : m->program_cap * 2;
		struct known_program *more = reallocarray(m->program, cap, sizeof *more);
		if (more == NULL) {
			error_set(err, ERR_MEMORY, "no memory for another program");
			return NULL;
		}
		m->program = more;
		m->program_cap = cap;
	}
	struct known_program *p = &m->program[m->program_count++];
	*p = (struct known_program){ .container = container, .kind = kind, .id = *id };
	return p;
}

int marks_program(struct marks *m, enum program_kind kind, uint32_t container,
		  const struct guard_file_id *id, uint64_t bits, struct error *err)
{
	struct known_program *p = program_of(m, kind, container, id, err);
	if (p == NULL)
		return -1;
	uint64_t before = bits_of(m, kind, id), own = p->held;
	p->wanted |= bits;
	p->held |= bits;
	if ((before | bits) == before ||
	    m->to.program(m->to.ctx, kind, id, before | bits, err) == 0)
		return 0;
	p->held = own;
	return -1;
}

/* Of program i these bits are left. */
static int program_settle(struct marks *m, size_t i, uint64_t bits, struct error *err)
{
	struct known_program *p = &m->program[i], copy = *p;
	uint64_t before = bits_of(m, copy.kind, &copy.id);
	p->held = bits;
	if (bits == 0)
		*p = m->program[--m->program_count];
	uint64_t now = bits_of(m, copy.kind, &copy.id);
	return now == before ? 0 : m->to.program(m->to.ctx, copy.kind, &copy.id, now, err);
}

/* --- all ----------------------------------------------------------------------------- */

void marks_begin(struct marks *m)
{
	for (size_t i = 0; i < MARK_BUCKETS; i++)
		for (struct mark *k = m->bucket[i]; k != NULL; k = k->next)
			k->wanted = (struct guard_protect){ 0 };
	for (size_t i = 0; i < m->program_count; i++)
		if (m->program[i].kind == PROGRAM_TRUSTED)
			m->program[i].wanted = 0;
}

int marks_end(struct marks *m, struct error *err)
{
	int r = 0;
	for (size_t i = 0; i < MARK_BUCKETS; i++)
		for (struct mark **at = &m->bucket[i]; *at != NULL;) {
			bool gone = is_none(&(*at)->wanted);
			if ((gone ? mark_drop(m, at, err) : mark_settle(m, *at, err)) != 0)
				r = -1;
			if (!gone)
				at = &(*at)->next;
		}
	for (size_t i = m->program_count; i-- > 0;)
		if (program_settle(m, i, m->program[i].wanted, err) != 0)
			r = -1;
	return r;
}

int marks_send(struct marks *m, struct error *err)
{
	int r = 0;
	for (size_t i = 0; i < MARK_BUCKETS; i++)
		for (const struct mark *k = m->bucket[i]; k != NULL; k = k->next) {
			struct guard_protect all = held_of(m, k->dev, k->ino);
			if (m->to.protect(m->to.ctx, k->fd, &all, err) != 0)
				r = -1;
		}
	for (size_t i = 0; i < m->program_count; i++) {
		const struct known_program *p = &m->program[i];
		if (m->to.program(m->to.ctx, p->kind, &p->id, bits_of(m, p->kind, &p->id), err) !=
		    0)
			r = -1;
	}
	return r;
}

/* The kernel forgets with the inode what it cannot be told now. */
void marks_release(struct marks *m, uint32_t container)
{
	struct error ignored = { 0 };
	for (size_t i = 0; i < MARK_BUCKETS; i++)
		for (struct mark **at = &m->bucket[i]; *at != NULL;)
			if ((*at)->container == container)
				(void)mark_drop(m, at, &ignored);
			else
				at = &(*at)->next;
	for (size_t i = m->program_count; i-- > 0;)
		if (m->program[i].container == container)
			(void)program_settle(m, i, 0, &ignored);
}

void marks_free(struct marks *m)
{
	for (size_t i = 0; i < MARK_BUCKETS; i++)
		while (m->bucket[i] != NULL) {
			struct mark *k = m->bucket[i];
			m->bucket[i] = k->next;
			if (k->fd >= 0)
				(void)close(k->fd);
			free(k);
		}
	free(m->program);
	*m = (struct marks){ .to = m->to };
}
