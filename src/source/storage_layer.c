#include "source/storage_layer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "ipc/ipc.h"
#include "source/protocol.h"

enum { PIECE = 256 * 1024 };

struct assembly {
	pthread_t thread;
	int frames; /* from corten-fetch */
	int content; /* the layer's directory */
	int out;
	struct error error;
};

static int write_out(const struct assembly *a, const void *p, size_t n, struct error *err)
{
	if (fd_write_full(a->out, p, n) == 0)
		return 0;
	if (errno == EPIPE)
		return error_set(err, ERR_CANCELLED, "the reader of the layer has gone");
	return error_errno(err, "cannot write the layer");
}

/* Through links of the layer itself, as whoever unpacked it went; never out of it. */
static int open_file(const struct assembly *a, const char *path, uint64_t size, struct error *err)
{
	struct stat st;
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	cleanup_close int fd = (int)syscall(SYS_openat2, a->content, path, &how, sizeof how);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, "the store's copy of %s", path);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != size)
		return error_set(err, ERR_CHANGED, "the store's copy of %s is another one", path);
	return fd_take(&fd);
}

static int copy_file(const struct assembly *a, const char *path, uint64_t size, struct error *err)
{
	cleanup_close int fd = open_file(a, path, size, err);
	cleanup_free uint8_t *piece = malloc(PIECE);
	if (fd < 0)
		return -1;
	if (piece == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read a layer");
	while (size > 0) {
		ssize_t n = fd_read_full(fd, piece, size < PIECE ? (size_t)size : PIECE);
		if (n < 0)
			return error_errno(err, "the store's copy of %s", path);
		if (n == 0)
			return error_set(err, ERR_CHANGED, "the store's copy of %s became shorter",
					 path);
		if (write_out(a, piece, (size_t)n, err) < 0)
			return -1;
		size -= (uint64_t)n;
	}
	return 0;
}

static int take_frame(const struct assembly *a, struct msg_reader *m, struct error *err)
{
	struct bytes b = msg_get_bytes(m);
	if (m->type == RUNTIME_SPLIT_BYTES)
		return msg_finish(m, err) < 0 ? -1 : write_out(a, b.p, b.n, err);
	uint64_t size = msg_get_u64(m);
	if (m->type != RUNTIME_SPLIT_FILE)
		return error_set(err, ERR_PROTOCOL, "message of unknown type %u", m->type);
	if (msg_finish(m, err) < 0)
		return -1;
	if (b.n == 0 || bytes_index(b, 0) >= 0)
		return error_set(err, ERR_MALFORMED, "the layer's tar-split file is damaged");
	cleanup_free char *path = strndup((const char *)b.p, b.n);
	if (path == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a path");
	return copy_file(a, path, size, err);
}

static void *assemble(void *arg)
{
	struct assembly *a = arg;
	struct channel frames;
	struct msg_reader m;
	int got;
	channel_init(&frames, a->frames);
	while ((got = channel_get(&frames, -1, &m, &a->error)) > 0)
		if (take_frame(a, &m, &a->error) < 0)
			break;
	channel_free(&frames);
	/* Who still writes or reads is told by the ends. */
	(void)close(fd_take(&a->frames));
	(void)close(fd_take(&a->out));
	return NULL;
}

static void assembly_free(struct assembly *a)
{
	if (a->frames >= 0)
		(void)close(a->frames);
	if (a->out >= 0)
		(void)close(a->out);
	if (a->content >= 0)
		(void)close(a->content);
	free(a);
}

/* A reader that went away says so itself; corten-fetch's own error is asked for
 * after this. */
static int finish(void *ctx, struct error *err)
{
	struct assembly *a = ctx;
	(void)pthread_join(a->thread, NULL);
	struct error why = a->error;
	assembly_free(a);
	if (why.code == ERR_NONE || why.code == ERR_TRUNCATED)
		return 0;
	*err = why;
	return -1;
}

int storage_layer_start(struct fetch *f, int split, int content, int *ret_fd, uint64_t *ret_id,
			struct error *err)
{
	int ends[2];
	struct assembly *a = calloc(1, sizeof *a);
	struct fetch_question q = { .kind = FETCH_STORAGE_SPLIT,
				    .space = "",
				    .target = "",
				    .size = FETCH_SIZE_UNKNOWN,
				    .max = FETCH_SIZE_UNKNOWN,
				    .fd = split };
	if (a == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read a layer");
	a->frames = a->out = -1;
	a->content = fcntl(content, F_DUPFD_CLOEXEC, 3);
	if (a->content < 0 || pipe2(ends, O_CLOEXEC) < 0) {
		error_errno(err, "cannot read a layer");
		assembly_free(a);
		return -1;
	}
	cleanup_close int in = ends[0];
	a->out = ends[1];
	if (fetch_ask_open(f, &q, &a->frames, ret_id, err) < 0) {
		assembly_free(a);
		return -1;
	}
	if (pthread_create(&a->thread, NULL, assemble, a) != 0) {
		assembly_free(a);
		(void)fetch_blob_result(f, *ret_id, NULL);
		return error_set(err, ERR_MEMORY, "no thread to read a layer");
	}
	fetch_finish_with(f, *ret_id, finish, a);
	*ret_fd = fd_take(&in);
	return 0;
}
