/* Packages: a Berkeley DB (4 and 5) hash database, as rpm wrote it up to 4.15,
 * or a b-tree, which rpm could be configured to write. Page layouts after the
 * library's dbinc/db_page.h. Numbers are in the byte order of the machine that
 * wrote the file; its magic tells which.
 *
 * A key is a header's instance number, its data the header blob: in the page if
 * it is small, else in a chain of overflow pages. The key 0 holds the highest
 * instance number instead. */
#include <stdlib.h>

#include "pkgdb/rpm_internal.h"

#define MAGIC_HASH 0x00061561U
#define MAGIC_BTREE 0x00053162U

enum {
	META_SIZE = 512,
	PAGE_SIZE_MIN = 512,
	PAGE_HEADER = 26,
	META_CHECKSUM = 1, /* flag of the meta page: pages have longer headers */
	SPARES = 32,
	DEPTH_MAX = 32,
};

enum page_type {
	PAGE_UNUSED = 0,
	PAGE_HASH_UNSORTED = 2, /* before 4.6 */
	PAGE_BTREE_INTERIOR = 3,
	PAGE_BTREE_LEAF = 5,
	PAGE_OVERFLOW = 7,
	PAGE_HASH = 13,
};

enum hash_item { HASH_INLINE = 1, HASH_OFFPAGE = 3 };
enum btree_item { BTREE_INLINE = 1, BTREE_OVERFLOW = 3, BTREE_DELETED = 0x80 };

struct bdb {
	struct rpm_reader *r;
	bool big_endian;
	uint32_t magic;
	size_t page_size;
	uint64_t pages; /* whole pages of the file */
	uint64_t last_page; /* as the meta page says */
	uint8_t *page; /* the hash or leaf page whose items are being read */

	uint64_t buckets; /* hash */
	uint32_t spares[SPARES];
	uint64_t root; /* b-tree */
};

static uint16_t take16(const struct bdb *b, struct cursor *c)
{
	return b->big_endian ? cursor_be16(c) : cursor_le16(c);
}

static uint32_t take32(const struct bdb *b, struct cursor *c)
{
	return b->big_endian ? cursor_be32(c) : cursor_le32(c);
}

/* --- pages ----------------------------------------------------------------- */

struct page_header {
	uint64_t number;
	uint64_t next;
	size_t entries;
	size_t used; /* of an overflow page: bytes of data */
	uint8_t level;
	uint8_t type;
};

static int view_page(struct bdb *b, uint64_t number, struct page_header *ret_header,
		     struct bytes *ret_page, struct error *err)
{
	if (number >= b->pages) {
		error_set(err, ERR_TRUNCATED, "bdb: page %llu does not exist: the file has %llu",
			  (unsigned long long)number, (unsigned long long)b->pages);
		return -1;
	}
	if (rpm_pager_view(&b->r->pager, number * b->page_size, b->page_size, ret_page, err) < 0)
		return -1;
	struct cursor c = cursor_of(*ret_page);
	cursor_seek(&c, 8); /* log sequence number */
	ret_header->number = take32(b, &c);
	(void)take32(b, &c); /* previous page */
	ret_header->next = take32(b, &c);
	ret_header->entries = take16(b, &c);
	ret_header->used = take16(b, &c);
	ret_header->level = cursor_u8(&c);
	ret_header->type = cursor_u8(&c);
	return 0;
}

/* Copies the page to b->page, where it stays while overflow pages are viewed. */
static int load_page(struct bdb *b, uint64_t number, struct page_header *ret, struct error *err)
{
	struct bytes page;
	if (view_page(b, number, ret, &page, err) < 0)
		return -1;
	memcpy(b->page, page.p, b->page_size);
	if (ret->entries > (b->page_size - PAGE_HEADER) / 2)
		return error_set(err, ERR_MALFORMED, "bdb: page %llu claims %zu entries",
				 (unsigned long long)number, ret->entries);
	return 0;
}

/* Where item number i of the loaded page begins. */
static size_t item_offset(const struct bdb *b, size_t i)
{
	struct cursor c = cursor_of(bytes_of(b->page, b->page_size));
	cursor_seek(&c, PAGE_HEADER + 2 * i);
	return take16(b, &c);
}

