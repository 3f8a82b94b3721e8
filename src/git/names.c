/* Which files of a repository's folder are what (gitrepository-layout(5)). */
#include <string.h>
#include <strings.h>

#include "git/git.h"

static bool is_hex(struct bytes b, size_t n)
{
	for (size_t i = 0; i < b.n; i++)
		if (!((b.p[i] >= '0' && b.p[i] <= '9') || (b.p[i] >= 'a' && b.p[i] <= 'f')))
			return false;
	return b.n == n;
}

/* Cuts the last name off. */
static struct bytes pop(struct bytes *path)
{
	struct bytes base = path_base(*path);
	*path = path_dir(*path);
	return base;
}

/* A file below "objects/". */
static enum git_file_kind object_file(struct bytes path, struct bytes *ret_folder)
{
	struct bytes name = pop(&path), dir = pop(&path);
	enum git_file_kind kind = GIT_FILE_NONE;
	if (!bytes_equal(pop(&path), BYTES_LIT("objects")))
		return GIT_FILE_NONE;
	if (bytes_equal(dir, BYTES_LIT("pack"))) {
		if (bytes_ends_with(name, BYTES_LIT(".pack")))
			kind = GIT_FILE_PACK;
		else if (bytes_ends_with(name, BYTES_LIT(".promisor")))
			kind = GIT_FILE_PROMISOR;
	} else if (bytes_equal(dir, BYTES_LIT("info"))) {
		if (bytes_equal(name, BYTES_LIT("alternates")))
			kind = GIT_FILE_ALTERNATES;
	} else if (is_hex(dir, 2) &&
		   (is_hex(name, 2 * GIT_SHA1 - 2) || is_hex(name, 2 * GIT_SHA256 - 2))) {
		kind = GIT_FILE_LOOSE;
	}
	*ret_folder = path;
	return kind;
}

/* The length of what is before a folder ".git", and it; -1: it lies in none. */
static ptrdiff_t git_folder_of(struct bytes path)
{
	static const char name[] = ".git/";
	for (size_t at = 0; at + sizeof name - 1 < path.n; at++)
		if ((at == 0 || path.p[at - 1] == '/') &&
		    memcmp(path.p + at, name, sizeof name - 1) == 0)
			return (ptrdiff_t)at;
	return -1;
}

enum git_file_kind git_classify(struct bytes path, struct bytes *ret_folder)
{
	enum git_file_kind kind = object_file(path, ret_folder);
	struct bytes base = path_base(path);
	if (kind != GIT_FILE_NONE)
		return kind;
	*ret_folder = path_dir(path);
	if (git_folder_of(path) >= 0) {
		if (bytes_equal(base, BYTES_LIT("config")))
			return GIT_FILE_CONFIG;
		return bytes_equal(base, BYTES_LIT("shallow")) ? GIT_FILE_SHALLOW : GIT_FILE_OTHER;
	}
	if (!bytes_equal(base, BYTES_LIT(".git")))
		return GIT_FILE_NONE;
	*ret_folder = path;
	return GIT_FILE_POINTER;
}

/* ".git/modules/a/modules/b" keeps the objects of "a/b". */
static int module_tree(struct bytes names, struct buf *out, struct error *err)
{
	struct bytes name;
	bool is_word = true; /* "modules" itself */
	while (bytes_next_field(&names, '/', &name)) {
		bool skip = is_word && bytes_equal(name, BYTES_LIT("modules"));
		is_word = !skip;
		if (!skip &&
		    (buf_append(out, name.p, name.n, err) < 0 || buf_append(out, "/", 1, err) < 0))
			return -1;
	}
	return 0;
}

int git_work_tree(struct bytes folder, struct buf *out, struct error *err)
{
	struct bytes names = BYTES_LIT("");
	ptrdiff_t at = git_folder_of(folder);
	out->n = 0;
	if (at >= 0) {
		names = bytes_sub(folder, (size_t)at + 5, folder.n);
		folder = bytes_sub(folder, 0, (size_t)at);
	} else if (bytes_equal(path_base(folder), BYTES_LIT(".git"))) {
		folder = bytes_sub(folder, 0, folder.n - 4);
	} else if (folder.n > 0) {
		return buf_append(out, folder.p, folder.n, err) < 0 ||
				       buf_append(out, "/", 1, err) < 0
			       ? -1
			       : 0;
	}
	if (buf_append(out, folder.p, folder.n, err) < 0)
		return -1;
	return module_tree(names, out, err);
}

static bool same_word(struct bytes a, const char *word)
{
	return a.n == strlen(word) && strncasecmp((const char *)a.p, word, a.n) == 0;
}

unsigned git_object_format(struct bytes config)
{
	struct bytes line, key;
	while (bytes_next_field(&config, '\n', &line)) {
		if (!bytes_next_field(&line, '=', &key) ||
		    !same_word(bytes_trim(key), "objectformat"))
			continue;
		if (same_word(bytes_trim(line), "sha256"))
			return GIT_SHA256;
		return same_word(bytes_trim(line), "sha1") ? GIT_SHA1 : 0;
	}
	return GIT_SHA1;
}
