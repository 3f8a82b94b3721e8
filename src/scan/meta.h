/* The parent's side of a "meta" worker: documents and archive listings are read
 * there, never here. */
#ifndef CORTEN_SCAN_META_H
#define CORTEN_SCAN_META_H

#include "sandbox/sandbox.h"
#include "scan/wire.h"
#include "scan/worker_rules.h"

struct meta_client {
	bool started;
	struct child child; /* gone when it ended by itself */
	struct channel ch;
	int sock;
	uint64_t deadline_ns; /* CLOCK_MONOTONIC; 0: none */
	/* Take MSG_SECRET and MSG_CHECK of a config; NULL: there are none. */
	int (*secret)(void *ctx, struct msg_reader *m, struct error *err);
	int (*check)(void *ctx, struct msg_reader *m, struct error *err);
	void *found_ctx;
};

/* How long to wait for a worker's next word, -1 for ever: silence_ms at most
 * (-1: any time), and not behind the deadline. ERR_WORKER_TIMEOUT behind it. */
int worker_patience(int silence_ms, uint64_t deadline_ns, int *ret_ms, struct error *err);

/* archive_fd: an archive to list, or -1. */
int meta_start(struct meta_client *m, int archive_fd, const struct worker_rules *rules,
	       uint64_t deadline_ns, struct error *err);
/* No more documents: the worker ends meanwhile, to be taken leave of by meta_stop. */
void meta_finish(struct meta_client *m);
/* No-op for one that was not started. */
void meta_stop(struct meta_client *m);

/* Reads a document; emit is called for each record, in order. */
int meta_parse(struct meta_client *m, enum image_document kind, struct bytes json,
	       doc_record_fn *emit, void *ctx, struct error *err);

/* Lists the archive on descriptor 3. */
int meta_list(struct meta_client *m,
	      int (*member)(void *ctx, const struct archive_member *a, struct error *err),
	      void *ctx, struct error *err);

/* Starts corten-worker for a job with a channel: *ret_sock is the parent's end
 * of it. input_fd and temp_fd may be -1. */
int worker_start_rules(const char *job, int input_fd, int temp_fd, const struct worker_rules *rules,
		       struct child *ret, int *ret_sock, struct error *err);

int worker_start(const char *job, int input_fd, int temp_fd, struct child *ret, int *ret_sock,
		 struct error *err);

#endif
