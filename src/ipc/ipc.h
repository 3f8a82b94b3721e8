/* ipc: length-framed typed messages between the roles and their workers. The
 * peer is never trusted: every length is checked against a cap before memory
 * is taken, every field is read through a cursor, and a message must be
 * consumed whole. One stream socket or pipe carries frames one way each:
 *
 *   u32le length of payload | u16le type | u16le zero | payload
 *
 * Fields inside a payload are positional: u32, u64 little-endian; byte strings
 * as u32le length and bytes. */
#ifndef CORTEN_IPC_H
#define CORTEN_IPC_H

#include "base/base.h"

/* A message being written. */
struct msg {
	struct buf payload;
	uint16_t type;
	bool failed; /* a field did not fit; msg_send reports it */
};

void msg_begin(struct msg *m, uint16_t type); /* may reuse m after msg_send */
void msg_free(struct msg *m);
#define cleanup_msg __attribute__((cleanup(msg_free)))
void msg_put_u32(struct msg *m, uint32_t v);
void msg_put_u64(struct msg *m, uint64_t v);
void msg_put_bytes(struct msg *m, struct bytes b);
void msg_put_str(struct msg *m, const char *s); /* NULL is written as "" */
void msg_put_digest(struct msg *m, const struct digest *d);
void msg_put_error(struct msg *m, const struct error *e);

/* A message being read: fields in the order they were put. The first field
 * that is not there fails the reader; msg_finish tells, and also refuses
 * bytes left over. */
struct msg_reader {
	struct cursor c;
	uint16_t type;
};

uint32_t msg_get_u32(struct msg_reader *r);
uint64_t msg_get_u64(struct msg_reader *r);
struct bytes msg_get_bytes(struct msg_reader *r); /* borrowed from the frame */
void msg_get_digest(struct msg_reader *r, struct digest *ret);
/* ERR_PROTOCOL unless every field was there and nothing is left. */
int msg_finish(const struct msg_reader *r, struct error *err);
/* A message that is an error and nothing else: err becomes it, with its text made
 * clean, and ERR_PROTOCOL for a code that is none of ours. Always -1. */
int msg_take_error(struct msg_reader *r, struct error *err);

/* One end of a connection. Blocking; not shared between threads. */
struct channel {
	int fd;
	struct buf in; /* bytes received and not yet consumed */
	size_t consumed;
	struct buf out; /* frames not yet written: see channel_flush */
};

void channel_init(struct channel *ch, int fd); /* borrows fd */
void channel_free(struct channel *ch); /* does not close fd */

/* Queues m; writes when 64 KiB are waiting. */
int channel_put(struct channel *ch, struct msg *m, struct error *err);
int channel_flush(struct channel *ch, struct error *err);

/* The next frame: 1, or 0 at the clean end of the stream, or -1: ERR_PROTOCOL
 * for a frame over LIMIT_FRAME_BYTES or bad header, ERR_TRUNCATED for an end
 * inside a frame, ERR_WORKER_TIMEOUT when timeout_ms (-1: none) passes without
 * a byte. The reader's bytes are good until the next call. */
int channel_get(struct channel *ch, int timeout_ms, struct msg_reader *ret, struct error *err);

/* The two halves of channel_get, for a loop over several channels:
 * channel_pump reads once what is there (1, 0 at the clean end, -1);
 * channel_next takes a frame that is already whole (1, 0 when none is, -1). */
int channel_pump(struct channel *ch, struct error *err);
int channel_next(struct channel *ch, struct msg_reader *ret, struct error *err);

/* Decodes one frame from memory, for replay of cached results: 1, 0 at the
 * end, -1. Moves *c behind it. */
int frame_decode(struct cursor *c, struct msg_reader *ret, struct error *err);
/* Appends m as a frame to out. */
int frame_encode(struct msg *m, struct buf *out, struct error *err);

/* Sends one byte with a descriptor attached (SCM_RIGHTS) over a unix stream
 * socket, outside the framing: agree on the place in the protocol. */
int fd_send(int sock, int fd, struct error *err);
/* Receives one; the result is close-on-exec. */
int fd_receive(int sock, int *ret_fd, struct error *err);

#endif
