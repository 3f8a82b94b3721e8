/* A repository: the first byte chooses the hash, the second how many files there are;
 * three bytes a file say how long it is and whether it is a pack. Every blob is told once,
 * between its begin and its end, with as many bytes as it was said to have or fewer where
 * it is damaged; paths are such that they can be checked out. */
#include <stdlib.h>

#include "git/git.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz {
	struct bytes file;
	bool open;
	uint64_t left, told;
};

static int read_at(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	const struct fuzz *f = ctx;
	(void)err;
	if (at > f->file.n || n > f->file.n - at)
		abort();
	if (n > 0)
		memcpy(p, f->file.p + at, n);
	return 0;
}

static void check_path(struct bytes path)
{
	struct bytes name;
	if (path.n > LIMIT_PATH_BYTES || bytes_index(path, 0) >= 0)
		abort();
	while (bytes_next_field(&path, '/', &name))
		if (name.n == 0 || bytes_equal(name, BYTES_LIT("..")))
			abort();
}

static int on_blob(void *ctx, const struct git_blob *b, struct error *err)
{
	struct fuzz *f = ctx;
	if ((b->path.n > 0) != (b->commit[0] != '\0'))
		abort();
	check_path(b->path);
	f->left = b->size;
	f->open = true;
	/* A bomb within the limits is not what is looked for here. */
	return f->told > 256 * MIB ? error_set(err, ERR_LIMIT, "enough") : 1;
}

static int on_piece(void *ctx, struct bytes piece, struct error *err)
{
	struct fuzz *f = ctx;
	(void)err;
	if (!f->open || piece.n > f->left)
		abort();
	f->left -= piece.n;
	f->told += piece.n;
	return 0;
}

static int on_end(void *ctx, struct error *err)
{
	struct fuzz *f = ctx;
	(void)err;
	if (!f->open || f->left != 0)
		abort();
	f->open = false;
	return 0;
}

static int on_problem(void *ctx, const struct error *why, struct error *err)
{
	(void)ctx;
	(void)err;
	if (why->code == ERR_NONE || why->text[0] == '\0')
		abort();
	return 0;
}

static int on_working(void *ctx, uint64_t bytes, struct error *err)
{
	(void)ctx;
	return bytes > 4 * GIB ? error_set(err, ERR_LIMIT, "enough") : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { FILES_MAX = 16 };
	struct git_file files[FILES_MAX];
	struct cursor c = cursor_of(bytes_of(data, size));
	unsigned id_size = (cursor_u8(&c) & 1) != 0 ? GIT_SHA256 : GIT_SHA1;
	size_t n = cursor_u8(&c) % (FILES_MAX + 1);
	struct bytes heads = cursor_take(&c, 3 * n);
	if (c.failed)
		return 0;
	struct fuzz f = { .file = bytes_sub(c.data, c.at, c.data.n) };
	uint64_t at = 0;
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = heads.p + 3 * i;
		uint64_t length = (uint64_t)p[1] << 8 | p[2];
		if (length > f.file.n - at)
			length = f.file.n - at;
		files[i] = (struct git_file){ at, length, (p[0] & 1) != 0 };
		at += length;
	}
	struct git_source source = { read_at, &f };
	struct git_folder folder = { files, n, id_size };
	struct git_sink sink = { on_blob, on_piece, on_end, on_problem, on_working, &f };
	struct git_missing missing;
	struct error err = { 0 };
	if (git_read(&source, &folder, sink, &missing, &err) < 0 && err.code == ERR_NONE)
		abort();
	return 0;
}
