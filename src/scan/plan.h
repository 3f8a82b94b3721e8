/* What is to be read of one image: its config and its layers. Everything here
 * was said by the image; what was verified is marked. */
#ifndef CORTEN_SCAN_PLAN_H
#define CORTEN_SCAN_PLAN_H

#include "scan/input.h"
#include "scan/result.h"

struct plan_layer {
	struct blob_name name; /* how to ask for it */
	bool has_diff_id;
	struct digest diff_id; /* as the config says */
	const char *created_by, *created; /* of the line of history that made it */
	bool base; /* guessed to come from the image below */
};

/* A secret in the image's config: "env:NAME", "label:NAME", "history:3". */
struct plan_secret {
	struct secret_fact fact;
	uint32_t layer; /* that a line of history made; LAYER_NONE */
};

/* What a rule found in the config: "history:3", "config". */
struct plan_check {
	struct check_fact fact;
	uint32_t layer; /* as of a secret */
};

struct image_plan {
	struct plan_check *checks;
	size_t check_count;
	struct plan_secret *secrets;
	size_t secret_count;
	const char *user; /* of the config; "" */
	struct scan_label *labels;
	size_t label_count;
	const char *name; /* tag or familiar reference; NULL */
	bool has_digest, has_image_id;
	struct digest digest, image_id;
	const char *platform; /* NULL: not told */
	const char *created;
	struct plan_layer *layers;
	size_t layer_count;
};

/* Finds the image that the target's reference and the platform ("os/arch" or
 * "os/arch/variant"; NULL: this machine's on linux, or the only one) choose.
 * Strings live in the store. */
int plan_make(struct image_plan *p, struct scan_input *in, const char *reference,
	      const char *platform, struct fact_store *st, struct error *err);

#endif
