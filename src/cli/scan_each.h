/* Scans with the options of one command line: of an image, or of containers one after
 * the other. */
#ifndef CORTEN_CLI_SCAN_EACH_H
#define CORTEN_CLI_SCAN_EACH_H

#include "cli/scan_setup.h"
#include "cli/vex.h"

/* clang-format off */
#define SCAN_EACH_FORMAT_OPTION                                                                    \
	{ .name = "format",                                                                        \
	  .letter = 'f',                                                                           \
	  .argument = "FORMAT",                                                                    \
	  .choices = "table,json,sarif,cyclonedx,spdx,junit,csv,html,gitlab",                      \
	  .help = "Form of the report on standard output. Default: table." }
#define SCAN_EACH_OPTIONS                                                                          \
	{ .name = "severity",                                                                      \
	  .letter = 's',                                                                           \
	  .argument = "LIST",                                                                      \
	  .choices = "critical,high,medium,low,negligible,unknown",                                \
	  .list = true,                                                                            \
	  .help = "Show only findings of these severities." },                                     \
	{ .name = "only-fixed", .help = "Show only findings that an update mends." },              \
	{ .name = "fail-on",                                                                       \
	  .argument = "SEVERITY[,fixed]",                                                          \
	  .help = "Exit with status 1 when a finding is of this severity or worse; with "          \
		  "\",fixed\", only when an update mends it." },                                   \
	{ .name = "unknown-severity",                                                              \
	  .argument = "HOW",                                                                       \
	  .choices = "fail,ignore",                                                                \
	  .help = "Whether a finding of unknown severity breaks --fail-on. Default: fail." },      \
	{ .name = "exceptions",                                                                    \
	  .argument = "FILE",                                                                      \
	  .help = "Leave out the findings that the exceptions of FILE (doc/policy.md) cover, "     \
		  "until these end: by id, path, sum of the file, package, repository. May be "    \
		  "given several times." },                                                        \
	{ .name = "risks",                                                                         \
	  .argument = "FILE",                                                                      \
	  .help = "Heed the states that `corten risk set` gave to findings: those that are "       \
		  "handled, ignored or false positives are told apart." },                         \
	VEX_OPTION,                                                                                \
	SCAN_SETUP_OPTIONS
/* clang-format on */

/* One scan of several. */
struct scan_turn {
	const char *target;
	const struct known_container *container; /* or NULL */
	char file[PATH_MAX]; /* where its report goes; "": standard output, or --output */
};

struct scan_each {
	/* The next; false: there is none. */
	bool (*next)(void *ctx, struct scan_turn *ret);
	/* What it came to: r is empty when nothing could be read. May be NULL. */
	void (*done)(void *ctx, const struct scan_result *r, int status);
	void *ctx;
};

/* Takes the options, and scans each. The worst exit status: 1, 2, 3, 0 in this order. */
int scan_each(struct cli_args *args, const struct scan_each *each);

#endif
