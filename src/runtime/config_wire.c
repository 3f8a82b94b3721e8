#include "runtime/config.h"

void config_put_fact(struct msg *m, const struct config_fact *f)
{
	msg_begin(m, CONFIG_MSG_FACT);
	msg_put_u32(m, (uint32_t)f->kind);
	msg_put_bytes(m, f->a);
	msg_put_bytes(m, f->b);
	msg_put_bytes(m, f->c);
	msg_put_u64(m, f->number);
}

static bool is_text(struct bytes b)
{
	return b.n <= CONFIG_TEXT_MAX && bytes_index(b, '\0') < 0;
}

int config_get_fact(struct msg_reader *m, struct config_fact *ret, struct error *err)
{
	uint32_t kind = msg_get_u32(m);
	struct config_fact f = { .kind = (enum config_fact_kind)kind };
	f.a = msg_get_bytes(m);
	f.b = msg_get_bytes(m);
	f.c = msg_get_bytes(m);
	f.number = msg_get_u64(m);
	if (msg_finish(m, err) < 0)
		return -1;
	if (kind == 0 || kind >= FACT_KINDS || !is_text(f.a) || !is_text(f.b) || !is_text(f.c))
		return error_set(err, ERR_PROTOCOL, "corten-worker tells what is no fact");
	*ret = f;
	return 0;
}
