#include "vuln/module.h"

/* Builds of modules carry their platform in the release: 1.module_el8.6.0+…,
 * and Fedora's 1.module_f34+…; RHEL writes 1.module+el8.6.0+…. */
static bool version_is_modular(const char *version)
{
	return strstr(version, ".module_") != NULL || strstr(version, ".module+") != NULL;
}

/* "18" of MODULARITYLABEL "nodejs:18:8080020230718:63b34585". */
static struct bytes stream_of(const char *label)
{
	struct bytes rest = bytes_str(label), name, stream = { 0 };
	if (!bytes_next_field(&rest, ':', &name) || !bytes_next_field(&rest, ':', &stream))
		return (struct bytes){ 0 };
	return stream;
}

/* The label's "name:stream" is exactly module. */
static bool label_is(const char *label, const char *module)
{
	size_t n = strlen(module);
	return strncmp(label, module, n) == 0 && (label[n] == '\0' || label[n] == ':');
}

/* Without epoch and release. */
static struct bytes upstream_of(const char *version)
{
	struct bytes v = bytes_str(version);
	ptrdiff_t colon = bytes_index(v, ':');
	if (colon >= 0)
		v = bytes_sub(v, (size_t)colon + 1, v.n);
	ptrdiff_t dash = bytes_index(v, '-');
	return dash < 0 ? v : bytes_sub(v, 0, (size_t)dash);
}

/* version is series itself or goes on with a dot: 18.12.1 is of series 18. */
static bool of_series(struct bytes version, struct bytes series)
{
	return bytes_starts_with(version, series) &&
	       (version.n == series.n || version.p[series.n] == '.');
}

/* "10.5" of 10.5.22. */
static struct bytes series_of(struct bytes version)
{
	unsigned dots = 0;
	for (size_t i = 0; i < version.n; i++)
		if (version.p[i] == '.' && ++dots == 2)
			return bytes_sub(version, 0, i);
	return version;
}

/* The advisory does not name its stream (AlmaLinux's OSV records). A stream
 * that is a number usually is the series of its package's versions, and then
 * tells; otherwise the first two numbers of the versions must agree. A stream
 * with a name ("rhel8") goes on through all versions. */
static bool series_fit(const struct vulndb_fact *f, const char *label, const char *version)
{
	struct bytes stream = stream_of(label);
	struct bytes have = upstream_of(version);
	struct bytes want = upstream_of(f->fixed[0] != '\0' ? f->fixed : f->last_affected);
	if (stream.n > 0 && (stream.p[0] < '0' || stream.p[0] > '9'))
		return true;
	if (stream.n > 0 && of_series(have, stream))
		return of_series(want, stream);
	return of_series(want, series_of(have));
}

bool module_fits(const struct vulndb_fact *f, const struct package *p, const char *version)
{
	if (p->type != PKG_RPM)
		return true;
	const char *label = p->modularity == NULL ? "" : p->modularity;
	bool package = label[0] != '\0' || version_is_modular(version);
	bool fact = f->module[0] != '\0' || version_is_modular(f->fixed) ||
		    version_is_modular(f->last_affected);
	if (!package || !fact)
		return package == fact;
	if (f->module[0] != '\0' && label[0] != '\0')
		return label_is(label, f->module);
	return series_fit(f, label, version);
}
