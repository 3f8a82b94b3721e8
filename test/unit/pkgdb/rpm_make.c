#include "rpm_make.h"

#include <stdio.h>
#include <stdlib.h>

/* A test's own memory and arithmetic are trusted: failure is a failed test. */
static void must(int rc)
{
	if (rc < 0)
		abort();
}

static void put(struct buf *out, const void *p, size_t n)
{
	must(buf_append(out, p, n, NULL));
}

static void put8(struct buf *out, unsigned v)
{
	uint8_t byte = (uint8_t)v;
	put(out, &byte, 1);
}

void make_be32(struct buf *out, uint32_t v)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		put8(out, v >> shift & 0xff);
}

void make_le32(struct buf *out, uint32_t v)
{
	for (int shift = 0; shift <= 24; shift += 8)
		put8(out, v >> shift & 0xff);
}

void make_zeros(struct buf *out, size_t n)
{
	while (n-- > 0)
		put8(out, 0);
}

/* Zeros up to a whole number of pages. */
static void pad(struct buf *out, size_t page_size)
{
	make_zeros(out, (page_size - out->n % page_size) % page_size);
}

static void poke(struct buf *b, size_t at, const void *p, size_t n)
{
	if (at > b->n || n > b->n - at)
		abort();
	memcpy(b->p + at, p, n);
}

void poke_be16(struct buf *b, size_t at, uint16_t v)
{
	uint8_t raw[2] = { (uint8_t)(v >> 8), (uint8_t)v };
	poke(b, at, raw, 2);
}

void poke_be32(struct buf *b, size_t at, uint32_t v)
{
	poke_be16(b, at, (uint16_t)(v >> 16));
	poke_be16(b, at + 2, (uint16_t)v);
}

void poke_le32(struct buf *b, size_t at, uint32_t v)
{
	poke_be32(b, at, __builtin_bswap32(v));
}

/* --- headers --------------------------------------------------------------- */

void make_header(struct buf *out, const struct make_tag *tags, size_t n)
{
	size_t data = 0;
	for (size_t i = 0; i < n; i++)
		data += tags[i].value.n;
	make_be32(out, (uint32_t)n);
	make_be32(out, (uint32_t)data);
	data = 0;
	for (size_t i = 0; i < n; i++) {
		make_be32(out, tags[i].tag);
		make_be32(out, tags[i].type);
		make_be32(out, (uint32_t)data);
		make_be32(out, tags[i].count);
		data += tags[i].value.n;
	}
	for (size_t i = 0; i < n; i++)
		put(out, tags[i].value.p, tags[i].value.n);
}

void make_package(struct buf *out, const char *name, size_t filler)
{
	struct buf source = buf_max(1000), zeros = buf_max(filler + 1);
	must(buf_printf(&source, NULL, "%s-1.0-2.src.rpm", name));
	put8(&source, 0);
	make_zeros(&zeros, filler);
	struct make_tag tags[] = {
		{ 1000, T_STRING, 1, bytes_of(name, strlen(name) + 1) },
		MAKE_TEXT(1001, "1.0"),
		MAKE_TEXT(1002, "2"),
		MAKE_TEXT(1022, "noarch"),
		{ 1040, T_BIN, (uint32_t)filler, buf_view(&zeros) },
		{ 1044, T_STRING, 1, buf_view(&source) },
	};
	make_header(out, tags, 6);
	buf_free(&source);
	buf_free(&zeros);
}

/* --- SQLite ---------------------------------------------------------------- */

static void put_varint(struct buf *out, uint64_t v)
{
	for (int shift = 49; shift > 0; shift -= 7)
		if (v >> shift != 0)
			put8(out, (unsigned)(v >> shift & 0x7f) | 0x80);
	put8(out, v & 0x7f);
}

static void put_record(struct buf *out, struct bytes blob)
{
	struct buf type = buf_max(16);
	put_varint(&type, 12 + 2 * (uint64_t)blob.n);
	put8(out, (unsigned)type.n + 2);
	put8(out, 0);
	put(out, type.p, type.n);
	put(out, blob.p, blob.n);
	buf_free(&type);
}

static size_t sqlite_local(size_t size, size_t page_size)
{
	size_t most = page_size - 35, least = (page_size - 12) * 32 / 255 - 23;
	size_t fit = least + (size - least) % (page_size - 4);
	return size <= most ? size : fit <= most ? fit : least;
}

