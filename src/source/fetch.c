#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#include <openssl/crypto.h>

#include "source/ca_files.h"
#include "source/certs_d.h"
#include "source/credentials.h"
#include "source/fetch_internal.h"

/* --- starting and stopping --- */

/* Descriptors go first: they wait in the other socket. */
static int send_certificates(struct fetch *f, const char *ca_file, uint32_t *ret_count,
			     struct error *err)
{
	cleanup_close int system = ca_open_system();
	cleanup_close int own = -1;
	*ret_count = 0;
	if (system >= 0 && fd_send(f->descriptors, system, err) < 0)
		return -1;
	*ret_count += system >= 0;
	if (ca_file == NULL)
		return 0;
	own = ca_open_file(ca_file, err);
	if (own < 0)
		return -1;
	*ret_count += 1;
	return fd_send(f->descriptors, own, err);
}

static const char *environment(const char *lower, const char *upper)
{
	const char *value = getenv(lower);
	if (value == NULL && upper != NULL)
		value = getenv(upper);
	return value;
}

/* Writes a message that holds secrets, and leaves no copy behind. */
static int send_secret(struct fetch *f, struct msg *m, struct error *err)
{
	cleanup_secret_buf struct buf frame = buf_max(LIMIT_FRAME_BYTES + 64);
	int r = channel_flush(&f->channel, err);
	if (r == 0 && !m->failed)
		r = buf_reserve(&frame, m->payload.n + 64, err);
	if (r == 0)
		r = frame_encode(m, &frame, err);
	if (r == 0 && fd_write_full(f->messages, frame.p, frame.n) < 0)
		r = error_errno(err, "cannot write to corten-fetch");
	secret_buf_free(&m->payload);
	return r;
}

static int send_setup(struct fetch *f, const struct fetch_options *o, struct error *err)
{
	cleanup_msg struct msg m = { 0 };
	uint32_t certificates;
	uint32_t flags = (o->plain_http ? FETCH_PLAIN_HTTP : 0u) |
			 (o->insecure_tls ? FETCH_INSECURE_TLS : 0u);
	if (send_certificates(f, o->ca_file, &certificates, err) < 0)
		return -1;
	msg_begin(&m, FETCH_SETUP);
	if (buf_reserve(&m.payload, 64 * KIB, err) < 0)
		return -1;
	msg_put_u32(&m, flags);
	msg_put_u32(&m, o->stall_seconds);
	msg_put_u32(&m, o->attempts);
	msg_put_u32(&m, certificates);
	/* Never $HTTP_PROXY: in a CGI program it is a header of the request. */
	msg_put_str(&m, environment("http_proxy", NULL));
	msg_put_str(&m, environment("https_proxy", "HTTPS_PROXY"));
	msg_put_str(&m, environment("no_proxy", "NO_PROXY"));
	return send_secret(f, &m, err);
}

static int start_child(struct fetch *f, struct error *err)
{
	int messages[2], descriptors[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, messages) < 0)
		return error_errno(err, "socketpair");
	cleanup_close int theirs = messages[1];
	f->messages = messages[0];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, descriptors) < 0)
		return error_errno(err, "socketpair");
	cleanup_close int their_descriptors = descriptors[1];
	f->descriptors = descriptors[0];
	channel_init(&f->channel, f->messages);
	const struct child_fd fds[] = {
		{ theirs, FETCH_MESSAGES_FD },
		{ their_descriptors, FETCH_DESCRIPTORS_FD },
	};
	return child_start("corten-fetch", NULL, fds, sizeof fds / sizeof fds[0], &f->child, err);
}

int fetch_start(const struct fetch_options *o, struct fetch **ret, struct error *err)
{
	static const struct fetch_options defaults;
	if (o == NULL)
		o = &defaults;
	struct fetch *f = calloc(1, sizeof *f);
	if (f == NULL)
		return error_set(err, ERR_MEMORY, "no memory for corten-fetch");
	f->messages = f->descriptors = -1;
	f->username = secret_dup(bytes_str(o->username));
	f->password = secret_dup(bytes_str(o->password));
	if (start_child(f, err) < 0 || send_setup(f, o, err) < 0) {
		fetch_stop(f);
		return -1;
	}
	*ret = f;
	return 0;
}

/* Who made another stream of this one knows better why it ended. */
static int end_finisher(struct transfer *t, struct error *err)
{
	int (*finish)(void *ctx, struct error *err) = t->finish;
	t->finish = NULL;
	return finish == NULL ? 0 : finish(t->finish_ctx, err);
}

