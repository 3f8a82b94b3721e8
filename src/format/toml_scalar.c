#include "format/toml_internal.h"

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* --- dates and times (RFC 3339, and its halves) ------------------------------------- */

/* n digits, between min and max. */
static bool take_field(struct bytes *b, size_t n, unsigned min, unsigned max, unsigned *ret)
{
	unsigned value = 0;
	if (b->n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_digit(b->p[i]))
			return false;
		value = value * 10 + (b->p[i] - (unsigned)'0');
	}
	if (value < min || value > max)
		return false;
	*b = bytes_sub(*b, n, b->n);
	*ret = value;
	return true;
}

static bool take_char(struct bytes *b, const char *any)
{
	if (b->n == 0 || b->p[0] == 0 || strchr(any, b->p[0]) == NULL)
		return false;
	*b = bytes_sub(*b, 1, b->n);
	return true;
}

static unsigned days_of(unsigned year, unsigned month)
{
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	if (month == 2)
		return leap ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static bool take_date(struct bytes *b)
{
	unsigned year, month, day;
	return take_field(b, 4, 1, 9999, &year) && take_char(b, "-") &&
	       take_field(b, 2, 1, 12, &month) && take_char(b, "-") &&
	       take_field(b, 2, 1, days_of(year, month), &day);
}

static bool take_time(struct bytes *b)
{
	unsigned waste;
	if (!take_field(b, 2, 0, 23, &waste) || !take_char(b, ":") ||
	    !take_field(b, 2, 0, 59, &waste) || !take_char(b, ":") ||
	    !take_field(b, 2, 0, 59, &waste))
		return false;
	if (!take_char(b, "."))
		return true;
	size_t digits = 0;
	for (; take_char(b, "0123456789"); digits++)
		;
	return digits > 0;
}

static bool take_offset(struct bytes *b)
{
	unsigned waste;
	return take_char(b, "Zz") || (take_char(b, "+-") && take_field(b, 2, 0, 23, &waste) &&
				      take_char(b, ":") && take_field(b, 2, 0, 59, &waste));
}

static bool is_moment(struct bytes b)
{
	struct bytes time = b;
	if (take_time(&time) && time.n == 0)
		return true;
	if (!take_date(&b))
		return false;
	if (b.n == 0)
		return true;
	return take_char(&b, "Tt ") && take_time(&b) && (b.n == 0 || take_offset(&b)) && b.n == 0;
}

/* --- numbers ---------------------------------------------------------------------------- */

/* Digits with single underscores between them. */
static bool take_digits(struct bytes *b, const char *digits)
{
	if (!take_char(b, digits))
		return false;
	while (b->n > 0) {
		struct bytes rest = *b;
		(void)take_char(&rest, "_");
		if (!take_char(&rest, digits))
			break;
		*b = rest;
	}
	return true;
}

static bool is_based(struct bytes b)
{
	static const char hex[] = "0123456789abcdefABCDEF";
	if (b.n < 3 || b.p[0] != '0')
		return false;
	const char *digits = b.p[1] == 'x' ? hex : b.p[1] == 'o' ? "01234567" : "01";
	if (b.p[1] != 'x' && b.p[1] != 'o' && b.p[1] != 'b')
		return false;
	b = bytes_sub(b, 2, b.n);
	return take_digits(&b, digits) && b.n == 0;
}

static bool is_number(struct bytes b)
{
	static const char decimal[] = "0123456789";
	if (is_based(b))
		return true;
	(void)take_char(&b, "+-");
	if (bytes_equal(b, BYTES_LIT("inf")) || bytes_equal(b, BYTES_LIT("nan")))
		return true;
	if (!take_char(&b, "0") && !take_digits(&b, decimal))
		return false;
	if (take_char(&b, ".") && !take_digits(&b, decimal))
		return false;
	if (take_char(&b, "eE")) {
		(void)take_char(&b, "+-");
		if (!take_digits(&b, decimal))
			return false;
	}
	return b.n == 0;
}

/* --- ------------------------------------------------------------------------------------- */

static bool is_word(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
	       c == '-' || c == '_' || c == '.' || c == ':';
}

/* All that could belong to the value; a date and a time may have one space
 * between them. */
static struct bytes take_word(struct toml *t)
{
	size_t from = t->at;
	while (is_word(toml_peek(t, 0)))
		t->at++;
	struct bytes date = bytes_sub(t->text, from, t->at);
	if (toml_peek(t, 0) == ' ' && is_digit(toml_peek(t, 1)) && is_digit(toml_peek(t, 2)) &&
	    toml_peek(t, 3) == ':' && take_date(&date) && date.n == 0)
		for (t->at++; is_word(toml_peek(t, 0));)
			t->at++;
	return bytes_sub(t->text, from, t->at);
}

int toml_scalar(struct toml *t, enum node_kind *ret_kind, struct bytes *ret_text)
{
	struct bytes word = take_word(t);
	if (bytes_equal(word, BYTES_LIT("true")) || bytes_equal(word, BYTES_LIT("false")))
		*ret_kind = NODE_BOOL;
	else if (is_number(word))
		*ret_kind = NODE_NUMBER;
	else if (is_moment(word))
		*ret_kind = NODE_STRING;
	else
		return toml_error(t, word.n == 0 ? "a value was expected"
						 : "neither a number nor a date nor a boolean");
	*ret_text = word;
	return 0;
}
