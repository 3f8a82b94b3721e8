#include "apps/elf.h"

enum {
	IDENT_CLASS = 4,
	IDENT_DATA = 5,
	CLASS_32 = 1,
	CLASS_64 = 2,
	DATA_BIG = 2,

	PT_LOAD = 1,
	PF_WRITE = 2,
	SHT_NOBITS = 8,
	PN_XNUM = 0xffff, /* the real number stands in section 0 */
	SHN_XINDEX = 0xffff,

	SECTIONS_MAX = 65536,
	NAMES_MAX = 64 * 1024,
	TABLE_PIECE = 64 /* records that are read at once */
};

/* Where the fields lie in the two classes. */
static const struct layout {
	uint8_t header, phoff, shoff, phentsize, phnum, shentsize, shnum, shstrndx, word;
	uint8_t ph_size, ph_flags, ph_offset, ph_address, ph_filesz;
	uint8_t sh_size, sh_type, sh_offset, sh_bytes, sh_link;
} layouts[2] = {
	{ 52, 28, 32, 42, 44, 46, 48, 50, 4, 32, 24, 4, 8, 16, 40, 4, 16, 20, 24 },
	{ 64, 32, 40, 54, 56, 58, 60, 62, 8, 56, 4, 8, 16, 32, 64, 4, 24, 32, 40 },
};

/* A table of records in the file. */
struct table {
	uint64_t at, count;
	size_t size; /* of a record */
};

static const struct layout *layout_of(const struct elf *e)
{
	return &layouts[e->wide];
}

uint64_t elf_number(const struct elf *e, const uint8_t *p, size_t size)
{
	uint64_t v = 0;
	for (size_t i = 0; i < size; i++)
		v = v << 8 | p[e->big ? i : size - 1 - i];
	return v;
}

static uint64_t word(const struct elf *e, const uint8_t *p)
{
	return elf_number(e, p, layout_of(e)->word);
}

static bool inside(const struct elf *e, uint64_t at, uint64_t n)
{
	return at <= e->file->size && n <= e->file->size - at;
}

/* --- segments ----------------------------------------------------------------------- */

static void add_segment(struct elf *e, const uint8_t *p)
{
	const struct layout *l = layout_of(e);
	struct elf_segment s = {
		.address = word(e, p + l->ph_address),
		.range = { word(e, p + l->ph_offset), word(e, p + l->ph_filesz) },
		.writable = (elf_number(e, p + l->ph_flags, 4) & PF_WRITE) != 0,
	};
	if (elf_number(e, p, 4) != PT_LOAD || e->n_segments == ELF_SEGMENTS_MAX ||
	    !inside(e, s.range.at, s.range.n))
		return;
	e->segments[e->n_segments++] = s;
}

static int read_segments(struct elf *e, const struct table *t, struct error *err)
{
	uint8_t record[64];
	if (t->count == 0 || t->size < layout_of(e)->ph_size)
		return 0;
	for (uint64_t i = 0; i < t->count && i < PN_XNUM; i++) {
		uint64_t at = t->at + i * t->size;
		if (at < t->at || app_read_at(e->file, at, record, layout_of(e)->ph_size, err) < 0)
			return error_set(err, ERR_TRUNCATED,
					 "the program's table of segments leaves the file");
		add_segment(e, record);
	}
	return 0;
}

bool elf_place(const struct elf *e, uint64_t address, uint64_t n, uint64_t *ret_at)
{
	for (size_t i = 0; i < e->n_segments; i++) {
		const struct elf_segment *s = &e->segments[i];
		uint64_t in = address - s->address;
		if (address < s->address || in > s->range.n || n > s->range.n - in)
			continue;
		*ret_at = s->range.at + in;
		return true;
	}
	return false;
}

/* --- sections ------------------------------------------------------------------------ */

struct sections {
	struct elf *e;
	struct table table;
	struct buf names; /* the beginning of the table of their names */
};

static struct bytes section_name(const struct sections *s, uint64_t at)
{
	struct bytes names = buf_view(&s->names);
	if (at >= names.n)
		return bytes_of(NULL, 0);
	names = bytes_sub(names, (size_t)at, names.n);
	ptrdiff_t end = bytes_index(names, 0);
	return bytes_sub(names, 0, end < 0 ? 0 : (size_t)end);
}

