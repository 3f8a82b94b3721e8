/* How fast scripts are looked at, and what is found: reads the files of folders into memory,
 * then looks at those that may be scripts on one core.
 *
 * usage: script [--rules DIR] [--list] [--all] FOLDER...
 * Without --rules: rules of the current folder. With --list, every finding is printed:
 * severity, rule, path, line, evidence; with --all, the paths of files without a finding too. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "corpus.h"
#include "script/script.h"

enum { DIRS_MOST = 64 };

static struct {
	bool list, all;
} print; /* besides the figures */

struct tally {
	const struct check_rules *rules;
	const char *path;
	uint64_t findings, serious, limited, in_file, files_found;
};

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	struct tally *t = ctx;
	struct check_rule_info info;
	(void)err;
	t->findings++;
	t->in_file++;
	check_rule_info(t->rules, m->rule, &info);
	t->serious += info.severity >= SEVERITY_HIGH;
	if (!print.list)
		return 0;
	cleanup_buf struct buf line = buf_max(4 * KIB);
	(void)text_escape(&line, m->evidence, NULL);
	(void)printf("%s\t%s\t%s:%u\t%.*s\n", severity_name(info.severity), info.id, t->path,
		     m->line, (int)line.n, (const char *)line.p);
	return 0;
}

static int on_limit(void *ctx, struct bytes path, const char *what, struct error *err)
{
	struct tally *t = ctx;
	(void)err;
	(void)path;
	t->limited++;
	if (print.list)
		(void)printf("limit\t%s\t%s\n", t->path, what);
	return 0;
}

/* The bytes of the files that are looked at. */
static uint64_t look(struct script_engine *e, struct tally *t, uint64_t *ret_files)
{
	uint64_t bytes = 0;
	struct error err = { 0 };
	struct check_sink sink = { on_match, on_limit, t };
	for (size_t i = 0; i < corpus.n; i++) {
		struct corpus_file *f = &corpus.files[i];
		t->path = f->path;
		t->in_file = 0;
		bool wanted = script_wants(e, bytes_str(f->path), bytes_sub(f->content, 0, 4096));
		if (wanted && script_check(e, bytes_str(f->path), f->content, &sink, &err) < 0) {
			(void)fprintf(stderr, "%s: %s\n", f->path, err.text);
			exit(EXIT_FAILURE);
		}
		t->files_found += t->in_file > 0;
		bytes += wanted ? f->content.n : 0;
		*ret_files += wanted;
		if (print.all && t->in_file == 0)
			(void)printf("%s\t%s\n", wanted ? "silent" : "unwanted", f->path);
	}
	return bytes;
}

static void report(uint64_t bytes, uint64_t files, uint64_t ns, const struct tally *t)
{
	struct rusage u;
	double rate = (double)bytes * 1000 / (double)(ns + 1), copy = corpus_copy_rate(bytes);
	(void)getrusage(RUSAGE_SELF, &u);
	(void)printf("files\t%zu\nbytes\t%llu\nscripts\t%llu\nbytes of scripts\t%llu\n", corpus.n,
		     (unsigned long long)corpus.bytes, (unsigned long long)files,
		     (unsigned long long)bytes);
	(void)printf("findings\t%llu\nserious\t%llu\nfiles with findings\t%llu\nlimits\t%llu\n",
		     (unsigned long long)t->findings, (unsigned long long)t->serious,
		     (unsigned long long)t->files_found, (unsigned long long)t->limited);
	(void)printf("seconds\t%.3f\nMB/s\t%.0f\nMB/s copied\t%.0f\nratio\t%.1f\n",
		     (double)ns / 1e9, rate, copy, copy / rate);
}

static int run(const struct check_rule_options *o)
{
	struct error err = { 0 };
	struct check_rules *rules = NULL;
	struct check_set *set = NULL;
	struct script_engine *e = NULL;
	cleanup_close int fd = -1;
	if (check_rules_load(o, &rules, &err) < 0 ||
	    check_rules_send(rules, 1U << CHECK_MALWARE, &fd, &err) < 0 ||
	    check_set_open(fd, &set, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		return EXIT_FAILURE;
	}
	uint64_t opened = clock_monotonic_ns();
	if (script_open(set, &e, &err) < 0 || e == NULL) {
		(void)fprintf(stderr, "there are no rules of scripts %s\n", err.text);
		return EXIT_FAILURE;
	}
	(void)printf("rules\t%zu\nopen ms\t%.2f\n", check_rules_count(rules),
		     (double)(clock_monotonic_ns() - opened) / 1e6);
	struct tally t = { .rules = rules };
	uint64_t files = 0, start = corpus_cpu_ns();
	uint64_t bytes = look(e, &t, &files), ns = corpus_cpu_ns() - start;
	report(bytes, files, ns, &t);
	script_close(e);
	check_set_close(set);
	check_rules_free(rules);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const char *dirs[DIRS_MOST];
	struct check_rule_options o = { .dirs = dirs };
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--list") == 0) {
			print.list = true;
		} else if (strcmp(argv[i], "--all") == 0) {
			print.all = true;
		} else if (strcmp(argv[i], "--rules") == 0 && i + 1 < argc &&
			   o.dir_count < DIRS_MOST) {
			dirs[o.dir_count++] = argv[++i];
		} else {
			corpus_add(argv[i]);
		}
	}
	if (corpus.n == 0) {
		(void)fprintf(stderr, "usage: %s [--rules DIR] [--list] [--all] FOLDER...\n",
			      argv[0]);
		return EXIT_FAILURE;
	}
	if (o.dir_count == 0)
		dirs[o.dir_count++] = "rules";
	return run(&o);
}
