/* buildstep: the instructions an image was built by, from a Dockerfile or its history. */
#ifndef CORTEN_BUILDSTEP_H
#define CORTEN_BUILDSTEP_H

#include "check/check.h"

#endif
