#include "secret/base64.h"

/* 0..63, 64 for what is passed over, 65 for the padding, 66 for anything else. */
enum { BASE64_SKIP = 64, BASE64_PAD, BASE64_BAD };

static unsigned value_of(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 52;
	switch (c) {
	case '+':
	case '-':
		return 62;
	case '/':
	case '_':
		return 63;
	case '=':
		return BASE64_PAD;
	case ' ':
	case '\t':
	case '\r':
	case '\n':
	case '"':
	case '\'':
	case ',':
		return BASE64_SKIP;
	default:
		return BASE64_BAD;
	}
}

bool base64_decode(struct bytes text, uint8_t *out, size_t cap, size_t *ret_n)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;
	bool padded = false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\' && i + 1 < text.n &&
		    (text.p[i + 1] == 'n' || text.p[i + 1] == 'r' || text.p[i + 1] == '\n')) {
			i++;
			continue;
		}
		unsigned v = value_of(text.p[i]);
		if (v == BASE64_SKIP)
			continue;
		padded = padded || v == BASE64_PAD;
		if (v == BASE64_BAD || padded != (v == BASE64_PAD))
			return false;
		if (v == BASE64_PAD)
			continue;
		bits = bits << 6 | v;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (n == cap)
			return false;
		out[n++] = (uint8_t)(bits >> have);
	}
	*ret_n = n;
	return n > 0;
}
