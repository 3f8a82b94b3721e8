#include "scan/pipeline.h"

#include <pthread.h>
#include <stdlib.h>

/* The second thread is the faster one: it is woken for several slots at a time,
 * because to wake a thread costs as much as to sum a tenth of a slot. */
enum { SLOTS = 8, SLOT_BYTES = 256 * 1024, WAKE_SLOTS = 4 };

enum slot_kind { SLOT_STORED, SLOT_RAW, SLOT_END };

struct slot {
	enum slot_kind kind;
	size_t n;
	uint8_t *data;
};

struct pipeline {
	pthread_mutex_t lock;
	pthread_cond_t not_full, not_empty;
	size_t head, count; /* slots filled, oldest first */
	struct slot slots[SLOTS];
	uint8_t *memory; /* of all slots, and */
	uint8_t *own; /* … of one that is in no slot: see produce */

	pipeline_consume_fn *consume;
	void *consume_ctx;
	struct error consume_error; /* the second thread's, read after the join */
	struct sha256 *stored_sum, *raw_sum;
	bool plain; /* stored and raw bytes are the same: set before the first raw slot */
};

/* The next free slot; the caller fills it and calls slot_commit. */
static struct slot *slot_claim(struct pipeline *p)
{
	(void)pthread_mutex_lock(&p->lock);
	while (p->count == SLOTS)
		(void)pthread_cond_wait(&p->not_full, &p->lock);
	struct slot *s = &p->slots[(p->head + p->count) % SLOTS];
	(void)pthread_mutex_unlock(&p->lock);
	return s;
}

static void slot_commit(struct pipeline *p)
{
	(void)pthread_mutex_lock(&p->lock);
	bool is_end = p->slots[(p->head + p->count) % SLOTS].kind == SLOT_END;
	bool wake = ++p->count >= WAKE_SLOTS || is_end;
	(void)pthread_mutex_unlock(&p->lock);
	if (wake)
		(void)pthread_cond_signal(&p->not_empty);
}

static struct slot *slot_oldest(struct pipeline *p)
{
	(void)pthread_mutex_lock(&p->lock);
	while (p->count == 0)
		(void)pthread_cond_wait(&p->not_empty, &p->lock);
	struct slot *s = &p->slots[p->head];
	(void)pthread_mutex_unlock(&p->lock);
	return s;
}

static void slot_release(struct pipeline *p)
{
	(void)pthread_mutex_lock(&p->lock);
	p->head = (p->head + 1) % SLOTS;
	p->count--;
	(void)pthread_mutex_unlock(&p->lock);
	(void)pthread_cond_signal(&p->not_full);
}

static void consume_slot(struct pipeline *p, const struct slot *s)
{
	if (s->kind == SLOT_STORED) {
		sha256_update(p->stored_sum, s->data, s->n);
		return;
	}
	sha256_update(p->raw_sum, s->data, s->n);
	if (p->consume_error.code == ERR_NONE)
		(void)p->consume(p->consume_ctx, bytes_of(s->data, s->n), &p->consume_error);
}

static void *consumer(void *arg)
{
	struct pipeline *p = arg;
	for (;;) {
		struct slot *s = slot_oldest(p);
		bool end = s->kind == SLOT_END;
		if (!end)
			consume_slot(p, s);
		slot_release(p);
		if (end)
			return NULL;
	}
}

/* The codec's tap. Before the codec knows that the stream is plain it has
 * tapped the first bytes; they are not needed then. */
static void tap(void *ctx, struct bytes stored)
{
	struct pipeline *p = ctx;
	if (p->plain)
		return;
	while (stored.n > 0) {
		struct slot *s = slot_claim(p);
		s->kind = SLOT_STORED;
		s->n = stored.n < SLOT_BYTES ? stored.n : SLOT_BYTES;
		memcpy(s->data, stored.p, s->n);
		stored = bytes_sub(stored, s->n, stored.n);
		slot_commit(p);
	}
}

/* Fills one slot with raw bytes: 1, 0 at the end, -1. While the codec decodes,
 * its tap claims slots of its own, so raw bytes go into a buffer outside the
 * ring, which then changes places with a free slot's. */
static int produce(struct pipeline *p, struct codec *codec, struct error *err)
{
	size_t n = 0;
	while (n < SLOT_BYTES) {
		ssize_t got = codec_read(codec, p->own + n, SLOT_BYTES - n, err);
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	p->plain = codec_kind(codec) == CODEC_PLAIN;
	if (n == 0)
		return 0;
	struct slot *s = slot_claim(p);
	uint8_t *filled = p->own;
	p->own = s->data;
	*s = (struct slot){ SLOT_RAW, n, filled };
	slot_commit(p);
	return 1;
}

static int produce_all(struct pipeline *p, struct codec *codec, struct error *err)
{
	int more;
	do
		more = produce(p, codec, err);
	while (more > 0);
	return more;
}

static int pipeline_init(struct pipeline *p, struct error *err)
{
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->not_full, NULL);
	(void)pthread_cond_init(&p->not_empty, NULL);
	p->stored_sum = sha256_new();
	p->raw_sum = sha256_new();
	p->memory = malloc((size_t)(SLOTS + 1) * SLOT_BYTES);
	if (p->memory == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read a layer");
	for (size_t i = 0; i < SLOTS; i++)
		p->slots[i].data = p->memory + i * SLOT_BYTES;
	p->own = p->memory + (size_t)SLOTS * SLOT_BYTES;
	return 0;
}

static void pipeline_free(struct pipeline *p)
{
	free(p->memory);
	sha256_free(p->stored_sum);
	sha256_free(p->raw_sum);
	(void)pthread_mutex_destroy(&p->lock);
	(void)pthread_cond_destroy(&p->not_full);
	(void)pthread_cond_destroy(&p->not_empty);
}

static int run_threads(struct pipeline *p, struct codec *codec, struct error *err)
{
	pthread_t thread;
	struct error drained = { 0 };
	if (pthread_create(&thread, NULL, consumer, p) != 0)
		return error_set(err, ERR_MEMORY, "no second thread to read a layer");
	int r = produce_all(p, codec, err);
	/* The blob's digest is wanted also when its content is damaged. */
	if (r < 0)
		(void)codec_drain(codec, &drained);
	slot_claim(p)->kind = SLOT_END;
	slot_commit(p);
	(void)pthread_join(thread, NULL);
	if (r == 0 && p->consume_error.code != ERR_NONE) {
		*err = p->consume_error;
		r = -1;
	}
	return r;
}

int pipeline_run(codec_source_fn *source, void *source_ctx, pipeline_consume_fn *consume,
		 void *consume_ctx, struct pipeline_result *ret, struct error *err)
{
	struct pipeline p = { .consume = consume, .consume_ctx = consume_ctx };
	struct codec *codec = codec_new(source, source_ctx, tap, &p, (struct codec_limits){ 0 });
	int r = codec == NULL ? error_set(err, ERR_MEMORY, "no memory to read a layer")
			      : pipeline_init(&p, err);
	if (r == 0)
		r = run_threads(&p, codec, err);
	if (codec != NULL && p.raw_sum != NULL) {
		sha256_final(p.raw_sum, &ret->diff_id);
		sha256_final(p.stored_sum, &ret->blob);
		if (p.plain)
			ret->blob = ret->diff_id;
		ret->stored = codec_stored(codec);
		ret->raw = codec_raw(codec);
	}
	pipeline_free(&p);
	codec_free(codec);
	return r;
}