/* --- blobs ----------------------------------------------------------------- */

static int feed_overflow(struct bdb *b, uint64_t number, uint64_t size, struct error *err)
{
	struct rpm_header *h = &b->r->header;
	for (bool more = true; more && size > 0;) {
		struct page_header page;
		struct bytes view;
		if (number == 0 || number >= b->pages) {
			rpm_header_spoil(h, ERR_TRUNCATED,
					 "its header goes on in page %llu, which does not exist",
					 (unsigned long long)number);
			return 0;
		}
		if (view_page(b, number, &page, &view, err) < 0)
			return -1;
		if (page.type != PAGE_OVERFLOW || page.number != number || page.used == 0 ||
		    page.used > b->page_size - PAGE_HEADER || page.used > size) {
			rpm_header_spoil(
				h, ERR_MALFORMED,
				"its header goes on in page %llu, which is of another kind",
				(unsigned long long)number);
			return 0;
		}
		more = rpm_header_feed(h, bytes_sub(view, PAGE_HEADER, PAGE_HEADER + page.used));
		size -= page.used;
		number = page.next;
	}
	return 0;
}

/* The number of the header instance in a key, as the writing machine put it. */
static uint64_t key_number(const struct bdb *b, struct bytes key)
{
	struct cursor c = cursor_of(key);
	return take32(b, &c);
}

static int read_inline(struct bdb *b, uint64_t key, struct bytes data, struct error *err)
{
	if (rpm_header_begin(&b->r->header, data.n))
		(void)rpm_header_feed(&b->r->header, data);
	return rpm_reader_package(b->r, key, err);
}

static int read_offpage(struct bdb *b, uint64_t key, uint64_t page, uint64_t size,
			struct error *err)
{
	if (rpm_header_begin(&b->r->header, size) && feed_overflow(b, page, size, err) < 0)
		return -1;
	return rpm_reader_package(b->r, key, err);
}

/* --- hash ------------------------------------------------------------------ */

/* Items of a hash page lie one below the other from the page's end, without a
 * gap: an item ends where the one before begins. Empty when that is not so. */
static struct bytes hash_item(const struct bdb *b, const struct page_header *page, size_t i)
{
	size_t from = item_offset(b, i);
	size_t to = i == 0 ? b->page_size : item_offset(b, i - 1);
	if (from < PAGE_HEADER + 2 * page->entries || to > b->page_size || from >= to)
		return bytes_of(NULL, 0);
	return bytes_of(b->page + from, to - from);
}

static int read_hash_pair(struct bdb *b, struct bytes key, struct bytes data, struct error *err)
{
	uint64_t number = key_number(b, bytes_sub(key, 1, key.n));
	struct cursor c = cursor_of(data);
	uint8_t type = cursor_u8(&c);

	if (key.n != 5 || key.p[0] != HASH_INLINE)
		return rpm_reader_skip(b->r, number, "its key is no number", err);
	if (number == 0)
		return 0;
	if (type == HASH_INLINE)
		return read_inline(b, number, bytes_sub(data, 1, data.n), err);
	cursor_seek(&c, 4);
	uint64_t page = take32(b, &c);
	uint64_t size = take32(b, &c);
	if (type != HASH_OFFPAGE || c.failed)
		return rpm_reader_skip(b->r, number, "its data is of an unknown kind", err);
	return read_offpage(b, number, page, size, err);
}

static int read_hash_items(struct bdb *b, const struct page_header *page, struct error *err)
{
	for (size_t i = 0; i + 1 < page->entries; i += 2) {
		struct bytes key = hash_item(b, page, i);
		struct bytes data = hash_item(b, page, i + 1);
		if (key.n == 0 || data.n == 0) {
			error_set(err, ERR_MALFORMED, "bdb: item %zu of page %llu goes beyond it",
				  i, (unsigned long long)page->number);
			return rpm_reader_damaged(b->r, err);
		}
		if (read_hash_pair(b, key, data, err) < 0)
			return -1;
	}
	return 0;
}

