#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include "file_make.h"

static void put(struct buf *out, uint64_t v, size_t size, bool big)
{
	uint8_t raw[8];
	for (size_t i = 0; i < size; i++)
		raw[big ? size - 1 - i : i] = (uint8_t)(v >> 8 * i);
	assert_int_equal(buf_append(out, raw, size, NULL), 0);
}

static void put16(struct buf *out, uint64_t v)
{
	put(out, v, 2, false);
}

static void put32(struct buf *out, uint64_t v)
{
	put(out, v, 4, false);
}

static void put_bytes(struct buf *out, struct bytes b)
{
	assert_int_equal(buf_append(out, b.p, b.n, NULL), 0);
}

/* --- zip ------------------------------------------------------------------------ */

struct zip_made zip_make(void)
{
	return (struct zip_made){ .bytes = buf_max(GIB), .directory = buf_max(64 * MIB) };
}

void zip_made_free(struct zip_made *z)
{
	buf_free(&z->bytes);
	buf_free(&z->directory);
}

static void deflate(struct bytes content, struct buf *out)
{
	struct isal_zstream s;
	isal_deflate_init(&s);
	assert_int_equal(buf_reserve(out, content.n + 1024, NULL), 0);
	s.next_in = (uint8_t *)(uintptr_t)content.p;
	s.avail_in = (uint32_t)content.n;
	s.next_out = out->p;
	s.avail_out = (uint32_t)out->cap;
	s.end_of_stream = 1;
	s.flush = NO_FLUSH;
	assert_int_equal(isal_deflate(&s), COMP_OK);
	out->n = s.total_out;
}

static void put_common(struct buf *out, uint32_t crc, size_t stored, size_t size, size_t name,
		       bool deflated)
{
	put16(out, 20);
	put16(out, 0);
	put16(out, deflated ? 8 : 0);
	put32(out, 0);
	put32(out, crc);
	put32(out, stored);
	put32(out, size);
	put16(out, name);
	put16(out, 0);
}

void zip_add(struct zip_made *z, const char *name, struct bytes content, bool deflated)
{
	cleanup_buf struct buf packed = buf_max(GIB);
	size_t at = z->bytes.n;
	uint32_t crc = crc32_gzip_refl(0, content.p, content.n);
	if (deflated)
		deflate(content, &packed);
	else
		put_bytes(&packed, content);
	put32(&z->bytes, 0x04034b50);
	put_common(&z->bytes, crc, packed.n, content.n, strlen(name), deflated);
	put_bytes(&z->bytes, bytes_str(name));
	put_bytes(&z->bytes, buf_view(&packed));
	put32(&z->directory, 0x02014b50);
	put16(&z->directory, 20);
	put_common(&z->directory, crc, packed.n, content.n, strlen(name), deflated);
	for (int i = 0; i < 5; i++)
		put16(&z->directory, 0);
	put32(&z->directory, at);
	put_bytes(&z->directory, bytes_str(name));
	z->entries++;
}

void zip_add_text(struct zip_made *z, const char *name, const char *content)
{
	zip_add(z, name, bytes_str(content), true);
}

struct bytes zip_end(struct zip_made *z)
{
	size_t at = z->bytes.n;
	put_bytes(&z->bytes, buf_view(&z->directory));
	put32(&z->bytes, 0x06054b50);
	put32(&z->bytes, 0);
	put16(&z->bytes, z->entries);
	put16(&z->bytes, z->entries);
	put32(&z->bytes, z->directory.n);
	put32(&z->bytes, at);
	put16(&z->bytes, 0);
	return buf_view(&z->bytes);
}

/* --- ELF ------------------------------------------------------------------------ */

enum { PLACE = 4096 }; /* sections begin at its multiples */

size_t elf_made_at(const struct elf_made_section *s, size_t i, unsigned form)
{
	size_t at = PLACE;
	(void)form;
	for (size_t k = 0; k < i; k++)
		at += (s[k].content.n / PLACE + 1) * PLACE;
	return at;
}

static void pad(struct buf *out, size_t to)
{
	while (out->n < to)
		put(out, 0, 1, false);
}

static void put_section(struct buf *out, unsigned form, size_t name, size_t type, size_t at,
			size_t n)
{
	bool big = (form & ELF_MADE_BIG) != 0;
	size_t word = (form & ELF_MADE_32) != 0 ? 4 : 8;
	put(out, name, 4, big);
	put(out, type, 4, big);
	put(out, 0, word, big);
	put(out, at + ELF_MADE_BASE, word, big);
	put(out, at, word, big);
	put(out, n, word, big);
	put(out, 0, 4, big);
	put(out, 0, 4, big);
	put(out, 1, word, big);
	put(out, 0, word, big);
}

