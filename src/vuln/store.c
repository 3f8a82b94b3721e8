#include "vuln/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>

struct store {
	int fd;
	char directory[PATH_MAX];
};

static const char file_prefix[] = "corten-", file_suffix[] = ".cdb", link_name[] = "current";

enum { FILE_NAME = 64 };

static void file_name(uint64_t generation, char out[static FILE_NAME])
{
	(void)snprintf(out, FILE_NAME, "%s%llu%s", file_prefix, (unsigned long long)generation,
		       file_suffix);
}

/* The generation in a file's name; false for any other name. */
static bool file_generation(const char *name, uint64_t *ret)
{
	struct bytes b = bytes_str(name);
	struct bytes prefix = bytes_str(file_prefix), suffix = bytes_str(file_suffix);
	return bytes_starts_with(b, prefix) && bytes_ends_with(b, suffix) &&
	       b.n > prefix.n + suffix.n &&
	       bytes_to_u64(bytes_sub(b, prefix.n, b.n - suffix.n), ret) && *ret > 0;
}

int store_open(const char *directory, struct store **ret, struct error *err)
{
	cleanup_free struct store *s = calloc(1, sizeof *s);
	if (s == NULL)
		return error_set(err, ERR_MEMORY, "no memory");
	int n = snprintf(s->directory, sizeof s->directory, "%s", directory);
	if (n <= 0 || (size_t)n >= sizeof s->directory - FILE_NAME)
		return error_set(err, ERR_USAGE, "%s: the name is too long", directory);
	if (fd_make_dirs(directory, 0755, err) < 0)
		return -1;
	cleanup_close int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "%s", directory);
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return error_errno(err, "%s: cannot lock it", directory);
	s->fd = fd_take(&fd);
	*ret = s;
	s = NULL;
	return 0;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	(void)close(s->fd);
	free(s);
}

uint64_t store_current(const struct store *s)
{
	char target[PATH_MAX];
	uint64_t generation;
	ssize_t n = readlinkat(s->fd, link_name, target, sizeof target - 1);
	if (n <= 0)
		return 0;
	target[n] = '\0';
	return file_generation(target, &generation) ? generation : 0;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

int store_list(const struct store *s, uint64_t **ret, size_t *ret_count, struct error *err)
{
	cleanup_closedir DIR *dir = NULL;
	cleanup_free uint64_t *all = NULL;
	size_t n = 0, cap = 0;
	int fd = openat(s->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || (dir = fdopendir(fd)) == NULL) {
		error_errno(err, "%s", s->directory);
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		uint64_t generation;
		if (!file_generation(e->d_name, &generation))
			continue;
		if (n == cap) {
			cap = cap == 0 ? 16 : cap * 2;
			uint64_t *more = reallocarray(all, cap, sizeof *more);
			if (more == NULL)
				return error_set(err, ERR_MEMORY, "no memory");
			all = more;
		}
		all[n++] = generation;
	}
	if (n > 0)
		qsort(all, n, sizeof *all, by_number);
	*ret = all;
	*ret_count = n;
	all = NULL;
	return 0;
}

int store_new_path(const struct store *s, char *out, size_t size, struct error *err)
{
	int n = snprintf(out, size, "%s/.new-%016llx", s->directory,
			 (unsigned long long)hash_random_key());
	if (n < 0 || (size_t)n >= size)
		return error_set(err, ERR_USAGE, "%s: the name is too long", s->directory);
	return 0;
}

/* Renames a fresh link over `current`: readers see the old or the new one. */
static int switch_to(struct store *s, uint64_t generation, struct error *err)
{
	char target[FILE_NAME], fresh[FILE_NAME];
	file_name(generation, target);
	(void)snprintf(fresh, sizeof fresh, ".current-%016llx",
		       (unsigned long long)hash_random_key());
	if (symlinkat(target, s->fd, fresh) < 0)
		return error_errno(err, "%s/%s", s->directory, link_name);
	if (renameat(s->fd, fresh, s->fd, link_name) < 0) {
		error_errno(err, "%s/%s", s->directory, link_name);
		(void)unlinkat(s->fd, fresh, 0);
		return -1;
	}
	if (fsync(s->fd) < 0)
		return error_errno(err, "%s", s->directory);
	return 0;
}

/* What a killed writer left behind: no writer is at work while we hold the lock. */
static void remove_leftovers(struct store *s)
{
	int fd = openat(s->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (dir == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		struct bytes name = bytes_str(e->d_name);
		if (bytes_starts_with(name, BYTES_LIT(".new-")) ||
		    bytes_starts_with(name, BYTES_LIT(".current-")))
			(void)unlinkat(s->fd, e->d_name, 0);
	}
}

static void remove_oldest(struct store *s)
{
	cleanup_free uint64_t *all = NULL;
	size_t n = 0;
	uint64_t current = store_current(s);
	if (store_list(s, &all, &n, NULL) < 0)
		return;
	for (size_t i = 0; i + STORE_KEEP < n; i++) {
		char name[FILE_NAME];
		file_name(all[i], name);
		if (all[i] != current)
			(void)unlinkat(s->fd, name, 0);
	}
}

/* Reads all of the database at path. */
static int check_file(const char *path, struct vulndb_info *ret, struct error *err)
{
	struct vulndb *db;
	if (vulndb_open(path, &db, err) < 0)
		return -1;
	int result = vulndb_verify(db, err);
	vulndb_info(db, ret);
	vulndb_close(db);
	return result;
}

static int install(struct store *s, const char *path, uint64_t *ret_generation, struct error *err)
{
	struct vulndb_info info;
	char name[FILE_NAME];
	uint64_t current = store_current(s);
	if (check_file(path, &info, err) < 0)
		return -1;
	if (info.generation == 0)
		return error_set(err, ERR_DB_CORRUPT, "a database must have a generation above 0");
	if (info.generation <= current)
		return error_set(err, ERR_OLD_GENERATION,
				 "generation %llu is not newer than the one in use, %llu",
				 (unsigned long long)info.generation, (unsigned long long)current);
	file_name(info.generation, name);
	if (renameat(AT_FDCWD, path, s->fd, name) < 0)
		return error_errno(err, "%s/%s", s->directory, name);
	if (switch_to(s, info.generation, err) < 0)
		return -1;
	*ret_generation = info.generation;
	return 0;
}

int store_install(struct store *s, const char *path, uint64_t *ret_generation, struct error *err)
{
	if (install(s, path, ret_generation, err) < 0) {
		(void)unlink(path);
		return -1;
	}
	remove_leftovers(s);
	remove_oldest(s);
	return 0;
}

int store_rollback(struct store *s, uint64_t *ret_generation, struct error *err)
{
	cleanup_free uint64_t *all = NULL;
	size_t n = 0;
	uint64_t current = store_current(s), before = 0;
	if (store_list(s, &all, &n, err) < 0)
		return -1;
	for (size_t i = 0; i < n && all[i] < current; i++)
		before = all[i];
	if (before == 0)
		return error_set(err, ERR_NOT_FOUND,
				 "%s: there is no older generation to go back to", s->directory);
	if (switch_to(s, before, err) < 0)
		return -1;
	*ret_generation = before;
	return 0;
}
