#include "cli/bundles.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/db.h"
#include "cli/dbpath.h"
#include "trust/bundle.h"

enum { KEY_FILE_MAX = 16 * 1024 };

static int read_small(const char *path, struct buf *out, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	*out = buf_max(KEY_FILE_MAX);
	if (fd < 0)
		return error_errno(err, "%s", path);
	return fd_read_all(fd, out, err) < 0 ? error_wrap(err, "%s", path) : 0;
}

/* --- signing ---------------------------------------------------------------------- */

int bundle_secret_key(const char *path, struct secret_key *ret, struct error *err)
{
	cleanup_buf struct buf text = { 0 };
	if (read_small(path, &text, err) < 0)
		return -1;
	int result = key_secret_read(buf_view(&text), ret, err);
	if (text.n > 0)
		explicit_bzero(text.p, text.n);
	return result < 0 ? error_wrap(err, "%s", path) : 0;
}

/* Through a temporary name, so that a bundle is there whole or not at all. */
int bundle_write_file(const char *kind, const char *path, const char *out,
		      const struct secret_key *key, uint64_t generation, struct error *err)
{
	char tmp[PATH_MAX];
	int n = snprintf(tmp, sizeof tmp, "%s.%016llx.tmp", out,
			 (unsigned long long)hash_random_key());
	if (n < 0 || (size_t)n >= sizeof tmp)
		return error_set(err, ERR_USAGE, "%s: the name is too long", out);
	cleanup_close int in = open(path, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return error_errno(err, "%s", path);
	cleanup_close int fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return error_errno(err, "%s", out);
	int result = bundle_write(kind, generation, in, key, fd, err);
	if (result == 0 && (fsync(fd) < 0 || rename(tmp, out) < 0))
		result = error_errno(err, "%s", out);
	if (result < 0)
		(void)unlink(tmp);
	return result;
}

/* --- trusting --------------------------------------------------------------------- */

static int trust_file(struct trusted_keys *t, const char *path, struct error *err)
{
	cleanup_buf struct buf text = { 0 };
	if (t->count == TRUSTED_MAX)
		return error_set(err, ERR_LIMIT, "more than %d trusted keys", TRUSTED_MAX);
	if (read_small(path, &text, err) < 0)
		return -1;
	if (key_public_read(buf_view(&text), &t->keys[t->count], err) < 0)
		return error_wrap(err, "%s", path);
	t->count++;
	return 0;
}

/* All *.pub files of a directory; one that is not there holds no keys. */
static int trust_directory(struct trusted_keys *t, const char *path, struct error *err)
{
	cleanup_closedir DIR *dir = opendir(path);
	if (dir == NULL)
		return 0;
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		char file[PATH_MAX];
		int n = snprintf(file, sizeof file, "%s/%s", path, e->d_name);
		if (!bytes_ends_with(bytes_str(e->d_name), BYTES_LIT(".pub")) || n < 0 ||
		    (size_t)n >= sizeof file)
			continue;
		if (trust_file(t, file, err) < 0)
			return -1;
	}
	return 0;
}

int trusted_keys_take(const struct cli_args *a, const char *option, struct trusted_keys *t,
		      struct error *err)
{
	char user[PATH_MAX];
	const char *path;
	for (size_t i = 0; (path = cli_value_at(a, option, i)) != NULL; i++)
		if (trust_file(t, path, err) < 0)
			return -1;
	if (t->count > 0)
		return 0;
	if (db_user_config("trusted-keys", user) && trust_directory(t, user, err) < 0)
		return -1;
	return trust_directory(t, "/etc/corten/trusted-keys", err);
}
