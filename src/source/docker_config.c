#include "source/docker_config.h"

#include <stdio.h>

#include <openssl/evp.h>

#include "format/json.h"

static const char hub_host[] = "registry-1.docker.io";
static const char hub_server[] = "https://index.docker.io/v1/";

const char *docker_config_server(const char *host)
{
	return strcmp(host, hub_host) == 0 ? hub_server : host;
}

/* "https://ghcr.io/v1/" names the same registry as "ghcr.io": Docker compares
 * the part between scheme and path. */
static struct bytes host_of_key(struct bytes key)
{
	static const char *const schemes[] = { "https://", "http://" };
	for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
		struct bytes scheme = bytes_str(schemes[i]);
		if (bytes_starts_with(key, scheme))
			key = bytes_sub(key, scheme.n, key.n);
	}
	ptrdiff_t slash = bytes_index(key, '/');
	return slash < 0 ? key : bytes_sub(key, 0, (size_t)slash);
}

static bool key_names(struct bytes key, const char *host)
{
	struct bytes name = host_of_key(key);
	if (strcmp(host, hub_host) == 0 && (bytes_equal(name, BYTES_LIT("index.docker.io")) ||
					    bytes_equal(name, BYTES_LIT("docker.io"))))
		return true;
	return bytes_equal(name, bytes_str(host));
}

/* A helper is a program's name, never a path. */
static bool set_helper(struct docker_config_entry *e, struct bytes name)
{
	bool ok = name.n > 0 && name.n < sizeof e->helper && name.p[0] != '.';
	for (size_t i = 0; ok && i < name.n; i++)
		ok = (name.p[i] >= '0' && name.p[i] <= '9') ||
		     (name.p[i] >= 'a' && name.p[i] <= 'z') ||
		     (name.p[i] >= 'A' && name.p[i] <= 'Z') || memchr("-_.", name.p[i], 3) != NULL;
	if (ok)
		(void)snprintf(e->helper, sizeof e->helper, "%.*s", (int)name.n,
			       (const char *)name.p);
	return ok;
}

static void set(char **slot, struct bytes value)
{
	secret_free(*slot);
	*slot = secret_dup(value);
}

/* Standard alphabet with padding (RFC 4648 section 4). */
static bool decode_base64(struct bytes in, struct buf *out)
{
	if (in.n == 0 || in.n % 4 != 0 || in.n > SECRET_MAX ||
	    buf_reserve(out, in.n / 4 * 3, NULL) < 0)
		return false;
	/* OpenSSL would skip white space, and then the padding's count is wrong. */
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] <= ' ')
			return false;
	int n = EVP_DecodeBlock(out->p, in.p, (int)in.n);
	if (n < 0)
		return false;
	size_t padding = (size_t)(in.p[in.n - 1] == '=') + (size_t)(in.p[in.n - 2] == '=');
	out->n = (size_t)n - padding;
	return true;
}

/* auth: base64 of user:password. */
static void set_pair(struct credential *c, struct bytes auth)
{
	cleanup_secret_buf struct buf pair = buf_max(SECRET_MAX);
	if (!decode_base64(bytes_trim(auth), &pair))
		return;
	struct bytes text = buf_view(&pair);
	while (text.n > 0 && text.p[text.n - 1] == '\0')
		text.n--; /* old clients padded with NUL bytes */
	ptrdiff_t colon = bytes_index(text, ':');
	if (colon < 0)
		return;
	set(&c->username, bytes_sub(text, 0, (size_t)colon));
	set(&c->password, bytes_sub(text, (size_t)colon + 1, text.n));
}

