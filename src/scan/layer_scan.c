#include "scan/layer_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "scan/role.h"

#define PROGRESS_STEP (16 * MIB)

/* The file being read. */
struct content {
	uint32_t number; /* 0: none */
	enum pkgdb_kind kind;
	struct buf path, role; /* role: the path that tells how to read it */
	struct pkg_text_parser *text;
	struct buf memory; /* of a file that is read whole */
	uint64_t size, spilled; /* spilled: bytes in the temporary file */
	uint64_t skipped; /* records left out */
	char first_reason[160];
	bool failed; /* a problem was told; the rest is ignored */
};

struct layer_scan {
	struct channel *out;
	int temp_fd;
	const struct layer_job *job;
	struct interest interest;
	struct layer_reader *reader;
	struct tar_reader *tar;
	uint32_t contents;
	uint64_t raw, progress_at; /* bytes fed, and when the parent was told */
	struct content at;
	struct buf role;
	struct msg msg;
};

static int send(struct layer_scan *s, struct error *err)
{
	return channel_put(s->out, &s->msg, err);
}

/* A problem with the file at hand: told once, the layer goes on. Damage is told
 * whatever becomes of the file; a log only matters while it lies there. */
static int tell_problem(struct layer_scan *s, const struct error *why, struct error *err)
{
	struct layer_problem p = { .content = s->at.kind == PKGDB_RPM_WAL ? s->at.number : 0,
				   .code = why->code,
				   .what = buf_view(&s->at.path),
				   .text = bytes_str(why->text) };
	s->at.failed = true;
	wire_problem(&s->msg, &p);
	return send(s, err);
}

/* --- what the parsers tell ----------------------------------------------------- */

static int on_package(void *ctx, const struct pkg_record *pkg, struct error *err)
{
	struct layer_scan *s = ctx;
	wire_package(&s->msg, s->at.number, pkg);
	return send(s, err);
}

static void on_skipped(void *ctx, const char *why)
{
	struct layer_scan *s = ctx;
	if (s->at.skipped++ == 0)
		(void)snprintf(s->at.first_reason, sizeof s->at.first_reason, "%s", why);
}

static struct pkg_sink package_sink(struct layer_scan *s)
{
	return (struct pkg_sink){ .package = on_package, .skipped = on_skipped, .ctx = s };
}

static int tell_skipped(struct layer_scan *s, struct error *err)
{
	struct error why = { 0 };
	if (s->at.skipped == 0)
		return 0;
	(void)error_set(&why, ERR_UNPARSABLE, "%llu records could not be understood; the first: %s",
			(unsigned long long)s->at.skipped, s->at.first_reason);
	return tell_problem(s, &why, err);
}

/* --- one file ------------------------------------------------------------------- */

static bool is_text_database(enum pkgdb_kind kind)
{
	return kind == PKGDB_DPKG_STATUS || kind == PKGDB_DPKG_STATUS_D ||
	       kind == PKGDB_APK_INSTALLED || kind == PKGDB_RPM_MANIFEST;
}

static int content_set_path(struct content *c, struct bytes path, struct bytes role,
			    struct error *err)
{
	c->path.n = c->role.n = 0;
	if (buf_append(&c->path, path.p, path.n, err) < 0)
		return -1;
	return buf_append(&c->role, role.p, role.n, err);
}

static void content_reset(struct content *c)
{
	struct buf path = c->path, role = c->role, memory = c->memory;
	pkg_text_free(c->text);
	memory.n = 0;
	*c = (struct content){ .path = path, .role = role, .memory = memory };
}

/* TAR_CONTENT when the file is to be read. */
static int content_begin(struct layer_scan *s, struct bytes path, struct bytes role, uint64_t size,
			 uint32_t *ret_number, struct error *err)
{
	struct content *c = &s->at;
	enum pkgdb_kind kind = pkgdb_classify(role);
	if (kind == PKGDB_NONE)
		return TAR_SKIP;
	content_reset(c);
	if (content_set_path(c, path, role, err) < 0)
		return -1;
	c->kind = kind;
	c->size = size;
	c->number = ++s->contents;
	*ret_number = c->number;
	if (is_text_database(kind)) {
		c->text = pkg_text_new(kind, package_sink(s));
		if (c->text == NULL)
			return error_set(err, ERR_MEMORY, "no memory to read %.*s", (int)path.n,
					 (const char *)path.p);
	}
	return TAR_CONTENT;
}

/* What SQLite has yet to copy into the database can only be told apart from what
 * it has copied with both files at hand, and they may come from two layers. */
