/* JSON of the Docker Engine API and of containers-storage. Text from the reader is
 * good until its next call only: it is kept in an arena. */
#include <stdio.h>

#include "format/json.h"
#include "source/protocol.h"
#include "source/runtime_put.h"
#include "source/runtime_reply.h"

struct reply {
	struct json_reader *json;
	struct arena kept; /* of the item at hand */
	struct buf *out;
	struct error *err;
};

/* A string value, kept; empty for anything else. */
static struct bytes keep_string(struct reply *r)
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

static bool is_key(struct bytes key, const char *name)
{
	return bytes_equal(key, bytes_str(name));
}

/* Reads with `item`: one object, or each of an array of them. */
static int read_reply(struct bytes text, bool list, int (*item)(struct reply *r), struct buf *out,
		      struct error *err)
{
	struct reply r = { .json = json_open_bytes(text),
			   .kept = arena_max(RUNTIME_REPLY_MAX),
			   .out = out,
			   .err = err };
	int done = r.json == NULL ? error_set(err, ERR_MEMORY, "no memory to read an answer") : 0;
	if (done == 0 && !list)
		done = item(&r);
	if (done == 0 && list && json_enter_array(r.json)) {
		while (done == 0 && json_next_item(r.json)) {
			done = item(&r);
			arena_free(&r.kept);
			r.kept = arena_max(RUNTIME_REPLY_MAX);
		}
	}
	if (done == 0 && json_finish(r.json, err) < 0)
		done = error_wrap(err, "what the runtime says is not understood");
	json_close(r.json);
	arena_free(&r.kept);
	return done;
}

/* --- images ----------------------------------------------------------------------------- */

static int put_names(struct reply *r)
{
	int done = 0;
	struct bytes name;
	if (!json_enter_array(r->json))
		return 0;
	while (json_next_item(r->json))
		if (json_get_string(r->json, &name) && done == 0)
			done = runtime_put_name(r->out, name, r->err);
	return done;
}

static int docker_image(struct reply *r)
{
	struct bytes key;
	int done = 0;
	if (!json_enter_object(r->json))
		return 0;
	while (json_next_key(r->json, &key)) {
		if (is_key(key, "RepoTags") && done == 0)
			done = put_names(r);
		else
			json_skip(r->json);
	}
	return done;
}

int docker_images_reply(struct bytes reply, struct buf *out, struct error *err)
{
	return read_reply(reply, true, docker_image, out, err);
}

/* --- containers ---------------------------------------------------------------------------- */

/* Names are "/name". */
static struct bytes plain_name(struct bytes name)
{
	return bytes_starts_with(name, BYTES_LIT("/")) ? bytes_sub(name, 1, name.n) : name;
}

static void listed_names(struct reply *r, struct runtime_container_text *c)
{
	if (!json_enter_array(r->json))
		return;
	while (json_next_item(r->json)) {
		struct bytes name = keep_string(r);
		if (c->name.n == 0)
			c->name = plain_name(name);
	}
}

static int docker_listed(struct reply *r)
{
	struct runtime_container_text c = { 0 };
	struct bytes key;
	if (!json_enter_object(r->json))
		return 0;
	while (json_next_key(r->json, &key)) {
		if (is_key(key, "Id"))
			c.id = keep_string(r);
		else if (is_key(key, "Names"))
			listed_names(r, &c);
		else if (is_key(key, "Image"))
			c.image = keep_string(r);
		else if (is_key(key, "State"))
			c.state = keep_string(r);
		else
			json_skip(r->json);
	}
	return runtime_put_container(r->out, &c, r->err);
}

int docker_containers_reply(struct bytes reply, struct buf *out, struct error *err)
{
	return read_reply(reply, true, docker_listed, out, err);
}

static void inspected_state(struct reply *r, struct runtime_container_text *c)
{
	struct bytes key;
	int64_t pid;
	if (!json_enter_object(r->json))
		return;
	while (json_next_key(r->json, &key)) {
		if (is_key(key, "Status"))
			c->state = keep_string(r);
		else if (is_key(key, "Pid"))
			c->pid = json_get_i64(r->json, &pid) && pid > 0 ? (uint64_t)pid : 0;
		else
			json_skip(r->json);
	}
}

