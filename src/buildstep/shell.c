/* Splits what a shell is told into commands: POSIX.1-2024, Shell Command Language, 2.2
 * Quoting, 2.3 Token Recognition, 2.6.3 Command Substitution, 2.7 Redirection, 2.9 Shell
 * Commands. Texts inside of others wait in a queue: nothing here calls itself. */
#include "buildstep/shell.h"

enum { COMMANDS_BYTES = BUILD_COMMANDS_MAX * (int)sizeof(struct command) };

size_t shell_count(const struct shell *sh)
{
	return sh->commands.n / sizeof(struct command);
}

struct command *shell_command(struct shell *sh, size_t i)
{
	return (struct command *)(void *)sh->commands.p + i;
}

void shell_queue(struct shell *sh, struct text text, uint32_t parent, bool told_by_parent)
{
	if (text.n == 0)
		return;
	if (sh->queued == SCRIPTS_OF_STEP_MAX || sh->b->scripts >= BUILD_SCRIPTS_MAX ||
	    sh->now.depth >= BUILD_NESTING_MAX) {
		sh->b->limited = "commands inside of commands";
		return;
	}
	sh->b->scripts++;
	sh->queue[sh->queued++] =
		(struct script){ text, parent, sh->now.depth + 1, told_by_parent };
}

/* --- words ----------------------------------------------------------------------------------- */

static int begin_word(struct shell *sh)
{
	if (!sh->in_word) {
		sh->in_word = true;
		sh->word_from = sh->i;
		sh->value.n = sh->at.n = 0;
		sh->quoted = sh->dynamic = false;
	}
	return 0;
}

static int add(struct shell *sh, size_t from, size_t to)
{
	struct text t = text_sub(sh->now.text, from, to);
	(void)begin_word(sh);
	if (t.n == 0)
		return 0;
	if (buf_append(&sh->value, t.p, t.n, sh->err) < 0)
		return -1;
	return buf_append(&sh->at, t.at, t.n * sizeof *t.at, sh->err);
}

static int keep_word(struct shell *sh, struct word *ret)
{
	struct text raw = text_sub(sh->now.text, sh->word_from, sh->word_to);
	size_t n = sh->value.n;
	uint8_t *p = arena_alloc(&sh->b->arena, n + 1);
	uint32_t *at = arena_array(&sh->b->arena, n + 1, sizeof *at);
	if (p == NULL || at == NULL)
		return error_set(sh->err, ERR_MEMORY, "no memory for the words of a command");
	if (n > 0) {
		memcpy(p, sh->value.p, n);
		memcpy(at, sh->at.p, n * sizeof *at);
	}
	at[n] = raw.n > 0 ? raw.at[raw.n - 1] + 1 : raw.at[0];
	*ret = (struct word){ .value = { p, at, n },
			      .expanded = bytes_of(p, n),
			      .from = raw.at[0],
			      .to = at[n],
			      .dynamic = sh->dynamic,
			      .quoted = sh->quoted };
	return 0;
}

static size_t words_so_far(const struct shell *sh)
{
	return sh->words.n / sizeof(struct word);
}

static struct word *word_at(struct shell *sh, size_t i)
{
	return (struct word *)(void *)sh->words.p + i;
}

static bool word_is(struct shell *sh, size_t i, const char *text)
{
	struct word *w = word_at(sh, i);
	return !w->quoted && bytes_equal(text_bytes(w->value), bytes_str(text));
}

static int end_command(struct shell *sh, enum link next);

/* case WORD in: what follows are patterns. */
static int after_word(struct shell *sh)
{
	size_t n = words_so_far(sh);
	if (n == 3 && word_is(sh, 0, "case") && word_is(sh, 2, "in")) {
		if (end_command(sh, LINK_THEN) < 0)
			return -1;
		sh->cases++;
		sh->pattern = true;
	} else if (n == 1 && sh->cases > 0 && word_is(sh, 0, "esac")) {
		sh->cases--;
		sh->pattern = false;
		sh->words.n = 0;
	}
	return 0;
}

static void take_doc(struct shell *sh, struct word w)
{
	if (sh->doc_count == SHELL_DOCS_MAX)
		return;
	sh->docs[sh->doc_count].name = text_bytes(w.value);
	sh->docs[sh->doc_count++].strip = sh->doc_strip;
}

