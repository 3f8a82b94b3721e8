/* Writes again what the JSON reader read, so that another parser can compare.
 *
 * Input: documents, each as a u32le length and its bytes. argv[1] is how many
 * bytes the reader gets at a time (0: all from memory). Output, a line each:
 * "E code" or "V " and the document with its kinds made plain: an object is
 * ["o", key, value, …], an array ["a", …], a string "$text", a number
 * "#literal"; true, false and null are themselves. */
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"
#include "format/json.h"

struct input {
	struct bytes rest;
	size_t piece;
};

static ssize_t give(void *ctx, void *p, size_t n, struct error *err)
{
	struct input *in = ctx;
	(void)err;
	size_t take = in->piece < n ? in->piece : n;
	if (take > in->rest.n)
		take = in->rest.n;
	if (take > 0)
		memcpy(p, in->rest.p, take);
	in->rest = bytes_sub(in->rest, take, in->rest.n);
	return (ssize_t)take;
}

static void tagged(struct json_writer *w, char tag, struct bytes b)
{
	cleanup_buf struct buf text = buf_max(2 * LIMIT_JSON_STRING);
	struct error err;
	if (buf_append(&text, &tag, 1, &err) < 0 || buf_append(&text, b.p, b.n, &err) < 0)
		abort();
	json_string_bytes(w, buf_view(&text));
}

static void open_container(struct json_writer *w, const char *tag)
{
	json_array_begin(w);
	json_string(w, tag);
}

/* True when the value is a container, now entered. */
static bool echo_value(struct json_reader *r, struct json_writer *w, bool *ret_object)
{
	struct bytes b;
	bool v;
	switch (json_peek(r)) {
	case JSON_OBJECT:
	case JSON_ARRAY:
		*ret_object = json_peek(r) == JSON_OBJECT;
		open_container(w, *ret_object ? "o" : "a");
		return *ret_object ? json_enter_object(r) : json_enter_array(r);
	case JSON_STRING:
		if (json_get_string(r, &b))
			tagged(w, '$', b);
		return false;
	case JSON_NUMBER:
		if (json_get_number(r, &b))
			tagged(w, '#', b);
		return false;
	case JSON_BOOL:
		if (json_get_bool(r, &v))
			json_bool(w, v);
		return false;
	default:
		json_skip(r);
		json_null(w);
		return false;
	}
}

static void echo(struct json_reader *r, struct json_writer *w)
{
	bool objects[LIMIT_JSON_DEPTH], object;
	size_t depth = 0;
	if (echo_value(r, w, &object))
		objects[depth++] = object;
	while (depth > 0) {
		struct bytes key;
		bool more = objects[depth - 1] ? json_next_key(r, &key) : json_next_item(r);
		if (!more) {
			json_array_end(w);
			depth--;
			continue;
		}
		if (objects[depth - 1])
			json_string_bytes(w, key);
		if (echo_value(r, w, &object))
			objects[depth++] = object;
	}
}

static void document(struct bytes text, size_t piece)
{
	struct input in = { text, piece };
	struct error err = { 0 };
	char *out = NULL;
	size_t n = 0;
	FILE *memory = open_memstream(&out, &n);
	struct json_reader *r = piece == 0 ? json_open_bytes(text) : json_open_stream(give, &in);
	if (memory == NULL || r == NULL)
		abort();
	struct json_writer w;
	json_write_init(&w, memory, false);
	echo(r, &w);
	(void)fclose(memory);
	if (json_finish(r, &err) < 0)
		(void)printf("E %s %s\n", error_code_name(err.code), err.text);
	else
		(void)printf("V %s\n", out);
	json_close(r);
	free(out);
}

int main(int argc, char **argv)
{
	uint64_t piece = 0;
	cleanup_buf struct buf all = buf_max(1 * GIB);
	struct error err;
	if (argc != 2 || !bytes_to_u64(bytes_str(argv[1]), &piece) ||
	    fd_read_all(STDIN_FILENO, &all, &err) < 0)
		return EXIT_FAILURE;
	struct cursor c = cursor_of(buf_view(&all));
	while (cursor_left(&c) > 0)
		document(cursor_take(&c, cursor_le32(&c)), piece);
	return c.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
