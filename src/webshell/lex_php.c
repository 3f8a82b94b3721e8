/* PHP's variables, strings and heredocs. */
#include "webshell/lex.h"

enum { VALUE_MOST = 4000 }; /* of an expression in a string */

/* The brace that closes the one before `from`, within `to`; `to` when there is none. */
static size_t brace_end(const struct lexer *x, size_t from, size_t to)
{
	unsigned depth = 1;
	to = to - from > VALUE_MOST ? from + VALUE_MOST : to;
	for (size_t i = from; i < to; i++) {
		if (x->text.p[i] == '{')
			depth++;
		else if (x->text.p[i] == '}' && --depth == 0)
			return i;
	}
	return to;
}

static size_t name_end(const struct lexer *x, size_t from, size_t to)
{
	while (from < to && wlex_is_name(x->text.p[from]))
		from++;
	return from;
}

static void push_text(struct lexer *x, enum token_kind kind, size_t from, size_t to)
{
	struct token t = { .kind = kind,
			   .at = (uint32_t)from,
			   .tight = true,
			   .text = bytes_sub(x->text, from, to) };
	uint64_t n;
	if (kind == TOKEN_STRING && bytes_to_u64(t.text, &n) && n < INT32_MAX) {
		t.kind = TOKEN_NUMBER;
		t.number = (int64_t)n;
	}
	wlex_push(x, &t);
}

/* "[key]" and "->name" behind a variable in a string: where they end. */
static size_t push_simple_part(struct lexer *x, size_t i, size_t to)
{
	if (i + 2 < to && x->text.p[i] == '-' && x->text.p[i + 1] == '>' &&
	    wlex_is_first(x->text.p[i + 2])) {
		size_t end = name_end(x, i + 2, to);
		wlex_push_op(x, TOKEN_OP, OP_MEMBER, i);
		push_text(x, TOKEN_NAME, i + 2, end);
		return end;
	}
	if (i + 1 >= to || x->text.p[i] != '[')
		return i;
	size_t from = i + 1, var = x->text.p[from] == '$', end = name_end(x, from + var, to);
	if (end >= to || x->text.p[end] != ']' || end == from + var)
		return i;
	wlex_push_op(x, TOKEN_OPEN, '[', i);
	push_text(x, var ? TOKEN_VAR : TOKEN_STRING, from + var, end);
	wlex_push_op(x, TOKEN_CLOSE, ']', end);
	return end + 1;
}

/* One value in a string, whose first character is at i: where it ends. */
static size_t push_value(struct lexer *x, size_t i, size_t to)
{
	if (x->text.p[i] == '{') {
		size_t end = brace_end(x, i + 1, to);
		wlex_push_op(x, TOKEN_OPEN, '(', i);
		wlex_push_code(x, i + 1, end);
		wlex_push_op(x, TOKEN_CLOSE, ')', end);
		return end < to ? end + 1 : to;
	}
	if (x->text.p[i + 1] == '{') {
		size_t end = brace_end(x, i + 2, to);
		if (name_end(x, i + 2, end) == end) {
			push_text(x, TOKEN_VAR, i + 2, end);
		} else {
			wlex_push_op(x, TOKEN_OP, OP_DOLLAR, i);
			wlex_push_op(x, TOKEN_OPEN, '{', i + 1);
			wlex_push_code(x, i + 2, end);
			wlex_push_op(x, TOKEN_CLOSE, '}', end);
		}
		return end < to ? end + 1 : to;
	}
	size_t end = name_end(x, i + 1, to);
	push_text(x, TOKEN_VAR, i + 1, end);
	return push_simple_part(x, end, to);
}

static bool is_value(const struct lexer *x, size_t i, size_t to)
{
	if (i + 1 >= to)
		return false;
	uint8_t c = x->text.p[i], d = x->text.p[i + 1];
	return (c == '$' && (wlex_is_first(d) || d == '{')) || (c == '{' && d == '$');
}

static size_t next_value(const struct lexer *x, size_t i, size_t to)
{
	while (i < to && !is_value(x, i, to))
		i += x->text.p[i] == '\\' ? 2 : 1;
	return i < to ? i : to;
}

static void push_string(struct lexer *x, size_t from, size_t to, int quote)
{
	struct token t = { .kind = TOKEN_STRING, .at = (uint32_t)from };
	t.text = wlex_unescape(x, from, to, ESCAPES_C, quote);
	wlex_push(x, &t);
}

/* A string with values between from and to, as tokens. */
static void push_template(struct lexer *x, size_t from, size_t to, int quote)
{
	wlex_push_op(x, TOKEN_OPEN, '(', from);
	push_string(x, from, next_value(x, from, to), quote);
	for (size_t i = next_value(x, from, to); i < to;) {
		wlex_push_op(x, TOKEN_OP, OP_CONCAT, i);
		i = push_value(x, i, to);
		size_t next = next_value(x, i, to);
		if (next > i) {
			wlex_push_op(x, TOKEN_OP, OP_CONCAT, i);
			push_string(x, i, next, quote);
		}
		i = next;
	}
	wlex_push_op(x, TOKEN_CLOSE, ')', to);
}