/* A leaf page with one cell at its end, then the record's overflow pages. */
static void put_leaf(struct buf *out, const struct make_blob *blob, size_t page_size)
{
	struct buf record = buf_max(1 << 24), cell = buf_max(1 << 17);
	size_t start = out->n, page = start / page_size + 1;
	put_record(&record, blob->blob);
	size_t local = sqlite_local(record.n, page_size);
	put_varint(&cell, record.n);
	put_varint(&cell, blob->number);
	put(&cell, record.p, local);
	if (local < record.n)
		make_be32(&cell, (uint32_t)page + 1);

	make_zeros(out, page_size);
	out->p[start] = 13;
	poke_be16(out, start + 3, 1);
	poke_be16(out, start + 5, (uint16_t)(page_size - cell.n));
	poke_be16(out, start + 8, (uint16_t)(page_size - cell.n));
	poke(out, start + page_size - cell.n, cell.p, cell.n);
	for (size_t at = local; at < record.n;) {
		size_t n = record.n - at < page_size - 4 ? record.n - at : page_size - 4;
		page++;
		make_be32(out, at + n < record.n ? (uint32_t)page + 1 : 0);
		put(out, record.p + at, n);
		pad(out, page_size);
		at += n;
	}
	buf_free(&record);
	buf_free(&cell);
}

static void put_interior(struct buf *out, const struct make_blob *blobs, size_t n, size_t page_size)
{
	size_t root = out->n, cell = root + page_size;
	make_zeros(out, page_size);
	out->p[root] = 5;
	poke_be16(out, root + 3, (uint16_t)(n - 1));
	for (size_t i = 0; i < n; i++) {
		uint32_t child = (uint32_t)(out->n / page_size + 1);
		put_leaf(out, &blobs[i], page_size);
		if (i == n - 1) {
			poke_be32(out, root + 8, child);
			break;
		}
		cell -= 5;
		poke_be32(out, cell, child);
		out->p[cell + 4] = (uint8_t)blobs[i].number & 0x7f;
		poke_be16(out, root + 12 + 2 * i, (uint16_t)(cell - root));
	}
}

static void put_schema(struct buf *out, size_t page_size)
{
	static const char cell[] = "\x4d\x01\x06\x17\x1d\x1d\x01\x6f"
				   "tablePackagesPackages\x02"
				   "CREATE TABLE 'Packages' (hnum INTEGER, blob BLOB)";
	size_t n = sizeof(cell) - 1;
	make_zeros(out, page_size - out->n);
	out->p[100] = 13;
	poke_be16(out, 103, 1);
	poke_be16(out, 108, (uint16_t)(page_size - n));
	poke(out, page_size - n, cell, n);
}

void make_sqlite(struct buf *out, const struct make_blob *blobs, size_t n, size_t page_size)
{
	*out = buf_max(1 << 25);
	put(out, "SQLite format 3", 16);
	put8(out, page_size == 65536 ? 0 : (unsigned)page_size >> 8);
	put8(out, page_size == 65536 ? 1 : 0);
	put(out, "\x01\x01\x00\x40\x20\x20", 6);
	make_zeros(out, 100 - out->n);
	poke_be32(out, 56, 1);
	put_schema(out, page_size);
	if (n == 0) {
		put8(out, 13);
		pad(out, page_size);
	} else if (n == 1) {
		put_leaf(out, &blobs[0], page_size);
	} else {
		put_interior(out, blobs, n, page_size);
	}
	poke_be32(out, 28, (uint32_t)(out->n / page_size));
}

/* --- ndb ------------------------------------------------------------------- */

static uint32_t adler32(struct bytes b)
{
	uint32_t low = 1, high = 0;
	for (size_t i = 0; i < b.n; i++) {
		low = (low + b.p[i]) % 65521;
		high = (high + low) % 65521;
	}
	return high << 16 | low;
}

