#include "source/ask.h"

#include <stdio.h>

#include "format/protobuf.h"
#include "source/get.h"
#include "source/grpc.h"
#include "source/runtime_reply.h"
#include "source/tar_split.h"

enum { SPLIT_TURN = 1024 * 1024 };

enum transport { OVER_HTTP, OVER_GRPC, FROM_FILE, FROM_SPLIT };

static const struct question {
	enum fetch_kind kind;
	enum transport transport;
	const char *path; /* %s: the target */
	runtime_reply_fn *reply; /* NULL: the reply is the content */
} questions[] = {
	{ FETCH_DOCKER_ARCHIVE, OVER_HTTP, "/images/%s/get", NULL },
	{ FETCH_DOCKER_IMAGES, OVER_HTTP, "/images/json", docker_images_reply },
	{ FETCH_DOCKER_CONTAINER, OVER_HTTP, "/containers/%s/json", docker_container_reply },
	{ FETCH_DOCKER_CONTAINERS, OVER_HTTP, "/containers/json", docker_containers_reply },
	{ FETCH_CONTAINERD_IMAGE, OVER_GRPC, "/containerd.services.images.v1.Images/Get",
	  containerd_image_reply },
	{ FETCH_CONTAINERD_IMAGES, OVER_GRPC, "/containerd.services.images.v1.Images/List",
	  containerd_images_reply },
	{ FETCH_CONTAINERD_BLOB, OVER_GRPC, "/containerd.services.content.v1.Content/Read", NULL },
	{ FETCH_CONTAINERD_CONTAINERS, OVER_GRPC,
	  "/containerd.services.containers.v1.Containers/List", containerd_containers_reply },
	{ FETCH_CONTAINERD_TASK, OVER_GRPC, "/containerd.services.tasks.v1.Tasks/Get",
	  containerd_task_reply },
	{ FETCH_CONTAINERD_CONTAINER, OVER_GRPC,
	  "/containerd.services.containers.v1.Containers/Get", containerd_container_reply },
	{ FETCH_CRI_IMAGE, OVER_GRPC, "/runtime.v1.ImageService/ImageStatus", cri_image_reply },
	{ FETCH_CRI_IMAGES, OVER_GRPC, "/runtime.v1.ImageService/ListImages", cri_images_reply },
	{ FETCH_STORAGE_IMAGES, FROM_FILE, NULL, storage_images_reply },
	{ FETCH_STORAGE_LAYERS, FROM_FILE, NULL, storage_layers_reply },
	{ FETCH_STORAGE_SPLIT, FROM_SPLIT, NULL, NULL },
};

struct ask {
	struct asker *a;
	struct ask_wish wish;
	const struct question *question;
	struct sink sink;
	struct get *get;
	struct grpc *g;
	struct tar_split *split;
	struct loop_timer turn; /* of a split: others are served in between */
	struct sha256 *sum;
	uint64_t received;
	bool has_digest;
	struct digest digest;
	struct buf body; /* a reply that is read whole, or a refusal */
	bool paused, finished;
	struct error result; /* code 0: all is well */
	struct ask *next;
};

static const struct question *find_question(uint32_t kind)
{
	for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++)
		if (questions[i].kind == kind)
			return &questions[i];
	return NULL;
}

bool ask_is_kind(uint32_t kind)
{
	return find_question(kind) != NULL;
}

/* --- the end ------------------------------------------------------------------------------ */

static void ask_free(struct ask *k)
{
	get_free(k->get);
	grpc_free(k->g);
	tar_split_free(k->split);
	loop_timer_remove(&k->a->f->loop, &k->turn);
	sink_close(&k->sink);
	sha256_free(k->sum);
	buf_free(&k->body);
	free(k->wish.space);
	free(k->wish.target);
	if (k->wish.fd >= 0)
		(void)close(k->wish.fd);
	free(k);
}

static void ask_end(struct ask *k)
{
	struct asker *a = k->a;
	for (struct ask **at = &a->asks; *at != NULL; at = &(*at)->next)
		if (*at == k) {
			*at = k->next;
			break;
		}
	sink_close(&k->sink);
	a->done(a, k->wish.id, &k->result);
	ask_free(k);
}

void ask_free_all(struct asker *a)
{
	while (a->asks != NULL) {
		struct ask *k = a->asks;
		a->asks = k->next;
		ask_free(k);
	}
}

/* Ends now, or once the pipe has taken all that is pending. k may be gone then. */
static void finish(struct ask *k)
{
	k->finished = true;
	if (k->result.code != ERR_NONE || !sink_is_full(&k->sink))
		ask_end(k);
}

static bool hand_on(struct ask *k, struct bytes b)
{
	if (sink_write(&k->sink, b))
		return true;
	error_set(&k->result, ERR_CANCELLED, "the reader of the transfer has gone");
	return false;
}

/* The whole reply is in k->body. */
static void answer(struct ask *k)
{
	cleanup_buf struct buf out = buf_max(RUNTIME_REPLY_MAX);
	if (k->question->reply(buf_view(&k->body), &out, &k->result) == 0)
		(void)hand_on(k, buf_view(&out));
	finish(k);
}

