/* The zips that osv.dev makes of each ecosystem, and any other zip of feeds. */
#include "format/zip.h"

#include <unistd.h>

#include "feed/import.h"

static int file_at(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	ssize_t got = fd_pread_full(*(const int *)ctx, p, n, (off_t)at);
	if (got < 0)
		return error_errno(err, "cannot read");
	return (size_t)got == n ? 0 : error_set(err, ERR_TRUNCATED, "the file became shorter");
}

static ssize_t member_read(void *ctx, void *p, size_t n, struct error *err)
{
	return zip_member_read(ctx, p, n, err);
}

/* A member that cannot be opened is left out as one that cannot be read. */
static bool read_member(struct import *im, struct zip *z, const struct zip_entry *e,
			struct feed_input *in)
{
	if (zip_member_open(z, e, im->err) == 0)
		return import_member(im, in, e->name, member_read, z);
	import_skip(im, e->name, im->err->text);
	return true;
}

static int import_members(struct import *im, struct zip *z, struct feed_input *in)
{
	struct zip_entry e;
	uint64_t before = im->stats.records;
	int got;
	while ((got = zip_next(z, &e, im->err)) > 0)
		if (feed_is_file_name(e.name) && !read_member(im, z, &e, in))
			return -1;
	if (got == 0 && im->stats.records == before)
		got = error_set(im->err, ERR_MALFORMED, "a zip without any feed in it");
	im->failed = got < 0;
	return got;
}

int import_zip(struct import *im, struct feed_input *in)
{
	struct zip *z = NULL;
	struct zip_source src = { .read_at = file_at };
	int fd = feed_input_file(in, &src.size);
	im->failed = true;
	if (fd < 0)
		return error_set(im->err, ERR_UNSUPPORTED, "a zip must be a file of its own");
	struct feed_input *member = feed_input_new();
	if (member == NULL)
		return error_set(im->err, ERR_MEMORY, "no memory to read a zip");
	src.ctx = &fd;
	im->failed = false;
	int r = zip_open(&src, &z, im->err);
	if (r == 0)
		r = import_members(im, z, member);
	im->failed = r < 0;
	zip_close(z);
	feed_input_free(member);
	return r;
}
