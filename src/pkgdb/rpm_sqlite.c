/* rpmdb.sqlite: SQLite's file format 3 (https://www.sqlite.org/fileformat2.html),
 * as far as it takes to read the rows of one table:
 *
 *   CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)
 *
 * The schema table, which begins on page 1, tells the table's root page; its
 * b-tree is walked from left to right; the blob of a row goes on in a chain of
 * overflow pages. Free pages, indices and other tables are never looked at.
 *
 * A database in WAL mode may have newer pages in FILE-wal. That file is not read
 * here: rpm copies it back when it closes the database after a change. Where it
 * did not, the scan tells that the log is there (PKGDB_RPM_WAL). */
#include <stdlib.h>
#include <strings.h>

#include "pkgdb/rpm_internal.h"

enum {
	HEADER_SIZE = 100,
	PAGE_SIZE_MIN = 512,
	USABLE_MIN = 480,
	DEPTH_MAX = 20, /* BTCURSOR_MAX_DEPTH of SQLite: 2^31 pages never need more */
	TABLE_INTERIOR = 5,
	TABLE_LEAF = 13,
	ENCODING_UTF8 = 1,
	FORMAT_WAL = 2,
};

/* A page on the way from the root to the row being read. */
struct level {
	uint8_t *page;
	uint64_t number;
	size_t at; /* of the b-tree header: 100 on page 1 */
	uint8_t kind;
	size_t cells;
	size_t next; /* cell or child to read next */
};

struct sqlite {
	struct rpm_reader *r;
	size_t page_size;
	size_t usable; /* page size without the bytes reserved at its end */
	uint64_t pages; /* whole pages of the file */
	uint64_t pages_told; /* by the file's header; 0 when it does not know */
	bool wal;
	uint64_t packages_root; /* 0: no such table was seen */
	struct level levels[DEPTH_MAX];
};

/* A row of a table: its record begins in local and goes on in the chain. */
struct row {
	uint64_t id;
	uint64_t size; /* of the record */
	struct bytes local;
	uint64_t overflow; /* first page of the rest, 0 when local is all */
	size_t cell_size; /* what the cell takes of its page */
};

typedef int row_fn(struct sqlite *s, const struct row *row, struct error *err);

/* Big-endian base 128, at most 9 bytes, the last of 9 with all 8 bits. */
static uint64_t take_varint(struct cursor *c)
{
	uint64_t v = 0;
	for (unsigned i = 0; i < 8; i++) {
		uint8_t byte = cursor_u8(c);
		v = v << 7 | (byte & 0x7f);
		if (byte < 0x80)
			return v;
	}
	return v << 8 | cursor_u8(c);
}

/* --- rows ------------------------------------------------------------------ */

/* How much of a record of that size lies in the leaf ("Cell payload"). */
static size_t local_size(const struct sqlite *s, uint64_t size)
{
	size_t most = s->usable - 35;
	size_t least = (s->usable - 12) * 32 / 255 - 23;
	if (size <= most)
		return (size_t)size;
	size_t fit = least + (size_t)((size - least) % (s->usable - 4));
	return fit <= most ? fit : least;
}

static int parse_row(const struct sqlite *s, struct bytes page, size_t at, struct row *ret)
{
	struct cursor c = cursor_of(page);
	cursor_seek(&c, at);
	uint64_t size = take_varint(&c);
	uint64_t id = take_varint(&c);
	size_t local = local_size(s, size);
	*ret = (struct row){ .id = id, .size = size, .local = cursor_take(&c, local) };
	if (local < size)
		ret->overflow = cursor_be32(&c);
	ret->cell_size = c.at - at;
	return c.failed ? -1 : 0;
}

struct column {
	uint64_t type; /* serial type */
	uint64_t at; /* of its content in the record */
	uint64_t size;
};

/* Content size of a serial type ("Record format"); 10 and 11 are never stored. */
static uint64_t serial_size(uint64_t type)
{
	static const uint8_t sizes[12] = { 0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0 };
	return type < 12 ? sizes[type] : (type - 12) / 2;
}

/* The first n columns of a record whose header lies in local; false otherwise. */
static bool record_columns(const struct row *row, struct column *cols, size_t n)
{
	struct cursor start = cursor_of(row->local);
	uint64_t at = take_varint(&start);
	if (start.failed || at > row->local.n)
		return false;
	struct cursor c = cursor_of(bytes_sub(row->local, 0, (size_t)at));
	cursor_seek(&c, start.at);
	for (size_t i = 0; i < n; i++) {
		uint64_t type = take_varint(&c);
		cols[i] = (struct column){ type, at, serial_size(type) };
		if (c.failed || checked_add(at, cols[i].size, &at) || at > row->size)
			return false;
	}
	return true;
}

/* The content of a column that is stored in the leaf; what is not, is empty. */
static struct bytes column_local(const struct row *row, const struct column *col)
{
	if (col->at + col->size > row->local.n)
		return bytes_of(NULL, 0);
	return bytes_sub(row->local, (size_t)col->at, (size_t)(col->at + col->size));
}

