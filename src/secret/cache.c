/* Compiled rules are kept: compiling takes a second, reading them a millisecond. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <hs/hs_common.h>

#include "base/keep.h"
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

/* The name tells it, and so does the file. */
static bool is_of(const struct secret_rules *r, int fd, size_t size)
{
	struct blob_header h;
	return fd_pread_full(fd, &h, sizeof h, 0) == (ssize_t)sizeof h && h.size == size &&
	       digest_equal(&h.rules, &r->digest);
}

static int cached(const struct secret_rules *r, int dir, const char *name, size_t *ret_size)
{
	cleanup_close int fd = keep_open(dir, name, LIMIT_SECRET_BLOB, ret_size);
	return fd >= 0 && is_of(r, fd, *ret_size) ? fd_take(&fd) : -1;
}

static int compile_anew(const struct secret_rules *r, int dir, const char *name, int *ret_fd,
			size_t *ret_size, struct error *err)
{
	cleanup_buf struct buf blob = buf_max(LIMIT_SECRET_BLOB);
	if (blob_build(r, &blob, err) < 0)
		return -1;
	*ret_size = blob.n;
	int fd = keep_store(dir, name, buf_view(&blob), err);
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
	cleanup_close int dir = keep_dir_open(cache_dir);
	cache_name(r, name);
	int fd = cached(r, dir, name, &info.blob_bytes);
	info.cached = fd >= 0;
	if (fd < 0 && compile_anew(r, dir, name, &fd, &info.blob_bytes, err) < 0)
		return -1;
	info.ns = clock_monotonic_ns() - start;
	if (ret_info != NULL)
		*ret_info = info;
	*ret_fd = fd;
	return 0;
}
