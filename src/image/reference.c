#include "image/reference.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>

/* The grammar is that of the distribution project: a domain only where the
 * first component looks like one, lower-case path components, a tag of at most
 * 128 characters, a digest (OCI distribution-spec 1.1, "Pulling manifests"). */

enum { NAME_MAX_BYTES = 255, TAG_MAX_BYTES = 128 };

static const char hub_host[] = "registry-1.docker.io";
static const char hub_library[] = "library/"; /* where short names live */

/* The text cut at its separators; nothing checked yet. */
struct parts {
	struct bytes host; /* empty: Docker Hub */
	struct bytes path;
	struct bytes tag; /* empty: none */
	struct bytes digest; /* empty: none */
	bool has_tag, has_digest;
};

static bool is_lower_alnum(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(uint8_t c)
{
	return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

static ptrdiff_t last_index(struct bytes b, uint8_t c)
{
	for (size_t i = b.n; i > 0; i--)
		if (b.p[i - 1] == c)
			return (ptrdiff_t)i - 1;
	return -1;
}

static bool is_text(struct bytes b, const char *text)
{
	return bytes_equal(b, bytes_str(text));
}

/* The first component is a host when it cannot be a path component or is the
 * one host name without a dot (what Docker has always done). */
static bool looks_like_host(struct bytes b)
{
	if (is_text(b, "localhost") || bytes_index(b, '.') >= 0 || bytes_index(b, ':') >= 0)
		return true;
	for (size_t i = 0; i < b.n; i++)
		if (isupper(b.p[i]))
			return true;
	return false;
}

static struct parts split(struct bytes text)
{
	struct parts p = { .path = text };
	ptrdiff_t at = bytes_index(p.path, '@');
	if (at >= 0) {
		p.has_digest = true;
		p.digest = bytes_sub(p.path, (size_t)at + 1, p.path.n);
		p.path = bytes_sub(p.path, 0, (size_t)at);
	}
	/* A colon before the last slash belongs to a port. */
	ptrdiff_t colon = last_index(p.path, ':');
	ptrdiff_t slash = last_index(p.path, '/');
	if (colon > slash) {
		p.has_tag = true;
		p.tag = bytes_sub(p.path, (size_t)colon + 1, p.path.n);
		p.path = bytes_sub(p.path, 0, (size_t)colon);
	}
	slash = bytes_index(p.path, '/');
	if (slash >= 0 && looks_like_host(bytes_sub(p.path, 0, (size_t)slash))) {
		p.host = bytes_sub(p.path, 0, (size_t)slash);
		p.path = bytes_sub(p.path, (size_t)slash + 1, p.path.n);
	}
	return p;
}

/* One label of a domain name: letters, digits, hyphens inside. */
static bool is_label(struct bytes b)
{
	if (b.n == 0 || b.n > 63 || !is_alnum(b.p[0]) || !is_alnum(b.p[b.n - 1]))
		return false;
	for (size_t i = 0; i < b.n; i++)
		if (!is_alnum(b.p[i]) && b.p[i] != '-')
			return false;
	return true;
}

static bool is_domain(struct bytes b)
{
	if (b.n == 0)
		return false;
	for (size_t from = 0, i = 0; i <= b.n; i++) {
		if (i < b.n && b.p[i] != '.')
			continue;
		if (!is_label(bytes_sub(b, from, i)))
			return false;
		from = i + 1;
	}
	return true;
}

static bool is_ipv6(struct bytes b)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t address[16];
	if (b.n >= sizeof text)
		return false;
	memcpy(text, b.p, b.n);
	text[b.n] = '\0';
	return memchr(text, '\0', b.n) == NULL && inet_pton(AF_INET6, text, address) == 1;
}

static bool is_port(struct bytes b)
{
	uint64_t port;
	return b.n <= 5 && bytes_to_u64(b, &port) && port >= 1 && port <= 65535;
}

/* name[:port] or [v6][:port] (RFC 3986 section 3.2.2). */
static bool is_host(struct bytes b)
{
	struct bytes name = b;
	size_t end = b.n;
	if (b.n > 0 && b.p[0] == '[') {
		ptrdiff_t close = bytes_index(b, ']');
		if (close < 0 || !is_ipv6(bytes_sub(b, 1, (size_t)close)))
			return false;
		end = (size_t)close + 1;
	} else {
		ptrdiff_t colon = bytes_index(b, ':');
		end = colon < 0 ? b.n : (size_t)colon;
		name = bytes_sub(b, 0, end);
		if (!is_domain(name))
			return false;
	}
	if (end == b.n)
		return true;
	return b.p[end] == ':' && is_port(bytes_sub(b, end + 1, b.n));
}

/* Between letters and digits: one '.', one or two '_', or any number of '-'. */
static bool is_separator(struct bytes b)
{
	if (is_text(b, ".") || is_text(b, "_") || is_text(b, "__"))
		return true;
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] != '-')
			return false;
	return b.n > 0;
}

static bool is_component(struct bytes b)
{
	if (b.n == 0 || !is_lower_alnum(b.p[0]) || !is_lower_alnum(b.p[b.n - 1]))
		return false;
	for (size_t i = 0; i < b.n;) {
		size_t from = i;
		while (i < b.n && !is_lower_alnum(b.p[i]))
			i++;
		if (i > from && !is_separator(bytes_sub(b, from, i)))
			return false;
		while (i < b.n && is_lower_alnum(b.p[i]))
			i++;
	}
	return true;
}

static bool has_upper(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (isupper(b.p[i]))
			return true;
	return false;
}

