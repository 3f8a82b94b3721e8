/* A root file system as a tar stream: all that was asked for, and nothing from
 * outside the root, whatever its links say and whatever changes meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "format/tar.h"
#include "source/source.h"

#define SECRET "what lies outside the root"

/* --- a tree ----------------------------------------------------------------------------- */

struct fixture {
	char base[64]; /* holds root/ and outside */
	char root[80];
	int rootfd;
	struct buf lines, problems;
	unsigned changes; /* files that changed while they were read */
	const char *wants; /* a prefix of paths; "" all */
};

static void put_file(const struct fixture *f, const char *path, const char *content)
{
	int fd = openat(f->rootfd, path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_full(fd, content, strlen(content)), 0);
	assert_int_equal(close(fd), 0);
}

static void put_dir(const struct fixture *f, const char *path)
{
	assert_int_equal(mkdirat(f->rootfd, path, 0755), 0);
}

static void put_link(const struct fixture *f, const char *path, const char *target)
{
	assert_int_equal(symlinkat(target, f->rootfd, path), 0);
}

static int setup(void **state)
{
	static struct fixture f;
	char path[96];
	f = (struct fixture){ .lines = buf_max(64 * MIB), .problems = buf_max(MIB), .wants = "" };
	(void)snprintf(f.base, sizeof f.base, "/tmp/corten-rootfs-XXXXXX");
	if (mkdtemp(f.base) == NULL)
		return -1;
	(void)snprintf(f.root, sizeof f.root, "%s/root", f.base);
	(void)snprintf(path, sizeof path, "%s/outside", f.base);
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	if (fd < 0 || fd_write_full(fd, SECRET, strlen(SECRET)) < 0 || close(fd) < 0 ||
	    mkdir(f.root, 0755) < 0)
		return -1;
	f.rootfd = open(f.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = &f;
	return f.rootfd < 0 ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	(void)close(f->rootfd);
	buf_free(&f->lines);
	buf_free(&f->problems);
	return nftw(f->base, remove_one, 32, FTW_DEPTH | FTW_PHYS);
}

/* --- reading it back -------------------------------------------------------------------------- */

static bool touches(void *ctx, struct bytes path)
{
	const struct fixture *f = ctx;
	return path_within(path, bytes_str(f->wants)) || path_within(bytes_str(f->wants), path);
}

static bool wants(void *ctx, struct bytes path, const struct stat *st)
{
	(void)st;
	const struct fixture *f = ctx;
	return path_within(path, bytes_str(f->wants));
}

static void on_problem(void *ctx, const char *path, const struct error *why)
{
	struct fixture *f = ctx;
	f->changes += why->code == ERR_CHANGED;
	(void)buf_printf(&f->problems, NULL, "%s%s:%s", f->problems.n > 0 ? " " : "", path,
			 error_code_name(why->code));
}

static int on_entry(void *ctx, const struct tar_entry *e, struct error *err)
{
	static const char letters[] = "fhldcbpo";
	struct fixture *f = ctx;
	if (buf_printf(&f->lines, err, "%s%c%.*s", f->lines.n > 0 ? " " : "", letters[e->type],
		       (int)e->path.n, (const char *)e->path.p) < 0)
		return -1;
	if (e->type == TAR_SYMLINK)
		return buf_printf(&f->lines, err, ">%.*s", (int)e->link.n, (const char *)e->link.p);
	return e->type == TAR_FILE && e->size > 0 && buf_append(&f->lines, "=", 1, err) < 0
		       ? -1
		       : TAR_CONTENT;
}

static int on_content(void *ctx, struct bytes piece, struct error *err)
{
	struct fixture *f = ctx;
	return buf_append(&f->lines, piece.p, piece.n, err);
}

static int on_end(void *ctx, struct error *err)
{
	(void)ctx;
	(void)err;
	return 0;
}

struct walk {
	struct fixture *f;
	int fd, result;
	struct error err;
};

static void *write_tar(void *arg)
{
	struct walk *w = arg;
	const struct rootfs_filter filter = {
		.touches = touches, .wants = wants, .problem = on_problem, .ctx = w->f
	};
	w->result = rootfs_write_tar(w->f->root, &filter, w->fd, &w->err);
	(void)close(w->fd);
	return NULL;
}

/* Walks, and reads what comes; the stream must be a whole archive. */
static void walk(struct fixture *f)
{
	struct error err = { 0 };
	uint8_t piece[4096];
	int ends[2];
	ssize_t n;
	pthread_t thread;
	f->lines.n = f->problems.n = 0;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	struct walk w = { .f = f, .fd = ends[1] };
	struct tar_reader *t = tar_reader_new((struct tar_sink){ on_entry, on_content, on_end, f });
	assert_int_equal(pthread_create(&thread, NULL, write_tar, &w), 0);
	while ((n = read(ends[0], piece, sizeof piece)) > 0)
		if (tar_feed(t, bytes_of(piece, (size_t)n), &err) < 0)
			break;
	if (n == 0)
		(void)tar_finish(t, &err);
	(void)pthread_join(thread, NULL);
	assert_int_equal(err.code, ERR_NONE);
	assert_int_equal(w.result, 0);
	assert_true(tar_ended(t));
	tar_reader_free(t);
	(void)close(ends[0]);
	assert_null(strstr(buf_cstr(&f->lines, NULL), SECRET));
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The entries (words of the line) in their order by name: readdir has none. */
static void check_entries(struct fixture *f, const char *expected)
{
	char *words[64], *word, *copy = strdup(buf_cstr(&f->lines, NULL)), *rest = copy;
	size_t n = 0;
	cleanup_buf struct buf sorted = buf_max(MIB);
	while (n < 64 && (word = strsep(&rest, " ")) != NULL)
		words[n++] = word;
	qsort(words, n, sizeof words[0], compare_words);
	for (size_t i = 0; i < n; i++)
		(void)buf_printf(&sorted, NULL, "%s%s", i > 0 ? " " : "", words[i]);
	assert_string_equal(buf_cstr(&sorted, NULL), expected);
	free(copy);
}

/* --- what is written ----------------------------------------------------------------------------- */

static void files_directories_and_links_are_written(void **state)
{
	struct fixture *f = *state;
	put_dir(f, "etc");
	put_dir(f, "etc/empty");
	put_file(f, "etc/name", "content");
	put_file(f, "etc/nothing", "");
	put_link(f, "etc/link", "../var/x");
	assert_int_equal(linkat(f->rootfd, "etc/name", f->rootfd, "again", 0), 0);
	walk(f);
	check_entries(f, "detc detc/empty fagain=content fetc/name=content fetc/nothing "
			 "letc/link>../var/x");
	assert_int_equal(f->problems.n, 0);
}

static void only_what_is_asked_for_is_written(void **state)
{
	struct fixture *f = *state;
	put_dir(f, "etc");
	put_dir(f, "var");
	put_dir(f, "var/lib");
	put_dir(f, "var/log");
	put_file(f, "etc/passwd", "root");
	put_file(f, "var/lib/status", "packages");
	put_file(f, "var/log/big", "text");
	f->wants = "var/lib";
	walk(f);
	check_entries(f, "dvar dvar/lib fvar/lib/status=packages");
}

static void an_empty_root_is_an_empty_archive(void **state)
{
	walk(*state);
	check_entries(*state, "");
}

static void links_are_written_and_never_followed(void **state)
{
	struct fixture *f = *state;
	char absolute[128];
	(void)snprintf(absolute, sizeof absolute, "%s/outside", f->base);
	put_link(f, "absolute", absolute);
	put_link(f, "up", "../outside");
	put_link(f, "dir", "..");
	put_link(f, "self", "self");
	put_link(f, "proc", "/proc/self/root");
	put_link(f, "nowhere", "none");
	walk(f);
	cleanup_buf struct buf want = buf_max(MIB);
	(void)buf_printf(&want, NULL,
			 "labsolute>%s ldir>.. lnowhere>none lproc>/proc/self/root lself>self "
			 "lup>../outside",
			 absolute);
	check_entries(f, buf_cstr(&want, NULL));
}

static void pipes_sockets_and_devices_are_passed_over(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(mkfifoat(f->rootfd, "fifo", 0644), 0); /* opening it would wait */
	if (geteuid() == 0)
		assert_int_equal(mknodat(f->rootfd, "null", S_IFCHR | 0644, makedev(1, 3)), 0);
	put_file(f, "file", "x");
	walk(f);
	check_entries(f, "ffile=x");
}

static void names_of_all_bytes_are_written_as_they_are(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = { "new\nline", "\xff\xfe", "\x1b[31m", "=",
					     "PaxHeaders.0" };
	cleanup_buf struct buf path = buf_max(MIB);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		put_file(f, names[i], "x");
	walk(f);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		path.n = 0;
		(void)buf_printf(&path, NULL, "f%s=x", names[i]);
		assert_non_null(strstr(buf_cstr(&f->lines, NULL), buf_cstr(&path, NULL)));
	}
}

static void long_names_are_whole(void **state)
{
	struct fixture *f = *state;
	char path[1024] = "";
	for (int i = 0; i < 4; i++) {
		size_t n = strlen(path);
		memset(path + n, 'a' + i, 200);
		path[n + 200] = '\0';
		put_dir(f, path);
		path[n + 200] = '/';
		path[n + 201] = '\0';
	}
	strncat(path, "file", sizeof path - strlen(path) - 1);
	put_file(f, path, "x");
	walk(f);
	assert_non_null(strstr(buf_cstr(&f->lines, NULL), path));
}

/* --- what goes wrong -------------------------------------------------------------------------------- */

static void a_tree_that_is_too_deep_is_told(void **state)
{
	struct fixture *f = *state;
	int at = dup(f->rootfd);
	for (int i = 0; i < 300; i++) {
		assert_int_equal(mkdirat(at, "d", 0755), 0);
		int next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void)close(at);
		at = next;
		assert_true(at >= 0);
	}
	(void)close(at);
	put_file(f, "file", "x");
	walk(f);
	assert_non_null(strstr(buf_cstr(&f->lines, NULL), "ffile=x"));
	assert_non_null(strstr(buf_cstr(&f->problems, NULL), ":limit_exceeded"));
}

