/* Recent events on disk: segments "events-%016llx.jsonl" of whole lines. Only the
 * newest is written, always one that this process made: what a crash tore is never
 * written behind, and reading passes it over. Lines reach the page cache when the
 * buffer is full or at event_log_flush, and the disk when the kernel likes: a killed
 * agent loses what its buffer held, a power cut some seconds. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sensor/internal.h"

enum { BUFFER = 64 * 1024, SEGMENTS = 8, LINE_MOST = 1024 * 1024, NAME_MOST = 40 };

struct segment {
	uint64_t number;
	uint64_t bytes;
};

struct event_log {
	int folder;
	int fd; /* of the newest; -1: none yet */
	struct segment *segment; /* oldest first */
	size_t count, cap;
	uint64_t most, total; /* bytes, on disk */
	uint64_t next; /* number of the next segment */
	uint64_t lost;
	size_t used, lines; /* in the buffer */
	uint8_t buffer[BUFFER];
};

static void name_of(uint64_t number, char out[static NAME_MOST])
{
	(void)snprintf(out, NAME_MOST, "events-%016llx.jsonl", (unsigned long long)number);
}

static bool number_of(const char *name, uint64_t *ret)
{
	char again[NAME_MOST], *end = NULL;
	if (strncmp(name, "events-", 7) != 0)
		return false;
	unsigned long long v = strtoull(name + 7, &end, 16);
	name_of(v, again);
	*ret = v;
	return strcmp(name, again) == 0;
}

/* --- segments -------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	return (x->number > y->number) - (x->number < y->number);
}

static int add_segment(struct event_log *l, uint64_t number, uint64_t bytes, struct error *err)
{
	if (l->count == l->cap) {
		size_t cap = l->cap == 0 ? 16 : l->cap * 2;
		struct segment *more = reallocarray(l->segment, cap, sizeof *more);
		if (more == NULL)
			return error_set(err, ERR_MEMORY, "no memory for the events' log");
		l->segment = more;
		l->cap = cap;
	}
	l->segment[l->count++] = (struct segment){ number, bytes };
	l->total += bytes;
	if (number >= l->next)
		l->next = number + 1;
	return 0;
}

static int list_segments(struct event_log *l, int folder, struct error *err)
{
	int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	if (dir == NULL)
		return error_errno(err, "cannot list the events' log");
	for (struct dirent *d; (d = readdir(dir)) != NULL;) {
		uint64_t number;
		struct stat st;
		if (number_of(d->d_name, &number) &&
		    fstatat(folder, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode) && add_segment(l, number, (uint64_t)st.st_size, err) < 0)
			return -1;
	}
	if (l->count > 0)
		qsort(l->segment, l->count, sizeof *l->segment, compare);
	return 0;
}

/* Until `more` bytes have room. The newest stays: it is being written. */
static void drop_oldest(struct event_log *l, uint64_t more)
{
	size_t n = 0;
	while (l->count - n > 1 && l->total + more > l->most) {
		char name[NAME_MOST];
		name_of(l->segment[n].number, name);
		if (unlinkat(l->folder, name, 0) < 0 && errno != ENOENT)
			break;
		l->total -= l->segment[n++].bytes;
	}
	if (n == 0)
		return;
	l->count -= n;
	memmove(l->segment, l->segment + n, l->count * sizeof *l->segment);
}

static int start_segment(struct event_log *l, struct error *err)
{
	char name[NAME_MOST];
	name_of(l->next, name);
	int fd = openat(l->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, "cannot make the events' segment %s", name);
	if (add_segment(l, l->next, 0, err) < 0) {
		(void)close(fd);
		return -1;
	}
	if (l->fd >= 0)
		(void)close(l->fd);
	l->fd = fd;
	return 0;
}

/* --- writing ------------------------------------------------------------------------------ */

