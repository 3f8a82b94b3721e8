#include <unistd.h>

#include "image/document.h"
#include "scan/worker.h"
#include "scan/worker_internal.h"

/* Of labels: longer ones, and more, are not told. */
enum { NAME_SHOWN = 1024, LABEL_MOST = 64 * 1024, LABELS_MOST = 1000 };

struct meta {
	struct channel ch;
	struct buf document;
	struct msg msg;
	struct worker_engines engines;
	bool opened; /* they are: when the config comes */
	struct buf name, text; /* of what secrets are looked for in */
	struct buf masked; /* the text around the last secret; empty: it has none */
	unsigned history, argument, labels; /* lines and words so far */
};

/* --- secrets of a config ------------------------------------------------------------ */

static int on_secret(void *ctx, const struct secret_match *s, struct error *err)
{
	struct meta *m = ctx;
	m->masked.n = 0;
	if (buf_append(&m->masked, s->context.p, s->context.n, err) < 0)
		return -1;
	wire_secret(&m->msg, buf_view(&m->name), s, NULL);
	return channel_put(&m->ch, &m->msg, err);
}

static int on_limit(void *ctx, const char *what, struct error *err)
{
	(void)ctx;
	(void)what; /* a config that long is refused anyway */
	(void)err;
	return 0;
}

/* "env:NAME", "label:NAME", "argument:2", "history:3": names as far as they fit. */
static int put_name(struct meta *m, const struct doc_record *r, struct error *err)
{
	ptrdiff_t equals = bytes_index(r->text, '=');
	struct bytes name = equals < 0 ? r->text : bytes_sub(r->text, 0, (size_t)equals);
	m->name.n = 0;
	switch (r->kind) {
	case REC_ENV:
		return buf_printf(&m->name, err, "env:%.*s",
				  (int)(name.n < NAME_SHOWN ? name.n : NAME_SHOWN),
				  name.n > 0 ? (const char *)name.p : "");
	case REC_LABEL:
		return buf_printf(&m->name, err, "label:%.*s",
				  (int)(r->name.n < NAME_SHOWN ? r->name.n : NAME_SHOWN),
				  r->name.n > 0 ? (const char *)r->name.p : "");
	case REC_ARGUMENT:
		return buf_printf(&m->name, err, "argument:%u", ++m->argument);
	default:
		return buf_printf(&m->name, err, "history:%u", ++m->history);
	}
}

static int name_text(struct meta *m, const struct doc_record *r, struct error *err)
{
	if (put_name(m, r, err) < 0)
		return -1;
	for (size_t i = 0; i < m->name.n; i++)
		if (m->name.p[i] == 0)
			m->name.p[i] = '?';
	return 0;
}

static int look_for_secrets(struct meta *m, const struct doc_record *r, struct error *err)
{
	struct secret_sink sink = { on_secret, on_limit, m };
	m->text.n = m->masked.n = 0;
	if (r->kind == REC_LABEL && (buf_append(&m->text, r->name.p, r->name.n, err) < 0 ||
				     buf_append(&m->text, "=", 1, err) < 0))
		return -1;
	if (name_text(m, r, err) < 0 || buf_append(&m->text, r->text.p, r->text.n, err) < 0)
		return -1;
	return secret_text(m->engines.secrets, buf_view(&m->name), buf_view(&m->text), sink, err);
}

/* Policies are about labels. One that has a secret keeps its name only. */
static bool label_told(struct meta *m, struct doc_record *r)
{
	if (r->name.n == 0 || r->name.n > NAME_SHOWN || r->text.n > LABEL_MOST ||
	    bytes_index(r->name, 0) >= 0 || bytes_index(r->text, 0) >= 0)
		return false;
	if (m->engines.secrets != NULL && m->masked.n > 0)
		r->text = BYTES_LIT("************");
	return m->labels++ < LABELS_MOST;
}

/* --- build instructions ------------------------------------------------------------- */

static int on_check(void *ctx, const struct check_match *c, struct error *err)
{
	struct meta *m = ctx;
	wire_check(&m->msg, c);
	return channel_put(&m->ch, &m->msg, err);
}

static int on_check_limit(void *ctx, struct bytes path, const char *what, struct error *err)
{
	(void)path;
	return on_limit(ctx, what, err);
}

static int add_setting(struct meta *m, enum buildstep_setting what, const struct doc_record *r,
		       struct error *err)
{
	return buildstep_image_add(m->engines.build, what, r->text, err);
}

