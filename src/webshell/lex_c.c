/* Java, C#, JScript and CFScript: names, strings, templates, regular expressions. */
#include "webshell/lex.h"

enum { VALUE_MOST = 4000 };

static void push_string(struct lexer *x, size_t from, size_t to, enum escapes how, int quote)
{
	struct token t = { .kind = TOKEN_STRING, .at = (uint32_t)from };
	t.text = wlex_unescape(x, from, to, how, quote);
	wlex_push(x, &t);
}

/* The character that opens a value in a string: C# has {x}, JScript ${x}, CFML #x#. */
static size_t next_value(const struct lexer *x, size_t i, size_t to, int mark)
{
	for (; i < to; i++) {
		uint8_t c = x->text.p[i];
		if (c == '\\' && mark != '#') {
			i++;
			continue;
		}
		bool doubled = i + 1 < to && x->text.p[i + 1] == c;
		if (c == mark && doubled && mark != '$') {
			i++;
			continue;
		}
		if (c == mark && (mark != '$' || (i + 1 < to && x->text.p[i + 1] == '{')))
			return i;
	}
	return to;
}

static size_t value_end(const struct lexer *x, size_t from, size_t to, int close)
{
	unsigned depth = 1;
	to = to - from > VALUE_MOST ? from + VALUE_MOST : to;
	for (size_t i = from; i < to; i++) {
		if (close == '}' && x->text.p[i] == '{')
			depth++;
		else if (x->text.p[i] == close && --depth == 0)
			return i;
	}
	return to;
}

/* "(" text . value . text … ")" */
static void push_template(struct lexer *x, size_t from, size_t to, int mark, enum escapes how,
			  int quote)
{
	int close = mark == '#' ? '#' : '}';
	wlex_push_op(x, TOKEN_OPEN, '(', from);
	for (size_t i = from;;) {
		size_t at = next_value(x, i, to, mark);
		push_string(x, i, at, how, quote);
		if (at >= to)
			break;
		size_t body = at + (mark == '$' ? 2 : 1), end = value_end(x, body, to, close);
		wlex_push_op(x, TOKEN_OP, OP_CONCAT, at);
		wlex_push_op(x, TOKEN_OPEN, '(', at);
		wlex_push_code(x, body, end);
		wlex_push_op(x, TOKEN_CLOSE, ')', end);
		wlex_push_op(x, TOKEN_OP, OP_CONCAT, end);
		i = end < to ? end + 1 : to;
	}
	wlex_push_op(x, TOKEN_CLOSE, ')', to);
}

static size_t doubled_end(const struct lexer *x, size_t from, size_t end, int quote)
{
	for (size_t i = from; i < end; i++) {
		if (x->text.p[i] != quote)
			continue;
		if (i + 1 >= end || x->text.p[i + 1] != quote)
			return i;
		i++;
	}
	return end;
}

/* A string whose quote is `before` characters from x->at on. */
static void string(struct lexer *x, size_t end, size_t before, int mark, enum escapes how,
		   struct token *ret)
{
	int quote = wlex_peek(x, end, before);
	ret->at = (uint32_t)x->at;
	x->at += before + 1;
	size_t from = x->at;
	size_t to = how == ESCAPES_DOUBLED ? doubled_end(x, from, end, quote)
					   : wlex_string_end(x, end, quote, how == ESCAPES_C);
	x->at = to < end ? to + 1 : end;
	if (mark != 0 && next_value(x, from, to, mark) < to) {
		push_template(x, from, to, mark, how, quote);
		return;
	}
	ret->kind = TOKEN_STRING;
	ret->text = wlex_unescape(x, from, to, how, quote);
}

/* A character of Java and C# is a number, but none that matters: it stays text. */
static bool any_string(struct lexer *x, size_t end, enum lang lang, struct token *ret)
{
	int c = wlex_peek(x, end, 0), d = wlex_peek(x, end, 1), e = wlex_peek(x, end, 2);
	if (c == '"' || c == '\'') {
		if (lang == LANG_CF)
			string(x, end, 0, '#', ESCAPES_DOUBLED, ret);
		else
			string(x, end, 0, 0, ESCAPES_C, ret);
		return true;
	}
	if (lang == LANG_JS && c == '`') {
		string(x, end, 0, '$', ESCAPES_C, ret);
		return true;
	}
	if (lang != LANG_CSHARP)
		return false;
	bool both = (c == '@' && d == '$') || (c == '$' && d == '@');
	if (both && e == '"')
		string(x, end, 2, '{', ESCAPES_DOUBLED, ret);
	else if (c == '@' && d == '"')
		string(x, end, 1, 0, ESCAPES_DOUBLED, ret);
	else if (c == '$' && d == '"')
		string(x, end, 1, '{', ESCAPES_C, ret);
	else
		return false;
	return true;
}

/* /…/flags on one line, where a value may stand. */
static bool regex(struct lexer *x, size_t end, struct token *ret)
{
	bool class = false;
	size_t i = x->at + 1;
	for (; i < end && x->text.p[i] != '\n' && (class || x->text.p[i] != '/'); i++) {
		class = x->text.p[i] == '[' || (class && x->text.p[i] != ']');
		if (x->text.p[i] == '\\')
			i++;
	}
	if (i >= end || x->text.p[i] != '/')
		return false;
	ret->kind = TOKEN_STRING;
	ret->at = (uint32_t)x->at;
	ret->text = bytes_sub(x->text, x->at + 1, i);
	for (i++; i < end && wlex_is_name(x->text.p[i]);)
		i++;
	x->at = i;
	return true;
}

static void c_operator(struct lexer *x, size_t end, enum lang lang, struct token *ret)
{
	wlex_operator(x, end, ret);
	if (ret->op == OP_MEMBER && ret->text.p[0] == '-')
		ret->op = OP_ARROW;
	if (lang == LANG_CF && ret->op == OP_AND)
		ret->op = OP_CONCAT;
	if (ret->op == OP_CHANGE && ret->number == OP_AND && lang == LANG_CF)
		ret->op = OP_APPEND;
	if (ret->op == OP_STATIC && lang != LANG_JAVA)
		ret->op = OP_MEMBER;
}

void wlex_c(struct lexer *x, size_t end, struct token *ret)
{
	enum lang lang = wlex_lang(x);
	int c = wlex_peek(x, end, 0);
	if (any_string(x, end, lang, ret))
		return;
	if (wlex_is_first(c) || (c == '$' && wlex_is_first(wlex_peek(x, end, 1))) ||
	    (c == '@' && wlex_is_first(wlex_peek(x, end, 1)))) {
		wlex_name(x, end, ret);
	} else if (c >= '0' && c <= '9') {
		wlex_number(x, end, ret);
		while (wlex_is_first(wlex_peek(x, end, 0)))
			x->at++;
	} else if (c == '(' || c == '[' || c == '{') {
		wlex_token(x, ret, TOKEN_OPEN, c, 1);
	} else if (c == ')' || c == ']' || c == '}') {
		wlex_token(x, ret, TOKEN_CLOSE, c, 1);
	} else if (c == ',' || c == ';') {
		wlex_token(x, ret, c == ',' ? TOKEN_COMMA : TOKEN_SEMI, 0, 1);
	} else if (c == '#' && lang == LANG_CF) {
		wlex_token(x, ret, TOKEN_OP, OP_NONE, 1);
	} else if (c == '/' && lang == LANG_JS && !x->operand && regex(x, end, ret)) {
		return;
	} else {
		c_operator(x, end, lang, ret);
	}
}