static int check_log(struct layer_scan *s, struct error *err)
{
	struct error why = { 0 };
	if (s->at.size <= RPM_WAL_HEADER)
		return 0;
	(void)error_set(&why, ERR_UNSUPPORTED,
			"changes that were not yet written into the database (%llu bytes of "
			"write-ahead log) are not read; `rpm --rebuilddb` in the image "
			"writes them",
			(unsigned long long)s->at.size);
	return tell_problem(s, &why, err);
}

/* Too large for what it is, or for anything: told instead of read. */
static int content_check_size(struct layer_scan *s, struct error *err)
{
	struct error why = { 0 };
	if (s->at.kind == PKGDB_RPM_WAL)
		return check_log(s, err);
	uint64_t max = s->at.kind == PKGDB_OS_RELEASE ? LIMIT_SMALL_FILE : LIMIT_FILE_TEMP;
	if (s->at.size <= max)
		return 0;
	(void)error_set(&why, ERR_LIMIT, "%llu bytes, more than %llu are not read",
			(unsigned long long)s->at.size, (unsigned long long)max);
	return tell_problem(s, &why, err);
}

static int spill(struct layer_scan *s, struct error *err)
{
	struct content *c = &s->at;
	const uint8_t *p = c->memory.p;
	size_t left = c->memory.n;
	if (s->temp_fd < 0)
		return error_set(err, ERR_LIMIT,
				 "more than %llu bytes and no temporary file: set TMPDIR to a "
				 "directory that can be written",
				 (unsigned long long)LIMIT_FILE_MEMORY);
	while (left > 0) {
		ssize_t n = pwrite(s->temp_fd, p, left, (off_t)c->spilled);
		if (n < 0)
			return error_errno(err, "the temporary file");
		c->spilled += (uint64_t)n;
		p += n;
		left -= (size_t)n;
	}
	c->memory.n = 0;
	return 0;
}

static int content_piece(struct layer_scan *s, struct bytes piece, struct error *err)
{
	struct content *c = &s->at;
	if (c->text != NULL)
		return pkg_text_feed(c->text, piece, err);
	if (c->memory.n + piece.n > LIMIT_FILE_MEMORY && spill(s, err) < 0)
		return -1;
	return buf_append(&c->memory, piece.p, piece.n, err);
}

static int read_at(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	struct layer_scan *s = ctx;
	const struct content *c = &s->at;
	uint64_t end;
	if (checked_add(at, n, &end) || end > c->size)
		return error_set(err, ERR_TRUNCATED, "the database ends before byte %llu",
				 (unsigned long long)at);
	if (c->spilled == 0) {
		memcpy(p, c->memory.p + at, n);
		return 0;
	}
	ssize_t got = fd_pread_full(s->temp_fd, p, n, (off_t)at);
	if (got < 0 || (size_t)got != n)
		return error_errno(err, "the temporary file");
	return 0;
}

