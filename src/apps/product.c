#include "apps/product.h"

/* More parts than any product's version has: object identifiers. */
enum { ROWS_MOST = 8, TEXT_MOST = 64 * 1024, PARTS_MOST = 5 };

/* A row for this file, and what it found. */
struct candidate {
	const struct product_row *row;
	char text[APP_VERSION_MAX + 16];
	size_t n;
	bool several; /* found twice, and not the same */
};

struct search {
	struct candidate list[ROWS_MOST];
	size_t n;
	struct bytes base; /* the file's name */
};

static bool gather(struct search *s, const struct product_row *rows, struct bytes path)
{
	s->base = path_base(path);
	for (const struct product_row *r = rows; r->package != NULL && s->n < ROWS_MOST; r++)
		if (app_path_fits(path, r->files))
			s->list[s->n++].row = r;
	return s->n > 0;
}

/* --- one number against one row --------------------------------------------------------- */

static bool goes_on(struct bytes behind)
{
	uint8_t next = behind.n > 0 ? behind.p[0] : 0;
	return app_is_digit(next) || app_is_letter(next) || next == '_';
}

/* How many bytes behind the number still belong to it; -1 when the row's form is
 * not that. */
static ptrdiff_t suffix_of(const struct product_row *row, struct bytes behind)
{
	size_t n = 0;
	if ((row->form & PRODUCT_PATCH) != 0) {
		while (n < behind.n && (n == 0 ? behind.p[n] == 'p' : app_is_digit(behind.p[n])))
			n++;
		return n < 2 ? -1 : (ptrdiff_t)n;
	}
	if ((row->form & PRODUCT_LETTER) != 0 && behind.n > 0 && behind.p[0] >= 'a' &&
	    behind.p[0] <= 'z' && !goes_on(bytes_sub(behind, 1, behind.n)))
		return 1;
	return (ptrdiff_t)app_version_suffix(behind);
}

/* The first number in the name: "3.11" of libpython3.11.so.1.0. */
static struct bytes number_in(struct bytes name)
{
	size_t from = 0, to;
	while (from < name.n && !app_is_digit(name.p[from]))
		from++;
	for (to = from; to < name.n && (app_is_digit(name.p[to]) || name.p[to] == '.');)
		to++;
	while (to > from && name.p[to - 1] == '.')
		to--;
	return bytes_sub(name, from, to);
}

static bool fits_name(struct bytes number, struct bytes base)
{
	struct bytes own = number_in(base);
	return bytes_starts_with(number, own) &&
	       (own.n == 0 || (number.n > own.n && number.p[own.n] == '.'));
}

/* The length of the version that begins with the number; 0 when the row does not fit. */
static size_t fits_row(const struct search *s, const struct product_row *row,
		       const struct app_version_hit *hit)
{
	ptrdiff_t suffix;
	unsigned parts = app_version_parts(hit->number);
	if (parts < row->least || parts > PARTS_MOST ||
	    !bytes_ends_with(hit->before, row->before) ||
	    (row->major != NULL && !bytes_starts_with(hit->number, bytes_str(row->major))) ||
	    ((row->form & PRODUCT_NAME) != 0 && !fits_name(hit->number, s->base)))
		return 0;
	suffix = suffix_of(row, hit->behind);
	if (suffix < 0)
		return 0;
	struct bytes rest = bytes_sub(hit->behind, (size_t)suffix, hit->behind.n);
	bool ends = row->behind.n > 0 ? bytes_starts_with(rest, row->behind) : !goes_on(rest);
	return ends ? hit->number.n + (size_t)suffix : 0;
}

static int take_hit(void *ctx, const struct app_version_hit *hit, struct error *err)
{
	struct search *s = ctx;
	(void)err;
	for (size_t i = 0; i < s->n; i++) {
		struct candidate *c = &s->list[i];
		/* number and behind are neighbours in one piece of memory */
		struct bytes version = bytes_of(hit->number.p, fits_row(s, c->row, hit));
		if (version.n == 0 || version.n > sizeof c->text)
			continue;
		if (c->n > 0 && !bytes_equal(version, bytes_of(c->text, c->n)))
			c->several = true;
		if (c->n == 0) {
			memcpy(c->text, version.p, version.n);
			c->n = version.n;
		}
		if ((c->row->form & PRODUCT_ONLY) == 0)
			return 1;
	}
	return 0;
}