static int end_word(struct shell *sh)
{
	struct word w;
	if (!sh->in_word)
		return 0;
	sh->in_word = false;
	sh->word_to = sh->i;
	if (keep_word(sh, &w) < 0)
		return -1;
	enum redirect redirect = sh->redirect;
	sh->redirect = REDIRECT_NONE;
	if (redirect == REDIRECT_DOC)
		take_doc(sh, w);
	if (redirect == REDIRECT_OUT)
		sh->target = text_bytes(w.value);
	if (redirect != REDIRECT_NONE)
		return 0;
	if (buf_append(&sh->words, &w, sizeof w, sh->err) < 0)
		return -1;
	return after_word(sh);
}

/* --- commands ---------------------------------------------------------------------------------- */

/* Words that only say how commands belong together (2.4 Reserved Words). */
static bool is_reserved(struct shell *sh, size_t i)
{
	static const char *const names[] = { "if", "then", "else",    "elif",  "fi",
					     "do", "done", "while",   "until", "{",
					     "}",  "!",    "function" };
	for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
		if (word_is(sh, i, names[k]))
			return true;
	return false;
}

static int keep_command(struct shell *sh, size_t skip)
{
	size_t n = words_so_far(sh) - skip;
	struct command c = { .count = n,
			     .link = sh->link,
			     .target = sh->target,
			     .parent = sh->now.parent,
			     .told_by_parent = sh->now.told_by_parent };
	c.header = word_is(sh, skip, "for") || word_is(sh, skip, "case") ||
		   word_is(sh, skip, "select");
	c.words = arena_array(&sh->b->arena, n, sizeof *c.words);
	if (c.words == NULL)
		return error_set(sh->err, ERR_MEMORY, "no memory for the commands of a RUN");
	memcpy(c.words, word_at(sh, skip), n * sizeof *c.words);
	c.from = c.words[0].from;
	c.to = c.words[n - 1].to;
	if (sh->link != LINK_PIPE)
		sh->pipeline++;
	c.pipeline = sh->pipeline;
	command_analyse(&c);
	if (sh->commands.n + sizeof c > sh->commands.max) {
		sh->b->limited = "commands";
		return 0;
	}
	command_queue_scripts(sh, &c, (uint32_t)shell_count(sh));
	return buf_append(&sh->commands, &c, sizeof c, sh->err);
}

static int end_command(struct shell *sh, enum link next)
{
	size_t n = words_so_far(sh), skip = 0;
	while (skip < n && is_reserved(sh, skip))
		skip++;
	int r = n > skip ? keep_command(sh, skip) : 0;
	if (n > skip || next == LINK_PIPE || sh->link != LINK_PIPE)
		sh->link = next;
	sh->words.n = 0;
	sh->target = bytes_of(NULL, 0);
	sh->redirect = REDIRECT_NONE;
	return r;
}

static int finish(struct shell *sh, enum link next, size_t length)
{
	if (end_word(sh) < 0)
		return -1;
	sh->i += length;
	if (sh->pattern) {
		sh->words.n = 0;
		return 0;
	}
	return end_command(sh, next);
}

/* --- inside of words ------------------------------------------------------------------------------ */

enum { PARENS_MAX = 64 };

/* The ')' that closes what begins at i; the end of the text when there is none. */
static size_t paren_end(struct text t, size_t i)
{
	bool quote[PARENS_MAX] = { false };
	size_t depth = 1;
	for (; i < t.n; i++) {
		uint8_t c = t.p[i];
		bool in_quote = quote[depth - 1], push = false;
		if (c == '\\') {
			i++;
		} else if (c == '\'' && !in_quote) {
			const uint8_t *end = memchr(t.p + i + 1, '\'', t.n - i - 1);
			i = end == NULL ? t.n : (size_t)(end - t.p);
		} else if (c == '"') {
			push = !in_quote;
			depth -= in_quote;
		} else if (c == '(' && (!in_quote || t.p[i - 1] == '$')) {
			push = true;
		} else if (c == ')' && !in_quote && --depth == 0) {
			return i;
		}
		if (push && depth == PARENS_MAX)
			return t.n;
		if (push)
			quote[depth++] = c == '"';
	}
	return t.n;
}

