#include "tar_make.h"

#include <stdio.h>
#include <stdlib.h>

/* Memory of a test: there is always enough. */
static void must(bool holds)
{
	if (!holds)
		abort();
}

struct make make_new(void)
{
	return (struct make){ .out = buf_max(64 * MIB) };
}

void make_free(struct make *m)
{
	buf_free(&m->out);
}

void make_zeros(struct make *m, size_t n)
{
	static const uint8_t zeros[1024];
	must(buf_append(&m->out, zeros, n, NULL) == 0);
}

void make_bytes(struct make *m, struct bytes b)
{
	must(buf_append(&m->out, b.p, b.n, NULL) == 0);
	make_zeros(m, -b.n & 511);
}

void make_content(struct make *m, const char *text)
{
	make_bytes(m, bytes_str(text));
}

void make_end(struct make *m)
{
	make_zeros(m, 1024);
}

void make_seal(uint8_t *block)
{
	unsigned sum = 0;
	memset(block + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += block[i];
	(void)snprintf((char *)block + 148, 8, "%06o", sum);
	block[155] = ' ';
}

void make_magic(uint8_t *block, const char *magic)
{
	memset(block + 257, 0, 8);
	memcpy(block + 257, magic, strlen(magic));
	make_seal(block);
}

void make_number(uint8_t *field, uint64_t value)
{
	char text[32];
	if (value < UINT64_C(1) << 33) {
		(void)snprintf(text, sizeof text, "%011llo", (unsigned long long)value);
		memcpy(field, text, 12);
		return;
	}
	for (size_t i = 12; i-- > 0; value >>= 8)
		field[i] = (uint8_t)value;
	field[0] = 0x80;
}

uint8_t *make_head(struct make *m, const char *name, char type, uint64_t size)
{
	uint8_t b[512] = { 0 };
	memcpy(b, name, strlen(name) < 100 ? strlen(name) : 100);
	memcpy(b + 100, "0000644\0000000000\0000000000\0", 24);
	make_number(b + 124, size);
	make_number(b + 136, 1700000000);
	b[156] = (uint8_t)type;
	memcpy(b + 257, "ustar\00000", 8);
	must(buf_append(&m->out, b, sizeof b, NULL) == 0);
	uint8_t *kept = m->out.p + m->out.n - sizeof b;
	make_seal(kept);
	return kept;
}

void make_file(struct make *m, const char *name, const char *content)
{
	make_head(m, name, '0', strlen(content));
	make_content(m, content);
}

void make_link(struct make *m, char type, const char *name, const char *target)
{
	uint8_t *b = make_head(m, name, type, 0);
	memcpy(b + 157, target, strlen(target) < 100 ? strlen(target) : 100);
	make_seal(b);
}

void make_long(struct make *m, char type, const char *text)
{
	uint8_t *b = make_head(m, "././@LongLink", type, strlen(text) + 1);
	make_magic(b, "ustar  ");
	make_bytes(m, bytes_of(text, strlen(text) + 1));
}

/* "LEN key=value\n", where LEN counts itself. */
static void put_record(struct buf *out, struct bytes line)
{
	size_t n = line.n + 3; /* with one digit, the space and the newline */
	for (size_t limit = 10; n >= limit; limit *= 10)
		n++;
	must(buf_printf(out, NULL, "%zu %.*s\n", n, (int)line.n, (const char *)line.p) == 0);
}

static void put_records(struct make *m, char type, const char *records)
{
	cleanup_buf struct buf out = buf_max(MIB);
	struct bytes rest = bytes_str(records), line;
	while (bytes_next_field(&rest, '\n', &line))
		put_record(&out, line);
	make_head(m, "pax", type, out.n);
	make_bytes(m, buf_view(&out));
}

void make_pax(struct make *m, const char *records)
{
	put_records(m, 'x', records);
}

void make_global(struct make *m, const char *records)
{
	put_records(m, 'g', records);
}

/* Runs into a block's list of `room` runs; true when there are more. */
static bool put_runs(uint8_t *at, size_t room, struct bytes *map, uint64_t *sum)
{
	struct bytes offset, length;
	uint64_t v;
	for (size_t i = 0; i < room && bytes_next_field(map, ',', &offset); i++) {
		must(bytes_to_u64(offset, &v));
		make_number(at + 24 * i, v);
		must(bytes_next_field(map, ',', &length) && bytes_to_u64(length, &v));
		make_number(at + 24 * i + 12, v);
		*sum += v;
	}
	return map->n > 0;
}

uint8_t *make_sparse(struct make *m, const char *name, uint64_t size, const char *map)
{
	struct bytes rest = bytes_str(map);
	uint64_t sum = 0;
	uint8_t *b = make_head(m, name, 'S', 0);
	size_t at = (size_t)(b - m->out.p);
	memcpy(b + 257, "ustar  ", 8);
	make_number(b + 483, size);
	bool more = put_runs(b + 386, 4, &rest, &sum);
	b[482] = more;
	while (more) {
		uint8_t next[512] = { 0 };
		more = put_runs(next, 21, &rest, &sum);
		next[504] = more;
		must(buf_append(&m->out, next, sizeof next, NULL) == 0);
	}
	b = m->out.p + at;
	make_number(b + 124, sum);
	make_seal(b);
	return b;
}
