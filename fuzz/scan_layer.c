/* A whole layer as the worker reads it: decompression, tar, changes, package
 * databases and release files of all kinds. */
#include <fcntl.h>
#include <unistd.h>

#include "codec/codec.h"
#include "scan/layer_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ssize_t read_all(void *ctx, void *p, size_t n, struct error *err)
{
	struct bytes *left = ctx;
	(void)err;
	n = n < left->n ? n : left->n;
	if (n > 0)
		memcpy(p, left->p, n);
	*left = bytes_sub(*left, n, left->n);
	return (ssize_t)n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[4096];
	struct error err = { 0 };
	struct worker_engines engines = { 0 };
	struct channel ch;
	struct layer_job job = { .work = { .families = FAMILY_VULNERABILITY, .locks = true } };
	struct bytes left = bytes_of(data, size);
	cleanup_close int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	channel_init(&ch, null);
	struct layer_scan *s = layer_scan_new(&ch, -1, &engines, &job, &err);
	struct codec *c = codec_new(read_all, &left, NULL, NULL,
				    (struct codec_limits){ .raw_bytes = 4 * MIB });
	ssize_t n;
	while ((n = codec_read(c, out, sizeof out, &err)) > 0)
		if (layer_scan_feed(s, bytes_of(out, (size_t)n), &err) < 0)
			break;
	(void)layer_scan_finish(s, &err);
	codec_free(c);
	layer_scan_free(s);
	channel_free(&ch);
	return 0;
}
