#include "format/yaml_scalar.h"

static bool one_of(struct bytes text, const char *const *words)
{
	for (; *words != NULL; words++)
		if (bytes_equal(text, bytes_str(*words)))
			return true;
	return false;
}

static size_t digits_at(struct bytes b, size_t at, const char *digits)
{
	size_t n = 0;
	while (at + n < b.n && b.p[at + n] != 0 && strchr(digits, b.p[at + n]) != NULL)
		n++;
	return n;
}

/* 0o7 and 0x1F, without a sign. */
static bool is_based(struct bytes b)
{
	if (b.n < 3 || b.p[0] != '0' || (b.p[1] != 'o' && b.p[1] != 'x'))
		return false;
	const char *digits = b.p[1] == 'o' ? "01234567" : "0123456789abcdefABCDEF";
	return digits_at(b, 2, digits) == b.n - 2;
}

/* [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )? */
static bool is_decimal(struct bytes b)
{
	static const char decimal[] = "0123456789";
	size_t at = b.n > 0 && (b.p[0] == '-' || b.p[0] == '+') ? 1 : 0;
	size_t whole = digits_at(b, at, decimal), part = 0;
	at += whole;
	if (at < b.n && b.p[at] == '.') {
		part = digits_at(b, ++at, decimal);
		at += part;
	}
	if (whole + part == 0)
		return false;
	if (at < b.n && (b.p[at] == 'e' || b.p[at] == 'E')) {
		at++;
		at += at < b.n && (b.p[at] == '-' || b.p[at] == '+') ? 1 : 0;
		size_t exponent = digits_at(b, at, decimal);
		at += exponent;
		if (exponent == 0)
			return false;
	}
	return at == b.n;
}

static bool is_special_float(struct bytes b)
{
	static const char *const infinite[] = { ".inf", ".Inf", ".INF", NULL };
	static const char *const nan[] = { ".nan", ".NaN", ".NAN", NULL };
	if (one_of(b, nan))
		return true;
	if (b.n > 0 && (b.p[0] == '-' || b.p[0] == '+'))
		b = bytes_sub(b, 1, b.n);
	return one_of(b, infinite);
}

enum node_kind yaml_plain_kind(struct bytes text)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
	static const char *const bools[] = {
		"true", "True", "TRUE", "false", "False", "FALSE", NULL
	};
	if (one_of(text, nulls))
		return NODE_NULL;
	if (one_of(text, bools))
		return NODE_BOOL;
	return is_decimal(text) || is_based(text) || is_special_float(text) ? NODE_NUMBER
									    : NODE_STRING;
}
