/* What the commands for rules of the guard share: which set a command is about. */
#ifndef CORTEN_CLI_GUARD_H
#define CORTEN_CLI_GUARD_H

#include "cli/internal.h"

struct rule_set;

#define GUARD_RULES_DIR "/etc/corten/rules.d"

#define GUARD_DIR_OPTION                                                                           \
	{                                                                                          \
		.name = "dir", .argument = "DIR",                                                  \
		.help = "The folder of the guard's rules. Default: " GUARD_RULES_DIR "."           \
	}
#define GUARD_PRESET_OPTION                                                                        \
	{                                                                                          \
		.name = "preset", .argument = "NAME",                                              \
		.choices = "observe,baseline-protect,strict",                                      \
		.help = "Rules of the guard that come with the program, instead of a folder."      \
	}
#define GUARD_BACKENDS_OPTION                                                                      \
	{                                                                                          \
		.name = "backends", .argument = "LIST",                                            \
		.choices = "bpf-lsm,tp-kill,cgroup-bpf,fanotify,runtime,none", .list = true,       \
		.help = "Judge rules as a node with these back-ends would."                        \
	}

/* --preset, --dir, or the node's folder; where that does not exist, the preset
 * observe, which is what an agent without rules follows. */
int guard_rules_load(const struct cli_args *a, struct rule_set *ret, struct error *err);
/* Of --backends; false: not given. */
bool guard_backends(const struct cli_args *a, unsigned *ret);
const char *guard_dir(const struct cli_args *a);

/* `corten rules list --kind guard`. */
int guard_list_table(const struct cli_args *a, struct error *err);
struct json_writer;
int guard_list_json(const struct cli_args *a, struct json_writer *w, struct error *err);

extern const struct cli_command cli_command_rules_check;
extern const struct cli_command cli_command_rules_explain;
extern const struct cli_command cli_command_rules_verify;
extern const struct cli_command cli_command_rules_add;
extern const struct cli_command cli_command_rules_edit;
extern const struct cli_command cli_command_rules_enable;
extern const struct cli_command cli_command_rules_disable;
extern const struct cli_command cli_command_rules_delete;

#endif