static void string(struct lexer *x, size_t from, size_t to, int quote, struct token *ret)
{
	if (quote != '\'' && next_value(x, from, to) < to) {
		push_template(x, from, to, quote);
		return;
	}
	ret->kind = TOKEN_STRING;
	ret->text = wlex_unescape(x, from, to, quote == '\'' ? ESCAPES_QUOTES : ESCAPES_C, quote);
}

/* A command in backticks is a call of shell_exec. */
static void backticks(struct lexer *x, size_t from, size_t to)
{
	struct token name = { .kind = TOKEN_NAME,
			      .at = (uint32_t)from,
			      .text = BYTES_LIT("shell_exec") };
	wlex_push(x, &name);
	wlex_push_op(x, TOKEN_OPEN, '(', from);
	push_template(x, from, to, '`');
	wlex_push_op(x, TOKEN_CLOSE, ')', to);
}

/* The line that ends a heredoc: its name behind white space (PHP 7.3). */
static size_t heredoc_end(const struct lexer *x, size_t from, size_t end, struct bytes name)
{
	for (size_t at = from; at < end;) {
		size_t i = at;
		while (i < end && (x->text.p[i] == ' ' || x->text.p[i] == '\t'))
			i++;
		struct bytes word = bytes_sub(x->text, i, i + name.n < end ? i + name.n : end);
		if (bytes_equal(word, name) &&
		    (i + name.n >= end || !wlex_is_name(x->text.p[i + name.n])))
			return at;
		const uint8_t *line = memchr(x->text.p + at, '\n', end - at);
		if (line == NULL)
			break;
		at = (size_t)(line - x->text.p) + 1;
	}
	return end;
}

static bool heredoc(struct lexer *x, size_t end, struct token *ret)
{
	size_t i = x->at + 3;
	while (i < end && (x->text.p[i] == ' ' || x->text.p[i] == '\t'))
		i++;
	int quote = i < end && (x->text.p[i] == '\'' || x->text.p[i] == '"') ? x->text.p[i] : 0;
	size_t from = i + (quote != 0), to = name_end(x, from, end);
	const uint8_t *line = memchr(x->text.p + to, '\n', end - to);
	if (to == from || line == NULL)
		return false;
	size_t body = (size_t)(line - x->text.p) + 1;
	struct bytes name = bytes_sub(x->text, from, to);
	size_t stop = heredoc_end(x, body, end, name);
	size_t text_end = stop > body ? stop - 1 : body;
	x->at = stop;
	while (x->at < end && (x->text.p[x->at] == ' ' || x->text.p[x->at] == '\t'))
		x->at++;
	x->at = x->at + name.n < end ? x->at + name.n : end;
	ret->at = (uint32_t)body;
	if (quote == '\'') {
		ret->kind = TOKEN_STRING;
		ret->text = bytes_sub(x->text, body, text_end);
	} else {
		string(x, body, text_end, '"', ret);
	}
	return true;
}

static void quoted(struct lexer *x, size_t end, int quote, struct token *ret)
{
	ret->at = (uint32_t)x->at++;
	size_t from = x->at, to = wlex_string_end(x, end, quote, true);
	if (quote == '`')
		backticks(x, from, to);
	else
		string(x, from, to, quote, ret);
	x->at = to < end ? to + 1 : end;
}

static void name(struct lexer *x, size_t end, struct token *ret)
{
	size_t n = 0;
	while (wlex_is_name(wlex_peek(x, end, n)) || wlex_peek(x, end, n) == '\\')
		n++;
	wlex_token(x, ret, TOKEN_NAME, 0, n);
	while (ret->text.n > 0 && ret->text.p[0] == '\\')
		ret->text = bytes_sub(ret->text, 1, ret->text.n);
}

void wlex_php(struct lexer *x, size_t end, struct token *ret)
{
	int c = wlex_peek(x, end, 0), d = wlex_peek(x, end, 1);
	if (c == '$' && wlex_is_first(d)) {
		x->at++;
		wlex_name(x, end, ret);
		ret->kind = TOKEN_VAR;
		ret->at--;
	} else if (c == '\'' || c == '"' || c == '`') {
		quoted(x, end, c, ret);
	} else if (wlex_is_first(c) || (c == '\\' && wlex_is_first(d))) {
		name(x, end, ret);
	} else if (c >= '0' && c <= '9') {
		wlex_number(x, end, ret);
	} else if (c == '<' && wlex_starts(x, end, "<<<") && heredoc(x, end, ret)) {
		return;
	} else if (c == '(' || c == '[' || c == '{') {
		wlex_token(x, ret, TOKEN_OPEN, c, 1);
	} else if (c == ')' || c == ']' || c == '}') {
		wlex_token(x, ret, TOKEN_CLOSE, c, 1);
	} else if (c == ',' || c == ';') {
		wlex_token(x, ret, c == ',' ? TOKEN_COMMA : TOKEN_SEMI, 0, 1);
	} else {
		wlex_operator(x, end, ret);
		if (ret->op == OP_REGEX) { /* = before ~ */
			ret->op = OP_ASSIGN;
			x->at--;
		}
		if (ret->op == OP_MEMBER && ret->text.p[0] == '.')
			ret->op = OP_CONCAT;
	}
}
