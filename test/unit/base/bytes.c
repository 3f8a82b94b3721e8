/* Views and cursors never leave their bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"

static void a_cursor_that_ran_over_stays_failed(void **state)
{
	(void)state;
	const uint8_t three[] = { 1, 2, 3 };
	struct cursor c = cursor_of(bytes_of(three, sizeof three));
	assert_int_equal(cursor_le16(&c), 0x0201);
	assert_int_equal(cursor_le32(&c), 0);
	assert_true(c.failed);
	assert_int_equal(cursor_u8(&c), 0);
	assert_int_equal(cursor_left(&c), 0);
	assert_null(cursor_take(&c, 0).p);
}

static void numbers_are_read_in_both_orders(void **state)
{
	(void)state;
	const uint8_t b[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct cursor c = cursor_of(bytes_of(b, sizeof b));
	assert_true(cursor_le64(&c) == UINT64_C(0x0807060504030201));
	cursor_seek(&c, 0);
	assert_true(cursor_be64(&c) == UINT64_C(0x0102030405060708));
	cursor_seek(&c, 4);
	assert_int_equal(cursor_be32(&c), 0x05060708);
	cursor_seek(&c, 9);
	assert_true(c.failed);
}

static void a_part_is_clipped_to_the_whole(void **state)
{
	(void)state;
	struct bytes b = BYTES_LIT("abc");
	assert_int_equal(bytes_sub(b, 2, 99).n, 1);
	assert_int_equal(bytes_sub(b, 9, 99).n, 0);
	assert_int_equal(bytes_sub(bytes_of(NULL, 0), 1, 2).n, 0);
}

static void a_number_with_too_many_digits_is_no_number(void **state)
{
	(void)state;
	uint64_t v;
	assert_true(bytes_to_u64(BYTES_LIT("18446744073709551615"), &v));
	assert_true(v == UINT64_MAX);
	assert_false(bytes_to_u64(BYTES_LIT("18446744073709551616"), &v));
	assert_false(bytes_to_u64(BYTES_LIT(""), &v));
	assert_false(bytes_to_u64(BYTES_LIT("-1"), &v));
	assert_false(bytes_to_u64(BYTES_LIT("1 "), &v));
}

static void fields_come_in_order_and_end(void **state)
{
	(void)state;
	struct bytes rest = BYTES_LIT("a,,b"), f;
	assert_true(bytes_next_field(&rest, ',', &f) && bytes_equal(f, BYTES_LIT("a")));
	assert_true(bytes_next_field(&rest, ',', &f) && f.n == 0);
	assert_true(bytes_next_field(&rest, ',', &f) && bytes_equal(f, BYTES_LIT("b")));
	assert_false(bytes_next_field(&rest, ',', &f));
}

static void a_buffer_refuses_to_pass_its_cap(void **state)
{
	(void)state;
	struct error err = { 0 };
	cleanup_buf struct buf b = buf_max(10);
	assert_int_equal(buf_append_str(&b, "0123456789", &err), 0);
	assert_int_equal(buf_append(&b, "x", 1, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(b.n, 10);
	assert_int_equal(buf_reserve(&b, SIZE_MAX, &err), -1);
}

static void an_arena_refuses_to_pass_its_cap(void **state)
{
	(void)state;
	cleanup_arena struct arena a = arena_max(1000);
	assert_non_null(arena_alloc(&a, 900));
	assert_null(arena_alloc(&a, 200));
	assert_null(arena_array(&a, SIZE_MAX / 2, 4));
	assert_null(arena_alloc(&a, SIZE_MAX));
}

static void an_interned_string_has_one_address(void **state)
{
	(void)state;
	cleanup_arena struct arena a = arena_max(1 << 20);
	struct intern t;
	intern_init(&t, &a);
	const char *x = intern_bytes(&t, BYTES_LIT("package"));
	for (int i = 0; i < 5000; i++) {
		char name[32];
		(void)snprintf(name, sizeof name, "n%d", i);
		assert_non_null(intern_bytes(&t, bytes_str(name)));
	}
	assert_ptr_equal(intern_bytes(&t, BYTES_LIT("package")), x);
	assert_null(intern_bytes(&t, BYTES_LIT("a\0b")));
	assert_string_equal(intern_bytes(&t, bytes_of(NULL, 0)), "");
	intern_free(&t);
}

static void a_map_keeps_what_was_put(void **state)
{
	(void)state;
	struct map m;
	char keys[3000][8];
	map_init(&m);
	for (unsigned i = 0; i < 3000; i++) {
		(void)snprintf(keys[i], sizeof keys[i], "%u", i);
		*map_put(&m, bytes_str(keys[i]), NULL) = i;
	}
	for (unsigned i = 0; i < 3000; i++)
		assert_int_equal(*map_get(&m, bytes_str(keys[i])), i);
	assert_null(map_get(&m, BYTES_LIT("3000")));
	map_free(&m);
}

static void only_sha256_in_lower_case_is_a_digest(void **state)
{
	(void)state;
	struct digest d, again;
	char text[DIGEST_TEXT];
	sha256_of(BYTES_LIT("abc"), &d);
	digest_text(&d, text);
	/* FIPS 180-2, appendix B.1 */
	assert_string_equal(text, "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410"
				  "ff61f20015ad");
	assert_true(digest_parse(bytes_str(text), &again) && digest_equal(&d, &again));
	text[8] = 'A';
	assert_false(digest_parse(bytes_str(text), &again));
	assert_false(digest_parse(BYTES_LIT("sha256:00"), &again));
	assert_false(digest_parse(BYTES_LIT("md5:900150983cd24fb0d6963f7d28e17f72"), &again));
}

