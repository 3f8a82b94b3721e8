/* Rules that add up words, code where none should be, and switches that run it. */
#include "webshell/internal.h"

void words_check(struct look *l)
{
	struct webshell_engine *e = l->e;
	for (size_t r = 0; r < e->rules.count; r++) {
		const struct ws_rule *rule = &e->rules.list[r];
		uint32_t sum = 0;
		char seen[CHECK_EVIDENCE_MAX] = "";
		size_t n = 0;
		if (rule->threshold == 0 || l->page == PAGES || (rule->pages >> l->page & 1) == 0 ||
		    (rule->size_max != 0 && l->text.n > rule->size_max))
			continue;
		for (size_t i = 0, w = 0; i < e->atom_count; i++) {
			if (e->meanings[i].rule != r + 1)
				continue;
			const struct ws_word *word = &rule->words[w++];
			if ((e->seen[i / 64] >> (i % 64) & 1) == 0)
				continue;
			sum += e->meanings[i].weight;
			if (n + word->text.n + 3 < sizeof seen)
				n += (size_t)snprintf(seen + n, sizeof seen - n, "%s%.*s",
						      n == 0 ? "" : ", ", (int)word->text.n,
						      (const char *)word->text.p);
		}
		if (sum >= rule->threshold)
			look_tell(l, (uint32_t)r, 0, bytes_of(seen, n));
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
