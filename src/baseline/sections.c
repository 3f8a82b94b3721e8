/* Line forms whose statements lie in blocks: sshd_config, httpd.conf, haproxy.cfg. */
#include "baseline/internal.h"

static bool starts_word(struct bytes text, const char *word, struct bytes *ret_rest)
{
	size_t n = strlen(word);
	if (!bytes_same(bytes_sub(text, 0, n), bytes_str(word)))
		return false;
	if (text.n > n && text.p[n] != ' ' && text.p[n] != '\t')
		return false;
	*ret_rest = bytes_trim(bytes_sub(text, n, text.n));
	return true;
}

static void add_head(struct settings *s, const struct line *line, struct bytes scope,
		     struct bytes name)
{
	struct setting head = { .scope = scope,
				.key = name,
				.line = line->first,
				.last = line->last,
				.block = ++s->blocks,
				.opens = true };
	(void)settings_add(s, &head);
}

/* sshd_config(5): keyword and arguments, separated by blanks or one '='; a Match block
 * goes to the next one or to the end of the file. */
bool read_sshd(const struct form *f, struct settings *s, const char **ret_why)
{
	struct lines l = { .form = f, .settings = s, .rest = s->text };
	struct bytes scope = { 0 }, criteria;
	struct line line;
	(void)ret_why;
	while (lines_next(&l, &line)) {
		if (starts_word(line.text, "Match", &criteria)) {
			scope = line.text;
			add_head(s, &line, scope, scope);
			continue;
		}
		size_t before = s->n;
		if (!lines_add(&l, &line, scope, s->blocks))
			break;
		struct setting *one = &s->list[before];
		if (one->value.n > 0 && one->value.p[0] == '=') {
			one->value = unquoted(bytes_trim(bytes_sub(one->value, 1, one->value.n)));
			one->at = one->at.p == NULL ? one->at : one->value;
		}
	}
	return true;
}

/* --- <Directory /> … </Directory> ----------------------------------------------------------- */

enum { DEPTH_MAX = 32 };

struct nest {
	struct {
		struct bytes scope;
		uint32_t block;
	} open[DEPTH_MAX];
	size_t depth;
};

static struct bytes scope_of(const struct nest *n)
{
	return n->depth == 0 ? bytes_of(NULL, 0) : n->open[n->depth - 1].scope;
}

static uint32_t block_of(const struct nest *n)
{
	return n->depth == 0 ? 0 : n->open[n->depth - 1].block;
}

static void open_block(struct nest *n, struct settings *s, const struct line *line,
		       struct bytes name)
{
	struct bytes scope = settings_join(s, scope_of(n), name, " ");
	add_head(s, line, scope, name);
	if (n->depth < DEPTH_MAX) {
		n->open[n->depth].scope = scope;
		n->open[n->depth++].block = s->blocks;
	}
}

bool read_apache(const struct form *f, struct settings *s, const char **ret_why)
{
	struct lines l = { .form = f, .settings = s, .rest = s->text };
	struct nest n = { 0 };
	struct line line;
	(void)ret_why;
	while (lines_next(&l, &line)) {
		struct bytes text = line.text;
		if (bytes_starts_with(text, BYTES_LIT("</"))) {
			n.depth -= n.depth > 0;
		} else if (text.p[0] == '<') {
			size_t end = bytes_ends_with(text, BYTES_LIT(">")) ? text.n - 1 : text.n;
			open_block(&n, s, &line, bytes_trim(bytes_sub(text, 1, end)));
		} else if (!lines_add(&l, &line, scope_of(&n), block_of(&n))) {
			break;
		}
	}
	return true;
}

/* The manual of HAProxy, 2: sections begin with these keywords. */
static bool is_haproxy_section(struct bytes text)
{
	static const char *const words[] = { "global",  "defaults", "frontend", "backend",
					     "listen",  "userlist", "peers",    "resolvers",
					     "mailers", "program",  "cache",    "http-errors",
					     "ring" };
	struct bytes rest;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (starts_word(text, words[i], &rest))
			return true;
	return false;
}

bool read_haproxy(const struct form *f, struct settings *s, const char **ret_why)
{
	struct lines l = { .form = f, .settings = s, .rest = s->text };
	struct bytes scope = { 0 };
	struct line line;
	(void)ret_why;
	while (lines_next(&l, &line)) {
		if (!line.indented && is_haproxy_section(line.text)) {
			scope = line.text;
			add_head(s, &line, scope, scope);
		} else if (!lines_add(&l, &line, scope, s->blocks)) {
			break;
		}
	}
	return true;
}
