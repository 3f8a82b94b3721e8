/* An HTTP/1.1 reply, whole and in pieces: both must give the same. */
#include <stdlib.h>

#include "source/http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct taken {
	struct buf body;
	unsigned status;
	int end;
};

static bool keep(void *ctx, struct bytes piece)
{
	struct taken *t = ctx;
	return buf_append(&t->body, piece.p, piece.n, NULL) == 0;
}

static struct taken read_in_pieces(struct bytes all, size_t each)
{
	struct taken t = { .body = buf_max(all.n + 1) };
	struct http1 h;
	http1_init(&h, keep, &t);
	while (all.n > 0 && t.end == 0) {
		struct bytes piece = bytes_sub(all, 0, each);
		all = bytes_sub(all, piece.n, all.n);
		t.end = http1_feed(&h, piece, NULL);
	}
	if (t.end == 0)
		t.end = http1_end(&h, NULL);
	t.status = h.status;
	http1_free(&h);
	return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes all = bytes_of(data, size);
	struct taken whole = read_in_pieces(all, size + 1);
	struct taken pieces = read_in_pieces(all, size > 0 ? 1 + data[size - 1] % 7u : 1);
	if (whole.end != pieces.end || whole.status != pieces.status ||
	    !bytes_equal(buf_view(&whole.body), buf_view(&pieces.body)))
		abort();
	if (whole.end == 0 && (whole.status < 200 || whole.status > 999))
		abort();
	buf_free(&whole.body);
	buf_free(&pieces.body);
	return 0;
}
