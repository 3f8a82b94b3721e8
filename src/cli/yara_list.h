/* The user's YARA rules among those that `corten rules list` shows. */
#ifndef CORTEN_CLI_YARA_LIST_H
#define CORTEN_CLI_YARA_LIST_H

#include "cli/internal.h"
#include "format/json.h"

/* w NULL: as a table. The exit status. */
int yara_list(const struct cli_args *args, struct json_writer *w);

#endif
