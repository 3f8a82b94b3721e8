/* What the lexers of all languages share: the pieces of code, white space and
 * comments, names, numbers, operators, strings. */
#include "webshell/lex.h"

enum { NESTED_MOST = 3, NAME_MOST = 256 };

bool wlex_starts(const struct lexer *x, size_t end, const char *word)
{
	size_t n = strlen(word);
	if (end - x->at < n)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((x->text.p[x->at + i] | (wlex_is_first(word[i]) ? 0x20 : 0)) !=
		    (uint8_t)word[i])
			return false;
	return true;
}

void wlex_token(struct lexer *x, struct token *ret, enum token_kind kind, int op, size_t length)
{
	ret->kind = kind;
	ret->op = op;
	ret->at = (uint32_t)x->at;
	ret->text = bytes_of(x->text.p + x->at, length);
	x->at += length;
}

/* --- tokens that wait ---------------------------------------------------------------- */

void wlex_push(struct lexer *x, const struct token *t)
{
	if (x->head + x->count < LEX_QUEUE)
		x->queue[x->head + x->count++] = *t;
}

void wlex_push_op(struct lexer *x, enum token_kind kind, int op, size_t at)
{
	struct token t = { .kind = kind, .op = op, .at = (uint32_t)at, .tight = true };
	wlex_push(x, &t);
}

void wlex_push_code(struct lexer *x, size_t from, size_t to)
{
	struct token queue[LEX_QUEUE];
	struct piece p = { .from = (uint32_t)from, .to = (uint32_t)to, .lang = wlex_lang(x) };
	if (x->nested >= NESTED_MOST)
		return;
	struct lexer sub = { .text = x->text,
			     .pieces = &p,
			     .piece_count = 1,
			     .heap = x->heap,
			     .at = from,
			     .open = 1,
			     .nested = x->nested + 1,
			     .queue = queue };
	for (struct token t; wlex_next(&sub, &t), t.kind != TOKEN_END;)
		if (t.kind != TOKEN_SEMI)
			wlex_push(x, &t);
}

/* --- names, numbers, operators --------------------------------------------------------- */

void wlex_name(struct lexer *x, size_t end, struct token *ret)
{
	size_t n = 1;
	while (wlex_is_name(wlex_peek(x, end, n)))
		n++;
	wlex_token(x, ret, TOKEN_NAME, 0, n);
}

