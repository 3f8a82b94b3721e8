/* From a hit to a match: what is shown of it. */
#include "buildstep/engine.h"

enum { SHOWN_MAX = 4 * CHECK_EVIDENCE_MAX, KEY_BYTES = 8 };

/* --- evidence ------------------------------------------------------------------------- */

/* A comment between the lines of an instruction, which begins at i. */
static bool is_comment_line(struct bytes t, size_t i)
{
	if (i == 0 || t.p[i] != '#')
		return false;
	while (i > 0 && (t.p[i - 1] == ' ' || t.p[i - 1] == '\t'))
		i--;
	return i > 0 && t.p[i - 1] == '\n';
}

static int put_byte(struct buf *out, uint8_t c, bool *blank, struct error *err)
{
	if (*blank && out->n > 0 && buf_append(out, " ", 1, err) < 0)
		return -1;
	*blank = false;
	c = c == 0 ? '?' : c; /* texts end with one on their way */
	return buf_append(out, &c, 1, err);
}

/* A part of the source as one line: continued lines joined, comments left out, blanks as
 * one, secrets as stars. */
static int put_source(const struct build *b, struct buf *out, uint32_t from, uint32_t to,
		      struct error *err)
{
	struct bytes t = bytes_sub(b->source, from, to);
	bool blank = false, stars = false;
	for (size_t i = 0; i < t.n && out->n < SHOWN_MAX; i++) {
		uint8_t c = t.p[i];
		bool hidden = b->hidden[from + i] != 0;
		bool continued =
			c == b->escape && i + 1 < t.n && (t.p[i + 1] == '\n' || t.p[i + 1] == '\r');
		if (is_comment_line(t, i))
			while (i + 1 < t.n && t.p[i + 1] != '\n')
				i++;
		else if (hidden && !stars && buf_append_str(out, blank ? " ****" : "****", err) < 0)
			return -1;
		else if (!hidden && (continued || c == ' ' || c == '\t' || c == '\n' || c == '\r'))
			blank = true;
		else if (!hidden && put_byte(out, c, &blank, err) < 0)
			return -1;
		blank = blank && !hidden;
		stars = hidden;
	}
	return 0;
}

/* "RUN … apt-get upgrade …": the command that is meant, and that there are others. */
static int put_command(struct judging *j, const struct hit *h, struct buf *out)
{
	const struct step *s = h->step;
	uint32_t from = h->to > 0 ? h->from : h->command->from;
	uint32_t to = h->to > 0 ? h->to : h->command->to;
	bool first = true, last = true;
	cleanup_buf struct buf text = buf_max(2 * SHOWN_MAX);
	for (size_t i = 0; i < s->command_count; i++) {
		first = first && s->commands[i].from >= from;
		last = last && s->commands[i].to <= to;
	}
	if (put_source(j->b, &text, from, to, j->err) < 0 ||
	    buf_printf(out, j->err, "%s%s%s ", s->onbuild ? "ONBUILD " : "", step_op_name(s->op),
		       first ? "" : " …") < 0 ||
	    buf_append(out, text.p, text.n, j->err) < 0)
		return -1;
	return last ? 0 : buf_append_str(out, " …", j->err);
}

void hit_show_line(struct hit *h, const struct build *b, uint32_t at)
{
	const struct step *s = h->step;
	uint32_t line = build_line_of(b, at);
	h->at = at;
	if (line == build_line_of(b, s->from) && line == build_line_of(b, s->to))
		return;
	h->from = b->lines[line - 1] > s->from ? b->lines[line - 1] : s->from;
	h->to = line < b->line_count ? b->lines[line] : (uint32_t)b->source.n;
	h->to = h->to < s->to ? h->to : s->to;
}

/* "ENV … TOKEN=**** …" */
static int put_part(struct judging *j, const struct hit *h, struct buf *out)
{
	cleanup_buf struct buf text = buf_max(2 * SHOWN_MAX);
	const struct step *s = h->step;
	bool first = h->from == s->from;
	if (put_source(j->b, &text, h->from, h->to, j->err) < 0 ||
	    (!first && buf_printf(out, j->err, "%s … ", step_op_name(s->op)) < 0) ||
	    buf_append(out, text.p, text.n, j->err) < 0)
		return -1;
	return h->to < s->to ? buf_append_str(out, " …", j->err) : 0;
}

static int put_evidence(struct judging *j, const struct hit *h, struct buf *out)
{
	if (h->evidence.n > 0)
		return buildstep_mask(out, h->evidence, NULL, j->err);
	if (h->step == NULL)
		return 0;
	if (h->to > h->from && h->command == NULL)
		return put_part(j, h, out);
	if (h->command != NULL)
		return put_command(j, h, out);
	return put_source(j->b, out, h->step->from, h->step->to, j->err);
}

/* Cut between characters, with a sign that it was. */
static struct bytes cut(struct buf *text)
{
	static const char dots[] = " …";
	size_t n = CHECK_EVIDENCE_MAX - sizeof dots;
	if (text->n <= CHECK_EVIDENCE_MAX)
		return buf_view(text);
	while (n > 0 && (text->p[n] & 0xc0) == 0x80)
		n--;
	memcpy(text->p + n, dots, sizeof dots - 1);
	text->n = n + sizeof dots - 1;
	return buf_view(text);
}

/* --- key --------------------------------------------------------------------------------- */

/* Of what is shown, so that it stays when lines above change; told twice, the second gets
 * another. */
static void make_key(const struct judging *j, struct bytes evidence, char out[2 * KEY_BYTES + 12])
{
	struct digest d;
	sha256_of(evidence, &d);
	hex_text(d.sha256, KEY_BYTES, out);
	(void)j;
}

static const char *place_text(struct judging *j, const struct hit *h, struct bytes *ret)
{
	const struct step *s = h->step;
	if (!j->b->is_history)
		*ret = j->b->path;
	else if (s != NULL && s->history > 0)
		*ret = fix_text(j, "history:%u", s->history);
	else
		*ret = bytes_str(s == NULL || s->config == NULL ? "config" : s->config);
	return (const char *)ret->p;
}

static bool is_told(struct judging *j, uint32_t at)
{
	for (size_t i = 0; i < j->place_count; i++)
		if (j->places[i] == at)
			return true;
	if (j->place_count < PLACES_MAX)
		j->places[j->place_count++] = at;
	return false;
}

int judge_tell(struct judging *j, const struct hit *h)
{
	cleanup_buf struct buf shown = buf_max(4 * SHOWN_MAX), fix = buf_max(CHECK_FIX_MAX);
	char key[2 * KEY_BYTES + 12];
	struct check_match m = { .rule = j->rule->entry->rule };
	uint32_t at = h->at != BUILD_NO_PLACE ? h->at
		      : h->command != NULL    ? h->command->from
		      : h->step != NULL       ? h->step->from
					      : 0;
	if (is_told(j, at))
		return 0;
	if (*j->told == LIMIT_CHECK_FILE_FINDINGS)
		return 0;
	if (++*j->told == LIMIT_CHECK_FILE_FINDINGS)
		return j->sink->limited(j->sink->ctx, j->b->path, "findings of one file", j->err);
	if (put_evidence(j, h, &shown) < 0 || fix_write(j->b, h, &fix, j->err) < 0)
		return -1;
	m.evidence = cut(&shown);
	make_key(j, m.evidence, key);
	m.key = bytes_str(key);
	(void)place_text(j, h, &m.path);
	m.line = j->b->is_history || h->step == NULL ? 0 : build_line_of(j->b, at);
	m.fix = buf_view(&fix);
	return j->sink->match(j->sink->ctx, &m, j->err);
}