/* --- content -------------------------------------------------------------------------------- */

static bool take_content(struct ask *k, struct bytes piece)
{
	if (piece.n > k->wish.max - k->received) {
		error_set(&k->result, ERR_LIMIT, "more comes than was announced");
		return false;
	}
	k->received += piece.n;
	sha256_update(k->sum, piece.p, piece.n);
	return hand_on(k, piece);
}

static void content_ended(struct ask *k)
{
	struct digest got;
	char text[DIGEST_TEXT];
	sha256_final(k->sum, &got);
	if (k->wish.size != FETCH_SIZE_UNKNOWN && k->received != k->wish.size) {
		error_set(&k->result, ERR_TRUNCATED, "%llu of %llu bytes came",
			  (unsigned long long)k->received, (unsigned long long)k->wish.size);
	} else if (k->has_digest && !digest_equal(&got, &k->digest)) {
		digest_text(&k->digest, text);
		error_set(&k->result, ERR_DIGEST, "the content of %s is another one", text);
	}
	finish(k);
}

/* --- HTTP ------------------------------------------------------------------------------------- */

static bool get_data(void *ctx, unsigned status, struct bytes data)
{
	struct ask *k = ctx;
	if (status != 200 || k->question->reply != NULL)
		return buf_append(&k->body, data.p, data.n, &k->result) == 0;
	if (!take_content(k, data))
		return false;
	if (sink_is_full(&k->sink) && !k->paused) {
		k->paused = true;
		get_pause(k->get);
	}
	return true;
}

static void refused(struct ask *k, unsigned status)
{
	static const struct {
		unsigned status;
		enum error_code code;
	} codes[] = { { 404, ERR_NOT_FOUND },
		      { 401, ERR_PERMISSION },
		      { 403, ERR_PERMISSION },
		      { 400, ERR_UNSUPPORTED },
		      { 405, ERR_UNSUPPORTED } };
	char said[301];
	enum error_code code = ERR_PROTOCOL;
	docker_refusal(buf_view(&k->body), said, sizeof said);
	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
		if (codes[i].status == status)
			code = codes[i].code;
	error_set(&k->result, code, "the daemon answers %u%s%s", status,
		  said[0] != '\0' ? ": " : "", said);
	finish(k);
}

static void get_done(void *ctx, unsigned status, const struct error *failure)
{
	struct ask *k = ctx;
	get_free(k->get);
	k->get = NULL;
	k->paused = false;
	if (k->result.code == ERR_NONE && failure->code != ERR_NONE)
		k->result = *failure;
	if (k->result.code != ERR_NONE)
		finish(k);
	else if (status != 200)
		refused(k, status);
	else if (k->question->reply != NULL)
		answer(k);
	else
		content_ended(k);
}

static int start_get(struct ask *k, struct error *err)
{
	cleanup_buf struct buf path = buf_max(64 * KIB);
	const char *form = k->question->path, *hole = strstr(form, "%s");
	size_t head = hole == NULL ? strlen(form) : (size_t)(hole - form);
	for (const char *p = k->wish.target; *p != '\0'; p++)
		if (*p <= ' ' || *p >= 0x7f)
			return error_set(err, ERR_PROTOCOL, "a name that is no part of an address");
	if (buf_append(&path, form, head, err) < 0 ||
	    (hole != NULL && (buf_append_str(&path, k->wish.target, err) < 0 ||
			      buf_append_str(&path, hole + 2, err) < 0)))
		return -1;
	struct get_call call = {
		.fd = k->wish.fd,
		.path = buf_cstr(&path, err),
		.stall_seconds = RUNTIME_STALL_SECONDS,
		.on_data = get_data,
		.on_done = get_done,
		.ctx = k,
	};
	return call.path == NULL ? -1 : get_start(&k->a->f->loop, &call, &k->get, err);
}

/* --- gRPC --------------------------------------------------------------------------------------- */

static bool grpc_message(void *ctx, struct bytes message)
{
	struct ask *k = ctx;
	struct bytes piece;
	if (k->question->reply != NULL)
		return k->body.n == 0 &&
		       buf_append(&k->body, message.p, message.n, &k->result) == 0;
	if (containerd_content_reply(message, k->received, &piece, &k->result) < 0 ||
	    !take_content(k, piece))
		return false;
	if (sink_is_full(&k->sink) && !k->paused) {
		k->paused = true;
		grpc_pause(k->g);
	}
	return true;
}

static enum error_code code_of(int status)
{
	switch (status) {
	case GRPC_BROKEN:
		return ERR_NETWORK;
	case GRPC_NOT_FOUND:
		return ERR_NOT_FOUND;
	case GRPC_PERMISSION_DENIED:
	case GRPC_UNAUTHENTICATED:
		return ERR_PERMISSION;
	case GRPC_UNIMPLEMENTED:
		return ERR_UNSUPPORTED;
	default:
		return ERR_PROTOCOL;
	}
}