static void read_auth(struct json_reader *r, struct credential *c)
{
	struct bytes key, value;
	if (!json_enter_object(r))
		return;
	while (json_next_key(r, &key)) {
		char name[16];
		(void)snprintf(name, sizeof name, "%.*s", (int)key.n, (const char *)key.p);
		if (!json_get_string(r, &value))
			continue;
		if (strcmp(name, "auth") == 0 && value.n > 0)
			set_pair(c, value);
		else if (strcmp(name, "username") == 0 && c->username == NULL)
			set(&c->username, value);
		else if (strcmp(name, "password") == 0 && c->password == NULL)
			set(&c->password, value);
		else if (strcmp(name, "identitytoken") == 0)
			set(&c->identity_token, value);
		else if (strcmp(name, "registrytoken") == 0)
			set(&c->registry_token, value);
	}
}

/* The first entry with content wins: with a credential store Docker leaves
 * empty ones behind. */
static void read_auths(struct json_reader *r, const char *host, struct credential *c)
{
	struct bytes key;
	if (!json_enter_object(r))
		return;
	while (json_next_key(r, &key)) {
		if (key_names(key, host) && credential_is_empty(c))
			read_auth(r, c);
		else
			json_skip(r);
	}
}

/* The helper of this one registry goes before the store for all. */
static bool read_helpers(struct json_reader *r, const char *host, struct docker_config_entry *e,
			 bool *ret_own)
{
	struct bytes key, value;
	bool ok = true;
	if (!json_enter_object(r))
		return true;
	while (json_next_key(r, &key)) {
		bool ours = key_names(key, host);
		if (json_get_string(r, &value) && ours) {
			ok = set_helper(e, value) && ok;
			*ret_own = true;
		}
	}
	return ok;
}

static bool read_config(struct json_reader *r, const char *host, struct docker_config_entry *e)
{
	struct bytes key, value;
	bool own_helper = false, ok = true;
	if (!json_enter_object(r))
		return true;
	while (json_next_key(r, &key)) {
		if (bytes_equal(key, BYTES_LIT("auths")))
			read_auths(r, host, &e->credential);
		else if (bytes_equal(key, BYTES_LIT("credHelpers")))
			ok = read_helpers(r, host, e, &own_helper) && ok;
		else if (!bytes_equal(key, BYTES_LIT("credsStore")) || own_helper)
			json_skip(r);
		else if (json_get_string(r, &value) && value.n > 0)
			ok = set_helper(e, value) && ok;
	}
	return ok;
}

int docker_config_parse(struct bytes text, const char *host, struct docker_config_entry *ret,
			struct error *err)
{
	struct docker_config_entry e = { 0 };
	struct json_reader *r = json_open_bytes(text);
	if (r == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a JSON reader");
	bool ok = read_config(r, host, &e);
	int result = json_finish(r, err);
	json_close(r);
	if (result == 0 && !ok)
		result = error_set(err, ERR_MALFORMED,
				   "the credential helper for %s is not a program's name", host);
	if (result < 0)
		credential_wipe(&e.credential);
	else
		*ret = e;
	return result;
}

static void take_answer(struct json_reader *r, struct credential *c)
{
	struct bytes key, value;
	if (!json_enter_object(r))
		return;
	while (json_next_key(r, &key)) {
		bool user = bytes_equal(key, BYTES_LIT("Username"));
		bool secret = bytes_equal(key, BYTES_LIT("Secret"));
		if (!json_get_string(r, &value))
			continue;
		if (user)
			set(&c->username, value);
		else if (secret)
			set(&c->password, value);
	}
}

int docker_helper_parse(struct bytes text, struct credential *ret, struct error *err)
{
	struct credential c = { 0 };
	struct json_reader *r = json_open_bytes(text);
	if (r == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a JSON reader");
	take_answer(r, &c);
	int result = json_finish(r, err);
	json_close(r);
	if (result == 0 && c.password == NULL)
		result = error_set(err, ERR_MALFORMED, "the answer has no Secret");
	if (result < 0) {
		credential_wipe(&c);
		return -1;
	}
	if (c.username != NULL && strcmp(c.username, "<token>") == 0) {
		secret_free(c.username);
		c.username = NULL;
		c.identity_token = c.password;
		c.password = NULL;
	}
	*ret = c;
	return 0;
}
