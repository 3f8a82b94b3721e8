/* Records of the kernel's ring, and a recording of strangers: every event that is
 * taken is told as JSON, and seen by the table of processes. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "format/json.h"
#include "sensor/sensor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(struct bytes line)
{
	struct error err = { 0 };
	struct json_reader *r = json_open_bytes(line);
	if (r == NULL)
		return;
	json_skip(r);
	if (json_finish(r, &err) < 0 || bytes_index(line, '\n') >= 0 || !utf8_valid(line))
		abort();
	json_close(r);
}

static void take(struct process_table *t, const struct event *e)
{
	static const struct event_identity who = { .node = "n", .rule = "r" };
	const struct process *ancestry[4];
	struct error err = { 0 };
	cleanup_buf struct buf out = buf_max(MIB);
	if (process_table_see(t, e, &err) < 0)
		abort();
	size_t n = process_table_ancestry(t, e, ancestry, 4);
	if (event_json(e, &who, ancestry, n, &out, &err) < 0)
		abort();
	check_line(buf_view(&out));
}

static void replay(struct process_table *t, const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	struct event_source *s = NULL;
	struct event e;
	cleanup_close int fd = memfd_create("recording", MFD_CLOEXEC);
	if (fd < 0 || fd_write_full(fd, data, size) < 0 || lseek(fd, 0, SEEK_SET) < 0 ||
	    event_source_replay(fd, &s, &err) < 0)
		return;
	for (int r; (r = event_source_next(s, &e, &err)) != 0;)
		if (r > 0)
			take(t, &e);
	event_source_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = { 0 };
	struct process_table *t = NULL;
	struct event e;
	if (process_table_new(8, &t, &err) < 0)
		return 0;
	if (event_decode(bytes_of(data, size), &e, &err) == 0)
		take(t, &e);
	replay(t, data, size);
	process_table_free(t);
	return 0;
}
