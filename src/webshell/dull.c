/* Functions of large pages in PHP that hold nothing a rule is about: no source, no sink,
 * nothing that unpacks, no call by a value. Where they are written they are not read; where
 * they are called they are, with what they are given. */
#include "webshell/machine.h"

enum { NAME_LONGEST = 40 };

static uint32_t hash_of(struct bytes word)
{
	uint32_t h = 2166136261U;
	for (size_t i = 0; i < word.n; i++)
		h = (h ^ (word.p[i] | 0x20)) * 16777619U;
	return h | 1;
}

/* Where the word's hash is, or would be. */
static uint32_t *slot_of(uint32_t *slots, struct bytes word)
{
	uint32_t hash = hash_of(word);
	size_t i = hash % TELLING_SLOTS;
	while (slots[i] != 0 && slots[i] != hash)
		i = (i + 1) % TELLING_SLOTS;
	return &slots[i];
}

void telling_add(struct ws_telling *t, struct bytes word)
{
	uint32_t *slot = slot_of(t->slots, word);
	if (*slot != 0 || word.n == 0 || word.n > NAME_LONGEST)
		return;
	t->full |= t->count == TELLING_SLOTS / 2;
	if (t->full)
		return;
	*slot = hash_of(word);
	t->count++;
}

/* Another word of the same hash is read for nothing. */
static bool is_telling(const struct machine *m, struct bytes word)
{
	struct ws_telling *t = &m->e->telling;
	return word.n > 0 && word.n <= NAME_LONGEST && *slot_of(t->slots, word) != 0;
}

static struct bytes last_name(struct bytes name)
{
	const uint8_t *p = name.n == 0 ? NULL : memrchr(name.p, '\\', name.n);
	return p == NULL ? name : bytes_sub(name, (size_t)(p - name.p) + 1, name.n);
}

/* $f(…), $t[0](…), ('a' . 'b')(…) */
static bool calls_value(const struct token *t, const struct token *before)
{
	return t->kind == TOKEN_OPEN && t->op == '(' &&
	       (before->kind == TOKEN_VAR || before->kind == TOKEN_CLOSE ||
		before->kind == TOKEN_STRING);
}

bool token_tells(const struct machine *m, const struct token *t, const struct token *before)
{
	switch (t->kind) {
	case TOKEN_NAME:
		return is_telling(m, last_name(t->text));
	case TOKEN_STRING:
		return is_telling(m, t->text);
	case TOKEN_VAR:
		return is_telling(m, t->text) ||
		       (before->kind == TOKEN_NAME && before->text.n == 3 &&
			strncasecmp((const char *)before->text.p, "new", 3) == 0);
	case TOKEN_OP:
		return t->op == OP_DOLLAR || t->op == OP_XOR;
	default:
		return calls_value(t, before);
	}
}

bool page_has_dull(const struct machine *m)
{
	return m->page == PAGE_PHP && m->look->code.n > DULL_LEAST && !m->e->telling.full;
}
