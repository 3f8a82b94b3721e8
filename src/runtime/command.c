/* What a runtime is about to do. It is stopped inside execve(2), before the new
 * program is there: /proc/PID/cmdline is still the caller's. The words lie where the
 * call's own arguments point, which /proc/PID/syscall tells (proc(5)). */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>

#include "runtime/proc.h"
#include "runtime/table.h"

enum { WORDS_MAX = 256, WORDS_BYTES_MAX = 64 * 1024, CALL_ARGUMENTS = 6 };
enum { ASLEEP_NS = 1000 * 1000 * 1000 }; /* for that long it may wait for a processor */

/* --- the words of a call -------------------------------------------------------------------- */

/* Options that a value follows, of runc 1.0 to 1.3 and crun 1.0 to 1.20; those with
 * "=" carry theirs. Others stand alone. */
static const char *const with_value[] = {
	"log",
	"log-format",
	"log-level",
	"root",
	"criu",
	"rootless",
	"bundle",
	"b",
	"console-socket",
	"pid-file",
	"pidfd-socket",
	"preserve-fds",
	"cgroup-manager",
	"config",
	"f",
	"image-path",
	"work-path",
	"parent-path",
	"manage-cgroups-mode",
	"empty-ns",
	"lsm-profile",
	"lsm-mount-context",
};

static bool takes_value(struct bytes option)
{
	for (size_t i = 0; i < sizeof with_value / sizeof with_value[0]; i++)
		if (bytes_equal(option, bytes_str(with_value[i])))
			return true;
	return false;
}

static bool is_start(struct bytes word)
{
	return bytes_equal(word, BYTES_LIT("create")) || bytes_equal(word, BYTES_LIT("run")) ||
	       bytes_equal(word, BYTES_LIT("restore"));
}

static void copy_word(struct bytes word, char *out, size_t size)
{
	(void)snprintf(out, size, "%.*s", word.n < size ? (int)word.n : 0, (const char *)word.p);
}

static void take_option(struct bytes option, struct bytes value, struct container_call *call)
{
	if (bytes_equal(option, BYTES_LIT("bundle")) || bytes_equal(option, BYTES_LIT("b")))
		copy_word(value, call->bundle, sizeof call->bundle);
}

/* "--option", "-option", "--option=value"; takes the value off *rest where it has one. */
static void parse_option(struct bytes word, struct bytes *rest, struct container_call *call)
{
	struct bytes option = bytes_sub(word, word.n > 1 && word.p[1] == '-' ? 2 : 1, word.n);
	ptrdiff_t equals = bytes_index(option, '=');
	struct bytes value = { 0 };
	if (equals >= 0) {
		value = bytes_sub(option, (size_t)equals + 1, option.n);
		option = bytes_sub(option, 0, (size_t)equals);
	} else if (takes_value(option)) {
		(void)bytes_next_field(rest, '\0', &value);
	}
	take_option(option, value, call);
}

void container_call_parse(struct bytes words, struct container_call *ret)
{
	struct container_call call = { .bundle = "." };
	struct bytes word;
	bool verb = false;
	(void)bytes_next_field(&words, '\0', &word); /* the program's name */
	while (bytes_next_field(&words, '\0', &word)) {
		if (word.n > 1 && word.p[0] == '-') {
			parse_option(word, &words, &call);
		} else if (!verb) {
			verb = true;
			call.starts = is_start(word);
		} else if (call.id[0] == '\0') {
			copy_word(word, call.id, sizeof call.id);
		}
	}
	if (call.bundle[0] == '\0')
		call.starts = false;
	*ret = call;
}

/* --- from the memory of who calls ------------------------------------------------------------ */

/* The argument vector's address, from "NUMBER 0xARG …"; false when the task is in no
 * execve. */
static bool parse_syscall(struct bytes text, uint64_t *ret_argv)
{
	struct bytes field;
	uint64_t number, argument[CALL_ARGUMENTS] = { 0 };
	if (!bytes_next_field(&text, ' ', &field) || !bytes_to_u64(field, &number))
		return false;
	for (size_t i = 0; i < CALL_ARGUMENTS && bytes_next_field(&text, ' ', &field); i++) {
		char hex[32], *end;
		copy_word(field, hex, sizeof hex);
		argument[i] = strtoull(hex, &end, 16);
		if (end == hex)
			return false;
	}
	if (number == SYS_execve)
		*ret_argv = argument[1];
	else if (number == SYS_execveat)
		*ret_argv = argument[2];
	else
		return false;
	return true;
}

enum held { HELD_NOT, HELD_SOON, HELD_HERE };

static enum held task_held(pid_t task, uint64_t *ret_argv)
{
	cleanup_buf struct buf text = buf_max(4096);
	if (!proc_read(task, "syscall", &text))
		return HELD_NOT;
	if (parse_syscall(buf_view(&text), ret_argv))
		return HELD_HERE;
	return bytes_starts_with(buf_view(&text), BYTES_LIT("running")) ? HELD_SOON : HELD_NOT;
}

