/* Checksums, structures, placeholders, entropy. */
#include <math.h>

#include "secret/base64.h"
#include "secret_try.h"

/* GitHub's token is the one in its article of 2021, npm's the one in secretlint's
 * issue 200, Grafana's the one in its documentation: all published, none in use. */
static void checksums_are_those_of_the_issuers(void **state)
{
	static const struct {
		enum secret_check check;
		const char *text;
		bool good;
	} cases[] = {
		{ CHECK_GITHUB_CRC32, "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", true },
		{ CHECK_GITHUB_CRC32, "ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18", false },
		{ CHECK_GITHUB_CRC32, "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", true },
		{ CHECK_GITHUB_CRC32, "npm_qkJaB6MffYVzZXWqmcoF49yrUxP3wf1LsakP", false },
		{ CHECK_GITHUB_CRC32, "short", false },
		{ CHECK_GRAFANA_CRC32, "glsa_iNValIdinValiDinvalidinvalidinva_5b582697", true },
		{ CHECK_GRAFANA_CRC32, "glsa_iNValIdinValiDinvalidinvalidinva_5b582698", false },
		{ CHECK_GRAFANA_CRC32, "glsa_", false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct check_result r = secret_check(cases[i].check, bytes_str(cases[i].text));
		if (r.possible != cases[i].good || r.valid != cases[i].good)
			fail_msg("%s", cases[i].text);
	}
}

/* Segments: {"alg":"HS256"}, {"exp":4100000000}, {"sub":"a"}, {}, "x". */
#define ALG "eyJhbGciOiJIUzI1NiJ9"
#define EXP "eyJleHAiOjQxMDAwMDAwMDB9"
#define SUB "eyJzdWIiOiJhIn0"

static void a_token_is_read_and_its_end_told(void **state)
{
	static const struct {
		const char *text;
		bool possible, valid;
		int64_t expires;
	} cases[] = {
		{ ALG "." EXP ".c2ln", true, true, 4100000000 },
		{ ALG "." SUB ".c2ln", true, true, 0 },
		{ ALG ".!!!.c2ln", true, false, 0 },
		{ ALG, true, false, 0 },
		{ "e30." SUB ".c2ln", false, false, 0 }, /* no algorithm */
		{ "eCJ9." SUB ".c2ln", false, false, 0 },
		{ "", false, false, 0 },
		{ "...", false, false, 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct check_result r = secret_check(CHECK_JWT, bytes_str(cases[i].text));
		if (r.possible != cases[i].possible || r.valid != cases[i].valid ||
		    r.expires != cases[i].expires)
			fail_msg("%s", cases[i].text);
	}
}

static void hostile_keys_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"-----BEGIN ",
		"-----BEGIN PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----\nMIL/////////////////////////////////\n-----END "
		"PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY-----\nMITCAAAA\n-----END PRIVATE KEY-----",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA/////w==\n-----END",
		"-----BEGIN OPENSSH PRIVATE "
		"KEY-----\nb3BlbnNzaC1rZXktdjEAAAAAAAAAAAAAAAAA/////w==\n"
		"-----END OPENSSH PRIVATE KEY-----",
		"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n\n=\n-----END PGP PRIVATE KEY BLOCK-----",
	};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (secret_check(CHECK_PRIVATE_KEY, bytes_str(texts[i])).possible)
			fail_msg("%s", texts[i]);
}

static void placeholders_are_known_and_secrets_are_not_taken_for_them(void **state)
{
	static const char *const yes[] = {
		"AKIAIOSFODNN7EXAMPLE",
		"xxxxxxxxxxxx",
		"your_api_key",
		"${TOKEN}",
		"{{ token }}",
		"<password>",
		"changeme",
		"aaaaaaaaaaaabbb",
		"abcdefghijklmnop",
		"1234567890123",
		"%(password)s",
		"$(cat file)",
		"password",
		"secret",
		"mypassword",
		"not-a-real-token",
		"sk_live_...",
		"REDACTED",
		"********",
		"@password@",
	};
	static const char *const no[] = { "AKIAWQ3M7ZTKX2LPDV5N", "hT7#kQ9!vB2x", "wRm4-92kd-Lp0q",
					  "MySecretGarden42isLong!", "tok_Ab3dEf6hIj9k" };
	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		if (!secret_is_placeholder(bytes_str(yes[i])))
			fail_msg("%s", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		if (secret_is_placeholder(bytes_str(no[i])))
			fail_msg("%s", no[i]);
}

static void entropy_is_shannons(void **state)
{
	(void)state;
	assert_true(fabs(secret_entropy(BYTES_LIT("aaaa")) - 0) < 1e-9);
	assert_true(fabs(secret_entropy(BYTES_LIT("abab")) - 1) < 1e-9);
	assert_true(fabs(secret_entropy(BYTES_LIT("abcd")) - 2) < 1e-9);
	assert_true(fabs(secret_entropy(BYTES_LIT("aabc")) - 1.5) < 1e-9);
}

static void base64_is_read_as_people_write_it(void **state)
{
	static const struct {
		const char *text, *bytes;
	} cases[] = {
		{ "YWJj", "abc" },      { "YWI=", "ab" },      { "YWI", "ab" },
		{ "Y W\nJ\tj", "abc" }, { "YW\\nJj", "abc" },  { "\"YW\",\"Jj\"", "abc" },
		{ "fn5-fg", "~~~~" },   { "YWJj=YWJj", NULL }, { "YW!j", NULL },
		{ "", NULL },           { "=", NULL },         { "\\x", NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		uint8_t out[16];
		size_t n = 0;
		bool good = base64_decode(bytes_str(cases[i].text), out, sizeof out, &n);
		if (good != (cases[i].bytes != NULL) ||
		    (good && !bytes_equal(bytes_of(out, n), bytes_str(cases[i].bytes))))
			fail_msg("%s", cases[i].text);
	}
	uint8_t small[2];
	size_t n;
	assert_false(base64_decode(BYTES_LIT("YWJj"), small, sizeof small, &n));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksums_are_those_of_the_issuers),
		cmocka_unit_test(a_token_is_read_and_its_end_told),
		cmocka_unit_test(hostile_keys_are_refused),
		cmocka_unit_test(placeholders_are_known_and_secrets_are_not_taken_for_them),
		cmocka_unit_test(entropy_is_shannons),
		cmocka_unit_test(base64_is_read_as_people_write_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
