/* The literals without which nothing can be found: most files have none of them, and
 * are not read further. */
#include <stdlib.h>

#include "webshell/internal.h"

enum {
	SMALL_PAGE = 8 * KIB, /* read at less provocation */
	LARGE_PAGE = 64 * KIB,
	UNPACKERS = 8, /* of the functions that put texts together: they come first */
};

struct collecting {
	struct webshell_engine *e;
	struct atom *list;
};

static struct ws_atom *add(struct collecting *c, struct bytes text, bool any_case)
{
	if (text.n < 3 || text.n > LIMIT_ATOM_BYTES || c->e->atom_count == ATOMS_MOST)
		return NULL;
	for (size_t i = 0; i < c->e->atom_count; i++)
		if (bytes_equal(c->list[i].text, text) && c->list[i].any_case == any_case &&
		    c->e->meanings[i].rule == 0)
			return &c->e->meanings[i];
	c->list[c->e->atom_count] = (struct atom){ text, any_case };
	return &c->e->meanings[c->e->atom_count++];
}

/* PHP's variables and their keys, which lists have in small letters: _GET, but not get_get. */
static struct ws_atom *add_variable(struct collecting *c, struct bytes name)
{
	uint8_t *p = name.n == 0 ? NULL : arena_alloc(&c->e->rules.arena, name.n);
	for (size_t i = 0; p != NULL && i < name.n; i++)
		p[i] = name.p[i] >= 'a' && name.p[i] <= 'z' ? name.p[i] & 0xdf : name.p[i];
	return p == NULL ? NULL : add(c, bytes_of(p, name.n), false);
}

/* The longest run of letters and digits in a name. */
static struct bytes longest_word(struct bytes name)
{
	struct bytes best = { 0 };
	for (size_t i = 0; i < name.n;) {
		size_t n = 0;
		while (i + n < name.n && wlex_is_name(name.p[i + n]))
			n++;
		if (n > best.n)
			best = bytes_sub(name, i, i + n);
		i += n + 1;
	}
	return best;
}

static void add_names(struct collecting *c, const struct ws_names *n, enum page p, int what)
{
	for (size_t i = 0; i < n->count; i++) {
		struct bytes name = n->list[i].name;
		if (bytes_starts_with(name, BYTES_LIT("<unset>/"))) {
			struct ws_atom *run = add(c, bytes_sub(name, 8, name.n), true);
			if (run != NULL)
				run->runs = true;
		}
		if (p == PAGE_PHP && name.p[0] == '^')
			telling_add(&c->e->telling, longest_word(name));
		if (name.p[0] == '^' || name.p[0] == '<') /* no page writes it */
			continue;
		bool whole = bytes_find(name, BYTES_LIT("://")) >= 0;
		bool variable = p == PAGE_PHP && what == 0 && !whole && name.p[0] != '.' &&
				!bytes_ends_with(name, BYTES_LIT("()")) &&
				!bytes_starts_with(name, BYTES_LIT("__"));
		struct bytes word = whole ? name : longest_word(name);
		if (p == PAGE_PHP)
			telling_add(&c->e->telling, word);
		struct ws_atom *a = variable ? add_variable(c, word) : add(c, word, true);
		if (a == NULL)
			continue;
		if (what == 0)
			a->sources |= 1U << p;
		else if (what == 1)
			a->sinks |= 1U << p;
		else
			a->decoders |= 1U << p;
	}
}

/* Functions that call what they are given are no words of the filter. */
static void add_callbacks(struct webshell_engine *e)
{
	const struct ws_names *n = &e->rules.lists[PAGE_PHP][LIST_CALLBACK];
	for (size_t i = 0; i < n->count; i++)
		telling_add(&e->telling, longest_word(n->list[i].name));
}

/* One word: any of its readings counts, and once. */
static void add_word(struct collecting *c, size_t rule, size_t word)
{
	const struct ws_word *w = &c->e->rules.list[rule].words[word];
	struct bytes rest = w->text, text;
	while (bytes_next_field(&rest, '|', &text)) {
		if (c->e->atom_count == ATOMS_MOST || text.n < LIMIT_ATOM_LEAST ||
		    text.n > LIMIT_ATOM_BYTES)
			continue;
		c->list[c->e->atom_count] = (struct atom){ text, true };
		struct ws_atom *a = &c->e->meanings[c->e->atom_count++];
		a->rule = (uint32_t)rule + 1;
		a->word = (uint32_t)word;
		a->text = text;
	}
}

