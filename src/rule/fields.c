#include "rule/fields.h"

#include <stdarg.h>
#include <stdio.h>

int read_fail(const struct reader *r, const struct node *n, const char *fmt, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return error_set(r->err, ERR_MALFORMED, "%s:%u: %s", r->origin, n->line, text);
}

static int unknown_key(const struct reader *r, const struct node *n, const struct field *fields,
		       const char *what)
{
	char meant[GUESS_TEXT];
	struct guess guess = guess_of(n->key);
	for (const struct field *f = fields; f->key != NULL; f++)
		guess_try(&guess, bytes_str(f->key));
	guess_text(&guess, "", meant);
	return read_fail(r, n, "%s has no key \"%.*s\".%s", what, (int)bytes_sub(n->key, 0, 80).n,
			 (const char *)n->key.p, meant);
}

static const struct field *find_field(const struct field *fields, struct bytes key)
{
	for (const struct field *f = fields; f->key != NULL; f++)
		if (bytes_equal(bytes_str(f->key), key))
			return f;
	return NULL;
}

int read_map(struct reader *r, const struct node *n, const struct field *fields, const char *what,
	     void *out)
{
	uint32_t seen = 0;
	if (n->kind != NODE_MAP)
		return read_fail(r, n, "%s must be a map of keys and values", what);
	for (const struct node *m = n->first; m != NULL; m = m->next) {
		const struct field *f = find_field(fields, m->key);
		if (f == NULL)
			return unknown_key(r, m, fields, what);
		seen |= (uint32_t)1 << (f - fields);
		if (f->read(r, m, (char *)out + f->offset) < 0)
			return -1;
	}
	for (const struct field *f = fields; f->key != NULL; f++)
		if (f->required && (seen >> (f - fields) & 1) == 0)
			return read_fail(r, n, "%s needs the key \"%s\"", what, f->key);
	return 0;
}

/* --- values ------------------------------------------------------------------------- */

static bool is_scalar(const struct node *n)
{
	return n->kind == NODE_STRING || n->kind == NODE_NUMBER || n->kind == NODE_BOOL;
}

/* The key, or the last word for what has none: a member of a list. */
static const char *name_of(const struct node *n, char out[static 64])
{
	if (n->key.n == 0)
		return "each of the list";
	(void)snprintf(out, 64, "\"%.*s\"", (int)bytes_sub(n->key, 0, 60).n,
		       (const char *)n->key.p);
	return out;
}

static bool has_harmful(struct bytes text)
{
	uint32_t point;
	while (text.n > 0) {
		size_t n = utf8_length(text, &point);
		if (n == 0 || (text_point_harmful(point) && point != '\n' && point != '\t'))
			return true;
		text = bytes_sub(text, n, text.n);
	}
	return false;
}

int read_text(struct reader *r, const struct node *n, void *out)
{
	char name[64];
	if (!is_scalar(n) || n->text.n == 0)
		return read_fail(r, n, "%s must be a text", name_of(n, name));
	if (n->text.n > RULE_TEXT_MOST)
		return read_fail(r, n, "%s has more than %d bytes", name_of(n, name),
				 RULE_TEXT_MOST);
	if (has_harmful(n->text))
		return read_fail(r, n, "%s holds control characters", name_of(n, name));
	char *text = arena_cstr(r->arena, n->text);
	if (text == NULL)
		return error_set(r->err, ERR_MEMORY, "no memory for the rules of %s", r->origin);
	*(char **)out = text;
	return 0;
}

int read_bool(struct reader *r, const struct node *n, void *out)
{
	char name[64];
	if (n->kind != NODE_BOOL)
		return read_fail(r, n, "%s must be true or false", name_of(n, name));
	*(bool *)out = (n->text.p[0] | 0x20) == 't'; /* YAML knows true, True and TRUE */
	return 0;
}

static int read_list_of(struct reader *r, const struct node *n, read_fn *one, struct rule_list *out)
{
	char name[64];
	bool single = is_scalar(n);
	size_t count = single ? 1 : n->count;
	if ((!single && n->kind != NODE_LIST) || count == 0)
		return read_fail(r, n, "%s must be a text or a list of texts that is not empty",
				 name_of(n, name));
	if (count > RULE_LIST_MOST)
		return read_fail(r, n, "%s has more than %d members", name_of(n, name),
				 RULE_LIST_MOST);
	char **value = arena_array(r->arena, count, sizeof *value);
	if (value == NULL)
		return error_set(r->err, ERR_MEMORY, "no memory for the rules of %s", r->origin);
	const struct node *m = single ? n : n->first;
	for (size_t i = 0; i < count; i++, m = m->next)
		if (one(r, m, &value[i]) < 0)
			return -1;
	*out = (struct rule_list){ value, count };
	return 0;
}

int read_list(struct reader *r, const struct node *n, void *out)
{
	return read_list_of(r, n, read_text, out);
}

/* "/a/b" as the kernel would give it: one name for one place. */
int read_path(struct reader *r, const struct node *n, void *out)
{
	char *text = NULL;
	if (read_text(r, n, &text) < 0)
		return -1;
	size_t length = strlen(text);
	if (length > 1 && text[length - 1] == '/')
		text[--length] = '\0';
	uint8_t clean[RULE_TEXT_MOST];
	size_t kept = path_clean(bytes_of(text, length), clean);
	if (text[0] != '/' || !bytes_equal(bytes_of(clean, kept), bytes_of(text + 1, length - 1)))
		return read_fail(r, n,
				 "\"%.200s\" must be a path from the root, without \"..\", \".\" "
				 "and empty names",
				 text);
	*(char **)out = text;
	return 0;
}

static int read_plain_path(struct reader *r, const struct node *n, void *out)
{
	if (read_path(r, n, out) < 0)
		return -1;
	if (strpbrk(*(char **)out, "*?") != NULL)
		return read_fail(r, n,
				 "\"%.200s\": patterns are not possible here, the kernel holds the "
				 "place itself",
				 *(char **)out);
	return 0;
}

int read_paths(struct reader *r, const struct node *n, void *out)
{
	return read_list_of(r, n, read_plain_path, out);
}
