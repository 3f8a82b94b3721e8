/* Command lines hold passwords. What an option's name, a variable's name or a URL
 * gives away is not kept: not in events, not in alerts, not in the log. Other
 * secrets are not known here; arguments are capped by the kernel programs. */
#include <strings.h>

#include "sensor/internal.h"

/* In names of options and variables, whatever stands around them. */
static const char *const words[] = { "password",   "passwd",     "passphrase", "secret",
				     "token",      "apikey",     "api-key",    "api_key",
				     "access-key", "access_key", "credential", "private-key",
				     "private_key" };

static bool names_secret(struct bytes name)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		size_t n = strlen(words[i]);
		for (size_t at = 0; at + n <= name.n; at++)
			if ((name.p[at] | 0x20) == words[i][0] &&
			    strncasecmp((const char *)name.p + at, words[i], n) == 0)
				return true;
	}
	return false;
}

static bool is_name(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		uint8_t c = b.p[i] | 0x20;
		if (!(c >= 'a' && c <= 'z') && !(b.p[i] >= '0' && b.p[i] <= '9') && b.p[i] != '-' &&
		    b.p[i] != '_' && b.p[i] != '.')
			return false;
	}
	return b.n > 0;
}

/* Where the value begins in "--password=x", "DB_PASSWORD=x"; 0: no secret. */
static size_t value_at(struct bytes arg)
{
	ptrdiff_t equals = bytes_index(arg, '=');
	if (equals <= 0)
		return 0;
	struct bytes name = bytes_sub(arg, 0, (size_t)equals);
	return is_name(name) && names_secret(name) ? (size_t)equals + 1 : 0;
}

/* "--password" alone: the next argument is the secret. */
static bool announces(struct bytes arg)
{
	return arg.n > 1 && arg.p[0] == '-' && is_name(arg) && names_secret(arg);
}

/* The password of "scheme://user:password@host" (RFC 3986, section 3.2.1). */
static bool url_password(struct bytes arg, size_t *ret_from, size_t *ret_to)
{
	size_t start = 0;
	for (size_t i = 0; i + 2 < arg.n && start == 0; i++)
		if (memcmp(arg.p + i, "://", 3) == 0)
			start = i + 3;
	if (start == 0)
		return false;
	struct bytes rest = bytes_sub(arg, start, arg.n);
	size_t end = 0;
	while (end < rest.n && strchr("/?# \t\"'", rest.p[end]) == NULL)
		end++;
	struct bytes authority = bytes_sub(rest, 0, end);
	while (authority.n > 0 && authority.p[authority.n - 1] != '@')
		authority.n--;
	ptrdiff_t colon = bytes_index(authority, ':');
	if (authority.n == 0 || colon < 0)
		return false;
	*ret_from = start + (size_t)colon + 1;
	*ret_to = start + authority.n - 1;
	return *ret_to > *ret_from;
}

static int put_masked(struct bytes arg, size_t from, size_t to, struct buf *out, struct error *err)
{
	if (buf_append(out, arg.p, from, err) < 0 || buf_append(out, "***", 3, err) < 0)
		return -1;
	return buf_append(out, arg.p + to, arg.n - to, err);
}

int args_mask(struct bytes args, char separator, struct buf *out, bool *ret_masked,
	      struct error *err)
{
	struct bytes arg;
	bool next_is_secret = false, first = true;
	*ret_masked = false;
	while (bytes_next_field(&args, '\0', &arg)) {
		size_t from = value_at(arg), to = arg.n;
		bool masked = next_is_secret || from > 0 || url_password(arg, &from, &to);
		if (next_is_secret) {
			from = 0;
			to = arg.n;
		}
		next_is_secret = !masked && announces(arg);
		*ret_masked = *ret_masked || masked;
		if (!first && buf_append(out, &separator, 1, err) < 0)
			return -1;
		first = false;
		if ((masked ? put_masked(arg, from, to, out, err)
			    : buf_append(out, arg.p, arg.n, err)) < 0)
			return -1;
	}
	return 0;
}
