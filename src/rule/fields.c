#include "rule/fields.h"

#include <stdio.h>

/* --- values ------------------------------------------------------------------------- */

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

int read_text(struct field_reader *r, const struct node *n, void *out)
{
	char name[64];
	if (!node_is_scalar(n) || n->text.n == 0)
		return field_fail(r, n, "%s must be a text", name_of(n, name));
	if (n->text.n > RULE_TEXT_MOST)
		return field_fail(r, n, "%s has more than %d bytes", name_of(n, name),
				  RULE_TEXT_MOST);
	if (has_harmful(n->text))
		return field_fail(r, n, "%s holds control characters", name_of(n, name));
	char *text = arena_cstr(r->arena, n->text);
	if (text == NULL)
		return error_set(r->err, ERR_MEMORY, "no memory for the rules of %s", r->origin);
	*(char **)out = text;
	return 0;
}

int read_bool(struct field_reader *r, const struct node *n, void *out)
{
	char name[64];
	if (n->kind != NODE_BOOL)
		return field_fail(r, n, "%s must be true or false", name_of(n, name));
	*(bool *)out = (n->text.p[0] | 0x20) == 't'; /* YAML knows true, True and TRUE */
	return 0;
}

static int read_list_of(struct field_reader *r, const struct node *n, field_fn *one,
			struct rule_list *out)
{
	char name[64];
	bool single = node_is_scalar(n);
	size_t count = single ? 1 : n->count;
	if ((!single && n->kind != NODE_LIST) || count == 0)
		return field_fail(r, n, "%s must be a text or a list of texts that is not empty",
				  name_of(n, name));
	if (count > RULE_LIST_MOST)
		return field_fail(r, n, "%s has more than %d members", name_of(n, name),
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

int read_list(struct field_reader *r, const struct node *n, void *out)
{
	return read_list_of(r, n, read_text, out);
}

/* "/a/b" as the kernel would give it: one name for one place. */
int read_path(struct field_reader *r, const struct node *n, void *out)
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
		return field_fail(r, n,
				  "\"%.200s\" must be a path from the root, without \"..\", \".\" "
				  "and empty names",
				  text);
	*(char **)out = text;
	return 0;
}

static int read_plain_path(struct field_reader *r, const struct node *n, void *out)
{
	if (read_path(r, n, out) < 0)
		return -1;
	if (strpbrk(*(char **)out, "*?") != NULL)
		return field_fail(
			r, n,
			"\"%.200s\": patterns are not possible here, the kernel holds the "
			"place itself",
			*(char **)out);
	return 0;
}

int read_paths(struct field_reader *r, const struct node *n, void *out)
{
	return read_list_of(r, n, read_plain_path, out);
}
