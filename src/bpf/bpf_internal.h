/* Within the room: the embedded objects, the maps, what is attached. */
#ifndef CORTEN_BPF_INTERNAL_H
#define CORTEN_BPF_INTERNAL_H

#include "bpf/bpf.h"

struct bpf_embedded {
	const char *name;
	const unsigned char *begin, *end;
};

extern const struct bpf_embedded bpf_embedded[];
extern const size_t bpf_embedded_count;
const struct bpf_embedded *bpf_embedded_find(const char *name);

/* The maps, in the order of guard_map_names. */
enum guard_map {
	MAP_SETTINGS,
	MAP_POLICIES,
	MAP_FILE_RULES,
	MAP_FILE_OPS,
	MAP_CONTAINERS,
	MAP_EXPECTED,
	MAP_STARTED,
	MAP_STRAYS,
	MAP_VERDICTS,
	MAP_TRUSTED,
	MAP_INTERPRETERS,
	MAP_LABELS,
	MAP_CREDS,
	MAP_EVENTS,
	MAP_STATS,
	MAP_SEQUENCES,
	MAP_SCRATCHES,
	MAP_RELABEL,
	MAP_LSM_ITEMS,
	MAP_PROTECT,
	GUARD_MAPS
};

extern const char *const guard_map_names[GUARD_MAPS];

enum { PROGRAMS_MOST = 128, PROGRAM_NAME = 40, CAUSE_MOST = 160 };

struct guard_program {
	char name[PROGRAM_NAME];
	unsigned backend;
	bool attached;
	struct bpf_link *link; /* NULL when it is adopted */
	char cause[CAUSE_MOST]; /* why it is not attached */
};

struct guard_bpf {
	int map[GUARD_MAPS]; /* -1: this kernel has no such map */
	struct guard_program program[PROGRAMS_MOST];
	size_t programs;
	struct bpf_object *object[64]; /* loaded here; empty after adopting */
	size_t objects;
	int relabel; /* the iterator's program; -1 */
	unsigned backends;
	bool adopted;
	uint64_t earlier_files; /* file rules of the agent before, not yet written anew */
	char lsm_cause[CAUSE_MOST]; /* why there are no LSM programs; "" */
	uint32_t ring_bytes;
	struct guard_settings settings;
};

struct guard_program *guard_program_find(const struct guard_bpf *b, const char *name);

/* The back-end that an object belongs to, by the beginning of its name. */
unsigned embedded_backend(const char *name);

/* Loads every object that the options and the kernel allow, sharing the maps that
 * b has and adding those it has not. A program that cannot be is noted with its
 * cause; only none at all is an error. */
int guard_load(struct guard_bpf *b, unsigned backends, struct error *err);
/* Attaches what was loaded; programs of cgroups at the root that cgroup is open on. */
int guard_attach(struct guard_bpf *b, int cgroup, struct error *err);

/* Notes which file rules the maps have from an earlier agent. */
void guard_file_rules_note(struct guard_bpf *b);

/* As guard_bpf_settings_set, but takes backend as it is. */
int guard_settings_write(struct guard_bpf *b, const struct guard_settings *s, struct error *err);

/* The root of cgroups of version 2. */
int guard_cgroup_root_open(const char *given, struct error *err);

/* Tells the programs which items LSM programs decide. */
int guard_lsm_items_write(struct guard_bpf *b, struct error *err);

/* Tries an LSM program: false with the cause for people. */
bool bpf_lsm_is_called(char *cause, size_t n);

/* Below the folder of pins, whatever the ABI: the networks that are cut. */
#define PINS_CUT "cut"

/* The folder of this ABI's maps and of this version's links. */
struct guard_pins {
	char maps[256], links[256], done[256];
};

int pins_names(struct guard_pins *p, const char *pin_dir, struct error *err);
/* Makes pin_dir; mounts a BPF file system first where /sys/fs/bpf has none. */
int pins_place(const char *pin_dir, struct error *err);
/* Opens the maps that are pinned; those that are not stay -1. */
int pins_open_maps(struct guard_bpf *b, const struct guard_pins *p);
/* Whether all of this version's links are pinned; then they are in b's table. */
bool pins_adopt(struct guard_bpf *b, const struct guard_pins *p);
int pins_make(struct guard_bpf *b, const struct guard_pins *p, struct error *err);
/* Takes away the links of other versions, and other ABIs whole. */
int pins_drop_others(const char *pin_dir, const struct guard_pins *p, struct error *err);

#endif
