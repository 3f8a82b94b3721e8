#include "source/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static void origins_are_scheme_host_and_port(void **state)
{
	(void)state;
	const struct {
		const char *url, *host;
		unsigned port;
		bool tls;
	} samples[] = {
		{ "https://ghcr.io/v2/", "ghcr.io", 443, true },
		{ "http://localhost/x", "localhost", 80, false },
		{ "https://Registry.Example:5000/a?b#c", "registry.example", 5000, true },
		{ "http://[::1]:5000/v2/", "[::1]", 5000, false },
		{ "http://127.1/", "127.0.0.1", 80, false },
		{ "http://0x7f000001/", "127.0.0.1", 80, false },
		{ "HTTPS://a.b/", "a.b", 443, true },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct origin o;
		struct error err = { 0 };
		if (url_origin(samples[i].url, &o, &err) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(o.host, samples[i].host);
		assert_int_equal(o.port, samples[i].port);
		assert_int_equal(o.tls, samples[i].tls);
	}
}

static void what_is_no_plain_web_address_is_refused(void **state)
{
	(void)state;
	const char *const samples[] = {
		"",
		"ghcr.io",
		"/v2/",
		"//host/x",
		"file:///etc/passwd",
		"ftp://host/x",
		"gopher://host/x",
		"unix:///run/docker.sock",
		"http://",
		"http://user@host/",
		"http://user:pw@host/",
		"http://host:0/",
		"http://host:65536/",
		"http://host:x/",
		"http://ho st/",
		"http://host\r\nX: y/",
		"javascript:alert(1)",
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct origin o;
		struct error err = { 0 };
		if (url_origin(samples[i], &o, &err) == 0)
			fail_msg("taken: %s", samples[i]);
		assert_int_equal(err.code, ERR_PROTOCOL);
	}
}

static void loopback_is_told_without_resolving(void **state)
{
	(void)state;
	const char *const here[] = { "localhost", "LocalHost", "127.0.0.1",         "127.9.8.7",
				     "::1",       "[::1]",     "[::ffff:127.0.0.1]" };
	const char *const there[] = { "localhost.example", "localhost.", "128.0.0.1",
				      "10.0.0.1",          "[::2]",      "0.0.0.0",
				      "127.0.0.1.nip.io",  "",           "169.254.169.254" };
	for (size_t i = 0; i < sizeof here / sizeof here[0]; i++)
		assert_true(host_is_loopback(here[i]));
	for (size_t i = 0; i < sizeof there / sizeof there[0]; i++)
		assert_false(host_is_loopback(there[i]));
}

static void a_server_may_send_us_only_where_nothing_is_lost(void **state)
{
	(void)state;
	const struct {
		const char *from, *to;
		bool plain, insecure; /* allowed; allowed with plain_http */
	} samples[] = {
		{ "https://a.io", "https://a.io/x", true, true },
		{ "https://a.io", "https://s3.amazonaws.com", true, true },
		{ "https://a.io", "http://a.io", false, false },
		{ "https://a.io", "http://b.io", false, false },
		{ "http://a.io", "http://b.io", false, true },
		{ "http://a.io", "https://b.io", true, true },
		{ "https://a.io", "https://localhost", false, false },
		{ "http://a.io", "http://127.0.0.1:8080", false, false },
		{ "http://a.io", "http://127.1:8080", false, false },
		{ "http://a.io", "http://[::1]:8080", false, false },
		{ "http://localhost:1", "http://localhost:2", true, true },
		{ "http://localhost:1", "http://[::1]:2", true, true },
		{ "http://localhost:1", "https://a.io", true, true },
		{ "http://localhost:1", "http://a.io", false, true },
		{ "https://localhost:1", "http://localhost:2", false, false },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct origin from, to;
		struct error err = { 0 };
		assert_int_equal(url_origin(samples[i].from, &from, &err), 0);
		assert_int_equal(url_origin(samples[i].to, &to, &err), 0);
		if ((origin_may_send(&from, &to, false, &err) == 0) != samples[i].plain ||
		    (origin_may_send(&from, &to, true, &err) == 0) != samples[i].insecure)
			fail_msg("%s -> %s", samples[i].from, samples[i].to);
	}
}

static void another_port_or_scheme_is_another_origin(void **state)
{
	(void)state;
	const struct origin a = { .tls = true, .host = "a", .port = 443 };
	struct origin b = a;
	assert_true(origin_equal(&a, &b));
	b.port = 8443;
	assert_false(origin_equal(&a, &b));
	b = a;
	b.tls = false;
	assert_false(origin_equal(&a, &b));
	b = a;
	b.host[0] = 'b';
	assert_false(origin_equal(&a, &b));
}

static void pairs_are_percent_encoded(void **state)
{
	(void)state;
	cleanup_buf struct buf out = buf_max(1024);
	assert_int_equal(url_add_pair(&out, '?', "scope", "repository:a/b:pull"), 0);
	assert_int_equal(url_add_pair(&out, '&', "x", "a b&c=d\r\n\xc3\xa4~-._9Z"), 0);
	assert_string_equal(buf_cstr(&out, NULL), "?scope=repository%3Aa%2Fb%3Apull"
						  "&x=a%20b%26c%3Dd%0D%0A%C3%A4~-._9Z");
	struct buf small = buf_max(4);
	assert_int_equal(url_add_pair(&small, 0, "name", "value"), -1);
	buf_free(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(origins_are_scheme_host_and_port),
		cmocka_unit_test(what_is_no_plain_web_address_is_refused),
		cmocka_unit_test(loopback_is_told_without_resolving),
		cmocka_unit_test(a_server_may_send_us_only_where_nothing_is_lost),
		cmocka_unit_test(another_port_or_scheme_is_another_origin),
		cmocka_unit_test(pairs_are_percent_encoded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
