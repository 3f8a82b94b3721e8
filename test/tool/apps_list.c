/* The application packages of files, for comparison with other tools.
 *
 * usage: apps_list FOLDER [FILE...]
 *
 * Reads the files below FOLDER, or those named (relative to it), as an image's. Prints
 * a line for every package, its fields parted by tabs and "-" where there is none:
 *   kind type name version dev direct line license inner path
 * What was left out and what could not be read goes to standard error; the status is
 * 1 when a file could not be read. */
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "apps/apps.h"

struct file {
	const char *path;
	enum app_kind kind;
	int fd;
};

static void print_field(struct bytes b, char end)
{
	if (b.n == 0)
		b = BYTES_LIT("-");
	(void)fwrite(b.p, 1, b.n, stdout);
	(void)putchar(end);
}

static int print_package(void *ctx, const struct app_record *r, struct error *err)
{
	const struct file *f = ctx;
	(void)err;
	print_field(bytes_str(app_kind_name(f->kind)), '\t');
	print_field(bytes_str(pkg_type_name(r->type)), '\t');
	print_field(r->name, '\t');
	print_field(r->version, '\t');
	(void)printf("%s\t%s\t%u\t", r->dev ? "dev" : "-", r->direct ? "direct" : "-", r->line);
	print_field(r->license, '\t');
	print_field(r->inner, '\t');
	print_field(bytes_str(f->path), '\n');
	return 0;
}

static void print_skipped(void *ctx, const char *why)
{
	const struct file *f = ctx;
	(void)fprintf(stderr, "%s: left out: %s\n", f->path, why);
}

static int read_file(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	const struct file *f = ctx;
	ssize_t got = fd_pread_full(f->fd, p, n, (off_t)at);
	if (got < 0)
		return error_errno(err, "%s", f->path);
	if ((size_t)got < n)
		return error_set(err, ERR_TRUNCATED, "the file became shorter");
	return 0;
}

static int read_packages(struct file *f, uint64_t size, struct error *err)
{
	uint8_t head[APPS_HEAD];
	struct pkg_file random = { size, read_file, f };
	struct app_sink sink = { .package = print_package, .skipped = print_skipped, .ctx = f };
	ssize_t n = fd_pread_full(f->fd, head, sizeof head, 0);
	if (n < 0)
		return error_errno(err, "%s", f->path);
	if (!apps_fits(f->kind, bytes_of(head, (size_t)n)))
		return 0;
	return apps_read(f->kind, bytes_str(f->path), &random, sink, err);
}

/* name: where the file is; path: as the image would call it. */
static bool list_file(const char *name, const char *path)
{
	struct error err = { 0 };
	cleanup_close int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct file f = { .path = path, .fd = fd };
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0) {
		(void)fprintf(stderr, "%s: %s\n", name, strerror(errno));
		return false;
	}
	if (!S_ISREG(st.st_mode))
		return true;
	f.kind = apps_classify(bytes_str(path), st.st_mode & 07777, (uint64_t)st.st_size);
	if (f.kind == APP_NONE || read_packages(&f, (uint64_t)st.st_size, &err) == 0)
		return true;
	(void)fprintf(stderr, "%s: %s: %s\n", path, error_code_name(err.code), err.text);
	return false;
}

static bool list_folder(char *folder)
{
	char *const roots[] = { folder, NULL };
	size_t skip = strlen(folder);
	bool all = true;
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	if (tree == NULL)
		return false;
	for (FTSENT *e; (e = fts_read(tree)) != NULL;) {
		const char *path = e->fts_path + skip;
		while (*path == '/')
			path++;
		if (e->fts_info == FTS_F && !list_file(e->fts_path, path))
			all = false;
	}
	(void)fts_close(tree);
	return all;
}

int main(int argc, char **argv)
{
	bool all = true;
	if (argc < 2) {
		(void)fputs("usage: apps_list FOLDER [FILE...]\n", stderr);
		return 2;
	}
	if (argc == 2)
		all = list_folder(argv[1]);
	for (int i = 2; i < argc; i++) {
		char name[4096];
		(void)snprintf(name, sizeof name, "%s/%s", argv[1], argv[i]);
		all = list_file(name, argv[i]) && all;
	}
	return all ? EXIT_SUCCESS : EXIT_FAILURE;
}
