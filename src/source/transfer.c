#include <stdio.h>
#include <strings.h>

#include "source/remote_error.h"
#include "source/request.h"

/* Every form of manifest there is (OCI image-spec 1.1, media-types.md; Docker
 * image manifest version 2, schema 2). */
static const char manifest_types[] = "application/vnd.oci.image.index.v1+json, "
				     "application/vnd.oci.image.manifest.v1+json, "
				     "application/vnd.docker.distribution.manifest.list.v2+json, "
				     "application/vnd.docker.distribution.manifest.v2+json";

static enum http_flow on_data(void *ctx, struct http_exchange *x, struct bytes data);
static void on_done(void *ctx, struct http_exchange *x, const struct http_result *result);

static bool is_content(unsigned status)
{
	return status == 200 || status == 206;
}

/* --- asking --- */

static bool content_url(struct request *r)
{
	cleanup_buf struct buf url = buf_max(64 * KIB);
	const char *what = r->kind == FETCH_MANIFEST ? "manifests" : "blobs";
	if (r->kind == FETCH_URL) {
		r->url = strdup(r->target);
		return r->url != NULL;
	}
	if (registry_base(r->registry, &url, NULL) < 0 ||
	    buf_printf(&url, NULL, "%s/%s/%s", r->repository, what, r->target) < 0)
		return false;
	r->url = strndup((const char *)url.p, url.n);
	return r->url != NULL;
}

void request_attempt(struct request *r)
{
	free(r->url);
	r->url = NULL;
	r->hops = 0;
	r->foreign = false;
	r->token_fresh = false;
	r->asked_auth = 0;
	r->used_tls = r->registry != NULL && r->registry->tls;
	/* A manifest is handed on whole: an attempt begins from nothing. */
	if (r->kind == FETCH_MANIFEST) {
		r->body.n = 0;
		r->received = 0;
		sha256_reset(r->sum);
	}
	if (r->kind == FETCH_URL && r->received > 0 && r->validator[0] == '\0')
		request_fail(r, ERR_CHANGED, "cannot be resumed: nothing tells its version");
	else if (!content_url(r))
		request_fail(r, ERR_MEMORY, "no memory for an address");
	else if (url_origin(r->url, &r->first, &r->result) < 0)
		request_finish(r);
	else
		transfer_start(r);
}

void transfer_start(struct request *r)
{
	r->here = r->first;
	r->auth_sent = false;
	if (r->kind == FETCH_URL && !r->here.tls && !host_is_loopback(r->here.host) &&
	    !r->f->plain_http) {
		request_fail(r, ERR_USAGE, "plain http is for loopback only; use https");
		return;
	}
	transfer_hop(r);
}

/* Is a token needed first? Then it is asked for, and the transfer begins when
 * it is there. */
static bool authorization(struct request *r, struct buf *out)
{
	if (r->registry == NULL || r->foreign)
		return true;
	int known = registry_authorize(r->registry, r->repository, out);
	if (known < 0) {
		authorize_get_token(r);
		return false;
	}
	r->auth_sent = known > 0;
	return true;
}

/* An address whose last version the client has, at its beginning. */
static bool has_condition(const struct request *r)
{
	return r->kind == FETCH_URL && r->repository[0] != '\0' && r->received == 0;
}

void transfer_hop(struct request *r)
{
	cleanup_secret_buf struct buf header = buf_max(2 * SECRET_MAX);
	if (!authorization(r, &header))
		return;
	r->refusal.n = 0;
	r->skip = 0;
	r->reply_checked = false;
	r->paused = false;
	error_clear(&r->stop);
	struct http_call call = {
		.url = r->url,
		.authorization = header.n > 0 ? buf_cstr(&header, NULL) : NULL,
		.accept = r->kind == FETCH_MANIFEST ? manifest_types : "*/*",
		.from = r->received,
		.if_range = r->validator[0] != '\0' ? r->validator : NULL,
		.unless = has_condition(r) ? r->repository : NULL,
		.direct = host_is_loopback(r->here.host),
		.identity = r->registry != NULL && !r->foreign ? r->registry->identity : NULL,
		.on_data = on_data,
		.on_done = on_done,
		.ctx = r,
	};
	struct error err;
	if (http_start(r->f->http, &call, &r->x, &err) < 0)
		request_fail(r, err.code, "%s", err.text);
}

/* --- the body --- */

static enum http_flow stop(struct request *r, enum error_code code, const char *why)
{
	error_set(&r->stop, code, "%s", why);
	return HTTP_STOP;
}

