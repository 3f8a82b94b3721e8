/* Readers of the values of policies, for tables of format/fields.h; their context is the
 * policy. */
#ifndef CORTEN_POLICY_LOAD_H
#define CORTEN_POLICY_LOAD_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "format/fields.h"
#include "policy/internal.h"

enum { TEXT_MAX = 4096 };

bool is_true(const struct node *n);
field_fn load_text, load_bool, load_globs;
field_fn load_criteria; /* load_criteria.c */

#endif
