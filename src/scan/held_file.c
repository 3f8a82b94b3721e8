#include "scan/held_file.h"

#include <unistd.h>

void held_init(struct held_file *h, int temp_fd)
{
	*h = (struct held_file){ .temp_fd = temp_fd, .memory = buf_max(LIMIT_FILE_MEMORY) };
}

void held_free(struct held_file *h)
{
	buf_free(&h->memory);
}

static int spill(struct held_file *h, struct error *err)
{
	const uint8_t *p = h->memory.p;
	size_t left = h->memory.n;
	if (h->temp_fd < 0)
		return error_set(err, ERR_LIMIT,
				 "more than %llu bytes and no temporary file: set TMPDIR to a "
				 "directory that can be written",
				 (unsigned long long)LIMIT_FILE_MEMORY);
	if (h->kept + h->spilled + left > LIMIT_FILE_TEMP)
		return error_set(err, ERR_LIMIT, "more than %llu bytes are not read",
				 (unsigned long long)LIMIT_FILE_TEMP);
	while (left > 0) {
		ssize_t n = pwrite(h->temp_fd, p, left, (off_t)(h->kept + h->spilled));
		if (n < 0)
			return error_errno(err, "the temporary file");
		h->spilled += (uint64_t)n;
		p += n;
		left -= (size_t)n;
	}
	h->memory.n = 0;
	return 0;
}

int held_add(struct held_file *h, struct bytes piece, struct error *err)
{
	if (h->memory.n + piece.n > LIMIT_FILE_MEMORY && spill(h, err) < 0)
		return -1;
	return buf_append(&h->memory, piece.p, piece.n, err);
}

static int read_at(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	struct held_file *h = ctx;
	uint64_t end, size = h->spilled > 0 ? h->spilled : h->memory.n;
	if (checked_add(at, n, &end) || end > size)
		return error_set(err, ERR_TRUNCATED, "the file ends before byte %llu",
				 (unsigned long long)at);
	if (n == 0)
		return 0;
	if (h->spilled == 0) {
		memcpy(p, h->memory.p + at, n);
		return 0;
	}
	ssize_t got = fd_pread_full(h->temp_fd, p, n, (off_t)(h->kept + at));
	if (got < 0 || (size_t)got != n)
		return error_errno(err, "the temporary file");
	return 0;
}

int held_open(struct held_file *h, struct pkg_file *ret, struct error *err)
{
	if (h->spilled > 0 && spill(h, err) < 0)
		return -1;
	*ret = (struct pkg_file){ .size = h->spilled > 0 ? h->spilled : h->memory.n,
				  .read_at = read_at,
				  .ctx = h };
	return 0;
}

int held_reset(struct held_file *h, struct error *err)
{
	bool was_spilled = h->spilled > 0;
	h->memory.n = 0;
	h->spilled = 0;
	if (was_spilled && ftruncate(h->temp_fd, (off_t)h->kept) < 0)
		return error_errno(err, "the temporary file");
	return 0;
}

int held_keep(struct held_file *h, uint64_t *ret_at, struct error *err)
{
	if (spill(h, err) < 0)
		return -1;
	*ret_at = h->kept;
	h->kept += h->spilled;
	h->spilled = 0;
	return 0;
}

static int read_kept(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	struct held_file *h = ctx;
	uint64_t end;
	if (checked_add(at, n, &end) || end > h->kept)
		return error_set(err, ERR_TRUNCATED, "what was kept ends before byte %llu",
				 (unsigned long long)at);
	ssize_t got = fd_pread_full(h->temp_fd, p, n, (off_t)at);
	if (got < 0 || (size_t)got != n)
		return error_errno(err, "the temporary file");
	return 0;
}

void held_open_kept(struct held_file *h, struct pkg_file *ret)
{
	*ret = (struct pkg_file){ .size = h->kept, .read_at = read_kept, .ctx = h };
}
