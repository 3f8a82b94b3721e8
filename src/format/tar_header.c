#include "format/tar_header.h"

#include <stdlib.h>

/* Field offsets of the header block (POSIX.1-1988 ustar; GNU tar's tar.h). */
enum {
	AT_NAME = 0,
	N_NAME = 100,
	AT_MODE = 100,
	AT_UID = 108,
	AT_GID = 116,
	N_ID = 8,
	AT_SIZE = 124,
	AT_MTIME = 136,
	N_LONG = 12,
	AT_SUM = 148,
	N_SUM = 8,
	AT_TYPE = 156,
	AT_LINK = 157,
	N_LINK = 100,
	AT_MAGIC = 257,
	N_MAGIC = 8,
	AT_PREFIX = 345,
	N_PREFIX = 155,
	N_PREFIX_STAR = 131,
	AT_STAR_TRAILER = 508,
	AT_GNU_ATIME = 345,
	AT_GNU_CTIME = 357,
	AT_GNU_SPARSE = 386,
	N_GNU_SPARSE = 96,
	AT_GNU_EXTENDED = 482,
	AT_GNU_REAL_SIZE = 483
};

static struct bytes field(const uint8_t *p, size_t at, size_t n)
{
	return bytes_of(p + at, n);
}

/* Up to the first NUL. */
static struct bytes text(const uint8_t *p, size_t at, size_t n)
{
	struct bytes b = field(p, at, n);
	ptrdiff_t nul = bytes_index(b, 0);
	return nul < 0 ? b : bytes_sub(b, 0, (size_t)nul);
}

static bool number_base256(struct bytes f, uint64_t *ret)
{
	uint64_t v = f.p[0] & 0x3f;
	if ((f.p[0] & 0x40) != 0)
		return false; /* negative */
	for (size_t i = 1; i < f.n; i++) {
		if (v >> 55 != 0)
			return false; /* over 63 bits */
		v = v << 8 | f.p[i];
	}
	*ret = v;
	return true;
}

bool tar_number(struct bytes f, uint64_t *ret)
{
	uint64_t v = 0;
	if (f.n > 0 && (f.p[0] & 0x80) != 0)
		return number_base256(f, ret);
	while (f.n > 0 && (f.p[0] == ' ' || f.p[0] == 0))
		f = bytes_sub(f, 1, f.n);
	while (f.n > 0 && (f.p[f.n - 1] == ' ' || f.p[f.n - 1] == 0))
		f.n--;
	for (size_t i = 0; i < f.n && f.p[i] != 0; i++) {
		if (f.p[i] < '0' || f.p[i] > '7' || v >> 60 != 0)
			return false;
		v = v << 3 | (uint64_t)(f.p[i] - '0');
	}
	*ret = v;
	return true;
}

/* Old writers summed signed bytes; both sums are accepted. */
static bool checksum_holds(const uint8_t *p)
{
	uint64_t wanted;
	uint32_t sum = 0, high = 0;
	if (!tar_number(field(p, AT_SUM, N_SUM), &wanted))
		return false;
	for (size_t i = 0; i < TAR_BLOCK_SIZE; i++) {
		sum += p[i];
		high += p[i] >> 7;
	}
	uint32_t in_sum = 0, in_high = 0;
	for (size_t i = AT_SUM; i < AT_SUM + N_SUM; i++) {
		in_sum += p[i];
		in_high += p[i] >> 7;
	}
	int64_t plain = (int64_t)sum - in_sum + N_SUM * ' ';
	int64_t as_signed = plain - 256 * ((int64_t)high - in_high);
	return (int64_t)wanted == plain || (int64_t)wanted == as_signed;
}

static bool all_zero(const uint8_t *p)
{
	uint64_t any = 0;
	for (size_t i = 0; i < TAR_BLOCK_SIZE; i += 8) {
		uint64_t v;
		memcpy(&v, p + i, 8);
		any |= v;
	}
	return any == 0;
}

/* A number, perhaps a negative one (base-256, two's complement). */
static bool is_number(struct bytes f)
{
	uint64_t ignored;
	uint8_t positive[N_LONG];
	if ((f.p[0] & 0xc0) != 0xc0)
		return tar_number(f, &ignored);
	for (size_t i = 0; i < sizeof positive; i++)
		positive[i] = (uint8_t)~f.p[i];
	return number_base256(bytes_of(positive, sizeof positive), &ignored);
}

/* GNU's format has no prefix: times of access and change stand there. Go once
 * wrote one all the same, and still reads what cannot be times as a prefix. */
static struct bytes gnu_prefix(const uint8_t *p)
{
	struct bytes atime = field(p, AT_GNU_ATIME, N_LONG), ctime = field(p, AT_GNU_CTIME, N_LONG);
	struct bytes prefix = text(p, AT_PREFIX, N_PREFIX);
	if ((atime.p[0] == 0 || is_number(atime)) && (ctime.p[0] == 0 || is_number(ctime)))
		return bytes_of(NULL, 0);
	for (size_t i = 0; i < prefix.n; i++)
		if (prefix.p[i] >= 0x80)
			return bytes_of(NULL, 0);
	return prefix;
}