static void grpc_done(void *ctx, int status, const char *text)
{
	struct ask *k = ctx;
	if (k->result.code == ERR_NONE && status != GRPC_OK)
		error_set(&k->result, code_of(status), "%s%s",
			  status == GRPC_UNIMPLEMENTED
				  ? "the daemon is too old, or the service is switched off: "
				  : "",
			  text);
	grpc_free(k->g);
	k->g = NULL;
	k->paused = false;
	if (k->result.code != ERR_NONE)
		finish(k);
	else if (k->question->reply != NULL)
		answer(k);
	else
		content_ended(k);
}

/* The target is field 1 of every request; CRI's lies in an ImageSpec. */
static int put_request(const struct ask *k, struct buf *out, struct error *err)
{
	cleanup_buf struct buf spec = buf_max(64 * KIB);
	if (k->wish.kind != FETCH_CRI_IMAGE)
		return protobuf_put_bytes(out, 1, bytes_str(k->wish.target), err);
	if (protobuf_put_bytes(&spec, 1, bytes_str(k->wish.target), err) < 0)
		return -1;
	return protobuf_put_bytes(out, 1, buf_view(&spec), err);
}

static int start_grpc(struct ask *k, struct error *err)
{
	cleanup_buf struct buf request = buf_max(64 * KIB);
	if (put_request(k, &request, err) < 0)
		return -1;
	struct grpc_call call = {
		.fd = k->wish.fd,
		.path = k->question->path,
		.space = k->wish.space,
		.request = buf_view(&request),
		.stall_seconds = FETCH_STALL_SECONDS,
		.on_message = grpc_message,
		.on_done = grpc_done,
		.ctx = k,
	};
	return grpc_start(&k->a->f->loop, &call, &k->g, err);
}

/* --- files ---------------------------------------------------------------------------------------- */

static void read_file(struct ask *k)
{
	if (fd_read_all(k->wish.fd, &k->body, &k->result) < 0)
		finish(k);
	else
		answer(k);
}

/* Some lines of a tar-split file; the rest when the reader, or the others, had
 * their turn. */
static void split_turn(struct ask *k)
{
	cleanup_buf struct buf out = buf_max(2 * RUNTIME_REPLY_MAX);
	int more = 1;
	while (more > 0 && out.n < SPLIT_TURN)
		more = tar_split_next(k->split, &out, &k->result);
	if (more < 0 || !hand_on(k, buf_view(&out)) || more == 0)
		finish(k);
	else if (!sink_is_full(&k->sink))
		k->turn.at = clock_monotonic_ns();
}

static void turn_fired(struct loop_timer *t)
{
	split_turn((struct ask *)((char *)t - offsetof(struct ask, turn)));
}

static int start_split(struct ask *k, struct error *err)
{
	k->split = tar_split_new(k->wish.fd);
	if (k->split == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read a layer");
	k->turn.at = clock_monotonic_ns();
	return 0;
}

/* --- beginning -------------------------------------------------------------------------------------- */

static void sink_changed(struct sink *s)
{
	struct ask *k = (struct ask *)((char *)s - offsetof(struct ask, sink));
	if (s->gone && !k->finished) {
		error_set(&k->result, ERR_CANCELLED, "the reader of the transfer has gone");
		ask_end(k);
	} else if (k->finished) {
		ask_end(k);
	} else if (k->split != NULL) {
		k->turn.at = clock_monotonic_ns();
	} else if (k->paused) {
		k->paused = false;
		if (k->get != NULL)
			get_resume(k->get);
		else if (k->g != NULL)
			grpc_resume(k->g);
	}
}

static int begin(struct ask *k, struct error *err)
{
	switch (k->question->transport) {
	case OVER_HTTP:
		return start_get(k, err);
	case OVER_GRPC:
		return start_grpc(k, err);
	case FROM_SPLIT:
		return start_split(k, err);
	default:
		read_file(k);
		return 0;
	}
}

int ask_start(struct asker *a, const struct ask_wish *wish, int pipe, struct error *err)
{
	struct ask *k = calloc(1, sizeof *k);
	if (k == NULL) {
		(void)close(pipe);
		return error_set(err, ERR_MEMORY, "no memory for a question");
	}
	*k = (struct ask){ .a = a,
			   .wish = *wish,
			   .question = find_question(wish->kind),
			   .turn = { .fire = turn_fired },
			   .body = buf_max(RUNTIME_REPLY_MAX),
			   .next = a->asks };
	k->has_digest = wish->kind == FETCH_CONTAINERD_BLOB &&
			digest_parse(bytes_str(wish->target), &k->digest);
	a->asks = k;
	loop_timer_add(&a->f->loop, &k->turn);
	k->sum = sha256_new();
	if (sink_open(&k->sink, &a->f->loop, pipe, sink_changed, &k->result) < 0 ||
	    begin(k, &k->result) < 0)
		ask_end(k);
	return 0;
}
