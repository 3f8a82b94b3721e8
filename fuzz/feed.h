/* What the feed harnesses share: an input goes through one importer, and every
 * fact that comes out must pass the checks that the parent makes. */
#ifndef CORTEN_FUZZ_FEED_H
#define CORTEN_FUZZ_FEED_H

#include <stdlib.h>

#include "base/base.h"
#include "feed/import.h"
#include "feed/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline int fuzz_source(void *ctx, const struct vuln_source *s, struct error *err)
{
	(void)err;
	if (feed_check_source(s) != NULL)
		abort();
	*(bool *)ctx = true;
	return 0;
}

static inline int fuzz_fact(void *ctx, const struct vuln_fact *f, struct error *err)
{
	(void)err;
	if (!*(bool *)ctx || feed_check_fact(f) != NULL)
		abort();
	return 0;
}

static inline int fuzz_detail(void *ctx, const struct vuln_detail *d, struct error *err)
{
	(void)ctx;
	(void)err;
	if (feed_check_detail(d) != NULL)
		abort();
	return 0;
}

static inline ssize_t fuzz_read(void *ctx, void *p, size_t n, struct error *err)
{
	struct bytes *rest = ctx;
	(void)err;
	size_t take = rest->n < n ? rest->n : n;
	if (take > 0)
		memcpy(p, rest->p, take);
	*rest = bytes_sub(*rest, take, rest->n);
	return (ssize_t)take;
}

/* NULL: the importer that the content asks for. */
static inline void fuzz_import(int (*importer)(struct import *im, struct feed_input *in),
			       struct bytes text)
{
	bool has_source = false;
	struct error err = { 0 };
	struct import im = { .sink = { fuzz_source, fuzz_fact, fuzz_detail, NULL, &has_source },
			     .err = &err,
			     .file = "fuzz" };
	struct feed_input *in = feed_input_new();
	if (in == NULL || feed_input_open(in, fuzz_read, &text, &err) < 0) {
		feed_input_free(in);
		return;
	}
	int r = importer != NULL ? importer(&im, in) : import_any(&im, in);
	if (r < 0 && err.code == ERR_NONE)
		abort();
	if (r == 0)
		(void)import_end(&im);
	arena_free(&im.record);
	feed_input_free(in);
}

#endif
