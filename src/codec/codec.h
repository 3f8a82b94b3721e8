/* codec: a compressed stream as the bytes in it. The form is told by the first
 * bytes, never by a media type. gzip (RFC 1952, several members, as
 * concatenation and eStargz make them) by ISA-L, the fastest inflate that
 * Debian packages; zstd (RFC 8878, several frames, skippable frames as
 * zstd:chunked makes them) by libzstd; anything else is plain. */
#ifndef CORTEN_CODEC_H
#define CORTEN_CODEC_H

#include "base/base.h"

enum codec_kind { CODEC_PLAIN, CODEC_GZIP, CODEC_ZSTD };

/* Where the stored bytes come from: at most n into p; 0 at the end, -1. */
typedef ssize_t codec_source_fn(void *ctx, void *p, size_t n, struct error *err);

struct codec_limits {
	uint64_t raw_bytes; /* most bytes a stream may hold; 0: LIMIT_LAYER_RAW_BYTES */
	uint64_t ratio; /* most raw bytes for a stored one, past 64 MiB; 0: LIMIT_LAYER_RATIO */
};

struct codec;

/* NULL without memory. `tap`, when given, sees the stored bytes in order: the
 * digest of the blob is taken there. */
struct codec *codec_new(codec_source_fn *source, void *source_ctx,
			void (*tap)(void *ctx, struct bytes stored), void *tap_ctx,
			struct codec_limits limits);
void codec_free(struct codec *c);

/* Up to n raw bytes into p: their number, 0 at the end of the stream, or -1:
 * ERR_TRUNCATED, ERR_MALFORMED, ERR_LIMIT (bomb), ERR_UNSUPPORTED (xz, bzip2),
 * or what the source said. Reads ahead, but not beyond what it decodes. */
ssize_t codec_read(struct codec *c, void *p, size_t n, struct error *err);

/* Reads the stored bytes that are left without decoding them, so that the tap
 * has seen all; used after an error or an early end of the content. */
int codec_drain(struct codec *c, struct error *err);

/* Known after the first read. */
enum codec_kind codec_kind(const struct codec *c);
const char *codec_kind_name(enum codec_kind kind);

/* Bytes so far. */
uint64_t codec_stored(const struct codec *c);
uint64_t codec_raw(const struct codec *c);

#endif
