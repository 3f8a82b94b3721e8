#include "sbom/wire.h"

bool sbom_text_valid(struct bytes b)
{
	return b.n <= SBOM_STRING_MAX && bytes_index(b, 0) < 0 && utf8_valid(b);
}

/* The texts of a package, in the order of their transport. */
enum { PACKAGE_TEXTS = 13 };

static void package_texts(struct sbom_record *r, struct bytes *out[static PACKAGE_TEXTS])
{
	struct bytes *const texts[PACKAGE_TEXTS] = {
		&r->name,   &r->version,    &r->arch,    &r->source_name, &r->source_version,
		&r->vendor, &r->modularity, &r->license, &r->path,        &r->purl,
		&r->os_id,  &r->os_version, &r->layer,
	};
	memcpy(out, texts, sizeof texts);
}

enum flag { FLAG_DEV = 1, FLAG_DIRECT = 2 };

void sbom_put_package(struct msg *m, const struct sbom_record *r)
{
	struct sbom_record copy = *r;
	struct bytes *texts[PACKAGE_TEXTS];
	package_texts(&copy, texts);
	msg_begin(m, SBOM_MSG_PACKAGE);
	msg_put_u32(m, r->type);
	for (size_t i = 0; i < PACKAGE_TEXTS; i++)
		msg_put_bytes(m, *texts[i]);
	msg_put_u32(m, r->line);
	msg_put_u32(m, (r->dev ? FLAG_DEV : 0) | (r->direct ? FLAG_DIRECT : 0));
}

static int nonsense(struct error *err, const char *what)
{
	return error_set(err, ERR_PROTOCOL, "the worker sent nonsense: %s", what);
}

int sbom_get_package(struct msg_reader *m, struct sbom_record *ret, struct error *err)
{
	struct sbom_record r = { 0 };
	struct bytes *texts[PACKAGE_TEXTS];
	bool valid = true;
	uint32_t type = msg_get_u32(m);
	package_texts(&r, texts);
	for (size_t i = 0; i < PACKAGE_TEXTS; i++) {
		*texts[i] = msg_get_bytes(m);
		valid = valid && sbom_text_valid(*texts[i]);
	}
	r.line = msg_get_u32(m);
	uint32_t flags = msg_get_u32(m);
	if (msg_finish(m, err) < 0)
		return -1;
	if (type >= PKG_TYPES || !valid || r.name.n == 0 || flags > (FLAG_DEV | FLAG_DIRECT))
		return nonsense(err, "a package");
	r.type = (enum pkg_type)type;
	r.dev = (flags & FLAG_DEV) != 0;
	r.direct = (flags & FLAG_DIRECT) != 0;
	*ret = r;
	return 0;
}

void sbom_put_statement(struct msg *m, const struct vex_record *r)
{
	msg_begin(m, SBOM_MSG_STATEMENT);
	msg_put_u32(m, r->number);
	msg_put_u32(m, r->status);
	msg_put_bytes(m, r->id);
	msg_put_bytes(m, r->product);
	msg_put_bytes(m, r->part);
	msg_put_bytes(m, r->time);
	msg_put_bytes(m, r->justification);
	msg_put_bytes(m, r->detail);
}

int sbom_get_statement(struct msg_reader *m, struct vex_record *ret, struct error *err)
{
	struct vex_record r = { .number = msg_get_u32(m) };
	uint32_t status = msg_get_u32(m);
	r.id = msg_get_bytes(m);
	r.product = msg_get_bytes(m);
	r.part = msg_get_bytes(m);
	r.time = msg_get_bytes(m);
	r.justification = msg_get_bytes(m);
	r.detail = msg_get_bytes(m);
	if (msg_finish(m, err) < 0)
		return -1;
	if (status >= VEX_STATUSES || r.id.n == 0 || r.product.n == 0 || !sbom_text_valid(r.id) ||
	    !sbom_text_valid(r.product) || !sbom_text_valid(r.part) || !sbom_text_valid(r.time) ||
	    !sbom_text_valid(r.justification) || !sbom_text_valid(r.detail))
		return nonsense(err, "a statement");
	r.status = (enum vex_status)status;
	*ret = r;
	return 0;
}
