/* The worker's job "lint": one Dockerfile on descriptor 3. */
#include "buildstep/buildstep.h"
#include "scan/worker.h"
#include "scan/worker_internal.h"

struct lint {
	struct channel ch;
	struct msg msg;
};

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	struct lint *l = ctx;
	wire_check(&l->msg, m);
	return channel_put(&l->ch, &l->msg, err);
}

static int on_limit(void *ctx, struct bytes path, const char *what, struct error *err)
{
	struct lint *l = ctx;
	struct layer_problem p = { .code = ERR_LIMIT, .what = path, .text = bytes_str(what) };
	wire_problem(&l->msg, &p);
	return channel_put(&l->ch, &l->msg, err);
}

static int look(struct lint *l, struct buildstep_engine *e, struct buildstep_file *f,
		struct error *err)
{
	struct check_sink sink = { on_match, on_limit, l };
	cleanup_buf struct buf text = buf_max(LIMIT_DOCKERFILE);
	if (fd_read_all(WORKER_INPUT_FD, &text, err) < 0)
		return -1;
	f->text = buf_view(&text);
	return buildstep_dockerfile(e, f, &sink, err);
}

static int take_job(struct lint *l, struct buildstep_file *ret, struct error *err)
{
	struct msg_reader r;
	int got = channel_get(&l->ch, -1, &r, err);
	if (got < 0)
		return -1;
	if (got == 0 || r.type != MSG_LINT)
		return error_set(err, ERR_PROTOCOL, "no job");
	ret->path = msg_get_bytes(&r);
	uint32_t ignore = msg_get_u32(&r);
	ret->ignore = ignore <= BUILDSTEP_IGNORE_THERE ? (enum buildstep_ignore)ignore
						       : BUILDSTEP_IGNORE_UNKNOWN;
	return msg_finish(&r, err);
}

int worker_lint(void)
{
	struct lint l = { 0 };
	struct error how = { 0 }, err = { 0 };
	struct buildstep_file f = { 0 };
	struct worker_engines engines = { 0 };
	channel_init(&l.ch, WORKER_CHANNEL_FD);
	int r = take_job(&l, &f, &how);
	if (r == 0)
		r = worker_engines_open(&engines, false, &how);
	if (r == 0 && engines.build != NULL)
		(void)look(&l, engines.build, &f, &how);
	wire_answer(&l.msg, &how);
	r = channel_put(&l.ch, &l.msg, &err);
	if (r == 0)
		r = channel_flush(&l.ch, &err);
	worker_engines_close(&engines);
	channel_free(&l.ch);
	msg_free(&l.msg);
	return r == 0 ? 0 : 1;
}
