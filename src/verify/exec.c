/* Programs that are not from the image. /bin/mark and its kin are the image's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verify/attack.h"

#define IMAGE_PROGRAM "/bin/mark"

static int run_copy_in(const char *folder)
{
	const char *to = fresh_name(folder);
	int failed = copy_program(IMAGE_PROGRAM, to, "x");

	return failed ? failed : run_program(to);
}

static int changed_plain(void)
{
	return run_copy_in("/opt");
}

/* A foreign program under another name, given by rename, link or symlink. */
static int run_under(int (*give_name)(const char *from, const char *to))
{
	const char *from = fresh_name("/opt"), *to = fresh_name("/srv");
	int failed = copy_program(IMAGE_PROGRAM, from, "x");

	if (failed)
		return failed;
	if (give_name(from, to) != 0)
		return -errno;
	return run_program(to);
}

static int changed_rename(void)
{
	return run_under(rename);
}

static int changed_hard_link(void)
{
	return run_under(link);
}

static int changed_symbolic_link(void)
{
	return run_under(symlink);
}

static int changed_descriptor(void)
{
	const char *to = fresh_name("/opt");
	int failed = copy_program(IMAGE_PROGRAM, to, "x"), fd;
	char path[64];

	if (failed)
		return failed;
	fd = open(to, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return run_program(path);
}

/* An image's program, changed in place. Later tries find it changed already. */
static int changed_image(void)
{
	int fd = open("/bin/mark2", O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, "x", 1) != 1)
		return -errno;
	close(fd);
	return run_program("/bin/mark2");
}

static int shebang_in(const char *folder)
{
	const char *to = fresh_name(folder);
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	const char text[] = "#!/bin/mark mark\n";

	if (fd < 0 || write(fd, text, sizeof(text) - 1) < 0)
		return -errno;
	close(fd);
	return run_program(to);
}

static int changed_shebang(void)
{
	return shebang_in("/opt");
}

static int volume_plain(void)
{
	return run_copy_in("/vol");
}

static int volume_shebang(void)
{
	return shebang_in("/vol");
}

static int tmpfs_plain(void)
{
	return run_copy_in("/dev/shm");
}

static int tmpfs_shebang(void)
{
	return shebang_in("/dev/shm");
}

static int fill_memfd(int *ret)
{
	int fd = memfd_create("attack", 0), failed;
	char path[64];

	if (fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	failed = copy_program(IMAGE_PROGRAM, path, NULL);
	if (failed)
		return failed;
	/* A program that is open for writing is not run: a second description. */
	*ret = open(path, O_RDONLY);
	close(fd);
	return *ret < 0 ? -errno : 0;
}

static int nameless_memfd(void)
{
	char path[64];
	int fd = -1, failed = fill_memfd(&fd);

	if (failed)
		return failed;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return run_program(path);
}

static int nameless_deleted(void)
{
	const char *to = fresh_name("/opt");
	int failed = copy_program(IMAGE_PROGRAM, to, "x"), fd;
	char path[64];

	if (failed)
		return failed;
	fd = open(to, O_RDONLY);
	if (fd < 0 || unlink(to) != 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return run_program(path);
}

/* What must run: the image's own programs, however they are called. */
static int image_plain(void)
{
	return run_program(IMAGE_PROGRAM);
}

static int image_symbolic_link(void)
{
	const char *to = fresh_name("/opt");

	if (symlink(IMAGE_PROGRAM, to) != 0)
		return -errno;
	return run_program(to);
}

static int image_descriptor(void)
{
	int fd = open(IMAGE_PROGRAM, O_RDONLY);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fd < 0 ? -errno : run_program(path);
}

static int script_by_interpreter(void)
{
	const char *to = fresh_name("/opt");
	int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	char *argv[] = { "/bin/sh", (char *)to, NULL };

	if (fd < 0 || write(fd, "exit 42\n", 8) != 8)
		return -errno;
	close(fd);
	return run_arguments(argv);
}

static int map_program(int flags, int first, int then)
{
	const char *to = fresh_name("/opt");
	int failed = copy_program(IMAGE_PROGRAM, to, "x"), fd;
	void *at;

	if (failed)
		return failed;
	fd = open(to, O_RDONLY);
	at = mmap(NULL, 4096, first, flags, fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	if (then != first && mprotect(at, 4096, then) != 0)
		return -errno;
	return ATTACK_HAPPENED;
}

static int library_mapped(void)
{
	return map_program(MAP_PRIVATE, PROT_READ | PROT_EXEC, PROT_READ | PROT_EXEC);
}

static int library_protected(void)
{
	return map_program(MAP_PRIVATE, PROT_READ, PROT_READ | PROT_EXEC);
}

const struct attack attacks_exec[] = {
	{ "exec-changed", changed_plain },
	{ "exec-changed/rename", changed_rename },
	{ "exec-changed/hard-link", changed_hard_link },
	{ "exec-changed/symbolic-link", changed_symbolic_link },
	{ "exec-changed/descriptor", changed_descriptor },
	{ "exec-changed/image", changed_image },
	{ "exec-changed/shebang", changed_shebang },
	{ "exec-volume", volume_plain },
	{ "exec-volume/shebang", volume_shebang },
	{ "exec-tmpfs", tmpfs_plain },
	{ "exec-tmpfs/shebang", tmpfs_shebang },
	{ "exec-nameless", nameless_memfd },
	{ "exec-nameless/deleted", nameless_deleted },
	{ "image", image_plain },
	{ "image/symbolic-link", image_symbolic_link },
	{ "image/descriptor", image_descriptor },
	{ "script", script_by_interpreter },
	{ "library", library_mapped },
	{ "library/protected", library_protected },
	{ NULL, NULL },
};
