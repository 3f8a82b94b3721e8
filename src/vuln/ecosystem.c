#include "vuln/ecosystem.h"

#include <ctype.h>

/* What of VERSION_ID is in the key. */
enum version_style { VERSION_NONE, VERSION_MAJOR, VERSION_MINOR, VERSION_WHOLE, VERSION_SPECIAL };

struct distribution {
	const char *id; /* os-release ID */
	const char *key; /* in front of ':' */
	enum version_style version;
	enum pkg_type type;
	bool by_source;
	const char *vendors;
};

/* by_source is how each vendor publishes: Debian's tracker, Ubuntu's USNs and
 * secdb list source packages (apk: the origin), so do the OSV records of Rocky,
 * Azure Linux, Photon, openEuler and SUSE; AlmaLinux, Red Hat, Oracle and Amazon
 * list binary packages. */
static const struct distribution distributions[] = {
	{ "debian", "debian", VERSION_SPECIAL, PKG_DEB, true, NULL },
	{ "ubuntu", "ubuntu", VERSION_MINOR, PKG_DEB, true, NULL },
	{ "alpine", "alpine", VERSION_SPECIAL, PKG_APK, true, NULL },
	{ "wolfi", "wolfi", VERSION_NONE, PKG_APK, true, NULL },
	{ "chainguard", "chainguard", VERSION_NONE, PKG_APK, true, NULL },
	{ "alpaquita", "alpaquita", VERSION_WHOLE, PKG_APK, true, NULL },
	{ "bellsoft-hardened-containers", "bellsoft-hardened-containers", VERSION_WHOLE, PKG_APK,
	  true, NULL },
	{ "rhel", "redhat", VERSION_MAJOR, PKG_RPM, false, "red hat" },
	{ "centos", "redhat", VERSION_SPECIAL, PKG_RPM, false, "centos|red hat" },
	{ "almalinux", "almalinux", VERSION_MAJOR, PKG_RPM, false, "almalinux" },
	{ "rocky", "rocky", VERSION_MAJOR, PKG_RPM, true, "rocky" },
	{ "ol", "oracle", VERSION_MAJOR, PKG_RPM, false, "oracle" },
	{ "amzn", "amazon", VERSION_SPECIAL, PKG_RPM, false, "amazon" },
	{ "fedora", "fedora", VERSION_MAJOR, PKG_RPM, false, "fedora" },
	{ "sles", "sles", VERSION_WHOLE, PKG_RPM, true, "suse" },
	{ "sles_sap", "sles", VERSION_WHOLE, PKG_RPM, true, "suse" },
	{ "sle_hpc", "sles", VERSION_WHOLE, PKG_RPM, true, "suse" },
	{ "sle-micro", "sle-micro", VERSION_WHOLE, PKG_RPM, true, "suse" },
	{ "sl-micro", "sle-micro", VERSION_WHOLE, PKG_RPM, true, "suse" },
	{ "opensuse-leap", "opensuse-leap", VERSION_WHOLE, PKG_RPM, true, "suse" },
	{ "opensuse-tumbleweed", "opensuse-tumbleweed", VERSION_NONE, PKG_RPM, true, "suse" },
	{ "azurelinux", "azurelinux", VERSION_MAJOR, PKG_RPM, true, "microsoft" },
	{ "mariner", "mariner", VERSION_MAJOR, PKG_RPM, true, "microsoft" },
	{ "photon", "photon", VERSION_MAJOR, PKG_RPM, true, "vmware|broadcom" },
	{ "openeuler", "openeuler", VERSION_SPECIAL, PKG_RPM, true, "openeuler" },
	{ "anolis", "anolis", VERSION_MAJOR, PKG_RPM, false, "anolis" },
	{ "alinux", "alinux", VERSION_MAJOR, PKG_RPM, false, "alibaba|alinux|anolis" },
};

/* Debian's releases since advisories are kept by release; sid has no number. */
static const struct {
	const char *codename, *number;
} debian_releases[] = {
	{ "wheezy", "7" },  { "jessie", "8" },    { "stretch", "9" },
	{ "buster", "10" }, { "bullseye", "11" }, { "bookworm", "12" },
	{ "trixie", "13" }, { "forky", "14" },    { "duke", "15" },
};

static const char *text_or_empty(const char *s)
{
	return s == NULL ? "" : s;
}

