#include "feed/message.h"

#include <math.h>

/* --- checks --------------------------------------------------------------------- */

/* Published names and versions are printable and have no blanks; beyond ASCII
 * only as UTF-8 (package names of some ecosystems). */
static bool is_token(struct bytes b, size_t most)
{
	uint8_t all = 0;
	if (b.n > most)
		return false;
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] <= ' ' || b.p[i] == 0x7f)
			return false;
		all |= b.p[i];
	}
	return all < 0x80 || utf8_valid(b);
}

static bool is_key(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] >= 'A' && b.p[i] <= 'Z')
			return false;
	return b.n > 0 && is_token(b, 128);
}

static bool is_date(struct bytes b)
{
	int64_t seconds;
	return b.n == 0 ||
	       (b.n < RFC3339_TEXT + 16 && is_token(b, 64) && rfc3339_parse(b, &seconds));
}

const char *feed_check_source(const struct vuln_source *s)
{
	if (s->name.n == 0 || !is_token(s->name, 63))
		return "a source has no proper name";
	if (!is_token(s->url, 511))
		return "the address of a source is no address";
	return is_date(s->snapshot) ? NULL : "the snapshot of a source is no date";
}

const char *feed_check_fact(const struct vuln_fact *f)
{
	if (!is_key(f->ecosystem))
		return "its ecosystem is no proper name";
	if (f->package.n == 0 || !is_token(f->package, 512))
		return "its package has no proper name";
	if (f->id.n == 0 || !is_token(f->id, 128) || !is_token(f->advisory, 128))
		return "its id is no proper name";
	if (!is_token(f->introduced, 256) || !is_token(f->fixed, 256) ||
	    !is_token(f->last_affected, 256))
		return "a version in it is no version";
	if (!is_token(f->module, 256) || !is_token(f->arch, 64))
		return "its module or architecture is no proper name";
	if ((unsigned)f->status >= STATUSES || (unsigned)f->severity >= SEVERITIES)
		return "its status or severity is none";
	return NULL;
}

static bool is_score(double v, double most)
{
	return isfinite(v) && v <= most; /* below 0: not said */
}

const char *feed_check_detail(const struct vuln_detail *d)
{
	if (d->id.n == 0 || !is_token(d->id, 128) || !is_token(d->alias, 128))
		return "its id is no proper name";
	if (!is_score(d->cvss_score, 10) || !is_token(d->cvss_vector, 256) ||
	    (unsigned)d->severity >= SEVERITIES)
		return "its severity is none";
	if (!is_score(d->epss, 1) || !is_score(d->epss_percentile, 1))
		return "its EPSS score is none";
	return is_date(d->kev_added) && is_date(d->kev_due) && is_date(d->published)
		       ? NULL
		       : "a date in it is no date";
}

/* --- writing ---------------------------------------------------------------------- */

void feed_put_job(struct msg *m, const struct feed_job *job)
{
	msg_begin(m, FEED_MSG_JOB);
	msg_put_u32(m, job->series);
	msg_put_str(m, job->name);
	msg_put_str(m, job->source);
	msg_put_str(m, job->url);
	msg_put_str(m, job->snapshot);
	msg_put_str(m, job->retrieved);
}

void feed_put_source(struct msg *m, const struct vuln_source *s)
{
	msg_begin(m, FEED_MSG_SOURCE);
	msg_put_bytes(m, s->name);
	msg_put_bytes(m, s->url);
	msg_put_bytes(m, s->snapshot);
}

void feed_put_fact(struct msg *m, const struct vuln_fact *f)
{
	msg_begin(m, FEED_MSG_FACT);
	msg_put_bytes(m, f->ecosystem);
	msg_put_bytes(m, f->package);
	msg_put_bytes(m, f->id);
	msg_put_bytes(m, f->advisory);
	msg_put_bytes(m, f->introduced);
	msg_put_bytes(m, f->fixed);
	msg_put_bytes(m, f->last_affected);
	msg_put_u32(m, f->status);
	msg_put_u32(m, f->severity);
	msg_put_bytes(m, f->module);
	msg_put_bytes(m, f->arch);
}

static void put_double(struct msg *m, double v)
{
	uint64_t bits;
	memcpy(&bits, &v, sizeof bits);
	msg_put_u64(m, bits);
}

void feed_put_detail(struct msg *m, const struct vuln_detail *d)
{
	msg_begin(m, FEED_MSG_DETAIL);
	msg_put_bytes(m, d->id);
	msg_put_u32(m, d->severity);
	put_double(m, d->cvss_score);
	msg_put_bytes(m, d->cvss_vector);
	put_double(m, d->epss);
	put_double(m, d->epss_percentile);
	msg_put_bytes(m, d->kev_added);
	msg_put_bytes(m, d->kev_due);
	msg_put_u32(m, d->kev_ransomware);
	msg_put_bytes(m, d->published);
	msg_put_bytes(m, d->alias);
}

