/* Tokens of the languages of web pages. Strings come decoded; a string with values in
 * it comes as "(", its parts joined by OP_CONCAT, ")". */
#ifndef CORTEN_WEBSHELL_LEX_H
#define CORTEN_WEBSHELL_LEX_H

#include "webshell/value.h"

enum lang { LANG_PHP, LANG_JAVA, LANG_CSHARP, LANG_JS, LANG_VB, LANG_PERL, LANG_PYTHON, LANG_CF };

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_VAR, /* with its sigil left out */
	TOKEN_STRING,
	TOKEN_NUMBER,
	TOKEN_OP,
	TOKEN_OPEN, /* op is ( [ { */
	TOKEN_CLOSE, /* op is ) ] } */
	TOKEN_COMMA,
	TOKEN_SEMI, /* a statement ends */
};

/* Operators, by how they bind: prec.c has the table. */
enum op {
	OP_NONE,
	OP_ASSIGN,
	OP_APPEND, /* .= += &= */
	OP_CHANGE, /* ^= and the others */
	OP_CONCAT,
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_MOD,
	OP_XOR,
	OP_AND,
	OP_OR,
	OP_SHIFT,
	OP_INVERT,
	OP_NOT,
	OP_INC,
	OP_DEC,
	OP_ASK, /* ? */
	OP_COLON,
	OP_ELSE, /* ?? */
	OP_EQUAL,
	OP_UNEQUAL,
	OP_LESS,
	OP_LOGIC,
	OP_ARROW, /* => */
	OP_MEMBER,
	OP_STATIC, /* :: */
	OP_DOLLAR, /* $ before a variable or { */
	OP_REGEX, /* =~ */
	OP_MEET, /* two ways: the machine's own */
	OP_ELLIPSIS,
	OPS
};

struct token {
	enum token_kind kind;
	int op; /* enum op, or the bracket */
	bool tight; /* nothing lies between it and the token before */
	bool first; /* of its line */
	uint32_t at; /* offset in the text */
	uint32_t column; /* Python: of a line's first token */
	struct bytes text;
	int64_t number;
};

/* Code between `from` and `to`. */
struct piece {
	uint32_t from, to;
	enum lang lang;
	bool value; /* <%= … %> */
	bool bare; /* PHP without its tags, as it is handed to eval */
};

enum { LEX_QUEUE = 512, LEX_HEREDOCS = 4 };

struct lexer {
	struct bytes text;
	const struct piece *pieces;
	size_t piece_count;
	struct heap *heap;
	/* where it is */
	size_t piece, at;
	bool html; /* PHP: outside of its tags */
	bool line_start;
	unsigned open; /* Python: brackets */
	unsigned nested; /* strings within strings */
	bool operand; /* the last token ends a value: a slash divides */
	struct token *queue; /* LEX_QUEUE of them */
	size_t head, count;
	struct bytes heredocs[LEX_HEREDOCS]; /* Perl */
	size_t heredoc_count;
};

struct wlex_place {
	size_t piece, at;
	bool html;
};

void wlex_next(struct lexer *x, struct token *ret);
struct wlex_place wlex_tell(const struct lexer *x);
void wlex_seek(struct lexer *x, struct wlex_place p);
enum lang wlex_lang(const struct lexer *x);

/* --- between the files of the lexers --------------------------------------------------- */

/* Each reads the token at x->at, which is no white space, before `end`. */
void wlex_php(struct lexer *x, size_t end, struct token *ret);
void wlex_c(struct lexer *x, size_t end, struct token *ret); /* Java, C#, JScript, CFScript */
void wlex_vb(struct lexer *x, size_t end, struct token *ret);
void wlex_perl(struct lexer *x, size_t end, struct token *ret);
void wlex_python(struct lexer *x, size_t end, struct token *ret);

static inline int wlex_peek(const struct lexer *x, size_t end, size_t n)
{
	return x->at + n < end ? x->text.p[x->at + n] : -1;
}

/* What a name begins with: letters, _, bytes over 127; behind that digits, too. */
static inline bool wlex_is_first(int c)
{
	return (unsigned)((c | 0x20) - 'a') < 26 || c == '_' || c > 127;
}

static inline bool wlex_is_name(int c)
{
	return wlex_is_first(c) || (unsigned)(c - '0') < 10;
}

void wlex_name(struct lexer *x, size_t end, struct token *ret);
void wlex_number(struct lexer *x, size_t end, struct token *ret);
/* The longest operator of those of C and its family. */
void wlex_operator(struct lexer *x, size_t end, struct token *ret);
void wlex_token(struct lexer *x, struct token *ret, enum token_kind kind, int op, size_t length);
void wlex_push(struct lexer *x, const struct token *t);
void wlex_push_op(struct lexer *x, enum token_kind kind, int op, size_t at);
/* Pushes the tokens of text[from, to), as code of the same language. */
void wlex_push_code(struct lexer *x, size_t from, size_t to);
/* A string that begins at `from` and ends before `to`: value, with escapes decoded. */
enum escapes { ESCAPES_NONE, ESCAPES_QUOTES, ESCAPES_C, ESCAPES_DOUBLED };
struct bytes wlex_unescape(struct lexer *x, size_t from, size_t to, enum escapes how, int quote);
/* The end of a string whose body begins at x->at: the offset of its quote, or end. */
size_t wlex_string_end(const struct lexer *x, size_t end, int quote, bool backslash);
bool wlex_starts(const struct lexer *x, size_t end, const char *word); /* in any case */

#endif