/* "$(", "<(": the text within waits for its turn. */
static int substitution(struct shell *sh, size_t from)
{
	size_t end = paren_end(sh->now.text, from);
	shell_queue(sh, text_sub(sh->now.text, from, end), (uint32_t)shell_count(sh), false);
	if (add(sh, sh->i, end + 1) < 0)
		return -1;
	sh->dynamic = true;
	sh->i = end + 1 > sh->now.text.n ? sh->now.text.n : end + 1;
	return 0;
}

static size_t brace_end(struct text t, size_t i)
{
	size_t open = 1;
	for (; i < t.n; i++) {
		if (t.p[i] == '{')
			open++;
		else if (t.p[i] == '}' && --open == 0)
			return i;
	}
	return t.n;
}

static size_t arithmetic_end(struct text t, size_t i)
{
	const uint8_t *end = memmem(t.p + i, t.n - i, "))", 2);
	return end == NULL ? t.n : (size_t)(end - t.p) + 1;
}

static int dollar(struct shell *sh)
{
	struct text t = sh->now.text;
	uint8_t next = sh->i + 1 < t.n ? t.p[sh->i + 1] : 0;
	size_t end;
	(void)begin_word(sh);
	if (next == '(' && (sh->i + 2 >= t.n || t.p[sh->i + 2] != '('))
		return substitution(sh, sh->i + 2);
	if (next == '(')
		end = arithmetic_end(t, sh->i + 3);
	else if (next == '{')
		end = brace_end(t, sh->i + 2);
	else
		end = sh->i;
	sh->dynamic = sh->dynamic || next == '_' || next == '{' || next == '(' || next == '@' ||
		      next == '*' || (next >= '0' && next <= '9') ||
		      ((next | 32) >= 'a' && (next | 32) <= 'z');
	end = end < t.n ? end + 1 : t.n;
	if (add(sh, sh->i, end) < 0)
		return -1;
	sh->i = end;
	return 0;
}

static int backtick(struct shell *sh)
{
	struct text t = sh->now.text;
	size_t end = sh->i + 1;
	(void)begin_word(sh);
	while (end < t.n && t.p[end] != '`')
		end += t.p[end] == '\\' ? 2 : 1;
	end = end > t.n ? t.n : end;
	shell_queue(sh, text_sub(t, sh->i + 1, end), (uint32_t)shell_count(sh), false);
	sh->dynamic = true;
	end = end < t.n ? end + 1 : t.n;
	int r = add(sh, sh->i, end);
	sh->i = end;
	return r;
}

static int escaped(struct shell *sh)
{
	struct text t = sh->now.text;
	size_t end = sh->i + 2 < t.n ? sh->i + 2 : t.n;
	bool newline = sh->i + 1 < t.n && t.p[sh->i + 1] == '\n';
	int r = newline ? 0 : add(sh, sh->i + 1, end);
	sh->i = end;
	return r;
}

static int single_quoted(struct shell *sh)
{
	struct text t = sh->now.text;
	(void)begin_word(sh);
	const uint8_t *quote = memchr(t.p + sh->i + 1, '\'', t.n - sh->i - 1);
	size_t end = quote == NULL ? t.n : (size_t)(quote - t.p);
	int r = add(sh, sh->i + 1, end);
	sh->quoted = true;
	sh->i = end < t.n ? end + 1 : t.n;
	return r;
}

static int double_quoted(struct shell *sh)
{
	struct text t = sh->now.text;
	int r = 0;
	(void)begin_word(sh);
	sh->quoted = true;
	sh->i++;
	while (r == 0 && sh->i < t.n && t.p[sh->i] != '"') {
		uint8_t c = t.p[sh->i];
		uint8_t next = sh->i + 1 < t.n ? t.p[sh->i + 1] : 0;
		bool escapes = next != 0 && strchr("$`\"\\\n", next) != NULL;
		if (c == '\\' && escapes) {
			r = escaped(sh);
		} else if (c == '$') {
			r = dollar(sh);
		} else if (c == '`') {
			r = backtick(sh);
		} else {
			r = add(sh, sh->i, sh->i + 1);
			sh->i++;
		}
	}
	sh->i += sh->i < t.n;
	return r;
}

/* --- between words --------------------------------------------------------------------------------- */

static bool all_digits(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] < '0' || b.p[i] > '9')
			return false;
	return b.n > 0;
}

