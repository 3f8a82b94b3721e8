/* What the client half and corten-fetch say to each other. Messages go over
 * descriptor 3 of corten-fetch (a unix stream socket, ipc/ipc.h), descriptors
 * over a second socket, 4, in the order of the messages that need one; each is
 * sent before its message. */
#ifndef CORTEN_SOURCE_PROTOCOL_H
#define CORTEN_SOURCE_PROTOCOL_H

#include "base/base.h"

enum { FETCH_MESSAGES_FD = 3, FETCH_DESCRIPTORS_FD = 4 };

enum fetch_message {
	/* client to corten-fetch */
	FETCH_SETUP = 1, /* u32 flags, u32 stall seconds, u32 attempts, u32 count of CA
			  * descriptors (PEM files), str http, https, no proxy */
	FETCH_REGISTRY, /* str host, user, password, identity token, registry token */
	FETCH_GET, /* u64 id, u32 kind, str host, str repository, str target, u64 size,
		    * u64 max; one descriptor: the pipe to write to */
	/* corten-fetch to client */
	FETCH_HEAD, /* u64 id, u64 bytes that will come (UINT64_MAX: unknown) */
	FETCH_DONE /* u64 id, u32 code, u32 errno, str text, str media type, u64 modified */
};

enum { FETCH_PLAIN_HTTP = 1, FETCH_INSECURE_TLS = 2 };

enum fetch_kind {
	FETCH_MANIFEST = 1, /* target: tag or digest */
	FETCH_BLOB, /* target: digest */
	FETCH_URL /* target: the address; no host, no repository */
};

#define FETCH_SIZE_UNKNOWN UINT64_MAX
#define FETCH_URL_MAX (4 * GIB)

/* Beside base/limits.h: what one side takes from the other and from servers. */
enum {
	FETCH_OPEN_MAX = 64, /* requests at once */
	FETCH_STALL_SECONDS = 30,
	FETCH_REDIRECTS_MAX = 10,
	FETCH_ERROR_BODY_MAX = 64 * 1024, /* of a refusal; more is not read */
	FETCH_TOKEN_BODY_MAX = 256 * 1024,
	FETCH_CA_MAX = 16 * 1024 * 1024,
	FETCH_PIPE_BYTES = 1024 * 1024,
	FETCH_REGISTRIES_MAX = 256,
	FETCH_TOKENS_MAX = 256 /* of one registry */
};

#endif