/* They follow the container in what is told: kept until then. */
static int inspected_labels(struct reply *r, struct buf *labels)
{
	struct bytes key, value;
	int done = 0;
	if (!json_enter_object(r->json))
		return 0;
	while (json_next_key(r->json, &key)) {
		uint8_t *name = arena_alloc(&r->kept, key.n + 1);
		size_t n = key.n;
		if (name != NULL)
			memcpy(name, key.p, n);
		if (json_get_string(r->json, &value) && name != NULL && done == 0)
			done = runtime_put_label(labels, bytes_of(name, n), value, r->err);
	}
	return done;
}

static int inspected_config(struct reply *r, struct runtime_container_text *c, struct buf *labels)
{
	struct bytes key;
	int done = 0;
	if (!json_enter_object(r->json))
		return 0;
	while (json_next_key(r->json, &key)) {
		if (is_key(key, "Image"))
			c->image = keep_string(r);
		else if (is_key(key, "Labels") && done == 0)
			done = inspected_labels(r, labels);
		else
			json_skip(r->json);
	}
	return done;
}

static int docker_inspected(struct reply *r)
{
	cleanup_buf struct buf labels = buf_max(RUNTIME_REPLY_MAX);
	struct runtime_container_text c = { 0 };
	struct bytes key;
	int done = 0;
	if (!json_enter_object(r->json))
		return 0;
	while (json_next_key(r->json, &key)) {
		if (is_key(key, "Id"))
			c.id = keep_string(r);
		else if (is_key(key, "Name"))
			c.name = plain_name(keep_string(r));
		else if (is_key(key, "Image"))
			c.image_id = keep_string(r);
		else if (is_key(key, "State"))
			inspected_state(r, &c);
		else if (is_key(key, "Config") && done == 0)
			done = inspected_config(r, &c, &labels);
		else
			json_skip(r->json);
	}
	if (done < 0 || runtime_put_container(r->out, &c, r->err) < 0)
		return -1;
	return buf_append(r->out, labels.p, labels.n, r->err);
}

int docker_container_reply(struct bytes reply, struct buf *out, struct error *err)
{
	return read_reply(reply, false, docker_inspected, out, err);
}

/* --- containers-storage ---------------------------------------------------------------------- */

/* The members come in any order, the names after the image. */
static int stored_image(struct reply *r)
{
	cleanup_buf struct buf names = buf_max(RUNTIME_REPLY_MAX);
	struct bytes key, id = { 0 }, layer = { 0 };
	struct buf *out = r->out;
	int done = 0;
	if (!json_enter_object(r->json))
		return 0;
	while (json_next_key(r->json, &key)) {
		if (is_key(key, "id")) {
			id = keep_string(r);
		} else if (is_key(key, "layer")) {
			layer = keep_string(r);
		} else if (is_key(key, "names") && done == 0) {
			r->out = &names;
			done = put_names(r);
			r->out = out;
		} else {
			json_skip(r->json);
		}
	}
	if (done < 0 || runtime_put_stored_image(out, id, layer, r->err) < 0)
		return -1;
	return buf_append(out, names.p, names.n, r->err);
}

int storage_images_reply(struct bytes reply, struct buf *out, struct error *err)
{
	return read_reply(reply, true, stored_image, out, err);
}

static int stored_layer(struct reply *r)
{
	struct bytes key, id = { 0 }, parent = { 0 };
	struct digest diff_id;
	bool has_diff_id = false;
	if (!json_enter_object(r->json))
		return 0;
	while (json_next_key(r->json, &key)) {
		if (is_key(key, "id"))
			id = keep_string(r);
		else if (is_key(key, "parent"))
			parent = keep_string(r);
		else if (is_key(key, "diff-digest"))
			has_diff_id = digest_parse(keep_string(r), &diff_id);
		else
			json_skip(r->json);
	}
	return runtime_put_stored_layer(r->out, id, parent, has_diff_id ? &diff_id : NULL, r->err);
}

int storage_layers_reply(struct bytes reply, struct buf *out, struct error *err)
{
	return read_reply(reply, true, stored_layer, out, err);
}

/* --- refusals ------------------------------------------------------------------------------------ */

void docker_refusal(struct bytes body, char *out, size_t size)
{
	struct json_reader *json = json_open_bytes(body);
	struct bytes key, text;
	out[0] = '\0';
	if (json != NULL && json_enter_object(json)) {
		while (json_next_key(json, &key)) {
			if (!is_key(key, "message"))
				json_skip(json);
			else if (json_get_string(json, &text))
				(void)snprintf(out, size, "%.*s", text.n > 300 ? 300 : (int)text.n,
					       (const char *)text.p);
		}
	}
	json_close(json);
}
