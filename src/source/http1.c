#include "source/http1.h"

#include <strings.h>

void http1_init(struct http1 *h, bool (*body)(void *ctx, struct bytes piece), void *ctx)
{
	*h = (struct http1){ .text = buf_max(HTTP1_HEAD_MAX), .body = body, .ctx = ctx };
}

void http1_free(struct http1 *h)
{
	buf_free(&h->text);
}

static int malformed(struct error *err)
{
	return error_set(err, ERR_PROTOCOL, "what comes back is not HTTP");
}

/* --- the head ------------------------------------------------------------------------------ */

static bool same_word(struct bytes a, const char *b)
{
	return a.n == strlen(b) && strncasecmp((const char *)a.p, b, a.n) == 0;
}

static bool ends_with_word(struct bytes text, const char *word)
{
	size_t n = strlen(word);
	return text.n >= n && same_word(bytes_sub(text, text.n - n, text.n), word);
}

/* "HTTP/1.1 200 OK" */
static bool take_status(struct http1 *h, struct bytes line)
{
	struct bytes version, status;
	uint64_t number;
	if (!bytes_next_field(&line, ' ', &version) || !bytes_next_field(&line, ' ', &status) ||
	    !bytes_starts_with(version, BYTES_LIT("HTTP/1.")) || status.n != 3 ||
	    !bytes_to_u64(status, &number) || number < 100)
		return false;
	h->status = (unsigned)number;
	return true;
}

/* How the body is framed (RFC 9112 section 6.3): chunks go before a length; two
 * lengths that differ are an attack. */
struct framing {
	bool chunked, has_length;
	uint64_t length;
};

static bool take_field(struct framing *f, struct bytes line)
{
	struct bytes name;
	uint64_t length;
	if (bytes_index(line, ':') <= 0 || !bytes_next_field(&line, ':', &name))
		return false;
	struct bytes value = bytes_trim(line);
	if (same_word(name, "Transfer-Encoding")) {
		f->chunked = ends_with_word(value, "chunked");
		return f->chunked;
	}
	if (!same_word(name, "Content-Length"))
		return true;
	if (!bytes_to_u64(value, &length) || (f->has_length && length != f->length))
		return false;
	f->has_length = true;
	f->length = length;
	return true;
}

static void begin_body(struct http1 *h, const struct framing *f)
{
	h->left = f->length;
	if (h->status == 204 || h->status == 304)
		h->state = HTTP1_DONE;
	else if (f->chunked)
		h->state = HTTP1_CHUNK_SIZE;
	else if (f->has_length)
		h->state = f->length == 0 ? HTTP1_DONE : HTTP1_LENGTH;
	else
		h->state = HTTP1_TO_END;
}

static int take_head(struct http1 *h, struct error *err)
{
	struct bytes rest = buf_view(&h->text), line;
	struct framing framing = { 0 };
	if (!bytes_next_field(&rest, '\n', &line) || !take_status(h, bytes_trim(line)))
		return malformed(err);
	while (bytes_next_field(&rest, '\n', &line)) {
		line = bytes_trim(line);
		if (line.n > 0 && !take_field(&framing, line))
			return malformed(err);
	}
	h->text.n = 0;
	/* "100 Continue" and its like come before the reply. */
	if (h->status < 200) {
		h->status = 0;
		return 0;
	}
	begin_body(h, &framing);
	return 0;
}

/* Adds up to a line's end: 1 when it is there, 0, -1. */
static int add_line(struct http1 *h, struct bytes *piece, size_t max, struct error *err)
{
	ptrdiff_t end = bytes_index(*piece, '\n');
	struct bytes part = bytes_sub(*piece, 0, end >= 0 ? (size_t)end + 1 : piece->n);
	if (part.n > max - h->text.n)
		return malformed(err);
	if (buf_append(&h->text, part.p, part.n, err) < 0)
		return -1;
	*piece = bytes_sub(*piece, part.n, piece->n);
	return end >= 0;
}

static int feed_head(struct http1 *h, struct bytes *piece, struct error *err)
{
	int whole = add_line(h, piece, HTTP1_HEAD_MAX, err);
	if (whole <= 0)
		return whole;
	struct bytes head = buf_view(&h->text);
	bool is_blank = bytes_ends_with(head, BYTES_LIT("\n\r\n")) ||
			bytes_ends_with(head, BYTES_LIT("\n\n"));
	return is_blank ? take_head(h, err) : 0;
}

