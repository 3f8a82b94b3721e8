/* Perl: variables with their signs, quotes of any mark, heredocs, reads of files. */
#include "webshell/lex.h"

enum { VALUE_MOST = 2000 };

static bool is_value(const struct lexer *x, size_t i, size_t to)
{
	if (i + 1 >= to)
		return false;
	uint8_t c = x->text.p[i], d = x->text.p[i + 1];
	return (c == '$' || c == '@') && (wlex_is_first(d) || d == '{');
}

/* Where "$name", "${name}", "$name{key}", "$name->{key}" ends. */
static size_t value_end(const struct lexer *x, size_t i, size_t to)
{
	size_t most = to - i > VALUE_MOST ? i + VALUE_MOST : to;
	size_t at = i + 1;
	if (x->text.p[at] == '{') {
		while (at < most && x->text.p[at] != '}')
			at++;
		return at < most ? at + 1 : most;
	}
	while (at < most && wlex_is_name(x->text.p[at]))
		at++;
	if (at + 2 < most && x->text.p[at] == '-' && x->text.p[at + 1] == '>' &&
	    (x->text.p[at + 2] == '{' || x->text.p[at + 2] == '['))
		at += 2;
	if (at < most && (x->text.p[at] == '{' || x->text.p[at] == '[')) {
		uint8_t close = x->text.p[at] == '{' ? '}' : ']';
		while (at < most && x->text.p[at] != close)
			at++;
		at += at < most;
	}
	return at;
}

static size_t next_value(const struct lexer *x, size_t i, size_t to)
{
	while (i < to && !is_value(x, i, to))
		i += x->text.p[i] == '\\' ? 2 : 1;
	return i < to ? i : to;
}

static void push_text(struct lexer *x, size_t from, size_t to)
{
	struct token t = { .kind = TOKEN_STRING, .at = (uint32_t)from };
	t.text = wlex_unescape(x, from, to, ESCAPES_C, '"');
	wlex_push(x, &t);
}

static void push_template(struct lexer *x, size_t from, size_t to)
{
	wlex_push_op(x, TOKEN_OPEN, '(', from);
	for (size_t i = from;;) {
		size_t at = next_value(x, i, to);
		push_text(x, i, at);
		if (at >= to)
			break;
		size_t end = value_end(x, at, to);
		wlex_push_op(x, TOKEN_OP, OP_CONCAT, at);
		wlex_push_code(x, at, end);
		wlex_push_op(x, TOKEN_OP, OP_CONCAT, end);
		i = end;
	}
	wlex_push_op(x, TOKEN_CLOSE, ')', to);
}

/* kind: ' as it is, " with values, ` a command */
static void string(struct lexer *x, size_t from, size_t to, int kind, struct token *ret)
{
	if (kind == '`') {
		struct token name = { .kind = TOKEN_NAME,
				      .at = (uint32_t)from,
				      .text = BYTES_LIT("qx") };
		wlex_push(x, &name);
		wlex_push_op(x, TOKEN_OPEN, '(', from);
		push_template(x, from, to);
		wlex_push_op(x, TOKEN_CLOSE, ')', to);
	} else if (kind == '"' && next_value(x, from, to) < to) {
		push_template(x, from, to);
	} else {
		ret->kind = TOKEN_STRING;
		ret->text =
			wlex_unescape(x, from, to, kind == '"' ? ESCAPES_C : ESCAPES_QUOTES, '\'');
	}
}

/* The end of what the mark at `from` opens. */
static size_t quoted_end(const struct lexer *x, size_t from, size_t end)
{
	static const char open[] = "([{<", close[] = ")]}>";
	const char *pair = strchr(open, x->text.p[from]);
	uint8_t o = x->text.p[from], c = pair != NULL && o != 0 ? (uint8_t)close[pair - open] : o;
	unsigned depth = 1;
	for (size_t i = from + 1; i < end; i++) {
		if (x->text.p[i] == '\\')
			i++;
		else if (x->text.p[i] == c && --depth == 0)
			return i;
		else if (x->text.p[i] == o && o != c)
			depth++;
	}
	return end;
}

/* q qq qw qx m s y tr and their marks */
static bool quote_word(struct lexer *x, size_t end, struct token *ret)
{
	static const char *const names[] = { "qq", "qw", "qx", "qr", "tr", "q", "m", "s", "y" };
	size_t n = 0, which = 0;
	for (; which < 9 && n == 0; which++)
		if (wlex_starts(x, end, names[which]) &&
		    !wlex_is_name(wlex_peek(x, end, strlen(names[which]))))
			n = strlen(names[which]);
	if (n == 0)
		return false;
	const char *name = names[which - 1];
	size_t at = n;
	while (wlex_peek(x, end, at) == ' ')
		at++;
	int mark = wlex_peek(x, end, at);
	if (mark < 0 || wlex_is_name(mark) || mark == ',' || mark == ';' || mark == '=' ||
	    mark == ')' || mark <= ' ' || (mark == '-' && wlex_peek(x, end, at + 1) == '>'))
		return false;
	ret->at = (uint32_t)x->at;
	size_t open = x->at + at, stop = quoted_end(x, open, end);
	bool two = name[0] == 's' || name[0] == 'y' || name[0] == 't';
	int kind = name[0] == 'q' && name[1] == 'x' ? '`' : strcmp(name, "qq") == 0 ? '"' : '\'';
	string(x, open + 1, stop < end ? stop : end, kind, ret);
	if (two && stop < end) {
		size_t second = stop;
		if (strchr("([{<", mark) != NULL)
			for (second++; second < end && x->text.p[second] <= ' ';)
				second++;
		stop = second < end ? quoted_end(x, second, end) : end;
	}
	for (x->at = stop < end ? stop + 1 : end; two && wlex_is_first(wlex_peek(x, end, 0));)
		x->at++;
	return true;
}

