#include "scan/layer_scan_internal.h"

enum { NOTES_OF_FILE = 16 };

bool app_begin(struct app_file *f, uint32_t mode, uint64_t size, bool locks)
{
	enum app_kind kind = apps_classify(buf_view(&f->out->path), mode, size);
	*f = (struct app_file){ .out = f->out };
	if (kind == APP_NONE || size == 0 || (app_kind_is_lock(kind) && !locks))
		return false;
	f->kind = kind;
	return true;
}

/* The file is told with the first thing that is told of it. */
static int tell_file(struct app_file *f, struct error *err)
{
	if (f->number != 0)
		return 0;
	f->number = ++f->out->contents;
	wire_file(&f->out->msg, f->number, buf_view(&f->out->path));
	return output_send(f->out, err);
}

static int tell_problem(struct app_file *f, const struct error *why, struct error *err)
{
	f->kind = APP_NONE;
	if (tell_file(f, err) < 0)
		return -1;
	return output_problem(f->out, f->number, why, err);
}

static int on_package(void *ctx, const struct app_record *r, struct error *err)
{
	struct app_file *f = ctx;
	if (tell_file(f, err) < 0)
		return -1;
	wire_app_package(&f->out->msg, f->number, r);
	return output_send(f->out, err);
}

static void on_skipped(void *ctx, const char *why)
{
	struct app_file *f = ctx;
	left_out_add(&f->left_out, why);
}

static void on_noted(void *ctx, uint32_t line, const char *what)
{
	struct app_file *f = ctx;
	if (f->failed.code != ERR_NONE || f->notes++ >= NOTES_OF_FILE)
		return;
	if (tell_file(f, &f->failed) == 0)
		(void)output_note(f->out, f->number, line, what, &f->failed);
}

/* The first bytes decide whether the rest is worth keeping. */
static void judge(struct app_file *f)
{
	f->judged = true;
	if (!apps_fits(f->kind, buf_view(&f->out->held.memory)))
		f->kind = APP_NONE;
}

int app_feed(struct app_file *f, struct bytes piece, struct error *err)
{
	struct error why = { 0 };
	if (f->kind == APP_NONE)
		return 0;
	if (!f->judged && f->out->held.memory.n + piece.n >= APPS_HEAD) {
		struct bytes head = bytes_sub(piece, 0, APPS_HEAD - f->out->held.memory.n);
		piece = bytes_sub(piece, head.n, piece.n);
		if (held_add(&f->out->held, head, &why) < 0)
			return tell_problem(f, &why, err);
		judge(f);
	}
	if (f->kind == APP_NONE || held_add(&f->out->held, piece, &why) == 0)
		return 0;
	return tell_problem(f, &why, err);
}

int app_end(struct app_file *f, struct error *err)
{
	struct error why = { 0 };
	struct pkg_file file;
	struct app_sink sink = {
		.package = on_package, .skipped = on_skipped, .ctx = f, .noted = on_noted
	};
	if (f->kind != APP_NONE && !f->judged)
		judge(f);
	if (f->kind == APP_NONE)
		return 0;
	if (held_open(&f->out->held, &file, &why) < 0 ||
	    apps_read(f->kind, buf_view(&f->out->path), &file, sink, &why) < 0)
		return tell_problem(f, &why, err);
	if (f->failed.code != ERR_NONE) {
		*err = f->failed;
		return -1;
	}
	if (left_out_tell(&f->left_out, &why))
		return tell_problem(f, &why, err);
	f->kind = APP_NONE;
	return 0;
}
