#include "report_sample.h"

#include <stdlib.h>

enum { SAMPLE_MAX = 512 * 1024 * 1024 };

/* 2024-07-01, and the day before */
enum { SAMPLE_BUILT = 1719792000, SAMPLE_SNAPSHOT = SAMPLE_BUILT - 86400 };

struct sample {
	struct scan_result *r;
	size_t package_cap, finding_cap;
};

static void *must(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

static struct digest digest_of(const char *text)
{
	struct digest d;
	sha256_of(bytes_str(text), &d);
	return d;
}

static void start(struct sample *s, struct scan_result *r, size_t packages, size_t findings)
{
	*r = (struct scan_result){ .families = FAMILY_VULNERABILITY,
				   .arena = arena_max(SAMPLE_MAX) };
	r->packages = must(arena_array(&r->arena, packages, sizeof *r->packages));
	r->findings = must(arena_array(&r->arena, findings, sizeof *r->findings));
	*s = (struct sample){ r, packages, findings };
}

static void debian(struct scan_result *r)
{
	static const char *const created_by[] = {
		"/bin/sh -c #(nop) ADD file:4b1be1de1a1e5aa608c688ca in / ",
		"RUN /bin/sh -c apt-get update && apt-get install -y openssl curl # buildkit",
		"COPY app /srv/app # buildkit",
	};
	r->source = "registry";
	r->reference = "registry.example:5000/shop/api:1.4";
	r->name = "registry.example:5000/shop/api:1.4";
	r->has_digest = r->has_image_id = true;
	r->digest = digest_of("manifest");
	r->image_id = digest_of("config");
	r->platform = "linux/amd64";
	r->created = "2023-03-23T01:21:04.113Z";
	r->layer_count = 3;
	r->layers = must(arena_array(&r->arena, 3, sizeof *r->layers));
	for (size_t i = 0; i < 3; i++) {
		r->layers[i] = (struct scan_layer){
			.digest = digest_of(created_by[i]),
			.diff_id = digest_of(created_by[i] + 1),
			.size = 49 * MIB >> i,
			.created_by = created_by[i],
			.base = i == 0,
		};
	}
	r->has_os = true;
	r->os = (struct os_identity){
		.id = "debian",
		.version = "12",
		.name = "Debian GNU/Linux 12 (bookworm)",
		.codename = "bookworm",
		.extended = "",
	};
	r->total_ns = 812345678;
	r->fetch_ns = 500000000;
	r->layers_ns = 300000000;
	r->match_ns = 1234567;
	r->layers_cached = 1;
	r->bytes_read = 86 * MIB;
	r->bytes_raw = 240 * MIB;
}

static void database(struct scan_result *r)
{
	static struct vulndb_source sources[] = {
		{ "debian", "https://security-tracker.debian.org/tracker/data/json",
		  "2024-06-30T00:00:00Z" },
		{ "kev", "https://www.cisa.gov/known-exploited-vulnerabilities-catalog",
		  "2024-06-30T12:00:00Z" },
		{ "epss", "https://www.first.org/epss", "2024-06-30T00:00:00Z" },
	};
	r->db = (struct vulndb_info){
		.generation = 7,
		.built = SAMPLE_BUILT,
		.oldest_snapshot = SAMPLE_SNAPSHOT,
		.facts = 205331,
		.ids = 41000,
		.cves = 40800,
		.packages = 3900,
	};
	r->db_sources = sources;
	r->db_source_count = sizeof sources / sizeof sources[0];
}

static struct package *package(struct sample *s, const char *name, const char *version,
			       const char *source, const char *source_version, uint32_t layer)
{
	struct scan_result *r = s->r;
	if (r->package_count == s->package_cap)
		abort();
	struct package *p = &r->packages[r->package_count++];
	*p = (struct package){
		.type = PKG_DEB,
		.name = name,
		.version = version,
		.arch = "amd64",
		.source_name = source,
		.source_version = source_version,
		.vendor = "Debian",
		.modularity = "",
		.license = "",
		.path = "var/lib/dpkg/status",
		.layer = layer,
	};
	p->purl = must(arena_printf(&r->arena, "pkg:deb/debian/%s@%s?arch=amd64&distro=debian-12",
				    name, version));
	return p;
}

static struct finding *finding(struct sample *s, const struct package *p, const char *id,
			       enum severity severity, const char *fixed)
{
	struct scan_result *r = s->r;
	if (r->finding_count == s->finding_cap)
		abort();
	struct finding *f = &r->findings[r->finding_count++];
	*f = (struct finding){
		.id = id,
		.family = "vulnerability",
		.class = "os",
		.rule = id,
		.severity = severity,
		.priority = severity >= SEVERITY_HIGH ? PRIORITY_LATER : PRIORITY_NNTF,
		.status = fixed == NULL ? STATUS_AFFECTED : STATUS_FIXED,
		.package = p,
		.path = p->path,
		.fixed_version = fixed,
		.layer = p->layer,
		.cvss_score = -1,
		.epss = -1,
		.epss_percentile = -1,
		.advisory = { id, "debian", "2024-06-30T00:00:00Z", "" },
	};
	f->reason = must(arena_printf(&r->arena, "%s %s is older than %s", p->source_name,
				      p->source_version, fixed == NULL ? "any fix" : fixed));
	f->evidence = must(arena_printf(&r->arena, "%s %s (dpkg)", p->name, p->version));
	f->advice = fixed == NULL ? "No fixed version is published yet."
				  : "Update the package to the fixed version.";
	if (fixed != NULL)
		f->fix =
			must(arena_printf(&r->arena, "apt-get install --only-upgrade %s", p->name));
	f->advisory.url =
		must(arena_printf(&r->arena, "https://security-tracker.debian.org/tracker/%s", id));
	finding_fingerprint(f);
	return f;
}

static int compare_findings(const void *pa, const void *pb)
{
	const struct finding *a = pa, *b = pb;
	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	int c = strcmp(a->id, b->id);
	return c != 0 ? c : strcmp(a->package->name, b->package->name);
}

static void finish(struct sample *s)
{
	qsort(s->r->findings, s->r->finding_count, sizeof *s->r->findings, compare_findings);
}

static void set_score(struct finding *f, double cvss, const char *vector, double epss,
		      double percentile)
{
	f->cvss_score = cvss;
	f->cvss_vector = vector;
	f->epss = epss;
	f->epss_percentile = percentile;
}

static void set_kev(struct finding *f, const char *added, const char *due, bool ransomware)
{
	f->kev_added = added;
	f->kev_due = due;
	f->kev_ransomware = ransomware;
	f->priority = PRIORITY_ASAP;
}

/* --- the samples --------------------------------------------------------------- */

static const char vector_network[] = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";

static void add_curl(struct sample *s)
{
	static const char *const aliases[] = { "BIT-curl-2023-38545", "EUVD-2023-42384" };
	const struct package *curl = package(s, "curl", "7.88.1-10", "curl", "7.88.1-10", 1);
	const struct package *lib = package(s, "libcurl4", "7.88.1-10", "curl", "7.88.1-10", 1);
	for (int i = 0; i < 2; i++) {
		struct finding *f = finding(s, i == 0 ? curl : lib, "CVE-2023-38545",
					    SEVERITY_CRITICAL, "7.88.1-10+deb12u4");
		set_score(f, 9.8, vector_network, 0.2657, 0.96);
		f->priority = PRIORITY_ASAP;
		f->aliases = aliases;
		f->alias_count = 2;
		f->advisory.id = "DSA-5523-1";
		f->published = 19641; /* 2023-10-11 */
		(void)finding(s, i == 0 ? curl : lib, "CVE-2023-38546", SEVERITY_LOW,
			      "7.88.1-10+deb12u4");
		finding(s, i == 0 ? curl : lib, "CVE-2024-2379", SEVERITY_NEGLIGIBLE, NULL)
			->status = STATUS_UNIMPORTANT;
	}
}

static void add_glibc(struct sample *s)
{
	const struct package *all[] = {
		package(s, "libc-bin", "2.36-9", "glibc", "2.36-9", 0),
		package(s, "libc6", "2.36-9", "glibc", "2.36-9", 0),
	};
	for (int i = 0; i < 2; i++) {
		set_kev(finding(s, all[i], "CVE-2023-4911", SEVERITY_HIGH, "2.36-9+deb12u3"),
			"2023-11-21", "2023-12-12", false);
		set_score(&s->r->findings[s->r->finding_count - 1], 7.8,
			  "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 0.0112, 0.84);
		(void)finding(s, all[i], "CVE-2023-4527", SEVERITY_MEDIUM, "2.36-9+deb12u3");
		finding(s, all[i], "CVE-2019-9192", SEVERITY_NEGLIGIBLE, NULL)->status =
			STATUS_UNIMPORTANT;
	}
}

static void add_openssl(struct sample *s)
{
	const struct package *p = package(s, "libssl3", "3.0.9-1", "openssl", "3.0.9-1", 1);
	const struct package *q = package(s, "openssl", "3.0.9-1", "openssl", "3.0.9-1", 1);
	(void)finding(s, p, "CVE-2023-5363", SEVERITY_HIGH, "3.0.11-1~deb12u2");
	(void)finding(s, q, "CVE-2023-5363", SEVERITY_HIGH, "3.0.11-1~deb12u2");
	finding(s, p, "CVE-2024-5535", SEVERITY_MEDIUM, NULL)->status = STATUS_DEFERRED;
	finding(s, q, "CVE-2024-5535", SEVERITY_MEDIUM, NULL)->status = STATUS_DEFERRED;
	(void)finding(s, p, "CVE-2023-6129", SEVERITY_UNKNOWN, "3.0.13-1~deb12u1");
}

static void full(struct scan_result *r)
{
	struct sample s;
	start(&s, r, 32, 64);
	debian(r);
	database(r);
	(void)package(&s, "base-files", "12.4", "base-files", "12.4", 0);
	add_curl(&s);
	add_glibc(&s);
	add_openssl(&s);
	const struct package *tar = package(&s, "tar", "1.34+dfsg-1.2", "tar", "1.34+dfsg-1.2", 0);
	(void)finding(&s, tar, "CVE-2005-2541", SEVERITY_NEGLIGIBLE, NULL);
	const struct package *zlib =
		package(&s, "zlib1g", "1:1.2.13.dfsg-1", "zlib", "1:1.2.13.dfsg-1", 0);
	finding(&s, zlib, "CVE-2023-45853", SEVERITY_CRITICAL, NULL)->status = STATUS_WILL_NOT_FIX;
	const struct package *headers =
		package(&s, "linux-libc-dev", "6.1.27-1", "linux", "6.1.27-1", 1);
	(void)finding(&s, headers, "CVE-2023-3269", SEVERITY_HIGH, "6.1.37-1");
	(void)finding(&s, headers, "CVE-2023-2269", SEVERITY_MEDIUM, "6.1.37-1");
	finish(&s);
}

static void clean(struct scan_result *r)
{
	struct sample s;
	start(&s, r, 4, 1);
	debian(r);
	database(r);
	(void)package(&s, "base-files", "12.4", "base-files", "12.4", 0);
	(void)package(&s, "bash", "5.2.15-2+b2", "bash", "5.2.15-2", 0);
}

/* An image of one static binary: no system, no packages. */
static void nothing(struct scan_result *r)
{
	struct sample s;
	start(&s, r, 1, 1);
	debian(r);
	database(r);
	r->has_os = false;
	r->name = NULL;
	r->source = "oci";
	r->reference = "oci:image";
}

static void incomplete(struct scan_result *r)
{
	static struct scan_incomplete entries[] = {
		{ "layer sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",
		  ERR_WORKER_DIED, "The worker that read it was killed by signal 9." },
		{ "package broken", ERR_UNPARSABLE,
		  "Its version \"1..2:3\" cannot be read, so it was not compared." },
	};
	full(r);
	r->incomplete = entries;
	r->incomplete_count = 2;
}

static void rootfs(struct scan_result *r)
{
	full(r);
	r->source = "rootfs";
	r->reference = "rootfs:/srv/root";
	r->name = NULL;
	r->has_digest = r->has_image_id = false;
	r->platform = r->created = NULL;
	r->layer_count = 0;
	for (size_t i = 0; i < r->package_count; i++)
		r->packages[i].layer = LAYER_NONE;
	for (size_t i = 0; i < r->finding_count; i++)
		r->findings[i].layer = LAYER_NONE;
}

static void unchecked(struct scan_result *r)
{
	clean(r);
	r->db = (struct vulndb_info){ 0 };
	r->db_source_count = 0;
}

static void suppress_as(struct scan_result *r, const char *id, const char *package,
			struct scan_suppressed *as)
{
	struct error err;
	for (size_t i = 0; i < r->finding_count; i++) {
		if (strcmp(r->findings[i].id, id) != 0 ||
		    strcmp(r->findings[i].package->name, package) != 0)
			continue;
		as->finding = r->findings[i];
		if (scan_suppress(r, as, &err) < 0)
			abort();
		r->finding_count--;
		memmove(&r->findings[i], &r->findings[i + 1],
			(r->finding_count - i) * sizeof r->findings[0]);
		return;
	}
	abort();
}

/* Of a container, some of whose findings a vendor and its user say are none. */
static void suppressed(struct scan_result *r)
{
	static const struct scan_vex vex[] = {
		{ "api.vex.json", "OpenVEX", "Shop Security", 3, 0, 2, 1 },
		{ "exceptions.yaml", SCAN_VEX_EXCEPTIONS, "", 1, 0, 1, 0 },
	};
	full(r);
	r->vex = vex;
	r->vex_count = 2;
	for (size_t i = 0; i < r->package_count; i++)
		r->packages[i].origin = r->packages[i].layer == 0 ? ORIGIN_IMAGE : ORIGIN_CONTAINER;
	for (size_t i = 0; i < r->finding_count; i++)
		r->findings[i].origin = r->findings[i].package->origin;
	suppress_as(
		r, "CVE-2023-5363", "libssl3",
		&(struct scan_suppressed){ .by = SCAN_BY_VEX,
					   .status = "not_affected",
					   .justification = "vulnerable_code_not_in_execute_path",
					   .reason = "The key lengths of this build are fixed.",
					   .author = "Shop Security",
					   .file = "api.vex.json" });
	suppress_as(r, "CVE-2023-45853", "zlib1g",
		    &(struct scan_suppressed){ .by = SCAN_BY_VEX,
					       .status = "fixed",
					       .justification = "",
					       .reason = "",
					       .author = "Shop Security",
					       .file = "api.vex.json" });
	suppress_as(r, "CVE-2023-5363", "openssl",
		    &(struct scan_suppressed){ .by = SCAN_BY_EXCEPTION,
					       .reason = "the tool is gone with the next base",
					       .author = "ops@shop.example",
					       .file = "exceptions.yaml",
					       .line = 4,
					       .until = "2024-12-31" });
}

/* Only what a table folds. */
static void folded(struct scan_result *r)
{
	struct sample s;
	start(&s, r, 4, 4);
	debian(r);
	database(r);
	const struct package *tar = package(&s, "tar", "1.34+dfsg-1.2", "tar", "1.34+dfsg-1.2", 0);
	(void)finding(&s, tar, "CVE-2005-2541", SEVERITY_NEGLIGIBLE, NULL);
}

/* What an image could say to harm its reader. */
#define HOSTILE_TERMINAL                                                                           \
	"\033]0;owned\a\033[2J\x9b"                                                                \
	"31m\r\n\b\x7f"
#define HOSTILE_MARKUP                                                                             \
	"</script><script>alert(1)</script><img src=x onerror='alert(\"2\")'>&amp;]]>"
#define HOSTILE_UNICODE                                                                            \
	"\xe2\x80\xae"                                                                             \
	"gpj.exe \xc2\x9b"                                                                         \
	"1m \xff\xfe \xed\xa0\x80 \xef\xbf\xbe \xef\xbb\xbf"
#define HOSTILE_SHEET "=cmd|' /C calc'!A0"

static void hostile_finding(struct sample *s, const struct package *p, const char *id)
{
	struct finding *f = finding(s, p, id, SEVERITY_CRITICAL, HOSTILE_MARKUP);
	f->fix = "; rm -rf / " HOSTILE_TERMINAL;
	f->reason = HOSTILE_TERMINAL HOSTILE_UNICODE;
	f->evidence = "@SUM(1+1)*cmd" HOSTILE_MARKUP;
	f->advice = "-2+3\"quoted\",\n\"comma\"" HOSTILE_UNICODE;
	f->path = "\t../../\\path with blank/%zz?#[" HOSTILE_MARKUP;
	f->cvss_score = 9.8;
	f->cvss_vector = HOSTILE_MARKUP;
	f->advisory = (struct advisory_ref){ HOSTILE_SHEET, HOSTILE_MARKUP, HOSTILE_TERMINAL,
					     "javascript:alert(1)" };
}

static void hostile(struct scan_result *r)
{
	static const char *const names[] = {
		HOSTILE_TERMINAL, HOSTILE_MARKUP, HOSTILE_UNICODE,           HOSTILE_SHEET,
		"$(reboot)",      "--force",      "\xe6\xbc\xa2\xe5\xad\x97"
	};
	static struct scan_incomplete entry = { HOSTILE_MARKUP HOSTILE_TERMINAL, ERR_MALFORMED,
						HOSTILE_SHEET HOSTILE_UNICODE };
	struct sample s;
	start(&s, r, 16, 32);
	debian(r);
	database(r);
	r->reference = r->name = HOSTILE_TERMINAL HOSTILE_MARKUP;
	r->platform = HOSTILE_UNICODE;
	r->created = HOSTILE_MARKUP;
	r->os = (struct os_identity){
		.id = HOSTILE_MARKUP,
		.version = HOSTILE_SHEET,
		.name = HOSTILE_TERMINAL,
		.codename = HOSTILE_UNICODE,
		.extended = "",
	};
	r->layers[1].created_by = HOSTILE_MARKUP HOSTILE_TERMINAL HOSTILE_UNICODE;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct package *p =
			package(&s, names[i], HOSTILE_SHEET, names[i], HOSTILE_MARKUP, 1);
		p->path = "var/lib/dpkg/status.d/" HOSTILE_MARKUP HOSTILE_TERMINAL;
		p->license = HOSTILE_MARKUP;
		p->vendor = HOSTILE_TERMINAL;
		hostile_finding(&s, p, "CVE-2024-0001");
		hostile_finding(&s, p, HOSTILE_MARKUP);
		hostile_finding(&s, p, HOSTILE_TERMINAL);
	}
	/* The same package twice: purls alone are no names. */
	(void)package(&s, "twin", "1", "twin", "1", 0);
	package(&s, "twin", "1", "twin", "1", 1)->path = "opt/var/lib/dpkg/status";
	r->incomplete = &entry;
	r->incomplete_count = 1;
	finish(&s);
	suppress_as(r, "CVE-2024-0001", "--force",
		    &(struct scan_suppressed){ .by = SCAN_BY_VEX,
					       .status = "not_affected",
					       .justification = HOSTILE_MARKUP,
					       .reason = HOSTILE_TERMINAL HOSTILE_UNICODE,
					       .author = HOSTILE_MARKUP HOSTILE_UNICODE,
					       .file = HOSTILE_TERMINAL HOSTILE_MARKUP });
}

static const char *text_of(struct scan_result *r, const char *format, unsigned a, unsigned b)
{
	char text[64];
	(void)snprintf(text, sizeof text, "%s-%u-%u", format, a, b);
	return must(arena_cstr(&r->arena, bytes_str(text)));
}

/* Like an old image that was never updated. */
static void crowd(struct scan_result *r, unsigned packages, unsigned findings)
{
	static const enum severity mix[] = { SEVERITY_CRITICAL, SEVERITY_HIGH,      SEVERITY_MEDIUM,
					     SEVERITY_MEDIUM,   SEVERITY_LOW,       SEVERITY_LOW,
					     SEVERITY_LOW,      SEVERITY_NEGLIGIBLE };
	struct sample s;
	start(&s, r, packages, findings);
	debian(r);
	database(r);
	for (unsigned i = 0; i < packages; i++) {
		const char *name = text_of(r, "package", i, 1);
		(void)package(&s, name, "1.0-1", name, "1.0-1", i % 3);
	}
	for (unsigned i = 0; i < findings; i++) {
		/* The square makes some packages much worse than others. */
		unsigned at = (i % 97) * (i % 97) % packages;
		struct finding *f =
			finding(&s, &r->packages[at], text_of(r, "CVE", 2000 + i % 24, i),
				mix[(i * 7 + at) % 8], i % 3 == 0 ? NULL : "1.0-1+deb12u1");
		if (i % 501 == 0)
			set_kev(f, "2023-01-02", "2023-01-23", i % 2 == 0);
	}
	finish(&s);
}

static void large(struct scan_result *r)
{
	crowd(r, 400, 4000);
}

static void huge(struct scan_result *r)
{
	crowd(r, 100000, 4000);
}

static const struct {
	const char *name;
	void (*make)(struct scan_result *r);
} makers[] = {
	{ "full", full },
	{ "clean", clean },
	{ "nothing", nothing },
	{ "incomplete", incomplete },
	{ "rootfs", rootfs },
	{ "unchecked", unchecked },
	{ "folded", folded },
	{ "hostile", hostile },
	{ "suppressed", suppressed },
	{ "large", large },
	{ "huge", huge },
};

const char *const report_samples[] = { "full",   "clean",     "nothing",    "incomplete",
				       "rootfs", "unchecked", "folded",     "hostile",
				       "large",  "huge",      "suppressed", NULL };

bool report_sample(const char *name, struct scan_result *ret)
{
	for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
		if (strcmp(makers[i].name, name) == 0) {
			makers[i].make(ret);
			return true;
		}
	}
	return false;
}
