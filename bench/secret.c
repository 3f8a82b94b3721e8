/* How fast secrets are looked for, and what is found: reads the files of folders into
 * memory, then looks through them on one core, and copies the same bytes for comparison.
 *
 * usage: secret [--rules DIR|FILE]... [--list] FOLDER...
 * Without --rules: rules/secret of the current folder. With --list, every finding is
 * printed: rule, path, line, masked secret. */
#include <fcntl.h>
#include <ftw.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "secret/secret.h"

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
	bool list;
} corpus;

struct tally {
	const struct secret_rules *rules;
	const char *path;
	uint64_t findings, limited;
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

static int on_match(void *ctx, const struct secret_match *m, struct error *err)
{
	struct tally *t = ctx;
	struct secret_rule_info info;
	(void)err;
	t->findings++;
	if (!corpus.list)
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

/* The bytes of the files that are looked at: text, and not left by their names. */
static uint64_t look(struct secret_engine *e, struct tally *t, uint64_t *ret_files)
{
	uint64_t bytes = 0;
	struct error err = { 0 };
	struct secret_sink sink = { on_match, on_limit, t };
	for (size_t i = 0; i < corpus.n; i++) {
		struct file *f = &corpus.files[i];
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
	uint64_t files = 0, start = cpu_ns();
	uint64_t bytes = look(e, &t, &files), ns = cpu_ns() - start;
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
	corpus.files = calloc(FILES_MOST, sizeof *corpus.files);
	bool rules = false;
	for (int i = 1; i < argc && corpus.files != NULL; i++) {
		struct stat st;
		if (strcmp(argv[i], "--list") == 0) {
			corpus.list = true;
		} else if (strcmp(argv[i], "--rules") == 0 && i + 1 < argc &&
			   o.dir_count + o.file_count < DIRS_MOST) {
			rules = true;
			if (stat(argv[++i], &st) == 0 && S_ISDIR(st.st_mode))
				dirs[o.dir_count++] = argv[i];
			else
				files[o.file_count++] = argv[i];
		} else {
			corpus.root = strlen(argv[i]) + (argv[i][strlen(argv[i]) - 1] != '/');
			(void)nftw(argv[i], take_file, DEPTH, FTW_PHYS);
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