static void run_as_nobody(void **state, const char *file)
{
	struct fixture *f = *state;
	if (geteuid() == 0) {
		assert_int_equal(chmod(f->base, 0755), 0);
		assert_int_equal(seteuid(65534), 0);
	}
	walk(f);
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_non_null(strstr(buf_cstr(&f->problems, NULL), file));
	assert_non_null(strstr(buf_cstr(&f->problems, NULL), ":permission"));
}

static void a_file_that_may_not_be_read_is_told_and_the_rest_is_written(void **state)
{
	struct fixture *f = *state;
	put_dir(f, "etc");
	put_file(f, "etc/shadow", "x");
	put_file(f, "etc/passwd", "y");
	assert_int_equal(fchmodat(f->rootfd, "etc/shadow", 0, 0), 0);
	run_as_nobody(state, "etc/shadow");
	check_entries(f, "detc fetc/passwd=y");
	assert_int_equal(fchmodat(f->rootfd, "etc/shadow", 0600, 0), 0);
}

static void a_directory_that_may_not_be_read_is_told(void **state)
{
	struct fixture *f = *state;
	put_dir(f, "etc");
	put_file(f, "etc/x", "x");
	put_file(f, "y", "y");
	assert_int_equal(fchmodat(f->rootfd, "etc", 0, 0), 0);
	run_as_nobody(state, "etc");
	check_entries(f, "detc fy=y");
	assert_int_equal(fchmodat(f->rootfd, "etc", 0700, 0), 0);
}

