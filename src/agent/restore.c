/* `restore_from`: what rules protect and somebody changed nevertheless is put back.
 * The backup of /var/www/a is RESTORE_FROM/var/www/a; its sums are taken when the
 * rules are read. Containers are looked through when they are first seen, every
 * minute, and soon after an event tells of a change; a little at a time, for events
 * wait meanwhile. A file that did not change since it was found good is not read. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/operations.h"
#include "base/digest.h"

enum {
	ENTRIES_MOST = 4096, /* of one rule */
	ENTRIES_STEP = 32, /* looked at between two looks at the events */
	BYTES_STEP = 1 << 20,
	PIECE = 64 << 10
};
#define BYTES_MOST (32LL << 20) /* of one rule: starts wait while rules are read */
#define SECOND_NS UINT64_C(1000000000)

/* A file or folder of the backup. */
struct entry {
	char *path; /* the container's; base bytes of it are above the rule's directory */
	size_t base;
	struct stat st;
	struct digest digest; /* of a file */
};

struct backup {
	size_t rule; /* its index in the set */
	struct entry *entry; /* folders before what is in them */
	size_t count, cap;
	off_t bytes;
};

/* One container and one backup. */
struct round {
	uint32_t container;
	size_t backup;
	size_t at; /* the next entry; the backup's count: nothing to do now */
	bool again; /* something happened meanwhile */
	uint64_t due, begun, good; /* when; `good`: begin of the last whole round */
};

struct restoring {
	char digest[65]; /* of the set of rules that it is of */
	struct backup *backup;
	size_t backups;
	struct round *round;
	size_t rounds, rounds_cap;
};

/* --- the backup ----------------------------------------------------------------- */

static bool name_matches(const struct rule *r, const char *path)
{
	const struct rule_file_criteria *f = &r->file;
	const char *name = strrchr(path, '/') + 1;
	bool in = f->include.count == 0;
	for (size_t i = 0; i < f->include.count; i++)
		in = in || rule_glob(f->include.value[i], name, false);
	for (size_t i = 0; i < f->exclude.count; i++)
		in = in && !rule_glob(f->exclude.value[i], name, false);
	return in && !rule_path_excepted(r, path);
}

static int file_sum(int fd, off_t size, struct digest *ret, struct error *err)
{
	struct sha256 *h = sha256_new();
	int r = h == NULL ? error_set(err, ERR_MEMORY, "no memory") : 0;
	uint8_t piece[PIECE];
	ssize_t n = 1;
	for (off_t at = 0; r == 0 && n > 0 && at < size; at += n) {
		n = fd_pread_full(fd, piece, size - at < PIECE ? (size_t)(size - at) : PIECE, at);
		if (n < 0)
			r = error_errno(err, "cannot read the file");
		else
			sha256_update(h, piece, (size_t)n);
	}
	if (r == 0)
		sha256_final(h, ret);
	sha256_free(h);
	return r;
}

static struct entry *entry_add(struct backup *b, const char *path, size_t base, struct error *err)
{
	if (b->count == ENTRIES_MOST) {
		(void)error_set(err, ERR_LIMIT, "a backup may have %d files", ENTRIES_MOST);
		return NULL;
	}
	if (b->count == b->cap) {
		size_t cap = b->cap == 0 ? 64 : b->cap * 2;
		struct entry *more = reallocarray(b->entry, cap, sizeof *more);
		if (more == NULL) {
			(void)error_set(err, ERR_MEMORY, "no memory for a backup's files");
			return NULL;
		}
		b->entry = more;
		b->cap = cap;
	}
	struct entry *e = &b->entry[b->count];
	*e = (struct entry){ .path = strdup(path), .base = base };
	if (e->path == NULL) {
		(void)error_set(err, ERR_MEMORY, "no memory for a backup's files");
		return NULL;
	}
	b->count++;
	return e;
}

