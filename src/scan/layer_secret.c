#include "scan/layer_scan_internal.h"

void secret_file_init(struct secret_file *f, struct secret_engine *engine, struct sums *sums,
		      struct layer_output *out)
{
	*f = (struct secret_file){ .engine = engine,
				   .sums = sums,
				   .out = out,
				   .manifest = { .text = buf_max(LIMIT_MANIFEST_TEXT) } };
}

void secret_file_free(struct secret_file *f)
{
	buf_free(&f->manifest.text);
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
	f->sums->secrets++;
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

bool secret_file_begin(struct secret_file *f, uint64_t size, struct error *err)
{
	struct secret_sink sink = { on_match, on_limit, f };
	f->active = f->engine != NULL &&
		    secret_begin(f->engine, buf_view(&f->out->path), size, sink, err);
	if (f->active)
		manifest_begin(&f->manifest, buf_view(&f->out->path), size);
	return f->active;
}

bool secret_file_is_open(const struct secret_file *f)
{
	return f->active && !secret_left(f->engine);
}

int secret_file_feed(struct secret_file *f, struct bytes piece, struct error *err)
{
	if (!f->active)
		return 0;
	if (secret_feed(f->engine, piece, err) < 0)
		return -1;
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
	return manifest_end(&f->manifest, f, err);
}

int secret_file_text(struct secret_file *f, uint32_t line, struct bytes text, struct error *err)
{
	struct secret_sink sink = { on_match, on_limit, f };
	f->line = line;
	int r = secret_text(f->engine, buf_view(&f->out->path), text, sink, err);
	f->line = 0;
	return r;
}
