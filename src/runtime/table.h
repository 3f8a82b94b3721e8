/* The table of containers from the inside: shared by the files of this room. */
#ifndef CORTEN_RUNTIME_TABLE_H
#define CORTEN_RUNTIME_TABLE_H

#include "runtime/config.h"
#include "runtime/runtime.h"
#include "source/fetch.h"

enum {
	CONTAINER_ARENA_MAX = 4 * 1024 * 1024,
	CONTAINER_LABELS_MAX = 512,
	CONTAINER_MOUNTS_MAX = 4096,
	CONTAINER_RISKS_MAX = 256,
	CONTAINER_CGROUPS_MAX = 4 * GUARD_CONTAINERS, /* with those below containers */
	EXPECTED_SECONDS = 30 /* a start that failed makes no control group */
};

/* What a configuration says of the start; container_judge reads it. */
struct container_start {
	uint64_t capabilities; /* 1 << capability */
	bool seccomp, all_devices;
	bool namespaces[4]; /* pid, network, ipc, user: of its own */
	bool cgroup_namespace;
	size_t masked;
	char *cwd;
};

struct programs_set;

struct asker {
	struct config_pool pool;
	struct fetch *fetch; /* started when a runtime is first asked */
};

/* All but the memory that it is in. */
void asker_close(struct asker *a);

struct entry {
	struct container c; /* first: an entry is found by its container */
	struct arena arena;
	struct container_start start;
	size_t label_count;
	char *sandbox; /* id of the pod's sandbox, "" */
	char *space; /* containerd's namespace, "" */
	uint64_t made; /* clock_monotonic_ns */
	struct asker *asker; /* the table's, or of who reads it and has put it in no table */
	struct programs_set *programs; /* NULL: not asked for yet */
};

/* Number -> entry, open addressing. */
struct index_slot {
	uint64_t key; /* 0: free */
	struct entry *entry;
};
struct index {
	struct index_slot *slots;
	size_t cap, n;
};

struct containers {
	struct entry **entries;
	size_t count, cap;
	struct index by_cgroup, by_number;
	uint32_t last_number;
	struct programs_set *sets; /* image_programs by layers */
	size_t set_count;
	struct asker asker;
	size_t unread; /* states that containers_discover could not read */
};

int index_put(struct index *x, uint64_t key, struct entry *e, struct error *err);
struct entry *index_get(const struct index *x, uint64_t key);
void index_drop(struct index *x, uint64_t key);
void index_drop_entry(struct index *x, const struct entry *e);
void index_free(struct index *x);

/* Of no table, without a number. */
struct entry *entry_new(struct asker *a, struct error *err);
void entry_free(struct entry *e);
/* What asking tells of a container, and what it needs to know: deep copies. */
void entry_copy(struct entry *to, const struct entry *from);
/* Takes e over, also on failure, and gives it a number. ERR_LIMIT beyond
 * GUARD_CONTAINERS. */
int table_put(struct containers *t, struct entry *e, struct error *err);
/* A new entry with a number of its own. */
struct entry *table_add(struct containers *t, struct error *err);
void table_remove(struct containers *t, struct entry *e);
struct entry *table_of(struct container *c);
/* Frees starts that never came. */
void table_expire(struct containers *t);
/* The one that is expected (its control group is not there yet), or runs, under
 * that id. */
struct entry *table_by_id(struct containers *t, struct bytes id, bool expected);
/* The container whose control group this is, or holds it; NULL. */
struct entry *table_by_path(struct containers *t, struct bytes path);

/* The entry's copy; "" without memory (a container's text has its cap). */
char *entry_text(struct entry *e, struct bytes text);
char *entry_printf(struct entry *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Room for one more behind count of an array in the entry's arena, doubling from 16;
 * the array itself while there is room, NULL beyond max or without memory. */
void *entry_grow(struct entry *e, void *array, size_t count, size_t size, size_t max);
void entry_label(struct entry *e, struct bytes key, struct bytes value);
/* FACTs into the entry: a config_fact_fn, ctx is the entry. */
int entry_take(void *ctx, const struct config_fact *f, struct error *err);
/* What a fact says of the start, and dangerous parts of it: judge.c. */
void start_take(struct entry *e, const struct config_fact *f);
/* After the facts: the risks of the whole, app, flags. */
void container_judge(struct entry *e);
void container_name_app(struct entry *e);

/* --- documents: bundle.c ----------------------------------------------------------------- */

/* Reads a runtime's own file of the container into e. */
int entry_read_state(struct entry *e, int dirfd, const char *path, int timeout_ms,
		     struct error *err);
/* What docker keeps, found by the root's place in its folder: 1 when it was there. */
int entry_read_docker(struct entry *e, int timeout_ms, struct error *err);
/* config.json of a folder into e. */
int entry_read_bundle(struct entry *e, int bundle, const char *path, int timeout_ms,
		      struct error *err);
/* For a container known by its control group: the usual places of bundles, by id. */
int entry_find_bundle(struct entry *e, int timeout_ms, struct error *err);

/* What a runtime is told to do: command.c. */
struct container_call {
	bool starts; /* create, run, restore */
	char id[1025];
	char bundle[LIMIT_PATH_BYTES]; /* as it was given; "." */
};
/* Words of a call of runc or crun, NUL behind each. */
void container_call_parse(struct bytes words, struct container_call *ret);
/* An entry, of no table yet, for what is about to start. */
int entry_start(struct asker *a, const struct container_call *call, int bundle, const char *path,
		int timeout_ms, struct entry **ret, struct error *err);

/* What the bundle does not tell. starting: the daemon waits for the start to end,
 * and holds the container: ask nobody that would wait for it. */
int entry_ask(struct entry *e, int timeout_ms, bool starting, struct error *err);
/* The same when it runs: its bundle first, where only its control group is known. */
int entry_ask_running(struct entry *e, int timeout_ms, struct error *err);

/* --- programs by layers: verdict.c --------------------------------------------------------- */

void programs_release(struct containers *t, struct entry *e);
void programs_free_all(struct containers *t);

#endif
