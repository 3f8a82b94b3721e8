/* Two threads over one layer: digests of what is stored and of what is in it,
 * whatever the form, the pieces and the size, and also where something fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include "scan/pipeline.h"

/* A stored stream that is read in pieces of `piece` bytes, and fails behind
 * fail_at bytes. */
struct source {
	struct bytes left;
	size_t piece;
	uint64_t done, fail_at;
};

static ssize_t read_source(void *ctx, void *p, size_t n, struct error *err)
{
	struct source *s = ctx;
	if (s->done >= s->fail_at)
		return error_set(err, ERR_NETWORK, "the line is dead");
	n = n < s->piece ? n : s->piece;
	n = n < s->left.n ? n : s->left.n;
	if (n > 0)
		memcpy(p, s->left.p, n);
	s->left = bytes_sub(s->left, n, s->left.n);
	s->done += n;
	return (ssize_t)n;
}

/* Compares what comes with the layer; fails behind fail_at bytes. */
struct consumer {
	struct bytes wanted;
	uint64_t done, fail_at;
	unsigned calls_after;
	bool any; /* compares nothing */
};

static int consume(void *ctx, struct bytes raw, struct error *err)
{
	struct consumer *c = ctx;
	if (c->done >= c->fail_at) {
		c->calls_after++;
		return error_set(err, ERR_CANCELLED, "enough");
	}
	/* cmocka's asserts belong to the main thread. */
	if (!c->any && !bytes_equal(raw, bytes_sub(c->wanted, c->done, c->done + raw.n)))
		return error_set(err, ERR_INTERNAL, "other bytes at %llu",
				 (unsigned long long)c->done);
	c->done += raw.n;
	return 0;
}

static struct bytes noise(size_t n)
{
	uint8_t *p = malloc(n > 0 ? n : 1);
	uint64_t x = 88172645463325252u;
	assert_non_null(p);
	for (size_t i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		p[i] = (uint8_t)(x & 15); /* compressible */
	}
	return bytes_of(p, n);
}

static struct bytes gzip(struct bytes raw)
{
	size_t cap = raw.n + raw.n / 2 + 1024;
	uint8_t *p = malloc(cap);
	struct isal_zstream z;
	assert_non_null(p);
	isal_deflate_stateless_init(&z);
	z.gzip_flag = IGZIP_GZIP;
	z.end_of_stream = 1;
	z.next_in = (uint8_t *)raw.p;
	z.avail_in = (uint32_t)raw.n;
	z.next_out = p;
	z.avail_out = (uint32_t)cap;
	assert_int_equal(isal_deflate_stateless(&z), COMP_OK);
	return bytes_of(p, z.total_out);
}

static struct bytes zstd(struct bytes raw)
{
	size_t cap = ZSTD_compressBound(raw.n);
	uint8_t *p = malloc(cap);
	assert_non_null(p);
	ZSTD_CCtx *z = ZSTD_createCCtx();
	assert_false(ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1)));
	size_t n = ZSTD_compress2(z, p, cap, raw.p, raw.n);
	assert_false(ZSTD_isError(n));
	(void)ZSTD_freeCCtx(z);
	return bytes_of(p, n);
}

static struct bytes plain(struct bytes raw)
{
	uint8_t *p = malloc(raw.n > 0 ? raw.n : 1);
	assert_non_null(p);
	if (raw.n > 0)
		memcpy(p, raw.p, raw.n);
	return bytes_of(p, raw.n);
}

typedef struct bytes store_fn(struct bytes raw);
static store_fn *const forms[] = { plain, gzip, zstd };
enum { FORMS = 3 };

static void check_sum(const struct digest *got, struct bytes of)
{
	struct digest want;
	sha256_of(of, &want);
	assert_true(digest_equal(got, &want));
}

static void check_whole(store_fn *store, size_t size, size_t piece)
{
	struct bytes raw = noise(size), stored = store(raw);
	struct source s = { .left = stored, .piece = piece, .fail_at = UINT64_MAX };
	struct consumer c = { .wanted = raw, .fail_at = UINT64_MAX };
	struct pipeline_result r = { 0 };
	struct error err = { 0 };
	assert_int_equal(pipeline_run(read_source, &s, consume, &c, &r, &err), 0);
	assert_int_equal(c.done, size);
	assert_true(r.raw == size && r.stored == stored.n);
	check_sum(&r.diff_id, raw);
	check_sum(&r.blob, stored);
	free((void *)raw.p);
	free((void *)stored.p);
}

static void digests_are_those_of_the_bytes_in_every_form(void **state)
{
	/* Around the size of a slot, and many times around the ring. */
	static const size_t sizes[] = {
		1, 511, 512, 262143, 262144, 262145, 8 * 262144, 8 * 262144 + 1, 30 * 262144 + 7
	};
	(void)state;
	for (size_t f = 0; f < FORMS; f++)
		for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
			check_whole(forms[f], sizes[i], SIZE_MAX);
}

