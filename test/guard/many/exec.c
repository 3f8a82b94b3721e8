/* Ways to run a program: first those that are not from the image, then the image's own.
 * The image has /bin/mark and /bin/mark0 to /bin/mark7; /opt, /srv and /deep are folders of
 * its root, /vol is a volume, /dev/shm is memory from the start on. */
#include "many.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define FOREIGN "/opt/foreign"
#define OTHER "/srv/other"

/* Removes what a try made, and passes its result on. */
static int gone(int result, const char *a, const char *b)
{
	if (a != NULL)
		(void)unlink(a);
	if (b != NULL)
		(void)unlink(b);
	return result;
}

/* Every eighth differs from the image's program in one byte, the rest in length, too: what
 * is as long is compared, which takes its time. */
static int make(const char *path, unsigned i)
{
	return many_make(path, CODE_FOREIGN, i % 8 == 0 ? 0 : 1 + i % 15);
}

static int run_in(const char *path, unsigned i)
{
	int failed = make(path, i);

	return gone(failed != 0 ? failed : many_exec_path(path), path, NULL);
}

/* --- another name -------------------------------------------------------------- */

static int plain(unsigned i)
{
	return run_in(FOREIGN, i);
}

static int run_under(unsigned i, int (*give_name)(const char *from, const char *to))
{
	int failed = make(FOREIGN, i);

	if (failed == 0 && give_name(FOREIGN, OTHER) != 0)
		failed = -errno;
	return gone(failed != 0 ? failed : many_exec_path(OTHER), FOREIGN, OTHER);
}

static int renamed(unsigned i)
{
	return run_under(i, rename);
}

static int linked(unsigned i)
{
	return run_under(i, link);
}

static int symlinked(unsigned i)
{
	return run_under(i, symlink);
}

/* Over a program of the image: its name is the image's. */
static int over_image(unsigned i)
{
	char path[32];
	int failed = make(FOREIGN, i);

	snprintf(path, sizeof(path), "/bin/mark%u", i % 4);
	if (failed == 0 && rename(FOREIGN, path) != 0)
		failed = -errno;
	return failed != 0 ? failed : many_exec_path(path);
}

static int renamed_parent(unsigned i)
{
	int failed = mkdir("/opt/d", 0755) != 0 ? -errno : make("/opt/d/program", i), result;

	if (failed == 0 && rename("/opt/d", "/srv/d") != 0)
		failed = -errno;
	result = failed != 0 ? failed : many_exec_path("/srv/d/program");
	gone(0, "/srv/d/program", "/opt/d/program");
	(void)rmdir("/srv/d");
	(void)rmdir("/opt/d");
	return result;
}

/* --- a descriptor instead of a name ------------------------------------------------ */

static int with_descriptor(unsigned i, int (*run)(int fd))
{
	int failed = make(FOREIGN, i), fd, result;

	if (failed != 0)
		return failed;
	fd = open(FOREIGN, O_RDONLY);
	result = fd < 0 ? -errno : run(fd);
	close(fd);
	return gone(result, FOREIGN, NULL);
}

static int run_by_proc(int fd)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return many_exec_path(path);
}

static int run_empty_path(int fd)
{
	return many_exec(fd, "", AT_EMPTY_PATH);
}

static int descriptor(unsigned i)
{
	return with_descriptor(i, run_by_proc);
}

static int empty_path(unsigned i)
{
	return with_descriptor(i, run_empty_path);
}

static int below_folder(unsigned i)
{
	int failed = make(FOREIGN, i), dir = open("/opt", O_PATH | O_DIRECTORY), result;

	result = failed != 0 ? failed : many_exec(dir, "foreign", 0);
	close(dir);
	return gone(result, FOREIGN, NULL);
}

/* --- a program of the image, changed --------------------------------------------------- */

static int image_written(unsigned i)
{
	unsigned char code = CODE_FOREIGN;
	int fd = open("/bin/mark4", O_WRONLY | O_CLOEXEC);
	bool wrote = fd >= 0 && pwrite(fd, &code, 1, many_code_at()) == 1;

	(void)i;
	if (!wrote)
		return -errno;
	close(fd);
	return many_exec_path("/bin/mark4");
}

static int store(const char *path, unsigned char code)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	unsigned char *at =
		fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	close(fd);
	if (at == MAP_FAILED)
		return -errno;
	at[many_code_at()] = code;
	return munmap(at, 4096) != 0 ? -errno : 0;
}

