/* Rules that add up words, code where none should be, and switches that run it. */
#include "webshell/internal.h"

/* Whether the text calls it: the letters may be the end of another name. */
static bool is_called(const struct look *l, struct bytes call)
{
	struct bytes t = l->code;
	const uint8_t low = call.p[0] | 0x20, up = low & 0xdf;
	for (size_t i = 0; i + call.n <= t.n; i++) {
		uint8_t before = i > 0 ? t.p[i - 1] : ' ';
		if ((t.p[i] != low && t.p[i] != up) || wlex_is_name(before) || before == '$' ||
		    (l->page == PAGE_PHP && (before == '>' || before == ':')))
			continue;
		if (strncasecmp((const char *)t.p + i, (const char *)call.p, call.n) == 0)
			return true;
	}
	return false;
}

struct counted {
	int64_t sum;
	uint32_t musts;
	char seen[CHECK_EVIDENCE_MAX];
	size_t n;
};

static void count_word(struct counted *c, const struct ws_word *word, struct bytes text)
{
	c->sum += word->weight;
	c->musts += word->must;
	if (c->n + text.n + 3 < sizeof c->seen)
		c->n += (size_t)snprintf(c->seen + c->n, sizeof c->seen - c->n, "%s%.*s",
					 c->n == 0 ? "" : ", ", (int)text.n, (const char *)text.p);
}

static bool is_call(struct bytes text)
{
	return wlex_is_first(text.p[0]) && memchr(text.p, '(', text.n) != NULL;
}

/* Atoms of a word, and words of a rule, follow each other. Calls are looked for again,
 * which is slow, only in a text that would be told. */
static bool count_words(const struct look *l, size_t r, bool calls, struct counted *c)
{
	const struct webshell_engine *e = l->e;
	const struct ws_rule *rule = &e->rules.list[r];
	uint32_t last = UINT32_MAX;
	*c = (struct counted){ 0 };
	for (size_t i = rule->atom_from; i < rule->atom_to; i++) {
		const struct ws_atom *a = &e->meanings[i];
		if ((e->seen[i / 64] >> (i % 64) & 1) == 0 || a->word == last)
			continue;
		if (calls && is_call(a->text) && !is_called(l, a->text))
			continue;
		last = a->word;
		count_word(c, &rule->words[last], a->text);
	}
	return c->sum >= (int64_t)rule->threshold && c->musts == rule->musts;
}

void words_check(struct look *l)
{
	for (size_t r = 0; r < l->e->rules.count; r++) {
		const struct ws_rule *rule = &l->e->rules.list[r];
		struct counted c;
		if (rule->threshold == 0 || l->page == PAGES || (rule->pages >> l->page & 1) == 0 ||
		    (rule->size_max != 0 && l->text.n > rule->size_max))
			continue;
		if (count_words(l, r, false, &c) && count_words(l, r, true, &c))
			look_tell(l, (uint32_t)r, 0, bytes_of(c.seen, c.n));
	}
}

static bool finds(struct bytes line, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t size = strlen(words[i]);
		for (size_t k = 0; k + size <= line.n; k++)
			if (strncasecmp((const char *)line.p + k, words[i], size) == 0)
				return true;
	}
	return false;
}

#define FINDS(line, words) finds(line, words, sizeof(words) / sizeof(words)[0])

/* A line of .htaccess or .user.ini that has pictures or texts run as code. */
static bool runs_other_files(struct bytes line)
{
	static const char *const handlers[] = { "addtype", "addhandler", "sethandler" };
	static const char *const code[] = { "php", "cgi-script", "jsp" };
	static const char *const other[] = { ".jpg", ".jpeg", ".png",      ".gif", ".txt", ".ico",
					     ".css", ".bmp",  ".htaccess", ".log", ".webp" };
	static const char *const prepend[] = { "auto_prepend_file", "auto_append_file" };
	static const char *const stream[] = { "php://", "data:", "http://", "https://" };
	struct bytes at = bytes_trim(line);
	if (at.n == 0 || at.p[0] == '#' || at.p[0] == ';')
		return false;
	if (FINDS(at, prepend))
		return FINDS(at, other) || FINDS(at, stream);
	return FINDS(at, handlers) && FINDS(at, code) && FINDS(at, other);
}

/* A block of files that are none of code, with a handler in it. */
static bool is_files_block(struct bytes line)
{
	static const char *const files[] = { "<files" };
	static const char *const other[] = { "jpg", "jpeg", "png",      "gif",
					     "txt", "ico",  "htaccess", "bmp" };
	return FINDS(line, files) && FINDS(line, other);
}

static void handler_check(struct look *l, uint32_t rule)
{
	static const char *const handler[] = { "sethandler", "addhandler", "forcetype" };
	static const char *const code[] = { "php", "cgi-script" };
	static const char *const close[] = { "</files" };
	struct bytes rest = l->text, line;
	bool block = false;
	while (bytes_next_field(&rest, '\n', &line)) {
		line = bytes_sub(line, 0, 400);
		struct bytes at = bytes_trim(line);
		if (FINDS(at, close))
			block = false;
		if (runs_other_files(at) || (block && FINDS(at, handler) && FINDS(at, code))) {
			look_tell(l, rule, (size_t)(at.p - l->text.p), at);
			return;
		}
		block |= is_files_block(at);
	}
}

/* <?php in a file that by its name is a picture. */
static void picture_check(struct look *l, uint32_t rule)
{
	static const char *const tells[] = { "eval",          "assert",   "system",  "exec(",
					     "passthru",      "$_POST",   "$_GET",   "$_REQUEST",
					     "base64_decode", "$_COOKIE", "$_FILES", "php://input",
					     "shell_exec" };
	const uint8_t *p = memmem(l->text.p, l->text.n, "<?php", 5);
	if (p == NULL)
		p = memmem(l->text.p, l->text.n, "<?=", 3);
	if (p == NULL)
		return;
	size_t at = (size_t)(p - l->text.p);
	struct bytes code = bytes_sub(l->text, at, at + 2000);
	if (FINDS(code, tells))
		look_tell(l, rule, at, bytes_sub(code, 0, 120));
}

static bool named(struct bytes path, const char *end)
{
	size_t n = strlen(end);
	return path.n >= n && strncasecmp((const char *)path.p + path.n - n, end, n) == 0;
}

bool is_picture(struct bytes path)
{
	static const char *const exts[] = { ".jpg", ".jpeg", ".png", ".gif", ".ico",
					    ".bmp", ".webp", ".svg", ".css" };
	for (size_t i = 0; i < sizeof exts / sizeof exts[0]; i++)
		if (named(path, exts[i]))
			return true;
	return false;
}

bool is_handler(struct bytes path)
{
	return named(path, ".htaccess") || named(path, ".user.ini") || named(path, "php.ini");
}

void disguise_check(struct look *l)
{
	bool picture = is_picture(l->path), handler = is_handler(l->path);
	for (size_t r = 0; r < l->e->rules.count; r++) {
		const struct ws_rule *rule = &l->e->rules.list[r];
		if (rule->disguise && picture)
			picture_check(l, (uint32_t)r);
		if (rule->handler && handler)
			handler_check(l, (uint32_t)r);
	}
}