static void take_section(struct sections *s, const uint8_t *p)
{
	struct elf *e = s->e;
	const struct layout *l = layout_of(e);
	const struct {
		struct bytes name;
		struct elf_range *range;
	} wanted[] = {
		{ BYTES_LIT(".go.buildinfo"), &e->go_build },
		{ BYTES_LIT(".dep-v0"), &e->rust_deps },
		{ BYTES_LIT(".rodata"), &e->constants },
	};
	struct elf_range r = { word(e, p + l->sh_offset), word(e, p + l->sh_bytes) };
	if (elf_number(e, p + l->sh_type, 4) == SHT_NOBITS || !inside(e, r.at, r.n))
		return;
	struct bytes name = section_name(s, elf_number(e, p, 4));
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
		if (wanted[i].range->n == 0 && bytes_equal(name, wanted[i].name))
			*wanted[i].range = r;
}

static int each_section(struct sections *s, struct error *err)
{
	uint8_t piece[TABLE_PIECE * 64];
	size_t size = layout_of(s->e)->sh_size;
	for (uint64_t i = 0; i < s->table.count; i += TABLE_PIECE) {
		uint64_t left = s->table.count - i;
		size_t n = left < TABLE_PIECE ? (size_t)left : TABLE_PIECE;
		if (app_read_at(s->e->file, s->table.at + i * size, piece, n * size, err) < 0)
			return -1;
		for (size_t k = 0; k < n; k++)
			take_section(s, piece + k * size);
	}
	return 0;
}

/* The names' section; numbers that do not fit the header stand in section 0. */
static int load_names(struct sections *s, uint64_t index, struct error *err)
{
	struct elf *e = s->e;
	const struct layout *l = layout_of(e);
	uint8_t record[64];
	if (app_read_at(e->file, s->table.at, record, l->sh_size, err) < 0)
		return -1;
	if (s->table.count == 0)
		s->table.count = word(e, record + l->sh_bytes);
	if (index == SHN_XINDEX)
		index = elf_number(e, record + l->sh_link, 4);
	if (s->table.count > SECTIONS_MAX || index >= s->table.count ||
	    !inside(e, s->table.at, s->table.count * l->sh_size))
		return error_set(err, ERR_MALFORMED, "no table of sections");
	if (app_read_at(e->file, s->table.at + index * l->sh_size, record, l->sh_size, err) < 0)
		return -1;
	uint64_t n = word(e, record + l->sh_bytes);
	return app_read_some(e->file, word(e, record + l->sh_offset),
			     n < NAMES_MAX ? (size_t)n : NAMES_MAX, &s->names, err);
}

static void read_sections(struct elf *e, const struct table *t, uint64_t names)
{
	struct sections s = { e, *t, buf_max(NAMES_MAX) };
	if (t->at != 0 && t->size == layout_of(e)->sh_size && load_names(&s, names, NULL) == 0 &&
	    each_section(&s, NULL) == 0)
		e->has_sections = true;
	buf_free(&s.names);
}

int elf_open(const struct pkg_file *file, struct elf *ret, struct error *err)
{
	uint8_t h[64];
	struct elf e = { .file = file };
	if (app_read_at(file, 0, h, layouts[0].header, err) < 0)
		return error_wrap(err, "ELF header");
	if (memcmp(h, "\177ELF", 4) != 0 || h[IDENT_CLASS] < CLASS_32 || h[IDENT_CLASS] > CLASS_64)
		return error_set(err, ERR_MALFORMED, "not an ELF file");
	e.wide = h[IDENT_CLASS] == CLASS_64;
	e.big = h[IDENT_DATA] == DATA_BIG;
	const struct layout *l = layout_of(&e);
	if (app_read_at(file, 0, h, l->header, err) < 0)
		return error_wrap(err, "ELF header");
	struct table segments = { word(&e, h + l->phoff), elf_number(&e, h + l->phnum, 2),
				  (size_t)elf_number(&e, h + l->phentsize, 2) };
	struct table sections = { word(&e, h + l->shoff), elf_number(&e, h + l->shnum, 2),
				  (size_t)elf_number(&e, h + l->shentsize, 2) };
	if (read_segments(&e, &segments, err) < 0)
		return -1;
	read_sections(&e, &sections, elf_number(&e, h + l->shstrndx, 2));
	*ret = e;
	return 0;
}
