/* Looking: windows and pieces, places, masks, limits. */
#include <time.h>

#include "secret_try.h"

static const char plain[] = "[[rules]]\nid = 'tok'\nregex = '''\\b(tok_[a-zA-Z0-9]{12,40})\\b'''\n";
#define TOKEN "tok_Ab3dEf6hIj9k"

/* Lines of words, so that there are many windows. */
static struct bytes filler(size_t n)
{
	static const char words[] = "some words that say nothing much, one line after another;\n";
	uint8_t *p = malloc(n);
	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)words[i % (sizeof words - 1)];
	return bytes_of(p, n);
}

static void put_at(struct bytes text, size_t at, const char *what)
{
	memcpy((uint8_t *)(uintptr_t)text.p + at, what, strlen(what));
}

static uint32_t line_at(struct bytes text, size_t at)
{
	uint32_t line = 1;
	for (size_t i = 0; i < at; i++)
		line += text.p[i] == '\n';
	return line;
}

static void a_secret_is_told_with_its_place(void **state)
{
	(void)state;
	static struct hits h;
	struct secret_engine *e = engine_of_text(plain);
	look(e, "a", BYTES_LIT("x\ny = " TOKEN "\n"), 0, &h);
	assert_int_equal(h.n, 1);
	assert_int_equal(h.all[0].line, 2);
	assert_int_equal(h.all[0].column, 5);
	assert_int_equal(h.all[0].offset, 6);
	assert_string_equal(h.all[0].masked, "tok**********j9k");
	assert_string_equal(h.all[0].context, "y = tok**********j9k");
	secret_engine_close(e);
}

/* Wherever windows end: every place around them, in pieces of many sizes. */
static void a_secret_is_found_once_wherever_it_lies(void **state)
{
	(void)state;
	static struct hits h;
	struct secret_engine *e = engine_of_text(plain);
	const size_t n = 3 * WINDOW_BYTES, step = WINDOW_BYTES - WINDOW_KEEP - WINDOW_LEFT;
	const size_t near[] = { 300,
				WINDOW_BYTES - WINDOW_KEEP,
				WINDOW_BYTES,
				WINDOW_BYTES + step - WINDOW_KEEP,
				WINDOW_BYTES + step,
				step,
				2 * step };
	const size_t pieces[] = { 0, 1021, 8192, 65536, 200001 };
	for (size_t i = 0; i < sizeof near / sizeof near[0]; i++) {
		for (size_t d = 0; d < 40; d++) {
			struct bytes text = filler(n);
			size_t at = near[i] - 20 + d;
			put_at(text, at - 1, " " TOKEN " ");
			look(e, "a", text, pieces[d % 5], &h);
			if (h.n != 1 || h.all[0].offset != at || h.all[0].line != line_at(text, at))
				fail_msg("at %zu in pieces of %zu: %zu found", at, pieces[d % 5],
					 h.n);
			free((uint8_t *)(uintptr_t)text.p);
		}
	}
	secret_engine_close(e);
}

static void pieces_do_not_change_what_is_found(void **state)
{
	(void)state;
	static struct hits whole, parts;
	struct secret_rules *r = rules_shipped();
	struct secret_engine *e = engine_of(r);
	struct bytes text = filler(2 * WINDOW_BYTES + 777);
	for (size_t i = 0; i < 60; i++) {
		char word[64];
		(void)snprintf(word, sizeof word, "\nid = AKIA%c%c3M7ZTKX2LPDV5N\n",
			       (int)('B' + i % 20), (int)('Q' + i / 20));
		put_at(text, 97 + i * 8641, word);
	}
	look(e, "srv/a.conf", text, 0, &whole);
	assert_true(whole.n == 60);
	const size_t sizes[] = { 1, 7, 4096, 100000, 262144, 262145, 500000 };
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		look(e, "srv/a.conf", text, sizes[i], &parts);
		assert_int_equal(parts.n, whole.n);
		assert_memory_equal(parts.all, whole.all, whole.n * sizeof whole.all[0]);
	}
	free((uint8_t *)(uintptr_t)text.p);
	secret_engine_close(e);
	secret_rules_free(r);
}

