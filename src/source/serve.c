#include "source/serve.h"

#include <stdio.h>

#include <openssl/crypto.h>

#include "ipc/ipc.h"
#include "source/ask.h"
#include "source/request.h"
#include "source/retry.h"

struct server {
	struct fetcher f;
	struct asker asker;
	struct loop_watch watch; /* on the client's messages */
	struct channel channel;
	int descriptors;
	bool ended; /* the client has closed its end */
	struct error error; /* it talked nonsense, or does not listen */
};

static struct server *server_of(struct fetcher *f)
{
	return (struct server *)((char *)f - offsetof(struct server, f));
}

/* --- to the client --- */

static void send_message(struct server *s, struct msg *m)
{
	if (s->error.code != ERR_NONE)
		return;
	if (channel_put(&s->channel, m, &s->error) == 0)
		(void)channel_flush(&s->channel, &s->error);
}

static void send_head(struct fetcher *f, const struct request *r, uint64_t total)
{
	cleanup_msg struct msg m = { 0 };
	msg_begin(&m, FETCH_HEAD);
	msg_put_u64(&m, r->id);
	msg_put_u64(&m, total);
	send_message(server_of(f), &m);
}

/* How a transfer ended, and what a server said of its content. */
struct outcome {
	uint64_t id;
	const struct error *result;
	const char *media_type;
	int64_t modified;
	bool unchanged;
	const char *validator;
};

static void send_outcome(struct server *s, const struct outcome *o)
{
	cleanup_msg struct msg m = { 0 };
	msg_begin(&m, FETCH_DONE);
	msg_put_u64(&m, o->id);
	msg_put_u32(&m, (uint32_t)o->result->code);
	msg_put_u32(&m, (uint32_t)o->result->os);
	msg_put_str(&m, o->result->text);
	msg_put_str(&m, o->media_type);
	msg_put_u64(&m, (uint64_t)o->modified);
	msg_put_u32(&m, o->unchanged);
	msg_put_str(&m, o->validator);
	send_message(s, &m);
}

static void send_done(struct fetcher *f, const struct request *r)
{
	send_outcome(server_of(f), &(struct outcome){ r->id, &r->result, r->media_type, r->modified,
						      r->unchanged, r->validator });
}

static void ask_done(struct asker *a, uint64_t id, const struct error *result)
{
	send_outcome(server_of(a->f), &(struct outcome){ id, result, "", 0, false, "" });
}

/* --- from the client --- */

static int append_descriptor(int descriptors, struct buf *out, struct error *err)
{
	int fd = -1;
	if (fd_receive(descriptors, &fd, err) < 0)
		return -1;
	int r = fd_read_all(fd, out, err);
	(void)close(fd);
	/* Files need not end in a line end; what is put together must. */
	return r < 0 ? -1 : buf_append(out, "\n", 1, err);
}

static int open_http(struct server *s, struct http_settings *settings, uint32_t certificates,
		     struct error *err)
{
	cleanup_buf struct buf pem = buf_max(FETCH_CA_MAX);
	if (certificates > 4)
		return error_set(err, ERR_PROTOCOL, "too many files of certificates");
	for (uint32_t i = 0; i < certificates; i++)
		if (append_descriptor(s->descriptors, &pem, err) < 0)
			return -1;
	settings->ca_pem = buf_view(&pem);
	/* Bad certificates are an answer to every request, not our end. */
	(void)http_open(&s->f.loop, settings, &s->f.http, &s->f.broken);
	return 0;
}

static int on_setup(struct server *s, struct msg_reader *m, struct error *err)
{
	struct http_settings settings = { 0 };
	uint32_t flags = msg_get_u32(m);
	uint32_t stall = msg_get_u32(m);
	uint32_t attempts = msg_get_u32(m);
	uint32_t certificates = msg_get_u32(m);
	settings.http_proxy = msg_get_bytes(m);
	settings.https_proxy = msg_get_bytes(m);
	settings.no_proxy = msg_get_bytes(m);
	if (msg_finish(m, err) < 0)
		return -1;
	if (s->f.http != NULL)
		return error_set(err, ERR_PROTOCOL, "set up twice");
	s->f.plain_http = (flags & FETCH_PLAIN_HTTP) != 0;
	s->f.attempts = attempts > 0 ? attempts : RETRY_ATTEMPTS;
	settings.insecure_tls = (flags & FETCH_INSECURE_TLS) != 0;
	settings.stall_seconds = stall > 0 ? stall : FETCH_STALL_SECONDS;
	return open_http(s, &settings, certificates, err);
}

