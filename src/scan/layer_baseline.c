#include <stdio.h>

#include "scan/layer_scan_internal.h"

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	struct baseline_file *f = ctx;
	f->told++;
	f->sums->checks += f->is_file;
	wire_check(&f->out->msg, m);
	return output_send(f->out, err);
}

static int on_limit(void *ctx, struct bytes path, const char *what, struct error *err)
{
	struct baseline_file *f = ctx;
	struct error why = { 0 };
	(void)path;
	(void)error_set(&why, ERR_LIMIT, "settings beyond the limit (%s) are not judged", what);
	return output_problem(f->out, 0, &why, err);
}

static int on_fact(void *ctx, const struct baseline_fact *fact, struct error *err)
{
	struct baseline_file *f = ctx;
	wire_account(&f->out->msg, fact);
	return output_send(f->out, err);
}

static int on_unread(void *ctx, struct bytes path, const char *why, struct error *err)
{
	struct baseline_file *f = ctx;
	char text[128];
	(void)path;
	(void)snprintf(text, sizeof text, "its settings are not judged: %s", why);
	return output_note(f->out, 0, 0, text, err);
}

static bool type_of(const struct tar_entry *e, enum change_kind kind, enum baseline_type *ret)
{
	if (kind == CHANGE_FILE)
		*ret = BASELINE_FILE;
	else if (kind == CHANGE_DIR)
		*ret = BASELINE_DIR;
	else if (kind == CHANGE_OTHER && (e->type == TAR_CHAR || e->type == TAR_BLOCK))
		*ret = BASELINE_DEVICE;
	else
		return false;
	return true;
}

int baseline_file_begin(struct baseline_file *f, const struct tar_entry *e, enum change_kind kind,
			struct error *err)
{
	struct baseline_entry entry = { .path = buf_view(&f->out->path),
					.mode = e->mode,
					.uid = e->uid,
					.gid = e->gid,
					.size = e->size,
					.has_capability = e->has_capability };
	struct baseline_sink sink = { { on_match, on_limit, f }, on_fact, on_unread, f };
	f->active = false;
	f->told = 0;
	if (f->engine == NULL || !type_of(e, kind, &entry.type))
		return 0;
	f->is_file = entry.type == BASELINE_FILE;
	int wanted = baseline_begin(f->engine, &entry, sink, err);
	f->active = wanted == 1;
	/* Of a file with findings the sums are told, too. */
	return wanted < 0 ? -1 : f->is_file && (f->active || f->told > 0);
}

int baseline_file_feed(struct baseline_file *f, struct bytes piece, struct error *err)
{
	return f->active ? baseline_feed(f->engine, piece, err) : 0;
}

int baseline_file_end(struct baseline_file *f, struct error *err)
{
	bool was_active = f->active;
	f->active = false;
	return was_active ? baseline_end(f->engine, err) : 0;
}
