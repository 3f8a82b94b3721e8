/* Where events come from: the kernel's ring, or a recording of it.
 *
 * The ring is read by hand (linux/Documentation/bpf/ringbuf.rst): a page with the
 * consumer's position that we write, a page with the producer's that the kernel
 * writes, and the data, mapped twice behind each other so that no record is ever
 * broken. libbpf's reader calls back for all that waits and polls for itself; here
 * records are pulled one by one, may be borrowed until the next, and when to look is
 * the caller's business (the programs wake the reader only when enough waits). */
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "sensor/internal.h"

enum { RECORD_HEADER = 8, RECORDING_BUFFER = 256 * 1024 };

/* Of a record in a recording: this, its length (both 32 bit, little endian), and
 * the bytes that the ring had. */
static const uint32_t recording_magic = 0x31564543; /* "CEV1" */

struct ring {
	unsigned long *consumer;
	const unsigned long *producer;
	const uint8_t *data;
	size_t bytes; /* of the data; a power of two */
	unsigned long next; /* where the record behind the borrowed one begins */
};

struct recording {
	uint8_t *p;
	size_t at, n;
	bool ended;
};

struct event_source {
	int fd; /* borrowed */
	bool is_ring;
	struct ring ring;
	struct recording recording;
	struct gap *gap; /* of EVENT_CPUS */
	uint32_t cpus; /* seen so far, highest and one */
	uint32_t settle; /* the CPU whose gaps are settled next, when nothing waits */
	bool unsettled; /* some CPU may have gaps in its window */
	struct event held; /* comes behind the loss before it */
	bool holds;
	struct event_counts counts;
};

/* --- the ring -------------------------------------------------------------------------- */

static void ring_unmap(struct ring *r)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	if (r->consumer != NULL)
		(void)munmap(r->consumer, page);
	if (r->producer != NULL)
		(void)munmap((void *)(uintptr_t)r->producer, page + 2 * r->bytes);
}

static int ring_map(struct ring *r, int fd, uint32_t bytes, struct error *err)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	r->bytes = bytes;
	void *consumer = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (consumer == MAP_FAILED)
		return error_errno(err, "cannot map the ring of events");
	r->consumer = consumer;
	void *producer =
		mmap(NULL, page + 2 * (size_t)bytes, PROT_READ, MAP_SHARED, fd, (off_t)page);
	if (producer == MAP_FAILED) {
		int r2 = error_errno(err, "cannot map the %u bytes of the ring of events", bytes);
		ring_unmap(r);
		return r2;
	}
	r->producer = producer;
	r->data = (const uint8_t *)producer + page;
	r->next = __atomic_load_n(r->consumer, __ATOMIC_ACQUIRE);
	return 0;
}

/* A length that cannot be: what waits cannot be walked any more, and is given up. */
static int ring_lost_track(struct event_source *s, unsigned long producer, uint32_t length,
			   struct error *err)
{
	s->ring.next = producer;
	__atomic_store_n(s->ring.consumer, producer, __ATOMIC_RELEASE);
	return error_set(err, ERR_MALFORMED,
			 "the ring has a record of %u bytes; all that waited is given up", length);
}

/* 1: *ret is the next record; 0: nothing waits. */
static int ring_next(struct event_source *s, struct bytes *ret, struct error *err)
{
	struct ring *r = &s->ring;
	for (;;) {
		/* What was borrowed is given back. */
		__atomic_store_n(r->consumer, r->next, __ATOMIC_RELEASE);
		unsigned long producer = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);
		if (r->next >= producer)
			return 0;
		const uint8_t *p = r->data + (r->next & (r->bytes - 1));
		uint32_t head =
			__atomic_load_n((const uint32_t *)(const void *)p, __ATOMIC_ACQUIRE);
		if ((head & BPF_RINGBUF_BUSY_BIT) != 0)
			return 0; /* being written */
		uint32_t length = head & ~(uint32_t)BPF_RINGBUF_DISCARD_BIT;
		size_t whole = ((size_t)length + RECORD_HEADER + 7) & ~(size_t)7;
		if (whole > r->bytes || whole > producer - r->next)
			return ring_lost_track(s, producer, length, err);
		r->next += whole;
		if ((head & BPF_RINGBUF_DISCARD_BIT) == 0) {
			*ret = bytes_of(p + RECORD_HEADER, length);
			return 1;
		}
	}
}