/* What of a container's path lies in the backup; no link is followed there. */
static int backup_open(const struct rule *r, const char *path, int flags)
{
	struct open_how how = { .flags = (unsigned)(flags | O_CLOEXEC | O_NONBLOCK),
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS };
	cleanup_close int root = open(r->file.restore_from, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? -1 : (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

/* Neither files nor folders are left as they are in the container. */
static int backup_take(struct backup *b, const struct rule *r, const char *path, size_t base,
		       struct error *err)
{
	struct stat st;
	cleanup_close int fd = backup_open(r, path, O_RDONLY);
	if (fd < 0 && (errno == ELOOP || errno == ENXIO))
		return 0;
	if (fd < 0 || fstat(fd, &st) != 0)
		return error_errno(err, "cannot open %s%s", r->file.restore_from, path);
	if (!S_ISDIR(st.st_mode) && (!S_ISREG(st.st_mode) || !name_matches(r, path)))
		return 0;
	struct entry *e = entry_add(b, path, base, err);
	if (e == NULL)
		return -1;
	e->st = st;
	if (S_ISDIR(st.st_mode))
		return 0;
	b->bytes += st.st_size;
	if (b->bytes > BYTES_MOST)
		return error_set(err, ERR_LIMIT, "a backup may have %lld MiB", BYTES_MOST >> 20);
	return file_sum(fd, st.st_size, &e->digest, err);
}

static int folder_list(struct backup *b, const struct rule *r, const struct entry *of,
		       struct error *err)
{
	size_t base = of->base;
	char folder[4096], path[4096];
	(void)snprintf(folder, sizeof folder, "%s", of->path); /* *of moves */
	cleanup_close int fd = backup_open(r, folder, O_RDONLY | O_DIRECTORY);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	int result = d == NULL ? error_errno(err, "cannot list %s of the backup", folder) : 0;
	if (d != NULL)
		fd = -1; /* d's */
	for (const struct dirent *e; result == 0 && (e = readdir(d)) != NULL;) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, e->d_name) >= sizeof path)
			result = error_set(err, ERR_LIMIT, "%s: the path is too long", folder);
		else
			result = backup_take(b, r, path, base, err);
	}
	if (d != NULL)
		(void)closedir(d);
	return result;
}

static int backup_read(struct backup *b, const struct rule *r, struct error *err)
{
	struct stat st;
	if (stat(r->file.restore_from, &st) != 0)
		return error_errno(err, "cannot open %s", r->file.restore_from);
	if (!S_ISDIR(st.st_mode) || st.st_uid != 0 || (st.st_mode & 022) != 0)
		return error_set(err, ERR_PERMISSION,
				 "%s must be a folder that root owns and nobody else can write",
				 r->file.restore_from);
	for (size_t i = 0; i < r->file.directories.count; i++) {
		const char *place = r->file.directories.value[i];
		size_t base = (size_t)(strrchr(place, '/') - place), first = b->count;
		struct error why = { 0 };
		if (backup_take(b, r, place, base, &why) != 0) {
			if (why.code == ERR_NOT_FOUND)
				continue; /* no backup of this directory */
			*err = why;
			return -1;
		}
		for (size_t k = first; k < b->count; k++)
			if (S_ISDIR(b->entry[k].st.st_mode) &&
			    folder_list(b, r, &b->entry[k], err) != 0)
				return -1;
	}
	return 0;
}

static void backup_free(struct backup *b)
{
	for (size_t i = 0; i < b->count; i++)
		free(b->entry[i].path);
	free(b->entry);
	*b = (struct backup){ 0 };
}

/* --- one entry of a container ----------------------------------------------------- */

static int folder_open(int at, const char *path, size_t n, uint64_t resolve)
{
	char text[4096];
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve = resolve | (uint64_t)RESOLVE_NO_MAGICLINKS };
	if (n >= sizeof text)
		return -1;
	(void)snprintf(text, sizeof text, "%.*s", n == 0 ? 1 : (int)n, n == 0 ? "." : path);
	return (int)syscall(SYS_openat2, at, text, &how, sizeof how);
}

