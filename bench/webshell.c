/* How fast web shells are looked for, and what is found: reads the files of folders into
 * memory, then looks through them on one core.
 *
 * usage: webshell [--rules DIR]... [--list] [--names] FOLDER...
 * Without --rules: rules of the current folder. With --list, every finding is printed:
 * rule, severity, path, line, evidence; with --names, the paths without a finding. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "corpus.h"
#include "webshell/webshell.h"

enum { DIRS_MOST = 64, HEAD = 512 };

static struct {
	bool list, names;
} print; /* besides the figures */

struct tally {
	const struct check_rules *rules;
	uint64_t findings, limited, severe;
	bool here;
};

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	struct tally *t = ctx;
	struct check_rule_info info;
	(void)err;
	check_rule_info(t->rules, m->rule, &info);
	t->findings++;
	t->here = true;
	t->severe += info.severity >= SEVERITY_HIGH;
	if (!print.list)
		return 0;
	cleanup_buf struct buf line = buf_max(4 * KIB);
	(void)text_escape(&line, m->evidence, NULL);
	(void)printf("%s\t%s\t%.*s:%u\t%.*s\n", info.id, severity_name(info.severity),
		     (int)m->path.n, (const char *)m->path.p, m->line, (int)line.n,
		     (const char *)line.p);
	return 0;
}

static int on_limit(void *ctx, struct bytes path, const char *what, struct error *err)
{
	struct tally *t = ctx;
	(void)err;
	t->limited++;
	if (print.list)
		(void)printf("limit\t%.*s\t%s\n", (int)path.n, (const char *)path.p, what);
	return 0;
}

struct looked {
	uint64_t files, bytes, flagged;
};

static struct looked look(struct webshell_engine *e, struct tally *t)
{
	struct looked l = { 0 };
	struct error err = { 0 };
	struct check_sink sink = { on_match, on_limit, t };
	for (size_t i = 0; i < corpus.n; i++) {
		const struct corpus_file *f = &corpus.files[i];
		t->here = false;
		if (webshell_wants(e, bytes_str(f->path), bytes_sub(f->content, 0, HEAD))) {
			if (webshell_check(e, bytes_str(f->path), f->content, &sink, &err) < 0) {
				(void)fprintf(stderr, "%s: %s\n", f->path, err.text);
				exit(EXIT_FAILURE);
			}
			l.files++;
			l.bytes += f->content.n;
		}
		l.flagged += t->here;
		if (print.names && !t->here)
			(void)printf("nothing\t%s\n", f->path);
	}
	return l;
}

static int run(const struct check_rule_options *o)
{
	struct error err = { 0 };
	struct check_rules *rules = NULL;
	struct check_set *set = NULL;
	struct webshell_engine *e = NULL;
	cleanup_close int fd = -1;
	if (check_rules_load(o, &rules, &err) < 0 ||
	    check_rules_send(rules, 1U << CHECK_MALWARE, &fd, &err) < 0 ||
	    check_set_open(fd, &set, &err) < 0 || webshell_open(set, &e, &err) < 0 || e == NULL) {
		(void)fprintf(stderr, "%s\n",
			      e == NULL && err.text[0] == '\0' ? "no rules" : err.text);
		return EXIT_FAILURE;
	}
	struct tally t = { .rules = rules };
	uint64_t start = corpus_cpu_ns();
	struct looked l = look(e, &t);
	uint64_t ns = corpus_cpu_ns() - start;
	struct rusage u;
	(void)getrusage(RUSAGE_SELF, &u);
	(void)printf("files\t%zu\nbytes\t%llu\nlooked at\t%llu\nbytes looked at\t%llu\n", corpus.n,
		     (unsigned long long)corpus.bytes, (unsigned long long)l.files,
		     (unsigned long long)l.bytes);
	(void)printf("flagged files\t%llu\nfindings\t%llu\nhigh findings\t%llu\nlimits\t%llu\n",
		     (unsigned long long)l.flagged, (unsigned long long)t.findings,
		     (unsigned long long)t.severe, (unsigned long long)t.limited);
	(void)printf("seconds\t%.3f\nMB/s of web files\t%.0f\nMB/s of all\t%.0f\npeak KiB\t%ld\n",
		     (double)ns / 1e9, (double)l.bytes * 1000 / (double)(ns + 1),
		     (double)corpus.bytes * 1000 / (double)(ns + 1), u.ru_maxrss);
	webshell_close(e);
	check_set_close(set);
	check_rules_free(rules);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	const char *dirs[DIRS_MOST];
	struct check_rule_options o = { .dirs = dirs };
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--list") == 0)
			print.list = true;
		else if (strcmp(argv[i], "--names") == 0)
			print.names = true;
		else if (strcmp(argv[i], "--rules") == 0 && i + 1 < argc && o.dir_count < DIRS_MOST)
			dirs[o.dir_count++] = argv[++i];
		else
			corpus_add(argv[i]);
	}
	if (corpus.n == 0) {
		(void)fprintf(stderr, "usage: %s [--rules DIR]... [--list] [--names] FOLDER...\n",
			      argv[0]);
		return EXIT_FAILURE;
	}
	if (o.dir_count == 0)
		dirs[o.dir_count++] = "rules";
	return run(&o);
}
