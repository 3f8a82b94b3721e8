/* Small rpm databases in memory, so that tests can break them where it hurts,
 * and a sink that writes down what a reader told. */
#ifndef CORTEN_TEST_RPM_MAKE_H
#define CORTEN_TEST_RPM_MAKE_H

#include "base/base.h"
#include "pkgdb/pkgdb.h"

enum { T_INT8 = 2, T_INT16, T_INT32, T_INT64, T_STRING, T_BIN, T_STRING_ARRAY, T_I18N };

/* An index entry and the data it points to. */
struct make_tag {
	uint32_t tag, type, count;
	struct bytes value;
};

#define MAKE_TEXT(tag, text)                                                                       \
	{                                                                                          \
		tag, T_STRING, 1,                                                                  \
		{                                                                                  \
			(const uint8_t *)(text), sizeof(text)                                      \
		}                                                                                  \
	}

void make_be32(struct buf *out, uint32_t v);
void make_le32(struct buf *out, uint32_t v);
void make_zeros(struct buf *out, size_t n);
void poke_be16(struct buf *b, size_t at, uint16_t v);
void poke_be32(struct buf *b, size_t at, uint32_t v);
void poke_le32(struct buf *b, size_t at, uint32_t v);

/* A header blob of these tags, data in their order. */
void make_header(struct buf *out, const struct make_tag *tags, size_t n);

/* name-1.0-2.noarch of name-1.0-2.src.rpm, with filler bytes before SOURCERPM. */
void make_package(struct buf *out, const char *name, size_t filler);

struct make_blob {
	uint32_t number;
	struct bytes blob;
};

/* Page 2 is the root of Packages: a leaf for one blob, else an interior page
 * with a leaf for each blob (at most 60); overflow pages follow their leaf. */
void make_sqlite(struct buf *out, const struct make_blob *blobs, size_t n, size_t page_size);

/* Blobs begin at byte 4096, in their order. */
void make_ndb(struct buf *out, const struct make_blob *blobs, size_t n);

/* hash: page i + 1 is bucket i, which holds blob i; b-tree: page 1 is the root,
 * page i + 2 the leaf of blob i. Overflow pages follow them all. At most 32. */
void make_bdb(struct buf *out, const struct make_blob *blobs, size_t n, size_t page_size,
	      bool big_endian, bool btree);

struct listing {
	int rc;
	struct error err;
	unsigned packages, skipped;
	char text[16384]; /* "name version arch source source-version modularity\n" … */
	size_t text_n;
	char why[ERROR_TEXT_MAX]; /* of the last one skipped */
	unsigned stop_after; /* packages; 0: never */
};

/* Reads the database; asserts that no byte outside was asked for and that the
 * bytes read stay linear in the size. */
void list_packages(struct bytes file, struct listing *ret);

/* As a truncated, damaged or hostile database must end: not as a clean one. */
bool listing_is_clean(const struct listing *l);

/* Every cut, and every byte set to a few values: all end, none crashes. For cuts
 * that no list is clean is asserted from `from` on. */
void assert_cuts_are_seen(struct bytes file);
void assert_flips_end(struct bytes file);

#endif
