#include "runtime/config_tell.h"

enum { KEPT_MAX = 256 * 1024 };

void config_drop_kept(struct config_reader *r)
{
	arena_free(&r->kept);
	r->kept = arena_max(KEPT_MAX);
}

int config_run(struct bytes json, void (*read)(struct config_reader *r), config_fact_fn *tell,
	       void *ctx, struct error *err)
{
	struct config_reader r = { .json = json_open_bytes(json),
				   .kept = arena_max(KEPT_MAX),
				   .tell = tell,
				   .ctx = ctx,
				   .err = err };
	if (r.json == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read a configuration");
	read(&r);
	if (!r.failed && json_finish(r.json, err) < 0)
		r.failed = true;
	json_close(r.json);
	arena_free(&r.kept);
	return r.failed ? -1 : 0;
}

void config_tell(struct config_reader *r, const struct config_fact *f)
{
	if (r->failed || f->a.n > CONFIG_TEXT_MAX || f->b.n > CONFIG_TEXT_MAX ||
	    f->c.n > CONFIG_TEXT_MAX)
		return;
	if (memchr(f->a.p == NULL ? (const uint8_t *)"" : f->a.p, '\0', f->a.n) != NULL ||
	    memchr(f->b.p == NULL ? (const uint8_t *)"" : f->b.p, '\0', f->b.n) != NULL ||
	    memchr(f->c.p == NULL ? (const uint8_t *)"" : f->c.p, '\0', f->c.n) != NULL)
		return; /* nothing that a kernel could be told */
	if (r->facts++ == CONFIG_FACTS_MAX)
		r->failed = error_set(r->err, ERR_LIMIT, "a configuration of more than %d items",
				      CONFIG_FACTS_MAX) < 0;
	else
		r->failed = r->tell(r->ctx, f, r->err) < 0;
}

void config_tell_text(struct config_reader *r, enum config_fact_kind kind, struct bytes a)
{
	if (a.n > 0)
		config_tell(r, &(struct config_fact){ .kind = kind, .a = a });
}

void config_tell_number(struct config_reader *r, enum config_fact_kind kind, uint64_t number)
{
	config_tell(r, &(struct config_fact){ .kind = kind, .number = number });
}

struct bytes config_keep(struct config_reader *r)
{
	struct bytes text;
	if (!json_get_string(r->json, &text))
		return bytes_of(NULL, 0);
	uint8_t *copy = arena_alloc(&r->kept, text.n + 1);
	if (copy == NULL)
		return bytes_of(NULL, 0);
	memcpy(copy, text.p, text.n);
	return bytes_of(copy, text.n);
}

void config_tell_next(struct config_reader *r, enum config_fact_kind kind)
{
	struct bytes text;
	if (json_get_string(r->json, &text))
		config_tell_text(r, kind, text);
}

bool config_key_is(struct bytes key, const char *name)
{
	return bytes_equal(key, bytes_str(name));
}

void config_tell_labels(struct config_reader *r)
{
	struct bytes key;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		uint8_t name[CONFIG_TEXT_MAX];
		size_t n = key.n;
		struct bytes value;
		if (n <= sizeof name)
			memcpy(name, key.p, n);
		if (json_get_string(r->json, &value) && n > 0 && n <= sizeof name)
			config_tell(r, &(struct config_fact){ .kind = FACT_LABEL,
							      .a = bytes_of(name, n),
							      .b = value });
	}
}

/* A document inside of a document: what is wrong with it is no reason to refuse the
 * outer one, which a runtime runs all the same. */
void config_tell_labels_of(struct config_reader *r, struct bytes json)
{
	struct json_reader *outer = r->json;
	r->json = json_open_bytes(json);
	if (r->json != NULL)
		config_tell_labels(r);
	json_close(r->json);
	r->json = outer;
}
