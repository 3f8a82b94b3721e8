#include "apps/binary.h"

#include <stdarg.h>
#include <stdio.h>

int app_read_at(const struct pkg_file *file, uint64_t at, void *p, size_t n, struct error *err)
{
	if (at > file->size || n > file->size - at)
		return error_set(err, ERR_TRUNCATED, "the file ends before byte %llu",
				 (unsigned long long)at + n);
	return n == 0 ? 0 : file->read_at(file->ctx, at, p, n, err);
}

int app_read_some(const struct pkg_file *file, uint64_t at, size_t n, struct buf *out,
		  struct error *err)
{
	uint64_t left = at < file->size ? file->size - at : 0;
	n = left < n ? (size_t)left : n;
	if (n == 0)
		return 0;
	if (buf_reserve(out, n, err) < 0 || app_read_at(file, at, out->p + out->n, n, err) < 0)
		return -1;
	out->n += n;
	return 0;
}

/* --- telling ---------------------------------------------------------------------- */

/* What goes to terminals and reports: text without control characters. */
static bool is_plain(struct bytes b)
{
	if (b.n > LIMIT_PKG_FIELD || !utf8_valid(b))
		return false;
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < 0x20 || b.p[i] == 0x7f)
			return false;
	return true;
}

int app_tell(const struct app_sink *sink, const struct app_record *r, struct error *err)
{
	struct app_record copy = *r;
	if (r->name.n == 0 || !is_plain(r->name) || !is_plain(r->version) || !is_plain(r->inner)) {
		app_tell_skipped(sink, "a package whose name, version or place is no text");
		return 0;
	}
	if (!is_plain(r->license))
		copy.license.n = 0;
	return sink->package(sink->ctx, &copy, err);
}

void app_tell_skipped(const struct app_sink *sink, const char *fmt, ...)
{
	char why[256];
	va_list args;
	if (sink->skipped == NULL)
		return;
	va_start(args, fmt);
	(void)vsnprintf(why, sizeof why, fmt, args);
	va_end(args);
	sink->skipped(sink->ctx, why);
}

/* --- versions -------------------------------------------------------------------- */

enum { SCAN_PIECE = 64 * 1024, PART_DIGITS = 9 };

/* The number whose first dot is at `dot`; false when that dot is none, or the
 * number is longer than any version's. */
static bool hit_at(struct bytes b, size_t dot, struct app_version_hit *ret)
{
	size_t start = dot, end = dot;
	while (start > 0 && dot - start <= PART_DIGITS && app_is_digit(b.p[start - 1]))
		start--;
	if (start == dot || dot - start > PART_DIGITS)
		return false;
	if (start >= 2 && b.p[start - 1] == '.' && app_is_digit(b.p[start - 2]))
		return false;
	while (end + 1 < b.n && b.p[end] == '.' && app_is_digit(b.p[end + 1])) {
		size_t part = ++end;
		while (end < b.n && app_is_digit(b.p[end]))
			if (++end - part > PART_DIGITS)
				return false;
		if (end - start > APP_VERSION_MAX)
			return false;
	}
	if (end == dot)
		return false;
	size_t margin = start < APP_VERSION_MARGIN ? 0 : start - APP_VERSION_MARGIN;
	ret->before = bytes_sub(b, margin, start);
	ret->number = bytes_sub(b, start, end);
	ret->behind = bytes_sub(b, end, end + APP_VERSION_MARGIN);
	return true;
}

/* The numbers whose first dot lies in [from, to) of b. */
static int scan_piece(struct bytes b, size_t from, size_t to, app_version_fn *fn, void *ctx,
		      struct error *err)
{
	struct app_version_hit hit;
	while (from < to) {
		const uint8_t *dot = memchr(b.p + from, '.', to - from);
		if (dot == NULL)
			return 0;
		from = (size_t)(dot - b.p) + 1;
		if (from < 2 || !app_is_digit(dot[-1]) || !hit_at(b, from - 1, &hit))
			continue;
		int r = fn(ctx, &hit, err);
		if (r != 0)
			return r;
	}
	return 0;
}

int app_version_scan_bytes(struct bytes text, app_version_fn *fn, void *ctx, struct error *err)
{
	return scan_piece(text, 0, text.n, fn, ctx, err);
}

/* Neighbouring pieces overlap by what a hit may show on both sides. */
int app_version_scan(const struct pkg_file *file, uint64_t from, uint64_t to, app_version_fn *fn,
		     void *ctx, struct error *err)
{
	enum { OVERLAP = 2 * APP_VERSION_MARGIN };
	to = to < file->size ? to : file->size;
	cleanup_buf struct buf piece = buf_max(SCAN_PIECE + 2 * OVERLAP);
	if (buf_reserve(&piece, piece.max, err) < 0)
		return -1;
	for (uint64_t at = from; at < to; at += SCAN_PIECE) {
		uint64_t low = at - from < OVERLAP ? from : at - OVERLAP;
		uint64_t high = to - at < SCAN_PIECE + OVERLAP ? to : at + SCAN_PIECE + OVERLAP;
		size_t n = (size_t)(high - low), begin = (size_t)(at - low);
		size_t end = n - begin < SCAN_PIECE ? n : begin + SCAN_PIECE;
		if (app_read_at(file, low, piece.p, n, err) < 0)
			return -1;
		int r = scan_piece(bytes_of(piece.p, n), begin, end, fn, ctx, err);
		if (r != 0)
			return r;
	}
	return 0;
}

