/* The engine's life and its way through one file. */
#include <stdlib.h>

#include "webshell/machine.h"

enum { HEAP_MOST = 16 * 1024 * 1024, ARENA_MOST = 8 * 1024 * 1024, PIECES = 8192, HEAD = 512 };

int webshell_open(const struct check_set *set, struct webshell_engine **ret, struct error *err)
{
	struct webshell_engine *e = calloc(1, sizeof *e);
	if (e == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the rules of web pages");
	if (ws_rules_read(set, &e->rules, err) < 0 ||
	    (e->rules.count > 0 &&
	     (filter_build(e, err) < 0 || heap_open(&e->heap, HEAP_MOST, err) < 0))) {
		webshell_close(e);
		return -1;
	}
	if (e->rules.count == 0) {
		webshell_close(e);
		e = NULL;
	}
	*ret = e;
	return 0;
}

void webshell_close(struct webshell_engine *e)
{
	if (e == NULL)
		return;
	machine_free(e->machine);
	atoms_free(e->atoms);
	free(e->meanings);
	heap_close(&e->heap);
	arena_free(&e->arena);
	ws_rules_free(&e->rules);
	free(e);
}

bool webshell_wants(const struct webshell_engine *e, struct bytes path, struct bytes head)
{
	(void)e;
	return is_picture(path) || is_handler(path) || page_kind(path, head) != PAGES;
}

/* --- telling ----------------------------------------------------------------------------- */

/* Places in a text that was changed to be read are found again by the share of it. */
static uint32_t line_of(const struct look *l, size_t at)
{
	uint32_t line = 1;
	if (at > l->code.n)
		at = l->code.n;
	for (size_t i = 0; i < at; i++)
		line += l->code.p[i] == '\n';
	return line;
}

void look_tell(struct look *l, uint32_t rule, size_t at, struct bytes evidence)
{
	if (l->fired[rule] || l->failed != 0)
		return;
	l->fired[rule] = true;
	struct check_match m = { .rule = l->e->rules.list[rule].number,
				 .path = l->path,
				 .line = line_of(l, at),
				 .evidence = evidence };
	l->failed = l->sink->match(l->sink->ctx, &m, l->err);
}

void look_limit(struct look *l, const char *what)
{
	if (l->limited || l->failed != 0 || l->sink->limited == NULL)
		return;
	l->limited = true;
	l->failed = l->sink->limited(l->sink->ctx, l->path, what, l->err);
}

/* --- one file ------------------------------------------------------------------------------- */

static void look_at_code(struct look *l)
{
	struct piece *pieces = arena_array(&l->e->arena, PIECES, sizeof *pieces);
	if (pieces == NULL)
		return;
	size_t n = page_pieces(l->page, l->code, pieces, PIECES);
	if (n == PIECES)
		look_limit(l, "pieces of code in a web page");
	machine_run(l, pieces, n);
}

static void look_at(struct look *l)
{
	struct webshell_engine *e = l->e;
	l->code = l->text;
	if (is_picture(l->path) || is_handler(l->path))
		disguise_check(l);
	if (l->page == PAGES && is_picture(l->path) &&
	    memmem(l->text.p, l->text.n, "<?php", 5) != NULL)
		l->page = PAGE_PHP;
	if (l->page == PAGES)
		return;
	l->page = page_within(l->page, l->text);
	l->code = page_plain(&e->heap, l->page, l->text);
	bool passes = filter_passes(e, l->page, l->code);
	words_check(l);
	if (passes)
		look_at_code(l);
}

int webshell_check(struct webshell_engine *e, struct bytes path, struct bytes text,
		   const struct check_sink *sink, struct error *err)
{
	text = bytes_sub(text, 0, LIMIT_CHECK_TEXT);
	struct look l = { .e = e, .sink = sink, .path = path, .text = text, .err = err };
	e->heap.used = 0;
	e->arena = arena_max(ARENA_MOST);
	l.page = page_kind(path, bytes_sub(text, 0, HEAD));
	l.fired = arena_array(&e->arena, e->rules.count + 1, sizeof *l.fired);
	if (l.fired == NULL)
		return error_set(err, ERR_MEMORY, "no memory to look for web shells");
	look_at(&l);
	arena_free(&e->arena);
	return l.failed;
}

/* --- samples ---------------------------------------------------------------------------------- */

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	(void)m;
	(void)err;
	*(bool *)ctx = true;
	return 0;
}

int webshell_verify(const struct check_set *set, struct error *err)
{
	static const char keys[] = "pages from not sinks words disguise handler threshold size_max "
				   "sources cleaners decoders callbacks";
	struct webshell_engine *e = NULL;
	if (check_keys(check_set_entry(set, 0), keys, err) < 0 || webshell_open(set, &e, err) < 0)
		return -1;
	webshell_close(e);
	return 0;
}

int webshell_try(const struct check_set *set, const struct check_sample *s, bool *ret_fired,
		 struct error *err)
{
	struct webshell_engine *e = NULL;
	bool fired = false;
	struct check_sink sink = { on_match, NULL, &fired };
	if (webshell_open(set, &e, err) < 0)
		return -1;
	int r = e == NULL ? 0
			  : webshell_check(e, bytes_str(s->path), bytes_str(s->text), &sink, err);
	webshell_close(e);
	*ret_fired = fired;
	return r;
}
