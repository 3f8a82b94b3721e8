#include "scan/lint.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buildstep/buildstep.h"
#include "scan/meta.h"
#include "scan/scan_internal.h"

enum { SILENCE_MS = 60 * 1000 };

/* --- one file ----------------------------------------------------------------------------- */

static int keep_check(struct scan *s, struct msg_reader *m, struct error *err)
{
	struct image_plan *plan = &s->plan;
	struct check_fact fact;
	if (check_fact_take(&fact, &s->st, m, err) < 0)
		return -1;
	if (plan->check_count == LIMIT_CHECK_FINDINGS)
		return error_set(err, ERR_LIMIT, "more than %d findings", LIMIT_CHECK_FINDINGS);
	if (plan->checks == NULL)
		plan->checks =
			arena_array(&s->st.arena, LIMIT_CHECK_FINDINGS, sizeof *plan->checks);
	if (plan->checks == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the findings");
	plan->checks[plan->check_count++] = (struct plan_check){ fact, LAYER_NONE };
	return 0;
}

static int tell_problem(struct scan *s, struct msg_reader *m, const char *path, struct error *err)
{
	struct layer_problem p;
	if (unwire_problem(m, &p, err) < 0)
		return -1;
	scan_incomplete(s, path, p.code, "more than the limit: %.*s",
			(int)(p.text.n < ERROR_TEXT_MAX / 2 ? p.text.n : ERROR_TEXT_MAX / 2),
			(const char *)p.text.p);
	return 0;
}

static int hear(struct scan *s, struct channel *ch, const char *path, struct error *err)
{
	struct msg_reader m;
	struct error answer = { 0 };
	int got;
	while ((got = channel_get(ch, SILENCE_MS, &m, err)) > 0) {
		int r = -1;
		if (m.type == MSG_CHECK)
			r = keep_check(s, &m, err);
		else if (m.type == MSG_PROBLEM)
			r = tell_problem(s, &m, path, err);
		else if (m.type == MSG_ANSWER && unwire_answer(&m, &answer, err) == 0)
			return answer.code == ERR_NONE
				       ? 0
				       : error_set(err, answer.code, "%s", answer.text);
		else if (m.type != MSG_ANSWER)
			return error_set(err, ERR_PROTOCOL, "message %u for a Dockerfile", m.type);
		if (r < 0)
			return -1;
	}
	return got < 0 ? -1
		       : error_set(err, ERR_WORKER_DIED, "corten-worker ended while it read it");
}

static int send_job(struct channel *ch, const char *path, enum buildstep_ignore ignore,
		    struct error *err)
{
	cleanup_msg struct msg m = { 0 };
	msg_begin(&m, MSG_LINT);
	msg_put_bytes(&m, bytes_str(path));
	msg_put_u32(&m, ignore);
	if (channel_put(ch, &m, err) < 0)
		return -1;
	return channel_flush(ch, err);
}

static int read_file(struct scan *s, int fd, const char *path, enum buildstep_ignore ignore,
		     const struct worker_rules *rules, struct error *err)
{
	struct child child = { 0 };
	struct channel ch;
	int sock = -1;
	if (worker_start_rules("lint", fd, -1, rules, &child, &sock, err) < 0)
		return -1;
	channel_init(&ch, sock);
	int r = send_job(&ch, path, ignore, err);
	if (r == 0)
		r = hear(s, &ch, path, err);
	channel_free(&ch);
	(void)close(sock);
	child_kill(&child);
	return r;
}

/* --- which files ---------------------------------------------------------------------------- */

struct search {
	struct scan *s;
	const struct lint_options *o;
	size_t files;
};

static bool is_there(const char *dir, size_t dir_n, const char *name)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof path, "%.*s%s", (int)dir_n, dir, name);
	return n > 0 && (size_t)n < sizeof path && access(path, F_OK) == 0;
}

/* Beside the Dockerfile, by its own name, or where the search began. */
static enum buildstep_ignore ignore_of(const char *path, const char *root)
{
	const char *slash = strrchr(path, '/');
	size_t dir = slash == NULL ? 0 : (size_t)(slash - path) + 1;
	bool there = is_there(path, dir, ".dockerignore") ||
		     is_there(path, strlen(path), ".dockerignore") ||
		     (root != NULL && is_there(root, strlen(root), "/.dockerignore"));
	return there ? BUILDSTEP_IGNORE_THERE : BUILDSTEP_IGNORE_NONE;
}

