/* Alpine versions, apk-package(5):
 *
 *	number{.number}...{letter}{_suffix{number}}...{~hash}{-r#}
 *
 * A version is read as a sequence of tokens whose kinds may only follow each
 * other in this order. Two versions are compared token by token; the first
 * pair that differs decides, by kind or by value. */
#include "vercmp/scheme.h"

/* In the order in which they may follow each other. Where one version goes on
 * with another kind than the other, the earlier kind is the newer version
 * (1.0.1 > 1.0a > 1.0_p1 > 1.0-r1 > 1.0), pre-release suffixes excepted. */
enum token_kind {
	TOKEN_FIRST_NUMBER,
	TOKEN_NUMBER,
	TOKEN_LETTER,
	TOKEN_SUFFIX,
	TOKEN_SUFFIX_NUMBER,
	TOKEN_HASH,
	TOKEN_REVISION,
	TOKEN_END,
	TOKEN_INVALID,
};

/* In their order; a version without suffix is between rc and cvs. */
static const char *const suffixes[] = {
	"alpha", "beta", "pre", "rc", "cvs", "svn", "git", "hg", "p"
};
enum { SUFFIX_COUNT = sizeof(suffixes) / sizeof(suffixes[0]), SUFFIX_PRE_RELEASES = 4 };

struct token {
	enum token_kind kind;
	struct bytes text; /* digits, letter or hash */
	int suffix; /* index into suffixes */
};

static int suffix_index(struct bytes word)
{
	for (int i = 0; i < SUFFIX_COUNT; i++) {
		if (bytes_equal(word, bytes_str(suffixes[i])))
			return i;
	}
	return -1;
}

static struct bytes take_while(struct bytes *rest, bool (*want)(uint8_t))
{
	size_t n = 0;
	while (n < rest->n && want(rest->p[n]))
		n++;
	struct bytes taken = bytes_of(rest->p, n);
	*rest = bytes_sub(*rest, n, rest->n);
	return taken;
}

static bool is_lower_hex(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* What a token of kind `kind` that starts here holds; its mark is passed. */
static struct token token_take(struct bytes *rest, enum token_kind kind)
{
	struct token t = { .kind = kind };
	if (kind == TOKEN_LETTER) {
		t.text = bytes_sub(*rest, 0, 1);
		*rest = bytes_sub(*rest, 1, rest->n);
	} else if (kind == TOKEN_SUFFIX) {
		t.text = take_while(rest, is_lower);
		t.suffix = suffix_index(t.text);
	} else if (kind == TOKEN_HASH) {
		t.text = take_while(rest, is_lower_hex);
	} else {
		t.text = vercmp_take_digits(rest);
	}
	if (t.text.n == 0 || t.suffix < 0)
		t.kind = TOKEN_INVALID;
	return t;
}

/* The kind that the next byte announces, TOKEN_INVALID when it may not follow
 * `before`; *ret_mark is the number of bytes before its content. */
static enum token_kind next_kind(struct bytes rest, enum token_kind before, size_t *ret_mark)
{
	uint8_t c = rest.p[0];
	*ret_mark = 1;
	if (c == '.')
		return before <= TOKEN_NUMBER ? TOKEN_NUMBER : TOKEN_INVALID;
	if (c == '_')
		return before <= TOKEN_SUFFIX_NUMBER ? TOKEN_SUFFIX : TOKEN_INVALID;
	if (c == '~')
		return before < TOKEN_HASH ? TOKEN_HASH : TOKEN_INVALID;
	if (bytes_starts_with(rest, BYTES_LIT("-r"))) {
		*ret_mark = 2;
		return before < TOKEN_REVISION ? TOKEN_REVISION : TOKEN_INVALID;
	}
	*ret_mark = 0;
	if (is_lower(c))
		return before <= TOKEN_NUMBER ? TOKEN_LETTER : TOKEN_INVALID;
	return is_digit(c) && before == TOKEN_SUFFIX ? TOKEN_SUFFIX_NUMBER : TOKEN_INVALID;
}

static struct token token_next(struct bytes *rest, enum token_kind before)
{
	size_t mark;
	if (rest->n == 0)
		return (struct token){ .kind = TOKEN_END };
	enum token_kind kind = next_kind(*rest, before, &mark);
	if (kind == TOKEN_INVALID)
		return (struct token){ .kind = TOKEN_INVALID };
	*rest = bytes_sub(*rest, mark, rest->n);
	return token_take(rest, kind);
}

/* A number behind a dot that starts with a zero is a fraction: compared as
 * text, as Gentoo's rules do (8.2.001 < 8.2.01 < 8.2.1). */
static int token_compare(const struct token *a, const struct token *b)
{
	bool fraction = a->kind == TOKEN_NUMBER && (a->text.p[0] == '0' || b->text.p[0] == '0');
	if (a->kind == TOKEN_SUFFIX)
		return a->suffix - b->suffix;
	if (a->kind == TOKEN_LETTER || a->kind == TOKEN_HASH || fraction)
		return bytes_compare(a->text, b->text);
	return vercmp_numbers(a->text, b->text);
}

static bool is_pre_release(const struct token *t)
{
	return t->kind == TOKEN_SUFFIX && t->suffix < SUFFIX_PRE_RELEASES;
}

static int kind_compare(const struct token *a, const struct token *b)
{
	if (is_pre_release(a))
		return -1;
	if (is_pre_release(b))
		return 1;
	return a->kind < b->kind ? 1 : -1;
}

bool vercmp_apk(struct bytes a, struct bytes b, int *ret)
{
	struct token x = token_take(&a, TOKEN_FIRST_NUMBER);
	struct token y = token_take(&b, TOKEN_FIRST_NUMBER);
	int order = 0;

	while (x.kind == y.kind && x.kind < TOKEN_END) {
		order = token_compare(&x, &y);
		if (order != 0)
			break;
		x = token_next(&a, x.kind);
		y = token_next(&b, y.kind);
	}
	if (x.kind == TOKEN_INVALID || y.kind == TOKEN_INVALID)
		return false;
	*ret = x.kind == y.kind ? order : kind_compare(&x, &y);
	return true;
}

bool vercmp_apk_valid(struct bytes text)
{
	struct token t = token_take(&text, TOKEN_FIRST_NUMBER);
	while (t.kind < TOKEN_END)
		t = token_next(&text, t.kind);
	return t.kind == TOKEN_END;
}
