/* The worker's side: reads the document on descriptor 3, tells its records on 4. */
#include "sbom/wire.h"

struct telling {
	struct channel ch;
	struct msg m;
};

static int put(struct telling *t, struct error *err)
{
	return channel_put(&t->ch, &t->m, err);
}

static int tell_texts(struct telling *t, enum sbom_message type, const struct bytes *texts,
		      size_t count, struct error *err)
{
	msg_begin(&t->m, (uint16_t)type);
	for (size_t i = 0; i < count; i++)
		msg_put_bytes(&t->m, texts[i]);
	return put(t, err);
}

/* --- bills of materials ------------------------------------------------------------ */

static int tell_about(void *ctx, const struct sbom_about *a, struct error *err)
{
	return tell_texts(ctx, SBOM_MSG_ABOUT,
			  (const struct bytes[]){ a->format, a->name, a->digest }, 3, err);
}

static int tell_os(void *ctx, struct bytes id, struct bytes version, struct bytes name,
		   struct error *err)
{
	return tell_texts(ctx, SBOM_MSG_OS, (const struct bytes[]){ id, version, name }, 3, err);
}

static int tell_layer(void *ctx, struct bytes diff_id, struct error *err)
{
	return tell_texts(ctx, SBOM_MSG_LAYER, &diff_id, 1, err);
}

static int tell_package(void *ctx, const struct sbom_record *r, struct error *err)
{
	struct telling *t = ctx;
	sbom_put_package(&t->m, r);
	return put(t, err);
}

static int tell_skipped(void *ctx, struct bytes what, const char *why, struct error *err)
{
	return tell_texts(ctx, SBOM_MSG_SKIPPED, (const struct bytes[]){ what, bytes_str(why) }, 2,
			  err);
}

static int run_sbom(struct telling *t, struct bytes json, struct error *err)
{
	struct sbom_sink sink = { tell_about, tell_os, tell_layer, tell_package, tell_skipped, t };
	if (sbom_parse(json, &sink, err) < 0)
		return -1;
	msg_begin(&t->m, SBOM_MSG_DONE);
	msg_put_u32(&t->m, 0);
	msg_put_u32(&t->m, 0);
	return 0;
}

/* --- VEX ------------------------------------------------------------------------------- */

static int tell_vex_about(void *ctx, struct bytes format, struct bytes author, struct error *err)
{
	return tell_texts(ctx, SBOM_MSG_ABOUT,
			  (const struct bytes[]){ format, author, BYTES_LIT("") }, 3, err);
}

static int tell_statement(void *ctx, const struct vex_record *r, struct error *err)
{
	struct telling *t = ctx;
	sbom_put_statement(&t->m, r);
	return put(t, err);
}

static int run_vex(struct telling *t, struct bytes json, struct error *err)
{
	struct vex_sink sink = { .about = tell_vex_about, .statement = tell_statement, .ctx = t };
	if (vex_parse(json, &sink, err) < 0)
		return -1;
	msg_begin(&t->m, SBOM_MSG_DONE);
	msg_put_u32(&t->m, sink.statements);
	msg_put_u32(&t->m, sink.unusable);
	return 0;
}

/* --- the job ------------------------------------------------------------------------------ */

static int work(int (*run)(struct telling *t, struct bytes json, struct error *err))
{
	struct telling t = { 0 };
	struct error how = { 0 }, err = { 0 };
	cleanup_buf struct buf json = buf_max(SBOM_FILE_MAX);
	channel_init(&t.ch, SBOM_CHANNEL_FD);
	if (fd_read_all(SBOM_INPUT_FD, &json, &how) < 0 || run(&t, buf_view(&json), &how) < 0) {
		msg_begin(&t.m, SBOM_MSG_FAILED);
		msg_put_error(&t.m, &how);
	}
	int r = put(&t, &err);
	if (r == 0)
		r = channel_flush(&t.ch, &err);
	channel_free(&t.ch);
	msg_free(&t.m);
	return r == 0 ? 0 : 1;
}

int sbom_worker_main(void)
{
	return work(run_sbom);
}

int vex_worker_main(void)
{
	return work(run_vex);
}
