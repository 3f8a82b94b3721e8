#include "vercmp/vercmp.h"

#include "vercmp/scheme.h"

static const struct scheme {
	const char *name;
	bool (*compare)(struct bytes a, struct bytes b, int *ret);
	bool (*valid)(struct bytes text);
} schemes[VERCMP_SCHEMES] = {
	[VERCMP_DPKG] = { "dpkg", vercmp_dpkg, vercmp_dpkg_valid },
	[VERCMP_RPM] = { "rpm", vercmp_rpm, vercmp_rpm_valid },
	[VERCMP_APK] = { "apk", vercmp_apk, vercmp_apk_valid },
};

const char *vercmp_scheme_name(enum vercmp_scheme scheme)
{
	return (unsigned)scheme < VERCMP_SCHEMES ? schemes[scheme].name : NULL;
}

bool vercmp(enum vercmp_scheme scheme, struct bytes a, struct bytes b, int *ret)
{
	return (unsigned)scheme < VERCMP_SCHEMES && schemes[scheme].compare(a, b, ret);
}

bool vercmp_valid(enum vercmp_scheme scheme, struct bytes text)
{
	return (unsigned)scheme < VERCMP_SCHEMES && schemes[scheme].valid(text);
}

struct bytes vercmp_take_digits(struct bytes *rest)
{
	size_t n = 0;
	while (n < rest->n && is_digit(rest->p[n]))
		n++;
	struct bytes digits = bytes_of(rest->p, n);
	*rest = bytes_sub(*rest, n, rest->n);
	return digits;
}

static struct bytes without_leading_zeros(struct bytes digits)
{
	size_t n = 0;
	while (n < digits.n && digits.p[n] == '0')
		n++;
	return bytes_sub(digits, n, digits.n);
}

int vercmp_numbers(struct bytes a, struct bytes b)
{
	a = without_leading_zeros(a);
	b = without_leading_zeros(b);
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	return a.n == 0 ? 0 : memcmp(a.p, b.p, a.n);
}
