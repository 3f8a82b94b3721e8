/* Vectorscan's compiler: nine megabytes and a C++ library that are needed only when
 * rules are new, so they are loaded then. What runs compiled rules is linked. */
#ifndef CORTEN_SECRET_COMPILER_H
#define CORTEN_SECRET_COMPILER_H

#include <hs/hs.h>

#include "base/base.h"

struct hs_compiler {
	void *library;
	__typeof__(hs_compile_multi) *compile_multi;
	__typeof__(hs_expression_info) *expression_info;
	__typeof__(hs_free_compile_error) *free_compile_error;
};

/* ERR_NOT_FOUND when the library is not installed. */
int hs_compiler_load(struct hs_compiler *ret, struct error *err);
void hs_compiler_unload(struct hs_compiler *c);

#endif
