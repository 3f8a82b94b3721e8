#include "report/purl_oci.h"

#include <ctype.h>

#include "report/escape.h"

/* A name without digest as repository and tag; the tag may be empty. */
static void split_name(struct bytes name, struct bytes *ret_repository, struct bytes *ret_tag)
{
	ptrdiff_t at = bytes_index(name, '@');
	if (at >= 0)
		name = bytes_sub(name, 0, (size_t)at);
	*ret_repository = name;
	*ret_tag = bytes_sub(name, name.n, name.n);
	struct bytes last = path_base(name);
	ptrdiff_t colon = bytes_index(last, ':');
	if (colon < 0)
		return;
	size_t length = name.n - last.n + (size_t)colon;
	*ret_repository = bytes_sub(name, 0, length);
	*ret_tag = bytes_sub(name, length + 1, name.n);
}

static int add(struct buf *out, const char *key, struct bytes value)
{
	char text[1024];
	if (value.n == 0 || value.n >= sizeof text)
		return 0;
	memcpy(text, value.p, value.n);
	text[value.n] = '\0';
	if (buf_append_str(out, key, NULL) < 0)
		return -1;
	return escape_uri(out, text, "/", NULL);
}

/* The type's rule: names are lower case. */
static int add_name(struct buf *out, struct bytes repository)
{
	char text[256];
	struct bytes last = path_base(repository);
	if (last.n == 0 || last.n >= sizeof text)
		return -1;
	for (size_t i = 0; i < last.n; i++)
		text[i] = (char)tolower(last.p[i]);
	text[last.n] = '\0';
	return escape_uri(out, text, "", NULL);
}

bool purl_oci_write(const struct scan_result *r, struct buf *out)
{
	struct bytes repository, tag, os, arch = { 0 };
	char digest[DIGEST_TEXT];
	if (r->name == NULL || !r->has_digest)
		return false;
	split_name(bytes_str(r->name), &repository, &tag);
	digest_text(&r->digest, digest);
	struct bytes platform = bytes_str(r->platform); /* "linux/arm64/v8" */
	if (bytes_next_field(&platform, '/', &os))
		(void)bytes_next_field(&platform, '/', &arch);
	out->n = 0;
	return buf_append_str(out, "pkg:oci/", NULL) == 0 && add_name(out, repository) == 0 &&
	       add(out, "@", bytes_str(digest)) == 0 &&
	       add(out, arch.n > 0 ? "?arch=" : "", arch) == 0 &&
	       add(out, arch.n > 0 ? "&repository_url=" : "?repository_url=", repository) == 0 &&
	       add(out, "&tag=", tag) == 0;
}
