/* Shared by the files runtime*.c of the client half. */
#ifndef CORTEN_SOURCE_RUNTIME_INTERNAL_H
#define CORTEN_SOURCE_RUNTIME_INTERNAL_H

#include "ipc/ipc.h"
#include "source/protocol.h"
#include "source/runtime.h"

/* Connects and asks. space, target: "" where there is none. */
int runtime_ask(struct fetch *f, const struct runtime *rt, enum fetch_kind kind, const char *space,
		const char *target, struct buf *ret, struct error *err);
/* The next frame of that type; false at the end. Others are passed over. */
bool runtime_next(struct cursor *answer, uint16_t type, struct msg_reader *ret);
/* The next container of an answer; false at the end. */
bool runtime_container_next(struct cursor *answer, struct runtime_container *ret);
/* ERR_USAGE for a name that would lead elsewhere. */
int runtime_check_name(const char *name, struct error *err);
/* Text of an answer into room for it: escaped, cut. */
void runtime_text(struct bytes text, char *out, size_t size);
/* Adds "name, " to a list for people; false when it is full. */
bool runtime_list_add(char *list, size_t size, struct bytes name);
/* Whether a /proc/PID/cgroup names the container: runtimes call its control group by
 * its id, as in "/docker/ID" or "libpod-ID.scope". */
bool runtime_in_cgroup(struct bytes cgroups, const char *id);
const char *runtime_name(enum source_kind kind);

#endif
