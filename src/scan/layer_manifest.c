/* Secrets of Kubernetes: `kind: Secret` has under `data:` what it keeps in base 64
 * (Kubernetes API, core/v1 Secret). Line by line, for templates of Helm are no YAML
 * before they are filled in; JSON as kubectl prints it has the same lines. */
#include "scan/layer_scan_internal.h"
#include "secret/base64.h"

/* "key: value" with its indent. What a list's dash or quotes add is passed over. */
struct manifest_line {
	size_t indent;
	struct bytes key, value;
};

struct manifest_lines {
	struct bytes rest;
	uint32_t number;
};

void manifest_begin(struct manifest *m, struct bytes path, uint64_t size)
{
	static const char *const ends[] = { ".yaml", ".yml", ".tpl", ".json" };
	m->active = false;
	m->text.n = 0;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (bytes_ends_with(path, bytes_str(ends[i])))
			m->active = size <= LIMIT_MANIFEST_TEXT;
}

int manifest_feed(struct manifest *m, struct bytes piece, struct error *err)
{
	return m->active ? buf_append(&m->text, piece.p, piece.n, err) : 0;
}

static struct bytes unquoted(struct bytes b)
{
	b = bytes_trim(b);
	if (b.n > 0 && b.p[b.n - 1] == ',')
		b = bytes_trim(bytes_sub(b, 0, b.n - 1));
	if (b.n >= 2 && (b.p[0] == '"' || b.p[0] == '\'') && b.p[b.n - 1] == b.p[0])
		b = bytes_sub(b, 1, b.n - 1);
	return b;
}

/* false: no "key: value". */
static bool split(struct bytes line, struct manifest_line *ret)
{
	size_t at = 0;
	while (at < line.n && (line.p[at] == ' ' || line.p[at] == '-' || line.p[at] == '\t'))
		at++;
	*ret = (struct manifest_line){ .indent = at };
	line = bytes_sub(line, at, line.n);
	ptrdiff_t colon = bytes_index(line, ':');
	if (colon <= 0 || line.p[0] == '#')
		return false;
	ret->key = unquoted(bytes_sub(line, 0, (size_t)colon));
	ret->value = unquoted(bytes_sub(line, (size_t)colon + 1, line.n));
	return ret->key.n > 0;
}

static bool next_line(struct manifest_lines *l, struct bytes *ret)
{
	l->number++;
	return bytes_next_field(&l->rest, '\n', ret);
}

/* A document of YAML begins. */
static bool is_break(struct bytes line)
{
	return bytes_starts_with(line, BYTES_LIT("---"));
}

static bool is_secret(struct manifest_lines from)
{
	struct bytes line;
	struct manifest_line l;
	while (next_line(&from, &line) && !is_break(line))
		if (split(line, &l) && bytes_equal(l.key, BYTES_LIT("kind")) &&
		    bytes_equal(l.value, BYTES_LIT("Secret")))
			return true;
	return false;
}

/* "KEY=what the value decodes to", as one would write it in a file. */
static int look_into(struct secret_file *f, uint32_t number, const struct manifest_line *l,
		     struct error *err)
{
	cleanup_buf struct buf text = buf_max(LIMIT_MANIFEST_TEXT + LIMIT_PATH_BYTES);
	size_t n;
	if (l->key.n > LIMIT_PATH_BYTES || l->value.n < 8)
		return 0;
	if (buf_append(&text, l->key.p, l->key.n, err) < 0 || buf_append(&text, "=", 1, err) < 0 ||
	    buf_reserve(&text, l->value.n, err) < 0)
		return -1;
	if (!base64_decode(l->value, text.p + text.n, l->value.n, &n) ||
	    memchr(text.p + text.n, 0, n) != NULL)
		return 0;
	text.n += n;
	return secret_file_text(f, number, buf_view(&text), err);
}

/* The lines under "data:", which are those that stand further in. */
static int look_into_document(struct secret_file *f, struct manifest_lines *lines,
			      struct error *err)
{
	struct bytes line;
	struct manifest_line l;
	size_t data = SIZE_MAX; /* the indent of "data:"; SIZE_MAX: not in it */
	while (next_line(lines, &line) && !is_break(line)) {
		if (!split(line, &l))
			continue;
		if (data != SIZE_MAX && l.indent <= data)
			data = SIZE_MAX;
		if (data != SIZE_MAX && look_into(f, lines->number, &l, err) < 0)
			return -1;
		if (bytes_equal(l.key, BYTES_LIT("data")) &&
		    (l.value.n == 0 || bytes_equal(l.value, BYTES_LIT("{"))))
			data = l.indent;
	}
	return 0;
}

int manifest_end(struct manifest *m, struct secret_file *f, struct error *err)
{
	struct manifest_lines lines = { .rest = buf_view(&m->text) };
	struct bytes line;
	if (!m->active || m->text.n == 0)
		return 0;
	m->active = false;
	if (memmem(m->text.p, m->text.n, "Secret", 6) == NULL)
		return 0;
	while (lines.rest.n > 0) {
		if (is_secret(lines)) {
			if (look_into_document(f, &lines, err) < 0)
				return -1;
			continue;
		}
		while (next_line(&lines, &line) && !is_break(line))
			;
	}
	return 0;
}