static void add_words(struct collecting *c)
{
	for (size_t r = 0; r < c->e->rules.count; r++) {
		struct ws_rule *rule = &c->e->rules.list[r];
		rule->atom_from = (uint32_t)c->e->atom_count;
		for (size_t i = 0; i < rule->word_count; i++)
			add_word(c, r, i);
		rule->atom_to = (uint32_t)c->e->atom_count;
	}
}

int filter_build(struct webshell_engine *e, struct error *err)
{
	static const char *const packed[] = {
		"base64_decode", "gzinflate", "gzuncompress",      "gzdecode",  "str_rot13",
		"strrev",        "hex2bin",   "convert_uudecode",  "pack",      "chr",
		"urldecode",     "goto",      "file_get_contents", "curl_exec", "fread",
		"str_replace",   "fopen",     "implode",           "substr"
	};
	e->meanings = calloc(ATOMS_MOST, sizeof *e->meanings);
	struct collecting c = { e, calloc(ATOMS_MOST, sizeof *c.list) };
	if (e->meanings == NULL || c.list == NULL) {
		free(c.list);
		return error_set(err, ERR_MEMORY, "no memory for the rules of web pages");
	}
	for (int p = 0; p < PAGES; p++) {
		add_names(&c, &e->rules.lists[p][LIST_SOURCE], (enum page)p, 0);
		add_names(&c, &e->rules.lists[p][LIST_DECODER], (enum page)p, 2);
		if (p == PAGE_PHP)
			add_callbacks(e);
		add_names(&c, &e->rules.sinks[p], (enum page)p, 1);
	}
	for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++) {
		struct ws_atom *a = add(&c, bytes_str(packed[i]), true);
		if (a == NULL)
			continue;
		a->decoders |= UINT32_MAX;
		a->unpacks = i < UNPACKERS;
	}
	add_words(&c);
	int r = atoms_build(c.list, e->atom_count, &e->atoms, err);
	free(c.list);
	return r;
}

