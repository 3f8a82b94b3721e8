/* Rings and recordings. The ring is a file of the same layout, written by the test
 * as the kernel writes it. */
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "event_try.h"

enum { RING = 16384, PAGE = 4096 };

struct ring {
	int fd;
	uint8_t *map; /* consumer, producer, data, data again */
	unsigned long at;
};

static struct ring ring_of(void)
{
	struct ring r = { .fd = memfd_create("ring", MFD_CLOEXEC) };
	assert_int_equal(ftruncate(r.fd, 2 * PAGE + 2 * RING), 0);
	r.map = mmap(NULL, 2 * PAGE + 2 * RING, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, 0);
	assert_true(r.map != MAP_FAILED);
	return r;
}

static void ring_free(struct ring *r)
{
	(void)munmap(r->map, 2 * PAGE + 2 * RING);
	(void)close(r->fd);
}

static unsigned long consumed(const struct ring *r)
{
	unsigned long v;
	memcpy(&v, r->map, sizeof v);
	return v;
}

static void put_byte(struct ring *r, unsigned long at, uint8_t b)
{
	r->map[2 * PAGE + at % RING] = b;
	r->map[2 * PAGE + RING + at % RING] = b;
}

/* flags: BPF_RINGBUF_BUSY_BIT, BPF_RINGBUF_DISCARD_BIT. */
static void produce(struct ring *r, uint32_t flags, const uint8_t *p, uint32_t n)
{
	uint32_t head = n | flags;
	for (unsigned i = 0; i < 8; i++)
		put_byte(r, r->at + i, i < 4 ? (uint8_t)(head >> 8 * i) : 0);
	for (uint32_t i = 0; p != NULL && i < n; i++)
		put_byte(r, r->at + 8 + i, p[i]);
	r->at += (8 + n + 7) / 8 * 8;
	memcpy(r->map + PAGE, &r->at, sizeof r->at);
}

static void produce_exec(struct ring *r, uint32_t number, uint32_t flags)
{
	uint8_t record[EVENT_RECORD_MOST];
	size_t n = event_try_exec(number, 1, record);
	produce(r, flags, record, (uint32_t)n);
}

static struct event_source *open_ring(struct ring *r)
{
	struct event_source *s = NULL;
	struct error err = { 0 };
	assert_int_equal(event_source_ring(r->fd, RING, &s, &err), 0);
	return s;
}

static struct event next(struct event_source *s)
{
	struct event e;
	struct error err = { 0 };
	if (event_source_next(s, &e, &err) != 1)
		fail_msg("no event: %s", err.text);
	return e;
}

static void nothing_waits(struct event_source *s)
{
	struct event e;
	struct error err = { 0 };
	assert_int_equal(event_source_next(s, &e, &err), 0);
}

static void records_come_in_order_around_the_end_of_the_ring(void **state)
{
	struct ring r = ring_of();
	struct event_source *s = open_ring(&r);
	(void)state;
	assert_int_equal(event_source_fd(s), r.fd);
	nothing_waits(s);
	for (uint32_t i = 1; i < 1000; i++) {
		produce_exec(&r, i, 0);
		unsigned long before = consumed(&r);
		struct event e = next(s);
		assert_int_equal(e.kernel.tgid, i);
		assert_true(bytes_ends_with(e.path, BYTES_LIT("bin/postgres")));
		assert_int_equal(consumed(&r), before); /* borrowed still */
		nothing_waits(s);
		assert_int_equal(consumed(&r), r.at);
	}
	event_source_free(s);
	ring_free(&r);
}

static void discarded_records_are_passed_over_and_busy_ones_waited_for(void **state)
{
	struct ring r = ring_of();
	struct event_source *s = open_ring(&r);
	(void)state;
	produce_exec(&r, 1, 0);
	produce_exec(&r, 9, BPF_RINGBUF_DISCARD_BIT);
	unsigned long busy = r.at;
	produce_exec(&r, 2, BPF_RINGBUF_BUSY_BIT);
	produce_exec(&r, 3, 0);
	assert_int_equal(next(s).kernel.tgid, 1);
	nothing_waits(s);
	put_byte(&r, busy + 3, 0); /* committed */
	assert_int_equal(next(s).kernel.tgid, 2);
	assert_int_equal(next(s).kernel.tgid, 3);
	event_source_free(s);
	assert_int_equal(consumed(&r), r.at);
	ring_free(&r);
}

static void a_gap_becomes_an_event_before_the_next(void **state)
{
	struct ring r = ring_of();
	struct event_source *s = open_ring(&r);
	struct event_counts c;
	(void)state;
	produce_exec(&r, 1, 0);
	produce_exec(&r, 5, 0); /* within the window: told when nothing more waits */
	assert_int_equal(next(s).kernel.tgid, 1);
	assert_int_equal(next(s).kernel.tgid, 5);
	struct event loss = next(s);
	assert_int_equal(loss.kernel.type, EVENT_LOSS);
	assert_int_equal(loss.kernel.op, 3);
	nothing_waits(s);
	produce_exec(&r, 1005, 0);
	loss = next(s);
	assert_int_equal(loss.kernel.type, EVENT_LOSS);
	struct event e = next(s);
	assert_int_equal(e.kernel.tgid, 1005);
	assert_true(bytes_ends_with(e.path, BYTES_LIT("bin/postgres")));
	struct event rest = next(s);
	assert_int_equal(loss.kernel.op + rest.kernel.op, 999);
	nothing_waits(s);
	event_source_counted(s, &c);
	assert_int_equal(c.delivered, 3);
	assert_int_equal(c.lost, 1002);
	event_source_free(s);
	ring_free(&r);
}