static void the_pieces_that_a_source_gives_change_nothing(void **state)
{
	(void)state;
	for (size_t f = 0; f < FORMS; f++) {
		check_whole(forms[f], 10000, 1);
		check_whole(forms[f], 1000000, 4093);
	}
}

static void an_empty_stream_has_the_digest_of_nothing(void **state)
{
	struct source s = { .piece = 1, .fail_at = UINT64_MAX };
	struct consumer c = { .fail_at = UINT64_MAX };
	struct pipeline_result r = { 0 };
	struct error err = { 0 };
	(void)state;
	(void)pipeline_run(read_source, &s, consume, &c, &r, &err);
	check_sum(&r.diff_id, bytes_of("", 0));
	check_sum(&r.blob, bytes_of("", 0));
	assert_int_equal(c.done, 0);
}

static void a_consumers_error_is_told_and_the_rest_is_summed_all_the_same(void **state)
{
	static const uint64_t places[] = { 0, 1, 3000000 };
	(void)state;
	for (size_t f = 0; f < FORMS; f++)
		for (size_t i = 0; i < 3; i++) {
			struct bytes raw = noise(6000000), stored = forms[f](raw);
			struct source s = { .left = stored, .piece = 70000, .fail_at = UINT64_MAX };
			struct consumer c = { .wanted = raw, .fail_at = places[i] };
			struct pipeline_result r = { 0 };
			struct error err = { 0 };
			assert_int_equal(pipeline_run(read_source, &s, consume, &c, &r, &err), -1);
			assert_int_equal(err.code, ERR_CANCELLED);
			assert_int_equal(c.calls_after, 1); /* and never again */
			check_sum(&r.diff_id, raw);
			check_sum(&r.blob, stored);
			free((void *)raw.p);
			free((void *)stored.p);
		}
}

static void a_sources_error_is_told_and_what_came_before_it_is_consumed(void **state)
{
	(void)state;
	for (size_t f = 0; f < FORMS; f++) {
		struct bytes raw = noise(6000000), stored = forms[f](raw);
		struct source s = { .left = stored, .piece = 4096, .fail_at = stored.n / 2 };
		struct consumer c = { .wanted = raw, .fail_at = UINT64_MAX };
		struct pipeline_result r = { 0 };
		struct error err = { 0 };
		assert_int_equal(pipeline_run(read_source, &s, consume, &c, &r, &err), -1);
		assert_int_equal(err.code, ERR_NETWORK);
		assert_true(c.done > 0 && c.done <= raw.n);
		free((void *)raw.p);
		free((void *)stored.p);
	}
}

/* A damaged layer is told by its digest, too: the blob's is taken to the end. */
static void a_damaged_stream_still_has_its_blobs_digest(void **state)
{
	(void)state;
	for (size_t f = 1; f < FORMS; f++) {
		struct bytes raw = noise(3000000), stored = forms[f](raw);
		uint8_t *p = (uint8_t *)stored.p;
		memset(p + stored.n / 2, 0xff, 64);
		struct source s = { .left = stored, .piece = 65536, .fail_at = UINT64_MAX };
		struct consumer c = { .any = true, .fail_at = UINT64_MAX };
		struct pipeline_result r = { 0 };
		struct error err = { 0 };
		assert_int_equal(pipeline_run(read_source, &s, consume, &c, &r, &err), -1);
		assert_true(err.code == ERR_MALFORMED || err.code == ERR_TRUNCATED);
		assert_true(r.stored == stored.n);
		check_sum(&r.blob, stored);
		free((void *)raw.p);
		free((void *)stored.p);
	}
}

static void a_cut_stream_is_told(void **state)
{
	(void)state;
	for (size_t f = 1; f < FORMS; f++) {
		struct bytes raw = noise(1000000), stored = forms[f](raw);
		struct source s = { .left = bytes_sub(stored, 0, stored.n - 1),
				    .piece = 65536,
				    .fail_at = UINT64_MAX };
		struct consumer c = { .wanted = raw, .fail_at = UINT64_MAX };
		struct pipeline_result r = { 0 };
		struct error err = { 0 };
		assert_int_equal(pipeline_run(read_source, &s, consume, &c, &r, &err), -1);
		assert_int_equal(err.code, ERR_TRUNCATED);
		check_sum(&r.blob, bytes_sub(stored, 0, stored.n - 1));
		free((void *)raw.p);
		free((void *)stored.p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_are_those_of_the_bytes_in_every_form),
		cmocka_unit_test(the_pieces_that_a_source_gives_change_nothing),
		cmocka_unit_test(an_empty_stream_has_the_digest_of_nothing),
		cmocka_unit_test(a_consumers_error_is_told_and_the_rest_is_summed_all_the_same),
		cmocka_unit_test(a_sources_error_is_told_and_what_came_before_it_is_consumed),
		cmocka_unit_test(a_damaged_stream_still_has_its_blobs_digest),
		cmocka_unit_test(a_cut_stream_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
