/* script: malicious scripts: downloaders, reverse shells, miners, erasers, stealers,
 * persistence, wipers. Looks at whole files in memory, in the worker. */
#ifndef CORTEN_SCRIPT_H
#define CORTEN_SCRIPT_H

#include "check/check.h"

struct script_engine;
/* Takes the rules whose engine is "script"; NULL in *ret when there is none on. The
 * set must outlive the engine. */
int script_open(const struct check_set *set, struct script_engine **ret, struct error *err);
void script_close(struct script_engine *e);
/* Whether a file of this name, or with these first bytes, may be one: cheap, for every
 * file of a layer. */
bool script_wants(const struct script_engine *e, struct bytes path, struct bytes head);
/* Looks at a whole file (or its first LIMIT_CHECK_TEXT bytes) and tells the sink. Never
 * fails for what is in the text. */
int script_check(struct script_engine *e, struct bytes path, struct bytes text,
		 const struct check_sink *sink, struct error *err);
/* check_try_fn */
int script_try(const struct check_set *set, const struct check_sample *s, bool *ret_fired,
	       struct error *err);
/* Whether the rules of a set are rules of this engine. */
check_open_fn script_verify;

#endif
