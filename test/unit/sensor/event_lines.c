/* Prints COUNT random events, with random ancestors and identities, as lines. */
#include <stdio.h>
#include <stdlib.h>

#include "event_try.h"

static const struct event_identity known = { .container_id = "0123abcd",
					     .container_name = "web-1",
					     .image = "docker.io/library/nginx:1.25",
					     .image_digest = "sha256:00",
					     .pod = "web-5f",
					     .namespace = "shop",
					     .app = "web",
					     .rule = "no \"quotes\" \xe2\x80\xae \xff",
					     .severity = "high",
					     .node = "node-1" };
static const struct event_identity unknown = { .node = "" };

static int print(struct process_table *t, const struct event *e, bool named, struct error *err)
{
	const struct process *ancestry[8];
	cleanup_buf struct buf out = buf_max(MIB);
	if (process_table_see(t, e, err) < 0)
		return -1;
	size_t n = process_table_ancestry(t, e, ancestry, 8);
	if (event_json(e, named ? &known : &unknown, ancestry, n, &out, err) < 0)
		return -1;
	(void)printf("%.*s\n", (int)out.n, (char *)out.p);
	return 0;
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	struct process_table *t = NULL;
	unsigned seed = 1;
	uint64_t count = 0;
	int r = argc == 2 && bytes_to_u64(bytes_str(argv[1]), &count)
			? process_table_new(64, &t, &err)
			: error_set(&err, ERR_USAGE, "usage: event_lines COUNT");
	for (uint64_t i = 0; r == 0 && i < count; i++) {
		uint8_t record[EVENT_RECORD_MOST];
		struct event e;
		size_t n = i % 4 == 0 ? event_try_exec((uint32_t)i + 4, (uint32_t)i, record)
				      : event_try_record(&seed, record);
		r = event_decode(bytes_of(record, n), &e, &err);
		if (r == 0 && i % 8 == 0)
			e.args = BYTES_LIT("psql\0postgres://me:secret@db/shop");
		if (r == 0)
			r = print(t, &e, i % 3 != 0, &err);
	}
	process_table_free(t);
	if (r < 0)
		(void)fprintf(stderr, "event_lines: %s\n", err.text);
	return r < 0;
}
