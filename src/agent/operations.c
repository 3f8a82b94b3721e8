#include "agent/operations.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/json.h"

/* The log is cut off into operations.log.1 at LOG_MOST; an answer has the last
 * ANSWER_MOST bytes of both. */
enum { LOG_MOST = 8 << 20, ANSWER_MOST = 1 << 20 };

/* --- who ----------------------------------------------------------------------- */

static bool number_read(struct bytes b, uint32_t *ret)
{
	uint64_t v = 0;
	b = bytes_trim(b);
	if (b.n == 0 || b.n > 10)
		return false;
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] < '0' || b.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(b.p[i] - '0');
	}
	*ret = (uint32_t)v;
	return v < UINT32_MAX;
}

static bool proc_file(pid_t pid, const char *name, struct buf *out)
{
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && fd_read_all(fd, out, NULL) == 0;
}

void peer_look(const struct ucred *u, struct peer *ret)
{
	cleanup_buf struct buf login = buf_max(64), environment = buf_max(1 << 20);
	*ret = (struct peer){
		.uid = u->uid, .login_uid = UINT32_MAX, .sudo_uid = UINT32_MAX, .pid = u->pid
	};
	uint32_t uid;
	if (proc_file(u->pid, "loginuid", &login) && number_read(buf_view(&login), &uid))
		ret->login_uid = uid;
	if (!proc_file(u->pid, "environ", &environment))
		return;
	struct bytes rest = buf_view(&environment), word;
	while (bytes_next_field(&rest, '\0', &word))
		if (bytes_starts_with(word, BYTES_LIT("SUDO_UID=")) &&
		    number_read(bytes_sub(word, 9, word.n), &uid))
			ret->sudo_uid = uid;
}

/* --- the record ----------------------------------------------------------------- */

static int log_path(const struct node *n, const char *name, char out[static 4200],
		    struct error *err)
{
	int length = snprintf(out, 4200, "%s/%s", n->options->state_dir, name);
	return length > 0 && length < 4200 ? 0 : error_set(err, ERR_LIMIT, "the path is too long");
}

static void record_write(struct json_writer *w, const struct peer *who, const char *const *words,
			 size_t count, const struct operation_detail *what, const struct error *why)
{
	json_object_begin(w);
	json_member_u64(w, "time", now_ns());
	json_member_string(w, "operation", words[0]);
	json_key(w, "arguments");
	json_array_begin(w);
	for (size_t i = 1; i < count; i++)
		json_string(w, words[i]);
	json_array_end(w);
	json_member_string(w, "container", what->container);
	json_member_string(w, "detail", what->text);
	json_member_string(w, "result", why == NULL ? "done" : "refused");
	json_member_string(w, "reason", why == NULL ? "" : why->text);
	json_member_u64(w, "uid", who->uid);
	if (who->login_uid != UINT32_MAX)
		json_member_u64(w, "login_uid", who->login_uid);
	if (who->sudo_uid != UINT32_MAX)
		json_member_u64(w, "sudo_uid", who->sudo_uid);
	json_member_u64(w, "pid", (uint64_t)who->pid);
	json_object_end(w);
}

static int line_append(const struct node *n, const char *text, size_t length, struct error *err)
{
	char path[4200], old[4200];
	struct stat st;
	if (log_path(n, "operations.log", path, err) != 0 ||
	    log_path(n, "operations.log.1", old, err) != 0)
		return -1;
	if (lstat(path, &st) == 0 && st.st_size > LOG_MOST && rename(path, old) != 0)
		return error_errno(err, "cannot put %s aside", path);
	cleanup_close int fd =
		open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno(err, "cannot open %s", path);
	if (fd_write_full(fd, text, length) != 0 || fdatasync(fd) != 0)
		return error_errno(err, "cannot write %s", path);
	return 0;
}

