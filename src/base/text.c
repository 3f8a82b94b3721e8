#include "base/text.h"

size_t utf8_length(struct bytes b, uint32_t *ret_point)
{
	static const uint32_t least[5] = { 0, 0, 0x80, 0x800, 0x10000 };
	if (b.n == 0)
		return 0;
	uint8_t c = b.p[0];
	size_t n = c < 0x80                ? 1
		   : c >= 0xc2 && c < 0xe0 ? 2
		   : c >= 0xe0 && c < 0xf0 ? 3
		   : c >= 0xf0 && c < 0xf5 ? 4
					   : 0;
	if (n == 0 || n > b.n)
		return 0;
	uint32_t point = n == 1 ? c : c & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((b.p[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (b.p[i] & 0x3f);
	}
	if (point < least[n] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
		return 0;
	*ret_point = point;
	return n;
}

bool utf8_valid(struct bytes b)
{
	uint32_t point;
	while (b.n > 0) {
		size_t n = utf8_length(b, &point);
		if (n == 0)
			return false;
		b = bytes_sub(b, n, b.n);
	}
	return true;
}

bool text_point_harmful(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) ||
	       (point >= 0x200b && point <= 0x200f) || /* zero width, LRM, RLM */
	       (point >= 0x2028 && point <= 0x202e) || /* separators, overrides */
	       (point >= 0x2066 && point <= 0x2069) || /* isolates */
	       point == 0xfeff || (point >= 0xe0000 && point <= 0xe007f);
}

int text_escape(struct buf *out, struct bytes b, struct error *err)
{
	while (b.n > 0) {
		uint32_t point = 0;
		size_t n = utf8_length(b, &point);
		int r;
		if (n == 0)
			r = buf_printf(out, err, "\\x%02x", b.p[0]);
		else if (!text_point_harmful(point))
			r = buf_append(out, b.p, n, err);
		else if (point < 0x80)
			r = buf_printf(out, err, "\\x%02x", (unsigned)point);
		else
			r = buf_printf(out, err, "\\u{%x}", (unsigned)point);
		if (r < 0)
			return -1;
		b = bytes_sub(b, n == 0 ? 1 : n, b.n);
	}
	return 0;
}

static size_t point_columns(uint32_t p)
{
	if ((p >= 0x300 && p <= 0x36f) || (p >= 0x1ab0 && p <= 0x1aff) ||
	    (p >= 0x20d0 && p <= 0x20ff) || (p >= 0xfe00 && p <= 0xfe0f))
		return 0;
	if ((p >= 0x1100 && p <= 0x115f) || (p >= 0x2e80 && p <= 0xa4cf) ||
	    (p >= 0xac00 && p <= 0xd7a3) || (p >= 0xf900 && p <= 0xfaff) ||
	    (p >= 0xfe30 && p <= 0xfe6f) || (p >= 0xff00 && p <= 0xff60) ||
	    (p >= 0xffe0 && p <= 0xffe6) || (p >= 0x1f300 && p <= 0x1faff) ||
	    (p >= 0x20000 && p <= 0x3fffd))
		return 2;
	return 1;
}

size_t text_columns(struct bytes b)
{
	size_t columns = 0;
	while (b.n > 0) {
		uint32_t point = 0;
		size_t n = utf8_length(b, &point);
		columns += n == 0 ? 1 : point_columns(point);
		b = bytes_sub(b, n == 0 ? 1 : n, b.n);
	}
	return columns;
}
