/* baseline: how an image is set up. A file is judged in the worker when its layer is
 * read; what needs several files is told as facts and judged when layers are merged. */
#ifndef CORTEN_BASELINE_H
#define CORTEN_BASELINE_H

#include "check/check.h"

#endif
