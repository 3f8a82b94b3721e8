/* Matches packages named on standard input, for tests that know the truth from
 * elsewhere. usage: vuln_match DATABASE OS-ID OS-VERSION
 *
 * Input, one package a line: name, version, source, source version, between
 * tabs (deb). Output, one finding a line: name, version, id, status, fixed
 * version, source of the fact. */
#include <stdio.h>

#include "vuln/vulndb.h"

enum { PACKAGES_MAX = 100000, ARENA_MAX = 1 << 30 };

struct list {
	struct package *packages;
	size_t count;
};

static const char *field(struct bytes *rest, struct arena *arena)
{
	struct bytes b = { 0 };
	if (!bytes_next_field(rest, '\t', &b))
		b = bytes_str("");
	return arena_cstr(arena, b);
}

static void add_package(struct list *l, struct bytes line, struct arena *arena)
{
	struct package *p = &l->packages[l->count++];
	*p = (struct package){ .type = PKG_DEB,
			       .purl = "",
			       .name = field(&line, arena),
			       .version = field(&line, arena),
			       .arch = "amd64",
			       .source_name = field(&line, arena),
			       .source_version = field(&line, arena),
			       .vendor = "",
			       .modularity = "",
			       .license = "",
			       .path = "" };
	if (p->name == NULL || p->version == NULL || p->source_name == NULL ||
	    p->source_version == NULL)
		exit(EXIT_FAILURE);
}

static int print_finding(void *ctx, const struct finding *f, struct error *err)
{
	(void)ctx;
	(void)err;
	(void)printf("%s\t%s\t%s\t%s\t%s\t%s\n", f->package->name, f->package->version, f->id,
		     finding_status_name(f->status),
		     f->fixed_version == NULL ? "" : f->fixed_version, f->advisory.source);
	return 0;
}

static void print_degraded(void *ctx, const struct package *p, const char *why)
{
	(void)ctx;
	(void)fprintf(stderr, "%s: %s\n", p->name, why);
}

static int fail(const struct error *err)
{
	(void)fprintf(stderr, "vuln_match: %s\n", err->text);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	cleanup_arena struct arena arena = arena_max(ARENA_MAX);
	cleanup_buf struct buf input = buf_max(256 * MIB);
	const struct match_sink sink = { print_finding, print_degraded, NULL };
	struct list list = { .packages = calloc(PACKAGES_MAX, sizeof *list.packages) };
	struct error err = { 0 };
	struct match_stats stats;
	struct vulndb *db;
	if (argc != 4 || list.packages == NULL) {
		(void)fprintf(stderr, "usage: vuln_match DATABASE OS-ID OS-VERSION\n");
		return EXIT_FAILURE;
	}
	if (fd_read_all(STDIN_FILENO, &input, &err) < 0 || vulndb_open(argv[1], &db, &err) < 0)
		return fail(&err);
	struct bytes rest = buf_view(&input), line;
	while (list.count < PACKAGES_MAX && bytes_next_field(&rest, '\n', &line))
		add_package(&list, line, &arena);
	const struct os_identity os = { .id = argv[2], .version = argv[3] };
	int result = vuln_match(db, &os, list.packages, list.count, &arena, sink, &stats, &err);
	vulndb_close(db);
	free(list.packages);
	if (result < 0)
		return fail(&err);
	if (stats.no_advisories)
		(void)fprintf(stderr, "vuln_match: no advisories\n");
	return stats.no_advisories ? EXIT_FAILURE : EXIT_SUCCESS;
}
