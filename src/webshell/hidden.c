/* Names that a page calls but has nowhere in its text, because it puts them together
 * when it runs; and code of another shell in what a page writes to a file. Rules name
 * the first "^name", the second "<written>". */
#include "webshell/machine.h"

enum { NAME_MOST = 40, SEARCHES = 200, LETTERS_MOST = 400, MARKS_LEAST = 36, VARIABLES_LEAST = 4 };

static uint8_t low_of(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* Whether the page has the name as a word of its own. `name` is in small letters. */
static bool is_written(struct bytes text, struct bytes name)
{
	for (size_t i = 0; i + name.n <= text.n; i++) {
		size_t k = 0;
		if (i > 0 && wlex_is_name(text.p[i - 1]))
			continue;
		while (k < name.n && low_of(text.p[i + k]) == name.p[k])
			k++;
		if (k == name.n && (i + k == text.n || !wlex_is_name(text.p[i + k])))
			return true;
	}
	return false;
}

/* Tells the rules that forbid `sort` before a name. */
static void check_name(struct machine *m, const char *sort, const struct value *v, uint32_t at)
{
	struct bytes path, name = heap_lower(&m->e->heap, v->text);
	struct value found = { .taint = v->taint | TAINT_BUILT, .trace = v->trace };
	if (name.n == 0 || !heap_join(&m->e->heap, bytes_str(sort), name, &path) ||
	    ws_names_next(&m->e->rules.sinks[m->page], path, 0) == 0)
		return;
	if (sort[0] == '^') {
		if (m->searches == SEARCHES)
			return;
		m->searches++;
		if (is_written(m->look->code, name))
			return;
	}
	sink_path(m, path, at, &found, 1);
}

/* Whatever it does: who packs a function's name has something to hide. */
static void check_decoded(struct machine *m, const struct value *v, uint32_t at)
{
	struct value found = { .taint = v->taint | TAINT_BUILT, .trace = v->trace };
	for (size_t i = 0; i < v->text.n; i++)
		if (!wlex_is_name(v->text.p[i]))
			return;
	sink_path(m, BYTES_LIT("^decoded"), at, &found, 1);
}

static bool is_name(const struct value *v)
{
	return v->kind == VALUE_STRING && v->text.n > 3 && v->text.n < NAME_MOST;
}

static bool has(struct bytes text, const char *word)
{
	return memmem(text.p, text.n, word, strlen(word)) != NULL;
}

static bool has_any(struct bytes text, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (has(text, words[i]))
			return true;
	return false;
}

#define HAS_ANY(text, words) has_any(text, words, sizeof(words) / sizeof(words)[0])

bool runs_input(struct bytes text)
{
	static const char *const runs[] = { "eval",          "assert",  "system(", "exec",
					    "passthru",      "Eval",    "popen(",  "include",
					    "base64_decode", "move_up", "copy(",   "`" };
	static const char *const input[] = { "$_POST",       "$_GET",      "$_REQUEST", "$_COOKIE",
					     "$_FILES",      "equest(",    "equest.",   "equest[",
					     "getParameter", "php://input" };
	text = bytes_sub(text, 0, 64 * KIB);
	return HAS_ANY(text, runs) && HAS_ANY(text, input);
}

/* A page of code that runs what a visitor says. */
static bool is_shell(struct bytes text)
{
	static const char *const tags[] = { "<?", "<%", "<script" };
	return HAS_ANY(bytes_sub(text, 0, 64 * KIB), tags) && runs_input(text);
}

/* fwrite($f, "<?php …"), w.Write("<% … %>") */
static void written_check(struct machine *m, const struct call *c)
{
	static const char *const writers[] = { "file_put_contents", "fwrite", "fputs" };
	bool is = bytes_ends_with(c->path, BYTES_LIT(".write")) ||
		  bytes_ends_with(c->path, BYTES_LIT(".writeline")) ||
		  bytes_ends_with(c->path, BYTES_LIT(".writealltext"));
	if (bytes_ends_with(c->path, BYTES_LIT("response.write")))
		return;
	for (size_t i = 0; i < sizeof writers / sizeof writers[0] && !is; i++)
		is = bytes_equal(c->path, bytes_str(writers[i]));
	for (size_t i = 0; is && i < c->count; i++) {
		struct value found = { .taint = TAINT_BUILT };
		bool packed = (c->args[i].taint & TAINT_DECODED) != 0 &&
			      bytes_starts_with(bytes_trim(c->args[i].text), BYTES_LIT("<?php"));
		if (c->args[i].kind == VALUE_STRING && (packed || is_shell(c->args[i].text)))
			sink_path(m, BYTES_LIT("<written>"), c->at, &found, 1);
	}
}

/* Functions whose argument is called later, with what is not seen here. */
static bool takes_handler(struct bytes path)
{
	return bytes_equal(path, BYTES_LIT("ob_start")) ||
	       bytes_equal(path, BYTES_LIT("set_error_handler")) ||
	       bytes_equal(path, BYTES_LIT("set_exception_handler")) ||
	       bytes_equal(path, BYTES_LIT("spl_autoload_register")) ||
	       bytes_equal(path, BYTES_LIT("session_set_save_handler")) ||
	       bytes_equal(path, BYTES_LIT("sqlite_create_function")) ||
	       bytes_ends_with(path, BYTES_LIT(".sqlitecreatefunction")) ||
	       bytes_ends_with(path, BYTES_LIT(".createfunction"));
}

/* copy("http://…", "a.php"), file_put_contents("a.php", what another machine serves) */
static void fetched_check(struct machine *m, const struct call *c)
{
	bool copies = bytes_equal(c->path, BYTES_LIT("copy"));
	if (c->count < 2 || !(copies || bytes_equal(c->path, BYTES_LIT("file_put_contents"))))
		return;
	const struct value *to = &c->args[copies], *what = &c->args[!copies];
	bool remote = (what->taint & TAINT_REMOTE) != 0 ||
		      (copies && what->kind == VALUE_STRING &&
		       (bytes_starts_with(what->text, BYTES_LIT("http://")) ||
			bytes_starts_with(what->text, BYTES_LIT("https://"))));
	if (remote && to->kind == VALUE_STRING && bytes_ends_with(to->text, BYTES_LIT(".php"))) {
		struct value found = { .taint = what->taint | TAINT_REMOTE, .trace = what->trace };
		sink_path(m, BYTES_LIT("<fetched>"), c->at, &found, 1);
	}
}

/* $_=[];$__=$_==$_;…: code without a letter, but in its texts. */
void letterless_check(struct machine *m)
{
	struct bytes text = m->look->code;
	const uint8_t *p = memmem(text.p, text.n, "<?", 2), *end = text.p + text.n;
	size_t letters = 0, marks = 0, variables = 0;
	uint8_t quote = 0;
	if (m->page != PAGE_PHP || p == NULL)
		return;
	uint32_t at = (uint32_t)(p - text.p);
	p += end - p >= 5 && memcmp(p, "<?php", 5) == 0 ? 5 : 2;
	for (; p < end && letters < LETTERS_MOST &&
	       (quote != 0 || p[0] != '?' || p + 1 == end || p[1] != '>');
	     p++) {
		uint8_t c = low_of(*p);
		if (quote != 0) {
			p += *p == '\\' && p + 1 < end;
			quote = *p == quote ? 0 : quote;
		} else if (c == '"' || c == '\'') {
			quote = c;
		} else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
			letters++;
		} else {
			marks += c > ' ' && c < 0x7f && c != ','; /* no list of texts */
			variables += c == '$';
		}
	}
	struct value found = { .taint = TAINT_BUILT };
	if (marks >= MARKS_LEAST && variables >= VARIABLES_LEAST && letters * 10 < marks)
		sink_path(m, BYTES_LIT("<letterless>"), at, &found, 1);
}