static bool contains(const char *text, const char *part)
{
	return strcasestr(text_or_empty(text), part) != NULL;
}

/* "key:version", or "key" without one; a version that does not fit gives no key. */
static void set_key(char out[static ECOSYSTEM_KEY], const char *key, struct bytes version)
{
	const char *colon = version.n > 0 ? ":" : "";
	int n = snprintf(out, ECOSYSTEM_KEY, "%s%s%.*s", key, colon, (int)(version.n & 0xffff),
			 version.n > 0 ? (const char *)version.p : "");
	if (n < 0 || n >= ECOSYSTEM_KEY)
		out[0] = '\0';
	for (char *c = out; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
}

/* The first `parts` parts between dots. */
static struct bytes version_parts(const char *version, unsigned parts)
{
	struct bytes v = bytes_str(version);
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] == '.' && --parts == 0)
			return bytes_sub(v, 0, i);
	return v;
}

/* A released Debian names its number. Testing and sid carry one codename and
 * "/sid" in their name and cannot be told apart; sid's facts hold for both,
 * because testing's packages come from there. */
static void debian_keys(const struct os_identity *os, struct os_ecosystem *ret)
{
	const char *number = NULL;
	const char *codename = text_or_empty(os->codename);
	for (size_t i = 0; i < sizeof debian_releases / sizeof *debian_releases; i++)
		if (strcmp(debian_releases[i].codename, codename) == 0)
			number = debian_releases[i].number;
	struct bytes version = version_parts(text_or_empty(os->version), 1);
	unsigned next = 0;
	if (version.n == 0 && (contains(os->name, "/sid") || strcmp(codename, "sid") == 0))
		set_key(ret->keys[next++], "debian", BYTES_LIT("sid"));
	if (version.n == 0 && number != NULL)
		version = bytes_str(number);
	if (version.n > 0)
		set_key(ret->keys[next], "debian", version);
}

static void alpine_keys(const struct os_identity *os, struct os_ecosystem *ret)
{
	const char *version = text_or_empty(os->version);
	if (strstr(version, "_alpha") != NULL || contains(os->codename, "edge") ||
	    contains(os->name, "edge"))
		set_key(ret->keys[0], "alpine", BYTES_LIT("edge"));
	else if (version[0] != '\0')
		set_key(ret->keys[0], "alpine", version_parts(version, 2));
}

/* CentOS up to 8 was rebuilt from RHEL's sources; CentOS Stream runs ahead of
 * RHEL and its fixes carry other versions, so RHEL's advisories are not its own. */
static void centos_keys(const struct os_identity *os, struct os_ecosystem *ret)
{
	struct bytes major = version_parts(text_or_empty(os->version), 1);
	if (!contains(os->name, "stream") && major.n > 0)
		set_key(ret->keys[0], "redhat", major);
}

/* Amazon Linux 1 is called by year and month: 2018.03. */
static void amazon_keys(const struct os_identity *os, struct os_ecosystem *ret)
{
	const char *version = text_or_empty(os->version);
	struct bytes major = version_parts(version, 1);
	if (strchr(version, '.') != NULL && strncmp(version, "201", 3) == 0)
		major = BYTES_LIT("1");
	if (major.n > 0)
		set_key(ret->keys[0], "amazon", major);
}

/* VERSION_ID is "22.03", the service pack stands only in the name:
 * "openEuler 22.03 (LTS-SP3)". */
static void openeuler_keys(const struct os_identity *os, struct os_ecosystem *ret)
{
	char version[ECOSYSTEM_KEY];
	const char *open = strchr(text_or_empty(os->name), '(');
	const char *close = open == NULL ? NULL : strchr(open, ')');
	if (text_or_empty(os->version)[0] == '\0')
		return;
	int n = close == NULL || close - open < 2
			? snprintf(version, sizeof version, "%s", os->version)
			: snprintf(version, sizeof version, "%s-%.*s", os->version,
				   (int)((close - open - 1) & 0xff), open + 1);
	if (n > 0 && (size_t)n < sizeof version)
		set_key(ret->keys[0], "openeuler", bytes_str(version));
}