/* --- a recording ---------------------------------------------------------------------------- */

/* At least n bytes at p + at, if the file still has them. */
static int recording_fill(struct event_source *s, size_t n, struct error *err)
{
	struct recording *r = &s->recording;
	if (r->n - r->at >= n)
		return 0;
	memmove(r->p, r->p + r->at, r->n - r->at);
	r->n -= r->at;
	r->at = 0;
	ssize_t got = fd_read_full(s->fd, r->p + r->n, RECORDING_BUFFER - r->n);
	if (got < 0)
		return error_errno(err, "cannot read the recording");
	r->n += (size_t)got;
	return 0;
}

static int recording_broken(struct recording *r, const char *why, struct error *err)
{
	r->ended = true;
	return error_set(err, ERR_MALFORMED, "the recording %s; the rest is not read", why);
}

static int recording_next(struct event_source *s, struct bytes *ret, struct error *err)
{
	struct recording *r = &s->recording;
	if (r->ended || recording_fill(s, RECORD_HEADER, err) < 0)
		return r->ended ? 0 : -1;
	if (r->n == r->at) {
		r->ended = true;
		return 0;
	}
	struct cursor c = cursor_of(bytes_of(r->p + r->at, r->n - r->at));
	uint32_t magic = cursor_le32(&c), length = cursor_le32(&c);
	if (c.failed || magic != recording_magic || length > EVENT_RECORD_MOST)
		return recording_broken(r, c.failed ? "ends in a record" : "has no record here",
					err);
	if (recording_fill(s, RECORD_HEADER + (size_t)length, err) < 0)
		return -1;
	if (r->n - r->at < RECORD_HEADER + (size_t)length)
		return recording_broken(r, "ends in a record", err);
	*ret = bytes_of(r->p + r->at + RECORD_HEADER, length);
	r->at += RECORD_HEADER + (size_t)length;
	return 1;
}

int event_record(int fd, const struct event *e, struct error *err)
{
	uint8_t out[RECORD_HEADER + EVENT_RECORD_MOST];
	struct guard_event k = e->kernel;
	if (e->path.n > GUARD_PATH || e->args.n > GUARD_ARGS)
		return error_set(err, ERR_LIMIT, "an event has a path of %zu and arguments of %zu",
				 e->path.n, e->args.n);
	k.path_bytes = (uint16_t)e->path.n;
	k.args_bytes = (uint16_t)e->args.n;
	size_t length = sizeof k + e->path.n + e->args.n, at = RECORD_HEADER;
	for (unsigned i = 0; i < 4; i++) {
		out[i] = (uint8_t)(recording_magic >> 8 * i);
		out[4 + i] = (uint8_t)(length >> 8 * i);
	}
	memcpy(out + at, &k, sizeof k);
	at += sizeof k;
	if (e->path.n > 0)
		memcpy(out + at, e->path.p, e->path.n);
	at += e->path.n;
	if (e->args.n > 0)
		memcpy(out + at, e->args.p, e->args.n);
	if (fd_write_full(fd, out, RECORD_HEADER + length) < 0)
		return error_errno(err, "cannot record an event");
	return 0;
}

/* --- both --------------------------------------------------------------------------------------- */

static int source_new(int fd, struct event_source **ret, struct error *err)
{
	struct event_source *s = calloc(1, sizeof *s);
	if (s != NULL)
		s->gap = calloc(EVENT_CPUS, sizeof *s->gap);
	if (s == NULL || s->gap == NULL) {
		free(s);
		return error_set(err, ERR_MEMORY, "no memory for a source of events");
	}
	s->fd = fd;
	*ret = s;
	return 0;
}

