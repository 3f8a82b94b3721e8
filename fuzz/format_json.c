/* JSON reader: memory and stream must see the same document, whatever the
 * pieces, and what the writer writes of it must be read again. */
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"
#include "format/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	struct bytes rest;
	size_t piece;
};

static ssize_t give(void *ctx, void *p, size_t n, struct error *err)
{
	struct input *in = ctx;
	(void)err;
	size_t take = in->piece < n ? in->piece : n;
	take = take < in->rest.n ? take : in->rest.n;
	if (take > 0)
		memcpy(p, in->rest.p, take);
	in->rest = bytes_sub(in->rest, take, in->rest.n);
	return (ssize_t)take;
}

/* Reads every token one way; the sum of what was seen. */
static uint64_t walk(struct json_reader *r, FILE *out)
{
	struct json_writer w;
	uint64_t sum = 0;
	bool objects[LIMIT_JSON_DEPTH], object;
	size_t depth = 0;
	struct bytes b;
	json_write_init(&w, out, false);
	for (bool value = true;;) {
		while (value) {
			enum json_kind kind = json_peek(r);
			sum = sum * 31 + kind;
			value = false;
			object = kind == JSON_OBJECT;
			if (kind == JSON_STRING) {
				if (json_get_string(r, &b)) {
					if (!utf8_valid(b))
						abort();
					sum = sum * 31 + hash_bytes(1, b);
					json_string_bytes(&w, b);
				}
			} else if (kind == JSON_OBJECT && json_enter_object(r)) {
				json_object_begin(&w);
				objects[depth++] = true;
			} else if (kind == JSON_ARRAY && json_enter_array(r)) {
				json_array_begin(&w);
				objects[depth++] = false;
			} else {
				json_skip(r);
				json_null(&w);
			}
		}
		while (depth > 0 && !value) {
			object = objects[depth - 1];
			value = object ? json_next_key(r, &b) : json_next_item(r);
			if (value && object)
				json_key(&w, "k");
			if (value)
				break;
			depth--;
			if (object)
				json_object_end(&w);
			else
				json_array_end(&w);
		}
		if (!value)
			return sum;
	}
}

static bool read_whole(struct json_reader *r, uint64_t *ret_sum, char **ret_text, size_t *ret_n)
{
	struct error err;
	FILE *out = open_memstream(ret_text, ret_n);
	if (r == NULL || out == NULL)
		abort();
	*ret_sum = walk(r, out);
	bool whole = json_finish(r, &err) == 0;
	(void)fclose(out);
	json_close(r);
	return whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct bytes text = bytes_of(data + 1, size - 1);
	struct input in = { text, 1 + data[0] % 64 };
	uint64_t sum_memory, sum_stream;
	char *a = NULL, *b = NULL;
	size_t an = 0, bn = 0;
	bool memory = read_whole(json_open_bytes(text), &sum_memory, &a, &an);
	bool stream = read_whole(json_open_stream(give, &in), &sum_stream, &b, &bn);
	if (memory != stream || (memory && sum_memory != sum_stream))
		abort();
	if (memory) {
		struct json_reader *again = json_open_bytes(bytes_of(a, an));
		json_skip(again);
		if (json_finish(again, NULL) < 0)
			abort();
		json_close(again);
	}
	free(a);
	free(b);
	return 0;
}
