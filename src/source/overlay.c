#include "source/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { LOWERS_TEXT_MAX = 1024 * 1024 };

/* --- what the kernel says of the mount ------------------------------------------------- */

static bool is_octal(const uint8_t *p)
{
	return p[0] >= '0' && p[0] <= '3' && p[1] >= '0' && p[1] <= '7' && p[2] >= '0' &&
	       p[2] <= '7';
}

/* The kernel writes blanks, line ends, commas and backslashes as \ooo. Fails when it
 * does not fit. */
static bool copy_plain(struct bytes text, char *out, size_t size)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++) {
		const uint8_t *p = text.p + i;
		bool escaped = *p == '\\' && text.n - i > 3 && is_octal(p + 1);
		if (n + 1 == size)
			return false;
		out[n++] = escaped ? (char)((p[1] - '0') * 64 + (p[2] - '0') * 8 + p[3] - '0')
				   : (char)*p;
		i += escaped ? 3 : 0;
	}
	out[n] = '\0';
	return true;
}

/* Fields: id, parent, device, root, mount point, options, optional ones, "-", type,
 * source, the file system's options. */
static bool take_line(struct bytes rest, struct bytes *ret_type, struct bytes *ret_options)
{
	struct bytes field, source;
	bool is_root = false;
	for (unsigned i = 0; bytes_next_field(&rest, ' ', &field); i++) {
		if (i == 4)
			is_root = bytes_equal(field, BYTES_LIT("/"));
		if (i > 5 && bytes_equal(field, BYTES_LIT("-")))
			break;
	}
	*ret_options = rest;
	return is_root && bytes_next_field(ret_options, ' ', ret_type) &&
	       bytes_next_field(ret_options, ' ', &source);
}

/* Paths with ':' between them; a ':' of a path itself has a backslash before it. */
static bool take_lowers(struct overlay_names *names, const char *list)
{
	bool ok = list[0] != '\0';
	for (const char *p = list; ok && *p != '\0'; p++) {
		if (*p == '\\' && p[1] != '\0')
			ok = buf_append(&names->lowers, ++p, 1, NULL) == 0;
		else if (*p != ':')
			ok = buf_append(&names->lowers, p, 1, NULL) == 0;
		else
			ok = buf_append(&names->lowers, "", 1, NULL) == 0 && ++names->lower_count;
	}
	return ok && buf_append(&names->lowers, "", 1, NULL) == 0 && ++names->lower_count;
}

/* "lowerdir=a:b", or for each "lowerdir+=a", as the newer way to mount has it. */
static bool take_option(struct overlay_names *names, struct bytes option)
{
	static const char upper[] = "upperdir=", lower[] = "lowerdir=", more[] = "lowerdir+=";
	char text[64 * KIB];
	if (!copy_plain(option, text, sizeof text))
		return false;
	if (strncmp(text, upper, strlen(upper)) == 0)
		return (size_t)snprintf(names->upper, sizeof names->upper, "%s",
					text + strlen(upper)) < sizeof names->upper;
	if (strncmp(text, lower, strlen(lower)) == 0)
		return take_lowers(names, text + strlen(lower));
	return strncmp(text, more, strlen(more)) != 0 || take_lowers(names, text + strlen(more));
}

static void clear(struct overlay_names *names)
{
	names->upper[0] = '\0';
	names->lowers.n = names->lower_count = 0;
}

void overlay_names(struct bytes mountinfo, struct overlay_names *ret)
{
	struct bytes line, type, options, option;
	clear(ret);
	while (bytes_next_field(&mountinfo, '\n', &line)) {
		if (!take_line(line, &type, &options))
			continue;
		clear(ret); /* what is mounted last hides what was there */
		bool ok = bytes_equal(type, BYTES_LIT("overlay"));
		while (ok && bytes_next_field(&options, ',', &option))
			ok = take_option(ret, option);
		if (!ok)
			clear(ret);
	}
}

/* --- opening --------------------------------------------------------------------------- */

/* A relative one is below the directory that holds the layers, two levels over the
 * upper directory: runtimes shorten long lists so. */
