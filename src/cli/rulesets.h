/* Which rules a command works with: those that come with the program, those of the
 * user, and what is switched off. */
#ifndef CORTEN_CLI_RULESETS_H
#define CORTEN_CLI_RULESETS_H

#include "cli/internal.h"
#include "secret/secret.h"

/* Rows for the table of a command's options. */
/* clang-format off */
#define RULESET_OPTIONS                                                                            \
	{ .name = "rules",                                                                         \
	  .argument = "DIR",                                                                       \
	  .help = "Add the rules in DIR (DIR/secret/*.toml); one of the same id replaces ours. "   \
		  "May be given several times." },                                                 \
	{ .name = "secret-rules",                                                                  \
	  .argument = "FILE",                                                                      \
	  .help = "Add the secret rules of FILE, a gitleaks configuration as it is or a file in "  \
		  "our own form. May be given several times." },                                   \
	{ .name = "disable-rules",                                                                 \
	  .argument = "LIST",                                                                      \
	  .help = "Do without these rules: ids, classes, or patterns such as secret/aws-*." },     \
	{ .name = "enable-rules",                                                                  \
	  .argument = "LIST",                                                                      \
	  .help = "Use these rules although they are off, or disabled by --disable-rules." }
/* clang-format on */

/* ERR_NOT_FOUND when the program's own rules are missing. */
int ruleset_secrets(const struct cli_args *args, struct secret_rules **ret, struct error *err);
/* Their compiled form, kept beside layer results in cache_dir (NULL: the user's). */
int ruleset_compile_secrets(const struct secret_rules *rules, const char *cache_dir, int *ret_fd,
			    struct secret_compile_info *ret_info, struct error *err);

#endif
