#include "source/http.h"

#include <stdio.h>

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include "source/tls.h"

enum {
	HTTP_BUFFER = 512 * 1024, /* of a connection: fewer system calls a byte */
	HTTP_CONNECT_SECONDS = 20, /* address, TCP and TLS together */
	HTTP_HEAD_BYTES = 256 * 1024, /* of one reply, with all that came before it */
	HTTP_STALL_BYTES = 1024, /* fewer than these in the stall time is no progress */
};

struct http {
	struct loop *loop;
	struct loop_timer timer;
	CURLM *multi;
	struct buf ca_pem;
	X509_STORE *trusted; /* of ca_pem, made for the first TLS connection */
	bool insecure_tls;
	unsigned stall_seconds;
	char *http_proxy, *https_proxy, *no_proxy;
};

/* A socket of libcurl's. */
struct http_socket {
	struct loop_watch watch;
	struct http *http;
};

struct http_exchange {
	struct http *http;
	CURL *easy;
	struct curl_slist *headers;
	struct identity *identity;
	char *form;
	enum http_flow (*on_data)(void *ctx, struct http_exchange *x, struct bytes data);
	void (*on_done)(void *ctx, struct http_exchange *x, const struct http_result *r);
	void *ctx;
	struct loop_timer stall;
	uint64_t received; /* of the body */
	uint64_t mark; /* `received` when the stall time began */
	size_t head; /* bytes of header lines */
	bool paused;
	char text[CURL_ERROR_SIZE];
};

int http_init(struct error *err)
{
	if (curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK)
		return error_set(err, ERR_INTERNAL, "libcurl cannot be initialised");
	return 0;
}

/* --- libcurl's sockets and times on our loop --- */

static void exchange_free(struct http_exchange *x)
{
	loop_timer_remove(x->http->loop, &x->stall);
	if (x->easy != NULL) {
		(void)curl_multi_remove_handle(x->http->multi, x->easy);
		curl_easy_cleanup(x->easy);
	}
	for (struct curl_slist *h = x->headers; h != NULL; h = h->next)
		OPENSSL_cleanse(h->data, strlen(h->data));
	curl_slist_free_all(x->headers);
	if (x->form != NULL)
		OPENSSL_cleanse(x->form, strlen(x->form));
	free(x->form);
	free(x);
}

static enum http_end end_of(CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return HTTP_COMPLETE;
	case CURLE_WRITE_ERROR:
		return HTTP_STOPPED;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return HTTP_NO_HOST;
	case CURLE_COULDNT_CONNECT:
		return HTTP_NO_CONNECTION;
	case CURLE_SSL_CONNECT_ERROR:
		return HTTP_NO_TLS;
	case CURLE_GOT_NOTHING:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_UNSUPPORTED_PROTOCOL: /* a reply without a status line */
		return HTTP_NO_HTTP;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return HTTP_UNTRUSTED;
	case CURLE_OPERATION_TIMEDOUT:
		return HTTP_STALLED;
	default:
		return HTTP_BROKEN;
	}
}

/* Hands the ended exchanges back. Their callbacks may start new ones. */
static void reap(struct http *h)
{
	int left;
	for (CURLMsg *m; (m = curl_multi_info_read(h->multi, &left)) != NULL;) {
		struct http_exchange *x = NULL;
		CURLcode code = m->data.result;
		if (m->msg != CURLMSG_DONE ||
		    curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x) != CURLE_OK)
			continue;
		struct http_result r = {
			.end = end_of(code),
			.status = http_status(x),
			.text = x->text[0] != '\0' ? x->text : curl_easy_strerror(code),
		};
		if (x->head > HTTP_HEAD_BYTES) {
			r.end = HTTP_BROKEN;
			r.text = "too many header lines";
		}
		(void)curl_multi_remove_handle(h->multi, x->easy);
		x->on_done(x->ctx, x, &r);
		exchange_free(x);
	}
}

static void stall_begin(struct http_exchange *x)
{
	x->mark = x->received;
	x->stall.at = clock_monotonic_ns() + (uint64_t)x->http->stall_seconds * 1000000000;
}

