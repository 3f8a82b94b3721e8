/* What may be shown: enough to find the secret again, not enough to use it. */
#include "secret/engine.h"

enum {
	SHOWN_MOST = 4, /* characters at either end */
	STARS_MOST = 12,
	AROUND = 80, /* bytes of the line before and behind the secret */
	WORD_LONG = 16, /* a word of this length may be a secret that no rule knows */
};

static size_t put(uint8_t *out, size_t n, size_t cap, const void *p, size_t len)
{
	size_t room = cap - n;
	if (len > room)
		len = room;
	memcpy(out + n, p, len);
	return n + len;
}

static size_t put_stars(uint8_t *out, size_t n, size_t cap, size_t stars)
{
	static const char text[STARS_MOST + 1] = "************";
	return put(out, n, cap, text, stars < STARS_MOST ? stars : STARS_MOST);
}

/* "-----BEGIN RSA PRIVATE KEY-----", or nothing. */
static size_t key_label(struct bytes key)
{
	static const char dashes[] = "-----";
	enum { DASHES = sizeof dashes - 1, LABEL_MOST = 64 };
	if (!bytes_starts_with(key, bytes_str("-----BEGIN ")))
		return 0;
	struct bytes rest = bytes_sub(key, DASHES, LABEL_MOST);
	const uint8_t *end = memmem(rest.p, rest.n, dashes, DASHES);
	return end == NULL ? 0 : (size_t)(end - key.p) + DASHES;
}

size_t mask_secret(struct bytes secret, bool pem_like, uint8_t *out, size_t n, size_t cap)
{
	if (pem_like) {
		n = put(out, n, cap, secret.p, key_label(secret));
		return put_stars(out, n, cap, STARS_MOST);
	}
	size_t shown = secret.n / 5 < SHOWN_MOST ? secret.n / 5 : SHOWN_MOST;
	n = put(out, n, cap, secret.p, shown);
	n = put_stars(out, n, cap, secret.n - 2 * shown);
	return put(out, n, cap, secret.p + secret.n - shown, shown);
}

struct bytes window_line(const struct window *w, struct bytes place, bool *ret_cut)
{
	size_t at = (size_t)(place.p - w->text.p), half = LIMIT_SECRET_LINE / 2;
	size_t from = at > half ? at - half : 0;
	const uint8_t *newline = memrchr(w->text.p + from, '\n', at - from);
	*ret_cut = newline == NULL && from > 0;
	if (newline != NULL)
		from = (size_t)(newline - w->text.p) + 1;
	size_t end = w->text.n - at > half ? at + half : w->text.n;
	newline = memchr(place.p, '\n', end - at);
	*ret_cut = *ret_cut || (newline == NULL && end < w->text.n);
	if (newline != NULL)
		end = (size_t)(newline - w->text.p);
	return bytes_sub(w->text, from, end);
}

static bool is_word(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '+' || c == '-' || c == '_' || c == '=';
}

/* Text of the line that is no known secret, from p to end: long words with letters
 * and digits are masked, too. */
static size_t put_plain(uint8_t *out, size_t n, size_t cap, const uint8_t *p, const uint8_t *end)
{
	while (p < end) {
		const uint8_t *word = p;
		bool digit = false, letter = false;
		for (; p < end && is_word(*p); p++) {
			digit = digit || (*p >= '0' && *p <= '9');
			letter = letter || *p >= 'A';
		}
		struct bytes w = bytes_of(word, (size_t)(p - word));
		if (w.n >= WORD_LONG && digit && letter)
			n = mask_secret(w, false, out, n, cap);
		else
			n = put(out, n, cap, w.p, w.n);
		if (p < end)
			n = put(out, n, cap, p++, 1);
	}
	return n;
}

/* The place that covers p, or the first behind it. Places are sorted by their begin. */
static const struct found *next_place(const struct secret_engine *e, const uint8_t *p)
{
	const struct found *best = NULL;
	for (size_t i = 0; i < e->found_n; i++) {
		const struct found *f = &e->found[i];
		if (f->secret.p + f->secret.n > p && (best == NULL || f->secret.p < best->secret.p))
			best = f;
	}
	return best;
}

/* Where the context begins and ends: near the secret, in its line, and at the begin
 * of a word: half of one would not be known for what it is. */
static struct bytes context_of(const struct window *w, struct bytes secret)
{
	bool cut;
	struct bytes line = window_line(w, secret, &cut);
	const uint8_t *from = line.p, *end = line.p + line.n;
	if (secret.p - from > AROUND) {
		from = secret.p - AROUND;
		while (from < secret.p && is_word(*from))
			from++;
	}
	const uint8_t *behind = secret.p + secret.n;
	if (behind < end && end - behind > AROUND)
		end = behind + AROUND;
	return bytes_of(from, (size_t)(end - from));
}

size_t mask_context(const struct secret_engine *e, const struct found *f, uint8_t *out, size_t cap)
{
	struct bytes context = context_of(&e->window, f->secret);
	const uint8_t *p = context.p, *end = context.p + context.n;
	size_t n = 0;
	while (p < end && n < cap) {
		const struct found *next = next_place(e, p);
		const uint8_t *stop = next == NULL || next->secret.p > end ? end : next->secret.p;
		if (p < stop)
			n = put_plain(out, n, cap, p, stop);
		if (stop == end || next == NULL)
			break;
		bool pem = (e->rules[next->rule].flags & RULE_PEM_LIKE) != 0;
		if (next->secret.p >= p)
			n = mask_secret(next->secret, pem, out, n, cap);
		p = next->secret.p + next->secret.n;
	}
	return n;
}
