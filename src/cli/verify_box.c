#include "cli/verify_box.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MS = 20000, PATH_BYTES = 256 };

/* By number (capabilities(7)). */
static const char *const capabilities[] = {
	"CHOWN",
	"DAC_OVERRIDE",
	"DAC_READ_SEARCH",
	"FOWNER",
	"FSETID",
	"KILL",
	"SETGID",
	"SETUID",
	"SETPCAP",
	"LINUX_IMMUTABLE",
	"NET_BIND_SERVICE",
	"NET_BROADCAST",
	"NET_ADMIN",
	"NET_RAW",
	"IPC_LOCK",
	"IPC_OWNER",
	"SYS_MODULE",
	"SYS_RAWIO",
	"SYS_CHROOT",
	"SYS_PTRACE",
	"SYS_PACCT",
	"SYS_ADMIN",
	"SYS_BOOT",
	"SYS_NICE",
	"SYS_RESOURCE",
	"SYS_TIME",
	"SYS_TTY_CONFIG",
	"MKNOD",
	"LEASE",
	"AUDIT_WRITE",
	"AUDIT_CONTROL",
	"SETFCAP",
	"MAC_OVERRIDE",
	"MAC_ADMIN",
	"SYSLOG",
	"WAKE_ALARM",
	"BLOCK_SUSPEND",
	"AUDIT_READ",
	"PERFMON",
	"BPF",
	"CHECKPOINT_RESTORE",
};

/* --- the bundle ------------------------------------------------------------------ */

static const char *path_in(const struct verify_box *b, const char *name, char out[PATH_BYTES])
{
	(void)snprintf(out, PATH_BYTES, "%s/%s", b->dir, name);
	return out;
}

static int bytes_write(int fd, struct bytes b, struct error *err)
{
	return fd_write_full(fd, b.p, b.n) == 0 ? 0 : error_errno(err, "cannot write");
}

static int folder_make(const struct verify_box *b, const char *name, struct error *err)
{
	char path[PATH_BYTES];
	if (mkdir(path_in(b, name, path), 0755) != 0)
		return error_errno(err, "cannot make %s", path);
	return 0;
}

/* Beside this program, or where it is installed. */
static int program_open(struct error *err)
{
	static const char *const places[] = { "", "../libexec/corten/" };
	char self[4000], path[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n <= 0)
		return error_errno(err, "cannot tell where corten's programs are");
	self[n] = '\0';
	char *slash = strrchr(self, '/');
	int dir = slash == NULL ? 0 : (int)(slash - self) + 1;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		(void)snprintf(path, sizeof path, "%.*s%scorten-verify", dir, self, places[i]);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			return fd;
	}
	return error_set(err, ERR_NOT_FOUND, "corten-verify is not installed beside corten");
}

