/* How fast web shells are looked for, and what is found: reads the files of folders into
 * memory, then looks through them on one core.
 *
 * usage: webshell [--rules DIR]... [--list] [--names] FOLDER...
 * Without --rules: rules of the current folder. With --list, every finding is printed:
 * rule, severity, path, line, evidence; with --names, the paths without a finding. */
#include <fcntl.h>
#include <ftw.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "webshell/webshell.h"

enum { FILES_MOST = 400000, DIRS_MOST = 64, DEPTH = 64, HEAD = 512 };
#define BYTES_MOST (4 * GIB)
#define FILE_MOST (16 * MIB)

struct file {
	char *path;
	struct bytes content;
};

/* nftw has no argument for its callback. */
static struct {
	struct file *files;
	size_t n;
	uint64_t bytes;
	bool list, names;
} corpus;

struct tally {
	const struct check_rules *rules;
	uint64_t findings, limited, severe;
	bool here;
};

static int take_file(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)ftw;
	if (kind != FTW_F || !S_ISREG(st->st_mode) || corpus.n == FILES_MOST || st->st_size <= 0 ||
	    st->st_size > (off_t)FILE_MOST || corpus.bytes > BYTES_MOST)
		return 0;
	struct buf content = buf_max(FILE_MOST);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fd_read_all(fd, &content, NULL) < 0) {
		buf_free(&content);
		return 0;
	}
	struct file *f = &corpus.files[corpus.n++];
	f->path = strdup(path);
	f->content = buf_view(&content);
	corpus.bytes += content.n;
	return f->path == NULL;
}

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	struct tally *t = ctx;
	struct check_rule_info info;
	(void)err;
	check_rule_info(t->rules, m->rule, &info);
	t->findings++;
	t->here = true;
	t->severe += info.severity >= SEVERITY_HIGH;
	if (!corpus.list)
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
	if (corpus.list)
		(void)printf("limit\t%.*s\t%s\n", (int)path.n, (const char *)path.p, what);
	return 0;
}

static uint64_t cpu_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
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
		const struct file *f = &corpus.files[i];
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
		if (corpus.names && !t->here)
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
	uint64_t start = cpu_ns();
	struct looked l = look(e, &t);
	uint64_t ns = cpu_ns() - start;
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
	corpus.files = calloc(FILES_MOST, sizeof *corpus.files);
	for (int i = 1; i < argc && corpus.files != NULL; i++) {
		if (strcmp(argv[i], "--list") == 0)
			corpus.list = true;
		else if (strcmp(argv[i], "--names") == 0)
			corpus.names = true;
		else if (strcmp(argv[i], "--rules") == 0 && i + 1 < argc && o.dir_count < DIRS_MOST)
			dirs[o.dir_count++] = argv[++i];
		else
			(void)nftw(argv[i], take_file, DEPTH, FTW_PHYS);
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
