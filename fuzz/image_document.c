/* Manifests, indexes, configs and manifest.json; the first byte picks which. */
#include "image/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_record(void *ctx, const struct doc_record *r, struct error *err)
{
	(void)err;
	*(size_t *)ctx += r->name.n + r->text.n + r->media_type.n + r->os.n;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	size_t total = 0;
	if (size < 1)
		return 0;
	(void)image_document_parse(data[0] % DOC_KINDS, bytes_of(data + 1, size - 1), on_record,
				   &total, &err);
	return 0;
}
