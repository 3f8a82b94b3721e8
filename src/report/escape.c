#include "report/escape.h"

#include <ctype.h>

enum { ESCAPED_MAX = 64 }; /* one character, however it is written */

static void put(FILE *out, struct bytes b)
{
	if (b.n > 0)
		(void)fwrite(b.p, 1, b.n, out);
}

/* Length of the run of printable ASCII without a character of `special`. */
static size_t plain_run(struct bytes b, const char *special)
{
	size_t n = 0;
	while (n < b.n && b.p[n] >= 0x20 && b.p[n] < 0x7f && strchr(special, b.p[n]) == NULL)
		n++;
	return n;
}

/* U+FFFE and U+FFFF are valid UTF-8, but no characters of XML. */
static bool is_nonchar(struct bytes b)
{
	return bytes_equal(b, BYTES_LIT("\xef\xbf\xbe")) ||
	       bytes_equal(b, BYTES_LIT("\xef\xbf\xbf"));
}

/* Writes the first character of b, which is neither plain nor special;
 * returns its length. */
static size_t put_escaped(FILE *out, struct bytes b)
{
	uint32_t point;
	size_t n = utf8_length(b, &point);
	struct bytes c = bytes_sub(b, 0, n == 0 ? 1 : n);
	cleanup_buf struct buf text = buf_max(ESCAPED_MAX);
	if (is_nonchar(c) || text_escape(&text, c, NULL) < 0)
		put(out, BYTES_LIT("\xef\xbf\xbd"));
	else
		put(out, buf_view(&text));
	return c.n;
}

static const char *entity(uint8_t c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return "&#39;";
	}
}

void escape_markup(FILE *out, const char *s)
{
	static const char special[] = "&<>\"'";
	struct bytes b = bytes_str(s);
	while (b.n > 0) {
		size_t n = plain_run(b, special);
		put(out, bytes_sub(b, 0, n));
		b = bytes_sub(b, n, b.n);
		if (b.n == 0)
			break;
		n = 1;
		if (b.p[0] < 0x80 && b.p[0] != 0 && strchr(special, b.p[0]) != NULL)
			put(out, bytes_str(entity(b.p[0])));
		else
			n = put_escaped(out, b);
		b = bytes_sub(b, n, b.n);
	}
}

/* OWASP's list; the fullwidth forms are read as formulas by some spreadsheets. */
static bool starts_formula(struct bytes b)
{
	static const char *const starts[] = { "=",  "+",  "-",  "@",  "\t", "\r",
					      "\n", "＝", "＋", "－", "＠" };
	for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
		if (bytes_starts_with(b, bytes_str(starts[i])))
			return true;
	}
	return false;
}

void escape_csv(FILE *out, const char *s)
{
	struct bytes b = bytes_str(s);
	put(out, starts_formula(b) ? BYTES_LIT("\"'") : BYTES_LIT("\""));
	while (b.n > 0) {
		size_t n = plain_run(b, "\"");
		put(out, bytes_sub(b, 0, n));
		b = bytes_sub(b, n, b.n);
		if (b.n == 0)
			break;
		n = 1;
		if (b.p[0] == '"')
			put(out, BYTES_LIT("\"\""));
		else
			n = put_escaped(out, b);
		b = bytes_sub(b, n, b.n);
	}
	put(out, BYTES_LIT("\""));
}

static bool is_unreserved(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

/* A '%' stays only as the start of a percent-encoding (RFC 3986 section 2.1). */
static bool is_kept(struct bytes b, const char *keep)
{
	if (is_unreserved(b.p[0]))
		return true;
	if (strchr(keep, b.p[0]) == NULL)
		return false;
	return b.p[0] != '%' || (b.n >= 3 && isxdigit(b.p[1]) && isxdigit(b.p[2]));
}

int escape_uri(struct buf *out, const char *s, const char *keep, struct error *err)
{
	for (struct bytes b = bytes_str(s); b.n > 0; b = bytes_sub(b, 1, b.n)) {
		int r = is_kept(b, keep) ? buf_append(out, b.p, 1, err)
					 : buf_printf(out, err, "%%%02X", b.p[0]);
		if (r < 0)
			return -1;
	}
	return 0;
}
