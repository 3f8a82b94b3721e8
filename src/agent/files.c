/* File rules in a container: the folders that rules name are opened below its
 * root and marked in the kernel, and so are the folders above them (they must not
 * be moved away) and files below that have a second name elsewhere. */
#include "agent/node.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

enum { WALK_MAX = 100000, LINKED_MAX = 4096 };

int files_open_below(int root, const char *path, struct error *err)
{
	while (*path == '/')
		path++;
	struct open_how how = { .flags = O_PATH | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	long fd = syscall(SYS_openat2, root, *path == '\0' ? "." : path, &how, sizeof how);
	if (fd < 0)
		return error_errno(err, "cannot open /%s in the container", path);
	return (int)fd;
}

bool files_inode(int fd, __u64 *ret)
{
	char path[64], line[256];
	(void)snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
	cleanup_fclose FILE *f = fopen(path, "re");
	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		if (strncmp(line, "ino:", 4) != 0)
			continue;
		*ret = strtoull(line + 4, NULL, 10);
		return *ret != 0;
	}
	return false;
}

/* The same, to list it. */
static int open_readable(int root, const char *path, struct error *err)
{
	cleanup_close int fd = files_open_below(root, path, err);
	int list = fd < 0 ? -1 : openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && list < 0)
		return error_errno(err, "cannot list %s in the container", path);
	return list;
}

static int mark_above(struct node *n, uint32_t container, int root, const char *folder,
		      uint64_t rules, struct error *err)
{
	char path[4096];
	if ((size_t)snprintf(path, sizeof path, "%s", folder) >= sizeof path)
		return error_set(err, ERR_LIMIT, "%s: the path is too long", folder);
	for (char *slash = strrchr(path, '/'); slash != NULL && slash != path;
	     slash = strrchr(path, '/')) {
		*slash = '\0';
		int fd = files_open_below(root, path, err);
		struct guard_protect add = { .above = rules };
		if (fd < 0 || marks_add(&n->marks, container, fd, &add, err) != 0)
			return -1;
	}
	return 0;
}

struct walk {
	struct node *n;
	uint32_t container;
	uint64_t rules;
	size_t seen, linked;
	struct error *err;
};

/* A file of several names can be reached where no rule looks: it is marked itself. */
static int walk_entry(struct walk *w, int dir, const char *name, int *ret_folder)
{
	struct stat st;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	if (S_ISDIR(st.st_mode)) {
		*ret_folder = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		return 0;
	}
	if (!S_ISREG(st.st_mode) || st.st_nlink < 2)
		return 0;
	if (++w->linked > LINKED_MAX)
		return error_set(w->err, ERR_LIMIT, "over %d files with several names", LINKED_MAX);
	int fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct guard_protect add = { .self = w->rules };
	return fd < 0 ? 0 : marks_add(&w->n->marks, w->container, fd, &add, w->err);
}

/* Folders wait in a list: the tree is the container's, its depth is nobody's. */
static int walk_folders(struct walk *w, int first)
{
	int waiting[256];
	size_t depth = 0;
	int r = 0;
	waiting[depth++] = first;
	while (depth > 0) {
		DIR *d = fdopendir(waiting[--depth]);
		node_beat(w->n);
		if (d == NULL)
			continue;
		for (struct dirent *e; r == 0 && (e = readdir(d)) != NULL;) {
			if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
				continue;
			int folder = -1;
			if (++w->seen > WALK_MAX)
				r = error_set(w->err, ERR_LIMIT, "over %d files below", WALK_MAX);
			else
				r = walk_entry(w, dirfd(d), e->d_name, &folder);
			if (folder >= 0 && depth < sizeof waiting / sizeof waiting[0])
				waiting[depth++] = folder;
			else if (folder >= 0)
				(void)close(folder);
		}
		(void)closedir(d);
	}
	return r;
}

static int folder_protect(struct node *n, uint32_t container, int root, const char *folder,
			  uint64_t rules, struct error *err)
{
	int fd = files_open_below(root, folder, err);
	struct guard_protect add = { .below = rules };
	if (fd < 0 || marks_add(&n->marks, container, fd, &add, err) != 0)
		return -1;
	if (mark_above(n, container, root, folder, rules, err) != 0)
		return -1;
	struct walk w = { .n = n, .container = container, .rules = rules, .err = err };
	int list = open_readable(root, folder, err);
	return list < 0 ? -1 : walk_folders(&w, list);
}

/* A program's inode as the kernel has it. Of a container that is its root's; the node
 * has many file systems. */
