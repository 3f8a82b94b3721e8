/* WWW-Authenticate: what a server wants to see before it answers
 * (RFC 9110 sections 5.6 and 11.6.1; distribution, "Token Authentication"). */
#ifndef CORTEN_SOURCE_CHALLENGE_H
#define CORTEN_SOURCE_CHALLENGE_H

#include "base/base.h"

enum challenge_scheme { CHALLENGE_NONE, CHALLENGE_BASIC, CHALLENGE_BEARER };

struct challenge {
	enum challenge_scheme scheme;
	char realm[1024]; /* bearer: the token endpoint's address */
	char service[256];
	char scope[1024];
};

/* Adds one header field's value, which may hold several challenges. *best
 * keeps the one to answer: bearer before basic, the first of its kind; schemes
 * that Corten does not speak are passed over. A bearer challenge without a
 * realm, or with a parameter that is cut off or too long, is not answerable
 * and is passed over too. Start from a zeroed *best. */
void challenge_add(struct challenge *best, struct bytes value);

#endif
