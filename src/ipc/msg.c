#include "ipc/ipc.h"

enum { FRAME_HEADER = 8 };

void msg_begin(struct msg *m, uint16_t type)
{
	m->payload.max = LIMIT_FRAME_BYTES;
	m->payload.n = 0;
	m->type = type;
	m->failed = false;
}

void msg_free(struct msg *m)
{
	buf_free(&m->payload);
}

static void put(struct msg *m, const void *p, size_t n)
{
	if (!m->failed && buf_append(&m->payload, p, n, NULL) < 0)
		m->failed = true;
}

static void put_le(struct msg *m, uint64_t v, size_t n)
{
	uint8_t raw[8];
	for (size_t i = 0; i < n; i++)
		raw[i] = (uint8_t)(v >> (8 * i));
	put(m, raw, n);
}

void msg_put_u32(struct msg *m, uint32_t v)
{
	put_le(m, v, 4);
}

void msg_put_u64(struct msg *m, uint64_t v)
{
	put_le(m, v, 8);
}

void msg_put_bytes(struct msg *m, struct bytes b)
{
	if (b.n > LIMIT_FRAME_BYTES) {
		m->failed = true;
		return;
	}
	put_le(m, b.n, 4);
	put(m, b.p, b.n);
}

void msg_put_str(struct msg *m, const char *s)
{
	msg_put_bytes(m, bytes_str(s));
}

void msg_put_digest(struct msg *m, const struct digest *d)
{
	put(m, d->sha256, sizeof d->sha256);
}

void msg_put_error(struct msg *m, const struct error *e)
{
	msg_put_str(m, error_code_name(e->code));
	msg_put_str(m, e->text);
}

uint32_t msg_get_u32(struct msg_reader *r)
{
	return cursor_le32(&r->c);
}

uint64_t msg_get_u64(struct msg_reader *r)
{
	return cursor_le64(&r->c);
}

struct bytes msg_get_bytes(struct msg_reader *r)
{
	return cursor_take(&r->c, cursor_le32(&r->c));
}

void msg_get_digest(struct msg_reader *r, struct digest *ret)
{
	struct bytes b = cursor_take(&r->c, SHA256_SIZE);
	if (b.n == SHA256_SIZE)
		memcpy(ret->sha256, b.p, SHA256_SIZE);
	else
		*ret = (struct digest){ 0 };
}

int msg_finish(const struct msg_reader *r, struct error *err)
{
	if (r->c.failed)
		return error_set(err, ERR_PROTOCOL, "message %u is too short", r->type);
	if (r->c.at != r->c.data.n)
		return error_set(err, ERR_PROTOCOL, "message %u has %zu bytes too many", r->type,
				 r->c.data.n - r->c.at);
	return 0;
}

int msg_take_error(struct msg_reader *r, struct error *err)
{
	cleanup_buf struct buf text = buf_max((size_t)4 * ERROR_TEXT_MAX);
	char name[64] = "";
	struct bytes code = msg_get_bytes(r), said = bytes_sub(msg_get_bytes(r), 0, ERROR_TEXT_MAX);
	if (msg_finish(r, err) < 0 || text_escape(&text, said, err) < 0)
		return -1;
	if (code.n < sizeof name)
		memcpy(name, code.p, code.n);
	enum error_code known = error_code_from_name(name);
	return error_set(err, known == ERR_CODES || known == ERR_NONE ? ERR_PROTOCOL : known,
			 "%.*s", (int)text.n, (const char *)text.p);
}

int frame_encode(struct msg *m, struct buf *out, struct error *err)
{
	uint8_t head[FRAME_HEADER] = { 0 };
	if (m->failed)
		return error_set(err, ERR_LIMIT, "message %u is over %llu bytes", m->type,
				 (unsigned long long)LIMIT_FRAME_BYTES);
	for (size_t i = 0; i < 4; i++)
		head[i] = (uint8_t)(m->payload.n >> (8 * i));
	head[4] = (uint8_t)m->type;
	head[5] = (uint8_t)(m->type >> 8);
	if (buf_append(out, head, sizeof head, err) < 0)
		return -1;
	return buf_append(out, m->payload.p, m->payload.n, err);
}

int frame_decode(struct cursor *c, struct msg_reader *ret, struct error *err)
{
	if (c->at == c->data.n)
		return 0;
	struct cursor try = *c;
	uint32_t length = cursor_le32(&try);
	uint16_t type = cursor_le16(&try);
	uint16_t zero = cursor_le16(&try);
	if (try.failed)
		return error_set(err, ERR_TRUNCATED, "the stream ends inside a frame's header");
	if (zero != 0 || length > LIMIT_FRAME_BYTES)
		return error_set(err, ERR_PROTOCOL, "not a frame header");
	struct bytes payload = cursor_take(&try, length);
	if (try.failed)
		return error_set(err, ERR_TRUNCATED, "the stream ends inside a frame");
	*ret = (struct msg_reader){ .c = cursor_of(payload), .type = type };
	*c = try;
	return 1;
}