/* The operator at i, and what the next word is then for. */
static int redirection(struct shell *sh)
{
	struct text t = sh->now.text;
	size_t i = sh->i;
	bool out = t.p[i] == '>';
	if (i + 1 < t.n && t.p[i + 1] == '(') {
		(void)begin_word(sh);
		return substitution(sh, i + 2);
	}
	if (sh->in_word && all_digits(buf_view(&sh->value)) && !sh->quoted)
		sh->in_word = false;
	if (end_word(sh) < 0)
		return -1;
	i++;
	bool doc = !out && i < t.n && t.p[i] == '<';
	bool here_string = doc && i + 1 < t.n && t.p[i + 1] == '<';
	i += doc + here_string;
	sh->doc_strip = doc && !here_string && i < t.n && t.p[i] == '-';
	i += sh->doc_strip;
	bool copies = i < t.n && t.p[i] == '&'; /* 2>&1 */
	while (i < t.n && !doc && (t.p[i] == '>' || t.p[i] == '&' || t.p[i] == '|'))
		i++;
	sh->redirect = doc && !here_string ? REDIRECT_DOC
		       : out && !copies    ? REDIRECT_OUT
					   : REDIRECT_IN;
	sh->i = i;
	return 0;
}

/* The bodies of heredocs are no commands. */
static void skip_docs(struct shell *sh)
{
	struct text t = sh->now.text;
	for (size_t d = 0; d < sh->doc_count; d++) {
		bool closed = false;
		while (sh->i < t.n && !closed) {
			const uint8_t *newline = memchr(t.p + sh->i, '\n', t.n - sh->i);
			size_t end = newline == NULL ? t.n : (size_t)(newline - t.p);
			struct bytes line = bytes_of(t.p + sh->i, end - sh->i);
			while (sh->docs[d].strip && line.n > 0 && line.p[0] == '\t')
				line = bytes_sub(line, 1, line.n);
			closed = bytes_equal(line, sh->docs[d].name);
			sh->i = end < t.n ? end + 1 : t.n;
		}
	}
	sh->doc_count = 0;
}

static int parenthesis(struct shell *sh, bool open)
{
	if (end_word(sh) < 0)
		return -1;
	sh->i++;
	if (sh->pattern) {
		sh->pattern = open;
		sh->words.n = 0;
		return 0;
	}
	/* "(" after a link belongs to the first command within. */
	if (open && words_so_far(sh) == 0)
		return 0;
	return end_command(sh, LINK_THEN);
}

static int separator(struct shell *sh, uint8_t c)
{
	struct text t = sh->now.text;
	uint8_t next = sh->i + 1 < t.n ? t.p[sh->i + 1] : 0;
	if (c == '|')
		return finish(sh, next == '|' ? LINK_OR : LINK_PIPE,
			      next == '|' || next == '&' ? 2 : 1);
	if (c == '&' && next == '>') {
		sh->i++;
		return redirection(sh);
	}
	if (c == '&')
		return finish(sh, next == '&' ? LINK_AND : LINK_THEN, next == '&' ? 2 : 1);
	if (c == ';' && next == ';') {
		int r = finish(sh, LINK_THEN, 2);
		sh->pattern = sh->cases > 0;
		return r;
	}
	int r = finish(sh, LINK_THEN, 1);
	if (c == '\n')
		skip_docs(sh);
	return r;
}

static int step_on(struct shell *sh)
{
	struct text t = sh->now.text;
	uint8_t c = t.p[sh->i];
	switch (c) {
	case ' ':
	case '\t':
	case '\r': {
		int r = end_word(sh);
		sh->i++;
		return r;
	}
	case '\n':
	case ';':
	case '|':
	case '&':
		return separator(sh, c);
	case '(':
	case ')':
		return parenthesis(sh, c == '(');
	case '<':
	case '>':
		return redirection(sh);
	case '\\':
		return escaped(sh);
	case '\'':
		return single_quoted(sh);
	case '"':
		return double_quoted(sh);
	case '$':
		return dollar(sh);
	case '`':
		return backtick(sh);
	default:
		break;
	}
	if (c == '#' && !sh->in_word) {
		const uint8_t *newline = memchr(t.p + sh->i, '\n', t.n - sh->i);
		sh->i = newline == NULL ? t.n : (size_t)(newline - t.p);
		return 0;
	}
	int r = add(sh, sh->i, sh->i + 1);
	sh->i++;
	return r;
}

