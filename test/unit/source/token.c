#include "source/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "source/remote_error.h"
#include "source/retry.h"

static void answers_of_token_endpoints_are_read(void **state)
{
	(void)state;
	const struct {
		const char *body, *text;
		uint32_t seconds;
	} samples[] = {
		{ "{\"token\":\"a.b-c_d~e+f/g==\",\"expires_in\":300,\"issued_at\":\"2026\"}",
		  "a.b-c_d~e+f/g==", 300 },
		{ "{\"access_token\":\"x\",\"token\":\"x\",\"expires_in\":3600}", "x", 3600 },
		{ "{\"access_token\":\"x\",\"refresh_token\":\"y\",\"scope\":\"s\"}", "x", 60 },
		{ "{\"token\":null,\"access_token\":\"x\"}", "x", 60 },
		{ "{\"token\":\"\",\"access_token\":\"x\"}", "x", 60 },
		{ "{\"token\":\"x\",\"expires_in\":1}", "x", 60 },
		{ "{\"token\":\"x\",\"expires_in\":-5}", "x", 60 },
		{ "{\"token\":\"x\",\"expires_in\":99999999999}", "x", 86400 },
		{ "{\"token\":\"x\",\"expires_in\":\"3600\"}", "x", 60 },
		{ "{\"token\":\"x\",\"expires_in\":1e3}", "x", 60 },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct token t;
		struct error err = { 0 };
		if (token_parse(bytes_str(samples[i].body), &t, &err) < 0)
			fail_msg("%s: %s", samples[i].body, err.text);
		assert_string_equal(t.text, samples[i].text);
		assert_int_equal(t.seconds, samples[i].seconds);
		secret_free(t.text);
	}
}

static void what_is_not_a_token_is_an_error(void **state)
{
	(void)state;
	const char *const samples[] = {
		"",
		"null",
		"[]",
		"\"token\"",
		"{}",
		"{\"token\":7}",
		"{\"token\":\"\"}",
		"{\"token\":\"a b\"}",
		"{\"token\":\"a\\r\\nX-Evil: 1\"}",
		"{\"token\":\"a\\u0000b\"}",
		"{\"token\":\"\\u00e4\"}",
		"{\"token\":\"x\"",
		"{\"token\":\"x\"} trailing",
		"<html>",
		"{\"errors\":[{\"code\":\"DENIED\"}]}",
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct token t;
		struct error err = { 0 };
		if (token_parse(bytes_str(samples[i]), &t, &err) == 0)
			fail_msg("taken: %s", samples[i]);
		assert_int_equal(err.code, ERR_PROTOCOL);
	}
}

static void the_servers_own_words_are_found(void **state)
{
	(void)state;
	const struct {
		const char *body, *text;
	} samples[] = {
		{ "{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"authentication required\","
		  "\"detail\":[{\"Type\":\"repository\"}]}]}",
		  "UNAUTHORIZED: authentication required" },
		{ "{\"errors\":[{\"message\":\"only this\"},{\"code\":\"SECOND\"}]}", "only this" },
		{ "{\"errors\":[{\"code\":\"NAME_UNKNOWN\"}]}", "NAME_UNKNOWN" },
		{ "{\"details\":\"incorrect username or password\"}",
		  "incorrect username or password" },
		{ "{\"error\":\"invalid_grant\",\"error_description\":\"expired\"}",
		  "invalid_grant: expired" },
		{ "{\"message\":\"Not Found\"}", "Not Found" },
		{ "{\"errors\":[]}", "" },
		{ "{\"errors\":\"x\",\"message\":\"y\"}", "y" },
		{ "{\"errors\":[7,[],\"x\"]}", "" },
		{ "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "" },
		{ "", "" },
		{ "{\"errors\":[{\"code\":\"A\",\"message\":\"cut", "A" },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		char out[REMOTE_TEXT_MAX];
		remote_error_text(bytes_str(samples[i].body), out);
		assert_string_equal(out, samples[i].text);
	}
}

static void a_long_message_is_cut(void **state)
{
	(void)state;
	cleanup_buf struct buf body = buf_max(1 * MIB);
	char out[REMOTE_TEXT_MAX];
	assert_int_equal(buf_append_str(&body, "{\"message\":\"", NULL), 0);
	for (int i = 0; i < 10000; i++)
		assert_int_equal(buf_append_str(&body, "0123456789", NULL), 0);
	assert_int_equal(buf_append_str(&body, "\"}", NULL), 0);
	remote_error_text(buf_view(&body), out);
	assert_int_equal(strlen(out), REMOTE_TEXT_MAX - 1);
}

static void waiting_grows_with_each_failure_and_is_never_the_same(void **state)
{
	(void)state;
	const uint64_t second = 1000000000;
	for (unsigned failures = 0; failures < 20; failures++) {
		uint64_t most = failures >= 6 ? 30 * second : (second / 2) << failures;
		for (uint64_t random = 0; random < 100; random++) {
			uint64_t delay = retry_delay_ns(failures, random * 0x9e3779b97f4a7c15, 0);
			assert_true(delay >= most / 2 && delay <= most);
		}
	}
	assert_int_not_equal(retry_delay_ns(3, 1, 0), retry_delay_ns(3, 2, 0));
}

static void retry_after_is_a_minimum(void **state)
{
	(void)state;
	const uint64_t second = 1000000000;
	assert_int_equal(retry_delay_ns(0, 0, 7), 7 * second);
	assert_true(retry_delay_ns(6, 0, 1) >= 15 * second);
}

static void only_passing_troubles_are_tried_again(void **state)
{
	(void)state;
	const unsigned yes[] = { 408, 425, 429, 500, 502, 503, 504 };
	const unsigned no[] = { 0, 200, 301, 400, 401, 403, 404, 405, 410, 416, 501, 505, 999 };
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		assert_true(retry_status(yes[i]));
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		assert_false(retry_status(no[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_of_token_endpoints_are_read),
		cmocka_unit_test(what_is_not_a_token_is_an_error),
		cmocka_unit_test(the_servers_own_words_are_found),
		cmocka_unit_test(a_long_message_is_cut),
		cmocka_unit_test(waiting_grows_with_each_failure_and_is_never_the_same),
		cmocka_unit_test(retry_after_is_a_minimum),
		cmocka_unit_test(only_passing_troubles_are_tried_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
