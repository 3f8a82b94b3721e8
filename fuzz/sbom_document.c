/* Bills of materials: CycloneDX, SPDX, our own. Whatever is told can be sent. */
#include "sbom/wire.h"

static int about(void *ctx, const struct sbom_about *a, struct error *err)
{
	(void)ctx;
	(void)a;
	(void)err;
	return 0;
}

static int os(void *ctx, struct bytes id, struct bytes version, struct bytes name,
	      struct error *err)
{
	(void)ctx;
	(void)err;
	return id.n + version.n + name.n > 3 * (size_t)SBOM_STRING_MAX ? -1 : 0;
}

static int layer(void *ctx, struct bytes diff_id, struct error *err)
{
	(void)ctx;
	(void)diff_id;
	(void)err;
	return 0;
}

static int package(void *ctx, const struct sbom_record *r, struct error *err)
{
	struct msg *m = ctx;
	struct sbom_record back;
	sbom_put_package(m, r);
	struct msg_reader reader = { .c = cursor_of(buf_view(&m->payload)), .type = m->type };
	if (sbom_get_package(&reader, &back, err) < 0 || !bytes_equal(back.name, r->name) ||
	    back.type != r->type)
		__builtin_trap();
	return 0;
}

static int skipped(void *ctx, struct bytes what, const char *why, struct error *err)
{
	(void)ctx;
	(void)what;
	(void)why;
	(void)err;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	cleanup_msg struct msg m = { 0 };
	struct sbom_sink sink = { about, os, layer, package, skipped, &m };
	(void)sbom_parse(bytes_of(data, size), &sink, &err);
	return 0;
}