static int run_script(struct shell *sh, const struct script *s)
{
	sh->now = *s;
	sh->i = sh->doc_count = 0;
	sh->link = LINK_FIRST;
	sh->in_word = sh->pattern = false;
	sh->cases = 0;
	sh->redirect = REDIRECT_NONE;
	sh->target = bytes_of(NULL, 0);
	sh->words.n = 0;
	while (sh->i < sh->now.text.n)
		if (step_on(sh) < 0)
			return -1;
	return finish(sh, LINK_THEN, 0);
}

static int run_queue(struct shell *sh, size_t from)
{
	for (size_t i = from; i < sh->queued; i++)
		if (run_script(sh, &sh->queue[i]) < 0)
			return -1;
	return 0;
}

/* --- steps --------------------------------------------------------------------------------------------- */

/* The exec form is one command whose words need no splitting. */
static int run_exec(struct shell *sh, struct word *words, size_t n)
{
	bool shell = n > 1 && bytes_equal(words[0].expanded, BYTES_LIT("CMD-SHELL"));
	bool plain = n > 1 && bytes_equal(words[0].expanded, BYTES_LIT("CMD"));
	if (shell) {
		shell_queue(sh, words[1].value, COMMAND_NONE, false);
		return 0;
	}
	sh->now = (struct script){ .parent = COMMAND_NONE };
	sh->link = LINK_FIRST;
	sh->words.n = 0;
	if (n > plain &&
	    buf_append(&sh->words, words + plain, (n - plain) * sizeof *words, sh->err) < 0)
		return -1;
	return n > plain ? keep_command(sh, 0) : 0;
}

static bool other_language(struct text body)
{
	struct bytes b = text_bytes(body);
	ptrdiff_t end = bytes_index(b, '\n');
	struct bytes line = bytes_sub(b, 0, end < 0 ? b.n : (size_t)end);
	return bytes_starts_with(line, BYTES_LIT("#!")) &&
	       !glob_match(BYTES_LIT("*sh"), bytes_trim(line), false) &&
	       !glob_match(BYTES_LIT("*sh -*"), bytes_trim(line), false);
}

/* RUN <<EOF: the body is the script, unless another program than a shell reads it. */
static void queue_docs(struct shell *sh, const struct step *s)
{
	bool none = shell_count(sh) == 0;
	bool shell = !none && command_is_shell(shell_command(sh, 0)->name) && shell_count(sh) == 1;
	for (size_t i = 0; i < s->doc_count && (none || shell); i++)
		if (!other_language(s->docs[i].body))
			shell_queue(sh, s->docs[i].body, none ? COMMAND_NONE : 0, !none);
}

static bool has_commands(const struct step *s)
{
	return s->op == OP_RUN || s->op == OP_CMD || s->op == OP_ENTRYPOINT ||
	       s->op == OP_HEALTHCHECK;
}

static int read_step_commands(struct shell *sh, struct step *s)
{
	struct script all = { .text = s->args, .parent = COMMAND_NONE };
	sh->commands.n = sh->queued = 0;
	sh->pipeline = 0;
	sh->now = all;
	if ((s->json ? run_exec(sh, s->words, s->word_count) : run_script(sh, &all)) < 0)
		return -1;
	sh->now.depth = 0;
	if (s->op == OP_RUN)
		queue_docs(sh, s);
	if (run_queue(sh, 0) < 0)
		return -1;
	size_t n = shell_count(sh);
	s->commands = arena_array(&sh->b->arena, n + 1, sizeof *s->commands);
	if (s->commands == NULL)
		return error_set(sh->err, ERR_MEMORY, "no memory for the commands of a RUN");
	if (n > 0)
		memcpy(s->commands, sh->commands.p, sh->commands.n);
	s->command_count = n;
	return 0;
}

int build_commands(struct build *b, struct error *err)
{
	struct shell sh = { .b = b,
			    .err = err,
			    .commands = buf_max(COMMANDS_BYTES),
			    .words = buf_max(BUILD_MEMORY),
			    .value = buf_max(2 * BUILD_TEXT_MAX),
			    .at = buf_max(2 * BUILD_TEXT_MAX * sizeof(uint32_t)) };
	int r = 0;
	for (size_t i = 0; i < b->count && r == 0; i++)
		if (has_commands(&b->steps[i]))
			r = read_step_commands(&sh, &b->steps[i]);
	buf_free(&sh.commands);
	buf_free(&sh.words);
	buf_free(&sh.value);
	buf_free(&sh.at);
	return r;
}
