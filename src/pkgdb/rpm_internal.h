/* What the readers of the three rpm database forms share. A form's reader finds
 * the header blobs and feeds them, piece by piece as they come out of its pages,
 * to one push parser; no blob, let alone the database, is ever held whole. */
#ifndef CORTEN_PKGDB_RPM_INTERNAL_H
#define CORTEN_PKGDB_RPM_INTERNAL_H

#include "base/base.h"
#include "pkgdb/pkgdb.h"

/* --- rpm_pager.c: views of the file --------------------------------------- */

enum {
	RPM_PAGE_MAX = 64 * 1024, /* SQLite's and Berkeley DB's largest page */
	RPM_WINDOW = 128 * 1024, /* read at once when pages follow each other */
};

/* In a sound database of any form every page is reachable in one way only, so
 * a reader never looks at a byte twice. The pager counts what it showed: links
 * that form circles or share pages end in ERR_LIMIT in time linear in the file,
 * without a table of the pages seen. */
struct rpm_pager {
	const struct pkg_file *file;
	uint8_t *window; /* RPM_WINDOW bytes */
	uint64_t at; /* where in the file the window begins */
	size_t n; /* bytes that it holds */
	size_t ahead; /* size of the next read if it follows the last one */
	uint64_t expected; /* end of the last view */
	uint64_t left; /* bytes that may still be shown */
};

int rpm_pager_init(struct rpm_pager *p, const struct pkg_file *file, struct error *err);
void rpm_pager_free(struct rpm_pager *p);

/* n (at most RPM_PAGE_MAX) bytes at `at`, good until the next call.
 * ERR_TRUNCATED beyond the end, ERR_LIMIT when too much was shown. */
int rpm_pager_view(struct rpm_pager *p, uint64_t at, size_t n, struct bytes *ret,
		   struct error *err);

/* --- rpm_header.c: one header blob ---------------------------------------- */

/* The tags that become a struct pkg_record. */
enum rpm_field_id {
	RPM_NAME,
	RPM_VERSION,
	RPM_RELEASE,
	RPM_EPOCH,
	RPM_VENDOR,
	RPM_LICENSE,
	RPM_PACKAGER,
	RPM_ARCH,
	RPM_SOURCERPM,
	RPM_MODULARITY,
	RPM_FIELDS
};

struct rpm_field {
	bool present; /* the index names it */
	bool done; /* all of it was seen */
	uint32_t next; /* offset in the data part of the next byte wanted */
	struct buf value; /* the string without its NUL, or the 4 bytes of EPOCH */
};

/* --- rpm_files.c: the names of a package's files ------------------------------- */

/* BASENAMES, the directory of each as a number, DIRNAMES: what is wanted of a header
 * besides its fields, where somebody asks. A package whose names do not fit or are
 * damaged is one without. */
enum rpm_array_id { RPM_DIRINDEXES, RPM_BASENAMES, RPM_DIRNAMES, RPM_ARRAYS };

struct rpm_array {
	bool present, done;
	uint32_t next; /* offset in the data part of the next byte wanted */
	uint32_t left; /* items that are not whole yet */
	struct buf value; /* items as they lie: be32, strings with their NUL */
};

struct rpm_files {
	bool wanted;
	struct rpm_array arrays[RPM_ARRAYS];
};

void rpm_files_init(struct rpm_files *f);
void rpm_files_free(struct rpm_files *f);
void rpm_files_begin(struct rpm_files *f);
/* An entry of the header's index, which fits its data part. */
void rpm_files_entry(struct rpm_files *f, uint32_t tag, uint32_t type, uint32_t offset,
		     uint32_t count);
/* piece: the data part from `at` on. */
void rpm_files_data(struct rpm_files *f, uint32_t at, struct bytes piece);
bool rpm_files_done(const struct rpm_files *f);
void rpm_files_tell(const struct rpm_files *f, void (*file)(void *ctx, struct bytes path),
		    void *ctx);

enum rpm_header_part {
	RPM_PART_INTRO, /* the two counts */
	RPM_PART_INDEX,
	RPM_PART_DATA,
	RPM_PART_DONE, /* nothing of the rest is wanted */
	RPM_PART_BROKEN, /* why says it */
};

struct rpm_header {
	enum rpm_header_part part;
	uint64_t size; /* of the blob, as its container says */
	uint32_t entries; /* of the index */
	uint32_t data_size;
	uint32_t entry; /* the next one of the index */
	uint32_t at; /* offset in the data part of the next byte fed */
	uint8_t partial[16]; /* an intro or index entry cut by a page's end */
	size_t partial_n;
	struct rpm_field fields[RPM_FIELDS];
	struct rpm_files files;
	struct error why;
};

void rpm_header_init(struct rpm_header *h);
void rpm_header_free(struct rpm_header *h);

/* A new blob of that size. False when no byte of it is wanted. */
bool rpm_header_begin(struct rpm_header *h, uint64_t size);

/* The blob's next piece. False when no further byte is wanted. */
bool rpm_header_feed(struct rpm_header *h, struct bytes piece);

/* The container found the blob damaged. The first reason stays. */
void rpm_header_spoil(struct rpm_header *h, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* No more pieces: 0 when every wanted field is whole, or why not. */
int rpm_header_end(struct rpm_header *h, struct error *err);

/* After rpm_header_end gave 0. Empty / 0 when the header does not have it. */
struct bytes rpm_header_text(const struct rpm_header *h, enum rpm_field_id id);
uint32_t rpm_header_epoch(const struct rpm_header *h);

/* --- rpm.c: what a form's reader works with ------------------------------- */

struct rpm_reader {
	struct rpm_pager pager;
	struct rpm_header header;
	struct pkg_sink sink;
	uint64_t records; /* packages and skipped ones */
	struct buf version, source_version; /* of the package being told */
	struct error damage; /* the first, told when all that can be read was read */
	unsigned damaged; /* pages */
};

/* The blob that was begun in r->header is over: tells the sink its package, or
 * why it has none. `number` is what rpm calls the header's instance. -1 only
 * when nothing more should be read. */
int rpm_reader_package(struct rpm_reader *r, uint64_t number, struct error *err);

/* A record without a blob that could be begun. */
int rpm_reader_skip(struct rpm_reader *r, uint64_t number, const char *why, struct error *err);

/* A page could not be used. 0 when its siblings may be tried: the damage is then
 * told at the end; -1 (err stays) when that would be of no use, or when there is
 * so much of it that naming it would take longer than reading. */
int rpm_reader_damaged(struct rpm_reader *r, const struct error *err);

/* The forms; each walks the whole database. ERR_MALFORMED, ERR_TRUNCATED,
 * ERR_UNSUPPORTED when it cannot be walked. */
int rpm_sqlite_read(struct rpm_reader *r, struct error *err);
int rpm_ndb_read(struct rpm_reader *r, struct error *err);
int rpm_bdb_read(struct rpm_reader *r, struct error *err);

#endif
