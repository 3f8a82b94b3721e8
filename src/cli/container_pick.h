/* Containers that run, as the agent lists them, chosen by name or as a rule's scope
 * would. */
#ifndef CORTEN_CLI_CONTAINER_PICK_H
#define CORTEN_CLI_CONTAINER_PICK_H

#include "cli/internal.h"
#include "source/runtime.h"

struct picked {
	struct runtime_container c;
	char *cgroup, *app, *space;
};

struct picked_list {
	struct picked *one;
	size_t count;
};

/* Those that the arguments name, or --all, --app, --image, --namespace. ERR_NOT_FOUND for
 * an argument that none is. To be freed in any case. */
int containers_pick(const struct cli_args *a, struct picked_list *ret, struct error *err);
void picked_list_free(struct picked_list *l);

#endif