static void put_segment(struct buf *out, unsigned form, size_t n)
{
	bool big = (form & ELF_MADE_BIG) != 0, wide = (form & ELF_MADE_32) == 0;
	size_t word = wide ? 8 : 4;
	put(out, 1, 4, big);
	if (wide)
		put(out, 6, 4, big);
	put(out, 0, word, big);
	put(out, ELF_MADE_BASE, word, big);
	put(out, ELF_MADE_BASE, word, big);
	put(out, n, word, big);
	put(out, n, word, big);
	if (!wide)
		put(out, 6, 4, big);
	put(out, PLACE, word, big);
}

static void put_header(struct buf *out, unsigned form, size_t sections_at, size_t n)
{
	bool big = (form & ELF_MADE_BIG) != 0, wide = (form & ELF_MADE_32) == 0;
	size_t word = wide ? 8 : 4;
	put_bytes(out, BYTES_LIT("\177ELF"));
	put(out, wide ? 2 : 1, 1, big);
	put(out, big ? 2 : 1, 1, big);
	put(out, 1, 1, big);
	pad(out, 16);
	put(out, 2, 2, big);
	put(out, 62, 2, big);
	put(out, 1, 4, big);
	put(out, ELF_MADE_BASE, word, big);
	put(out, wide ? 64 : 52, word, big);
	put(out, sections_at, word, big);
	put(out, 0, 4, big);
	put(out, wide ? 64 : 52, 2, big);
	put(out, wide ? 56 : 32, 2, big);
	put(out, 1, 2, big);
	put(out, wide ? 64 : 40, 2, big);
	put(out, n, 2, big);
	put(out, n == 0 ? 0 : n - 1, 2, big);
}

void elf_make(const struct elf_made_section *s, size_t n, unsigned form, struct buf *out)
{
	bool bare = (form & ELF_MADE_BARE) != 0;
	size_t names_at = elf_made_at(s, n, form), sections_at = names_at + PLACE, name = 1;
	cleanup_buf struct buf names = buf_max(PLACE);
	put(&names, 0, 1, false);
	put_header(out, form, bare ? 0 : sections_at, bare ? 0 : n + 2);
	put_segment(out, form, names_at);
	for (size_t i = 0; i < n; i++) {
		pad(out, elf_made_at(s, i, form));
		put_bytes(out, s[i].content);
		put_bytes(&names, bytes_of(s[i].name, strlen(s[i].name) + 1));
	}
	pad(out, names_at);
	if (bare)
		return;
	put_bytes(out, buf_view(&names));
	pad(out, sections_at);
	put_section(out, form, 0, 0, 0, 0);
	for (size_t i = 0; i < n; i++) {
		put_section(out, form, name, 1, elf_made_at(s, i, form), s[i].content.n);
		name += strlen(s[i].name) + 1;
	}
	put_section(out, form, 0, 3, names_at, names.n);
}

/* --- reading ---------------------------------------------------------------------- */

struct reading {
	struct bytes content;
	struct file_read *result;
};

static int read_at(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	struct reading *r = ctx;
	(void)err;
	assert_true(at <= r->content.n && n <= r->content.n - at);
	memcpy(p, r->content.p + at, n);
	r->result->bytes_read += n;
	return 0;
}

static int package(void *ctx, const struct app_record *p, struct error *err)
{
	struct reading *r = ctx;
	return buf_printf(&r->result->packages, err, "%s %.*s %.*s%s%.*s\n", pkg_type_name(p->type),
			  (int)p->name.n, (const char *)p->name.p, (int)p->version.n,
			  p->version.n == 0 ? "" : (const char *)p->version.p,
			  p->inner.n > 0 ? " " : "", (int)p->inner.n,
			  p->inner.n == 0 ? "" : (const char *)p->inner.p);
}

static void skipped(void *ctx, const char *why)
{
	struct reading *r = ctx;
	assert_int_equal(buf_printf(&r->result->skipped, NULL, "%s\n", why), 0);
}

struct file_read file_read(enum app_kind kind, const char *path, struct bytes content)
{
	struct file_read result = { .packages = buf_max(64 * MIB), .skipped = buf_max(64 * MIB) };
	struct reading r = { content, &result };
	struct pkg_file file = { content.n, read_at, &r };
	(void)apps_read(kind, bytes_str(path), &file,
			(struct app_sink){ .package = package, .skipped = skipped, .ctx = &r },
			&result.err);
	assert_non_null(buf_cstr(&result.packages, NULL));
	assert_non_null(buf_cstr(&result.skipped, NULL));
	return result;
}

void file_read_free(struct file_read *r)
{
	buf_free(&r->packages);
	buf_free(&r->skipped);
}

void check_file(enum app_kind kind, const char *path, struct bytes content, const char *packages)
{
	cleanup_file_read struct file_read r = file_read(kind, path, content);
	if (r.err.code != ERR_NONE || r.skipped.n > 0)
		fail_msg("%s: %s %s", path, r.err.text, buf_cstr(&r.skipped, NULL));
	assert_string_equal(buf_cstr(&r.packages, NULL), packages);
}