/* "bytes 100-199/200" must begin where we stopped (RFC 9110 section 14.4). */
static bool range_begins_at(const char *value, uint64_t from)
{
	struct bytes b = bytes_str(value), first;
	uint64_t at;
	if (value == NULL || strncasecmp(value, "bytes ", 6) != 0)
		return false;
	b = bytes_sub(b, 6, b.n);
	return bytes_next_field(&b, '-', &first) && bytes_to_u64(bytes_trim(first), &at) &&
	       at == from;
}

/* What tells two versions of a feed apart: a strong ETag, else the date
 * (RFC 9110 section 13.1.5). */
static void keep_validator(struct request *r, struct http_exchange *x)
{
	const char *tag = http_header(x, "ETag", 0);
	if (tag == NULL || strncmp(tag, "W/", 2) == 0)
		tag = http_header(x, "Last-Modified", 0);
	if (tag != NULL && strlen(tag) < sizeof r->validator)
		(void)snprintf(r->validator, sizeof r->validator, "%s", tag);
}

static void tell_head(struct request *r, struct http_exchange *x)
{
	uint64_t length = http_content_length(x);
	r->modified = http_last_modified(x);
	if (r->kind != FETCH_URL || r->head_told)
		return;
	r->head_told = true;
	keep_validator(r, x);
	r->f->head(r->f, r, length);
}

/* Looks at a reply when its first bytes come. */
static enum http_flow check_reply(struct request *r, struct http_exchange *x)
{
	uint64_t length = http_content_length(x);
	r->reply_checked = true;
	tell_head(r, x);
	if (r->received == 0)
		return length == UINT64_MAX || length <= r->max || r->size != FETCH_SIZE_UNKNOWN
			       ? HTTP_TAKEN
			       : stop(r, ERR_LIMIT, "the reply is larger than allowed");
	if (http_status(x) == 206)
		return range_begins_at(http_header(x, "Content-Range", 0), r->received)
			       ? HTTP_TAKEN
			       : stop(r, ERR_PROTOCOL, "another range came than was asked for");
	/* No ranges here: all from the start. A blob is what its digest says; of
	 * a feed this may be another version. */
	if (r->kind == FETCH_URL)
		return stop(r, ERR_CHANGED, "cannot be resumed");
	r->skip = r->received;
	return HTTP_TAKEN;
}

static enum http_flow too_much(struct request *r)
{
	if (r->size != FETCH_SIZE_UNKNOWN)
		return stop(r, ERR_DIGEST, "more bytes come than the manifest says");
	return stop(r, ERR_LIMIT, "the reply is larger than allowed");
}

static enum http_flow take(struct request *r, struct bytes data)
{
	uint64_t most = r->size != FETCH_SIZE_UNKNOWN ? r->size : r->max;
	if (data.n > most - r->received)
		return too_much(r);
	sha256_update(r->sum, data.p, data.n);
	r->received += data.n;
	if (r->kind == FETCH_MANIFEST)
		return buf_append(&r->body, data.p, data.n, &r->stop) < 0 ? HTTP_STOP : HTTP_TAKEN;
	if (sink_write(&r->sink, data))
		return HTTP_TAKEN;
	return stop(r, ERR_CANCELLED, "the reader of the transfer has gone");
}

static enum http_flow on_data(void *ctx, struct http_exchange *x, struct bytes data)
{
	struct request *r = ctx;
	if (!is_content(http_status(x)))
		return request_keep_refusal(r, data);
	if (!r->reply_checked && check_reply(r, x) == HTTP_STOP)
		return HTTP_STOP;
	if (sink_is_full(&r->sink)) {
		r->paused = true;
		return HTTP_PAUSE;
	}
	size_t known = data.n < r->skip ? data.n : (size_t)r->skip;
	r->skip -= known;
	return take(r, bytes_sub(data, known, data.n));
}

/* --- the end of a reply --- */

static void keep_media_type(struct request *r, struct http_exchange *x)
{
	const char *type = http_header(x, "Content-Type", 0);
	struct bytes name =
		bytes_trim(bytes_sub(bytes_str(type), 0, type == NULL ? 0 : strcspn(type, ";")));
	(void)snprintf(r->media_type, sizeof r->media_type, "%.*s", (int)name.n,
		       (const char *)name.p);
}

static void fail_digest(struct request *r, const struct digest *want, const struct digest *got)
{
	char a[DIGEST_TEXT], b[DIGEST_TEXT];
	digest_text(want, a);
	digest_text(got, b);
	request_fail(r, ERR_DIGEST, "the content of %s is another one (%s)", a, b);
}

/* A manifest's digest as the registry gives it: when there is one, it must be
 * that of what came. */
static bool header_agrees(struct http_exchange *x, const struct digest *got, struct digest *ret)
{
	const char *text = http_header(x, "Docker-Content-Digest", 0);
	return text == NULL || !digest_parse(bytes_str(text), ret) || digest_equal(ret, got);
}

