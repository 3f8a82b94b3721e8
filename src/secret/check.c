/* What can be known of a secret from itself: checksums that its issuer builds in, the
 * structure of keys, what people write where a secret would be. */
#include <ctype.h>
#include <math.h>

#include "format/json.h"
#include "secret/base64.h"
#include "secret/engine.h"

double secret_entropy(struct bytes b)
{
	uint32_t counts[256] = { 0 };
	double bits = 0;
	for (size_t i = 0; i < b.n; i++)
		counts[b.p[i]]++;
	for (size_t i = 0; i < 256; i++) {
		double p = (double)counts[i] / (double)b.n;
		if (counts[i] > 0)
			bits -= p * log2(p);
	}
	return bits;
}

/* --- checksums ------------------------------------------------------------------------ */

/* ISO 3309, as zlib's crc32(). */
static uint32_t crc32_of(struct bytes b)
{
	uint32_t crc = UINT32_MAX;
	for (size_t i = 0; i < b.n; i++) {
		crc ^= b.p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
	}
	return ~crc;
}

/* The last six characters are the CRC-32 of the thirty before them, in base 62 with
 * 0-9A-Za-z (github.blog, "Behind GitHub's new authentication token formats"; npm's
 * are made alike). */
static struct check_result check_github(struct bytes s)
{
	static const char digits[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	enum { BODY = 30, SUM = 6 };
	uint8_t want[SUM];
	if (s.n < BODY + SUM)
		return (struct check_result){ 0 };
	struct bytes body = bytes_sub(s, s.n - BODY - SUM, s.n - SUM);
	uint32_t crc = crc32_of(body);
	for (size_t i = SUM; i-- > 0; crc /= 62)
		want[i] = (uint8_t)digits[crc % 62];
	bool good = memcmp(want, s.p + s.n - SUM, SUM) == 0;
	return (struct check_result){ .possible = good, .valid = good };
}

/* glsa_<32 characters>_<8 digits>: the CRC-32 of what is before the last underscore,
 * its bytes from the lowest (Grafana, satokengen). */
static struct check_result check_grafana(struct bytes s)
{
	enum { SUM = 8 };
	char want[SUM + 1];
	if (s.n < SUM + 2)
		return (struct check_result){ 0 };
	uint32_t crc = crc32_of(bytes_sub(s, 0, s.n - SUM - 1));
	uint8_t bytes[4] = { (uint8_t)crc, (uint8_t)(crc >> 8), (uint8_t)(crc >> 16),
			     (uint8_t)(crc >> 24) };
	hex_text(bytes, sizeof bytes, want);
	bool good = memcmp(want, s.p + s.n - SUM, SUM) == 0;
	return (struct check_result){ .possible = good, .valid = good };
}

/* The identifier's 16 characters are base 32 and hold the account's number. */
static struct check_result check_aws_id(struct bytes s)
{
	for (size_t i = 4; i < s.n; i++)
		if (!(s.p[i] >= 'A' && s.p[i] <= 'Z') && !(s.p[i] >= '2' && s.p[i] <= '7'))
			return (struct check_result){ 0 };
	return (struct check_result){ .possible = s.n == 20 };
}

/* --- JSON in base 64 -------------------------------------------------------------------- */

/* One object; the members that are asked for. */
static bool read_object(struct bytes text, int64_t *ret_exp, bool *ret_alg)
{
	struct json_reader *r = json_open_bytes(text);
	struct bytes key;
	if (r == NULL)
		return false;
	bool object = json_enter_object(r);
	while (object && json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("alg")))
			*ret_alg = true;
		if (!bytes_equal(key, BYTES_LIT("exp")))
			json_skip(r);
		else if (!json_get_i64(r, ret_exp))
			*ret_exp = 0;
	}
	object = object && json_finish(r, NULL) == 0;
	json_close(r);
	return object;
}

/* RFC 7519: two objects and a signature; the first names its algorithm (RFC 7515,
 * 4.1.1), the second may say when it ends. */
