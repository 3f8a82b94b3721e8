/* Asking the node's agent, for the commands that show and change what it does. */
#ifndef CORTEN_CLI_NODE_H
#define CORTEN_CLI_NODE_H

#include "cli/internal.h"

extern const struct cli_command cli_command_status;
extern const struct cli_command cli_command_alerts_list;
extern const struct cli_command cli_command_alerts_show;
extern const struct cli_command cli_command_alerts_handle;
extern const struct cli_command cli_command_events;
extern const struct cli_command cli_command_alerts_whitelist;
extern const struct cli_command cli_command_containers;
extern const struct cli_command cli_command_container_scan;
extern const struct cli_command cli_command_container_stop;
extern const struct cli_command cli_command_container_pause;
extern const struct cli_command cli_command_container_resume;
extern const struct cli_command cli_command_container_cut;
extern const struct cli_command cli_command_container_join;
extern const struct cli_command cli_command_process_kill;
extern const struct cli_command cli_command_quarantine_add;
extern const struct cli_command cli_command_quarantine_list;
extern const struct cli_command cli_command_quarantine_restore;
extern const struct cli_command cli_command_operations;

#define NODE_RUN_DIR_OPTION                                                                        \
	{                                                                                          \
		.name = "run-dir", .argument = "DIR",                                              \
		.help = "Where the agent's socket is. Default: /run/corten."                       \
	}
#define NODE_FORMAT_OPTION                                                                         \
	{                                                                                          \
		.name = "format", .argument = "FORMAT", .choices = "table,json",                   \
		.help = "Form of the output. Default: table."                                      \
	}

struct node;
/* One line of the agent's answer: its text, and read as a tree that lives for the
 * call. false: stop. */
typedef bool node_line(void *ctx, struct bytes text, const struct node *line);

/* Asks the agent named by --run-dir. */
int node_ask(const struct cli_args *a, const char *const *words, size_t count, node_line *f,
	     void *ctx, struct error *err);
bool node_wants_json(const struct cli_args *a);

#endif
