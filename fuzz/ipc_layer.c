/* What a worker that was taken over could send: frames into a layer's facts, as
 * the parent and the cache take them. */
#include "scan/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	struct cursor c = cursor_of(bytes_of(data, size));
	struct msg_reader m;
	struct fact_store st;
	struct layer_facts f = { 0 };
	fact_store_init(&st);
	while (frame_decode(&c, &m, &err) > 0 && layer_facts_take(&f, &st, &m, &err) == 0)
		;
	layer_facts_free(&f);
	fact_store_free(&st);
	return 0;
}
