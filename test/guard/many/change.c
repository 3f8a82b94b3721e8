/* Changes of what lies in a protected folder, call by call. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#define FORM(name) static int name(const struct place *p, unsigned i)
#define UNUSED(i) ((void)(i))

/* --- create ------------------------------------------------------------------ */

FORM(create_open)
{
	UNUSED(i);
	return opened(open(below(p, "a/new"), O_RDONLY | O_CREAT | O_EXCL, 0600));
}

FORM(create_at)
{
	UNUSED(i);
	return opened(openat(p->folder, "new", O_WRONLY | O_CREAT, 0600));
}

FORM(create_folder)
{
	UNUSED(i);
	return done(mkdir(below(p, "a/new"), 0700));
}

FORM(create_symbolic_link)
{
	UNUSED(i);
	return done(symlink("x", below(p, "a/new")));
}

FORM(create_fifo)
{
	UNUSED(i);
	return done(mkfifo(below(p, "a/new"), 0600));
}

FORM(create_socket)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), result;

	UNUSED(i);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", below(p, "a/new"));
	result = done(bind(s, (struct sockaddr *)&a, sizeof(a)));
	close(s);
	return result;
}

FORM(create_hard_link)
{
	UNUSED(i);
	return done(link(beside(p, "mine"), below(p, "a/new")));
}

FORM(create_nameless)
{
	int fd = open(p->beside, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), result;
	char path[64];

	UNUSED(i);
	if (fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	result = done(linkat(AT_FDCWD, path, AT_FDCWD, below(p, "a/new"), AT_SYMLINK_FOLLOW));
	close(fd);
	return result;
}

/* --- write ---------------------------------------------------------------------- */

FORM(write_open)
{
	UNUSED(i);
	return opened(open(below(p, "a/file"), O_WRONLY));
}

FORM(write_both)
{
	UNUSED(i);
	return opened(open(below(p, "a/file"), O_RDWR));
}

FORM(write_append)
{
	UNUSED(i);
	return opened(open(below(p, "a/file"), O_WRONLY | O_APPEND));
}

FORM(write_symbolic_link)
{
	UNUSED(i);
	return opened(open(beside(p, "link"), O_WRONLY));
}

FORM(write_hard_link)
{
	UNUSED(i);
	return opened(open(p->second, O_WRONLY));
}

FORM(write_again)
{
	int fd = open(below(p, "a/file"), O_RDONLY | O_CLOEXEC), result;
	char path[64];

	UNUSED(i);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	result = opened(open(path, O_WRONLY));
	close(fd);
	return result;
}

FORM(write_at)
{
	UNUSED(i);
	return opened(openat(p->folder, "file", O_WRONLY));
}

FORM(write_earlier)
{
	UNUSED(i);
	return done(pwrite(p->file, "p", 1, 0));
}

FORM(write_earlier_vector)
{
	struct iovec v = { .iov_base = (char[]){ 'p' }, .iov_len = 1 };

	UNUSED(i);
	return done(pwritev2(p->file, &v, 1, 0, 0));
}

/* The same bytes as are there: from a file beside. */
FORM(write_earlier_sent)
{
	int from = open(beside(p, "same"), O_RDONLY | O_CLOEXEC), result;

	UNUSED(i);
	(void)lseek(p->file, 0, SEEK_SET);
	result = done(sendfile(p->file, from, NULL, 1));
	close(from);
	return result;
}

FORM(write_earlier_copied)
{
	int from = open(beside(p, "same"), O_RDONLY | O_CLOEXEC), result;
	off_t in = 0, out = 0;

	UNUSED(i);
	result = done(copy_file_range(from, &in, p->file, &out, 1, 0));
	close(from);
	return result;
}

FORM(write_earlier_space)
{
	UNUSED(i);
	return done(fallocate(p->file, FALLOC_FL_KEEP_SIZE, 0, 8192));
}

FORM(write_earlier_mapped)
{
	void *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, p->file, 0);

	UNUSED(i);
	return at == MAP_FAILED ? -errno : done(munmap(at, 4096));
}

FORM(write_earlier_mapping)
{
	int result = done(mprotect(p->map, 4096, PROT_READ | PROT_WRITE));

	UNUSED(i);
	if (result == 0)
		(void)mprotect(p->map, 4096, PROT_READ);
	return result;
}

/* --- truncate --------------------------------------------------------------------- */

FORM(truncate_path)
{
	UNUSED(i);
	return done(truncate(below(p, "a/file"), 1));
}

FORM(truncate_open)
{
	UNUSED(i);
	return opened(open(below(p, "a/file"), O_RDONLY | O_TRUNC));
}

FORM(truncate_earlier)
{
	UNUSED(i);
	return done(ftruncate(p->file, 1));
}

/* --- rename, unlink, link ------------------------------------------------------------ */

FORM(rename_out)
{
	UNUSED(i);
	return done(rename(below(p, "a/file"), beside(p, "taken")));
}

FORM(rename_over)
{
	UNUSED(i);
	return done(rename(beside(p, "mine"), below(p, "a/file")));
}

FORM(rename_inside)
{
	UNUSED(i);
	return done(rename(below(p, "a/file"), below(p, "a/file2")));
}

FORM(rename_exchange)
{
	UNUSED(i);
	return done(syscall(SYS_renameat2, AT_FDCWD, below(p, "a/file"), AT_FDCWD,
			    beside(p, "mine"), 2 /* RENAME_EXCHANGE */));
}

FORM(rename_folder)
{
	UNUSED(i);
	return done(rename(below(p, "b"), beside(p, "taken")));
}

