/* On folders of this test's own. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "runtime/runtime.h"

static char folder[64];

static char *in_folder(const char *path)
{
	static char full[4096];
	(void)snprintf(full, sizeof full, "%s/%s", folder, path);
	return full;
}

static void put(const char *path, const char *content, mode_t mode)
{
	(void)unlink(in_folder(path));
	assert_int_equal(fd_make_dirs(in_folder(path), 0755, NULL), 0);
	assert_int_equal(rmdir(in_folder(path)), 0);
	cleanup_close int fd = open(in_folder(path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_full(fd, content, strlen(content)), 0);
	assert_int_equal(fchmod(fd, mode), 0);
}

static int remove_all(void **state)
{
	char command[128];
	(void)state;
	(void)snprintf(command, sizeof command, "%s", folder);
	char *const argv[] = { (char[]){ "rm" }, (char[]){ "-rf" }, command, NULL };
	pid_t pid = fork();
	if (pid == 0) {
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

/* Two layers: "top" hides "usr/bin/gone" of "base". */
static int make_layers(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof folder, "/var/tmp/corten-programs-XXXXXX");
	assert_non_null(mkdtemp(folder));
	put("base/usr/bin/tool", "tool of the base", 0755);
	put("base/usr/bin/gone", "this is hidden", 0755);
	put("base/usr/lib/libx.so.1", "an object", 0644);
	put("base/usr/share/data", "is no program!!", 0644);
	put("top/usr/bin/tool2", "tool of the TOP!", 0755);
	put("top/usr/bin/other", "", 0755); /* empty: nothing to run */
	assert_int_equal(symlink("/etc", in_folder("top/link")), 0);
	assert_int_equal(mkfifo(in_folder("top/pipe"), 0777), 0);
	return 0;
}

static struct image_programs *gather(void)
{
	char top[128], base[128];
	(void)snprintf(top, sizeof top, "%s", in_folder("top"));
	(void)snprintf(base, sizeof base, "%s", in_folder("base"));
	char *layers[] = { top, base };
	struct rule_list lower = { layers, 2 };
	struct image_programs *p = NULL;
	struct error err = { 0 };
	if (image_programs_new(&lower, &p, &err) < 0 || image_programs_gather(p, &err) < 0)
		fail_msg("%s", err.text);
	return p;
}

