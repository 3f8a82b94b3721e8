#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "source/source.h"

static int64_t realtime_ns(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int fill_input(int fd, const char *path, struct blob_input *ret, struct error *err)
{
	struct blob_input in = { .fd = fd, .seekable = true, .seen_ns = realtime_ns() };
	if (fstat(fd, &in.st) < 0)
		return error_errno(err, "%s", path);
	if (!S_ISREG(in.st.st_mode))
		return error_set(err, ERR_UNSUPPORTED, "%s is no regular file", path);
	in.length = (uint64_t)in.st.st_size;
	*ret = in;
	return 0;
}

int source_open_file(int dirfd, const char *path, struct blob_input *ret, struct error *err)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
		.resolve = dirfd == AT_FDCWD ? 0 : RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	cleanup_close int fd = (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
	if (fd < 0 && errno == EXDEV)
		return error_set(err, ERR_PERMISSION, "%s is a link that leaves its directory",
				 path);
	if (fd < 0)
		return error_errno(err, "%s", path);
	if (fill_input(fd, path, ret, err) < 0)
		return -1;
	ret->fd = fd_take(&fd);
	return 0;
}

int source_read_small(struct blob_input *in, struct buf *out, struct error *err)
{
	out->n = 0;
	if (in->length > out->max)
		return error_set(err, ERR_LIMIT, "%llu bytes, more than %zu are not read",
				 (unsigned long long)in->length, out->max);
	if (buf_reserve(out, (size_t)in->length, err) < 0)
		return -1;
	ssize_t n = fd_pread_full(in->fd, out->p, (size_t)in->length, (off_t)in->offset);
	if (n < 0)
		return error_errno(err, "cannot read");
	if ((uint64_t)n < in->length)
		return error_set(err, ERR_TRUNCATED, "the file ends early");
	out->n = (size_t)n;
	return 0;
}

/* --- OCI layout -------------------------------------------------------------------- */

int layout_open(const char *path, struct layout *ret, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "%s", path);
	ret->dirfd = fd;
	return 0;
}

void layout_close(struct layout *l)
{
	if (l->dirfd >= 0)
		(void)close(l->dirfd);
	l->dirfd = -1;
}

int layout_open_index(const struct layout *l, struct blob_input *ret, struct error *err)
{
	if (source_open_file(l->dirfd, "index.json", ret, err) == 0)
		return 0;
	return error_wrap(err, "no OCI layout");
}

int layout_open_blob(const struct layout *l, const struct digest *digest, struct blob_input *ret,
		     struct error *err)
{
	char path[32 + 2 * SHA256_SIZE] = "blobs/sha256/";
	hex_text(digest->sha256, SHA256_SIZE, path + strlen(path));
	return source_open_file(l->dirfd, path, ret, err);
}

/* --- archive ------------------------------------------------------------------------ */

struct member {
	const char *path;
	const char *link; /* clean target; NULL: a file */
	uint64_t offset, size;
	bool repeated; /* the archive has another of this name */
};

struct archive {
	struct blob_input whole;
	struct arena arena;
	struct map by_path; /* path → index + 1 */
	struct member *members;
	size_t n, cap;
};

struct archive *archive_new(int fd, const struct blob_input *whole)
{
	struct archive *a = calloc(1, sizeof *a);
	if (a == NULL)
		return NULL;
	a->whole = *whole;
	a->whole.fd = fd;
	a->arena = arena_max(256 * MIB);
	map_init(&a->by_path);
	return a;
}

void archive_free(struct archive *a)
{
	if (a == NULL)
		return;
	if (a->whole.fd >= 0)
		(void)close(a->whole.fd);
	map_free(&a->by_path);
	free(a->members);
	arena_free(&a->arena);
	free(a);
}

static struct member *member_add(struct archive *a)
{
	if (a->n == a->cap) {
		size_t cap = a->cap == 0 ? 64 : a->cap * 2;
		struct member *m = reallocarray(a->members, cap, sizeof *m);
		if (m == NULL)
			return NULL;
		a->members = m;
		a->cap = cap;
	}
	a->members[a->n] = (struct member){ 0 };
	return &a->members[a->n++];
}

