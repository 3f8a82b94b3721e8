/* A file or folder of a container put back to what its backup is. A file is written
 * beside and takes the name in one step: who has the old one open writes to what has
 * no name any more. Nothing waits for the disk: what a power cut takes is put back again. */
#include "enforce/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

enum { PIECE = 64 << 10, TEMPORARY = 32 };

static int name_check(const char *name, struct error *err)
{
	size_t n = strnlen(name, ENFORCE_NAME_MAX);
	if (n > 0 && n < ENFORCE_NAME_MAX && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
	    strcmp(name, "..") != 0)
		return 0;
	return error_set(err, ERR_PROTOCOL, "not a file's name");
}

/* Owner, mode and time of change; the mode last, for chown takes set-id bits away. */
static int metadata_put(int fd, const struct stat *st, struct error *err)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, st->st_mtim };
	if (fchown(fd, st->st_uid, st->st_gid) != 0 || fchmod(fd, st->st_mode & 07777) != 0 ||
	    futimens(fd, times) != 0)
		return error_errno(err, "cannot restore owner, mode and time");
	return 0;
}

static int piece_copy(int from, int to, off_t at, size_t n, struct sha256 *h, struct error *err)
{
	uint8_t piece[PIECE];
	ssize_t got = fd_pread_full(from, piece, n, at);
	if (got < 0)
		return error_errno(err, "cannot read the backup");
	if ((size_t)got != n)
		return error_set(err, ERR_CHANGED, "the backup became shorter meanwhile");
	sha256_update(h, piece, n);
	return fd_write_full(to, piece, n) == 0 ? 0 : error_errno(err, "cannot write the copy");
}

static int content_copy(int from, int to, off_t size, struct digest *ret, struct error *err)
{
	struct sha256 *h = sha256_new();
	int r = h == NULL ? error_set(err, ERR_MEMORY, "no memory") : 0;
	for (off_t at = 0; r == 0 && at < size; at += PIECE) {
		off_t left = size - at;
		r = piece_copy(from, to, at, left < PIECE ? (size_t)left : PIECE, h, err);
	}
	if (r == 0)
		sha256_final(h, ret);
	sha256_free(h);
	return r;
}

static int temporary_make(int folder, char name[static TEMPORARY], struct error *err)
{
	uint64_t number;
	if (getrandom(&number, sizeof number, 0) != sizeof number)
		return error_errno(err, "no random number");
	(void)snprintf(name, TEMPORARY, ".corten-%016" PRIx64, number);
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0);
	return fd < 0 ? error_errno(err, "cannot make a file in the folder") : fd;
}

static int file_put(int folder, const char *name, int backup, const struct stat *st,
		    const struct digest *wanted, struct error *err)
{
	char temporary[TEMPORARY];
	struct digest is;
	cleanup_close int to = temporary_make(folder, temporary, err);
	if (to < 0)
		return -1;
	int r = content_copy(backup, to, st->st_size, &is, err);
	if (r == 0 && !digest_equal(&is, wanted))
		r = error_set(err, ERR_CHANGED, "the backup is not what it was when it was read");
	if (r == 0)
		r = metadata_put(to, st, err);
	if (r == 0 && renameat(folder, temporary, folder, name) != 0)
		r = error_errno(err, "cannot give the copy its name");
	if (r != 0)
		(void)unlinkat(folder, temporary, 0);
	return r;
}

/* What took the folder's name, if it is none, goes. */
static int folder_put(int folder, const char *name, const struct stat *st, struct error *err)
{
	struct stat is;
	if (fstatat(folder, name, &is, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(is.st_mode) &&
	    unlinkat(folder, name, 0) != 0)
		return error_errno(err, "cannot take away what has the folder's name");
	if (mkdirat(folder, name, 0700) != 0 && errno != EEXIST)
		return error_errno(err, "cannot make the folder again");
	cleanup_close int fd =
		openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "cannot open the folder") : metadata_put(fd, st, err);
}

int backup_put(int folder, const char *name, int backup, const struct digest *wanted,
	       struct error *err)
{
	struct stat st;
	if (name_check(name, err) != 0)
		return -1;
	if (fstat(backup, &st) != 0)
		return error_errno(err, "cannot look at the backup");
	if (S_ISDIR(st.st_mode))
		return folder_put(folder, name, &st, err);
	if (S_ISREG(st.st_mode))
		return file_put(folder, name, backup, &st, wanted, err);
	return error_set(err, ERR_PROTOCOL, "the backup is neither a file nor a folder");
}