static unsigned verdict(struct image_programs *p, const char *content, const char *path)
{
	struct guard_verdict v = { 0 };
	struct stat st;
	put("upper/file", content, 0755);
	cleanup_close int fd = open(in_folder("upper/file"), O_RDONLY);
	assert_int_equal(image_programs_verdict(p, fd, path, &v, NULL), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(v.size, st.st_size);
	assert_int_equal(v.ctime,
			 (uint64_t)st.st_ctim.tv_sec * 1000000000 + (uint64_t)st.st_ctim.tv_nsec);
	assert_int_equal(unlink(in_folder("upper/file")), 0);
	return v.kind;
}

static void programs_and_shared_objects_are_gathered(void **state)
{
	struct image_programs *p = gather();
	(void)state;
	assert_int_equal(image_programs_count(p), 4);
	assert_int_equal(image_programs_left_out(p), 0);
	image_programs_free(p);
}

static void content_and_name_decide(void **state)
{
	struct image_programs *p = gather();
	(void)state;
	assert_int_equal(verdict(p, "tool of the base", "/usr/bin/tool"), VERDICT_IMAGE);
	assert_int_equal(verdict(p, "tool of the base", "/tmp/tool"), VERDICT_COPY);
	assert_int_equal(verdict(p, "tool of the TOP!", "/usr/bin/tool2"), VERDICT_IMAGE);
	assert_int_equal(verdict(p, "tool of the TOP!", "/usr/bin/tool"), VERDICT_COPY);
	assert_int_equal(verdict(p, "an object", "/usr/lib/libx.so.1"), VERDICT_IMAGE);
	/* The same length, another content; no such length; nothing. */
	assert_int_equal(verdict(p, "tool of the basE", "/usr/bin/tool"), VERDICT_FOREIGN);
	assert_int_equal(verdict(p, "dropped", "/usr/bin/tool"), VERDICT_FOREIGN);
	assert_int_equal(verdict(p, "", "/usr/bin/tool"), VERDICT_FOREIGN);
	image_programs_free(p);
}

static void what_a_layer_hides_is_still_the_images(void **state)
{
	struct image_programs *p = gather();
	(void)state;
	assert_int_equal(verdict(p, "this is hidden", "/usr/bin/gone"), VERDICT_IMAGE);
	image_programs_free(p);
}

static void what_is_no_program_of_the_image_is_foreign(void **state)
{
	struct image_programs *p = gather();
	(void)state;
	assert_int_equal(verdict(p, "is no program!!", "/usr/share/data"), VERDICT_FOREIGN);
	image_programs_free(p);
}

static void a_layers_program_that_changes_is_no_measure(void **state)
{
	struct image_programs *p = gather();
	(void)state;
	put("base/usr/bin/tool", "short", 0755); /* after it was gathered */
	assert_int_equal(verdict(p, "tool of the base", "/usr/bin/tool"), VERDICT_FOREIGN);
	put("base/usr/bin/tool", "tool of the base", 0755);
	image_programs_free(p);
}

static void a_young_file_is_waited_for(void **state)
{
	struct image_programs *p = gather();
	uint64_t before = clock_monotonic_ns();
	(void)state;
	assert_int_equal(verdict(p, "tool of the base", "/usr/bin/tool"), VERDICT_IMAGE);
	assert_true(clock_monotonic_ns() - before >= 10 * 1000000);
	before = clock_monotonic_ns();
	/* Nothing is that long: there is nothing to wait for. */
	assert_int_equal(verdict(p, "no such length at all", "/usr/bin/tool"), VERDICT_FOREIGN);
	image_programs_free(p);
}

static void memory_is_never_trusted(void **state)
{
	struct image_programs *p = gather();
	struct guard_verdict v;
	cleanup_close int fd = memfd_create("program", MFD_CLOEXEC);
	(void)state;
	assert_int_equal(fd_write_full(fd, "tool of the base", 16), 0);
	assert_int_equal(image_programs_verdict(p, fd, "/usr/bin/tool", &v, NULL), 0);
	assert_int_equal(v.kind, VERDICT_FOREIGN);
	image_programs_free(p);
}

struct writer {
	uint64_t longest; /* time between two of its writes */
	bool stop;
};

static void write_on(volatile struct writer *w)
{
	int own = open(in_folder("upper/file"), O_RDWR);
	const struct timespec rest = { .tv_nsec = 2000000 };
	for (uint64_t last = clock_monotonic_ns(), now; own >= 0 && !w->stop; last = now) {
		(void)!pwrite(own, "t", 1, 0);
		(void)nanosleep(&rest, NULL);
		now = clock_monotonic_ns();
		if (now - last > w->longest)
			w->longest = now - last;
	}
	_exit(0);
}

/* The verdict on a file that another process writes to all the time. */
static enum guard_verdict_kind verdict_while_written(struct image_programs *p,
						     volatile struct writer *w)
{
	const struct timespec rest = { .tv_nsec = 30000000 };
	struct guard_verdict v;
	w->longest = 0;
	w->stop = false;
	pid_t pid = fork();
	if (pid == 0)
		write_on(w);
	(void)nanosleep(&rest, NULL);
	cleanup_close int fd = open(in_folder("upper/file"), O_RDONLY);
	int status = image_programs_verdict(p, fd, "/usr/bin/tool", &v, NULL);
	w->stop = true;
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(status, 0);
	return v.kind;
}

/* On a machine with other work the writer may wait for its turn longer than a file
 * must rest: such a try says nothing, and is made again. */
static void a_file_that_never_rests_is_foreign(void **state)
{
	static const uint64_t short_rest = UINT64_C(10000000);
	struct image_programs *p = gather();
	struct writer *w =
		mmap(NULL, sizeof *w, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	enum guard_verdict_kind kind = VERDICT_IMAGE;
	(void)state;
	assert_true(w != MAP_FAILED);
	put("upper/file", "tool of the base", 0755);
	for (int i = 0; i < 100 && kind != VERDICT_FOREIGN; i++) {
		kind = verdict_while_written(p, w);
		if (kind != VERDICT_FOREIGN)
			assert_true(w->longest >= short_rest);
	}
	assert_int_equal(kind, VERDICT_FOREIGN);
	(void)munmap(w, sizeof *w);
	image_programs_free(p);
}

static void layers_that_are_not_there_are_an_error(void **state)
{
	char gone[] = "/var/tmp/corten-no-such-layer";
	char *layers[] = { gone };
	struct rule_list lower = { layers, 1 }, none = { 0 };
	struct image_programs *p;
	struct error err = { 0 };
	(void)state;
	assert_int_equal(image_programs_new(&lower, &p, &err), 0);
	assert_int_equal(image_programs_gather(p, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	/* Each time it is tried again. */
	assert_int_equal(mkdir(gone, 0700), 0);
	assert_int_equal(image_programs_gather(p, &err), 0);
	assert_int_equal(rmdir(gone), 0);
	image_programs_free(p);
	assert_int_equal(image_programs_new(&none, &p, &err), -1);
	image_programs_free(NULL);
}

struct by_one_thread {
	struct image_programs *programs;
	int fd;
	unsigned right;
};

static void *judge_often(void *ctx)
{
	struct by_one_thread *t = ctx;
	for (int i = 0; i < 16; i++) {
		struct guard_verdict v = { 0 };
		const char *path = i % 2 == 0 ? "/usr/bin/tool" : "/tmp/tool";
		if (image_programs_verdict(t->programs, t->fd, path, &v, NULL) == 0)
			t->right += v.kind == (i % 2 == 0 ? VERDICT_IMAGE : VERDICT_COPY);
	}
	return NULL;
}

/* The first of them gathers, the others wait for it. */
static void threads_judge_at_the_same_time(void **state)
{
	enum { THREADS = 8 };
	char base[128];
	(void)snprintf(base, sizeof base, "%s", in_folder("base"));
	char *layers[] = { base };
	struct rule_list lower = { layers, 1 };
	struct by_one_thread t[THREADS];
	pthread_t thread[THREADS];
	struct image_programs *p = NULL;
	(void)state;
	put("upper/file", "tool of the base", 0755);
	cleanup_close int fd = open(in_folder("upper/file"), O_RDONLY);
	assert_int_equal(image_programs_new(&lower, &p, NULL), 0);
	for (size_t i = 0; i < THREADS; i++) {
		t[i] = (struct by_one_thread){ .programs = p, .fd = fd };
		assert_int_equal(pthread_create(&thread[i], NULL, judge_often, &t[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_int_equal(t[i].right, 16);
	}
	assert_int_equal(unlink(in_folder("upper/file")), 0);
	image_programs_free(p);
}

static void folders_too_deep_are_counted(void **state)
{
	char path[2048] = "base/deep";
	(void)state;
	for (int i = 0; i < 150; i++)
		strncat(path, "/d", sizeof path - strlen(path) - 1);
	strncat(path, "/p", sizeof path - strlen(path) - 1);
	put(path, "deep down", 0755);
	struct image_programs *p = gather();
	assert_int_equal(image_programs_count(p), 4);
	assert_int_equal(image_programs_left_out(p), 1);
	image_programs_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_and_shared_objects_are_gathered),
		cmocka_unit_test(content_and_name_decide),
		cmocka_unit_test(what_a_layer_hides_is_still_the_images),
		cmocka_unit_test(what_is_no_program_of_the_image_is_foreign),
		cmocka_unit_test(a_layers_program_that_changes_is_no_measure),
		cmocka_unit_test(a_young_file_is_waited_for),
		cmocka_unit_test(memory_is_never_trusted),
		cmocka_unit_test(a_file_that_never_rests_is_foreign),
		cmocka_unit_test(layers_that_are_not_there_are_an_error),
		cmocka_unit_test(threads_judge_at_the_same_time),
		cmocka_unit_test(folders_too_deep_are_counted),
	};
	return cmocka_run_group_tests(tests, make_layers, remove_all);
}
