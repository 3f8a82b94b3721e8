/* A VEX document as whoever decides wants it: its statements by id. */
#include <stdlib.h>

#include "sbom/client.h"

struct collecting {
	struct arena *arena;
	struct intern strings;
	struct vex vex;
	size_t capacity;
};

static const char *keep(struct collecting *c, struct bytes b)
{
	const char *text = intern_bytes(&c->strings, b);
	return text == NULL ? "" : text;
}

static int make_room(struct collecting *c, struct error *err)
{
	size_t n = c->vex.count;
	if (n < c->capacity)
		return 0;
	if (n >= VEX_STATEMENTS_MAX)
		return error_set(err, ERR_LIMIT, "more than %d statements", VEX_STATEMENTS_MAX);
	size_t capacity = n == 0 ? 256 : 2 * n;
	struct vex_statement *list = arena_array(c->arena, capacity, sizeof *list);
	if (list == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the statements");
	if (n > 0)
		memcpy(list, c->vex.list, n * sizeof *list);
	c->vex.list = list;
	c->capacity = capacity;
	return 0;
}

static int hear_statement(struct collecting *c, struct msg_reader *m, struct error *err)
{
	struct vex_record r;
	int64_t time = 0;
	if (sbom_get_statement(m, &r, err) < 0 || make_room(c, err) < 0)
		return -1;
	(void)rfc3339_parse(r.time, &time);
	c->vex.list[c->vex.count++] = (struct vex_statement){
		.id = keep(c, r.id),
		.status = r.status,
		.product = keep(c, r.product),
		.part = keep(c, r.part),
		.justification = keep(c, r.justification),
		.detail = keep(c, r.detail),
		.time = time,
		.number = r.number,
	};
	return 0;
}

static int hear_about(struct collecting *c, struct msg_reader *m, struct error *err)
{
	struct bytes format = msg_get_bytes(m), author = msg_get_bytes(m);
	(void)msg_get_bytes(m);
	if (msg_finish(m, err) < 0)
		return -1;
	if (sbom_text_valid(format))
		c->vex.format = keep(c, format);
	if (sbom_text_valid(author))
		c->vex.author = keep(c, author);
	return 0;
}

static int hear(void *ctx, struct msg_reader *m, struct error *err)
{
	struct collecting *c = ctx;
	switch (m->type) {
	case SBOM_MSG_ABOUT:
		return hear_about(c, m, err);
	case SBOM_MSG_STATEMENT:
		return hear_statement(c, m, err);
	case SBOM_MSG_DONE:
		c->vex.statements = msg_get_u32(m);
		c->vex.unusable = msg_get_u32(m);
		return msg_finish(m, err);
	default:
		return error_set(err, ERR_PROTOCOL, "the worker sent message %u", m->type);
	}
}

static int compare(const void *pa, const void *pb)
{
	const struct vex_statement *a = pa, *b = pb;
	int d = strcmp(a->id, b->id);
	return d != 0 ? d : (a->number > b->number) - (a->number < b->number);
}

int vex_read(int fd, const char *name, struct arena *arena, struct vex *ret, struct error *err)
{
	struct collecting c = { .arena = arena, .vex = { .format = "", .author = "" } };
	intern_init(&c.strings, arena);
	c.vex.file = keep(&c, bytes_str(name));
	int r = sbom_hear_document("vex", fd, name, hear, &c, err);
	intern_free(&c.strings);
	if (r < 0)
		return -1;
	if (c.vex.count > 0)
		qsort(c.vex.list, c.vex.count, sizeof *c.vex.list, compare);
	*ret = c.vex;
	return 0;
}

const struct vex_statement *vex_find(const struct vex *v, const char *id, size_t *ret_count)
{
	size_t low = 0, high = v->count, end;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(v->list[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < v->count && strcmp(v->list[end].id, id) == 0;)
		end++;
	*ret_count = end - low;
	return *ret_count == 0 ? NULL : &v->list[low];
}