static bool program_id(int fd, const struct container *c, struct guard_file_id *ret)
{
	struct stat st;
	*ret = (struct guard_file_id){ .dev = c == NULL ? 0 : c->root_dev };
	if (c == NULL && fstat(fd, &st) == 0)
		ret->dev = major(st.st_dev) << 20 | minor(st.st_dev);
	return files_inode(fd, &ret->ino);
}

/* Programs that the rule lets through, by their inode in this container. */
static int trusted_set(struct node *n, const struct container *c, int root, const struct rule *r,
		       uint64_t bits, struct error *err)
{
	if (!rule_exceptions_hold(r))
		return 0;
	for (size_t i = 0; i < r->exceptions.processes.count; i++) {
		cleanup_close int fd =
			files_open_below(root, r->exceptions.processes.value[i], NULL);
		struct guard_file_id id;
		if (fd < 0 || !program_id(fd, c, &id))
			continue; /* not in this image: nothing to let through */
		if (marks_program(&n->marks, PROGRAM_TRUSTED, c == NULL ? 0 : c->number, &id, bits,
				  err) != 0)
			return -1;
	}
	return 0;
}

/* Which kernel file rule stands for rule `index` of the set; 0: none. */
static uint64_t bits_of(const struct node *n, size_t index)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < n->files.count; i++)
		if (n->files.rule[i].rule == index + 1)
			bits |= 1ull << (n->files.base + i);
	return bits;
}

/* c: NULL for the node itself. */
static int rule_protect(struct node *n, const struct container *c, int root, const struct rule *r,
			uint64_t bits, struct error *err)
{
	const char *place;
	for (size_t i = 0; (place = rule_file_place(r, i)) != NULL; i++) {
		struct error why = { 0 };
		if (folder_protect(n, c == NULL ? 0 : c->number, root, place, bits, &why) == 0)
			continue;
		if (why.code != ERR_NOT_FOUND) {
			*err = why;
			return error_wrap(err, "rule %s", r->name);
		}
	}
	return trusted_set(n, c, root, r, bits, err);
}

/* Any process of the container leads to its root: the first one may have ended. */
static int root_open(const struct container *c, struct error *err)
{
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/%d/root", (int)c->pid);
	int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 && errno == ENOENT) {
		(void)snprintf(path, sizeof path, "/proc/%d/root", (int)watch_process_of(c));
		root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	}
	return root < 0 ? error_errno(err, "cannot open the container's root") : root;
}

int files_protect(struct node *n, struct container *c, uint64_t wanted, struct error *err)
{
	struct guarded *g = node_guarded(n, c->number, false, NULL);
	if (g == NULL || !g->rooted || c->pid <= 0 || (n->backends & BACKEND_BPF_LSM) == 0)
		return 0;
	if (g->marked_set == n->rules_number && (wanted & ~g->marked) == 0)
		return 0;
	cleanup_close int root = root_open(c, err);
	if (root < 0 || host_interpreters(n, c, root, err) != 0)
		return -1;
	for (size_t i = 0; i < n->rules.count; i++) {
		uint64_t bits = n->rules.rule[i].kind == RULE_FILE ? bits_of(n, i) & wanted : 0;
		if (bits != 0 && rule_protect(n, c, root, &n->rules.rule[i], bits, err) != 0)
			return -1;
	}
	g->marked = g->marked_set == n->rules_number ? g->marked | wanted : wanted;
	g->marked_set = n->rules_number;
	return 0;
}

/* The agent's roles write where rules may look: its state, what it puts back. */
static int agent_trust(struct node *n, uint64_t bits, struct error *err)
{
	cleanup_close int fd = open("/proc/self/exe", O_PATH | O_CLOEXEC);
	struct guard_file_id id;
	if (fd < 0 || !program_id(fd, NULL, &id))
		return error_errno(err, "cannot look at the agent's own program");
	return marks_program(&n->marks, PROGRAM_TRUSTED, 0, &id, bits, err);
}

int files_protect_host(struct node *n, uint64_t wanted, struct error *err)
{
	if ((n->backends & BACKEND_BPF_LSM) == 0)
		return 0;
	cleanup_close int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return error_errno(err, "cannot open the node's root");
	for (size_t i = 0; i < n->rules.count; i++) {
		const struct rule *r = &n->rules.rule[i];
		uint64_t bits = r->kind == RULE_FILE && r->scope.host ? bits_of(n, i) & wanted : 0;
		if (bits != 0 && (agent_trust(n, bits, err) != 0 ||
				  rule_protect(n, NULL, root, r, bits, err) != 0))
			return -1;
	}
	return 0;
}
