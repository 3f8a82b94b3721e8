/* Rules from folders and files, switched on and off by name. */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdarg.h>

#include "secret/internal.h"

enum { RULES_MEMORY = 256 * 1024 * 1024 };

int rules_note(struct secret_rules *r, struct error *err, const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	for (size_t i = 0; i < r->note_count; i++)
		if (strcmp(r->notes[i], text) == 0)
			return 0;
	if (r->note_count == r->note_cap) {
		size_t cap = r->note_cap == 0 ? 8 : 2 * r->note_cap;
		const char **notes = reallocarray(r->notes, cap, sizeof *notes);
		if (notes == NULL)
			return error_set(err, ERR_MEMORY, "no memory for the secret rules");
		r->notes = notes;
		r->note_cap = cap;
	}
	char *copy = arena_cstr(&r->arena, bytes_str(text));
	if (copy == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the secret rules");
	r->notes[r->note_count++] = copy;
	return 0;
}

/* --- files --------------------------------------------------------------------------- */

static int read_file(struct secret_rules *r, int dirfd, const char *name, const char *shown,
		     struct error *err)
{
	cleanup_buf struct buf text = buf_max(LIMIT_SECRET_RULE_FILE);
	cleanup_close int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "secret rules: %s", shown);
	if (fd_read_all(fd, &text, err) < 0)
		return error_wrap(err, "secret rules: %s", shown);
	char *origin = arena_cstr(&r->arena, bytes_str(shown));
	if (origin == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the secret rules");
	return rules_read_file(r, origin, buf_view(&text), err);
}

static int is_rule_file(const struct dirent *e)
{
	return e->d_name[0] != '.' && bytes_ends_with(bytes_str(e->d_name), BYTES_LIT(".toml"));
}

static int read_entries(struct secret_rules *r, int fd, const char *dir, struct dirent **entries,
			int count, struct error *err)
{
	for (int i = 0; i < count; i++) {
		cleanup_buf struct buf shown = buf_max(LIMIT_PATH_BYTES);
		if (buf_printf(&shown, err, "%s/%s", dir, entries[i]->d_name) < 0)
			return -1;
		const char *text = buf_cstr(&shown, err);
		if (text == NULL || read_file(r, fd, entries[i]->d_name, text, err) < 0)
			return -1;
	}
	return 0;
}

/* In the order of their names, wherever they lie. */
static int read_dir(struct secret_rules *r, const char *dir, struct error *err)
{
	struct dirent **entries = NULL;
	cleanup_close int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "the folder of secret rules %s", dir);
	int count = scandirat(fd, ".", &entries, is_rule_file, alphasort);
	if (count < 0)
		return error_errno(err, "the folder of secret rules %s", dir);
	int result = read_entries(r, fd, dir, entries, count, err);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return result;
}

/* --- switches --------------------------------------------------------------------------- */

static bool names(const char *word, const struct secret_rule_info *info)
{
	const char *bare = info->id + strlen("secret/");
	return strcmp(word, info->class) == 0 || fnmatch(word, info->id, 0) == 0 ||
	       fnmatch(word, bare, 0) == 0;
}

static void set_enabled(struct secret_rules *r, const char *const *words, size_t n, bool enabled)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < r->count; k++)
			if (names(words[i], &r->rules[k]->info))
				r->rules[k]->info.enabled = enabled;
}

bool secret_rules_named(const struct secret_rules *r, const char *word)
{
	for (size_t i = 0; i < r->count; i++)
		if (names(word, &r->rules[i]->info))
			return true;
	return false;
}

static int digest_rules(struct secret_rules *r, struct error *err)
{
	struct tables t;
	int result = tables_build(r, &t, err);
	if (result == 0)
		tables_digest(&t, &r->digest);
	tables_free(&t);
	return result;
}

static int load_all(struct secret_rules *r, const struct secret_rule_options *o, struct error *err)
{
	for (size_t i = 0; i < o->dir_count; i++)
		if (read_dir(r, o->dirs[i], err) < 0)
			return -1;
	for (size_t i = 0; i < o->file_count; i++)
		if (read_file(r, AT_FDCWD, o->files[i], o->files[i], err) < 0)
			return -1;
	set_enabled(r, o->disable, o->disable_count, false);
	set_enabled(r, o->enable, o->enable_count, true);
	return digest_rules(r, err);
}

int secret_rules_load(const struct secret_rule_options *o, struct secret_rules **ret,
		      struct error *err)
{
	struct secret_rules *r = calloc(1, sizeof *r);
	if (r == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the secret rules");
	r->arena = arena_max(RULES_MEMORY);
	if (load_all(r, o, err) < 0) {
		secret_rules_free(r);
		return -1;
	}
	*ret = r;
	return 0;
}

void secret_rules_free(struct secret_rules *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++)
		free(r->rules[i]->allows.p);
	free(r->rules);
	free(r->everywhere.p);
	free(r->notes);
	arena_free(&r->arena);
	free(r);
}

/* --- asking ------------------------------------------------------------------------------- */

size_t secret_rules_count(const struct secret_rules *r)
{
	return r->count;
}

void secret_rule_info(const struct secret_rules *r, size_t i, struct secret_rule_info *ret)
{
	*ret = r->rules[i]->info;
}

size_t secret_rules_note_count(const struct secret_rules *r)
{
	return r->note_count;
}

const char *secret_rules_note(const struct secret_rules *r, size_t i)
{
	return r->notes[i];
}

void secret_rules_digest(const struct secret_rules *r, struct digest *ret)
{
	*ret = r->digest;
}
