/* The worker's side: reads the document on descriptor 3, tells its facts on 4. */
#include "runtime/config.h"

struct telling {
	struct channel ch;
	struct msg m;
};

static int tell(void *ctx, const struct config_fact *f, struct error *err)
{
	struct telling *t = ctx;
	config_put_fact(&t->m, f);
	return channel_put(&t->ch, &t->m, err);
}

static int read_document(struct bytes text, struct telling *t, struct error *err)
{
	struct bytes json = bytes_sub(text, 1, text.n);
	if (text.n > 0 && text.p[0] == CONFIG_BUNDLE)
		return config_read_bundle(json, tell, t, err);
	if (text.n > 0 && text.p[0] == CONFIG_STATE)
		return config_read_state(json, tell, t, err);
	return error_set(err, ERR_PROTOCOL, "no document was given");
}

int config_worker_main(void)
{
	struct telling t = { 0 };
	struct error how = { 0 }, err = { 0 };
	cleanup_buf struct buf text = buf_max(CONFIG_BYTES_MAX);
	channel_init(&t.ch, CONFIG_CHANNEL_FD);
	if (fd_read_all(CONFIG_INPUT_FD, &text, &how) < 0 ||
	    read_document(buf_view(&text), &t, &how) < 0) {
		msg_begin(&t.m, CONFIG_MSG_FAILED);
		msg_put_error(&t.m, &how);
	} else {
		msg_begin(&t.m, CONFIG_MSG_DONE);
	}
	int r = channel_put(&t.ch, &t.m, &err) < 0 || channel_flush(&t.ch, &err) < 0 ? 1 : 0;
	msg_free(&t.m);
	channel_free(&t.ch);
	return r;
}
