/* The pipe to the reader of a transfer: never waits, keeps what did not fit,
 * and tells when there is room again or the reader has gone. */
#ifndef CORTEN_SOURCE_SINK_H
#define CORTEN_SOURCE_SINK_H

#include "source/loop.h"

struct sink {
	struct loop_watch watch;
	struct loop *loop;
	struct buf pending; /* taken, not yet written */
	size_t written; /* of pending */
	bool gone; /* nobody reads any more */
	/* Room again (all pending is written), or gone. The sink may be closed
	 * in it. */
	void (*changed)(struct sink *s);
};

/* Takes over fd. */
int sink_open(struct sink *s, struct loop *l, int fd, void (*changed)(struct sink *s),
	      struct error *err);
void sink_close(struct sink *s);

/* While something is pending more should not be written. */
static inline bool sink_is_full(const struct sink *s)
{
	return s->pending.n > 0;
}

/* Takes all of b; false when the reader has gone, or without memory. */
bool sink_write(struct sink *s, struct bytes b);

#endif