/* libcurl's own check takes an average over seconds, and a byte now and then
 * would satisfy it for ever. */
static void stall_fired(struct loop_timer *t)
{
	struct http_exchange *x =
		(struct http_exchange *)((char *)t - offsetof(struct http_exchange, stall));
	if (x->paused || x->received >= x->mark + HTTP_STALL_BYTES) {
		stall_begin(x);
		return;
	}
	struct http_result r = {
		.end = HTTP_STALLED,
		.status = http_status(x),
		.text = "too few bytes for too long",
	};
	(void)curl_multi_remove_handle(x->http->multi, x->easy);
	x->on_done(x->ctx, x, &r);
	exchange_free(x);
}

static void socket_ready(struct loop_watch *w, uint32_t events)
{
	struct http *h = ((struct http_socket *)w)->http;
	int running, mask = 0;
	if ((events & EPOLLIN) != 0)
		mask |= CURL_CSELECT_IN;
	if ((events & EPOLLOUT) != 0)
		mask |= CURL_CSELECT_OUT;
	if ((events & (EPOLLERR | EPOLLHUP)) != 0)
		mask |= CURL_CSELECT_ERR;
	(void)curl_multi_socket_action(h->multi, w->fd, mask, &running);
	reap(h);
}

static void timer_fired(struct loop_timer *t)
{
	struct http *h = (struct http *)((char *)t - offsetof(struct http, timer));
	int running;
	(void)curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	reap(h);
}

static int timer_set(CURLM *multi, long ms, void *ctx)
{
	struct http *h = ctx;
	(void)multi;
	h->timer.at = ms < 0 ? 0 : clock_monotonic_ns() + (uint64_t)ms * 1000000;
	return 0;
}

static int socket_add(struct http *h, curl_socket_t fd, uint32_t events)
{
	struct http_socket *s = malloc(sizeof *s);
	if (s == NULL)
		return -1;
	*s = (struct http_socket){ .watch = { .fd = fd, .ready = socket_ready }, .http = h };
	if (loop_watch(h->loop, &s->watch, events, NULL) < 0) {
		free(s);
		return -1;
	}
	(void)curl_multi_assign(h->multi, fd, s);
	return 0;
}

static int socket_set(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket)
{
	struct http *h = ctx;
	struct http_socket *s = socket;
	uint32_t events = 0;
	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (s != NULL)
			loop_unwatch(h->loop, &s->watch);
		free(s);
		return 0;
	}
	if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
		events |= EPOLLIN;
	if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
		events |= EPOLLOUT;
	if (s == NULL)
		return socket_add(h, fd, events);
	loop_change(h->loop, &s->watch, events);
	return 0;
}

/* --- the client --- */

static char *copy(struct bytes b)
{
	return b.n == 0 ? NULL : strndup((const char *)b.p, b.n);
}

static int multi_open(struct http *h, struct error *err)
{
	h->multi = curl_multi_init();
	if (h->multi == NULL)
		return error_set(err, ERR_MEMORY, "no memory for libcurl");
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, socket_set);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, timer_set);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	/* A connection a transfer: on a shared HTTP/2 connection one slow reader
	 * would hold up the others. */
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	return 0;
}

int http_open(struct loop *l, const struct http_settings *s, struct http **ret, struct error *err)
{
	struct http *h = calloc(1, sizeof *h);
	if (h == NULL)
		return error_set(err, ERR_MEMORY, "no memory for HTTP");
	h->loop = l;
	h->timer.fire = timer_fired;
	loop_timer_add(l, &h->timer);
	h->insecure_tls = s->insecure_tls;
	h->stall_seconds = s->stall_seconds;
	h->http_proxy = copy(s->http_proxy);
	h->https_proxy = copy(s->https_proxy);
	h->no_proxy = copy(s->no_proxy);
	h->ca_pem = buf_max(s->ca_pem.n);
	if (buf_append(&h->ca_pem, s->ca_pem.p, s->ca_pem.n, err) < 0 || multi_open(h, err) < 0) {
		http_close(h);
		return -1;
	}
	*ret = h;
	return 0;
}

static void free_wiped(char *s)
{
	if (s != NULL)
		OPENSSL_cleanse(s, strlen(s)); /* a proxy's address may hold a password */
	free(s);
}

