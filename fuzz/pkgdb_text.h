/* For the harnesses of the text databases: parses the input in one piece and
 * in pieces of a size that its first byte chooses, and aborts when the two
 * tell different packages, or one that must not be told. */
#ifndef CORTEN_FUZZ_PKGDB_TEXT_H
#define CORTEN_FUZZ_PKGDB_TEXT_H

#include <stdlib.h>

#include "pkgdb/pkgdb.h"

struct told {
	uint64_t sum;
	uint64_t packages, skips;
};

static void told_add(struct told *t, struct bytes b)
{
	t->sum = hash_bytes(t->sum, b) + b.n;
}

static int told_package(void *ctx, const struct pkg_record *pkg, struct error *err)
{
	struct told *t = ctx;
	const struct bytes words[] = { pkg->name,        pkg->version,        pkg->arch,
				       pkg->source_name, pkg->source_version, pkg->vendor,
				       pkg->maintainer,  pkg->license };
	(void)err;
	t->packages++;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		told_add(t, words[i]);
		if (!utf8_valid(words[i]) || bytes_index(words[i], 0) >= 0)
			abort();
	}
	if (pkg->name.n == 0 || pkg->version.n == 0)
		abort();
	return 0;
}

static void told_skip(void *ctx, const char *why)
{
	struct told *t = ctx;
	t->skips++;
	told_add(t, bytes_str(why));
}

static struct told text_parse(enum pkgdb_kind kind, struct bytes text, size_t piece)
{
	struct told t = { 0 };
	struct error err = { 0 };
	struct pkg_text_parser *p = pkg_text_new(
		kind,
		(struct pkg_sink){ .package = told_package, .skipped = told_skip, .ctx = &t });
	int status = p == NULL ? -1 : 0;
	for (size_t at = 0; status == 0 && at < text.n; at += piece)
		status = pkg_text_feed(p, bytes_sub(text, at, at + piece), &err);
	if (status == 0)
		status = pkg_text_finish(p, &err);
	if (status < 0)
		abort(); /* text of a fuzzer's size passes no limit */
	pkg_text_free(p);
	return t;
}

static void text_parse_twice(enum pkgdb_kind kind, const uint8_t *data, size_t size)
{
	struct bytes text = bytes_of(data, size);
	size_t piece = size == 0 ? 1 : 1 + data[0] % 64;
	struct told whole = text_parse(kind, text, size + 1);
	struct told pieces = text_parse(kind, text, piece);
	if (whole.sum != pieces.sum || whole.packages != pieces.packages ||
	    whole.skips != pieces.skips)
		abort();
}

#endif
