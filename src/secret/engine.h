/* The worker's side of the room, shared by its files. */
#ifndef CORTEN_SECRET_ENGINE_H
#define CORTEN_SECRET_ENGINE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <hs/hs_common.h>
#include <hs/hs_runtime.h>

#include "secret/blob.h"
#include "secret/secret.h"

enum {
	WINDOW_BYTES = 256 * 1024, /* what is looked at together */
	WINDOW_KEEP = 16 * 1024, /* of its end, looked at again with what follows */
	WINDOW_LEFT = 256, /* before that, for lines and \b */
	FIRST_BLOCK = 8 * 1024, /* tells text from binary */
	FOUND_MAX = 512, /* places of one window */
	MASKED_MAX = 128,
	CONTEXT_MAX = 200,
};

/* Where a rule is in this window. */
struct rule_state {
	size_t searched; /* nothing new ends before here */
	size_t done; /* end of the last match: the next begins here or later */
	size_t passed; /* the same, of matches that the next window will not tell again */
	size_t far; /* before here the rule is looked for near the end only */
	uint32_t calls;
	uint8_t keyword; /* 0: not asked; 1: no; 2: there */
};

/* A place that a rule found, in the window. */
struct found {
	struct bytes match, secret; /* both lie in the window */
	uint32_t rule;
	bool mask_only; /* told with the next window, or by a surer rule */
	bool valid;
	int64_t expires;
};

struct window {
	struct bytes text;
	size_t lead; /* what begins before was told */
	size_t keep; /* what begins here or later is told with the next window */
	bool first, last;
	uint64_t offset; /* of text.p in the file */
	uint32_t line; /* of text.p */
	uint64_t line_at; /* offset where that line begins */
};

enum file_kind { FILE_LEFT, FILE_UNDECIDED, FILE_TEXT, FILE_UTF16_LE, FILE_UTF16_BE };

enum { LIMIT_WORDS = 4 };

struct file_state {
	enum file_kind kind;
	struct secret_sink sink;
	struct error *err; /* of the running call */
	struct error begin_err;
	bool failed;
	bool is_file;
	uint64_t size;
	uint8_t odd; /* UTF-16: the first byte of a unit */
	bool has_odd;
	uint16_t high; /* UTF-16: the first half of a pair; 0: none */
	uint32_t findings;
	const char *told_limits[LIMIT_WORDS];
};

struct secret_engine {
	void *map;
	size_t map_n;
	const struct blob_header *header;
	const struct blob_rule *rules;
	const struct blob_pattern *patterns;
	const struct blob_allow *allows;
	const struct blob_path *paths;
	const uint32_t *index;
	const struct blob_string *strings;
	const uint8_t *string_bytes;
	size_t rule_n, pattern_n, allow_n, path_n, index_n, string_n;

	hs_database_t *content_db, *path_db;
	hs_scratch_t *scratch;
	pcre2_code **codes, **cores; /* of patterns, read when first needed */
	pcre2_match_data *match;
	pcre2_match_context *limits;

	struct rule_state *states;
	uint8_t *path_hits;
	struct found *found;
	size_t found_n;
	uint8_t *buffer; /* the window of a file that comes in pieces */
	size_t buffer_n;
	struct window window;
	struct file_state file;
	struct digest *told; /* of this file */
	uint8_t *path; /* of this file, LIMIT_PATH_BYTES */
	size_t name_n;
	uint32_t findings; /* of all files */
	uint32_t only; /* test: only this rule; NO_PATTERN: all */
	bool names_only; /* test: rules that go by the path do not check the file's bytes */
};

struct bytes engine_string(const struct secret_engine *e, uint32_t i);
/* A bound error in the running call: everything stops. Returns -1. */
int engine_failed(struct secret_engine *e);
/* Tells the sink, once a file. */
void engine_limited(struct secret_engine *e, const char *what);
/* NULL with the running call's error. */
pcre2_code *engine_code(struct secret_engine *e, uint32_t pattern);
/* Of its core; NULL also when that is all of it. */
pcre2_code *engine_core(struct secret_engine *e, uint32_t pattern);
/* Whether a pattern matches anywhere in text. */
bool engine_matches(struct secret_engine *e, uint32_t pattern, struct bytes text);

/* search.c: looks through e->window and tells what it found. -1: stop, the error is
 * in the running call. */
int window_search(struct secret_engine *e);

/* judge.c: whether a place is a secret by all that the rule asks; fills valid and
 * expires. */
bool place_is_secret(struct secret_engine *e, struct found *f);
/* Whether one of the rule's keywords, if it has any, is in the window: gitleaks asks for
 * it in the piece of a file that it looks at. */
bool window_has_keyword(struct secret_engine *e, uint32_t number);
/* Whether an allow-list of the rule names the file's path. */
bool file_is_allowed(struct secret_engine *e, uint32_t rule);
/* A file that a rule tells by its path, with its first bytes. */
bool file_is_secret(const struct secret_engine *e, const struct blob_rule *rule,
		    struct bytes first);

/* check.c */
struct check_result {
	bool possible, valid;
	int64_t expires;
};
struct check_result secret_check(enum secret_check check, struct bytes secret);
bool secret_is_placeholder(struct bytes secret);
/* Shannon's entropy of the bytes, in bits a byte. */
double secret_entropy(struct bytes b);

/* mask.c: each appends to out (n bytes in, of cap) and returns the new n. */
size_t mask_secret(struct bytes secret, bool pem_like, uint8_t *out, size_t n, size_t cap);
size_t mask_context(const struct secret_engine *e, const struct found *f, uint8_t *out, size_t cap);

/* The whole line around a place, cut to LIMIT_SECRET_LINE; *ret_cut tells. */
struct bytes window_line(const struct window *w, struct bytes place, bool *ret_cut);

#endif
