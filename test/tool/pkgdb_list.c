/* Prints the packages of a database as tab-separated lines, for the tests that
 * compare them with what the distribution's own tool prints.
 *
 *   pkgdb_list rpm|dpkg|apk|manifest FILE
 *	name, version, arch, source name, source version, modularity, vendor;
 *	"(none)" for what is absent
 *
 * Left-out records and errors go to standard error; exit 1 after an error. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "pkgdb/pkgdb.h"

static void put_field(struct bytes b, char end)
{
	if (b.n == 0)
		b = BYTES_LIT("(none)");
	(void)fwrite(b.p, 1, b.n, stdout);
	(void)putchar(end);
}

static int print_package(void *ctx, const struct pkg_record *pkg, struct error *err)
{
	(void)ctx;
	(void)err;
	put_field(pkg->name, '\t');
	put_field(pkg->version, '\t');
	put_field(pkg->arch, '\t');
	put_field(pkg->source_name, '\t');
	put_field(pkg->source_version, '\t');
	put_field(pkg->modularity, '\t');
	put_field(pkg->vendor, '\n');
	return 0;
}

static void print_skipped(void *ctx, const char *why)
{
	(void)ctx;
	(void)fprintf(stderr, "left out: %s\n", why);
}

static int read_file(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	ssize_t got = fd_pread_full(*(int *)ctx, p, n, (off_t)at);
	if (got < 0)
		return error_errno(err, "read");
	if ((size_t)got < n)
		return error_set(err, ERR_CHANGED, "the file became shorter");
	return 0;
}

static int list_rpm(const char *path, struct error *err)
{
	struct stat st;
	struct pkg_sink sink = { .package = print_package, .skipped = print_skipped };
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, "%s", path);
	struct pkg_file file = { (uint64_t)st.st_size, read_file, &fd };
	return pkg_rpm_read(&file, sink, err);
}

static int list_text(enum pkgdb_kind kind, const char *path, struct error *err)
{
	static uint8_t piece[64 * 1024];
	struct pkg_sink sink = { .package = print_package, .skipped = print_skipped };
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "%s", path);
	struct pkg_text_parser *p = pkg_text_new(kind, sink);
	int status = p == NULL ? error_set(err, ERR_MEMORY, "no memory") : 0;
	ssize_t n = 1;
	while (status == 0 && n > 0) {
		n = fd_read_full(fd, piece, sizeof(piece));
		status = n < 0 ? error_errno(err, "read")
			       : pkg_text_feed(p, bytes_of(piece, (size_t)n), err);
	}
	if (status == 0)
		status = pkg_text_finish(p, err);
	pkg_text_free(p);
	return status;
}

static int list(const char *form, const char *path, struct error *err)
{
	if (strcmp(form, "dpkg") == 0)
		return list_text(PKGDB_DPKG_STATUS, path, err);
	if (strcmp(form, "apk") == 0)
		return list_text(PKGDB_APK_INSTALLED, path, err);
	if (strcmp(form, "manifest") == 0)
		return list_text(PKGDB_RPM_MANIFEST, path, err);
	if (strcmp(form, "rpm") == 0)
		return list_rpm(path, err);
	return error_set(err, ERR_USAGE, "no such form: %s", form);
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	if (argc != 3) {
		(void)fprintf(stderr, "usage: pkgdb_list rpm|dpkg|apk|manifest FILE\n");
		return 2;
	}
	if (list(argv[1], argv[2], &err) < 0) {
		(void)fprintf(stderr, "%s: %s\n", argv[2], err.text);
		return err.code == ERR_USAGE ? 2 : EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
