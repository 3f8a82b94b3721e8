/* Python: strings with prefixes and three quotes; a line ends a statement. */
#include "webshell/lex.h"

enum { PREFIX_MOST = 2, VALUE_MOST = 2000 };

static bool is_prefix(int c)
{
	c |= 0x20;
	return c == 'r' || c == 'b' || c == 'u' || c == 'f';
}

/* f"text {value} text" */
static void push_values(struct lexer *x, size_t from, size_t to)
{
	wlex_push_op(x, TOKEN_OPEN, '(', from);
	for (size_t i = from; i <= to;) {
		const uint8_t *p = i < to ? memchr(x->text.p + i, '{', to - i) : NULL;
		size_t at = p == NULL ? to : (size_t)(p - x->text.p);
		struct token t = { .kind = TOKEN_STRING, .at = (uint32_t)i };
		t.text = wlex_unescape(x, i, at, ESCAPES_C, 0);
		wlex_push(x, &t);
		if (at >= to)
			break;
		size_t end = at + 1, most = to - at > VALUE_MOST ? at + VALUE_MOST : to;
		while (end < most && x->text.p[end] != '}')
			end++;
		wlex_push_op(x, TOKEN_OP, OP_CONCAT, at);
		wlex_push_op(x, TOKEN_OPEN, '(', at);
		wlex_push_code(x, at + 1, end);
		wlex_push_op(x, TOKEN_CLOSE, ')', end);
		wlex_push_op(x, TOKEN_OP, OP_CONCAT, end);
		i = end + 1;
	}
	wlex_push_op(x, TOKEN_CLOSE, ')', to);
}

static bool string(struct lexer *x, size_t end, struct token *ret)
{
	size_t n = 0;
	bool raw = false, values = false;
	while (n < PREFIX_MOST && is_prefix(wlex_peek(x, end, n))) {
		raw |= (wlex_peek(x, end, n) | 0x20) == 'r';
		values |= (wlex_peek(x, end, n) | 0x20) == 'f';
		n++;
	}
	int quote = wlex_peek(x, end, n);
	if (quote != '"' && quote != '\'')
		return false;
	bool three = wlex_peek(x, end, n + 1) == quote && wlex_peek(x, end, n + 2) == quote;
	ret->at = (uint32_t)x->at;
	x->at += n + (three ? 3 : 1);
	size_t from = x->at, to = from;
	char mark[3] = { (char)quote, (char)quote, (char)quote };
	if (three) {
		const uint8_t *p = memmem(x->text.p + from, end - from, mark, 3);
		to = p == NULL ? end : (size_t)(p - x->text.p);
	} else {
		to = wlex_string_end(x, end, quote, true);
	}
	x->at = to + (three ? 3 : 1) < end ? to + (three ? 3 : 1) : end;
	if (values) {
		push_values(x, from, to);
		return true;
	}
	ret->kind = TOKEN_STRING;
	ret->text = wlex_unescape(x, from, to, raw ? ESCAPES_NONE : ESCAPES_C, quote);
	return true;
}

void wlex_python(struct lexer *x, size_t end, struct token *ret)
{
	int c = wlex_peek(x, end, 0);
	if ((c == '"' || c == '\'' || is_prefix(c)) && string(x, end, ret))
		return;
	if (wlex_is_first(c))
		wlex_name(x, end, ret);
	else if (c >= '0' && c <= '9')
		wlex_number(x, end, ret);
	else if (c == '(' || c == '[' || c == '{')
		wlex_token(x, ret, TOKEN_OPEN, c, 1);
	else if (c == ')' || c == ']' || c == '}')
		wlex_token(x, ret, TOKEN_CLOSE, c, 1);
	else if (c == ',' || c == ';')
		wlex_token(x, ret, c == ',' ? TOKEN_COMMA : TOKEN_SEMI, 0, 1);
	else
		wlex_operator(x, end, ret);
}
