/* What the Go linker writes into a program: the version of Go, the modules that
 * went into it, and the settings of the build. */
#ifndef CORTEN_APPS_GO_BUILD_H
#define CORTEN_APPS_GO_BUILD_H

#include "apps/elf.h"

struct go_build {
	struct buf storage; /* holds both */
	struct bytes version; /* "go1.22.3" */
	struct bytes modules; /* lines, see go_modules.c; empty when built without modules */
};

/* 1 found, 0 no Go program (or one from before Go 1.13), -1 damaged. */
int go_build_find(const struct elf *e, struct go_build *ret, struct error *err);
void go_build_free(struct go_build *b);

/* Tells the standard library, the modules, and the product that the program is, if
 * it is one that go_products names. */
int go_build_tell(const struct elf *e, const struct go_build *b, const struct app_sink *sink,
		  struct error *err);

/* A product by the path of its command's module. */
struct go_product {
	const char *module; /* without /vN */
	const char *package; /* as PKG_GENERIC */
	bool module_version; /* the module's version is the product's */
};
extern const struct go_product go_products[]; /* ends with module NULL */

#endif
