/* RPM labels: [epoch:]version[-release], rpm-version(7). The order is that of
 * whole labels (rpmverCmp, and rpmVersionCompare for two packages), not that
 * of dependency ranges: a missing epoch is 0, and a label without release is
 * older than the same label with one. */
#include "vercmp/scheme.h"

struct rpm_label {
	struct bytes epoch; /* digits; empty counts as 0 */
	struct bytes version;
	struct bytes release;
	bool has_release;
};

/* rpm skips what is neither letter, digit, tilde nor caret, bytes beyond ASCII
 * included; blanks and control characters only show that this is no label. */
static bool has_blank_or_control(struct bytes text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] <= ' ' || text.p[i] == 0x7f)
			return true;
	}
	return false;
}

/* An epoch is digits up to a colon; a colon elsewhere is a separator. */
static bool rpm_label_parse(struct bytes text, struct rpm_label *ret)
{
	struct rpm_label v = { 0 };
	struct bytes rest = text;
	struct bytes digits = vercmp_take_digits(&rest);

	if (has_blank_or_control(text))
		return false;
	if (rest.n > 0 && rest.p[0] == ':') {
		v.epoch = digits;
		text = bytes_sub(rest, 1, rest.n);
	}
	const uint8_t *hyphen = text.n == 0 ? NULL : memrchr(text.p, '-', text.n);
	if (hyphen != NULL) {
		size_t at = (size_t)(hyphen - text.p);
		v.has_release = true;
		v.release = bytes_sub(text, at + 1, text.n);
		text = bytes_sub(text, 0, at);
		if (v.release.n == 0)
			return false;
	}
	v.version = text;
	if (v.version.n == 0)
		return false;
	*ret = v;
	return true;
}

static bool at_char(struct bytes b, uint8_t c)
{
	return b.n > 0 && b.p[0] == c;
}

static struct bytes skip_separators(struct bytes b)
{
	size_t n = 0;
	while (n < b.n && !is_digit(b.p[n]) && !is_letter(b.p[n]) && b.p[n] != '~' && b.p[n] != '^')
		n++;
	return bytes_sub(b, n, b.n);
}

/* A tilde sorts before everything, even the end; a caret after the end, but
 * before any other segment. True when one of the two stands at an operator;
 * then *ret_order is 0 if both do, and they are passed. */
static bool operator_compare(struct bytes *a, struct bytes *b, int *ret_order)
{
	uint8_t op = at_char(*a, '~') || at_char(*b, '~') ? '~' : '^';
	bool in_a = at_char(*a, op), in_b = at_char(*b, op);

	if (!in_a && !in_b)
		return false;
	if (in_a && in_b) {
		*a = bytes_sub(*a, 1, a->n);
		*b = bytes_sub(*b, 1, b->n);
		*ret_order = 0;
	} else if (op == '~') {
		*ret_order = in_a ? -1 : 1;
	} else if (in_a) {
		*ret_order = b->n == 0 ? 1 : -1;
	} else {
		*ret_order = a->n == 0 ? -1 : 1;
	}
	return true;
}

/* Both stand at a letter or digit: a number is newer than letters, numbers go
 * by value, letters by ASCII. */
static int segment_compare(struct bytes *a, struct bytes *b)
{
	bool number_a = is_digit(a->p[0]), number_b = is_digit(b->p[0]);
	if (number_a != number_b)
		return number_a ? 1 : -1;
	if (number_a)
		return vercmp_numbers(vercmp_take_digits(a), vercmp_take_digits(b));
	return bytes_compare(vercmp_take_letters(a), vercmp_take_letters(b));
}

static int rpm_part_compare(struct bytes a, struct bytes b)
{
	for (;;) {
		int order;
		a = skip_separators(a);
		b = skip_separators(b);
		if (!operator_compare(&a, &b, &order)) {
			if (a.n == 0 || b.n == 0)
				return (a.n > 0) - (b.n > 0);
			order = segment_compare(&a, &b);
		}
		if (order != 0)
			return order;
	}
}

bool vercmp_rpm(struct bytes a, struct bytes b, int *ret)
{
	struct rpm_label x, y;
	if (!rpm_label_parse(a, &x) || !rpm_label_parse(b, &y))
		return false;
	int order = vercmp_numbers(x.epoch, y.epoch);
	if (order == 0)
		order = rpm_part_compare(x.version, y.version);
	if (order == 0)
		order = x.has_release && y.has_release ? rpm_part_compare(x.release, y.release)
						       : x.has_release - y.has_release;
	*ret = order;
	return true;
}

bool vercmp_rpm_valid(struct bytes text)
{
	struct rpm_label v;
	return rpm_label_parse(text, &v);
}