/* Code of few letters hides what it names. */
static bool is_odd(struct bytes text)
{
	size_t letters = 0, other = 0, n = text.n < 3000 ? text.n : 3000;
	const uint8_t *p = text.n > 100000 ? NULL : memmem(text.p, n, "<?", 2);
	if (p == NULL)
		return false;
	for (; p < text.p + n; p++) {
		uint8_t c = *p, low = c | 0x20;
		bool letter = (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9');
		letters += letter;
		other += !letter && c > ' ';
	}
	return other > 20 && other * 10 > letters * 7;
}

/* Variables whose names are values, and texts in hexadecimal. */
static bool builds_names(struct bytes text)
{
	static const char *const signs[] = { "$$", "${",        "\"\\x",  "\"\\1", "\"^",
					     "'^", "$GLOBALS[", "eval/*", "*/(" };
	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		if (memmem(text.p, text.n, signs[i], strlen(signs[i])) != NULL)
			return true;
	return false;
}

/* Texts put together from pieces of words: "ev"."al". */
static bool joins_letters(enum page kind, struct bytes text)
{
	bool php = kind == PAGE_PHP;
	size_t joins = 0, most = php ? 3 : 12;
	for (size_t i = 1; i + 3 < text.n && joins < most; i++) {
		const uint8_t *p = text.p + i;
		if (php)
			joins += (p[0] == '"' || p[0] == '\'') && p[1] == '.' && p[2] == p[0] &&
				 wlex_is_name(p[-1]) && wlex_is_name(p[3]);
		else
			joins += p[0] == '"' && (p[1] == '+' || p[1] == '&') &&
				 (p[2] == '"' || p[2] == '/');
	}
	return joins == most;
}

/* $f(…), $t[3](…), $_ with a comment and (…): calls whose name is a value. */
static bool calls_values(struct bytes text)
{
	const uint8_t *p = text.p, *end = text.p + text.n;
	while (p < end && (p = memchr(p, '(', (size_t)(end - p))) != NULL) {
		size_t i = (size_t)(p++ - text.p);
		uint8_t before = i > 0 ? text.p[i - 1] : ' ';
		if (before == ']' || before == '}' || before == '/')
			return true;
		while (i > 0 && wlex_is_name(text.p[i - 1]))
			i--;
		if (i > 0 && text.p[i - 1] == '$' && (i < 2 || text.p[i - 2] != '$'))
			return true;
	}
	return false;
}

/* 'a#'.'b'^'%s', Ab|'c': texts made of texts by their bits. */
static bool mixes_bits(struct bytes text)
{
	size_t mixes = 0;
	for (size_t i = 1; i + 1 < text.n && i < 4000 && mixes < 4; i++) {
		uint8_t c = text.p[i], a = text.p[i - 1], b = text.p[i + 1];
		bool quote = a == '\'' || a == '"' || b == '\'' || b == '"';
		mixes += (c == '^' || c == '|' || c == '&') && quote && a != ' ' && b != ' ' &&
			 (a == '\'' || a == '"' || wlex_is_name(a)) &&
			 (b == '\'' || b == '"' || b == '(' || wlex_is_name(b));
	}
	return mixes == 4;
}

/* chr(101).chr(118), $f(101).$f(118): names without a letter of them. */
static bool joins_codes(struct bytes text)
{
	size_t joins = 0;
	for (size_t i = 1; i + 2 < text.n && joins < 8; i++)
		joins += text.p[i] == ')' && text.p[i + 1] == '.' && text.p[i - 1] >= '0' &&
			 text.p[i - 1] <= '9' && (text.p[i + 2] == '$' || text.p[i + 2] == 'c');
	return joins == 8;
}

/* copy("http://…", "a.php") */
static bool copies_from_afar(struct bytes text)
{
	return bytes_find(text, BYTES_LIT("copy(\"http")) >= 0 ||
	       bytes_find(text, BYTES_LIT("copy('http")) >= 0;
}

/* @app.get('/'): functions that are given what a visitor sends. */
static bool decorates(struct bytes text)
{
	return bytes_find(text, BYTES_LIT("@app.")) >= 0 ||
	       bytes_find(text, BYTES_LIT("@router.")) >= 0 ||
	       bytes_find(text, BYTES_LIT(".route(")) >= 0;
}

bool filter_passes(struct webshell_engine *e, enum page kind, struct bytes text)
{
	bool source = false, sink = false, decoder = false, unpacks = false, runs = false;
	memset(e->seen, 0, sizeof e->seen);
	atoms_seen(e->atoms, text, e->seen);
	if (kind == PAGES)
		return false;
	for (size_t w = 0; w * 64 < e->atom_count; w++)
		for (uint64_t left = e->seen[w]; left != 0; left &= left - 1) {
			const struct ws_atom *a =
				&e->meanings[w * 64 + (size_t)__builtin_ctzll(left)];
			source |= (a->sources >> kind & 1) != 0;
			sink |= (a->sinks >> kind & 1) != 0;
			decoder |= (a->decoders >> kind & 1) != 0;
			unpacks |= a->unpacks;
			runs |= a->runs;
		}
	if (kind == PAGE_PHP)
		return source || (decoder && sink) || (unpacks && text.n < LARGE_PAGE) ||
		       (runs && text.n < SMALL_PAGE) || is_odd(text) || joins_codes(text) ||
		       mixes_bits(text) ||
		       ((sink || calls_values(text)) &&
			((decoder && text.n < SMALL_PAGE) || builds_names(text) ||
			 joins_letters(kind, text) || copies_from_afar(text)));
	if (kind == PAGE_ASP) /* few, and names are cut in pieces */
		return true;
	sink = sink || (kind == PAGE_PERL && memchr(text.p, '`', text.n) != NULL);
	source = source || (kind == PAGE_PYTHON && decorates(text));
	return sink && (source || decoder || joins_letters(kind, text));
}
