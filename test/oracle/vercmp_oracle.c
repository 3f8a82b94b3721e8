/* Random pairs of versions for the oracles.
 *
 *   vercmp_oracle check dpkg|rpm COUNT [SEED]
 *	compares each pair as Corten does and as libdpkg (whose functions
 *	`dpkg --compare-versions` calls) or librpm (rpmverParse, rpmverCmp)
 *	does; prints "SCHEME: N pairs, D differences"; status 1 if D > 0, 77
 *	(skipped) when the library was not there at build time
 *   vercmp_oracle print SCHEME COUNT [SEED]
 *	prints "a TAB sign TAB b" as Corten sees it, for vercmp_apk.py,
 *	vercmp_dpkg.py and vercmp_peer.py */
#include <stdio.h>
#include <stdlib.h>

#ifdef HAVE_LIBDPKG
#include <dpkg/dpkg-db.h>
#include <dpkg/dpkg.h>
#endif
#ifdef HAVE_LIBRPM
#include <rpm/rpmver.h>
#endif

#include "vercmp/vercmp.h"

enum { VERSION_MAX = 96, EXIT_SKIPPED = 77 };

/* --- random versions ------------------------------------------------------ */

/* SplitMix64 (Steele, Lea, Flood 2014): small, and the same everywhere. */
static uint64_t rng_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static size_t rng_below(uint64_t *state, size_t n)
{
	return (size_t)(rng_next(state) % n);
}

struct grammar {
	const char *pieces; /* words to build from, '|' between them */
	const char *alphabet; /* letters to mutate with */
	size_t numbers; /* that most versions begin with, between dots */
};

static const struct grammar grammars[VERCMP_SCHEMES] = {
	[VERCMP_DPKG] = { "0|1|2|9|10|01|00|007|123|.|.|.|-|-1|~|~~|+|:|1:|0:|a|b|Z|rc|~rc1|"
			  "+dfsg|+deb12u1|~deb12u6|ubuntu|+esm1|+b1|+nmu1|.1|.0|_|20240101",
			  "0123456789aAzZ.+-~:_", 1 },
	[VERCMP_RPM] = { "0|1|2|9|10|01|00|007|123|.|.|.|-1|-1.el8|-2.el8_9|-|~|~~|^|^^|~^|+|_|:|"
			 "1:|0:|a|b|Z|rc1|~rc1|^git1|.fc40|.x86|20240101|module+el8",
			 "0123456789aAzZ.+-~^:_", 1 },
	[VERCMP_APK] = { "0|1|2|9|10|01|001|00|123|.0|.1|.2|.01|.001|.10|.010|a|b|z|_alpha|"
			 "_beta1|_pre|_pre2|_rc|_rc1|_cvs|_svn|_git|_git20240101|_hg|_p|_p1|"
			 "_p01|~ab12|~0|-r0|-r1|-r10|-r01",
			 "0123456789abpz._-~r", 1 },
	[VERCMP_NPM] = { "0|1|2|10|01|007|123|.|.|.0|.1|.0.0|.2.3|.1.10|-|-0|-1|-01|-alpha|-beta.2|"
			 "-rc.1|-rc.10|beta|.x|.9|+build|+1.2|--|-a-b|.a|.A|.Z9|20240101",
			 "0123456789aAzZ.-+v= ", 3 },
	[VERCMP_PYPI] = { "0|1|2|10|01|00|123|.|.0|.1|.10|.0.0|1!|0!|a|b1|rc|rc2|c1|.alpha|-beta_2|"
			  "_pre.|preview3|.post|.post1|-1|-0|.rev2|r3|.dev|.dev0|dev1|-dev.2|+"
			  "local|"
			  "+1|+abc.1|+1.abc|+a_b|+a-b.2|.C|RC1|.Dev3",
			  "0123456789abcrABCdevposttalph.-_+!v", 1 },
	[VERCMP_MAVEN] = { "0|1|2|10|01|00|123|.|.|-|-|.0|.1|-0|-1|alpha|-alpha-1|-beta|b2|a1|m3|"
			   "-M1|.M2|-rc1|.RC2|-cr3|.Final|-FINAL|.GA|-ga|.RELEASE|-release1|-sp|."
			   "SP1|"
			   "-SNAPSHOT|.v20200101|-jre|.jre11|-android|x|-x|.x|-foo|.foo1|_1|+1|..|-"
			   "-|.-",
			   "0123456789abmxAMX.-_+", 1 },
	[VERCMP_GEM] = { "0|1|2|10|01|00|123|.|.0|.1|.0.0|.10|.a|.b1|.pre|.rc1|.rc.1|.0.a|.a.0|-|-"
			 "1|"
			 "-alpha|-a-b|.0.0.1|.A|.Z|.beta2",
			 "0123456789abAZ.-", 1 },
	[VERCMP_COMPOSER] = { "0|1|2|10|01|00|123|.|.0|.1|.0.0|.2.3|.10|-alpha|-beta2|b1|a|RC1|-rc."
			      "2|"
			      "p1|-pl2|-patch|.patch1.2|-dev|dev|.x-dev|.*-dev|.X.dev|stable|-"
			      "stable|_|"
			      "-|@dev|@stable|+build|-beta1-dev|20240101|-01-02|.01.02|2024|0102",
			      "0123456789abpRCdev.-_@+x*", 1 },
	[VERCMP_NUGET] = { "0|1|2|10|01|.|.0|.1|.0.0|.2.3.4|-alpha|-Beta.2|-rc1|-RC.1|-1|+build|.a|"
			   ".A",
			   "0123456789aAzZ.-+", 3 },
	[VERCMP_GO] = { "0|1|2|10|01|123|rc1|.|.0|.1|.0.0|.2.3|-0.20191109021931-daa7c04131f5|-rc."
			"1|-"
			"rc1|"
			"-pre|-0|-01|+incompatible|+dirty|+a.b|-beta.2|.20200101000000-"
			"abcdefabcdef",
			"0123456789abz.-+", 3 },
	[VERCMP_CARGO] = { "0|1|2|10|01|123|.|.0|.1|.0.0|.2.3|.1.10|-alpha|-alpha.1|-beta.2|-rc.1|-"
			   "0|-01|"
			   "-1|-a-b|.a|.0|+build|+1.2|+01|-A",
			   "0123456789aAzZ.-+", 3 },
	[VERCMP_SEMVER] = { "0|1|.|.0|.1|.0.0|.2.3|-alpha|-rc.1|+build|-0", "0123456789az.-+v", 3 },
	[VERCMP_PUB] = { "0|1|.|.0|.1|.0.0|.2.3|-alpha|-rc.1|+build|+1|+2|+10|-0",
			 "0123456789az.-+", 3 },
	[VERCMP_CRAN] = { "0|1|.|.0|.1|-1|-0|.2.3|-10", "0123456789.-", 2 },
	[VERCMP_GENERIC] = { "0|1|.|.0|.1|.0.0|a|w|zk|-fips|u392|-b08|_392|+9|-M1|.M1|rc1|-alpha1|."
			     "Final|"
			     "p1|-27|-log|~rc1|-dev",
			     "0123456789abmuwz.-_+~", 1 },
};