static int digit_of(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

void wlex_number(struct lexer *x, size_t end, struct token *ret)
{
	size_t n = 0;
	int base = 10;
	int64_t v = 0;
	if (wlex_peek(x, end, 0) == '0' && digit_of(wlex_peek(x, end, 1)) < 10) {
		base = 8;
	} else if (wlex_peek(x, end, 0) == '0' && (wlex_peek(x, end, 1) | 0x20) == 'x') {
		base = 16;
		n = 2;
	} else if (wlex_peek(x, end, 0) == '0' && (wlex_peek(x, end, 1) | 0x20) == 'b') {
		base = 2;
		n = 2;
	}
	for (int c; (c = wlex_peek(x, end, n)) == '_' || digit_of(c) < base; n++)
		if (c != '_' && (checked_mul(v, base, &v) || checked_add(v, digit_of(c), &v)))
			v = 0;
	/* A fraction is cut off, as chr() and the like do. */
	if (wlex_peek(x, end, n) == '.' && digit_of(wlex_peek(x, end, n + 1)) < 10)
		for (n++; digit_of(wlex_peek(x, end, n)) < 10;)
			n++;
	wlex_token(x, ret, TOKEN_NUMBER, 0, n);
	ret->number = v;
}

struct spelling {
	const char *text;
	enum op op;
	enum op under; /* OP_CHANGE: what it does before it assigns */
};

/* Longer ones first. */
static const struct spelling spellings[] = {
	{ "<=>", OP_LESS, 0 },
	{ "===", OP_EQUAL, 0 },
	{ "!==", OP_UNEQUAL, 0 },
	{ "...", OP_ELLIPSIS, 0 },
	{ "?\?=", OP_ASSIGN, 0 },
	{ "**=", OP_CHANGE, OP_MUL },
	{ "<<=", OP_CHANGE, OP_SHIFT },
	{ ">>=", OP_CHANGE, OP_SHIFT },
	{ "||=", OP_ASSIGN, 0 },
	{ "?->", OP_MEMBER, 0 },
	{ "//=", OP_ASSIGN, 0 },
	{ "==", OP_EQUAL, 0 },
	{ "!=", OP_UNEQUAL, 0 },
	{ "<>", OP_UNEQUAL, 0 },
	{ "<=", OP_LESS, 0 },
	{ ">=", OP_LESS, 0 },
	{ "=>", OP_ARROW, 0 },
	{ "=~", OP_REGEX, 0 },
	{ "!~", OP_LESS, 0 },
	{ "->", OP_MEMBER, 0 },
	{ "::", OP_STATIC, 0 },
	{ ":=", OP_ASSIGN, 0 },
	{ "&&", OP_LOGIC, 0 },
	{ "||", OP_LOGIC, 0 },
	{ "?\?", OP_ELSE, 0 },
	{ "++", OP_INC, 0 },
	{ "--", OP_DEC, 0 },
	{ ".=", OP_APPEND, 0 },
	{ "+=", OP_APPEND, 0 },
	{ "&=", OP_CHANGE, OP_AND },
	{ "^=", OP_CHANGE, OP_XOR },
	{ "|=", OP_CHANGE, OP_OR },
	{ "-=", OP_CHANGE, OP_SUB },
	{ "*=", OP_CHANGE, OP_MUL },
	{ "/=", OP_CHANGE, OP_DIV },
	{ "%=", OP_CHANGE, OP_MOD },
	{ "<<", OP_SHIFT, 0 },
	{ ">>", OP_SHIFT, 0 },
	{ "**", OP_MUL, 0 },
	{ "?.", OP_MEMBER, 0 },
	{ "=", OP_ASSIGN, 0 },
	{ "+", OP_ADD, 0 },
	{ "-", OP_SUB, 0 },
	{ "*", OP_MUL, 0 },
	{ "/", OP_DIV, 0 },
	{ "%", OP_MOD, 0 },
	{ "^", OP_XOR, 0 },
	{ "&", OP_AND, 0 },
	{ "|", OP_OR, 0 },
	{ "~", OP_INVERT, 0 },
	{ "!", OP_NOT, 0 },
	{ "<", OP_LESS, 0 },
	{ ">", OP_LESS, 0 },
	{ "?", OP_ASK, 0 },
	{ ":", OP_COLON, 0 },
	{ ".", OP_MEMBER, 0 },
	{ "$", OP_DOLLAR, 0 },
};

void wlex_operator(struct lexer *x, size_t end, struct token *ret)
{
	for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
		const struct spelling *s = &spellings[i];
		if ((uint8_t)s->text[0] != x->text.p[x->at])
			continue;
		size_t n = strlen(s->text);
		if (end - x->at < n || memcmp(x->text.p + x->at, s->text, n) != 0)
			continue;
		wlex_token(x, ret, TOKEN_OP, (int)s->op, n);
		ret->number = s->under;
		return;
	}
	wlex_token(x, ret, TOKEN_OP, OP_NONE, 1);
}

/* --- strings ------------------------------------------------------------------------------ */

size_t wlex_string_end(const struct lexer *x, size_t end, int quote, bool backslash)
{
	size_t i = x->at;
	while (i < end && x->text.p[i] != quote)
		i += backslash && x->text.p[i] == '\\' ? 2 : 1;
	return i < end ? i : end;
}

static size_t hex_escape(const uint8_t *p, size_t n, size_t most, uint32_t *ret)
{
	size_t i = 0;
	uint32_t v = 0;
	for (; i < most && i < n && digit_of(p[i]) < 16; i++)
		v = v * 16 + (uint32_t)digit_of(p[i]);
	*ret = v;
	return i;
}

