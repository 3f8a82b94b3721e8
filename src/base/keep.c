#include "base/keep.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "base/fd.h"

/* Only this user could write it: the file's owner and mode say so. */
static bool is_private(const struct stat *st, mode_t kind)
{
	return (st->st_mode & S_IFMT) == kind && st->st_uid == geteuid() &&
	       (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

int keep_dir_open(const char *path)
{
	struct stat st;
	if (path == NULL || fd_make_dirs(path, 0700, NULL) < 0)
		return -1;
	cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !is_private(&st, S_IFDIR))
		return -1;
	return fd_take(&fd);
}

static bool is_whole(int fd, size_t size, size_t max)
{
	struct digest sum;
	if (size <= sizeof sum || size > max)
		return false;
	uint8_t *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return false;
	sha256_of(bytes_of(map, size - sizeof sum), &sum);
	bool good = memcmp(&sum, map + size - sizeof sum, sizeof sum) == 0;
	(void)munmap(map, size);
	return good;
}

int keep_open(int dir, const char *name, size_t max, size_t *ret_size)
{
	struct stat st;
	if (dir < 0)
		return -1;
	cleanup_close int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !is_private(&st, S_IFREG) || st.st_size < 0 ||
	    !is_whole(fd, (size_t)st.st_size, max))
		return -1;
	*ret_size = (size_t)st.st_size;
	return fd_take(&fd);
}

int keep_seal(struct buf *content, struct error *err)
{
	struct digest sum;
	sha256_of(buf_view(content), &sum);
	return buf_append(content, &sum, sizeof sum, err);
}

int keep_store(int dir, const char *name, struct bytes content, struct error *err)
{
	if (dir >= 0)
		(void)fd_write_file(dir, name, content, 0600, NULL);
	cleanup_close int fd = memfd_create("compiled-rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || fd_write_full(fd, content.p, content.n) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return error_errno(err, "cannot keep the compiled rules in memory");
	return fd_take(&fd);
}