int event_log_open(const char *folder, uint64_t most_bytes, struct event_log **ret,
		   struct error *err)
{
	if (most_bytes < (uint64_t)SEGMENTS * BUFFER)
		return error_set(err, ERR_USAGE, "the events' log needs at least %d bytes",
				 SEGMENTS * BUFFER);
	struct event_log *l = calloc(1, sizeof *l);
	if (l == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the events' log");
	l->fd = l->folder = -1;
	l->most = most_bytes;
	if (fd_make_dirs(folder, 0700, err) == 0) {
		l->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (l->folder < 0)
			(void)error_errno(err, "cannot open the events' log %s", folder);
	}
	if (l->folder < 0 || list_segments(l, l->folder, err) < 0) {
		event_log_close(l);
		return -1;
	}
	*ret = l;
	return 0;
}

void event_log_close(struct event_log *l)
{
	struct error ignored = { 0 };
	if (l == NULL)
		return;
	if (l->folder >= 0)
		(void)event_log_flush(l, &ignored);
	if (l->fd >= 0)
		(void)close(l->fd);
	if (l->folder >= 0)
		(void)close(l->folder);
	free(l->segment);
	free(l);
}

uint64_t event_log_lost(const struct event_log *l)
{
	return l->lost;
}

/* The buffer into the newest segment. What did not fit is cut off again, so that no
 * half a line stays; where even that is refused, a new segment comes next. */
static bool write_buffer(struct event_log *l)
{
	struct segment *s = &l->segment[l->count - 1];
	if (fd_write_full(l->fd, l->buffer, l->used) == 0) {
		s->bytes += l->used;
		l->total += l->used;
		return true;
	}
	if (ftruncate(l->fd, (off_t)s->bytes) < 0) {
		(void)close(l->fd);
		l->fd = -1;
	}
	return false;
}

/* A full disk is no error of the caller's: what it refuses is counted. */
int event_log_flush(struct event_log *l, struct error *err)
{
	struct error why = { 0 };
	(void)err;
	if (l->used == 0)
		return 0;
	uint64_t segment_most = l->most / SEGMENTS;
	bool full = l->fd >= 0 && l->segment[l->count - 1].bytes + l->used > segment_most;
	bool open = (l->fd >= 0 && !full) || start_segment(l, &why) == 0;
	drop_oldest(l, l->used);
	if (!open || !write_buffer(l))
		l->lost += l->lines;
	l->used = l->lines = 0;
	return 0;
}

int event_log_append(struct event_log *l, struct bytes line, struct error *err)
{
	if (line.n + 1 > BUFFER || bytes_index(line, '\n') >= 0) {
		l->lost++;
		return error_set(err, ERR_LIMIT, "an event's line of %zu bytes is not kept",
				 line.n);
	}
	if (l->used + line.n + 1 > BUFFER && event_log_flush(l, err) < 0)
		return -1;
	if (line.n > 0)
		memcpy(l->buffer + l->used, line.p, line.n);
	l->used += line.n;
	l->buffer[l->used++] = '\n';
	l->lines++;
	return 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

typedef bool line_fn(void *ctx, struct bytes line);

/* Whole lines to f; *at keeps what has no end yet. 1: f has enough. */
static int tell_lines(uint8_t *buffer, size_t *at, line_fn *f, void *ctx)
{
	size_t from = 0;
	for (;;) {
		uint8_t *end = memchr(buffer + from, '\n', *at - from);
		if (end == NULL)
			break;
		size_t to = (size_t)(end - buffer);
		if (to > from && !f(ctx, bytes_of(buffer + from, to - from)))
			return 1;
		from = to + 1;
	}
	memmove(buffer, buffer + from, *at - from);
	*at -= from;
	return 0;
}

/* What stands behind the last newline was torn, and is passed over. */
static int read_segment(int folder, uint64_t number, uint8_t *buffer, line_fn *f, void *ctx,
			struct error *err)
{
	char name[NAME_MOST];
	size_t at = 0;
	name_of(number, name);
	cleanup_close int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0) /* removed meanwhile: it was the oldest */
		return errno == ENOENT ? 0 : error_errno(err, "cannot read the events' %s", name);
	for (;;) {
		ssize_t got = fd_read_full(fd, buffer + at, LINE_MOST - at);
		if (got < 0)
			return error_errno(err, "cannot read the events' %s", name);
		at += (size_t)got;
		if (got == 0 || tell_lines(buffer, &at, f, ctx) == 1)
			return got == 0 ? 0 : 1;
		if (at == LINE_MOST) /* no line of ours: leave it out */
			at = 0;
	}
}

int event_log_read(const char *folder, bool (*f)(void *ctx, struct bytes line), void *ctx,
		   struct error *err)
{
	struct event_log list = { 0 };
	int r = 0;
	cleanup_close int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "cannot open the events' log %s", folder);
	cleanup_free uint8_t *buffer = malloc(LINE_MOST);
	if (buffer == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read the events' log");
	r = list_segments(&list, fd, err);
	for (size_t i = 0; r == 0 && i < list.count; i++)
		r = read_segment(fd, list.segment[i].number, buffer, f, ctx, err);
	free(list.segment);
	return r < 0 ? -1 : 0;
}
