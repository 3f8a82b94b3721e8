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

/* How likely what the rule finds is a secret. Of two rules that find the same
 * place only the surer one tells. */
enum secret_confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };

struct secret_rule_info {
	const char *id; /* "secret/aws-access-key" */
	const char *class; /* "cloud-key", "private-key" …; "custom" for gitleaks' rules */
	const char *title, *description, *advice;
	enum severity severity;
	enum secret_confidence confidence;
	const char *origin; /* file that it comes from */
	uint32_t line;
	bool enabled;
	bool by_path; /* the name of the file alone (and its first bytes) tells */
	const char *const *covers; /* published classes that it stands for */
	size_t cover_count;
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
/* ERR_MALFORMED, ERR_UNSUPPORTED; they name file, line and rule. Patterns are read
 * later, by secret_rules_compile. A word of `enable` or `disable` that names nothing
 * is left to the caller: secret_rules_named(). */
int secret_rules_load(const struct secret_rule_options *o, struct secret_rules **ret,
		      struct error *err);
void secret_rules_free(struct secret_rules *r);
/* Whether a word names a rule: its id with or without "secret/", its class, a glob. */
bool secret_rules_named(const struct secret_rules *r, const char *word);
size_t secret_rules_count(const struct secret_rules *r);
void secret_rule_info(const struct secret_rules *r, size_t i, struct secret_rule_info *ret);
/* What of the files is not followed, each said once: "extend.useDefault" … */
size_t secret_rules_note_count(const struct secret_rules *r);
const char *secret_rules_note(const struct secret_rules *r, size_t i);
/* SHA-256 over what all enabled rules find (not their texts) and the engine's
 * version: part of cache keys. Rules keep their numbers when some are disabled. */
void secret_rules_digest(const struct secret_rules *r, struct digest *ret);

struct secret_compile_info {
	bool cached; /* nothing was compiled */
	uint64_t ns; /* that compiling took, or opening */
	size_t blob_bytes;
};

/* A descriptor, for reading, that holds the compiled blob (sealed memory, or the
 * cached file): from cache_dir (may be NULL) where that has it whole, owned by this
 * user and writable by nobody else; else compiled, and stored there. A cache that
 * cannot be written is no error. ERR_MALFORMED or ERR_UNSUPPORTED for a pattern.
 * ret_info may be NULL. */
int secret_rules_compile(const struct secret_rules *r, const char *cache_dir, int *ret_fd,
			 struct secret_compile_info *ret_info, struct error *err);

/* One sample of one rule, tried with that rule alone. */
struct secret_sample_result {
	uint32_t rule;
	bool fires; /* what it should do */
	bool passed;
	uint32_t number; /* of the rule's firing or silent samples, from 1 */
};

/* Runs all samples of all rules that are enabled (or of rule `only`, unless that is
 * UINT32_MAX) and tells each; a rule without samples is not told. */
int secret_rules_test(const struct secret_rules *r, uint32_t only,
		      int (*told)(void *ctx, const struct secret_sample_result *s,
				  struct error *err),
		      void *ctx, struct error *err);

/* --- looking: the worker's side --------------------------------------------------- */

/* One secret. Views are good only during the call. Nothing here holds the whole
 * secret: `masked` and `line` have it masked already. */
struct secret_match {
	uint32_t rule; /* index as secret_rule_info counts */
	struct bytes masked; /* "AKIA************MPLE" */
	struct bytes context; /* the line around it, masked, at most 200 bytes */
	uint32_t line, column; /* from 1 */
	uint64_t offset; /* in the file; of UTF-16 in its UTF-8 form */
	struct digest
		hash; /* SHA-256 over rule id and secret, cut to 16 bytes, the rest zero: tells equals */
	bool valid; /* a checksum or a parse confirms it */
	int64_t expires; /* seconds since 1970 that the secret itself says; 0: does not say */
};

struct secret_sink {
	int (*match)(void *ctx, const struct secret_match *m, struct error *err);
	/* A limit was reached in this file: which ("findings of one file", "line
	 * length" …). Told once a file and limit. */
	int (*limited)(void *ctx, const char *what, struct error *err);
	void *ctx;
};

struct secret_engine;
/* Maps the blob (read-only) and checks its structure; its checksum is the program's
 * business. Everything it needs is allocated here, except that a pattern is read
 * when it is first needed. One engine a worker. */
int secret_engine_open(int blob_fd, struct secret_engine **ret, struct error *err);
void secret_engine_close(struct secret_engine *e);

/* Whether the file is looked at: by path and size (fonts, pictures, archives, and
 * what rules' path allow-lists leave out are not; files that are secrets by their
 * name alone are told at once through the sink). When false, feed and end need not be
 * called. When the sink fails it returns true, and the next call fails with err. */
bool secret_begin(struct secret_engine *e, struct bytes path, uint64_t size,
		  struct secret_sink sink, struct error *err);
/* Pieces of any size, in order; a file that turns out to be binary is left. */
int secret_feed(struct secret_engine *e, struct bytes piece, struct error *err);
int secret_end(struct secret_engine *e, struct error *err);
/* Nothing more is looked for in the file at hand. */
bool secret_left(const struct secret_engine *e);
/* A text that is no file: "env:NAME", "label:NAME", "history:3". No rule looks at the
 * name, so a text should be what one would write in a file: "NAME=value". */
int secret_text(struct secret_engine *e, struct bytes name, struct bytes text,
		struct secret_sink sink, struct error *err);

#endif
