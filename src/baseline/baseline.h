/* baseline: how an image is set up: its accounts, the modes of its files, the settings
 * of its services, held against rules (rules/baseline, doc/baseline.md). A file is judged
 * in the worker while its layer is read; what needs several files (accounts) is told as
 * facts and judged when layers are merged, over the files that are visible. */
#ifndef CORTEN_BASELINE_H
#define CORTEN_BASELINE_H

#include "check/check.h"

/* --- the worker's side ------------------------------------------------------------- */

enum baseline_type { BASELINE_FILE, BASELINE_DIR, BASELINE_DEVICE };

/* What a layer's entry says of a file before its content. */
struct baseline_entry {
	enum baseline_type type;
	struct bytes path; /* clean */
	uint32_t mode, uid, gid;
	uint64_t size;
	bool has_capability;
};

enum baseline_fact_kind {
	FACT_USER, /* a line of passwd */
	FACT_PASSWORD, /* a line of shadow, or of passwd where that has one */
	FACT_GROUP, /* a line of group */
	FACT_GROUP_PASSWORD, /* of group or gshadow, where there is one */
	FACT_LEGACY, /* a line that begins with '+' */
	BASELINE_FACTS
};

enum baseline_password {
	PASSWORD_ELSEWHERE, /* "x" of passwd */
	PASSWORD_EMPTY,
	PASSWORD_LOCKED, /* '!' and '*': none fits */
	PASSWORD_DES,
	PASSWORD_MD5,
	PASSWORD_SHA256,
	PASSWORD_SHA512,
	PASSWORD_SLOW, /* yescrypt, bcrypt, scrypt */
	PASSWORD_OTHER,
	BASELINE_PASSWORDS
};

/* What accounts are judged by. No hash of a password leaves the worker: `sum` only tells
 * equal ones from others (64 bits of a SHA-256 under a key of ours). */
struct baseline_fact {
	enum baseline_fact_kind kind;
	enum baseline_password password;
	bool weak; /* the password is one that everybody tries first */
	uint32_t line;
	uint32_t uid, gid; /* UINT32_MAX: none that can be read */
	uint32_t members; /* of a group */
	uint64_t sum; /* of the password's hash; 0: none */
	struct bytes path, name, shell;
};

struct baseline_sink {
	struct check_sink check;
	int (*fact)(void *ctx, const struct baseline_fact *f, struct error *err);
	/* A file of a known form that could not be read so: why. Nothing failed. */
	int (*unread)(void *ctx, struct bytes path, const char *why, struct error *err);
	void *ctx;
};

enum { BASELINE_FILE_MAX = 1024 * 1024, BASELINE_ACCOUNTS_MAX = 2048 };

struct baseline_engine;
/* Takes the rules of family baseline; NULL in *ret when there is none on. The set must
 * outlive the engine. */
int baseline_open(const struct check_set *set, struct baseline_engine **ret, struct error *err);
void baseline_close(struct baseline_engine *e);

/* One entry at a time. 1: its bytes are wanted, up to the end; 0: not; -1: the sink's
 * error. Modes are judged at once. */
int baseline_begin(struct baseline_engine *e, const struct baseline_entry *entry,
		   struct baseline_sink sink, struct error *err);
int baseline_feed(struct baseline_engine *e, struct bytes piece, struct error *err);
int baseline_end(struct baseline_engine *e, struct error *err);

/* --- the program's side -------------------------------------------------------------- */

struct baseline_judge_sink {
	/* about: the fact that the match is about. */
	int (*match)(void *ctx, const struct check_match *m, const struct baseline_fact *about,
		     struct error *err);
	void *ctx;
};

/* Judges the accounts of an image: the facts of all its visible files. */
int baseline_judge(const struct check_rules *rules, const struct baseline_fact *facts, size_t n,
		   struct baseline_judge_sink sink, struct error *err);

/* Whether the rules of a set are rules of this family. */
check_open_fn baseline_verify;

/* check_try_fn. A sample is a file at the rule's path with the rule's mode, or several,
 * each behind a line of its own: "==> -rw-r--r-- 0:0 etc/passwd <==". */
int baseline_try(const struct check_set *set, const struct check_sample *s, bool *ret_fired,
		 struct error *err);

/* As baseline_try, and tells each match. */
int baseline_look(const struct check_set *set, const struct check_sample *s,
		  const struct check_sink *sink, struct error *err);

#endif
