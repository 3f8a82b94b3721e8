#include "source/token.h"

#include "format/json.h"

/* b64token: what may follow "Bearer ". Anything else could end the header and
 * begin another. */
static bool is_b64token(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		uint8_t c = b.p[i];
		bool ok = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			  (c >= 'A' && c <= 'Z') || (c != '\0' && strchr("-._~+/=", c) != NULL);
		if (!ok)
			return false;
	}
	return b.n > 0;
}

static uint32_t seconds_of(int64_t said)
{
	if (said < TOKEN_SECONDS_DEFAULT)
		return TOKEN_SECONDS_DEFAULT; /* the protocol's own minimum */
	return said > TOKEN_SECONDS_MAX ? TOKEN_SECONDS_MAX : (uint32_t)said;
}

/* "token" and "access_token" mean the same; the first that holds one is taken.
 * Returns false for a value that is not a token. */
static bool read_answer(struct json_reader *r, struct token *t)
{
	struct bytes key, value;
	bool ok = true;
	if (!json_enter_object(r))
		return true;
	while (json_next_key(r, &key)) {
		int64_t seconds;
		bool is_token = bytes_equal(key, BYTES_LIT("token")) ||
				bytes_equal(key, BYTES_LIT("access_token"));
		if (bytes_equal(key, BYTES_LIT("expires_in"))) {
			if (json_get_i64(r, &seconds))
				t->seconds = seconds_of(seconds);
		} else if (!is_token || t->text != NULL) {
			json_skip(r);
		} else if (json_get_string(r, &value) && value.n > 0) {
			ok = is_b64token(value) && ok;
			t->text = secret_dup(value);
		}
	}
	return ok;
}

int token_parse(struct bytes body, struct token *ret, struct error *err)
{
	struct token t = { .seconds = TOKEN_SECONDS_DEFAULT };
	struct json_reader *r = json_open_bytes(body);
	if (r == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a JSON reader");
	bool ok = read_answer(r, &t);
	int result = json_finish(r, NULL);
	json_close(r);
	if (result == 0 && ok && t.text != NULL) {
		*ret = t;
		return 0;
	}
	secret_free(t.text);
	if (result < 0)
		return error_set(err, ERR_PROTOCOL, "the token endpoint's answer is not JSON");
	if (!ok)
		return error_set(err, ERR_PROTOCOL,
				 "the token has characters that no token may have");
	return error_set(err, ERR_PROTOCOL, "the token endpoint's answer has no token");
}
