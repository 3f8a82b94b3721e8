/* Which files packages brought: dpkg's NAME.list (a path a line, "/." first) and
 * NAME.md5sums (sum, two blanks, path), apk's "F:" and "R:" lines between those of
 * the packages. Line by line, so that memory is one line's. */
#include "pkgdb/filelist.h"

#include <stdlib.h>

enum { SUM_TEXT = 34 }; /* 32 digits and two blanks */

struct filelist {
	enum filelist_kind kind;
	filelist_fn *file;
	void *ctx;
	struct buf line; /* the start of a line that a piece's end cut */
	struct buf path; /* apk: directory and name */
	size_t dir_n; /* apk: of path, with its "/" */
	bool skipping; /* a line that is too long to be a path */
};

enum filelist_kind filelist_classify(struct bytes path)
{
	struct bytes dir = path_dir(path);
	if (bytes_equal(dir, BYTES_LIT("var/lib/dpkg/info")) &&
	    bytes_ends_with(path, BYTES_LIT(".list")))
		return FILELIST_PATHS;
	if (bytes_equal(dir, BYTES_LIT("var/lib/dpkg/status.d")) &&
	    bytes_ends_with(path, BYTES_LIT(".md5sums")))
		return FILELIST_SUMS;
	if (pkgdb_classify(path) == PKGDB_APK_INSTALLED)
		return FILELIST_APK;
	return FILELIST_NONE;
}

struct filelist *filelist_new(enum filelist_kind kind, filelist_fn *file, void *ctx)
{
	struct filelist *l = calloc(1, sizeof *l);
	if (l == NULL)
		return NULL;
	l->kind = kind;
	l->file = file;
	l->ctx = ctx;
	l->line = buf_max(2 * LIMIT_PATH_BYTES);
	l->path = buf_max(4 * LIMIT_PATH_BYTES);
	return l;
}

void filelist_free(struct filelist *l)
{
	if (l == NULL)
		return;
	buf_free(&l->line);
	buf_free(&l->path);
	free(l);
}

static void tell(struct filelist *l, struct bytes path)
{
	while (path.n > 0 && path.p[0] == '/')
		path = bytes_sub(path, 1, path.n);
	if (path.n > 0)
		l->file(l->ctx, path);
}

/* A path that does not fit is none that an image can have. */
static void apk_line(struct filelist *l, struct bytes line)
{
	if (line.n < 2 || line.p[1] != ':')
		return;
	struct bytes value = bytes_sub(line, 2, line.n);
	if (line.p[0] == 'F') {
		l->path.n = l->dir_n = 0;
		if (value.n > 0 && (buf_append(&l->path, value.p, value.n, NULL) < 0 ||
				    buf_append(&l->path, "/", 1, NULL) < 0))
			l->path.n = 0;
		l->dir_n = l->path.n;
	} else if (line.p[0] == 'R') {
		l->path.n = l->dir_n;
		if (buf_append(&l->path, value.p, value.n, NULL) == 0)
			tell(l, buf_view(&l->path));
	}
}

static void on_line(struct filelist *l, struct bytes line)
{
	if (l->kind == FILELIST_PATHS)
		tell(l, line);
	else if (l->kind == FILELIST_SUMS)
		tell(l, bytes_sub(line, SUM_TEXT, line.n));
	else
		apk_line(l, line);
}

void filelist_feed(struct filelist *l, struct bytes piece)
{
	ptrdiff_t end;
	while ((end = bytes_index(piece, '\n')) >= 0) {
		struct bytes line = bytes_sub(piece, 0, (size_t)end);
		piece = bytes_sub(piece, (size_t)end + 1, piece.n);
		if (l->line.n > 0 && !l->skipping) {
			l->skipping = buf_append(&l->line, line.p, line.n, NULL) < 0;
			line = buf_view(&l->line);
		}
		if (!l->skipping)
			on_line(l, line);
		l->skipping = false;
		l->line.n = 0;
	}
	if (piece.n > 0 && !l->skipping)
		l->skipping = buf_append(&l->line, piece.p, piece.n, NULL) < 0;
}

void filelist_finish(struct filelist *l)
{
	if (l->line.n > 0 && !l->skipping)
		on_line(l, buf_view(&l->line));
	l->line.n = 0;
}
