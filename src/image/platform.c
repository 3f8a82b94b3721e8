#include "image/platform.h"

#include <sys/utsname.h>

/* What uname(2) and people call Go's architectures; variant: what the name
 * tells of it. */
static const struct {
	const char *name, *arch, *variant;
} machines[] = {
	{ "x86_64", "amd64", "" },    { "x86-64", "amd64", "" },  { "i386", "386", "" },
	{ "i686", "386", "" },        { "aarch64", "arm64", "" }, { "armhf", "arm", "v7" },
	{ "armv7l", "arm", "v7" },    { "armel", "arm", "v6" },   { "armv6l", "arm", "v6" },
	{ "ppc64le", "ppc64le", "" },
};

/* The variant that an architecture has unless it tells another. */
static const struct {
	const char *arch, *variant;
} usual[] = { { "amd64", "v1" }, { "arm64", "v8" }, { "arm", "v7" } };

static void put_lower(char *out, size_t size, struct bytes text)
{
	size_t n = text.n < size ? text.n : 0;
	for (size_t i = 0; i < n; i++)
		out[i] =
			(char)(text.p[i] >= 'A' && text.p[i] <= 'Z' ? text.p[i] | 0x20 : text.p[i]);
	out[n] = '\0';
}

#define PUT(field, text) put_lower(field, sizeof(field), text)

static void normalize_arch(struct platform *p)
{
	for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
		if (strcmp(p->arch, machines[i].name) != 0)
			continue;
		PUT(p->arch, bytes_str(machines[i].arch));
		if (p->variant[0] == '\0')
			PUT(p->variant, bytes_str(machines[i].variant));
		return;
	}
}

static void normalize_variant(struct platform *p)
{
	if (p->variant[0] >= '0' && p->variant[0] <= '9' && p->variant[1] == '\0') {
		p->variant[1] = p->variant[0];
		p->variant[0] = 'v';
		p->variant[2] = '\0';
	}
	for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
		if (p->variant[0] == '\0' && strcmp(p->arch, usual[i].arch) == 0)
			PUT(p->variant, bytes_str(usual[i].variant));
}

struct platform platform_of(struct bytes os, struct bytes arch, struct bytes variant)
{
	struct platform p = { .told = os.n > 0 || arch.n > 0, .has_variant = variant.n > 0 };
	PUT(p.os, os.n > 0 ? os : BYTES_LIT("linux"));
	PUT(p.arch, arch);
	PUT(p.variant, variant);
	normalize_arch(&p);
	normalize_variant(&p);
	return p;
}

struct platform platform_parse(const char *text)
{
	struct bytes rest = bytes_str(text), os = { 0 }, arch = { 0 };
	if (bytes_next_field(&rest, '/', &os))
		(void)bytes_next_field(&rest, '/', &arch);
	return platform_of(os, arch, rest);
}

struct platform platform_own(void)
{
	struct utsname u;
	const char *machine = uname(&u) == 0 ? u.machine : "x86_64";
	return platform_of(BYTES_LIT("linux"), bytes_str(machine), bytes_of(NULL, 0));
}

enum platform_fit platform_fit(const struct platform *wanted, const struct platform *has)
{
	if (!has->told || strcmp(wanted->os, has->os) != 0 || strcmp(wanted->arch, has->arch) != 0)
		return PLATFORM_OTHER;
	if (strcmp(wanted->variant, has->variant) == 0)
		return PLATFORM_SAME;
	return wanted->has_variant ? PLATFORM_OTHER : PLATFORM_VARIANT;
}
