/* The grammar of JSON above its tokens (json_lex.c): a stack of open containers
 * and what may come next. No recursion: the depth is the input's choice. */
#include "format/json.h"

#include <stdlib.h>

#include "format/json_lex.h"

enum next {
	NEXT_VALUE,
	NEXT_COLON,
	NEXT_FIRST_KEY,
	NEXT_KEY,
	NEXT_FIRST_ITEM,
	NEXT_ITEM,
	NEXT_END
};

struct json_reader {
	struct json_lex lex;
	enum next next;
	unsigned depth;
	bool is_object[LIMIT_JSON_DEPTH]; /* of each open container */
};

static struct json_reader *reader_new(void)
{
	struct json_reader *r = calloc(1, sizeof *r);
	if (r != NULL)
		r->lex.text = buf_max(LIMIT_JSON_STRING);
	return r;
}

/* A byte order mark is not ours to refuse (RFC 8259 section 8.1); nothing else
 * that is allowed begins with its first byte. */
static void skip_mark(struct json_lex *l)
{
	static const char mark[] = "\xef\xbb\xbf";
	if (lex_byte(l) == (uint8_t)mark[0])
		(void)lex_name(l, BYTES_LIT(mark));
}

struct json_reader *json_open_bytes(struct bytes text)
{
	struct json_reader *r = reader_new();
	if (r == NULL)
		return NULL;
	if (text.p == NULL)
		text = BYTES_LIT("");
	r->lex.window = r->lex.at = text.p;
	r->lex.end = text.p + text.n;
	skip_mark(&r->lex);
	return r;
}

struct json_reader *json_open_stream(json_read_fn *read, void *ctx)
{
	struct json_reader *r = reader_new();
	if (r == NULL)
		return NULL;
	r->lex.chunk = malloc(JSON_WINDOW);
	if (r->lex.chunk == NULL) {
		json_close(r);
		return NULL;
	}
	r->lex.window = r->lex.at = r->lex.end = r->lex.chunk;
	r->lex.read = read;
	r->lex.ctx = ctx;
	skip_mark(&r->lex);
	return r;
}

void json_close(struct json_reader *r)
{
	if (r == NULL)
		return;
	buf_free(&r->lex.text);
	free(r->lex.chunk);
	free(r);
}

uint64_t json_offset(const struct json_reader *r)
{
	return lex_offset(&r->lex);
}

bool json_failed(const struct json_reader *r)
{
	return r->lex.failed;
}

static bool expected(struct json_reader *r, int c, const char *what)
{
	if (c < 0)
		return lex_fail(&r->lex, ERR_TRUNCATED, "the text ends where %s was expected",
				what);
	return lex_fail(&r->lex, ERR_MALFORMED, "%s was expected", what);
}

/* Behind a value: what may come next is the container's choice. */
static void value_done(struct json_reader *r)
{
	if (r->depth == 0)
		r->next = NEXT_END;
	else
		r->next = r->is_object[r->depth - 1] ? NEXT_KEY : NEXT_ITEM;
}

/* The first byte of the next value, not consumed; -1 when there is none. The
 * colon is read here and not with the key, whose view a refill would break. */
static int value_byte(struct json_reader *r)
{
	if (r->lex.failed)
		return -1;
	if (r->next == NEXT_COLON) {
		int c = lex_space(&r->lex);
		if (c != ':') {
			(void)expected(r, c, "':'");
			return -1;
		}
		r->lex.at++;
		r->next = NEXT_VALUE;
	}
	if (r->next != NEXT_VALUE)
		return -1;
	int c = lex_space(&r->lex);
	if (c < 0)
		(void)expected(r, c, "a value");
	return c;
}

static enum json_kind kind_of(int c)
{
	switch (c) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
	case 'f':
		return JSON_BOOL;
	case 'n':
		return JSON_NULL;
	default:
		return c == '-' || (c >= '0' && c <= '9') ? JSON_NUMBER : JSON_NONE;
	}
}

enum json_kind json_peek(struct json_reader *r)
{
	int c = value_byte(r);
	enum json_kind kind = kind_of(c);
	if (kind == JSON_NONE && c >= 0)
		(void)expected(r, c, "a value");
	return kind;
}

/* --- containers --------------------------------------------------------------- */

static bool enter(struct json_reader *r, bool object)
{
	if (r->depth == LIMIT_JSON_DEPTH)
		return lex_fail(&r->lex, ERR_LIMIT, "nested deeper than %d levels",
				LIMIT_JSON_DEPTH);
	r->lex.at++;
	r->is_object[r->depth++] = object;
	r->next = object ? NEXT_FIRST_KEY : NEXT_FIRST_ITEM;
	return true;
}

static bool leave(struct json_reader *r)
{
	r->lex.at++;
	r->depth--;
	value_done(r);
	return false;
}

bool json_enter_object(struct json_reader *r)
{
	if (json_peek(r) == JSON_OBJECT)
		return enter(r, true);
	json_skip(r);
	return false;
}

bool json_enter_array(struct json_reader *r)
{
	if (json_peek(r) == JSON_ARRAY)
		return enter(r, false);
	json_skip(r);
	return false;
}