/* A link's target as a clean path of the archive. */
static const char *link_path(struct archive *a, struct bytes path, struct bytes link,
			     bool is_symlink)
{
	cleanup_buf struct buf joined = buf_max(4 * LIMIT_PAX_BYTES);
	struct bytes dir = path_dir(path);
	if (is_symlink && !bytes_starts_with(link, BYTES_LIT("/")) &&
	    (buf_append(&joined, dir.p, dir.n, NULL) < 0 || buf_append(&joined, "/", 1, NULL) < 0))
		return NULL;
	if (buf_append(&joined, link.p, link.n, NULL) < 0)
		return NULL;
	return arena_cstr(&a->arena, bytes_of(joined.p, path_clean(buf_view(&joined), joined.p)));
}

int archive_add(struct archive *a, struct bytes path, struct bytes link, bool is_symlink,
		uint64_t offset, uint64_t size, struct error *err)
{
	uint64_t end;
	if (checked_add(offset, size, &end) || end > a->whole.length)
		return error_set(err, ERR_TRUNCATED, "the archive ends inside %.*s", (int)path.n,
				 (const char *)path.p);
	struct member *m = member_add(a);
	if (m == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the archive's members");
	m->offset = offset;
	m->size = size;
	m->path = arena_cstr(&a->arena, path);
	m->link = link.n == 0 ? NULL : link_path(a, path, link, is_symlink);
	uint64_t *slot = m->path == NULL ? NULL : map_put(&a->by_path, bytes_str(m->path), NULL);
	if (slot == NULL || (link.n > 0 && m->link == NULL))
		return error_set(err, ERR_MEMORY, "no memory for the archive's members");
	m->repeated = *slot != 0;
	*slot = a->n;
	return 0;
}

/* The last of a name; repeated: one on the way there is not the only one. */
static const struct member *find_member(const struct archive *a, const char *path,
					bool *ret_repeated)
{
	*ret_repeated = false;
	for (unsigned step = 0; step < LIMIT_LINK_STEPS; step++) {
		uint64_t *slot = map_get(&a->by_path, bytes_str(path));
		if (slot == NULL)
			return NULL;
		const struct member *m = &a->members[*slot - 1];
		*ret_repeated |= m->repeated;
		if (m->link == NULL)
			return m;
		path = m->link;
	}
	return NULL;
}

/* Orders paths so that what is in a directory comes right behind its name. */
static int by_path(const void *a, const void *b)
{
	const struct archive_name *x = a, *y = b;
	const unsigned char *p = (const unsigned char *)x->path,
			    *q = (const unsigned char *)y->path;
	while (*p != '\0' && *p == *q) {
		p++;
		q++;
	}
	int left = *p == '/' ? 1 : *p == '\0' ? 0 : *p + 1;
	int right = *q == '/' ? 1 : *q == '\0' ? 0 : *q + 1;
	return left - right;
}

static bool is_inside(const char *path, const char *dir)
{
	size_t n = strlen(dir);
	return strncmp(path, dir, n) == 0 && path[n] == '/';
}

int archive_check_names(struct archive_name *names, size_t n, struct error *err)
{
	if (n > 1)
		qsort(names, n, sizeof names[0], by_path);
	for (size_t i = 0; i < n; i++) {
		size_t next = i + 1;
		if (!names[i].is_link)
			continue;
		while (next < n && strcmp(names[next].path, names[i].path) == 0)
			next++;
		if (next < n && is_inside(names[next].path, names[i].path))
			return error_set(err, ERR_MALFORMED, "%s lies behind a link of the archive",
					 names[next].path);
		i = next - 1;
	}
	return 0;
}

int archive_check(const struct archive *a, struct error *err)
{
	struct archive_name *names = calloc(a->n + 1, sizeof *names);
	if (names == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the archive's members");
	for (size_t i = 0; i < a->n; i++)
		names[i] = (struct archive_name){ a->members[i].path, a->members[i].link != NULL };
	int r = archive_check_names(names, a->n, err);
	free(names);
	return r;
}

bool archive_has(const struct archive *a, const char *path)
{
	bool ignored;
	return find_member(a, path, &ignored) != NULL;
}

int archive_open_member(const struct archive *a, const char *path, struct blob_input *ret,
			struct error *err)
{
	bool repeated;
	const struct member *m = find_member(a, path, &repeated);
	if (m == NULL)
		return error_set(err, ERR_NOT_FOUND, "the archive has no %s", path);
	if (repeated)
		return error_set(err, ERR_MALFORMED,
				 "the archive has %s twice, and readers differ in which they take",
				 path);
	int fd = fcntl(a->whole.fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return error_errno(err, "%s", path);
	*ret = a->whole;
	ret->fd = fd;
	ret->offset = m->offset;
	ret->length = m->size;
	return 0;
}
