/* Layout, little-endian:
 *
 *   magic "CORTENB1" | u32 size of header | u32 signatures
 *   signature: key id (8), Ed25519 signature (64) over magic and header
 *   header: JSON, padded with blanks
 *   content: zstd */
#include "trust/bundle.h"

#include <endian.h>
#include <errno.h>
#include <zstd.h>

#include "codec/codec.h"
#include "format/json.h"

#define BUNDLE_MAGIC "CORTENB1"
#define BUNDLE_FORMAT "corten.bundle/1"

enum {
	MAGIC_SIZE = 8,
	PREFIX_SIZE = 16,
	SIGNATURE_RECORD = KEY_ID_SIZE + SIGNATURE_SIZE,
	SIGNATURES_MAX = 8,
	HEADER_WRITTEN = 1024, /* room for every header that is written */
	HEADER_MAX = 64 * 1024,
	CHUNK = 128 * 1024,
	ZSTD_LEVEL = 12
};
#define CONTENT_MAX (16 * GIB)

/* What is signed: the magic in front keeps the signature from meaning anything
 * in another format. */
static int signed_message(struct bytes header, struct buf *out, struct error *err)
{
	*out = buf_max(MAGIC_SIZE + HEADER_MAX);
	return buf_append(out, BUNDLE_MAGIC, MAGIC_SIZE, err) < 0 ||
			       buf_append(out, header.p, header.n, err) < 0
		       ? -1
		       : 0;
}

/* --- writing ----------------------------------------------------------------- */

struct deflating {
	int in, out;
	ZSTD_CCtx *zstd;
	struct sha256 *raw, *stored;
	uint64_t raw_size, stored_size;
	uint8_t in_buffer[CHUNK], out_buffer[CHUNK];
};