static int program_copy(const struct verify_box *b, const char *name, struct error *err)
{
	char path[PATH_BYTES];
	cleanup_close int in = program_open(err);
	cleanup_close int out = in < 0 ? -1
				       : open(path_in(b, name, path),
					      O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	cleanup_buf struct buf bytes = buf_max(16 << 20);
	if (in < 0 || (out < 0 && error_errno(err, "cannot make %s", path) != 0) ||
	    fd_read_all(in, &bytes, err) != 0)
		return -1;
	/* Whatever umask says. */
	if (fchmod(out, 0755) != 0)
		return error_errno(err, "%s", path);
	return bytes_write(out, buf_view(&bytes), err);
}

static int capabilities_put(struct buf *out, struct error *err)
{
	const char *comma = "";
	for (size_t i = 0; i < sizeof capabilities / sizeof capabilities[0]; i++) {
		if (prctl(PR_CAPBSET_READ, i) != 1)
			continue;
		if (buf_printf(out, err, "%s\"CAP_%s\"", comma, capabilities[i]) != 0)
			return -1;
		comma = ",";
	}
	return 0;
}

/* Whether it is privileged by what tells that (src/runtime/judge.c). */
static bool is_privileged(void)
{
	static const int telling[] = { CAP_SYS_ADMIN, CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_BOOT,
				       CAP_MAC_ADMIN };
	for (size_t i = 0; i < sizeof telling / sizeof telling[0]; i++)
		if (prctl(PR_CAPBSET_READ, telling[i]) != 1)
			return false;
	return true;
}

static int bind_put(struct buf *out, const char *from, const char *to, struct error *err)
{
	return buf_printf(out, err,
			  ",{\"destination\":\"%s\",\"type\":\"bind\",\"source\":\"%s\","
			  "\"options\":[\"bind\",\"rw\"]}",
			  to, from);
}

static const char *cgroup2_root(void)
{
	return access("/sys/fs/cgroup/unified/cgroup.procs", F_OK) == 0 ? "/sys/fs/cgroup/unified"
									: "/sys/fs/cgroup";
}

/* It sees the host's processes: some steps are about processes outside. */
static int config_put(const struct verify_box *b, struct buf *out, struct error *err)
{
	char cgroup1[PATH_BYTES];
	cleanup_buf struct buf caps = buf_max(4096);
	if (capabilities_put(&caps, err) != 0 ||
	    buf_printf(
		    out, err,
		    "{\"ociVersion\":\"1.0.2\",\"hostname\":\"verify\",\"root\":{\"path\":\"%s/"
		    "root\"},\"process\":{\"user\":{\"uid\":0,\"gid\":0},\"cwd\":\"/\",\"args\":["
		    "\"/bin/corten-verify\"],\"env\":[\"PATH=/bin\"],\"capabilities\":{"
		    "\"bounding\":[%.*s],\"effective\":[%.*s],\"permitted\":[%.*s]}},",
		    b->dir, (int)caps.n, (const char *)caps.p, (int)caps.n, (const char *)caps.p,
		    (int)caps.n, (const char *)caps.p) != 0 ||
	    buf_append_str(
		    out,
		    "\"mounts\":[{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":"
		    "\"proc\"},{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\""
		    "},{\"destination\":\"/dev/shm\",\"type\":\"tmpfs\",\"source\":\"shm\"},"
		    "{\"destination\":\"/sys\",\"type\":\"sysfs\",\"source\":\"sysfs\"}",
		    err) != 0 ||
	    bind_put(out, b->volume, "/vol", err) != 0 ||
	    bind_put(out, cgroup2_root(), "/cgroup2", err) != 0)
		return -1;
	if (b->files->host != NULL && bind_put(out, b->files->host, "/hostfile", err) != 0)
		return -1;
	if (b->files->socket != NULL && bind_put(out, b->files->socket, "/hostsocket", err) != 0)
		return -1;
	if (b->cgroup1 && bind_put(out, path_in(b, "cgroup1", cgroup1), "/cgroup1", err) != 0)
		return -1;
	return buf_printf(
		out, err,
		"],\"linux\":{\"cgroupsPath\":\"/%s\",\"resources\":{\"devices\":[{"
		"\"allow\":true,\"access\":\"rwm\"}]},\"devices\":[{\"path\":"
		"\"/dev/attack-block\",\"type\":\"b\",\"major\":7,\"minor\":0},{\"path\":"
		"\"/dev/attack-mem\",\"type\":\"c\",\"major\":1,\"minor\":1}],"
		"\"namespaces\":[{\"type\":\"network\"},{\"type\":\"ipc\"},{\"type\":\"uts\"},"
		"{\"type\":\"mount\"}]}}",
		b->name);
}

static int config_write(const struct verify_box *b, struct error *err)
{
	char name[PATH_BYTES], path[PATH_BYTES];
	cleanup_buf struct buf text = buf_max(1 << 16);
	(void)snprintf(name, sizeof name, "%s/config.json", b->name);
	if (folder_make(b, b->name, err) != 0)
		return -1;
	cleanup_close int fd =
		open(path_in(b, name, path), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, "cannot make %s", path);
	return config_put(b, &text, err) == 0 ? bytes_write(fd, buf_view(&text), err) : -1;
}

/* 64 hexadecimal digits: what an agent takes for a container's id also where its start
 * gate is not in use. */
static int name_make(struct verify_box *b, struct error *err)
{
	unsigned char random[32];
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return error_errno(err, "no random number for a container's name");
	for (size_t i = 0; i < sizeof random; i++)
		(void)snprintf(b->name + 2 * i, 3, "%02x", random[i]);
	return 0;
}

static int volume_make(struct verify_box *b, struct error *err)
{
	struct statfs fs;
	(void)snprintf(b->volume, sizeof b->volume, "/var/tmp/corten-verify-XXXXXX");
	if (mkdtemp(b->volume) == NULL)
		return error_errno(err, "cannot make a folder below /var/tmp");
	b->privileged = is_privileged();
	b->disk = statfs(b->volume, &fs) == 0 && fs.f_type != TMPFS_MAGIC;
	return 0;
}

/* With the programs that were dropped there. */
static void volume_remove(const struct verify_box *b)
{
	cleanup_closedir DIR *folder = opendir(b->volume);
	for (struct dirent *d; folder != NULL && (d = readdir(folder)) != NULL;)
		(void)unlinkat(dirfd(folder), d->d_name, 0);
	(void)rmdir(b->volume);
}

static int memory_mount(struct verify_box *b, struct error *err)
{
	(void)snprintf(b->dir, sizeof b->dir, "/run/corten-verify-XXXXXX");
	if (name_make(b, err) != 0)
		return -1;
	if (mkdtemp(b->dir) == NULL)
		return error_errno(err, "cannot make a folder below /run");
	if (mount("corten-verify", b->dir, "tmpfs", MS_NODEV, "size=64m,mode=755") != 0)
		return error_errno(err, "cannot mount a file system in memory at %s", b->dir);
	b->memory = true;
	return 0;
}

static int mounts_make(struct verify_box *b, struct error *err)
{
	char options[4 * PATH_BYTES], at[PATH_BYTES];
	(void)snprintf(options, sizeof options, "none,name=%s", b->name);
	b->cgroup1 = mount("corten-verify", path_in(b, "cgroup1", at), "cgroup", 0, options) == 0;
	(void)snprintf(options, sizeof options,
		       "lowerdir=%s/layer,upperdir=%s/upper,workdir=%s/work", b->dir, b->dir,
		       b->dir);
	if (mount("corten-verify", path_in(b, "root", at), "overlay", 0, options) != 0)
		return error_errno(err, "cannot mount an overlay at %s", at);
	b->overlay = true;
	return 0;
}

/* A file in the layer, with the folders above it. What is there already stays; what
 * cannot be made, the container's program does not find, and says so. */
static void file_make(const struct verify_box *b, const char *file)
{
	char at[PATH_BYTES], name[NAME_MAX + 1];
	cleanup_close int dir = open(path_in(b, "layer", at), O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct bytes rest = bytes_str(file), word;
	while (dir >= 0 && bytes_next_field(&rest, '/', &word)) {
		if (word.n == 0)
			continue;
		if (word.n > NAME_MAX)
			return;
		(void)snprintf(name, sizeof name, "%.*s", (int)word.n, (const char *)word.p);
		if (rest.n == 0) {
			int made = openat(dir, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
					  0644);
			if (made >= 0)
				(void)close(made);
			return;
		}
		(void)mkdirat(dir, name, 0755);
		int below = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		(void)close(dir);
		dir = below;
	}
}

static int bundle_make(struct verify_box *b, struct error *err)
{
	static const char *const folders[] = {
		"layer",     "upper",     "work",       "root",          "cgroup1",
		"runtime",   "layer/bin", "layer/proc", "layer/dev",     "layer/sys",
		"layer/opt", "layer/srv", "layer/vol",  "layer/cgroup1", "layer/cgroup2",
	};
	static const char *const programs[] = { "layer/bin/corten-verify", "layer/bin/mark",
						"layer/bin/mark2" };
	if (memory_mount(b, err) != 0 || volume_make(b, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
		if (folder_make(b, folders[i], err) != 0)
			return -1;
	for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
		if (program_copy(b, programs[i], err) != 0)
			return -1;
	for (size_t i = 0; i < b->files->count; i++)
		file_make(b, b->files->made[i]);
	return mounts_make(b, err) == 0 ? config_write(b, err) : -1;
}

/* --- the runtime ------------------------------------------------------------------ */

/* In the child: runc, or crun where there is no runc. verb: "run" or "delete". */
static _Noreturn void runtime_exec(const struct verify_box *b, bool run)
{
	static const char *const runtimes[] = { "runc", "crun" };
	char root[PATH_BYTES], bundle[PATH_BYTES];
	(void)path_in(b, "runtime", root);
	(void)path_in(b, b->name, bundle);
	/* As a shim does, by which an agent finds the bundle whose start it did not see. */
	if (run && chdir(bundle) != 0)
		_exit(126);
	for (size_t i = 0; i < sizeof runtimes / sizeof runtimes[0]; i++) {
		if (run)
			(void)execlp(runtimes[i], runtimes[i], "--root", root, "run", "--bundle",
				     bundle, b->name, (char *)NULL);
		else
			(void)execlp(runtimes[i], runtimes[i], "--root", root, "delete", "--force",
				     b->name, (char *)NULL);
	}
	_exit(127);
}

static int runtime_start(struct verify_box *b, struct error *err)
{
	int to[2], from[2];
	if (pipe2(to, O_CLOEXEC) != 0)
		return error_errno(err, "cannot make a pipe");
	if (pipe2(from, O_CLOEXEC) != 0) {
		(void)close(to[0]), (void)close(to[1]);
		return error_errno(err, "cannot make a pipe");
	}
	b->runtime = fork();
	if (b->runtime == 0) {
		if (dup2(to[0], 0) != 0 || dup2(from[1], 1) != 1)
			_exit(126);
		runtime_exec(b, true);
	}
	(void)close(to[0]), (void)close(from[1]);
	b->to = to[1];
	b->from = from[0];
	return b->runtime < 0 ? error_errno(err, "cannot start a runtime") : 0;
}

/* One line of the container's. */
static int answer_read(const struct verify_box *b, char ret[VERIFY_ANSWER], struct error *err)
{
	size_t n = 0;
	struct pollfd p = { .fd = b->from, .events = POLLIN };
	while (n < VERIFY_ANSWER - 1) {
		if (poll(&p, 1, ANSWER_MS) <= 0)
			return error_set(err, ERR_WORKER_TIMEOUT,
					 "the throw-away container does not answer");
		if (read(b->from, &ret[n], 1) != 1)
			return error_set(
				err, ERR_TRUNCATED,
				"the throw-away container ended; are runc or crun installed?");
		if (ret[n] == '\n')
			break;
		n++;
	}
	ret[n] = '\0';
	return 0;
}

int verify_box_start(struct verify_box *b, const struct verify_files *files, struct error *err)
{
	char line[VERIFY_ANSWER];
	*b = (struct verify_box){ .files = files, .to = -1, .from = -1 };
	if (bundle_make(b, err) != 0 || runtime_start(b, err) != 0)
		return -1;
	do {
		if (answer_read(b, line, err) != 0)
			return -1;
	} while (strncmp(line, "ready ", 6) != 0);
	return 0;
}

int verify_box_try(struct verify_box *b, const char *item, char ret[VERIFY_ANSWER],
		   struct error *err)
{
	char line[4200];
	int n = snprintf(line, sizeof line, "%s\n", item);
	if (n < 0 || (size_t)n >= sizeof line || strlen(item) != (size_t)n - 1)
		return error_set(err, ERR_LIMIT, "%s: the path is too long", item);
	if (bytes_write(b->to, bytes_of(line, (size_t)n), err) != 0)
		return -1;
	return answer_read(b, ret, err);
}

static void runtime_end(struct verify_box *b)
{
	/* The end of its input is the end of the program. */
	(void)close(b->to);
	(void)close(b->from);
	if (b->runtime <= 0)
		return;
	pid_t end = fork();
	if (end == 0) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);
		(void)dup2(null, 1), (void)dup2(null, 2);
		runtime_exec(b, false);
	}
	if (end > 0)
		(void)waitpid(end, NULL, 0);
	(void)kill(b->runtime, SIGKILL);
	(void)waitpid(b->runtime, NULL, 0);
}

void verify_box_end(struct verify_box *b)
{
	char at[PATH_BYTES];
	runtime_end(b);
	if (b->overlay)
		(void)umount2(path_in(b, "root", at), MNT_DETACH);
	if (b->cgroup1)
		(void)umount2(path_in(b, "cgroup1", at), MNT_DETACH);
	if (b->memory)
		(void)umount2(b->dir, MNT_DETACH);
	(void)rmdir(b->dir);
	if (b->volume[0] != '\0')
		volume_remove(b);
}
