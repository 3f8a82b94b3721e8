/* Ways around the path to a protected folder: mounts over it, mounts that lead to it,
 * another root, another layer, no path at all. Each in a mount namespace of its own. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What it mounts ends with it. */
int place_in_child(const struct place *p, int (*run)(const struct place *p))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
			_exit(ENOTRECOVERABLE);
		_exit(-run(p));
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -EINTR;
	return -WEXITSTATUS(status);
}

#define BYPASS(name, ...)                                                                          \
	static int name##_child(const struct place *p)                                             \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}                                                                                          \
	static int name(const struct place *p, unsigned i)                                         \
	{                                                                                          \
		(void)i;                                                                           \
		return place_in_child(p, name##_child);                                            \
	}

static int bind_to(const char *from, const char *to)
{
	return done(mount(from, to, NULL, MS_BIND, NULL));
}

BYPASS(over_folder, return bind_to("/opt", below(p, "a"));)
BYPASS(over_file, return bind_to(beside(p, "mine"), below(p, "a/file"));)
BYPASS(over_whole, return bind_to("/opt", p->base);)
BYPASS(over_memory, return done(mount("tmpfs", below(p, "a"), "tmpfs", 0, NULL));)
BYPASS(over_parent, return p->parent == NULL ? -EXDEV : bind_to("/opt", p->parent);)

BYPASS(by_bind, {
	int failed = bind_to(p->base, "/mnt");

	return failed != 0 ? failed : opened(open("/mnt/a/file", O_WRONLY));
})

BYPASS(by_bound_file, {
	int failed = bind_to(below(p, "a/file"), "/opt/target");

	return failed != 0 ? failed : opened(open("/opt/target", O_WRONLY));
})

BYPASS(by_bind_removed, {
	int failed = bind_to(p->base, "/mnt");

	return failed != 0 ? failed : done(unlink("/mnt/a/file"));
})

BYPASS(by_root, {
	if (chroot(p->base) != 0 || chdir("/") != 0)
		return -errno;
	return opened(open("/a/file", O_WRONLY));
})

/* The protected folder as the writable layer of an overlay. */
static int overlay(const struct place *p)
{
	char options[4 * PLACE_PATH];

	snprintf(options, sizeof(options), "lowerdir=/opt/empty,upperdir=%s,workdir=%s",
		 below(p, "a"), beside(p, "work"));
	return done(mount("overlay", "/mnt", "overlay", 0, options));
}

BYPASS(overlay_written, {
	int failed = overlay(p);

	return failed != 0 ? failed : opened(open("/mnt/file", O_WRONLY));
})

BYPASS(overlay_removed, {
	int failed = overlay(p);

	return failed != 0 ? failed : done(unlink("/mnt/file"));
})

BYPASS(overlay_created, {
	int failed = overlay(p);

	return failed != 0 ? failed : opened(open("/mnt/new", O_WRONLY | O_CREAT, 0600));
})

BYPASS(overlay_renamed, {
	int failed = overlay(p);

	return failed != 0 ? failed : done(rename("/mnt/file", "/mnt/file2"));
})

BYPASS(overlay_mode, {
	int failed = overlay(p);

	return failed != 0 ? failed : done(chmod("/mnt/file", 0600));
})

/* By a handle, without a path; the file's name may have been forgotten meanwhile. */
BYPASS(by_handle, {
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} h = { .handle.handle_bytes = MAX_HANDLE_SZ };
	int mount_id, at = open(p->base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FILE *f;

	if (name_to_handle_at(AT_FDCWD, below(p, "a/file"), &h.handle, &mount_id, 0) != 0)
		return -errno;
	f = fopen("/proc/sys/vm/drop_caches", "w"); /* where it may */
	if (f != NULL) {
		fputs("2", f);
		fclose(f);
	}
	return opened(open_by_handle_at(at, &h.handle, O_WRONLY));
})

const struct place_form place_bypasses[] = {
	{ "file/mount", over_folder },
	{ "file/mount/file", over_file },
	{ "file/mount/whole", over_whole },
	{ "file/mount/memory", over_memory },
	{ "file/mount/parent", over_parent },
	{ "file/write/bound", by_bind },
	{ "file/write/bound-file", by_bound_file },
	{ "file/unlink/bound", by_bind_removed },
	{ "file/write/other-root", by_root },
	{ "file/write/overlay", overlay_written },
	{ "file/unlink/overlay", overlay_removed },
	{ "file/create/overlay", overlay_created },
	{ "file/rename/overlay", overlay_renamed },
	{ "file/chmod/overlay", overlay_mode },
	{ "file/write/handle", by_handle },
	{ NULL, NULL },
};
