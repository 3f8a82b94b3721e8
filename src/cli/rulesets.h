/* Which rules a command works with: those that come with the program, those of the
 * user, and what is switched off. */
#ifndef CORTEN_CLI_RULESETS_H
#define CORTEN_CLI_RULESETS_H

#include "baseline/baseline.h"
#include "check/check.h"
#include "cli/internal.h"
#include "cli/malware_setup.h"
#include "malware/malware.h"
#include "secret/secret.h"

/* Rows for the table of a command's options. */
/* clang-format off */
#define RULESET_DIR_OPTION                                                                         \
	{ .name = "rules",                                                                         \
	  .argument = "DIR",                                                                       \
	  .help = "Add the rules in DIR (DIR/secret/*.toml, and so for malware, baseline and "     \
		  "build); one of the same id replaces ours. May be given several times." }
#define RULESET_SWITCH_OPTIONS                                                                     \
	{ .name = "disable-rules",                                                                 \
	  .argument = "LIST",                                                                      \
	  .help = "Do without these rules: ids, classes, or patterns such as secret/aws-*." },     \
	{ .name = "enable-rules",                                                                  \
	  .argument = "LIST",                                                                      \
	  .help = "Use these rules although they are off, or disabled by --disable-rules." }
#define RULESET_OPTIONS                                                                            \
	RULESET_DIR_OPTION,                                                                        \
	{ .name = "secret-rules",                                                                  \
	  .argument = "FILE",                                                                      \
	  .help = "Add the secret rules of FILE, a gitleaks configuration as it is or a file in "  \
		  "our own form. May be given several times." },                                   \
	{ .name = "malware-lists",                                                                 \
	  .argument = "PATH",                                                                      \
	  .help = "Look for the files whose sums PATH lists, a file or a folder: our own form or " \
		  "ClamAV's (doc/malware.md). May be given several times." },                      \
	RULESET_SWITCH_OPTIONS
/* clang-format on */

/* Kinds of rules, as bits. */
enum {
	RULES_MALWARE = 1 << CHECK_MALWARE,
	RULES_BASELINE = 1 << CHECK_BASELINE,
	RULES_BUILD = 1 << CHECK_BUILD,
	RULES_CHECKS = RULES_MALWARE | RULES_BASELINE | RULES_BUILD,
	RULES_SECRET = 1 << CHECK_FAMILIES
};

struct ruleset {
	struct secret_rules *secrets; /* NULL: not asked for */
	struct check_rules *checks; /* the same of all others */
	struct malware_lists *lists; /* sums of files; NULL without RULES_MALWARE */
};

/* Loads what the kinds need. ERR_NOT_FOUND when the program's own rules are missing,
 * ERR_USAGE for a word of --enable-rules or --disable-rules that names none. */
int ruleset_load(const struct cli_args *args, unsigned kinds, struct ruleset *ret,
		 struct error *err);
void ruleset_free(struct ruleset *r);
/* Their compiled form, kept beside layer results in cache_dir (NULL: the user's). */
int ruleset_compile_secrets(const struct secret_rules *rules, const char *cache_dir, int *ret_fd,
			    struct secret_compile_info *ret_info, struct error *err);
/* Lists, YARA rules and clamd, as options and folders of rules say; compiled YARA rules are
 * kept, too. */
int ruleset_malware(const struct cli_args *args, const char *cache_dir, struct malware_setup *ret,
		    struct error *err);
/* The YARA rules alone; *ret is NULL when there are none. */
int ruleset_yara(const struct cli_args *args, struct malware_yara **ret, struct error *err);

#endif
