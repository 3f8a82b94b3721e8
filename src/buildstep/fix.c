/* Fixes: bytes of the source replaced, shown as a diff that patch(1) takes. */
#include "buildstep/engine.h"

#include <stdarg.h>
#include <stdio.h>

enum { CONTEXT_LINES = 3, FIX_TEXT_MAX = 2048 };

void fix_replace(struct fix *f, uint32_t from, uint32_t to, struct bytes with)
{
	if (f->n == EDITS_MAX || (with.p == NULL && with.n > 0)) {
		f->impossible = true;
		return;
	}
	size_t i = f->n++;
	for (; i > 0 && f->edits[i - 1].from > from; i--)
		f->edits[i] = f->edits[i - 1];
	f->edits[i] = (struct edit){ from, to, with };
	if ((i > 0 && f->edits[i - 1].to > from) || (i + 1 < f->n && to > f->edits[i + 1].from))
		f->impossible = true;
}

static size_t line_index(const struct build *b, uint32_t at)
{
	return build_line_of(b, at) - 1;
}

static uint32_t line_end(const struct build *b, size_t line)
{
	return line + 1 < b->line_count ? b->lines[line + 1] : (uint32_t)b->source.n;
}

void fix_delete_step(struct fix *f, const struct build *b, const struct step *s)
{
	if (b->is_history)
		f->impossible = true;
	else
		fix_replace(f, b->lines[line_index(b, s->from)],
			    line_end(b, line_index(b, s->to > s->from ? s->to - 1 : s->to)),
			    bytes_of(NULL, 0));
}

