/* What a file of objects holds: where each begins, and of which kind it is stored. A
 * pack says of an object only how long it is when inflated, so each is inflated to find
 * the next (gitformat-pack(5)). */
#include "git/internal.h"

enum { PACK_HEADER = 12, HEAD_MAX = 64, LOOSE_HEADER_MAX = 32 };

/* Size in 4 bits, then 7 a byte, the lowest first. */
static uint64_t size_of(struct cursor *c, uint8_t first)
{
	uint64_t size = first & 0x0f;
	for (unsigned shift = 4; (first & 0x80) != 0; shift += 7) {
		first = cursor_u8(c);
		if (shift > 53)
			c->failed = true;
		if (c->failed)
			return 0;
		size |= (uint64_t)(first & 0x7f) << shift;
	}
	return size;
}

/* How far before the delta its base lies: 7 bits a byte, the highest first, and each
 * further byte adds one to what is there ("offset encoding"). */
static uint64_t distance_of(struct cursor *c)
{
	uint8_t byte = cursor_u8(c);
	uint64_t n = byte & 0x7f;
	for (unsigned i = 0; (byte & 0x80) != 0; i++) {
		byte = cursor_u8(c);
		if (i > 6)
			c->failed = true;
		if (c->failed)
			return 0;
		n = ((n + 1) << 7) | (byte & 0x7f);
	}
	return n;
}

static int packed_head(struct repo *r, const struct entry *e, struct entry_head *ret,
		       struct error *err)
{
	const struct git_file *f = &r->folder->files[e->file];
	struct bytes raw;
	if (inflate_peek(r->inflater, e->at, HEAD_MAX, &raw, err) < 0)
		return -1;
	struct cursor c = cursor_of(raw);
	uint8_t first = cursor_u8(&c);
	*ret = (struct entry_head){ .kind = first >> 4 & 7 };
	ret->size = size_of(&c, first);
	if (ret->kind == TYPE_OFS_DELTA) {
		uint64_t distance = distance_of(&c);
		if (distance == 0 || distance > e->at - f->at)
			c.failed = true;
		ret->base_at = c.failed ? 0 : e->at - distance;
	} else if (ret->kind == TYPE_REF_DELTA) {
		struct bytes id = cursor_take(&c, r->ids.size);
		if (!c.failed)
			memcpy(ret->base_id, id.p, id.n);
	} else if (ret->kind == 0 || ret->kind > TYPE_TAG) {
		c.failed = true;
	}
	if (c.failed)
		return error_set(err, ERR_MALFORMED, "no object where one should be");
	ret->content = e->at + c.at;
	return 0;
}

static uint8_t type_of(struct bytes word)
{
	static const char *const words[] = { "", "commit", "tree", "blob", "tag" };
	for (unsigned i = TYPE_COMMIT; i <= TYPE_TAG; i++)
		if (bytes_equal(word, bytes_str(words[i])))
			return (uint8_t)i;
	return TYPE_BAD;
}

