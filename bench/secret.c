/* How fast secrets are looked for, and what is found: reads the files of folders into
 * memory, then looks through them on one core, and copies the same bytes for comparison.
 *
 * usage: secret [--rules DIR|FILE]... [--list] FOLDER...
 * Without --rules: rules/secret of the current folder. With --list, every finding is
 * printed: rule, path, line, masked secret. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "corpus.h"
#include "secret/secret.h"

enum { DIRS_MOST = 64 };

static struct {
	bool list;
} print; /* besides the figures */

struct tally {
	const struct secret_rules *rules;
	const char *path;
	uint64_t findings, limited;
};

static int on_match(void *ctx, const struct secret_match *m, struct error *err)
{
	struct tally *t = ctx;
	struct secret_rule_info info;
	(void)err;
	t->findings++;
	if (!print.list)
		return 0;
	cleanup_buf struct buf line = buf_max(4 * KIB);
	secret_rule_info(t->rules, m->rule, &info);
	(void)text_escape(&line, m->context, NULL);
	(void)printf("%s\t%s:%u:%u\t%.*s\t%.*s\n", info.id, t->path, m->line, m->column,
		     (int)m->masked.n, (const char *)m->masked.p, (int)line.n,
		     (const char *)line.p);
	return 0;
}

static int on_limit(void *ctx, const char *what, struct error *err)
{
	struct tally *t = ctx;
	(void)err;
	t->limited++;
	if (print.list)
		(void)printf("limit\t%s\t%s\n", t->path, what);
	return 0;
}

/* The bytes of the files that are looked at: text, and not left by their names. */
static uint64_t look(struct secret_engine *e, struct tally *t, uint64_t *ret_files)
{
	uint64_t bytes = 0;
	struct error err = { 0 };
	struct secret_sink sink = { on_match, on_limit, t };
	for (size_t i = 0; i < corpus.n; i++) {
		struct corpus_file *f = &corpus.files[i];
		t->path = f->path;
		if (!secret_begin(e, bytes_str(f->path), f->content.n, sink, &err))
			continue;
		size_t head = f->content.n < 8192 ? f->content.n : 8192;
		bool text = memchr(f->content.p, 0, head) == NULL;
		if (secret_feed(e, f->content, &err) < 0 || secret_end(e, &err) < 0) {
			(void)fprintf(stderr, "%s: %s\n", f->path, err.text);
			exit(EXIT_FAILURE);
		}
		bytes += text ? f->content.n : 0;
		*ret_files += text;
	}
	return bytes;
}

static void report(uint64_t bytes, uint64_t files, uint64_t ns, const struct tally *t)
{
	struct rusage u;
	double rate = (double)bytes * 1000 / (double)(ns + 1), copy = corpus_copy_rate(bytes);
	(void)getrusage(RUSAGE_SELF, &u);
	(void)printf("files\t%zu\nbytes\t%llu\ntext files\t%llu\ntext bytes\t%llu\n", corpus.n,
		     (unsigned long long)corpus.bytes, (unsigned long long)files,
		     (unsigned long long)bytes);
	(void)printf("findings\t%llu\nlimits\t%llu\n", (unsigned long long)t->findings,
		     (unsigned long long)t->limited);
	(void)printf("seconds\t%.3f\nMB/s of text\t%.0f\nMB/s copied\t%.0f\nratio\t%.1f\n",
		     (double)ns / 1e9, rate, copy, copy / rate);
}

static long resident_kib(void)
{
	char line[256] = { 0 };
	cleanup_fclose FILE *f = fopen("/proc/self/statm", "r");
	char *end = line;
	if (f == NULL || fgets(line, sizeof line, f) == NULL)
		return 0;
	(void)strtol(line, &end, 10);
	return strtol(end, NULL, 10) * 4;
}

static int run(const struct secret_rule_options *o)
{
	struct error err = { 0 };
	struct secret_rules *rules = NULL;
	struct secret_engine *e = NULL;
	struct secret_compile_info info;
	cleanup_close int fd = -1;
	if (secret_rules_load(o, &rules, &err) < 0 ||
	    secret_rules_compile(rules, NULL, &fd, &info, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		return EXIT_FAILURE;
	}
	long before = resident_kib();
	uint64_t opened = clock_monotonic_ns();
	if (secret_engine_open(fd, &e, &err) < 0) {
		(void)fprintf(stderr, "%s\n", err.text);
		return EXIT_FAILURE;
	}
	(void)printf("rules\t%zu\ncompile ms\t%.0f\nblob KiB\t%zu\nopen ms\t%.2f\n",
		     secret_rules_count(rules), (double)info.ns / 1e6, info.blob_bytes / KIB,
		     (double)(clock_monotonic_ns() - opened) / 1e6);
	struct tally t = { .rules = rules };
	uint64_t files = 0, start = corpus_cpu_ns();
	uint64_t bytes = look(e, &t, &files), ns = corpus_cpu_ns() - start;
	(void)printf("engine KiB\t%ld\n", resident_kib() - before);
	report(bytes, files, ns, &t);
	secret_engine_close(e);
	secret_rules_free(rules);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const char *dirs[DIRS_MOST], *files[DIRS_MOST];
	struct secret_rule_options o = { .dirs = dirs, .files = files };
	bool rules = false;
	for (int i = 1; i < argc; i++) {
		struct stat st;
		if (strcmp(argv[i], "--list") == 0) {
			print.list = true;
		} else if (strcmp(argv[i], "--rules") == 0 && i + 1 < argc &&
			   o.dir_count + o.file_count < DIRS_MOST) {
			rules = true;
			if (stat(argv[++i], &st) == 0 && S_ISDIR(st.st_mode))
				dirs[o.dir_count++] = argv[i];
			else
				files[o.file_count++] = argv[i];
		} else {
			corpus_add(argv[i]);
		}
	}
	if (corpus.n == 0) {
		(void)fprintf(stderr, "usage: %s [--rules DIR|FILE]... [--list] FOLDER...\n",
			      argv[0]);
		return EXIT_FAILURE;
	}
	if (!rules)
		dirs[o.dir_count++] = "rules/secret";
	return run(&o);
}