void feed_put_stats(struct msg *m, const struct feed_stats *stats)
{
	msg_begin(m, FEED_MSG_DONE);
	msg_put_u64(m, stats->files);
	msg_put_u64(m, stats->records);
	msg_put_u64(m, stats->facts);
	msg_put_u64(m, stats->details);
	msg_put_u64(m, stats->skipped);
}

/* --- reading ------------------------------------------------------------------------ */

static int refused(struct error *err, const char *why)
{
	return why == NULL ? 0 : error_set(err, ERR_PROTOCOL, "the worker sent nonsense: %s", why);
}

static bool get_text(struct msg_reader *r, char *out, size_t n)
{
	struct bytes b = msg_get_bytes(r);
	if (b.n >= n || bytes_index(b, 0) >= 0)
		return false;
	if (b.n > 0)
		memcpy(out, b.p, b.n);
	out[b.n] = '\0';
	return true;
}

int feed_get_job(struct msg_reader *r, struct feed_job *ret, struct error *err)
{
	ret->series = msg_get_u32(r) != 0;
	bool ok = get_text(r, ret->name, sizeof ret->name) &&
		  get_text(r, ret->source, sizeof ret->source) &&
		  get_text(r, ret->url, sizeof ret->url) &&
		  get_text(r, ret->snapshot, sizeof ret->snapshot) &&
		  get_text(r, ret->retrieved, sizeof ret->retrieved);
	if (!ok)
		return error_set(err, ERR_PROTOCOL, "the job's texts are too long");
	return msg_finish(r, err);
}

int feed_get_source(struct msg_reader *r, struct vuln_source *ret, struct error *err)
{
	ret->name = msg_get_bytes(r);
	ret->url = msg_get_bytes(r);
	ret->snapshot = msg_get_bytes(r);
	return msg_finish(r, err) < 0 ? -1 : refused(err, feed_check_source(ret));
}

int feed_get_fact(struct msg_reader *r, struct vuln_fact *ret, struct error *err)
{
	ret->ecosystem = msg_get_bytes(r);
	ret->package = msg_get_bytes(r);
	ret->id = msg_get_bytes(r);
	ret->advisory = msg_get_bytes(r);
	ret->introduced = msg_get_bytes(r);
	ret->fixed = msg_get_bytes(r);
	ret->last_affected = msg_get_bytes(r);
	ret->status = (enum finding_status)msg_get_u32(r);
	ret->severity = (enum severity)msg_get_u32(r);
	ret->module = msg_get_bytes(r);
	ret->arch = msg_get_bytes(r);
	return msg_finish(r, err) < 0 ? -1 : refused(err, feed_check_fact(ret));
}

static double get_double(struct msg_reader *r)
{
	uint64_t bits = msg_get_u64(r);
	double v;
	memcpy(&v, &bits, sizeof v);
	return v;
}

int feed_get_detail(struct msg_reader *r, struct vuln_detail *ret, struct error *err)
{
	ret->id = msg_get_bytes(r);
	ret->severity = (enum severity)msg_get_u32(r);
	ret->cvss_score = get_double(r);
	ret->cvss_vector = msg_get_bytes(r);
	ret->epss = get_double(r);
	ret->epss_percentile = get_double(r);
	ret->kev_added = msg_get_bytes(r);
	ret->kev_due = msg_get_bytes(r);
	ret->kev_ransomware = msg_get_u32(r) != 0;
	ret->published = msg_get_bytes(r);
	ret->alias = msg_get_bytes(r);
	return msg_finish(r, err) < 0 ? -1 : refused(err, feed_check_detail(ret));
}

int feed_get_stats(struct msg_reader *r, struct feed_stats *ret, struct error *err)
{
	ret->files = msg_get_u64(r);
	ret->records = msg_get_u64(r);
	ret->facts = msg_get_u64(r);
	ret->details = msg_get_u64(r);
	ret->skipped = msg_get_u64(r);
	return msg_finish(r, err);
}

void feed_clean_text(struct bytes b, char *out, size_t n)
{
	cleanup_buf struct buf text = buf_max(4 * n + 16);
	(void)text_escape(&text, bytes_sub(b, 0, n), NULL);
	size_t keep = text.n < n - 1 ? text.n : n - 1;
	if (keep > 0)
		memcpy(out, text.p, keep);
	out[keep] = '\0';
}
