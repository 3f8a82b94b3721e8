#include "source/fetch_internal.h"

static struct transfer *begin_question(struct fetch *f, const struct fetch_question *q, int *ret_fd,
				       struct error *err)
{
	struct wish w = {
		.kind = (enum fetch_kind)q->kind,
		.host = "",
		.repository = q->space,
		.target = q->target,
		.size = q->size,
		.max = q->max,
		.has_fd = true,
		.fd = q->fd,
	};
	return fetch_begin(f, &w, ret_fd, err);
}

int fetch_ask(struct fetch *f, const struct fetch_question *q, struct buf *ret, struct error *err)
{
	int fd = -1;
	struct transfer *t = begin_question(f, q, &fd, err);
	return t == NULL ? -1 : fetch_read_whole(f, t, fd, ret, err);
}

int fetch_ask_open(struct fetch *f, const struct fetch_question *q, int *ret_fd, uint64_t *ret_id,
		   struct error *err)
{
	struct transfer *t = begin_question(f, q, ret_fd, err);
	if (t == NULL)
		return -1;
	*ret_id = t->id;
	return 0;
}

void fetch_finish_with(struct fetch *f, uint64_t id, int (*finish)(void *ctx, struct error *err),
		       void *ctx)
{
	struct transfer *t = fetch_find(f, id);
	if (t == NULL)
		return;
	t->finish = finish;
	t->finish_ctx = ctx;
}
