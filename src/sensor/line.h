/* One line of JSON into a buffer, member by member: the events' writer, which is
 * on the path of twenty thousand lines a second (format/json.h writes to streams).
 * The first failure sticks; strings are escaped as there: bytes that are not UTF-8
 * become U+FFFD, what could drive a terminal becomes \uXXXX. */
#ifndef CORTEN_SENSOR_LINE_H
#define CORTEN_SENSOR_LINE_H

#include "base/base.h"

struct line {
	struct buf *out;
	struct error *err;
	bool failed;
	uint64_t boot; /* the boot clock's 0, ns since 1970: for the events' times */
};

static inline struct line line_of(struct buf *out, struct error *err)
{
	return (struct line){ .out = out, .err = err };
}

/* key NULL: a member of a list, or the whole. Keys are our own words. */
void line_object(struct line *l, const char *key);
void line_list(struct line *l, const char *key);
void line_end_object(struct line *l);
void line_end_list(struct line *l);
void line_bytes(struct line *l, const char *key, struct bytes text);
void line_text(struct line *l, const char *key, const char *text); /* NULL or "": left out */
void line_u64(struct line *l, const char *key, uint64_t v);
void line_u64_text(struct line *l, const char *key, uint64_t v); /* "123" */
void line_u64_pair(struct line *l, const char *key, uint64_t a, char between, uint64_t b);
void line_bool(struct line *l, const char *key, bool v);
/* "2026-11-22T20:30:52.123456789Z" of nanoseconds since 1970. */
void line_time(struct line *l, const char *key, uint64_t ns);
/* JSON that is made already. */
void line_raw(struct line *l, const char *key, struct bytes json);

#endif
