/* The vulnerability database under load: builds one of synthetic facts, looks up
 * every package in it and as many that it lacks, matches images of 3,000 packages
 * of the system or of applications, and prints what each costs.
 *
 * usage: vulndb_lookup [FACTS]
 * Without FACTS 5,000,000; 400,000 are about what the distributions publish. */
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "vuln/vulndb.h"

enum {
	FACTS_DEFAULT = 5000000,
	FACTS_PER_PACKAGE = 14, /* as in Debian's tracker */
	RELEASES = 20, /* ecosystems of equal size; the last one is npm's */
	IMAGE_PACKAGES = 3000,
	ROUNDS = 7
};

static void die(const struct error *err)
{
	(void)fprintf(stderr, "vulndb_lookup: %s\n", err->text);
	exit(EXIT_FAILURE);
}

static size_t package_name(char out[static 48], uint64_t i)
{
	return (size_t)snprintf(out, 48, "package-%llu-lib", (unsigned long long)i);
}

static void ecosystem_key(char out[static 32], unsigned release)
{
	if (release + 1 == RELEASES)
		(void)snprintf(out, 32, "npm");
	else
		(void)snprintf(out, 32, "debian:%u", release);
}

/* The version that fixes fact i, in the ecosystem's own form. */
static void fixed_version(char out[static 48], uint64_t i)
{
	uint64_t package = i / FACTS_PER_PACKAGE;
	unsigned major = (unsigned)(package % 9), minor = (unsigned)(i % 40);
	unsigned patch = 1 + (unsigned)(i % 5), last = 1 + (unsigned)(i % 3);
	if (package % RELEASES + 1 == RELEASES)
		(void)snprintf(out, 48, "%u.%u.%u-rc.%u", major, minor, patch, last);
	else
		(void)snprintf(out, 48, "%u.%u-%u+deb12u%u", major, minor, patch, last);
}

static void add_facts(struct vulndb_builder *b, uint64_t facts)
{
	struct vuln_fact_sink s = vulndb_builder_sink(b);
	const struct vuln_source source = { BYTES_LIT("debian"), BYTES_LIT("https://example.org/"),
					    BYTES_LIT("2026-11-20") };
	struct error err = { 0 };
	char eco[32], name[48], id[32], fixed[48];
	if (s.source(s.ctx, &source, &err) < 0)
		die(&err);
	for (uint64_t i = 0; i < facts; i++) {
		uint64_t package = i / FACTS_PER_PACKAGE;
		ecosystem_key(eco, (unsigned)(package % RELEASES));
		(void)package_name(name, package / RELEASES);
		(void)snprintf(id, sizeof id, "CVE-%u-%04u", 2010 + (unsigned)(i * 7 % 17),
			       1 + (unsigned)(i * 2654435761u % 60000));
		fixed_version(fixed, i);
		const struct vuln_fact f = {
			.ecosystem = bytes_str(eco),
			.package = bytes_str(name),
			.id = bytes_str(id),
			.fixed = bytes_str(fixed),
		};
		if (s.fact(s.ctx, &f, &err) < 0)
			die(&err);
	}
}

static long peak_kib(void)
{
	struct rusage u;
	return getrusage(RUSAGE_SELF, &u) == 0 ? u.ru_maxrss : 0;
}

static void build(uint64_t facts, const char *path)
{
	struct error err = { 0 };
	struct stat st = { 0 };
	uint64_t start = clock_monotonic_ns();
	struct vulndb_builder *b = vulndb_builder_new();
	if (b == NULL)
		exit(EXIT_FAILURE);
	add_facts(b, facts);
	uint64_t added = clock_monotonic_ns();
	if (vulndb_builder_write(b, 1, path, &err) < 0)
		die(&err);
	vulndb_builder_free(b);
	(void)stat(path, &st);
	(void)printf("build     %llu facts: %.2f s adding, %.2f s writing, %ld MiB at most, file "
		     "%.1f MiB\n",
		     (unsigned long long)facts, (double)(added - start) / 1e9,
		     (double)(clock_monotonic_ns() - added) / 1e9, peak_kib() / 1024,
		     (double)st.st_size / (double)MIB);
}

static void verify(const struct vulndb *db)
{
	struct error err = { 0 };
	uint64_t start = clock_monotonic_ns();
	if (vulndb_verify(db, &err) < 0)
		die(&err);
	(void)printf("verify    %.2f s\n", (double)(clock_monotonic_ns() - start) / 1e9);
}

