/* Rules from folders, switched on and off by name, and their way to the worker. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check/internal.h"

enum { RULES_MEMORY = 128 * 1024 * 1024, BLOB_MAX = 64 * 1024 * 1024 };

const char *check_family_name(enum check_family f)
{
	static const char *const names[CHECK_FAMILIES] = { "malware", "baseline", "build" };
	return names[f];
}

/* --- files ---------------------------------------------------------------------------- */

static int read_file(struct check_rules *r, enum check_family family, int dir, const char *name,
		     const char *shown, struct error *err)
{
	cleanup_buf struct buf text = buf_max(LIMIT_CHECK_RULE_FILE);
	cleanup_close int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "rules: %s", shown);
	if (fd_read_all(fd, &text, err) < 0)
		return error_wrap(err, "rules: %s", shown);
	return check_read_file(r, family, shown, buf_view(&text), err);
}

static int is_rule_file(const struct dirent *e)
{
	return e->d_name[0] != '.' && bytes_ends_with(bytes_str(e->d_name), BYTES_LIT(".toml"));
}

static int read_entries(struct check_rules *r, enum check_family family, int fd, const char *dir,
			struct dirent **entries, int count, struct error *err)
{
	for (int i = 0; i < count; i++) {
		const char *shown = arena_printf(&r->arena, "%s/%s/%s", dir,
						 check_family_name(family), entries[i]->d_name);
		if (shown == NULL)
			return error_set(err, ERR_MEMORY, "no memory for the rules");
		if (read_file(r, family, fd, entries[i]->d_name, shown, err) < 0)
			return -1;
	}
	return 0;
}

/* In the order of their names. A folder need not have all families. */
static int read_family(struct check_rules *r, enum check_family family, const char *dir,
		       struct error *err)
{
	struct dirent **entries = NULL;
	cleanup_close int top = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (top < 0)
		return error_errno(err, "the folder of rules %s", dir);
	cleanup_close int fd =
		openat(top, check_family_name(family), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return 0;
	int count = fd < 0 ? -1 : scandirat(fd, ".", &entries, is_rule_file, alphasort);
	if (count < 0)
		return error_errno(err, "the folder of rules %s/%s", dir,
				   check_family_name(family));
	int result = read_entries(r, family, fd, dir, entries, count, err);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return result;
}

/* --- switches --------------------------------------------------------------------------- */

static bool names(const char *word, const struct check_rule_info *info)
{
	const char *bare = strchr(info->id, '/') + 1;
	return strcmp(word, info->class) == 0 || fnmatch(word, info->id, 0) == 0 ||
	       fnmatch(word, bare, 0) == 0;
}

static void set_enabled(struct check_rules *r, const char *const *words, size_t n, bool enabled)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < r->count; k++)
			if (names(words[i], &r->list[k]))
				r->list[k].enabled = enabled;
}

bool check_rules_named(const struct check_rules *r, const char *word)
{
	for (size_t i = 0; i < r->count; i++)
		if (names(word, &r->list[i]))
			return true;
	return false;
}

/* --- life --------------------------------------------------------------------------------- */

static int load_all(struct check_rules *r, const struct check_rule_options *o, struct error *err)
{
	for (size_t i = 0; i < o->dir_count; i++)
		for (enum check_family f = 0; f < CHECK_FAMILIES; f++)
			if (read_family(r, f, o->dirs[i], err) < 0)
				return -1;
	set_enabled(r, o->disable, o->disable_count, false);
	set_enabled(r, o->enable, o->enable_count, true);
	return 0;
}