static int finish_rpm(struct layer_scan *s, struct error *err)
{
	struct content *c = &s->at;
	if (c->spilled > 0 && spill(s, err) < 0)
		return -1;
	struct pkg_file file = { .size = c->spilled > 0 ? c->spilled : c->memory.n,
				 .read_at = read_at,
				 .ctx = s };
	c->size = file.size;
	return pkg_rpm_read(&file, package_sink(s), err);
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

static int finish_os_release(struct layer_scan *s, struct error *err)
{
	struct os_facts facts = { 0 };
	cleanup_buf struct buf scratch = buf_max(4 * LIMIT_SMALL_FILE);
	if (!os_release_parse(buf_view(&s->at.role), buf_view(&s->at.memory), &scratch, &facts))
		return 0;
	if (!os_fits(&facts))
		return error_set(err, ERR_LIMIT, "a value of more than %llu bytes",
				 (unsigned long long)LIMIT_PKG_FIELD);
	wire_os(&s->msg, s->at.number, &facts);
	return send(s, err);
}

static int content_parse_end(struct layer_scan *s, struct error *err)
{
	switch (s->at.kind) {
	case PKGDB_RPM_BDB:
	case PKGDB_RPM_NDB:
	case PKGDB_RPM_SQLITE:
		return finish_rpm(s, err);
	case PKGDB_OS_RELEASE:
		return finish_os_release(s, err);
	case PKGDB_RPM_WAL:
		return 0; /* without frames */
	default:
		return pkg_text_finish(s->at.text, err);
	}
}

/* A parser's error is the file's problem; one of the channel ends the job. */
static int settle(struct layer_scan *s, int r, const struct error *why, struct error *err)
{
	if (r == 0)
		return 0;
	return tell_problem(s, why, err);
}

/* --- the tar sink ----------------------------------------------------------------- */

static int on_entry(void *ctx, const struct tar_entry *e, struct error *err)
{
	struct layer_scan *s = ctx;
	struct layer_change change;
	if (tar_entries(s->tar) > LIMIT_LAYER_ENTRIES)
		return error_set(err, ERR_LIMIT, "more than %d entries", LIMIT_LAYER_ENTRIES);
	int matters = layer_reader_entry(s->reader, e, &change, err);
	if (matters <= 0)
		return matters < 0 ? -1 : TAR_SKIP;
	int want = TAR_SKIP;
	if (change.kind == CHANGE_FILE && interest_wants(&s->interest, change.path))
		want = content_begin(
			s, change.path,
			role_of(s->job->extras, s->job->extra_count, change.path, &s->role),
			e->size, &change.content, err);
	if (want < 0)
		return -1;
	wire_change(&s->msg, &change);
	if (send(s, err) < 0)
		return -1;
	if (want == TAR_CONTENT && content_check_size(s, err) < 0)
		return -1;
	return want == TAR_CONTENT && s->at.failed ? TAR_SKIP : want;
}

static int on_content(void *ctx, struct bytes piece, struct error *err)
{
	struct layer_scan *s = ctx;
	struct error why = { 0 };
	if (s->at.failed)
		return 0;
	return settle(s, content_piece(s, piece, &why), &why, err);
}

static int on_end(void *ctx, struct error *err)
{
	struct layer_scan *s = ctx;
	struct error why = { 0 };
	int r = 0;
	if (!s->at.failed)
		r = settle(s, content_parse_end(s, &why), &why, err);
	if (r == 0)
		r = tell_skipped(s, err);
	if (s->at.spilled > 0 && ftruncate(s->temp_fd, 0) < 0)
		return error_errno(err, "the temporary file");
	content_reset(&s->at);
	return r;
}

/* --- life -------------------------------------------------------------------------- */

static int fill_interest(struct layer_scan *s, struct error *err)
{
	interest_init(&s->interest);
	for (const char *const *path = pkgdb_paths; *path != NULL; path++)
		if (interest_add(&s->interest, bytes_str(*path), err) < 0)
			return -1;
	for (size_t i = 0; i < s->job->extra_count; i++)
		if (interest_add(&s->interest, s->job->extras[i].path, err) < 0)
			return -1;
	return 0;
}

struct layer_scan *layer_scan_new(struct channel *out, int temp_fd, const struct layer_job *job,
				  struct error *err)
{
	struct layer_scan *s = calloc(1, sizeof *s);
	if (s == NULL) {
		error_set(err, ERR_MEMORY, "no memory to read a layer");
		return NULL;
	}
	s->out = out;
	s->temp_fd = temp_fd;
	s->job = job;
	s->at.path = s->at.role = buf_max(2 * LIMIT_PATH_BYTES);
	s->at.memory = buf_max(LIMIT_FILE_MEMORY);
	s->role = buf_max(4 * LIMIT_PATH_BYTES);
	if (fill_interest(s, err) < 0) {
		layer_scan_free(s);
		return NULL;
	}
	s->reader = layer_reader_new(&s->interest);
	s->tar = tar_reader_new((struct tar_sink){ on_entry, on_content, on_end, s });
	if (s->reader == NULL || s->tar == NULL) {
		error_set(err, ERR_MEMORY, "no memory to read a layer");
		layer_scan_free(s);
		return NULL;
	}
	return s;
}

void layer_scan_free(struct layer_scan *s)
{
	if (s == NULL)
		return;
	tar_reader_free(s->tar);
	layer_reader_free(s->reader);
	interest_free(&s->interest);
	pkg_text_free(s->at.text);
	buf_free(&s->at.path);
	buf_free(&s->at.role);
	buf_free(&s->role);
	buf_free(&s->at.memory);
	msg_free(&s->msg);
	free(s);
}

static int tell_progress(struct layer_scan *s, struct error *err)
{
	s->progress_at = s->raw;
	wire_progress(&s->msg, s->raw);
	if (send(s, err) < 0)
		return -1;
	return channel_flush(s->out, err);
}

int layer_scan_feed(void *scan, struct bytes raw, struct error *err)
{
	struct layer_scan *s = scan;
	s->raw += raw.n;
	if (s->raw - s->progress_at >= PROGRESS_STEP && tell_progress(s, err) < 0)
		return -1;
	return tar_feed(s->tar, raw, err);
}

int layer_scan_finish(struct layer_scan *s, struct error *err)
{
	return tar_finish(s->tar, err);
}

uint64_t layer_scan_entries(const struct layer_scan *s)
{
	return tar_entries(s->tar);
}
