/* Prints what the importers make of files, a line each, for tests to compare:
 *   source NAME URL SNAPSHOT
 *   fact ECOSYSTEM PACKAGE ID ADVISORY INTRODUCED FIXED LAST STATUS SEVERITY MODULE ARCH
 *   detail ID SEVERITY SCORE VECTOR EPSS PERCENTILE ADDED DUE RANSOMWARE ALIAS PUBLISHED
 *   skipped WHAT WHY
 * with tabs between, then the statistics. Options before the files:
 * --quiet prints only the statistics, --sandboxed imports as programs do. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"
#include "feed/feed.h"

struct output {
	bool quiet, sandboxed;
};

static void field(struct bytes b)
{
	(void)putchar('\t');
	if (b.n > 0)
		(void)fwrite(b.p, 1, b.n, stdout);
}

static int on_source(void *ctx, const struct vuln_source *s, struct error *err)
{
	(void)err;
	if (((struct output *)ctx)->quiet)
		return 0;
	(void)printf("source");
	field(s->name);
	field(s->url);
	field(s->snapshot);
	(void)putchar('\n');
	return 0;
}

static int on_fact(void *ctx, const struct vuln_fact *f, struct error *err)
{
	(void)err;
	if (((struct output *)ctx)->quiet)
		return 0;
	(void)printf("fact");
	field(f->ecosystem);
	field(f->package);
	field(f->id);
	field(f->advisory);
	field(f->introduced);
	field(f->fixed);
	field(f->last_affected);
	field(bytes_str(f->status == STATUS_NOT_AFFECTED ? "not-affected"
							 : finding_status_name(f->status)));
	field(bytes_str(severity_name(f->severity)));
	field(f->module);
	field(f->arch);
	(void)putchar('\n');
	return 0;
}

static int on_detail(void *ctx, const struct vuln_detail *d, struct error *err)
{
	(void)err;
	if (((struct output *)ctx)->quiet)
		return 0;
	(void)printf("detail");
	field(d->id);
	field(bytes_str(severity_name(d->severity)));
	(void)printf("\t%.1f", d->cvss_score);
	field(d->cvss_vector);
	(void)printf("\t%g\t%g", d->epss, d->epss_percentile);
	field(d->kev_added);
	field(d->kev_due);
	(void)printf("\t%d", d->kev_ransomware);
	field(d->alias);
	field(d->published);
	(void)putchar('\n');
	return 0;
}

static void on_skipped(void *ctx, const char *what, const char *why)
{
	if (!((struct output *)ctx)->quiet)
		(void)printf("skipped\t%s\t%s\n", what, why);
}

static int import(const char *path, struct vuln_fact_sink sink, struct feed_stats *stats,
		  struct error *err)
{
	if (((struct output *)sink.ctx)->sandboxed)
		return feed_import_path(path, NULL, sink, stats, err);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "%s", path);
	struct feed_session *s = feed_session_new(NULL, sink);
	int r = s == NULL ? error_set(err, ERR_MEMORY, "no memory")
			  : feed_session_fd(s, fd, path, err);
	if (r == 0)
		r = feed_session_end(s, stats, err);
	feed_session_free(s);
	return r;
}

int main(int argc, char **argv)
{
	struct output out = { 0 };
	struct vuln_fact_sink sink = { on_source, on_fact, on_detail, on_skipped, &out };
	struct feed_stats total = { 0 };
	struct error err = { 0 };
	(void)signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i < argc; i++) {
		struct feed_stats stats = { 0 };
		if (strcmp(argv[i], "--quiet") == 0) {
			out.quiet = true;
			continue;
		}
		if (strcmp(argv[i], "--sandboxed") == 0) {
			out.sandboxed = true;
			continue;
		}
		if (import(argv[i], sink, &stats, &err) < 0) {
			(void)printf("error\t%s\t%s\n", error_code_name(err.code), err.text);
			return EXIT_FAILURE;
		}
		total.files += stats.files;
		total.records += stats.records;
		total.facts += stats.facts;
		total.details += stats.details;
		total.skipped += stats.skipped;
	}
	(void)printf("stats\tfiles %llu\trecords %llu\tfacts %llu\tdetails %llu\tskipped %llu\n",
		     (unsigned long long)total.files, (unsigned long long)total.records,
		     (unsigned long long)total.facts, (unsigned long long)total.details,
		     (unsigned long long)total.skipped);
	return EXIT_SUCCESS;
}
