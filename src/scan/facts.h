/* What is known of one layer, as the parent holds it: the worker's messages,
 * checked and put into one arena with every string stored once. */
#ifndef CORTEN_SCAN_FACTS_H
#define CORTEN_SCAN_FACTS_H

#include "scan/wire.h"

/* The memory of one scan; strings and arrays of all its facts. */
struct fact_store {
	struct arena arena;
	struct intern strings;
	size_t packages; /* of all layers, against LIMIT_PACKAGES */
	size_t changes; /* and what else layers tell, against LIMIT_CHANGES */
};

void fact_store_init(struct fact_store *st);
void fact_store_free(struct fact_store *st);

struct package_fact {
	enum pkg_type type;
	uint32_t content;
	const char *name, *version, *arch, *source_name, *source_version;
	const char *vendor, *modularity, *license;
};

struct os_fact {
	uint32_t content;
	unsigned rank;
	const char *id, *version, *name, *codename, *id_like, *extended;
};

struct problem_fact {
	uint32_t content; /* 0, or whose visibility decides */
	enum error_code code;
	const char *what, *text;
};

struct layer_facts {
	struct layer_change *changes;
	size_t change_count, change_cap;
	struct package_fact *packages; /* in order of content */
	size_t package_count, package_cap;
	struct os_fact *os; /* in order of content */
	size_t os_count, os_cap;
	struct problem_fact *problems;
	size_t problem_count, problem_cap;
	bool done; /* MSG_LAYER_DONE came */
	enum error_code code; /* how it ended */
	const char *text;
	struct digest blob, diff_id;
	uint64_t stored, raw, entries;
};

void layer_facts_free(struct layer_facts *f);

/* Those of one content: a part of f->packages, of f->os. */
const struct package_fact *layer_packages(const struct layer_facts *f, uint32_t content,
					  size_t *ret_count);
const struct os_fact *layer_systems(const struct layer_facts *f, uint32_t content,
				    size_t *ret_count);

/* Takes one message of a layer's result. ERR_PROTOCOL for anything else,
 * ERR_LIMIT when the scan's memory is used up. */
int layer_facts_take(struct layer_facts *f, struct fact_store *st, struct msg_reader *m,
		     struct error *err);

#endif
