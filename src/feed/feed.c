#include "feed/feed.h"

#include <stdlib.h>

#include "feed/import.h"

static const struct {
	const char *name;
	int (*import)(struct import *im, struct feed_input *in);
} formats[FEED_FORMATS] = {
	[FEED_UNKNOWN] = { "unknown", NULL },
	[FEED_OSV] = { "osv", import_osv },
	[FEED_ZIP] = { "zip", import_zip },
	[FEED_DEBIAN] = { "debian-tracker", import_debian },
	[FEED_SECDB] = { "secdb", import_secdb },
	[FEED_KEV] = { "cisa-kev", import_kev },
	[FEED_EPSS] = { "epss", import_epss },
	[FEED_NVD] = { "nvd", import_nvd },
	[FEED_FACTS] = { "facts", import_facts },
};

const char *feed_format_name(enum feed_format format)
{
	return (unsigned)format < FEED_FORMATS ? formats[format].name : "unknown";
}

/* --- telling formats apart --------------------------------------------------------- */

/* Members that only one format has, in any place of the outermost object. */
static enum feed_format format_of_key(struct bytes key)
{
	static const struct {
		const char *key;
		enum feed_format format;
	} keys[] = {
		{ "catalogVersion", FEED_KEV },   { "resultsPerPage", FEED_NVD },
		{ "cve_items", FEED_NVD },        { "cve", FEED_NVD },
		{ "sourceIdentifier", FEED_NVD }, { "vulnStatus", FEED_NVD },
		{ "schema_version", FEED_OSV },   { "affected", FEED_OSV },
		{ "modified", FEED_OSV },         { "vulns", FEED_OSV },
		{ "apkurl", FEED_SECDB },         { "distroversion", FEED_SECDB },
		{ "reponame", FEED_SECDB },       { "packages", FEED_SECDB },
	};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (bytes_equal(key, bytes_str(keys[i].key)))
			return keys[i].format;
	return FEED_UNKNOWN;
}

/* The tracker's outermost members are source packages, theirs are ids. */
static bool holds_ids(struct json_reader *r)
{
	struct bytes key;
	bool holds = false;
	if (!json_enter_object(r))
		return false;
	while (json_next_key(r, &key)) {
		holds |= bytes_starts_with(key, BYTES_LIT("CVE-")) ||
			 bytes_starts_with(key, BYTES_LIT("TEMP-"));
		json_skip(r);
	}
	return holds;
}

static enum feed_format detect_object(struct json_reader *r)
{
	struct bytes key;
	bool has_id = false;
	if (!json_enter_object(r))
		return FEED_UNKNOWN;
	while (json_next_key(r, &key)) {
		enum feed_format format = format_of_key(key);
		if (format != FEED_UNKNOWN)
			return format;
		has_id |= bytes_equal(key, BYTES_LIT("id"));
		if (json_peek(r) != JSON_OBJECT)
			json_skip(r);
		else if (holds_ids(r))
			return FEED_DEBIAN;
	}
	/* The prefix can end inside a long text of a record. */
	return has_id ? FEED_OSV : FEED_UNKNOWN;
}

static enum feed_format detect_json(struct bytes prefix)
{
	struct json_reader *r = json_open_bytes(prefix);
	enum feed_format format = FEED_UNKNOWN;
	if (r == NULL)
		return FEED_UNKNOWN;
	if (json_peek(r) == JSON_OBJECT)
		format = detect_object(r);
	else if (json_peek(r) == JSON_ARRAY && json_enter_array(r))
		format = json_next_item(r) ? detect_object(r) : FEED_OSV;
	json_close(r);
	return format;
}

enum feed_format feed_detect(struct bytes prefix)
{
	if (bytes_starts_with(prefix, BYTES_LIT("PK\3\4")) ||
	    bytes_starts_with(prefix, BYTES_LIT("PK\5\6")))
		return FEED_ZIP;
	if (bytes_starts_with(prefix, BYTES_LIT("#corten-facts")))
		return FEED_FACTS;
	if (bytes_starts_with(prefix, BYTES_LIT("#model_version:")) ||
	    bytes_starts_with(prefix, BYTES_LIT("cve,epss,percentile")))
		return FEED_EPSS;
	return detect_json(prefix);
}

int import_any(struct import *im, struct feed_input *in)
{
	enum feed_format format = feed_detect(feed_input_prefix(in));
	im->failed = false;
	if (format == FEED_UNKNOWN || (format == FEED_ZIP && im->nested > 0)) {
		(void)import_fail(im, ERR_MALFORMED,
				  "offset 0: not an advisory feed that Corten knows");
		return -1;
	}
	im->stats.files++;
	im->nested++;
	int r = formats[format].import(im, in);
	im->nested--;
	return r;
}

/* --- sessions ------------------------------------------------------------------------- */

struct feed_session {
	struct import im;
	struct feed_input *in;
};

struct feed_session *feed_session_new(const struct feed_options *options,
				      struct vuln_fact_sink sink)
{
	struct feed_session *s = calloc(1, sizeof *s);
	if (s == NULL)
		return NULL;
	s->in = feed_input_new();
	s->im.sink = sink;
	if (options != NULL)
		s->im.options = *options;
	if (s->in == NULL) {
		feed_session_free(s);
		return NULL;
	}
	return s;
}

void feed_session_free(struct feed_session *s)
{
	if (s == NULL)
		return;
	feed_input_free(s->in);
	arena_free(&s->im.record);
	free(s);
}

static int import_opened(struct feed_session *s, int opened, const char *name, struct error *err)
{
	s->im.err = err;
	s->im.file = name;
	s->im.nested = 0;
	if (opened < 0 || import_any(&s->im, s->in) < 0)
		return error_wrap(err, "%s", name);
	return 0;
}

int feed_session_fd(struct feed_session *s, int fd, const char *name, struct error *err)
{
	return import_opened(s, feed_input_open_fd(s->in, fd, err), name, err);
}

int feed_session_stream(struct feed_session *s, feed_read_fn *read, void *ctx, const char *name,
			struct error *err)
{
	return import_opened(s, feed_input_open(s->in, read, ctx, err), name, err);
}

void feed_session_skip(struct feed_session *s, const char *what, const char *why)
{
	import_skip(&s->im, bytes_str(what), why);
}

bool feed_session_stopped(const struct feed_session *s)
{
	return s->im.stopped;
}

int feed_session_end(struct feed_session *s, struct feed_stats *ret, struct error *err)
{
	s->im.err = err;
	if (!import_end(&s->im))
		return -1;
	if (ret != NULL)
		*ret = s->im.stats;
	return 0;
}
