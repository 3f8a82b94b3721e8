#include "scan/layer_scan_internal.h"

void db_init(struct db_file *f, struct layer_output *out)
{
	*f = (struct db_file){ .role = buf_max(2 * LIMIT_PATH_BYTES), .out = out };
}

void db_free(struct db_file *f)
{
	pkg_text_free(f->text);
	buf_free(&f->role);
}

static void reset(struct db_file *f)
{
	struct buf role = f->role;
	pkg_text_free(f->text);
	*f = (struct db_file){ .role = role, .out = f->out, .paths = f->paths };
}

/* Told once, the layer goes on. Damage is told whatever becomes of the file; a log
 * only matters while it lies there. */
static int tell_problem(struct db_file *f, const struct error *why, struct error *err)
{
	f->failed = true;
	return output_problem(f->out, f->kind == PKGDB_RPM_WAL ? f->number : 0, why, err);
}

/* --- what the parsers tell ----------------------------------------------------- */

static int on_package(void *ctx, const struct pkg_record *pkg, struct error *err)
{
	struct db_file *f = ctx;
	wire_package(&f->out->msg, f->number, pkg);
	return output_send(f->out, err);
}

static void on_skipped(void *ctx, const char *why)
{
	struct db_file *f = ctx;
	left_out_add(&f->left_out, why);
}

static void on_owned(void *ctx, struct bytes path)
{
	struct db_file *f = ctx;
	paths_own(f->paths, path);
}

static struct pkg_sink package_sink(struct db_file *f)
{
	return (struct pkg_sink){ .package = on_package,
				  .skipped = on_skipped,
				  .ctx = f,
				  .file = f->paths != NULL ? on_owned : NULL };
}

/* --- one file ------------------------------------------------------------------- */

static bool is_text_database(enum pkgdb_kind kind)
{
	return kind == PKGDB_DPKG_STATUS || kind == PKGDB_DPKG_STATUS_D ||
	       kind == PKGDB_APK_INSTALLED || kind == PKGDB_RPM_MANIFEST;
}

int db_begin(struct db_file *f, struct bytes role, uint64_t size, uint32_t *ret_number,
	     struct error *err)
{
	enum pkgdb_kind kind = pkgdb_classify(role);
	if (kind == PKGDB_NONE)
		return 0;
	reset(f);
	f->role.n = 0;
	if (buf_append(&f->role, role.p, role.n, err) < 0)
		return -1;
	f->kind = kind;
	f->size = size;
	f->number = ++f->out->contents;
	*ret_number = f->number;
	if (is_text_database(kind)) {
		f->text = pkg_text_new(kind, package_sink(f));
		if (f->text == NULL)
			return error_set(err, ERR_MEMORY, "no memory to read a package database");
	}
	return 1;
}

/* What SQLite has yet to copy into the database can only be told apart from what
 * it has copied with both files at hand, and they may come from two layers. */
static int check_log(struct db_file *f, struct error *err)
{
	struct error why = { 0 };
	if (f->size <= RPM_WAL_HEADER)
		return 0;
	(void)error_set(&why, ERR_UNSUPPORTED,
			"changes that were not yet written into the database (%llu bytes of "
			"write-ahead log) are not read; `rpm --rebuilddb` in the image "
			"writes them",
			(unsigned long long)f->size);
	return tell_problem(f, &why, err);
}

/* Too large for what it is, or for anything: told instead of read. */
static int check_size(struct db_file *f, struct error *err)
{
	struct error why = { 0 };
	uint64_t max = f->kind == PKGDB_OS_RELEASE ? LIMIT_SMALL_FILE : LIMIT_FILE_TEMP;
	if (f->size <= max)
		return 0;
	(void)error_set(&why, ERR_LIMIT, "%llu bytes, more than %llu are not read",
			(unsigned long long)f->size, (unsigned long long)max);
	return tell_problem(f, &why, err);
}

int db_check(struct db_file *f, struct error *err)
{
	int r = f->kind == PKGDB_RPM_WAL ? check_log(f, err) : check_size(f, err);
	if (r < 0)
		return -1;
	if (f->failed)
		f->number = 0;
	return !f->failed;
}

/* A parser's error is the file's problem; one of the channel ends the job. */
static int settle(struct db_file *f, int r, const struct error *why, struct error *err)
{
	return r == 0 ? 0 : tell_problem(f, why, err);
}

int db_feed(struct db_file *f, struct bytes piece, struct error *err)
{
	struct error why = { 0 };
	if (f->number == 0 || f->failed)
		return 0;
	int r = f->text != NULL ? pkg_text_feed(f->text, piece, &why)
				: held_add(&f->out->held, piece, &why);
	return settle(f, r, &why, err);
}

static int finish_rpm(struct db_file *f, struct error *err)
{
	struct pkg_file file;
	if (held_open(&f->out->held, &file, err) < 0)
		return -1;
	return pkg_rpm_read(&file, package_sink(f), err);
}

/* Fields that a message may carry. */
static bool os_fits(const struct os_facts *o)
{
	const struct bytes fields[] = { o->id,       o->version_id, o->name,
					o->codename, o->id_like,    o->extended };
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (fields[i].n > LIMIT_PKG_FIELD)
			return false;
	return true;
}

static int finish_os_release(struct db_file *f, struct error *err)
{
	struct os_facts facts = { 0 };
	cleanup_buf struct buf scratch = buf_max(4 * LIMIT_SMALL_FILE);
	if (!os_release_parse(buf_view(&f->role), buf_view(&f->out->held.memory), &scratch, &facts))
		return 0;
	if (!os_fits(&facts))
		return error_set(err, ERR_LIMIT, "a value of more than %llu bytes",
				 (unsigned long long)LIMIT_PKG_FIELD);
	wire_os(&f->out->msg, f->number, &facts);
	return output_send(f->out, err);
}

static int parse_end(struct db_file *f, struct error *err)
{
	switch (f->kind) {
	case PKGDB_RPM_BDB:
	case PKGDB_RPM_NDB:
	case PKGDB_RPM_SQLITE:
		return finish_rpm(f, err);
	case PKGDB_OS_RELEASE:
		return finish_os_release(f, err);
	case PKGDB_RPM_WAL:
		return 0; /* without frames */
	default:
		return pkg_text_finish(f->text, err);
	}
}

int db_end(struct db_file *f, struct error *err)
{
	struct error why = { 0 };
	int r = 0;
	if (f->number == 0)
		return 0;
	if (!f->failed)
		r = settle(f, parse_end(f, &why), &why, err);
	if (r == 0 && left_out_tell(&f->left_out, &why))
		r = tell_problem(f, &why, err);
	reset(f);
	return r;
}
