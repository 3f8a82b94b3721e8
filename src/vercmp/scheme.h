/* Inside the room: one file a scheme (semver.c has a family of them), and what
 * they share. */
#ifndef CORTEN_VERCMP_SCHEME_H
#define CORTEN_VERCMP_SCHEME_H

#include "vercmp/vercmp.h"

bool vercmp_dpkg(struct bytes a, struct bytes b, int *ret);
bool vercmp_dpkg_valid(struct bytes text);
bool vercmp_dpkg_prepare(struct bytes text, struct vercmp_prepared *ret);
bool vercmp_dpkg_with(const struct vercmp_prepared *a, struct bytes b, int *ret);
bool vercmp_rpm(struct bytes a, struct bytes b, int *ret);
bool vercmp_rpm_valid(struct bytes text);
bool vercmp_apk(struct bytes a, struct bytes b, int *ret);
bool vercmp_apk_valid(struct bytes text);
bool vercmp_npm(struct bytes a, struct bytes b, int *ret);
bool vercmp_npm_valid(struct bytes text);
bool vercmp_npm_prepare(struct bytes text, struct vercmp_prepared *ret);
bool vercmp_npm_with(const struct vercmp_prepared *a, struct bytes b, int *ret);
bool vercmp_nuget(struct bytes a, struct bytes b, int *ret);
bool vercmp_nuget_valid(struct bytes text);
bool vercmp_go(struct bytes a, struct bytes b, int *ret);
bool vercmp_go_valid(struct bytes text);
bool vercmp_cargo(struct bytes a, struct bytes b, int *ret);
bool vercmp_cargo_valid(struct bytes text);
bool vercmp_semver(struct bytes a, struct bytes b, int *ret);
bool vercmp_semver_valid(struct bytes text);
bool vercmp_pub(struct bytes a, struct bytes b, int *ret);
bool vercmp_pub_valid(struct bytes text);
bool vercmp_pypi(struct bytes a, struct bytes b, int *ret);
bool vercmp_pypi_valid(struct bytes text);
bool vercmp_maven(struct bytes a, struct bytes b, int *ret);
bool vercmp_maven_valid(struct bytes text);
bool vercmp_gem(struct bytes a, struct bytes b, int *ret);
bool vercmp_gem_valid(struct bytes text);
bool vercmp_composer(struct bytes a, struct bytes b, int *ret);
bool vercmp_composer_valid(struct bytes text);
bool vercmp_cran(struct bytes a, struct bytes b, int *ret);
bool vercmp_cran_valid(struct bytes text);
bool vercmp_generic(struct bytes a, struct bytes b, int *ret);
bool vercmp_generic_valid(struct bytes text);

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

static inline bool is_alnum(uint8_t c)
{
	return is_digit(c) || is_letter(c);
}

/* The first byte; 0, which no scheme takes, at the end. */
static inline uint8_t first_of(struct bytes b)
{
	return b.n == 0 ? 0 : b.p[0];
}

/* Cuts the digits off the front of *rest; empty when there are none. This and the
 * next ones are inline: matching spends its time here. */
static inline struct bytes vercmp_take_digits(struct bytes *rest)
{
	size_t n = 0;
	while (n < rest->n && is_digit(rest->p[n]))
		n++;
	struct bytes digits = bytes_of(rest->p, n);
	if (n > 0)
		*rest = bytes_of(rest->p + n, rest->n - n);
	return digits;
}

static inline struct bytes vercmp_without_zeros(struct bytes digits)
{
	size_t n = 0;
	while (n < digits.n && digits.p[n] == '0')
		n++;
	return n == 0 ? digits : bytes_of(digits.p + n, digits.n - n);
}

/* Two runs of digits as numbers of any length; an empty run is zero. */
static inline int vercmp_numbers(struct bytes a, struct bytes b)
{
	a = vercmp_without_zeros(a);
	b = vercmp_without_zeros(b);
	if (a.n != b.n)
		return a.n < b.n ? -1 : 1;
	for (size_t i = 0; i < a.n; i++) /* a digit or two: no call pays */
		if (a.p[i] != b.p[i])
			return a.p[i] < b.p[i] ? -1 : 1;
	return 0;
}

static inline bool vercmp_is_zero(struct bytes digits)
{
	return vercmp_without_zeros(digits).n == 0;
}

/* Eight bytes at once: in each, the highest bit of the result tells that it is no
 * visible ASCII. Below 0x80 no addition carries into the next byte. */
static inline uint64_t vercmp_invisible(const uint8_t *eight)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones * 0x80;
	uint64_t w;
	memcpy(&w, eight, sizeof w);
	return (w | ~(w + ones * 0x5f) | (w + ones)) & high;
}

/* Visible ASCII and nothing else, at least one. */
static inline bool vercmp_is_visible(struct bytes text)
{
	size_t i = 0;
	for (; text.n - i >= 8; i += 8) {
		if (vercmp_invisible(text.p + i) != 0)
			return false;
	}
	for (; i < text.n; i++) {
		if (text.p[i] <= ' ' || text.p[i] >= 0x7f)
			return false;
	}
	return text.n > 0;
}

/* As vercmp_take_digits for letters. */
struct bytes vercmp_take_letters(struct bytes *rest);

/* Passes c if *rest begins with it. */
static inline bool vercmp_take_char(struct bytes *rest, uint8_t c)
{
	if (rest->n == 0 || rest->p[0] != c)
		return false;
	*rest = bytes_of(rest->p + 1, rest->n - 1);
	return true;
}

/* Passes word (lower case) if *rest begins with it in any case. */
bool vercmp_take_word(struct bytes *rest, const char *word);

/* As bytes_compare, letters without case. */
int vercmp_folded(struct bytes a, struct bytes b);

/* The index in words of text in any case; -1 if it is none of them. */
int vercmp_word_index(struct bytes text, const char *const *words, int count);

#endif
