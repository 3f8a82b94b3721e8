#include "scan/stream.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "scan/temp.h"

struct stream_client {
	struct scan_input *in;
	struct fact_store *st;
	struct channel ch;
	struct buf document;
};

static struct stream_member *current(struct stream_client *c)
{
	return c->in->member_count == 0 ? NULL : &c->in->members[c->in->member_count - 1];
}

/* The document that came with the member before is whole. */
static int end_document(struct stream_client *c, struct error *err)
{
	struct stream_member *m = current(c);
	if (m == NULL || c->document.n == 0)
		return 0;
	uint8_t *copy = arena_alloc(&c->st->arena, c->document.n);
	if (copy == NULL)
		return error_set(err, ERR_LIMIT, "the archive's documents are too large");
	memcpy(copy, c->document.p, c->document.n);
	m->document = bytes_of(copy, c->document.n);
	c->document.n = 0;
	return 0;
}

/* A link's clean target. */
static const char *target_of(struct stream_client *c, const struct archive_member *a)
{
	cleanup_buf struct buf joined = buf_max(4 * LIMIT_PATH_BYTES);
	struct bytes dir = path_dir(a->path);
	bool relative = a->type == TAR_SYMLINK && !bytes_starts_with(a->link, BYTES_LIT("/"));
	if (relative &&
	    (buf_append(&joined, dir.p, dir.n, NULL) < 0 || buf_append(&joined, "/", 1, NULL) < 0))
		return NULL;
	if (buf_append(&joined, a->link.p, a->link.n, NULL) < 0)
		return NULL;
	return intern_bytes(&c->st->strings,
			    bytes_of(joined.p, path_clean(buf_view(&joined), joined.p)));
}

static int take_member(struct stream_client *c, struct msg_reader *r, struct error *err)
{
	struct archive_member a;
	struct scan_input *in = c->in;
	if (in->member_count == LIMIT_ARCHIVE_MEMBERS)
		return error_set(err, ERR_LIMIT, "more than %d members", LIMIT_ARCHIVE_MEMBERS);
	if (end_document(c, err) < 0 || unwire_member(r, &a, err) < 0)
		return -1;
	if (in->member_count == in->member_cap) {
		size_t cap = in->member_cap == 0 ? 64 : in->member_cap * 2;
		struct stream_member *m = reallocarray(in->members, cap, sizeof *m);
		if (m == NULL)
			return error_set(err, ERR_MEMORY, "no memory for the archive's members");
		in->members = m;
		in->member_cap = cap;
	}
	struct stream_member *m = &in->members[in->member_count];
	*m = (struct stream_member){ .path = intern_bytes(&c->st->strings, a.path) };
	bool is_link = a.type == TAR_SYMLINK || a.type == TAR_HARDLINK;
	if (is_link)
		m->link = target_of(c, &a);
	uint64_t *slot =
		m->path == NULL ? NULL : map_put(&in->member_by_path, bytes_str(m->path), NULL);
	if (slot == NULL || (is_link && m->link == NULL))
		return error_set(err, ERR_LIMIT, "the archive has too many members");
	m->repeated = *slot != 0;
	*slot = ++in->member_count;
	return 0;
}

static int take_part(struct stream_client *c, struct msg_reader *r, struct error *err)
{
	struct bytes part = msg_get_bytes(r);
	if (msg_finish(r, err) < 0)
		return -1;
	return buf_append(&c->document, part.p, part.n, err);
}

static int take_message(struct stream_client *c, struct msg_reader *r, struct error *err)
{
	struct stream_member *m = current(c);
	uint64_t ignored;
	switch (r->type) {
	case MSG_MEMBER:
		return take_member(c, r, err);
	case MSG_DOC_PART:
		return take_part(c, r, err);
	case MSG_PROGRESS:
		return unwire_progress(r, &ignored, err);
	default:
		if (m == NULL)
			return error_set(err, ERR_PROTOCOL, "message %u before any member",
					 r->type);
		m->is_layer = true;
		return layer_facts_take(&m->facts, c->st, r, err);
	}
}

static int converse(struct stream_client *c, const struct blob_input *file,
		    const struct input_options *o, struct error *err)
{
	struct error answer = { 0 };
	struct msg_reader r;
	struct layer_job job = { .work = o->work,
				 .seekable = file->seekable,
				 .offset = file->offset,
				 .length = file->length };
	cleanup_msg struct msg m = { 0 };
	wire_layer_job(&m, &job);
	/* A worker that is gone already tells more by how it ended. */
	if ((channel_put(&c->ch, &m, err) < 0 || channel_flush(&c->ch, err) < 0) &&
	    err->os != EPIPE)
		return -1;
	for (;;) {
		int ms;
		if (worker_patience(o->timeout_ms, o->deadline_ns, &ms, err) < 0)
			return -1;
		int got = channel_get(&c->ch, ms, &r, err);
		if (got < 0)
			return -1;
		if (got == 0)
			return error_set(err, ERR_WORKER_DIED,
					 "corten-worker ended while it read the archive");
		if (r.type == MSG_ANSWER)
			break;
		if (take_message(c, &r, err) < 0)
			return -1;
	}
	if (unwire_answer(&r, &answer, err) < 0 || end_document(c, err) < 0)
		return -1;
	if (answer.code == ERR_NONE)
		return 0;
	*err = answer;
	return error_wrap(err, "the archive cannot be read");
}

/* As archive_check. */
static int check_members(const struct scan_input *in, struct error *err)
{
	struct archive_name *names = calloc(in->member_count + 1, sizeof *names);
	if (names == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the archive's members");
	for (size_t i = 0; i < in->member_count; i++)
		names[i] =
			(struct archive_name){ in->members[i].path, in->members[i].link != NULL };
	int r = archive_check_names(names, in->member_count, err);
	free(names);
	return r;
}

int stream_run(struct scan_input *in, const struct blob_input *file, const struct input_options *o,
	       struct fact_store *st, struct error *err)
{
	struct child child = { 0 };
	int sock = -1;
	cleanup_close int temp = temp_file_open(NULL);
	struct stream_client c = { .in = in, .st = st, .document = buf_max(LIMIT_MANIFEST_BYTES) };
	if (worker_start_rules("stream", file->fd, temp, &o->rules, &child, &sock, err) < 0)
		return -1;
	channel_init(&c.ch, sock);
	int r = converse(&c, file, o, err);
	if (r == 0)
		r = check_members(in, err);
	channel_free(&c.ch);
	buf_free(&c.document);
	(void)close(sock);
	child_kill(&child);
	return r;
}

struct stream_member *stream_find(struct scan_input *in, const char *path)
{
	bool repeated = false;
	for (unsigned step = 0; step < LIMIT_LINK_STEPS; step++) {
		uint64_t *slot = map_get(&in->member_by_path, bytes_str(path));
		if (slot == NULL)
			return NULL;
		struct stream_member *m = &in->members[*slot - 1];
		repeated |= m->repeated;
		if (m->link == NULL) {
			m->repeated = repeated;
			return m;
		}
		path = m->link;
	}
	return NULL;
}
