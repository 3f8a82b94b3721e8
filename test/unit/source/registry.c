#include "source/registry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct registry *make(const char *host)
{
	struct credential none = { 0 };
	struct registry *r = registry_new(host, &none);
	assert_non_null(r);
	return r;
}

static void everyone_but_loopback_gets_tls(void **state)
{
	(void)state;
	const char *const plain[] = { "localhost", "localhost:5000", "127.0.0.1:5000",
				      "[::1]:5000" };
	const char *const tls[] = { "ghcr.io", "registry:5000", "[2001:db8::1]:5000",
				    "localhost.example:5000" };
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		struct registry *r = make(plain[i]);
		assert_false(r->tls);
		registry_free(r);
	}
	for (size_t i = 0; i < sizeof tls / sizeof tls[0]; i++) {
		struct registry *r = make(tls[i]);
		assert_true(r->tls);
		registry_free(r);
	}
}

static void nobody_falls_back_to_plain_http_unasked(void **state)
{
	(void)state;
	struct registry *r = make("ghcr.io");
	assert_false(registry_switch_scheme(r, true, false));
	assert_true(r->tls);
	registry_free(r);
}

static void loopback_is_tried_both_ways_and_then_in_turns(void **state)
{
	(void)state;
	struct registry *r = make("localhost:5000");
	assert_true(registry_switch_scheme(r, false, false));
	assert_true(r->tls);
	/* Another request that failed with the old scheme just follows. */
	assert_true(registry_switch_scheme(r, false, false));
	assert_true(r->tls);
	assert_false(registry_switch_scheme(r, true, false));
	assert_false(r->tls);
	registry_free(r);
}

static void a_scheme_that_once_worked_stays(void **state)
{
	(void)state;
	struct registry *r = make("registry:5000");
	r->tls_known = true;
	assert_false(registry_switch_scheme(r, true, true));
	assert_true(r->tls);
	registry_free(r);
}

static void plain_http_on_request_comes_after_tls(void **state)
{
	(void)state;
	cleanup_buf struct buf url = buf_max(1024);
	struct registry *r = make("registry:5000");
	assert_int_equal(registry_base(r, &url, NULL), 0);
	assert_string_equal(buf_cstr(&url, NULL), "https://registry:5000/v2/");
	assert_true(registry_switch_scheme(r, true, true));
	url.n = 0;
	assert_int_equal(registry_base(r, &url, NULL), 0);
	assert_string_equal(buf_cstr(&url, NULL), "http://registry:5000/v2/");
	registry_free(r);
}

static void set_token(struct registry *r, const char *repository, const char *text)
{
	struct token t = { .text = secret_dup(bytes_str(text)), .seconds = 60 };
	registry_token_set(registry_token_of(r, repository), &t);
	assert_null(t.text);
}

static void a_token_is_for_its_repository_and_its_time(void **state)
{
	(void)state;
	cleanup_buf struct buf out = buf_max(1024);
	struct registry *r = make("ghcr.io");
	assert_int_equal(registry_authorize(r, "a/b", &out), 0);
	r->challenge.scheme = CHALLENGE_BEARER;
	assert_int_equal(registry_authorize(r, "a/b", &out), -1);
	set_token(r, "a/b", "old");
	set_token(r, "a/b", "tok");
	assert_int_equal(registry_authorize(r, "a/c", &out), -1);
	assert_int_equal(registry_authorize(r, "a/b", &out), 1);
	assert_string_equal(buf_cstr(&out, NULL), "Bearer tok");
	assert_string_equal(registry_token_of(r, "a/b")->scope, "repository:a/b:pull");
	registry_token_of(r, "a/b")->until = clock_monotonic_ns();
	assert_int_equal(registry_authorize(r, "a/b", &out), -1);
	registry_free(r);
}

static void tokens_of_many_repositories_are_not_kept_for_ever(void **state)
{
	(void)state;
	struct registry *r = make("ghcr.io");
	char name[32];
	for (int i = 0; i < 10000; i++) {
		(void)snprintf(name, sizeof name, "r%d", i);
		set_token(r, name, "t");
	}
	unsigned count = 0;
	for (struct registry_token *t = r->tokens; t != NULL; t = t->next)
		count++;
	assert_true(count <= 256);
	registry_free(r);
}

static void basic_is_the_encoded_pair(void **state)
{
	(void)state;
	/* RFC 7617 section 2 */
	struct credential c = { .username = secret_dup(BYTES_LIT("Aladdin")),
				.password = secret_dup(BYTES_LIT("open sesame")) };
	cleanup_buf struct buf out = buf_max(1024);
	struct registry *r = registry_new("ghcr.io", &c);
	assert_true(credential_is_empty(&c));
	assert_int_equal(registry_authorize(r, "a", &out), 0); /* nobody asked yet */
	r->challenge.scheme = CHALLENGE_BASIC;
	assert_int_equal(registry_authorize(r, "a", &out), 1);
	assert_string_equal(buf_cstr(&out, NULL), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
	registry_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everyone_but_loopback_gets_tls),
		cmocka_unit_test(nobody_falls_back_to_plain_http_unasked),
		cmocka_unit_test(loopback_is_tried_both_ways_and_then_in_turns),
		cmocka_unit_test(a_scheme_that_once_worked_stays),
		cmocka_unit_test(plain_http_on_request_comes_after_tls),
		cmocka_unit_test(a_token_is_for_its_repository_and_its_time),
		cmocka_unit_test(tokens_of_many_repositories_are_not_kept_for_ever),
		cmocka_unit_test(basic_is_the_encoded_pair),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