/* One buffer of content through the compressor; the last one ends the frame. */
static int deflate_piece(struct deflating *d, size_t n, bool last, struct error *err)
{
	ZSTD_inBuffer in = { d->in_buffer, n, 0 };
	size_t left;
	do {
		ZSTD_outBuffer out = { d->out_buffer, sizeof d->out_buffer, 0 };
		left = ZSTD_compressStream2(d->zstd, &out, &in,
					    last ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return error_set(err, ERR_INTERNAL, "zstd: %s", ZSTD_getErrorName(left));
		sha256_update(d->stored, d->out_buffer, out.pos);
		d->stored_size += out.pos;
		if (fd_write_full(d->out, d->out_buffer, out.pos) < 0)
			return error_errno(err, "cannot write the bundle");
	} while (last ? left != 0 : in.pos < in.size);
	return 0;
}

static int deflate_all(struct deflating *d, struct error *err)
{
	bool last = false;
	while (!last) {
		ssize_t n = fd_read_full(d->in, d->in_buffer, sizeof d->in_buffer);
		if (n < 0)
			return error_errno(err, "cannot read the content");
		last = (size_t)n < sizeof d->in_buffer;
		sha256_update(d->raw, d->in_buffer, (size_t)n);
		d->raw_size += (uint64_t)n;
		if (deflate_piece(d, (size_t)n, last, err) < 0)
			return -1;
	}
	return 0;
}

static int write_content(int content_fd, int out_fd, struct bundle_header *h, struct error *err)
{
	struct deflating *d = calloc(1, sizeof *d);
	int result = -1;
	if (d == NULL)
		return error_set(err, ERR_MEMORY, "no memory");
	d->in = content_fd;
	d->out = out_fd;
	d->raw = sha256_new();
	d->stored = sha256_new();
	d->zstd = ZSTD_createCCtx();
	if (d->zstd == NULL ||
	    ZSTD_isError(ZSTD_CCtx_setParameter(d->zstd, ZSTD_c_compressionLevel, ZSTD_LEVEL)))
		(void)error_set(err, ERR_MEMORY, "no memory to compress");
	else
		result = deflate_all(d, err);
	sha256_final(d->raw, &h->digest);
	sha256_final(d->stored, &h->stored_digest);
	h->size = d->raw_size;
	h->stored_size = d->stored_size;
	(void)ZSTD_freeCCtx(d->zstd);
	sha256_free(d->raw);
	sha256_free(d->stored);
	free(d);
	return result;
}

static void write_json(struct json_writer *w, const struct bundle_header *h)
{
	char digest[DIGEST_TEXT], stored[DIGEST_TEXT];
	digest_text(&h->digest, digest);
	digest_text(&h->stored_digest, stored);
	json_object_begin(w);
	json_member_string(w, "format", BUNDLE_FORMAT);
	json_member_string(w, "kind", h->kind);
	json_member_u64(w, "generation", h->generation);
	json_member_string(w, "created", h->created);
	json_member_string(w, "encoding", "zstd");
	json_member_u64(w, "size", h->size);
	json_member_string(w, "digest", digest);
	json_member_u64(w, "stored_size", h->stored_size);
	json_member_string(w, "stored_digest", stored);
	json_object_end(w);
}

static int header_text(const struct bundle_header *h, char out[static HEADER_WRITTEN],
		       struct error *err)
{
	struct json_writer w;
	memset(out, ' ', HEADER_WRITTEN);
	cleanup_fclose FILE *f = fmemopen(out, HEADER_WRITTEN, "w");
	if (f == NULL)
		return error_errno(err, "cannot write the bundle's header");
	json_write_init(&w, f, false);
	write_json(&w, h);
	long n = fflush(f) == 0 && ferror(f) == 0 ? ftell(f) : -1;
	if (n <= 0 || n >= HEADER_WRITTEN - 1)
		return error_set(err, ERR_INTERNAL, "the bundle's header is too long");
	/* fmemopen ends the text with NUL; the header is all blanks behind it. */
	memset(out + n, ' ', (size_t)(HEADER_WRITTEN - n));
	return 0;
}

static int put_head(const struct bundle_header *h, const struct secret_key *key, uint8_t *head,
		    struct error *err)
{
	char *text = (char *)head + PREFIX_SIZE + SIGNATURE_RECORD;
	cleanup_buf struct buf message = { 0 };
	struct public_key public;
	uint32_t size = htole32(HEADER_WRITTEN), signatures = htole32(1);
	memcpy(head, BUNDLE_MAGIC, MAGIC_SIZE);
	memcpy(head + MAGIC_SIZE, &size, sizeof size);
	memcpy(head + MAGIC_SIZE + sizeof size, &signatures, sizeof signatures);
	if (header_text(h, text, err) < 0 || key_public(key, &public, err) < 0 ||
	    signed_message(bytes_of(text, HEADER_WRITTEN), &message, err) < 0)
		return -1;
	key_id(&public, head + PREFIX_SIZE);
	return key_sign(key, buf_view(&message), head + PREFIX_SIZE + KEY_ID_SIZE, err);
}

int bundle_write(const char *kind, uint64_t generation, int content_fd,
		 const struct secret_key *key, int out_fd, struct error *err)
{
	uint8_t head[PREFIX_SIZE + SIGNATURE_RECORD + HEADER_WRITTEN];
	struct bundle_header h = { .generation = generation };
	(void)snprintf(h.kind, sizeof h.kind, "%s", kind);
	rfc3339_text(clock_now(), h.created);
	/* The content first: the head needs its digest. */
	if (lseek(out_fd, sizeof head, SEEK_SET) < 0)
		return error_errno(err, "cannot write the bundle");
	if (write_content(content_fd, out_fd, &h, err) < 0 || put_head(&h, key, head, err) < 0)
		return -1;
	if (lseek(out_fd, 0, SEEK_SET) < 0 || fd_write_full(out_fd, head, sizeof head) < 0)
		return error_errno(err, "cannot write the bundle");
	return 0;
}

/* --- reading the head ---------------------------------------------------------- */

static int read_exactly(int fd, void *p, size_t n, struct error *err)
{
	ssize_t got = fd_read_full(fd, p, n);
	if (got < 0)
		return error_errno(err, "cannot read the bundle");
	if ((size_t)got < n)
		return error_set(err, ERR_TRUNCATED, "the bundle is cut off");
	return 0;
}

/* The trusted key that one of the signatures is made with. */
static const struct public_key *find_signer(struct bytes signatures, struct bytes message,
					    const struct public_key *keys, size_t key_count)
{
	for (size_t at = 0; at + SIGNATURE_RECORD <= signatures.n; at += SIGNATURE_RECORD) {
		const uint8_t *record = signatures.p + at;
		for (size_t k = 0; k < key_count; k++) {
			uint8_t id[KEY_ID_SIZE];
			key_id(&keys[k], id);
			if (memcmp(id, record, KEY_ID_SIZE) == 0 &&
			    key_verify(&keys[k], message, record + KEY_ID_SIZE))
				return &keys[k];
		}
	}
	return NULL;
}

static int not_signed(struct bytes signatures, size_t key_count, struct error *err)
{
	char id[KEY_ID_TEXT] = "nobody";
	if (signatures.n >= SIGNATURE_RECORD)
		hex_text(signatures.p, KEY_ID_SIZE, id);
	if (key_count == 0)
		return error_set(err, ERR_SIGNATURE,
				 "no key is trusted, and the bundle says it is signed by %s; name "
				 "the publisher's key with --key FILE",
				 id);
	return error_set(err, ERR_SIGNATURE,
			 "the bundle is not signed by a trusted key (it says by %s)", id);
}

struct fields {
	struct bundle_header h;
	bool format, encoding;
	unsigned seen; /* members that must be there */
};

static bool take_digest(struct json_reader *r, struct digest *ret)
{
	struct bytes text;
	return json_get_string(r, &text) && digest_parse(text, ret);
}

static bool take_u64(struct json_reader *r, uint64_t *ret)
{
	struct bytes text;
	return json_get_number(r, &text) && bytes_to_u64(text, ret);
}

static bool take_text(struct json_reader *r, char *out, size_t size)
{
	struct bytes text;
	if (!json_get_string(r, &text) || text.n >= size || bytes_index(text, 0) >= 0)
		return false;
	memcpy(out, text.p, text.n);
	out[text.n] = '\0';
	return true;
}

static bool take_word(struct json_reader *r, const char *word)
{
	struct bytes text;
	return json_get_string(r, &text) && bytes_equal(text, bytes_str(word));
}

static void take_member(struct json_reader *r, struct bytes key, struct fields *f)
{
	if (bytes_equal(key, BYTES_LIT("format")))
		f->format = take_word(r, BUNDLE_FORMAT);
	else if (bytes_equal(key, BYTES_LIT("encoding")))
		f->encoding = take_word(r, "zstd");
	else if (bytes_equal(key, BYTES_LIT("kind")))
		f->seen |= take_text(r, f->h.kind, sizeof f->h.kind) ? 0x01 : 0;
	else if (bytes_equal(key, BYTES_LIT("generation")))
		f->seen |= take_u64(r, &f->h.generation) ? 0x02 : 0;
	else if (bytes_equal(key, BYTES_LIT("created")))
		f->seen |= take_text(r, f->h.created, sizeof f->h.created) ? 0x04 : 0;
	else if (bytes_equal(key, BYTES_LIT("size")))
		f->seen |= take_u64(r, &f->h.size) ? 0x08 : 0;
	else if (bytes_equal(key, BYTES_LIT("digest")))
		f->seen |= take_digest(r, &f->h.digest) ? 0x10 : 0;
	else if (bytes_equal(key, BYTES_LIT("stored_size")))
		f->seen |= take_u64(r, &f->h.stored_size) ? 0x20 : 0;
	else if (bytes_equal(key, BYTES_LIT("stored_digest")))
		f->seen |= take_digest(r, &f->h.stored_digest) ? 0x40 : 0;
	else
		json_skip(r);
}

static int parse_header(struct bytes text, struct bundle_header *ret, struct error *err)
{
	struct fields f = { 0 };
	struct bytes key;
	struct json_reader *r = json_open_bytes(text);
	if (r == NULL)
		return error_set(err, ERR_MEMORY, "no memory");
	if (json_enter_object(r))
		while (json_next_key(r, &key))
			take_member(r, key, &f);
	int result = json_finish(r, err);
	json_close(r);
	if (result < 0)
		return error_wrap(err, "the bundle's header");
	if (!f.format || !f.encoding)
		return error_set(err, ERR_UNSUPPORTED,
				 "the bundle is of a format that this version does not know");
	if (f.seen != 0x7f || f.h.size > CONTENT_MAX || f.h.stored_size > CONTENT_MAX)
		return error_set(err, ERR_MALFORMED, "the bundle's header is not complete");
	*ret = f.h;
	return 0;
}

/* The sizes of what follows; nothing of it is believed yet, only bounded. */
static int read_prefix(int fd, size_t *ret_header, size_t *ret_signatures, struct error *err)
{
	uint8_t prefix[PREFIX_SIZE];
	ssize_t n = fd_read_full(fd, prefix, sizeof prefix);
	if (n < 0)
		return error_errno(err, "cannot read the bundle");
	if (n == 0)
		return error_set(err, ERR_TRUNCATED, "the bundle is empty");
	if (memcmp(prefix, BUNDLE_MAGIC, n < MAGIC_SIZE ? (size_t)n : MAGIC_SIZE) != 0)
		return error_set(err, ERR_MALFORMED, "this is no bundle");
	struct cursor c = cursor_of(bytes_of(prefix, (size_t)n));
	(void)cursor_take(&c, MAGIC_SIZE);
	uint32_t header = cursor_le32(&c), signatures = cursor_le32(&c);
	if (c.failed)
		return error_set(err, ERR_TRUNCATED, "the bundle is cut off");
	if (header == 0 || header > HEADER_MAX || signatures == 0 || signatures > SIGNATURES_MAX)
		return error_set(err, ERR_MALFORMED, "the bundle's sizes make no sense");
	*ret_header = header;
	*ret_signatures = (size_t)signatures * SIGNATURE_RECORD;
	return 0;
}

int bundle_open(int fd, const struct public_key *keys, size_t key_count, struct bundle_header *ret,
		struct error *err)
{
	uint8_t records[SIGNATURES_MAX * SIGNATURE_RECORD];
	cleanup_free uint8_t *header = malloc(HEADER_MAX);
	cleanup_buf struct buf message = { 0 };
	size_t header_size, records_size;
	struct bundle_header h;
	if (header == NULL)
		return error_set(err, ERR_MEMORY, "no memory");
	if (read_prefix(fd, &header_size, &records_size, err) < 0 ||
	    read_exactly(fd, records, records_size, err) < 0 ||
	    read_exactly(fd, header, header_size, err) < 0 ||
	    signed_message(bytes_of(header, header_size), &message, err) < 0)
		return -1;
	const struct bytes signatures = bytes_of(records, records_size);
	const struct public_key *signer =
		find_signer(signatures, buf_view(&message), keys, key_count);
	if (signer == NULL)
		return not_signed(signatures, key_count, err);
	if (parse_header(bytes_of(header, header_size), &h, err) < 0)
		return -1;
	key_id(signer, h.signer);
	*ret = h;
	return 0;
}

/* --- reading the content --------------------------------------------------------- */

/* The stored bytes, all of them and no more, to scratch_fd. */
static int copy_stored(int fd, const struct bundle_header *h, int scratch_fd, struct sha256 *sum,
		       struct error *err)
{
	cleanup_free uint8_t *piece = malloc(CHUNK);
	uint8_t more;
	if (piece == NULL)
		return error_set(err, ERR_MEMORY, "no memory");
	for (uint64_t left = h->stored_size; left > 0;) {
		size_t n = left < CHUNK ? (size_t)left : CHUNK;
		if (read_exactly(fd, piece, n, err) < 0)
			return -1;
		sha256_update(sum, piece, n);
		if (fd_write_full(scratch_fd, piece, n) < 0)
			return error_errno(err, "cannot copy the bundle");
		left -= n;
	}
	ssize_t n = fd_read_full(fd, &more, 1);
	if (n < 0)
		return error_errno(err, "cannot read the bundle");
	if (n > 0)
		return error_set(err, ERR_MALFORMED, "something is appended to the bundle");
	return 0;
}

static int not_what_was_signed(struct error *err)
{
	return error_set(err, ERR_DIGEST, "the bundle's content is not what was signed");
}

static int check_stored(int fd, const struct bundle_header *h, int scratch_fd, struct error *err)
{
	struct digest digest;
	struct sha256 *sum = sha256_new();
	int result = copy_stored(fd, h, scratch_fd, sum, err);
	sha256_final(sum, &digest);
	sha256_free(sum);
	if (result == 0 && !digest_equal(&digest, &h->stored_digest))
		result = not_what_was_signed(err);
	if (result == 0 && lseek(scratch_fd, 0, SEEK_SET) < 0)
		result = error_errno(err, "cannot copy the bundle");
	return result;
}

static ssize_t read_scratch(void *ctx, void *p, size_t n, struct error *err)
{
	ssize_t got = fd_read_full(*(int *)ctx, p, n);
	return got < 0 ? error_errno(err, "cannot read the copy of the bundle") : got;
}

static int inflate(struct codec *c, int out_fd, struct sha256 *sum, struct error *err)
{
	cleanup_free uint8_t *piece = malloc(CHUNK);
	ssize_t n;
	if (piece == NULL)
		return error_set(err, ERR_MEMORY, "no memory");
	while ((n = codec_read(c, piece, CHUNK, err)) > 0) {
		sha256_update(sum, piece, (size_t)n);
		if (fd_write_full(out_fd, piece, (size_t)n) < 0)
			return error_errno(err, "cannot write the bundle's content");
	}
	return n < 0 ? -1 : 0;
}

int bundle_extract(int fd, const struct bundle_header *header, int scratch_fd, int out_fd,
		   struct error *err)
{
	/* The size is signed, so it is the only limit that a bomb needs. */
	const struct codec_limits limits = { .raw_bytes = header->size + 1, .ratio = UINT32_MAX };
	struct digest digest;
	if (check_stored(fd, header, scratch_fd, err) < 0)
		return -1;
	struct codec *c = codec_new(read_scratch, &scratch_fd, NULL, NULL, limits);
	if (c == NULL)
		return error_set(err, ERR_MEMORY, "no memory");
	struct sha256 *sum = sha256_new();
	int result = inflate(c, out_fd, sum, err);
	sha256_final(sum, &digest);
	if (result == 0 &&
	    (codec_raw(c) != header->size || !digest_equal(&digest, &header->digest)))
		result = not_what_was_signed(err);
	sha256_free(sum);
	codec_free(c);
	return result;
}