static size_t put_point(uint8_t *out, uint32_t v)
{
	if (v < 0x80) {
		out[0] = (uint8_t)v;
		return 1;
	}
	if (v < 0x800) {
		out[0] = (uint8_t)(0xc0 | v >> 6);
		out[1] = (uint8_t)(0x80 | (v & 0x3f));
		return 2;
	}
	out[0] = (uint8_t)(0xe0 | (v >> 12 & 15));
	out[1] = (uint8_t)(0x80 | (v >> 6 & 0x3f));
	out[2] = (uint8_t)(0x80 | (v & 0x3f));
	return 3;
}

/* The escape behind a backslash at p: its length, and what it means in out. */
static size_t unescape_one(const uint8_t *p, size_t n, uint8_t *out, size_t *ret_n)
{
	static const char from[] = "nrtvfae0", to[] = "\n\r\t\v\f\a\033";
	uint32_t v;
	*ret_n = 1;
	if (digit_of(p[0]) < 8) {
		size_t i = 0;
		for (v = 0; i < 3 && i < n && digit_of(p[i]) < 8; i++)
			v = v * 8 + (uint32_t)digit_of(p[i]);
		out[0] = (uint8_t)v;
		return i;
	}
	if (p[0] == 'x' && n > 1 && digit_of(p[1]) < 16) {
		size_t i = hex_escape(p + 1, n - 1, 2, &v);
		out[0] = (uint8_t)v;
		return i + 1;
	}
	if (p[0] == 'u' && n > 1) {
		size_t brace = p[1] == '{';
		size_t i = hex_escape(p + 1 + brace, n - 1 - brace, brace ? 6 : 4, &v);
		*ret_n = put_point(out, v);
		return i + 1 + brace * 2 <= n ? i + 1 + brace * 2 : n;
	}
	const char *found = strchr(from, p[0]);
	out[0] = found != NULL && p[0] != 0 ? (uint8_t)to[found - from] : p[0];
	return 1;
}

static size_t unescape(const uint8_t *p, size_t n, enum escapes how, int quote, uint8_t *out)
{
	size_t o = 0, made;
	for (size_t i = 0; i < n;) {
		bool last = i + 1 >= n;
		if (how == ESCAPES_DOUBLED && p[i] == quote && !last && p[i + 1] == quote) {
			out[o++] = p[i];
			i += 2;
		} else if (how == ESCAPES_QUOTES && p[i] == '\\' && !last &&
			   (p[i + 1] == '\\' || p[i + 1] == quote)) {
			out[o++] = p[i + 1];
			i += 2;
		} else if (how == ESCAPES_C && p[i] == '\\' && !last) {
			i += 1 + unescape_one(p + i + 1, n - i - 1, out + o, &made);
			o += made;
		} else {
			out[o++] = p[i++];
		}
	}
	return o;
}

struct bytes wlex_unescape(struct lexer *x, size_t from, size_t to, enum escapes how, int quote)
{
	struct bytes raw = bytes_sub(x->text, from, to);
	int mark = how == ESCAPES_DOUBLED ? quote : '\\';
	if (how == ESCAPES_NONE || raw.n == 0 || memchr(raw.p, mark, raw.n) == NULL)
		return raw;
	uint8_t *out = heap_room(x->heap, raw.n + 4);
	if (out == NULL)
		return raw;
	return heap_keep(x->heap, out, unescape(raw.p, raw.n, how, quote, out));
}

/* --- white space -------------------------------------------------------------------------- */

static bool at_word(const struct lexer *x, size_t end, const char *word)
{
	return wlex_starts(x, end, word) && !wlex_is_name(wlex_peek(x, end, strlen(word)));
}