void fetch_stop(struct fetch *f)
{
	struct error ignored = { 0 };
	if (f == NULL)
		return;
	child_kill(&f->child);
	for (size_t i = 0; i < FETCH_OPEN_MAX; i++)
		(void)end_finisher(&f->transfers[i], &ignored);
	channel_free(&f->channel);
	if (f->messages >= 0)
		(void)close(f->messages);
	if (f->descriptors >= 0)
		(void)close(f->descriptors);
	while (f->hosts != NULL) {
		struct known_host *h = f->hosts;
		f->hosts = h->next;
		free(h);
	}
	secret_free(f->username);
	secret_free(f->password);
	free(f);
}

/* --- what corten-fetch says --- */

/* corten-fetch parses hostile bytes: nothing that it says is believed beyond
 * its form, and its words go to terminals. */
static void take_text(struct bytes text, char *out, size_t size)
{
	cleanup_buf struct buf clean = buf_max((size_t)8 * ERROR_TEXT_MAX);
	out[0] = '\0';
	if (text_escape(&clean, bytes_sub(text, 0, ERROR_TEXT_MAX), NULL) == 0)
		(void)snprintf(out, size, "%.*s", (int)clean.n, (const char *)clean.p);
}

struct transfer *fetch_find(struct fetch *f, uint64_t id)
{
	for (size_t i = 0; id != 0 && i < FETCH_OPEN_MAX; i++)
		if (f->transfers[i].id == id)
			return &f->transfers[i];
	return NULL;
}

static int on_done(struct fetch *f, struct msg_reader *m, struct error *err)
{
	struct transfer *t = fetch_find(f, msg_get_u64(m));
	uint32_t code = msg_get_u32(m);
	uint32_t os = msg_get_u32(m);
	struct bytes text = msg_get_bytes(m);
	struct bytes media_type = msg_get_bytes(m);
	uint64_t modified = msg_get_u64(m);
	uint32_t unchanged = msg_get_u32(m);
	struct bytes validator = msg_get_bytes(m);
	if (msg_finish(m, err) < 0)
		return -1;
	if (t == NULL || t->done || code >= ERR_CODES)
		return error_set(err, ERR_PROTOCOL, "a result for nothing that was asked");
	t->done = true;
	t->result.code = (enum error_code)code;
	t->result.os = (int)(os & 0xfff);
	t->modified = modified > INT64_MAX ? 0 : (int64_t)modified;
	t->unchanged = unchanged != 0;
	take_text(validator, t->validator, sizeof t->validator);
	take_text(text, t->result.text, sizeof t->result.text);
	take_text(media_type, t->media_type, sizeof t->media_type);
	return 0;
}

static int on_head(struct fetch *f, struct msg_reader *m, struct error *err)
{
	struct transfer *t = fetch_find(f, msg_get_u64(m));
	uint64_t total = msg_get_u64(m);
	if (msg_finish(m, err) < 0)
		return -1;
	if (t != NULL)
		t->total = total;
	return 0;
}

static int on_message(struct fetch *f, struct msg_reader *m, struct error *err)
{
	int r;
	if (m->type == FETCH_DONE)
		r = on_done(f, m, err);
	else if (m->type == FETCH_HEAD)
		r = on_head(f, m, err);
	else
		r = error_set(err, ERR_PROTOCOL, "message of unknown type %u", m->type);
	return r < 0 ? error_wrap(err, "corten-fetch") : 0;
}

static int child_ended(struct fetch *f, struct error *err)
{
	int status;
	char text[128] = "closed its end";
	if (f->child.pid != 0 && child_wait(&f->child, 2000, &status, NULL) > 0)
		child_status_text(status, text, sizeof text);
	return error_set(err, ERR_WORKER_DIED, "corten-fetch %s", text);
}

int fetch_take_messages(struct fetch *f, struct error *err)
{
	struct msg_reader m;
	int got;
	int more = channel_pump(&f->channel, err);
	if (more == 0)
		return child_ended(f, err);
	if (more < 0)
		return error_wrap(err, "corten-fetch");
	while ((got = channel_next(&f->channel, &m, err)) > 0)
		if (on_message(f, &m, err) < 0)
			return -1;
	return got < 0 ? error_wrap(err, "corten-fetch") : 0;
}

/* --- asking --- */

static struct known_host *find_host(const struct fetch *f, const char *host)
{
	for (struct known_host *h = f->hosts; h != NULL; h = h->next)
		if (strcmp(h->host, host) == 0)
			return h;
	return NULL;
}

/* The command line's user goes before Docker's configuration. Trouble there is
 * only told when the registry turns us away: it may serve strangers. */
static void find_credential(const struct fetch *f, struct known_host *h, struct credential *ret)
{
	if (f->username == NULL) {
		(void)credentials_find(h->host, ret, &h->credentials);
		return;
	}
	ret->username = secret_dup(bytes_str(f->username));
	ret->password = secret_dup(bytes_str(f->password));
}