static void content_complete(struct request *r, struct http_exchange *x)
{
	struct digest got, said;
	keep_media_type(r, x);
	sha256_final(r->sum, &got);
	if (r->kind == FETCH_MANIFEST && strcmp(r->media_type, "text/html") == 0)
		request_fail(r, ERR_PROTOCOL,
			     "%s answers with a web page: it is not a registry, or a login page "
			     "is in the way",
			     r->here.host);
	else if (r->has_digest && !digest_equal(&r->digest, &got))
		fail_digest(r, &r->digest, &got);
	else if (r->kind == FETCH_MANIFEST && !header_agrees(x, &got, &said))
		fail_digest(r, &said, &got);
	else if (r->kind == FETCH_MANIFEST && !sink_write(&r->sink, buf_view(&r->body)))
		request_fail(r, ERR_CANCELLED, "the reader of the transfer has gone");
	else {
		error_clear(&r->result);
		request_finish(r);
	}
}

/* A reply that was whole for HTTP may still be short of what was announced. */
static void content_ended(struct request *r, struct http_exchange *x)
{
	tell_head(r, x);
	if (r->size == FETCH_SIZE_UNKNOWN || r->received == r->size)
		content_complete(r, x);
	else
		request_retry(r, 0, ERR_TRUNCATED, "%s sent %llu of %llu bytes", r->here.host,
			      (unsigned long long)r->received, (unsigned long long)r->size);
}

/* --- redirects --- */

static bool is_redirect(unsigned status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* A loopback registry that sends its plain port to TLS is a TLS registry. */
static bool is_upgrade(const struct request *r, const struct origin *to)
{
	return r->registry != NULL && r->hops == 0 && to->tls && !r->here.tls &&
	       strcmp(to->host, r->here.host) == 0;
}

static void follow(struct request *r, const char *location)
{
	struct origin to;
	struct error err;
	char *url = location == NULL ? NULL : strdup(location);
	if (url == NULL) {
		request_fail(r, ERR_PROTOCOL, "%s sends us on without saying where to",
			     r->here.host);
		return;
	}
	free(r->url);
	r->url = url;
	if (url_origin(url, &to, &err) < 0 ||
	    origin_may_send(&r->here, &to, r->f->plain_http, &err) < 0) {
		request_fail(r, err.code, "%s", err.text);
	} else if (is_upgrade(r, &to) &&
		   registry_switch_scheme(r->registry, r->used_tls, r->f->plain_http)) {
		request_attempt(r);
	} else if (++r->hops > FETCH_REDIRECTS_MAX) {
		request_fail(r, ERR_PROTOCOL, "more than %d redirects", FETCH_REDIRECTS_MAX);
	} else {
		r->foreign = r->foreign || !origin_equal(&r->first, &to);
		r->here = to;
		transfer_hop(r);
	}
}

/* --- deciding --- */

/* A TLS server answers a plain request with 400, if at all; a registry's own
 * 400 says why. */
static bool is_wrong_scheme(struct request *r, unsigned status)
{
	char said[REMOTE_TEXT_MAX];
	if (status != 400 || r->foreign || r->registry == NULL || r->used_tls)
		return false;
	remote_error_text(buf_view(&r->refusal), said);
	return said[0] == '\0' &&
	       registry_switch_scheme(r->registry, r->used_tls, r->f->plain_http);
}

static void judge(struct request *r, struct http_exchange *x, unsigned status)
{
	if (is_redirect(status)) {
		follow(r, http_redirect(x));
		return;
	}
	if (is_wrong_scheme(r, status)) {
		request_attempt(r);
		return;
	}
	if (r->registry != NULL && !r->foreign) {
		r->registry->tls = r->used_tls;
		r->registry->tls_known = true;
	}
	if (is_content(status)) {
		content_ended(r, x);
	} else if (status == 304 && has_condition(r)) {
		r->unchanged = true;
		error_clear(&r->result);
		request_finish(r);
	} else if (status == 401 && r->registry != NULL && !r->foreign) {
		authorize_answer(r, x);
	} else {
		request_refused(r, x, status);
	}
}

static void on_done(void *ctx, struct http_exchange *x, const struct http_result *result)
{
	struct request *r = ctx;
	r->x = NULL;
	r->paused = false;
	bool whole = is_content(result->status) && r->received == r->size;
	if (result->end == HTTP_COMPLETE)
		judge(r, x, result->status);
	else if (whole && result->end != HTTP_STOPPED)
		content_complete(r, x); /* all is there; how it ended is the server's affair */
	else if (result->status != 0 && !is_content(result->status) && r->stop.code == ERR_PROTOCOL)
		judge(r, x, result->status); /* the message is enough */
	else
		request_broken(r, result);
}
