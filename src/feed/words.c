#include "feed/words.h"

#include <ctype.h>
#include <stdio.h>

#include "feed/apps.h"

static bool same_word(struct bytes a, const char *b)
{
	size_t n = strlen(b);
	return a.n == n && strncasecmp((const char *)a.p, b, n) == 0;
}

/* Debian once marked urgencies of its own with stars: "medium**". */
enum severity severity_of_word(struct bytes word)
{
	static const struct {
		const char *word;
		enum severity severity;
	} words[] = {
		{ "critical", SEVERITY_CRITICAL },
		{ "important", SEVERITY_HIGH },
		{ "high", SEVERITY_HIGH },
		{ "moderate", SEVERITY_MEDIUM },
		{ "medium", SEVERITY_MEDIUM },
		{ "low", SEVERITY_LOW },
		{ "negligible", SEVERITY_NEGLIGIBLE },
		{ "unimportant", SEVERITY_NEGLIGIBLE },
	};
	while (word.n > 0 && word.p[word.n - 1] == '*')
		word.n--;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (same_word(word, words[i].word))
			return words[i].severity;
	return SEVERITY_UNKNOWN;
}

const char *debian_release_number(struct bytes codename)
{
	static const struct {
		const char *codename, *number;
	} releases[] = {
		{ "buzz", "1.1" },    { "rex", "1.2" },
		{ "bo", "1.3" },      { "hamm", "2.0" },
		{ "slink", "2.1" },   { "potato", "2.2" },
		{ "woody", "3.0" },   { "sarge", "3.1" },
		{ "etch", "4" },      { "lenny", "5" },
		{ "squeeze", "6" },   { "wheezy", "7" },
		{ "jessie", "8" },    { "stretch", "9" },
		{ "buster", "10" },   { "bullseye", "11" },
		{ "bookworm", "12" }, { "trixie", "13" },
		{ "forky", "14" },    { "duke", "15" },
		{ "sid", "sid" },     { "experimental", "experimental" },
	};
	for (size_t i = 0; i < sizeof releases / sizeof *releases; i++)
		if (bytes_equal(codename, bytes_str(releases[i].codename)))
			return releases[i].number;
	return NULL;
}

/* --- ecosystems ------------------------------------------------------------------ */

/* "id:release" in lower case; blanks of the id become '-'. */
static const char *put_key(char *out, struct bytes id, struct bytes release)
{
	if (id.n + release.n + 2 > ECOSYSTEM_KEY_MAX || id.n == 0)
		return "the name of its ecosystem is too long";
	for (size_t i = 0; i < id.n; i++)
		*out++ = id.p[i] == ' ' ? '-' : (char)tolower(id.p[i]);
	if (release.n > 0)
		*out++ = ':';
	for (size_t i = 0; i < release.n; i++)
		*out++ = release.p[i] == ' ' ? '-' : (char)tolower(release.p[i]);
	*out = '\0';
	return NULL;
}

/* Without the suffix, if it is there. */
static struct bytes without_suffix(struct bytes b, struct bytes suffix)
{
	return bytes_ends_with(b, suffix) ? bytes_sub(b, 0, b.n - suffix.n) : b;
}

static bool without_prefix(struct bytes *b, struct bytes prefix)
{
	if (!bytes_starts_with(*b, prefix))
		return false;
	*b = bytes_sub(*b, prefix.n, b->n);
	return true;
}

static const char *key_plain(struct bytes release, char *out, const char *id)
{
	return release.n == 0 ? "its ecosystem names no release"
			      : put_key(out, bytes_str(id), release);
}

static const char *key_alpine(struct bytes release, char *out, const char *id)
{
	(void)without_prefix(&release, BYTES_LIT("v"));
	return key_plain(release, out, id);
}

/* Photon OS 5.0 and Azure Linux 3.0 are releases 5 and 3. */
static const char *key_major(struct bytes release, char *out, const char *id)
{
	return key_plain(without_suffix(release, BYTES_LIT(".0")), out, id);
}

static const char *key_azure(struct bytes release, char *out, const char *id)
{
	release = without_suffix(release, BYTES_LIT(".0"));
	bool mariner = bytes_equal(release, BYTES_LIT("1")) || bytes_equal(release, BYTES_LIT("2"));
	return key_plain(release, out, mariner ? "mariner" : id);
}

static const char *key_debian(struct bytes release, char *out, const char *id)
{
	const char *number = debian_release_number(release);
	return key_plain(number != NULL ? bytes_str(number) : release, out, id);
}