static enum held process_held(pid_t pid, uint64_t *ret_argv)
{
	char path[64];
	pid_t task;
	enum held found = task_held(pid, ret_argv);
	(void)snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	cleanup_closedir DIR *tasks = found == HELD_HERE ? NULL : opendir(path);
	while (tasks != NULL && found != HELD_HERE && (task = proc_next(tasks)) != 0) {
		enum held one = task_held(task, ret_argv);
		found = one > found ? one : found;
	}
	return found;
}

/* The question may be here before who asked has gone to sleep: "running". On a busy node
 * that takes as long as it waits for a processor. One that was let go meanwhile, and has
 * become what it was to be, has other words than before (where those could be read). */
static bool find_argv(pid_t pid, const struct buf *before, uint64_t *ret_argv)
{
	const struct timespec rest = { .tv_nsec = 200 * 1000 };
	uint64_t until = clock_monotonic_ns() + ASLEEP_NS;
	cleanup_buf struct buf now = buf_max(WORDS_BYTES_MAX);
	enum held found;
	while ((found = process_held(pid, ret_argv)) == HELD_SOON && clock_monotonic_ns() < until) {
		now.n = 0;
		if (before->n > 0 && (!proc_read(pid, "cmdline", &now) ||
				      !bytes_equal(buf_view(&now), buf_view(before))))
			return false;
		(void)nanosleep(&rest, NULL);
	}
	return found == HELD_HERE;
}

/* One C string; a piece at a time, since the page behind it may not be there. */
static bool read_word(int mem, uint64_t at, struct buf *out)
{
	char piece[256];
	for (;;) {
		size_t room = sizeof piece - at % sizeof piece; /* never over a page's end */
		ssize_t n = pread(mem, piece, room, (off_t)at);
		if (n <= 0)
			return false;
		const char *end = memchr(piece, '\0', (size_t)n);
		size_t length = end == NULL ? (size_t)n : (size_t)(end - piece) + 1;
		if (buf_append(out, piece, length, NULL) < 0)
			return false;
		if (end != NULL)
			return true;
		at += length;
	}
}

static bool read_words(pid_t pid, uint64_t argv, struct buf *out)
{
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	cleanup_close int mem = open(path, O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; mem >= 0 && i < WORDS_MAX; i++) {
		uintptr_t word;
		if (pread(mem, &word, sizeof word, (off_t)(argv + i * sizeof word)) !=
		    (ssize_t)sizeof word)
			return false;
		if (word == 0)
			return true;
		if (!read_word(mem, word, out))
			return false;
	}
	return false;
}

/* The words of what it is about to run. One that was let go because this came too late has
 * them as its own by now. */
static bool read_call(pid_t pid, struct buf *words)
{
	uint64_t argv;
	cleanup_buf struct buf before = buf_max(WORDS_BYTES_MAX);
	if (!proc_read(pid, "cmdline", &before))
		before.n = 0;
	if (find_argv(pid, &before, &argv) && read_words(pid, argv, words))
		return true;
	words->n = 0;
	return proc_read(pid, "cmdline", words);
}

/* --- its bundle, where it sees it -------------------------------------------------------------- */

static int open_in(pid_t pid, const char *what, const char *path)
{
	char base[64];
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve = path[0] == '/' ? RESOLVE_IN_ROOT : 0 };
	(void)snprintf(base, sizeof base, "/proc/%d/%s", (int)pid, what);
	cleanup_close int dir = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : (int)syscall(SYS_openat2, dir, path, &how, sizeof how);
}

/* The name that a descriptor has, without what is not of this mount namespace. */
static void name_of(int fd, char *out, size_t size)
{
	char link[64];
	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, out, size - 1);
	out[n > 0 ? n : 0] = '\0';
}

int container_read_start(struct asker *a, pid_t pid, int timeout_ms, struct container **ret,
			 struct error *err)
{
	struct entry *e;
	cleanup_buf struct buf words = buf_max(WORDS_BYTES_MAX);
	struct container_call call;
	char path[LIMIT_PATH_BYTES];
	/* 0: a process of another PID namespace, of which nothing can be read. */
	if (pid <= 0 || !read_call(pid, &words))
		return error_set(err, ERR_NOT_FOUND, "process %d: what it starts cannot be read",
				 (int)pid);
	container_call_parse(buf_view(&words), &call);
	if (!call.starts) {
		*ret = NULL;
		return 0;
	}
	cleanup_close int bundle =
		open_in(pid, call.bundle[0] == '/' ? "root" : "cwd", call.bundle);
	if (bundle < 0)
		return error_errno(err, "bundle %s of process %d", call.bundle, (int)pid);
	name_of(bundle, path, sizeof path);
	if (entry_start(a, &call, bundle, path, timeout_ms, &e, err) < 0)
		return -1;
	*ret = &e->c;
	return 0;
}

void asker_ready(struct asker *a)
{
	config_pool_fill(&a->pool);
}

int containers_runtime_starts(struct containers *t, pid_t pid, int timeout_ms,
			      struct container **ret, struct error *err)
{
	if (container_read_start(&t->asker, pid, timeout_ms, ret, err) < 0 ||
	    (*ret != NULL && containers_take(t, *ret, err) < 0))
		return -1;
	asker_ready(&t->asker);
	return 0;
}
