#include <ctype.h>

#include "vuln/explain.h"

static const char *const tool_names[PKG_TYPES] = {
	[PKG_DEB] = "dpkg",
	[PKG_RPM] = "rpm",
	[PKG_APK] = "apk",
};

const char *explain_evidence(const struct package *p, struct arena *arena)
{
	const char *tool = (unsigned)p->type < PKG_TYPES ? tool_names[p->type] : "?";
	if (p->source_name[0] != '\0' && strcmp(p->source_name, p->name) != 0)
		return arena_printf(arena, "%s %s (%s), built from %s %s", p->name, p->version,
				    tool, p->source_name, p->source_version);
	return arena_printf(arena, "%s %s (%s)", p->name, p->version, tool);
}

static const char *why_unfixed(enum finding_status status)
{
	switch (status) {
	case STATUS_WILL_NOT_FIX:
		return "it will not be fixed in this release";
	case STATUS_DEFERRED:
		return "the fix has been put off";
	case STATUS_END_OF_LIFE:
		return "this release gets no more fixes";
	case STATUS_UNIMPORTANT:
		return "the distribution rates it unimportant";
	default:
		return "no fixed version exists yet";
	}
}

const char *explain_reason(const struct explained *x, struct arena *arena)
{
	const char *kind = x->by_source ? " (source)" : "";
	const char *since = x->fact->introduced;
	const char *from = since[0] == '\0' ? NULL
					    : arena_printf(arena,
							   ", and not older than %s, "
							   "which brought it",
							   since);
	if (since[0] != '\0' && from == NULL)
		return NULL;
	if (from == NULL)
		from = "";
	if (x->pro_fixed != NULL)
		return arena_printf(arena,
				    "%s %s%s is older than %s, which fixes it and is only in "
				    "Ubuntu Pro (ESM)%s",
				    x->name, x->version, kind, x->pro_fixed, from);
	if (x->fixed != NULL)
		return arena_printf(arena, "%s %s%s is older than %s, which fixes it%s", x->name,
				    x->version, kind, x->fixed, from);
	if (x->fact->last_affected[0] != '\0')
		return arena_printf(arena,
				    "%s %s%s is not newer than %s, the last version known to be "
				    "affected%s",
				    x->name, x->version, kind, x->fact->last_affected, from);
	return arena_printf(arena, "%s %s%s is affected%s; %s", x->name, x->version, kind, from,
			    why_unfixed(x->status));
}

static const char *unfixed_advice(enum finding_status status)
{
	switch (status) {
	case STATUS_WILL_NOT_FIX:
		return "The distribution will not fix this in this release. Remove the package if "
		       "nothing needs it, or move to a newer release.";
	case STATUS_DEFERRED:
		return "The distribution will fix this with a later update of the package. Rebuild "
		       "the image then.";
	case STATUS_END_OF_LIFE:
		return "This release gets no more fixes for the package. Move to a supported "
		       "release.";
	case STATUS_UNIMPORTANT:
		return "The distribution rates this as unimportant: nothing needs to be done.";
	default:
		return "No fix yet. Remove the package if nothing needs it, and scan again when "
		       "the distribution has one.";
	}
}

const char *explain_advice(const struct explained *x, struct arena *arena)
{
	if (x->pro_fixed != NULL)
		return arena_printf(arena,
				    "The fix, %s, is published through Ubuntu Pro (ESM). Attach "
				    "the build to Ubuntu Pro and update, or move to a newer "
				    "release.",
				    x->pro_fixed);
	if (x->fixed == NULL)
		return unfixed_advice(x->status);
	if (vuln_package_kernel_headers(x->package))
		return arena_printf(arena,
				    "These are headers only; containers run the host's kernel. "
				    "Update %s to %s or newer with the next rebuild.",
				    x->package->name, x->fixed);
	if (x->fix == NULL)
		return arena_printf(arena,
				    "Rebuild on a base image that has %s %s or newer: this image "
				    "has no package manager.",
				    x->name, x->fixed);
	return arena_printf(arena, "Update %s: %s %s or newer has the fix.", x->package->name,
			    x->name, x->fixed);
}

/* --- addresses --------------------------------------------------------------- */

/* "ALSA-2023:1234" with '-' for ':', as errata pages are called. */
static const char *dashed(const char *id, struct arena *arena)
{
	char *s = arena_cstr(arena, bytes_str(id));
	for (char *c = s; c != NULL && *c != '\0'; c++)
		if (*c == ':')
			*c = '-';
	return s;
}

/* SUSE-SU-2023:1234-1 is announced at …/2023/suse-su-20231234-1/. */
static const char *suse_url(const char *id, struct arena *arena)
{
	struct bytes rest = bytes_str(id), part, year, number, tail;
	if (!bytes_next_field(&rest, '-', &part) || !bytes_next_field(&rest, '-', &part) ||
	    !bytes_next_field(&rest, ':', &year) || !bytes_next_field(&rest, '-', &number) ||
	    !bytes_next_field(&rest, '-', &tail) || year.n != 4 || number.n > 8 || tail.n > 4)
		return "";
	return arena_printf(arena,
			    "https://www.suse.com/support/update/announcement/%.*s/"
			    "suse-su-%.*s%.*s-%.*s/",
			    4, (const char *)year.p, 4, (const char *)year.p, (int)number.n,
			    (const char *)number.p, (int)tail.n, (const char *)tail.p);
}

