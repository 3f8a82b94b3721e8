/* What the files of this room share. */
#ifndef CORTEN_ALERT_INTERNAL_H
#define CORTEN_ALERT_INTERNAL_H

#include "alert/alert.h"

enum {
	ALERT_TEXT_MOST = 4096, /* of one member; more is cut */
	ALERT_JSON_MOST = 16 * 1024, /* of tree and of event; more is left out */
	ALERT_STATES = ALERT_WHITELISTED + 1
};

/* The strings of an alert, one after the other. */
struct alert_member {
	const char *name;
	size_t offset; /* of a char * in struct alert */
	bool json; /* holds JSON */
};
const struct alert_member *alert_members(size_t *ret_count);

static inline char **alert_member_of(struct alert *a, const struct alert_member *m)
{
	return (char **)(void *)((char *)a + m->offset);
}

/* --- record.c: one line of alerts.log ---------------------------------------------------- */

/* A sum, a blank and a JSON object; whole: with all strings, else what an
 * occurrence changes. */
int record_put(const struct alert *a, bool whole, struct buf *out, struct error *err);

/* A line without its newline becomes *ret, whose strings are new ones (NULL where
 * the record has none). false: it is damaged. */
bool record_get(struct bytes line, struct alert *ret);
void alert_clear(struct alert *a);

#endif
