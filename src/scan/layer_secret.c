#include "scan/layer_scan_internal.h"

static int on_match(void *ctx, const struct secret_match *m, struct error *err)
{
	struct secret_file *f = ctx;
	wire_secret(&f->out->msg, buf_view(&f->out->path), m);
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
	f->active = f->engine != NULL &&
		    secret_begin(f->engine, buf_view(&f->out->path), size, sink, err);
	return f->active;
}

int secret_file_feed(struct secret_file *f, struct bytes piece, struct error *err)
{
	return f->active ? secret_feed(f->engine, piece, err) : 0;
}

int secret_file_end(struct secret_file *f, struct error *err)
{
	bool was_active = f->active;
	f->active = false;
	return was_active ? secret_end(f->engine, err) : 0;
}
