/* Literals and a text of any bytes: what is found whole, in pieces and by a naive search
 * must be the same. The first byte says how many literals there are; each has a byte of
 * length and case, then its bytes; what is left is the text. */
#include <stdlib.h>

#include "check/atoms.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LITERALS = 64 };

struct hits {
	uint64_t n, sum;
};

static bool on_hit(void *ctx, uint32_t atom, uint64_t end)
{
	struct hits *h = ctx;
	h->n++;
	h->sum += (atom + 1) * (end * 31 + 7);
	return true;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static struct hits naive(const struct atom *list, size_t n, struct bytes text)
{
	struct hits h = { 0 };
	for (size_t i = 0; i < n; i++)
		for (size_t at = 0; at + list[i].text.n <= text.n; at++) {
			size_t k = 0;
			for (; k < list[i].text.n; k++) {
				uint8_t have = text.p[at + k], want = list[i].text.p[k];
				if (have != want &&
				    (!list[i].any_case || lower(have) != lower(want)))
					break;
			}
			if (k == list[i].text.n)
				(void)on_hit(&h, (uint32_t)i, at + k);
		}
	return h;
}

static void must_equal(struct hits x, struct hits y)
{
	if (x.n != y.n || x.sum != y.sum)
		abort();
}

static struct hits pieces(const struct atoms *a, struct bytes text, size_t size)
{
	struct hits h = { 0 };
	struct atoms_stream s;
	atoms_stream_begin(&s, a);
	for (size_t at = 0; at < text.n; at += size)
		if (!atoms_stream_feed(&s, bytes_sub(text, at, at + size), on_hit, &h))
			abort();
	return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(bytes_of(data, size));
	struct atom list[LITERALS];
	size_t n = 0, many = cursor_u8(&c) % LITERALS, piece = cursor_u8(&c) % 100 + (size_t)1;
	while (n < many) {
		uint8_t head = cursor_u8(&c);
		struct bytes text = cursor_take(&c, LIMIT_ATOM_LEAST + head % 63);
		if (c.failed)
			return 0;
		list[n++] = (struct atom){ text, head >= 128 };
	}
	struct atoms *a = NULL;
	if (atoms_build(list, n, &a, NULL) < 0)
		abort();
	struct bytes text = cursor_take(&c, cursor_left(&c));
	struct hits want = naive(list, n, text), have = { 0 };
	if (!atoms_search(a, text, on_hit, &have))
		abort();
	must_equal(have, want);
	must_equal(pieces(a, text, piece), want);
	atoms_free(a);
	return 0;
}
