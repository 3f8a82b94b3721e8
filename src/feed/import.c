#include "feed/import.h"

#include <ctype.h>
#include <stdarg.h>

#include "feed/message.h"
#include "pkgdb/purl.h"

bool import_fail(struct import *im, enum error_code code, const char *fmt, ...)
{
	char text[256];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	(void)error_set(im->err, code, "%s", text);
	im->failed = true;
	return false;
}

/* The sink refused. */
static bool stop(struct import *im)
{
	im->failed = im->stopped = true;
	return false;
}

void import_skip(struct import *im, struct bytes what, const char *why)
{
	char text[160];
	im->stats.skipped++;
	if (im->sink.skipped == NULL)
		return;
	feed_clean_text(what.n > 0 ? what : bytes_str(im->file), text, sizeof text);
	im->sink.skipped(im->sink.ctx, text, why);
}

/* --- sources ---------------------------------------------------------------------- */

/* The addresses that publishers give for their data. */
static const char *publisher_url(const char *name)
{
	static const struct {
		const char *name, *url;
	} publishers[] = {
		{ "almalinux", "https://github.com/AlmaLinux/osv-database" },
		{ "alpine", "https://secdb.alpinelinux.org/" },
		{ "amazon", "https://alas.aws.amazon.com/" },
		{ "alinux", "https://mirrors.aliyun.com/alinux/" },
		{ "anolis", "https://anas.openanolis.cn/" },
		{ "bellsoft", "https://github.com/bell-sw/osv-database" },
		{ "bitnami", "https://github.com/bitnami/vulndb" },
		{ "chainguard", "https://packages.cgr.dev/chainguard/security.json" },
		{ "cisa-kev", "https://www.cisa.gov/known-exploited-vulnerabilities-catalog" },
		{ "debian", "https://security-tracker.debian.org/tracker/data/json" },
		{ "drupal", "https://github.com/ackama/drupal-advisory-database" },
		{ "epss", "https://www.first.org/epss/data_stats" },
		{ "friendsofphp", "https://github.com/FriendsOfPHP/security-advisories" },
		{ "github", "https://github.com/github/advisory-database" },
		{ "golang", "https://vuln.go.dev/" },
		{ "malicious-packages", "https://github.com/ossf/malicious-packages" },
		{ "nvd", "https://nvd.nist.gov/developers/vulnerabilities" },
		{ "pypa", "https://github.com/pypa/advisory-database" },
		{ "r-consortium", "https://github.com/RConsortium/r-advisory-database" },
		{ "redhat", "https://security.access.redhat.com/data/osv/" },
		{ "retirejs", "https://github.com/RetireJS/retire.js" },
		{ "rocky", "https://errata.rockylinux.org/" },
		{ "rubysec", "https://github.com/rubysec/ruby-advisory-db" },
		{ "rustsec", "https://github.com/rustsec/advisory-db" },
		{ "suse", "https://ftp.suse.com/pub/projects/security/osv/" },
		{ "ubuntu", "https://github.com/canonical/ubuntu-security-notices" },
		{ "wolfi", "https://packages.wolfi.dev/os/security.json" },
	};
	for (size_t i = 0; i < sizeof publishers / sizeof *publishers; i++)
		if (strcmp(publishers[i].name, name) == 0)
			return publishers[i].url;
	return "https://osv.dev/";
}

static bool announce(struct import *im, const struct import_source *s, const char *snapshot)
{
	const char *url = im->options.url != NULL ? im->options.url : publisher_url(s->name);
	struct vuln_source v = { .name = bytes_str(s->name),
				 .url = bytes_str(url),
				 .snapshot = bytes_str(snapshot) };
	const char *why = feed_check_source(&v);
	if (why != NULL)
		return import_fail(im, ERR_MALFORMED, "%s", why);
	return im->sink.source(im->sink.ctx, &v, im->err) == 0 || stop(im);
}

/* The index of a source, made when it is new; IMPORT_SOURCES when there are
 * too many. */
static size_t source_index(struct import *im, struct bytes name)
{
	if (name.n >= SOURCE_NAME)
		name.n = SOURCE_NAME - 1;
	size_t i = 0;
	while (i < im->source_count && !bytes_equal(bytes_str(im->sources[i].name), name))
		i++;
	if (i == im->source_count && i < IMPORT_SOURCES) {
		struct import_source *s = &im->sources[im->source_count++];
		*s = (struct import_source){ 0 };
		if (name.n > 0)
			memcpy(s->name, name.p, name.n);
	}
	return i;
}

/* Publishers write times in several ways: "2025-03-14T12:55:00+0000" is no
 * RFC 3339, but its day is one. */
static void snapshot_text(struct bytes b, char out[static RFC3339_TEXT])
{
	int64_t seconds;
	out[0] = '\0';
	if (b.n > 0 && (rfc3339_parse(b, &seconds) || rfc3339_parse(bytes_sub(b, 0, 10), &seconds)))
		rfc3339_text(seconds, out);
}

bool import_source(struct import *im, struct bytes name, struct bytes snapshot)
{
	if (im->options.name != NULL)
		name = bytes_str(im->options.name);
	if (im->options.snapshot != NULL)
		snapshot = bytes_str(im->options.snapshot);
	size_t i = source_index(im, name);
	if (i == IMPORT_SOURCES)
		return import_fail(im, ERR_LIMIT, "more than %d publishers in one feed",
				   IMPORT_SOURCES);
	struct import_source *s = &im->sources[i];
	if (s->announced && im->current == i && snapshot.n == 0)
		return true;
	if (!s->announced || snapshot.n > 0)
		snapshot_text(snapshot, s->snapshot);
	s->announced = true;
	im->current = i;
	return announce(im, s, s->snapshot);
}

