/* Shared by fetch.c, fetch_ask.c and fetch_url.c: the transfers of one corten-fetch. */
#ifndef CORTEN_SOURCE_FETCH_INTERNAL_H
#define CORTEN_SOURCE_FETCH_INTERNAL_H

#include "ipc/ipc.h"
#include "sandbox/sandbox.h"
#include "source/fetch.h"
#include "source/protocol.h"

/* How a transfer stands. */
struct transfer {
	uint64_t id; /* 0: the slot is free */
	bool done;
	uint64_t total; /* FETCH_SIZE_UNKNOWN */
	struct error result; /* code 0: all is well */
	char media_type[256];
	int64_t modified;
	bool unchanged; /* what the client has is still current */
	char validator[256]; /* ETag, or date; "": none */
	char host[256]; /* "" for addresses */
	int (*finish)(void *ctx, struct error *err); /* see fetch_finish_with; may be NULL */
	void *finish_ctx;
};

/* A registry that corten-fetch was told of. */
struct known_host {
	char host[256];
	struct error credentials; /* why none could be found; code 0: no trouble */
	struct known_host *next;
};

struct fetch {
	struct child child;
	int messages, descriptors;
	struct channel channel;
	char *username, *password;
	struct known_host *hosts;
	uint64_t last_id;
	struct transfer transfers[FETCH_OPEN_MAX];
};

/* What is asked for. */
struct wish {
	enum fetch_kind kind;
	const char *host, *repository, *target; /* "" where there is none */
	uint64_t size, max;
	bool has_fd;
	int fd; /* of a runtime */
};

/* Asks, and opens the pipe that the answer will come through. NULL: failed. */
struct transfer *fetch_begin(struct fetch *f, const struct wish *w, int *ret_fd, struct error *err);
/* Waits for messages and takes all that are there. */
int fetch_take_messages(struct fetch *f, struct error *err);
/* Waits for the result and frees the slot; what it said stays until the next one. */
int fetch_end(struct fetch *f, struct transfer *t, struct error *err);
/* All of a small transfer into memory; closes fd. */
int fetch_read_whole(struct fetch *f, struct transfer *t, int fd, struct buf *ret,
		     struct error *err);
struct transfer *fetch_find(struct fetch *f, uint64_t id);

#endif
