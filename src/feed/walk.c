/* The files below a directory, without following a link and without recursion. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "feed/client.h"
#include "feed/import.h"

enum {
	WALK_DEPTH = 32,
	WALK_NAMES = 64 << 20 /* bytes of names of the directories under way */
};

struct level {
	int fd;
	struct arena arena;
	const char **names; /* sorted */
	size_t count, cap, at;
	size_t path_n; /* length of the path before this level's names */
};

struct feed_walk {
	struct level levels[WALK_DEPTH];
	size_t depth; /* levels in use */
	struct buf path;
	int root;
	bool started;
};

struct feed_walk *feed_walk_new(int dir_fd)
{
	struct feed_walk *w = calloc(1, sizeof *w);
	if (w == NULL)
		return NULL;
	w->root = dir_fd;
	w->path = buf_max(LIMIT_PATH_BYTES * 2);
	return w;
}

static void leave_level(struct feed_walk *w)
{
	struct level *l = &w->levels[--w->depth];
	(void)close(l->fd);
	arena_free(&l->arena);
	free(l->names);
	*l = (struct level){ 0 };
}

void feed_walk_free(struct feed_walk *w)
{
	if (w == NULL)
		return;
	while (w->depth > 0)
		leave_level(w);
	buf_free(&w->path);
	free(w);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_name(struct level *l, const char *name, struct error *err)
{
	if (l->count == l->cap) {
		size_t cap = l->cap == 0 ? 256 : l->cap * 2, size;
		if (checked_mul(cap, sizeof *l->names, &size))
			return error_set(err, ERR_LIMIT, "too many names in one directory");
		const char **names = realloc(l->names, size);
		if (names == NULL)
			return error_set(err, ERR_MEMORY, "no memory for a directory");
		l->names = names;
		l->cap = cap;
	}
	l->names[l->count] = arena_cstr(&l->arena, bytes_str(name));
	if (l->names[l->count] == NULL)
		return error_set(err, ERR_LIMIT, "too many names in one directory");
	l->count++;
	return 0;
}

static int read_names(struct level *l, struct error *err)
{
	int fd = openat(l->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return error_errno(err, "cannot read the directory");
	}
	errno = 0;
	for (struct dirent *e; (e = readdir(dir)) != NULL; errno = 0)
		if (e->d_name[0] != '.' && add_name(l, e->d_name, err) < 0)
			return -1;
	if (errno != 0)
		return error_errno(err, "cannot read the directory");
	if (l->count > 0)
		qsort(l->names, l->count, sizeof *l->names, compare_names);
	return 0;
}

/* Takes fd. */
static int enter_level(struct feed_walk *w, int fd, struct error *err)
{
	if (w->depth == WALK_DEPTH) {
		(void)close(fd);
		return error_set(err, ERR_LIMIT, "directories deeper than %d levels", WALK_DEPTH);
	}
	struct level *l = &w->levels[w->depth++];
	*l = (struct level){ .fd = fd, .arena = arena_max(WALK_NAMES), .path_n = w->path.n };
	return read_names(l, err);
}

/* Opens the next name of the innermost level: 1 a file, 2 a directory that was
 * entered, 0 nothing to read, -1. A name that went away meanwhile is nothing. */
static int open_next(struct feed_walk *w, int *ret_fd, struct error *err)
{
	struct level *l = &w->levels[w->depth - 1];
	const char *name = l->names[l->at++];
	struct stat st;
	w->path.n = l->path_n;
	if (buf_printf(&w->path, err, "%s", name) < 0)
		return -1;
	int fd = openat(l->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 && (errno == ELOOP || errno == ENOENT || errno == ENXIO))
		return 0;
	if (fd < 0 || fstat(fd, &st) < 0) {
		error_errno(err, "%s", name);
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		if (buf_append(&w->path, "/", 1, err) == 0)
			return enter_level(w, fd, err) < 0 ? -1 : 2;
	} else if (S_ISREG(st.st_mode) && feed_is_file_name(bytes_str(name))) {
		*ret_fd = fd;
		return 1;
	}
	(void)close(fd);
	return 0;
}

int feed_walk_next(struct feed_walk *w, int *ret_fd, const char **ret_name, struct error *err)
{
	if (!w->started) {
		w->started = true;
		int fd = fcntl(w->root, F_DUPFD_CLOEXEC, 0);
		if (fd < 0)
			return error_errno(err, "cannot read the directory");
		if (enter_level(w, fd, err) < 0)
			return -1;
	}
	while (w->depth > 0) {
		struct level *l = &w->levels[w->depth - 1];
		if (l->at == l->count) {
			leave_level(w);
			continue;
		}
		int got = open_next(w, ret_fd, err);
		if (got < 0)
			return -1;
		if (got == 1) {
			*ret_name = buf_cstr(&w->path, err);
			if (*ret_name != NULL)
				return 1;
			(void)close(*ret_fd);
			return -1;
		}
	}
	return 0;
}