static struct registry *find_registry(struct server *s, struct bytes host)
{
	for (struct registry *r = s->f.registries; r != NULL; r = r->next)
		if (bytes_equal(host, bytes_str(r->host)))
			return r;
	return NULL;
}

/* Bad certificates are an answer to every request to that registry, not our end. */
static int read_identity(struct server *s, struct registry *r, uint32_t authorities, uint32_t pair,
			 struct error *err)
{
	cleanup_buf struct buf trusted = buf_max(FETCH_CA_MAX), certificate = buf_max(FETCH_CA_MAX);
	cleanup_secret_buf struct buf key = buf_max(SECRET_MAX);
	if (authorities > 8 || (pair != 0 && pair != 2))
		return error_set(err, ERR_PROTOCOL, "too many files of certificates");
	for (uint32_t i = 0; i < authorities; i++)
		if (append_descriptor(s->descriptors, &trusted, err) < 0)
			return -1;
	if (pair == 2 && (append_descriptor(s->descriptors, &certificate, err) < 0 ||
			  append_descriptor(s->descriptors, &key, err) < 0))
		return -1;
	if (authorities + pair > 0)
		(void)identity_new(buf_view(&trusted), buf_view(&certificate), buf_view(&key),
				   &r->identity, &r->broken);
	return 0;
}

