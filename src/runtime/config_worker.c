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

static int work(config_read_fn *read)
{
	struct telling t = { 0 };
	struct error how = { 0 }, err = { 0 };
	cleanup_buf struct buf json = buf_max(CONFIG_BYTES_MAX);
	channel_init(&t.ch, CONFIG_CHANNEL_FD);
	if (fd_read_all(CONFIG_INPUT_FD, &json, &how) < 0 ||
	    read(buf_view(&json), tell, &t, &how) < 0) {
		msg_begin(&t.m, CONFIG_MSG_FAILED);
		msg_put_str(&t.m, error_code_name(how.code));
		msg_put_str(&t.m, how.text);
	} else {
		msg_begin(&t.m, CONFIG_MSG_DONE);
	}
	int r = channel_put(&t.ch, &t.m, &err) < 0 || channel_flush(&t.ch, &err) < 0 ? 1 : 0;
	msg_free(&t.m);
	channel_free(&t.ch);
	return r;
}

int config_bundle_worker_main(void)
{
	return work(config_read_bundle);
}

int config_state_worker_main(void)
{
	return work(config_read_state);
}
