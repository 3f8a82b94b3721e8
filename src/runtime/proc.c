#include "runtime/proc.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

bool proc_read(pid_t pid, const char *file, struct buf *out)
{
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd >= 0 && fd_read_all(fd, out, NULL) == 0;
}

/* "PID (NAME) STATE PPID … START": the name may hold anything, ')' too. */
bool proc_stat(pid_t pid, pid_t *ret_parent, uint64_t *ret_start)
{
	enum { PARENT = 1, START = 19 }; /* fields behind the name, from 0 */
	cleanup_buf struct buf text = buf_max(4096);
	uint64_t parent = 0, start = 0;
	struct bytes field;
	if (!proc_read(pid, "stat", &text))
		return false;
	size_t end = text.n;
	while (end > 0 && text.p[end - 1] != ')')
		end--;
	struct bytes rest = bytes_sub(buf_view(&text), end + 1, text.n);
	for (unsigned i = 0; bytes_next_field(&rest, ' ', &field) && i <= START; i++)
		if ((i == PARENT && !bytes_to_u64(field, &parent)) ||
		    (i == START && !bytes_to_u64(field, &start)))
			return false;
	*ret_parent = (pid_t)parent;
	*ret_start = start;
	return start > 0;
}

uint64_t proc_started(pid_t pid)
{
	const uint64_t second = UINT64_C(1000000000);
	struct timespec real, boot;
	pid_t parent;
	uint64_t ticks, rate = (uint64_t)sysconf(_SC_CLK_TCK);
	if (!proc_stat(pid, &parent, &ticks) || rate == 0 || ticks > UINT64_MAX / second ||
	    clock_gettime(CLOCK_REALTIME, &real) < 0 || clock_gettime(CLOCK_BOOTTIME, &boot) < 0)
		return 0;
	uint64_t now = (uint64_t)real.tv_sec * second + (uint64_t)real.tv_nsec;
	uint64_t up = (uint64_t)boot.tv_sec * second + (uint64_t)boot.tv_nsec;
	uint64_t began = ticks * (second / rate);
	return now > up ? now - up + began : 0;
}

bool proc_same_namespace(pid_t a, pid_t b, const char *ns, bool *ret_same)
{
	char one[64], other[64];
	struct stat x, y;
	(void)snprintf(one, sizeof one, "/proc/%d/ns/%s", (int)a, ns);
	(void)snprintf(other, sizeof other, "/proc/%d/ns/%s", (int)b, ns);
	if (stat(one, &x) < 0 || stat(other, &y) < 0)
		return false;
	*ret_same = x.st_ino == y.st_ino && x.st_dev == y.st_dev;
	return true;
}

/* Process 1 may have privileges that this one has not, and then is not to be looked
 * into: an agent that is not in a container has the node's namespaces itself. */
bool proc_node_namespace(const char *ns, uint64_t *ret)
{
	char path[64];
	struct stat st;
	(void)snprintf(path, sizeof path, "/proc/1/ns/%s", ns);
	if (stat(path, &st) < 0) {
		(void)snprintf(path, sizeof path, "/proc/self/ns/%s", ns);
		if (stat(path, &st) < 0)
			return false;
	}
	*ret = st.st_ino;
	return true;
}

bool proc_in_node_namespace(pid_t pid, const char *ns, bool *ret_in)
{
	char path[64];
	struct stat st;
	uint64_t node;
	(void)snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)pid, ns);
	if (stat(path, &st) < 0 || !proc_node_namespace(ns, &node))
		return false;
	*ret_in = st.st_ino == node;
	return true;
}

pid_t proc_next(DIR *proc)
{
	struct dirent *d;
	uint64_t pid;
	while ((d = readdir(proc)) != NULL)
		if (bytes_to_u64(bytes_str(d->d_name), &pid) && pid > 0 && pid <= INT32_MAX)
			return (pid_t)pid;
	return 0;
}

bool cgroup_text_path(struct bytes text, struct bytes *ret)
{
	struct bytes line, id, controllers, other = { 0 };
	while (bytes_next_field(&text, '\n', &line)) {
		if (!bytes_next_field(&line, ':', &id) ||
		    (line.n > 0 && line.p[0] != ':' && !bytes_next_field(&line, ':', &controllers)))
			continue;
		bool unified = line.n > 0 && line.p[0] == ':';
		if (unified)
			line = bytes_sub(line, 1, line.n);
		if (line.n < 2 || line.p[0] != '/')
			continue;
		if (unified) {
			*ret = line;
			return true;
		}
		if (other.n == 0)
			other = line;
	}
	*ret = other;
	return other.n > 0;
}