static size_t append_piece(const char *pieces, uint64_t *rng, char *out, size_t n)
{
	struct bytes rest = bytes_str(pieces), piece;
	size_t count = 1;
	for (const char *p = pieces; *p != '\0'; p++)
		count += *p == '|';
	for (size_t i = rng_below(rng, count) + 1; i > 0; i--)
		(void)bytes_next_field(&rest, '|', &piece);
	if (n + piece.n >= VERSION_MAX)
		return n;
	memcpy(out + n, piece.p, piece.n);
	return n + piece.n;
}

/* A digit or more numbers, then a few pieces of the scheme; apk's follow their
 * order mostly. */
static void random_version(const struct grammar *g, uint64_t *rng, char out[static VERSION_MAX])
{
	size_t n = 0, pieces = rng_below(rng, 7);
	size_t numbers = rng_below(rng, 8) == 0 ? 1 : g->numbers;
	if (numbers > 1)
		pieces /= 2;
	out[n++] = (char)('0' + rng_below(rng, 10));
	for (; numbers > 1; numbers--) {
		out[n++] = '.';
		out[n++] = (char)('0' + rng_below(rng, 10));
	}
	for (size_t i = 0; i < pieces; i++)
		n = append_piece(g->pieces, rng, out, n);
	out[n] = '\0';
}

/* One letter replaced, inserted or removed, or a piece appended. The first
 * letter stays: strtol(3) in dpkg takes "+1:" and "-0:" for epochs. */
static void mutate(const struct grammar *g, uint64_t *rng, char v[static VERSION_MAX])
{
	size_t n = strlen(v), at = 1 + rng_below(rng, n);
	char letter = g->alphabet[rng_below(rng, strlen(g->alphabet))];

	switch (rng_below(rng, 4)) {
	case 0:
		if (at < n)
			v[at] = letter;
		break;
	case 1:
		if (n + 1 < VERSION_MAX) {
			memmove(v + at + 1, v + at, n - at + 1);
			v[at] = letter;
		}
		break;
	case 2:
		if (at < n)
			memmove(v + at, v + at + 1, n - at);
		break;
	default:
		v[append_piece(g->pieces, rng, v, n)] = '\0';
		break;
	}
}

static void random_pair(enum vercmp_scheme scheme, uint64_t *rng, char a[static VERSION_MAX],
			char b[static VERSION_MAX])
{
	const struct grammar *g = &grammars[scheme];
	random_version(g, rng, a);
	if (rng_below(rng, 8) == 0) {
		random_version(g, rng, b);
		return;
	}
	memcpy(b, a, VERSION_MAX);
	for (size_t i = rng_below(rng, 4); i > 0; i--)
		mutate(g, rng, b);
}

/* --- the oracles: '<', '=', '>' or '?' ------------------------------------- */

