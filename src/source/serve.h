/* The inside of corten-fetch. */
#ifndef CORTEN_SOURCE_SERVE_H
#define CORTEN_SOURCE_SERVE_H

#include "base/base.h"

/* Serves the client on the two sockets of source/protocol.h until it closes
 * its end: 0; -1 when it talks nonsense. Call http_init and lock the process
 * up before. */
int fetch_serve(int messages, int descriptors, struct error *err);

#endif
