/* Secrets of an image as findings: those of all layers, also of files that a later
 * layer takes away, for the layer still holds them; each once. */
#ifndef CORTEN_SCAN_MERGE_SECRETS_H
#define CORTEN_SCAN_MERGE_SECRETS_H

#include "scan/merge.h"
#include "scan/plan.h"
#include "secret/secret.h"

struct secret_merge {
	const struct layer_facts *const *layers; /* lowest first; an entry may be NULL */
	size_t layer_count;
	bool layers_named; /* false: rootfs, LAYER_NONE everywhere */
	const struct plan_secret *config; /* of the image's config */
	size_t config_count;
	const struct secret_rules *rules;
};

/* What tells a secret from others of its rule and file, as findings have it. */
enum { SECRET_KEY_BYTES = 16, SECRET_KEY_TEXT = 2 * SECRET_KEY_BYTES + 1 };
void secret_key_text(const struct secret_fact *s, char out[static SECRET_KEY_TEXT]);

int merge_secrets(const struct secret_merge *in, struct fact_store *st,
		  int (*add)(void *ctx, const struct finding *f, struct error *err), void *ctx,
		  struct error *err);

#endif
