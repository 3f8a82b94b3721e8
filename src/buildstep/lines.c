/* From the lines of a Dockerfile to its instructions. */
#include "buildstep/model.h"

static int no_memory(struct error *err)
{
	return error_set(err, ERR_MEMORY, "no memory for a Dockerfile");
}

/* --- lines ------------------------------------------------------------------------------- */

int build_index_lines(struct build *b, struct error *err)
{
	size_t n = 1;
	for (size_t i = 0; i < b->source.n; i++)
		n += b->source.p[i] == '\n';
	b->lines = arena_array(&b->arena, n + 1, sizeof *b->lines);
	if (b->lines == NULL)
		return no_memory(err);
	b->lines[b->line_count++] = 0;
	for (size_t i = 0; i < b->source.n; i++)
		if (b->source.p[i] == '\n')
			b->lines[b->line_count++] = (uint32_t)i + 1;
	return 0;
}

uint32_t build_line_of(const struct build *b, uint32_t at)
{
	size_t low = 0, high = b->line_count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (b->lines[middle] <= at)
			low = middle;
		else
			high = middle;
	}
	return (uint32_t)low + 1;
}

/* The line without its end. */
static struct bytes line_at(const struct build *b, size_t i)
{
	size_t from = b->lines[i];
	size_t to = i + 1 < b->line_count ? b->lines[i + 1] - 1 : b->source.n;
	if (to > from && b->source.p[to - 1] == '\r')
		to--;
	return bytes_sub(b->source, from, to);
}

static bool is_comment(struct bytes line)
{
	struct bytes t = bytes_trim(line);
	return t.n > 0 && t.p[0] == '#';
}

/* --- directives ---------------------------------------------------------------------------- */

/* "# name=value" at the top; the first line that is none ends them. */
static size_t read_directives(struct build *b, size_t line)
{
	for (; line < b->line_count; line++) {
		struct bytes t = bytes_trim(line_at(b, line));
		ptrdiff_t equals = bytes_index(t, '=');
		if (t.n == 0 || t.p[0] != '#' || equals < 0)
			return line;
		struct bytes name = bytes_trim(bytes_sub(t, 1, (size_t)equals));
		struct bytes value = bytes_trim(bytes_sub(t, (size_t)equals + 1, t.n));
		if (bytes_equal_fold(name, BYTES_LIT("escape")) && value.n == 1 &&
		    (value.p[0] == '`' || value.p[0] == '\\'))
			b->escape = value.p[0];
		else if (!bytes_equal_fold(name, BYTES_LIT("syntax")) &&
			 !bytes_equal_fold(name, BYTES_LIT("check")) &&
			 !bytes_equal_fold(name, BYTES_LIT("escape")))
			return line;
	}
	return line;
}

/* --- lines joined ---------------------------------------------------------------------------- */

/* One instruction as it is put together: room for the whole source, used once. */
struct joined {
	uint8_t *p;
	uint32_t *at;
	size_t n;
};

static void join(struct joined *j, const struct build *b, struct bytes part)
{
	size_t from = (size_t)(part.p - b->source.p);
	for (size_t i = 0; i < part.n; i++) {
		j->at[j->n] = (uint32_t)(from + i);
		j->p[j->n++] = part.p[i];
	}
}

/* Whether the escape character ends the line; what stands before it. Two of them are
 * no continuation. */
static bool goes_on(const struct build *b, struct bytes *line)
{
	size_t n = line->n;
	while (n > 0 && (line->p[n - 1] == ' ' || line->p[n - 1] == '\t'))
		n--;
	if (n == 0 || line->p[n - 1] != b->escape || (n > 1 && line->p[n - 2] == b->escape))
		return false;
	*line = bytes_sub(*line, 0, n - 1);
	return true;
}

static void note_blank(const struct build *b, struct step *s, size_t line)
{
	if (!s->blank_inside)
		s->blank_at = b->lines[line];
	s->blank_inside = true;
}

/* Joins the lines from *line on; comments and empty lines between them fall away. */
static void join_lines(const struct build *b, struct joined *j, struct step *s, size_t *line)
{
	bool more = true, blank = false;
	size_t blank_line = 0;
	for (size_t i = 0; more && *line < b->line_count; (*line)++, i++) {
		struct bytes t = line_at(b, *line);
		if (i > 0 && is_comment(t))
			continue;
		if (i > 0 && bytes_trim(t).n == 0) {
			if (!blank)
				blank_line = *line;
			blank = true;
			continue;
		}
		if (blank)
			note_blank(b, s, blank_line);
		blank = false;
		more = goes_on(b, &t);
		join(j, b, t);
		s->to = (uint32_t)(t.p - b->source.p + (ptrdiff_t)t.n);
	}
	j->at[j->n] = s->to;
}

