/* Descriptors: whole reads and writes, pipes that close on exec. */
#ifndef CORTEN_BASE_FD_H
#define CORTEN_BASE_FD_H

#include <sys/types.h>

#include "base/buf.h"
#include "base/error.h"

/* Reads until n bytes or the end; the number read, or -1. Goes on at EINTR. */
ssize_t fd_read_full(int fd, void *p, size_t n);
ssize_t fd_pread_full(int fd, void *p, size_t n, off_t at);

/* 0 when all is written, or -1 with errno. */
int fd_write_full(int fd, const void *p, size_t n);

/* Appends all that fd still has; ERR_LIMIT over the buffer's cap. */
int fd_read_all(int fd, struct buf *out, struct error *err);

/* Opens name below dirfd for reading, follows no link in its last component. */
int fd_open_read(int dirfd, const char *name, struct error *err);

/* Writes a file whole or not at all: temporary name in the same directory,
 * fsync, rename, fsync of the directory. mode as for open(2). */
int fd_write_file(int dirfd, const char *name, struct bytes content, mode_t mode,
		  struct error *err);

/* mkdir -p with mode for what is new. */
int fd_make_dirs(const char *path, mode_t mode, struct error *err);

#endif
