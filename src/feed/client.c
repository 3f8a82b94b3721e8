#include "feed/client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "sandbox/sandbox.h"

enum {
	SILENCE_MS = 120 * 1000, /* a worker that says nothing for so long hangs */
	EXIT_MS = 10 * 1000,
	PIECE = FEED_DATA_MAX
};

/* --- what the worker says --------------------------------------------------------- */

struct listening {
	struct channel ch;
	struct vuln_fact_sink sink;
	struct feed_stats stats;
	bool has_source, done;
	struct error *err;
};

static int hear_skipped(struct listening *l, struct msg_reader *m)
{
	char what[300], why[600];
	feed_clean_text(msg_get_bytes(m), what, sizeof what);
	feed_clean_text(msg_get_bytes(m), why, sizeof why);
	if (msg_finish(m, l->err) < 0)
		return -1;
	if (l->sink.skipped != NULL)
		l->sink.skipped(l->sink.ctx, what, why);
	return 0;
}

static int hear_source(struct listening *l, struct msg_reader *m)
{
	struct vuln_source s;
	if (feed_get_source(m, &s, l->err) < 0)
		return -1;
	l->has_source = true;
	return l->sink.source(l->sink.ctx, &s, l->err);
}

static int hear_fact(struct listening *l, struct msg_reader *m)
{
	struct vuln_fact f;
	if (feed_get_fact(m, &f, l->err) < 0)
		return -1;
	if (!l->has_source)
		return error_set(l->err, ERR_PROTOCOL, "the worker sent a fact before its source");
	return l->sink.fact(l->sink.ctx, &f, l->err);
}

static int hear_detail(struct listening *l, struct msg_reader *m)
{
	struct vuln_detail d;
	if (feed_get_detail(m, &d, l->err) < 0)
		return -1;
	return l->sink.detail(l->sink.ctx, &d, l->err);
}

static int hear(struct listening *l, struct msg_reader *m)
{
	if (l->done)
		return error_set(l->err, ERR_PROTOCOL, "the worker went on after its end");
	switch (m->type) {
	case FEED_MSG_SOURCE:
		return hear_source(l, m);
	case FEED_MSG_FACT:
		return hear_fact(l, m);
	case FEED_MSG_DETAIL:
		return hear_detail(l, m);
	case FEED_MSG_SKIPPED:
		return hear_skipped(l, m);
	case FEED_MSG_FAILED:
		return msg_take_error(m, l->err);
	case FEED_MSG_DONE:
		l->done = true;
		return feed_get_stats(m, &l->stats, l->err);
	default:
		return error_set(l->err, ERR_PROTOCOL, "the worker sent message %u", m->type);
	}
}

/* All frames that are here already. */
static int hear_ready(struct listening *l)
{
	struct msg_reader m;
	int got;
	while ((got = channel_next(&l->ch, &m, l->err)) > 0)
		if (hear(l, &m) < 0)
			return -1;
	return got;
}

/* Until the worker closes its end. */
static int hear_rest(struct listening *l, int timeout_ms)
{
	struct msg_reader m;
	int got;
	while ((got = channel_get(&l->ch, timeout_ms, &m, l->err)) > 0)
		if (hear(l, &m) < 0)
			return -1;
	if (got == 0 && !l->done)
		return error_set(l->err, ERR_WORKER_DIED, "the worker ended without its result");
	return got;
}

/* --- a series of files --------------------------------------------------------------- */

struct speaking {
	struct feed_walk *walk;
	int *data_fd;
	int file; /* the one under way; -1: none */
	struct buf out; /* frames on their way */
	size_t sent;
	struct msg m;
	bool ended; /* no file is left */
};

