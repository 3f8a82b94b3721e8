/* One HTTP GET over a connection that somebody has made. */
#ifndef CORTEN_SOURCE_GET_H
#define CORTEN_SOURCE_GET_H

#include "base/base.h"
#include "source/loop.h"

struct get;

struct get_call {
	int fd; /* connected; borrowed */
	const char *path; /* without blanks and control characters */
	unsigned stall_seconds; /* without a byte: the end */
	/* A piece of the body; false ends it. */
	bool (*on_data)(void *ctx, unsigned status, struct bytes piece);
	/* The end, once: failure's code is ERR_NONE for a whole reply. It may be freed
	 * in it. */
	void (*on_done)(void *ctx, unsigned status, const struct error *failure);
	void *ctx;
};

int get_start(struct loop *l, const struct get_call *call, struct get **ret, struct error *err);
void get_pause(struct get *g); /* reads nothing until get_resume */
void get_resume(struct get *g);
void get_free(struct get *g); /* NULL is allowed */

#endif
