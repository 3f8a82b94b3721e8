/* Platforms as runtimes compare them: without case, with the other names that
 * machines have, and with the variant that a machine has where none is told
 * (github.com/containerd/platforms). */
#ifndef CORTEN_IMAGE_PLATFORM_H
#define CORTEN_IMAGE_PLATFORM_H

#include "base/base.h"

struct platform {
	char os[32], arch[32], variant[32]; /* normal forms; "" for one that does not fit */
	bool told; /* os or architecture was given */
	bool has_variant; /* given, not assumed */
};

struct platform platform_of(struct bytes os, struct bytes arch, struct bytes variant);
/* "os/arch" or "os/arch/variant". */
struct platform platform_parse(const char *text);
/* linux on this machine. */
struct platform platform_own(void);

enum platform_fit {
	PLATFORM_OTHER,
	PLATFORM_VARIANT, /* another variant, and nobody asked for a certain one */
	PLATFORM_SAME
};
enum platform_fit platform_fit(const struct platform *wanted, const struct platform *has);

#endif
