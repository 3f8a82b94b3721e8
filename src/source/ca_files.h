/* Files of trusted certificates: opened by the client, which may read files,
 * and parsed in corten-fetch, which may not. */
#ifndef CORTEN_SOURCE_CA_FILES_H
#define CORTEN_SOURCE_CA_FILES_H

#include "base/base.h"

/* $SSL_CERT_FILE, or the first of the places where systems keep the
 * certificates that they trust; -1 when there is none. */
int ca_open_system(void);

/* A file of the user's choice; ERR_TLS when nothing in it looks like PEM. */
int ca_open_file(const char *path, struct error *err);

#endif
