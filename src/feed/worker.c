/* The worker's side of message.h. Everything here runs locked in: it reads what
 * it was given and writes frames. */
#include <stdio.h>

#include "feed/feed.h"
#include "feed/import.h"
#include "feed/message.h"

enum { WORKER_INPUT = 3, WORKER_CHANNEL = 4 };

/* --- results ------------------------------------------------------------------- */

struct sending {
	struct channel *ch;
	struct msg m;
	struct error skip_failed; /* code is set when a skip could not be sent */
};

static int send(struct sending *s, struct error *err)
{
	return channel_put(s->ch, &s->m, err);
}

static int send_source(void *ctx, const struct vuln_source *source, struct error *err)
{
	struct sending *s = ctx;
	feed_put_source(&s->m, source);
	return send(s, err);
}

static int send_fact(void *ctx, const struct vuln_fact *fact, struct error *err)
{
	struct sending *s = ctx;
	feed_put_fact(&s->m, fact);
	return send(s, err);
}

static int send_detail(void *ctx, const struct vuln_detail *detail, struct error *err)
{
	struct sending *s = ctx;
	feed_put_detail(&s->m, detail);
	return send(s, err);
}

static void send_skipped(void *ctx, const char *what, const char *why)
{
	struct sending *s = ctx;
	msg_begin(&s->m, FEED_MSG_SKIPPED);
	msg_put_str(&s->m, what);
	msg_put_str(&s->m, why);
	if (s->skip_failed.code == ERR_NONE)
		(void)send(s, &s->skip_failed);
}

static void send_failed(struct sending *s, const struct error *why)
{
	msg_begin(&s->m, FEED_MSG_FAILED);
	msg_put_error(&s->m, why);
	(void)send(s, NULL);
}

/* --- a series of files ------------------------------------------------------------ */

struct series {
	struct channel in;
	struct buf rest; /* of the data message under way */
	size_t at;
	bool ended; /* the file under way */
	bool broken; /* the series itself: nothing more can be read of it */
};

/* A feed_read_fn: the data of the file under way. */
static ssize_t series_read(void *ctx, void *p, size_t n, struct error *err)
{
	struct series *s = ctx;
	struct msg_reader m;
	while (!s->ended && s->at == s->rest.n) {
		int got = channel_get(&s->in, -1, &m, err);
		s->ended = got <= 0 || m.type == FEED_MSG_FILE_END;
		s->broken = got <= 0;
		s->at = s->rest.n = 0;
		if (got == 0)
			(void)error_set(err, ERR_TRUNCATED, "the series of files ends inside one");
		if (got <= 0)
			return -1;
		struct bytes data = msg_get_bytes(&m);
		if (msg_finish(&m, err) < 0 || buf_append(&s->rest, data.p, data.n, err) < 0)
			return -1;
	}
	size_t take = s->rest.n - s->at < n ? s->rest.n - s->at : n;
	if (take > 0)
		memcpy(p, s->rest.p + s->at, take);
	s->at += take;
	return (ssize_t)take;
}

/* Past what an importer left of a file. */
static void pass_rest(struct series *s)
{
	uint8_t waste[4096];
	while (!s->broken && series_read(s, waste, sizeof waste, NULL) > 0)
		;
}

/* One file that is broken is left out; only the series' own end or the
 * parent's refusal ends the import. */
static int import_file(struct feed_session *f, struct series *s, struct msg_reader *m,
		       struct error *err)
{
	char name[300];
	struct error broken = { 0 };
	if (m->type != FEED_MSG_FILE)
		return error_set(err, ERR_PROTOCOL, "a file's data before its name");
	feed_clean_text(msg_get_bytes(m), name, sizeof name);
	s->ended = false;
	s->at = s->rest.n = 0;
	int r = feed_session_stream(f, series_read, s, name, &broken);
	if (r < 0 && (s->broken || feed_session_stopped(f))) {
		*err = broken;
		return -1;
	}
	if (r < 0)
		feed_session_skip(f, name, broken.text);
	pass_rest(s);
	return s->broken ? error_set(err, ERR_PROTOCOL, "the series of files broke off") : 0;
}

static int import_series(struct feed_session *f, int in_fd, struct error *err)
{
	struct series s = { .rest = buf_max(LIMIT_FRAME_BYTES) };
	struct msg_reader m;
	channel_init(&s.in, in_fd);
	int got;
	while ((got = channel_get(&s.in, -1, &m, err)) > 0)
		if (import_file(f, &s, &m, err) < 0) {
			got = -1;
			break;
		}
	channel_free(&s.in);
	buf_free(&s.rest);
	return got;
}

/* --- the job ------------------------------------------------------------------------ */

static const char *or_null(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

static int receive_job(struct channel *ch, struct feed_job *ret, struct error *err)
{
	struct msg_reader m;
	int got = channel_get(ch, -1, &m, err);
	if (got < 0)
		return -1;
	if (got == 0 || m.type != FEED_MSG_JOB)
		return error_set(err, ERR_PROTOCOL, "no job");
	return feed_get_job(&m, ret, err);
}

static int run_job(const struct feed_job *job, int in_fd, struct sending *s, struct error *err)
{
	struct feed_options options = { .name = or_null(job->source),
					.url = or_null(job->url),
					.snapshot = or_null(job->snapshot),
					.retrieved = or_null(job->retrieved) };
	struct vuln_fact_sink sink = { send_source, send_fact, send_detail, send_skipped, s };
	struct feed_stats stats = { 0 };
	struct feed_session *f = feed_session_new(&options, sink);
	if (f == NULL)
		return error_set(err, ERR_MEMORY, "no memory to import");
	int r = job->series ? import_series(f, in_fd, err)
			    : feed_session_fd(f, in_fd, job->name, err);
	if (r == 0)
		r = feed_session_end(f, &stats, err);
	feed_session_free(f);
	if (r == 0)
		feed_put_stats(&s->m, &stats);
	return r < 0 ? -1 : send(s, err);
}

int feed_worker_run(int in_fd, struct channel *ch, struct error *err)
{
	struct feed_job job;
	struct sending s = { .ch = ch };
	if (receive_job(ch, &job, err) < 0)
		return -1;
	if (run_job(&job, in_fd, &s, err) < 0)
		send_failed(&s, err);
	msg_free(&s.m);
	return channel_flush(ch, err);
}

int feed_worker_main(void)
{
	struct channel ch;
	struct error err = { 0 };
	channel_init(&ch, WORKER_CHANNEL);
	int r = feed_worker_run(WORKER_INPUT, &ch, &err);
	channel_free(&ch);
	if (r < 0)
		(void)fprintf(stderr, "corten-worker: feed: %s\n", err.text);
	return r < 0 ? 1 : 0;
}
