/* A root file system as a tar stream. The walk holds one descriptor a level and
 * follows no link; a file changes size under it now and then, and the stream
 * stays valid: content is padded with zeros or cut to the size announced. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "format/tar.h"
#include "source/source.h"

enum { DEPTH_MAX = 256 };

struct level {
	DIR *dir;
	size_t path_n; /* length of the path above this level's entries */
};

struct walk {
	int rootfd, out_fd;
	const struct rootfs_filter *filter;
	struct buf path, out;
	struct level levels[DEPTH_MAX];
	size_t depth;
};

static void tell(struct walk *w, const struct error *why)
{
	const char *path = buf_cstr(&w->path, NULL);
	w->filter->problem(w->filter->ctx, path == NULL ? "?" : path, why);
}

/* What errno says of the path at hand; that it is gone is no problem where
 * nothing was promised of it. */
static void tell_errno(struct walk *w, const char *what)
{
	struct error why = { 0 };
	if (errno == ENOENT)
		return;
	(void)error_errno(&why, "%s", what);
	tell(w, &why);
}

static int write_out(struct walk *w, struct error *err)
{
	int r = fd_write_full(w->out_fd, w->out.p, w->out.n);
	w->out.n = 0;
	return r == 0 ? 0 : error_errno(err, "cannot write to the worker");
}

static int open_in_root(struct walk *w, int flags)
{
	struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK),
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	if (w->filter->one_mount)
		how.resolve |= RESOLVE_NO_XDEV;
	const char *path = w->path.n == 0 ? "." : buf_cstr(&w->path, NULL);
	return path == NULL ? -1 : (int)syscall(SYS_openat2, w->rootfd, path, &how, sizeof how);
}

/* A volume, or a file that the runtime puts over the image's. */
static bool is_other_mount(const struct walk *w, int fd)
{
	return fd < 0 && errno == EXDEV && w->filter->one_mount;
}

static int put_zeros(struct walk *w, uint64_t n, struct error *err)
{
	static const uint8_t zeros[4096];
	while (n > 0) {
		size_t piece = n < sizeof zeros ? (size_t)n : sizeof zeros;
		if (fd_write_full(w->out_fd, zeros, piece) < 0)
			return error_errno(err, "cannot write to the worker");
		n -= piece;
	}
	return 0;
}

/* A package database that was written to meanwhile may be read torn. */
static void check_unchanged(struct walk *w, int fd, const struct stat *before)
{
	struct stat now;
	struct error why = { 0 };
	if (fstat(fd, &now) == 0 && now.st_size == before->st_size &&
	    now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == before->st_mtim.tv_nsec)
		return;
	(void)error_set(&why, ERR_CHANGED, "the file changed while it was read");
	tell(w, &why);
}

static int copy_content(struct walk *w, int fd, const struct stat *st, struct error *err)
{
	uint8_t piece[65536];
	uint64_t size = (uint64_t)st->st_size, left = size;
	while (left > 0) {
		size_t want = left < sizeof piece ? (size_t)left : sizeof piece;
		ssize_t n = fd_read_full(fd, piece, want);
		if (n < 0)
			tell_errno(w, "cannot read");
		if (n <= 0)
			break;
		if (fd_write_full(w->out_fd, piece, (size_t)n) < 0)
			return error_errno(err, "cannot write to the worker");
		left -= (uint64_t)n;
	}
	check_unchanged(w, fd, st);
	return put_zeros(w, left + tar_padding(size), err);
}

static int put_header(struct walk *w, enum tar_type type, struct bytes link, const struct stat *st,
		      struct error *err)
{
	struct tar_entry e = { .type = type,
			       .path = buf_view(&w->path),
			       .link = link,
			       .mode = st->st_mode & 07777,
			       .size = type == TAR_FILE ? (uint64_t)st->st_size : 0 };
	if (tar_write_header(&w->out, &e, err) < 0)
		return -1;
	return write_out(w, err);
}