void make_ndb(struct buf *out, const struct make_blob *blobs, size_t n)
{
	*out = buf_max(1 << 25);
	put(out, "RpmP", 4);
	make_zeros(out, 4092);
	poke_le32(out, 8, 1);
	poke_le32(out, 12, 1);
	for (size_t i = 0; i < 254; i++)
		poke(out, 32 + 16 * i, "Slot", 4);
	for (size_t i = 0; i < n; i++) {
		size_t at = out->n;
		put(out, "BlbS", 4);
		make_le32(out, blobs[i].number);
		make_le32(out, 1);
		make_le32(out, (uint32_t)blobs[i].blob.n);
		put(out, blobs[i].blob.p, blobs[i].blob.n);
		make_zeros(out, (16 - (out->n + 12) % 16) % 16);
		make_le32(out, adler32(bytes_of(out->p + at, out->n - at)));
		make_le32(out, (uint32_t)blobs[i].blob.n);
		put(out, "BlbE", 4);
		poke_le32(out, 32 + 16 * i + 4, blobs[i].number);
		poke_le32(out, 32 + 16 * i + 8, (uint32_t)(at / 16));
		poke_le32(out, 32 + 16 * i + 12, (uint32_t)((out->n - at) / 16));
	}
}

/* --- Berkeley DB ----------------------------------------------------------- */

struct bdb {
	struct buf *out;
	size_t page_size;
	bool big_endian;
};

static void bdb32(struct bdb *b, size_t at, uint32_t v)
{
	b->big_endian ? poke_be32(b->out, at, v) : poke_le32(b->out, at, v);
}

static void bdb16(struct bdb *b, size_t at, size_t v)
{
	uint16_t n = (uint16_t)v;
	poke_be16(b->out, at, b->big_endian ? n : __builtin_bswap16(n));
}

/* Appends a page; returns where it begins. */
static size_t bdb_page(struct bdb *b, uint8_t type, size_t entries)
{
	size_t at = b->out->n;
	make_zeros(b->out, b->page_size);
	if (at > 0) {
		bdb32(b, at + 8, (uint32_t)(at / b->page_size));
		bdb16(b, at + 20, entries);
		b->out->p[at + 25] = type;
	}
	return at;
}

static void bdb_overflow(struct bdb *b, struct bytes blob)
{
	size_t room = b->page_size - 26;
	for (size_t done = 0; done < blob.n;) {
		size_t n = blob.n - done < room ? blob.n - done : room;
		size_t at = bdb_page(b, 7, 1);
		bdb16(b, at + 22, n);
		poke(b->out, at + 26, blob.p + done, n);
		done += n;
		if (done < blob.n)
			bdb32(b, at + 16, (uint32_t)(b->out->n / b->page_size));
	}
}

static void bdb_hash_pair(struct bdb *b, size_t page, const struct make_blob *blob, uint32_t chain)
{
	size_t key = b->page_size - 5, data = key - 12;
	bdb16(b, page + 26, key);
	bdb16(b, page + 28, data);
	b->out->p[page + key] = 1;
	bdb32(b, page + key + 1, blob->number);
	b->out->p[page + data] = 3;
	bdb32(b, page + data + 4, chain);
	bdb32(b, page + data + 8, (uint32_t)blob->blob.n);
}

static void bdb_btree_pair(struct bdb *b, size_t page, const struct make_blob *blob, uint32_t chain)
{
	size_t key = b->page_size - 8, data = key - 12;
	bdb16(b, page + 26, key);
	bdb16(b, page + 28, data);
	bdb16(b, page + key, 4);
	b->out->p[page + key + 2] = 1;
	bdb32(b, page + key + 3, blob->number);
	b->out->p[page + data + 2] = 3;
	bdb32(b, page + data + 4, chain);
	bdb32(b, page + data + 8, (uint32_t)blob->blob.n);
}

/* An interior page whose first child is the next page. */
static void bdb_root(struct bdb *b)
{
	size_t at = bdb_page(b, 3, 1), item = b->page_size - 12;
	bdb16(b, at + 26, item);
	b->out->p[at + item + 2] = 1;
	bdb32(b, at + item + 4, 2);
	bdb32(b, 88, 1);
}

