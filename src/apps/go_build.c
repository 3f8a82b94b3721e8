/* Go's build information (cmd/link and debug/buildinfo of the Go source):
 *
 *	14 bytes magic, 1 pointer size, 1 flags, then
 *	Go 1.18 and later (flag 2): at 32 two strings, each behind its varint length;
 *	before: at 16 two pointers, each to a Go string header {pointer, length}.
 *
 * The first string is the version of Go, the second the modules between two marks
 * of 16 bytes. It lies in the section .go.buildinfo; in a program without sections
 * somewhere in a writable segment (a position independent one has two), at a multiple
 * of 16. */
#include "apps/go_build.h"

enum {
	HEADER = 32,
	ALIGNMENT = 16,
	MARK = 16,
	FLAG_BIG = 1,
	FLAG_INLINE = 2,
	VERSION_MAX = 1024,
	MODULES_MAX = 16 * 1024 * 1024,
	PIECE = 64 * 1024
};

static const struct bytes magic = APP_LIT("\xff Go buildinf:");

/* The header's place in the range: 1, 0 none, -1. */
static int find_header(const struct elf *e, struct elf_range r, uint64_t *ret_at, struct error *err)
{
	cleanup_buf struct buf piece = buf_max(PIECE);
	/* Places in the file and in memory are equal but for whole pages. */
	uint64_t at = r.at + (ALIGNMENT - r.at % ALIGNMENT) % ALIGNMENT, end = r.at + r.n;
	for (; at < end; at += PIECE) {
		piece.n = 0;
		if (app_read_some(e->file, at, end - at < PIECE ? (size_t)(end - at) : PIECE,
				  &piece, err) < 0)
			return -1;
		for (size_t i = 0; i + ALIGNMENT <= piece.n; i += ALIGNMENT) {
			if (memcmp(piece.p + i, magic.p, magic.n) != 0)
				continue;
			*ret_at = at + i;
			return 1;
		}
	}
	return 0;
}

static int find(const struct elf *e, uint64_t *ret_at, struct error *err)
{
	if (e->go_build.n > 0)
		return find_header(e, e->go_build, ret_at, err);
	if (e->has_sections)
		return 0;
	int found = 0;
	for (size_t i = 0; found == 0 && i < e->n_segments; i++)
		if (e->segments[i].writable)
			found = find_header(e, e->segments[i].range, ret_at, err);
	return found;
}

static int take(const struct elf *e, uint64_t at, uint64_t n, uint64_t most, struct buf *out,
		struct error *err)
{
	if (n > most)
		return error_set(err, ERR_LIMIT, "Go build information of %llu bytes",
				 (unsigned long long)n);
	if (buf_reserve(out, (size_t)n + 1, err) < 0 ||
	    app_read_at(e->file, at, out->p + out->n, (size_t)n, err) < 0)
		return error_wrap(err, "Go build information");
	out->n += (size_t)n;
	return 0;
}

/* A string behind its length; *at moves behind it. */
static int take_inline(const struct elf *e, uint64_t *at, uint64_t most, struct buf *out,
		       struct error *err)
{
	uint64_t n = 0;
	uint8_t byte = 0x80;
	for (unsigned shift = 0; (byte & 0x80) != 0; shift += 7) {
		if (shift > 56)
			return error_set(err, ERR_MALFORMED, "Go build information: no length");
		if (app_read_at(e->file, (*at)++, &byte, 1, err) < 0)
			return -1;
		n |= (uint64_t)(byte & 0x7f) << shift;
	}
	if (take(e, *at, n, most, out, err) < 0)
		return -1;
	*at += n;
	return 0;
}

/* A string by the address of its header; nothing when the address leads nowhere,
 * as in a program built without modules. */
static int take_pointed(const struct elf *e, const uint8_t *pointer, size_t size, uint64_t most,
			struct buf *out, struct error *err)
{
	uint8_t header[16];
	uint64_t at, n;
	if (!elf_place(e, elf_number(e, pointer, size), 2 * size, &at))
		return 0;
	if (app_read_at(e->file, at, header, 2 * size, err) < 0)
		return -1;
	n = elf_number(e, header + size, size);
	if (!elf_place(e, elf_number(e, header, size), n, &at))
		return 0;
	return take(e, at, n, most, out, err);
}

/* Between the marks; a newline stands before the second. */
static struct bytes unmarked(struct bytes modules)
{
	if (modules.n <= (size_t)2 * MARK || modules.p[modules.n - MARK - 1] != '\n')
		return bytes_of(NULL, 0);
	return bytes_sub(modules, MARK, modules.n - MARK);
}

static int load(const struct elf *e, uint64_t at, struct go_build *b, struct error *err)
{
	uint8_t h[HEADER];
	size_t first;
	if (app_read_at(e->file, at, h, sizeof h, err) < 0)
		return -1;
	if ((h[15] & FLAG_INLINE) != 0) {
		at += HEADER;
		if (take_inline(e, &at, VERSION_MAX, &b->storage, err) < 0)
			return -1;
		first = b->storage.n;
		if (take_inline(e, &at, MODULES_MAX, &b->storage, err) < 0)
			return -1;
	} else {
		size_t size = h[14];
		struct elf order = *e;
		order.big = (h[15] & FLAG_BIG) != 0;
		if (size != 4 && size != 8)
			return error_set(err, ERR_MALFORMED,
					 "Go build information: pointers of %zu", size);
		if (take_pointed(&order, h + 16, size, VERSION_MAX, &b->storage, err) < 0)
			return -1;
		first = b->storage.n;
		if (take_pointed(&order, h + 16 + size, size, MODULES_MAX, &b->storage, err) < 0)
			return -1;
	}
	struct bytes all = buf_view(&b->storage);
	b->version = bytes_sub(all, 0, first);
	b->modules = unmarked(bytes_sub(all, first, all.n));
	return 0;
}

int go_build_find(const struct elf *e, struct go_build *ret, struct error *err)
{
	struct go_build b = { .storage = buf_max(VERSION_MAX + MODULES_MAX + 2) };
	uint64_t at;
	int found = find(e, &at, err);
	if (found > 0 && load(e, at, &b, err) < 0)
		found = -1;
	if (found > 0 && b.version.n == 0)
		found = 0;
	if (found > 0)
		*ret = b;
	else
		go_build_free(&b);
	return found;
}

void go_build_free(struct go_build *b)
{
	buf_free(&b->storage);
}
