/* One rpm header blob: whole, and in pieces whose size the first byte gives. Both
 * must see the same header. */
#include <stdlib.h>

#include "pkgdb/rpm_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int parse(struct rpm_header *h, struct bytes blob, size_t piece)
{
	rpm_header_init(h);
	bool more = rpm_header_begin(h, blob.n);
	for (size_t at = 0; more && at < blob.n; at += piece)
		more = rpm_header_feed(h, bytes_sub(blob, at, at + piece));
	struct error err;
	return rpm_header_end(h, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rpm_header whole, pieces;
	if (size < 1)
		return 0;
	struct bytes blob = bytes_of(data + 1, size - 1);
	int a = parse(&whole, blob, blob.n + 1);
	int b = parse(&pieces, blob, 1 + data[0] % 64);
	if (a != b)
		abort();
	for (enum rpm_field_id id = 0; a == 0 && id < RPM_FIELDS; id++)
		if (!bytes_equal(rpm_header_text(&whole, id), rpm_header_text(&pieces, id)))
			abort();
	rpm_header_free(&whole);
	rpm_header_free(&pieces);
	return 0;
}