/* Up to the quote of the next key; false at the object's end or on an error. */
static bool key_begins(struct json_reader *r)
{
	int c = lex_space(&r->lex);
	if (c == '}')
		return leave(r);
	if (r->next == NEXT_KEY) {
		if (c != ',')
			return expected(r, c, "',' or '}'");
		r->lex.at++;
		c = lex_space(&r->lex);
	}
	if (c != '"')
		return expected(r, c, "a member's name");
	r->next = NEXT_COLON;
	return true;
}

static bool item_begins(struct json_reader *r)
{
	int c = lex_space(&r->lex);
	if (c == ']')
		return leave(r);
	if (c < 0 || (c != ',' && r->next == NEXT_ITEM))
		return expected(r, c, "',' or ']'");
	if (r->next == NEXT_ITEM)
		r->lex.at++;
	r->next = NEXT_VALUE;
	return true;
}

/* A value that the caller left standing is skipped; true inside a container of
 * this kind and between its members. */
static bool between_members(struct json_reader *r, bool object)
{
	if (r->depth > 0 && (r->next == NEXT_VALUE || r->next == NEXT_COLON))
		json_skip(r);
	if (r->lex.failed)
		return false;
	if (r->depth == 0 || r->is_object[r->depth - 1] != object)
		return lex_fail(&r->lex, ERR_INTERNAL, "read as another kind of container");
	return true;
}

bool json_next_key(struct json_reader *r, struct bytes *ret_key)
{
	return between_members(r, true) && key_begins(r) && lex_string(&r->lex, ret_key);
}

bool json_next_item(struct json_reader *r)
{
	return between_members(r, false) && item_begins(r);
}

/* --- values -------------------------------------------------------------------- */

static bool skip_scalar(struct json_reader *r, int c)
{
	struct bytes literal;
	switch (kind_of(c)) {
	case JSON_STRING:
		return lex_skip_string(&r->lex);
	case JSON_NUMBER:
		return lex_number(&r->lex, &literal);
	case JSON_BOOL:
		return lex_name(&r->lex, c == 't' ? BYTES_LIT("true") : BYTES_LIT("false"));
	case JSON_NULL:
		return lex_name(&r->lex, BYTES_LIT("null"));
	default:
		return expected(r, c, "a value");
	}
}

/* Past one value's first token: the whole of a scalar, into a container. */
static bool skip_into(struct json_reader *r)
{
	int c = value_byte(r);
	if (c == '{' || c == '[')
		return enter(r, c == '{');
	if (c < 0 || !skip_scalar(r, c))
		return false;
	value_done(r);
	return true;
}

void json_skip(struct json_reader *r)
{
	unsigned outer = r->depth;
	bool more = skip_into(r);
	while (more && r->depth > outer) {
		bool begins = r->is_object[r->depth - 1] ? key_begins(r) && lex_skip_string(&r->lex)
							 : item_begins(r);
		more = begins ? skip_into(r) : !r->lex.failed;
	}
}

bool json_get_string(struct json_reader *r, struct bytes *ret)
{
	if (json_peek(r) != JSON_STRING) {
		json_skip(r);
		return false;
	}
	if (!lex_string(&r->lex, ret))
		return false;
	value_done(r);
	return true;
}

bool json_get_number(struct json_reader *r, struct bytes *ret_literal)
{
	if (json_peek(r) != JSON_NUMBER) {
		json_skip(r);
		return false;
	}
	if (!lex_number(&r->lex, ret_literal))
		return false;
	value_done(r);
	return true;
}

bool json_get_i64(struct json_reader *r, int64_t *ret)
{
	struct bytes b;
	if (!json_get_number(r, &b))
		return false;
	bool negative = b.p[0] == '-';
	uint64_t size, most = (uint64_t)INT64_MAX + negative;
	if (!bytes_to_u64(bytes_sub(b, negative, b.n), &size) || size > most)
		return false;
	*ret = negative ? (int64_t)(0 - size) : (int64_t)size;
	return true;
}

bool json_get_double(struct json_reader *r, double *ret)
{
	struct bytes b;
	char text[512]; /* longer ones are nobody's measurement */
	if (!json_get_number(r, &b) || b.n >= sizeof text)
		return false;
	memcpy(text, b.p, b.n);
	text[b.n] = '\0';
	*ret = strtod(text, NULL);
	return true;
}

bool json_get_bool(struct json_reader *r, bool *ret)
{
	int c = json_peek(r) == JSON_BOOL ? *r->lex.at : -1;
	json_skip(r);
	if (c < 0 || r->lex.failed)
		return false;
	*ret = c == 't';
	return true;
}

int json_finish(struct json_reader *r, struct error *err)
{
	while (!r->lex.failed && r->next != NEXT_END) {
		struct bytes key;
		if (r->next == NEXT_VALUE || r->next == NEXT_COLON)
			json_skip(r);
		else if (r->is_object[r->depth - 1])
			(void)json_next_key(r, &key);
		else
			(void)json_next_item(r);
	}
	if (!r->lex.failed && lex_space(&r->lex) >= 0)
		(void)lex_fail(&r->lex, ERR_MALFORMED, "something follows the document");
	if (!r->lex.failed)
		return 0;
	if (err != NULL)
		*err = r->lex.err;
	return -1;
}