static bool word_at(struct bytes b, size_t at, const char *word)
{
	struct bytes w = bytes_str(word);
	for (size_t i = 0; i < w.n; i++)
		if (at + i >= b.n || (b.p[at + i] | 0x20) != w.p[i])
			return false;
	return true;
}

size_t app_version_suffix(struct bytes behind)
{
	static const char *const words[] = { "preview", "snapshot", "alpha", "beta",
					     "dev",     "pre",      "rc" };
	size_t at = 0, end = 0;
	if (at < behind.n && (behind.p[at] == '-' || behind.p[at] == '.'))
		at++;
	for (size_t i = 0; end == 0 && i < sizeof words / sizeof words[0]; i++)
		if (word_at(behind, at, words[i]))
			end = at + strlen(words[i]);
	/* "1.0b2", "1.0a1": a letter alone only when a number follows. */
	if (end == 0 && at + 1 < behind.n && (behind.p[at] == 'a' || behind.p[at] == 'b') &&
	    app_is_digit(behind.p[at + 1]))
		end = at + 1;
	if (end == 0 || (end < behind.n && app_is_letter(behind.p[end])))
		return 0;
	if (end + 1 < behind.n && (behind.p[end] == '.' || behind.p[end] == '-') &&
	    app_is_digit(behind.p[end + 1]))
		end++;
	while (end < behind.n &&
	       (app_is_digit(behind.p[end]) ||
		(behind.p[end] == '.' && end + 1 < behind.n && app_is_digit(behind.p[end + 1]))))
		end++;
	return end;
}

unsigned app_version_parts(struct bytes number)
{
	unsigned parts = 1;
	for (size_t i = 0; i < number.n; i++)
		parts += number.p[i] == '.';
	return parts;
}

bool app_is_version(struct bytes b)
{
	struct app_version_hit hit;
	ptrdiff_t dot = bytes_index(b, '.');
	if (dot <= 0 || !hit_at(b, (size_t)dot, &hit) || hit.number.p != b.p)
		return false;
	return hit.number.n + app_version_suffix(hit.behind) == b.n;
}

/* --- names ------------------------------------------------------------------------- */

static bool is_number_byte(uint8_t c)
{
	return app_is_digit(c) || c == '.' || c == '-';
}

/* The usual matching with one place to go back to: the last wildcard. A '#' that
 * cannot take a byte fails; patterns have at most one '*', which stands behind
 * all '#'. */
static bool fits(struct bytes name, struct bytes pattern)
{
	size_t n = 0, p = 0, back_p = SIZE_MAX, back_n = 0;
	while (n < name.n || p < pattern.n) {
		if (p < pattern.n && (pattern.p[p] == '*' || pattern.p[p] == '#')) {
			back_p = p++;
			back_n = n;
		} else if (p < pattern.n && n < name.n && pattern.p[p] == name.p[n]) {
			p++;
			n++;
		} else if (back_p != SIZE_MAX && back_n < name.n &&
			   (pattern.p[back_p] == '*' || is_number_byte(name.p[back_n]))) {
			n = ++back_n;
			p = back_p + 1;
		} else {
			return false;
		}
	}
	return true;
}

bool app_name_fits(struct bytes name, const char *list)
{
	struct bytes rest = bytes_str(list), pattern;
	while (bytes_next_field(&rest, '|', &pattern))
		if (fits(name, pattern))
			return true;
	return false;
}

/* As many last names of the path as the pattern has. */
static struct bytes path_end(struct bytes path, struct bytes pattern)
{
	size_t slashes = 0, at = path.n;
	for (size_t i = 0; i < pattern.n; i++)
		slashes += pattern.p[i] == '/';
	for (; at > 0; at--)
		if (path.p[at - 1] == '/' && slashes-- == 0)
			break;
	return bytes_sub(path, at, path.n);
}

bool app_path_fits(struct bytes path, const char *list)
{
	struct bytes rest = bytes_str(list), pattern;
	while (bytes_next_field(&rest, '|', &pattern)) {
		/* Asked for every file of an image: most are told apart here. */
		uint8_t last = pattern.p[pattern.n - 1];
		if (path.n == 0 || (last != '*' && last != '#' && last != path.p[path.n - 1]))
			continue;
		if (fits(path_end(path, pattern), pattern))
			return true;
	}
	return false;
}

bool app_ends_with_nocase(struct bytes b, const char *suffix)
{
	size_t n = strlen(suffix);
	if (b.n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = b.p[b.n - n + i];
		c = c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
		if (c != (uint8_t)suffix[i])
			return false;
	}
	return true;
}
