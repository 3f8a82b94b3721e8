/* VBScript and VB.NET. Names are in small letters: their case does not count. */
#include "webshell/lex.h"

static void string(struct lexer *x, size_t end, struct token *ret)
{
	ret->at = (uint32_t)x->at++;
	size_t from = x->at, i = from;
	for (; i < end && x->text.p[i] != '\n'; i++) {
		if (x->text.p[i] != '"')
			continue;
		if (i + 1 >= end || x->text.p[i + 1] != '"')
			break;
		i++;
	}
	ret->kind = TOKEN_STRING;
	ret->text = wlex_unescape(x, from, i, ESCAPES_DOUBLED, '"');
	x->at = i < end && x->text.p[i] == '"' ? i + 1 : i;
}

/* &H41, &O101 */
static bool radix(struct lexer *x, size_t end, struct token *ret)
{
	int kind = wlex_peek(x, end, 1) | 0x20;
	unsigned base = kind == 'h' ? 16 : kind == 'o' ? 8 : 0;
	size_t n = 2;
	uint64_t v = 0;
	for (; base != 0; n++) {
		int c = wlex_peek(x, end, n) | 0x20;
		unsigned d = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
			     : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
						    : 99;
		if (d >= base)
			break;
		v = (v * base + d) & INT32_MAX;
	}
	if (base == 0 || n == 2)
		return false;
	wlex_token(x, ret, TOKEN_NUMBER, 0, n);
	ret->number = (int64_t)v;
	if (wlex_peek(x, end, 0) == '&')
		x->at++;
	return true;
}

static void name(struct lexer *x, size_t end, struct token *ret)
{
	wlex_name(x, end, ret);
	ret->text = heap_lower(x->heap, ret->text);
	if (wlex_peek(x, end, 0) == '$')
		x->at++;
}

void wlex_vb(struct lexer *x, size_t end, struct token *ret)
{
	int c = wlex_peek(x, end, 0);
	if (c == '"') {
		string(x, end, ret);
	} else if (wlex_is_first(c)) {
		name(x, end, ret);
	} else if (c >= '0' && c <= '9') {
		wlex_number(x, end, ret);
	} else if (c == '&' && radix(x, end, ret)) {
		return;
	} else if (c == '(' || c == '{') {
		wlex_token(x, ret, TOKEN_OPEN, '(', 1);
	} else if (c == ')' || c == '}') {
		wlex_token(x, ret, TOKEN_CLOSE, ')', 1);
	} else if (c == ',') {
		wlex_token(x, ret, TOKEN_COMMA, 0, 1);
	} else if (c == ':' && wlex_peek(x, end, 1) != '=') {
		wlex_token(x, ret, TOKEN_SEMI, 0, 1);
	} else if (c == '&') {
		bool change = wlex_peek(x, end, 1) == '=';
		wlex_token(x, ret, TOKEN_OP, change ? OP_APPEND : OP_CONCAT, change ? 2 : 1);
	} else if (c == '^' || c == '\\') {
		wlex_token(x, ret, TOKEN_OP, OP_DIV, 1);
	} else if (c == '[' || c == ']' || c == '#') {
		wlex_token(x, ret, TOKEN_OP, OP_NONE, 1);
	} else {
		wlex_operator(x, end, ret);
		ret->op = ret->op == OP_EQUAL ? OP_ASSIGN : ret->op;
	}
}