static int on_registry(struct server *s, struct msg_reader *m, struct error *err)
{
	char name[sizeof((struct registry *)0)->host];
	struct bytes host = msg_get_bytes(m);
	struct bytes parts[4];
	for (size_t i = 0; i < 4; i++)
		parts[i] = msg_get_bytes(m);
	uint32_t authorities = msg_get_u32(m);
	uint32_t pair = msg_get_u32(m);
	if (msg_finish(m, err) < 0)
		return -1;
	if (host.n == 0 || host.n >= sizeof name || find_registry(s, host) != NULL)
		return error_set(err, ERR_PROTOCOL, "not a new registry");
	(void)snprintf(name, sizeof name, "%.*s", (int)host.n, (const char *)host.p);
	cleanup_credential struct credential c = {
		.username = secret_dup(parts[0]),
		.password = secret_dup(parts[1]),
		.identity_token = secret_dup(parts[2]),
		.registry_token = secret_dup(parts[3]),
	};
	/* The message was ours alone; its bytes go now. */
	OPENSSL_cleanse((uint8_t *)m->c.data.p, m->c.data.n);
	struct registry *r = registry_new(name, &c);
	if (r == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a registry");
	r->next = s->f.registries;
	s->f.registries = r;
	return read_identity(s, r, authorities, pair, err);
}

/* Fills the request from the message; the strings are the request's. */
static int read_get(struct server *s, struct msg_reader *m, struct request *r, struct error *err)
{
	r->id = msg_get_u64(m);
	r->kind = (enum fetch_kind)msg_get_u32(m);
	struct bytes host = msg_get_bytes(m);
	struct bytes repository = msg_get_bytes(m);
	struct bytes target = msg_get_bytes(m);
	r->size = msg_get_u64(m);
	r->max = msg_get_u64(m);
	if (msg_finish(m, err) < 0)
		return -1;
	if (r->kind != FETCH_MANIFEST && r->kind != FETCH_BLOB && r->kind != FETCH_URL)
		return error_set(err, ERR_PROTOCOL, "request of an unknown kind");
	r->registry = r->kind == FETCH_URL ? NULL : find_registry(s, host);
	if (r->registry == NULL && r->kind != FETCH_URL)
		return error_set(err, ERR_PROTOCOL, "request for an unknown registry");
	if (s->f.http == NULL && s->f.broken.code == ERR_NONE)
		return error_set(err, ERR_PROTOCOL, "request before set-up");
	r->has_digest = digest_parse(target, &r->digest);
	r->repository = strndup((const char *)repository.p, repository.n);
	r->target = strndup((const char *)target.p, target.n);
	return 0;
}

static char *copy_text(struct bytes b)
{
	return strndup((const char *)b.p, b.n);
}

/* A question to a runtime; kind and id were read already. */
static int read_ask(struct msg_reader *m, struct ask_wish *w, struct error *err)
{
	struct bytes host = msg_get_bytes(m);
	struct bytes space = msg_get_bytes(m);
	struct bytes target = msg_get_bytes(m);
	w->size = msg_get_u64(m);
	w->max = msg_get_u64(m);
	if (msg_finish(m, err) < 0)
		return -1;
	if (host.n > 0)
		return error_set(err, ERR_PROTOCOL, "a runtime has no host");
	w->space = copy_text(space);
	w->target = copy_text(target);
	if (w->space == NULL || w->target == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a question");
	return 0;
}

static int on_ask(struct server *s, struct msg_reader *m, int pipe, struct error *err)
{
	struct ask_wish w = { .fd = -1 };
	w.id = msg_get_u64(m);
	w.kind = (enum fetch_kind)msg_get_u32(m);
	if (fd_receive(s->descriptors, &w.fd, err) == 0 && read_ask(m, &w, err) == 0)
		return ask_start(&s->asker, &w, pipe, err);
	free(w.space);
	free(w.target);
	if (w.fd >= 0)
		(void)close(w.fd);
	(void)close(pipe);
	return -1;
}

/* The kind stands behind the id; nothing is taken from the message. */
static bool is_ask(const struct msg_reader *m)
{
	struct msg_reader ahead = *m;
	(void)msg_get_u64(&ahead);
	return ask_is_kind(msg_get_u32(&ahead));
}

static int on_get(struct server *s, struct msg_reader *m, struct error *err)
{
	struct request wanted = { 0 };
	int pipe = -1;
	if (fd_receive(s->descriptors, &pipe, err) < 0)
		return -1;
	if (is_ask(m))
		return on_ask(s, m, pipe, err);
	if (read_get(s, m, &wanted, err) == 0) {
		if (wanted.repository != NULL && wanted.target != NULL)
			return request_start(&s->f, &wanted, pipe, err);
		error_set(err, ERR_MEMORY, "no memory for a request");
	}
	free(wanted.repository);
	free(wanted.target);
	(void)close(pipe);
	return -1;
}

static int on_message(struct server *s, struct msg_reader *m, struct error *err)
{
	switch (m->type) {
	case FETCH_SETUP:
		return on_setup(s, m, err);
	case FETCH_REGISTRY:
		return on_registry(s, m, err);
	case FETCH_GET:
		return on_get(s, m, err);
	default:
		return error_set(err, ERR_PROTOCOL, "message of unknown type %u", m->type);
	}
}

static void client_ready(struct loop_watch *w, uint32_t events)
{
	struct server *s = (struct server *)((char *)w - offsetof(struct server, watch));
	struct msg_reader m;
	(void)events;
	int more = channel_pump(&s->channel, &s->error);
	s->ended = more == 0;
	while (more > 0 && channel_next(&s->channel, &m, &s->error) > 0)
		if (on_message(s, &m, &s->error) < 0)
			return;
}

/* --- the whole --- */

static void server_close(struct server *s)
{
	ask_free_all(&s->asker);
	while (s->f.requests != NULL) {
		struct request *r = s->f.requests;
		s->f.requests = r->next;
		request_free(r);
	}
	http_close(s->f.http);
	while (s->f.registries != NULL) {
		struct registry *r = s->f.registries;
		s->f.registries = r->next;
		registry_free(r);
	}
	channel_free(&s->channel);
	loop_close(&s->f.loop);
}

int fetch_serve(int messages, int descriptors, struct error *err)
{
	struct server s = {
		.f = { .head = send_head, .done = send_done, .attempts = RETRY_ATTEMPTS },
		.watch = { .fd = messages, .ready = client_ready },
		.descriptors = descriptors,
		.asker = { .done = ask_done },
	};
	s.asker.f = &s.f;
	if (loop_init(&s.f.loop, err) < 0)
		return -1;
	channel_init(&s.channel, messages);
	int r = loop_watch(&s.f.loop, &s.watch, EPOLLIN, err);
	while (r == 0 && !s.ended && s.error.code == ERR_NONE)
		r = loop_once(&s.f.loop, err);
	if (r == 0 && s.error.code != ERR_NONE) {
		*err = s.error;
		r = -1;
	}
	server_close(&s);
	return r;
}
