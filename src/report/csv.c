/* RFC 4180: a header line, CRLF after each record, every field quoted. One
 * record a finding; what could not be checked is a record of the family
 * "incomplete", so that a file without findings is not taken for a clean one. */
#include "report/escape.h"
#include "report/ident.h"
#include "report/internal.h"

enum column {
	FAMILY,
	CLASS,
	ID,
	SEVERITY,
	PRIORITY,
	STATUS,
	PACKAGE,
	VERSION,
	ARCH,
	SOURCE,
	SOURCE_VERSION,
	FIXED_VERSION,
	PATH,
	LAYER,
	CVSS,
	CVSS_VECTOR,
	EPSS,
	EPSS_PERCENTILE,
	KEV_ADDED,
	KEV_DUE,
	KEV_RANSOMWARE,
	ADVISORY,
	ADVISORY_SOURCE,
	URL,
	ALIASES,
	FIX,
	REASON,
	EVIDENCE,
	ADVICE,
	PURL,
	FINGERPRINT,
	ORIGIN, /* new ones at the end: readers go by number, too */
	PUBLISHED,
	COLUMNS
};

static const char *const names[COLUMNS] = {
	[FAMILY] = "family",
	[CLASS] = "class",
	[ID] = "id",
	[SEVERITY] = "severity",
	[PRIORITY] = "priority",
	[STATUS] = "status",
	[PACKAGE] = "package",
	[VERSION] = "version",
	[ARCH] = "arch",
	[SOURCE] = "source",
	[SOURCE_VERSION] = "source_version",
	[FIXED_VERSION] = "fixed_version",
	[PATH] = "path",
	[LAYER] = "layer",
	[CVSS] = "cvss",
	[CVSS_VECTOR] = "cvss_vector",
	[EPSS] = "epss",
	[EPSS_PERCENTILE] = "epss_percentile",
	[KEV_ADDED] = "kev_added",
	[KEV_DUE] = "kev_due",
	[KEV_RANSOMWARE] = "kev_ransomware",
	[ADVISORY] = "advisory",
	[ADVISORY_SOURCE] = "advisory_source",
	[URL] = "url",
	[ALIASES] = "aliases",
	[FIX] = "fix",
	[REASON] = "reason",
	[EVIDENCE] = "evidence",
	[ADVICE] = "advice",
	[PURL] = "purl",
	[FINGERPRINT] = "fingerprint",
	[ORIGIN] = "origin",
	[PUBLISHED] = "published",
};

static void record(FILE *out, const char *const fields[static COLUMNS])
{
	for (size_t i = 0; i < COLUMNS; i++) {
		if (i > 0)
			(void)fputc(',', out);
		escape_csv(out, fields[i]);
	}
	(void)fputs("\r\n", out);
}

enum { NUMBER_TEXT = 32 };

/* NULL (an empty field) below zero: no source says. */
static const char *number(double v, char text[static NUMBER_TEXT])
{
	if (v < 0)
		return NULL;
	(void)snprintf(text, NUMBER_TEXT, "%.6g", v);
	return text;
}

/* All ids of the finding's aliases, blanks between them. */
static int join_aliases(const struct finding *f, struct buf *ret, struct error *err)
{
	ret->n = 0;
	for (size_t i = 0; i < f->alias_count; i++) {
		if ((i > 0 && buf_append_str(ret, " ", err) < 0) ||
		    buf_append_str(ret, f->aliases[i], err) < 0)
			return -1;
	}
	return 0;
}

static void set_package(const char *fields[static COLUMNS], const struct package *p)
{
	if (p == NULL)
		return;
	fields[PACKAGE] = p->name;
	fields[VERSION] = p->version;
	fields[ARCH] = p->arch;
	fields[SOURCE] = p->source_name;
	fields[SOURCE_VERSION] = p->source_version;
	fields[PURL] = p->purl;
}

static int finding(FILE *out, const struct scan_result *r, const struct finding *f,
		   struct buf *aliases, struct error *err)
{
	char layer[DIGEST_TEXT], cvss[NUMBER_TEXT], epss[NUMBER_TEXT], percentile[NUMBER_TEXT];
	char day[DAY_TEXT];
	if (join_aliases(f, aliases, err) < 0)
		return -1;
	const char *joined = buf_cstr(aliases, err);
	if (joined == NULL)
		return -1;
	const char *fields[COLUMNS] = {
		[FAMILY] = f->family,
		[CLASS] = f->class,
		[ID] = f->id,
		[SEVERITY] = severity_name(f->severity),
		[PRIORITY] = priority_name(f->priority),
		[STATUS] = finding_status_name(f->status),
		[FIXED_VERSION] = f->fixed_version,
		[PATH] = f->path,
		[LAYER] = ident_layer(r, f->layer, layer),
		[CVSS] = number(f->cvss_score, cvss),
		[CVSS_VECTOR] = f->cvss_vector,
		[EPSS] = number(f->epss, epss),
		[EPSS_PERCENTILE] = number(f->epss_percentile, percentile),
		[KEV_ADDED] = f->kev_added,
		[KEV_DUE] = f->kev_due,
		[KEV_RANSOMWARE] = f->kev_added == NULL ? NULL
				   : f->kev_ransomware  ? "yes"
							: "no",
		[ADVISORY] = f->advisory.id,
		[ADVISORY_SOURCE] = f->advisory.source,
		[URL] = f->advisory.url,
		[ALIASES] = joined,
		[FIX] = f->fix,
		[REASON] = f->reason,
		[EVIDENCE] = f->evidence,
		[ADVICE] = f->advice,
		[FINGERPRINT] = f->fingerprint,
		[ORIGIN] = origin_name(f->origin),
		[PUBLISHED] = ident_published(f, day),
	};
	set_package(fields, f->package);
	record(out, fields);
	return 0;
}

static void incomplete(FILE *out, const struct scan_incomplete *i)
{
	const char *const fields[COLUMNS] = {
		[FAMILY] = "incomplete",  [ID] = error_code_name(i->code),
		[STATUS] = "not-checked", [REASON] = i->text,
		[EVIDENCE] = i->what,
	};
	record(out, fields);
}

int report_csv(const struct scan_result *r, const struct report_options *o, FILE *out,
	       struct error *err)
{
	cleanup_buf struct buf aliases = buf_max(MIB);
	record(out, names);
	for (size_t i = 0; i < r->incomplete_count; i++)
		incomplete(out, &r->incomplete[i]);
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		if (report_shows(o, f) && finding(out, r, f, &aliases, err) < 0)
			return -1;
	}
	return 0;
}
