/* The rpm header structure as it lies in a database: rpm's
 * docs/manual/format.md, "Header", without the eight bytes of magic.
 *
 *   be32 number of index entries, be32 size of the data part,
 *   entries of 16 bytes: be32 tag, type, offset in the data part, count,
 *   the data part.
 *
 * Region tags (61..63) say which entries were signed; entries behind the region
 * were added at installation. rpm lets those replace the region's of the same
 * tag, but never adds one that is read here: a tag that is there twice is an
 * attempt to show different readers different packages. So what a region's
 * trailer claims is not needed: it may lie. */
#include <stdarg.h>
#include <stdio.h>

#include "pkgdb/rpm_internal.h"

enum { INTRO_SIZE = 8, ENTRY_SIZE = 16 };

/* rpm's own limits for what it reads (lib/header.c). */
enum { ENTRIES_MAX = 0xffff, DATA_MAX = 0x0fffffff };

enum data_type {
	TYPE_CHAR = 1,
	TYPE_INT8,
	TYPE_INT16,
	TYPE_INT32,
	TYPE_INT64,
	TYPE_STRING,
	TYPE_BIN,
	TYPE_STRING_ARRAY,
	TYPE_I18N_STRING
};

static const struct {
	uint32_t tag;
	const char *name;
} wanted[RPM_FIELDS] = {
	[RPM_NAME] = { 1000, "NAME" },           [RPM_VERSION] = { 1001, "VERSION" },
	[RPM_RELEASE] = { 1002, "RELEASE" },     [RPM_EPOCH] = { 1003, "EPOCH" },
	[RPM_VENDOR] = { 1011, "VENDOR" },       [RPM_LICENSE] = { 1014, "LICENSE" },
	[RPM_PACKAGER] = { 1015, "PACKAGER" },   [RPM_ARCH] = { 1022, "ARCH" },
	[RPM_SOURCERPM] = { 1044, "SOURCERPM" }, [RPM_MODULARITY] = { 5096, "MODULARITYLABEL" },
};

enum { EPOCH_SIZE = 4 };

void rpm_header_init(struct rpm_header *h)
{
	*h = (struct rpm_header){ .part = RPM_PART_DONE };
	for (size_t i = 0; i < RPM_FIELDS; i++)
		h->fields[i].value = buf_max(LIMIT_PKG_FIELD);
	rpm_files_init(&h->files);
}

void rpm_header_free(struct rpm_header *h)
{
	for (size_t i = 0; i < RPM_FIELDS; i++)
		buf_free(&h->fields[i].value);
	rpm_files_free(&h->files);
}

void rpm_header_spoil(struct rpm_header *h, enum error_code code, const char *fmt, ...)
{
	if (h->part == RPM_PART_BROKEN)
		return;
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(h->why.text, sizeof(h->why.text), fmt, ap);
	va_end(ap);
	h->why.code = code;
	h->why.os = 0;
	h->part = RPM_PART_BROKEN;
}

bool rpm_header_begin(struct rpm_header *h, uint64_t size)
{
	h->part = RPM_PART_INTRO;
	h->size = size;
	h->entry = h->at = 0;
	h->partial_n = 0;
	rpm_files_begin(&h->files);
	for (size_t i = 0; i < RPM_FIELDS; i++) {
		struct rpm_field *f = &h->fields[i];
		f->present = f->done = false;
		f->value.n = 0;
	}
	if (size > LIMIT_RPM_HEADER)
		rpm_header_spoil(h, ERR_LIMIT, "its header has %llu bytes, the limit is %llu",
				 (unsigned long long)size, (unsigned long long)LIMIT_RPM_HEADER);
	return h->part != RPM_PART_BROKEN;
}

static void take_intro(struct rpm_header *h, struct bytes intro)
{
	struct cursor c = cursor_of(intro);
	h->entries = cursor_be32(&c);
	h->data_size = cursor_be32(&c);
	h->part = RPM_PART_INDEX;
	if (h->entries == 0 || h->entries > ENTRIES_MAX || h->data_size > DATA_MAX)
		return rpm_header_spoil(h, ERR_MALFORMED,
					"its header claims %u index entries and %u bytes of data",
					h->entries, h->data_size);
	uint64_t told = INTRO_SIZE + (uint64_t)ENTRY_SIZE * h->entries + h->data_size;
	if (told != h->size)
		rpm_header_spoil(h, ERR_MALFORMED, "its header claims %llu bytes and has %llu",
				 (unsigned long long)told, (unsigned long long)h->size);
}

/* Bytes of one value; for strings at least, the NUL. 0: no such type. */
static uint32_t type_size(uint32_t type)
{
	switch (type) {
	case TYPE_INT16:
		return 2;
	case TYPE_INT32:
		return 4;
	case TYPE_INT64:
		return 8;
	case TYPE_CHAR:
	case TYPE_INT8:
	case TYPE_BIN:
	case TYPE_STRING:
	case TYPE_STRING_ARRAY:
	case TYPE_I18N_STRING:
		return 1;
	default:
		return 0;
	}
}

static bool is_string(uint32_t type)
{
	return type == TYPE_STRING || type == TYPE_STRING_ARRAY || type == TYPE_I18N_STRING;
}

static void want_field(struct rpm_header *h, enum rpm_field_id id, uint32_t type, uint32_t offset,
		       uint32_t count)
{
	struct rpm_field *f = &h->fields[id];
	bool fits = id == RPM_EPOCH ? type == TYPE_INT32 : is_string(type);
	if (!fits || count == 0)
		return rpm_header_spoil(h, ERR_MALFORMED, "%s has type %u and count %u",
					wanted[id].name, type, count);
	if (f->present)
		return rpm_header_spoil(h, ERR_MALFORMED, "%s is there twice", wanted[id].name);
	f->present = true;
	f->next = offset;
}

