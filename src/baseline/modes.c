/* Rules about what an entry is, not about what is in it. */
#include <stdio.h>

#include "baseline/internal.h"

static bool any_path(const struct words *w, struct bytes path)
{
	for (size_t i = 0; i < w->n; i++)
		if (base_glob(w->list[i], path, GLOB_PATH, false))
			return true;
	return false;
}

bool mode_fits(const struct rule *r, const struct baseline_entry *e)
{
	const struct mode_rule *m = &r->mode;
	if ((m->types >> e->type & 1) == 0 || (e->mode & m->all) != m->all)
		return false;
	if ((m->any != 0 && (e->mode & m->any) == 0) || (e->mode & m->none) != 0)
		return false;
	if ((m->capability && !e->has_capability) || (m->not_root && e->uid == 0))
		return false;
	return any_path(&r->files, e->path) && !any_path(&r->unless, e->path);
}

/* As ls(1) writes it. */
static void mode_text(char out[static 11], const struct baseline_entry *e)
{
	static const char types[] = { '-', 'd', 'b' }, bits[] = "rwxrwxrwx";
	out[0] = types[e->type];
	for (int i = 0; i < 9; i++)
		out[1 + i] = (e->mode >> (8 - i) & 1) != 0 ? bits[i] : '-';
	if ((e->mode & 04000) != 0)
		out[3] = out[3] == 'x' ? 's' : 'S';
	if ((e->mode & 02000) != 0)
		out[6] = out[6] == 'x' ? 's' : 'S';
	if ((e->mode & 01000) != 0)
		out[9] = out[9] == 'x' ? 't' : 'T';
	out[10] = '\0';
}

/* In single quotes; a path that has one, or what drives a terminal, is not written. */
static bool put_path(struct buf *out, struct bytes path)
{
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] < 0x20 || path.p[i] == 0x7f || path.p[i] == '\'')
			return false;
	return buf_append_str(out, " '/", NULL) == 0 &&
	       buf_append(out, path.p, path.n, NULL) == 0 && buf_append_str(out, "'", NULL) == 0;
}

static void put_fix(struct buf *out, const struct rule *r, const struct baseline_entry *e)
{
	struct bytes change = r->mode.change;
	bool goes = bytes_equal(change, BYTES_LIT("rm"));
	if (change.n == 0)
		return;
	bool done = goes ? buf_append_str(out, "rm -f", NULL) == 0
			 : buf_append_str(out, "chmod ", NULL) == 0 &&
				    buf_append(out, change.p, change.n, NULL) == 0;
	if (!done || !put_path(out, e->path))
		out->n = 0;
}

int judge_mode(const struct rule *r, const struct baseline_entry *e, const struct check_sink *sink,
	       struct error *err)
{
	char mode[11];
	cleanup_buf struct buf fix = buf_max(CHECK_FIX_MAX), evidence = buf_max(CHECK_EVIDENCE_MAX);
	mode_text(mode, e);
	(void)buf_printf(&evidence, NULL, "%s %u:%u%s", mode, e->uid, e->gid,
			 e->has_capability ? " with capabilities" : "");
	put_fix(&fix, r, e);
	struct check_match m = { .rule = r->number,
				 .path = e->path,
				 .evidence = buf_view(&evidence),
				 .fix = buf_view(&fix) };
	return sink->match(sink->ctx, &m, err);
}