static int image_stored(unsigned i)
{
	int failed = store("/bin/mark5", CODE_FOREIGN);

	(void)i;
	return failed != 0 ? failed : many_exec_path("/bin/mark5");
}

/* Allowed as it was, changed in the same tick of the clock, allowed still? */
static int changed_at_once(unsigned i)
{
	int failed = many_make("/bin/mark6", CODE_IMAGE, 0), first;

	if (failed != 0)
		return failed;
	first = i % 16 == 0 ? many_exec_path("/bin/mark6") : MANY_ALLOWED;
	if (first != MANY_ALLOWED && first != MANY_STOPPED)
		return first;
	failed = store("/bin/mark6", CODE_FOREIGN);
	return failed != 0 ? failed : many_exec_path("/bin/mark6");
}

/* What holds the image's program mapped and dirty, and at some time makes it another. */
static void change_later(unsigned i, int ready)
{
	int fd = open("/bin/mark7", O_RDWR | O_CLOEXEC);
	unsigned char *at =
		fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	close(fd);
	if (at == MAP_FAILED)
		_exit(1);
	at[many_code_at()] = CODE_IMAGE;
	(void)!write(ready, "", 1);
	usleep(16000 + i % 64 * 250);
	at[many_code_at()] = CODE_FOREIGN;
	_exit(munmap(at, 4096));
}

/* Looked at while it is the image's, another before it runs: by a mapping that was stored to
 * before, so that no time tells. */
static int changed_by_mapping(unsigned i)
{
	int failed = many_make("/bin/mark7", CODE_IMAGE, 0), ready[2], result;
	char byte;
	pid_t child;

	if (failed != 0 || pipe(ready) != 0)
		return failed != 0 ? failed : -errno;
	child = fork();
	if (child == 0)
		change_later(i, ready[1]);
	close(ready[1]);
	failed = child < 0 || read(ready[0], &byte, 1) != 1 ? -EIO : 0;
	close(ready[0]);
	result = failed != 0 ? failed : many_exec_path("/bin/mark7");
	if (child > 0)
		waitpid(child, NULL, 0);
	return result == MANY_ALLOWED || result == -ETXTBSY ? MANY_STOPPED : result;
}

/* --- deep, elsewhere, by another --------------------------------------------------------- */

/* 80 folders with long names: a path of 4,000 bytes that no one call can name. */
static int deep(unsigned i)
{
	int dir = open("/deep", O_PATH | O_DIRECTORY), next, result;
	char name[52];

	memset(name, 'd', 51);
	name[51] = '\0';
	for (int depth = 0; depth < 80 && dir >= 0; depth++) {
		(void)mkdirat(dir, name, 0755);
		next = openat(dir, name, O_PATH | O_DIRECTORY);
		close(dir);
		dir = next;
	}
	if (dir < 0 || fchdir(dir) != 0)
		return -errno;
	result = run_in("program", i);
	close(dir);
	return chdir("/") != 0 ? -errno : result;
}

/* In a child: what it changes ends with it. */
static int in_child(unsigned i, int (*run)(unsigned i))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		int result = run(i);

		_exit(result < 0 ? 128 | (-result & 127) : result);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -errno;
	if (!WIFEXITED(status))
		return -EINTR;
	return WEXITSTATUS(status) >= 128 ? -(WEXITSTATUS(status) & 127) : WEXITSTATUS(status);
}

static int chrooted_child(unsigned i)
{
	int failed = make(FOREIGN, i);

	if (failed == 0 && (chroot("/opt") != 0 || chdir("/") != 0))
		failed = -errno;
	return failed != 0 ? failed : many_exec_path("/foreign");
}

static int chrooted(unsigned i)
{
	return gone(in_child(i, chrooted_child), FOREIGN, NULL);
}

static int bound_child(unsigned i)
{
	int failed = make(FOREIGN, i);

	if (failed == 0 &&
	    (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	     mount(FOREIGN, "/bin/mark", NULL, MS_BIND, NULL) != 0))
		failed = -errno;
	return failed != 0 ? failed : many_exec_path("/bin/mark");
}

/* Bound over a program of the image. */
static int bound(unsigned i)
{
	return gone(in_child(i, bound_child), FOREIGN, NULL);
}

static int write_script(const char *path, const char *interpreter)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	char line[128];
	int n = snprintf(line, sizeof(line), "#!%s\n", interpreter);

	if (fd < 0)
		return -errno;
	n = write(fd, line, (size_t)n) == n ? 0 : -errno;
	close(fd);
	return n;
}