int event_source_ring(int fd, uint32_t ring_bytes, struct event_source **ret, struct error *err)
{
	struct event_source *s = NULL;
	if (ring_bytes < 4096 || (ring_bytes & (ring_bytes - 1)) != 0)
		return error_set(err, ERR_INTERNAL, "a ring of %u bytes cannot be", ring_bytes);
	if (source_new(fd, &s, err) < 0)
		return -1;
	s->is_ring = true;
	if (ring_map(&s->ring, fd, ring_bytes, err) < 0) {
		s->is_ring = false;
		event_source_free(s);
		return -1;
	}
	/* Nobody has read from it yet: the CPUs' numbers begin at 0. Of a ring that was
	 * adopted the first number seen is the beginning. */
	for (size_t cpu = 0; s->ring.next == 0 && cpu < EVENT_CPUS; cpu++)
		s->gap[cpu].known = true;
	*ret = s;
	return 0;
}

int event_source_replay(int fd, struct event_source **ret, struct error *err)
{
	struct event_source *s = NULL;
	if (source_new(fd, &s, err) < 0)
		return -1;
	s->recording.p = malloc(RECORDING_BUFFER);
	if (s->recording.p == NULL) {
		event_source_free(s);
		return error_set(err, ERR_MEMORY, "no memory for a recording");
	}
	*ret = s;
	return 0;
}

void event_source_free(struct event_source *s)
{
	if (s == NULL)
		return;
	if (s->is_ring) {
		__atomic_store_n(s->ring.consumer, s->ring.next, __ATOMIC_RELEASE);
		ring_unmap(&s->ring);
	}
	free(s->recording.p);
	free(s->gap);
	free(s);
}

int event_source_fd(const struct event_source *s)
{
	return s->fd;
}

void event_source_counted(const struct event_source *s, struct event_counts *ret)
{
	*ret = s->counts;
}

/* --- loss --------------------------------------------------------------------------------------- */

uint64_t event_now(void)
{
	struct timespec t = { 0 };
	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int tell_loss(struct event_source *s, uint32_t cpu, uint64_t time, uint64_t lost,
		     struct event *ret)
{
	s->counts.lost += lost;
	*ret = (struct event){ .kernel = { .abi = GUARD_ABI,
					   .type = EVENT_LOSS,
					   .item = ITEM_NONE,
					   .op = lost > UINT32_MAX ? UINT32_MAX : (uint32_t)lost,
					   .time = time,
					   .cpu = cpu } };
	return 1;
}

/* Nothing waits: what is still missing will not come. */
static int settle(struct event_source *s, struct event *ret)
{
	while (s->unsettled && s->settle < s->cpus) {
		uint32_t cpu = s->settle++;
		uint64_t lost = gap_settle(&s->gap[cpu]);
		if (lost > 0)
			return tell_loss(s, cpu, event_now(), lost, ret);
	}
	s->unsettled = false;
	s->settle = 0;
	return 0;
}

/* Events that user space made (a recording may have them) bear no sequence. */
static bool has_sequence(const struct guard_event *k)
{
	return k->type < EVENT_CONTAINER_START;
}

static int deliver(struct event_source *s, const struct event *e, struct event *ret)
{
	uint32_t cpu = e->kernel.cpu;
	bool late = false;
	uint64_t lost = 0;
	s->counts.delivered++;
	if (has_sequence(&e->kernel)) {
		lost = gap_see(&s->gap[cpu], e->kernel.sequence, &late);
		s->cpus = cpu >= s->cpus ? cpu + 1 : s->cpus;
		s->unsettled = s->unsettled || s->gap[cpu].seen != 0;
		s->settle = 0;
	}
	s->counts.late += late;
	if (lost == 0) {
		*ret = *e;
		return 1;
	}
	s->held = *e;
	s->holds = true;
	return tell_loss(s, cpu, e->kernel.time, lost, ret);
}

int event_source_next(struct event_source *s, struct event *ret, struct error *err)
{
	struct bytes record;
	struct event e;
	if (s->holds) {
		s->holds = false;
		*ret = s->held;
		return 1;
	}
	int r = s->is_ring ? ring_next(s, &record, err) : recording_next(s, &record, err);
	if (r == 0)
		return settle(s, ret);
	if (r < 0 || event_decode(record, &e, err) < 0) {
		s->counts.malformed++;
		return -1;
	}
	return deliver(s, &e, ret);
}
