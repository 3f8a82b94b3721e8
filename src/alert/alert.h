/* alert: what people are told. Equal events become one alert with count, first
 * and last time; its life cycle and what was done about it are kept on disk. */
#ifndef CORTEN_ALERT_H
#define CORTEN_ALERT_H

#include "base/base.h"

enum alert_state { ALERT_NEW, ALERT_HANDLING, ALERT_HANDLED, ALERT_IGNORED, ALERT_WHITELISTED };

struct alert {
	char id[17]; /* first 16 hex digits of the key's SHA-256: stable over restarts */
	enum alert_state state;
	uint64_t count, first, last; /* ns since 1970 */
	char *rule, *item, *title, *technique, *tactic, *severity;
	char *outcome; /* of the last: observed, alerted, blocked, killed, failed, restored */
	char *container_id, *container_name, *image, *pod, *namespace;
	char *object; /* file, address, namespace */
	char *process; /* program */
	char *tree; /* JSON: the last event's ancestry */
	char *event; /* JSON: the last event */
	char *note, *user; /* of the last handling */
};

struct alerts;

/* Kept in FOLDER/alerts.log (append-only, compacted at opening and when it has
 * doubled). Lines that are damaged are passed over and counted, and the file is
 * kept as alerts.log.damaged. Beyond `most` an eighth goes, handled ones first. */
int alerts_open(const char *folder, size_t most, struct alerts **ret, struct error *err);
void alerts_close(struct alerts *a);
size_t alerts_damaged(const struct alerts *a); /* lines, found at the opening */
uint64_t alerts_dropped(const struct alerts *a); /* alerts that had no room */
/* Adds one occurrence: all strings of *what but id, state, count; the key is
 * rule, item, container, object and process. *ret is the alert (borrowed),
 * *ret_fresh whether it is new, or was handled and is new again. A full disk is no
 * error here: the alert stays in memory and alerts_flush tries again. */
int alerts_add(struct alerts *a, const struct alert *what, const struct alert **ret,
	       bool *ret_fresh, struct error *err);
/* By id, or by the beginning of one (at least 4 digits). NULL: ERR_NOT_FOUND, ERR_USAGE. */
const struct alert *alerts_find(struct alerts *a, const char *id, struct error *err);
const struct alert *alerts_next(const struct alerts *a, size_t *i); /* by last time, newest first */
/* ERR_USAGE when the life cycle does not allow it: from new and handling to all,
 * from the others to new. On the disk when it returns 0. */
int alerts_handle(struct alerts *a, const char *id, enum alert_state to, const char *user,
		  const char *note, struct error *err);
/* Writes what occurred since, and brings all to the disk: about once a second. */
int alerts_flush(struct alerts *a, struct error *err);
/* One object of one line: doc/alerts.md. */
int alert_json(const struct alert *a, struct buf *out, struct error *err);
const char *alert_state_name(enum alert_state s);
bool alert_state_from_name(const char *name, enum alert_state *ret);

/* RFC 5424 over a unix datagram or UDP socket that the caller connected. */
int alert_syslog(int fd, const struct alert *a, const char *host, struct error *err);
int alert_syslog_text(const struct alert *a, const char *host, struct buf *out, struct error *err);

#endif
