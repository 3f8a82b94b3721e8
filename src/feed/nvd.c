/* NVD's CVE API 2.0, for severities only. Read are: a page of the API and the
 * yearly files ({"vulnerabilities": [{"cve": {…}}]}), collections of bare
 * entries ({"cve_items": [{…}]}), one entry ({"cve": {…}}), one bare entry. */
#include "feed/cvss.h"
#include "feed/import.h"
#include "feed/words.h"

struct metric {
	double score; /* < 0: none */
	struct bytes vector;
	enum severity severity;
	bool primary; /* NVD's own, not the reporter's */
};

/* In the order in which a newer version is preferred. */
enum { CVSS_2, CVSS_30, CVSS_31, CVSS_40, CVSS_VERSIONS };
static const char *const metric_names[CVSS_VERSIONS] = {
	[CVSS_2] = "cvssMetricV2",
	[CVSS_30] = "cvssMetricV30",
	[CVSS_31] = "cvssMetricV31",
	[CVSS_40] = "cvssMetricV40",
};

struct entry {
	struct bytes id, status, published, modified;
	struct metric metrics[CVSS_VERSIONS];
};

static void read_severity(struct json_reader *r, struct metric *m)
{
	struct bytes word;
	if (json_get_string(r, &word))
		m->severity = severity_of_word(word);
}

static void read_cvss_data(struct import *im, struct json_reader *r, struct metric *m)
{
	struct bytes key;
	if (!json_enter_object(r))
		return;
	while (json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("baseScore")))
			(void)json_get_double(r, &m->score);
		else if (bytes_equal(key, BYTES_LIT("vectorString")))
			(void)record_string(im, r, &m->vector);
		else if (bytes_equal(key, BYTES_LIT("baseSeverity")))
			read_severity(r, m);
		else
			json_skip(r);
	}
}

/* Version 2 has its severity beside cvssData, the others in it. */
static void read_metric(struct import *im, struct json_reader *r, struct metric *ret)
{
	struct bytes key, type;
	struct metric m = { .score = -1 };
	if (!json_enter_object(r))
		return;
	while (json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("type")))
			m.primary = json_get_string(r, &type) &&
				    bytes_equal(type, BYTES_LIT("Primary"));
		else if (bytes_equal(key, BYTES_LIT("cvssData")))
			read_cvss_data(im, r, &m);
		else if (bytes_equal(key, BYTES_LIT("baseSeverity")))
			read_severity(r, &m);
		else
			json_skip(r);
	}
	if (m.score >= 0 && (ret->score < 0 || (m.primary && !ret->primary)))
		*ret = m;
}

static void read_version(struct import *im, struct json_reader *r, struct metric *ret)
{
	if (!json_enter_array(r))
		return;
	while (json_next_item(r))
		read_metric(im, r, ret);
}

static void read_metrics(struct import *im, struct json_reader *r, struct entry *e)
{
	struct bytes key;
	if (!json_enter_object(r))
		return;
	while (json_next_key(r, &key)) {
		size_t i = 0;
		while (i < CVSS_VERSIONS && !bytes_equal(key, bytes_str(metric_names[i])))
			i++;
		if (i == CVSS_VERSIONS)
			json_skip(r);
		else
			read_version(im, r, &e->metrics[i]);
	}
}

/* NVD's own rating in the newest version it has, else a reporter's. */
static size_t best_metric(const struct entry *e)
{
	size_t best = CVSS_VERSIONS;
	for (size_t v = 0; v < CVSS_VERSIONS; v++) {
		const struct metric *m = &e->metrics[v];
		if (m->score >= 0 &&
		    (best == CVSS_VERSIONS || m->primary || !e->metrics[best].primary))
			best = v;
	}
	return best;
}