static uint64_t column_number(const struct row *row, const struct column *col)
{
	struct bytes b = column_local(row, col);
	uint64_t v = col->type == 9 ? 1 : 0;
	for (size_t i = 0; col->type <= 6 && i < b.n; i++)
		v = v << 8 | b.p[i];
	return v;
}

/* --- the b-tree ------------------------------------------------------------ */

static int view_page(struct sqlite *s, uint64_t number, struct bytes *ret, struct error *err)
{
	if (number == 0 || number > s->pages) {
		error_set(err, number == 0 ? ERR_MALFORMED : ERR_TRUNCATED,
			  "page %llu does not exist: the file has %llu", (unsigned long long)number,
			  (unsigned long long)s->pages);
		return -1;
	}
	return rpm_pager_view(&s->r->pager, (number - 1) * s->page_size, s->page_size, ret, err);
}

/* Reads a b-tree page into a level and checks what later steps rely on. */
static int load_level(struct sqlite *s, struct level *l, uint64_t number, struct error *err)
{
	struct bytes page;
	if (view_page(s, number, &page, err) < 0)
		return -1;
	if (l->page == NULL && (l->page = malloc(s->page_size)) == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu bytes", s->page_size);
	memcpy(l->page, page.p, s->page_size);

	struct cursor c = cursor_of(bytes_of(l->page, s->usable));
	l->number = number;
	l->at = number == 1 ? HEADER_SIZE : 0;
	l->next = 0;
	cursor_seek(&c, l->at);
	l->kind = cursor_u8(&c);
	if (l->kind != TABLE_INTERIOR && l->kind != TABLE_LEAF)
		return error_set(err, ERR_MALFORMED, "page %llu is no page of a table (kind %u)",
				 (unsigned long long)number, l->kind);
	cursor_seek(&c, l->at + 3);
	l->cells = cursor_be16(&c);
	size_t pointers = l->at + (l->kind == TABLE_INTERIOR ? 12 : 8);
	if (l->cells > (s->usable - pointers) / 2)
		return error_set(err, ERR_MALFORMED, "page %llu claims %zu cells",
				 (unsigned long long)number, l->cells);
	return 0;
}

/* Where cell number i of the page lies. */
static size_t cell_offset(const struct sqlite *s, const struct level *l, size_t i)
{
	struct cursor c = cursor_of(bytes_of(l->page, s->usable));
	cursor_seek(&c, l->at + (l->kind == TABLE_INTERIOR ? 12 : 8) + 2 * i);
	return cursor_be16(&c);
}

/* Child number i of an interior page; the last one stands in its header. */
static uint64_t child_page(const struct sqlite *s, const struct level *l, size_t i)
{
	struct cursor c = cursor_of(bytes_of(l->page, s->usable));
	cursor_seek(&c, i == l->cells ? l->at + 8 : cell_offset(s, l, i));
	return cursor_be32(&c);
}

static int read_leaf(struct sqlite *s, const struct level *l, row_fn *fn, struct error *err)
{
	struct bytes page = bytes_of(l->page, s->usable);
	size_t room = s->usable;
	for (size_t i = 0; i < l->cells; i++) {
		struct row row;
		/* Cells never overlap; if they did, one page could hold the same
		 * package thousands of times. */
		if (parse_row(s, page, cell_offset(s, l, i), &row) < 0 || row.cell_size > room) {
			error_set(err, ERR_MALFORMED, "cell %zu of page %llu goes beyond it", i,
				  (unsigned long long)l->number);
			return rpm_reader_damaged(s->r, err);
		}
		room -= row.cell_size;
		if (fn(s, &row, err) < 0)
			return -1;
	}
	return 0;
}

/* Every row of the table in the order of their ids. A damaged page is noted and
 * left out; what else the tree leads to is read all the same. */
static int walk_table(struct sqlite *s, uint64_t root, row_fn *fn, struct error *err)
{
	size_t depth = 1;
	if (load_level(s, &s->levels[0], root, err) < 0)
		return rpm_reader_damaged(s->r, err);
	while (depth > 0) {
		struct level *l = &s->levels[depth - 1];
		if (l->kind == TABLE_LEAF && read_leaf(s, l, fn, err) < 0)
			return -1;
		if (l->kind == TABLE_LEAF || l->next > l->cells) {
			depth--;
			continue;
		}
		uint64_t child = child_page(s, l, l->next++);
		if (depth == DEPTH_MAX)
			error_set(err, ERR_MALFORMED, "its tree has more than %d levels",
				  DEPTH_MAX);
		else if (load_level(s, &s->levels[depth], child, err) == 0) {
			depth++;
			continue;
		}
		if (rpm_reader_damaged(s->r, err) < 0)
			return -1;
	}
	return 0;
}

/* --- the two tables -------------------------------------------------------- */

/* A row (type, name, tbl_name, rootpage, sql) of the schema. Even the smallest
 * page keeps 35 bytes of a record local: enough for the record's header and the
 * four columns of the row we want. */
static int schema_row(struct sqlite *s, const struct row *row, struct error *err)
{
	static const char table[] = "Packages";
	struct column cols[4];
	(void)err;
	if (s->packages_root != 0 || !record_columns(row, cols, 4))
		return 0;
	struct bytes name = column_local(row, &cols[1]);
	/* Names in SQL have no case. */
	if (bytes_equal(column_local(row, &cols[0]), BYTES_LIT("table")) &&
	    name.n == sizeof(table) - 1 && strncasecmp((const char *)name.p, table, name.n) == 0)
		s->packages_root = column_number(row, &cols[3]);
	return 0;
}

/* Feeds the header parser with the row's record from byte `skip` of local on. */
static int feed_record(struct sqlite *s, const struct row *row, size_t skip, struct error *err)
{
	struct rpm_header *h = &s->r->header;
	uint64_t left = row->size - row->local.n;
	uint64_t number = row->overflow;
	bool more = rpm_header_feed(h, bytes_sub(row->local, skip, row->local.n));

	while (more && left > 0) {
		struct bytes page;
		if (number == 0 || number > s->pages) {
			rpm_header_spoil(h, ERR_TRUNCATED,
					 "its header goes on in page %llu, which does not exist",
					 (unsigned long long)number);
			return 0;
		}
		if (view_page(s, number, &page, err) < 0)
			return -1;
		struct cursor c = cursor_of(bytes_sub(page, 0, s->usable));
		number = cursor_be32(&c);
		size_t n = left < s->usable - 4 ? (size_t)left : s->usable - 4;
		more = rpm_header_feed(h, cursor_take(&c, n));
		left -= n;
	}
	return 0;
}

static int package_row(struct sqlite *s, const struct row *row, struct error *err)
{
	struct column cols[2];
	if (!record_columns(row, cols, 2) || cols[1].at > row->local.n)
		return rpm_reader_skip(s->r, row->id, "its row is malformed", err);
	if (cols[1].type < 12)
		return rpm_reader_skip(s->r, row->id, "its row has no header", err);
	if (rpm_header_begin(&s->r->header, cols[1].size) &&
	    feed_record(s, row, (size_t)cols[1].at, err) < 0)
		return -1;
	return rpm_reader_package(s->r, row->id, err);
}

/* --- the file -------------------------------------------------------------- */

static int read_file_header(struct sqlite *s, struct error *err)
{
	struct bytes head;
	if (rpm_pager_view(&s->r->pager, 0, HEADER_SIZE, &head, err) < 0)
		return -1;
	struct cursor c = cursor_of(head);
	cursor_seek(&c, 16);
	size_t page_size = cursor_be16(&c);
	s->page_size = page_size == 1 ? RPM_PAGE_MAX : page_size;
	(void)cursor_u8(&c); /* version needed for writing */
	s->wal = cursor_u8(&c) == FORMAT_WAL;
	size_t reserved = cursor_u8(&c);
	cursor_seek(&c, 24);
	uint32_t changes = cursor_be32(&c);
	uint32_t pages = cursor_be32(&c);
	cursor_seek(&c, 56);
	uint32_t encoding = cursor_be32(&c);
	cursor_seek(&c, 92);
	/* Old libraries did not keep the page count: it is that of the change told. */
	s->pages_told = cursor_be32(&c) == changes ? pages : 0;

	if (s->page_size < PAGE_SIZE_MIN || (s->page_size & (s->page_size - 1)) != 0)
		return error_set(err, ERR_MALFORMED, "sqlite: a page size of %zu", page_size);
	if (reserved > s->page_size - USABLE_MIN)
		return error_set(err, ERR_MALFORMED, "sqlite: %zu of %zu bytes a page are reserved",
				 reserved, s->page_size);
	if (encoding > ENCODING_UTF8)
		return error_set(err, ERR_UNSUPPORTED,
				 "sqlite: text encoding %u; rpm writes UTF-8 only", encoding);
	s->usable = s->page_size - reserved;
	s->pages = s->r->pager.file->size / s->page_size;
	return 0;
}

static int read_tables(struct sqlite *s, struct error *err)
{
	if (read_file_header(s, err) < 0 || walk_table(s, 1, schema_row, err) < 0)
		return -1;
	if (s->packages_root == 0 && s->r->damage.code != ERR_NONE) {
		*err = s->r->damage;
		return -1;
	}
	if (s->packages_root == 0)
		return error_set(err, ERR_MALFORMED, "sqlite: there is no table Packages%s",
				 s->wal ? " (the journal mode is WAL: it may be in the -wal file "
					  "beside it; `rpmdb --rebuilddb` writes one file)"
					: "");
	if (walk_table(s, s->packages_root, package_row, err) < 0)
		return -1;
	if (s->pages < s->pages_told) {
		error_set(err, ERR_TRUNCATED, "sqlite: the file has %llu pages of %llu",
			  (unsigned long long)s->pages, (unsigned long long)s->pages_told);
		return rpm_reader_damaged(s->r, err);
	}
	return 0;
}

int rpm_sqlite_read(struct rpm_reader *r, struct error *err)
{
	struct sqlite s = { .r = r };
	int rc = read_tables(&s, err);
	for (size_t i = 0; i < DEPTH_MAX; i++)
		free(s.levels[i].page);
	return rc;
}
