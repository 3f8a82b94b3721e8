/* What the readers of binaries and archives share: reads inside the file, version
 * numbers between other bytes, and telling what was found. */
#ifndef CORTEN_APPS_BINARY_H
#define CORTEN_APPS_BINARY_H

#include "apps/internal.h"

/* n bytes at `at`; ERR_TRUNCATED when the file has not so many. */
int app_read_at(const struct pkg_file *file, uint64_t at, void *p, size_t n, struct error *err);

/* At most n bytes at `at` into out, which must have room for them; nothing behind
 * the file's end. */
int app_read_some(const struct pkg_file *file, uint64_t at, size_t n, struct buf *out,
		  struct error *err);

/* Calls the sink; a record without a name, or with a name, version or place that is
 * not text, is told as skipped. */
int app_tell(const struct app_sink *sink, const struct app_record *r, struct error *err);
void app_tell_skipped(const struct app_sink *sink, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A constant with NUL bytes in it. */
#define APP_LIT(s)                                                                                 \
	{                                                                                          \
		(const uint8_t *)(s), sizeof(s) - 1                                                \
	}

/* --- versions ------------------------------------------------------------------ */

enum { APP_VERSION_MAX = 40, APP_VERSION_MARGIN = 128 };

/* Digits, dot, digits …, as long as it goes, and what stands around it (up to
 * APP_VERSION_MARGIN bytes). Good until the next one. */
struct app_version_hit {
	struct bytes before, number, behind;
};

/* 0 goes on, 1 ends the scan, -1 fails it. */
typedef int app_version_fn(void *ctx, const struct app_version_hit *hit, struct error *err);

/* Every version number in [from, to) of the file, in order; time is linear in that
 * range whatever it holds. Returns what fn returned last, or 0. */
int app_version_scan(const struct pkg_file *file, uint64_t from, uint64_t to, app_version_fn *fn,
		     void *ctx, struct error *err);
/* The same in memory. */
int app_version_scan_bytes(struct bytes text, app_version_fn *fn, void *ctx, struct error *err);

/* How many bytes of what stands behind a number belong to the version: "-rc.1",
 * "b2", "-SNAPSHOT"; not a distribution's revision ("-2+deb12u1", "+ds"). */
size_t app_version_suffix(struct bytes behind);
/* Dots + 1. */
unsigned app_version_parts(struct bytes number);
/* Is all of b one version: digits, dots, and one of those suffixes? */
bool app_is_version(struct bytes b);

/* --- names ------------------------------------------------------------------------- */

/* Does name fit one of the patterns in list, which are parted by '|'? '*' stands
 * for any bytes, '#' for any of digits, dots and minus. At most two of both a pattern. */
bool app_name_fits(struct bytes name, const char *list);
/* A path as well: the list's patterns are path ends ("bin/nginx"). */
bool app_path_fits(struct bytes path, const char *list);

static inline bool app_is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static inline bool app_is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The same without the case of ASCII letters. */
bool app_ends_with_nocase(struct bytes b, const char *suffix);

#endif