static char sign_of(int order)
{
	return order < 0 ? '<' : order > 0 ? '>' : '=';
}

#ifdef HAVE_LIBDPKG
/* A warning is no refusal: --compare-versions goes on after it. */
static bool dpkg_parse(const char *text, struct dpkg_version *ret)
{
	struct dpkg_error err = DPKG_ERROR_INIT;
	bool ok = parseversion(ret, text, &err) == 0 || err.type == DPKG_MSG_WARN;
	dpkg_error_destroy(&err);
	return ok;
}

static char dpkg_sign(const char *a, const char *b)
{
	struct dpkg_version x, y;
	return dpkg_parse(a, &x) && dpkg_parse(b, &y) ? sign_of(dpkg_version_compare(&x, &y)) : '?';
}
#endif

#ifdef HAVE_LIBRPM
/* librpm takes an empty version or release; Corten calls that no label. */
static bool rpm_is_label(rpmver v)
{
	return v != NULL && rpmverV(v)[0] != '\0' && (rpmverR(v) == NULL || rpmverR(v)[0] != '\0');
}

static char rpm_sign(const char *a, const char *b)
{
	rpmver x = rpmverParse(a), y = rpmverParse(b);
	char sign = rpm_is_label(x) && rpm_is_label(y) ? sign_of(rpmverCmp(x, y)) : '?';
	rpmverFree(x);
	rpmverFree(y);
	return sign;
}
#endif

typedef char sign_fn(const char *a, const char *b);

static sign_fn *const oracles[VERCMP_SCHEMES] = {
#ifdef HAVE_LIBDPKG
	[VERCMP_DPKG] = dpkg_sign,
#endif
#ifdef HAVE_LIBRPM
	[VERCMP_RPM] = rpm_sign,
#endif
};

/* --- the run ---------------------------------------------------------------- */

static char corten_sign(enum vercmp_scheme scheme, const char *a, const char *b)
{
	int order = 0;
	return vercmp(scheme, bytes_str(a), bytes_str(b), &order) ? sign_of(order) : '?';
}

static int run_oracle(enum vercmp_scheme scheme, uint64_t count, uint64_t rng)
{
	char a[VERSION_MAX] = "", b[VERSION_MAX] = "";
	uint64_t differences = 0, seen[128] = { 0 };

	for (uint64_t i = 0; i < count; i++) {
		random_pair(scheme, &rng, a, b);
		char ours = corten_sign(scheme, a, b), theirs = oracles[scheme](a, b);
		seen[(unsigned char)theirs]++;
		if (ours == theirs)
			continue;
		if (differences++ < 20)
			(void)printf("%s %c %s, but Corten says %c\n", a, theirs, b, ours);
	}
	(void)printf("%s: %lu less, %lu equal, %lu greater, %lu refused\n",
		     vercmp_scheme_name(scheme), (unsigned long)seen['<'], (unsigned long)seen['='],
		     (unsigned long)seen['>'], (unsigned long)seen['?']);
	(void)printf("%s: %lu pairs, %lu differences\n", vercmp_scheme_name(scheme),
		     (unsigned long)count, (unsigned long)differences);
	return differences == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int print_pairs(enum vercmp_scheme scheme, uint64_t count, uint64_t rng)
{
	char a[VERSION_MAX] = "", b[VERSION_MAX] = "";
	for (uint64_t i = 0; i < count; i++) {
		random_pair(scheme, &rng, a, b);
		(void)printf("%s\t%c\t%s\n", a, corten_sign(scheme, a, b), b);
	}
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The scheme of that name, VERCMP_SCHEMES if there is none. */
static enum vercmp_scheme scheme_named(const char *name)
{
	int i = 0;
	while (i < VERCMP_SCHEMES && strcmp(name, vercmp_scheme_name((enum vercmp_scheme)i)) != 0)
		i++;
	return (enum vercmp_scheme)i;
}

static int usage(const char *program)
{
	(void)fprintf(stderr, "usage: %s check|print SCHEME COUNT [SEED]\n", program);
	return 2;
}

int main(int argc, char **argv)
{
	uint64_t count = 0, seed = 1;

	if (argc < 4 || argc > 5 || !bytes_to_u64(bytes_str(argv[3]), &count) ||
	    (argc == 5 && !bytes_to_u64(bytes_str(argv[4]), &seed)))
		return usage(argv[0]);
	enum vercmp_scheme scheme = scheme_named(argv[2]);
	if (scheme == VERCMP_SCHEMES)
		return usage(argv[0]);
	if (strcmp(argv[1], "print") == 0)
		return print_pairs(scheme, count, seed);
	if (strcmp(argv[1], "check") != 0 || scheme > VERCMP_RPM)
		return usage(argv[0]);
	if (oracles[scheme] == NULL) {
		(void)printf("%s: skipped, built without lib%s (package lib%s-dev)\n", argv[2],
			     argv[2], argv[2]);
		return EXIT_SKIPPED;
	}
	return run_oracle(scheme, count, seed);
}