static bool is_hex64(struct bytes b)
{
	if (b.n != 64)
		return false;
	for (size_t i = 0; i < b.n; i++)
		if (!isxdigit(b.p[i]))
			return false;
	return true;
}

static int check_path(struct bytes path, struct error *err)
{
	int n = (int)path.n;
	const char *p = (const char *)path.p;
	if (path.n == 0)
		return error_set(err, ERR_USAGE, "no repository name");
	if (has_upper(path))
		return error_set(err, ERR_USAGE,
				 "the repository \"%.*s\" has upper-case letters; write it in "
				 "lower case",
				 n, p);
	for (size_t from = 0, i = 0; i <= path.n; i++) {
		if (i < path.n && path.p[i] != '/')
			continue;
		if (!is_component(bytes_sub(path, from, i)))
			return error_set(err, ERR_USAGE,
					 "the repository \"%.*s\" is not a valid name: letters, "
					 "digits and single . _ - between them",
					 n, p);
		from = i + 1;
	}
	return 0;
}

static int check_tag(struct bytes tag, struct error *err)
{
	bool ok = tag.n > 0 && tag.n <= TAG_MAX_BYTES && (is_alnum(tag.p[0]) || tag.p[0] == '_');
	for (size_t i = 0; ok && i < tag.n; i++)
		ok = is_alnum(tag.p[i]) || memchr("_.-", tag.p[i], 3) != NULL;
	if (ok)
		return 0;
	return error_set(err, ERR_USAGE,
			 "the tag \"%.*s\" is not valid: at most %d letters, digits, _ . -, the "
			 "first no . or -",
			 (int)tag.n, (const char *)tag.p, TAG_MAX_BYTES);
}

static int check(const struct parts *p, struct digest *ret_digest, struct error *err)
{
	if (p->host.n > 0 && !is_host(p->host))
		return error_set(err, ERR_USAGE, "\"%.*s\" is not a host name with optional port",
				 (int)p->host.n, (const char *)p->host.p);
	if (check_path(p->path, err) < 0)
		return -1;
	/* Docker Hub's "library/" must fit as well. */
	size_t host = p->host.n > 0 ? p->host.n + 1 : strlen(hub_library);
	if (host + p->path.n > NAME_MAX_BYTES)
		return error_set(err, ERR_USAGE, "host and repository have more than %d bytes",
				 NAME_MAX_BYTES);
	if (p->host.n == 0 && !p->has_tag && is_hex64(p->path))
		return error_set(err, ERR_USAGE,
				 "64 hexadecimal digits are an image ID, not a name in a registry");
	if (p->has_tag && check_tag(p->tag, err) < 0)
		return -1;
	if (p->has_digest && !digest_parse(p->digest, ret_digest))
		return error_set(err, ERR_USAGE,
				 "the digest \"%.*s\" is not sha256: and 64 lower-case "
				 "hexadecimal digits",
				 (int)p->digest.n, (const char *)p->digest.p);
	return 0;
}

static void copy(struct bytes b, char *out, size_t n)
{
	(void)snprintf(out, n, "%.*s", (int)b.n, (const char *)b.p);
}

static bool is_hub(struct bytes host)
{
	return host.n == 0 || is_text(host, "docker.io") || is_text(host, "index.docker.io") ||
	       is_text(host, hub_host);
}

/* Without its host this would be read as something else: "a.b/c" is on a.b. */
static bool needs_host(struct bytes path)
{
	ptrdiff_t slash = bytes_index(path, '/');
	return slash >= 0 ? looks_like_host(bytes_sub(path, 0, (size_t)slash)) : is_hex64(path);
}

/* As people write it: Docker Hub's host and "library/" are left out. */
static void write_familiar(struct image_reference *r, bool hub)
{
	char digest[DIGEST_TEXT] = "";
	const char *path = r->repository, *host = r->host;
	size_t library = strlen(hub_library);
	if (r->has_digest)
		digest_text(&r->digest, digest);
	if (hub && strncmp(path, hub_library, library) == 0 && strchr(path + library, '/') == NULL)
		path += library;
	if (hub)
		host = needs_host(bytes_str(path)) ? "docker.io" : "";
	(void)snprintf(r->familiar, sizeof r->familiar, "%s%s%s%s%s%s%s", host,
		       host[0] != '\0' ? "/" : "", path, r->tag[0] != '\0' ? ":" : "", r->tag,
		       r->has_digest ? "@" : "", digest);
}

static void fill(const struct parts *p, struct image_reference *r)
{
	bool hub = is_hub(p->host);
	bool short_name = hub && bytes_index(p->path, '/') < 0;
	copy(hub ? bytes_str(hub_host) : p->host, r->host, sizeof r->host);
	(void)snprintf(r->repository, sizeof r->repository, "%s%.*s", short_name ? hub_library : "",
		       (int)p->path.n, (const char *)p->path.p);
	copy(p->tag, r->tag, sizeof r->tag);
	if (!p->has_tag && !p->has_digest)
		copy(BYTES_LIT("latest"), r->tag, sizeof r->tag);
	r->has_digest = p->has_digest;
	write_familiar(r, hub);
}

int image_reference_parse(const char *text, struct image_reference *ret, struct error *err)
{
	struct image_reference r = { 0 };
	struct parts p = split(bytes_str(text));
	if (check(&p, &r.digest, err) < 0)
		return error_wrap(err, "image reference \"%.128s\"", text);
	fill(&p, &r);
	*ret = r;
	return 0;
}
