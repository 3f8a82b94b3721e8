#include "source/challenge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static const struct sample {
	const char *value;
	enum challenge_scheme scheme;
	const char *realm, *service, *scope;
} real[] = {
	{ "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\","
	  "scope=\"repository:library/debian:pull\"",
	  CHALLENGE_BEARER, "https://auth.docker.io/token", "registry.docker.io",
	  "repository:library/debian:pull" },
	{ "Bearer realm=\"https://ghcr.io/token\",service=\"ghcr.io\","
	  "scope=\"repository:a/b:pull\"",
	  CHALLENGE_BEARER, "https://ghcr.io/token", "ghcr.io", "repository:a/b:pull" },
	{ "Bearer realm=\"https://gitlab.com/jwt/auth\",service=\"container_registry\","
	  "scope=\"repository:g/p:pull\",error=\"invalid_token\"",
	  CHALLENGE_BEARER, "https://gitlab.com/jwt/auth", "container_registry",
	  "repository:g/p:pull" },
	{ "Basic realm=\"Registry Realm\"", CHALLENGE_BASIC, "Registry Realm", "", "" },
	{ "Basic "
	  "realm=\"https://1.dkr.ecr.eu-west-1.amazonaws.com/\",service=\"ecr.amazonaws.com\"",
	  CHALLENGE_BASIC, "https://1.dkr.ecr.eu-west-1.amazonaws.com/", "ecr.amazonaws.com", "" },
	/* RFC 9110 section 11.6.1, and what its grammar allows besides */
	{ "Basic realm=\"simple\", Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\"",
	  CHALLENGE_BASIC, "simple", "", "" },
	{ "Newauth realm=\"apps\", type=1, Basic realm=\"simple\"", CHALLENGE_BASIC, "simple", "",
	  "" },
	{ "Basic realm=\"b\", Bearer realm=\"https://t\"", CHALLENGE_BEARER, "https://t", "", "" },
	{ "Bearer realm=\"https://t\", Basic realm=\"b\"", CHALLENGE_BEARER, "https://t", "", "" },
	{ "Negotiate, Bearer realm=\"https://t\"", CHALLENGE_BEARER, "https://t", "", "" },
	{ "Negotiate YII==, Bearer realm=\"https://t\"", CHALLENGE_BEARER, "https://t", "", "" },
	{ "bEARER REALM = \"https://t\" , SERVICE\t=\ts", CHALLENGE_BEARER, "https://t", "s", "" },
	{ ", ,Basic realm=\"b\",, ,", CHALLENGE_BASIC, "b", "", "" },
	{ "Basic", CHALLENGE_BASIC, "", "", "" },
	{ "Bearer realm=\"https://t\",scope=\"repository:a:pull,push repository:b:pull\"",
	  CHALLENGE_BEARER, "https://t", "", "repository:a:pull,push repository:b:pull" },
	{ "Bearer realm=\"https://t\",realm=\"https://u\"", CHALLENGE_BEARER, "https://t", "", "" },
	{ "Bearer realm=\"a\\\\b\\c\"", CHALLENGE_BEARER, "a\\bc", "", "" },
};

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X1024 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64 X64

static const char *const hostile[] = {
	"",
	" ",
	",",
	"=",
	"\"",
	"Bearer",
	"Bearer ",
	"Bearer realm",
	"Bearer realm=",
	"Bearer realm=\"\"",
	"Bearer realm=\"https://t",
	"Bearer realm=\"https://t\\",
	"Bearer realm=\"https://t\\\"",
	"Bearer realm=\"https://t\r\nX-Evil: 1\"",
	"Bearer realm=\"https://t\x7f\"",
	"Bearer realm=\"https://t\",scope=\"repo",
	"Bearer realm=https://t",
	"Bearer realm=\"" X1024 "\"",
	"Bearer realm=\"https://t\",service=\"" X64 X64 X64 X64 "\"",
	"Bearer \"realm\"=\"https://t\"",
	"Bearer realm=\"https://t\"@",
	"Bearer=realm=\"https://t\"",
	"realm=\"https://t\"",
	"\"Bearer\" realm=\"https://t\"",
	"Digest realm=\"d\", nonce=\"n\"",
};

static void challenges_of_real_registries_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof real / sizeof real[0]; i++) {
		struct challenge c = { 0 };
		challenge_add(&c, bytes_str(real[i].value));
		if (c.scheme != real[i].scheme)
			fail_msg("%s", real[i].value);
		assert_string_equal(c.realm, real[i].realm);
		assert_string_equal(c.service, real[i].service);
		assert_string_equal(c.scope, real[i].scope);
	}
}

static void hostile_challenges_are_not_answered(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		struct challenge c = { 0 };
		challenge_add(&c, bytes_str(hostile[i]));
		if (c.scheme != CHALLENGE_NONE)
			fail_msg("answered: %s", hostile[i]);
	}
}

static void a_good_challenge_in_another_field_counts(void **state)
{
	(void)state;
	struct challenge c = { 0 };
	challenge_add(&c, BYTES_LIT("Bearer realm=\"cut off"));
	challenge_add(&c, BYTES_LIT("Basic realm=\"b\""));
	assert_int_equal(c.scheme, CHALLENGE_BASIC);
	challenge_add(&c, BYTES_LIT("Bearer realm=\"https://t\""));
	assert_int_equal(c.scheme, CHALLENGE_BEARER);
	challenge_add(&c, BYTES_LIT("Bearer realm=\"https://u\""));
	assert_string_equal(c.realm, "https://t");
}

static void no_prefix_of_a_challenge_is_read_over_its_end(void **state)
{
	(void)state;
	struct bytes whole = bytes_str(real[5].value);
	for (size_t n = 0; n <= whole.n; n++) {
		/* Exactly n bytes on the heap: the sanitizer watches its end. */
		cleanup_free uint8_t *part = malloc(n + (n == 0));
		struct challenge c = { 0 };
		assert_non_null(part);
		memcpy(part, whole.p, n);
		challenge_add(&c, bytes_of(part, n));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(challenges_of_real_registries_are_understood),
		cmocka_unit_test(hostile_challenges_are_not_answered),
		cmocka_unit_test(a_good_challenge_in_another_field_counts),
		cmocka_unit_test(no_prefix_of_a_challenge_is_read_over_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
