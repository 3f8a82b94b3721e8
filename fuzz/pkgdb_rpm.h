/* What the harnesses of the three rpm database forms do: read the input as a
 * database. It must end, ask for no byte outside of the file, and read an amount
 * that is linear in it, and what it tells must be good to look at. */
#ifndef CORTEN_FUZZ_PKGDB_RPM_H
#define CORTEN_FUZZ_PKGDB_RPM_H

#include <stdlib.h>

#include "base/base.h"
#include "pkgdb/pkgdb.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fuzz_database {
	struct bytes file;
	uint64_t bytes_read;
	uint64_t sum; /* of every byte told: the sanitizer sees them touched */
};

static int fuzz_read_at(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	struct fuzz_database *d = ctx;
	(void)err;
	if (at > d->file.n || n > d->file.n - at)
		abort();
	memcpy(p, d->file.p + at, n);
	d->bytes_read += n;
	return 0;
}

static int fuzz_package(void *ctx, const struct pkg_record *pkg, struct error *err)
{
	struct fuzz_database *d = ctx;
	const struct bytes fields[] = { pkg->name,        pkg->version,        pkg->arch,
					pkg->source_name, pkg->source_version, pkg->vendor,
					pkg->modularity,  pkg->maintainer,     pkg->license };
	(void)err;
	if (pkg->name.n == 0 || pkg->version.n < 3)
		abort();
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		d->sum += hash_bytes(1, fields[i]);
	return 0;
}

static void fuzz_skipped(void *ctx, const char *why)
{
	struct fuzz_database *d = ctx;
	d->sum += strlen(why);
}

static void fuzz_owned(void *ctx, struct bytes path)
{
	struct fuzz_database *d = ctx;
	if (path.n == 0 || path.n > 2 * LIMIT_PATH_BYTES)
		abort();
	d->sum += hash_bytes(1, path);
}

static void fuzz_rpm_database(struct bytes file)
{
	struct fuzz_database d = { .file = file };
	struct pkg_file random = { file.n, fuzz_read_at, &d };
	struct pkg_sink sink = {
		.package = fuzz_package, .skipped = fuzz_skipped, .ctx = &d, .file = fuzz_owned
	};
	struct error err = { 0 };
	int rc = pkg_rpm_read(&random, sink, &err);
	if ((rc == 0) != (err.code == ERR_NONE) || d.bytes_read > 2 * file.n + (1 << 19))
		abort();
}

#endif
