/* Runs importers and keeps what they say as lines of text:
 *   "fact debian:12 zlib CVE-1 - - 1.2 - fixed low - -"
 * with "-" for what is empty; see feed_dump.c for the order of the fields. */
#ifndef CORTEN_TEST_FEED_CAPTURE_H
#define CORTEN_TEST_FEED_CAPTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"
#include "feed/feed.h"

struct capture {
	FILE *out;
	char *text;
	size_t n;
	struct feed_stats stats;
	struct error err;
	unsigned refuse_after; /* facts; 0: never */
	unsigned facts;
};

static inline void capture_field(struct capture *c, struct bytes b)
{
	(void)fprintf(c->out, " %.*s", b.n > 0 ? (int)b.n : 1, b.n > 0 ? (const char *)b.p : "-");
}

static inline int capture_source(void *ctx, const struct vuln_source *s, struct error *err)
{
	struct capture *c = ctx;
	(void)err;
	(void)fprintf(c->out, "source");
	capture_field(c, s->name);
	capture_field(c, s->snapshot);
	(void)fprintf(c->out, "\n");
	return 0;
}

static inline int capture_fact(void *ctx, const struct vuln_fact *f, struct error *err)
{
	struct capture *c = ctx;
	const struct bytes fields[] = { f->ecosystem,  f->package, f->id,           f->advisory,
					f->introduced, f->fixed,   f->last_affected };
	if (c->refuse_after > 0 && ++c->facts > c->refuse_after)
		return error_set(err, ERR_MEMORY, "the sink is full");
	(void)fprintf(c->out, "fact");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		capture_field(c, fields[i]);
	(void)fprintf(c->out, " %s %s",
		      f->status == STATUS_NOT_AFFECTED ? "not-affected"
						       : finding_status_name(f->status),
		      severity_name(f->severity));
	capture_field(c, f->module);
	capture_field(c, f->arch);
	(void)fprintf(c->out, "\n");
	return 0;
}

static inline int capture_detail(void *ctx, const struct vuln_detail *d, struct error *err)
{
	struct capture *c = ctx;
	(void)err;
	(void)fprintf(c->out, "detail");
	capture_field(c, d->id);
	(void)fprintf(c->out, " %s %.1f", severity_name(d->severity), d->cvss_score);
	capture_field(c, d->cvss_vector);
	(void)fprintf(c->out, " %g %g", d->epss, d->epss_percentile);
	capture_field(c, d->kev_added);
	capture_field(c, d->kev_due);
	(void)fprintf(c->out, " %s", d->kev_ransomware ? "ransomware" : "-");
	capture_field(c, d->alias);
	if (d->published.n > 0)
		capture_field(c, d->published);
	(void)fprintf(c->out, "\n");
	return 0;
}

static inline void capture_skipped(void *ctx, const char *what, const char *why)
{
	struct capture *c = ctx;
	(void)fprintf(c->out, "skipped %s: %s\n", what, why);
}

static inline struct vuln_fact_sink capture_sink(struct capture *c)
{
	if (c->out == NULL)
		c->out = open_memstream(&c->text, &c->n);
	assert_non_null(c->out);
	return (struct vuln_fact_sink){ capture_source, capture_fact, capture_detail,
					capture_skipped, c };
}

/* What was said so far. */
static inline const char *capture_text(struct capture *c)
{
	(void)fflush(c->out);
	return c->text;
}

static inline void capture_free(struct capture *c)
{
	if (c->out != NULL)
		(void)fclose(c->out);
	free(c->text);
	*c = (struct capture){ 0 };
}

struct capture_input {
	struct bytes rest;
	size_t piece;
};

static inline ssize_t capture_read(void *ctx, void *p, size_t n, struct error *err)
{
	struct capture_input *in = ctx;
	(void)err;
	size_t take = in->piece < n ? in->piece : n;
	take = take < in->rest.n ? take : in->rest.n;
	if (take > 0)
		memcpy(p, in->rest.p, take);
	in->rest = bytes_sub(in->rest, take, in->rest.n);
	return (ssize_t)take;
}

/* Imports one input; 0 or -1 with c->err. */
static inline int capture_bytes(struct capture *c, struct bytes text, const char *name,
				const struct feed_options *options)
{
	struct capture_input in = { text, 1000 };
	struct feed_session *s = feed_session_new(options, capture_sink(c));
	assert_non_null(s);
	int r = feed_session_stream(s, capture_read, &in, name, &c->err);
	if (r == 0)
		r = feed_session_end(s, &c->stats, &c->err);
	feed_session_free(s);
	return r;
}

/* Fails unless importing text, in which ' stands for ", says exactly this. */
static inline void assert_says(const char *text, const char *want)
{
	struct capture c = { 0 };
	char json[8192];
	size_t n = strlen(text);
	assert_true(n < sizeof json);
	for (size_t i = 0; i < n; i++)
		json[i] = text[i] == '\'' ? '"' : text[i];
	if (capture_bytes(&c, bytes_of(json, n), "feed", NULL) < 0)
		fail_msg("%s", c.err.text);
	assert_string_equal(capture_text(&c), want);
	capture_free(&c);
}

/* Fails unless importing text ends in this error. */
static inline void assert_refused(struct bytes text, enum error_code code, const char *part)
{
	struct capture c = { 0 };
	assert_int_equal(capture_bytes(&c, text, "some.feed", NULL), -1);
	if (c.err.code != code || strstr(c.err.text, part) == NULL ||
	    strstr(c.err.text, "some.feed") == NULL)
		fail_msg("%s: %s", error_code_name(c.err.code), c.err.text);
	capture_free(&c);
}

#endif
