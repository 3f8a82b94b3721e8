#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "source/fetch_internal.h"

struct download {
	struct fetch *f;
	struct transfer *t;
	int in, out;
	uint64_t done;
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

/* Some bytes from the pipe to the file: 1, 0 at the end, -1. */
static int copy_some(struct download *d, struct error *err)
{
	char piece[64 * 1024];
	ssize_t n = read(d->in, piece, sizeof piece);
	if (n < 0)
		return errno == EINTR ? 1 : error_errno(err, "cannot read from corten-fetch");
	if (n > 0 && fd_write_full(d->out, piece, (size_t)n) < 0)
		return error_errno(err, "cannot write what was fetched");
	d->done += (uint64_t)n;
	if (n > 0 && d->progress != NULL)
		d->progress(d->ctx, d->done, d->t->total == FETCH_SIZE_UNKNOWN ? 0 : d->t->total);
	return n > 0;
}

/* Until the pipe's end; messages tell how much will come. */
static int copy_all(struct download *d, struct error *err)
{
	for (;;) {
		struct pollfd p[2] = { { .fd = d->in, .events = POLLIN },
				       { .fd = d->f->messages, .events = POLLIN } };
		/* With the result there, what else is said can wait. */
		if (poll(p, d->t->done ? 1 : 2, -1) < 0 && errno != EINTR)
			return error_errno(err, "poll");
		if (p[1].revents != 0 && fetch_take_messages(d->f, err) < 0)
			return -1;
		int more = p[0].revents != 0 ? copy_some(d, err) : 1;
		if (more <= 0)
			return more;
	}
}

static int download_once(struct fetch *f, const char *url, struct download *d,
			 struct fetch_version *version, struct error *err)
{
	struct wish w = { .kind = FETCH_URL,
			  .host = "",
			  .repository = version->validator,
			  .target = url,
			  .size = FETCH_SIZE_UNKNOWN,
			  .max = FETCH_URL_MAX };
	d->f = f;
	d->done = 0;
	d->t = fetch_begin(f, &w, &d->in, err);
	if (d->t == NULL)
		return -1;
	int r = copy_all(d, err);
	(void)close(d->in);
	/* The transfer's own error is the reason, unless ours came first. */
	if (fetch_end(f, d->t, r < 0 ? NULL : err) < 0)
		r = -1;
	if (r < 0 || d->t->unchanged)
		return r < 0 ? -1 : 1;
	version->modified = d->t->modified;
	(void)snprintf(version->validator, sizeof version->validator, "%s", d->t->validator);
	return 0;
}

int fetch_url(struct fetch *f, const char *url, int out_fd, struct fetch_version *version,
	      void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
	      struct error *err)
{
	struct download d = { .out = out_fd, .progress = progress, .ctx = ctx };
	struct error failed = { 0 };
	off_t start = lseek(out_fd, 0, SEEK_CUR);
	/* What changed while it broke off is got again from its beginning. */
	for (int tries = 0; tries < 3; tries++) {
		int r = download_once(f, url, &d, version, &failed);
		if (r >= 0)
			return r;
		if (failed.code != ERR_CHANGED || start < 0 || ftruncate(out_fd, start) < 0 ||
		    lseek(out_fd, start, SEEK_SET) < 0)
			break;
	}
	if (err != NULL)
		*err = failed;
	return -1;
}
