/* The codings that payloads are packed in. Each is linear and ends at the heap's bound. */
#include <isa-l/igzip_lib.h>

#include "webshell/machine.h"

enum { INFLATED_MOST = 4 * 1024 * 1024 };

static int digit64(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* As PHP does it: what is no digit is passed over. */
bool decode_base64(struct heap *h, struct bytes in, struct bytes *ret)
{
	uint8_t *p = heap_room(h, in.n + 4);
	size_t o = 0;
	uint32_t bits = 0;
	unsigned have = 0;
	if (p == NULL)
		return false;
	for (size_t i = 0; i < in.n; i++) {
		int d = digit64(in.p[i]);
		if (d < 0)
			continue;
		bits = bits << 6 | (uint32_t)d;
		have += 6;
		if (have >= 8) {
			have -= 8;
			p[o++] = (uint8_t)(bits >> have);
		}
	}
	*ret = heap_keep(h, p, o);
	return true;
}

static int digit16(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool decode_hex(struct heap *h, struct bytes in, struct bytes *ret)
{
	uint8_t *p = heap_room(h, in.n / 2 + 1);
	size_t o = 0;
	if (p == NULL)
		return false;
	for (size_t i = 0; i + 1 < in.n; i += 2) {
		int a = digit16(in.p[i]), b = digit16(in.p[i + 1]);
		if (a < 0 || b < 0)
			return false;
		p[o++] = (uint8_t)(a * 16 + b);
	}
	*ret = heap_keep(h, p, o);
	return true;
}

bool decode_percent(struct heap *h, struct bytes in, bool plus, struct bytes *ret)
{
	uint8_t *p = heap_room(h, in.n);
	size_t o = 0;
	if (p == NULL)
		return false;
	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] == '%' && i + 2 < in.n && digit16(in.p[i + 1]) >= 0 &&
		    digit16(in.p[i + 2]) >= 0) {
			p[o++] = (uint8_t)(digit16(in.p[i + 1]) * 16 + digit16(in.p[i + 2]));
			i += 2;
		} else {
			p[o++] = plus && in.p[i] == '+' ? ' ' : in.p[i];
		}
	}
	*ret = heap_keep(h, p, o);
	return true;
}

bool decode_rot13(struct heap *h, struct bytes in, struct bytes *ret)
{
	uint8_t *p = heap_room(h, in.n);
	if (p == NULL)
		return false;
	for (size_t i = 0; i < in.n; i++) {
		uint8_t c = in.p[i], low = c | 0x20;
		bool letter = low >= 'a' && low <= 'z';
		p[i] = !letter ? c : (uint8_t)(low < 'n' ? c + 13 : c - 13);
	}
	*ret = heap_keep(h, p, in.n);
	return true;
}

bool decode_reverse(struct heap *h, struct bytes in, struct bytes *ret)
{
	uint8_t *p = heap_room(h, in.n);
	if (p == NULL)
		return false;
	for (size_t i = 0; i < in.n; i++)
		p[i] = in.p[in.n - 1 - i];
	*ret = heap_keep(h, p, in.n);
	return true;
}

/* Lines of a length and groups of four characters (POSIX, uuencode). */
bool decode_uu(struct heap *h, struct bytes in, struct bytes *ret)
{
	uint8_t *p = heap_room(h, in.n + 64);
	size_t o = 0, i = 0;
	if (p == NULL)
		return false;
	while (i < in.n) {
		size_t length = (in.p[i++] - 32U) & 63, made = 0;
		for (; made < length && i + 3 < in.n; i += 4) {
			uint32_t v = 0;
			for (size_t k = 0; k < 4; k++)
				v = v << 6 | ((in.p[i + k] - 32U) & 63);
			for (int s = 16; s >= 0 && made < length; s -= 8, made++)
				p[o++] = (uint8_t)(v >> s);
		}
		while (i < in.n && in.p[i] != '\n')
			i++;
		i++;
		if (length == 0)
			break;
	}
	*ret = heap_keep(h, p, o);
	return true;
}

