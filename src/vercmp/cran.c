/* R package versions (R's numeric_version): two or more numbers between '.' and
 * '-', which mean the same; a longer version is newer (1.0 < 1.0.0). */
#include "vercmp/scheme.h"

static bool take_separator(struct bytes *rest)
{
	return vercmp_take_char(rest, '.') || vercmp_take_char(rest, '-');
}

bool vercmp_cran_valid(struct bytes text)
{
	size_t count = 0;
	do {
		if (vercmp_take_digits(&text).n == 0)
			return false;
		count++;
	} while (take_separator(&text));
	return text.n == 0 && count > 1;
}

bool vercmp_cran(struct bytes a, struct bytes b, int *ret)
{
	if (!vercmp_cran_valid(a) || !vercmp_cran_valid(b))
		return false;
	int order = 0;
	while (order == 0 && a.n > 0 && b.n > 0) {
		order = vercmp_numbers(vercmp_take_digits(&a), vercmp_take_digits(&b));
		(void)take_separator(&a);
		(void)take_separator(&b);
	}
	*ret = order != 0 ? order : (a.n > 0) - (b.n > 0);
	return true;
}
