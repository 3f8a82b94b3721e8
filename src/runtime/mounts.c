#include "runtime/mounts.h"

#include <sys/sysmacros.h>

struct mount_line {
	struct bytes device, root, point, type, options;
};

/* Fields: id, parent, device, root, mount point, options, optional ones, "-", type,
 * source, the file system's options (proc_pid_mountinfo(5)). */
static bool parse_line(struct bytes rest, struct mount_line *ret)
{
	struct bytes field = { 0 }, source;
	struct mount_line m = { 0 };
	for (unsigned i = 0; bytes_next_field(&rest, ' ', &field); i++) {
		if (i == 2)
			m.device = field;
		else if (i == 3)
			m.root = field;
		else if (i == 4)
			m.point = field;
		else if (i > 5 && bytes_equal(field, BYTES_LIT("-")))
			break;
	}
	if (m.point.n == 0 || !bytes_next_field(&rest, ' ', &m.type) ||
	    !bytes_next_field(&rest, ' ', &source))
		return false;
	m.options = rest;
	*ret = m;
	return true;
}

/* "0:41" */
static bool parse_device(struct bytes text, uint32_t *ret)
{
	uint64_t major, minor;
	struct bytes field;
	if (!bytes_next_field(&text, ':', &field) || !bytes_to_u64(field, &major) ||
	    !bytes_to_u64(text, &minor) || major > 0xfff || minor > 0xfffff)
		return false;
	*ret = (uint32_t)(major << 20 | minor);
	return true;
}

/* One byte of text at *i, with \ooo decoded; *ret_escaped tells that it was written so. */
static uint8_t next_byte(struct bytes text, size_t *i, bool *ret_escaped)
{
	const uint8_t *p = text.p + *i;
	*ret_escaped = *p == '\\' && text.n - *i > 3 && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' &&
		       p[2] <= '7' && p[3] >= '0' && p[3] <= '7';
	*i += *ret_escaped ? 4 : 1;
	return *ret_escaped ? (uint8_t)((p[1] - '0') * 64 + (p[2] - '0') * 8 + p[3] - '0') : *p;
}

static char *plain(struct arena *arena, struct bytes text)
{
	uint8_t *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;
	bool escaped;
	for (size_t i = 0; out != NULL && i < text.n;) {
		uint8_t c = next_byte(text, &i, &escaped);
		if (c == '\0')
			return NULL; /* no path */
		out[n++] = c;
	}
	return (char *)out;
}

/* --- overlayfs's options -------------------------------------------------------------------- */

static int add_lower(struct mount_root *r, char *path, struct arena *arena, struct error *err)
{
	if (path == NULL)
		return error_set(err, ERR_MALFORMED, "a layer of the root is no path");
	if (r->lower_count == MOUNT_LAYERS_MAX)
		return error_set(err, ERR_LIMIT, "the root has more than %d layers",
				 MOUNT_LAYERS_MAX);
	if (r->lower_count == r->lower_room) {
		size_t room = r->lower_room == 0 ? 16 : 2 * r->lower_room;
		char **lower = arena_array(arena, room, sizeof(char *));
		if (lower == NULL)
			return error_set(err, ERR_MEMORY, "no memory for a root's layers");
		if (r->lower_count > 0)
			memcpy(lower, r->lower, r->lower_count * sizeof(char *));
		r->lower = lower;
		r->lower_room = room;
	}
	r->lower[r->lower_count++] = path;
	return 0;
}

/* The next of a list of layers: ':' parts them; one that belongs to a name was given
 * to mount(2) as "\:", which shows as "\134:", or shows as "\072" (Linux 6.5, 6.6).
 * NULL for what is no path, "" between "::". */
static char *next_layer(struct bytes list, size_t *i, struct arena *arena)
{
	uint8_t out[LIMIT_PATH_BYTES];
	size_t n = 0;
	bool escaped;
	while (*i < list.n) {
		uint8_t c = next_byte(list, i, &escaped);
		if (c == ':' && !escaped)
			break;
		if (c == '\\' && *i < list.n) {
			size_t ahead = *i;
			uint8_t next = next_byte(list, &ahead, &escaped);
			if (next == ':' || next == '\\') {
				c = next;
				*i = ahead;
			}
		}
		if (n == sizeof out)
			return NULL; /* longer than any path */
		out[n++] = c;
	}
	return arena_cstr(arena, bytes_of(out, n));
}

