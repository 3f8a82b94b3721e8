#include "scan/cache.h"

#include "scan/cache_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Goes up whenever an analyser reads something else from the same bytes. */
#define ANALYSER_VERSION "corten-layer-16 " CORTEN_VERSION

enum { KEY_TEXT = 2 * SHA256_SIZE + 1, NAME_MAX_TEXT = 128 };
#define LAYER_FILE_MAX LIMIT_RESULT_BYTES
/* Two changes of a file within one tick of the kernel's clock have one ctime. */
#define RACY_NS 50000000

struct cache_writer {
	struct cache *cache;
	int fd;
	char name[NAME_MAX_TEXT];
	struct sha256 *sum;
	struct buf out;
	bool failed;
};

const char *const cache_kinds[] = { "layer", "blob", "file", NULL };

const char *cache_path(const struct cache *c)
{
	return c->path;
}

/* --- the directory ----------------------------------------------------------------- */

static int default_dir(char out[static PATH_MAX], struct error *err)
{
	const char *cache = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	int n;
	if (cache != NULL && cache[0] == '/')
		n = snprintf(out, PATH_MAX, "%s/corten", cache);
	else if (home != NULL && home[0] == '/')
		n = snprintf(out, PATH_MAX, "%s/.cache/corten", home);
	else
		return error_set(err, ERR_NOT_FOUND, "neither XDG_CACHE_HOME nor HOME is set");
	return n > 0 && n < PATH_MAX ? 0
				     : error_set(err, ERR_USAGE, "the cache's path is too long");
}

/* Nobody else can put anything in. Who could once may have left a folder there. */
static bool is_own(const struct stat *st)
{
	return st->st_uid == geteuid() && (st->st_mode & 022) == 0;
}

static int not_used(const char *path, const char *kind, struct error *err)
{
	return error_set(err, ERR_PERMISSION,
			 "%s%s%s is not used as a cache: others can write it, or could (remove it)",
			 path, kind[0] != '\0' ? "/" : "", kind);
}