int operations_record(struct node *n, const struct peer *who, const char *const *words,
		      size_t count, const struct operation_detail *what, const struct error *why,
		      struct error *err)
{
	char *text = NULL;
	size_t length = 0;
	struct json_writer w;
	FILE *f = open_memstream(&text, &length);
	if (f == NULL)
		return error_errno(err, "no memory for the record");
	json_write_init(&w, f, false);
	record_write(&w, who, words, count, what, why);
	(void)fputc('\n', f);
	int r = fclose(f) == 0 ? line_append(n, text, length, err)
			       : error_errno(err, "no memory for the record");
	free(text);
	return r;
}

static int lines_of(const char *path, struct control_server *s, int client, struct error *err)
{
	cleanup_buf struct buf text = buf_max(ANSWER_MOST);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? 0 : error_errno(err, "cannot open %s", path);
	off_t size = lseek(fd, 0, SEEK_END), from = size > ANSWER_MOST ? size - ANSWER_MOST : 0;
	if (size < 0 || lseek(fd, from, SEEK_SET) < 0 || fd_read_all(fd, &text, err) != 0)
		return error_errno(err, "cannot read %s", path);
	struct bytes rest = buf_view(&text), line;
	if (from > 0)
		(void)bytes_next_field(&rest, '\n', &line); /* the middle of one */
	while (bytes_next_field(&rest, '\n', &line))
		if (line.n > 0)
			control_line(s, client, line);
	return 0;
}

int operations_list(struct node *n, struct control_server *s, int client, struct error *err)
{
	char path[4200];
	if (log_path(n, "operations.log.1", path, err) != 0 || lines_of(path, s, client, err) != 0)
		return -1;
	return log_path(n, "operations.log", path, err) != 0 ? -1 : lines_of(path, s, client, err);
}

/* --- of a container -------------------------------------------------------------- */

int container_cgroup_open(const struct container *c, struct error *err)
{
	uint64_t id;
	int fd = watch_cgroup_open(c->cgroup_path, &id);
	if (fd >= 0 && id == c->cgroup)
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return error_set(err, ERR_NOT_FOUND, "container %s: its cgroup %s is gone", c->id,
			 c->cgroup_path);
}

/* --- kill ------------------------------------------------------------------------- */

static int pid_read(const char *text, pid_t *ret, struct error *err)
{
	uint32_t v;
	if (!number_read(bytes_str(text), &v) || v == 0 || v > INT_MAX)
		return error_set(err, ERR_USAGE, "\"%s\" is no process's number", text);
	*ret = (pid_t)v;
	return 0;
}

/* The agent's own roles share its executable and its parent. */
static bool is_own(pid_t pid)
{
	return pid == 1 || pid == getpid() || pid == getppid();
}

int operation_kill(struct node *n, const char *text, bool host, struct operation_detail *what,
		   struct error *err)
{
	pid_t pid;
	char link[64];
	if (pid_read(text, &pid, err) != 0)
		return -1;
	/* First the descriptor: what is read of the number afterwards is of this
	 * process, or of one that took its number, and then the kill finds nobody. */
	cleanup_close int pidfd = pidfd_open(pid, 0);
	if (pidfd < 0)
		return errno == ESRCH ? error_set(err, ERR_NOT_FOUND, "there is no process %d", pid)
				      : error_errno(err, "cannot open process %d", pid);
	const struct container *c = containers_of_pid(n->containers, pid);
	if (c == NULL && !host)
		return error_set(err, ERR_USAGE,
				 "process %d is of no container; --host kills one of the node",
				 pid);
	if (c == NULL && is_own(pid))
		return error_set(err, ERR_USAGE, "process %d keeps this node going", pid);
	if (c != NULL)
		(void)snprintf(what->container, sizeof what->container, "%s", c->id);
	(void)snprintf(link, sizeof link, "/proc/%d/exe", (int)pid);
	ssize_t length = readlink(link, what->text, sizeof what->text - 1);
	what->text[length < 0 ? 0 : length] = '\0';
	return enforcer_kill(n->enforcer, pidfd, err);
}
