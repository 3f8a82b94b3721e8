/* One OSV record, as osv_read.c collects it and osv.c makes facts of it. The
 * strings live in the import's record memory. */
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
	bool enumerated; /* it has `versions` */
	struct osv_affected *next;
};

struct osv_record {
	struct bytes id, modified, withdrawn, summary;
	struct osv_list aliases, upstream, related;
	struct osv_severity severity;
	struct osv_affected *affected, **last_affected;
};

/* Reads the object that comes next. What it cannot use it passes over. */
void osv_read(struct import *im, struct json_reader *r, struct osv_record *ret);

/* Sends what a record says. */
bool osv_send(struct import *im, const struct osv_record *o);

#endif