int check_rules_load(const struct check_rule_options *o, struct check_rules **ret,
		     struct error *err)
{
	struct check_rules *r = calloc(1, sizeof *r);
	if (r == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the rules");
	r->arena = arena_max(RULES_MEMORY);
	r->list = calloc(LIMIT_CHECK_RULES, sizeof *r->list);
	if (r->list == NULL || load_all(r, o, err) < 0) {
		if (r->list == NULL)
			(void)error_set(err, ERR_MEMORY, "no memory for the rules");
		check_rules_free(r);
		return -1;
	}
	*ret = r;
	return 0;
}

void check_rules_free(struct check_rules *r)
{
	if (r == NULL)
		return;
	free(r->list);
	arena_free(&r->arena);
	free(r);
}

size_t check_rules_count(const struct check_rules *r)
{
	return r->count;
}

void check_rule_info(const struct check_rules *r, size_t i, struct check_rule_info *ret)
{
	*ret = r->list[i];
}

/* --- to the worker -------------------------------------------------------------------------- */

static bool is_sent(const struct check_rule_info *i, unsigned families)
{
	return i->enabled && (families >> i->family & 1) != 0;
}

static int encode(const struct check_rules *r, unsigned families, bool lines, struct buf *out,
		  struct error *err)
{
	uint32_t n = 0;
	for (size_t i = 0; i < r->count; i++)
		n += is_sent(&r->list[i], families);
	if (check_put_u32(out, n, err) < 0)
		return -1;
	for (size_t i = 0; i < r->count; i++) {
		const struct check_rule_info *info = &r->list[i];
		struct check_entry e = { .rule = (uint32_t)i,
					 .family = info->family,
					 .engine = info->engine,
					 .table = info->table };
		if (is_sent(info, families) && check_put_entry(out, &e, lines, err) < 0)
			return -1;
	}
	return 0;
}

void check_rules_digest(const struct check_rules *r, unsigned families, struct digest *ret)
{
	cleanup_buf struct buf blob = buf_max(BLOB_MAX);
	(void)encode(r, families, false, &blob, NULL);
	sha256_of(buf_view(&blob), ret);
}

int check_rules_send(const struct check_rules *r, unsigned families, int *ret_fd, struct error *err)
{
	cleanup_buf struct buf blob = buf_max(BLOB_MAX);
	if (encode(r, families, true, &blob, err) < 0)
		return -1;
	cleanup_close int fd = memfd_create("check-rules", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 || fd_write_full(fd, blob.p, blob.n) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return error_errno(err, "cannot keep the rules in memory");
	*ret_fd = fd_take(&fd);
	return 0;
}

/* --- samples ---------------------------------------------------------------------------------- */

struct testing {
	check_try_fn *try;
	int (*told)(void *ctx, const struct check_sample *s, bool passed, struct error *err);
	void *ctx;
};

static int try_samples(const struct testing *t, const struct check_set *set, size_t rule,
		       const struct check_rule_info *info, bool fires, struct error *err)
{
	const struct check_words *texts = fires ? &info->fire : &info->silent;
	for (size_t i = 0; i < texts->n; i++) {
		struct check_sample s = { .rule = rule,
					  .fires = fires,
					  .number = (uint32_t)i + 1,
					  .text = texts->p[i],
					  .path = info->test_path == NULL ? "" : info->test_path,
					  .mode = info->test_mode };
		bool fired = false;
		if (t->try(set, &s, &fired, err) < 0 ||
		    t->told(t->ctx, &s, fired == fires, err) < 0)
			return -1;
	}
	return 0;
}

/* A set of one rule, as a worker gets it. */
static int set_of(size_t rule, const struct check_rule_info *info, struct check_set **ret,
		  struct error *err)
{
	cleanup_buf struct buf blob = buf_max(BLOB_MAX);
	struct check_entry e = { (uint32_t)rule, info->family, info->engine, info->table };
	return check_put_u32(&blob, 1, err) < 0 || check_put_entry(&blob, &e, true, err) < 0
		       ? -1
		       : check_set_read(buf_view(&blob), ret, err);
}

static int try_rule(const struct testing *t, size_t rule, const struct check_rule_info *info,
		    struct error *err)
{
	struct check_set *set = NULL;
	if (set_of(rule, info, &set, err) < 0)
		return -1;
	int r = try_samples(t, set, rule, info, true, err);
	if (r == 0)
		r = try_samples(t, set, rule, info, false, err);
	check_set_close(set);
	return r;
}

int check_rules_test(const struct check_rules *r, enum check_family family, size_t only,
		     check_try_fn *try,
		     int (*told)(void *ctx, const struct check_sample *s, bool passed,
				 struct error *err),
		     void *ctx, struct error *err)
{
	struct testing t = { try, told, ctx };
	for (size_t i = 0; i < r->count; i++) {
		const struct check_rule_info *info = &r->list[i];
		bool wanted = info->enabled && info->family == family;
		if (wanted && (only == SIZE_MAX || only == i) && try_rule(&t, i, info, err) < 0)
			return -1;
	}
	return 0;
}

static bool is_word_of(struct bytes word, const char *words)
{
	struct bytes rest = bytes_str(words), w;
	while (bytes_next_field(&rest, ' ', &w))
		if (bytes_equal(w, word))
			return true;
	return false;
}

int check_keys(const struct check_entry *e, const char *known, struct error *err)
{
	static const char all[] = "id title description references class engine severity advice "
				  "enabled test";
	for (const struct node *n = e->table->first; n != NULL; n = n->next)
		if (!is_word_of(n->key, all) && !is_word_of(n->key, known))
			return error_set(err, ERR_MALFORMED, "line %u: there is no key \"%.*s\"",
					 n->line, (int)n->key.n, (const char *)n->key.p);
	return 0;
}

static bool is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);
	return strncmp(path, folder, n) == 0 && path[n] == '/';
}

int check_rules_verify(const struct check_rules *r, const char *but, enum check_family family,
		       check_open_fn *open, struct error *err)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct check_rule_info *info = &r->list[i];
		struct check_set *set = NULL;
		if (!info->enabled || info->family != family || is_below(info->origin, but))
			continue;
		int result = set_of(i, info, &set, err) < 0 ? -1 : open(set, err);
		check_set_close(set);
		if (result < 0)
			return error_wrap(err, "%s: %s", info->origin, info->id);
	}
	return 0;
}