static int open_kinds(int fd, const char *path, struct error *err)
{
	struct stat st;
	for (const char *const *kind = cache_kinds; *kind != NULL; kind++) {
		if (mkdirat(fd, *kind, 0700) < 0 && errno != EEXIST)
			return error_errno(err, "%s/%s", path, *kind);
		if (fstatat(fd, *kind, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return error_errno(err, "%s/%s", path, *kind);
		if (!S_ISDIR(st.st_mode) || !is_own(&st))
			return not_used(path, *kind, err);
	}
	return 0;
}

static int open_dir(const char *path, int *ret_fd, struct error *err)
{
	struct stat st;
	if (fd_make_dirs(path, 0700, err) < 0)
		return -1;
	cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, "%s", path);
	if (!is_own(&st))
		return not_used(path, "", err);
	if (open_kinds(fd, path, err) < 0)
		return -1;
	*ret_fd = fd_take(&fd);
	return 0;
}

void cache_open(const char *dir, struct cache **ret, struct error *err)
{
	char path[PATH_MAX];
	int fd;
	*ret = NULL;
	if (dir == NULL && default_dir(path, err) < 0)
		return;
	if (open_dir(dir != NULL ? dir : path, &fd, err) < 0)
		return;
	struct cache *c = calloc(1, sizeof *c);
	if (c == NULL) {
		(void)close(fd);
		return;
	}
	c->dirfd = fd;
	(void)snprintf(c->path, sizeof c->path, "%s", dir != NULL ? dir : path);
	*ret = c;
}

void cache_close(struct cache *c)
{
	if (c == NULL)
		return;
	(void)close(c->dirfd);
	free(c);
}

/* --- layers ------------------------------------------------------------------------ */

static void sum_text(struct sha256 *sum, struct bytes b)
{
	uint64_t n = b.n;
	sha256_update(sum, &n, sizeof n);
	if (b.n > 0)
		sha256_update(sum, b.p, b.n);
}

static void sum_number(struct sha256 *sum, uint64_t v)
{
	sha256_update(sum, &v, sizeof v);
}

static void layer_name(const struct digest *diff_id, const struct layer_work *work,
		       char out[static NAME_MAX_TEXT])
{
	struct digest key;
	char text[KEY_TEXT];
	struct sha256 *sum = sha256_new();
	sum_text(sum, BYTES_LIT(ANALYSER_VERSION));
	sum_text(sum, bytes_of(diff_id->sha256, SHA256_SIZE));
	sum_number(sum, work->families);
	sum_number(sum, work->locks);
	if ((work->families & FAMILIES_RULES) != 0)
		sum_text(sum, bytes_of(work->rules.sha256, SHA256_SIZE));
	for (size_t i = 0; i < work->extra_count; i++) {
		sum_text(sum, work->extras[i].path);
		sum_text(sum, work->extras[i].role);
	}
	sha256_final(sum, &key);
	sha256_free(sum);
	hex_text(key.sha256, SHA256_SIZE, text);
	(void)snprintf(out, NAME_MAX_TEXT, "layer/%s", text);
}

static bool read_entry(struct cache *c, const char *name, struct buf *out)
{
	struct error err = { 0 };
	struct stat st;
	cleanup_close int fd = fd_open_read(c->dirfd, name, &err);
	return fd >= 0 && fstat(fd, &st) == 0 && is_own(&st) && fd_read_all(fd, out, &err) == 0;
}

/* Content and the sum behind it. */
static bool checked_content(const struct buf *file, struct bytes *ret)
{
	struct digest sum;
	if (file->n < SHA256_SIZE)
		return false;
	*ret = bytes_sub(buf_view(file), 0, file->n - SHA256_SIZE);
	sha256_of(*ret, &sum);
	return memcmp(sum.sha256, file->p + ret->n, SHA256_SIZE) == 0;
}

static bool decode_layer(struct bytes frames, struct layer_facts *f, struct fact_store *st)
{
	struct cursor c = cursor_of(frames);
	struct msg_reader m;
	struct error err = { 0 };
	int got;
	while ((got = frame_decode(&c, &m, &err)) > 0)
		if (layer_facts_take(f, st, &m, &err) < 0)
			return false;
	return got == 0 && f->done && f->code == ERR_NONE;
}

bool cache_load_layer(struct cache *c, const struct digest *diff_id, const struct layer_work *work,
		      struct layer_facts *f, struct fact_store *st)
{
	char name[NAME_MAX_TEXT];
	struct bytes frames;
	cleanup_buf struct buf file = buf_max(LAYER_FILE_MAX);
	if (c == NULL)
		return false;
	layer_name(diff_id, work, name);
	if (!read_entry(c, name, &file))
		return false;
	if (checked_content(&file, &frames) && decode_layer(frames, f, st) &&
	    digest_equal(&f->diff_id, diff_id))
		return true;
	layer_facts_free(f);
	(void)unlinkat(c->dirfd, name, 0);
	return false;
}

struct cache_writer *cache_write_begin(struct cache *c)
{
	struct cache_writer *w = c == NULL ? NULL : calloc(1, sizeof *w);
	if (w == NULL)
		return NULL;
	w->cache = c;
	w->out = buf_max(2 * LIMIT_FRAME_BYTES);
	w->sum = sha256_new();
	(void)snprintf(w->name, sizeof w->name, "layer/new.%016llx",
		       (unsigned long long)hash_random_key());
	w->fd = openat(c->dirfd, w->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	w->failed = w->fd < 0;
	return w;
}

static void writer_flush(struct cache_writer *w)
{
	if (!w->failed && w->out.n > 0) {
		sha256_update(w->sum, w->out.p, w->out.n);
		w->failed = fd_write_full(w->fd, w->out.p, w->out.n) < 0;
	}
	w->out.n = 0;
}

void cache_write(struct cache_writer *w, const struct msg_reader *m)
{
	if (w == NULL || w->failed)
		return;
	struct msg copy = { .type = m->type,
			    .payload = { (uint8_t *)m->c.data.p, m->c.data.n, 0, 0 } };
	if (frame_encode(&copy, &w->out, NULL) < 0)
		w->failed = true;
	if (w->out.n >= 65536)
		writer_flush(w);
}

static void writer_free(struct cache_writer *w)
{
	if (w->fd >= 0)
		(void)close(w->fd);
	sha256_free(w->sum);
	buf_free(&w->out);
	free(w);
}

void cache_write_commit(struct cache_writer *w, const struct digest *diff_id,
			const struct layer_work *work)
{
	char name[NAME_MAX_TEXT];
	struct digest sum;
	if (w == NULL)
		return;
	writer_flush(w);
	sha256_final(w->sum, &sum);
	layer_name(diff_id, work, name);
	if (w->failed || fd_write_full(w->fd, sum.sha256, SHA256_SIZE) < 0 ||
	    renameat(w->cache->dirfd, w->name, w->cache->dirfd, name) < 0)
		(void)unlinkat(w->cache->dirfd, w->name, 0);
	writer_free(w);
}

void cache_write_abort(struct cache_writer *w)
{
	if (w == NULL)
		return;
	(void)unlinkat(w->cache->dirfd, w->name, 0);
	writer_free(w);
}

/* --- small records ------------------------------------------------------------------- */

/* A record holds digests and their sum, so that a torn one is not believed. */
static bool read_record(struct cache *c, const char *name, struct digest *out, size_t count)
{
	struct bytes content;
	cleanup_buf struct buf file = buf_max(4096);
	if (!read_entry(c, name, &file) || !checked_content(&file, &content) ||
	    content.n != count * SHA256_SIZE)
		return false;
	for (size_t i = 0; i < count; i++)
		memcpy(out[i].sha256, content.p + i * SHA256_SIZE, SHA256_SIZE);
	return true;
}

static void write_record(struct cache *c, const char *name, const struct digest *in, size_t count)
{
	char temporary[NAME_MAX_TEXT];
	struct digest sum;
	cleanup_buf struct buf out = buf_max(4096);
	for (size_t i = 0; i < count; i++)
		if (buf_append(&out, in[i].sha256, SHA256_SIZE, NULL) < 0)
			return;
	sha256_of(buf_view(&out), &sum);
	if (buf_append(&out, sum.sha256, SHA256_SIZE, NULL) < 0)
		return;
	(void)snprintf(temporary, sizeof temporary, "file/new.%016llx",
		       (unsigned long long)hash_random_key());
	cleanup_close int fd =
		openat(c->dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	if (fd_write_full(fd, out.p, out.n) < 0 ||
	    renameat(c->dirfd, temporary, c->dirfd, name) < 0)
		(void)unlinkat(c->dirfd, temporary, 0);
}

static void blob_name(const struct digest *blob, char out[static NAME_MAX_TEXT])
{
	char text[KEY_TEXT];
	hex_text(blob->sha256, SHA256_SIZE, text);
	(void)snprintf(out, NAME_MAX_TEXT, "blob/%s", text);
}

bool cache_blob_known(struct cache *c, const struct digest *blob, struct digest *ret_diff_id)
{
	char name[NAME_MAX_TEXT];
	if (c == NULL)
		return false;
	blob_name(blob, name);
	return read_record(c, name, ret_diff_id, 1);
}

void cache_blob_learn(struct cache *c, const struct digest *blob, const struct digest *diff_id)
{
	char name[NAME_MAX_TEXT];
	if (c == NULL)
		return;
	blob_name(blob, name);
	write_record(c, name, diff_id, 1);
}

static void file_name(const struct file_part *p, char out[static NAME_MAX_TEXT])
{
	struct digest key;
	char text[KEY_TEXT];
	const int64_t identity[] = {
		(int64_t)p->st.st_dev, (int64_t)p->st.st_ino, p->st.st_size,
		p->st.st_mtim.tv_sec,  p->st.st_mtim.tv_nsec, p->st.st_ctim.tv_sec,
		p->st.st_ctim.tv_nsec, (int64_t)p->offset,    (int64_t)p->length,
	};
	sha256_of(bytes_of(identity, sizeof identity), &key);
	hex_text(key.sha256, SHA256_SIZE, text);
	(void)snprintf(out, NAME_MAX_TEXT, "file/%s", text);
}

bool cache_file_known(struct cache *c, const struct file_part *p, struct digest *ret_blob,
		      struct digest *ret_diff_id)
{
	char name[NAME_MAX_TEXT];
	struct digest both[2];
	if (c == NULL)
		return false;
	file_name(p, name);
	if (!read_record(c, name, both, 2))
		return false;
	*ret_blob = both[0];
	*ret_diff_id = both[1];
	return true;
}

static bool changed_just_before(const struct file_part *p)
{
	int64_t changed = p->st.st_ctim.tv_sec * INT64_C(1000000000) + p->st.st_ctim.tv_nsec;
	return p->seen_ns - changed < RACY_NS;
}

void cache_file_learn(struct cache *c, const struct file_part *p, const struct digest *blob,
		      const struct digest *diff_id)
{
	char name[NAME_MAX_TEXT];
	const struct digest both[2] = { *blob, *diff_id };
	if (c == NULL || changed_just_before(p))
		return;
	file_name(p, name);
	write_record(c, name, both, 2);
}