bool decode_inflate(struct heap *h, struct bytes in, int form, struct bytes *ret)
{
	if (form == 0 && in.n > 1)
		form = in.p[0] == 0x1f && in.p[1] == 0x8b               ? 'g'
		       : (in.p[0] & 15) == 8 && in.p[0] * 256 % 31 == 0 ? 'z'
									: 'r';
	size_t room = h->max - h->used;
	room = room < INFLATED_MOST ? room : INFLATED_MOST;
	struct inflate_state *s = malloc(sizeof *s);
	if (s == NULL || in.n > UINT32_MAX) {
		free(s);
		return false;
	}
	isal_inflate_init(s);
	s->crc_flag = form == 'g' ? ISAL_GZIP_NO_HDR_VER : form == 'z' ? ISAL_ZLIB_NO_HDR_VER : 0;
	if (form == 'g')
		s->crc_flag = ISAL_GZIP;
	if (form == 'z')
		s->crc_flag = ISAL_ZLIB;
	s->next_in = (uint8_t *)(uintptr_t)in.p;
	s->avail_in = (uint32_t)in.n;
	s->next_out = h->p + h->used;
	s->avail_out = (uint32_t)room;
	(void)isal_inflate(s);
	size_t made = room - s->avail_out;
	free(s);
	*ret = heap_keep(h, h->p + h->used, made);
	return made > 0;
}

bool decode_replace(struct heap *h, struct bytes in, struct bytes what, struct bytes with,
		    struct bytes *ret)
{
	size_t room = h->max - h->used, o = 0, i = 0;
	uint8_t *p = h->p + h->used;
	if (what.n == 0)
		return false;
	while (i < in.n) {
		const uint8_t *at = memmem(in.p + i, in.n - i, what.p, what.n);
		size_t n = at == NULL ? in.n - i : (size_t)(at - (in.p + i));
		if (room - o < n + with.n)
			return false;
		memcpy(p + o, in.p + i, n);
		o += n;
		i += n;
		if (at == NULL)
			break;
		if (with.n > 0)
			memcpy(p + o, with.p, with.n);
		o += with.n;
		i += what.n;
	}
	*ret = heap_keep(h, p, o);
	return true;
}

/* &#60; &#x3c; &lt; and their kin. */
bool decode_entities(struct heap *h, struct bytes in, struct bytes *ret)
{
	static const struct {
		const char *name;
		uint8_t c;
	} named[] = { { "&lt;", '<' },
		      { "&gt;", '>' },
		      { "&amp;", '&' },
		      { "&quot;", '"' },
		      { "&apos;", '\'' } };
	uint8_t *p = heap_room(h, in.n);
	size_t o = 0;
	if (p == NULL)
		return false;
	for (size_t i = 0; i < in.n;) {
		struct bytes rest = bytes_sub(in, i, in.n);
		size_t used = 0;
		for (size_t k = 0; in.p[i] == '&' && k < sizeof named / sizeof named[0]; k++)
			if (bytes_starts_with(rest, bytes_str(named[k].name))) {
				p[o++] = named[k].c;
				used = strlen(named[k].name);
				break;
			}
		if (used == 0 && rest.n > 3 && rest.p[0] == '&' && rest.p[1] == '#') {
			bool hex = (rest.p[2] | 0x20) == 'x';
			uint32_t v = 0;
			size_t k = hex ? 3 : 2;
			for (; k < rest.n && k < 10 && digit16(rest.p[k]) >= 0; k++)
				v = v * (hex ? 16 : 10) + (uint32_t)digit16(rest.p[k]);
			if (k < rest.n && rest.p[k] == ';' && v < 256) {
				p[o++] = (uint8_t)v;
				used = k + 1;
			}
		}
		if (used == 0) {
			p[o++] = in.p[i];
			used = 1;
		}
		i += used;
	}
	*ret = heap_keep(h, p, o);
	return true;
}
