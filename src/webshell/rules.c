/* What the rules of this engine say, as tables to look names up in. */
#include <stdlib.h>

#include "webshell/internal.h"
#include "webshell/lists.h"

enum { RULES_MEMORY = 16 * 1024 * 1024 };

static const char *const page_names[PAGES] = {
	"php", "jsp", "asp", "aspx", "cfm", "perl", "python"
};

static const char *const taint_names[] = { "input",  "decoded",  "built",  "remote",
					   "upload", "prefixed", "far",    "cleaned",
					   "self",   "chosen",   "stored", "part" };

static const char *const list_names[WS_LISTS] = { "sources", "cleaners", "decoders", "callbacks" };

/* --- looking up ------------------------------------------------------------------------ */

static struct bytes last_part(struct bytes path)
{
	for (size_t i = path.n; i > 0; i--)
		if (path.p[i - 1] == '.')
			return bytes_sub(path, i, path.n);
	return path;
}

static size_t slot_of(struct bytes path)
{
	struct bytes part = last_part(path);
	uint32_t h = 2166136261U;
	for (size_t i = 0; i < part.n; i++)
		h = (h ^ part.p[i]) * 16777619U;
	return (h ^ h >> 15) % WS_SLOTS;
}

static bool is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* A name without a dot is a whole path; ".x" is any object's x; "a.b" is the path's end. */
static bool matches(const struct ws_sink *s, struct bytes path)
{
	if (s->whole)
		return bytes_equal(path, s->name);
	if (!bytes_ends_with(path, s->name))
		return false;
	if (path.n == s->name.n || !is_letter(s->name.p[0]))
		return true;
	return !is_letter(path.p[path.n - s->name.n - 1]);
}

uint32_t ws_names_next(const struct ws_names *n, struct bytes path, uint32_t at)
{
	at = at == 0 ? n->slots[slot_of(path)] : n->list[at - 1].next;
	while (at != 0 && !matches(&n->list[at - 1], path))
		at = n->list[at - 1].next;
	return at;
}

uint32_t ws_names_args(const struct ws_names *n, struct bytes path)
{
	uint32_t at = path.n == 0 ? 0 : ws_names_next(n, path, 0);
	return at == 0 ? 0 : n->list[at - 1].args;
}

/* --- reading ------------------------------------------------------------------------------- */

/* "0", "0,2", "*", "0&1": bits. */
static void read_args(struct bytes text, uint32_t *args, uint32_t *both)
{
	bool second = false;
	*args = *both = 0;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		uint32_t bits = c == '*' ? UINT32_MAX : c >= '0' && c <= '9' ? 1U << (c - '0') : 0;
		second |= c == '&';
		if (second)
			*both |= bits;
		else
			*args |= bits;
	}
}

