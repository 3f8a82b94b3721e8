/* Documents of containers; the first byte chooses the reader, as for the worker. What
 * is told goes over the wire and back unchanged. */
#include <stdlib.h>

#include "runtime/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(void *ctx, const struct config_fact *f, struct error *err)
{
	cleanup_msg struct msg m = { 0 };
	cleanup_buf struct buf frame = buf_max(64 * KIB);
	struct msg_reader r;
	struct config_fact back;
	size_t *told = ctx;
	config_put_fact(&m, f);
	if (++*told > CONFIG_FACTS_MAX || frame_encode(&m, &frame, err) < 0)
		abort();
	struct cursor c = cursor_of(buf_view(&frame));
	if (frame_decode(&c, &r, err) != 1 || config_get_fact(&r, &back, err) < 0)
		abort();
	if (back.kind != f->kind || back.number != f->number || !bytes_equal(back.a, f->a) ||
	    !bytes_equal(back.b, f->b) || !bytes_equal(back.c, f->c))
		abort();
	return 0;
}

/* The parent's reader on what a broken worker could say. */
static void read_wire(struct bytes frame)
{
	struct cursor c = cursor_of(frame);
	struct error err = { 0 };
	struct msg_reader m;
	struct config_fact f;
	while (frame_decode(&c, &m, &err) > 0)
		if (config_get_fact(&m, &f, &err) == 0 &&
		    (f.kind == 0 || f.kind >= FACT_KINDS || f.a.n > CONFIG_TEXT_MAX))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	size_t told = 0;
	if (size == 0)
		return 0;
	struct bytes text = bytes_of(data + 1, size - 1);
	if (data[0] == 'W') {
		read_wire(text);
		return 0;
	}
	config_read_fn *read = data[0] == CONFIG_BUNDLE ? config_read_bundle : config_read_state;
	if (read(text, take, &told, &err) < 0 && err.code == ERR_NONE)
		abort();
	return 0;
}