static int take_lowerdir(struct mount_root *r, struct bytes list, struct arena *arena,
			 struct error *err)
{
	for (size_t i = 0; i < list.n;) {
		char *path = next_layer(list, &i, arena);
		if (path != NULL && path[0] == '\0')
			break; /* "::": the layers behind it hold data without names */
		if (add_lower(r, path, arena, err) < 0)
			return -1;
	}
	return 0;
}

static int take_overlay(struct mount_root *r, struct bytes options, struct arena *arena,
			struct error *err)
{
	static const char lowerdir[] = "lowerdir=", one[] = "lowerdir+=", upper[] = "upperdir=";
	struct bytes option;
	r->overlay = true;
	while (bytes_next_field(&options, ',', &option)) {
		int done = 0;
		if (bytes_starts_with(option, BYTES_LIT(lowerdir)))
			done = take_lowerdir(r, bytes_sub(option, strlen(lowerdir), option.n),
					     arena, err);
		else if (bytes_starts_with(option, BYTES_LIT(one))) /* since Linux 6.7 */
			done = add_lower(r, plain(arena, bytes_sub(option, strlen(one), option.n)),
					 arena, err);
		else if (bytes_starts_with(option, BYTES_LIT(upper)) &&
			 (r->upper = plain(arena, bytes_sub(option, strlen(upper), option.n))) ==
				 NULL)
			done = error_set(err, ERR_MALFORMED, "the writable layer is no path");
		if (done < 0)
			return -1;
	}
	return 0;
}

/* --- what callers ask for -------------------------------------------------------------------- */

int mountinfo_root(struct bytes text, struct arena *arena, struct mount_root *ret,
		   struct error *err)
{
	return mountinfo_at(text, "/", arena, ret, err);
}

int mountinfo_at(struct bytes text, const char *point, struct arena *arena, struct mount_root *ret,
		 struct error *err)
{
	struct mount_line m, last = { 0 };
	struct bytes line;
	while (bytes_next_field(&text, '\n', &line))
		if (parse_line(line, &m) && bytes_equal(m.point, bytes_str(point)))
			last = m;
	if (last.point.n == 0)
		return error_set(err, ERR_NOT_FOUND, "nothing is mounted at %s", point);
	struct mount_root r = { .upper = arena_cstr(arena, BYTES_LIT("")),
				.type = plain(arena, last.type) };
	if (r.upper == NULL || r.type == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a root's layers");
	if (!parse_device(last.device, &r.dev))
		return error_set(err, ERR_MALFORMED, "the root's device is no number");
	if (bytes_equal(last.type, BYTES_LIT("overlay")) &&
	    take_overlay(&r, last.options, arena, err) < 0)
		return -1;
	*ret = r;
	return 0;
}

int mountinfo_place(struct bytes text, uint32_t dev, struct arena *arena, char **ret,
		    struct error *err)
{
	struct mount_line m;
	struct bytes line;
	uint32_t its;
	while (bytes_next_field(&text, '\n', &line)) {
		if (!parse_line(line, &m) || !bytes_equal(m.root, BYTES_LIT("/")) ||
		    !parse_device(m.device, &its) || its != dev)
			continue;
		*ret = plain(arena, m.point);
		return *ret == NULL ? error_set(err, ERR_MALFORMED, "a mount point is no path") : 0;
	}
	*ret = arena_cstr(arena, BYTES_LIT(""));
	return *ret == NULL ? error_set(err, ERR_MEMORY, "no memory for a path") : 0;
}

/* The last one hides the others. */
int mountinfo_cgroup2(struct bytes text, struct arena *arena, char **ret, struct error *err)
{
	struct mount_line m;
	struct bytes line, point = { 0 };
	while (bytes_next_field(&text, '\n', &line))
		if (parse_line(line, &m) && bytes_equal(m.type, BYTES_LIT("cgroup2")) &&
		    bytes_equal(m.root, BYTES_LIT("/")))
			point = m.point;
	*ret = plain(arena, point);
	return *ret == NULL ? error_set(err, ERR_MALFORMED, "a mount point is no path") : 0;
}