static int open_lower(int upper, const char *path)
{
	enum { FLAGS = O_PATH | O_DIRECTORY | O_CLOEXEC };
	if (path[0] == '/')
		return open(path, FLAGS);
	cleanup_close int layers = openat(upper, "../..", FLAGS);
	return layers < 0 ? -1 : openat(layers, path, FLAGS);
}

void overlay_open(struct bytes mountinfo, struct overlay *ret)
{
	struct overlay_names names = { .lowers = buf_max(LOWERS_TEXT_MAX) };
	struct overlay o = OVERLAY_NONE;
	overlay_names(mountinfo, &names);
	size_t n = names.lower_count;
	if (names.upper[0] == '/' && n > 0 && n <= OVERLAY_LOWERS_MAX) {
		o.upper = open(names.upper, O_PATH | O_DIRECTORY | O_CLOEXEC);
		o.lowers = calloc(n, sizeof *o.lowers);
	}
	const char *path = (const char *)names.lowers.p;
	while (o.upper >= 0 && o.lowers != NULL && o.lower_count < n) {
		int fd = open_lower(o.upper, path);
		if (fd < 0)
			break;
		o.lowers[o.lower_count++] = fd;
		path += strlen(path) + 1;
	}
	buf_free(&names.lowers);
	if (o.upper < 0 || o.lower_count < n)
		overlay_close(&o);
	*ret = o;
}

void overlay_close(struct overlay *o)
{
	for (size_t i = 0; i < o->lower_count; i++)
		(void)close(o->lowers[i]);
	free(o->lowers);
	if (o->upper >= 0)
		(void)close(o->upper);
	*o = OVERLAY_NONE;
}

/* --- looking --------------------------------------------------------------------------- */

/* Through no link: the walk of the whole came through none either. */
static int open_below(int dir, const char *path, int flags)
{
	struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
				.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
	return (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}

static bool is_nothing(int code)
{
	return code == ENOENT || code == ENOTDIR || code == ELOOP;
}

int overlay_is_changed(const struct overlay *o, const char *path)
{
	struct stat st;
	cleanup_close int fd = open_below(o->upper, path, O_PATH);
	if (fd < 0)
		return is_nothing(errno) ? 0 : -1;
	return fstat(fd, &st) < 0 ? -1 : S_ISREG(st.st_mode);
}

/* The layers below do not show through. */
static bool is_opaque(int dir)
{
	char value[2] = "";
	return (fgetxattr(dir, "trusted.overlay.opaque", value, sizeof value) == 1 ||
		fgetxattr(dir, "user.overlay.opaque", value, sizeof value) == 1) &&
	       value[0] == 'y';
}

/* Whether one of the layers says that the path is not what lies below: a directory on
 * its way that is opaque, or that is something else (a whiteout is a device). 1, 0, -1. */
static int hides_below(int layer, const char *path)
{
	char part[LIMIT_PATH_BYTES + 1];
	for (const char *p = strchr(path, '/'); p != NULL; p = strchr(p + 1, '/')) {
		(void)snprintf(part, sizeof part, "%.*s", (int)(p - path), path);
		cleanup_close int dir = open_below(layer, part, O_RDONLY | O_DIRECTORY);
		if (dir < 0 && errno == ENOENT)
			return 0;
		if (dir < 0)
			return is_nothing(errno) ? 1 : -1;
		if (is_opaque(dir))
			return 1;
	}
	return 0;
}

int overlay_open_image(const struct overlay *o, const char *path)
{
	for (size_t i = 0; i < o->lower_count; i++) {
		struct stat st;
		cleanup_close int found = open_below(o->lowers[i], path, O_PATH);
		if (found >= 0 && fstat(found, &st) == 0 && S_ISREG(st.st_mode))
			return open_below(o->lowers[i], path, O_RDONLY);
		if (found < 0 && !is_nothing(errno))
			return -1;
		int hidden = found >= 0 ? 1 : hides_below(o->lowers[i], path);
		if (hidden < 0)
			return -1;
		if (hidden > 0)
			break;
	}
	errno = ENOENT;
	return -1;
}