static int send_certs(struct fetch *f, const struct certs_d *certs, struct error *err)
{
	for (size_t i = 0; i < certs->authority_count; i++)
		if (fd_send(f->descriptors, certs->authorities[i], err) < 0)
			return -1;
	if (certs->key < 0)
		return 0;
	if (fd_send(f->descriptors, certs->certificate, err) < 0)
		return -1;
	return fd_send(f->descriptors, certs->key, err);
}

static int send_registry(struct fetch *f, const char *host, const struct credential *c,
			 const struct certs_d *certs, struct error *err)
{
	cleanup_msg struct msg m = { 0 };
	if (send_certs(f, certs, err) < 0)
		return -1;
	msg_begin(&m, FETCH_REGISTRY);
	if (buf_reserve(&m.payload, 5 * SECRET_MAX, err) < 0)
		return -1;
	msg_put_str(&m, host);
	msg_put_str(&m, c->username);
	msg_put_str(&m, c->password);
	msg_put_str(&m, c->identity_token);
	msg_put_str(&m, c->registry_token);
	msg_put_u32(&m, (uint32_t)certs->authority_count);
	msg_put_u32(&m, certs->key < 0 ? 0 : 2);
	return send_secret(f, &m, err);
}

static int introduce_host(struct fetch *f, const char *host, struct error *err)
{
	if (find_host(f, host) != NULL)
		return 0;
	struct certs_d certs;
	if (certs_d_open(host, &certs, err) < 0)
		return -1;
	struct known_host *h = calloc(1, sizeof *h);
	if (h == NULL) {
		certs_d_close(&certs);
		return error_set(err, ERR_MEMORY, "no memory for a registry");
	}
	cleanup_credential struct credential c = { 0 };
	(void)snprintf(h->host, sizeof h->host, "%s", host);
	find_credential(f, h, &c);
	h->next = f->hosts;
	f->hosts = h;
	int r = send_registry(f, host, &c, &certs, err);
	certs_d_close(&certs);
	return r;
}

static struct transfer *new_transfer(struct fetch *f, const char *host)
{
	for (size_t i = 0; i < FETCH_OPEN_MAX; i++) {
		struct transfer *t = &f->transfers[i];
		if (t->id != 0)
			continue;
		*t = (struct transfer){ .id = ++f->last_id, .total = FETCH_SIZE_UNKNOWN };
		(void)snprintf(t->host, sizeof t->host, "%s", host);
		return t;
	}
	return NULL;
}

static int send_get(struct fetch *f, const struct wish *w, uint64_t id, int pipe, struct error *err)
{
	cleanup_msg struct msg m = { 0 };
	if (fd_send(f->descriptors, pipe, err) < 0 ||
	    (w->has_fd && fd_send(f->descriptors, w->fd, err) < 0))
		return -1;
	msg_begin(&m, FETCH_GET);
	msg_put_u64(&m, id);
	msg_put_u32(&m, w->kind);
	msg_put_str(&m, w->host);
	msg_put_str(&m, w->repository);
	msg_put_str(&m, w->target);
	msg_put_u64(&m, w->size);
	msg_put_u64(&m, w->max);
	if (channel_put(&f->channel, &m, err) < 0)
		return -1;
	return channel_flush(&f->channel, err);
}

struct transfer *fetch_begin(struct fetch *f, const struct wish *w, int *ret_fd, struct error *err)
{
	int p[2] = { -1, -1 };
	if (w->host[0] != '\0' && introduce_host(f, w->host, err) < 0)
		return NULL;
	if (pipe2(p, O_CLOEXEC) < 0) {
		error_errno(err, "pipe");
		return NULL;
	}
	cleanup_close int in = p[0];
	cleanup_close int out = p[1];
	/* Fewer changes between the processes; the system may refuse it. */
	(void)fcntl(out, F_SETPIPE_SZ, FETCH_PIPE_BYTES);
	struct transfer *t = new_transfer(f, w->host);
	if (t == NULL) {
		error_set(err, ERR_LIMIT, "more than %d transfers at once", FETCH_OPEN_MAX);
		return NULL;
	}
	if (send_get(f, w, t->id, out, err) < 0) {
		t->id = 0;
		return NULL;
	}
	*ret_fd = fd_take(&in);
	return t;
}

/* --- getting --- */