/* The length of a comment that begins here, without the end of its line; 0: none. */
static size_t comment_length(const struct lexer *x, size_t end, enum lang lang)
{
	const uint8_t *p = x->text.p + x->at;
	size_t n = end - x->at;
	bool slashes = lang != LANG_VB && lang != LANG_PERL && lang != LANG_PYTHON;
	if (slashes && n > 1 && p[0] == '/' && p[1] == '*') {
		const uint8_t *to = memmem(p + 2, n - 2, "*/", 2);
		return to == NULL ? n : (size_t)(to - p) + 2;
	}
	bool line = slashes && n > 1 && p[0] == '/' && p[1] == '/';
	if (p[0] == '#')
		line = lang == LANG_PHP ? !(n > 1 && p[1] == '[')
					: lang == LANG_PERL || lang == LANG_PYTHON ||
						  (lang == LANG_CSHARP && x->line_start);
	if (lang == LANG_VB)
		line = p[0] == '\'' || (at_word(x, end, "rem") && x->line_start);
	if (!line)
		return 0;
	const uint8_t *to = memchr(p, '\n', n);
	const uint8_t *cr = memchr(p, '\r', to == NULL ? n : (size_t)(to - p));
	size_t length = cr != NULL ? (size_t)(cr - p) : to == NULL ? n : (size_t)(to - p);
	if (lang == LANG_PHP) {
		const uint8_t *tag = memmem(p, length, "?>", 2);
		length = tag == NULL ? length : (size_t)(tag - p);
	}
	return length == 0 ? 1 : length;
}

/* The length of a line's end that does not end its statement; 0: it does. */
static size_t joined_line(const struct lexer *x, size_t end, enum lang lang)
{
	int c = wlex_peek(x, end, 0);
	if (lang == LANG_PYTHON && c == '\\')
		return wlex_peek(x, end, 1) == '\r' ? 3 : wlex_peek(x, end, 1) == '\n' ? 2 : 0;
	if (lang != LANG_VB || c != '_')
		return 0;
	size_t n = 1;
	while (wlex_peek(x, end, n) == ' ' || wlex_peek(x, end, n) == '\t')
		n++;
	if (wlex_peek(x, end, n) == '\r')
		n++;
	return wlex_peek(x, end, n) == '\n' || x->text.p[x->at + n - 1] == '\r' ? n + 1 : 0;
}

/* Skips to the next token; true: a line ended that ends a statement. */
static bool skip_blank(struct lexer *x, size_t end, enum lang lang)
{
	bool lines = lang == LANG_VB || lang == LANG_PYTHON;
	while (x->at < end) {
		uint8_t c = x->text.p[x->at];
		if (c == '\n' || (c == '\r' && lang == LANG_VB)) {
			x->at++;
			x->line_start = true;
			if (lines && x->open == 0)
				return true;
			continue;
		}
		if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || c == 0) {
			x->at++;
			continue;
		}
		size_t n = joined_line(x, end, lang);
		if (n == 0 && (c != '/' || !x->operand || lang != LANG_PERL))
			n = comment_length(x, end, lang);
		if (n == 0 && lang == LANG_PHP && c == '@')
			n = 1;
		if (n == 0)
			break;
		x->at = n > end - x->at ? end : x->at + n;
	}
	return false;
}

/* --- PHP's tags ------------------------------------------------------------------------------ */

/* From HTML into code; false: there is no more. */
static bool enter_php(struct lexer *x, size_t end)
{
	while (x->at < end) {
		const uint8_t *p = memchr(x->text.p + x->at, '<', end - x->at);
		if (p == NULL)
			break;
		x->at = (size_t)(p - x->text.p) + 1;
		int c = wlex_peek(x, end, 0);
		if (c == '?' && !wlex_starts(x, end, "?xml")) {
			x->at += wlex_starts(x, end, "?php") ? 4
				 : wlex_starts(x, end, "?=") ? 2
							     : 1;
			return true;
		}
		if (wlex_starts(x, end, "script")) {
			size_t near = end - x->at < 80 ? end - x->at : 80;
			const uint8_t *close = memchr(x->text.p + x->at, '>', near);
			size_t n = close == NULL ? 0 : (size_t)(close - (x->text.p + x->at));
			if (memmem(x->text.p + x->at, n, "php", 3) != NULL ||
			    memmem(x->text.p + x->at, n, "PHP", 3) != NULL) {
				x->at += n + 1;
				return true;
			}
		}
	}
	x->at = end;
	return false;
}