static void of_a_fresh_ring_also_what_came_first_is_missed(void **state)
{
	struct ring r = ring_of();
	struct event_source *s = open_ring(&r);
	(void)state;
	produce_exec(&r, 4, 0);
	assert_int_equal(next(s).kernel.tgid, 4);
	assert_int_equal(next(s).kernel.op, 3);
	nothing_waits(s);
	event_source_free(s);
	s = open_ring(&r); /* adopted: what another reader lost is not ours to count */
	produce_exec(&r, 40, 0);
	assert_int_equal(next(s).kernel.tgid, 40);
	nothing_waits(s);
	event_source_free(s);
	ring_free(&r);
}

static void a_bad_record_is_counted_and_passed_over(void **state)
{
	struct ring r = ring_of();
	struct event_source *s = open_ring(&r);
	struct event_counts c;
	struct event e;
	struct error err = { 0 };
	static const uint8_t junk[24] = "junk";
	(void)state;
	produce(&r, 0, junk, sizeof junk);
	produce_exec(&r, 1, 0);
	assert_int_equal(event_source_next(s, &e, &err), -1);
	assert_int_equal(err.code, ERR_MALFORMED);
	assert_int_equal(next(s).kernel.tgid, 1);
	/* A length that leads out of what was produced. */
	produce(&r, 0, NULL, 0);
	put_byte(&r, r.at - 8, 0xff);
	put_byte(&r, r.at - 7, 0xff);
	assert_int_equal(event_source_next(s, &e, &err), -1);
	nothing_waits(s);
	produce_exec(&r, 2, 0);
	assert_int_equal(next(s).kernel.tgid, 2);
	event_source_counted(s, &c);
	assert_int_equal(c.malformed, 2);
	event_source_free(s);
	ring_free(&r);
}

static void a_ring_that_cannot_be_is_refused(void **state)
{
	struct event_source *s = NULL;
	struct error err = { 0 };
	(void)state;
	assert_int_equal(event_source_ring(0, 12345, &s, &err), -1);
	cleanup_close int fd = memfd_create("x", MFD_CLOEXEC);
	(void)close(fd);
	assert_int_equal(event_source_ring(fd, RING, &s, &err), -1);
	fd = -1;
	assert_null(s);
	event_source_free(NULL);
}

/* --- recordings --------------------------------------------------------------------------- */

static int recording(unsigned n)
{
	int fd = memfd_create("recording", MFD_CLOEXEC);
	unsigned seed = 3;
	struct error err = { 0 };
	for (unsigned i = 0; i < n; i++) {
		uint8_t record[EVENT_RECORD_MOST];
		struct event e;
		size_t length = event_try_record(&seed, record);
		assert_int_equal(event_decode(bytes_of(record, length), &e, &err), 0);
		e.kernel.sequence = i;
		e.kernel.cpu = 0;
		e.kernel.type = EVENT_FILE;
		assert_int_equal(event_record(fd, &e, &err), 0);
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void a_recording_gives_the_same_events(void **state)
{
	cleanup_close int fd = recording(3000);
	struct event_source *s = NULL;
	struct error err = { 0 };
	unsigned seed = 3;
	(void)state;
	assert_int_equal(event_source_replay(fd, &s, &err), 0);
	for (unsigned i = 0; i < 3000; i++) {
		uint8_t record[EVENT_RECORD_MOST];
		struct event was, e = next(s);
		size_t length = event_try_record(&seed, record);
		assert_int_equal(event_decode(bytes_of(record, length), &was, &err), 0);
		assert_int_equal(e.kernel.sequence, i);
		assert_true(bytes_equal(e.path, was.path));
		assert_int_equal(e.kernel.tgid, was.kernel.tgid);
	}
	nothing_waits(s);
	nothing_waits(s);
	event_source_free(s);
}

static void a_torn_or_foreign_recording_ends_with_an_error(void **state)
{
	(void)state;
	for (int torn = 0; torn < 2; torn++) {
		cleanup_close int fd = recording(3);
		struct event_source *s = NULL;
		struct error err = { 0 };
		struct event e;
		off_t end = lseek(fd, 0, SEEK_END);
		if (torn)
			assert_int_equal(ftruncate(fd, end - 1), 0);
		else
			assert_int_equal(pwrite(fd, "more than eight", 15, end), 15);
		(void)lseek(fd, 0, SEEK_SET);
		assert_int_equal(event_source_replay(fd, &s, &err), 0);
		for (int i = 0; i < 3 - torn; i++)
			(void)next(s);
		assert_int_equal(event_source_next(s, &e, &err), -1);
		assert_int_equal(err.code, ERR_MALFORMED);
		nothing_waits(s);
		event_source_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_in_order_around_the_end_of_the_ring),
		cmocka_unit_test(discarded_records_are_passed_over_and_busy_ones_waited_for),
		cmocka_unit_test(a_gap_becomes_an_event_before_the_next),
		cmocka_unit_test(of_a_fresh_ring_also_what_came_first_is_missed),
		cmocka_unit_test(a_bad_record_is_counted_and_passed_over),
		cmocka_unit_test(a_ring_that_cannot_be_is_refused),
		cmocka_unit_test(a_recording_gives_the_same_events),
		cmocka_unit_test(a_torn_or_foreign_recording_ends_with_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
