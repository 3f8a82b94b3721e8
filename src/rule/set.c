/* A set of rules: its order, its limits, its files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "rule/internal.h"

/* --- order and limits ---------------------------------------------------------------- */

static int compare_rules(const void *a, const void *b)
{
	const struct rule *x = a, *y = b;
	if (x->priority != y->priority)
		return x->priority < y->priority ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int compare_names(const void *a, const void *b)
{
	const struct rule *const *x = a, *const *y = b;
	return strcmp((*x)->name, (*y)->name);
}

/* A rule is named in events, by people and by `corten rules disable`. Of two, the
 * one read later is refused: the array is in the order of reading yet. */
static int check_names(const struct rule *rule, size_t count, struct error *err)
{
	const struct rule **by_name = calloc(count + 1, sizeof(const struct rule *));
	int r = 0;
	if (by_name == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu rules", count);
	for (size_t i = 0; i < count; i++)
		by_name[i] = &rule[i];
	qsort(by_name, count, sizeof *by_name, compare_names);
	for (size_t i = 1; i < count && r == 0; i++) {
		const struct rule *a = by_name[i - 1], *b = by_name[i];
		if (strcmp(a->name, b->name) != 0)
			continue;
		const struct rule *first = a < b ? a : b, *second = a < b ? b : a;
		r = error_set(err, ERR_MALFORMED,
			      "%s:%u: the rule of %s:%u has the name \"%s\", too", second->origin,
			      second->line, first->origin, first->line, first->name);
	}
	free(by_name);
	return r;
}

bool takes_file_rule(const struct rule *r)
{
	uint64_t bits = (uint64_t)1 << ITEM_FILE | (uint64_t)1 << ITEM_HOST_FILE;
	return r->enabled && (r->items & bits) != 0;
}

/* Rules that were there first stay: the one that passes the limit is named. */
static int check_file_rules(const struct rule *rule, size_t count, struct error *err)
{
	size_t file_rules = 0;
	for (size_t i = 0; i < count; i++)
		if (takes_file_rule(&rule[i]) && ++file_rules > RULE_FILES_MOST)
			return error_set(
				err, ERR_LIMIT,
				"%s:%u: rule \"%s\" is one too many: a node holds %d rules "
				"about files",
				rule[i].origin, rule[i].line, rule[i].name, RULE_FILES_MOST);
	return 0;
}

int rules_check(struct rule *rule, size_t count, struct error *err)
{
	if (count > LIMIT_RULES)
		return error_set(err, ERR_LIMIT, "%s:%u: rule \"%s\" is one too many: a set has %d",
				 rule[LIMIT_RULES].origin, rule[LIMIT_RULES].line,
				 rule[LIMIT_RULES].name, LIMIT_RULES);
	if (count > 0 &&
	    (check_names(rule, count, err) < 0 || check_file_rules(rule, count, err) < 0))
		return -1;
	if (count > 1)
		qsort(rule, count, sizeof *rule, compare_rules);
	return 0;
}

/* Of what the rules say, not of how they are written. */
int rules_digest(const struct rule *rule, size_t count, char out[static 65], struct error *err)
{
	struct digest digest;
	cleanup_buf struct buf text = buf_max(RULE_ARENA_MOST);
	for (size_t i = 0; i < count; i++)
		if (rule_write(&rule[i], &text, err) < 0)
			return -1;
	sha256_of(buf_view(&text), &digest);
	hex_text(digest.sha256, SHA256_SIZE, out);
	return 0;
}

/* --- reading -------------------------------------------------------------------------- */

void rule_set_free(struct rule_set *s)
{
	if (s->arena != NULL)
		arena_free(s->arena);
	free(s->arena);
	*s = (struct rule_set){ 0 };
}

int rule_set_check(struct rule_set *s, struct error *err)
{
	return rules_check(s->rule, s->count, err);
}

/* The earlier rules and the new ones, in a new array: the old one stays as it is
 * until all is known to be good. */
static int add_batch(struct rule_set *s, struct arena *arena, const struct rule_batch *b,
		     struct error *err)
{
	struct rule_set next = { .arena = arena, .count = s->count + b->count };
	next.rule = arena_array(arena, next.count + 1, sizeof *next.rule);
	if (next.rule == NULL)
		return error_set(err, ERR_MEMORY, "no memory for %zu rules", next.count);
	if (s->count > 0)
		memcpy(next.rule, s->rule, s->count * sizeof *s->rule);
	if (b->count > 0)
		memcpy(next.rule + s->count, b->rule, b->count * sizeof *b->rule);
	if (rules_check(next.rule, next.count, err) < 0 ||
	    rules_digest(next.rule, next.count, next.digest, err) < 0)
		return -1;
	*s = next;
	return 0;
}

int rule_set_read(struct rule_set *s, const char *origin, struct bytes yaml, struct error *err)
{
	struct rule_batch batch = { 0 };
	struct arena *arena = s->arena;
	if (arena == NULL) {
		arena = calloc(1, sizeof *arena);
		if (arena == NULL)
			return error_set(err, ERR_MEMORY, "no memory for rules");
		arena->max = RULE_ARENA_MOST;
	}
	int r = rule_read(arena, origin, yaml, &batch, err);
	if (r == 0)
		r = add_batch(s, arena, &batch, err);
	if (r < 0 && s->arena == NULL) {
		arena_free(arena);
		free(arena);
	}
	return r;
}

/* --- a folder ---------------------------------------------------------------------------- */

/* Who can write rules can switch them off. */
static int check_owner(int fd, const char *name, mode_t type, struct error *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return error_errno(err, "cannot look at %s", name);
	if ((st.st_mode & S_IFMT) != type)
		return error_set(err, ERR_UNSUPPORTED, "%s is no %s", name,
				 type == S_IFDIR ? "folder" : "regular file");
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return error_set(
			err, ERR_PERMISSION,
			"%s belongs to user %u: rules are read from root only (chown root)", name,
			(unsigned)st.st_uid);
	if ((st.st_mode & 0022) != 0)
		return error_set(err, ERR_PERMISSION,
				 "%s can be written by others: nobody could trust it (chmod go-w)",
				 name);
	return 0;
}

static int read_file(struct rule_set *s, int folder, const char *folder_name, const char *name,
		     struct error *err)
{
	char origin[RULE_TEXT_MOST];
	cleanup_buf struct buf text = buf_max(LIMIT_RULE_FILE);
	(void)snprintf(origin, sizeof origin, "%s/%s", folder_name, name);
	cleanup_close int fd = fd_open_read(folder, name, err);
	if (fd < 0)
		return error_wrap(err, "%s", folder_name);
	if (check_owner(fd, origin, S_IFREG, err) < 0)
		return -1;
	if (fd_read_all(fd, &text, err) < 0)
		return error_wrap(err, "%s", origin);
	return rule_set_read(s, origin, buf_view(&text), err);
}

static int is_rules(const struct dirent *e)
{
	return e->d_name[0] != '.' && bytes_ends_with(bytes_str(e->d_name), BYTES_LIT(".yaml"));
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* A file that is not there yet, or shall be another. */
struct change {
	const char *name; /* NULL: none */
	const struct bytes *text; /* NULL: it goes */
};

static int read_changed(struct rule_set *s, const char *folder, const struct change *c,
			struct error *err)
{
	char origin[RULE_TEXT_MOST];
	(void)snprintf(origin, sizeof origin, "%s/%s", folder, c->name);
	return c->text == NULL ? 0 : rule_set_read(s, origin, *c->text, err);
}

/* The files in their order, the changed one at its place among them. */
static int read_files(struct rule_set *s, int fd, const char *folder, const struct change *c,
		      struct dirent *const *list, int count, struct error *err)
{
	bool changed = c->name == NULL;
	for (int i = 0; i < count; i++) {
		int order = changed ? 1 : strcmp(c->name, list[i]->d_name);
		if (!changed && order <= 0) {
			changed = true;
			if (read_changed(s, folder, c, err) < 0)
				return -1;
		}
		if (order != 0 && read_file(s, fd, folder, list[i]->d_name, err) < 0)
			return -1;
	}
	return changed ? 0 : read_changed(s, folder, c, err);
}

static int load_folder(struct rule_set *s, const char *folder, const struct change *c,
		       struct error *err)
{
	struct rule_set next = { 0 };
	struct dirent **list = NULL;
	cleanup_close int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "cannot open the rules' folder %s", folder);
	if (check_owner(fd, folder, S_IFDIR, err) < 0)
		return -1;
	int count = scandirat(fd, ".", &list, is_rules, by_bytes);
	if (count < 0)
		return error_errno(err, "cannot list %s", folder);
	int r = read_files(&next, fd, folder, c, list, count, err);
	for (int i = 0; i < count; i++)
		free(list[i]);
	free(list);
	if (r == 0 && next.arena == NULL) /* no file: the empty set has a digest, too */
		r = rule_set_read(&next, folder, BYTES_LIT("rules: []"), err);
	if (r < 0) {
		rule_set_free(&next);
		return -1;
	}
	rule_set_free(s);
	*s = next;
	return 0;
}

int rule_set_load(struct rule_set *s, const char *folder, struct error *err)
{
	static const struct change none;
	return load_folder(s, folder, &none, err);
}

int rule_set_load_with(struct rule_set *s, const char *folder, const char *name,
		       const struct bytes *text, struct error *err)
{
	const struct change c = { name, text };
	return load_folder(s, folder, &c, err);
}