/* The pages of one bucket. A page that was never written is all zeros. */
static int read_bucket(struct bdb *b, uint64_t number, struct error *err)
{
	do {
		struct page_header page;
		if (load_page(b, number, &page, err) < 0)
			return rpm_reader_damaged(b->r, err);
		if (page.type == PAGE_UNUSED && page.number == 0 && page.entries == 0)
			return 0;
		if ((page.type != PAGE_HASH && page.type != PAGE_HASH_UNSORTED) ||
		    page.number != number) {
			error_set(err, ERR_MALFORMED,
				  "bdb: page %llu should be of a hash table, its kind is %u",
				  (unsigned long long)number, page.type);
			return rpm_reader_damaged(b->r, err);
		}
		if (read_hash_items(b, &page, err) < 0)
			return -1;
		number = page.next;
	} while (number != 0);
	return 0;
}

/* Buckets are allocated in doublings, each of which lies in one piece:
 * spares[ceil(log2(bucket + 1))] is how far it was moved. */
static uint64_t bucket_page(const struct bdb *b, uint64_t bucket)
{
	unsigned doubling = 0;
	while (doubling < SPARES - 1 && (uint64_t)1 << doubling < bucket + 1)
		doubling++;
	return bucket + b->spares[doubling];
}

static int read_hash(struct bdb *b, struct error *err)
{
	/* Each bucket has a page of its own. */
	if (b->buckets > b->pages)
		return error_set(err, ERR_TRUNCATED, "bdb: %llu buckets in %llu pages",
				 (unsigned long long)b->buckets, (unsigned long long)b->pages);
	for (uint64_t bucket = 0; bucket < b->buckets; bucket++)
		if (read_bucket(b, bucket_page(b, bucket), err) < 0)
			return -1;
	return 0;
}

/* --- b-tree ---------------------------------------------------------------- */

static int read_btree_pair(struct bdb *b, uint64_t key, size_t at, size_t *room, struct error *err)
{
	struct cursor c = cursor_of(bytes_of(b->page, b->page_size));
	cursor_seek(&c, at);
	size_t n = take16(b, &c);
	uint8_t type = cursor_u8(&c);

	if (key == 0 || (type & BTREE_DELETED) != 0)
		return 0;
	if (type == BTREE_INLINE) {
		struct bytes data = cursor_take(&c, n);
		if (c.failed || n > *room)
			return rpm_reader_skip(b->r, key, "its header goes beyond its page", err);
		*room -= n;
		return read_inline(b, key, data, err);
	}
	(void)cursor_u8(&c);
	uint64_t page = take32(b, &c);
	uint64_t size = take32(b, &c);
	if (type != BTREE_OVERFLOW || c.failed)
		return rpm_reader_skip(b->r, key, "its data is of an unknown kind", err);
	return read_offpage(b, key, page, size, err);
}

static int read_btree_leaf(struct bdb *b, const struct page_header *page, struct error *err)
{
	size_t room = b->page_size; /* inline items share no byte */
	for (size_t i = 0; i + 1 < page->entries; i += 2) {
		struct cursor c = cursor_of(bytes_of(b->page, b->page_size));
		cursor_seek(&c, item_offset(b, i));
		size_t n = take16(b, &c);
		uint8_t type = cursor_u8(&c);
		uint64_t key = key_number(b, cursor_take(&c, n));
		if (c.failed || type != BTREE_INLINE || n != 4) {
			if (rpm_reader_skip(b->r, key, "its key is no number", err) < 0)
				return -1;
			continue;
		}
		if (read_btree_pair(b, key, item_offset(b, i + 1), &room, err) < 0)
			return -1;
	}
	return 0;
}

/* The first child of an interior page: BINTERNAL is len, type, unused, page. */
static uint64_t first_child(const struct bdb *b)
{
	struct cursor c = cursor_of(bytes_of(b->page, b->page_size));
	cursor_seek(&c, item_offset(b, 0) + 4);
	return take32(b, &c);
}

