/* CVSS base scores from vectors: FIRST's specifications of 2.0, 3.0, 3.1. */
#ifndef CORTEN_FEED_CVSS_H
#define CORTEN_FEED_CVSS_H

#include "base/bytes.h"
#include "finding/finding.h"

struct cvss {
	unsigned version; /* 20, 30, 31 */
	unsigned tenths; /* base score * 10 */
	enum severity severity; /* the specification's own scale; 2.0: NVD's */
};

/* False when vector is no complete vector of a version known here. */
bool cvss_parse(struct bytes vector, struct cvss *ret);

/* The severity of a score of that version. */
enum severity cvss_severity(unsigned version, unsigned tenths);

#endif
