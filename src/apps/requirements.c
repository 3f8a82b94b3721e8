/* requirements.txt (pip's "Requirements File Format"): one requirement a line (PEP
 * 508). Only one that is pinned, "name==1.0" or "name===1.0", tells what ought to be
 * installed; other files that a line names are not followed. */
#include "apps/internal.h"

struct requirements {
	struct app_text *t;
	uint32_t line; /* where the requirement began */
	unsigned loose; /* requirements without one exact version */
	uint32_t first_loose;
};

static bool name_byte(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '.' ||
	       c == '-' || c == '_';
}

/* The line up to a comment: '#' at its start or behind a blank. */
static struct bytes without_comment(struct bytes line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '#' && (i == 0 || line.p[i - 1] == ' ' || line.p[i - 1] == '\t'))
			return bytes_sub(line, 0, i);
	return line;
}

/* Behind the name and the extras in brackets. */
static struct bytes take_name(struct bytes *rest)
{
	size_t n = 0;
	struct bytes name, extras;
	while (n < rest->n && name_byte(rest->p[n]))
		n++;
	name = bytes_sub(*rest, 0, n);
	*rest = bytes_trim(bytes_sub(*rest, n, rest->n));
	if (rest->n > 0 && rest->p[0] == '[' && app_cut(*rest, ']', &extras, rest))
		*rest = bytes_trim(*rest);
	return name;
}

/* Not "1.*", "${VERSION}", "1.0 and more": PEP 440's versions, and "===" may have
 * others of the same bytes. */
static bool one_version(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (!name_byte(b.p[i]) && b.p[i] != '!' && b.p[i] != '+')
			return false;
	return b.n > 0;
}

/* The version of "==1.0" or "===1.0" among the clauses "a, b, …"; one that ends in
 * ".*" stands for many. */
static bool pinned(struct bytes clauses, struct bytes *ret)
{
	struct bytes clause, behind;
	while (bytes_next_field(&clauses, ',', &clause)) {
		clause = bytes_trim(clause);
		if (!bytes_starts_with(clause, BYTES_LIT("==")))
			continue;
		size_t n = bytes_starts_with(clause, BYTES_LIT("===")) ? 3 : 2;
		clause = bytes_trim(bytes_sub(clause, n, clause.n));
		(void)app_cut(clause, '#', &clause, &behind); /* a comment without its blank */
		if (one_version(clause)) {
			*ret = clause;
			return true;
		}
	}
	return false;
}

/* The version clauses: up to a marker (";") or an option (" --hash=…", " -C …"). */
static struct bytes clauses_of(struct bytes rest)
{
	struct bytes behind;
	(void)app_cut(rest, ';', &rest, &behind);
	ptrdiff_t option = app_find(rest, BYTES_LIT(" -"));
	if (option >= 0)
		rest = bytes_sub(rest, 0, (size_t)option);
	rest = bytes_trim(rest);
	if (rest.n >= 2 && rest.p[0] == '(' && rest.p[rest.n - 1] == ')')
		rest = bytes_sub(rest, 1, rest.n - 1);
	return rest;
}

/* "-r other.txt", "--constraint=…": told, since what they name is not read from here. */
static void option(const struct requirements *q, struct bytes line)
{
	static const char *const files[] = { "-r", "--requirement", "-c", "--constraint" };
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (bytes_starts_with(line, bytes_str(files[i]))) {
			app_note(q->t, q->line,
				 "names another file, which counts only where its own name is "
				 "known: %.*s",
				 line.n > 100 ? 100 : (int)line.n, (const char *)line.p);
			return;
		}
}

enum app_pin app_requirement(struct bytes text, struct bytes *ret_name, struct bytes *ret_version)
{
	struct bytes rest = bytes_trim(text);
	*ret_name = take_name(&rest);
	if (ret_name->n == 0 || (rest.n > 0 && strchr("=<>!~;(@-", rest.p[0]) == NULL))
		return APP_PIN_OTHER; /* a path or an address */
	return pinned(clauses_of(rest), ret_version) ? APP_PIN_EXACT : APP_PIN_LOOSE;
}

static int requirement(struct requirements *q, struct bytes line, struct error *err)
{
	struct app_record r = { .type = PKG_PYPI, .line = q->line, .direct = true };
	line = bytes_trim(without_comment(line));
	if (line.n == 0)
		return 0;
	if (line.p[0] == '-') {
		option(q, line);
		return 0;
	}
	switch (app_requirement(line, &r.name, &r.version)) {
	case APP_PIN_EXACT:
		return app_add(q->t, &r, err);
	case APP_PIN_LOOSE:
		if (q->loose++ == 0)
			q->first_loose = q->line;
		return 0;
	default:
		return 0;
	}
}

/* Lines that end in a backslash go on: joined is the line until now. */
static int read_lines(struct requirements *q, struct buf *joined, struct error *err)
{
	struct app_lines lines = app_lines_of(q->t->text);
	struct bytes line;
	while (app_next_line(&lines, &line)) {
		bool goes_on = line.n > 0 && line.p[line.n - 1] == '\\';
		if (joined->n == 0)
			q->line = lines.number;
		if (!goes_on && joined->n == 0) {
			if (requirement(q, line, err) < 0)
				return -1;
			continue;
		}
		if (buf_append(joined, line.p, line.n - goes_on, err) < 0 ||
		    (goes_on && buf_append(joined, " ", 1, err) < 0))
			return -1;
		if (goes_on)
			continue;
		if (requirement(q, buf_view(joined), err) < 0)
			return -1;
		joined->n = 0;
	}
	return requirement(q, buf_view(joined), err);
}

/* pip reads what PowerShell's `pip freeze > requirements.txt` writes: UTF-16 with a
 * mark. Names and versions are ASCII; what is not (in comments) becomes '?'. */
static int from_utf16(struct app_text *t, struct error *err)
{
	struct bytes b = t->text;
	bool big = b.p[0] == 0xfe;
	uint8_t *p = arena_alloc(&t->arena, b.n / 2 + 1);
	size_t n = 0;
	if (p == NULL)
		return error_set(err, ERR_LIMIT, "the file is larger than what is kept");
	for (size_t i = 2; i + 1 < b.n; i += 2) {
		uint8_t high = b.p[big ? i : i + 1], low = b.p[big ? i + 1 : i];
		p[n++] = high == 0 && low < 0x80 ? low : '?';
	}
	t->text = bytes_of(p, n);
	return 0;
}

static int to_utf8(struct app_text *t, struct error *err)
{
	if (bytes_starts_with(t->text, BYTES_LIT("\xff\xfe")) ||
	    bytes_starts_with(t->text, BYTES_LIT("\xfe\xff")))
		return from_utf16(t, err);
	if (bytes_starts_with(t->text, BYTES_LIT("\xef\xbb\xbf")))
		t->text = bytes_sub(t->text, 3, t->text.n);
	return 0;
}

int app_read_requirements(struct app_text *t, struct error *err)
{
	struct requirements q = { .t = t };
	if (to_utf8(t, err) < 0)
		return -1;
	cleanup_buf struct buf joined = buf_max(t->text.n + 1);
	int result = read_lines(&q, &joined, err);
	if (q.loose > 0)
		app_note(t, q.first_loose,
			 "not pinned to one version, and so not checked: %u requirement%s, the "
			 "first on this line",
			 q.loose, q.loose == 1 ? "" : "s");
	return result;
}
