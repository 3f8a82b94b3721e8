/* git_list FOLDER [sha256]: what git_read tells of a repository's folder, a blob a line:
 * id, size, SHA-256 of the bytes told, commit or "-", time, order, path. For tests that
 * hold it against git. */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "git/git.h"

struct tool {
	int fd; /* all files, one behind the other */
	uint64_t at;
	struct git_file *files;
	size_t n;
	struct sha256 *sum;
	struct git_blob blob;
	char line[2 * LIMIT_PATH_BYTES];
};

static struct tool tool; /* nftw(3) takes no context */

static int add_file(const char *path, const struct stat *st, int type, struct FTW *at)
{
	struct bytes folder;
	enum git_file_kind kind = git_classify(bytes_str(path), &folder);
	char piece[65536];
	(void)at;
	if (type != FTW_F || (kind != GIT_FILE_PACK && kind != GIT_FILE_LOOSE))
		return 0;
	FILE *in = fopen(path, "rb");
	tool.files = reallocarray(tool.files, tool.n + 1, sizeof *tool.files);
	if (in == NULL || tool.files == NULL)
		return -1;
	tool.files[tool.n++] =
		(struct git_file){ tool.at, (uint64_t)st->st_size, kind == GIT_FILE_PACK };
	for (size_t n; (n = fread(piece, 1, sizeof piece, in)) > 0; tool.at += n)
		if (fd_write_full(tool.fd, piece, n) < 0)
			return -1;
	return fclose(in);
}

static int read_at(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	(void)ctx;
	if (fd_pread_full(tool.fd, p, n, (off_t)at) != (ssize_t)n)
		return error_errno(err, "cannot read");
	return 0;
}

static int on_blob(void *ctx, const struct git_blob *b, struct error *err)
{
	(void)ctx;
	(void)err;
	(void)snprintf(tool.line, sizeof tool.line, "%s %lld %lld %.*s",
		       b->commit[0] == '\0' ? "-" : b->commit, (long long)b->time,
		       b->order == UINT32_MAX ? -1LL : (long long)b->order, (int)b->path.n,
		       (const char *)b->path.p);
	(void)printf("%s %llu ", b->id, (unsigned long long)b->size);
	sha256_reset(tool.sum);
	return 1;
}

static int on_piece(void *ctx, struct bytes piece, struct error *err)
{
	(void)ctx;
	(void)err;
	sha256_update(tool.sum, piece.p, piece.n);
	return 0;
}

static int on_end(void *ctx, struct error *err)
{
	struct digest d;
	char text[DIGEST_TEXT];
	(void)ctx;
	(void)err;
	sha256_final(tool.sum, &d);
	digest_text(&d, text);
	(void)printf("%s %s\n", text + 7, tool.line);
	return 0;
}

static int on_problem(void *ctx, const struct error *why, struct error *err)
{
	(void)ctx;
	(void)err;
	(void)printf("problem %s: %s\n", error_code_name(why->code), why->text);
	return 0;
}

static int on_working(void *ctx, uint64_t bytes, struct error *err)
{
	(void)ctx;
	(void)bytes;
	(void)err;
	return 0;
}

int main(int argc, char **argv)
{
	struct git_source source = { read_at, NULL };
	struct git_sink sink = { on_blob, on_piece, on_end, on_problem, on_working, NULL };
	struct git_missing missing = { 0 };
	struct error err = { 0 };
	FILE *temp = tmpfile();
	if (argc < 2 || temp == NULL)
		return 2;
	tool.fd = fileno(temp);
	tool.sum = sha256_new();
	if (nftw(argv[1], add_file, 32, FTW_PHYS) != 0)
		return 2;
	struct git_folder folder = { tool.files, tool.n, argc > 2 ? GIT_SHA256 : GIT_SHA1 };
	int done = git_read(&source, &folder, sink, &missing, &err);
	(void)printf("missing %zu %zu\n", missing.commits, missing.objects);
	if (done < 0)
		(void)printf("error %s: %s\n", error_code_name(err.code), err.text);
	sha256_free(tool.sum);
	free(tool.files);
	(void)fclose(temp);
	return done < 0;
}