static int interpreter(unsigned i)
{
	int failed = make(FOREIGN, i);

	if (failed == 0)
		failed = write_script(OTHER, FOREIGN);
	return gone(failed != 0 ? failed : many_exec_path(OTHER), FOREIGN, OTHER);
}

/* The script itself is foreign, what it names is the image's: that it ran is the harm. */
static int script_in(const char *path)
{
	int failed = write_script(path, "/bin/mark"),
	    result = failed != 0 ? failed : many_exec_path(path);

	return gone(result == MANY_ALLOWED ? MANY_HAPPENED : result, path, NULL);
}

static int shebang(unsigned i)
{
	(void)i;
	return script_in(FOREIGN);
}

/* --- other places ------------------------------------------------------------------------ */

static int on_volume(unsigned i)
{
	return run_in("/vol/foreign", i);
}

static int on_volume_shebang(unsigned i)
{
	(void)i;
	return script_in("/vol/foreign");
}

static int in_memory(unsigned i)
{
	return run_in("/dev/shm/foreign", i);
}

static int in_memory_shebang(unsigned i)
{
	(void)i;
	return script_in("/dev/shm/foreign");
}

static int in_memory_bound_child(unsigned i)
{
	int failed = make("/dev/shm/foreign", i);

	if (failed == 0 &&
	    (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	     mount("/dev/shm/foreign", "/bin/mark", NULL, MS_BIND, NULL) != 0))
		failed = -errno;
	return failed != 0 ? failed : many_exec_path("/bin/mark");
}

static int in_memory_bound(unsigned i)
{
	return gone(in_child(i, in_memory_bound_child), "/dev/shm/foreign", NULL);
}

/* Mounts that no agent has seen when the container started. */
static int mount_later(const char *kind, const char *options)
{
	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
		return -errno;
	return mount(kind, "/mnt", kind, 0, options) != 0 ? -errno : 0;
}

static int later_memory_child(unsigned i)
{
	int failed = mount_later("tmpfs", NULL);

	return failed != 0 ? failed : run_in("/mnt/foreign", i);
}

static int later_memory(unsigned i)
{
	return in_child(i, later_memory_child);
}

/* The image's own folder as the lower layer of another overlay. */
static int later_overlay_child(unsigned i)
{
	int failed = make("/opt/o/mark", i);

	if (failed == 0)
		failed = mount_later("overlay", "lowerdir=/opt/o:/bin");
	return failed != 0 ? failed : many_exec_path("/mnt/mark");
}

static int later_overlay(unsigned i)
{
	(void)mkdir("/opt/o", 0755);
	return gone(in_child(i, later_overlay_child), "/opt/o/mark", NULL);
}

/* --- without a name ------------------------------------------------------------------------ */

/* A program that is open for writing is not run: a second description. */
static int run_read_only(int fd, int (*run)(int fd))
{
	char path[64];
	int again, result;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY);
	close(fd);
	result = again < 0 ? -errno : run(again);
	close(again);
	return result;
}

static int from_memfd(unsigned i, int (*run)(int fd))
{
	int fd = memfd_create("many", i % 2 == 0 ? 0 : MFD_ALLOW_SEALING),
	    failed = fd < 0 ? -errno : many_fill(fd, CODE_FOREIGN, i % 16);

	return failed != 0 ? failed : run_read_only(fd, run);
}

static int memfd(unsigned i)
{
	return from_memfd(i, run_by_proc);
}

static int memfd_empty_path(unsigned i)
{
	return from_memfd(i, run_empty_path);
}

/* The image's own content, but nameless. */
static int memfd_of_image(unsigned i)
{
	int fd = memfd_create("many", 0), failed = fd < 0 ? -errno : many_fill(fd, CODE_IMAGE, 0),
	    result = failed != 0 ? failed : run_read_only(fd, run_by_proc);

	(void)i;
	return result == MANY_ALLOWED ? MANY_HAPPENED : result;
}

static int deleted(unsigned i)
{
	int failed = make(FOREIGN, i), fd = open(FOREIGN, O_RDONLY), result;

	(void)unlink(FOREIGN);
	result = failed != 0 ? failed : fd < 0 ? -errno : run_by_proc(fd);
	close(fd);
	return result;
}

static int never_named(unsigned i)
{
	int fd = open("/opt", O_TMPFILE | O_RDWR, 0755),
	    failed = fd < 0 ? -errno : many_fill(fd, CODE_FOREIGN, i % 16);

	return failed != 0 ? failed : run_read_only(fd, run_by_proc);
}

