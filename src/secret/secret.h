/* secret: keys, passwords, tokens and files that hold them. The program side loads
 * and compiles rules (trusted: ours under rules/secret, the user's, gitleaks
 * TOML); the worker side looks for them in hostile bytes.
 *
 * Rules are compiled into one blob: a Vectorscan database of all patterns, and for
 * each rule what PCRE2 and the checks need. The blob goes to the worker by
 * descriptor; it is cached by the digest of all rules, the library's version and
 * the processor's features. */
#ifndef CORTEN_SECRET_H
#define CORTEN_SECRET_H

#include "base/base.h"
#include "finding/finding.h"

/* --- rules: the program's side -------------------------------------------------- */

struct secret_rule_info {
	const char *id; /* "secret/aws-access-key" */
	const char *class; /* of FEATURES' list: "cloud-key", "private-key" … */
	const char *title, *description, *advice;
	enum severity severity;
	const char *origin; /* file that it comes from */
	uint32_t line;
	bool enabled;
};

struct secret_rule_options {
	const char *const *dirs; /* ours first; later ones replace rules of the same id */
	size_t dir_count;
	const char *const *files; /* gitleaks TOML or ours, told by content */
	size_t file_count;
	const char *const *enable; /* ids, classes, globs; applied in this order: */
	size_t enable_count;
	const char *const *disable; /* … disable, then enable */
	size_t disable_count;
};

struct secret_rules;
/* ERR_MALFORMED, ERR_UNSUPPORTED; they name file, line and rule. */
int secret_rules_load(const struct secret_rule_options *o, struct secret_rules **ret,
		      struct error *err);
void secret_rules_free(struct secret_rules *r);
size_t secret_rules_count(const struct secret_rules *r);
void secret_rule_info(const struct secret_rules *r, size_t i, struct secret_rule_info *ret);
/* SHA-256 over all enabled rules and the engine's version: part of cache keys. */
void secret_rules_digest(const struct secret_rules *r, struct digest *ret);

/* A descriptor that holds the compiled blob (sealed memory, or the cached file):
 * from cache_dir (may be NULL) where that has it whole, owned by this user and
 * writable by nobody else; else compiled, and stored there. */
int secret_rules_compile(const struct secret_rules *r, const char *cache_dir, int *ret_fd,
			 struct error *err);

/* --- looking: the worker's side --------------------------------------------------- */

/* One secret. Views are good only during the call. Nothing here holds the whole
 * secret: `masked` and `line` have it masked already. */
struct secret_match {
	uint32_t rule; /* index as secret_rule_info counts */
	struct bytes masked; /* "AKIA************MPLE" */
	struct bytes context; /* the line around it, masked, at most 200 bytes */
	uint32_t line, column; /* from 1 */
	uint64_t offset;
	struct digest
		hash; /* SHA-256 over rule id and secret, cut to 16 bytes, the rest zero: tells equals */
	bool valid; /* a checksum or a parse confirms it */
};

struct secret_sink {
	int (*match)(void *ctx, const struct secret_match *m, struct error *err);
	/* A limit was reached in this file: which ("findings", "line length"). */
	int (*limited)(void *ctx, const char *what, struct error *err);
	void *ctx;
};

struct secret_engine;
/* Maps the blob (read-only), checks it. One engine a worker. */
int secret_engine_open(int blob_fd, struct secret_engine **ret, struct error *err);
void secret_engine_close(struct secret_engine *e);

/* Whether the file is looked at: by path and size (fonts, pictures, archives, and
 * what rules' path allow-lists leave out are not; files that are secrets by their
 * name alone are told at once through the sink). */
bool secret_begin(struct secret_engine *e, struct bytes path, uint64_t size,
		  struct secret_sink sink, struct error *err);
/* Pieces of any size, in order; a file that turns out to be binary is left. */
int secret_feed(struct secret_engine *e, struct bytes piece, struct error *err);
int secret_end(struct secret_engine *e, struct error *err);
/* A text that is no file: "env:NAME", "label:NAME", "history:3". */
int secret_text(struct secret_engine *e, struct bytes name, struct bytes text,
		struct secret_sink sink, struct error *err);

#endif
