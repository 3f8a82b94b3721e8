/* What an event costs user space, on one core: an execution with its arguments is
 * decoded, seen by the table of processes, told as JSON and kept on disk. Beside it
 * the floor: the same bytes of JSON written to a file of the same folder, in pieces of
 * 64 KiB, and nothing else. CPU time counts, since others use the machine.
 *
 * usage: guard_events FOLDER [COUNT]
 * Prints a line a step: name, ns of CPU an event, events a second and core. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "event_try.h"

enum { PROCESSES = 8192, ANCESTORS = 16, PIECE = 64 * 1024 };

struct bench {
	const char *folder;
	uint64_t count;
	struct process_table *table;
	struct event_log *log;
	uint64_t bytes; /* of JSON */
};

static double cpu_seconds(void)
{
	struct timespec t = { 0 };
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void tell(const char *name, double seconds, uint64_t count)
{
	double each = seconds / (double)count;
	(void)printf("%-24s %8.0f ns %12.0f /s\n", name, each * 1e9, 1 / each);
}

/* How far an event goes. */
enum step { DECODE, SEE, JSON, LOG };

static int one(struct bench *b, uint32_t number, enum step to, struct buf *line, struct error *err)
{
	static const struct event_identity who = { .container_id = "0123456789abcdef0123456789ab",
						   .container_name = "database-1",
						   .image = "docker.io/library/postgres:15",
						   .pod = "database-5f",
						   .namespace = "shop",
						   .app = "database",
						   .node = "node-1" };
	const struct process *ancestry[ANCESTORS];
	uint8_t record[EVENT_RECORD_MOST];
	struct event e;
	/* Of parents 1 to 99 the first were theirs: four generations. */
	size_t n = number < 99 ? event_try_exec(number + 1, (number + 1) / 4, record)
			       : event_try_exec(number % 100000 + 100, number % 99 + 1, record);
	if (event_decode(bytes_of(record, n), &e, err) < 0)
		return -1;
	if (to >= SEE && process_table_see(b->table, &e, err) < 0)
		return -1;
	if (to < JSON)
		return 0;
	size_t ancestors = process_table_ancestry(b->table, &e, ancestry, ANCESTORS);
	line->n = 0;
	if (event_json(&e, &who, ancestry, ancestors, line, err) < 0)
		return -1;
	b->bytes += line->n + 1;
	return to < LOG ? 0 : event_log_append(b->log, buf_view(line), err);
}

static int run(struct bench *b, const char *name, enum step to, struct error *err)
{
	cleanup_buf struct buf line = buf_max(MIB);
	double start = cpu_seconds();
	b->bytes = 0;
	for (uint64_t i = 0; i < b->count; i++)
		if (one(b, (uint32_t)i, to, &line, err) < 0)
			return -1;
	if (to == LOG && event_log_flush(b->log, err) < 0)
		return -1;
	tell(name, cpu_seconds() - start, b->count);
	return 0;
}

/* As many bytes as the log had, written the same way and no more of them kept. */
static int floor_write(const struct bench *b, struct error *err)
{
	static uint8_t piece[PIECE];
	cleanup_close int fd = open(b->folder, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0)
		return error_errno(err, "cannot write in %s", b->folder);
	double start = cpu_seconds();
	for (uint64_t done = 0; done < b->bytes; done += PIECE)
		if (fd_write_full(fd, piece, PIECE) < 0 ||
		    (done % (8 * MIB) == 0 && ftruncate(fd, 0) < 0))
			return error_errno(err, "cannot write in %s", b->folder);
	tell("floor: written alone", cpu_seconds() - start, b->count);
	return 0;
}

static int bench(struct bench *b, struct error *err)
{
	if (process_table_new(PROCESSES, &b->table, err) < 0 ||
	    event_log_open(b->folder, 64 * MIB, &b->log, err) < 0)
		return -1;
	if (run(b, "decode", DECODE, err) < 0 || run(b, "+ process table", SEE, err) < 0 ||
	    run(b, "+ JSON", JSON, err) < 0 || run(b, "+ log on disk", LOG, err) < 0)
		return -1;
	(void)printf("%-24s %8llu bytes a line, %llu lost\n", "",
		     (unsigned long long)(b->bytes / b->count),
		     (unsigned long long)event_log_lost(b->log));
	return floor_write(b, err);
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	struct bench b = { .count = 500000 };
	if (argc < 2 || argc > 3 || (argc == 3 && !bytes_to_u64(bytes_str(argv[2]), &b.count)) ||
	    b.count == 0) {
		(void)fprintf(stderr, "usage: guard_events FOLDER [COUNT]\n");
		return 2;
	}
	b.folder = argv[1];
	int r = bench(&b, &err);
	event_log_close(b.log);
	process_table_free(b.table);
	if (r < 0)
		(void)fprintf(stderr, "guard_events: %s\n", err.text);
	return r < 0;
}