struct bytes import_retrieved(const struct import *im)
{
	return bytes_str(im->options.retrieved);
}

void import_dated(struct import *im, struct bytes time)
{
	int64_t seconds;
	struct import_source *s = &im->sources[im->current];
	if (rfc3339_parse(time, &seconds) && seconds > s->newest)
		s->newest = seconds;
}

bool import_end(struct import *im)
{
	char text[RFC3339_TEXT];
	for (size_t i = 0; i < im->source_count; i++) {
		struct import_source *s = &im->sources[i];
		if (s->snapshot[0] != '\0')
			continue;
		if (s->newest != 0)
			rfc3339_text(s->newest, text);
		else
			snapshot_text(import_retrieved(im), text);
		if (text[0] != '\0' && !announce(im, s, text))
			return false;
	}
	return true;
}

/* --- facts --------------------------------------------------------------------------- */

bool import_fact(struct import *im, const struct vuln_fact *f)
{
	const char *why = feed_check_fact(f);
	if (why != NULL) {
		import_skip(im, f->id, why);
		return true;
	}
	im->stats.facts++;
	return im->sink.fact(im->sink.ctx, f, im->err) == 0 || stop(im);
}

bool import_detail(struct import *im, const struct vuln_detail *d)
{
	const char *why = feed_check_detail(d);
	if (why != NULL) {
		import_skip(im, d->id, why);
		return true;
	}
	im->stats.details++;
	return im->sink.detail(im->sink.ctx, d, im->err) == 0 || stop(im);
}

bool import_published(struct import *im, struct bytes id, struct bytes time)
{
	struct vuln_detail d = detail_of(id);
	d.published = day_of_time(time);
	return d.published.n == 0 || import_detail(im, &d);
}

struct bytes day_of_time(struct bytes time)
{
	struct bytes day = bytes_sub(time, 0, 10);
	int64_t seconds;
	return day.n == 10 && rfc3339_parse(day, &seconds) ? day : BYTES_LIT("");
}

struct vuln_detail detail_of(struct bytes id)
{
	return (struct vuln_detail){
		.id = id, .cvss_score = -1, .epss = -1, .epss_percentile = -1
	};
}

/* --- memory of one record ---------------------------------------------------------------- */

/* Most records are small: fresh memory for each would cost more than reading it. */
void record_begin(struct import *im)
{
	if (im->record.used >= MIB)
		arena_free(&im->record);
	im->record.max = RECORD_MEMORY;
}

struct bytes record_copy(struct import *im, struct bytes b)
{
	uint8_t *p = b.n == 0 ? NULL : arena_alloc(&im->record, b.n);
	if (p == NULL) {
		if (b.n > 0)
			im->record.used = im->record.max;
		return BYTES_LIT("");
	}
	memcpy(p, b.p, b.n);
	return bytes_of(p, b.n);
}

struct bytes record_decoded(struct import *im, struct bytes b)
{
	struct bytes copy = record_copy(im, b);
	uint8_t *p = (uint8_t *)copy.p;
	size_t n = 0;
	for (int c; (c = purl_next_char(&copy)) >= 0;)
		p[n++] = (uint8_t)c; /* never beyond what has been read */
	return bytes_of(p, n);
}

bool record_string(struct import *im, struct json_reader *r, struct bytes *ret)
{
	struct bytes b;
	if (!json_get_string(r, &b))
		return false;
	*ret = record_copy(im, b);
	return true;
}

bool record_full(const struct import *im)
{
	return im->record.used >= im->record.max;
}

/* --- JSON ------------------------------------------------------------------------------------ */

struct json_reader *import_json(struct import *im, struct feed_input *in)
{
	struct json_reader *r = json_open_stream(feed_input_read, in);
	if (r == NULL)
		(void)import_fail(im, ERR_MEMORY, "no memory to read JSON");
	return r;
}

int import_json_end(struct import *im, struct json_reader *r)
{
	int whole = im->failed ? -1 : json_finish(r, im->err);
	if (whole < 0)
		im->failed = true;
	json_close(r);
	return whole;
}

/* --- ids ----------------------------------------------------------------------------------------- */

/* "CVE-" year "-" at least four digits (CVE record format 5.1). */
static bool is_cve(struct bytes b)
{
	if (!bytes_starts_with(b, BYTES_LIT("CVE-")) || b.n < 13 || b.p[8] != '-')
		return false;
	for (size_t i = 4; i < b.n; i++)
		if (i != 8 && !isdigit(b.p[i]))
			return false;
	return true;
}

struct bytes cve_of(struct bytes id)
{
	for (size_t at = 0; at + 4 < id.n; at++) {
		struct bytes rest = bytes_sub(id, at, id.n);
		if ((at == 0 || id.p[at - 1] == '-') && is_cve(rest))
			return rest;
	}
	return BYTES_LIT("");
}

bool is_vuln_id(struct bytes b)
{
	bool digit = false, dash = false;
	if (bytes_starts_with(b, BYTES_LIT("CVE")))
		return is_cve(b);
	if (b.n < 4 || b.n > 64 || !isalpha(b.p[0]))
		return false;
	for (size_t i = 0; i < b.n; i++) {
		if (!isalnum(b.p[i]) && memchr("-_:.", b.p[i], 4) == NULL)
			return false;
		digit = digit || isdigit(b.p[i]);
		dash = dash || b.p[i] == '-' || b.p[i] == ':';
	}
	return digit && (dash || isupper(b.p[0]));
}
