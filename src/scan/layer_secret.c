#include "scan/layer_scan_internal.h"

void secret_file_init(struct secret_file *f, struct secret_engine *engine, struct layer_output *out)
{
	*f = (struct secret_file){ .engine = engine,
				   .out = out,
				   .kept = buf_max(SECRET_KEPT_MAX),
				   .manifest = { .text = buf_max(LIMIT_MANIFEST_TEXT) },
				   .sha256 = sha256_new(),
				   .md5 = md5_new() };
}

void secret_file_free(struct secret_file *f)
{
	buf_free(&f->kept);
	buf_free(&f->manifest.text);
	sha256_free(f->sha256);
	md5_free(f->md5);
}

/* --- sums -------------------------------------------------------------------------- */

static void sums_add(struct secret_file *f, struct bytes piece)
{
	if (piece.n == 0)
		return;
	sha256_update(f->sha256, piece.p, piece.n);
	md5_update(f->md5, piece.p, piece.n);
}

static void sums_start(struct secret_file *f)
{
	sha256_reset(f->sha256);
	md5_reset(f->md5);
	sums_add(f, buf_view(&f->kept));
	f->kept.n = 0;
	f->sums = SUMS_RUN;
}

/* After the engine has seen the piece. Most files come in one piece and have nothing:
 * they are neither kept nor summed. */
static void sums_feed(struct secret_file *f, struct bytes piece)
{
	if (f->sums == SUMS_KEEP && f->found > 0)
		sums_start(f);
	else if (f->sums == SUMS_KEEP &&
		 (secret_left(f->engine) || buf_append(&f->kept, piece.p, piece.n, NULL) < 0))
		f->sums = SUMS_NONE;
	if (f->sums == SUMS_RUN)
		sums_add(f, piece);
}

static int sums_tell(struct secret_file *f, struct error *err)
{
	struct file_sums sums;
	if (f->sums == SUMS_KEEP)
		sums_start(f);
	if (f->sums != SUMS_RUN)
		return 0;
	sha256_final(f->sha256, &sums.sha256);
	md5_final(f->md5, sums.md5);
	wire_secret_file(&f->out->msg, f->found, &sums);
	return output_send(f->out, err);
}

/* --- the file at hand ----------------------------------------------------------------- */

static int on_match(void *ctx, const struct secret_match *m, struct error *err)
{
	struct secret_file *f = ctx;
	struct secret_match told = *m;
	if (f->line != 0) {
		told.line = f->line;
		told.column = 1;
	}
	f->found++;
	wire_secret(&f->out->msg, buf_view(&f->out->path), &told, f->origin);
	return output_send(f->out, err);
}

static int on_limit(void *ctx, const char *what, struct error *err)
{
	struct secret_file *f = ctx;
	struct error why = { 0 };
	(void)error_set(&why, ERR_LIMIT, "secrets beyond the limit (%s) are not told", what);
	return output_problem(f->out, 0, &why, err);
}

int secret_file_begin(struct secret_file *f, uint64_t size, struct error *err)
{
	struct secret_sink sink = { on_match, on_limit, f };
	f->found = 0;
	f->sums = SUMS_KEEP;
	f->kept.n = 0;
	f->active = f->engine != NULL &&
		    secret_begin(f->engine, buf_view(&f->out->path), size, sink, err);
	if (f->active)
		manifest_begin(&f->manifest, buf_view(&f->out->path), size);
	if (!f->active && f->found > 0 && sums_tell(f, err) < 0)
		return -1; /* an empty file, by its name */
	return f->active;
}

int secret_file_feed(struct secret_file *f, struct bytes piece, struct error *err)
{
	if (!f->active)
		return 0;
	if (secret_feed(f->engine, piece, err) < 0)
		return -1;
	sums_feed(f, piece);
	return manifest_feed(&f->manifest, piece, err);
}

int secret_file_end(struct secret_file *f, struct error *err)
{
	bool was_active = f->active;
	f->active = false;
	if (!was_active)
		return 0;
	if (secret_end(f->engine, err) < 0)
		return -1;
	if (manifest_end(&f->manifest, f, err) < 0)
		return -1;
	return f->found > 0 ? sums_tell(f, err) : 0;
}

int secret_file_text(struct secret_file *f, uint32_t line, struct bytes text, struct error *err)
{
	struct secret_sink sink = { on_match, on_limit, f };
	f->line = line;
	int r = secret_text(f->engine, buf_view(&f->out->path), text, sink, err);
	f->line = 0;
	return r;
}
