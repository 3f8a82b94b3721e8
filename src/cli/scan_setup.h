/* What every command that scans has in common: the options that say what to read
 * and how, the database, progress on a terminal, reports into files. */
#ifndef CORTEN_CLI_SCAN_SETUP_H
#define CORTEN_CLI_SCAN_SETUP_H

#include "cli/internal.h"
#include "cli/rulesets.h"
#include "report/report.h"
#include "scan/scan.h"

/* Rows for the table of a command's options. */
#define SCAN_SETUP_TARGETS                                                                         \
	"TARGET is an image, wherever it is: docker-archive:FILE, oci-archive:FILE, "              \
	"oci:DIR[:REF], rootfs:DIR, registry:HOST/REPOSITORY[:TAG|@DIGEST], docker:IMAGE, "        \
	"podman:IMAGE, containerd:IMAGE and cri:IMAGE (asked over their sockets), "                \
	"containers-storage:IMAGE (podman's and CRI-O's files), container:ID (one that runs; "     \
	"it is not stopped), dir:DIR (sources: what lock files say will be installed), "           \
	"sbom:FILE (CycloneDX, SPDX, a result of ours), a path without prefix (told by its "       \
	"content), an image reference (its registry is asked), "                                   \
	"or - for an archive on standard input."

/* clang-format off */
#define SCAN_SETUP_OPTIONS                                                                         \
	{ .name = "families",                                                                      \
	  .argument = "LIST",                                                                      \
	  .choices = "vulnerability,secret,malware,baseline,build",                                \
	  .list = true,                                                                            \
	  .help = "What to look for. Default: all." },                                             \
	RULESET_OPTIONS,                                                                           \
	MALWARE_SCAN_OPTIONS,                                                                      \
	{ .name = "platform",                                                                      \
	  .argument = "OS/ARCH",                                                                   \
	  .help = "Which image of a multi-platform one, as in linux/arm64. Default: this "         \
		  "machine's." },                                                                  \
	{ .name = "username", .argument = "NAME", .help = "User of the registry." },               \
	{ .name = "password-stdin",                                                                \
	  .help = "Read the registry's password from standard input." },                           \
	{ .name = "ca-file",                                                                       \
	  .argument = "FILE",                                                                      \
	  .help = "Trust the certificates in FILE (PEM) for the registry, too." },                 \
	{ .name = "plain-http",                                                                    \
	  .help = "Speak to the registry without TLS. Loopback is allowed anyway." },              \
	{ .name = "insecure-tls", .help = "Do not check the registry's certificate." },            \
	{ .name = "db", .argument = "FILE", .help = "Vulnerability database to use." },            \
	{ .name = "offline",                                                                       \
	  .help = "Never speak to the network, and do not warn that the database is old." },       \
	{ .name = "cache-dir",                                                                     \
	  .argument = "DIR",                                                                       \
	  .help = "Where layer results are kept. Default: ~/.cache/corten." },                     \
	{ .name = "no-cache",                                                                      \
	  .help = "Neither use nor keep layer results. Compiled rules are kept." },                \
	{ .name = "parallel",                                                                      \
	  .argument = "N",                                                                         \
	  .help = "Layers read at the same time. Default: one for each processor, at most 8." },   \
	{ .name = "timeout",                                                                       \
	  .argument = "SECONDS",                                                                   \
	  .help = "Give up after this time; what was read is reported. 0: never. Default: "        \
		  "3600." },                                                                       \
	{ .name = "color",                                                                         \
	  .argument = "WHEN",                                                                      \
	  .choices = "auto,always,never",                                                          \
	  .help = "Colour in the table. auto: on a terminal, unless NO_COLOR is set." },           \
	{ .name = "quiet", .letter = 'q', .help = "No progress and no warnings." }
/* clang-format on */

enum { SCAN_SECRET_MAX = 64 * 1024 };

struct scan_setup {
	struct cli_args *args;
	struct scan_options scan;
	struct report_options report; /* as the terminal is; no filter */
	struct vulndb *db; /* NULL: there is none */
	struct ruleset rules;
	struct malware_setup malware;
	char password[SCAN_SECRET_MAX];
	bool quiet, tty, progress_shown;
	uint64_t progress_ns;
};

/* From the command line, the environment and the terminal; the target is the first
 * argument. False: *ret_exit is the exit status. To be closed in any case. */
bool scan_setup_take(struct scan_setup *s, struct cli_args *args, int *ret_exit);
/* Opens the database that the options name, or the one that is found. */
bool scan_setup_open_database(struct scan_setup *s, int *ret_exit);
/* Loads the rules that the families need. */
bool scan_setup_load_rules(struct scan_setup *s, int *ret_exit);
void scan_setup_close(struct scan_setup *s);

/* scan_run, with progress where a terminal is. */
int scan_setup_run(struct scan_setup *s, struct scan_result *ret, struct error *err);
/* Warns of a database that is more than a day old. */
void scan_setup_warn(const struct scan_setup *s, const struct scan_result *r);

/* A report into a file, whole or not at all, without colour or folding. */
int scan_setup_write_file(const struct scan_setup *s, const char *path, enum report_format format,
			  const struct scan_result *r, struct error *err);
int scan_setup_write_stdout(const struct scan_setup *s, enum report_format format,
			    const struct scan_result *r, struct error *err);

#endif
