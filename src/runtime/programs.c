/* Which executables an image has: the folders of its layers are walked once. Their
 * names are the image's author's: no link is followed, no depth believed. */
#include "runtime/programs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* --- one file ----------------------------------------------------------------------------------- */

static int grow(struct image_programs *p, struct error *err)
{
	if (p->count < p->cap)
		return 0;
	size_t cap = p->cap == 0 ? 1024 : 2 * p->cap;
	struct program *program = reallocarray(p->program, cap, sizeof *program);
	if (program == NULL)
		return error_set(err, ERR_MEMORY, "no memory for an image's programs");
	p->program = program;
	p->cap = cap;
	return 0;
}

static int add_program(struct image_programs *p, uint16_t layer, const char *path, uint64_t size,
		       struct error *err)
{
	size_t at = p->paths.n;
	if (p->count == PROGRAMS_MAX || at + strlen(path) + 1 > p->paths.max) {
		p->left_out++;
		return 0;
	}
	if (grow(p, err) < 0 || buf_append(&p->paths, path, strlen(path) + 1, err) < 0)
		return -1;
	p->program[p->count++] =
		(struct program){ .size = size, .path = (uint32_t)at, .layer = layer };
	return 0;
}

/* Shared objects need no mode to be mapped: ld.so(8). */
static bool is_shared_object(const char *name)
{
	const char *so = strstr(name, ".so");
	return so != NULL && (so[3] == '\0' || so[3] == '.');
}

static bool is_program(const char *name, const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_size > 0 &&
	       ((st->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0 || is_shared_object(name));
}

/* --- a layer -------------------------------------------------------------------------------------- */

struct layer_walk {
	struct image_programs *p;
	uint16_t layer;
	DIR *open[PROGRAMS_DEPTH];
	size_t length[PROGRAMS_DEPTH];
	size_t depth;
	char path[LIMIT_PATH_BYTES]; /* below the layer */
};

/* The name behind the path of the folder at hand; false when it is too long. */
static bool push_name(struct layer_walk *w, const char *name)
{
	size_t n = strlen(w->path);
	if (n + strlen(name) + 2 > sizeof w->path)
		return false;
	(void)snprintf(w->path + n, sizeof w->path - n, "%s%s", n > 0 ? "/" : "", name);
	return true;
}

static void enter(struct layer_walk *w, const char *name)
{
	int parent = dirfd(w->open[w->depth - 1]);
	size_t n = strlen(w->path);
	if (w->depth == PROGRAMS_DEPTH || w->p->folders++ >= PROGRAMS_FOLDERS_MAX ||
	    !push_name(w, name)) {
		w->p->left_out++;
		return;
	}
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		if (fd >= 0)
			(void)close(fd);
		w->p->left_out++;
		w->path[n] = '\0';
		return;
	}
	w->open[w->depth] = dir;
	w->length[w->depth++] = n;
}

static void leave(struct layer_walk *w)
{
	(void)closedir(w->open[--w->depth]);
	w->path[w->length[w->depth]] = '\0';
}

static int look_at(struct layer_walk *w, const char *name, struct error *err)
{
	struct stat st;
	size_t n = strlen(w->path);
	if (fstatat(dirfd(w->open[w->depth - 1]), name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !is_program(name, &st))
		return 0;
	if (!push_name(w, name)) {
		w->p->left_out++;
		return 0;
	}
	int r = add_program(w->p, w->layer, w->path, (uint64_t)st.st_size, err);
	w->path[n] = '\0';
	return r;
}

static int walk_layer(struct layer_walk *w, struct error *err)
{
	while (w->depth > 0) {
		struct dirent *d = readdir(w->open[w->depth - 1]);
		if (d == NULL) {
			leave(w);
			continue;
		}
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
			continue;
		if (d->d_type == DT_DIR)
			enter(w, d->d_name);
		else if ((d->d_type == DT_REG || d->d_type == DT_UNKNOWN) &&
			 look_at(w, d->d_name, err) < 0)
			return -1;
	}
	return 0;
}

/* The layer's own folder may be a link, of docker's short names. */
int programs_gather(struct image_programs *p, uint16_t layer, struct error *err)
{
	struct layer_walk w = { .p = p, .layer = layer };
	w.open[0] = opendir(p->layers[layer]);
	if (w.open[0] == NULL)
		return error_errno(err, "layer %s", p->layers[layer]);
	w.depth = 1;
	int r = walk_layer(&w, err);
	while (w.depth > 0)
		leave(&w);
	return r;
}

/* --- an image ---------------------------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	const struct program *x = a, *y = b;
	if (x->size != y->size)
		return x->size < y->size ? -1 : 1;
	return (x->path > y->path) - (x->path < y->path);
}

static int copy_layers(struct image_programs *p, const struct rule_list *lower, struct error *err)
{
	p->layers = calloc(lower->count, sizeof(char *));
	for (size_t i = 0; p->layers != NULL && i < lower->count; i++) {
		p->layers[i] = strdup(lower->value[i]);
		if (p->layers[i] == NULL)
			break;
		p->layer_count++;
	}
	return p->layer_count == lower->count
		       ? 0
		       : error_set(err, ERR_MEMORY, "no memory for an image's layers");
}

/* With the lock. What was begun and failed is begun anew the next time. */
static int gather_all(struct image_programs *p, struct error *err)
{
	p->count = 0;
	p->left_out = p->folders = 0;
	p->paths.n = 0;
	for (size_t i = 0; i < p->layer_count; i++)
		if (programs_gather(p, (uint16_t)i, err) < 0)
			return -1;
	if (p->count > 0)
		qsort(p->program, p->count, sizeof *p->program, by_size);
	p->gathered = true;
	return 0;
}

int image_programs_gather(struct image_programs *p, struct error *err)
{
	(void)pthread_mutex_lock(&p->lock);
	int r = p->gathered ? 0 : gather_all(p, err);
	(void)pthread_mutex_unlock(&p->lock);
	return r;
}

int image_programs_new(const struct rule_list *lower, struct image_programs **ret,
		       struct error *err)
{
	if (lower->count == 0)
		return error_set(err, ERR_NOT_FOUND, "a root without layers of an image");
	if (lower->count > UINT16_MAX)
		return error_set(err, ERR_LIMIT, "more than %d layers", UINT16_MAX);
	struct image_programs *p = calloc(1, sizeof *p);
	if (p == NULL)
		return error_set(err, ERR_MEMORY, "no memory for an image's programs");
	(void)pthread_mutex_init(&p->lock, NULL);
	p->paths = buf_max(PROGRAMS_PATHS_MAX);
	if (copy_layers(p, lower, err) < 0) {
		image_programs_free(p);
		return -1;
	}
	*ret = p;
	return 0;
}

void image_programs_free(struct image_programs *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->layer_count; i++)
		free(p->layers[i]);
	free(p->layers);
	free(p->program);
	buf_free(&p->paths);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
}

size_t image_programs_count(const struct image_programs *p)
{
	return p->count;
}

uint64_t image_programs_left_out(const struct image_programs *p)
{
	return p->left_out;
}
