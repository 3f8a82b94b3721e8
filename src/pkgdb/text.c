/* The streaming parser of the text databases: memory is bounded by the kept
 * fields of one record, whatever the size of the file or of a line. */
#include "pkgdb/text_internal.h"

enum { NAME_SHOWN = 64 }; /* bytes of a package's name in a message */

struct pkg_text_parser {
	const struct text_format *format;
	struct pkg_sink sink;
	struct buf line; /* the start of a line that a piece's end cut */
	struct text_record record;
	uint64_t records, packages;
};

struct bytes text_value(const struct text_record *r, int field)
{
	const struct text_field *f = &r->fields[field];
	return bytes_sub(buf_view(&r->values), f->at, f->at + f->n);
}

/* --- records --------------------------------------------------------------- */

static void record_reset(struct text_record *r)
{
	r->values.n = 0;
	r->scratch.n = 0;
	memset(r->fields, 0, sizeof(r->fields));
	r->last = TEXT_OTHER;
	r->begun = false;
	r->fault = NULL;
}

/* One record is left out, and the sink hears why. */
static int record_skip(struct pkg_text_parser *p, const char *why, struct error *err)
{
	cleanup_buf struct buf text = buf_max(KIB);
	struct bytes name = bytes_sub(text_value(&p->record, p->format->name), 0, NAME_SHOWN);

	if (p->sink.skipped == NULL)
		return 0;
	if (buf_printf(&text, err, "record %llu (", (unsigned long long)p->records) < 0 ||
	    text_escape(&text, name, err) < 0 || buf_printf(&text, err, "): %s", why) < 0)
		return -1;
	const char *message = buf_cstr(&text, err);
	if (message == NULL)
		return -1;
	p->sink.skipped(p->sink.ctx, message);
	return 0;
}

static bool has_control(struct bytes b, uint8_t highest)
{
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] <= highest || b.p[i] == 0x7f)
			return true;
	}
	return false;
}

/* One word that can be compared and shown. */
static bool is_word(struct bytes b)
{
	return !has_control(b, ' ') && utf8_valid(b);
}

/* Text that no verdict hangs on is kept only when it can be shown. */
static void drop_unless_clean(struct bytes *b)
{
	if (has_control(*b, ' ' - 1) || !utf8_valid(*b))
		*b = bytes_of(NULL, 0);
}

static const char *package_fault(const struct pkg_record *pkg)
{
	if (pkg->name.n == 0)
		return "it has no name";
	if (pkg->version.n == 0)
		return "it has no version";
	if (!is_word(pkg->name) || !is_word(pkg->source_name))
		return "its name has blanks, control characters or broken UTF-8";
	if (!is_word(pkg->version) || !is_word(pkg->source_version))
		return "its version has blanks, control characters or broken UTF-8";
	if (!is_word(pkg->arch))
		return "its architecture has blanks, control characters or broken UTF-8";
	return NULL;
}

static int record_tell(struct pkg_text_parser *p, struct pkg_record *pkg, struct error *err)
{
	drop_unless_clean(&pkg->vendor);
	drop_unless_clean(&pkg->maintainer);
	drop_unless_clean(&pkg->license);
	if (p->packages >= LIMIT_PACKAGES)
		return error_set(err, ERR_LIMIT,
				 "a package database lists more than %d packages "
				 "(LIMIT_PACKAGES); the rest was not read",
				 LIMIT_PACKAGES);
	p->packages++;
	return p->sink.package(p->sink.ctx, pkg, err);
}

static int record_judge(struct pkg_text_parser *p, struct error *err)
{
	struct pkg_record pkg = { 0 };
	const char *why = p->record.fault;

	for (int i = 0; why == NULL && i < TEXT_FIELDS_MAX; i++) {
		if (p->record.fields[i].cut && (p->format->needed >> i & 1) != 0)
			why = "a field is longer than 64 KiB (LIMIT_PKG_FIELD)";
	}
	if (why == NULL) {
		enum text_verdict verdict = p->format->package(&p->record, &pkg, &why);
		if (verdict == TEXT_NOTHING)
			return 0;
		if (verdict == TEXT_PACKAGE)
			why = package_fault(&pkg);
	}
	return why != NULL ? record_skip(p, why, err) : record_tell(p, &pkg, err);
}

static int record_end(struct pkg_text_parser *p, struct error *err)
{
	if (!p->record.begun)
		return 0;
	p->records++;
	int status = record_judge(p, err);
	record_reset(&p->record);
	return status;
}

/* --- fields ----------------------------------------------------------------- */

/* Adds to the field that is the last in values. */
static int field_append(struct text_record *r, struct bytes text, bool cut, struct error *err)
{
	struct text_field *f = &r->fields[r->last];
	if (cut || f->n + text.n > LIMIT_PKG_FIELD) {
		f->cut = true;
		f->n = 0;
		return 0;
	}
	if (buf_append(&r->values, text.p, text.n, err) < 0)
		return -1;
	f->n += text.n;
	return 0;
}

