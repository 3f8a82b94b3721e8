#include "feed/feed.h"

#include <stdlib.h>

#include "feed/import.h"
#include "feed/message.h"

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
	[FEED_OSV_YAML] = { "osv-yaml", import_osv_yaml },
	[FEED_RUSTSEC] = { "rustsec", import_rustsec },
	[FEED_RUBYSEC] = { "rubysec", import_rubysec },
	[FEED_PHP] = { "friendsofphp", import_php },
	[FEED_RETIRE] = { "retirejs", import_retire },
	[FEED_CSAF] = { "csaf", import_csaf },
	[FEED_TAR] = { "tar", import_tar },
	[FEED_UPDATEINFO] = { "updateinfo", import_updateinfo },
};

const char *feed_format_name(enum feed_format format)
{
	return (unsigned)format < FEED_FORMATS ? formats[format].name : "unknown";
}

int import_any(struct import *im, struct feed_input *in)
{
	enum feed_format format = feed_detect(feed_input_prefix(in));
	im->failed = false;
	bool archive = format == FEED_ZIP || format == FEED_TAR;
	if (format == FEED_UNKNOWN || (archive && im->nested > 0)) {
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

/* A member, as if it were a file. */
static int read_member(struct import *im, struct feed_input *in, struct bytes name,
		       feed_read_fn *read, void *ctx)
{
	char text[160];
	const char *outer = im->file;
	if (feed_input_open(in, read, ctx, im->err) < 0)
		return -1;
	feed_clean_text(name, text, sizeof text);
	im->file = text;
	int r = import_any(im, in);
	im->file = outer;
	return r;
}

bool import_member(struct import *im, struct feed_input *in, struct bytes name, feed_read_fn *read,
		   void *ctx)
{
	if (read_member(im, in, name, read, ctx) == 0)
		return true;
	if (im->stopped)
		return false;
	im->failed = false;
	import_skip(im, name, im->err->text);
	return true;
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
