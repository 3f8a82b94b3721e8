/* What a server says about its refusal, for people. */
#ifndef CORTEN_SOURCE_REMOTE_ERROR_H
#define CORTEN_SOURCE_REMOTE_ERROR_H

#include "base/base.h"

enum { REMOTE_TEXT_MAX = 256 };

/* "UNAUTHORIZED: authentication required" out of an OCI error body
 * (distribution-spec 1.1, "Error Codes"), or the message of the other forms
 * that registries and token endpoints use; "" when the body has none. The text
 * is cut to fit and is as hostile as its sender: escape it for a terminal. */
void remote_error_text(struct bytes body, char out[static REMOTE_TEXT_MAX]);

#endif
