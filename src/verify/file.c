/* Changes of what a file rule protects: /protected and all below it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "verify/attack.h"

#define PROTECTED_FILE "/protected/a/file"

static int done(long result)
{
	return result >= 0 ? ATTACK_HAPPENED : -errno;
}

static int create(void)
{
	return done(open(fresh_name("/protected/a"), O_RDONLY | O_CREAT | O_EXCL, 0600));
}

static int make_folder(void)
{
	return done(mkdir(fresh_name("/protected/a"), 0700));
}

static int make_link(void)
{
	return done(symlink("x", fresh_name("/protected/a")));
}

static int write_open(void)
{
	return done(open(PROTECTED_FILE, O_WRONLY));
}

static int write_by_symbolic_link(void)
{
	const char *to = fresh_name("/opt");

	if (symlink(PROTECTED_FILE, to) != 0)
		return -errno;
	return done(open(to, O_WRONLY));
}

static int truncate_path(void)
{
	return done(truncate(PROTECTED_FILE, 1));
}

static int truncate_open(void)
{
	return done(open(PROTECTED_FILE, O_RDONLY | O_TRUNC));
}

static int rename_out(void)
{
	const char *to = fresh_name("/opt");
	int result = done(rename(PROTECTED_FILE, to));

	if (result == ATTACK_HAPPENED && rename(to, PROTECTED_FILE) != 0)
		return -errno;
	return result;
}

static int rename_over(void)
{
	const char *from = fresh_name("/opt");
	int fd = open(from, O_WRONLY | O_CREAT, 0600);

	if (fd < 0)
		return -errno;
	close(fd);
	return done(rename(from, PROTECTED_FILE));
}

static int rename_parent(void)
{
	int result = done(rename("/protected", "/protected2"));

	/* overlayfs does not rename folders of the image: its answer, not the guard's. */
	if (result == -EXDEV)
		return ATTACK_HAPPENED;
	if (result == ATTACK_HAPPENED && rename("/protected2", "/protected") != 0)
		return -errno;
	return result;
}

/* The first of the numbered ones that is still there. */
static int remove_one(const char *kind, int flags)
{
	char path[64];

	for (int i = 0; i < 16; i++) {
		snprintf(path, sizeof(path), "/protected/a/%s%d", kind, i);
		if (access(path, F_OK) == 0)
			return done(unlinkat(AT_FDCWD, path, flags));
	}
	return attack_absent("all are gone");
}

static int unlink_file(void)
{
	return remove_one("file", 0);
}

static int remove_folder(void)
{
	return remove_one("folder", AT_REMOVEDIR);
}

static int link_out(void)
{
	return done(link(PROTECTED_FILE, fresh_name("/opt")));
}

static int change_mode(void)
{
	return done(chmod(PROTECTED_FILE, 0644));
}

static int change_owner(void)
{
	return done(chown(PROTECTED_FILE, 0, 0));
}

static int set_attribute(void)
{
	return done(setxattr(PROTECTED_FILE, "user.attack", "x", 1, 0));
}

static int mount_over(void)
{
	int result = done(mount("/opt", "/protected/a", NULL, MS_BIND, NULL));

	if (result == ATTACK_HAPPENED)
		umount("/protected/a");
	return result;
}

static int read_open(void)
{
	return done(open(PROTECTED_FILE, O_RDONLY));
}

/* --- anywhere ------------------------------------------------------------------------- */

/* "/a/b.php" and "new" make "/a/newb.php". */
static const char *beside(const char *path, const char *begin)
{
	static char name[4200];
	const char *base = strrchr(path, '/');

	snprintf(name, sizeof(name), "%.*s%s%s", base ? (int)(base + 1 - path) : 0, path, begin,
		 base ? base + 1 : path);
	return name;
}

int attack_file(const char *operation, const char *path)
{
	if (access(path, F_OK) != 0)
		return attack_absent("the place of the rule cannot be made in the container");
	if (strcmp(operation, "create") == 0)
		return done(open(beside(path, "new"), O_RDONLY | O_CREAT | O_EXCL, 0600));
	if (strcmp(operation, "write") == 0)
		return done(open(path, O_WRONLY));
	if (strcmp(operation, "truncate") == 0)
		return done(truncate(path, 1));
	if (strcmp(operation, "rename") == 0)
		return done(rename(path, beside(path, "moved")));
	if (strcmp(operation, "unlink") == 0)
		return done(unlink(path));
	if (strcmp(operation, "link") == 0)
		return done(link(path, beside(path, "linked")));
	if (strcmp(operation, "chmod") == 0)
		return done(chmod(path, 0600));
	if (strcmp(operation, "chown") == 0)
		return done(chown(path, 0, 0));
	if (strcmp(operation, "xattr") == 0)
		return done(setxattr(path, "user.attack", "x", 1, 0));
	if (strcmp(operation, "mount") == 0)
		return done(mount("/bin/mark", path, NULL, MS_BIND, NULL));
	if (strcmp(operation, "read") == 0)
		return done(open(path, O_RDONLY));
	return attack_absent("no such operation");
}

const struct attack attacks_file[] = {
	{ "file/create", create },
	{ "file/create/folder", make_folder },
	{ "file/create/link", make_link },
	{ "file/write", write_open },
	{ "file/write/symbolic-link", write_by_symbolic_link },
	{ "file/truncate", truncate_path },
	{ "file/truncate/open", truncate_open },
	{ "file/rename", rename_out },
	{ "file/rename/over", rename_over },
	{ "file/rename/parent", rename_parent },
	{ "file/unlink", unlink_file },
	{ "file/unlink/folder", remove_folder },
	{ "file/link", link_out },
	{ "file/chmod", change_mode },
	{ "file/chown", change_owner },
	{ "file/xattr", set_attribute },
	{ "file/mount", mount_over },
	{ "file/read", read_open },
	{ NULL, NULL },
};
