/* Roots of this test's own: overlays that a child process has for its root. */
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "runtime/table.h"

static char folder[64];

static void path_in(char out[static 256], const char *name)
{
	(void)snprintf(out, 256, "%s/%s", folder, name);
}

static void make(const char *name)
{
	char path[256];
	path_in(path, name);
	assert_int_equal(fd_make_dirs(path, 0755, NULL), 0);
}

static void put(const char *name, const char *content)
{
	char path[256];
	path_in(path, name);
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	assert_int_equal(fd_write_full(fd, content, strlen(content)), 0);
}

/* A process whose root is that folder, with mounts of its own. */
static pid_t start_in(const char *root)
{
	int ready[2];
	char byte;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNS) < 0 || chroot(root) < 0 || chdir("/") < 0)
			_exit(1);
		(void)!write(ready[1], "x", 1);
		for (;;)
			(void)pause();
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)close(ready[0]);
	return pid;
}

static void stop(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* What containers_process says of an overlay that is mounted in `base` with options. */
static struct container *look_at(struct containers *t, const char *base, const char *options,
				 pid_t *ret_pid)
{
	char root[256], back[256], data[1024];
	struct error err = { 0 };
	struct entry *e = table_add(t, &err);
	path_in(root, "all/id/merged");
	(void)snprintf(data, sizeof data, "%s", options);
	assert_non_null(getcwd(back, sizeof back));
	assert_int_equal(chdir(base), 0);
	if (mount("none", root, "overlay", 0, data) < 0)
		fail_msg("overlay of %s", options);
	assert_int_equal(chdir(back), 0);
	e->c.root = entry_text(e, bytes_str(root));
	*ret_pid = start_in(root);
	if (containers_process(t, &e->c, *ret_pid, &err) < 0)
		fail_msg("%s", err.text);
	return &e->c;
}

static void end_look(pid_t pid)
{
	char root[256];
	path_in(root, "all/id/merged");
	stop(pid);
	assert_int_equal(umount2(root, MNT_DETACH), 0);
}

static void expect_layers(const struct container *c)
{
	assert_int_equal(c->lower.count, 2);
	for (size_t i = 0; i < 2; i++) {
		char wanted[256];
		struct stat a, b;
		path_in(wanted, i == 0 ? "all/two/diff" : "all/one/diff");
		assert_int_equal(stat(c->lower.value[i], &a), 0);
		assert_int_equal(stat(wanted, &b), 0);
		assert_int_equal(a.st_ino, b.st_ino);
	}
}

static void absolute_layers_are_found(void **state)
{
	char options[1024], upper[256], root[256];
	struct stat st;
	pid_t pid;
	(void)snprintf(options, sizeof options,
		       "lowerdir=%s/all/two/diff:%s/all/one/diff,upperdir=%s/all/id/diff,"
		       "workdir=%s/all/id/work",
		       folder, folder, folder, folder);
	struct container *c = look_at(*state, "/", options, &pid);
	path_in(upper, "all/id/diff");
	path_in(root, "all/id/merged");
	expect_layers(c);
	assert_string_equal(c->upper, upper);
	assert_int_equal(stat(root, &st), 0);
	assert_int_equal(c->root_dev, major(st.st_dev) << 20 | minor(st.st_dev));
	assert_int_equal(c->flags & (CONTAINER_NO_LAYERS | CONTAINER_VOLATILE_UPPER), 0);
	assert_int_equal(c->pid, pid);
	assert_true(c->started > 0 && c->started / 1000000000 <= (uint64_t)time(NULL) + 1);
	end_look(pid);
}

/* As Docker and containers-storage mount when names are too long for a page. */
static void relative_layers_are_found_by_their_folder(void **state)
{
	char base[256];
	pid_t pid;
	path_in(base, "all");
	struct container *c = look_at(
		*state, base, "lowerdir=l/SHORT2:l/SHORT1,upperdir=id/diff,workdir=id/work", &pid);
	expect_layers(c);
	assert_int_equal(c->upper[0], '/');
	end_look(pid);
}

static void layers_that_cannot_be_found_are_none(void **state)
{
	char options[1024];
	pid_t pid;
	(void)snprintf(options, sizeof options, "lowerdir=%s/all/two/diff:%s/all/one/diff",
		       folder + 1, folder + 1);
	struct container *c = look_at(*state, "/", options, &pid);
	assert_int_equal(c->lower.count, 0);
	assert_int_equal(c->flags & CONTAINER_NO_LAYERS, CONTAINER_NO_LAYERS);
	end_look(pid);
}

static void a_writable_layer_in_memory_is_told(void **state)
{
	char memory[256], options[1024];
	struct guard_verdict v;
	pid_t pid;
	path_in(memory, "memory");
	assert_int_equal(mount("none", memory, "tmpfs", 0, NULL), 0);
	make("memory/upper");
	make("memory/work");
	(void)snprintf(options, sizeof options,
		       "lowerdir=%s/all/two/diff:%s/all/one/diff,upperdir=%s/upper,workdir=%s/work",
		       folder, folder, memory, memory);
	struct container *c = look_at(*state, "/", options, &pid);
	assert_int_equal(c->flags & CONTAINER_VOLATILE_UPPER, CONTAINER_VOLATILE_UPPER);
	char root[256];
	path_in(root, "all/id/merged/tool");
	cleanup_close int fd = open(root, O_RDONLY | O_CLOEXEC);
	assert_int_equal(container_verdict(*state, c, fd, "/tool", &v, NULL), 0);
	assert_int_equal(v.kind, VERDICT_FOREIGN);
	end_look(pid);
	assert_int_equal(umount2(memory, MNT_DETACH), 0);
}

static void containers_of_one_image_share_its_programs(void **state)
{
	char options[1024], tool[256];
	struct containers *t = *state;
	struct guard_verdict v;
	pid_t pid;
	(void)snprintf(options, sizeof options,
		       "lowerdir=%s/all/two/diff:%s/all/one/diff,upperdir=%s/all/id/diff,"
		       "workdir=%s/all/id/work",
		       folder, folder, folder, folder);
	path_in(tool, "all/id/merged/tool");
	for (int i = 0; i < 3; i++) {
		struct container *c = look_at(t, "/", options, &pid);
		cleanup_close int fd = open(tool, O_RDONLY | O_CLOEXEC);
		assert_int_equal(container_verdict(t, c, fd, "/tool", &v, NULL), 0);
		assert_int_equal(v.kind, VERDICT_IMAGE);
		assert_int_equal(container_verdict(t, c, fd, "/tool2", &v, NULL), 0);
		assert_int_equal(v.kind, VERDICT_COPY);
		end_look(pid);
	}
	assert_int_equal(t->set_count, 1);
}

static void a_root_that_is_no_overlay_has_no_layers(void **state)
{
	struct entry *e = table_add(*state, NULL);
	struct guard_verdict v;
	char root[256];
	path_in(root, "all/one/diff");
	assert_int_equal(mount(root, root, NULL, MS_BIND, NULL), 0);
	pid_t pid = start_in(root);
	assert_int_equal(containers_process(*state, &e->c, pid, NULL), 0);
	assert_int_equal(e->c.flags & CONTAINER_NO_LAYERS, CONTAINER_NO_LAYERS);
	assert_int_equal(container_verdict(*state, &e->c, 0, "/x", &v, NULL), 0);
	assert_int_equal(v.kind, VERDICT_UNKNOWN);
	stop(pid);
	assert_int_equal(umount2(root, MNT_DETACH), 0);
}

static void a_process_with_the_nodes_mounts_is_not_inside_yet(void **state)
{
	struct entry *e = table_add(*state, NULL);
	struct error err = { 0 };
	pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			(void)pause();
	}
	assert_int_equal(containers_process(*state, &e->c, pid, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	stop(pid);
	assert_int_equal(containers_process(*state, &e->c, pid, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(e->c.root_dev, 0);
}

static int make_folder(void **state)
{
	char one[256], two[256];
	(void)state;
	(void)snprintf(folder, sizeof folder, "/var/tmp/corten-process-XXXXXX");
	if (mkdtemp(folder) == NULL || unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	static const char *const folders[] = { "all/one/diff", "all/two/diff",  "all/id/diff",
					       "all/id/work",  "all/id/merged", "all/l",
					       "memory" };
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
		make(folders[i]);
	path_in(one, "all/l/SHORT1");
	path_in(two, "all/l/SHORT2");
	put("all/one/diff/tool", "a tool");
	put("all/two/diff/other", "another tool");
	return symlink("../one/diff", one) < 0 || symlink("../two/diff", two) < 0 ? -1 : 0;
}

static int remove_folder(void **state)
{
	char *const argv[] = { (char[]){ "rm" }, (char[]){ "-rf" }, folder, NULL };
	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		(void)execvp(argv[0], argv);
		_exit(127);
	}
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

static int make_table(void **state)
{
	struct containers *t = NULL;
	int r = containers_new(&t, NULL);
	*state = t;
	return r;
}

static int free_table(void **state)
{
	containers_free(*state);
	return 0;
}

#define WITH_TABLE(f) cmocka_unit_test_setup_teardown(f, make_table, free_table)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_TABLE(absolute_layers_are_found),
		WITH_TABLE(relative_layers_are_found_by_their_folder),
		WITH_TABLE(layers_that_cannot_be_found_are_none),
		WITH_TABLE(a_writable_layer_in_memory_is_told),
		WITH_TABLE(containers_of_one_image_share_its_programs),
		WITH_TABLE(a_root_that_is_no_overlay_has_no_layers),
		WITH_TABLE(a_process_with_the_nodes_mounts_is_not_inside_yet),
	};
	if (geteuid() != 0) {
		(void)printf("mounts need root\n");
		return 77; /* meson: skipped */
	}
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