/* "name:arguments"; without arguments, the whole is the name. */
static int add_name(struct ws_rules *r, struct ws_names *n, struct bytes text, uint32_t args,
		    uint32_t rule, struct error *err)
{
	if (n->count == n->cap) {
		size_t cap = n->cap == 0 ? 64 : n->cap * 2;
		struct ws_sink *list = arena_array(&r->arena, cap, sizeof *list);
		if (list == NULL)
			return error_set(err, ERR_MEMORY, "no memory for the rules of web pages");
		if (n->count > 0)
			memcpy(list, n->list, n->count * sizeof *list);
		n->list = list;
		n->cap = cap;
	}
	struct ws_sink *s = &n->list[n->count++];
	size_t colon = text.n;
	while (colon > 0 && text.p[colon - 1] != ':')
		colon--;
	*s = (struct ws_sink){ .name = text, .args = args, .rule = rule };
	bool numbers = colon > 1 && colon < text.n;
	for (size_t i = colon; i < text.n; i++)
		numbers = numbers && memchr("0123456789*&,", text.p[i], 13) != NULL;
	if (numbers) {
		s->name = bytes_sub(text, 0, colon - 1);
		read_args(bytes_sub(text, colon, text.n), &s->args, &s->both);
	}
	char *low = arena_cstr(&r->arena, s->name);
	if (low == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the rules of web pages");
	for (size_t i = 0; i < s->name.n; i++)
		low[i] = (char)(low[i] >= 'A' && low[i] <= 'Z' ? low[i] | 0x20 : low[i]);
	s->name.p = (uint8_t *)low;
	s->whole = bytes_index(s->name, '.') < 0;
	uint32_t *slot = &n->slots[slot_of(s->name)];
	s->next = *slot;
	*slot = (uint32_t)n->count;
	return 0;
}

static int wrong(const struct node *n, const char *what, struct bytes word, struct error *err)
{
	return error_set(err, ERR_MALFORMED, "line %u of a rule of web pages: %s \"%.*s\"", n->line,
			 what, (int)word.n, (const char *)word.p);
}

/* The names of a list as bits. */
static int read_bits(const struct node *t, const char *key, const char *const *names, size_t count,
		     uint32_t *ret, struct error *err)
{
	const struct node *list = node_get(t, key);
	*ret = 0;
	for (const struct node *n = list == NULL ? NULL : list->first; n != NULL; n = n->next) {
		size_t i = 0;
		while (i < count && !bytes_equal(n->text, bytes_str(names[i])))
			i++;
		if (i == count)
			return wrong(n, "it is not known what is", n->text, err);
		*ret |= 1U << i;
	}
	return 0;
}

static int add_list(struct ws_rules *r, unsigned pages, enum ws_list list, const struct node *t,
		    struct error *err)
{
	const struct node *names = node_get(t, list_names[list]);
	for (const struct node *n = names == NULL ? NULL : names->first; n != NULL; n = n->next)
		for (int p = 0; p < PAGES; p++)
			if ((pages >> p & 1) != 0 &&
			    add_name(r, &r->lists[p][list], n->text, 1, 0, err) < 0)
				return -1;
	return 0;
}

/* "word", "word=3": what it counts, or "word|other=3"; "word=-3": what it excuses;
 * "word=!": not without it. */
static struct ws_word read_word(struct bytes text)
{
	struct ws_word w = { .text = text, .weight = 1 };
	uint64_t weight = 0;
	size_t at = text.n;
	while (at > 0 && text.p[at - 1] != '=')
		at--;
	struct bytes value = bytes_sub(text, at, text.n);
	bool less = bytes_starts_with(value, BYTES_LIT("-"));
	if (at < 2)
		return w;
	w.must = bytes_equal(value, BYTES_LIT("!"));
	if (!w.must && (!bytes_to_u64(bytes_sub(value, less, value.n), &weight) || weight > 1000))
		return w;
	w.text = bytes_sub(text, 0, at - 1);
	w.weight = less ? -(int32_t)weight : (int32_t)weight;
	return w;
}

static int add_words(struct ws_rules *r, struct ws_rule *rule, const struct node *list,
		     struct error *err)
{
	if (list == NULL)
		return 0;
	rule->words = arena_array(&r->arena, list->count + 1, sizeof *rule->words);
	if (rule->words == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the rules of web pages");
	for (const struct node *n = list->first; n != NULL; n = n->next) {
		struct ws_word w = read_word(n->text);
		if (w.text.n < 3)
			continue;
		rule->musts += w.must;
		rule->words[rule->word_count++] = w;
	}
	return 0;
}

static int add_rule(struct ws_rules *r, const struct check_entry *e, struct error *err)
{
	const struct node *t = e->table, *sinks = node_get(t, "sinks");
	uint32_t index = (uint32_t)r->count++;
	struct ws_rule *rule = &r->list[index];
	int64_t number = 0;
	rule->number = e->rule;
	enum { TAINTS = sizeof taint_names / sizeof taint_names[0] };
	if (read_bits(t, "pages", page_names, PAGES, &rule->pages, err) < 0 ||
	    read_bits(t, "from", taint_names, TAINTS, &rule->from, err) < 0 ||
	    read_bits(t, "not", taint_names, TAINTS, &rule->not, err) < 0)
		return -1;
	rule->disguise = node_bool(t, "disguise", false);
	rule->handler = node_bool(t, "handler", false);
	if (rule->from == 0)
		rule->from = TAINT_INPUT;
	if (node_i64(t, "threshold", &number) && number > 0)
		rule->threshold = (uint32_t)number;
	if (node_i64(t, "size_max", &number) && number > 0)
		rule->size_max = (uint64_t)number;
	for (const struct node *n = sinks == NULL ? NULL : sinks->first; n != NULL; n = n->next)
		for (int p = 0; p < PAGES; p++)
			if ((rule->pages >> p & 1) != 0 &&
			    add_name(r, &r->sinks[p], n->text, UINT32_MAX, index, err) < 0)
				return -1;
	for (int list = 0; list < WS_LISTS; list++)
		if (add_list(r, rule->pages, (enum ws_list)list, t, err) < 0)
			return -1;
	return add_words(r, rule, node_get(t, "words"), err);
}

static uint32_t marked_as(uint8_t mark)
{
	return mark == '!'   ? TAINT_UPLOAD
	       : mark == '~' ? TAINT_STORED
	       : mark == '^' ? TAINT_BUILT
	       : mark == '@' ? TAINT_REMOTE
			     : 0;
}

/* What the languages have, whatever rules say. */
static int add_known(struct ws_rules *r, struct error *err)
{
	for (int p = 0; p < PAGES; p++)
		for (int list = 0; list < WS_LISTS; list++) {
			struct bytes rest = bytes_str(ws_known[p][list]), name;
			while (bytes_next_field(&rest, ' ', &name)) {
				uint32_t args = list == LIST_SOURCE ? TAINT_INPUT : 1;
				if (list == LIST_SOURCE && name.n > 1 &&
				    marked_as(name.p[0]) != 0) {
					args = marked_as(name.p[0]);
					name = bytes_sub(name, 1, name.n);
				}
				if (name.n > 0 &&
				    add_name(r, &r->lists[p][list], name, args, 0, err) < 0)
					return -1;
			}
		}
	return 0;
}

int ws_rules_read(const struct check_set *set, struct ws_rules *ret, struct error *err)
{
	size_t n = check_set_count(set);
	*ret = (struct ws_rules){ .arena = arena_max(RULES_MEMORY) };
	ret->list = arena_array(&ret->arena, n + 1, sizeof *ret->list);
	if (ret->list == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the rules of web pages");
	for (size_t i = 0; i < n; i++) {
		const struct check_entry *e = check_set_entry(set, i);
		if (e->family == CHECK_MALWARE && strcmp(e->engine, "webshell") == 0 &&
		    add_rule(ret, e, err) < 0)
			return -1;
	}
	return add_known(ret, err);
}

void ws_rules_free(struct ws_rules *r)
{
	arena_free(&r->arena);
}
