#include "cli/db.h"
#include "cli/internal.h"
#include "cli/node.h"

const struct cli_command *const cli_commands[] = {
	&cli_command_scan,
	&cli_command_gate,
	&cli_command_fix,
	&cli_command_rules_list,
	&cli_command_rules_show,
	&cli_command_rules_test,
	&cli_command_cache_status,
	&cli_command_cache_clean,
	&cli_command_db_update,
	&cli_command_db_status,
	&cli_command_db_lookup,
	&cli_command_db_rollback,
	&cli_command_db_verify,
	&cli_command_db_build,
	&cli_command_db_keygen,
	&cli_command_db_sign,
	&cli_command_db_install,
	&cli_command_status,
	&cli_command_containers,
	&cli_command_container_stop,
	&cli_command_container_pause,
	&cli_command_container_resume,
	&cli_command_container_cut,
	&cli_command_container_join,
	&cli_command_completion,
	&cli_command_help,
	&cli_command_version,
	NULL,
};
