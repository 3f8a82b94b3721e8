/* Packages whose flaws do not lie open in a running container: headers, static
 * libraries, documentation, debug symbols, kernels, which the host runs, and what
 * an application needs only while it is developed. The names are distributions':
 * of an application package they would tell nothing. */
#include "vuln/vuln.h"

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static bool starts_with_one_of(const char *name, const char *const *prefixes)
{
	for (; *prefixes != NULL; prefixes++)
		if (bytes_starts_with(bytes_str(name), bytes_str(*prefixes)))
			return true;
	return false;
}

static bool ends_with_one_of(const char *name, const char *const *suffixes)
{
	for (; *suffixes != NULL; suffixes++)
		if (bytes_ends_with(bytes_str(name), bytes_str(*suffixes)))
			return true;
	return false;
}

bool vuln_package_kernel_headers(const struct package *p)
{
	static const char *const names[] = { "linux-libc-dev",     "kernel-headers",
					     "linux-glibc-devel",  "linux-headers",
					     "kernel-uek-headers", NULL };
	static const char *const prefixes[] = { "linux-headers-", "linux-libc-dev-",
						"kernel-headers-", NULL };
	return !pkg_type_is_app(p->type) &&
	       (is_one_of(p->name, names) || starts_with_one_of(p->name, prefixes));
}

bool vuln_package_unexposed(const struct package *p)
{
	static const char *const kernels[] = { "kernel",         "kernel-core",
					       "kernel-modules", "kernel-uek",
					       "kernel-default", "kernel-tools",
					       "linux-base",     NULL };
	static const char *const prefixes[] = { "linux-image-", "linux-modules-",
						"linux-source", "linux-kbuild-",
						"kernel-devel", "kernel-default-",
						"kernel-debug", NULL };
	static const char *const suffixes[] = { "-dev",    "-devel",  "-doc",       "-docs",
						"-dbg",    "-dbgsym", "-debuginfo", "-debugsource",
						"-static", "-man",    "-manpages",  "-common-dev",
						NULL };
	if (pkg_type_is_app(p->type))
		return p->dev;
	return vuln_package_kernel_headers(p) || is_one_of(p->name, kernels) ||
	       starts_with_one_of(p->name, prefixes) || ends_with_one_of(p->name, suffixes);
}