static int field_start(struct text_record *r, int field, struct bytes value, bool cut,
		       struct error *err)
{
	struct text_field *f = &r->fields[field];
	if (f->seen) {
		r->fault = "a field is there twice";
		r->last = TEXT_OTHER;
		return 0;
	}
	f->seen = true;
	f->at = r->values.n;
	r->last = field;
	return field_append(r, bytes_trim(value), cut, err);
}

/* A folded field is one value: its lines are joined by a blank. */
static int field_go_on(struct text_record *r, struct bytes line, bool cut, struct error *err)
{
	struct bytes more = bytes_trim(line);
	if (r->last < 0 || r->fields[r->last].cut || (more.n == 0 && !cut))
		return 0;
	if (r->fields[r->last].n > 0 && field_append(r, BYTES_LIT(" "), false, err) < 0)
		return -1;
	return field_append(r, more, cut, err);
}

/* --- lines ------------------------------------------------------------------ */

static int line_take(struct pkg_text_parser *p, struct bytes line, struct error *err)
{
	struct text_record *r = &p->record;
	struct bytes value = { 0 };
	bool cut = line.n > LIMIT_PKG_FIELD;

	line = bytes_sub(line, 0, LIMIT_PKG_FIELD);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.n == 0)
		return record_end(p, err);
	if (p->format->folded && (line.p[0] == ' ' || line.p[0] == '\t'))
		return field_go_on(r, line, cut, err);

	r->begun = true;
	r->last = TEXT_OTHER;
	int field = p->format->field(line, &value);
	if (field == TEXT_MALFORMED && r->fault == NULL)
		r->fault = "a line of it is no field";
	if (field >= 0 && field_start(r, field, value, cut, err) < 0)
		return -1;
	return p->format->line_is_record ? record_end(p, err) : 0;
}

/* Keeps a piece of a line until its end comes: one byte more than a field may
 * have, which shows that it was longer. */
static int line_keep(struct pkg_text_parser *p, struct bytes part, struct error *err)
{
	part = bytes_sub(part, 0, p->line.max - p->line.n);
	return buf_append(&p->line, part.p, part.n, err);
}

static int line_kept_take(struct pkg_text_parser *p, struct error *err)
{
	int status = line_take(p, buf_view(&p->line), err);
	p->line.n = 0;
	return status;
}

/* --- the public side -------------------------------------------------------- */

static const struct text_format *format_of(enum pkgdb_kind kind)
{
	switch (kind) {
	case PKGDB_DPKG_STATUS:
	case PKGDB_DPKG_STATUS_D:
		return &text_format_dpkg;
	case PKGDB_APK_INSTALLED:
		return &text_format_apk;
	case PKGDB_RPM_MANIFEST:
		return &text_format_manifest;
	case PKGDB_NONE:
	case PKGDB_RPM_BDB:
	case PKGDB_RPM_NDB:
	case PKGDB_RPM_SQLITE:
	case PKGDB_RPM_WAL:
	case PKGDB_OS_RELEASE:
	case PKGDB_KINDS:
		break;
	}
	return NULL;
}

struct pkg_text_parser *pkg_text_new(enum pkgdb_kind kind, struct pkg_sink sink)
{
	const struct text_format *format = format_of(kind);
	struct pkg_text_parser *p = format == NULL ? NULL : calloc(1, sizeof(*p));
	if (p == NULL)
		return NULL;
	p->format = format;
	p->sink = sink;
	p->line = buf_max(LIMIT_PKG_FIELD + 1);
	p->record.values = buf_max((TEXT_FIELDS_MAX + 1) * LIMIT_PKG_FIELD);
	p->record.scratch = buf_max(4 * LIMIT_PKG_FIELD);
	record_reset(&p->record);
	return p;
}

void pkg_text_free(struct pkg_text_parser *p)
{
	if (p == NULL)
		return;
	buf_free(&p->line);
	buf_free(&p->record.values);
	buf_free(&p->record.scratch);
	free(p);
}

int pkg_text_feed(struct pkg_text_parser *p, struct bytes piece, struct error *err)
{
	struct bytes line;
	ptrdiff_t end;

	while ((end = bytes_index(piece, '\n')) >= 0) {
		line = bytes_sub(piece, 0, (size_t)end);
		piece = bytes_sub(piece, (size_t)end + 1, piece.n);
		if (p->line.n == 0) {
			if (line_take(p, line, err) < 0)
				return -1;
		} else if (line_keep(p, line, err) < 0 || line_kept_take(p, err) < 0) {
			return -1;
		}
	}
	return line_keep(p, piece, err);
}

int pkg_text_finish(struct pkg_text_parser *p, struct error *err)
{
	if (p->line.n > 0 && line_kept_take(p, err) < 0)
		return -1;
	return record_end(p, err);
}
