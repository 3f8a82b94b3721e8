/* What the harnesses of binary files do: read the input as a file of a kind. It must
 * end, ask for no byte outside of the file, and what it tells must be good to look at. */
#ifndef CORTEN_FUZZ_APPS_FILE_H
#define CORTEN_FUZZ_APPS_FILE_H

#include <stdlib.h>

#include "apps/apps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_file {
	struct bytes file;
	uint64_t bytes_read;
	uint64_t sum; /* of every byte told: the sanitizer sees them touched */
};

static int fuzz_read_at(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	struct fuzz_file *f = ctx;
	(void)err;
	if (at > f->file.n || n > f->file.n - at)
		abort();
	if (n > 0)
		memcpy(p, f->file.p + at, n);
	f->bytes_read += n;
	return 0;
}

static int fuzz_package(void *ctx, const struct app_record *r, struct error *err)
{
	struct fuzz_file *f = ctx;
	const struct bytes fields[] = { r->name, r->version, r->license, r->inner };
	(void)err;
	if (r->name.n == 0 || !pkg_type_is_app(r->type))
		abort();
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!utf8_valid(fields[i]))
			abort();
		f->sum += hash_bytes(1, fields[i]);
	}
	return 0;
}

static void fuzz_skipped(void *ctx, const char *why)
{
	struct fuzz_file *f = ctx;
	f->sum += strlen(why);
}

/* Returns how many bytes were read. */
static uint64_t fuzz_app_file(enum app_kind kind, const char *path, struct bytes file)
{
	struct fuzz_file f = { .file = file };
	struct pkg_file random = { file.n, fuzz_read_at, &f };
	struct app_sink sink = { .package = fuzz_package, .skipped = fuzz_skipped, .ctx = &f };
	struct error err = { 0 };
	int rc = apps_read(kind, bytes_str(path), &random, sink, &err);
	if ((rc == 0) != (err.code == ERR_NONE))
		abort();
	return f.bytes_read;
}

#endif
