/* The release files from before os-release: one line for people each, in the
 * words of its distribution. The result has the form that os-release of the
 * same distribution has, so that nothing behind this room needs to know. */
#include "pkgdb/osrelease_internal.h"

/* How distributions call themselves, longest name first where one begins
 * another. `parts`: how much of a version of three or more parts ("7.9.2009",
 * "2023.3.20240108") VERSION_ID has; 0: all. */
static const struct distribution {
	const char *name, *id;
	unsigned parts;
} distributions[] = {
	{ "Red Hat Enterprise Linux", "rhel", 0 },
	{ "CentOS", "centos", 1 },
	{ "AlmaLinux", "almalinux", 0 },
	{ "Rocky Linux", "rocky", 0 },
	{ "Oracle Linux", "ol", 0 },
	{ "Enterprise Linux Enterprise Linux", "ol", 0 }, /* Oracle's first */
	{ "Amazon Linux", "amzn", 1 },
	{ "Fedora", "fedora", 0 },
	{ "CBL-Mariner", "mariner", 2 },
	{ "Mariner", "mariner", 2 },
	{ "Microsoft Azure Linux", "azurelinux", 2 },
	{ "Azure Linux", "azurelinux", 2 },
	{ "VMware Photon", "photon", 2 },
	{ "Photon", "photon", 2 },
	{ "openEuler", "openeuler", 0 },
	{ "Anolis OS", "anolis", 0 },
	{ "Alibaba Cloud Linux", "alinux", 0 },
	{ "Aliyun Linux", "alinux", 0 },
	{ "SUSE Linux Enterprise Server", "sles", 0 },
	{ "SUSE Linux Enterprise Desktop", "sled", 0 },
	{ "openSUSE Leap", "opensuse-leap", 0 },
	{ "openSUSE Tumbleweed", "opensuse-tumbleweed", 0 },
	{ "openSUSE", "opensuse", 0 },
	{ "Alpine", "alpine", 0 },
	{ "Wolfi", "wolfi", 0 },
	{ "Chainguard", "chainguard", 0 },
	{ "BellSoft Alpaquita", "alpaquita", 0 },
	{ "Debian", "debian", 0 },
	{ "Ubuntu", "ubuntu", 0 },
};

/* The first `parts` parts of a version of three or more. */
static struct bytes shortened(struct bytes version, unsigned parts)
{
	size_t end = 0, dots = 0;
	for (size_t i = 0; i < version.n; i++) {
		if (version.p[i] == '.' && ++dots == parts)
			end = i;
	}
	return parts > 0 && dots >= 2 ? bytes_sub(version, 0, end) : version;
}

static struct bytes first_word(struct bytes text)
{
	ptrdiff_t blank = bytes_index(text, ' ');
	return blank < 0 ? text : bytes_sub(text, 0, (size_t)blank);
}

void os_identify(struct bytes name, struct bytes version, struct buf *scratch, struct os_facts *ret)
{
	for (size_t i = 0; i < sizeof(distributions) / sizeof(distributions[0]); i++) {
		const struct distribution *d = &distributions[i];
		if (!bytes_starts_with(name, bytes_str(d->name)))
			continue;
		ret->id = bytes_str(d->id);
		ret->version_id = os_keep(scratch, shortened(version, d->parts));
		return;
	}
	ret->id = os_keep_lower(scratch, first_word(bytes_trim(name)));
	ret->version_id = os_keep(scratch, version);
}

static struct bytes first_line(struct bytes text)
{
	struct bytes line;
	while (bytes_next_field(&text, '\n', &line)) {
		line = bytes_trim(line);
		if (line.n > 0)
			return line;
	}
	return bytes_of(NULL, 0);
}

/* The first word that starts with a digit: it is the version in all of them
 * ("CentOS release 6.10 (Final)", "CBL-Mariner 2.0.20240112"). */
static struct bytes first_number(struct bytes line)
{
	struct bytes word;
	while (bytes_next_field(&line, ' ', &word)) {
		if (word.n > 0 && word.p[0] >= '0' && word.p[0] <= '9')
			return word;
	}
	return bytes_of(NULL, 0);
}

/* All have a number; a line without one is no release ("redhat-release", where
 * a link was unpacked as a file). */
bool os_read_line(struct bytes text, struct buf *scratch, struct os_facts *ret)
{
	struct bytes line = first_line(text), number = first_number(line);
	if (number.n == 0)
		return false;
	os_identify(line, number, scratch, ret);
	ret->name = os_keep(scratch, line);
	ret->codename = os_keep(scratch, os_in_brackets(line));
	return ret->id.n > 0;
}

/* "KEY = value" of SuSE-release. */
static struct bytes suse_value(struct bytes text, struct bytes key)
{
	struct bytes line;
	while (bytes_next_field(&text, '\n', &line)) {
		ptrdiff_t equals = bytes_index(line, '=');
		if (equals > 0 && bytes_equal(bytes_trim(bytes_sub(line, 0, (size_t)equals)), key))
			return bytes_trim(bytes_sub(line, (size_t)equals + 1, line.n));
	}
	return bytes_of(NULL, 0);
}

/* Enterprise releases write 12 SP5 as VERSION_ID "12.5", the first as "12". */
bool os_read_suse(struct bytes text, struct buf *scratch, struct os_facts *ret)
{
	struct bytes level = suse_value(text, BYTES_LIT("PATCHLEVEL"));
	if (!os_read_line(text, scratch, ret))
		return false;
	ret->codename = os_keep(scratch, suse_value(text, BYTES_LIT("CODENAME")));
	if (level.n > 0 && !bytes_equal(level, BYTES_LIT("0"))) {
		size_t at = scratch->n;
		(void)os_keep(scratch, ret->version_id);
		(void)os_keep(scratch, BYTES_LIT("."));
		(void)os_keep(scratch, level);
		ret->version_id = bytes_sub(buf_view(scratch), at, scratch->n);
	}
	return true;
}

/* "12.5", of which VERSION_ID has the 12; or "trixie/sid". */
bool os_read_debian(struct bytes text, struct buf *scratch, struct os_facts *ret)
{
	struct bytes line = first_line(text);
	struct bytes major = line, rest;
	if (line.n == 0)
		return false;
	ret->id = BYTES_LIT("debian");
	ret->name = os_keep_two(scratch, BYTES_LIT("Debian GNU/Linux"), line);
	if (line.p[0] >= '0' && line.p[0] <= '9') {
		(void)bytes_next_field(&line, '.', &major);
		ret->version_id = os_keep(scratch, major);
	} else {
		(void)bytes_next_field(&line, '/', &rest);
		ret->codename = os_keep(scratch, rest);
	}
	return true;
}

bool os_read_alpine(struct bytes text, struct buf *scratch, struct os_facts *ret)
{
	struct bytes line = first_line(text);
	if (line.n == 0 || line.p[0] < '0' || line.p[0] > '9')
		return false;
	ret->id = BYTES_LIT("alpine");
	ret->version_id = os_keep(scratch, line);
	ret->name = os_keep_two(scratch, BYTES_LIT("Alpine Linux"), line);
	if (memmem(line.p, line.n, "_alpha", 6) != NULL)
		ret->codename = BYTES_LIT("edge");
	return true;
}
