#include "format/fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int field_fail(const struct field_reader *r, const struct node *n, const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return error_set(r->err, r->code, "%s:%u: %s", r->origin, n->line, text);
}

static int unknown_key(const struct field_reader *r, const struct node *n,
		       const struct field *fields, const char *what)
{
	char meant[GUESS_TEXT];
	struct guess guess = guess_of(n->key);
	for (const struct field *f = fields; f->key != NULL; f++)
		guess_try(&guess, bytes_str(f->key));
	guess_text(&guess, "", meant);
	/* "severity" is further from "severities" than a slip of the hand, and as clear. */
	for (const struct field *f = fields; meant[0] == '\0' && f->key != NULL; f++)
		if (n->key.n > 3 &&
		    bytes_starts_with(bytes_str(f->key), bytes_sub(n->key, 0, n->key.n - 1)))
			(void)snprintf(meant, sizeof meant, " Did you mean %s?", f->key);
	return field_fail(r, n, "%s has no key \"%.*s\".%s", what, (int)bytes_sub(n->key, 0, 80).n,
			  (const char *)n->key.p, meant);
}

static const struct field *find_field(const struct field *fields, struct bytes key)
{
	for (const struct field *f = fields; f->key != NULL; f++)
		if (bytes_equal(bytes_str(f->key), key))
			return f;
	return NULL;
}

static int twice(const struct field_reader *r, const struct node *n)
{
	return field_fail(r, n, "\"%.*s\" is there twice", (int)bytes_sub(n->key, 0, 80).n,
			  (const char *)n->key.p);
}

int fields_read(struct field_reader *r, const struct node *n, const struct field *fields,
		const char *what, void *out, unsigned *ret_seen)
{
	unsigned seen = 0;
	if (n->kind != NODE_MAP)
		return field_fail(r, n, "%s must be a map of keys and values", what);
	for (const struct node *m = n->first; m != NULL; m = m->next) {
		const struct field *f = find_field(fields, m->key);
		if (f == NULL)
			return unknown_key(r, m, fields, what);
		unsigned bit = 1u << (unsigned)(f - fields);
		if (m->again)
			return twice(r, m);
		seen |= bit;
		if (f->read(r, m, (char *)out + f->offset) < 0)
			return -1;
	}
	for (const struct field *f = fields; f->key != NULL; f++)
		if (f->required && (seen >> (unsigned)(f - fields) & 1) == 0)
			return field_fail(r, n, "%s needs the key \"%s\"", what, f->key);
	if (ret_seen != NULL)
		*ret_seen = seen;
	return 0;
}

int field_once(const struct field_reader *r, const struct node *map)
{
	for (const struct node *m = map->first; m != NULL; m = m->next)
		if (m->again)
			return twice(r, m);
	return 0;
}

bool node_is_scalar(const struct node *n)
{
	return n->kind == NODE_STRING || n->kind == NODE_NUMBER || n->kind == NODE_BOOL;
}
