/* A shell script as the shell will see its words: continuations, quotes, backslashes,
 * comments and known variables gone, blanks between words one space. Not a parser: what
 * the text does not say stays as it is, and no text is an error. */
#include "script/internal.h"

enum { QUOTE_FAR = 64 * 1024, NAME_MOST = 64, HEREDOCS_MOST = 8, LOOK_BACK = 3 };

struct heredoc {
	struct bytes end;
	bool plain; /* its end was quoted: variables stay */
};

struct reader {
	struct text *t;
	struct variables *v;
	struct bytes in;
	size_t at;
	uint8_t quote; /* 0, ' or " */
	size_t no_quote[2]; /* no ' and no " up to here */
	/* A word NAME=… that is being read. */
	struct bytes name;
	size_t value; /* where it begins in the output */
	unsigned depth; /* of $( in the value */
	struct heredoc heredocs[HEREDOCS_MOST];
	size_t heredoc_n;
};

static uint8_t peek(const struct reader *r, size_t ahead)
{
	return ahead < r->in.n - r->at ? r->in.p[r->at + ahead] : 0;
}

static bool is_name_start(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(uint8_t c)
{
	return is_name_start(c) || (c >= '0' && c <= '9');
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* Behind these a word begins. */
static bool begins_word(uint8_t before)
{
	return before == ' ' || before == '\n' || before == ';' || before == '|' || before == '&' ||
	       before == '(' || before == '`' || before == '{';
}

static struct bytes name_at(const struct reader *r, size_t at)
{
	size_t end = at;
	if (at >= r->in.n || !is_name_start(r->in.p[at]))
		return (struct bytes){ 0 };
	while (end < r->in.n && end - at < NAME_MOST && is_name(r->in.p[end]))
		end++;
	return bytes_sub(r->in, at, end);
}

/* --- ends of words and lines ---------------------------------------------------------------- */

static void end_word(struct reader *r)
{
	if (r->name.n == 0)
		return;
	struct bytes value = bytes_sub(buf_view(&r->t->bytes), r->value, r->t->bytes.n);
	variables_set(r->v, r->name, value);
	r->name = (struct bytes){ 0 };
	r->depth = 0;
}

/* "a |", "a &&" and "a ||" go on in the next line. */
static bool line_goes_on(const struct text *t)
{
	size_t n = t->bytes.n;
	while (n > 0 && t->bytes.p[n - 1] == ' ')
		n--;
	if (n == 0)
		return false;
	uint8_t c = t->bytes.p[n - 1];
	return c == '|' || (c == '&' && n > 1 && t->bytes.p[n - 2] == '&');
}

static void put_space(struct text *t)
{
	uint8_t last = text_last(t);
	if (last != ' ' && last != '\n')
		text_put(t, ' ');
}

/* A heredoc's lines are no commands of this shell; they stay as they are, but for
 * variables. */
static void copy_expanded(struct reader *r, struct bytes line, bool plain);

static bool skip_heredoc(struct reader *r, const struct heredoc *h)
{
	while (r->at < r->in.n) {
		struct bytes rest = bytes_sub(r->in, r->at, r->in.n);
		ptrdiff_t end = bytes_index(rest, '\n');
		struct bytes line = bytes_sub(rest, 0, end < 0 ? rest.n : (size_t)end);
		r->at += line.n + (end >= 0);
		r->t->number++;
		if (bytes_equal(bytes_trim(line), h->end))
			return true;
		copy_expanded(r, line, h->plain);
		text_newline(r->t);
	}
	return false;
}

static void end_line(struct reader *r)
{
	end_word(r);
	r->at++;
	r->t->number++;
	if (r->heredoc_n == 0 && line_goes_on(r->t)) {
		put_space(r->t);
		return;
	}
	text_newline(r->t);
	for (size_t i = 0; i < r->heredoc_n; i++)
		(void)skip_heredoc(r, &r->heredocs[i]);
	r->heredoc_n = 0;
}

/* --- variables -------------------------------------------------------------------------------- */

/* Decimal at *at, which moves behind it. */
static bool number_at(const struct reader *r, size_t *at, size_t *ret)
{
	size_t n = 0, begin = *at;
	while (*at < r->in.n && r->in.p[*at] >= '0' && r->in.p[*at] <= '9' && *at - begin < 6)
		n = n * 10 + (size_t)(r->in.p[(*at)++] - '0');
	*ret = n;
	return *at > begin;
}

/* "${name:1:2}" behind the name, of a value that is known. */
static bool put_part(struct reader *r, size_t at, struct bytes value)
{
	size_t from, n = value.n;
	if (peek(r, at - r->at) != ':')
		return false;
	at++;
	at += at < r->in.n && r->in.p[at] == ' ';
	if (!number_at(r, &at, &from))
		return false;
	if (at < r->in.n && r->in.p[at] == ':') {
		at++;
		if (!number_at(r, &at, &n))
			return false;
	}
	if (at >= r->in.n || r->in.p[at] != '}')
		return false;
	text_put_all(r->t, bytes_sub(value, from, n > value.n ? value.n : from + n));
	r->at = at + 1;
	return true;
}

/* "c${x}url": a variable inside a word that nobody gave a value. */
static bool skip_unset(struct reader *r, size_t at)
{
	struct bytes name = name_at(r, at), value;
	size_t end = at + name.n;
	if (name.n == 0 || !is_name_start(text_last(r->t)) || end + 1 >= r->in.n ||
	    r->in.p[end] != '}' || !is_name_start(r->in.p[end + 1]) ||
	    variables_get(r->v, name, &value))
		return false;
	r->at = end + 1;
	return true;
}

/* What is empty or only parts words: $IFS, ${IFS%??}, $9, $@, $* inside a word. */
static bool skip_filler(struct reader *r)
{
	size_t at = r->at + 1;
	bool brace = at < r->in.n && r->in.p[at] == '{';
	at += brace;
	if (r->in.n - at >= 3 && memcmp(r->in.p + at, "IFS", 3) == 0 &&
	    (at + 3 == r->in.n || !is_name(r->in.p[at + 3]))) {
		at += 3;
		while (brace && at < r->in.n && r->in.p[at] != '}' && r->in.p[at] != '\n')
			at++;
		if (brace && (at >= r->in.n || r->in.p[at] != '}'))
			return false;
		r->at = at + brace;
		if (peek(r, 0) == '$' && peek(r, 1) >= '1' && peek(r, 1) <= '9')
			r->at += 2;
		put_space(r->t);
		return true;
	}
	if (brace && skip_unset(r, at))
		return true;
	uint8_t c = at < r->in.n ? r->in.p[at] : 0;
	bool empty = c == '@' || c == '*' || (c >= '1' && c <= '9');
	if (!empty || !is_name(text_last(r->t)))
		return false;
	at += 1 + (size_t)brace;
	if (at >= r->in.n || (brace && r->in.p[at - 1] != '}') || !is_name(r->in.p[at]))
		return false;
	r->at = at;
	return true;
}

/* At '$'. False: there is nothing known here. */
static bool put_variable(struct reader *r)
{
	struct bytes value;
	size_t brace = peek(r, 1) == '{', begin = r->at + 1 + brace;
	struct bytes name = name_at(r, begin);
	size_t end = begin + name.n;
	if (skip_filler(r))
		return true;
	if (name.n == 0 || !variables_get(r->v, name, &value))
		return false;
	if (!brace) {
		text_put_all(r->t, value);
		r->at = end;
		return true;
	}
	if (end < r->in.n && r->in.p[end] == '}') {
		text_put_all(r->t, value);
		r->at = end + 1;
		return true;
	}
	return put_part(r, end, value);
}

static void copy_expanded(struct reader *r, struct bytes line, bool plain)
{
	struct reader inner = { .t = r->t, .v = r->v, .in = line };
	while (inner.at < line.n) {
		uint8_t c = line.p[inner.at];
		if (plain || c != '$' || !put_variable(&inner)) {
			text_put(r->t, c);
			inner.at++;
		}
	}
}

/* --- quotes -------------------------------------------------------------------------------------- */

/* Whether a quote that opens here is closed nearby: an apostrophe of a text is not. */
static bool quote_closes(struct reader *r, uint8_t c)
{
	size_t *none = &r->no_quote[c == '"'];
	size_t from = r->at + 1, end = r->in.n - from > QUOTE_FAR ? from + QUOTE_FAR : r->in.n;
	if (from < *none)
		from = *none;
	if (from < end && memchr(r->in.p + from, c, end - from) != NULL)
		return true;
	if (end > *none)
		*none = end;
	return false;
}

/* "$'\x63url'". */
static void put_ansi_string(struct reader *r)
{
	r->at += 2;
	while (r->at < r->in.n && r->in.p[r->at] != '\'') {
		uint8_t c = r->in.p[r->at];
		size_t n = c == '\\' ? script_escape(r->in, r->at, &c) : 0;
		if (n == 0 && c == '\\' && r->at + 1 < r->in.n) {
			c = r->in.p[++r->at];
			c = c == 'n' || c == 't' ? ' ' : c;
		}
		if (c == '\n') {
			r->t->number++;
			text_newline(r->t);
		} else {
			text_put(r->t, c);
		}
		r->at += n == 0 ? 1 : n;
	}
	r->at += r->at < r->in.n;
}

static void put_escaped(struct reader *r)
{
	uint8_t c, next = peek(r, 1);
	size_t n = script_escape(r->in, r->at, &c);
	if (n > 0) {
		text_put(r->t, c);
		r->at += n;
		return;
	}
	if (next == '\r' && peek(r, 2) == '\n') {
		r->at++;
		next = '\n';
	}
	if (next == '\n') {
		r->t->number++;
		r->at += 2;
		return;
	}
	bool kept = r->quote == '"' && next != '$' && next != '`' && next != '"' && next != '\\';
	if (kept)
		text_put(r->t, '\\');
	r->at++;
	if (r->at < r->in.n) {
		text_put(r->t, next);
		r->at++;
	}
}

static void in_quotes(struct reader *r)
{
	uint8_t c = r->in.p[r->at];
	uint8_t escaped;
	size_t n;
	if (c == r->quote) {
		r->quote = 0;
		r->at++;
	} else if (c == '\n') {
		r->t->number++;
		r->at++;
		text_newline(r->t);
	} else if (r->quote == '"' && c == '\\') {
		put_escaped(r);
	} else if (c == '\\' && (n = script_escape(r->in, r->at, &escaped)) > 0) {
		text_put(r->t, escaped); /* for printf and echo -e */
		r->at += n;
	} else if (r->quote != '"' || c != '$' || !put_variable(r)) {
		text_put(r->t, c);
		r->at++;
	}
}

/* --- outside of quotes ------------------------------------------------------------------------------ */

/* "<<-'EOF'". */
static bool take_heredoc(struct reader *r)
{
	if (peek(r, 0) != '<' || peek(r, 1) != '<' || peek(r, 2) == '<' || text_last(r->t) == '<')
		return false;
	size_t at = r->at + 2;
	at += at < r->in.n && r->in.p[at] == '-';
	while (at < r->in.n && is_blank(r->in.p[at]))
		at++;
	bool plain =
		at < r->in.n && (r->in.p[at] == '\'' || r->in.p[at] == '"' || r->in.p[at] == '\\');
	struct bytes name = name_at(r, at + plain);
	if (name.n == 0 || r->heredoc_n == HEREDOCS_MOST)
		return false;
	r->heredocs[r->heredoc_n++] = (struct heredoc){ name, plain };
	r->at = at + name.n + plain;
	r->at += plain && (peek(r, 0) == '\'' || peek(r, 0) == '"');
	text_put_all(r->t, BYTES_LIT("<<"));
	return true;
}

/* "{wget,-O,x}" is "wget -O x". */
static bool put_braces(struct reader *r)
{
	size_t end = r->at + 1;
	bool comma = false;
	while (end < r->in.n && end - r->at < NAME_MOST * 4 && r->in.p[end] > ' ' &&
	       r->in.p[end] != '}' && r->in.p[end] != '{')
		comma |= r->in.p[end++] == ',';
	if (!comma || end >= r->in.n || r->in.p[end] != '}')
		return false;
	for (size_t i = r->at + 1; i < end; i++) {
		uint8_t c = r->in.p[i];
		if (c != '"' && c != '\'')
			text_put(r->t, c == ',' ? ' ' : c);
	}
	r->at = end + 1;
	return true;
}

/* A word begins: NAME=value is kept, and put out as it is. */
static bool take_assignment(struct reader *r)
{
	struct bytes name = name_at(r, r->at);
	size_t end = r->at + name.n;
	if (name.n == 0)
		return false;
	text_put_all(r->t, name);
	r->at = end;
	if (peek(r, 0) != '=' || peek(r, 1) == '=')
		return true;
	text_put(r->t, '=');
	r->at++;
	r->name = name;
	r->value = r->t->bytes.n;
	r->depth = 0;
	return true;
}

static void skip_comment(struct reader *r)
{
	const uint8_t *end = memchr(r->in.p + r->at, '\n', r->in.n - r->at);
	r->at = end == NULL ? r->in.n : (size_t)(end - r->in.p);
}

/* At a blank or at what ends a command; inside "$(…)" of a value both are part of it. */
static void put_separator(struct reader *r, uint8_t c)
{
	if (r->depth == 0)
		end_word(r);
	if (is_blank(c) || c == '\r')
		put_space(r->t);
	else
		text_put(r->t, c);
	r->at++;
}

static void put_dollar(struct reader *r)
{
	if (peek(r, 1) == '\'') {
		put_ansi_string(r);
		return;
	}
	if (peek(r, 1) == '"') {
		r->at++;
		return;
	}
	if (put_variable(r))
		return;
	if (r->name.n > 0 && peek(r, 1) == '(')
		r->depth++;
	text_put(r->t, '$');
	r->at++;
}

static void put_plain(struct reader *r, uint8_t c)
{
	bool word = begins_word(text_last(r->t));
	if (word && c == '#') {
		skip_comment(r);
		return;
	}
	if (word && r->name.n == 0 && is_name_start(c) && take_assignment(r))
		return;
	if ((c == '<' && take_heredoc(r)) || (word && c == '{' && put_braces(r)))
		return;
	if (c == ')' && r->depth > 0)
		r->depth--;
	text_put(r->t, c);
	r->at++;
}

static void step(struct reader *r)
{
	uint8_t c = r->in.p[r->at];
	switch (c) {
	case '\n':
		end_line(r);
		break;
	case '\\':
		put_escaped(r);
		break;
	case '\'':
	case '"':
		if (quote_closes(r, c))
			r->quote = c;
		else
			text_put(r->t, c);
		r->at++;
		break;
	case '$':
		put_dollar(r);
		break;
	case ' ':
	case '\t':
	case '\r':
	case ';':
	case '|':
	case '&':
		put_separator(r, c);
		break;
	default:
		put_plain(r, c);
	}
}

void script_shell(struct text *t, struct bytes in, struct variables *v)
{
	struct reader r = { .t = t, .v = v, .in = in };
	variables_clear(v);
	while (r.at < in.n) {
		if (r.quote != 0)
			in_quotes(&r);
		else
			step(&r);
	}
	end_word(&r);
	text_end(t);
}
