/* The parent's side of message.h, apart from starting a process: tests run the
 * worker's side in a thread. */
#ifndef CORTEN_FEED_CLIENT_H
#define CORTEN_FEED_CLIENT_H

#include "feed/message.h"

struct feed_walk;

/* Talks to a worker until it is done: sends the job, then, when walk is given,
 * the files it finds, on data_fd (closed at their end). Every message is
 * checked before the sink sees it. */
int feed_client_run(int channel_fd, int *data_fd, const struct feed_job *job,
		    struct feed_walk *walk, struct vuln_fact_sink sink, struct feed_stats *ret,
		    struct error *err);

/* --- the files of a directory (walk.c) ----------------------------------------------- */

/* In the order of their names, so that the same directory gives the same
 * messages. dir_fd is borrowed. NULL without memory. */
struct feed_walk *feed_walk_new(int dir_fd);
void feed_walk_free(struct feed_walk *w);

/* Opens the next file that can be a feed: 1, 0 at the end, -1. *ret_name is its
 * path below the directory, good until the next call; the caller closes. */
int feed_walk_next(struct feed_walk *w, int *ret_fd, const char **ret_name, struct error *err);

#endif
