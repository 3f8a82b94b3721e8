/* Shared by the readers of config.h. */
#ifndef CORTEN_RUNTIME_CONFIG_TELL_H
#define CORTEN_RUNTIME_CONFIG_TELL_H

#include "format/json.h"
#include "runtime/config.h"
#include "runtime/runtime.h"

/* Failures stick, as those of the JSON reader do: ask at the end. */
struct config_reader {
	struct json_reader *json;
	struct arena kept; /* texts that outlive the reader's next call */
	config_fact_fn *tell;
	void *ctx;
	size_t facts;
	bool failed;
	struct error *err;
};

/* Opens, reads with `read`, and says how it ended. */
int config_run(struct bytes json, void (*read)(struct config_reader *r), config_fact_fn *tell,
	       void *ctx, struct error *err);

void config_tell(struct config_reader *r, const struct config_fact *f);
/* A text alone: nothing is told of an empty one. */
void config_tell_text(struct config_reader *r, enum config_fact_kind kind, struct bytes a);
void config_tell_number(struct config_reader *r, enum config_fact_kind kind, uint64_t number);
/* The next value, where it is a text. */
void config_tell_next(struct config_reader *r, enum config_fact_kind kind);
/* The next value, kept; empty for what is no text, or too long. */
struct bytes config_keep(struct config_reader *r);
void config_drop_kept(struct config_reader *r);
bool config_key_is(struct bytes key, const char *name);
/* {"key": "value", …}: a FACT_LABEL each. The text is that of a document. */
void config_tell_labels(struct config_reader *r);
void config_tell_labels_of(struct config_reader *r, struct bytes json);

#endif
