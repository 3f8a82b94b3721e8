/* base: what every other room stands on. Errors by value, byte views and
 * bounded cursors, capped buffers, arenas, string tables, time, log, and
 * descriptor and path helpers. Nothing here knows what an image is. */
#ifndef CORTEN_BASE_H
#define CORTEN_BASE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/checked.h"
#include "base/cleanup.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/guess.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "base/timing.h"

#endif
