/* sensor: events of the node behind one interface, from the kernel's ring or
 * from a recording; the one event schema (doc/events.md, doc/event.schema.json),
 * as JSON lines; the ring of recent events on disk. Produced = delivered +
 * counted lost: a gap in a CPU's sequence becomes an event of its own. */
#ifndef CORTEN_SENSOR_H
#define CORTEN_SENSOR_H

#include "base/base.h"
#include "bpf/guard.h"

/* An event as the rooms above see it; strings are borrowed until the next one. */
struct event {
	struct guard_event kernel; /* fixed part, checked: lengths and enums are in range */
	struct bytes path; /* may hold any byte; truncated says */
	struct bytes args; /* NUL between arguments */
};

struct event_source; /* ring or recording */

/* fd: the ring map's descriptor; borrowed. */
int event_source_ring(int fd, uint32_t ring_bytes, struct event_source **ret, struct error *err);
/* A recording made by event_record: the same bytes that the ring had. */
int event_source_replay(int fd, struct event_source **ret, struct error *err);
void event_source_free(struct event_source *s);
int event_source_fd(const struct event_source *s); /* for poll; a recording is always readable */
/* 1: *ret is filled; 0: nothing now (ring) or the end (recording); -1: ERR_MALFORMED
 * for a record that cannot be; it is counted and passed over at the next call.
 * Sequence gaps come out as EVENT_LOSS with op = how many; numbers of one CPU may
 * come out of order within 64. */
int event_source_next(struct event_source *s, struct event *ret, struct error *err);
int event_record(int fd, const struct event *e, struct error *err);

struct event_counts {
	uint64_t delivered; /* of the kernel's */
	uint64_t
		lost; /* by gaps in the CPUs' sequences; of an adopted ring from the first seen on */
	uint64_t late; /* counted as lost, and came nevertheless */
	uint64_t malformed;
};
void event_source_counted(const struct event_source *s, struct event_counts *ret);

/* The clock of events, for those that are made in user space: ns of CLOCK_BOOTTIME. */
uint64_t event_now(void);

/* One record of n bytes at p, as the ring gives it. */
int event_decode(struct bytes record, struct event *ret, struct error *err);

/* Processes seen, for ancestry: tgid and start time name one. Bounded; what fell
 * out is "not known", never a wrong parent. */
struct process_table;
struct process {
	uint32_t tgid, ppid;
	uint64_t start_time, parent_start_time;
	uint32_t container, uid;
	char comm[16];
	char *exe, *args; /* args: spaces between */
};
int process_table_new(size_t most, struct process_table **ret, struct error *err);
void process_table_free(struct process_table *t);
int process_table_see(struct process_table *t, const struct event *e, struct error *err);
/* From the event's process upwards, at most most; returns how many. */
size_t process_table_ancestry(struct process_table *t, const struct event *e,
			      const struct process **ret, size_t most);

/* Of the processes with that number the one seen last, for what is known of a process by
 * its number alone while it lives; walks the table. NULL: none. */
const struct process *process_table_newest(const struct process_table *t, uint32_t tgid);

/* Who an event belongs to, for the JSON; any may be "". */
struct event_identity {
	const char *container_id, *container_name, *image, *image_digest, *pod, *namespace, *app;
	const char *rule, *item, *technique, *tactic, *severity;
	const char *node;
};

/* One line of JSON without the newline (doc/event.schema.json, version 1). What
 * looks like a secret in arguments is masked, here and in the table. ancestry[0]
 * is the event's process. */
int event_json(const struct event *e, const struct event_identity *who,
	       const struct process *const *ancestry, size_t ancestors, struct buf *out,
	       struct error *err);

/* The ancestry alone, as a list from the process upwards (alert.tree). */
int event_tree_json(const struct process *const *ancestry, size_t ancestors, struct buf *out,
		    struct error *err);

/* What an event is about, in one text: its path, else its address ("10.0.0.1:80",
 * "[::1]:80"), else "". For alert.object. */
void event_object(const struct event *e, char *out, size_t n);

/* "exec", "item"; "observed", "blocked". "unknown" for a number out of range. */
const char *event_type_name(enum guard_event_type t);
const char *event_outcome_name(enum guard_outcome o);

/* Recent events on disk: segments of a folder, oldest removed first; what a full
 * disk refuses is counted, not retried. */
struct event_log;
int event_log_open(const char *folder, uint64_t most_bytes, struct event_log **ret,
		   struct error *err);
void event_log_close(struct event_log *l);
int event_log_append(struct event_log *l, struct bytes line, struct error *err);
int event_log_flush(struct event_log *l, struct error *err);
uint64_t event_log_lost(const struct event_log *l);
/* Reads from the oldest; f returns false to stop. */
int event_log_read(const char *folder, bool (*f)(void *ctx, struct bytes line), void *ctx,
		   struct error *err);

#endif