/* Why there were no credentials is the reason behind a refusal. */
static void add_credential_trouble(const struct fetch *f, const struct transfer *t,
				   struct error *err)
{
	const struct known_host *h = find_host(f, t->host);
	size_t n = strlen(err->text);
	if (err->code == ERR_AUTH && h != NULL && h->credentials.code != ERR_NONE)
		(void)snprintf(err->text + n, sizeof err->text - n, " (%s)", h->credentials.text);
}

int fetch_end(struct fetch *f, struct transfer *t, struct error *err)
{
	struct error own = { 0 }, ignored = { 0 };
	int r = 0;
	if (end_finisher(t, &own) < 0) {
		while (!t->done && fetch_take_messages(f, &ignored) == 0)
			;
		t->id = 0;
		if (err != NULL)
			*err = own;
		return -1;
	}
	while (r == 0 && !t->done)
		r = fetch_take_messages(f, err);
	if (r == 0 && t->result.code != ERR_NONE) {
		if (err != NULL) {
			*err = t->result;
			add_credential_trouble(f, t, err);
		}
		r = -1;
	}
	t->id = 0;
	return r;
}

/* All of a small transfer into memory. The transfer's own error says more
 * than the pipe's. */
int fetch_read_whole(struct fetch *f, struct transfer *t, int fd, struct buf *ret,
		     struct error *err)
{
	struct error mine = { 0 };
	struct buf body = buf_max(ret->max);
	int r = fd_read_all(fd, &body, &mine);
	(void)close(fd);
	if (fetch_end(f, t, err) < 0 && (r == 0 || err == NULL || err->code != ERR_CANCELLED)) {
		buf_free(&body);
		return -1;
	}
	if (r < 0) {
		if (err != NULL)
			*err = mine;
		buf_free(&body);
		return -1;
	}
	buf_free(ret);
	*ret = body;
	return 0;
}

int fetch_manifest(struct fetch *f, const struct image_reference *ref, struct fetch_document *ret,
		   struct error *err)
{
	char digest[DIGEST_TEXT];
	int fd = -1;
	digest_text(&ref->digest, digest);
	struct wish w = {
		.kind = FETCH_MANIFEST,
		.host = ref->host,
		.repository = ref->repository,
		.target = ref->has_digest ? digest : ref->tag,
		.size = FETCH_SIZE_UNKNOWN,
		.max = ret->body.max < LIMIT_MANIFEST_BYTES ? ret->body.max : LIMIT_MANIFEST_BYTES,
	};
	struct transfer *t = fetch_begin(f, &w, &fd, err);
	if (t == NULL || fetch_read_whole(f, t, fd, &ret->body, err) < 0)
		return -1;
	sha256_of(buf_view(&ret->body), &ret->digest);
	if (ref->has_digest && !digest_equal(&ref->digest, &ret->digest))
		return error_set(err, ERR_DIGEST, "%s: the manifest is another one", ref->familiar);
	(void)snprintf(ret->media_type, sizeof ret->media_type, "%s", t->media_type);
	return 0;
}

static struct transfer *begin_blob(struct fetch *f, const struct image_reference *ref,
				   const struct digest *digest, uint64_t size, uint64_t max,
				   int *ret_fd, struct error *err)
{
	char text[DIGEST_TEXT];
	digest_text(digest, text);
	struct wish w = {
		.kind = FETCH_BLOB,
		.host = ref->host,
		.repository = ref->repository,
		.target = text,
		.size = size,
		.max = max,
	};
	return fetch_begin(f, &w, ret_fd, err);
}

int fetch_blob_open(struct fetch *f, const struct image_reference *ref, const struct digest *digest,
		    uint64_t size, int *ret_fd, uint64_t *ret_id, struct error *err)
{
	struct transfer *t = begin_blob(f, ref, digest, size, size, ret_fd, err);
	if (t == NULL)
		return -1;
	*ret_id = t->id;
	return 0;
}

int fetch_blob_result(struct fetch *f, uint64_t id, struct error *err)
{
	struct transfer *t = fetch_find(f, id);
	if (t == NULL)
		return error_set(err, ERR_INTERNAL, "no such transfer");
	return fetch_end(f, t, err);
}

int fetch_blob(struct fetch *f, const struct image_reference *ref, const struct digest *digest,
	       uint64_t max, struct buf *ret, struct error *err)
{
	struct digest got;
	int fd = -1;
	uint64_t most = max < ret->max ? max : ret->max;
	struct transfer *t = begin_blob(f, ref, digest, FETCH_SIZE_UNKNOWN, most, &fd, err);
	if (t == NULL || fetch_read_whole(f, t, fd, ret, err) < 0)
		return -1;
	sha256_of(buf_view(ret), &got);
	if (!digest_equal(digest, &got))
		return error_set(err, ERR_DIGEST, "%s: a blob is another one", ref->familiar);
	return 0;
}