static void lint_fd(struct search *w, int fd, const char *shown, enum buildstep_ignore ignore)
{
	struct error err = { 0 };
	w->files++;
	if (read_file(w->s, fd, shown, ignore, &w->o->rules, &err) < 0)
		scan_incomplete_error(w->s, shown, &err);
}

static const char *shown_as(const char *path)
{
	while (path[0] == '.' && path[1] == '/' && path[2] != '\0')
		path += 2;
	return path;
}

static int lint_file(struct search *w, const char *path, const char *root, struct error *err)
{
	struct stat st;
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, "%s", path);
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return error_set(err, ERR_UNSUPPORTED, "%s is no regular file", path);
	lint_fd(w, fd, shown_as(path), ignore_of(path, root));
	return 0;
}

/* What others bring along is not the user's. */
static bool is_left_out(const FTSENT *e)
{
	static const char *const names[] = { ".git", "node_modules", "vendor", ".hg", ".svn" };
	for (size_t i = 0; i < sizeof names / sizeof names[0] && e->fts_level > 0; i++)
		if (strcmp(e->fts_name, names[i]) == 0)
			return true;
	return false;
}

static void visit(struct search *w, FTS *tree, FTSENT *e, const char *root)
{
	struct error err = { 0 };
	if (e->fts_info == FTS_D && is_left_out(e))
		(void)fts_set(tree, e, FTS_SKIP);
	if (e->fts_info == FTS_DNR || e->fts_info == FTS_ERR || e->fts_info == FTS_NS) {
		errno = e->fts_errno;
		(void)error_errno(&err, "cannot be searched");
		scan_incomplete_error(w->s, e->fts_path, &err);
	}
	if (e->fts_info != FTS_F || !buildstep_wants(bytes_str(e->fts_name)))
		return;
	if (w->files == LINT_FILES_MAX)
		(void)error_set(&err, ERR_LIMIT,
				"more than %d Dockerfiles: the others were not read",
				LINT_FILES_MAX);
	else if (lint_file(w, e->fts_accpath, root, &err) == 0)
		return;
	scan_incomplete_error(w->s, e->fts_path, &err);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int lint_folder(struct search *w, const char *path, struct error *err)
{
	size_t before = w->files;
	char *roots[] = { (char *)(uintptr_t)path, NULL };
	FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	FTSENT *e;
	if (tree == NULL)
		return error_errno(err, "%s", path);
	while ((e = fts_read(tree)) != NULL)
		visit(w, tree, e, path);
	(void)fts_close(tree);
	if (w->files > before)
		return 0;
	return error_set(err, ERR_NOT_FOUND,
			 "%s: no Dockerfile, Dockerfile.*, *.dockerfile or Containerfile in it; a "
			 "file of another name is read when it is named",
			 path);
}

static int lint_target(struct search *w, const char *target, struct error *err)
{
	struct stat st;
	if (strcmp(target, "-") == 0) {
		lint_fd(w, STDIN_FILENO, "Dockerfile", BUILDSTEP_IGNORE_UNKNOWN);
		return 0;
	}
	if (stat(target, &st) < 0)
		return error_errno(err, "%s", target);
	return S_ISDIR(st.st_mode) ? lint_folder(w, target, err) : lint_file(w, target, NULL, err);
}

/* --- all --------------------------------------------------------------------------------------- */

static int lint_targets(struct search *w, struct error *err)
{
	for (size_t i = 0; i < w->o->target_count; i++)
		if (lint_target(w, w->o->targets[i], err) < 0)
			return -1;
	return 0;
}

int lint_run(const struct lint_options *o, struct scan_result *ret, struct error *err)
{
	const struct scan_options scan = { .families = FAMILY_BUILD,
					   .check_rules = o->check_rules };
	struct scan s = { .o = &scan, .r = ret, .started_ns = clock_monotonic_ns() };
	struct search w = { .s = &s, .o = o };
	*ret = (struct scan_result){ .families = FAMILY_BUILD, .source = "dockerfile" };
	(void)signal(SIGPIPE, SIG_IGN);
	fact_store_init(&s.st);
	ret->reference = intern_bytes(&s.st.strings, bytes_str(o->targets[0]));
	int r = lint_targets(&w, err);
	if (r == 0)
		scan_judge_instructions(&s);
	ret->total_ns = clock_monotonic_ns() - s.started_ns;
	intern_free(&s.st.strings);
	ret->arena = s.st.arena;
	return r;
}
