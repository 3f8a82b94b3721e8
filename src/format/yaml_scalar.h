/* YAML 1.2.2, 10.3: the core schema's reading of plain scalars. */
#ifndef CORTEN_FORMAT_YAML_SCALAR_H
#define CORTEN_FORMAT_YAML_SCALAR_H

#include "format/tree.h"

/* NODE_NULL, NODE_BOOL, NODE_NUMBER or NODE_STRING. */
enum node_kind yaml_plain_kind(struct bytes text);

#endif