struct bytes fix_text(struct judging *j, const char *fmt, ...)
{
	char text[FIX_TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	int n = vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	char *copy =
		n < 0 || (size_t)n >= sizeof text ? NULL : arena_alloc(j->scratch, (size_t)n + 1);
	if (copy == NULL)
		return bytes_of(NULL, 0);
	memcpy(copy, text, (size_t)n + 1);
	return bytes_of(copy, (size_t)n);
}

void fix_line_before(struct judging *j, struct fix *f, const struct step *s, struct bytes line)
{
	uint32_t at = j->b->is_history ? 0 : j->b->lines[line_index(j->b, s->from)];
	struct bytes text = fix_text(j, "%.*s\n", (int)line.n, (const char *)line.p);
	if (j->b->is_history || text.n == 0)
		f->impossible = true;
	else
		fix_replace(f, at, at, text);
}

/* --- writing ----------------------------------------------------------------------------- */

/* The source from..to with the edits in it. */
static int apply(const struct build *b, const struct fix *f, size_t from, size_t to,
		 struct buf *out, struct error *err)
{
	size_t at = from;
	for (size_t i = 0; i < f->n; i++) {
		const struct edit *e = &f->edits[i];
		struct bytes same = bytes_sub(b->source, at, e->from);
		if (same.n > 0 && buf_append(out, same.p, same.n, err) < 0)
			return -1;
		if (e->with.n > 0 && buf_append(out, e->with.p, e->with.n, err) < 0)
			return -1;
		at = e->to;
	}
	struct bytes rest = bytes_sub(b->source, at, to);
	return rest.n == 0 ? 0 : buf_append(out, rest.p, rest.n, err);
}

static bool has_secret(struct bytes t)
{
	cleanup_buf struct buf scratch = buf_max(4 * BUILD_TEXT_MAX);
	bool hidden = true;
	if (buildstep_mask(&scratch, t, &hidden, NULL) < 0)
		return true;
	return hidden;
}

/* Of the source: also what only the instruction as a whole tells. */
static bool hides(const struct build *b, size_t from, size_t to)
{
	return to - from > CHECK_FIX_MAX || /* too long to be shown, too */
	       (to > from && memchr(b->hidden + from, 1, to - from) != NULL) ||
	       has_secret(bytes_sub(b->source, from, to));
}

static size_t count_lines(struct bytes t)
{
	size_t n = t.n > 0 && t.p[t.n - 1] != '\n';
	for (size_t i = 0; i < t.n; i++)
		n += t.p[i] == '\n';
	return n;
}

static int put_lines(struct buf *out, char sign, struct bytes t, struct error *err)
{
	struct bytes rest = t, line;
	while (rest.n > 0) {
		bool last = bytes_index(rest, '\n') < 0;
		if (!bytes_next_field(&rest, '\n', &line))
			break;
		if (buf_append(out, &sign, 1, err) < 0 ||
		    (line.n > 0 && buf_append(out, line.p, line.n, err) < 0) ||
		    buf_append(out, "\n", 1, err) < 0)
			return -1;
		if (last)
			return buf_append_str(out, "\\ No newline at end of file\n", err);
	}
	return 0;
}

/* Lines around, up to one that has a secret in it, and then not more on the other side:
 * patch(1) takes a hunk with less behind it than before for the end of a file. */
static void widen(const struct build *b, size_t *from, size_t *to)
{
	size_t most = CONTEXT_LINES, above = 0, below = 0;
	for (; above<most && * from> above; above++)
		if (hides(b, b->lines[*from - above - 1], b->lines[*from - above]))
			most = above;
	for (; below < most && *to + below < b->line_count; below++) {
		uint32_t begin = b->lines[*to + below], end = line_end(b, *to + below);
		if (end == begin)
			break;
		if (hides(b, begin, end))
			most = below;
	}
	*from -= above < most ? above : most;
	*to += below < most ? below : most;
}

/* A file name that needs no quoting in a diff; another is told as Dockerfile. */
static struct bytes diff_name(const struct build *b)
{
	bool plain = b->path.n > 0;
	for (size_t i = 0; i < b->path.n; i++)
		plain = plain && b->path.p[i] > ' ' && b->path.p[i] < 0x7f && b->path.p[i] != '"' &&
			b->path.p[i] != '\\';
	return plain ? b->path : BYTES_LIT("Dockerfile");
}

static int put_diff(const struct build *b, const struct fix *f, struct buf *out, struct error *err)
{
	cleanup_buf struct buf now = buf_max(BUILD_TEXT_MAX);
	uint32_t end = f->edits[f->n - 1].to, begin = f->edits[0].from;
	size_t from = line_index(b, begin);
	size_t to =
		line_index(b, end > begin ? end - 1 : end) + (end > begin || end > b->lines[from]);
	size_t first = from, last = to;
	struct bytes name = diff_name(b);
	size_t old_to = to > 0 ? line_end(b, to - 1) : 0;
	if (to <= from)
		old_to = b->lines[from];
	struct bytes old = bytes_sub(b->source, b->lines[from], old_to);
	if (hides(b, b->lines[from], old_to))
		return 0;
	if (apply(b, f, b->lines[from], old_to, &now, err) < 0)
		return -1;
	if (bytes_equal(old, buf_view(&now)) || has_secret(buf_view(&now)))
		return 0;
	widen(b, &first, &last);
	struct bytes above = bytes_sub(b->source, b->lines[first], b->lines[from]);
	size_t below_to = last > 0 ? line_end(b, last - 1) : 0;
	struct bytes below = bytes_sub(b->source, old_to, last > to ? below_to : old_to);
	size_t around = count_lines(above) + count_lines(below);
	size_t old_n = around + count_lines(old), new_n = around + count_lines(buf_view(&now));
	if (buf_printf(out, err, "--- %.*s\n+++ %.*s\n@@ -%zu,%zu +%zu,%zu @@\n", (int)name.n,
		       (const char *)name.p, (int)name.n, (const char *)name.p,
		       old_n == 0 ? first : first + 1, old_n, new_n == 0 ? first : first + 1,
		       new_n) < 0)
		return -1;
	if (put_lines(out, ' ', above, err) < 0 || put_lines(out, '-', old, err) < 0 ||
	    put_lines(out, '+', buf_view(&now), err) < 0)
		return -1;
	return put_lines(out, ' ', below, err);
}

static int put_instruction(const struct build *b, const struct hit *h, struct buf *out,
			   struct error *err)
{
	if (hides(b, h->step->from, h->step->to))
		return 0;
	if (apply(b, &h->fix, h->step->from, h->step->to, out, err) < 0)
		return -1;
	if (has_secret(buf_view(out)))
		out->n = 0;
	return 0;
}

int fix_write(const struct build *b, const struct hit *h, struct buf *out, struct error *err)
{
	struct error why = { 0 };
	if (h->fix.n == 0 || h->fix.impossible)
		return 0;
	int r = b->is_history ? put_instruction(b, h, out, &why) : put_diff(b, &h->fix, out, &why);
	if (r == 0 && bytes_index(buf_view(out), 0) < 0)
		return 0;
	out->n = 0; /* too long to be shown: the advice has to do */
	return r == 0 || why.code == ERR_LIMIT ? 0 : error_set(err, why.code, "%s", why.text);
}
