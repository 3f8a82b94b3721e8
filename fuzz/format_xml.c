/* XML reader: whatever the pieces, the same is heard, in nested pairs. */
#include <stdlib.h>

#include "base/base.h"
#include "format/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct heard {
	uint64_t sum;
	size_t depth;
};

static void add(struct heard *h, struct bytes b)
{
	h->sum = h->sum * 31 + hash_bytes(1, b);
}

static int on_start(void *ctx, const char *name, const char *const *attrs, struct error *err)
{
	struct heard *h = ctx;
	(void)err;
	add(h, bytes_str(name));
	for (; attrs[0] != NULL; attrs++)
		add(h, bytes_str(attrs[0]));
	if (++h->depth > XML_DEPTH_MAX)
		abort();
	return 0;
}

static int on_end(void *ctx, const char *name, struct bytes text, struct error *err)
{
	struct heard *h = ctx;
	(void)err;
	add(h, bytes_str(name));
	add(h, text);
	if (h->depth-- == 0 || text.n > XML_TEXT_MAX || !utf8_valid(text))
		abort();
	return 0;
}

static int hear(struct bytes text, size_t piece, struct heard *h)
{
	struct xml_reader *x = xml_new((struct xml_sink){ on_start, on_end, h });
	struct error err = { 0 };
	int r = 0;
	if (x == NULL)
		abort();
	for (; text.n > 0 && r == 0; text = bytes_sub(text, piece, text.n))
		r = xml_feed(x, bytes_sub(text, 0, piece), &err);
	if (r == 0)
		r = xml_finish(x, &err);
	if ((r < 0) != (err.code != ERR_NONE) || (r == 0 && h->depth != 0))
		abort();
	xml_free(x);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct bytes text = bytes_of(data + 1, size - 1);
	struct heard whole = { 0 }, pieces = { 0 };
	int a = hear(text, text.n + 1, &whole), b = hear(text, 1 + data[0] % 32, &pieces);
	if (a != b || (a == 0 && whole.sum != pieces.sum))
		abort();
	return 0;
}
