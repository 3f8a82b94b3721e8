#include <fcntl.h>
#include <time.h>

#include "scan/cache_internal.h"

typedef void entry_fn(int dirfd, const char *name, const struct stat *st, void *ctx);

static int each_entry(struct cache *c, const char *kind, entry_fn *fn, void *ctx, struct error *err)
{
	struct stat st;
	int fd = openat(c->dirfd, kind, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		error_errno(err, "%s/%s", c->path, kind);
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		if (e->d_name[0] != '.' && fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			fn(fd, e->d_name, &st, ctx);
	return 0;
}

static int each_kind(struct cache *c, entry_fn *fn, void *ctx, struct error *err)
{
	for (const char *const *kind = cache_kinds; *kind != NULL; kind++)
		if (each_entry(c, *kind, fn, ctx, err) < 0)
			return -1;
	return 0;
}

static void count(struct cache_usage *u, const struct stat *st)
{
	u->files++;
	u->bytes += (uint64_t)st->st_size;
}

static void on_measure(int dirfd, const char *name, const struct stat *st, void *ctx)
{
	(void)dirfd;
	(void)name;
	count(ctx, st);
}

int cache_measure(struct cache *c, struct cache_usage *ret, struct error *err)
{
	*ret = (struct cache_usage){ 0 };
	return each_kind(c, on_measure, ret, err);
}

struct cleaning {
	struct cache_usage removed;
	int64_t newest; /* what was written later stays */
};

static void on_clean(int dirfd, const char *name, const struct stat *st, void *ctx)
{
	struct cleaning *k = ctx;
	if (st->st_mtim.tv_sec <= k->newest && unlinkat(dirfd, name, 0) == 0)
		count(&k->removed, st);
}

int cache_clean(struct cache *c, uint64_t min_age, struct cache_usage *ret_removed,
		struct error *err)
{
	struct cleaning k = { .newest = (int64_t)time(NULL) - (int64_t)min_age };
	int r = each_kind(c, on_clean, &k, err);
	*ret_removed = k.removed;
	return r;
}
