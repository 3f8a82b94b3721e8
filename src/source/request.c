#include "source/request.h"

#include <stdarg.h>
#include <stdio.h>

#include "source/remote_error.h"
#include "source/retry.h"

/* Progress that makes earlier failures forgotten. */
enum { PROGRESS_BYTES = 64 * 1024 };

void request_free(struct request *r)
{
	if (r == NULL)
		return;
	if (r->x != NULL)
		http_cancel(r->x);
	loop_timer_remove(&r->f->loop, &r->timer);
	sink_close(&r->sink);
	sha256_free(r->sum);
	buf_free(&r->body);
	buf_free(&r->refusal);
	free(r->repository);
	free(r->target);
	free(r->url);
	free(r);
}

static void unlink_request(struct request *r)
{
	for (struct request **at = &r->f->requests; *at != NULL; at = &(*at)->next)
		if (*at == r) {
			*at = r->next;
			return;
		}
}

static void request_end(struct request *r)
{
	unlink_request(r);
	sink_close(&r->sink);
	r->f->done(r->f, r);
	request_free(r);
}

void request_finish(struct request *r)
{
	r->finished = true;
	if (r->result.code == ERR_NONE && sink_is_full(&r->sink))
		return; /* sink_changed ends it */
	request_end(r);
}

static void sink_changed(struct sink *s)
{
	struct request *r = (struct request *)((char *)s - offsetof(struct request, sink));
	if (s->gone && !r->finished) {
		error_set(&r->result, ERR_CANCELLED, "the reader of the transfer has gone");
		request_end(r);
	} else if (r->finished) {
		request_end(r);
	} else if (r->paused) {
		r->paused = false;
		http_resume(r->x);
	}
}

static void timer_fired(struct loop_timer *t)
{
	request_attempt((struct request *)((char *)t - offsetof(struct request, timer)));
}

