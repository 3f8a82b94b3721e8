/* VEX documents, and the comparison of their package URLs. */
#include "sbom/wire.h"

static int about(void *ctx, struct bytes format, struct bytes author, struct error *err)
{
	(void)ctx;
	(void)format;
	(void)author;
	(void)err;
	return 0;
}

static int statement(void *ctx, const struct vex_record *r, struct error *err)
{
	struct msg *m = ctx;
	struct vex_record back;
	struct package p = { .purl = "pkg:deb/debian/openssl@3.0%2B1?arch=amd64&distro=debian-12",
			     .source_name = "openssl",
			     .source_version = "3.0+1" };
	sbom_put_statement(m, r);
	struct msg_reader reader = { .c = cursor_of(buf_view(&m->payload)), .type = m->type };
	if (sbom_get_statement(&reader, &back, err) < 0 || !bytes_equal(back.product, r->product))
		__builtin_trap();
	(void)purl_covers(r->product, bytes_str(p.purl));
	(void)purl_covers(r->part, r->product);
	(void)purl_covers_source(r->product, &p);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	cleanup_msg struct msg m = { 0 };
	struct vex_sink sink = { .about = about, .statement = statement, .ctx = &m };
	(void)vex_parse(bytes_of(data, size), &sink, &err);
	return 0;
}