static int put_open_file(struct walk *w, int fd, struct error *err)
{
	struct stat st;
	struct error why = { 0 };
	if (fd < 0 || fstat(fd, &st) < 0) {
		(void)error_errno(&why, "cannot read");
		tell(w, &why);
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return 0;
	if (put_header(w, TAR_FILE, bytes_of(NULL, 0), &st, err) < 0)
		return -1;
	return copy_content(w, fd, &st, err);
}

static int put_file(struct walk *w, const struct stat *seen, struct error *err)
{
	if (!w->filter->wants(w->filter->ctx, buf_view(&w->path), seen))
		return 0;
	cleanup_close int fd = open_in_root(w, O_RDONLY | O_NOCTTY);
	return is_other_mount(w, fd) ? 0 : put_open_file(w, fd, err);
}

static int put_link(struct walk *w, int dirfd, const char *name, const struct stat *st,
		    struct error *err)
{
	char target[LIMIT_PATH_BYTES + 1];
	ssize_t n = readlinkat(dirfd, name, target, sizeof target);
	if (n < 0) {
		tell_errno(w, "cannot read the link");
		return 0;
	}
	return put_header(w, TAR_SYMLINK, bytes_of(target, (size_t)n), st, err);
}

/* What holds no files of anybody's; statfs(2) names the numbers. */
static bool is_made_up(int fd)
{
	static const long kinds[] = { PROC_SUPER_MAGIC,    SYSFS_MAGIC,        CGROUP_SUPER_MAGIC,
				      CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC,      TRACEFS_MAGIC,
				      SECURITYFS_MAGIC,    DEVPTS_SUPER_MAGIC, BPF_FS_MAGIC,
				      PSTOREFS_MAGIC,      EFIVARFS_MAGIC };
	struct statfs fs;
	if (fstatfs(fd, &fs) < 0)
		return false;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (fs.f_type == kinds[i])
			return true;
	return false;
}

static int enter_dir(struct walk *w, struct error *err)
{
	struct error why = { 0 };
	if (w->depth == DEPTH_MAX) {
		(void)error_set(&why, ERR_LIMIT, "more than %d directories deep", DEPTH_MAX);
		tell(w, &why);
		return 0;
	}
	int fd = open_in_root(w, O_RDONLY | O_DIRECTORY);
	if (is_other_mount(w, fd))
		return 0;
	if (fd >= 0 && is_made_up(fd)) {
		(void)close(fd);
		return 0;
	}
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		(void)error_errno(&why, "cannot read the directory");
		tell(w, &why);
		if (fd >= 0)
			(void)close(fd);
		return 0;
	}
	(void)err;
	w->levels[w->depth++] = (struct level){ dir, w->path.n };
	return 0;
}

static int visit(struct walk *w, int dirfd, const char *name, struct error *err)
{
	struct stat st;
	if (w->path.n > 0 && buf_append(&w->path, "/", 1, err) < 0)
		return -1;
	if (buf_append_str(&w->path, name, err) < 0)
		return -1;
	if (!w->filter->touches(w->filter->ctx, buf_view(&w->path)))
		return 0;
	/* In a tar stream it would be a whiteout. */
	if (strncmp(name, ".wh.", 4) == 0) {
		struct error why = { 0 };
		(void)error_set(&why, ERR_UNSUPPORTED,
				"it has the name of a whiteout and is not read");
		tell(w, &why);
		return 0;
	}
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		tell_errno(w, "cannot look at it");
		return 0;
	}
	if (S_ISREG(st.st_mode))
		return put_file(w, &st, err);
	if (S_ISLNK(st.st_mode))
		return put_link(w, dirfd, name, &st, err);
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (put_header(w, TAR_DIR, bytes_of(NULL, 0), &st, err) < 0)
		return -1;
	return enter_dir(w, err);
}

static int walk_all(struct walk *w, struct error *err)
{
	while (w->depth > 0) {
		struct level *l = &w->levels[w->depth - 1];
		w->path.n = l->path_n;
		errno = 0;
		struct dirent *e = readdir(l->dir);
		if (e == NULL) {
			if (errno != 0)
				tell_errno(w, "cannot read the directory to its end");
			(void)closedir(l->dir);
			w->depth--;
			continue;
		}
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (visit(w, dirfd(l->dir), e->d_name, err) < 0)
			return -1;
	}
	if (tar_write_end(&w->out, err) < 0)
		return -1;
	return write_out(w, err);
}

static struct walk *walk_new(const struct rootfs_filter *filter, int rootfd, int out_fd)
{
	struct walk *w = calloc(1, sizeof *w);
	if (w == NULL)
		return NULL;
	w->rootfd = rootfd;
	w->out_fd = out_fd;
	w->filter = filter;
	w->path = buf_max(DEPTH_MAX * 260);
	w->out = buf_max(2 * LIMIT_PAX_BYTES);
	return w;
}

static void walk_free(struct walk *w)
{
	while (w->depth > 0)
		(void)closedir(w->levels[--w->depth].dir);
	buf_free(&w->path);
	buf_free(&w->out);
	free(w);
}

int rootfs_write_tar(const char *root, const struct rootfs_filter *filter, int out_fd,
		     struct error *err)
{
	cleanup_close int rootfd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rootfd < 0)
		return error_errno(err, "%s", root);
	struct walk *w = walk_new(filter, rootfd, out_fd);
	if (w == NULL)
		return error_set(err, ERR_MEMORY, "no memory to walk %s", root);
	int r = enter_dir(w, err);
	if (r == 0)
		r = walk_all(w, err);
	walk_free(w);
	return r;
}

/* --- some files of an image ---------------------------------------------------------------- */

static int put_image_file(struct walk *w, const struct overlay *o, const char *path,
			  struct error *err)
{
	w->path.n = 0;
	if (buf_append_str(&w->path, path, err) < 0)
		return -1;
	cleanup_close int fd = overlay_open_image(o, path);
	return fd < 0 && errno == ENOENT ? 0 : put_open_file(w, fd, err);
}

int rootfs_write_image_files(const struct overlay *o, const char *const *paths, size_t n,
			     const struct rootfs_filter *filter, int out_fd, struct error *err)
{
	struct walk *w = walk_new(filter, -1, out_fd);
	if (w == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read %zu files", n);
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = put_image_file(w, o, paths[i], err);
	if (r == 0)
		r = tar_write_end(&w->out, err);
	if (r == 0)
		r = write_out(w, err);
	walk_free(w);
	return r;
}
