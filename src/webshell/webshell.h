/* webshell: scripts of web servers that run what a visitor sends. Looks at whole files
 * in memory, in the worker. */
#ifndef CORTEN_WEBSHELL_H
#define CORTEN_WEBSHELL_H

#include "check/check.h"

struct webshell_engine;
/* Takes the rules whose engine is "webshell"; NULL in *ret when there is none on. The
 * set must outlive the engine. */
int webshell_open(const struct check_set *set, struct webshell_engine **ret, struct error *err);
void webshell_close(struct webshell_engine *e);
/* Whether a file of this name, or with these first bytes, may be one: cheap, for every
 * file of a layer. */
bool webshell_wants(const struct webshell_engine *e, struct bytes path, struct bytes head);
/* Looks at a whole file (or its first LIMIT_CHECK_TEXT bytes) and tells the sink. Never
 * fails for what is in the text. */
int webshell_check(struct webshell_engine *e, struct bytes path, struct bytes text,
		   const struct check_sink *sink, struct error *err);
/* check_try_fn */
int webshell_try(const struct check_set *set, const struct check_sample *s, bool *ret_fired,
		 struct error *err);
/* Whether the rules of a set are rules of this engine. */
check_open_fn webshell_verify;

#endif
