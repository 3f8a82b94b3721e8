#include "cli/internal.h"

const struct cli_command *const cli_commands[] = {
	&cli_command_scan, &cli_command_completion, &cli_command_help, &cli_command_version, NULL,
};