/* Down the left edge to the first leaf, then along the leaves. */
static int read_btree(struct bdb *b, struct error *err)
{
	uint64_t number = b->root;
	unsigned depth = 0;
	do {
		struct page_header page;
		if (load_page(b, number, &page, err) < 0)
			return -1;
		if (page.number != number)
			page.type = PAGE_UNUSED;
		switch (page.type) {
		case PAGE_BTREE_INTERIOR:
			if (depth++ == DEPTH_MAX)
				return error_set(err, ERR_MALFORMED,
						 "bdb: its tree has more than %d levels",
						 DEPTH_MAX);
			number = first_child(b);
			break;
		case PAGE_BTREE_LEAF:
			depth = DEPTH_MAX; /* leaves lead to leaves only */
			if (read_btree_leaf(b, &page, err) < 0)
				return -1;
			number = page.next;
			break;
		default:
			return error_set(err, ERR_MALFORMED,
					 "bdb: page %llu should be of a b-tree, its kind is %u",
					 (unsigned long long)number, page.type);
		}
	} while (number != 0);
	return 0;
}

/* --- the file -------------------------------------------------------------- */

static void parse_meta(struct bdb *b, struct bytes meta, uint32_t *ret_version,
		       uint32_t *ret_unsupported)
{
	struct cursor c = cursor_of(meta);
	cursor_seek(&c, 12);
	b->magic = cursor_le32(&c);
	b->big_endian = b->magic != MAGIC_HASH && b->magic != MAGIC_BTREE;
	cursor_seek(&c, 12);
	b->magic = take32(b, &c);
	*ret_version = take32(b, &c);
	b->page_size = take32(b, &c);
	uint8_t encryption = cursor_u8(&c);
	(void)cursor_u8(&c); /* page type */
	uint8_t flags = cursor_u8(&c);
	cursor_seek(&c, 32);
	b->last_page = take32(b, &c);
	uint32_t partitions = take32(b, &c);
	*ret_unsupported = encryption | (flags & META_CHECKSUM) | partitions;

	cursor_seek(&c, 72);
	b->buckets = (uint64_t)take32(b, &c) + 1; /* max_bucket */
	cursor_seek(&c, 88);
	b->root = take32(b, &c); /* of a b-tree; a hash has a count here */
	cursor_seek(&c, 96);
	for (size_t i = 0; i < SPARES; i++)
		b->spares[i] = take32(b, &c);
}

static int read_meta(struct bdb *b, struct error *err)
{
	struct bytes meta;
	uint32_t version, unsupported;
	if (rpm_pager_view(&b->r->pager, 0, META_SIZE, &meta, err) < 0)
		return -1;
	parse_meta(b, meta, &version, &unsupported);
	/* Hash 7 to 10 and b-tree 8 to 10 (Berkeley DB 3.1 to 18) have these layouts. */
	if (version < 7 || version > 10)
		return error_set(err, ERR_UNSUPPORTED, "bdb: version %u of its kind", version);
	if (unsupported != 0)
		return error_set(
			err, ERR_UNSUPPORTED,
			"bdb: encrypted, checksummed or partitioned, as rpm never writes it");
	if (b->page_size < PAGE_SIZE_MIN || b->page_size > RPM_PAGE_MAX ||
	    (b->page_size & (b->page_size - 1)) != 0)
		return error_set(err, ERR_MALFORMED, "bdb: a page size of %zu", b->page_size);
	b->pages = b->r->pager.file->size / b->page_size;
	return 0;
}

static int read_pages(struct bdb *b, struct error *err)
{
	b->page = malloc(b->page_size);
	if (b->page == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu bytes", b->page_size);
	int rc = b->magic == MAGIC_HASH ? read_hash(b, err) : read_btree(b, err);
	free(b->page);
	return rc;
}

int rpm_bdb_read(struct rpm_reader *r, struct error *err)
{
	struct bdb b = { .r = r };
	if (read_meta(&b, err) < 0 || read_pages(&b, err) < 0)
		return -1;
	if (b.last_page >= b.pages) {
		error_set(err, ERR_TRUNCATED, "bdb: the file has %llu pages of %llu",
			  (unsigned long long)b.pages, (unsigned long long)b.last_page + 1);
		return rpm_reader_damaged(r, err);
	}
	return 0;
}
