/* Debian versions: [epoch:]upstream[-revision], Debian Policy 5.6.12 and
 * deb-version(7).
 *
 * What dpkg only warns of (an upstream version that does not start with a
 * digit, an unusual character) is compared as dpkg compares it, because such
 * packages do get installed; what it refuses is no version here either. */
#include "vercmp/scheme.h"

/* dpkg keeps the epoch in a 32-bit int. */
static bool epoch_fits(struct bytes digits)
{
	return digits.n > 0 && vercmp_numbers(digits, BYTES_LIT("2147483647")) <= 0;
}

static ptrdiff_t last_index(struct bytes b, uint8_t c)
{
	const uint8_t *at = b.n == 0 ? NULL : memrchr(b.p, c, b.n);
	return at == NULL ? -1 : at - b.p;
}

/* The epoch ends at the first colon, the revision starts behind the last
 * hyphen: both may be part of the upstream version too. *ret is filled part by
 * part: a copy of the whole is what matching would spend its time on. */
static bool deb_version_parse(struct bytes text, struct vercmp_deb *ret)
{
	ptrdiff_t colon = bytes_index(text, ':');

	/* dpkg refuses blanks within, and no tool writes other bytes */
	if (!vercmp_is_visible(text))
		return false;
	ret->epoch = bytes_of(NULL, 0);
	if (colon >= 0) {
		struct bytes rest = bytes_sub(text, 0, (size_t)colon);
		ret->epoch = vercmp_take_digits(&rest);
		if (rest.n > 0 || !epoch_fits(ret->epoch))
			return false;
		text = bytes_sub(text, (size_t)colon + 1, text.n);
	}
	ptrdiff_t hyphen = last_index(text, '-');
	ret->revision = bytes_of(NULL, 0);
	if (hyphen >= 0) {
		ret->revision = bytes_sub(text, (size_t)hyphen + 1, text.n);
		text = bytes_sub(text, 0, (size_t)hyphen);
		if (ret->revision.n == 0)
			return false;
	}
	ret->upstream = text;
	return text.n > 0;
}

/* The order within a non-digit part: a tilde before the end, the end (or the
 * digit that ends the part) before letters, letters before everything else. */
static int char_order(struct bytes b)
{
	uint8_t c = b.n == 0 ? '0' : b.p[0];
	if (is_digit(c))
		return 0;
	if (c == '~')
		return -1;
	return is_letter(c) ? c : c + 256;
}

static int non_digits_compare(struct bytes *a, struct bytes *b)
{
	for (;;) {
		int x = char_order(*a), y = char_order(*b);
		if (x != y)
			return x - y;
		if (x == 0)
			return 0;
		*a = bytes_sub(*a, 1, a->n);
		*b = bytes_sub(*b, 1, b->n);
	}
}

/* Non-digit and digit parts by turns, until one pair differs. */
static int deb_part_compare(struct bytes a, struct bytes b)
{
	while (a.n > 0 || b.n > 0) {
		int order = non_digits_compare(&a, &b);
		if (order != 0)
			return order;
		order = vercmp_numbers(vercmp_take_digits(&a), vercmp_take_digits(&b));
		if (order != 0)
			return order;
	}
	return 0;
}

static int deb_order(const struct vercmp_deb *x, const struct vercmp_deb *y)
{
	int order = vercmp_numbers(x->epoch, y->epoch);
	if (order == 0)
		order = deb_part_compare(x->upstream, y->upstream);
	if (order == 0)
		order = deb_part_compare(x->revision, y->revision);
	return order;
}

bool vercmp_dpkg(struct bytes a, struct bytes b, int *ret)
{
	struct vercmp_deb x, y;
	if (!deb_version_parse(a, &x) || !deb_version_parse(b, &y))
		return false;
	*ret = deb_order(&x, &y);
	return true;
}

bool vercmp_dpkg_prepare(struct bytes text, struct vercmp_prepared *ret)
{
	return deb_version_parse(text, &ret->read.deb);
}

bool vercmp_dpkg_with(const struct vercmp_prepared *a, struct bytes b, int *ret)
{
	struct vercmp_deb y;
	if (!deb_version_parse(b, &y))
		return false;
	*ret = deb_order(&a->read.deb, &y);
	return true;
}

bool vercmp_dpkg_valid(struct bytes text)
{
	struct vercmp_deb v;
	return deb_version_parse(text, &v);
}