static void take_entry(struct rpm_header *h, struct bytes entry)
{
	struct cursor c = cursor_of(entry);
	uint32_t tag = cursor_be32(&c);
	uint32_t type = cursor_be32(&c);
	uint32_t offset = cursor_be32(&c);
	uint32_t count = cursor_be32(&c);
	uint64_t size = (uint64_t)count * type_size(type);

	if (type_size(type) == 0 || offset > h->data_size || size > h->data_size - offset)
		return rpm_header_spoil(
			h, ERR_MALFORMED,
			"index entry %u (tag %u, type %u, offset %u, count %u) does "
			"not fit its %u bytes of data",
			h->entry, tag, type, offset, count, h->data_size);
	for (enum rpm_field_id id = 0; id < RPM_FIELDS; id++)
		if (wanted[id].tag == tag)
			want_field(h, id, type, offset, count);
	rpm_files_entry(&h->files, tag, type, offset, count);
	h->entry++;
}

static bool all_fields_done(const struct rpm_header *h)
{
	for (size_t i = 0; i < RPM_FIELDS; i++)
		if (h->fields[i].present && !h->fields[i].done)
			return false;
	return rpm_files_done(&h->files);
}

/* piece is the data part from h->at on. Values are taken as they stream by, so in
 * the order in which they lie, whatever order the index has. */
static void take_value(struct rpm_header *h, enum rpm_field_id id, struct bytes piece)
{
	struct rpm_field *f = &h->fields[id];
	struct error err;
	size_t n;

	if (!f->present || f->done || f->next - h->at >= piece.n)
		return;
	struct bytes rest = bytes_sub(piece, f->next - h->at, piece.n);
	if (id == RPM_EPOCH) {
		size_t missing = EPOCH_SIZE - f->value.n;
		n = rest.n < missing ? rest.n : missing;
		f->done = n == missing;
	} else {
		ptrdiff_t end = bytes_index(rest, 0);
		n = end < 0 ? rest.n : (size_t)end;
		f->done = end >= 0;
	}
	if (buf_append(&f->value, rest.p, n, &err) < 0)
		return rpm_header_spoil(h, err.code, "%s: %s", wanted[id].name, err.text);
	f->next += (uint32_t)n;
}

static void take_data(struct rpm_header *h, struct bytes piece)
{
	piece = bytes_sub(piece, 0, h->data_size - h->at);
	for (enum rpm_field_id id = 0; id < RPM_FIELDS; id++)
		take_value(h, id, piece);
	rpm_files_data(&h->files, h->at, piece);
	h->at += (uint32_t)piece.n;
	if (h->part == RPM_PART_DATA && all_fields_done(h))
		h->part = RPM_PART_DONE;
}

/* The next `size` bytes, which a page's end may have cut in two. */
static bool take_unit(struct rpm_header *h, struct bytes *piece, size_t size, struct bytes *ret)
{
	if (h->partial_n == 0 && piece->n >= size) {
		*ret = bytes_sub(*piece, 0, size);
		*piece = bytes_sub(*piece, size, piece->n);
		return true;
	}
	struct bytes part = bytes_sub(*piece, 0, size - h->partial_n);
	if (part.n > 0)
		memcpy(h->partial + h->partial_n, part.p, part.n);
	*piece = bytes_sub(*piece, part.n, piece->n);
	h->partial_n += part.n;
	if (h->partial_n < size)
		return false;
	h->partial_n = 0;
	*ret = bytes_of(h->partial, size);
	return true;
}

bool rpm_header_feed(struct rpm_header *h, struct bytes piece)
{
	struct bytes unit;

	if (h->part == RPM_PART_INTRO && take_unit(h, &piece, INTRO_SIZE, &unit))
		take_intro(h, unit);
	while (h->part == RPM_PART_INDEX && take_unit(h, &piece, ENTRY_SIZE, &unit)) {
		take_entry(h, unit);
		if (h->part == RPM_PART_INDEX && h->entry == h->entries)
			h->part = all_fields_done(h) ? RPM_PART_DONE : RPM_PART_DATA;
	}
	if (h->part == RPM_PART_DATA)
		take_data(h, piece);
	return h->part != RPM_PART_DONE && h->part != RPM_PART_BROKEN;
}

int rpm_header_end(struct rpm_header *h, struct error *err)
{
	if (h->part == RPM_PART_INTRO || h->part == RPM_PART_INDEX)
		rpm_header_spoil(h, ERR_TRUNCATED, "its header ends within the index");
	for (size_t i = 0; h->part == RPM_PART_DATA && i < RPM_FIELDS; i++)
		if (h->fields[i].present && !h->fields[i].done)
			rpm_header_spoil(h, ERR_TRUNCATED, "its header ends within %s",
					 wanted[i].name);
	if (h->part == RPM_PART_BROKEN)
		return error_set(err, h->why.code, "%s", h->why.text);
	return 0;
}

struct bytes rpm_header_text(const struct rpm_header *h, enum rpm_field_id id)
{
	return h->fields[id].present ? buf_view(&h->fields[id].value) : bytes_of(NULL, 0);
}

uint32_t rpm_header_epoch(const struct rpm_header *h)
{
	struct cursor c = cursor_of(rpm_header_text(h, RPM_EPOCH));
	return cursor_be32(&c);
}