static struct check_result check_jwt(struct bytes s)
{
	uint8_t decoded[3072];
	struct check_result r = { 0 };
	struct bytes part;
	bool alg = false, ignored;
	size_t n;
	if (!bytes_next_field(&s, '.', &part) ||
	    !base64_decode(part, decoded, sizeof decoded, &n) ||
	    !read_object(bytes_of(decoded, n), &r.expires, &alg) || !alg)
		return (struct check_result){ 0 };
	r.expires = 0;
	r.possible = true;
	if (bytes_next_field(&s, '.', &part) && base64_decode(part, decoded, sizeof decoded, &n))
		r.valid = read_object(bytes_of(decoded, n), &r.expires, &ignored);
	return r;
}

static struct check_result check_base64_json(struct bytes s)
{
	uint8_t decoded[3072];
	int64_t expires = 0;
	bool alg = false;
	size_t n;
	bool good = base64_decode(s, decoded, sizeof decoded, &n) &&
		    read_object(bytes_of(decoded, n), &expires, &alg);
	return (struct check_result){ .possible = good, .valid = good };
}

/* RFC 7617: "user:password", printable. */
static struct check_result check_basic_auth(struct bytes s)
{
	uint8_t decoded[768];
	size_t n;
	if (!base64_decode(s, decoded, sizeof decoded, &n))
		return (struct check_result){ 0 };
	struct bytes text = bytes_of(decoded, n);
	ptrdiff_t colon = bytes_index(text, ':');
	for (size_t i = 0; i < n; i++)
		if (decoded[i] < 0x20 || decoded[i] == 0x7f)
			return (struct check_result){ 0 };
	bool good = colon > 0 && (size_t)colon + 3 < n &&
		    !secret_is_placeholder(bytes_sub(text, (size_t)colon + 1, n));
	return (struct check_result){ .possible = good, .valid = good };
}

/* --- keys --------------------------------------------------------------------------------- */

/* RFC 7468: the text between the two lines, without headers (RFC 1421) before an
 * empty line. Line ends may be written as "\n". */
static bool pem_body(struct bytes pem, struct bytes *ret_label, struct bytes *ret_body)
{
	static const char dashes[] = "-----";
	enum { DASHES = sizeof dashes - 1 };
	const uint8_t *end = pem.p + pem.n;
	const uint8_t *a = memmem(pem.p, pem.n, "-----BEGIN ", 11);
	if (a == NULL)
		return false;
	a += 11;
	const uint8_t *b = memmem(a, (size_t)(end - a), dashes, DASHES);
	if (b == NULL)
		return false;
	*ret_label = bytes_of(a, (size_t)(b - a));
	b += DASHES;
	const uint8_t *c = memmem(b, (size_t)(end - b), dashes, DASHES);
	if (c == NULL)
		return false;
	*ret_body = bytes_of(b, (size_t)(c - b));
	return true;
}

/* A whole DER SEQUENCE (X.690 8.1): every private key is one. */
static bool is_der_sequence(struct bytes der)
{
	struct cursor c = cursor_of(der);
	if (cursor_u8(&c) != 0x30)
		return false;
	uint64_t n = cursor_u8(&c);
	if (n == 0x81)
		n = cursor_u8(&c);
	else if (n == 0x82)
		n = cursor_be16(&c);
	else if (n > 0x80)
		return false;
	/* "EC PARAMETERS" and the like may not follow: they are blocks of their own. */
	return !c.failed && n >= 24 && n == cursor_left(&c);
}

static bool has_word(struct bytes b, const char *word)
{
	return b.n > 0 && memmem(b.p, b.n, word, strlen(word)) != NULL;
}

/* RFC 4880 6.1: "=" and four characters, the CRC-24 of the rest, may end the body. A
 * secret key packet begins with tag 5 in the old (0x94..0x97) or new (0xc5) form. */