/* A file that needs random access goes to a worker of its own, later. */
static bool is_zip(int fd)
{
	uint8_t magic[4] = { 0 };
	return pread(fd, magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
	       (memcmp(magic, "PK\3\4", 4) == 0 || memcmp(magic, "PK\5\6", 4) == 0);
}

static int say(struct speaking *s, enum feed_message type, struct bytes b, struct error *err)
{
	msg_begin(&s->m, (uint16_t)type);
	msg_put_bytes(&s->m, b);
	return frame_encode(&s->m, &s->out, err);
}

static int say_next_file(struct speaking *s, struct error *err)
{
	const char *name;
	int got = feed_walk_next(s->walk, &s->file, &name, err);
	if (got < 0)
		return -1;
	s->ended = got == 0;
	if (got == 0) {
		s->file = -1;
		return 0;
	}
	if (!is_zip(s->file))
		return say(s, FEED_MSG_FILE, bytes_str(name), err);
	(void)close(s->file);
	s->file = -1;
	return 0;
}

static int say_piece(struct speaking *s, struct error *err)
{
	uint8_t piece[PIECE];
	ssize_t n = fd_read_full(s->file, piece, sizeof piece);
	if (n < 0)
		return error_errno(err, "cannot read a file of the directory");
	if (n > 0 && say(s, FEED_MSG_DATA, bytes_of(piece, (size_t)n), err) < 0)
		return -1;
	if ((size_t)n == sizeof piece)
		return 0;
	(void)close(s->file);
	s->file = -1;
	return say(s, FEED_MSG_FILE_END, BYTES_LIT(""), err);
}

/* More frames; at the end of all files the descriptor is closed. */
static int say_more(struct speaking *s, struct error *err)
{
	s->out.n = s->sent = 0;
	while (!s->ended && s->out.n < (size_t)4 * PIECE)
		if ((s->file < 0 ? say_next_file(s, err) : say_piece(s, err)) < 0)
			return -1;
	if (s->out.n == 0) {
		(void)close(*s->data_fd);
		*s->data_fd = -1;
	}
	return 0;
}

/* Writes what the socket takes. A worker that is gone is no error here: what it
 * said last says why. */
static int say_out(struct speaking *s, struct error *err)
{
	ssize_t n = send(*s->data_fd, s->out.p + s->sent, s->out.n - s->sent,
			 MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0 && (errno == EPIPE || errno == ECONNRESET)) {
		(void)close(*s->data_fd);
		*s->data_fd = -1;
		return 0;
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return error_errno(err, "cannot write to the worker");
	s->sent += n > 0 ? (size_t)n : 0;
	return 0;
}

/* Speaks and listens by turns: each side may have to wait for the other. */
static int converse(struct speaking *s, struct listening *l)
{
	while (*s->data_fd >= 0) {
		if (s->sent == s->out.n && say_more(s, l->err) < 0)
			return -1;
		struct pollfd p[2] = { { .fd = l->ch.fd, .events = POLLIN },
				       { .fd = *s->data_fd, .events = POLLOUT } };
		int n = poll(p, *s->data_fd < 0 ? 1 : 2, SILENCE_MS);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(l->err, "poll");
		if (n == 0)
			return error_set(l->err, ERR_WORKER_TIMEOUT, "no answer within %d s",
					 SILENCE_MS / 1000);
		if (p[0].revents != 0) {
			int more = channel_pump(&l->ch, l->err);
			if (more < 0 || hear_ready(l) < 0)
				return -1;
			if (more == 0)
				return 0;
		}
		if (*s->data_fd >= 0 && p[1].revents != 0 && say_out(s, l->err) < 0)
			return -1;
	}
	return 0;
}

static int speak(struct listening *l, int *data_fd, struct feed_walk *walk)
{
	struct speaking s = {
		.walk = walk, .data_fd = data_fd, .file = -1, .out = buf_max(8 * MIB)
	};
	int r = converse(&s, l);
	if (s.file >= 0)
		(void)close(s.file);
	buf_free(&s.out);
	msg_free(&s.m);
	return r;
}

int feed_client_run(int channel_fd, int *data_fd, const struct feed_job *job,
		    struct feed_walk *walk, struct vuln_fact_sink sink, struct feed_stats *ret,
		    struct error *err)
{
	struct listening l = { .sink = sink, .err = err };
	struct msg m = { 0 };
	channel_init(&l.ch, channel_fd);
	feed_put_job(&m, job);
	int r = channel_put(&l.ch, &m, err);
	if (r == 0)
		r = channel_flush(&l.ch, err);
	msg_free(&m);
	if (r == 0 && walk != NULL)
		r = speak(&l, data_fd, walk);
	if (r == 0)
		r = hear_rest(&l, job->slow ? -1 : SILENCE_MS);
	channel_free(&l.ch);
	if (r == 0 && ret != NULL)
		*ret = l.stats;
	return r;
}

/* --- the process ------------------------------------------------------------------------ */

static void set_text(char *out, size_t n, const char *text)
{
	(void)snprintf(out, n, "%s", text == NULL ? "" : text);
}

/* Publishers' files that carry no date are as old as the file itself. */
static void set_job(struct feed_job *job, int fd, const char *name,
		    const struct feed_options *options)
{
	static const struct feed_options none = { 0 };
	const struct feed_options *o = options != NULL ? options : &none;
	struct stat st;
	*job = (struct feed_job){ 0 };
	set_text(job->name, sizeof job->name, name);
	set_text(job->source, sizeof job->source, o->name);
	set_text(job->url, sizeof job->url, o->url);
	set_text(job->snapshot, sizeof job->snapshot, o->snapshot);
	set_text(job->retrieved, sizeof job->retrieved, o->retrieved);
	bool file = fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
	if (o->retrieved == NULL && file)
		rfc3339_text(st.st_mtime, job->retrieved);
	job->slow = !file;
}

/* How a worker that died did so. */
static void explain_end(struct child *child, struct error *err)
{
	char how[128];
	int status;
	if (err->code != ERR_WORKER_DIED || child_wait(child, EXIT_MS, &status, NULL) <= 0)
		return;
	child_status_text(status, how, sizeof how);
	(void)error_set(err, ERR_WORKER_DIED, "the worker %s", how);
}

/* What a worker reads, and for a series also who writes it. */
struct feeding {
	int in_fd;
	int *close_in; /* in_fd, when only the worker may keep it open; else NULL */
	int *data_fd;
	struct feed_walk *walk;
};

static int run_worker(const struct feeding *f, const struct feed_job *job,
		      struct vuln_fact_sink sink, struct feed_stats *ret, struct error *err)
{
	static const char *const args[] = { "feed", NULL };
	struct child child = { 0 };
	int ends[2], status;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return error_errno(err, "cannot talk to a worker");
	cleanup_close int ours = ends[0], theirs = ends[1];
	struct child_fd fds[] = { { f->in_fd, 3 }, { theirs, 4 } };
	if (child_start("corten-worker", args, fds, 2, &child, err) < 0)
		return -1;
	(void)close(fd_take(&theirs));
	if (f->close_in != NULL)
		(void)close(fd_take(f->close_in));
	int r = feed_client_run(ours, f->data_fd, job, f->walk, sink, ret, err);
	if (r < 0)
		explain_end(&child, err);
	else
		(void)child_wait(&child, EXIT_MS, &status, NULL);
	child_kill(&child);
	return r;
}

int feed_import_fd(int fd, const char *name, const struct feed_options *options,
		   struct vuln_fact_sink sink, struct feed_stats *ret, struct error *err)
{
	struct feed_job job;
	struct feeding feeding = { .in_fd = fd };
	set_job(&job, fd, name, options);
	if (run_worker(&feeding, &job, sink, ret, err) == 0)
		return 0;
	struct bytes text = bytes_str(err->text);
	return bytes_starts_with(text, bytes_str(job.name)) ? -1 : error_wrap(err, "%s", name);
}

static int import_series(int dir, const struct feed_job *job, struct vuln_fact_sink sink,
			 struct feed_stats *ret, struct error *err)
{
	int ends[2];
	struct feed_walk *walk = feed_walk_new(dir);
	if (walk == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read a directory");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		feed_walk_free(walk);
		return error_errno(err, "cannot talk to a worker");
	}
	cleanup_close int ours = ends[0], theirs = ends[1];
	struct feeding feeding = { theirs, &theirs, &ours, walk };
	int r = run_worker(&feeding, job, sink, ret, err);
	feed_walk_free(walk);
	return r;
}

static void add_stats(struct feed_stats *sum, const struct feed_stats *more)
{
	sum->files += more->files;
	sum->records += more->records;
	sum->facts += more->facts;
	sum->details += more->details;
	sum->skipped += more->skipped;
}

/* The zips of a directory, a worker each; one that is broken is told. */
static int import_zips(int dir, const struct feed_options *options, struct vuln_fact_sink sink,
		       struct feed_stats *sum, struct error *err)
{
	const char *name;
	int got, file;
	struct feed_walk *walk = feed_walk_new(dir);
	if (walk == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read a directory");
	while ((got = feed_walk_next(walk, &file, &name, err)) > 0) {
		cleanup_close int fd = file;
		struct feed_stats stats = { .skipped = 1 };
		struct error broken = { 0 };
		if (!is_zip(fd))
			continue;
		if (feed_import_fd(fd, name, options, sink, &stats, &broken) < 0 &&
		    sink.skipped != NULL)
			sink.skipped(sink.ctx, name, broken.text);
		add_stats(sum, &stats);
	}
	feed_walk_free(walk);
	return got;
}

static int import_directory(int dir, const char *path, const struct feed_options *options,
			    struct vuln_fact_sink sink, struct feed_stats *ret, struct error *err)
{
	struct feed_job job;
	struct feed_stats sum = { 0 };
	set_job(&job, dir, path, options);
	job.series = true;
	if (import_series(dir, &job, sink, &sum, err) < 0 ||
	    import_zips(dir, options, sink, &sum, err) < 0)
		return error_wrap(err, "%s", path);
	if (sum.records == 0)
		return error_set(err, ERR_MALFORMED,
				 "%s: no advisory feed that Corten knows is in this directory",
				 path);
	if (ret != NULL)
		*ret = sum;
	return 0;
}

int feed_import_path(const char *path, const struct feed_options *options,
		     struct vuln_fact_sink sink, struct feed_stats *ret, struct error *err)
{
	struct stat st;
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, "%s", path);
	if (S_ISDIR(st.st_mode))
		return import_directory(fd, path, options, sink, ret, err);
	return feed_import_fd(fd, path, options, sink, ret, err);
}
