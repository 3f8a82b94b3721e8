#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/base.h"
#include "format/zip.h"

/* An archive with the one stored member "a.json" = "{}", laid out by hand:
 * local header at 0, directory at 38, end record at 90. */
static const uint8_t sample[] = {
	'P',  'K',  3,    4,    20,  0,   0,   0,   0,   0,   0, 0, 0,  0, /* flags 6, method 8 */
	0x43, 0xbf, 0xa6, 0xa3, /* crc 14 */
	2,    0,    0,    0,    2,   0,   0,   0,   6,   0,   0, 0, /* sizes 18, 22; name 26, extra 28 */
	'a',  '.',  'j',  's',  'o', 'n', '{', '}', 'P', 'K', 1, 2, 20, 0, 20,
	0,    0,    0,    0,    0,   0,   0,   0,   0, /* 38 */
	0x43, 0xbf, 0xa6, 0xa3, 2,   0,   0,   0,   2,   0,   0, 0, /* crc 54, sizes 58, 62 */
	6,    0,    0,    0,    0,   0,   0,   0,   0,   0,   0, 0, 0,  0, /* name 66, extra 68, comment 70 */
	0,    0,    0,    0, /* header at: 80 */
	'a',  '.',  'j',  's',  'o', 'n', /* 84 */
	'P',  'K',  5,    6,    0,   0,   0,   0,   1,   0,   1, 0, /* 90: disk 94, entries 100 */
	52,   0,    0,    0,    38,  0,   0,   0,   0,   0 /* size 102, offset 106, comment 110 */
};

static int memory_at(void *ctx, uint64_t at, void *p, size_t n, struct error *err)
{
	const struct bytes *b = ctx;
	if (at > b->n || n > b->n - at)
		return error_set(err, ERR_INTERNAL, "read outside of the archive");
	if (n > 0)
		memcpy(p, b->p + at, n);
	return 0;
}

/* Reads every member; the first error, or ERR_NONE. ret_text: what was read. */
static enum error_code read_all(struct bytes archive, struct buf *ret_text)
{
	struct zip_source src = { archive.n, memory_at, &archive };
	struct error err = { 0 };
	struct zip *z = NULL;
	struct zip_entry e;
	char piece[7];
	if (zip_open(&src, &z, &err) < 0)
		return err.code;
	int got;
	while ((got = zip_next(z, &e, &err)) > 0) {
		ssize_t n = zip_member_open(z, &e, &err);
		while (n >= 0 && (n = zip_member_read(z, piece, sizeof piece, &err)) > 0)
			assert_int_equal(buf_append(ret_text, piece, (size_t)n, &err), 0);
		if (n < 0)
			break;
	}
	zip_close(z);
	return err.code;
}

static void a_stored_member_is_read(void **state)
{
	(void)state;
	cleanup_buf struct buf text = buf_max(64);
	assert_int_equal(read_all(bytes_of(sample, sizeof sample), &text), ERR_NONE);
	assert_true(bytes_equal(buf_view(&text), BYTES_LIT("{}")));
}

static void each_lie_is_an_error(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		size_t at;
		uint8_t value;
		enum error_code want;
	} rows[] = {
		{ "no local header", 0, 'X', ERR_MALFORMED },
		{ "a local name that leaves the archive", 27, 0xff, ERR_TRUNCATED },
		{ "no directory entry", 39, 'X', ERR_MALFORMED },
		{ "an encrypted member", 46, 1, ERR_UNSUPPORTED },
		{ "an unknown method", 48, 99, ERR_UNSUPPORTED },
		{ "deflate that does not end", 48, 8, ERR_TRUNCATED },
		{ "a wrong checksum", 54, 0, ERR_MALFORMED },
		{ "a stored size of its own", 58, 1, ERR_MALFORMED },
		{ "a member beyond the directory", 60, 1, ERR_MALFORMED },
		{ "a larger size", 62, 3, ERR_MALFORMED },
		{ "a name longer than the directory", 67, 1, ERR_TRUNCATED },
		{ "an extra field longer than the directory", 68, 1, ERR_TRUNCATED },
		{ "a comment longer than the directory", 70, 1, ERR_TRUNCATED },
		{ "a member header behind the directory", 80, 38, ERR_MALFORMED },
		{ "a member header far away", 83, 0x80, ERR_MALFORMED },
		{ "no end record", 90, 'X', ERR_TRUNCATED },
		{ "another disk", 94, 1, ERR_UNSUPPORTED },
		{ "more entries than there is room for", 100, 2, ERR_MALFORMED },
		{ "a larger directory", 102, 53, ERR_MALFORMED },
		{ "a directory elsewhere", 106, 39, ERR_MALFORMED },
		{ "a directory far away", 109, 0x7f, ERR_MALFORMED },
		{ "a comment that is not there", 110, 1, ERR_TRUNCATED },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		uint8_t archive[sizeof sample];
		cleanup_buf struct buf text = buf_max(64);
		memcpy(archive, sample, sizeof sample);
		archive[rows[i].at] = rows[i].value;
		enum error_code got = read_all(bytes_of(archive, sizeof archive), &text);
		if (got != rows[i].want)
			fail_msg("%s: %s", rows[i].what, error_code_name(got));
	}
}

static void every_truncation_is_an_error(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof sample; n++) {
		cleanup_buf struct buf text = buf_max(64);
		assert_int_equal(read_all(bytes_of(sample, n), &text), ERR_TRUNCATED);
	}
}

/* The directory's one entry twice: both take the same bytes of the archive. */
static void members_that_share_bytes_are_an_error(void **state)
{
	(void)state;
	uint8_t archive[sizeof sample + 52];
	cleanup_buf struct buf text = buf_max(64);
	memcpy(archive, sample, 90);
	memcpy(archive + 90, sample + 38, 52);
	memcpy(archive + 142, sample + 90, sizeof sample - 90);
	archive[142 + 10] = 2;
	archive[142 + 12] = 104;
	assert_int_equal(read_all(bytes_of(archive, sizeof archive), &text), ERR_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stored_member_is_read),
		cmocka_unit_test(each_lie_is_an_error),
		cmocka_unit_test(every_truncation_is_an_error),
		cmocka_unit_test(members_that_share_bytes_are_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