static void special_keys(const struct distribution *d, const struct os_identity *os,
			 struct os_ecosystem *ret)
{
	static const struct {
		const char *id;
		void (*keys)(const struct os_identity *os, struct os_ecosystem *ret);
	} special[] = {
		{ "debian", debian_keys },       { "alpine", alpine_keys },
		{ "centos", centos_keys },       { "amzn", amazon_keys },
		{ "openeuler", openeuler_keys },
	};
	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (strcmp(special[i].id, d->id) == 0)
			special[i].keys(os, ret);
}

static void set_keys(const struct distribution *d, const struct os_identity *os,
		     struct os_ecosystem *ret)
{
	const char *version = text_or_empty(os->version);
	struct bytes part = { 0 };
	if (d->version == VERSION_SPECIAL) {
		special_keys(d, os, ret);
		return;
	}
	if (d->version == VERSION_MAJOR)
		part = version_parts(version, 1);
	else if (d->version == VERSION_MINOR)
		part = version_parts(version, 2);
	else if (d->version == VERSION_WHOLE)
		part = bytes_str(version);
	if (part.n > 0 || d->version == VERSION_NONE)
		set_key(ret->keys[0], d->key, part);
	if (strcmp(d->id, "ubuntu") == 0 && part.n > 0)
		set_key(ret->pro, "ubuntu-pro", part);
}

bool os_ecosystem_of(const struct os_identity *os, struct os_ecosystem *ret)
{
	for (size_t i = 0; i < sizeof distributions / sizeof *distributions; i++) {
		const struct distribution *d = &distributions[i];
		if (strcasecmp(d->id, text_or_empty(os->id)) != 0)
			continue;
		struct os_ecosystem e = {
			.pro_in_force = contains(os->extended, "esm-"),
			.type = d->type,
			.scheme = vuln_version_scheme(d->type),
			.by_source = d->by_source,
			.vendors = d->vendors,
			/* Its CSAF, OSV records and updateinfo tell versions by file names. */
			.loses_epochs = strcmp(d->key, "openeuler") == 0,
		};
		set_keys(d, os, &e);
		if (e.keys[0][0] == '\0')
			return false;
		*ret = e;
		return true;
	}
	return false;
}

/* --- who built a package ---------------------------------------------------- */

static bool contains_any(const char *text, const char *parts)
{
	struct bytes rest = bytes_str(parts), part;
	char word[64];
	while (bytes_next_field(&rest, '|', &part)) {
		if (part.n == 0 || part.n >= sizeof word)
			continue;
		memcpy(word, part.p, part.n);
		word[part.n] = '\0';
		if (contains(text, word))
			return true;
	}
	return false;
}

/* The domain of the first mail address in "Name <user@domain>". */
static struct bytes mail_domain(const char *vendor)
{
	const char *at = strchr(text_or_empty(vendor), '@');
	return at == NULL ? (struct bytes){ 0 } : bytes_of(at + 1, strcspn(at + 1, "> ,"));
}

/* Debian's maintainers are too many to list; these publish packages under names
 * that Debian or Ubuntu has too, and show it in the version or as maintainer. */
static bool deb_third_party(const struct package *p)
{
	static const char *const marks[] = { "nodesource", ".pgdg", "+deb.sury", "+maria~" };
	static const char *const domains[] = {
		"nodesource.com", "nginx.com",     "f5.com",      "docker.com",    "mariadb.com",
		"mariadb.org",    "mongodb.com",   "elastic.co",  "hashicorp.com", "oracle.com",
		"mysql.com",      "percona.com",   "grafana.com", "gitlab.com",    "sury.org",
		"rabbitmq.com",   "microsoft.com",
	};
	struct bytes domain = mail_domain(p->vendor);
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (strstr(p->version, marks[i]) != NULL)
			return true;
	for (size_t i = 0; domain.n > 0 && i < sizeof domains / sizeof *domains; i++)
		if (bytes_equal(domain, bytes_str(domains[i])))
			return true;
	return false;
}

bool os_third_party(const struct os_ecosystem *eco, const struct package *p)
{
	if (p->type == PKG_DEB)
		return deb_third_party(p);
	if (p->type != PKG_RPM || eco->vendors == NULL || text_or_empty(p->vendor)[0] == '\0')
		return false;
	/* Projects of the open build service name their project as vendor. */
	return contains(p->vendor, "obs://") || !contains_any(p->vendor, eco->vendors);
}