/* --- heredocs ---------------------------------------------------------------------------------- */

static bool ends_doc(const struct heredoc *d, struct bytes line)
{
	while (d->strip && line.n > 0 && line.p[0] == '\t')
		line = bytes_sub(line, 1, line.n);
	return bytes_equal(line, d->name);
}

static struct text doc_text(const struct build *b, struct joined *j, size_t from, size_t to)
{
	struct text t = { j->p + j->n, j->at + j->n, 0 };
	size_t before = j->n;
	join(j, b, bytes_sub(b->source, from, to));
	t.n = j->n - before;
	j->at[j->n++] = (uint32_t)to;
	return t;
}

static void read_doc(const struct build *b, struct joined *j, struct step *s, struct heredoc *d,
		     size_t *line)
{
	size_t from = *line < b->line_count ? b->lines[*line] : b->source.n, to = b->source.n;
	for (; *line < b->line_count && !d->closed; (*line)++) {
		struct bytes t = line_at(b, *line);
		d->closed = ends_doc(d, t);
		if (d->closed) {
			to = b->lines[*line];
			s->to = (uint32_t)(t.p - b->source.p + (ptrdiff_t)t.n);
		}
	}
	if (!d->closed)
		s->to = (uint32_t)b->source.n;
	d->end = (uint32_t)to;
	d->body = doc_text(b, j, from, to);
}

enum { DOCS_MAX = 16 };

/* Only RUN, COPY and ADD take them. */
static int read_docs(struct build *b, struct joined *j, struct step *s, size_t *line,
		     struct error *err)
{
	struct word *words;
	size_t n;
	bool takes = s->op == OP_RUN || s->op == OP_COPY || s->op == OP_ADD;
	if (!takes || bytes_find(text_bytes(s->args), BYTES_LIT("<<")) < 0)
		return 0;
	if (words_split(b, s->args, &words, &n, err) < 0)
		return -1;
	s->docs = arena_array(&b->arena, DOCS_MAX, sizeof *s->docs);
	if (s->docs == NULL)
		return no_memory(err);
	for (size_t i = 0; i < n && s->doc_count < DOCS_MAX; i++)
		if (word_heredoc(words[i], &s->docs[s->doc_count]))
			read_doc(b, j, s, &s->docs[s->doc_count++], line);
	return 0;
}

/* --- instructions -------------------------------------------------------------------------------- */

static size_t keyword_length(struct text t)
{
	size_t n = 0;
	while (n < t.n && t.p[n] != ' ' && t.p[n] != '\t')
		n++;
	return n;
}

static void take_keyword(struct step *s, struct text t)
{
	size_t n = keyword_length(t);
	s->keyword = bytes_of(t.p, n);
	s->keyword_at = t.at[0];
	s->op = step_op_of(s->keyword);
	s->args = text_trim(text_sub(t, n, t.n));
}

static int read_step(struct build *b, struct joined *j, size_t *line, struct error *err)
{
	struct joined begin = *j;
	struct step *s = build_add_step(b);
	if (s == NULL) {
		*line = b->line_count;
		return 0;
	}
	join_lines(b, j, s, line);
	struct text all =
		text_trim((struct text){ begin.p + begin.n, begin.at + begin.n, j->n - begin.n });
	j->n++;
	s->from = all.at[0];
	s->line = build_line_of(b, s->from);
	take_keyword(s, all);
	if (s->op == OP_ONBUILD && s->args.n > 0) {
		s->onbuild = true;
		take_keyword(s, s->args);
	}
	if (read_docs(b, j, s, line, err) < 0)
		return -1;
	return step_read(b, s, err);
}

int build_read(struct build *b, struct error *err)
{
	struct joined j = { 0 };
	if (bytes_starts_with(b->source, BYTES_LIT("\xef\xbb\xbf")))
		b->source = bytes_sub(b->source, 3, b->source.n);
	if (b->source.n > BUILD_TEXT_MAX) {
		b->source = bytes_sub(b->source, 0, BUILD_TEXT_MAX);
		b->limited = "bytes of a Dockerfile";
	}
	b->escape = '\\';
	if (build_index_lines(b, err) < 0)
		return -1;
	/* Each line adds itself and its end, each heredoc (of four bytes or more) an end. */
	size_t room = 2 * b->source.n + 2 * b->line_count + 16;
	j.p = arena_alloc(&b->arena, room);
	j.at = arena_array(&b->arena, room, sizeof *j.at);
	if (j.p == NULL || j.at == NULL)
		return no_memory(err);
	for (size_t line = read_directives(b, 0); line < b->line_count;) {
		struct bytes t = bytes_trim(line_at(b, line));
		if (t.n == 0 || t.p[0] == '#')
			line++;
		else if (read_step(b, &j, &line, err) < 0)
			return -1;
	}
	return 0;
}