/* --- the body ------------------------------------------------------------------------------- */

static int hand_on(struct http1 *h, struct bytes *piece, size_t n, struct error *err)
{
	struct bytes part = bytes_sub(*piece, 0, n);
	*piece = bytes_sub(*piece, part.n, piece->n);
	if (part.n > 0 && !h->body(h->ctx, part))
		return error_set(err, ERR_CANCELLED, "the reader has gone");
	return 0;
}

static int feed_counted(struct http1 *h, struct bytes *piece, enum http1_state next,
			struct error *err)
{
	size_t n = piece->n < h->left ? piece->n : (size_t)h->left;
	h->left -= n;
	if (h->left == 0)
		h->state = next;
	return hand_on(h, piece, n, err);
}

static int digit_of(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "1a3f;extension" */
static bool chunk_size(struct bytes line, uint64_t *ret)
{
	uint64_t size = 0;
	size_t i = 0;
	for (; i < line.n && digit_of(line.p[i]) >= 0; i++) {
		if (size >> 59 != 0)
			return false;
		size = size << 4 | (uint64_t)digit_of(line.p[i]);
	}
	*ret = size;
	return i > 0 && (i == line.n || line.p[i] == ';' || line.p[i] == ' ');
}

static int feed_chunk_size(struct http1 *h, struct bytes *piece, struct error *err)
{
	int whole = add_line(h, piece, HTTP1_LINE_MAX, err);
	if (whole <= 0)
		return whole;
	if (!chunk_size(bytes_trim(buf_view(&h->text)), &h->left))
		return malformed(err);
	h->text.n = 0;
	h->state = h->left == 0 ? HTTP1_TRAILER : HTTP1_CHUNK;
	return 0;
}

static int feed_chunk_end(struct http1 *h, struct bytes *piece, struct error *err)
{
	int whole = add_line(h, piece, 2, err);
	if (whole <= 0)
		return whole;
	if (bytes_trim(buf_view(&h->text)).n > 0)
		return malformed(err);
	h->text.n = 0;
	h->state = HTTP1_CHUNK_SIZE;
	return 0;
}

static int feed_trailer(struct http1 *h, struct bytes *piece, struct error *err)
{
	int whole = add_line(h, piece, HTTP1_LINE_MAX, err);
	if (whole <= 0)
		return whole;
	h->trailer += h->text.n;
	if (h->trailer > HTTP1_HEAD_MAX)
		return malformed(err);
	if (bytes_trim(buf_view(&h->text)).n == 0)
		h->state = HTTP1_DONE;
	h->text.n = 0;
	return 0;
}

static int feed_some(struct http1 *h, struct bytes *piece, struct error *err)
{
	switch (h->state) {
	case HTTP1_HEAD:
		return feed_head(h, piece, err);
	case HTTP1_LENGTH:
		return feed_counted(h, piece, HTTP1_DONE, err);
	case HTTP1_TO_END:
		return hand_on(h, piece, piece->n, err);
	case HTTP1_CHUNK_SIZE:
		return feed_chunk_size(h, piece, err);
	case HTTP1_CHUNK:
		return feed_counted(h, piece, HTTP1_CHUNK_END, err);
	case HTTP1_CHUNK_END:
		return feed_chunk_end(h, piece, err);
	case HTTP1_TRAILER:
		return feed_trailer(h, piece, err);
	default:
		piece->n = 0;
		return 0;
	}
}

int http1_feed(struct http1 *h, struct bytes piece, struct error *err)
{
	while (piece.n > 0)
		if (feed_some(h, &piece, err) < 0)
			return -1;
	return 0;
}

int http1_end(struct http1 *h, struct error *err)
{
	if (h->state == HTTP1_TO_END)
		h->state = HTTP1_DONE;
	if (h->state == HTTP1_DONE)
		return 0;
	if (h->status == 0 && h->text.n == 0)
		return error_set(err, ERR_NETWORK, "the connection ended without an answer");
	return error_set(err, ERR_TRUNCATED, "the connection ended in the middle of the answer");
}
