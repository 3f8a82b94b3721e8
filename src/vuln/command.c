/* The command that mends: which tool an image has, and what to tell it. */
#include "vuln/vuln.h"

struct tool {
	const char *name;
	const char *package; /* that brings it */
	const char *command; /* names of packages follow */
};

/* In the order of preference where an image has several. */
static const struct tool tools[] = {
	{ "apt-get", "apt", "apt-get update && apt-get install -y --only-upgrade" },
	{ "apk", "apk-tools", "apk upgrade --no-cache" },
	{ "dnf", "dnf", "dnf upgrade -y" },
	{ "dnf", "dnf5", "dnf upgrade -y" },
	{ "microdnf", "microdnf", "microdnf upgrade -y" },
	{ "tdnf", "tdnf", "tdnf update -y" },
	{ "zypper", "zypper", "zypper --non-interactive update" },
	{ "yum", "yum", "yum update -y" },
};

/* What a full installation of each distribution has. */
static const struct {
	const char *id, *tool;
} usual[] = {
	{ "debian", "apt-get" },
	{ "ubuntu", "apt-get" },
	{ "alpine", "apk" },
	{ "wolfi", "apk" },
	{ "chainguard", "apk" },
	{ "alpaquita", "apk" },
	{ "bellsoft-hardened-containers", "apk" },
	{ "rhel", "dnf" },
	{ "centos", "dnf" },
	{ "almalinux", "dnf" },
	{ "rocky", "dnf" },
	{ "ol", "dnf" },
	{ "amzn", "dnf" },
	{ "fedora", "dnf" },
	{ "sles", "zypper" },
	{ "sles_sap", "zypper" },
	{ "sle_hpc", "zypper" },
	{ "sle-micro", "zypper" },
	{ "sl-micro", "zypper" },
	{ "opensuse-leap", "zypper" },
	{ "opensuse-tumbleweed", "zypper" },
	{ "azurelinux", "tdnf" },
	{ "mariner", "tdnf" },
	{ "photon", "tdnf" },
	{ "openeuler", "dnf" },
	{ "anolis", "dnf" },
	{ "alinux", "dnf" },
};

static uint64_t major_of(const struct os_identity *os)
{
	struct bytes version = bytes_str(os->version), major;
	uint64_t n = 0;
	if (!bytes_next_field(&version, '.', &major) || !bytes_to_u64(major, &n))
		return 0;
	return n;
}

/* dnf came with RHEL 8 and Amazon Linux 2023. */
static bool before_dnf(const struct os_identity *os)
{
	uint64_t major = major_of(os);
	if (strcmp(os->id, "amzn") == 0)
		return major < 2022 || strchr(os->version == NULL ? "" : os->version, '.') != NULL;
	return (strcmp(os->id, "rhel") == 0 || strcmp(os->id, "centos") == 0 ||
		strcmp(os->id, "ol") == 0) &&
	       major > 0 && major < 8;
}

static const char *usual_tool(const struct os_identity *os)
{
	for (size_t i = 0; os->id != NULL && i < sizeof usual / sizeof *usual; i++) {
		if (strcmp(usual[i].id, os->id) != 0)
			continue;
		if (strcmp(usual[i].tool, "dnf") == 0 && before_dnf(os))
			return "yum";
		return usual[i].tool;
	}
	return NULL;
}

const char *vuln_package_tool(const struct os_identity *os, const struct package *packages,
			      size_t count)
{
	const size_t all = sizeof tools / sizeof *tools;
	size_t best = all;
	if (usual_tool(os) == NULL)
		return NULL;
	for (size_t i = 0; i < count && best > 0; i++)
		for (size_t t = 0; t < best; t++)
			if (!pkg_type_is_app(packages[i].type) &&
			    strcmp(packages[i].name, tools[t].package) == 0)
				best = t;
	return best < all ? tools[best].name : "";
}

/* Names of packages need no quotes; one that would is not shown as a command. */
static bool shell_safe(const char *name)
{
	static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789.+_-:";
	return name[0] != '\0' && name[0] != '-' && name[strspn(name, safe)] == '\0';
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static size_t safe_names(const char *const *names, size_t count, const char **out)
{
	size_t n = 0, kept = 0;
	for (size_t i = 0; i < count; i++)
		if (shell_safe(names[i]))
			out[n++] = names[i];
	qsort(out, n, sizeof *out, by_name);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || strcmp(out[kept - 1], out[i]) != 0)
			out[kept++] = out[i];
	return kept;
}

/* apk-tools 2.12, which upgrades single packages, came with Alpine 3.13. */
static bool old_apk(const struct os_identity *os)
{
	struct bytes rest = bytes_str(os->version), major, minor;
	uint64_t a, b;
	return strcmp(os->id, "alpine") == 0 && bytes_next_field(&rest, '.', &major) &&
	       bytes_next_field(&rest, '.', &minor) && bytes_to_u64(major, &a) &&
	       bytes_to_u64(minor, &b) && (a < 3 || (a == 3 && b < 13));
}

static const char *command_of(const struct os_identity *os)
{
	const char *name = os->package_tool == NULL ? usual_tool(os) : os->package_tool;
	if (name == NULL || os->id == NULL)
		return NULL;
	if (strcmp(name, "apk") == 0 && old_apk(os))
		return "apk add --no-cache --upgrade";
	for (size_t i = 0; i < sizeof tools / sizeof *tools; i++)
		if (strcmp(tools[i].name, name) == 0)
			return tools[i].command;
	return NULL;
}

const char *vuln_update_command(const struct os_identity *os, const char *const *names,
				const char *const *versions, size_t count, struct arena *arena)
{
	const char *command = command_of(os);
	const char **sorted = arena_array(arena, count, sizeof *sorted);
	(void)versions;
	if (command == NULL || sorted == NULL)
		return NULL;
	size_t kept = safe_names(names, count, sorted), bytes = strlen(command) + 1;
	for (size_t i = 0; i < kept; i++)
		bytes += strlen(sorted[i]) + 1;
	char *out = kept == 0 ? NULL : arena_alloc(arena, bytes);
	if (out == NULL)
		return NULL;
	size_t at = strlen(command);
	memcpy(out, command, at);
	for (size_t i = 0; i < kept; i++) {
		size_t n = strlen(sorted[i]);
		out[at++] = ' ';
		memcpy(out + at, sorted[i], n);
		at += n;
	}
	return out;
}
