/* One question to a container runtime, inside corten-fetch: from the client's
 * message to the result, over a connection or from a file that came with it. */
#ifndef CORTEN_SOURCE_ASK_H
#define CORTEN_SOURCE_ASK_H

#include "source/protocol.h"
#include "source/request.h"

struct ask;

struct ask_wish {
	uint64_t id;
	enum fetch_kind kind;
	char *space, *target; /* taken over */
	uint64_t size, max;
	int fd; /* taken over */
};

struct asker {
	struct fetcher *f; /* its loop, its HTTP */
	struct ask *asks;
	void (*done)(struct asker *a, uint64_t id, const struct error *result);
};

/* True for the kinds that ask_start knows. */
bool ask_is_kind(uint32_t kind);

/* Takes over pipe and what wish holds. What fails ends through a->done. */
int ask_start(struct asker *a, const struct ask_wish *wish, int pipe, struct error *err);
void ask_free_all(struct asker *a);

#endif