/* The folder that an entry is in: above the rule's directory as the container's own
 * links lead, below it without any: they may be the change. */
static int parent_open(int root, const struct entry *e)
{
	const char *below = e->path + e->base + 1, *slash = strrchr(below, '/');
	cleanup_close int base = folder_open(root, e->path, e->base, RESOLVE_IN_ROOT);
	if (base < 0)
		return -1;
	return folder_open(base, below, slash == NULL ? 0 : (size_t)(slash - below),
			   RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

static uint64_t time_of(struct timespec t)
{
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

/* A file that did not change since it was good is; *ret_read: what it took to tell. */
static bool is_good(int parent, const char *name, const struct entry *e, uint64_t good,
		    off_t *ret_read)
{
	struct stat st;
	struct digest is;
	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || st.st_mode != e->st.st_mode ||
	    st.st_uid != e->st.st_uid || st.st_gid != e->st.st_gid)
		return false;
	if (S_ISDIR(st.st_mode))
		return true;
	if (st.st_size != e->st.st_size)
		return false;
	if (time_of(st.st_ctim) + 2 * SECOND_NS < good)
		return true;
	cleanup_close int fd = openat(parent, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	*ret_read += st.st_size;
	return fd >= 0 && file_sum(fd, st.st_size, &is, NULL) == 0 && digest_equal(&is, &e->digest);
}

static void entry_put(struct node *n, const struct container *c, size_t rule, int parent,
		      const struct entry *e)
{
	struct error err = { 0 };
	cleanup_close int from = backup_open(&n->rules.rule[rule], e->path, O_RDONLY);
	int r = from < 0 ? error_errno(&err, "its backup cannot be opened")
			 : enforcer_put_back(n->enforcer, parent, strrchr(e->path, '/') + 1, from,
					     &e->digest, &err);
	if (r != 0)
		log_at(LOG_ERROR, "container %s: %s cannot be put back: %s", c->id, e->path,
		       err.text);
	events_restored(n, c, rule, e->path, r == 0);
}

/* Returns how much it read. */
static off_t entry_look(struct node *n, const struct container *c, int root, const struct backup *b,
			const struct round *k)
{
	const struct entry *e = &b->entry[k->at];
	off_t bytes = 0;
	cleanup_close int parent = parent_open(root, e);
	/* A container that has not what is above the directory has nothing to put back. */
	if (parent < 0 && errno == ENOENT)
		return 0;
	if (parent < 0) {
		log_at(LOG_WARNING, "container %s: the folder of %s cannot be opened: %s", c->id,
		       e->path, strerror(errno));
		events_restored(n, c, b->rule, e->path, false);
	} else if (!is_good(parent, strrchr(e->path, '/') + 1, e, k->good, &bytes)) {
		entry_put(n, c, b->rule, parent, e);
	}
	return bytes;
}

/* --- rounds --------------------------------------------------------------------- */

/* Not at once: a change is more than one call. */
static void round_anew(struct round *k)
{
	k->again = false;
	k->at = 0;
	k->due = now_ns() + SECOND_NS / 2;
}

static void round_step(struct node *n, const struct backup *b, struct round *k)
{
	const struct container *c = containers_by_number(n->containers, k->container);
	const struct guarded *g = node_guarded(n, k->container, false, NULL);
	struct error err = { 0 };
	off_t bytes = 0;
	cleanup_close int root =
		c == NULL || g == NULL || !g->rooted ? -1 : container_root_open(n, c, &err);
	if (root < 0) {
		k->at = b->count;
		return;
	}
	if (k->at == 0)
		k->begun = now_ns();
	for (int i = 0; i < ENTRIES_STEP && bytes < BYTES_STEP && k->at < b->count; i++, k->at++)
		bytes += entry_look(n, c, root, b, k);
	if (k->at < b->count)
		return;
	k->good = k->begun;
	if (k->again)
		round_anew(k);
}

static void round_add(struct restoring *t, uint32_t container, size_t backup)
{
	for (size_t i = 0; i < t->rounds; i++)
		if (t->round[i].container == container && t->round[i].backup == backup)
			return;
	if (t->rounds == t->rounds_cap) {
		size_t cap = t->rounds_cap == 0 ? 16 : t->rounds_cap * 2;
		struct round *more = reallocarray(t->round, cap, sizeof *more);
		if (more == NULL)
			return; /* the next second tries again */
		t->round = more;
		t->rounds_cap = cap;
	}
	t->round[t->rounds++] = (struct round){ .container = container, .backup = backup };
}

/* Which containers which backups are for; those that ended go. */
static void rounds_fit(struct node *n, struct restoring *t)
{
	struct container *c;
	for (size_t i = 0; i < t->rounds;)
		if (containers_by_number(n->containers, t->round[i].container) == NULL)
			t->round[i] = t->round[--t->rounds];
		else
			i++;
	for (size_t i = 0; (c = containers_next(n->containers, &i)) != NULL;) {
		const struct guarded *g = node_guarded(n, c->number, false, NULL);
		struct rule_subject who;
		if (g == NULL || !g->rooted)
			continue;
		container_subject(c, &who);
		for (size_t k = 0; k < t->backups; k++)
			if (rule_applies(&n->rules.rule[t->backup[k].rule], &who))
				round_add(t, c->number, k);
	}
}

static void restoring_clear(struct restoring *t)
{
	for (size_t i = 0; i < t->backups; i++)
		backup_free(&t->backup[i]);
	free(t->backup);
	free(t->round);
	*t = (struct restoring){ 0 };
}

/* A backup that cannot be read restores nothing: it is told once for each set. */
static void backups_read(struct node *n, struct restoring *t)
{
	restoring_clear(t);
	memcpy(t->digest, n->rules.digest, sizeof t->digest);
	t->backup = calloc(n->rules.count + 1, sizeof *t->backup);
	for (size_t i = 0; t->backup != NULL && i < n->rules.count; i++) {
		const struct rule *r = &n->rules.rule[i];
		struct backup b = { .rule = i };
		struct error err = { 0 };
		if (!r->enabled || r->kind != RULE_FILE || r->file.restore_from == NULL ||
		    r->scope.host || r->action == GUARD_PASS)
			continue;
		if (backup_read(&b, r, &err) == 0) {
			t->backup[t->backups++] = b;
			continue;
		}
		log_at(LOG_ERROR, "rule %s restores nothing: %s", r->name, err.text);
		backup_free(&b);
	}
}

void restore_soon(struct node *n, uint32_t container, unsigned rule)
{
	struct restoring *t = n->restoring;
	for (size_t i = 0; t != NULL && i < t->rounds; i++) {
		struct round *k = &t->round[i];
		if (k->container != container || t->backup[k->backup].rule + 1 != rule)
			continue;
		/* One that waits is soon enough: whoever goes on must not put it off. */
		if (k->at == t->backup[k->backup].count)
			round_anew(k);
		else if (k->at > 0)
			k->again = true;
	}
}

void restore_fit(struct node *n)
{
	struct restoring *t = n->restoring;
	if (t == NULL)
		t = n->restoring = calloc(1, sizeof *t);
	if (t == NULL)
		return;
	if (strcmp(t->digest, n->rules.digest) != 0)
		backups_read(n, t);
	if (t->backups > 0)
		rounds_fit(n, t);
}

void restore_step(struct node *n)
{
	struct restoring *t = n->restoring;
	if (t == NULL || t->rounds == 0 || strcmp(t->digest, n->rules.digest) != 0)
		return;
	uint64_t now = now_ns();
	for (size_t i = 0; i < t->rounds; i++) {
		struct round *k = &t->round[i];
		const struct backup *b = &t->backup[k->backup];
		if (k->at >= b->count && now - k->begun > 60 * SECOND_NS)
			k->at = 0;
		if (k->at < b->count && k->due <= now) {
			round_step(n, b, k);
			return;
		}
	}
}
