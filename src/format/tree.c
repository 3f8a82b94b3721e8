#include "format/tree.h"

const struct node *node_get(const struct node *map, const char *key)
{
	struct bytes want = bytes_str(key);
	if (map == NULL || map->kind != NODE_MAP)
		return NULL;
	for (const struct node *n = map->first; n != NULL; n = n->next)
		if (bytes_equal(n->key, want))
			return n;
	return NULL;
}

struct bytes node_text(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);
	return n != NULL && (n->kind == NODE_STRING || n->kind == NODE_NUMBER) ? n->text
									       : BYTES_LIT("");
}

bool node_bool(const struct node *map, const char *key, bool otherwise)
{
	const struct node *n = node_get(map, key);
	return n != NULL && n->kind == NODE_BOOL ? n->text.p[0] == 't' : otherwise;
}

/* 0x, 0o, 0b of both languages. */
static unsigned take_base(struct bytes *b)
{
	static const struct {
		const char *prefix;
		unsigned base;
	} bases[] = { { "0x", 16 }, { "0o", 8 }, { "0b", 2 } };
	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++)
		if (bytes_starts_with(*b, bytes_str(bases[i].prefix))) {
			*b = bytes_sub(*b, 2, b->n);
			return bases[i].base;
		}
	return 10;
}

static unsigned digit_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10U : 16;
}

static bool digits_u64(struct bytes b, unsigned base, uint64_t *ret)
{
	uint64_t sum = 0;
	size_t digits = 0;
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] == '_')
			continue;
		unsigned d = digit_value(b.p[i]);
		if (d >= base || checked_mul(sum, (uint64_t)base, &sum) ||
		    checked_add(sum, (uint64_t)d, &sum))
			return false;
		digits++;
	}
	*ret = sum;
	return digits > 0;
}

bool node_i64(const struct node *map, const char *key, int64_t *ret)
{
	const struct node *n = node_get(map, key);
	if (n == NULL || n->kind != NODE_NUMBER || n->text.n == 0)
		return false;
	struct bytes b = n->text;
	bool minus = b.p[0] == '-';
	if (minus || b.p[0] == '+')
		b = bytes_sub(b, 1, b.n);
	uint64_t value, max = (uint64_t)INT64_MAX + (minus ? 1 : 0);
	unsigned base = take_base(&b);
	if (!digits_u64(b, base, &value) || value > max)
		return false;
	*ret = minus ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}
