/* Layers' facts become one image's: the tree says which databases and release
 * files are visible, and those say what is installed and which system it is. */
#ifndef CORTEN_SCAN_MERGE_H
#define CORTEN_SCAN_MERGE_H

#include "scan/facts.h"
#include "scan/result.h"

struct merge_input {
	const struct layer_facts *const *layers; /* lowest first; an entry may be NULL */
	size_t layer_count;
	const struct extra_path *extras; /* what was read besides pkgdb_paths */
	size_t extra_count;
	bool layers_named; /* false: rootfs, LAYER_NONE everywhere */
};

/* A problem that counts, and the layer it comes from. */
struct merge_problem {
	struct problem_fact fact;
	uint32_t layer;
};

struct merge_result {
	bool has_os;
	struct os_identity os;
	/* The file that decides is there: whatever lies below cannot say otherwise (but of
	 * os.extended). */
	bool os_final;
	struct package *packages; /* in the store's arena, sorted */
	size_t package_count;
	/* Bits 1 << type: a layer had packages of it, whether they are still visible or not. */
	unsigned had_packages;
	/* Paths that links of the image lead to and that were not read: another
	 * pass with these settles it. */
	struct extra_path *missing;
	size_t missing_count;
	size_t owned_count; /* application packages that the system's own cover */
	/* Of the layers' problems that hang on a file, those whose file is visible. */
	struct merge_problem *problems;
	size_t problem_count;
	/* … and that no pass can read as what the link makes of them. */
	struct extra_path *refused;
	size_t refused_count;
};

int merge_layers(const struct merge_input *in, struct fact_store *st, struct merge_result *ret,
		 struct error *err);

#endif
