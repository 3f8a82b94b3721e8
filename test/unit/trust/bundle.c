/* A bundle gives what was signed, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/mman.h>

#include "trust/bundle.h"

static const char content[] = "the content of a database, of a database, of a database";

static int memory_file(struct bytes b)
{
	int fd = memfd_create("bundle", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_full(fd, b.p, b.n), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

struct made {
	struct secret_key secret;
	struct public_key public;
	struct buf bytes;
};

static void make(struct made *m)
{
	struct error err = { 0 };
	cleanup_close int in = memory_file(BYTES_LIT(content));
	cleanup_close int out = memory_file(BYTES_LIT(""));
	m->bytes = buf_max(MIB);
	assert_int_equal(key_generate(&m->secret, &err), 0);
	assert_int_equal(key_public(&m->secret, &m->public, &err), 0);
	assert_int_equal(bundle_write("vulndb", 42, in, &m->secret, out, &err), 0);
	assert_int_equal(lseek(out, 0, SEEK_SET), 0);
	assert_int_equal(fd_read_all(out, &m->bytes, &err), 0);
}

/* 0 when the bundle in b is accepted whole. */
static int read_bundle(struct bytes b, const struct public_key *keys, size_t n, struct error *err)
{
	struct bundle_header h;
	cleanup_close int in = memory_file(b);
	cleanup_close int scratch = memory_file(BYTES_LIT(""));
	cleanup_close int out = memory_file(BYTES_LIT(""));
	if (bundle_open(in, keys, n, &h, err) < 0 || bundle_extract(in, &h, scratch, out, err) < 0)
		return -1;
	cleanup_buf struct buf got = buf_max(MIB);
	assert_int_equal(lseek(out, 0, SEEK_SET), 0);
	assert_int_equal(fd_read_all(out, &got, err), 0);
	assert_int_equal(got.n, sizeof content - 1);
	assert_memory_equal(got.p, content, got.n);
	assert_int_equal(h.generation, 42);
	assert_string_equal(h.kind, "vulndb");
	return 0;
}

static void what_was_signed_is_read(void **state)
{
	struct made m, other;
	struct error err = { 0 };
	(void)state;
	make(&m);
	make(&other);
	const struct public_key keys[] = { other.public, m.public };
	assert_int_equal(read_bundle(buf_view(&m.bytes), keys, 2, &err), 0);
	buf_free(&m.bytes);
	buf_free(&other.bytes);
}

static void another_key_or_none_is_a_wrong_signature(void **state)
{
	struct made m, other;
	struct error err = { 0 };
	(void)state;
	make(&m);
	make(&other);
	assert_int_equal(read_bundle(buf_view(&m.bytes), &other.public, 1, &err), -1);
	assert_int_equal(err.code, ERR_SIGNATURE);
	assert_int_equal(read_bundle(buf_view(&m.bytes), NULL, 0, &err), -1);
	assert_int_equal(err.code, ERR_SIGNATURE);
	buf_free(&m.bytes);
	buf_free(&other.bytes);
}

static void no_byte_can_be_changed(void **state)
{
	struct made m;
	(void)state;
	make(&m);
	for (size_t i = 0; i < m.bytes.n; i++) {
		struct error err = { 0 };
		m.bytes.p[i] ^= 0x20;
		assert_int_equal(read_bundle(buf_view(&m.bytes), &m.public, 1, &err), -1);
		assert_int_not_equal(err.code, ERR_NONE);
		m.bytes.p[i] ^= 0x20;
	}
	buf_free(&m.bytes);
}

static void an_empty_cut_off_or_lengthened_bundle_is_refused(void **state)
{
	struct made m;
	struct error err = { 0 };
	(void)state;
	make(&m);
	for (size_t n = 0; n < m.bytes.n; n++) {
		assert_int_equal(read_bundle(bytes_of(m.bytes.p, n), &m.public, 1, &err), -1);
		assert_int_equal(err.code, ERR_TRUNCATED);
	}
	assert_int_equal(buf_append(&m.bytes, "x", 1, &err), 0);
	assert_int_equal(read_bundle(buf_view(&m.bytes), &m.public, 1, &err), -1);
	assert_int_equal(err.code, ERR_MALFORMED);
	buf_free(&m.bytes);
}

/* The head of a bundle with a header of the test's choice, rightly signed. */
static void sign_header(const struct made *m, const char *header, struct buf *out)
{
	uint8_t id[KEY_ID_SIZE], signature[SIGNATURE_SIZE];
	const uint32_t n = (uint32_t)strlen(header), one = 1;
	cleanup_buf struct buf message = buf_max(MIB);
	struct error err = { 0 };
	*out = buf_max(MIB);
	key_id(&m->public, id);
	assert_int_equal(buf_printf(&message, &err, "CORTENB1%s", header), 0);
	assert_int_equal(key_sign(&m->secret, buf_view(&message), signature, &err), 0);
	assert_int_equal(buf_append_str(out, "CORTENB1", &err), 0);
	assert_int_equal(buf_append(out, &n, sizeof n, &err), 0);
	assert_int_equal(buf_append(out, &one, sizeof one, &err), 0);
	assert_int_equal(buf_append(out, id, sizeof id, &err), 0);
	assert_int_equal(buf_append(out, signature, sizeof signature, &err), 0);
	assert_int_equal(buf_append_str(out, header, &err), 0);
}

static void a_signed_header_still_has_to_make_sense(void **state)
{
	static const char *const headers[] = {
		"x",
		"{}",
		"[]",
		"{\"format\":\"corten.bundle/2\",\"encoding\":\"zstd\"}",
		"{\"format\":\"corten.bundle/1\",\"encoding\":\"zstd\",\"kind\":\"vulndb\"}",
		"{\"format\":\"corten.bundle/1\",\"encoding\":\"zstd\",\"generation\":-1}",
		"{\"format\":\"corten.bundle/1\",\"encoding\":\"zstd\",\"size\":1e99}",
	};
	struct made m;
	(void)state;
	make(&m);
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		struct bundle_header h;
		struct error err = { 0 };
		cleanup_buf struct buf b = { 0 };
		sign_header(&m, headers[i], &b);
		cleanup_close int fd = memory_file(buf_view(&b));
		assert_int_equal(bundle_open(fd, &m.public, 1, &h, &err), -1);
		assert_int_not_equal(err.code, ERR_SIGNATURE);
	}
	buf_free(&m.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_signed_is_read),
		cmocka_unit_test(another_key_or_none_is_a_wrong_signature),
		cmocka_unit_test(no_byte_can_be_changed),
		cmocka_unit_test(an_empty_cut_off_or_lengthened_bundle_is_refused),
		cmocka_unit_test(a_signed_header_still_has_to_make_sense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
