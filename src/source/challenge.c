#include "source/challenge.h"

#include <stdio.h>
#include <strings.h>

/* One challenge while it is read. */
struct reading {
	struct challenge c;
	bool broken;
};

static bool is_token_char(uint8_t c)
{
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		return true;
	return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static void skip_blanks(struct cursor *c)
{
	while (c->at < c->data.n && (c->data.p[c->at] == ' ' || c->data.p[c->at] == '\t'))
		c->at++;
}

static bool is_next(const struct cursor *c, uint8_t byte)
{
	return c->at < c->data.n && c->data.p[c->at] == byte;
}

static struct bytes take_token(struct cursor *c)
{
	size_t from = c->at;
	while (c->at < c->data.n && is_token_char(c->data.p[c->at]))
		c->at++;
	return bytes_sub(c->data, from, c->at);
}

/* token68 is the form of other schemes' data: one word, padded with '=', up to
 * a comma or the end. Passed over. */
static bool skip_token68(struct cursor *c)
{
	size_t at = c->at;
	while (at < c->data.n && (is_token_char(c->data.p[at]) || c->data.p[at] == '/'))
		at++;
	if (at == c->at)
		return false;
	while (at < c->data.n && c->data.p[at] == '=')
		at++;
	while (at < c->data.n && (c->data.p[at] == ' ' || c->data.p[at] == '\t'))
		at++;
	if (at < c->data.n && c->data.p[at] != ',')
		return false;
	c->at = at;
	return true;
}

/* Where a parameter's value goes; NULL when it does not matter here. */
static char *slot_of(struct challenge *c, struct bytes name, size_t *ret_size)
{
	const struct {
		const char *name;
		char *slot;
		size_t size;
	} slots[] = {
		{ "realm", c->realm, sizeof c->realm },
		{ "service", c->service, sizeof c->service },
		{ "scope", c->scope, sizeof c->scope },
	};
	for (size_t i = 0; i < sizeof slots / sizeof slots[0]; i++)
		if (name.n == strlen(slots[i].name) &&
		    strncasecmp((const char *)name.p, slots[i].name, name.n) == 0) {
			*ret_size = slots[i].size;
			return slots[i].slot;
		}
	return NULL;
}

/* quoted-string, its backslashes taken off, or a token. What is no visible
 * character has no business in an address or a scope. */
static bool take_value(struct cursor *c, char *out, size_t size)
{
	size_t n = 0;
	bool quoted = is_next(c, '"');
	if (quoted)
		c->at++;
	while (c->at < c->data.n) {
		uint8_t byte = c->data.p[c->at];
		if (quoted ? byte == '"' : !is_token_char(byte))
			break;
		if (quoted && byte == '\\') {
			if (++c->at == c->data.n)
				return false;
			byte = c->data.p[c->at];
		}
		if (byte < ' ' || byte == 0x7f)
			return false;
		if (out != NULL && n + 1 >= size)
			return false;
		if (out != NULL)
			out[n] = (char)byte;
		n++;
		c->at++;
	}
	if (out != NULL)
		out[n] = '\0';
	if (!quoted)
		return n > 0;
	if (!is_next(c, '"'))
		return false;
	c->at++;
	return true;
}

/* After the name and its '='. Twice the same parameter is an error; the
 * first stands. */
static bool take_parameter(struct cursor *c, struct challenge *challenge, struct bytes name)
{
	size_t size = 0;
	char *slot = slot_of(challenge, name, &size);
	char value[sizeof challenge->realm];
	if (!take_value(c, slot == NULL ? NULL : value, size))
		return false;
	if (slot != NULL && slot[0] == '\0')
		(void)snprintf(slot, size, "%s", value);
	return true;
}

static enum challenge_scheme scheme_of(struct bytes name)
{
	if (name.n == 5 && strncasecmp((const char *)name.p, "basic", 5) == 0)
		return CHALLENGE_BASIC;
	if (name.n == 6 && strncasecmp((const char *)name.p, "bearer", 6) == 0)
		return CHALLENGE_BEARER;
	return CHALLENGE_NONE;
}

/* Bearer is the better one: the password goes to the token endpoint only. */
static void offer(struct challenge *best, const struct reading *r)
{
	if (r->broken || (r->c.scheme == CHALLENGE_BEARER && r->c.realm[0] == '\0'))
		return;
	if (r->c.scheme > best->scheme)
		*best = r->c;
}

/* A word in the list: the name of a parameter when '=' follows, else the next
 * scheme. */
static void take_element(struct cursor *c, struct reading *r, struct challenge *best)
{
	struct bytes word = take_token(c);
	size_t behind = c->at;
	skip_blanks(c);
	if (is_next(c, '=')) {
		c->at++;
		skip_blanks(c);
		if (!take_parameter(c, &r->c, word))
			r->broken = true;
		return;
	}
	offer(best, r);
	*r = (struct reading){ .c.scheme = scheme_of(word) };
	if (c->at > behind)
		(void)skip_token68(c);
}

void challenge_add(struct challenge *best, struct bytes value)
{
	struct cursor c = cursor_of(value);
	struct reading r = { 0 };
	for (;;) {
		while (is_next(&c, ' ') || is_next(&c, '\t') || is_next(&c, ','))
			c.at++;
		if (cursor_left(&c) == 0)
			break;
		if (is_token_char(c.data.p[c.at])) {
			take_element(&c, &r, best);
		} else {
			r.broken = true; /* not of the grammar: go on behind it */
			c.at++;
		}
	}
	offer(best, &r);
}