/* "blob 123" and a NUL, deflated with the content (gitformat-loose, "git hash-object"). */
static int loose_head(struct repo *r, const struct entry *e, struct entry_head *ret,
		      struct error *err)
{
	uint8_t head[LOOSE_HEADER_MAX];
	struct bytes word, size;
	size_t n = 0;
	if (inflate_begin(r->inflater, e->at, err) < 0)
		return -1;
	while (n < sizeof head) {
		ssize_t got = inflate_read(r->inflater, head + n, sizeof head - n, err);
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	ptrdiff_t end = bytes_index(bytes_of(head, n), 0);
	size = bytes_of(head, end < 0 ? 0 : (size_t)end);
	*ret = (struct entry_head){ .content = e->at, .skip = (size_t)end + 1 };
	if (!bytes_next_field(&size, ' ', &word) || (ret->kind = type_of(word)) == TYPE_BAD ||
	    !bytes_to_u64(size, &ret->size))
		return error_set(err, ERR_MALFORMED, "no loose object");
	return 0;
}

int entry_head(struct repo *r, const struct entry *e, struct entry_head *ret, struct error *err)
{
	const struct git_file *f = &r->folder->files[e->file];
	r->inflater->end = f->at + f->size;
	return f->pack ? packed_head(r, e, ret, err) : loose_head(r, e, ret, err);
}

/* --- all of a pack -------------------------------------------------------------------- */

static int pass_content(struct repo *r, const struct entry_head *h, struct error *err)
{
	uint8_t piece[32 * 1024];
	uint64_t size = 0;
	ssize_t n;
	if (inflate_begin(r->inflater, h->content, err) < 0)
		return -1;
	while ((n = inflate_read(r->inflater, piece, sizeof piece, err)) > 0) {
		size += (uint64_t)n;
		if (size > h->size)
			break;
		if (repo_made(r, (uint64_t)n, err) < 0)
			return -1;
	}
	if (n < 0)
		return -1;
	return size == h->size
		       ? 0
		       : error_set(err, ERR_MALFORMED, "an object of another size than it says");
}

static int add_entry(struct repo *r, struct entry e, struct error *err)
{
	if (r->entry_count == LIMIT_GIT_OBJECTS)
		return error_set(err, ERR_LIMIT, "more than %d objects in one repository",
				 LIMIT_GIT_OBJECTS);
	if (repo_grow(&r->entries, r->entry_count, &r->entry_cap, sizeof *r->entries, err) < 0)
		return -1;
	r->entries[r->entry_count++] = e;
	return 0;
}

/* The base lies before its delta, in the same pack, and begins where an object does. */
static uint32_t find_base(const struct repo *r, uint32_t from, uint64_t at)
{
	uint32_t low = from, high = r->entry_count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (r->entries[middle].at < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low < r->entry_count && r->entries[low].at == at ? low + 1 : 0;
}

static int bad_base(struct repo *r, struct entry *e, struct error *err)
{
	struct error why = { 0 };
	e->type = TYPE_BAD;
	(void)error_set(&why, ERR_MALFORMED, "a delta whose base is no object");
	return repo_trouble(r, &why, err);
}

static int list_objects(struct repo *r, uint32_t file, uint32_t count, struct error *err)
{
	const struct git_file *f = &r->folder->files[file];
	uint32_t from = r->entry_count;
	uint64_t at = f->at + PACK_HEADER;
	for (uint32_t i = 0; i < count; i++) {
		struct entry e = { .at = at, .file = file };
		struct entry_head h;
		if (entry_head(r, &e, &h, err) < 0 || pass_content(r, &h, err) < 0)
			return error_wrap(err, "a pack, %u of its %u objects are read", i, count);
		at = r->inflater->next;
		e.kind = h.kind;
		if (h.kind == TYPE_OFS_DELTA) {
			e.base = find_base(r, from, h.base_at);
			if (e.base == 0 && bad_base(r, &e, err) < 0)
				return -1;
		}
		r->has_refs = r->has_refs || h.kind == TYPE_REF_DELTA;
		if (add_entry(r, e, err) < 0)
			return -1;
	}
	if (at + r->ids.size != f->at + f->size)
		return error_set(err, ERR_MALFORMED, "a pack holds more than its %u objects",
				 count);
	return 0;
}

static int list_pack(struct repo *r, uint32_t file, struct error *err)
{
	const struct git_file *f = &r->folder->files[file];
	struct bytes head;
	r->inflater->end = f->at + f->size;
	if (inflate_peek(r->inflater, f->at, PACK_HEADER, &head, err) < 0)
		return -1;
	struct cursor c = cursor_of(head);
	struct bytes magic = cursor_take(&c, 4);
	uint32_t version = cursor_be32(&c), count = cursor_be32(&c);
	if (c.failed || !bytes_equal(magic, BYTES_LIT("PACK")))
		return error_set(err, ERR_MALFORMED, "no pack of git");
	if (version != 2 && version != 3)
		return error_set(err, ERR_UNSUPPORTED, "a pack of version %u", version);
	return list_objects(r, file, count, err);
}

static int list_loose(struct repo *r, uint32_t file, struct error *err)
{
	struct entry e = { .at = r->folder->files[file].at, .file = file };
	struct entry_head h;
	if (entry_head(r, &e, &h, err) < 0)
		return -1;
	e.kind = h.kind;
	return add_entry(r, e, err);
}

int repo_list(struct repo *r, struct error *err)
{
	for (size_t i = 0; i < r->folder->file_count; i++) {
		struct error why = { 0 };
		int listed = r->folder->files[i].pack ? list_pack(r, (uint32_t)i, &why)
						      : list_loose(r, (uint32_t)i, &why);
		if (listed < 0 && repo_trouble(r, &why, err) < 0)
			return -1;
	}
	return 0;
}