/* "22.04:LTS", "24.10", "Pro:18.04:LTS", "Pro:FIPS-updates:20.04:LTS": services
 * of Ubuntu Pro have versions of their own and become part of the id. */
static const char *key_ubuntu(struct bytes release, char *out, const char *id)
{
	char full[ECOSYSTEM_KEY_MAX];
	size_t n = strlen(id);
	struct bytes part;
	memcpy(full, id, n);
	release = without_suffix(release, BYTES_LIT(":LTS"));
	while (bytes_index(release, ':') >= 0) {
		(void)bytes_next_field(&release, ':', &part);
		if (part.n + n + 1 >= sizeof full)
			return "the name of its ecosystem is too long";
		full[n++] = '-';
		memcpy(full + n, part.p, part.n);
		n += part.n;
	}
	return release.n == 0 ? "its ecosystem names no release"
			      : put_key(out, bytes_of(full, n), release);
}

/* A CPE without its front: "enterprise_linux:9::appstream", "rhel_eus:9.2::baseos".
 * ELS goes on where the release's own updates ended, with higher versions, so
 * its facts hold for the release. EUS, AUS, E4S and TUS are branches: their
 * fixed versions are lower than the release's own, and get keys of their own. */
static const char *key_redhat(struct bytes release, char *out, const char *id)
{
	static const char *const branches[] = { "eus", "aus", "e4s", "tus" };
	struct bytes product, version;
	char branch[16];
	if (!bytes_next_field(&release, ':', &product) ||
	    !bytes_next_field(&release, ':', &version))
		return "its ecosystem names no release";
	if (bytes_equal(product, BYTES_LIT("enterprise_linux")) ||
	    bytes_equal(product, BYTES_LIT("rhel_els"))) {
		ptrdiff_t dot = bytes_index(version, '.');
		return key_plain(dot < 0 ? version : bytes_sub(version, 0, (size_t)dot), out, id);
	}
	for (size_t i = 0; i < sizeof branches / sizeof *branches; i++) {
		(void)snprintf(branch, sizeof branch, "rhel_%s", branches[i]);
		if (!bytes_equal(product, bytes_str(branch)))
			continue;
		(void)snprintf(branch, sizeof branch, "%s-%s", id, branches[i]);
		return key_plain(version, out, branch);
	}
	return "a product of Red Hat that is not the operating system";
}

static bool take_number(struct bytes *b, struct bytes *ret)
{
	size_t n = 0;
	while (n < b->n && isdigit(b->p[n]))
		n++;
	*ret = bytes_sub(*b, 0, n);
	*b = bytes_sub(*b, n, b->n);
	return n > 0;
}

/* "15 SP5", "15 SP4-LTSS", "12": the release and nothing but a support contract. */
static bool suse_release(struct bytes b, char *out, size_t size)
{
	struct bytes major, pack = BYTES_LIT("");
	if (!take_number(&b, &major))
		return false;
	if ((without_prefix(&b, BYTES_LIT(" SP")) || without_prefix(&b, BYTES_LIT("-SP"))) &&
	    !take_number(&b, &pack))
		return false;
	if (b.n > 0 && b.p[0] != '-')
		return false;
	(void)snprintf(out, size, "%.*s%s%.*s", (int)major.n, (const char *)major.p,
		       pack.n > 0 ? "." : "", (int)pack.n, (const char *)pack.p);
	return true;
}

/* Product names of SUSE end in the release of SLE whose packages they are:
 * "Linux Enterprise Module for Basesystem 15 SP5" is part of SLES 15.5. */
static const char *key_suse(struct bytes release, char *out, const char *id)
{
	char number[32];
	if (without_prefix(&release, BYTES_LIT("Linux Enterprise Micro ")) ||
	    without_prefix(&release, BYTES_LIT("Linux Micro ")))
		return key_plain(release, out, "sle-micro");
	if (bytes_starts_with(release, BYTES_LIT("Linux Enterprise "))) {
		for (size_t at = 0; at + 1 < release.n; at++)
			if (release.p[at] == ' ' &&
			    suse_release(bytes_sub(release, at + 1, release.n), number,
					 sizeof number))
				return key_plain(bytes_str(number), out, id);
	}
	return "a product of SUSE that is not the operating system";
}