/* Its names can be listed, but nothing can be said of them. */
static void a_directory_that_may_not_be_searched_is_told(void **state)
{
	struct fixture *f = *state;
	put_dir(f, "etc");
	put_file(f, "etc/x", "x");
	put_link(f, "etc/y", "x");
	assert_int_equal(fchmodat(f->rootfd, "etc", 0444, 0), 0);
	run_as_nobody(state, "etc/x");
	assert_non_null(strstr(buf_cstr(&f->problems, NULL), "etc/y"));
	check_entries(f, "detc");
	assert_int_equal(fchmodat(f->rootfd, "etc", 0700, 0), 0);
}

static void a_root_that_is_not_there_is_told(void **state)
{
	struct fixture *f = *state;
	const struct rootfs_filter filter = {
		.touches = touches, .wants = wants, .problem = on_problem, .ctx = f
	};
	struct error err = { 0 };
	assert_int_equal(rootfs_write_tar("/none/at/all", &filter, 1, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	char path[128];
	(void)snprintf(path, sizeof path, "%s/outside", f->base);
	assert_int_equal(rootfs_write_tar(path, &filter, 1, &err), -1);
}

static void a_reader_that_goes_away_ends_the_walk(void **state)
{
	struct fixture *f = *state;
	const struct rootfs_filter filter = {
		.touches = touches, .wants = wants, .problem = on_problem, .ctx = f
	};
	struct error err = { 0 };
	int ends[2];
	(void)signal(SIGPIPE, SIG_IGN);
	put_file(f, "file", "x");
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	(void)close(ends[0]);
	assert_int_equal(rootfs_write_tar(f->root, &filter, ends[1], &err), -1);
	assert_int_equal(err.code, ERR_IO);
	(void)close(ends[1]);
}

/* --- what changes meanwhile ---------------------------------------------------------------------------- */

struct changer {
	struct fixture *f;
	atomic_bool stop;
	void (*change)(struct fixture *f, unsigned round);
};

static void *keep_changing(void *arg)
{
	struct changer *c = arg;
	for (unsigned round = 0; !c->stop; round++)
		c->change(c->f, round);
	return NULL;
}

/* Walks for a second while something changes; each stream must be whole. */
static void walk_while(struct fixture *f, void (*change)(struct fixture *f, unsigned round))
{
	struct changer c = { .f = f, .change = change };
	pthread_t thread;
	uint64_t end = clock_monotonic_ns() + 1000000000;
	assert_int_equal(pthread_create(&thread, NULL, keep_changing, &c), 0);
	while (clock_monotonic_ns() < end)
		walk(f);
	c.stop = true;
	(void)pthread_join(thread, NULL);
}

static void resize(struct fixture *f, unsigned round)
{
	static const off_t sizes[] = { 0, 1 << 20, 511, 513, 200000, 1 };
	int fd = openat(f->rootfd, "file", O_WRONLY | O_CLOEXEC);
	(void)!ftruncate(fd, sizes[round % (sizeof sizes / sizeof sizes[0])]);
	(void)close(fd);
}

static void a_file_that_grows_and_shrinks_leaves_the_archive_whole(void **state)
{
	struct fixture *f = *state;
	put_file(f, "file", "x");
	put_file(f, "zz", "y");
	walk_while(f, resize);
	assert_true(f->changes > 0);
}

/* A directory and a link that leads out of the root change places. */
static void swap(struct fixture *f, unsigned round)
{
	(void)round;
	(void)syscall(SYS_renameat2, f->rootfd, "dir", f->rootfd, "link", 2 /* exchange */);
}

static void a_directory_that_becomes_a_link_leads_nobody_out(void **state)
{
	struct fixture *f = *state;
	char name[32];
	put_dir(f, "dir");
	for (int i = 0; i < 50; i++) {
		(void)snprintf(name, sizeof name, "dir/%d", i);
		put_file(f, name, "inside");
	}
	put_file(f, "dir/outside", "inside");
	put_link(f, "link", f->base);
	walk_while(f, swap);
}

static void come_and_go(struct fixture *f, unsigned round)
{
	if (round % 2 == 0) {
		(void)mkdirat(f->rootfd, "d", 0755);
		int fd = openat(f->rootfd, "d/file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
		if (fd >= 0)
			(void)close(fd);
	} else {
		(void)unlinkat(f->rootfd, "d/file", 0);
		(void)unlinkat(f->rootfd, "d", AT_REMOVEDIR);
	}
}

static void what_vanishes_is_told_or_was_never_there(void **state)
{
	struct fixture *f = *state;
	put_file(f, "file", "x");
	walk_while(f, come_and_go);
	assert_non_null(strstr(buf_cstr(&f->lines, NULL), "ffile=x"));
}

#define ROOTFS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROOTFS_TEST(files_directories_and_links_are_written),
		ROOTFS_TEST(only_what_is_asked_for_is_written),
		ROOTFS_TEST(an_empty_root_is_an_empty_archive),
		ROOTFS_TEST(links_are_written_and_never_followed),
		ROOTFS_TEST(pipes_sockets_and_devices_are_passed_over),
		ROOTFS_TEST(names_of_all_bytes_are_written_as_they_are),
		ROOTFS_TEST(long_names_are_whole),
		ROOTFS_TEST(a_tree_that_is_too_deep_is_told),
		ROOTFS_TEST(a_file_that_may_not_be_read_is_told_and_the_rest_is_written),
		ROOTFS_TEST(a_directory_that_may_not_be_read_is_told),
		ROOTFS_TEST(a_directory_that_may_not_be_searched_is_told),
		ROOTFS_TEST(a_root_that_is_not_there_is_told),
		ROOTFS_TEST(a_reader_that_goes_away_ends_the_walk),
		ROOTFS_TEST(a_file_that_grows_and_shrinks_leaves_the_archive_whole),
		ROOTFS_TEST(a_directory_that_becomes_a_link_leads_nobody_out),
		ROOTFS_TEST(what_vanishes_is_told_or_was_never_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