/* "name=value", as an instruction has it. */
static int add_label(struct meta *m, const struct doc_record *r, struct error *err)
{
	m->text.n = 0;
	if (buf_append(&m->text, r->name.p, r->name.n, err) < 0 ||
	    buf_append(&m->text, "=", 1, err) < 0 ||
	    (r->text.n > 0 && buf_append(&m->text, r->text.p, r->text.n, err) < 0))
		return -1;
	return buildstep_image_add(m->engines.build, BUILDSTEP_LABEL, buf_view(&m->text), err);
}

static int look_at_instruction(struct meta *m, const struct doc_record *r, struct error *err)
{
	switch (r->kind) {
	case REC_HISTORY:
		return add_setting(m, BUILDSTEP_HISTORY, r, err);
	case REC_USER:
		return add_setting(m, BUILDSTEP_USER, r, err);
	case REC_ENV:
		return add_setting(m, BUILDSTEP_ENV, r, err);
	case REC_LABEL:
		return add_label(m, r, err);
	case REC_PORT:
		return add_setting(m, BUILDSTEP_PORT, r, err);
	case REC_VOLUME:
		return add_setting(m, BUILDSTEP_VOLUME, r, err);
	case REC_HEALTHCHECK:
		return add_setting(m, BUILDSTEP_HEALTHCHECK, r, err);
	case REC_STOPSIGNAL:
		return add_setting(m, BUILDSTEP_STOPSIGNAL, r, err);
	default:
		return 0;
	}
}

/* What was found in all of them goes to the parent. */
static int tell_instructions(struct meta *m, struct error *err)
{
	struct check_sink sink = { on_check, on_check_limit, m };
	return buildstep_image_end(m->engines.build, &sink, err);
}

/* --- records ------------------------------------------------------------------------- */

static bool stays_here(enum doc_record_kind kind)
{
	return kind == REC_ENV || kind == REC_ARGUMENT || kind == REC_PORT || kind == REC_VOLUME ||
	       kind == REC_HEALTHCHECK || kind == REC_STOPSIGNAL;
}

/* Variables and arguments stay here: only what is found in them leaves. */
static int send_record(void *ctx, const struct doc_record *r, struct error *err)
{
	struct meta *m = ctx;
	bool stays = stays_here(r->kind);
	bool is_text = r->kind == REC_ENV || r->kind == REC_ARGUMENT || r->kind == REC_LABEL ||
		       r->kind == REC_HISTORY;
	struct doc_record told = *r;
	if (m->engines.secrets != NULL && is_text && look_for_secrets(m, r, err) < 0)
		return -1;
	if (m->engines.build != NULL && look_at_instruction(m, r, err) < 0)
		return -1;
	if (stays || (r->kind == REC_LABEL && !label_told(m, &told)))
		return 0;
	if (r->kind == REC_HISTORY && m->engines.secrets != NULL && m->masked.n > 0)
		told.text = buf_view(&m->masked);
	wire_doc_record(&m->msg, &told);
	return channel_put(&m->ch, &m->msg, err);
}

/* --- documents -------------------------------------------------------------------- */

static int answer(struct meta *m, const struct error *how, struct error *err)
{
	wire_answer(&m->msg, how);
	if (channel_put(&m->ch, &m->msg, err) < 0)
		return -1;
	return channel_flush(&m->ch, err);
}

static int parse_document(struct meta *m, struct msg_reader *r, struct error *err)
{
	struct error how = { 0 };
	uint32_t kind = msg_get_u32(r);
	if (msg_finish(r, err) < 0)
		return -1;
	if (kind >= DOC_KINDS)
		return error_set(err, ERR_PROTOCOL, "no such document");
	m->history = m->argument = m->labels = 0;
	if (kind == DOC_CONFIG && !m->opened && worker_engines_open(&m->engines, false, err) < 0)
		return -1;
	m->opened = m->opened || kind == DOC_CONFIG;
	bool build = kind == DOC_CONFIG && m->engines.build != NULL;
	if (build && buildstep_image_begin(m->engines.build, err) < 0)
		return -1;
	if (image_document_parse(kind, buf_view(&m->document), send_record, m, &how) == 0 && build)
		(void)tell_instructions(m, &how);
	m->document.n = 0;
	return answer(m, &how, err);
}

/* --- the members of an archive that can seek ----------------------------------------- */

struct lister {
	struct meta *meta;
	struct tar_reader *tar;
	struct buf path, link;
	uint64_t next_content; /* offset of the content of the entry at hand */
};

