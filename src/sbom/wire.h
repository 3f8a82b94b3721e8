/* What the worker tells of a document, message by message. Both jobs use it; the
 * fields are those of read.h, in their order. */
#ifndef CORTEN_SBOM_WIRE_H
#define CORTEN_SBOM_WIRE_H

#include "ipc/ipc.h"
#include "sbom/read.h"

enum sbom_message {
	SBOM_MSG_ABOUT = 1, /* format, name, digest; VEX: format, author, "" */
	SBOM_MSG_OS,
	SBOM_MSG_LAYER,
	SBOM_MSG_PACKAGE,
	SBOM_MSG_SKIPPED,
	SBOM_MSG_STATEMENT,
	SBOM_MSG_DONE, /* statements, unusable */
	SBOM_MSG_FAILED /* code name, text */
};

enum { SBOM_INPUT_FD = 3, SBOM_CHANNEL_FD = 4 };

void sbom_put_package(struct msg *m, const struct sbom_record *r);
/* ERR_PROTOCOL when a field is no text, too long, or not there. */
int sbom_get_package(struct msg_reader *m, struct sbom_record *ret, struct error *err);
void sbom_put_statement(struct msg *m, const struct vex_record *r);
int sbom_get_statement(struct msg_reader *m, struct vex_record *ret, struct error *err);
#endif
