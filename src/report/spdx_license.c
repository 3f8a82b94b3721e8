#include "report/spdx_license.h"

#include <stdlib.h>

/* Sorted by byte, for bsearch. */
static const char *const licenses[] = {
	"0BSD",
	"AFL-2.1",
	"AFL-3.0",
	"AGPL-3.0-only",
	"AGPL-3.0-or-later",
	"Apache-1.0",
	"Apache-1.1",
	"Apache-2.0",
	"Artistic-1.0",
	"Artistic-1.0-Perl",
	"Artistic-2.0",
	"BSD-1-Clause",
	"BSD-2-Clause",
	"BSD-2-Clause-Patent",
	"BSD-3-Clause",
	"BSD-4-Clause",
	"BSD-4-Clause-UC",
	"BSL-1.0",
	"Beerware",
	"CC-BY-3.0",
	"CC-BY-4.0",
	"CC-BY-SA-3.0",
	"CC-BY-SA-4.0",
	"CC0-1.0",
	"CDDL-1.0",
	"CDDL-1.1",
	"EPL-1.0",
	"EPL-2.0",
	"FSFAP",
	"FSFUL",
	"FSFULLR",
	"FTL",
	"GFDL-1.1-or-later",
	"GFDL-1.2-only",
	"GFDL-1.2-or-later",
	"GFDL-1.3-only",
	"GFDL-1.3-or-later",
	"GPL-1.0",
	"GPL-1.0-only",
	"GPL-1.0-or-later",
	"GPL-2.0",
	"GPL-2.0-only",
	"GPL-2.0-or-later",
	"GPL-3.0",
	"GPL-3.0-only",
	"GPL-3.0-or-later",
	"HPND",
	"HPND-sell-variant",
	"ICU",
	"IJG",
	"ISC",
	"Info-ZIP",
	"JSON",
	"LGPL-2.0",
	"LGPL-2.0-only",
	"LGPL-2.0-or-later",
	"LGPL-2.1",
	"LGPL-2.1-only",
	"LGPL-2.1-or-later",
	"LGPL-3.0",
	"LGPL-3.0-only",
	"LGPL-3.0-or-later",
	"LPPL-1.3c",
	"Libpng",
	"MIT",
	"MIT-0",
	"MIT-CMU",
	"MPL-1.1",
	"MPL-2.0",
	"NCSA",
	"NTP",
	"OFL-1.1",
	"OLDAP-2.8",
	"OpenSSL",
	"PSF-2.0",
	"PostgreSQL",
	"Python-2.0",
	"Ruby",
	"SGI-B-2.0",
	"SMLNJ",
	"Sleepycat",
	"Spencer-94",
	"TCL",
	"UPL-1.0",
	"Unicode-3.0",
	"Unicode-DFS-2016",
	"Unlicense",
	"Vim",
	"W3C",
	"WTFPL",
	"X11",
	"Zlib",
	"blessing",
	"bzip2-1.0.6",
	"curl",
	"libpng-2.0",
	"libtiff",
};

static const char *const exceptions[] = {
	"Autoconf-exception-2.0",    "Autoconf-exception-3.0", "Bison-exception-2.2",
	"Classpath-exception-2.0",   "Font-exception-2.0",     "GCC-exception-2.0",
	"GCC-exception-3.1",         "LLVM-exception",         "Libtool-exception",
	"Linux-syscall-note",        "Texinfo-exception",      "cryptsetup-OpenSSL-exception",
	"openvpn-openssl-exception",
};

static int compare(const void *key, const void *item)
{
	return bytes_compare(*(const struct bytes *)key, bytes_str(*(const char *const *)item));
}

static bool is_license(struct bytes word)
{
	if (bytes_ends_with(word, BYTES_LIT("+"))) /* "or later" of old expressions */
		word = bytes_sub(word, 0, word.n - 1);
	return bsearch(&word, licenses, sizeof licenses / sizeof licenses[0], sizeof licenses[0],
		       compare) != NULL;
}

static bool is_exception(struct bytes word)
{
	return bsearch(&word, exceptions, sizeof exceptions / sizeof exceptions[0],
		       sizeof exceptions[0], compare) != NULL;
}

/* A word, or one bracket; false at the end. */
static bool next_token(struct bytes *rest, struct bytes *ret)
{
	size_t n = 0;
	while (rest->n > 0 && rest->p[0] == ' ')
		*rest = bytes_sub(*rest, 1, rest->n);
	if (rest->n == 0)
		return false;
	while (n < rest->n && strchr(" ()", rest->p[n]) == NULL)
		n++;
	if (n == 0)
		n = 1; /* a bracket */
	*ret = bytes_sub(*rest, 0, n);
	*rest = bytes_sub(*rest, n, rest->n);
	return true;
}

enum expects { A_LICENSE, AN_EXCEPTION, AN_OPERATOR };

static bool take(struct bytes token, enum expects *expects, size_t *depth)
{
	if (*expects == AN_EXCEPTION) {
		*expects = AN_OPERATOR;
		return is_exception(token);
	}
	if (*expects == A_LICENSE) {
		if (bytes_equal(token, BYTES_LIT("("))) {
			++*depth;
			return true;
		}
		*expects = AN_OPERATOR;
		return is_license(token);
	}
	if (bytes_equal(token, BYTES_LIT(")")))
		return (*depth)-- > 0;
	if (bytes_equal(token, BYTES_LIT("WITH")))
		*expects = AN_EXCEPTION;
	else
		*expects = A_LICENSE;
	return *expects == AN_EXCEPTION || bytes_equal(token, BYTES_LIT("AND")) ||
	       bytes_equal(token, BYTES_LIT("OR"));
}

bool spdx_license_valid(const char *text)
{
	struct bytes rest = bytes_str(text), token;
	enum expects expects = A_LICENSE;
	size_t depth = 0;
	while (next_token(&rest, &token)) {
		if (!take(token, &expects, &depth))
			return false;
	}
	return expects == AN_OPERATOR && depth == 0;
}
