#include "format/tar.h"

#include <stdio.h>

#include "format/tar_header.h"

enum { N_NAME = 100, N_LINK = 100 };
#define OCTAL_11_MAX ((uint64_t)077777777777)

static uint8_t type_flag(enum tar_type type)
{
	static const uint8_t flags[] = { '0', '1', '2', '5', '3', '4', '6', '0' };
	return flags[type];
}

static void put_octal(uint8_t *block, size_t at, size_t n, uint64_t v)
{
	block[at + n - 1] = '\0';
	for (size_t i = n - 1; i-- > 0; v >>= 3)
		block[at + i] = (uint8_t)('0' + (v & 7));
}

static void put_text(uint8_t *block, size_t at, size_t n, struct bytes text)
{
	if (text.n > 0)
		memcpy(block + at, text.p, text.n < n ? text.n : n);
}

static int put_block(struct buf *out, uint8_t type, struct bytes name, struct bytes link,
		     uint64_t size, const struct tar_entry *e, struct error *err)
{
	uint8_t b[TAR_BLOCK_SIZE] = { 0 };
	uint32_t sum = 0;
	put_text(b, 0, N_NAME, name);
	put_octal(b, 100, 8, e->mode & 07777);
	put_octal(b, 108, 8, e->uid & 07777777);
	put_octal(b, 116, 8, e->gid & 07777777);
	put_octal(b, 124, 12, size & OCTAL_11_MAX);
	put_octal(b, 136, 12, (uint64_t)(e->mtime < 0 ? 0 : e->mtime) & OCTAL_11_MAX);
	memset(b + 148, ' ', 8);
	b[156] = type;
	put_text(b, 157, N_LINK, link);
	memcpy(b + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof b; i++)
		sum += b[i];
	put_octal(b, 148, 7, sum);
	return buf_append(out, b, sizeof b, err);
}

/* "LEN KEY=VALUE\n", where LEN counts its own digits. */
static int put_record(struct buf *records, const char *key, struct bytes value, struct error *err)
{
	size_t rest = strlen(key) + value.n + 3;
	size_t digits = 1;
	for (size_t limit = 10; rest + digits >= limit; limit *= 10)
		digits++;
	if (buf_printf(records, err, "%zu %s=", rest + digits, key) < 0 ||
	    buf_append(records, value.p, value.n, err) < 0)
		return -1;
	return buf_append(records, "\n", 1, err);
}

static int put_size_record(struct buf *records, uint64_t size, struct error *err)
{
	char text[24];
	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)size);
	return put_record(records, "size", bytes_str(text), err);
}

static int pad(struct buf *out, uint64_t size, struct error *err)
{
	static const uint8_t zeros[TAR_BLOCK_SIZE];
	return buf_append(out, zeros, tar_padding(size), err);
}

int tar_write_header(struct buf *out, const struct tar_entry *e, struct error *err)
{
	cleanup_buf struct buf records = buf_max(LIMIT_PAX_BYTES);
	if (e->path.n > N_NAME && put_record(&records, "path", e->path, err) < 0)
		return -1;
	if (e->link.n > N_LINK && put_record(&records, "linkpath", e->link, err) < 0)
		return -1;
	if (e->size > OCTAL_11_MAX && put_size_record(&records, e->size, err) < 0)
		return -1;
	if (records.n > 0 &&
	    (put_block(out, 'x', BYTES_LIT("pax"), bytes_of(NULL, 0), records.n, e, err) < 0 ||
	     buf_append(out, records.p, records.n, err) < 0 || pad(out, records.n, err) < 0))
		return -1;
	return put_block(out, type_flag(e->type), e->path, e->link, e->size, e, err);
}

int tar_write_end(struct buf *out, struct error *err)
{
	static const uint8_t zeros[2 * TAR_BLOCK_SIZE];
	return buf_append(out, zeros, sizeof zeros, err);
}
