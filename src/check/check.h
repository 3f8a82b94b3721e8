/* check: what the families malware, baseline and build share. Their rules are TOML
 * files under rules/malware, rules/baseline and rules/build: texts for people, samples,
 * and a table that the family's engine reads. The program loads them (trusted: ours and
 * the user's) and hands all that are switched on to its workers, which look at hostile
 * bytes and tell matches by the rule's number.
 *
 *   corten = 1                    this form
 *   kind = "malware"              of a file in folder malware
 *   class = "webshell"            for all rules of the file that say nothing else, as are
 *   severity, advice, engine
 *
 *   [[rules]]
 *   id = "webshell-php-input-evaluated"     shown as malware/webshell-…
 *   title = "…"
 *   description = "…"
 *   references = ["T1505.003"]
 *   …                             what the engine reads
 *   [rules.test]
 *   path = "var/www/a.php"
 *   mode = 0o644                  of the sample's file; 0644 when it is not said
 *   fire = ["…"]                  texts of a file; of kind build, of a Dockerfile
 *   silent = ["…"]
 */
#ifndef CORTEN_CHECK_H
#define CORTEN_CHECK_H

#include "base/base.h"
#include "finding/finding.h"
#include "format/tree.h"

enum check_family { CHECK_MALWARE, CHECK_BASELINE, CHECK_BUILD, CHECK_FAMILIES };
const char *check_family_name(enum check_family f); /* "malware" … */

/* --- rules: the program's side ------------------------------------------------------ */

struct check_words {
	const char *const *p;
	size_t n;
};

struct check_rule_info {
	enum check_family family;
	const char *id; /* "malware/webshell-php-input-evaluated" */
	const char *class;
	const char *title, *description, *advice; /* "" when there is none */
	const char *engine; /* which part of the family looks for it: "webshell" … */
	enum severity severity;
	struct check_words references; /* ATT&CK techniques, CIS and CVE ids */
	const char *origin; /* file that it comes from */
	uint32_t line;
	bool enabled;
	const char *test_path; /* NULL: the rule says none */
	uint32_t test_mode;
	struct check_words fire, silent;
	const struct node *table; /* all that the file says of the rule */
};

struct check_rule_options {
	const char *const *dirs; /* folders that hold malware/, baseline/, build/; ours first:
				  * later ones replace rules of the same id */
	size_t dir_count;
	const char *const *enable; /* ids, classes, globs; applied in this order: */
	size_t enable_count;
	const char *const *disable; /* … disable, then enable */
	size_t disable_count;
};

struct check_rules;
/* ERR_MALFORMED, ERR_UNSUPPORTED; they name file, line and rule. A word of `enable` or
 * `disable` that names nothing is left to the caller: check_rules_named(). */
int check_rules_load(const struct check_rule_options *o, struct check_rules **ret,
		     struct error *err);
void check_rules_free(struct check_rules *r);
size_t check_rules_count(const struct check_rules *r);
void check_rule_info(const struct check_rules *r, size_t i, struct check_rule_info *ret);
/* Whether a word names a rule: its id with or without the family, its class, a glob. */
bool check_rules_named(const struct check_rules *r, const char *word);
/* SHA-256 over what all enabled rules of these families (1 << enum check_family) say to
 * their engines: part of cache keys. Rules keep their numbers when some are off. */
void check_rules_digest(const struct check_rules *r, unsigned families, struct digest *ret);
/* A sealed descriptor with the enabled rules of these families, for check_set_open. */
int check_rules_send(const struct check_rules *r, unsigned families, int *ret_fd,
		     struct error *err);

/* --- rules: the worker's side ---------------------------------------------------------- */

/* One enabled rule: what an engine needs of it. */
struct check_entry {
	uint32_t rule; /* its number, as check_rule_info counts */
	enum check_family family;
	const char *engine;
	const struct node *table;
};

struct check_set;
int check_set_open(int fd, struct check_set **ret, struct error *err);
void check_set_close(struct check_set *s);
/* In the order of the files and in them. */
size_t check_set_count(const struct check_set *s);
const struct check_entry *check_set_entry(const struct check_set *s, size_t i);

/* --- what is found ------------------------------------------------------------------------ */

enum { CHECK_EVIDENCE_MAX = 400, CHECK_FIX_MAX = 4096, CHECK_KEY_MAX = 64 };

/* Views are good only during the call. */
struct check_match {
	uint32_t rule;
	struct bytes path; /* with members of archives: "srv/a.zip!/b.php" */
	uint32_t line; /* 0: none */
	struct bytes evidence; /* what was seen, secrets masked; any bytes, cut for people */
	struct bytes fix; /* the exact line or a unified diff (patch(1)) that mends it; empty */
	struct bytes key; /* tells it from others of its rule at its path; empty: one is enough */
};

struct check_sink {
	int (*match)(void *ctx, const struct check_match *m, struct error *err);
	/* A limit was reached at this path: which. Told once a file and limit. */
	int (*limited)(void *ctx, struct bytes path, const char *what, struct error *err);
	void *ctx;
};

/* --- samples ------------------------------------------------------------------------------- */

/* One sample of one rule, tried with that rule alone. */
struct check_sample {
	size_t rule;
	bool fires; /* what it should do */
	uint32_t number; /* of the rule's firing or silent samples, from 1 */
	const char *text, *path;
	uint32_t mode;
};

/* Tries one sample with the rules of the set: *ret_fired tells whether its rule did. */
typedef int check_try_fn(const struct check_set *set, const struct check_sample *s, bool *ret_fired,
			 struct error *err);

/* Runs all samples of enabled rules of a family (or of rule `only`, unless that is
 * SIZE_MAX) and tells each. */
int check_rules_test(const struct check_rules *r, enum check_family family, size_t only,
		     check_try_fn *try,
		     int (*told)(void *ctx, const struct check_sample *s, bool passed,
				 struct error *err),
		     void *ctx, struct error *err);

/* Opens the engine that a set's rules are for, and closes it: whether it takes them. */
typedef int check_open_fn(const struct check_set *set, struct error *err);

/* ERR_MALFORMED, with the line, when the rule has a key that is neither every rule's nor
 * one of `known` (blanks between): a misspelt condition would be one that nobody asks for. */
int check_keys(const struct check_entry *e, const char *known, struct error *err);

/* Lets the engine read each enabled rule of a family whose file is not below the folder
 * `but` (ours): what is wrong in a user's rule is told before anything is looked at.
 * Errors name the file, the rule and the line. */
int check_rules_verify(const struct check_rules *r, const char *but, enum check_family family,
		       check_open_fn *open, struct error *err);

#endif
