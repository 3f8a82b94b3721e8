/* Ed25519 by RFC 8032's own test vectors, and keys as OpenSSL writes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trust/key.h"

static void from_hex(const char *text, uint8_t *out)
{
	for (size_t i = 0; text[2 * i] != '\0'; i++) {
		char digits[3] = { text[2 * i], text[2 * i + 1], 0 };
		out[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
}

/* RFC 8032, section 7.1, tests 1 and 2. */
static void the_vectors_of_rfc_8032_are_reproduced(void **state)
{
	static const struct {
		const char *secret, *public, *message, *signature;
	} vectors[] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
		  "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
		  "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bac"
		  "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
		  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
		  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e"
		  "458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct secret_key secret;
		struct public_key expected, public;
		uint8_t message[8], signature[SIGNATURE_SIZE], got[SIGNATURE_SIZE];
		struct error err = { 0 };
		from_hex(vectors[i].secret, secret.bytes);
		from_hex(vectors[i].public, expected.bytes);
		from_hex(vectors[i].message, message);
		from_hex(vectors[i].signature, signature);
		struct bytes m = bytes_of(message, strlen(vectors[i].message) / 2);
		assert_int_equal(key_public(&secret, &public, &err), 0);
		assert_memory_equal(public.bytes, expected.bytes, KEY_SIZE);
		assert_int_equal(key_sign(&secret, m, got, &err), 0);
		assert_memory_equal(got, signature, SIGNATURE_SIZE);
		assert_true(key_verify(&public, m, signature));
		signature[i] ^= 1;
		assert_false(key_verify(&public, m, signature));
	}
}

static void a_key_survives_pem_in_both_parts(void **state)
{
	struct secret_key secret, secret_again;
	struct public_key public, public_again;
	struct error err = { 0 };
	cleanup_buf struct buf a = buf_max(4096), b = buf_max(4096);
	(void)state;
	assert_int_equal(key_generate(&secret, &err), 0);
	assert_int_equal(key_public(&secret, &public, &err), 0);
	assert_int_equal(key_secret_write(&secret, &a, &err), 0);
	assert_int_equal(key_public_write(&public, &b, &err), 0);
	assert_int_equal(key_secret_read(buf_view(&a), &secret_again, &err), 0);
	assert_int_equal(key_public_read(buf_view(&b), &public_again, &err), 0);
	assert_memory_equal(&secret, &secret_again, sizeof secret);
	assert_memory_equal(&public, &public_again, sizeof public);
}

/* Written by `openssl genpkey -algorithm ed25519`; RFC 8410, section 10.3. */
static void keys_that_openssl_wrote_are_read(void **state)
{
	static const char pem[] =
		"-----BEGIN PRIVATE KEY-----\n"
		"MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
		"-----END PRIVATE KEY-----\n";
	static const char public_pem[] =
		"-----BEGIN PUBLIC KEY-----\n"
		"MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
		"-----END PUBLIC KEY-----\n";
	struct secret_key secret;
	struct public_key public, expected;
	struct error err = { 0 };
	(void)state;
	assert_int_equal(key_secret_read(BYTES_LIT(pem), &secret, &err), 0);
	assert_int_equal(key_public(&secret, &public, &err), 0);
	assert_int_equal(key_public_read(BYTES_LIT(public_pem), &expected, &err), 0);
	assert_memory_equal(&public, &expected, sizeof public);
}

static void what_is_no_ed25519_key_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"hello",
		"-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----\n",
		/* an X25519 key */
		"-----BEGIN PUBLIC KEY-----\n"
		"MCowBQYDK2VuAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
		"-----END PUBLIC KEY-----\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct secret_key secret;
		struct public_key public;
		struct error err = { 0 };
		assert_int_equal(key_secret_read(bytes_str(texts[i]), &secret, &err), -1);
		assert_int_equal(err.code, ERR_MALFORMED);
		assert_int_equal(key_public_read(bytes_str(texts[i]), &public, &err), -1);
		assert_int_equal(err.code, ERR_MALFORMED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_rfc_8032_are_reproduced),
		cmocka_unit_test(a_key_survives_pem_in_both_parts),
		cmocka_unit_test(keys_that_openssl_wrote_are_read),
		cmocka_unit_test(what_is_no_ed25519_key_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
