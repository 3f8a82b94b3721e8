#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/hash.h"

ssize_t fd_read_full(int fd, void *p, size_t n)
{
	size_t got = 0;
	while (got < n) {
		ssize_t r = read(fd, (uint8_t *)p + got, n - got);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}

ssize_t fd_pread_full(int fd, void *p, size_t n, off_t at)
{
	size_t got = 0;
	while (got < n) {
		ssize_t r = pread(fd, (uint8_t *)p + got, n - got, at + (off_t)got);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		if (r == 0)
			break;
		got += (size_t)r;
	}
	return (ssize_t)got;
}

int fd_write_full(int fd, const void *p, size_t n)
{
	size_t done = 0;
	while (done < n) {
		ssize_t w = write(fd, (const uint8_t *)p + done, n - done);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return -1;
		done += (size_t)w;
	}
	return 0;
}

int fd_read_all(int fd, struct buf *out, struct error *err)
{
	for (;;) {
		size_t want = out->max - out->n < 65536 ? out->max - out->n : 65536;
		uint8_t probe;
		if (want == 0) {
			ssize_t r = fd_read_full(fd, &probe, 1);
			if (r == 0)
				return 0;
			return r < 0 ? error_errno(err, "read")
				     : error_set(err, ERR_LIMIT, "more than %zu bytes", out->max);
		}
		if (buf_reserve(out, want, err) < 0)
			return -1;
		ssize_t r = fd_read_full(fd, out->p + out->n, want);
		if (r < 0)
			return error_errno(err, "read");
		out->n += (size_t)r;
		if ((size_t)r < want)
			return 0;
	}
}

int fd_open_read(int dirfd, const char *name, struct error *err)
{
	int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return error_errno(err, "%s", name);
	return fd;
}

static int write_and_sync(int fd, struct bytes content)
{
	if (fd_write_full(fd, content.p, content.n) < 0)
		return -1;
	return fsync(fd);
}

int fd_write_file(int dirfd, const char *name, struct bytes content, mode_t mode, struct error *err)
{
	char tmp[PATH_MAX];
	int n = snprintf(tmp, sizeof tmp, "%s.%016llx.tmp", name,
			 (unsigned long long)hash_random_key());
	if (n < 0 || (size_t)n >= sizeof tmp)
		return error_set(err, ERR_USAGE, "%s: the name is too long", name);
	cleanup_close int fd = openat(dirfd, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return error_errno(err, "%s", name);
	if (write_and_sync(fd, content) < 0 || renameat(dirfd, tmp, dirfd, name) < 0) {
		error_errno(err, "%s", name);
		(void)unlinkat(dirfd, tmp, 0);
		return -1;
	}
	if (dirfd != AT_FDCWD)
		(void)fsync(dirfd);
	return 0;
}

int fd_make_dirs(const char *path, mode_t mode, struct error *err)
{
	char part[PATH_MAX];
	size_t n = strlen(path);
	if (n == 0 || n >= sizeof part)
		return error_set(err, ERR_USAGE, "%s: not a usable path", path);
	memcpy(part, path, n + 1);
	for (size_t i = 1; i <= n; i++) {
		if (part[i] != '/' && part[i] != '\0')
			continue;
		char saved = part[i];
		part[i] = '\0';
		if (mkdir(part, mode) < 0 && errno != EEXIST)
			return error_errno(err, "%s: cannot make the directory", part);
		part[i] = saved;
	}
	return 0;
}
