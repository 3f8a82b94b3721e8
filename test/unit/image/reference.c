#include "image/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HUB "registry-1.docker.io"
#define X32 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X128 X32 X32 X32 X32

static const struct good {
	const char *text, *host, *repository, *tag, *familiar;
	bool digest;
} goods[] = {
	{ "debian", HUB, "library/debian", "latest", "debian:latest", false },
	{ "debian:12", HUB, "library/debian", "12", "debian:12", false },
	{ "library/debian:12", HUB, "library/debian", "12", "debian:12", false },
	{ "docker.io/debian:12", HUB, "library/debian", "12", "debian:12", false },
	{ "docker.io/library/debian", HUB, "library/debian", "latest", "debian:latest", false },
	{ "index.docker.io/a/b", HUB, "a/b", "latest", "a/b:latest", false },
	{ HUB "/a/b:x", HUB, "a/b", "x", "a/b:x", false },
	{ "bitnami/nginx:1.25", HUB, "bitnami/nginx", "1.25", "bitnami/nginx:1.25", false },
	{ "debian@" DIGEST, HUB, "library/debian", "", "debian@" DIGEST, true },
	{ "debian:12@" DIGEST, HUB, "library/debian", "12", "debian:12@" DIGEST, true },
	{ "library/a/b", HUB, "library/a/b", "latest", "library/a/b:latest", false },
	{ "docker.io/a.b/c", HUB, "a.b/c", "latest", "docker.io/a.b/c:latest", false },
	{ "docker.io/localhost/c", HUB, "localhost/c", "latest", "docker.io/localhost/c:latest",
	  false },
	{ "ghcr.io/a/b:1", "ghcr.io", "a/b", "1", "ghcr.io/a/b:1", false },
	{ "ghcr.io/a", "ghcr.io", "a", "latest", "ghcr.io/a:latest", false },
	{ "localhost/x", "localhost", "x", "latest", "localhost/x:latest", false },
	{ "localhost:5000/x", "localhost:5000", "x", "latest", "localhost:5000/x:latest", false },
	{ "localhost:5000/x@" DIGEST, "localhost:5000", "x", "", "localhost:5000/x@" DIGEST, true },
	{ "127.0.0.1:5000/a/b/c/d:v1", "127.0.0.1:5000", "a/b/c/d", "v1",
	  "127.0.0.1:5000/a/b/c/d:v1", false },
	{ "[::1]:5000/x:1", "[::1]:5000", "x", "1", "[::1]:5000/x:1", false },
	{ "[2001:db8::1]/x", "[2001:db8::1]", "x", "latest", "[2001:db8::1]/x:latest", false },
	{ "registry:5000/x", "registry:5000", "x", "latest", "registry:5000/x:latest", false },
	{ "MyHost/x", "MyHost", "x", "latest", "MyHost/x:latest", false },
	{ "xn--7o8h.com/a:b", "xn--7o8h.com", "a", "b", "xn--7o8h.com/a:b", false },
	{ "a__b/c-d/e---f/g.h/i_j:_t", HUB, "a__b/c-d/e---f/g.h/i_j", "_t",
	  "a__b/c-d/e---f/g.h/i_j:_t", false },
	{ "x:" X128, HUB, "library/x", X128, "x:" X128, false },
	{ "x:A.b-c_D", HUB, "library/x", "A.b-c_D", "x:A.b-c_D", false },
	{ "r.io/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "r.io",
	  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "latest",
	  "r.io/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef:latest", false },
};

static const struct bad {
	const char *text, *why;
} bads[] = {
	{ "", "no repository name" },
	{ ":12", "no repository name" },
	{ "@" DIGEST, "no repository name" },
	{ "ghcr.io/", "no repository name" },
	{ "Debian", "upper-case" },
	{ "ghcr.io/App", "upper-case" },
	{ "ghcr.io//a", "not a valid name" },
	{ "a//b", "not a valid name" },
	{ "a/b/", "not a valid name" },
	{ "/a", "not a valid name" },
	{ "a/../b", "not a valid name" },
	{ "a..b", "not a valid name" },
	{ "a___b", "not a valid name" },
	{ "a._b", "not a valid name" },
	{ "-a", "not a valid name" },
	{ "a-", "not a valid name" },
	{ "a b", "not a valid name" },
	{ "a\nb", "not a valid name" },
	{ "a?b=c", "not a valid name" },
	{ "a%2fb", "not a valid name" },
	{ "a:", "the tag" },
	{ "a:.b", "the tag" },
	{ "a:-b", "the tag" },
	{ "a:b c", "the tag" },
	{ "a:" X128 "x", "the tag" },
	{ "a:b:c", "not a valid name" },
	{ "a@", "the digest" },
	{ "a@sha256:", "the digest" },
	{ "a@sha256:0123", "the digest" },
	{ "a@sha512:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	  "the digest" },
	{ "a@sha256:0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
	  "the digest" },
	{ "a@" DIGEST "@" DIGEST, "the digest" },
	{ "localhost:0/x", "not a host" },
	{ "localhost:65536/x", "not a host" },
	{ "localhost:/x", "not a host" },
	{ "localhost:5000a/x", "not a host" },
	{ "-host.io/x", "not a host" },
	{ "host..io/x", "not a host" },
	{ ".io/x", "not a host" },
	{ "user@host.io/x", "the digest" },
	{ "user:pw@host.io/x", "the digest" },
	{ "http://host.io/x", "not a host" },
	{ "[::1/x", "not a host" },
	{ "[::g]/x", "not a host" },
	{ "[]:5000/x", "not a host" },
	{ "[::1]5000/x", "not a host" },
	{ "ho_st.io/x", "not a host" },
	{ "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "image ID" },
	{ X128 X128, "more than 255" },
	{ "r.io/" X128 "/" X128, "more than 255" },
};

static void good_references_are_taken_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof goods / sizeof goods[0]; i++) {
		const struct good *g = &goods[i];
		struct image_reference r;
		struct error err = { 0 };
		if (image_reference_parse(g->text, &r, &err) < 0)
			fail_msg("%s", err.text);
		assert_string_equal(r.host, g->host);
		assert_string_equal(r.repository, g->repository);
		assert_string_equal(r.tag, g->tag);
		assert_string_equal(r.familiar, g->familiar);
		assert_int_equal(r.has_digest, g->digest);
	}
}

static void a_familiar_name_means_the_same_image(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof goods / sizeof goods[0]; i++) {
		struct image_reference a, b;
		struct error err = { 0 };
		assert_int_equal(image_reference_parse(goods[i].text, &a, &err), 0);
		assert_int_equal(image_reference_parse(a.familiar, &b, &err), 0);
		assert_string_equal(a.host, b.host);
		assert_string_equal(a.repository, b.repository);
		assert_string_equal(a.tag, b.tag);
		assert_string_equal(a.familiar, b.familiar);
	}
}

static void bad_references_are_usage_errors_that_name_the_part(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof bads / sizeof bads[0]; i++) {
		struct image_reference r = { .tag = "untouched" };
		struct error err = { 0 };
		if (image_reference_parse(bads[i].text, &r, &err) == 0)
			fail_msg("taken: %s", bads[i].text);
		assert_int_equal(err.code, ERR_USAGE);
		if (strstr(err.text, bads[i].why) == NULL)
			fail_msg("%s: %s", bads[i].text, err.text);
		assert_string_equal(r.tag, "untouched");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_references_are_taken_apart),
		cmocka_unit_test(a_familiar_name_means_the_same_image),
		cmocka_unit_test(bad_references_are_usage_errors_that_name_the_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
