/* One advisory in the shape of OSV, the most general of all: as osv_read.c (JSON),
 * osv_tree.c (YAML) and the importers of other publishers collect it, and as osv.c
 * makes facts of it. The strings live in the import's record memory. */
#ifndef CORTEN_FEED_OSV_H
#define CORTEN_FEED_OSV_H

#include "feed/cvss.h"
#include "feed/import.h"
#include "feed/words.h"

struct osv_text {
	struct bytes text;
	struct osv_text *next;
};

struct osv_list {
	struct osv_text *first, **end;
};

/* From introduced until fixed, or up to last. */
struct osv_span {
	bool started; /* it has an introduced version */
	struct bytes introduced, fixed, last;
	struct osv_span *next;
};

struct osv_severity {
	enum severity word; /* the publisher's own word */
	struct bytes vector; /* of the newest CVSS version that can be computed */
	struct cvss cvss; /* version 0: none */
};

struct osv_affected {
	struct bytes ecosystem, name, purl;
	struct bytes urgency; /* Debian's */
	struct osv_severity severity;
	struct osv_span *spans, **last_span;
	struct osv_list versions; /* each by itself; used where there is no span */
	bool informational; /* a notice, of no vulnerability */
	struct osv_affected *next;
};

struct osv_record {
	struct bytes id, published, modified, withdrawn, summary;
	struct bytes publisher; /* empty: told by the id or the ecosystem */
	struct osv_list aliases, upstream, related;
	struct osv_severity severity;
	struct osv_affected *affected, **last_affected;
};

/* --- making one (osv_build.c) --- */

/* A record without anything, in fresh memory. */
void osv_begin(struct import *im, struct osv_record *ret);
/* text is kept as it is; without memory the record is full. */
void osv_add_text(struct import *im, struct osv_list *list, struct bytes text);
/* NULL without memory: the record is full then. */
struct osv_affected *osv_add_affected(struct import *im, struct osv_record *o);
void osv_add_span(struct import *im, struct osv_affected *a, struct osv_span span);
/* A CVSS vector, or a word of the type that has words. */
void osv_take_score(struct import *im, struct bytes type, struct bytes score,
		    struct osv_severity *s);
/* "unmaintained", "notice" of RustSec: nothing that a vulnerability is. */
bool osv_is_notice(struct bytes informational);

/* The events of one range: the n-th introduced belongs to the n-th end. Events
 * have no order among each other, but each kind is published from low to high. */
struct osv_events {
	struct osv_span *first, **add;
	struct osv_span **unstarted, **unended; /* where the next one of a kind goes */
	unsigned count;
};
void osv_events_begin(struct osv_events *e);
/* One event; text is kept as it is. Kinds that are none are passed over. */
void osv_event(struct import *im, struct osv_events *e, struct bytes kind, struct bytes text);
/* Ranges of commits (GIT) say nothing about packages. */
bool osv_is_usable_range(struct bytes type);
void osv_events_end(struct osv_affected *a, const struct osv_events *e);

/* --- reading and sending --- */

/* Reads the object that comes next. What it cannot use it passes over. */
void osv_read(struct import *im, struct json_reader *r, struct osv_record *ret);

/* Sends what a record says. */
bool osv_send(struct import *im, const struct osv_record *o);

#endif
