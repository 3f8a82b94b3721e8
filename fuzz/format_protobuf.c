/* Any bytes as a message, two levels deep; what was read is written and read again. */
#include <stdlib.h>

#include "format/protobuf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct bytes whole, struct bytes part)
{
	if (part.n > 0 &&
	    (part.p < whole.p || part.n > whole.n || (size_t)(part.p - whole.p) > whole.n - part.n))
		abort();
}

static void write_again(const struct protobuf_field *f)
{
	cleanup_buf struct buf out = buf_max(SIZE_MAX / 2);
	struct protobuf_field again;
	int r = f->wire == PROTOBUF_BYTES ? protobuf_put_bytes(&out, f->number, f->bytes, NULL)
					  : protobuf_put_varint(&out, f->number, f->value, NULL);
	struct cursor c = cursor_of(buf_view(&out));
	if (r < 0)
		abort();
	if (f->wire == PROTOBUF_BYTES && f->bytes.n == 0)
		return;
	if (!protobuf_next(&c, &again) || again.number != f->number || cursor_left(&c) != 0 ||
	    (f->wire == PROTOBUF_BYTES ? !bytes_equal(again.bytes, f->bytes)
				       : again.value != f->value))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes whole = bytes_of(data, size), found;
	struct cursor c = cursor_of(whole);
	struct protobuf_field f;
	while (protobuf_next(&c, &f)) {
		check_inside(whole, f.bytes);
		write_again(&f);
		(void)protobuf_find(f.bytes, 1, &found);
		check_inside(f.bytes, found);
	}
	if (!c.failed && cursor_left(&c) != 0)
		abort();
	return 0;
}
