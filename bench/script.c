/* How fast scripts are looked at, and what is found: reads the files of folders into memory,
 * then looks at those that may be scripts on one core.
 *
 * usage: script [--rules DIR] [--list] [--all] FOLDER...
 * Without --rules: rules of the current folder. With --list, every finding is printed:
 * severity, rule, path, line, evidence; with --all, the paths of files without a finding too. */
#include <fcntl.h>
#include <ftw.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "script/script.h"

enum { FILES_MOST = 400000, DIRS_MOST = 64, DEPTH = 64 };
#define BYTES_MOST (4 * GIB)
#define FILE_MOST (64 * MIB)

struct file {
	char *path;
	struct bytes content;
};

/* nftw has no argument for its callback. */
static struct {
	struct file *files;
	size_t n, root;
	uint64_t bytes;
	bool list, all;
} corpus;

struct tally {
	const struct check_rules *rules;
	const char *path;
	uint64_t findings, serious, limited, in_file, files_found;
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
	f->path = strdup(path + corpus.root);
	f->content = buf_view(&content);
	corpus.bytes += content.n;
	return f->path == NULL;
}

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	struct tally *t = ctx;
	struct check_rule_info info;
	(void)err;
	t->findings++;
	t->in_file++;
	check_rule_info(t->rules, m->rule, &info);
	t->serious += info.severity >= SEVERITY_HIGH;
	if (!corpus.list)
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
	if (corpus.list)
		(void)printf("limit\t%s\t%s\n", t->path, what);
	return 0;
}

static uint64_t cpu_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* The bytes of the files that are looked at. */
static uint64_t look(struct script_engine *e, struct tally *t, uint64_t *ret_files)
{
	uint64_t bytes = 0;
	struct error err = { 0 };
	struct check_sink sink = { on_match, on_limit, t };
	for (size_t i = 0; i < corpus.n; i++) {
		struct file *f = &corpus.files[i];
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
		if (corpus.all && t->in_file == 0)
			(void)printf("%s\t%s\n", wanted ? "silent" : "unwanted", f->path);
	}
	return bytes;
}

/* Copies as many bytes in pieces of 256 KiB from the same memory: MB a second. */
static double copy_rate(uint64_t bytes)
{
	enum { PIECE = 256 * 1024 };
	static uint8_t to[PIECE];
	uint64_t done = 0, start = cpu_ns();
	volatile uint8_t keep = 0;
	while (done < bytes)
		for (size_t i = 0; i < corpus.n && done < bytes; i++)
			for (size_t at = 0; at < corpus.files[i].content.n; at += PIECE) {
				struct bytes b = bytes_sub(corpus.files[i].content, at, at + PIECE);
				memcpy(to, b.p, b.n);
				keep = (uint8_t)(keep + to[0]);
				done += b.n;
			}
	return (double)done * 1000 / (double)(cpu_ns() - start + 1);
}

static void report(uint64_t bytes, uint64_t files, uint64_t ns, const struct tally *t)
{
	struct rusage u;
	double rate = (double)bytes * 1000 / (double)(ns + 1), copy = copy_rate(bytes);
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
	uint64_t files = 0, start = cpu_ns();
	uint64_t bytes = look(e, &t, &files), ns = cpu_ns() - start;
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
	corpus.files = calloc(FILES_MOST, sizeof *corpus.files);
	for (int i = 1; i < argc && corpus.files != NULL; i++) {
		if (strcmp(argv[i], "--list") == 0) {
			corpus.list = true;
		} else if (strcmp(argv[i], "--all") == 0) {
			corpus.all = true;
		} else if (strcmp(argv[i], "--rules") == 0 && i + 1 < argc &&
			   o.dir_count < DIRS_MOST) {
			dirs[o.dir_count++] = argv[++i];
		} else {
			corpus.root = strlen(argv[i]) + (argv[i][strlen(argv[i]) - 1] != '/');
			if (corpus.root == 2 && argv[i][0] == '/')
				corpus.root = 1;
			(void)nftw(argv[i], take_file, DEPTH, FTW_PHYS);
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
