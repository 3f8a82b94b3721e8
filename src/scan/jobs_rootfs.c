#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "git/git.h"
#include "pkgdb/filelist.h"
#include "scan/jobs_internal.h"

enum { PROBLEMS_MAX = 100 };

/* The walk runs on a thread of its own: it writes while the main thread reads
 * what the worker says. */
struct rootfs_walk {
	const char *root; /* NULL: the image's files at these paths */
	const struct overlay *overlay;
	const char *const *paths;
	size_t path_count;
	int out_fd;
	struct interest interest;
	const struct layer_work *work;
	struct error error;
	struct {
		char *path;
		struct error why;
	} problems[PROBLEMS_MAX];
	size_t problem_count;
};

/* What a version control system keeps is its own form of what lies beside it; of git's
 * the objects are looked through for secrets. */
static bool is_history(const struct layer_work *work, struct bytes path)
{
	struct bytes name = path_base(path);
	if (bytes_equal(name, BYTES_LIT(".git")))
		return (work->families & (FAMILY_SECRET | FAMILY_MALWARE)) == 0;
	return bytes_equal(name, BYTES_LIT(".hg")) || bytes_equal(name, BYTES_LIT(".svn"));
}

/* A file that git keeps for itself. */
static bool is_git_file(struct bytes path, bool *ret_wanted)
{
	struct bytes folder;
	enum git_file_kind kind = git_classify(path, &folder);
	*ret_wanted = kind != GIT_FILE_OTHER;
	return kind != GIT_FILE_NONE;
}

static bool touches(void *ctx, struct bytes path)
{
	const struct rootfs_walk *w = ctx;
	if (w->work->locks && is_history(w->work, path))
		return false;
	return w->work->families != 0 || interest_touches(&w->interest, path);
}

static bool wants_app(const struct layer_work *work, struct bytes path, const struct stat *st)
{
	enum app_kind kind = apps_classify(path, st->st_mode & 07777, (uint64_t)st->st_size);
	if (kind != APP_NONE && (work->locks || !app_kind_is_lock(kind)))
		return true;
	return filelist_classify(path) != FILELIST_NONE;
}

static bool wants(void *ctx, struct bytes path, const struct stat *st)
{
	const struct rootfs_walk *w = ctx;
	bool wanted;
	if (w->work->locks && is_git_file(path, &wanted))
		return wanted;
	if (interest_wants(&w->interest, path) || (w->work->families & FAMILIES_RULES) != 0)
		return true;
	return (w->work->families & FAMILY_VULNERABILITY) != 0 && wants_app(w->work, path, st);
}

static void on_problem(void *ctx, const char *path, const struct error *why)
{
	struct rootfs_walk *w = ctx;
	if (w->problem_count == PROBLEMS_MAX)
		return;
	w->problems[w->problem_count].path = strdup(path);
	w->problems[w->problem_count++].why = *why;
}

static void *walk(void *arg)
{
	struct rootfs_walk *w = arg;
	struct rootfs_filter filter = { touches, wants, on_problem, w,
					w->root != NULL && source_is_container_root(w->root) };
	if (w->root != NULL)
		(void)rootfs_write_tar(w->root, &filter, w->out_fd, &w->error);
	else
		(void)rootfs_write_image_files(w->overlay, w->paths, w->path_count, &filter,
					       w->out_fd, &w->error);
	(void)close(w->out_fd);
	return NULL;
}

static int fill_interest(struct rootfs_walk *w, const struct jobs_options *o, struct error *err)
{
	interest_init(&w->interest);
	for (const char *const *p = pkgdb_paths; *p != NULL; p++)
		if (interest_add(&w->interest, bytes_str(*p), err) < 0)
			return -1;
	for (size_t i = 0; i < o->work.extra_count; i++)
		if (interest_add(&w->interest, o->work.extras[i].path, err) < 0)
			return -1;
	return 0;
}

