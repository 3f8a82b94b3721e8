/* Compiled rules are kept: compiling takes a second, reading them a millisecond. What
 * a cache holds is believed only when nobody else could have written it and its
 * checksum is right, because a worker takes it as it is. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <errno.h>
#include <fcntl.h>
#include <hs/hs_common.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "secret/internal.h"

enum { NAME_MAX_BYTES = 64 };

/* What Vectorscan's compiler makes use of where the processor has it. */
static unsigned cpu_features(void)
{
#if defined(__x86_64__)
	return (unsigned)(__builtin_cpu_supports("sse4.2") != 0) |
	       (unsigned)(__builtin_cpu_supports("avx2") != 0) << 1 |
	       (unsigned)(__builtin_cpu_supports("avx512bw") != 0) << 2 |
	       (unsigned)(__builtin_cpu_supports("avx512vbmi") != 0) << 3;
#else
	return 0;
#endif
}

/* Of all that decides what the file holds. */
static void cache_name(const struct secret_rules *r, char out[static NAME_MAX_BYTES])
{
	struct digest sum;
	char hex[2 * 16 + 1], pcre[64] = { 0 };
	unsigned features = cpu_features();
	(void)pcre2_config(PCRE2_CONFIG_VERSION, pcre);
	const char *version = hs_version();
	struct sha256 *h = sha256_new();
	sha256_update(h, &r->digest, sizeof r->digest);
	sha256_update(h, version, strlen(version) + 1);
	sha256_update(h, pcre, sizeof pcre);
	sha256_update(h, &features, sizeof features);
	sha256_final(h, &sum);
	sha256_free(h);
	hex_text(sum.sha256, 16, hex);
	(void)snprintf(out, NAME_MAX_BYTES, "secrets-%s.rules", hex);
}

/* Only this user could write it: the file's owner and mode say so. */
static bool is_private(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() &&
	       (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* The checksum at its end is that of all before it, and it was made for these rules. */
static bool is_whole(const struct secret_rules *r, int fd, size_t size)
{
	const struct blob_header *h;
	struct digest sum;
	if (size < sizeof *h + sizeof sum || size > LIMIT_SECRET_BLOB)
		return false;
	uint8_t *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return false;
	h = (const struct blob_header *)(const void *)map;
	sha256_of(bytes_of(map, size - sizeof sum), &sum);
	bool good = memcmp(&sum, map + size - sizeof sum, sizeof sum) == 0 && h->size == size &&
		    digest_equal(&h->rules, &r->digest);
	(void)munmap(map, size);
	return good;
}

static int cache_open(const struct secret_rules *r, int dir, const char *name, size_t *ret_size)
{
	struct stat st;
	cleanup_close int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !is_private(&st) ||
	    !is_whole(r, fd, (size_t)st.st_size))
		return -1;
	*ret_size = (size_t)st.st_size;
	return fd_take(&fd);
}

/* Others must not be able to put another file in its place. */
static int cache_dir_open(const char *path)
{
	struct stat st;
	if (path == NULL || fd_make_dirs(path, 0700, NULL) < 0)
		return -1;
	cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return -1;
	return fd_take(&fd);
}

/* Memory that nobody can change any more. */
static int sealed_memory(struct bytes blob, struct error *err)
{
	cleanup_close int fd = memfd_create("secret-rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || fd_write_full(fd, blob.p, blob.n) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return error_errno(err, "cannot keep the compiled secret rules in memory");
	return fd_take(&fd);
}

static int compile_anew(const struct secret_rules *r, int dir, const char *name, int *ret_fd,
			size_t *ret_size, struct error *err)
{
	cleanup_buf struct buf blob = buf_max(LIMIT_SECRET_BLOB);
	if (blob_build(r, &blob, err) < 0)
		return -1;
	*ret_size = blob.n;
	if (dir >= 0)
		(void)fd_write_file(dir, name, buf_view(&blob), 0600, NULL);
	int fd = sealed_memory(buf_view(&blob), err);
	if (fd < 0)
		return -1;
	*ret_fd = fd;
	return 0;
}

int secret_rules_compile(const struct secret_rules *r, const char *cache_dir, int *ret_fd,
			 struct secret_compile_info *ret_info, struct error *err)
{
	struct secret_compile_info info = { 0 };
	uint64_t start = clock_monotonic_ns();
	char name[NAME_MAX_BYTES];
	cleanup_close int dir = cache_dir_open(cache_dir);
	cache_name(r, name);
	int fd = dir < 0 ? -1 : cache_open(r, dir, name, &info.blob_bytes);
	info.cached = fd >= 0;
	if (fd < 0 && compile_anew(r, dir, name, &fd, &info.blob_bytes, err) < 0)
		return -1;
	info.ns = clock_monotonic_ns() - start;
	if (ret_info != NULL)
		*ret_info = info;
	*ret_fd = fd;
	return 0;
}