/* --- the image's content under another name -------------------------------------------------- */

static int copied(unsigned i)
{
	int failed = many_make("/opt/copied", CODE_IMAGE, 0),
	    result = failed != 0 ? failed : many_exec_path("/opt/copied");

	(void)i;
	return gone(result == MANY_ALLOWED ? MANY_HAPPENED : result, "/opt/copied", NULL);
}

const struct many_form many_foreign[] = {
	{ "exec-changed", plain },
	{ "exec-changed/rename", renamed },
	{ "exec-changed/hard-link", linked },
	{ "exec-changed/symbolic-link", symlinked },
	{ "exec-changed/over-image", over_image },
	{ "exec-changed/renamed-parent", renamed_parent },
	{ "exec-changed/descriptor", descriptor },
	{ "exec-changed/empty-path", empty_path },
	{ "exec-changed/below-folder", below_folder },
	{ "exec-changed/image-written", image_written },
	{ "exec-changed/image-stored", image_stored },
	{ "exec-changed/at-once", changed_at_once },
	{ "exec-changed/raced/mapping", changed_by_mapping },
	{ "exec-changed/deep", deep },
	{ "exec-changed/chroot", chrooted },
	{ "exec-changed/bound", bound },
	{ "exec-changed/interpreter", interpreter },
	{ "exec-changed/shebang", shebang },
	{ "exec-volume", on_volume },
	{ "exec-volume/shebang", on_volume_shebang },
	{ "exec-volume/later", later_overlay },
	{ "exec-tmpfs", in_memory },
	{ "exec-tmpfs/shebang", in_memory_shebang },
	{ "exec-tmpfs/later/bound", in_memory_bound },
	{ "exec-tmpfs/later", later_memory },
	{ "exec-nameless", memfd },
	{ "exec-nameless/empty-path", memfd_empty_path },
	{ "exec-nameless/of-image", memfd_of_image },
	{ "exec-nameless/deleted", deleted },
	{ "exec-nameless/never-named", never_named },
	{ "exec-copy", copied },
	{ NULL, NULL },
};

/* --- what must run ------------------------------------------------------------------------------ */

static int image_plain(unsigned i)
{
	(void)i;
	return many_exec_path("/bin/keep0");
}

static int image_touched(unsigned i)
{
	if (utimensat(AT_FDCWD, "/bin/keep1", NULL, 0) != 0 ||
	    chmod("/bin/keep1", i % 2 == 0 ? 0755 : 0700) != 0)
		return -errno;
	return many_exec_path("/bin/keep1");
}

static int image_renamed(unsigned i)
{
	(void)i;
	if (rename("/bin/keep2", "/srv/away") != 0 || rename("/srv/away", "/bin/keep2") != 0)
		return -errno;
	return many_exec_path("/bin/keep2");
}

static int image_written_anew(unsigned i)
{
	int failed = many_make("/opt/new", CODE_IMAGE, 0);

	(void)i;
	if (failed == 0 && rename("/opt/new", "/bin/keep3") != 0)
		failed = -errno;
	return failed != 0 ? failed : many_exec_path("/bin/keep3");
}

static int image_linked(unsigned i)
{
	int result;

	(void)i;
	if (link("/bin/keep4", "/srv/second") != 0)
		return -errno;
	result = many_exec_path("/bin/keep4");
	return gone(result, "/srv/second", NULL);
}

static int image_symlinked(unsigned i)
{
	int result;

	(void)i;
	if (symlink("/bin/keep0", "/srv/link") != 0)
		return -errno;
	result = many_exec_path("/srv/link");
	return gone(result, "/srv/link", NULL);
}

static int image_descriptor(unsigned i)
{
	int fd = open("/bin/keep0", O_RDONLY),
	    result = i % 2 == 0 ? run_by_proc(fd) : run_empty_path(fd);

	close(fd);
	return result;
}

static int image_copied(unsigned i)
{
	int failed = many_make("/opt/copy", CODE_IMAGE, 0);

	(void)i;
	return gone(failed != 0 ? failed : many_exec_path("/opt/copy"), "/opt/copy", NULL);
}

const struct many_form many_image[] = {
	{ "image", image_plain },
	{ "image/touched", image_touched },
	{ "image/renamed", image_renamed },
	{ "image/written-anew", image_written_anew },
	{ "image/hard-link", image_linked },
	{ "image/symbolic-link", image_symlinked },
	{ "image/descriptor", image_descriptor },
	{ "image/copied", image_copied },
	{ NULL, NULL },
};