static const char *key_opensuse(struct bytes release, char *out, const char *id)
{
	(void)id;
	if (bytes_equal(release, BYTES_LIT("Tumbleweed")))
		return put_key(out, BYTES_LIT("opensuse-tumbleweed"), BYTES_LIT(""));
	if (without_prefix(&release, BYTES_LIT("Leap Micro ")))
		return key_plain(release, out, "opensuse-leap-micro");
	if (without_prefix(&release, BYTES_LIT("Leap ")))
		return key_plain(release, out, "opensuse-leap");
	return "a product of openSUSE that is not the operating system";
}

static const char *key_rolling(struct bytes release, char *out, const char *id)
{
	(void)release;
	return put_key(out, bytes_str(id), BYTES_LIT(""));
}

/* OSV schema 1.7.5, "Defined ecosystems": those of systems; and, without an
 * OSV name, the other ids that the functions above make of them. */
static const struct system {
	const char *osv, *id;
	const char *(*key)(struct bytes release, char *out, const char *id);
	const char *publisher; /* where it is not the id */
} systems[] = {
	{ "AlmaLinux", "almalinux", key_plain, NULL },
	{ "Alpaquita", "alpaquita", key_plain, "bellsoft" },
	{ "Alpine", "alpine", key_alpine, NULL },
	{ "Azure Linux", "azurelinux", key_azure, NULL },
	{ "BellSoft Hardened Containers", "bellsoft-hardened-containers", key_plain, "bellsoft" },
	{ "Chainguard", "chainguard", key_rolling, NULL },
	{ "CleanStart", "cleanstart", key_rolling, NULL },
	{ "Debian", "debian", key_debian, NULL },
	{ "Docker Hardened Images", "docker-hardened-images", key_rolling, NULL },
	{ "Echo", "echo", key_rolling, NULL },
	{ NULL, "mariner", key_plain, "azurelinux" },
	{ NULL, "sle-micro", key_plain, "suse" },
	{ "Mageia", "mageia", key_plain, NULL },
	{ "MinimOS", "minimos", key_rolling, NULL },
	{ "openEuler", "openeuler", key_plain, NULL },
	{ "openSUSE", "opensuse", key_opensuse, "suse" },
	{ "Photon OS", "photon", key_major, NULL },
	{ "Red Hat", "redhat", key_redhat, NULL },
	{ "Rocky Linux", "rocky", key_plain, NULL },
	{ "SUSE", "sles", key_suse, "suse" },
	{ "TuxCare", "tuxcare", key_plain, NULL },
	{ "Ubuntu", "ubuntu", key_ubuntu, NULL },
	{ "Wolfi", "wolfi", key_rolling, NULL },
};
enum { SYSTEMS = sizeof systems / sizeof *systems };

static struct bytes before_colon(struct bytes b)
{
	ptrdiff_t colon = bytes_index(b, ':');
	return colon < 0 ? b : bytes_sub(b, 0, (size_t)colon);
}

static const struct system *system_of_osv(struct bytes osv)
{
	struct bytes id = before_colon(osv);
	for (size_t i = 0; i < SYSTEMS; i++)
		if (systems[i].osv != NULL && bytes_equal(id, bytes_str(systems[i].osv)))
			return &systems[i];
	return NULL;
}

bool ecosystem_is_system(struct bytes osv)
{
	return system_of_osv(osv) != NULL;
}

/* Applications have no release: what follows a colon names a repository
 * ("Packagist:https://packages.drupal.org/8"). An ecosystem that is nobody's is
 * kept as it is, in lower case. */
const char *ecosystem_of_osv(struct bytes osv, char out[static ECOSYSTEM_KEY_MAX])
{
	const struct system *s = system_of_osv(osv);
	struct bytes id = before_colon(osv);
	struct bytes release = bytes_sub(osv, id.n + 1, osv.n);
	if (s != NULL)
		return s->key(release, out, s->id);
	const char *app = app_key(id);
	return app != NULL ? put_key(out, bytes_str(app), BYTES_LIT(""))
			   : put_key(out, id, release);
}

/* Keys that belong to a system begin with its id, then end, ':' or '-'. */
struct bytes ecosystem_publisher(struct bytes key)
{
	for (size_t i = 0; i < SYSTEMS; i++) {
		const struct system *s = &systems[i];
		struct bytes id = bytes_str(s->id);
		if (bytes_starts_with(key, id) &&
		    (key.n == id.n || key.p[id.n] == ':' || key.p[id.n] == '-'))
			return bytes_str(s->publisher != NULL ? s->publisher : s->id);
	}
	return before_colon(key);
}
