/* The least that reading gzip layers can cost: ISA-L inflates on one thread while
 * OpenSSL hashes blob and content on another, two layers at a time. Nothing is
 * parsed. bench/run.py measures Corten as a multiple of this.
 *
 * usage: floor BLOB...
 * Prints one line a blob: digest, diff-id, bytes, bytes inflated. */
#include <errno.h>
#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/base.h"

enum {
	LANES = 2, /* layers at a time */
	CHUNKS = 4, /* of a lane's ring */
	IN_SIZE = 256 * 1024,
	OUT_SIZE = 512 * 1024,
};

/* What one turn of the inflater hands to the hasher. */
struct chunk {
	size_t in_n, out_n;
	bool last;
	uint8_t in[IN_SIZE];
	uint8_t out[OUT_SIZE];
};

struct ring {
	pthread_mutex_t lock;
	pthread_cond_t filled, emptied;
	size_t head, tail; /* chunks ever filled, ever emptied */
	struct chunk chunks[CHUNKS];
};

struct layer {
	const char *path;
	uint64_t size, raw;
	struct digest digest, diff_id;
	bool good;
};

struct work {
	struct layer *layers;
	size_t count;
	atomic_size_t next;
};

/* --- the ring --------------------------------------------------------------- */

static struct chunk *ring_to_fill(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	while (r->head - r->tail == CHUNKS)
		pthread_cond_wait(&r->emptied, &r->lock);
	struct chunk *c = &r->chunks[r->head % CHUNKS];
	pthread_mutex_unlock(&r->lock);
	c->in_n = c->out_n = 0;
	c->last = false;
	return c;
}

static void ring_filled(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->head++;
	pthread_cond_signal(&r->filled);
	pthread_mutex_unlock(&r->lock);
}

static struct chunk *ring_to_empty(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	while (r->head == r->tail)
		pthread_cond_wait(&r->filled, &r->lock);
	struct chunk *c = &r->chunks[r->tail % CHUNKS];
	pthread_mutex_unlock(&r->lock);
	return c;
}

static void ring_emptied(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	r->tail++;
	pthread_cond_signal(&r->emptied);
	pthread_mutex_unlock(&r->lock);
}

/* --- inflating -------------------------------------------------------------- */

struct inflater {
	int fd;
	struct ring *ring;
	struct inflate_state state;
	bool end; /* of the file */
};

/* The chunk that was read last keeps its bytes until another is read: only this
 * thread writes to chunks. */
static bool refill(struct inflater *f, struct chunk *c)
{
	ssize_t n = fd_read_full(f->fd, c->in, IN_SIZE);
	if (n < 0)
		return false;
	c->in_n = (size_t)n;
	f->state.next_in = c->in;
	f->state.avail_in = (uint32_t)n;
	f->end = n < IN_SIZE;
	return true;
}

/* Fills one chunk: some of the file, and what comes of it. */
static bool inflate_chunk(struct inflater *f, struct chunk *c)
{
	struct inflate_state *s = &f->state;
	if (s->avail_in == 0 && !refill(f, c))
		return false;
	s->next_out = c->out;
	s->avail_out = OUT_SIZE;
	while (s->avail_out > 0) {
		if (s->block_state == ISAL_BLOCK_FINISH && s->avail_in > 0) {
			isal_inflate_reset(s);
			s->crc_flag = ISAL_GZIP;
		}
		uint32_t in = s->avail_in, out = s->avail_out;
		if (isal_inflate(s) != ISAL_DECOMP_OK)
			return false;
		if (s->avail_in == in && s->avail_out == out)
			break;
	}
	c->out_n = OUT_SIZE - s->avail_out;
	c->last = f->end && s->avail_in == 0 && s->avail_out > 0;
	return !c->last || s->block_state == ISAL_BLOCK_FINISH;
}

static bool inflate_layer(struct inflater *f)
{
	bool last = false, good = true;
	while (!last) {
		struct chunk *c = ring_to_fill(f->ring);
		good = inflate_chunk(f, c);
		last = c->last || !good;
		c->last = last;
		ring_filled(f->ring);
	}
	return good;
}

/* --- hashing ---------------------------------------------------------------- */

struct hasher {
	struct ring *ring;
	struct layer *layer;
};

static void *hash_layer(void *p)
{
	struct hasher *h = p;
	struct sha256 *blob = sha256_new(), *raw = sha256_new();
	for (bool last = false; !last;) {
		struct chunk *c = ring_to_empty(h->ring);
		sha256_update(blob, c->in, c->in_n);
		sha256_update(raw, c->out, c->out_n);
		h->layer->size += c->in_n;
		h->layer->raw += c->out_n;
		last = c->last;
		ring_emptied(h->ring);
	}
	sha256_final(blob, &h->layer->digest);
	sha256_final(raw, &h->layer->diff_id);
	sha256_free(blob);
	sha256_free(raw);
	return NULL;
}

/* --- layers ----------------------------------------------------------------- */

static bool read_layer(struct ring *ring, struct layer *layer)
{
	cleanup_close int fd = open(layer->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	struct hasher hasher = { ring, layer };
	pthread_t thread;
	if (pthread_create(&thread, NULL, hash_layer, &hasher) != 0)
		return false;
	struct inflater *f = calloc(1, sizeof *f);
	if (f == NULL)
		abort();
	f->fd = fd;
	f->ring = ring;
	isal_inflate_init(&f->state);
	f->state.crc_flag = ISAL_GZIP;
	bool good = inflate_layer(f);
	(void)pthread_join(thread, NULL);
	free(f);
	return good;
}

static void *lane(void *p)
{
	struct work *work = p;
	struct ring *ring = calloc(1, sizeof *ring);
	if (ring == NULL)
		abort();
	pthread_mutex_init(&ring->lock, NULL);
	pthread_cond_init(&ring->filled, NULL);
	pthread_cond_init(&ring->emptied, NULL);
	for (;;) {
		size_t i = atomic_fetch_add(&work->next, 1);
		if (i >= work->count)
			break;
		ring->head = ring->tail = 0;
		work->layers[i].good = read_layer(ring, &work->layers[i]);
	}
	free(ring);
	return NULL;
}

static bool print_layer(const struct layer *l)
{
	char digest[DIGEST_TEXT], diff_id[DIGEST_TEXT];
	digest_text(&l->digest, digest);
	digest_text(&l->diff_id, diff_id);
	if (l->good)
		(void)printf("%s\t%s\t%ju\t%ju\n", digest, diff_id, (uintmax_t)l->size,
			     (uintmax_t)l->raw);
	else
		(void)fprintf(stderr, "floor: %s cannot be read as gzip\n", l->path);
	return l->good;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		(void)fprintf(stderr, "usage: floor BLOB...\n");
		return EXIT_FAILURE;
	}
	struct work work = { .count = (size_t)argc - 1 };
	work.layers = calloc(work.count, sizeof *work.layers);
	if (work.layers == NULL)
		return EXIT_FAILURE;
	for (size_t i = 0; i < work.count; i++)
		work.layers[i].path = argv[i + 1];
	pthread_t threads[LANES];
	size_t lanes = work.count < LANES ? work.count : LANES;
	for (size_t i = 0; i < lanes; i++) {
		if (pthread_create(&threads[i], NULL, lane, &work) != 0)
			abort();
	}
	bool good = true;
	for (size_t i = 0; i < lanes; i++)
		(void)pthread_join(threads[i], NULL);
	for (size_t i = 0; i < work.count; i++)
		good &= print_layer(&work.layers[i]);
	free(work.layers);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
