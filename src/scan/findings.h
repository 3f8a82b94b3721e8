/* What findings about files have in common, whichever family tells them. */
#ifndef CORTEN_SCAN_FINDINGS_H
#define CORTEN_SCAN_FINDINGS_H

#include "scan/facts.h"

#define FINDING_OF_FILE                                                                            \
	((struct finding){ .status = STATUS_AFFECTED,                                              \
			   .cvss_score = -1,                                                       \
			   .epss = -1,                                                             \
			   .epss_percentile = -1,                                                  \
			   .advisory = { "", "", "", "" } })

/* After all questions (shadow_ask…): what each layer has anything at. An entry of layers may
 * be NULL. */
void layers_note_paths(struct shadow_index *x, const struct layer_facts *const *layers, size_t n);

/* Of what has no date and no exploit: by its severity alone. */
enum priority finding_priority(enum severity s);
/* sums may be NULL. -1 without memory. */
int finding_fill_sums(struct fact_store *st, const struct file_sums *sums, struct finding *f);

#endif