FORM(rename_whole)
{
	UNUSED(i);
	return done(rename(p->base, beside(p, "taken")));
}

FORM(rename_parent)
{
	UNUSED(i);
	return p->parent == NULL ? -EXDEV : done(rename(p->parent, beside(p, "taken")));
}

FORM(unlink_file)
{
	UNUSED(i);
	return done(unlink(below(p, "a/file")));
}

FORM(unlink_at)
{
	UNUSED(i);
	return done(unlinkat(p->folder, "file", 0));
}

FORM(unlink_folder)
{
	UNUSED(i);
	return done(rmdir(below(p, "b/folder")));
}

FORM(link_out)
{
	UNUSED(i);
	return done(link(below(p, "a/file"), beside(p, "taken")));
}

FORM(link_descriptor)
{
	char path[64];

	UNUSED(i);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", p->file);
	return done(linkat(AT_FDCWD, path, AT_FDCWD, beside(p, "taken"), AT_SYMLINK_FOLLOW));
}

/* --- mode, owner, attributes ------------------------------------------------------------ */

FORM(chmod_path)
{
	UNUSED(i);
	return done(chmod(below(p, "a/file"), 0600));
}

FORM(chmod_earlier)
{
	UNUSED(i);
	return done(fchmod(p->file, 0600));
}

FORM(chmod_folder)
{
	UNUSED(i);
	return done(fchmod(p->folder, 0700));
}

FORM(chown_path)
{
	UNUSED(i);
	return done(chown(below(p, "a/file"), 1, 1));
}

FORM(chown_earlier)
{
	UNUSED(i);
	return done(fchown(p->file, (uid_t)-1, 1));
}

FORM(chown_hard_link)
{
	UNUSED(i);
	return done(lchown(p->second, 1, 1));
}

FORM(xattr_path)
{
	UNUSED(i);
	return done(setxattr(below(p, "a/file"), "trusted.many", "x", 1, 0));
}

FORM(xattr_earlier)
{
	UNUSED(i);
	return done(fsetxattr(p->file, "trusted.many", "x", 1, 0));
}

FORM(xattr_remove)
{
	UNUSED(i);
	return done(removexattr(below(p, "a/attributed"), "trusted.was"));
}

/* user::rw- group::--- other::---, acl(5) as the kernel has it: changes the mode. */
FORM(xattr_access_list)
{
	static const unsigned char list[] = { 2,    0,    0, 0, 1,    0,    6,    0,    0xff, 0xff,
					      0xff, 0xff, 4, 0, 0,    0,    0xff, 0xff, 0xff, 0xff,
					      0x20, 0,    0, 0, 0xff, 0xff, 0xff, 0xff };

	UNUSED(i);
	return done(setxattr(below(p, "a/file"), "system.posix_acl_access", list, sizeof(list), 0));
}

FORM(flags)
{
	int fd = open(below(p, "a/file"), O_RDONLY | O_CLOEXEC), value = 0, result;

	UNUSED(i);
	result = done(ioctl(fd, FS_IOC_GETFLAGS, &value));
	value |= FS_NODUMP_FL;
	if (result == 0)
		result = done(ioctl(fd, FS_IOC_SETFLAGS, &value));
	close(fd);
	return result;
}

const struct place_form place_changes[] = {
	{ "file/create", create_open },
	{ "file/create/earlier-folder", create_at },
	{ "file/create/folder", create_folder },
	{ "file/create/symbolic-link", create_symbolic_link },
	{ "file/create/fifo", create_fifo },
	{ "file/create/socket", create_socket },
	{ "file/create/hard-link", create_hard_link },
	{ "file/create/nameless", create_nameless },
	{ "file/write", write_open },
	{ "file/write/both", write_both },
	{ "file/write/append", write_append },
	{ "file/write/symbolic-link", write_symbolic_link },
	{ "file/write/hard-link", write_hard_link },
	{ "file/write/opened-again", write_again },
	{ "file/write/earlier-folder", write_at },
	{ "file/write/earlier", write_earlier },
	{ "file/write/earlier-vector", write_earlier_vector },
	{ "file/write/earlier-sent", write_earlier_sent },
	{ "file/write/earlier-copied", write_earlier_copied },
	{ "file/write/earlier-space", write_earlier_space },
	{ "file/write/earlier-mapped", write_earlier_mapped },
	{ "file/write/earlier-mapping", write_earlier_mapping },
	{ "file/truncate", truncate_path },
	{ "file/truncate/open", truncate_open },
	{ "file/truncate/earlier", truncate_earlier },
	{ "file/rename/out", rename_out },
	{ "file/rename/over", rename_over },
	{ "file/rename/inside", rename_inside },
	{ "file/rename/exchange", rename_exchange },
	{ "file/rename/folder", rename_folder },
	{ "file/rename/whole", rename_whole },
	{ "file/rename/parent", rename_parent },
	{ "file/unlink", unlink_file },
	{ "file/unlink/earlier-folder", unlink_at },
	{ "file/unlink/folder", unlink_folder },
	{ "file/link", link_out },
	{ "file/link/descriptor", link_descriptor },
	{ "file/chmod", chmod_path },
	{ "file/chmod/earlier", chmod_earlier },
	{ "file/chmod/folder", chmod_folder },
	{ "file/chown", chown_path },
	{ "file/chown/earlier", chown_earlier },
	{ "file/chown/hard-link", chown_hard_link },
	{ "file/xattr", xattr_path },
	{ "file/xattr/earlier", xattr_earlier },
	{ "file/xattr/remove", xattr_remove },
	{ "file/xattr/access-list", xattr_access_list },
	{ "file/xattr/flags", flags },
	{ NULL, NULL },
};