static bool is_pgp_key(struct bytes body)
{
	uint8_t decoded[WINDOW_KEEP];
	const uint8_t *blank = memmem(body.p, body.n, "\n\n", 2);
	if (blank == NULL)
		blank = memmem(body.p, body.n, "\r\n\r\n", 4);
	if (blank != NULL)
		body = bytes_sub(body, (size_t)(blank - body.p), body.n);
	const uint8_t *sum = memmem(body.p, body.n, "\n=", 2);
	if (sum != NULL)
		body.n = (size_t)(sum - body.p);
	size_t n;
	return base64_decode(body, decoded, sizeof decoded, &n) && n >= 100 &&
	       ((decoded[0] & 0xfc) == 0x94 || decoded[0] == 0xc5);
}

/* OpenSSH's PROTOCOL.key: the word with its NUL, three strings (cipher, derivation, its
 * options), a number of keys, a public key each, and the private ones together. */
static bool is_openssh_key(struct bytes key)
{
	static const char word[] = "openssh-key-v1";
	struct cursor c = cursor_of(key);
	if (!bytes_equal(cursor_take(&c, sizeof word), bytes_of(word, sizeof word)))
		return false;
	for (int i = 0; i < 3; i++)
		cursor_take(&c, cursor_be32(&c));
	uint32_t keys = cursor_be32(&c);
	if (keys == 0 || keys > 16)
		return false;
	for (uint32_t i = 0; i < keys; i++)
		cursor_take(&c, cursor_be32(&c));
	cursor_take(&c, cursor_be32(&c));
	return !c.failed && cursor_left(&c) == 0;
}

/* Behind the headers and an empty line, what can only be known to be base 64. */
static bool is_encrypted_body(struct bytes body)
{
	static const char *const ends[] = { "\n\n", "\r\n\r\n", "\\n\\n" };
	uint8_t decoded[WINDOW_KEEP];
	size_t n = 0;
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
		const uint8_t *at = memmem(body.p, body.n, ends[i], strlen(ends[i]));
		if (at != NULL)
			return base64_decode(bytes_sub(body, (size_t)(at - body.p), body.n),
					     decoded, sizeof decoded, &n) &&
			       n >= 64;
	}
	return false;
}

static struct check_result check_private_key(struct bytes s)
{
	uint8_t decoded[WINDOW_KEEP];
	struct bytes label, body;
	size_t n;
	if (!pem_body(s, &label, &body))
		return (struct check_result){ 0 };
	if (has_word(label, "PGP")) {
		bool good = is_pgp_key(body);
		return (struct check_result){ .possible = good, .valid = good };
	}
	if (has_word(body, "ENCRYPTED")) /* RFC 1421 4.6.1.1 */
		return (struct check_result){ .possible = is_encrypted_body(body) };
	if (!base64_decode(body, decoded, sizeof decoded, &n))
		return (struct check_result){ 0 };
	struct bytes key = bytes_of(decoded, n);
	bool good = has_word(label, "OPENSSH") ? is_openssh_key(key) : is_der_sequence(key);
	return (struct check_result){ .possible = good, .valid = good };
}

struct check_result secret_check(enum secret_check check, struct bytes secret)
{
	switch (check) {
	case CHECK_GITHUB_CRC32:
		return check_github(secret);
	case CHECK_GRAFANA_CRC32:
		return check_grafana(secret);
	case CHECK_JWT:
		return check_jwt(secret);
	case CHECK_PRIVATE_KEY:
		return check_private_key(secret);
	case CHECK_AWS_KEY_ID:
		return check_aws_id(secret);
	case CHECK_BASE64_JSON:
		return check_base64_json(secret);
	case CHECK_BASIC_AUTH:
		return check_basic_auth(secret);
	case CHECK_NONE:
	case CHECK_JKS:
	case CHECK_PKCS12:
	case SECRET_CHECKS:
		break;
	}
	return (struct check_result){ .possible = true };
}

/* --- files ----------------------------------------------------------------------------- */

/* Whether a keystore holds a private key, as far as its first block shows: a store of
 * certificates alone is on every machine that has Java. Entries: tag, alias, date,
 * certificate (type, length, bytes). */
