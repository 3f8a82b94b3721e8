/* Addresses of servers, and where one server may send us. libcurl takes them
 * apart, so that what is checked is what is later connected to. */
#ifndef CORTEN_SOURCE_URL_H
#define CORTEN_SOURCE_URL_H

#include "base/base.h"

struct origin {
	bool tls;
	char host[256]; /* lower case; IPv6 in brackets */
	uint16_t port;
};

/* The origin (RFC 6454) of an absolute http or https URL. ERR_PROTOCOL for any
 * other scheme, for user names inside, for what is no URL. */
int url_origin(const char *url, struct origin *ret, struct error *err);

bool origin_equal(const struct origin *a, const struct origin *b);

/* localhost, 127.0.0.0/8, ::1: by name and number, nothing is resolved. */
bool host_is_loopback(const char *host);

/* Appends separator (0: none), name, '=' and the value percent-encoded
 * (RFC 3986 section 2.1): of a query or a form. */
int url_add_pair(struct buf *out, char separator, const char *name, const char *value);

/* May a server at `from` send us on to `to` (a redirect, a token endpoint)?
 * Never from TLS to plain HTTP; to plain HTTP only on loopback unless
 * plain_http; and no server elsewhere may send us to this machine. ERR_PROTOCOL
 * says which rule it breaks. */
int origin_may_send(const struct origin *from, const struct origin *to, bool plain_http,
		    struct error *err);

#endif
