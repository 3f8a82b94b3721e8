#include "format/tar_header.h"

void pax_clear(struct pax *p)
{
	struct buf path = p->path, link = p->link, map = p->sparse_map;
	*p = (struct pax){ .path = path, .link = link, .sparse_map = map };
	p->path.n = p->link.n = p->sparse_map.n = 0;
	p->path.max = p->link.max = p->sparse_map.max = LIMIT_PAX_BYTES;
}

void pax_free(struct pax *p)
{
	buf_free(&p->path);
	buf_free(&p->link);
	buf_free(&p->sparse_map);
}

/* "1700000000.123" → seconds; a sign and a fraction are allowed. */
static bool pax_time(struct bytes v, int64_t *ret)
{
	bool minus = v.n > 0 && v.p[0] == '-';
	ptrdiff_t dot = bytes_index(v, '.');
	uint64_t seconds;
	if (!bytes_to_u64(bytes_sub(v, minus ? 1 : 0, dot < 0 ? v.n : (size_t)dot), &seconds) ||
	    seconds > INT64_MAX)
		return false;
	*ret = minus ? -(int64_t)seconds : (int64_t)seconds;
	return true;
}

static int bad_value(struct bytes key, struct error *err)
{
	return error_set(err, ERR_MALFORMED, "a pax record's %.*s has no valid value", (int)key.n,
			 (const char *)key.p);
}

static int set_name(struct buf *out, bool *has, struct bytes key, struct bytes value,
		    struct error *err)
{
	if (bytes_index(value, 0) >= 0)
		return bad_value(key, err);
	out->n = 0;
	*has = value.n > 0; /* an empty value takes the record back */
	return buf_append(out, value.p, value.n, err);
}

static int set_number(uint64_t *out, bool *has, struct bytes key, struct bytes value,
		      struct error *err)
{
	*has = value.n > 0;
	if (value.n > 0 && (!bytes_to_u64(value, out) || *out > INT64_MAX))
		return bad_value(key, err);
	return 0;
}

/* The 0.0 form repeats offset and numbytes; joined they are the 0.1 list. */
static int add_to_map(struct pax *p, struct bytes key, struct bytes value, struct error *err)
{
	uint64_t ignored;
	if (!bytes_to_u64(value, &ignored))
		return bad_value(key, err);
	p->has_sparse_map = true;
	if (p->sparse_map.n > 0 && buf_append(&p->sparse_map, ",", 1, err) < 0)
		return -1;
	return buf_append(&p->sparse_map, value.p, value.n, err);
}

static int sparse_record(struct pax *p, struct bytes key, struct bytes value, struct error *err)
{
	struct bytes name = bytes_sub(key, sizeof "GNU.sparse." - 1, key.n);
	uint64_t n = 0;
	if (bytes_equal(name, BYTES_LIT("major")) || bytes_equal(name, BYTES_LIT("minor"))) {
		if (!bytes_to_u64(value, &n) || n > 9)
			return bad_value(key, err);
		p->has_sparse_version = true;
		*(name.p[1] == 'a' ? &p->sparse_major : &p->sparse_minor) = (unsigned)n;
		return 0;
	}
	if (bytes_equal(name, BYTES_LIT("name")))
		return set_name(&p->path, &p->has_sparse_name, key, value, err);
	if (bytes_equal(name, BYTES_LIT("realsize")) || bytes_equal(name, BYTES_LIT("size")))
		return set_number(&p->real_size, &p->has_real_size, key, value, err);
	if (bytes_equal(name, BYTES_LIT("offset")) || bytes_equal(name, BYTES_LIT("numbytes")))
		return add_to_map(p, key, value, err);
	if (bytes_equal(name, BYTES_LIT("map"))) {
		p->sparse_map.n = 0;
		p->has_sparse_map = true;
		return buf_append(&p->sparse_map, value.p, value.n, err);
	}
	return 0;
}

static int pax_record(struct pax *p, struct bytes key, struct bytes value, struct error *err)
{
	if (bytes_equal(key, BYTES_LIT("path")))
		return p->has_sparse_name ? 0 : set_name(&p->path, &p->has_path, key, value, err);
	if (bytes_equal(key, BYTES_LIT("linkpath")))
		return set_name(&p->link, &p->has_link, key, value, err);
	if (bytes_equal(key, BYTES_LIT("size")))
		return set_number(&p->size, &p->has_size, key, value, err);
	if (bytes_equal(key, BYTES_LIT("uid")))
		return set_number(&p->uid, &p->has_uid, key, value, err);
	if (bytes_equal(key, BYTES_LIT("gid")))
		return set_number(&p->gid, &p->has_gid, key, value, err);
	if (bytes_equal(key, BYTES_LIT("mtime"))) {
		p->has_mtime = pax_time(value, &p->mtime);
		return 0;
	}
	if (bytes_equal(key, BYTES_LIT("SCHILY.xattr.security.capability")))
		p->has_capability = value.n > 0;
	if (bytes_starts_with(key, BYTES_LIT("GNU.sparse.")))
		return sparse_record(p, key, value, err);
	return 0;
}

int pax_parse(struct bytes records, struct pax *ret, struct error *err)
{
	while (records.n > 0) {
		uint64_t length;
		ptrdiff_t space = bytes_index(records, ' ');
		if (space <= 0 || !bytes_to_u64(bytes_sub(records, 0, (size_t)space), &length) ||
		    length > records.n || length < (size_t)space + 3 ||
		    records.p[length - 1] != '\n')
			return error_set(err, ERR_MALFORMED, "a pax record's length is wrong");
		struct bytes record = bytes_sub(records, (size_t)space + 1, length - 1);
		ptrdiff_t equals = bytes_index(record, '=');
		if (equals <= 0)
			return error_set(err, ERR_MALFORMED, "a pax record has no key");
		if (pax_record(ret, bytes_sub(record, 0, (size_t)equals),
			       bytes_sub(record, (size_t)equals + 1, record.n), err) < 0)
			return -1;
		records = bytes_sub(records, length, records.n);
	}
	return 0;
}