/* Nanoseconds a look-up, fastest of ROUNDS. The order jumps through the file. */
static void look_up(const struct vulndb *db, uint64_t facts, const char *what, const char *suffix,
		    bool hit)
{
	struct error err = { 0 };
	struct vulndb_ecosystem eco[RELEASES];
	uint64_t packages = facts / FACTS_PER_PACKAGE, found = 0, best = UINT64_MAX;
	const uint64_t n = 200000;
	for (unsigned r = 0; r < RELEASES; r++) {
		char key[32];
		ecosystem_key(key, r);
		if (vulndb_ecosystem_find(db, bytes_str(key), &eco[r], &err) < 0)
			die(&err);
	}
	char(*names)[48] = calloc(n, sizeof *names);
	if (names == NULL)
		exit(EXIT_FAILURE);
	for (uint64_t i = 0; i < n; i++) {
		size_t len = package_name(names[i], i * 2654435761u % packages / RELEASES);
		(void)snprintf(names[i] + len, sizeof names[i] - len, "%s", suffix);
	}
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t start = clock_monotonic_ns();
		found = 0;
		for (uint64_t i = 0; i < n; i++) {
			struct vulndb_range range;
			const struct vulndb_ecosystem *e =
				&eco[i * 2654435761u % packages % RELEASES];
			if (vulndb_find(db, e, bytes_str(names[i]), &range, &err) < 0)
				die(&err);
			found += range.count > 0;
		}
		uint64_t took = clock_monotonic_ns() - start;
		best = took < best ? took : best;
	}
	free(names);
	if (found != (hit ? n : 0))
		exit(EXIT_FAILURE);
	(void)printf("look-up   %s: %.0f ns\n", what, (double)best / (double)n);
}

static int count_finding(void *ctx, const struct finding *f, struct error *err)
{
	(void)f;
	(void)err;
	(*(size_t *)ctx)++;
	return 0;
}

static void match(const struct vulndb *db, enum pkg_type type, const char *what,
		  const char *version)
{
	static struct package packages[IMAGE_PACKAGES];
	static char names[IMAGE_PACKAGES][48];
	const struct os_identity os = { .id = "debian", .version = "12" };
	struct match_stats stats = { 0 };
	struct error err = { 0 };
	uint64_t best = UINT64_MAX;
	size_t findings = 0;
	for (uint64_t i = 0; i < IMAGE_PACKAGES; i++) {
		(void)package_name(names[i], i);
		packages[i] = (struct package){
			.type = type,
			.purl = "",
			.name = names[i],
			.version = version,
			.arch = "amd64",
			.source_name = names[i],
			.source_version = version,
			.vendor = "",
			.modularity = "",
			.license = "",
			.path = "var/lib/dpkg/status",
		};
	}
	for (int round = 0; round < ROUNDS; round++) {
		cleanup_arena struct arena arena = arena_max(512 * MIB);
		findings = 0;
		const struct match_sink sink = { count_finding, NULL, &findings };
		uint64_t start = clock_monotonic_ns();
		if (vuln_match(db, &os, packages, IMAGE_PACKAGES, &arena, sink, &stats, &err) < 0)
			die(&err);
		uint64_t took = clock_monotonic_ns() - start;
		best = took < best ? took : best;
	}
	(void)printf("match     %d %s packages, %s: %.2f ms (%zu facts compared, %zu findings)\n",
		     IMAGE_PACKAGES, pkg_type_name(type), what, (double)best / 1e6, stats.compared,
		     findings);
}

int main(int argc, char **argv)
{
	uint64_t facts = FACTS_DEFAULT;
	char path[] = "/tmp/corten-bench-XXXXXX";
	struct error err = { 0 };
	struct vulndb *db;
	if (argc > 2 || (argc == 2 && (!bytes_to_u64(bytes_str(argv[1]), &facts) ||
				       facts < FACTS_PER_PACKAGE * RELEASES))) {
		(void)fprintf(stderr, "usage: vulndb_lookup [FACTS]\n");
		return EXIT_FAILURE;
	}
	int fd = mkstemp(path);
	if (fd < 0)
		return EXIT_FAILURE;
	(void)close(fd);
	build(facts, path);
	if (vulndb_open(path, &db, &err) < 0)
		die(&err);
	(void)unlink(path);
	verify(db);
	look_up(db, facts, "of a package that is there", "", true);
	look_up(db, facts, "of one that is not", "x", false);
	match(db, PKG_DEB, "up to date", "99.0-1");
	match(db, PKG_DEB, "with one package in ten behind", "8.20-1");
	match(db, PKG_NPM, "up to date", "99.0.0");
	match(db, PKG_NPM, "with one package in ten behind", "8.37.0");
	vulndb_close(db);
	return EXIT_SUCCESS;
}
