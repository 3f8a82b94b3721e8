/* The 512-byte header block and the pax records: internal to format/tar*.c. */
#ifndef CORTEN_FORMAT_TAR_HEADER_H
#define CORTEN_FORMAT_TAR_HEADER_H

#include "format/tar.h"

enum { TAR_BLOCK_SIZE = 512, TAR_SPARSE_RUNS_MAX = 65536 };

/* One header block, fields as they stand. */
struct tar_block {
	uint8_t type;
	bool is_zero;
	bool is_gnu;
	uint64_t size;
	uint64_t mode, uid, gid;
	int64_t mtime;
	uint64_t gnu_real_size;
	bool gnu_extended;
	size_t name_n;
	uint8_t name[256 + 2]; /* prefix "/" name */
	struct bytes link; /* into the block */
	struct bytes gnu_sparse; /* four runs of 24 bytes, into the block */
};

/* ERR_MALFORMED: checksum, numbers, magic. */
int tar_block_parse(const uint8_t *p, struct tar_block *ret, struct error *err);

/* A number field: octal text or base-256 (GNU); false for nonsense and
 * negative values. */
bool tar_number(struct bytes field, uint64_t *ret);

/* A version number of GNU.sparse: compared as text, as Go does. */
enum pax_digit { PAX_NO_DIGIT, PAX_0, PAX_1, PAX_OTHER };

/* Where a pax sparse file's map is: nowhere (a plain file), in the records, or
 * before the content. */
enum pax_sparse { PAX_PLAIN, PAX_MAP_IN_RECORDS, PAX_MAP_IN_CONTENT };

/* What pax records ("LEN KEY=VALUE\n") say of the next entry. */
struct pax {
	bool has_path, has_link, has_size, has_mtime, has_uid, has_gid;
	struct buf path, link;
	uint64_t size, uid, gid;
	int64_t mtime;
	bool has_capability;
	/* GNU.sparse.*: they count only where pax_sparse says so. */
	enum pax_digit sparse_major, sparse_minor;
	bool has_sparse_name, has_sparse_size, has_real_size;
	struct buf sparse_name;
	struct buf sparse_map; /* "offset,size,offset,size" (0.0 and 0.1) */
	size_t sparse_numbers; /* of the 0.0 form so far */
	uint64_t sparse_size, real_size;
};

void pax_clear(struct pax *p); /* keeps memory */
void pax_free(struct pax *p);
int pax_parse(struct bytes records, struct pax *ret, struct error *err);
enum pax_sparse pax_sparse(const struct pax *p);

/* Runs of data in a sparse file, in order, not overlapping. */
struct sparse_run {
	uint64_t at, n;
};

struct sparse_map {
	struct sparse_run *runs;
	size_t n, cap;
};

void sparse_free(struct sparse_map *m);
/* ERR_MALFORMED when runs go back or overlap; ERR_LIMIT for too many. */
int sparse_add(struct sparse_map *m, uint64_t at, uint64_t n, struct error *err);
/* "a,b,c,d" → runs. */
int sparse_parse_list(struct sparse_map *m, struct bytes list, struct error *err);

#endif