static void add_problems(struct layer_task *t, struct rootfs_walk *w, struct fact_store *st)
{
	cleanup_msg struct msg m = { 0 };
	for (size_t i = 0; i < w->problem_count; i++) {
		struct layer_problem p = { .code = w->problems[i].why.code,
					   .what = bytes_str(w->problems[i].path),
					   .text = bytes_str(w->problems[i].why.text) };
		wire_problem(&m, &p);
		struct msg_reader r = { .c = cursor_of(buf_view(&m.payload)), .type = MSG_PROBLEM };
		struct error lost = { 0 };
		t->facts.done = false;
		if (layer_facts_take(&t->facts, st, &r, &lost) < 0 && t->error.code == ERR_NONE)
			t->error = lost;
		t->facts.done = true;
		free(w->problems[i].path);
	}
}

static void converse(struct running *w, struct fact_store *st, const struct jobs_options *o)
{
	struct error err = { 0 };
	int more = 1;
	while (more > 0) {
		struct pollfd p = { .fd = w->worker.sock, .events = POLLIN };
		int ms;
		if (worker_patience(o->timeout_ms, o->deadline_ns, &ms, &err) < 0)
			more = -1;
		else if (poll(&p, 1, ms) == 0)
			more = error_set(&err, ERR_WORKER_TIMEOUT,
					 "corten-worker gave no sign of life");
		else
			more = running_pump(w, st, &err);
	}
	running_end(w, NULL, NULL, o, more < 0 ? &err : NULL);
}

/* The worker, and the thread that writes what it reads. */
static int start(struct running *w, struct rootfs_walk *walker, const struct jobs_options *o,
		 pthread_t *ret, struct error *err)
{
	if (running_start(w, o, err) < 0)
		return -1;
	errno = pthread_create(ret, NULL, walk, walker); /* it does not set errno itself */
	return errno == 0 ? 0 : error_errno(err, "cannot start a thread to walk the files");
}

static int run(struct layer_task *task, struct rootfs_walk *walker, struct fact_store *st,
	       const struct jobs_options *o, struct error *err)
{
	struct running w = RUNNING_IDLE;
	pthread_t thread;
	int ends[2];
	w.task = task;
	walker->work = &o->work;
	if (fill_interest(walker, o, err) < 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(err, "pipe");
	w.in.fd = ends[0];
	walker->out_fd = ends[1];
	if (start(&w, walker, o, &thread, err) < 0) {
		(void)close(ends[1]);
		running_stop(&w);
		return -1;
	}
	/* Only the worker reads the pipe now: its death ends the walk. */
	(void)close(fd_take(&w.in.fd));
	converse(&w, st, o);
	(void)pthread_join(thread, NULL);
	add_problems(task, walker, st);
	if (walker->error.code != ERR_NONE && task->error.code == ERR_NONE)
		task->error = walker->error;
	return 0;
}

static int run_walk(struct layer_task *task, const struct rootfs_walk *what, struct fact_store *st,
		    const struct jobs_options *o, struct error *err)
{
	struct rootfs_walk *walker = malloc(sizeof *walker);
	if (walker == NULL)
		return error_set(err, ERR_MEMORY, "no memory to walk a root file system");
	*walker = *what;
	int r = run(task, walker, st, o, err);
	interest_free(&walker->interest);
	free(walker);
	return r;
}

int jobs_run_rootfs(struct layer_task *task, const char *root, struct fact_store *st,
		    const struct jobs_options *o, struct error *err)
{
	struct rootfs_walk what = { .root = root };
	return run_walk(task, &what, st, o, err);
}

int jobs_run_image_files(struct layer_task *task, const struct overlay *overlay,
			 const char *const *paths, size_t n, struct fact_store *st,
			 const struct jobs_options *o, struct error *err)
{
	struct rootfs_walk what = { .overlay = overlay, .paths = paths, .path_count = n };
	return run_walk(task, &what, st, o, err);
}