static void a_word_that_goes_on_behind_a_window_is_not_cut(void **state)
{
	(void)state;
	static struct hits h;
	struct secret_engine *e =
		engine_of_text("[[rules]]\nid = 'a'\nregex = '''\\bAK[A-Z]{8}\\b'''\n"
			       "[[rules]]\nid = 'b'\nregex = '''^BEGIN [A-Z]{8}'''\n"
			       "[[rules]]\nid = 'c'\nregex = '''END [A-Z]{8}$'''\n"
			       "[[rules]]\nid = 'd'\nregex = '''\\AFIRST[A-Z]{8}'''\n");
	const size_t step = WINDOW_BYTES - WINDOW_KEEP - WINDOW_LEFT;
	const char *const none[] = { "AKABCDEFGHIJ", "BEGIN ABCDEFGH", "END ABCDEFGH",
				     "FIRSTABCDEFGH" };
	for (size_t i = 0; i < 4; i++) {
		for (size_t d = 0; d < 24; d++) {
			const size_t at[] = { WINDOW_BYTES - d, step - d, step + d,
					      WINDOW_BYTES - WINDOW_KEEP - d };
			for (size_t k = 0; k < 4; k++) {
				struct bytes text = filler(2 * WINDOW_BYTES);
				put_at(text, at[k], none[i]);
				look(e, "a", text, 0, &h);
				if (h.n != 0)
					fail_msg("%s at %zu is told", none[i], at[k]);
				free((uint8_t *)(uintptr_t)text.p);
			}
		}
	}
	look(e, "a", BYTES_LIT("BEGIN ABCDEFGH END ABCDEFGH"), 0, &h);
	assert_int_equal(h.n, 2);
	secret_engine_close(e);
}

static void a_file_that_is_binary_is_left(void **state)
{
	(void)state;
	static struct hits h;
	struct secret_engine *e = engine_of_text(plain);
	look(e, "a", BYTES_LIT(TOKEN "\0" TOKEN), 0, &h);
	assert_int_equal(h.n, 0);
	look(e, "a", BYTES_LIT("\x01\x02\x03 " TOKEN), 3, &h);
	assert_int_equal(h.n, 0);
	look(e, "a", BYTES_LIT("\x1b[1m\t" TOKEN "\r\n"), 3, &h);
	assert_int_equal(h.n, 1);
	secret_engine_close(e);
}

static struct bytes utf16(const char *text, bool big, uint8_t *out)
{
	size_t n = 0;
	out[n++] = big ? 0xfe : 0xff;
	out[n++] = big ? 0xff : 0xfe;
	for (const char *c = text; *c != '\0'; c++) {
		out[n++] = big ? 0 : (uint8_t)*c;
		out[n++] = big ? (uint8_t)*c : 0;
	}
	return bytes_of(out, n);
}

static void text_in_utf16_is_read(void **state)
{
	(void)state;
	static struct hits h;
	static uint8_t out[64 * 1024];
	char text[16 * 1024];
	struct secret_engine *e = engine_of_text(plain);
	memset(text, 'x', sizeof text);
	(void)snprintf(text + 12000, 200, "\n\nkey = %s\n", TOKEN);
	const size_t pieces[] = { 0, 1, 3, 4097, 8193 };
	for (size_t i = 0; i < 10; i++) {
		look(e, "a", utf16(text, i % 2 == 0, out), pieces[i / 2], &h);
		assert_int_equal(h.n, 1);
		assert_int_equal(h.all[0].line, 3);
		look(e, "a", utf16("a " TOKEN, i % 2 == 0, out), pieces[i / 2], &h);
		assert_int_equal(h.n, 1);
	}
	/* Halves of pairs, and an odd byte at the end. */
	static const uint8_t odd[] = "\xff\xfe\x3d\xd8\x00\xde\x3d\xd8t\0o\0k\0_";
	look(e, "a", bytes_of(odd, sizeof odd - 1), 1, &h);
	assert_int_equal(h.n, 0);
	secret_engine_close(e);
}

static void what_is_told_never_holds_the_secret(void **state)
{
	(void)state;
	static struct hits h;
	static const char text[] =
		"a = 'AKIAWQ3M7ZTKX2LPDV5N', aws_secret_access_key = "
		"'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', other = Xk93Lq0Zb72Wm4Rt8Yc1Pd6\n";
	struct secret_rules *r = rules_shipped();
	struct secret_engine *e = engine_of(r);
	look(e, "srv/a.conf", BYTES_LIT(text), 0, &h);
	assert_int_equal(h.n, 2);
	for (size_t i = 0; i < h.n; i++) {
		static const char *const parts[] = { "WQ3M7ZTK", "Zq8vK", "Xk93Lq0Zb7", "Wm4Rt8" };
		for (size_t k = 0; k < 4; k++) {
			assert_null(strstr(h.all[i].masked, parts[k]));
			assert_null(strstr(h.all[i].context, parts[k]));
		}
	}
	secret_engine_close(e);
	secret_rules_free(r);
}