static bool jks_has_key(struct bytes first)
{
	enum { KEY = 1, CERTIFICATE = 2 };
	struct cursor c = cursor_of(first);
	cursor_be32(&c);
	uint32_t version = cursor_be32(&c), entries = cursor_be32(&c);
	for (uint32_t i = 0; i < entries && !c.failed; i++) {
		uint32_t tag = cursor_be32(&c);
		if (!c.failed && tag == KEY)
			return true;
		if (tag != CERTIFICATE)
			return false;
		cursor_take(&c, cursor_be16(&c));
		cursor_be64(&c);
		if (version == 2)
			cursor_take(&c, cursor_be16(&c));
		cursor_take(&c, cursor_be32(&c));
	}
	return false;
}

/* RFC 7292: PFX ::= SEQUENCE { version INTEGER (3), … }. */
static bool is_pkcs12(struct bytes first)
{
	struct cursor c = cursor_of(first);
	if (cursor_u8(&c) != 0x30)
		return false;
	uint8_t n = cursor_u8(&c);
	if (n > 0x80)
		cursor_take(&c, n & 0x7f);
	static const uint8_t version[] = { 2, 1, 3, 0x30 };
	struct bytes got = cursor_take(&c, sizeof version);
	return bytes_equal(got, bytes_of(version, sizeof version));
}

bool file_is_secret(const struct secret_engine *e, const struct blob_rule *rule, struct bytes first)
{
	if (!bytes_starts_with(first, engine_string(e, rule->magic)))
		return false;
	switch ((enum secret_check)rule->check) {
	case CHECK_JKS:
		return jks_has_key(first);
	case CHECK_PKCS12:
		return is_pkcs12(first);
	default:
		return true;
	}
}

/* --- what people write where a secret would be -------------------------------------------- */

static bool contains_fold(struct bytes b, const char *word)
{
	size_t n = strlen(word);
	for (size_t i = 0; n <= b.n && i <= b.n - n; i++)
		if (strncasecmp((const char *)b.p + i, word, n) == 0)
			return true;
	return false;
}

/* Letters of which few are different, or that follow each other: "xxxx", "abcdef". */
static bool is_monotonous(struct bytes b)
{
	bool seen[256] = { false };
	size_t kinds = 0, steps = 0;
	for (size_t i = 0; i < b.n; i++) {
		kinds += !seen[b.p[i]];
		seen[b.p[i]] = true;
		steps += i > 0 && (b.p[i] == b.p[i - 1] + 1 || b.p[i] == b.p[i - 1]);
	}
	return (b.n >= 8 && kinds < 5) || (b.n >= 8 && 2 * steps > b.n);
}

static bool is_template(struct bytes b)
{
	static const char *const begins[] = { "$", "{", "<", "%", "#{", "@", "&", "[", "*", "..." };
	for (size_t i = 0; i < sizeof begins / sizeof begins[0]; i++)
		if (bytes_starts_with(b, bytes_str(begins[i])))
			return true;
	return has_word(b, "${") || has_word(b, "{{") || has_word(b, "$(") || has_word(b, "%s") ||
	       has_word(b, "...") || has_word(b, "%(");
}

bool secret_is_placeholder(struct bytes secret)
{
	static const char *const words[] = {
		"example",  "sample", "placeholder", "changeme",  "change_me",  "change-me",
		"changeit", "your_",  "your-",       "yours",     "xxxx",       "redacted",
		"replace",  "dummy",  "insert",      "foobar",    "notasecret", "not-a-",
		"not_a_",   "fake",   "invalid",     "<pas",      "0123456789", "12345678",
		"abcdefgh", "qwerty", "****",        "undefined", "enter_",     "todo",
	};
	/* These say what should be there when they are nearly all of it. */
	static const char *const names[] = { "secret", "password", "passwd", "passphrase",
					     "none",   "null",     "token",  "apikey" };
	enum { BESIDES = 5 };
	if (is_template(secret) || is_monotonous(secret))
		return true;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (contains_fold(secret, words[i]))
			return true;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (secret.n <= strlen(names[i]) + BESIDES && contains_fold(secret, names[i]))
			return true;
	return false;
}
