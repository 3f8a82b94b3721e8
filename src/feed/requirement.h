/* Requirements of versions as package managers write them, and the affected
 * ranges that follow from a list of safe ones (RustSec, ruby-advisory-db) or of
 * affected ones (FriendsOfPHP). */
#ifndef CORTEN_FEED_REQUIREMENT_H
#define CORTEN_FEED_REQUIREMENT_H

#include "feed/osv.h"
#include "format/tree.h"

enum requirement_dialect {
	REQUIREMENT_CARGO, /* doc.rust-lang.org/cargo/reference/specifying-dependencies.html */
	REQUIREMENT_GEM, /* Gem::Requirement */
	REQUIREMENT_COMPOSER /* comparisons only, as FriendsOfPHP has them */
};

/* Versions between two bounds; an empty bound is none. */
struct interval {
	struct bytes low, high;
	bool low_in, high_in; /* the bound itself belongs to it */
	bool empty; /* nothing is in it */
};

/* text: comparisons with commas between, all of which must hold, taken together
 * with what *in has already ({ 0 }: all versions). Versions are copied to the
 * record. False when it cannot be read. */
bool requirement_add(struct import *im, enum requirement_dialect dialect, struct bytes text,
		     struct interval *in);

/* An affected interval as a span: bounds that OSV has no word for become the
 * next version behind. False when there is none. */
bool requirement_span(struct import *im, enum requirement_dialect dialect,
		      const struct interval *in, struct osv_span *ret);

/* What is affected when these are safe: spans to a, in order. False when two
 * versions cannot be compared. Reorders safe. */
bool requirement_affected(struct import *im, enum requirement_dialect dialect,
			  struct interval *safe, size_t count, struct osv_affected *a);

/* The same of two lists of requirements (either may be NULL), each of which is a
 * way to be safe; false also when one cannot be read, or they are more than 256. */
bool requirement_lists(struct import *im, enum requirement_dialect dialect,
		       const struct node *patched, const struct node *unaffected,
		       struct osv_affected *a);

/* Sends a record whose versions were taken; one whose were not is left out, and
 * told. -1 when the import cannot go on. */
int requirement_send(struct import *im, const struct osv_record *o, bool taken);

#endif
