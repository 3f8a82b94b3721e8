#ifndef CORTEN_SBOM_CLIENT_H
#define CORTEN_SBOM_CLIENT_H

#include "sbom/wire.h"

/* One message, SBOM_MSG_DONE included; -1 ends the worker. */
typedef int sbom_hear_fn(void *ctx, struct msg_reader *m, struct error *err);

/* Runs a job of the worker over fd and hears it out. Errors begin with name. */
int sbom_hear_document(const char *job, int fd, const char *name, sbom_hear_fn *take, void *ctx,
		       struct error *err);

#endif
