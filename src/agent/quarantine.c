/* Files of containers in quarantine: what is there, of whom, and the way back. The
 * bytes are the enforcing role's (enforce/quarantine.c); here are the records,
 * STATE/quarantined/ID.json, written before a file is touched. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/operations.h"
#include "format/json.h"

enum { ID_DIGITS = 32, RECORD_MOST = 64 << 10 };

/* --- a folder in a container ---------------------------------------------------- */

/* A path of the container's, by its own links and never out of its root. */
static int open_inside(int root, const char *path, struct error *err)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };
	long fd = syscall(SYS_openat2, root, path[0] == '\0' ? "/" : path, &how, sizeof how);
	if (fd < 0)
		return error_errno(err, "cannot open the folder %s of the container", path);
	return (int)fd;
}

/* The root of the process, when it is one of the container's. */
static int root_of(struct node *n, const struct container *c, pid_t pid)
{
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/%d/root", (int)pid);
	cleanup_close int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && containers_of_pid(n->containers, pid) == c ? fd_take(&fd) : -1;
}

/* Any process that lives: the first one may have ended before the others. */
int container_root_open(struct node *n, const struct container *c, struct error *err)
{
	int root = c->pid > 0 ? root_of(n, c, c->pid) : -1;
	cleanup_close int cgroup = root < 0 ? container_cgroup_open(c, err) : -1;
	if (root >= 0 || cgroup < 0)
		return root;
	cleanup_close int fd = openat(cgroup, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	cleanup_buf struct buf text = buf_max(1 << 20);
	if (fd < 0 || fd_read_all(fd, &text, err) != 0)
		return error_errno(err, "container %s: cannot list its processes", c->id);
	struct bytes rest = buf_view(&text), line;
	while (root < 0 && bytes_next_field(&rest, '\n', &line)) {
		char number[16];
		(void)snprintf(number, sizeof number, "%.*s", (int)line.n, (const char *)line.p);
		root = root_of(n, c, (pid_t)strtol(number, NULL, 10));
	}
	return root >= 0 ? root
			 : error_set(err, ERR_NOT_FOUND,
				     "container %s: no process of it runs, so its files cannot be "
				     "reached",
				     c->id);
}

/* Folder and name of an absolute path. */
static int path_split(const char *path, char folder[static 4096], const char **ret_name,
		      struct error *err)
{
	const char *slash = strrchr(path, '/');
	if (path[0] != '/' || slash[1] == '\0' || strlen(path) >= 4096)
		return error_set(err, ERR_USAGE, "\"%s\" is no absolute path of a file", path);
	(void)snprintf(folder, 4096, "%.*s", (int)(slash - path), path);
	*ret_name = slash + 1;
	return 0;
}

/* --- records -------------------------------------------------------------------- */

static int records_open(const struct node *n, struct error *err)
{
	char path[4200];
	(void)snprintf(path, sizeof path, "%s/quarantined", n->options->state_dir);
	if (fd_make_dirs(path, 0700, err) != 0)
		return -1;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? error_errno(err, "cannot open %s", path) : fd;
}

static int id_make(char id[static ID_DIGITS + 1], struct error *err)
{
	unsigned char bytes[ID_DIGITS / 2];
	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
		return error_errno(err, "no random number");
	for (size_t i = 0; i < sizeof bytes; i++)
		(void)snprintf(id + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

static bool is_id(const char *text, size_t n)
{
	return n == ID_DIGITS && strspn(text, "0123456789abcdef") >= ID_DIGITS;
}

static void record_write(struct json_writer *w, const char *id, const struct container *c,
			 const char *path, const struct peer *who)
{
	json_object_begin(w);
	json_member_string(w, "id", id);
	json_member_u64(w, "time", now_ns());
	json_member_string(w, "container", c->id);
	json_member_string(w, "container_name", c->name);
	json_member_string(w, "image", c->image);
	json_member_string(w, "path", path);
	json_member_u64(w, "uid", who->sudo_uid != UINT32_MAX ? who->sudo_uid : who->uid);
	json_object_end(w);
}

static int record_put(int records, const char *id, const struct container *c, const char *path,
		      const struct peer *who, struct error *err)
{
	char name[ID_DIGITS + 8], *text = NULL;
	size_t length = 0;
	struct json_writer w;
	FILE *f = open_memstream(&text, &length);
	if (f == NULL)
		return error_errno(err, "no memory for the record");
	json_write_init(&w, f, false);
	record_write(&w, id, c, path, who);
	(void)snprintf(name, sizeof name, "%s.json", id);
	int r = fclose(f) == 0 ? fd_write_file(records, name, bytes_of(text, length), 0600, err)
			       : error_errno(err, "no memory for the record");
	free(text);
	return r;
}

static int record_get(int records, const char *id, struct buf *out, struct error *err)
{
	char name[ID_DIGITS + 8];
	if (!is_id(id, strlen(id)))
		return error_set(err, ERR_USAGE, "\"%s\" is no id of \"corten quarantine list\"",
				 id);
	(void)snprintf(name, sizeof name, "%s.json", id);
	if (faccessat(records, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return error_set(err, ERR_NOT_FOUND, "nothing in quarantine has the id %s", id);
	cleanup_close int fd = fd_open_read(records, name, err);
	return fd < 0 ? -1 : fd_read_all(fd, out, err);
}

static void record_remove(int records, const char *id)
{
	char name[ID_DIGITS + 8];
	(void)snprintf(name, sizeof name, "%s.json", id);
	(void)unlinkat(records, name, 0);
}

/* --- operations ----------------------------------------------------------------- */

int operation_quarantine(struct node *n, const char *container, const char *path,
			 const struct peer *who, struct operation_detail *what, struct error *err)
{
	char id[ID_DIGITS + 1], folder[4096];
	const char *name;
	struct container *c = containers_find(n->containers, container, err);
	if (c == NULL || path_split(path, folder, &name, err) != 0 || id_make(id, err) != 0)
		return -1;
	(void)snprintf(what->container, sizeof what->container, "%s", c->id);
	cleanup_close int root = container_root_open(n, c, err);
	cleanup_close int inside = root < 0 ? -1 : open_inside(root, folder, err);
	cleanup_close int records = inside < 0 ? -1 : records_open(n, err);
	if (records < 0 || record_put(records, id, c, path, who, err) != 0)
		return -1;
	if (enforcer_quarantine(n->enforcer, inside, name, id, err) != 0) {
		record_remove(records, id);
		return error_wrap(err, "%s of container %s", path, c->id);
	}
	(void)snprintf(what->text, sizeof what->text, "%s", id);
	return 0;
}

/* Where a file goes back to: its folder in its container, or one of the node's. */
static int restore_open(struct node *n, const char *container, const char *inside,
			const char *folder, struct error *err)
{
	if (folder[0] == '/') {
		int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
		return fd < 0 ? error_errno(err, "cannot open %s", folder) : fd;
	}
	if (folder[0] != '\0')
		return error_set(err, ERR_USAGE, "\"%s\" is no absolute path of a folder", folder);
	struct container *c = containers_find(n->containers, container, err);
	if (c == NULL)
		return error_wrap(err, "the file's container is gone; --to FOLDER puts the file "
				       "into a folder of the node");
	cleanup_close int root = container_root_open(n, c, err);
	return root < 0 ? -1 : open_inside(root, inside, err);
}

/* What restoring needs of a record. */
struct record {
	char container[160], folder[4096], name[256];
};

static int record_path(struct bytes path, struct record *ret, struct error *err)
{
	char text[4096];
	const char *name;
	(void)snprintf(text, sizeof text, "%.*s", (int)path.n, (const char *)path.p);
	if (path_split(text, ret->folder, &name, err) != 0)
		return -1;
	if (strlen(name) >= sizeof ret->name)
		return error_set(err, ERR_MALFORMED, "the file's name is too long");
	(void)snprintf(ret->name, sizeof ret->name, "%s", name);
	return 0;
}

static int record_read(struct bytes text, struct record *ret, struct error *err)
{
	struct bytes key, value;
	struct json_reader *r = json_open_bytes(text);
	int result = r == NULL ? error_set(err, ERR_MEMORY, "no memory") : 0;
	*ret = (struct record){ 0 };
	for (bool in = result == 0 && json_enter_object(r); in && json_next_key(r, &key);) {
		bool path = bytes_equal(key, BYTES_LIT("path"));
		bool container = bytes_equal(key, BYTES_LIT("container"));
		if (!json_get_string(r, &value) || result != 0)
			continue;
		if (path)
			result = record_path(value, ret, err);
		else if (container)
			(void)snprintf(ret->container, sizeof ret->container, "%.*s", (int)value.n,
				       (const char *)value.p);
	}
	if (result == 0)
		result = json_finish(r, err);
	json_close(r);
	if (result == 0 && ret->name[0] == '\0')
		result = error_set(err, ERR_MALFORMED, "the quarantine's record has no path");
	return result;
}

int operation_restore(struct node *n, const char *id, const char *folder,
		      struct operation_detail *what, struct error *err)
{
	struct record r;
	cleanup_buf struct buf text = buf_max(RECORD_MOST);
	cleanup_close int records = records_open(n, err);
	if (records < 0 || record_get(records, id, &text, err) != 0 ||
	    record_read(buf_view(&text), &r, err) != 0)
		return -1;
	(void)snprintf(what->container, sizeof what->container, "%s", r.container);
	(void)snprintf(what->text, sizeof what->text, "%.700s/%s",
		       folder[0] == '\0' ? r.folder : folder, r.name);
	cleanup_close int to = restore_open(n, r.container, r.folder, folder, err);
	if (to < 0)
		return -1;
	if (enforcer_restore(n->enforcer, to, r.name, id, err) != 0)
		return error_wrap(err, "%s", what->text);
	record_remove(records, id);
	return 0;
}

int quarantine_list(struct node *n, struct control_server *s, int client, struct error *err)
{
	cleanup_close int records = records_open(n, err);
	cleanup_close int walked = records < 0 ? -1 : dup(records);
	DIR *dir = walked < 0 ? NULL : fdopendir(walked);
	if (dir == NULL)
		return records < 0 ? -1 : error_errno(err, "cannot read the quarantine's records");
	walked = -1; /* dir's */
	for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
		char id[ID_DIGITS + 1];
		cleanup_buf struct buf text = buf_max(RECORD_MOST);
		if (!is_id(e->d_name, strcspn(e->d_name, ".")) ||
		    strcmp(e->d_name + ID_DIGITS, ".json") != 0)
			continue;
		(void)snprintf(id, sizeof id, "%.*s", ID_DIGITS, e->d_name);
		if (record_get(records, id, &text, NULL) == 0)
			control_line(s, client, buf_view(&text));
	}
	(void)closedir(dir);
	return 0;
}
