/* What Perl does in a way of its own (perldata, perlsub, perlsyn). */
#include "webshell/machine.h"

enum { LIST_LONGEST = 400 };

/* ($a, $b) = …: a list is given values, without a word before it. */
bool perl_opens_list(const struct machine *m)
{
	struct bytes code = bytes_sub(m->x.text, m->t.at, m->t.at + LIST_LONGEST);
	unsigned open = 0;
	size_t i = 0;
	for (; i < code.n; i++) {
		open += code.p[i] == '(';
		open -= code.p[i] == ')';
		if (open == 0 || code.p[i] == ';')
			break;
	}
	if (open != 0)
		return false;
	for (i++; i < code.n && (code.p[i] == ' ' || code.p[i] == '\t'); i++)
		;
	return i + 1 < code.n && code.p[i] == '=' && code.p[i + 1] != '=' && code.p[i + 1] != '~';
}

/* $ENV{PATH}: the word is a text. */
bool perl_bare_key(struct machine *m)
{
	const struct frame *f = machine_top(m);
	const struct bytes code = m->x.text;
	size_t at = m->t.at + m->t.text.n;
	if (f->kind != FRAME_INDEX || f->close != '}' || m->last != TOKEN_OPEN)
		return false;
	while (at < code.n && code.p[at] == ' ')
		at++;
	return at < code.n && code.p[at] == '}';
}

/* foreach $x (list): at the list's end $x, or $_, is any of it. */
void perl_walk(struct machine *m, const struct value *over)
{
	struct frame *f = machine_top(m);
	struct value part = over->kind == VALUE_ARRAY ? array_any(over->array) : value_origin(over);
	struct value to = f->callee;
	part.taint |= over->taint;
	if (part.trace == NULL)
		part.trace = over->trace;
	if (to.ref == NULL)
		to = vars_variable(m, BYTES_LIT("_"));
	if (part.taint != 0)
		vars_assign(m, &to, &part);
}

/* shift, without saying of what: the next of the function's arguments. */
bool perl_shift(struct machine *m)
{
	const struct bytes code = m->x.text;
	size_t at = m->t.at + m->t.text.n;
	while (at < code.n && code.p[at] == ' ')
		at++;
	if (at < code.n && (code.p[at] == '(' || code.p[at] == '@' || code.p[at] == '$'))
		return false;
	struct body *b = &m->bodies[m->body_count - 1];
	const struct var *given = vars_get(m, BYTES_LIT("_"), false);
	struct value key = value_number(b->shifted++), v = { 0 };
	if (given != NULL)
		v = vars_element(m, &given->v, &key);
	v.base = v.ref = NULL;
	v.key = NULL;
	v.at = m->t.at;
	machine_operand(m, v);
	return true;
}

/* read(STDIN, $x, …) */
bool perl_read(struct machine *m, const struct call *c, struct value *ret)
{
	struct value from = c->count == 0 ? (struct value){ 0 } : c->args[0];
	*ret = (struct value){ 0 };
	if (m->page != PAGE_PERL)
		return false;
	vars_source(m, &from);
	if (c->count > 1 && c->args[1].ref != NULL && from.taint != 0)
		c->args[1].ref->v = value_origin(&from);
	return true;
}

static bool is_shell(struct bytes program)
{
	static const char *const shells[] = { "sh",   "bash",  "dash", "ksh", "zsh",    "csh",
					      "perl", "env",   "sudo", "su",  "php",    "ssh",
					      "nc",   "xterm", "ruby", "cmd", "python", "at" };
	struct bytes name = path_base(program);
	for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
		struct bytes shell = bytes_str(shells[i]);
		if (bytes_starts_with(name, shell) &&
		    (name.n == shell.n || !wlex_is_first(name.p[shell.n])))
			return true;
	}
	return false;
}

bool perl_runs_list(const struct call *c)
{
	struct bytes path = c->path;
	size_t first = bytes_equal(path, BYTES_LIT("open3"))   ? 3
		       : bytes_equal(path, BYTES_LIT("open2")) ? 2
							       : 0;
	if (first == 0 && !bytes_equal(path, BYTES_LIT("system")) &&
	    !bytes_equal(path, BYTES_LIT("exec")))
		return false;
	if (c->count <= first)
		return false;
	const struct value *program = &c->args[first];
	bool list = c->count > first + 1;
	if (program->kind == VALUE_ARRAY && program->array->count > 0) {
		list |= program->array->count > 1;
		program = &program->array->list[0].v;
	}
	return list && program->kind == VALUE_STRING && program->taint == 0 &&
	       !is_shell(program->text);
}