void http_close(struct http *h)
{
	if (h == NULL)
		return;
	if (h->multi != NULL)
		(void)curl_multi_cleanup(h->multi);
	loop_timer_remove(h->loop, &h->timer);
	X509_STORE_free(h->trusted);
	buf_free(&h->ca_pem);
	free_wiped(h->http_proxy);
	free_wiped(h->https_proxy);
	free(h->no_proxy);
	free(h);
}

/* --- one exchange --- */

static size_t body_arrived(char *p, size_t size, size_t count, void *ctx)
{
	struct http_exchange *x = ctx;
	switch (x->on_data(x->ctx, x, bytes_of(p, size * count))) {
	case HTTP_TAKEN:
		x->received += size * count;
		return size * count;
	case HTTP_PAUSE:
		x->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	default:
		return CURL_WRITEFUNC_ERROR;
	}
}

/* libcurl keeps every header line; how many there are is the server's choice. */
static size_t head_arrived(char *p, size_t size, size_t count, void *ctx)
{
	struct http_exchange *x = ctx;
	(void)p;
	x->head += size * count;
	return x->head > HTTP_HEAD_BYTES ? CURL_WRITEFUNC_ERROR : size * count;
}

/* Parsing a system's certificates takes 30 ms: once, and only when needed. */
static CURLcode trust(CURL *easy, void *ssl_ctx, void *ctx)
{
	struct http_exchange *x = ctx;
	struct http *h = x->http;
	(void)easy;
	if (h->insecure_tls)
		return x->identity == NULL || identity_use(x->identity, NULL, ssl_ctx)
			       ? CURLE_OK
			       : CURLE_SSL_CERTPROBLEM;
	if (h->trusted == NULL && tls_store(buf_view(&h->ca_pem), &h->trusted, NULL) < 0)
		return CURLE_SSL_CACERT_BADFILE;
	buf_free(&h->ca_pem);
	SSL_CTX_set1_cert_store(ssl_ctx, h->trusted);
	if (x->identity != NULL && !identity_use(x->identity, h->trusted, ssl_ctx))
		return CURLE_SSL_CERTPROBLEM;
	return CURLE_OK;
}

static void set_tls(struct http_exchange *x)
{
	const struct http *h = x->http;
	CURL *e = x->easy;
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, h->insecure_tls ? 0L : 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, h->insecure_tls ? 0L : 2L);
	/* Not libcurl's default files: this process may not read any. */
	curl_easy_setopt(e, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION, trust);
	curl_easy_setopt(e, CURLOPT_SSL_CTX_DATA, x);
}

static void set_proxy(struct http *h, CURL *e, const struct http_call *call)
{
	bool tls = strncmp(call->url, "https:", 6) == 0;
	const char *proxy = tls ? h->https_proxy : h->http_proxy;
	/* "" also keeps libcurl from looking into the environment. */
	curl_easy_setopt(e, CURLOPT_PROXY, call->direct || proxy == NULL ? "" : proxy);
	curl_easy_setopt(e, CURLOPT_NOPROXY, h->no_proxy != NULL ? h->no_proxy : "");
}

static void set_times(CURL *e, const struct http_call *call)
{
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, (long)HTTP_CONNECT_SECONDS);
	curl_easy_setopt(e, CURLOPT_TIMEOUT, (long)call->seconds);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
}

static bool add_header(struct http_exchange *x, const char *name, const char *value)
{
	cleanup_buf struct buf line = buf_max(128 * KIB);
	if (value == NULL)
		return true;
	if (buf_printf(&line, NULL, "%s: %s", name, value) < 0)
		return false;
	const char *text = buf_cstr(&line, NULL);
	struct curl_slist *list = text == NULL ? NULL : curl_slist_append(x->headers, text);
	OPENSSL_cleanse(line.p, line.cap);
	if (list != NULL)
		x->headers = list;
	return list != NULL;
}

/* An ETag is a quoted string, perhaps behind "W/"; else it is a date (RFC 9110
 * sections 8.8.3, 13.1.2, 13.1.3). */