static void an_error_gets_context_and_keeps_its_code(void **state)
{
	(void)state;
	struct error err = { 0 };
	assert_int_equal(error_set(&err, ERR_MALFORMED, "bad byte"), -1);
	assert_int_equal(error_wrap(&err, "layer %d", 3), -1);
	assert_string_equal(err.text, "layer 3: bad byte");
	assert_int_equal(err.code, ERR_MALFORMED);
}

static void every_error_code_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < ERR_CODES; i++)
		assert_int_equal(error_code_from_name(error_code_name((enum error_code)i)), i);
	assert_int_equal(error_code_from_name("nonsense"), ERR_CODES);
}

/* RFC 1321, A.5. */
static void md5_gives_the_sums_of_its_rfc(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{ "", "d41d8cd98f00b204e9800998ecf8427e" },
		{ "abc", "900150983cd24fb0d6963f7d28e17f72" },
		{ "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
	};
	struct md5 *h = md5_new();
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t sum[MD5_SIZE];
		char text[2 * MD5_SIZE + 1];
		md5_reset(h);
		for (const char *c = rows[i][0]; *c != '\0'; c++)
			md5_update(h, c, 1);
		md5_final(h, sum);
		hex_text(sum, sizeof sum, text);
		assert_string_equal(text, rows[i][1]);
	}
	md5_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(md5_gives_the_sums_of_its_rfc),
		cmocka_unit_test(a_cursor_that_ran_over_stays_failed),
		cmocka_unit_test(numbers_are_read_in_both_orders),
		cmocka_unit_test(a_part_is_clipped_to_the_whole),
		cmocka_unit_test(a_number_with_too_many_digits_is_no_number),
		cmocka_unit_test(fields_come_in_order_and_end),
		cmocka_unit_test(a_buffer_refuses_to_pass_its_cap),
		cmocka_unit_test(an_arena_refuses_to_pass_its_cap),
		cmocka_unit_test(an_interned_string_has_one_address),
		cmocka_unit_test(a_map_keeps_what_was_put),
		cmocka_unit_test(only_sha256_in_lower_case_is_a_digest),
		cmocka_unit_test(an_error_gets_context_and_keeps_its_code),
		cmocka_unit_test(every_error_code_has_a_name_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
