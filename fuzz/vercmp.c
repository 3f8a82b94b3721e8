/* One byte for the scheme ('0' is the first), then two versions with a newline between. Besides
 * memory errors it looks for an order that is none: the comparison must be
 * antisymmetric, reflexive, and answer whenever both sides are valid. */
#include <stdlib.h>

#include "vercmp/vercmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int sign_of(int order)
{
	return (order > 0) - (order < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes text = bytes_of(data, size), a, b;
	int forth = 0, back = 0;

	if (text.n == 0)
		return 0;
	enum vercmp_scheme scheme =
		(enum vercmp_scheme)((uint8_t)(text.p[0] - '0') % VERCMP_SCHEMES);
	text = bytes_sub(text, 1, text.n);
	if (!bytes_next_field(&text, '\n', &a))
		return 0;
	b = text;

	bool answered = vercmp(scheme, a, b, &forth);
	if (answered != vercmp(scheme, b, a, &back) || sign_of(forth) != -sign_of(back))
		abort();
	struct vercmp_prepared p;
	int with = 0;
	if (vercmp_prepare(scheme, a, &p) != vercmp_valid(scheme, a))
		abort();
	if (vercmp_valid(scheme, a) &&
	    (vercmp_with(&p, b, &with) != answered || sign_of(with) != sign_of(forth)))
		abort();
	if (vercmp_valid(scheme, a) && vercmp_valid(scheme, b) && !answered)
		abort();
	if (vercmp_valid(scheme, a) && (!vercmp(scheme, a, a, &forth) || forth != 0))
		abort();
	return 0;
}