static void join_name(const uint8_t *p, struct tar_block *ret)
{
	struct bytes magic = field(p, AT_MAGIC, N_MAGIC);
	struct bytes name = text(p, AT_NAME, N_NAME);
	struct bytes prefix = { 0 };
	ret->is_gnu = bytes_equal(magic, BYTES_LIT("ustar  \0"));
	if (ret->is_gnu)
		prefix = gnu_prefix(p);
	if (bytes_starts_with(magic, BYTES_LIT("ustar\0"))) {
		bool star = memcmp(p + AT_STAR_TRAILER, "tar", 4) == 0;
		prefix = text(p, AT_PREFIX, star ? N_PREFIX_STAR : N_PREFIX);
	}
	size_t n = 0;
	if (prefix.n > 0) {
		memcpy(ret->name, prefix.p, prefix.n);
		ret->name[prefix.n] = '/';
		n = prefix.n + 1;
	}
	if (name.n > 0)
		memcpy(ret->name + n, name.p, name.n);
	ret->name_n = n + name.n;
}

int tar_block_parse(const uint8_t *p, struct tar_block *ret, struct error *err)
{
	uint64_t mtime = 0;
	ret->is_zero = p[0] == 0 && all_zero(p);
	if (ret->is_zero)
		return 0;
	if (!checksum_holds(p))
		return error_set(err, ERR_MALFORMED, "a tar header's checksum is wrong");
	if (!tar_number(field(p, AT_SIZE, N_LONG), &ret->size))
		return error_set(err, ERR_MALFORMED, "a tar header's size is no number");
	/* Owner, mode and time decide nothing here: nonsense in them is 0. */
	ret->mode = ret->uid = ret->gid = 0;
	(void)tar_number(field(p, AT_MODE, N_ID), &ret->mode);
	(void)tar_number(field(p, AT_UID, N_ID), &ret->uid);
	(void)tar_number(field(p, AT_GID, N_ID), &ret->gid);
	(void)tar_number(field(p, AT_MTIME, N_LONG), &mtime);
	ret->mtime = (int64_t)mtime;
	ret->type = p[AT_TYPE];
	ret->link = text(p, AT_LINK, N_LINK);
	join_name(p, ret);
	ret->gnu_real_size = 0;
	ret->gnu_extended = false;
	ret->gnu_sparse = bytes_of(NULL, 0);
	if (ret->type == 'S') {
		if (!tar_number(field(p, AT_GNU_REAL_SIZE, N_LONG), &ret->gnu_real_size))
			return error_set(err, ERR_MALFORMED, "a sparse file's size is no number");
		ret->gnu_sparse = field(p, AT_GNU_SPARSE, N_GNU_SPARSE);
		ret->gnu_extended = p[AT_GNU_EXTENDED] != 0;
	}
	return 0;
}

void sparse_free(struct sparse_map *m)
{
	free(m->runs);
	*m = (struct sparse_map){ 0 };
}

int sparse_add(struct sparse_map *m, uint64_t at, uint64_t n, struct error *err)
{
	uint64_t end;
	if (checked_add(at, n, &end) || end > INT64_MAX)
		return error_set(err, ERR_MALFORMED, "a sparse file's map runs over");
	if (m->n > 0 && at < m->runs[m->n - 1].at + m->runs[m->n - 1].n)
		return error_set(err, ERR_MALFORMED, "a sparse file's map goes backwards");
	if (m->n == TAR_SPARSE_RUNS_MAX)
		return error_set(err, ERR_LIMIT, "a sparse file has more than %d pieces",
				 TAR_SPARSE_RUNS_MAX);
	if (m->n == m->cap) {
		size_t cap = m->cap == 0 ? 16 : m->cap * 2;
		struct sparse_run *runs = reallocarray(m->runs, cap, sizeof *runs);
		if (runs == NULL)
			return error_set(err, ERR_MEMORY, "no memory for a sparse file's map");
		m->runs = runs;
		m->cap = cap;
	}
	m->runs[m->n++] = (struct sparse_run){ at, n };
	return 0;
}

int sparse_parse_list(struct sparse_map *m, struct bytes list, struct error *err)
{
	struct bytes at_text, n_text;
	while (bytes_next_field(&list, ',', &at_text)) {
		uint64_t at, n;
		if (!bytes_next_field(&list, ',', &n_text) || !bytes_to_u64(at_text, &at) ||
		    !bytes_to_u64(n_text, &n))
			return error_set(err, ERR_MALFORMED,
					 "a sparse file's map is no list of numbers");
		if (sparse_add(m, at, n, err) < 0)
			return -1;
	}
	return 0;
}