static bool add_condition(struct http_exchange *x, const char *validator)
{
	if (validator == NULL)
		return true;
	for (const char *p = validator; *p != '\0'; p++)
		if (*p < ' ' || *p >= 0x7f)
			return true; /* no header's value: without condition, then */
	bool is_tag = validator[0] == '"' || strncmp(validator, "W/\"", 3) == 0;
	return add_header(x, is_tag ? "If-None-Match" : "If-Modified-Since", validator);
}

static bool set_request(struct http_exchange *x, const struct http_call *call)
{
	char range[32];
	(void)snprintf(range, sizeof range, "bytes=%llu-", (unsigned long long)call->from);
	if (!add_header(x, "Authorization", call->authorization) ||
	    !add_header(x, "Accept", call->accept) || !add_condition(x, call->unless) ||
	    !add_header(x, "Range", call->from > 0 ? range : NULL) ||
	    !add_header(x, "If-Range", call->from > 0 ? call->if_range : NULL))
		return false;
	if (call->form != NULL) {
		x->form = strdup(call->form);
		if (x->form == NULL)
			return false;
		curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS, x->form);
	}
	curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
	return curl_easy_setopt(x->easy, CURLOPT_URL, call->url) == CURLE_OK;
}

static void set_common(struct http_exchange *x)
{
	CURL *e = x->easy;
	curl_easy_setopt(e, CURLOPT_PRIVATE, x);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, body_arrived);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, x);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, head_arrived);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, x->text);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, (long)HTTP_BUFFER);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "corten/" CORTEN_VERSION);
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	curl_easy_setopt(e, CURLOPT_FILETIME, 1L);
}

int http_start(struct http *h, const struct http_call *call, struct http_exchange **ret,
	       struct error *err)
{
	struct http_exchange *x = calloc(1, sizeof *x);
	if (x == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a transfer");
	x->http = h;
	x->on_data = call->on_data;
	x->on_done = call->on_done;
	x->ctx = call->ctx;
	x->identity = call->identity;
	x->stall.fire = stall_fired;
	loop_timer_add(h->loop, &x->stall);
	stall_begin(x);
	x->easy = curl_easy_init();
	bool ok = x->easy != NULL && set_request(x, call);
	if (ok) {
		set_common(x);
		set_tls(x);
		set_proxy(h, x->easy, call);
		set_times(x->easy, call);
		ok = curl_multi_add_handle(h->multi, x->easy) == CURLM_OK;
	}
	if (!ok) {
		exchange_free(x);
		return error_set(err, ERR_MEMORY, "no memory for a transfer");
	}
	*ret = x;
	return 0;
}

void http_resume(struct http_exchange *x)
{
	x->paused = false;
	stall_begin(x);
	(void)curl_easy_pause(x->easy, CURLPAUSE_CONT);
}

void http_cancel(struct http_exchange *x)
{
	exchange_free(x);
}

/* --- what came back --- */

unsigned http_status(struct http_exchange *x)
{
	long status = 0;
	(void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
	return status < 0 || status > 999 ? 0 : (unsigned)status;
}

const char *http_header(struct http_exchange *x, const char *name, size_t i)
{
	struct curl_header *h;
	if (curl_easy_header(x->easy, name, i, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return NULL;
	return h->value;
}

static uint64_t get_number(struct http_exchange *x, CURLINFO what, uint64_t unknown)
{
	curl_off_t n = -1;
	if (curl_easy_getinfo(x->easy, what, &n) != CURLE_OK || n < 0)
		return unknown;
	return (uint64_t)n;
}

uint64_t http_content_length(struct http_exchange *x)
{
	return get_number(x, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, UINT64_MAX);
}

int64_t http_last_modified(struct http_exchange *x)
{
	return (int64_t)get_number(x, CURLINFO_FILETIME_T, 0);
}

uint64_t http_retry_after(struct http_exchange *x)
{
	return get_number(x, CURLINFO_RETRY_AFTER, 0);
}

const char *http_redirect(struct http_exchange *x)
{
	char *url = NULL;
	if (curl_easy_getinfo(x->easy, CURLINFO_REDIRECT_URL, &url) != CURLE_OK)
		return NULL;
	return url;
}