static void a_mask_shows_less_of_a_short_secret(void **state)
{
	static const struct {
		const char *secret, *masked;
	} cases[] = {
		{ "AKIAABCDEFGHIJKLMNOP", "AKIA************MNOP" },
		{ "abcdefghij", "ab******ij" },
		{ "abcd", "****" },
		{ "0123456789012345678901234567890123456789", "0123************6789" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t out[MASKED_MAX];
		size_t n = mask_secret(bytes_str(cases[i].secret), false, out, 0, sizeof out);
		assert_int_equal(n, strlen(cases[i].masked));
		assert_memory_equal(out, cases[i].masked, n);
	}
}

static void limits_are_told_once(void **state)
{
	(void)state;
	static struct hits h;
	struct secret_engine *e = engine_of_text(plain);
	struct buf text = buf_max(MIB);
	for (int i = 0; i < 300; i++)
		assert_int_equal(buf_printf(&text, NULL, "tok_%012dAb\n", i), 0);
	look(e, "a", buf_view(&text), 0, &h);
	assert_int_equal(h.n, LIMIT_SECRET_FILE_FINDINGS);
	assert_string_equal(h.limits, "findings of one file; ");
	text.n = 0;
	for (int i = 0; i < 9000; i++)
		assert_int_equal(buf_printf(&text, NULL, "x"), 0);
	assert_int_equal(buf_printf(&text, NULL, " %s", TOKEN), 0);
	look(e, "a", buf_view(&text), 0, &h);
	assert_int_equal(h.n, 1);
	assert_string_equal(h.limits, "line length; ");
	assert_true(strlen(h.all[0].context) <= CONTEXT_MAX);
	buf_free(&text);
	secret_engine_close(e);
}

static void the_same_secret_is_told_once_a_file(void **state)
{
	(void)state;
	static struct hits h;
	struct secret_engine *e = engine_of_text(plain);
	look(e, "a", BYTES_LIT(TOKEN "\n" TOKEN "\n" TOKEN "Q\n"), 0, &h);
	assert_int_equal(h.n, 2);
	assert_int_equal(h.all[0].line, 1);
	assert_false(digest_equal(&h.all[0].hash, &h.all[1].hash));
	secret_engine_close(e);
}

static void of_two_rules_at_one_place_the_surer_tells(void **state)
{
	(void)state;
	static struct hits h;
	struct secret_engine *e = engine_of_text(
		"corten = 1\n"
		"[[rules]]\nid = 'low'\nconfidence = 'low'\nregex = '''key=(\\w+)'''\n"
		"[[rules]]\nid = 'high'\nconfidence = 'high'\nregex = '''(tok_\\w+)'''\n");
	look(e, "a", BYTES_LIT("key=" TOKEN "\nkey=Zk83LmQ2\n"), 0, &h);
	assert_int_equal(h.n, 2);
	assert_int_equal(h.all[0].rule, 1);
	assert_int_equal(h.all[1].rule, 0);
	secret_engine_close(e);
}

static void a_text_that_is_no_file_is_looked_at(void **state)
{
	(void)state;
	static struct hits h;
	struct secret_rules *r = rules_shipped();
	struct secret_engine *e = engine_of(r);
	look_text(e, "env:AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID=AKIAWQ3M7ZTKX2LPDV5N", &h);
	assert_int_equal(h.n, 1);
	look_text(e, "root/.ssh/id_rsa", "nothing", &h);
	assert_int_equal(h.n, 0);
	look_text(e, "env:EMPTY", "", &h);
	assert_int_equal(h.n, 0);
	secret_engine_close(e);
	secret_rules_free(r);
}

static void a_file_is_told_by_its_name(void **state)
{
	(void)state;
	static struct hits h;
	static const uint8_t jks[] = "\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1\0\0\0\1\0\1a";
	static const uint8_t trust[] = "\xfe\xed\xfe\xed\0\0\0\2\0\0\0\0";
	static const uint8_t p12[] = "\x30\x82\x09\x2b\x02\x01\x03\x30\x82";
	struct secret_rules *r = rules_shipped();
	struct secret_engine *e = engine_of(r);
	look(e, "root/.ssh/id_rsa", BYTES_LIT("x"), 0, &h);
	assert_int_equal(h.n, 1);
	assert_string_equal(h.all[0].masked, "id_rsa");
	look(e, "srv/a.jks", bytes_of(jks, sizeof jks), 1, &h);
	assert_int_equal(h.n, 1);
	look(e, "srv/a.jks", bytes_of(trust, sizeof trust), 0, &h);
	assert_int_equal(h.n, 0);
	look(e, "srv/a.p12", bytes_of(p12, sizeof p12), 0, &h);
	assert_int_equal(h.n, 1);
	look(e, "srv/a.p12", BYTES_LIT("no store"), 0, &h);
	assert_int_equal(h.n, 0);
	secret_engine_close(e);
	secret_rules_free(r);
}

static double seconds_for(struct secret_engine *e, struct bytes text)
{
	static struct hits h;
	struct timespec a, b;
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
	look(e, "srv/app.js", text, 0, &h);
	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
	return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

/* One line without an end, made of what begins secrets: four times the text must not
 * take much more than four times the time. */
static void hostile_lines_cost_linear_time(void **state)
{
	static const char *const units[] = {
		"-----BEGIN RSA PRIVATE KEY-----",
		"password=\"password=\"",
		"AKIAAAAAAAAAAAAAAAAA",
		"eyJhbGciOiJIUzI1NiJ9.eyJ",
		"a:b@c://",
		"api_key=api_key:'aaaaaaaaaaaaaaaaaaaaaaaaaa",
		"postgres://a:b",
		"xoxb-1234567890-",
	};
	(void)state;
	struct secret_rules *r = rules_shipped();
	struct secret_engine *e = engine_of(r);
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
		const size_t n = MIB;
		size_t unit = strlen(units[i]);
		uint8_t *p = calloc(4, n);
		assert_non_null(p);
		for (size_t k = 0; k < 4 * n; k++)
			p[k] = (uint8_t)units[i][k % unit];
		double one = seconds_for(e, bytes_of(p, n)),
		       four = seconds_for(e, bytes_of(p, 4 * n));
		free(p);
		if (four > 10 * one + 0.2 || one > 2)
			fail_msg("%s: %.3f s for 1 MiB, %.3f s for 4 MiB", units[i], one, four);
	}
	secret_engine_close(e);
	secret_rules_free(r);
}

static int refuse(void *ctx, const struct secret_match *m, struct error *err)
{
	(void)ctx;
	(void)m;
	return error_set(err, ERR_LIMIT, "enough");
}

static void a_sink_that_fails_ends_the_file(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct secret_sink sink = { .match = refuse };
	struct secret_rules *r = rules_shipped();
	struct secret_engine *e = engine_of(r);
	struct bytes text = BYTES_LIT("AKIAWQ3M7ZTKX2LPDV5N\n");
	assert_true(secret_begin(e, BYTES_LIT("a.conf"), text.n, sink, &err));
	assert_int_equal(secret_feed(e, text, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	err = (struct error){ 0 };
	assert_true(secret_begin(e, BYTES_LIT(".ssh/id_rsa"), 4, sink, &err));
	err = (struct error){ 0 };
	assert_int_equal(secret_feed(e, text, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	secret_engine_close(e);
	secret_rules_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_secret_is_told_with_its_place),
		cmocka_unit_test(a_secret_is_found_once_wherever_it_lies),
		cmocka_unit_test(pieces_do_not_change_what_is_found),
		cmocka_unit_test(a_word_that_goes_on_behind_a_window_is_not_cut),
		cmocka_unit_test(a_file_that_is_binary_is_left),
		cmocka_unit_test(text_in_utf16_is_read),
		cmocka_unit_test(what_is_told_never_holds_the_secret),
		cmocka_unit_test(a_mask_shows_less_of_a_short_secret),
		cmocka_unit_test(limits_are_told_once),
		cmocka_unit_test(the_same_secret_is_told_once_a_file),
		cmocka_unit_test(of_two_rules_at_one_place_the_surer_tells),
		cmocka_unit_test(a_text_that_is_no_file_is_looked_at),
		cmocka_unit_test(a_file_is_told_by_its_name),
		cmocka_unit_test(hostile_lines_cost_linear_time),
		cmocka_unit_test(a_sink_that_fails_ends_the_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
