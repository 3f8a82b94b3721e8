/* Inside the room: one file a scheme, and what they share. */
#ifndef CORTEN_VERCMP_SCHEME_H
#define CORTEN_VERCMP_SCHEME_H

#include "base/base.h"

bool vercmp_dpkg(struct bytes a, struct bytes b, int *ret);
bool vercmp_dpkg_valid(struct bytes text);
bool vercmp_rpm(struct bytes a, struct bytes b, int *ret);
bool vercmp_rpm_valid(struct bytes text);
bool vercmp_apk(struct bytes a, struct bytes b, int *ret);
bool vercmp_apk_valid(struct bytes text);

/* ASCII only: the schemes know no locale. */
static inline bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

static inline bool is_letter(uint8_t c)
{
	return is_lower((uint8_t)(c | 0x20));
}

/* Cuts the digits off the front of *rest; empty when there are none. */
struct bytes vercmp_take_digits(struct bytes *rest);

/* Two runs of digits as numbers of any length; an empty run is zero. */
int vercmp_numbers(struct bytes a, struct bytes b);

#endif