/* Only what ids are made of may go into an address. */
static bool plain_id(const char *id)
{
	const char *c = id;
	while (isalnum((unsigned char)*c) || *c == '.' || *c == '-' || *c == ':' || *c == '_')
		c++;
	return c != id && *c == '\0';
}

static bool starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* The number behind the colon of "almalinux:9". */
static const char *release_of(const char *ecosystem)
{
	const char *colon = strchr(ecosystem, ':');
	return colon == NULL ? "" : colon + 1;
}

static const char *errata_url(const char *id, const char *ecosystem, struct arena *arena)
{
	if (starts(id, "ALSA-") || starts(id, "ALBA-") || starts(id, "ALEA-")) {
		const char *page = dashed(id, arena);
		return page == NULL ? NULL
				    : arena_printf(arena, "https://errata.almalinux.org/%s/%s.html",
						   release_of(ecosystem), page);
	}
	if (starts(id, "ELSA-") || starts(id, "ELBA-")) {
		const char *page = dashed(id, arena);
		return page == NULL ? NULL
				    : arena_printf(arena, "https://linux.oracle.com/errata/%s.html",
						   page);
	}
	return starts(id, "SUSE-SU-") ? suse_url(id, arena) : "";
}

struct address {
	const char *match; /* prefix of an id, or name of a source */
	const char *before, *after; /* the id stands between them */
};

/* By hand: every finding has one. */
static const char *address_of(const struct address *a, const char *id, struct arena *arena)
{
	size_t before = strlen(a->before), n = strlen(id), after = strlen(a->after);
	char *s = arena_alloc(arena, before + n + after + 1); /* the arena zeroes */
	if (s == NULL)
		return NULL;
	memcpy(s, a->before, before);
	memcpy(s + before, id, n);
	memcpy(s + before + n, a->after, after);
	return s;
}

const char *advisory_url(const char *id, const char *ecosystem, struct arena *arena)
{
	static const struct address by_id[] = {
		{ "DSA-", "https://security-tracker.debian.org/tracker/", "" },
		{ "DLA-", "https://security-tracker.debian.org/tracker/", "" },
		{ "USN-", "https://ubuntu.com/security/notices/", "" },
		{ "RHSA-", "https://access.redhat.com/errata/", "" },
		{ "RHBA-", "https://access.redhat.com/errata/", "" },
		{ "RLSA-", "https://errata.rockylinux.org/", "" },
		{ "RXSA-", "https://errata.rockylinux.org/", "" },
		{ "CGA-", "https://images.chainguard.dev/security/", "" },
		{ "openEuler-SA-",
		  "https://www.openeuler.org/en/security/security-bulletins/detail/?id=", "" },
		{ "FEDORA-", "https://bodhi.fedoraproject.org/updates/", "" },
		{ "GHSA-", "https://github.com/advisories/", "" },
		{ "RUSTSEC-", "https://rustsec.org/advisories/", ".html" },
		{ "GO-", "https://pkg.go.dev/vuln/", "" },
	};
	static const struct address by_ecosystem[] = {
		{ "debian", "https://security-tracker.debian.org/tracker/", "" },
		{ "ubuntu", "https://ubuntu.com/security/", "" },
		{ "alpine", "https://security.alpinelinux.org/vuln/", "" },
		{ "wolfi", "https://images.chainguard.dev/security/", "" },
		{ "chainguard", "https://images.chainguard.dev/security/", "" },
		{ "redhat", "https://access.redhat.com/security/cve/", "" },
		{ "amazon", "https://explore.alas.aws.amazon.com/", ".html" },
		{ "sles", "https://www.suse.com/security/cve/", ".html" },
		{ "opensuse", "https://www.suse.com/security/cve/", ".html" },
		{ "oracle", "https://linux.oracle.com/cve/", ".html" },
		{ "", "https://nvd.nist.gov/vuln/detail/", "" },
	};
	const struct address osv = { "", "https://osv.dev/vulnerability/", "" };
	bool cve = starts(id, "CVE-");
	if (!plain_id(id))
		return "";
	for (size_t i = 0; !cve && i < sizeof by_id / sizeof *by_id; i++)
		if (starts(id, by_id[i].match))
			return address_of(&by_id[i], id, arena);
	const char *errata = cve ? "" : errata_url(id, ecosystem, arena);
	if (errata == NULL || errata[0] != '\0')
		return errata;
	for (size_t i = 0; cve && i < sizeof by_ecosystem / sizeof *by_ecosystem; i++)
		if (starts(ecosystem, by_ecosystem[i].match))
			return address_of(&by_ecosystem[i], id, arena);
	return address_of(&osv, id, arena);
}