static bool leave_php(struct lexer *x, size_t end)
{
	if (wlex_peek(x, end, 0) == '?' && wlex_peek(x, end, 1) == '>')
		x->at += 2;
	else if (wlex_starts(x, end, "</script>"))
		x->at += 9;
	else
		return false;
	x->html = true;
	return true;
}

/* --- the whole -------------------------------------------------------------------------------- */

enum lang wlex_lang(const struct lexer *x)
{
	return x->piece < x->piece_count ? x->pieces[x->piece].lang : LANG_PHP;
}

static void scan(struct lexer *x, size_t end, enum lang lang, struct token *ret)
{
	static void (*const by_lang[])(struct lexer *, size_t, struct token *) = {
		[LANG_PHP] = wlex_php,   [LANG_JAVA] = wlex_c,        [LANG_CSHARP] = wlex_c,
		[LANG_JS] = wlex_c,      [LANG_CF] = wlex_c,          [LANG_VB] = wlex_vb,
		[LANG_PERL] = wlex_perl, [LANG_PYTHON] = wlex_python,
	};
	by_lang[lang](x, end, ret);
}

/* false: the piece is at its end. */
static bool next_in_piece(struct lexer *x, struct token *ret)
{
	const struct piece *p = &x->pieces[x->piece];
	if (p->lang == LANG_PHP && x->html) {
		if (!enter_php(x, p->to))
			return false;
		x->html = false;
		wlex_token(x, ret, TOKEN_SEMI, 0, 0);
		return true;
	}
	size_t before = x->at;
	if (skip_blank(x, p->to, p->lang)) {
		wlex_token(x, ret, TOKEN_SEMI, 0, 0);
		return true;
	}
	if (x->at >= p->to)
		return false;
	if (p->lang == LANG_PHP && leave_php(x, p->to)) {
		wlex_token(x, ret, TOKEN_SEMI, 0, 0);
		return true;
	}
	ret->tight = x->at == before;
	ret->first = x->line_start;
	if (x->line_start && p->lang == LANG_PYTHON) {
		size_t line = x->at;
		while (line > p->from && x->text.p[line - 1] != '\n')
			line--;
		ret->column = (uint32_t)(x->at - line);
	}
	x->line_start = false;
	scan(x, p->to, p->lang, ret);
	return true;
}

static void wlex_advance(struct lexer *x, struct token *ret)
{
	while (x->piece < x->piece_count) {
		if (next_in_piece(x, ret))
			return;
		if (++x->piece >= x->piece_count)
			break;
		x->at = x->pieces[x->piece].from;
		x->html = x->pieces[x->piece].lang == LANG_PHP;
		x->line_start = true;
		wlex_token(x, ret, TOKEN_SEMI, 0, 0);
		return;
	}
	ret->kind = TOKEN_END;
	ret->at = (uint32_t)x->text.n;
}

void wlex_next(struct lexer *x, struct token *ret)
{
	*ret = (struct token){ 0 };
	if (x->count == 0) {
		x->head = 0;
		wlex_advance(x, ret);
	}
	if (x->count > 0) {
		*ret = x->queue[x->head++];
		x->count--;
	}
	if (ret->kind == TOKEN_OPEN)
		x->open++;
	else if (ret->kind == TOKEN_CLOSE && x->open > 0)
		x->open--;
	x->operand = ret->kind == TOKEN_NAME || ret->kind == TOKEN_VAR ||
		     ret->kind == TOKEN_STRING || ret->kind == TOKEN_NUMBER ||
		     ret->kind == TOKEN_CLOSE;
}

struct wlex_place wlex_tell(const struct lexer *x)
{
	return (struct wlex_place){ x->piece, x->at, x->html };
}

void wlex_seek(struct lexer *x, struct wlex_place p)
{
	x->piece = p.piece;
	x->at = p.at;
	x->html = p.html;
	x->head = x->count = 0;
	x->open = 0;
	x->heredoc_count = 0;
	x->line_start = false;
	x->operand = false;
}