bool sets_all(const struct machine *m)
{
	return m->page == PAGE_PHP && !m->included && m->bodies[m->body_count - 1].scope == 0;
}

bool is_unset(const struct value *v)
{
	const struct var *var = v->ref != NULL ? v->ref : v->base;
	return var != NULL && var->block == 0 && v->kind == VALUE_UNKNOWN && v->taint == 0 &&
	       var->v.kind == VALUE_UNKNOWN && var->v.path.n == 0 && var->v.taint == 0;
}

/* system($cmd), where nothing in the page sets $cmd: old servers made variables of what a
 * visitor sends, and tools for them are still about. */
static void unset_check(struct machine *m, const struct call *c)
{
	uint32_t mask = ws_names_args(&m->e->rules.lists[m->page][LIST_CALLBACK], c->path);
	size_t which = mask == 0 ? 0 : (size_t)__builtin_ctz(mask);
	struct value found = { .taint = TAINT_BUILT };
	struct bytes path = mask == 0 ? c->path : BYTES_LIT("<called>");
	bool given = mask == 0;
	if (!sets_all(m))
		return;
	for (size_t i = 0; i < c->count && !given; i++)
		given = (c->args[i].taint & TAINT_INPUT) != 0;
	if (given && which < c->count && path.n > 0 && is_unset(&c->args[which]) &&
	    heap_join(&m->e->heap, BYTES_LIT("<unset>/"), path, &path))
		sink_path(m, path, c->at, &found, 1);
}

void hidden_check(struct machine *m, const struct call *c)
{
	unset_check(m, c);
	bool object = bytes_ends_with(c->path, BYTES_LIT("createobject"));
	written_check(m, c);
	if (m->page == PAGE_PHP)
		fetched_check(m, c);
	if (c->dynamic && is_name(&c->callee)) {
		check_name(m, "^", &c->callee, c->at);
		if ((c->callee.taint & TAINT_DECODED) != 0)
			check_decoded(m, &c->callee, c->at);
	}
	for (size_t i = 0; i < c->count && i < 4; i++) {
		const struct value *a = &c->args[i];
		if (!is_name(a))
			continue;
		if (object || (a->taint & (TAINT_BUILT | TAINT_DECODED)) != 0)
			check_name(m, "^", a, c->at);
		if (takes_handler(c->path))
			check_name(m, "ob_start/", a, c->at);
	}
}