/* <<"NAME": its text begins behind this line; what is left of the line is skipped with
 * it, for little stands there. */
static bool heredoc(struct lexer *x, size_t end, struct token *ret)
{
	size_t i = x->at + 2, next;
	if (i < end && x->text.p[i] == '~')
		i++;
	for (next = i; next < end && x->text.p[next] == ' ';)
		next++;
	bool quoted = next < end && (x->text.p[next] == '\'' || x->text.p[next] == '"');
	int quote = quoted ? x->text.p[next] : 0;
	size_t from = quoted ? next + 1 : i, to = from;
	while (to < end && (quoted ? x->text.p[to] != quote && x->text.p[to] != '\n'
				   : wlex_is_name(x->text.p[to])))
		to++;
	if (to == from || (quote == 0 && x->text.p[from] >= '0' && x->text.p[from] <= '9'))
		return false;
	const uint8_t *line = memchr(x->text.p + to, '\n', end - to);
	if (line == NULL)
		return false;
	size_t body = (size_t)(line - x->text.p) + 1, at = body;
	struct bytes name = bytes_sub(x->text, from, to);
	while (at < end && !bytes_starts_with(bytes_sub(x->text, at, end), name)) {
		line = memchr(x->text.p + at, '\n', end - at);
		at = line == NULL ? end : (size_t)(line - x->text.p) + 1;
	}
	ret->at = (uint32_t)x->at;
	string(x, body, at, quote == '\'' ? '\'' : '"', ret);
	x->at = at + name.n < end ? at + name.n : end;
	return true;
}

/* <STDIN>, <$handle> */
static bool reads(struct lexer *x, size_t end)
{
	size_t n = 1;
	if (wlex_peek(x, end, n) == '$')
		n++;
	size_t from = n;
	while (wlex_is_name(wlex_peek(x, end, n)))
		n++;
	if (n == from || wlex_peek(x, end, n) != '>')
		return false;
	bool input = wlex_starts(x, end, "<stdin");
	struct token name = { .kind = TOKEN_NAME,
			      .at = (uint32_t)x->at,
			      .text = input ? BYTES_LIT("readline") : BYTES_LIT("read_file") };
	wlex_push(x, &name);
	wlex_push_op(x, TOKEN_OPEN, '(', x->at);
	wlex_push_op(x, TOKEN_CLOSE, ')', x->at);
	x->at += n + 1;
	return true;
}

static bool variable(struct lexer *x, size_t end, struct token *ret)
{
	int c = wlex_peek(x, end, 0), d = wlex_peek(x, end, 1);
	bool sign = c == '$' || c == '@' || (c == '%' && !x->operand);
	if (!sign || !(wlex_is_first(d) || (d == ':' && wlex_is_first(wlex_peek(x, end, 3)))))
		return false;
	size_t n = 1;
	while (wlex_is_name(wlex_peek(x, end, n)) ||
	       (wlex_peek(x, end, n) == ':' && wlex_peek(x, end, n + 1) == ':'))
		n += wlex_peek(x, end, n) == ':' ? 2 : 1;
	wlex_token(x, ret, TOKEN_VAR, 0, n);
	ret->text = bytes_sub(ret->text, 1, n);
	return true;
}

void wlex_perl(struct lexer *x, size_t end, struct token *ret)
{
	int c = wlex_peek(x, end, 0);
	if (variable(x, end, ret) || (wlex_is_first(c) && !x->operand && quote_word(x, end, ret)))
		return;
	if (c == '"' || c == '\'' || c == '`' || (c == '/' && !x->operand)) {
		size_t from = x->at + 1, to;
		ret->at = (uint32_t)x->at++;
		to = wlex_string_end(x, end, c, true);
		string(x, from, to, c == '/' ? '\'' : c, ret);
		x->at = to < end ? to + 1 : end;
	} else if (c == '<' && wlex_peek(x, end, 1) == '<' && heredoc(x, end, ret)) {
		return;
	} else if (c == '<' && !x->operand && reads(x, end)) {
		return;
	} else if (wlex_is_first(c)) {
		wlex_name(x, end, ret);
	} else if (c >= '0' && c <= '9') {
		wlex_number(x, end, ret);
	} else if (c == '(' || c == '[' || c == '{') {
		wlex_token(x, ret, TOKEN_OPEN, c, 1);
	} else if (c == ')' || c == ']' || c == '}') {
		wlex_token(x, ret, TOKEN_CLOSE, c, 1);
	} else if (c == ',' || c == ';') {
		wlex_token(x, ret, c == ',' ? TOKEN_COMMA : TOKEN_SEMI, 0, 1);
	} else {
		wlex_operator(x, end, ret);
		if (ret->op == OP_MEMBER && ret->text.p[0] == '.')
			ret->op = OP_CONCAT;
	}
}
