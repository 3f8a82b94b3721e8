/* Readers of the values of rules, for tables of format/fields.h. */
#ifndef CORTEN_RULE_FIELDS_H
#define CORTEN_RULE_FIELDS_H

#include "format/fields.h"
#include "rule/internal.h"

/* char *, bool, struct rule_list (a text or a list of texts). */
field_fn read_text, read_bool, read_list;
/* As read_list, absolute clean paths; as read_text, one. */
field_fn read_paths, read_path;

field_fn read_scope, read_exceptions; /* struct rule */
/* enum guard_action: pass, alert, block. */
field_fn read_action;
field_fn read_criteria; /* struct rule: what its kind asks for */

#endif