static bool send_entry(struct import *im, const struct entry *e)
{
	struct vuln_detail d = detail_of(e->id);
	const char *why = cve_of(e->id).n == 0                            ? "an entry without a CVE"
			  : bytes_equal(e->status, BYTES_LIT("Rejected")) ? "it was rejected"
									  : NULL;
	im->stats.records++;
	if (why != NULL) {
		import_skip(im, e->id, why);
		return true;
	}
	import_dated(im, e->modified);
	size_t v = best_metric(e);
	if (v == CVSS_VERSIONS) /* not rated yet */
		return import_published(im, e->id, e->published);
	d.published = day_of_time(e->published);
	d.cvss_score = e->metrics[v].score;
	d.cvss_vector = e->metrics[v].vector;
	d.severity = e->metrics[v].severity;
	if (d.severity == SEVERITY_UNKNOWN && d.cvss_score <= 10)
		d.severity =
			cvss_severity(v == CVSS_2 ? 20 : 31, (unsigned)(d.cvss_score * 10 + 0.5));
	return import_detail(im, &d);
}

static struct entry no_entry(void)
{
	struct entry e = { 0 };
	for (size_t v = 0; v < CVSS_VERSIONS; v++)
		e.metrics[v].score = -1;
	return e;
}

static void read_member(struct import *im, struct json_reader *r, struct bytes key, struct entry *e)
{
	if (bytes_equal(key, BYTES_LIT("id")))
		(void)record_string(im, r, &e->id);
	else if (bytes_equal(key, BYTES_LIT("vulnStatus")))
		(void)record_string(im, r, &e->status);
	else if (bytes_equal(key, BYTES_LIT("published")))
		(void)record_string(im, r, &e->published);
	else if (bytes_equal(key, BYTES_LIT("lastModified")))
		(void)record_string(im, r, &e->modified);
	else if (bytes_equal(key, BYTES_LIT("metrics")))
		read_metrics(im, r, e);
	else
		json_skip(r);
}

static void read_cve(struct import *im, struct json_reader *r)
{
	struct entry e = no_entry();
	struct bytes key;
	if (!json_enter_object(r))
		return;
	while (json_next_key(r, &key))
		read_member(im, r, key, &e);
	if (!json_failed(r))
		(void)send_entry(im, &e);
}

/* {"cve": {…}}, or the bare entry. */
static void read_item(struct import *im, struct json_reader *r)
{
	struct entry e = no_entry();
	struct bytes key;
	record_begin(im);
	if (!json_enter_object(r))
		return;
	while (!im->failed && json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("cve")))
			read_cve(im, r);
		else
			read_member(im, r, key, &e);
	}
	if (!im->failed && !json_failed(r) && e.id.n > 0)
		(void)send_entry(im, &e);
}

static bool announce(struct import *im, struct bytes time)
{
	return import_source(im, BYTES_LIT("nvd"), time);
}

static void read_list(struct import *im, struct json_reader *r)
{
	if (!announce(im, BYTES_LIT("")) || !json_enter_array(r))
		return;
	while (!im->failed && json_next_item(r))
		read_item(im, r);
}

static void read_page(struct import *im, struct json_reader *r)
{
	struct bytes key, time;
	if (!json_enter_object(r))
		return;
	while (!im->failed && json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("vulnerabilities")) ||
		    bytes_equal(key, BYTES_LIT("cve_items")))
			read_list(im, r);
		else if (!bytes_equal(key, BYTES_LIT("timestamp")))
			json_skip(r);
		else if (json_get_string(r, &time))
			(void)announce(im, time);
	}
}

/* True for a single entry: its own members stand at the top. */
static bool is_single(struct bytes prefix)
{
	struct json_reader *r = json_open_bytes(prefix);
	struct bytes key;
	bool is = false;
	for (bool in = r != NULL && json_enter_object(r); in && !is && json_next_key(r, &key);) {
		is = bytes_equal(key, BYTES_LIT("id")) || bytes_equal(key, BYTES_LIT("cve"));
		json_skip(r);
	}
	json_close(r);
	return is;
}

int import_nvd(struct import *im, struct feed_input *in)
{
	bool single = is_single(feed_input_prefix(in));
	struct json_reader *r = import_json(im, in);
	if (r == NULL || (single && !announce(im, BYTES_LIT("")))) {
		json_close(r);
		return -1;
	}
	if (single)
		read_item(im, r);
	else
		read_page(im, r);
	return import_json_end(im, r);
}