static int request_open(struct request *r, int pipe, struct error *err)
{
	r->timer.fire = timer_fired;
	r->body = buf_max(LIMIT_MANIFEST_BYTES);
	r->refusal = buf_max(FETCH_ERROR_BODY_MAX);
	loop_timer_add(&r->f->loop, &r->timer);
	int opened = sink_open(&r->sink, &r->f->loop, pipe, sink_changed, err);
	r->sum = sha256_new();
	if (opened == 0 && r->sum == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a digest");
	return opened;
}

int request_start(struct fetcher *f, const struct request *wanted, int pipe, struct error *err)
{
	struct request *r = malloc(sizeof *r);
	if (r == NULL) {
		(void)close(pipe);
		return error_set(err, ERR_MEMORY, "no memory for a request");
	}
	*r = *wanted;
	r->f = f;
	r->next = f->requests;
	f->requests = r;
	if (request_open(r, pipe, &r->result) < 0) {
		request_end(r);
		return 0;
	}
	const struct error *broken = &f->broken;
	if (broken->code == ERR_NONE && r->registry != NULL)
		broken = &r->registry->broken;
	if (broken->code != ERR_NONE) {
		r->result = *broken;
		request_end(r);
		return 0;
	}
	request_attempt(r);
	return 0;
}

/* --- what messages say --- */

void request_name(const struct request *r, char out[static 512])
{
	if (r->kind != FETCH_URL) {
		(void)snprintf(out, 512, "%s/%s", r->registry->host, r->repository);
		return;
	}
	/* A query may hold somebody's key. */
	int n = (int)strcspn(r->target, "?#");
	(void)snprintf(out, 512, "%.*s", n > 300 ? 300 : n, r->target);
}

__attribute__((format(printf, 3, 0))) static void
set_result(struct request *r, enum error_code code, const char *fmt, va_list ap)
{
	char name[512], text[ERROR_TEXT_MAX];
	request_name(r, name);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	error_set(&r->result, code, "%s: %s", name, text);
}

void request_fail(struct request *r, enum error_code code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	set_result(r, code, fmt, ap);
	va_end(ap);
	request_finish(r);
}

/* --- trying again --- */

static void say_tries(struct error *err, unsigned attempts)
{
	size_t n = strlen(err->text);
	(void)snprintf(err->text + n, sizeof err->text - n, "; tried %u times", attempts);
}

void request_retry(struct request *r, uint64_t retry_after, enum error_code code, const char *fmt,
		   ...)
{
	va_list ap;
	va_start(ap, fmt);
	set_result(r, code, fmt, ap);
	va_end(ap);
	if (r->received >= r->progress_mark + PROGRESS_BYTES)
		r->failures = 0;
	r->progress_mark = r->received;
	r->failures++;
	r->attempts++;
	if (retry_after > RETRY_AFTER_MAX || r->failures >= r->f->attempts ||
	    r->attempts >= RETRY_ATTEMPTS_TOTAL) {
		if (r->attempts > 1)
			say_tries(&r->result, r->attempts);
		request_finish(r);
		return;
	}
	r->timer.at = clock_monotonic_ns() +
		      retry_delay_ns(r->failures - 1, hash_random_key(), retry_after);
}

/* Names that do not resolve, ports that are closed and peers without TLS are
 * rarely better a second later, and mostly typing errors: one more try is
 * enough. */
static void retry_unreachable(struct request *r, const struct http_result *result)
{
	const struct registry *reg = r->registry;
	if (r->failures + 2 < r->f->attempts)
		r->failures = r->f->attempts - 2;
	if (result->end != HTTP_NO_TLS)
		request_retry(r, 0, ERR_NETWORK, "%s", result->text);
	else if (reg != NULL && reg->tls_switched && !reg->tls_known)
		request_retry(r, 0, ERR_NETWORK, "%s speaks neither plain HTTP nor TLS (%s)",
			      r->here.host, result->text);
	else
		request_retry(r, 0, ERR_TLS, "no TLS connection with %s (%s)", r->here.host,
			      result->text);
}

static bool may_be_other_scheme(enum http_end end)
{
	return end == HTTP_NO_TLS || end == HTTP_NO_HTTP || end == HTTP_NO_CONNECTION ||
	       end == HTTP_BROKEN;
}

void request_broken(struct request *r, const struct http_result *result)
{
	if (r->registry != NULL && !r->foreign && result->status == 0 &&
	    may_be_other_scheme(result->end) &&
	    registry_switch_scheme(r->registry, r->used_tls, r->f->plain_http)) {
		request_attempt(r);
		return;
	}
	switch (result->end) {
	case HTTP_STOPPED:
		if (r->stop.code != ERR_NONE)
			request_fail(r, r->stop.code, "%s", r->stop.text);
		else
			request_fail(r, ERR_CANCELLED, "the reader of the transfer has gone");
		break;
	case HTTP_UNTRUSTED:
		request_fail(r, ERR_TLS,
			     "the certificate of %s is not trusted (%s); give the authority's "
			     "certificate with --ca-file",
			     r->here.host, result->text);
		break;
	case HTTP_NO_HOST:
	case HTTP_NO_CONNECTION:
	case HTTP_NO_TLS:
		retry_unreachable(r, result);
		break;
	case HTTP_STALLED:
		request_retry(r, 0, ERR_NETWORK, "%s does not answer any more (%s)", r->here.host,
			      result->text);
		break;
	default:
		request_retry(r, 0, r->received > 0 ? ERR_TRUNCATED : ERR_NETWORK,
			      "the connection with %s broke (%s)", r->here.host, result->text);
	}
}

enum http_flow request_keep_refusal(struct request *r, struct bytes data)
{
	size_t room = r->refusal.max - r->refusal.n;
	if (data.n <= room && buf_append(&r->refusal, data.p, data.n, NULL) == 0)
		return HTTP_TAKEN;
	error_set(&r->stop, ERR_PROTOCOL, "an endless message");
	return HTTP_STOP;
}

/* "(503 UNAVAILABLE: try later)" */
static void status_text(const struct request *r, unsigned status, char *out, size_t size)
{
	char said[REMOTE_TEXT_MAX];
	remote_error_text(buf_view(&r->refusal), said);
	(void)snprintf(out, size, "(%u%s%s)", status, said[0] != '\0' ? " " : "", said);
}

void request_refused(struct request *r, struct http_exchange *x, unsigned status)
{
	char said[REMOTE_TEXT_MAX + 16];
	uint64_t wait = http_retry_after(x);
	status_text(r, status, said, sizeof said);
	if (wait > RETRY_AFTER_MAX && retry_status(status))
		request_fail(r, ERR_NETWORK, "%s asks us to come back in %llu s %s", r->here.host,
			     (unsigned long long)wait, said);
	else if (status == 429)
		request_retry(r, wait, ERR_NETWORK, "%s asks us to slow down %s", r->here.host,
			      said);
	else if (retry_status(status))
		request_retry(r, wait, ERR_NETWORK, "%s has a failure %s", r->here.host, said);
	else if (status == 401 && r->auth_sent && r->registry != NULL &&
		 !credential_is_empty(&r->registry->credential))
		request_fail(r, ERR_AUTH,
			     "%s refused the credentials %s; give --username, or docker login",
			     r->here.host, said);
	else if (status == 401)
		request_fail(r, ERR_AUTH,
			     "%s wants credentials %s; give --username, or docker login",
			     r->here.host, said);
	else if (status == 403)
		request_fail(r, ERR_AUTH, "%s denies access %s", r->here.host, said);
	else if (status == 404 || status == 410)
		request_fail(r, ERR_NOT_FOUND, "%s%snot found %s",
			     r->kind == FETCH_URL ? "" : r->target, r->kind == FETCH_URL ? "" : " ",
			     said);
	else
		request_fail(r, ERR_PROTOCOL, "%s gives an answer that does not fit %s",
			     r->here.host, said);
}
