/* Lists a zip file for comparison: "size sha256 name-in-hex" for each member,
 * at the end "ok", or "error CODE" at the first error. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/base.h"
#include "format/zip.h"

static int file_at(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	ssize_t got = fd_pread_full(*(int *)ctx, p, n, (off_t)at);
	if (got < 0)
		return error_errno(err, "read");
	return (size_t)got == n ? 0 : error_set(err, ERR_TRUNCATED, "the file is short");
}

static int member(struct zip *z, const struct zip_entry *e, struct sha256 *sum, struct error *err)
{
	static uint8_t piece[50000];
	struct digest digest;
	char text[DIGEST_TEXT];
	uint64_t size = 0;
	ssize_t n;
	if (zip_member_open(z, e, err) < 0)
		return -1;
	sha256_reset(sum);
	while ((n = zip_member_read(z, piece, sizeof piece, err)) > 0) {
		sha256_update(sum, piece, (size_t)n);
		size += (uint64_t)n;
	}
	if (n < 0)
		return -1;
	sha256_final(sum, &digest);
	digest_text(&digest, text);
	(void)printf("%llu %s ", (unsigned long long)size, text + 7);
	for (size_t i = 0; i < e->name.n; i++)
		(void)printf("%02x", e->name.p[i]);
	(void)printf("\n");
	return 0;
}

static int list(int fd, uint64_t size, struct error *err)
{
	struct zip_source src = { size, file_at, &fd };
	struct zip *z = NULL;
	struct zip_entry e;
	struct sha256 *sum = sha256_new();
	if (sum == NULL || zip_open(&src, &z, err) < 0) {
		sha256_free(sum);
		return -1;
	}
	int got;
	while ((got = zip_next(z, &e, err)) > 0)
		if (member(z, &e, sum, err) < 0) {
			got = -1;
			break;
		}
	sha256_free(sum);
	zip_close(z);
	return got;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	struct stat st;
	cleanup_close int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	if (fd < 0 || fstat(fd, &st) < 0)
		return EXIT_FAILURE;
	if (list(fd, (uint64_t)st.st_size, &err) < 0)
		(void)printf("error %s %s\n", error_code_name(err.code), err.text);
	else
		(void)printf("ok\n");
	return EXIT_SUCCESS;
}
