#include "runtime/table.h"

#include <stdarg.h>
#include <stdio.h>

/* --- index: a hash of numbers that the kernel chose ------------------------------------------ */

/* Fibonacci hashing (Knuth, volume 3, 6.4): control groups' numbers are consecutive. */
static size_t slot_of(const struct index *x, uint64_t key)
{
	return (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (x->cap - 1);
}

static void put_slot(struct index *x, uint64_t key, struct entry *e)
{
	size_t i = slot_of(x, key);
	while (x->slots[i].key != 0 && x->slots[i].key != key)
		i = (i + 1) & (x->cap - 1);
	x->n += x->slots[i].key == 0;
	x->slots[i] = (struct index_slot){ key, e };
}

static int grow(struct index *x, struct error *err)
{
	struct index bigger = { .cap = x->cap == 0 ? 64 : x->cap * 2 };
	bigger.slots = calloc(bigger.cap, sizeof *bigger.slots);
	if (bigger.slots == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the table of containers");
	for (size_t i = 0; i < x->cap; i++)
		if (x->slots[i].key != 0)
			put_slot(&bigger, x->slots[i].key, x->slots[i].entry);
	free(x->slots);
	*x = bigger;
	return 0;
}

int index_put(struct index *x, uint64_t key, struct entry *e, struct error *err)
{
	if (x->n >= CONTAINER_CGROUPS_MAX)
		return error_set(err, ERR_LIMIT, "more than %d control groups of containers",
				 CONTAINER_CGROUPS_MAX);
	if (2 * (x->n + 1) > x->cap && grow(x, err) < 0)
		return -1;
	put_slot(x, key, e);
	return 0;
}

struct entry *index_get(const struct index *x, uint64_t key)
{
	if (x->cap == 0 || key == 0)
		return NULL;
	for (size_t i = slot_of(x, key); x->slots[i].key != 0; i = (i + 1) & (x->cap - 1))
		if (x->slots[i].key == key)
			return x->slots[i].entry;
	return NULL;
}

/* Closes the gap, so that what was put behind it is still found. */
static void close_gap(struct index *x, size_t gap)
{
	for (size_t i = gap;;) {
		x->slots[gap].key = 0;
		do {
			i = (i + 1) & (x->cap - 1);
			if (x->slots[i].key == 0)
				return;
			/* It may move where the gap lies between its own place and it. */
		} while (((i - slot_of(x, x->slots[i].key)) & (x->cap - 1)) <
			 ((i - gap) & (x->cap - 1)));
		x->slots[gap] = x->slots[i];
		gap = i;
	}
}

void index_drop(struct index *x, uint64_t key)
{
	if (x->cap == 0 || key == 0)
		return;
	size_t i = slot_of(x, key);
	while (x->slots[i].key != 0 && x->slots[i].key != key)
		i = (i + 1) & (x->cap - 1);
	if (x->slots[i].key == 0)
		return;
	x->n--;
	close_gap(x, i);
}

void index_drop_entry(struct index *x, const struct entry *e)
{
	for (size_t i = 0; i < x->cap;) {
		if (x->slots[i].key != 0 && x->slots[i].entry == e)
			index_drop(x, x->slots[i].key); /* another may have come here */
		else
			i++;
	}
}

void index_free(struct index *x)
{
	free(x->slots);
	*x = (struct index){ 0 };
}

/* --- entries -------------------------------------------------------------------------------- */

struct entry *table_of(struct container *c)
{
	return (struct entry *)c;
}

static char *const nothing = (char[]){ "" };

static void set_unknown(struct entry *e)
{
	struct container *c = &e->c;
	c->id = c->name = c->image = c->image_digest = c->pod = c->namespace = c->app = nothing;
	c->bundle = c->cgroup_path = c->root = c->upper = nothing;
	e->sandbox = e->space = e->start.cwd = nothing;
	c->flags = CONTAINER_PROVISIONAL;
	c->arena = &e->arena;
}

void entry_free(struct entry *e)
{
	arena_free(&e->arena);
	free(e);
}

static int make_room(struct containers *t, struct error *err)
{
	if (t->count >= GUARD_CONTAINERS)
		return error_set(err, ERR_LIMIT, "more than %d containers on this node",
				 GUARD_CONTAINERS);
	if (t->count < t->cap)
		return 0;
	size_t cap = t->cap == 0 ? 64 : 2 * t->cap;
	struct entry **entries = reallocarray(t->entries, cap, sizeof(struct entry *));
	if (entries == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the table of containers");
	t->entries = entries;
	t->cap = cap;
	return 0;
}

/* Numbers are not used again while the kernel may still hold a label with one. */
static uint32_t next_number(struct containers *t)
{
	do
		t->last_number++;
	while (t->last_number == 0 || index_get(&t->by_number, t->last_number) != NULL);
	return t->last_number;
}

struct entry *entry_new(struct asker *a, struct error *err)
{
	struct entry *e = calloc(1, sizeof *e);
	if (e == NULL) {
		error_set(err, ERR_MEMORY, "no memory for a container");
		return NULL;
	}
	e->arena = arena_max(CONTAINER_ARENA_MAX);
	e->made = clock_monotonic_ns();
	e->asker = a;
	set_unknown(e);
	return e;
}

int table_put(struct containers *t, struct entry *e, struct error *err)
{
	table_expire(t);
	e->asker = &t->asker;
	e->c.number = next_number(t);
	if (make_room(t, err) == 0 && index_put(&t->by_number, e->c.number, e, err) == 0) {
		t->entries[t->count++] = e;
		return 0;
	}
	entry_free(e);
	return -1;
}

struct entry *table_add(struct containers *t, struct error *err)
{
	struct entry *e = entry_new(&t->asker, err);
	return e != NULL && table_put(t, e, err) == 0 ? e : NULL;
}

void table_remove(struct containers *t, struct entry *e)
{
	size_t i = 0;
	index_drop_entry(&t->by_cgroup, e);
	index_drop(&t->by_number, e->c.number);
	programs_release(t, e);
	while (i < t->count && t->entries[i] != e)
		i++;
	if (i < t->count)
		memmove(&t->entries[i], &t->entries[i + 1],
			(--t->count - i) * sizeof(struct entry *));
	entry_free(e);
}

void table_expire(struct containers *t)
{
	uint64_t now = clock_monotonic_ns();
	for (size_t i = t->count; i-- > 0;) {
		struct entry *e = t->entries[i];
		if (e->c.cgroup == 0 && e->c.pid == 0 &&
		    now - e->made > EXPECTED_SECONDS * UINT64_C(1000000000))
			table_remove(t, e);
	}
}

struct entry *table_by_id(struct containers *t, struct bytes id, bool expected)
{
	for (size_t i = t->count; i-- > 0;) {
		struct entry *e = t->entries[i];
		if (id.n > 0 && bytes_equal(bytes_str(e->c.id), id) &&
		    expected == (e->c.cgroup == 0))
			return e;
	}
	return NULL;
}

struct entry *table_by_path(struct containers *t, struct bytes path)
{
	struct entry *best = NULL;
	size_t length = 0;
	for (size_t i = 0; i < t->count; i++) {
		struct bytes own = bytes_str(t->entries[i]->c.cgroup_path);
		if (own.n > length && path_within(path, own)) {
			best = t->entries[i];
			length = own.n;
		}
	}
	return best;
}

/* --- texts ------------------------------------------------------------------------------------ */

char *entry_text(struct entry *e, struct bytes text)
{
	char *copy = text.n == 0 ? NULL : arena_cstr(&e->arena, text);
	return copy == NULL ? nothing : copy;
}

char *entry_printf(struct entry *e, const char *fmt, ...)
{
	char text[CONFIG_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return n < 0 ? nothing : entry_text(e, bytes_str(text));
}

void *entry_grow(struct entry *e, void *array, size_t count, size_t size, size_t max)
{
	enum { LEAST = 16 };
	if (count >= max)
		return NULL;
	bool full = count == 0 || (count >= LEAST && (count & (count - 1)) == 0);
	if (!full)
		return array;
	void *bigger = arena_array(&e->arena, count == 0 ? LEAST : 2 * count, size);
	if (bigger != NULL && count > 0)
		memcpy(bigger, array, count * size);
	return bigger;
}

/* A key that comes again replaces: what the runtime says last is right. */
void entry_label(struct entry *e, struct bytes key, struct bytes value)
{
	struct container *c = &e->c;
	char *label = arena_printf(&e->arena, "%.*s=%.*s", (int)key.n, (const char *)key.p,
				   (int)value.n, (const char *)value.p);
	if (label == NULL || key.n == 0)
		return;
	for (size_t i = 0; i < e->label_count; i++)
		if (strncmp(c->labels[i], label, key.n + 1) == 0) {
			c->labels[i] = label;
			return;
		}
	if (e->label_count == CONTAINER_LABELS_MAX)
		return;
	/* The NULL behind the last has its place, too. */
	char **labels = c->labels;
	if (e->label_count == 0)
		labels = entry_grow(e, labels, 0, sizeof(char *), 1);
	else
		labels = entry_grow(e, labels, e->label_count + 1, sizeof(char *),
				    CONTAINER_LABELS_MAX + 1);
	if (labels == NULL)
		return;
	c->labels = labels;
	c->labels[e->label_count++] = label;
}

/* --- copies --------------------------------------------------------------------------------- */

static void copy_text(struct entry *to, char **place, const char *text)
{
	if (strcmp(*place, text) != 0)
		*place = entry_text(to, bytes_str(text));
}

static void copy_mounts(struct entry *to, const struct container *from)
{
	struct container_mount *m = arena_array(&to->arena, from->mount_count, sizeof *m);
	to->c.mount_count = m == NULL ? 0 : from->mount_count;
	to->c.mount = m;
	for (size_t i = 0; i < to->c.mount_count; i++)
		m[i] = (struct container_mount){
			.source = entry_text(to, bytes_str(from->mount[i].source)),
			.destination = entry_text(to, bytes_str(from->mount[i].destination)),
			.type = entry_text(to, bytes_str(from->mount[i].type)),
			.writable = from->mount[i].writable
		};
}

static void copy_risks(struct entry *to, const struct container *from)
{
	struct container_risk *r = arena_array(&to->arena, from->risk_count, sizeof *r);
	to->c.risk_count = r == NULL ? 0 : from->risk_count;
	to->c.risk = r;
	for (size_t i = 0; i < to->c.risk_count; i++)
		r[i] = (struct container_risk){ from->risk[i].item,
						entry_text(to, bytes_str(from->risk[i].what)) };
}

/* Flags of the configuration; the others the first process has told. */
static uint32_t copied_flags(uint32_t to, uint32_t from)
{
	uint32_t told = CONTAINER_HOST_PID | CONTAINER_HOST_NET;
	return (to & from & CONTAINER_PROVISIONAL) | (to & ~(uint32_t)CONTAINER_PROVISIONAL) |
	       (from & told);
}

void entry_copy(struct entry *to, const struct entry *from)
{
	const struct container *c = &from->c;
	struct container *own = &to->c;
	const struct {
		char **place;
		const char *text;
	} texts[] = {
		{ &own->id, c->id },
		{ &own->name, c->name },
		{ &own->image, c->image },
		{ &own->image_digest, c->image_digest },
		{ &own->pod, c->pod },
		{ &own->namespace, c->namespace },
		{ &own->app, c->app },
		{ &own->bundle, c->bundle },
		{ &own->cgroup_path, c->cgroup_path },
		{ &own->root, c->root },
		{ &to->sandbox, from->sandbox },
		{ &to->space, from->space },
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		copy_text(to, texts[i].place, texts[i].text);
	for (size_t i = 0; i < from->label_count; i++) {
		struct bytes key, value = bytes_str(c->labels[i]);
		if (bytes_next_field(&value, '=', &key))
			entry_label(to, key, value);
	}
	copy_mounts(to, c);
	copy_risks(to, c);
	own->flags = copied_flags(own->flags, c->flags);
	own->runtime = c->runtime;
	own->known = c->known;
	if (own->pid == 0)
		own->pid = c->pid;
}

/* --- the public table --------------------------------------------------------------------------- */

int containers_new(struct containers **ret, struct error *err)
{
	struct containers *t = calloc(1, sizeof *t);
	if (t == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the table of containers");
	*ret = t;
	return 0;
}

void containers_free(struct containers *t)
{
	if (t == NULL)
		return;
	while (t->count > 0)
		table_remove(t, t->entries[t->count - 1]);
	programs_free_all(t);
	index_free(&t->by_cgroup);
	index_free(&t->by_number);
	asker_close(&t->asker);
	free(t->entries);
	free(t);
}

struct container *containers_by_cgroup(struct containers *t, uint64_t cgroup)
{
	struct entry *e = index_get(&t->by_cgroup, cgroup);
	return e == NULL ? NULL : &e->c;
}

struct container *containers_by_number(struct containers *t, uint32_t number)
{
	struct entry *e = index_get(&t->by_number, number);
	return e == NULL ? NULL : &e->c;
}

struct container *containers_next(struct containers *t, size_t *i)
{
	return *i < t->count ? &t->entries[(*i)++]->c : NULL;
}

struct container *containers_find(struct containers *t, const char *name, struct error *err)
{
	enum { PREFIX_LEAST = 4 };
	struct entry *found = NULL;
	size_t prefixed = 0, n = strlen(name);
	for (size_t i = 0; i < t->count; i++) {
		struct entry *e = t->entries[i];
		if (n > 0 && (strcmp(e->c.id, name) == 0 || strcmp(e->c.name, name) == 0))
			return &e->c;
		if (n >= PREFIX_LEAST && strncmp(e->c.id, name, n) == 0) {
			found = e;
			prefixed++;
		}
	}
	if (prefixed == 1)
		return &found->c;
	if (prefixed > 1)
		error_set(err, ERR_USAGE,
			  "the ids of %zu containers begin with %s; give more of it", prefixed,
			  name);
	else
		error_set(err, ERR_NOT_FOUND,
			  "no container %s runs here: give its name, its id, or at least %d "
			  "characters of the id",
			  name, PREFIX_LEAST);
	return NULL;
}

void container_subject(const struct container *c, struct rule_subject *ret)
{
	*ret = (struct rule_subject){ .cluster = "",
				      .namespace = c->namespace,
				      .pod = c->pod,
				      .app = c->app,
				      .image = c->image,
				      .container = c->name,
				      .id = c->id,
				      .labels = (const char *const *)c->labels,
				      .flags = c->flags };
}
