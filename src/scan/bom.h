/* A bill of materials in place of an image: what is in it was found by others. */
#ifndef CORTEN_SCAN_BOM_H
#define CORTEN_SCAN_BOM_H

#include "sbom/sbom.h"
#include "scan/result.h"

/* Fills system, packages, layers and name of r from the file at path; everything lies
 * in the arena. problems: of *ret_bom. */
int bom_fill(const char *path, struct arena *arena, struct scan_result *r, struct sbom *ret_bom,
	     struct error *err);

#endif
