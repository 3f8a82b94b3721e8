/* What is known of one layer, as the parent holds it: the worker's messages,
 * checked and put into one arena with every string stored once. */
#ifndef CORTEN_SCAN_FACTS_H
#define CORTEN_SCAN_FACTS_H

#include "scan/shadow.h"
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
	bool note; /* worth saying, nothing failed */
	uint32_t line;
};

/* A file that tells application packages, or which files packages brought. */
struct file_fact {
	uint32_t content;
	const char *path;
};

struct app_fact {
	uint32_t content; /* a file_fact's */
	enum pkg_type type;
	const char *name, *version, *license, *inner;
	uint32_t line;
	bool dev, direct;
};

/* Hashes of what a list names: part of `owned`. */
struct owned_fact {
	uint32_t content; /* a file_fact's */
	size_t from, n;
};

struct secret_fact {
	const char *path, *masked, *context;
	uint32_t rule, line, column;
	struct digest hash;
	bool valid;
	int64_t expires;
	const struct file_sums *sums; /* of its file; NULL: not told, or no file */
	bool history; /* of git; then also: */
	const char *commit; /* "": none names the file */
	int64_t time; /* 0: not told */
	uint32_t order;
};

struct check_fact {
	const char *path, *evidence, *fix, *key; /* the last three may be "" */
	uint32_t rule, line;
	const struct file_sums *sums; /* as of a secret */
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
	struct file_fact *files; /* in order of content */
	size_t file_count, file_cap;
	struct app_fact *apps; /* in order of content */
	size_t app_count, app_cap;
	struct owned_fact *lists;
	size_t list_count, list_cap;
	struct secret_fact *secrets;
	size_t secret_count, secret_cap;
	struct check_fact *checks;
	size_t check_count, check_cap;
	struct baseline_fact *accounts;
	size_t account_count, account_cap;
	struct hash_list owned;
	struct hash_list shadow;
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

/* The file of a content; NULL. */
const struct file_fact *layer_file(const struct layer_facts *f, uint32_t content);

/* Decodes a secret into the store. */
int secret_fact_take(struct secret_fact *ret, struct fact_store *st, struct msg_reader *m,
		     struct error *err);

/* The same of what a family's rule found. */
int check_fact_take(struct check_fact *ret, struct fact_store *st, struct msg_reader *m,
		    struct error *err);

/* Takes one message of a layer's result. ERR_PROTOCOL for anything else,
 * ERR_LIMIT when the scan's memory is used up. */
int layer_facts_take(struct layer_facts *f, struct fact_store *st, struct msg_reader *m,
		     struct error *err);

#endif
