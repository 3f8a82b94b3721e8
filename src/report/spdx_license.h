/* SPDX licence expressions (SPDX 2.3, Annex D). */
#ifndef CORTEN_REPORT_SPDX_LICENSE_H
#define CORTEN_REPORT_SPDX_LICENSE_H

#include "base/base.h"

/* True when text is an expression of licences and exceptions that are in
 * common use. Rarer ones are on SPDX's list too; they are refused, because a
 * document with an id that is not on the list is invalid. */
bool spdx_license_valid(const char *text);

#endif