void make_bdb(struct buf *out, const struct make_blob *blobs, size_t n, size_t page_size,
	      bool big_endian, bool btree)
{
	struct bdb b = { out, page_size, big_endian };
	size_t pages[32];
	*out = buf_max(1 << 25);
	(void)bdb_page(&b, 0, 0);
	bdb32(&b, 12, btree ? 0x53162 : 0x61561);
	bdb32(&b, 16, 9);
	bdb32(&b, 20, (uint32_t)page_size);
	out->p[25] = btree ? 9 : 8;
	if (btree)
		bdb_root(&b);
	else
		bdb32(&b, 72, (uint32_t)n - 1);
	for (size_t i = 0; i < n; i++)
		pages[i] = bdb_page(&b, btree ? 5 : 13, 2);
	for (size_t i = 0; i < 32 && !btree; i++)
		bdb32(&b, 96 + 4 * i, 1);
	for (size_t i = 0; i < n; i++) {
		uint32_t chain = (uint32_t)(out->n / page_size);
		bdb_overflow(&b, blobs[i].blob);
		(btree ? bdb_btree_pair : bdb_hash_pair)(&b, pages[i], &blobs[i], chain);
		if (btree && i + 1 < n)
			bdb32(&b, pages[i] + 16, (uint32_t)(pages[i + 1] / page_size));
	}
	bdb32(&b, 32, (uint32_t)(out->n / page_size - 1));
}

/* --- reading --------------------------------------------------------------- */

static int note_package(void *ctx, const struct pkg_record *pkg, struct error *err)
{
	struct listing *l = ctx;
	const struct bytes fields[] = { pkg->name,        pkg->version,        pkg->arch,
					pkg->source_name, pkg->source_version, pkg->modularity };
	l->packages++;
	for (size_t i = 0; i < 6; i++) {
		size_t room = sizeof(l->text) - l->text_n - 2;
		size_t n = fields[i].n < room ? fields[i].n : room;
		if (n > 0)
			memcpy(l->text + l->text_n, fields[i].p, n);
		l->text_n += n;
		if (room > 0)
			l->text[l->text_n++] = i < 5 ? ' ' : '\n';
	}
	if (l->packages == l->stop_after)
		return error_set(err, ERR_CANCELLED, "enough");
	return 0;
}

static void note_skipped(void *ctx, const char *why)
{
	struct listing *l = ctx;
	l->skipped++;
	(void)snprintf(l->why, sizeof(l->why), "%s", why);
}

struct memory {
	struct bytes file;
	uint64_t bytes_read;
};

static int read_memory(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	struct memory *m = ctx;
	(void)err;
	if (at > m->file.n || n > m->file.n - at)
		abort();
	memcpy(p, m->file.p + at, n);
	m->bytes_read += n;
	return 0;
}

void list_packages(struct bytes bytes, struct listing *ret)
{
	unsigned stop_after = ret->stop_after;
	struct memory m = { .file = bytes };
	struct pkg_file file = { bytes.n, read_memory, &m };
	struct pkg_sink sink = { .package = note_package, .skipped = note_skipped, .ctx = ret };
	memset(ret, 0, sizeof(*ret));
	ret->stop_after = stop_after;
	ret->rc = pkg_rpm_read(&file, sink, &ret->err);
	if ((ret->rc == 0) != (ret->err.code == ERR_NONE) || m.bytes_read > 2 * bytes.n + (1 << 19))
		abort();
}

bool listing_is_clean(const struct listing *l)
{
	return l->rc == 0 && l->skipped == 0;
}

void assert_cuts_are_seen(struct bytes file)
{
	struct listing *l = calloc(1, sizeof(*l));
	for (size_t n = 0; l != NULL && n < file.n; n++) {
		/* An exact copy, so that the address sanitizer sees its end. */
		uint8_t *cut = malloc(n > 0 ? n : 1);
		if (cut == NULL)
			abort();
		if (n > 0)
			memcpy(cut, file.p, n);
		list_packages(bytes_of(cut, n), l);
		free(cut);
		if (listing_is_clean(l)) {
			(void)fprintf(stderr, "cut at %zu of %zu reads as clean\n", n, file.n);
			abort();
		}
	}
	free(l);
}

void assert_flips_end(struct bytes file)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	struct listing *l = calloc(1, sizeof(*l));
	uint8_t *copy = malloc(file.n);
	if (l == NULL || copy == NULL)
		abort();
	memcpy(copy, file.p, file.n);
	for (size_t i = 0; i < file.n; i++) {
		for (size_t v = 0; v < sizeof(values); v++) {
			copy[i] = values[v];
			list_packages(bytes_of(copy, file.n), l);
		}
		copy[i] = file.p[i];
	}
	free(copy);
	free(l);
}
