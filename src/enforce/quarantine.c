/* The quarantine: NAME holds a file's bytes, NAME.meta owner, mode and times. A
 * file is copied, checked against its size and unlinked; nothing reads it. */
#include "enforce/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

struct quarantine_meta {
	uint32_t version; /* 1 */
	uint32_t mode, uid, gid;
	uint64_t size;
	struct timespec modified;
};

static int names_check(const char *file, const char *name, struct error *err)
{
	size_t n = strnlen(file, ENFORCE_NAME_MAX);
	bool plain = n > 0 && n < ENFORCE_NAME_MAX && strchr(file, '/') == NULL &&
		     strcmp(file, ".") != 0 && strcmp(file, "..") != 0;
	bool hex = strnlen(name, QUARANTINE_NAME + 1) == QUARANTINE_NAME &&
		   strspn(name, "0123456789abcdef") == QUARANTINE_NAME;
	if (plain && hex)
		return 0;
	return error_set(err, ERR_PROTOCOL, "not a file's name, or not a quarantine's");
}

static int bytes_copy(int from, int to, uint64_t size, struct error *err)
{
	for (uint64_t left = size; left > 0;) {
		ssize_t n = sendfile(to, from, NULL, left < (1 << 20) ? (size_t)left : 1 << 20);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot copy the file");
		if (n == 0)
			return error_set(err, ERR_CHANGED, "the file became shorter meanwhile");
		left -= (uint64_t)n;
	}
	if (fsync(to) != 0)
		return error_errno(err, "cannot keep the copy");
	return 0;
}

static int store_open(const char *store, struct error *err)
{
	int fd = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return error_errno(err, "cannot open the quarantine %s", store);
	return fd;
}

static int meta_write(int dir, const char *name, const struct stat *st, struct error *err)
{
	struct quarantine_meta m = { .version = 1,
				     .mode = st->st_mode & 07777,
				     .uid = st->st_uid,
				     .gid = st->st_gid,
				     .size = (uint64_t)st->st_size,
				     .modified = st->st_mtim };
	char meta[QUARANTINE_NAME + 8];
	(void)snprintf(meta, sizeof meta, "%s.meta", name);
	return fd_write_file(dir, meta, (struct bytes){ (const uint8_t *)&m, sizeof m }, 0400, err);
}

static int meta_read(int dir, const char *name, struct quarantine_meta *ret, struct error *err)
{
	char meta[QUARANTINE_NAME + 8];
	(void)snprintf(meta, sizeof meta, "%s.meta", name);
	cleanup_close int fd = fd_open_read(dir, meta, err);
	if (fd < 0)
		return -1;
	if (fd_read_full(fd, ret, sizeof *ret) != sizeof *ret || ret->version != 1)
		return error_set(err, ERR_MALFORMED, "the quarantine's %s is damaged", meta);
	return 0;
}

int quarantine_take(const char *store, int folder, const char *file, const char *name,
		    struct error *err)
{
	if (names_check(file, name, err) != 0)
		return -1;
	cleanup_close int dir = store_open(store, err);
	/* O_NONBLOCK: a pipe put in its place must not stop the role. */
	cleanup_close int from =
		openat(folder, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (dir < 0)
		return -1;
	struct stat st;
	if (from < 0 || fstat(from, &st) != 0)
		return error_errno(err, "cannot open the file");
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERR_USAGE, "only regular files can be put into quarantine");
	cleanup_close int to =
		openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	if (to < 0)
		return error_errno(err, "cannot make a file in the quarantine %s", store);
	if (bytes_copy(from, to, (uint64_t)st.st_size, err) != 0 ||
	    meta_write(dir, name, &st, err) != 0) {
		(void)unlinkat(dir, name, 0);
		return -1;
	}
	if (unlinkat(folder, file, 0) != 0)
		return error_errno(err, "the file is copied, but cannot be removed");
	return 0;
}

/* Gives the file back what it was. */
static int meta_apply(int fd, const struct quarantine_meta *m, struct error *err)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, m->modified };
	if (fchown(fd, m->uid, m->gid) != 0 || fchmod(fd, m->mode & 07777) != 0 ||
	    futimens(fd, times) != 0)
		return error_errno(err, "cannot restore owner, mode and time");
	return 0;
}

int quarantine_restore(const char *store, int folder, const char *file, const char *name,
		       struct error *err)
{
	if (names_check(file, name, err) != 0)
		return -1;
	cleanup_close int dir = store_open(store, err);
	cleanup_close int from = dir < 0 ? -1 : fd_open_read(dir, name, err);
	struct quarantine_meta m;
	if (from < 0 || meta_read(dir, name, &m, err) != 0)
		return -1;
	cleanup_close int to =
		openat(folder, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
	if (to < 0)
		return error_errno(err, "cannot make the file again");
	if (bytes_copy(from, to, m.size, err) != 0 || meta_apply(to, &m, err) != 0) {
		(void)unlinkat(folder, file, 0);
		return -1;
	}
	char meta[QUARANTINE_NAME + 8];
	(void)snprintf(meta, sizeof meta, "%s.meta", name);
	(void)unlinkat(dir, name, 0);
	(void)unlinkat(dir, meta, 0);
	return 0;
}
