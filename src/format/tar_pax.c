#include "format/tar_header.h"

void pax_clear(struct pax *p)
{
	struct buf path = p->path, link = p->link, map = p->sparse_map, name = p->sparse_name;
	*p = (struct pax){ .path = path, .link = link, .sparse_map = map, .sparse_name = name };
	p->path.n = p->link.n = p->sparse_map.n = p->sparse_name.n = 0;
	p->path.max = p->link.max = LIMIT_PAX_BYTES;
	p->sparse_map.max = p->sparse_name.max = LIMIT_PAX_BYTES;
}

void pax_free(struct pax *p)
{
	buf_free(&p->path);
	buf_free(&p->link);
	buf_free(&p->sparse_map);
	buf_free(&p->sparse_name);
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

/* The owner decides nothing here: what is no number in it, or negative, is 0. */
static void set_owner(uint64_t *out, bool *has, struct bytes value)
{
	*has = bytes_to_u64(value, out);
}

/* The 0.0 form repeats offset and numbytes in turn; joined they are the 0.1
 * list, and stand for it also where both are given. */
static int add_to_map(struct pax *p, struct bytes key, struct bytes value, bool is_offset,
		      struct error *err)
{
	uint64_t ignored;
	if (!bytes_to_u64(value, &ignored) || is_offset != (p->sparse_numbers % 2 == 0))
		return bad_value(key, err);
	if (p->sparse_numbers++ == 0)
		p->sparse_map.n = 0;
	else if (buf_append(&p->sparse_map, ",", 1, err) < 0)
		return -1;
	return buf_append(&p->sparse_map, value.p, value.n, err);
}

static enum pax_digit digit_of(struct bytes value)
{
	if (value.n == 0)
		return PAX_NO_DIGIT;
	if (value.n != 1 || value.p[0] > '1' || value.p[0] < '0')
		return PAX_OTHER;
	return value.p[0] == '0' ? PAX_0 : PAX_1;
}

/* 0.0 and 0.1 came without a version at first; of other versions Go knows
 * nothing, and takes the file for a plain one. */
enum pax_sparse pax_sparse(const struct pax *p)
{
	if (p->sparse_major == PAX_0 && (p->sparse_minor == PAX_0 || p->sparse_minor == PAX_1))
		return PAX_MAP_IN_RECORDS;
	if (p->sparse_major == PAX_1 && p->sparse_minor == PAX_0)
		return PAX_MAP_IN_CONTENT;
	if (p->sparse_major != PAX_NO_DIGIT || p->sparse_minor != PAX_NO_DIGIT)
		return PAX_PLAIN;
	return p->sparse_map.n > 0 ? PAX_MAP_IN_RECORDS : PAX_PLAIN;
}

static int sparse_record(struct pax *p, struct bytes key, struct bytes value, struct error *err)
{
	struct bytes name = bytes_sub(key, sizeof "GNU.sparse." - 1, key.n);
	bool is_offset = bytes_equal(name, BYTES_LIT("offset"));
	if (bytes_equal(name, BYTES_LIT("major")))
		p->sparse_major = digit_of(value);
	if (bytes_equal(name, BYTES_LIT("minor")))
		p->sparse_minor = digit_of(value);
	if (bytes_equal(name, BYTES_LIT("name")))
		return set_name(&p->sparse_name, &p->has_sparse_name, key, value, err);
	if (bytes_equal(name, BYTES_LIT("size")))
		return set_number(&p->sparse_size, &p->has_sparse_size, key, value, err);
	if (bytes_equal(name, BYTES_LIT("realsize")))
		return set_number(&p->real_size, &p->has_real_size, key, value, err);
	if (is_offset || bytes_equal(name, BYTES_LIT("numbytes")))
		return add_to_map(p, key, value, is_offset, err);
	if (bytes_equal(name, BYTES_LIT("map")) && p->sparse_numbers == 0) {
		p->sparse_map.n = 0;
		return buf_append(&p->sparse_map, value.p, value.n, err);
	}
	return 0;
}

static int pax_record(struct pax *p, struct bytes key, struct bytes value, struct error *err)
{
	if (bytes_equal(key, BYTES_LIT("path")))
		return set_name(&p->path, &p->has_path, key, value, err);
	if (bytes_equal(key, BYTES_LIT("linkpath")))
		return set_name(&p->link, &p->has_link, key, value, err);
	if (bytes_equal(key, BYTES_LIT("size")))
		return set_number(&p->size, &p->has_size, key, value, err);
	if (bytes_equal(key, BYTES_LIT("uid")))
		set_owner(&p->uid, &p->has_uid, value);
	if (bytes_equal(key, BYTES_LIT("gid")))
		set_owner(&p->gid, &p->has_gid, value);
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
