/* buildstep: the instructions an image was built by, from a Dockerfile or from its
 * history and config, held against rules of kind "build". The engine reads hostile bytes
 * and runs in the worker; what is judged by the list of packages is judged in the program.
 *
 * Engines of rules (doc/build-rules.md): "command" (a command of a RUN), "instruction"
 * (an instruction's words), "judge" (code in this room, by name), "package". */
#ifndef CORTEN_BUILDSTEP_H
#define CORTEN_BUILDSTEP_H

#include "check/check.h"
#include "finding/finding.h"

/* --- the worker's side -------------------------------------------------------------- */

struct buildstep_engine;
/* Takes the rules of kind build; NULL in *ret when there is none on. The set must outlive
 * the engine. ERR_MALFORMED: a rule names an engine or a judge that is not there. */
int buildstep_open(const struct check_set *set, struct buildstep_engine **ret, struct error *err);
void buildstep_close(struct buildstep_engine *e);

/* Whether a file of this path is a Dockerfile by its name. */
bool buildstep_wants(struct bytes path);

enum buildstep_ignore { BUILDSTEP_IGNORE_UNKNOWN, BUILDSTEP_IGNORE_NONE, BUILDSTEP_IGNORE_THERE };

struct buildstep_file {
	struct bytes path; /* as findings tell it */
	struct bytes text;
	enum buildstep_ignore ignore; /* whether a .dockerignore is beside it */
};
/* Never fails for what is in the text. */
int buildstep_dockerfile(struct buildstep_engine *e, const struct buildstep_file *f,
			 const struct check_sink *sink, struct error *err);

/* An image: begin, then what its config says in any order, then end, which tells. Lines
 * of history count from 1 in the order of the calls; findings' paths are "history:N",
 * "config:user", "config:env" and so on. */
enum buildstep_setting {
	BUILDSTEP_HISTORY, /* created_by */
	BUILDSTEP_USER, /* also when it is empty */
	BUILDSTEP_ENV, /* "NAME=value" */
	BUILDSTEP_LABEL, /* "name=value" */
	BUILDSTEP_PORT, /* "22/tcp" */
	BUILDSTEP_VOLUME, /* "/data" */
	BUILDSTEP_HEALTHCHECK, /* its first words; told when there is one */
	BUILDSTEP_STOPSIGNAL,
	BUILDSTEP_SETTINGS
};
int buildstep_image_begin(struct buildstep_engine *e, struct error *err);
int buildstep_image_add(struct buildstep_engine *e, enum buildstep_setting what, struct bytes text,
			struct error *err);
int buildstep_image_end(struct buildstep_engine *e, const struct check_sink *sink,
			struct error *err);

/* Whether the rules of a set are rules of this family. */
check_open_fn buildstep_verify;

/* check_try_fn */
int buildstep_try(const struct check_set *set, const struct check_sample *s, bool *ret_fired,
		  struct error *err);

/* --- the program's side -------------------------------------------------------------- */

/* What the packages of the result tell: compilers, servers, tools for attackers. Told once
 * a rule, with the first such package and the names of them (good during the call). */
typedef int buildstep_package_fn(void *ctx, uint32_t rule, const struct package *first,
				 const char *names, struct error *err);
int buildstep_packages(const struct check_rules *rules, const struct package *packages,
		       size_t count, buildstep_package_fn *told, void *ctx, struct error *err);

/* Text with the values of secrets as stars; behind what is in out. *ret_hidden (may be
 * NULL) tells whether there were some. */
int buildstep_mask(struct buf *out, struct bytes text, bool *ret_hidden, struct error *err);

#endif