static int on_member(void *ctx, const struct tar_entry *e, struct error *err)
{
	struct lister *l = ctx;
	if (tar_entries(l->tar) > LIMIT_ARCHIVE_MEMBERS)
		return error_set(err, ERR_LIMIT, "more than %d members", LIMIT_ARCHIVE_MEMBERS);
	if (e->sparse)
		return error_set(err, ERR_UNSUPPORTED, "a sparse member in an image archive");
	if (e->path.n > LIMIT_PATH_BYTES || e->link.n > LIMIT_PATH_BYTES)
		return error_set(err, ERR_LIMIT, "a member's name of more than %d bytes",
				 LIMIT_PATH_BYTES);
	if (path_clean_into(&l->path, e->path, err) < 0 ||
	    path_clean_into(&l->link, e->link, err) < 0)
		return -1;
	struct archive_member a = { .type = e->type,
				    .path = buf_view(&l->path),
				    .link = e->type == TAR_SYMLINK ? e->link : buf_view(&l->link),
				    .offset = l->next_content,
				    .size = e->stored };
	wire_member(&l->meta->msg, &a);
	if (channel_put(&l->meta->ch, &l->meta->msg, err) < 0)
		return -1;
	return TAR_SKIP;
}

/* Reads headers and jumps over contents. */
static int list_members(struct lister *l, struct error *err)
{
	uint8_t block[512];
	uint64_t at = 0;
	while (!tar_ended(l->tar)) {
		uint64_t skip = tar_skippable(l->tar);
		if (skip > 0) {
			if (checked_add(at, skip, &at) || at > INT64_MAX)
				return error_set(err, ERR_MALFORMED, "a member's size runs over");
			tar_skipped(l->tar, skip);
			continue;
		}
		ssize_t n = fd_pread_full(WORKER_INPUT_FD, block, sizeof block, (off_t)at);
		if (n < 0)
			return error_errno(err, "cannot read");
		if (n == 0)
			break;
		at += (uint64_t)n;
		l->next_content = at;
		if (tar_feed(l->tar, bytes_of(block, (size_t)n), err) < 0)
			return -1;
	}
	return tar_finish(l->tar, err);
}

static int list_archive(struct meta *m, struct msg_reader *r, struct error *err)
{
	struct error how = { 0 };
	struct lister l = { .meta = m,
			    .path = buf_max(2 * LIMIT_PAX_BYTES),
			    .link = buf_max(2 * LIMIT_PAX_BYTES) };
	if (msg_finish(r, err) < 0)
		return -1;
	l.tar = tar_reader_new((struct tar_sink){ .entry = on_member, .ctx = &l });
	if (l.tar == NULL)
		return error_set(err, ERR_MEMORY, "no memory to list an archive");
	(void)list_members(&l, &how);
	tar_reader_free(l.tar);
	buf_free(&l.path);
	buf_free(&l.link);
	return answer(m, &how, err);
}

static int add_part(struct meta *m, struct msg_reader *r, struct error *err)
{
	struct bytes part = msg_get_bytes(r);
	if (msg_finish(r, err) < 0)
		return -1;
	return buf_append(&m->document, part.p, part.n, err);
}

static int serve(struct meta *m, struct error *err)
{
	struct msg_reader r;
	int got;
	while ((got = channel_get(&m->ch, -1, &r, err)) > 0) {
		int done;
		switch (r.type) {
		case MSG_DOC_PART:
			done = add_part(m, &r, err);
			break;
		case MSG_DOC_PARSE:
			done = parse_document(m, &r, err);
			break;
		case MSG_LIST_ARCHIVE:
			done = list_archive(m, &r, err);
			break;
		default:
			done = error_set(err, ERR_PROTOCOL, "no such request");
		}
		if (done < 0)
			return -1;
	}
	return got;
}

int worker_meta(void)
{
	struct error err = { 0 };
	struct meta m = { .document = buf_max(LIMIT_MANIFEST_BYTES),
			  .name = buf_max(LIMIT_PATH_BYTES),
			  .masked = buf_max(LIMIT_PKG_FIELD),
			  .text = buf_max(2 * LIMIT_MANIFEST_BYTES) };
	channel_init(&m.ch, WORKER_CHANNEL_FD);
	int r = serve(&m, &err);
	channel_free(&m.ch);
	worker_engines_close(&m.engines);
	buf_free(&m.document);
	buf_free(&m.name);
	buf_free(&m.masked);
	buf_free(&m.text);
	msg_free(&m.msg);
	return r == 0 ? 0 : 1;
}
