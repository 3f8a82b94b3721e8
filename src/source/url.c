#include "source/url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include <curl/curl.h>

/* "127.0.0.1", "[::1]", "::1" as numbers; false for names. */
static bool is_loopback_number(const char *host)
{
	char text[INET6_ADDRSTRLEN];
	struct in_addr v4;
	struct in6_addr v6;
	struct bytes b = bytes_str(host);
	if (inet_pton(AF_INET, host, &v4) == 1)
		return (ntohl(v4.s_addr) >> 24) == 127;
	if (b.n > 1 && b.p[0] == '[' && b.p[b.n - 1] == ']')
		b = bytes_sub(b, 1, b.n - 1);
	if (b.n >= sizeof text)
		return false;
	(void)snprintf(text, sizeof text, "%.*s", (int)b.n, (const char *)b.p);
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

bool host_is_loopback(const char *host)
{
	return strcasecmp(host, "localhost") == 0 || is_loopback_number(host);
}

static bool get_part(CURLU *u, CURLUPart part, unsigned flags, char *out, size_t size)
{
	char *text = NULL;
	if (curl_url_get(u, part, &text, flags) != CURLUE_OK)
		return false;
	size_t n = strlen(text);
	bool fits = n < size;
	for (size_t i = 0; fits && i <= n; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	curl_free(text);
	return fits;
}

static bool fill_origin(CURLU *u, struct origin *o)
{
	char scheme[8], port[8];
	uint64_t number;
	if (!get_part(u, CURLUPART_SCHEME, 0, scheme, sizeof scheme) ||
	    !get_part(u, CURLUPART_HOST, 0, o->host, sizeof o->host) ||
	    !get_part(u, CURLUPART_PORT, CURLU_DEFAULT_PORT, port, sizeof port))
		return false;
	o->tls = strcmp(scheme, "https") == 0;
	if (!o->tls && strcmp(scheme, "http") != 0)
		return false;
	if (!bytes_to_u64(bytes_str(port), &number) || number == 0 || number > UINT16_MAX)
		return false;
	o->port = (uint16_t)number;
	return true;
}

int url_origin(const char *url, struct origin *ret, struct error *err)
{
	struct origin o = { 0 };
	CURLU *u = curl_url();
	if (u == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a URL");
	CURLUcode code = curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER);
	bool ok = code == CURLUE_OK && fill_origin(u, &o);
	curl_url_cleanup(u);
	/* What a message shows has no password and no signed query in it. */
	if (code == CURLUE_USER_NOT_ALLOWED)
		return error_set(err, ERR_PROTOCOL, "an address with a user inside is refused");
	size_t shown = strcspn(url, "?#@");
	if (!ok)
		return error_set(err, ERR_PROTOCOL, "\"%.*s\" is not an http or https address",
				 shown > 200 ? 200 : (int)shown, url);
	*ret = o;
	return 0;
}

bool origin_equal(const struct origin *a, const struct origin *b)
{
	return a->tls == b->tls && a->port == b->port && strcmp(a->host, b->host) == 0;
}

static bool is_unreserved(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '.' || c == '_' || c == '~';
}

int url_add_pair(struct buf *out, char separator, const char *name, const char *value)
{
	static const char digits[] = "0123456789ABCDEF";
	if (separator != '\0' && buf_append(out, &separator, 1, NULL) < 0)
		return -1;
	if (buf_printf(out, NULL, "%s=", name) < 0)
		return -1;
	for (; *value != '\0'; value++) {
		uint8_t c = (uint8_t)*value;
		char coded[3] = { '%', digits[c >> 4], digits[c & 15] };
		bool plain = is_unreserved(*value);
		if (buf_append(out, plain ? value : coded, plain ? 1 : sizeof coded, NULL) < 0)
			return -1;
	}
	return 0;
}

int origin_may_send(const struct origin *from, const struct origin *to, bool plain_http,
		    struct error *err)
{
	bool from_here = host_is_loopback(from->host);
	bool to_here = host_is_loopback(to->host);
	if (to_here && !from_here)
		return error_set(err, ERR_PROTOCOL, "%s sends us to this machine (%s:%u)",
				 from->host, to->host, to->port);
	if (from->tls && !to->tls)
		return error_set(err, ERR_PROTOCOL, "%s sends us from https to plain http (%s)",
				 from->host, to->host);
	if (!to->tls && !to_here && !plain_http)
		return error_set(
			err, ERR_PROTOCOL,
			"%s sends us to plain http (%s), which is allowed on loopback only",
			from->host, to->host);
	return 0;
}