/* --- one file --------------------------------------------------------------------------- */

/* The first row that found one version. 1 told, 0 nothing, -1. */
static int tell_found(const struct search *s, const struct app_sink *sink, struct error *err)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct candidate *c = &s->list[i];
		if (c->n == 0 || (c->several && (c->row->form & PRODUCT_ONLY) != 0))
			continue;
		struct app_record r = { .type = PKG_GENERIC,
					.name = bytes_str(c->row->package),
					.version = bytes_of(c->text, c->n) };
		return app_tell(sink, &r, err) < 0 ? -1 : 1;
	}
	return 0;
}

static int tell_folder(const struct app_input *in, const struct product_row *row, struct error *err)
{
	struct app_record r = { .type = PKG_GENERIC,
				.name = bytes_str(row->package),
				.version = path_base(path_dir(in->path)) };
	if (!app_is_version(r.version) || app_version_parts(r.version) < row->least)
		return 0;
	return app_tell(&in->sink, &r, err);
}

/* Constants first: where the words are in most programs. */
int product_read_program(const struct app_input *in, const struct elf *e, struct error *err)
{
	struct search s = { .n = 0 };
	if (!gather(&s, product_programs, in->path))
		return 0;
	if ((s.list[0].row->form & PRODUCT_PATH) != 0)
		return tell_folder(in, s.list[0].row, err);
	struct elf_range r = e->constants;
	int told = app_version_scan(e->file, r.at, r.at + r.n, take_hit, &s, err);
	if (told >= 0)
		told = tell_found(&s, &in->sink, err);
	if (told != 0)
		return told < 0 ? -1 : 0;
	s.n = 0;
	s = (struct search){ .n = 0 };
	(void)gather(&s, product_programs, in->path);
	if (app_version_scan(e->file, 0, e->file->size, take_hit, &s, err) < 0)
		return -1;
	return tell_found(&s, &in->sink, err) < 0 ? -1 : 0;
}

bool app_product_path(struct bytes path)
{
	struct search s = { .n = 0 };
	return gather(&s, product_texts, path);
}

bool app_product_program(struct bytes path)
{
	struct search s = { .n = 0 };
	return gather(&s, product_programs, path);
}

/* --- Java's release file ------------------------------------------------------------------ */

/* JAVA_VERSION="17.0.9" since Java 9, "1.8.0_392" before, which is written 8.0.392:
 * so do the advisories that know both. */
static int tell_java(const struct app_input *in, struct bytes version, struct error *err)
{
	char text[APP_VERSION_MAX];
	struct app_record r = { .type = PKG_GENERIC,
				.name = BYTES_LIT("java"),
				.version = version };
	if (version.n == 0 || version.n > sizeof text)
		return 0;
	if (bytes_starts_with(version, BYTES_LIT("1."))) {
		version = bytes_sub(version, 2, version.n);
		memcpy(text, version.p, version.n);
		for (size_t i = 0; i < version.n; i++)
			if (text[i] == '_')
				text[i] = '.';
		r.version = bytes_of(text, version.n);
	}
	if (!app_is_digit(r.version.p[0]))
		return 0;
	return app_tell(&in->sink, &r, err);
}

static int read_java_release(const struct app_input *in, struct bytes text, struct error *err)
{
	static const struct bytes key = APP_LIT("JAVA_VERSION=");
	struct app_lines lines = app_lines_of(text);
	struct bytes line;
	while (app_next_line(&lines, &line))
		if (bytes_starts_with(line, key))
			return tell_java(in, app_unquote(bytes_sub(line, key.n, line.n)), err);
	return 0;
}

int app_read_product(const struct app_input *in, struct error *err)
{
	struct search s = { .n = 0 };
	cleanup_buf struct buf text = buf_max(TEXT_MOST);
	if (app_read_some(in->file, 0, TEXT_MOST, &text, err) < 0)
		return -1;
	if (bytes_equal(path_base(in->path), BYTES_LIT("release")))
		return read_java_release(in, buf_view(&text), err);
	if (!gather(&s, product_texts, in->path))
		return 0;
	if (app_version_scan_bytes(buf_view(&text), take_hit, &s, err) < 0)
		return -1;
	return tell_found(&s, &in->sink, err) < 0 ? -1 : 0;
}
