/* The loop over changes and bypasses, in places that are protected and in places that are
 * not: there each must be possible. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Of the image, of a volume, and below a folder of the container's own. */
static struct place places[] = {
	{ "image", "/protected", NULL, "/opt/second", "/opt/beside", -1, -1, NULL },
	{ "volume", "/vol/tree/site", "/vol/tree", "/vol/second", "/vol/beside", -1, -1, NULL },
	{ "made", "/srv/tree/site", "/srv/tree", "/srv/second", "/srv/beside", -1, -1, NULL },
};
/* The same, free. */
static struct place free_places[] = {
	{ "image", "/free", NULL, "/opt/second2", "/opt/beside2", -1, -1, NULL },
	{ "volume", "/vol/tree2/site", "/vol/tree2", "/vol/second2", "/vol/beside2", -1, -1, NULL },
	{ "made", "/srv/tree2/site", "/srv/tree2", "/srv/second2", "/srv/beside2", -1, -1, NULL },
};
enum { PLACES = sizeof(places) / sizeof(places[0]), NAMES = 8 };

int done(long result)
{
	return result >= 0 ? 0 : -errno;
}

int opened(int fd)
{
	if (fd < 0)
		return -errno;
	return close(fd) != 0 ? -errno : 0;
}

static const char *joined(const char *folder, const char *name)
{
	static char buffers[NAMES][PLACE_PATH];
	static unsigned at;
	char *own = buffers[at++ % NAMES];

	snprintf(own, PLACE_PATH, "%s/%s", folder, name);
	return own;
}

const char *below(const struct place *p, const char *name)
{
	return joined(p->base, name);
}

const char *beside(const struct place *p, const char *name)
{
	return joined(p->beside, name);
}

/* --- what lies there ----------------------------------------------------------- */

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

static void clear(const char *path)
{
	char *const argv[] = { "/bin/rm", "-rf", (char *)path, NULL };
	pid_t child = vfork();

	if (child == 0) {
		execv(argv[0], argv);
		_exit(127);
	}
	waitpid(child, NULL, 0);
}

static void make_beside(const struct place *p)
{
	clear(p->beside);
	(void)mkdir(p->beside, 0755);
	(void)mkdir(joined(p->beside, "work"), 0755);
	(void)mkdir("/opt/empty", 0755);
	write_file("/opt/target", "x");
	write_file(beside(p, "mine"), "x");
	write_file(beside(p, "same"), "protected\n");
	if (symlink(below(p, "a/file"), beside(p, "link")) != 0)
		perror(p->beside);
}

static void make_place(const struct place *p)
{
	clear(p->parent != NULL ? p->parent : p->base);
	(void)unlink(p->second);
	if (p->parent != NULL)
		(void)mkdir(p->parent, 0755);
	(void)mkdir(p->base, 0755);
	(void)mkdir(below(p, "a"), 0755);
	(void)mkdir(below(p, "b"), 0755);
	(void)mkdir(below(p, "b/folder"), 0755);
	write_file(below(p, "a/file"), "protected\n");
	write_file(below(p, "a/linked"), "protected\n");
	write_file(below(p, "a/attributed"), "protected\n");
	write_file(below(p, "kept"), "");
	(void)setxattr(below(p, "a/attributed"), "trusted.was", "x", 1, 0);
	if (link(below(p, "a/linked"), p->second) != 0)
		perror(p->second);
}

static void open_place(struct place *p)
{
	p->file = open(below(p, "a/file"), O_RDWR | O_CLOEXEC);
	p->folder = open(below(p, "a"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	p->map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, p->file, 0);
}

static void close_place(struct place *p)
{
	munmap(p->map, 4096);
	close(p->file);
	close(p->folder);
}

/* --- tries ------------------------------------------------------------------------ */

static int result_of(int result)
{
	if (result == 0)
		return MANY_HAPPENED;
	return result == -EPERM ? MANY_STOPPED : result;
}

static void print(const char *kind, const struct place_form *f, const struct place *p,
		  const struct many_count *c)
{
	char name[PLACE_PATH];

	snprintf(name, sizeof(name), "%s %s %s", kind, f->name, p->name);
	many_print(name, c);
}

static void try_protected(const struct place_form *f, unsigned long count)
{
	for (size_t at = 0; at < PLACES; at++) {
		struct many_count c = { 0 };

		for (unsigned long i = 0; i < count; i++)
			many_count(&c, result_of(f->run(&places[at], (unsigned)i)), MANY_HAPPENED);
		print("protected", f, &places[at], &c);
	}
}

static void try_free(const struct place_form *f)
{
	for (size_t at = 0; at < PLACES; at++) {
		struct place *p = &free_places[at];
		struct many_count c = { 0 };

		make_place(p);
		make_beside(p);
		open_place(p);
		many_count(&c, result_of(f->run(p, 0)), MANY_HAPPENED);
		print("free", f, p, &c);
		close_place(p);
	}
}

static void wait_for(const char *path)
{
	while (access(path, F_OK) != 0)
		usleep(20000);
}

int many_file(unsigned long count)
{
	const struct place_form *const lists[] = { place_changes, place_bypasses };

	for (size_t at = 0; at < PLACES; at++) {
		if (at > 0) /* the first is the image's */
			make_place(&places[at]);
		make_beside(&places[at]);
		open_place(&places[at]);
	}
	write_file("/ready", "");
	wait_for("/go");
	for (size_t l = 0; l < 2; l++) {
		for (const struct place_form *f = lists[l]; f->name != NULL; f++) {
			try_free(f);
			try_protected(f, count);
		}
	}
	write_file("/done", "");
	wait_for("/stop");
	return 0;
}

/* --- who may --------------------------------------------------------------------------- */

static bool keep_once(const struct place *p)
{
	const char *file = below(p, "kept"), *other = below(p, "b/kept");
	int fd = open(file, O_WRONLY | O_APPEND | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, "x", 1) == 1 && ftruncate(fd, 0) == 0;

	close(fd);
	fd = open(other, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	good = good && fd >= 0 && fchmod(fd, 0640) == 0;
	close(fd);
	return good && rename(other, below(p, "b/kept2")) == 0 && unlink(below(p, "b/kept2")) == 0;
}

int many_keep(void)
{
	struct many_count c = { 0 };

	while (access("/done", F_OK) != 0) {
		for (size_t at = 0; at < PLACES; at++)
			many_count(&c, keep_once(&places[at]) ? MANY_HAPPENED : -errno,
				   MANY_HAPPENED);
		usleep(10000);
	}
	many_print("keep", &c);
	return 0;
}
