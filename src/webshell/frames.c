/* What is open: brackets, calls without them, and the values and operators in each. */
#include "webshell/machine.h"

/* --- stacks ------------------------------------------------------------------------- */

struct frame *machine_top(struct machine *m)
{
	return &m->frames[m->frame_count - 1];
}

struct frame *machine_open(struct machine *m, enum frame_kind kind, int close)
{
	if (m->frame_count == FRAMES) {
		m->skip += close != 0;
		return NULL;
	}
	uint32_t block = m->frame_count == 0 ? 0 : machine_top(m)->block;
	struct frame *f = &m->frames[m->frame_count++];
	*f = (struct frame){ .kind = kind,
			     .close = close,
			     .values = m->value_count,
			     .operators = m->operator_count,
			     .arguments = m->argument_count,
			     .operand = m->operand,
			     .block = kind == FRAME_BLOCK || kind == FRAME_BODY ? ++m->blocks
										: block,
			     .at = m->t.at };
	m->operand = false;
	return f;
}

void machine_push(struct machine *m, const struct value *v)
{
	if (m->value_count < VALUES)
		m->values[m->value_count++] = *v;
	else
		m->values[VALUES - 1] = *v;
	m->operand = true;
}

struct value machine_take(struct machine *m)
{
	struct value v = { 0 };
	if (m->operand && m->value_count > machine_top(m)->values)
		v = m->values[--m->value_count];
	m->operand = false;
	return v;
}

static void reduce_one(struct machine *m)
{
	struct operator_entry o = m->operators[--m->operator_count];
	size_t have = m->value_count - machine_top(m)->values;
	if (have < (o.unary ? 1 : 2))
		return;
	struct value *b = &m->values[m->value_count - 1];
	if (o.unary) {
		*b = operate_unary(m, &o, b);
		return;
	}
	struct value v = operate_binary(m, &o, b - 1, b);
	m->value_count--;
	m->values[m->value_count - 1] = v;
}

void machine_reduce(struct machine *m, int strength)
{
	const struct frame *f = machine_top(m);
	while (m->operator_count > f->operators) {
		const struct operator_entry *o = &m->operators[m->operator_count - 1];
		if (operator_strength(o->op, o->unary) < strength)
			break;
		reduce_one(m);
	}
}

struct value machine_finish(struct machine *m)
{
	struct frame *f = machine_top(m);
	struct value none = { 0 }, v = { 0 };
	if (!m->operand && m->operator_count > f->operators)
		machine_push(m, &none);
	machine_reduce(m, 0);
	if (m->value_count > f->values)
		v = m->values[m->value_count - 1];
	m->value_count = f->values;
	m->operator_count = f->operators;
	m->operand = false;
	f->asks = 0;
	return v;
}

/* --- what ends ------------------------------------------------------------------------ */

void machine_argument(struct machine *m, const struct value *v)
{
	struct frame *f = machine_top(m);
	if (f->kind == FRAME_ARRAY) {
		if (f->array != NULL)
			(void)array_put(&m->e->arena, f->array, f->has_key ? &f->key : NULL, v);
		f->has_key = false;
	} else if (m->argument_count < ARGUMENTS) {
		m->arguments[m->argument_count++] = *v;
	}
}

static bool has_expression(const struct machine *m, const struct frame *f)
{
	return m->value_count > f->values || m->operator_count > f->operators;
}

/* Ends a call: its value is pushed now or when the function that it goes into ends. */
static void finish_call(struct machine *m)
{
	struct frame *f = machine_top(m);
	if (has_expression(m, f)) {
		struct value v = machine_finish(m);
		machine_argument(m, &v);
	}
	struct call c = { .callee = f->callee,
			  .path = f->callee.path,
			  .args = m->arguments + f->arguments,
			  .count = m->argument_count - f->arguments,
			  .at = f->at };
	struct value args[WS_ARGS], v = { 0 };
	c.count = c.count < WS_ARGS ? c.count : WS_ARGS;
	if (c.count > 0)
		memcpy(args, c.args, c.count * sizeof args[0]);
	c.args = args;
	m->argument_count = f->arguments;
	m->frame_count--;
	m->operand = false;
	if (!call_finish(m, &c, &v))
		machine_operand(m, v);
}

static struct value finish_array(struct machine *m)
{
	struct frame *f = machine_top(m);
	if (has_expression(m, f)) {
		struct value v = machine_finish(m);
		machine_argument(m, &v);
	}
	struct value v = { .kind = VALUE_ARRAY, .array = f->array, .at = f->at };
	if (f->array == NULL)
		v.kind = VALUE_UNKNOWN;
	else
		v.taint = array_any(f->array).taint, v.trace = array_any(f->array).trace;
	return v;
}

static struct value finish_index(struct machine *m, struct frame *f)
{
	bool empty = !has_expression(m, f);
	struct value key = machine_finish(m);
	if (!empty)
		return vars_element(m, &f->callee, &key);
	struct value v = value_origin(&f->callee);
	v.base = f->callee.ref;
	return v;
}

/* A name that stands for nothing else. */
static bool is_bare_name(const struct value *v)
{
	size_t n = 0;
	while (n < v->path.n && wlex_is_name(v->path.p[n]))
		n++;
	return v->kind == VALUE_UNKNOWN && v->taint == 0 && n > 0 && n == v->path.n;
}

/* ${…} and ->{…} */
static struct value finish_name(struct machine *m, struct frame *f)
{
	struct value v = machine_finish(m), made = value_origin(&v);
	if (f->member != OP_NONE) {
		if (v.kind == VALUE_STRING)
			return vars_member(m, &f->callee, v.text);
		made.path = BYTES_LIT("<method>");
		return made;
	}
	if (v.kind == VALUE_STRING)
		return vars_variable(m, v.text);
	if (wlex_lang(&m->x) == LANG_PHP && is_bare_name(&v)) /* ${x} */
		return vars_variable(m, v.path);
	if (bytes_equal(v.path, BYTES_LIT("<superglobal>"))) { /* ${"_" . $x} */
		made.taint |= TAINT_INPUT;
		made.trace = trace_add(&m->e->arena, NULL, BYTES_LIT("${'_'...}"));
	}
	return made;
}

static void pop_frame(struct machine *m)
{
	struct frame *f = machine_top(m);
	m->value_count = f->values;
	m->operator_count = f->operators;
	m->argument_count = f->arguments;
	m->operand = false;
	m->frame_count--;
	perhaps_trim(m);
}

/* Ends the uppermost frame as its bracket does. */
static void finish_frame(struct machine *m)
{
	struct frame *f = machine_top(m);
	struct value v = { 0 };
	switch (f->kind) {
	case FRAME_CALL:
	case FRAME_PREFIX:
		finish_call(m);
		return;
	case FRAME_GROUP:
		v = machine_finish(m);
		if (m->argument_count > f->arguments)
			v = value_meet(&v, &m->arguments[m->argument_count - 1]);
		break;
	case FRAME_INDEX:
		v = finish_index(m, f);
		break;
	case FRAME_ARRAY:
		v = finish_array(m);
		break;
	case FRAME_NAME:
		v = finish_name(m, f);
		break;
	default: { /* blocks and conditions have no value */
		bool keep = f->keep && f->kind == FRAME_BLOCK, before = f->operand;
		v = machine_finish(m);
		if (f->kind == FRAME_CONTROL && f->each && wlex_lang(&m->x) == LANG_PERL)
			perl_walk(m, &v);
		bool control = f->kind == FRAME_CONTROL;
		pop_frame(m);
		m->operand = keep && before;
		if (control && m->frame_count > 0)
			perhaps_one(m);
		if (m->frame_count > 0 && !keep && f->kind == FRAME_BLOCK)
			machine_statement_end(m);
		return;
	}
	}
	pop_frame(m);
	machine_operand(m, v);
}

void machine_unwind(struct machine *m, uint32_t frame)
{
	while (m->frame_count > frame + 1)
		pop_frame(m);
}

bool frame_is_statement(const struct frame *f)
{
	return f->kind == FRAME_BODY || f->kind == FRAME_BLOCK;
}

/* Ends calls without brackets that lie open over the frame's own expression. The last of
 * a statement that a mark ends is gone into; whether it was: then its end comes later. */
static bool finish_prefixes(struct machine *m, bool marked)
{
	bool stay = m->stay;
	uint32_t bodies = m->body_count;
	while (m->body_count == bodies && m->frame_count > 1 &&
	       machine_top(m)->kind == FRAME_PREFIX) {
		m->stay = stay || !marked || !frame_is_statement(machine_top(m) - 1);
		finish_frame(m);
	}
	m->stay = stay;
	if (m->body_count > bodies)
		m->bodies[m->body_count - 1].ends = true;
	return m->body_count > bodies;
}

static void end_statement(struct machine *m, bool marked)
{
	if (finish_prefixes(m, marked))
		return;
	struct frame *f = machine_top(m);
	m->control = m->is_new = m->each = m->condition = false;
	m->global = m->property = m->constant = m->list = m->mine = false;
	m->member = OP_NONE;
	m->dollars = 0;
	if (f->kind == FRAME_CALL || f->kind == FRAME_INDEX || f->kind == FRAME_GROUP) {
		if (has_expression(m, f)) {
			struct value v = machine_finish(m);
			machine_argument(m, &v);
		}
		return;
	}
	if (f->kind == FRAME_ARRAY && f->close == '}')
		f->kind = FRAME_BLOCK;
	(void)machine_finish(m);
	perhaps_statement_end(m);
}

void machine_statement_end(struct machine *m)
{
	end_statement(m, false);
}

void machine_statement_mark(struct machine *m)
{
	end_statement(m, true);
}

/* --- brackets ----------------------------------------------------------------------------- */

/* "new processbuilder", whatever the package. */
static struct bytes new_path(struct machine *m, struct bytes path)
{
	for (size_t i = path.n; i > 0; i--)
		if (path.p[i - 1] == '.' || path.p[i - 1] == '\\') {
			path = bytes_sub(path, i, path.n);
			break;
		}
	if (path.n > 0 && path.p[0] == '<')
		return path;
	(void)heap_join(&m->e->heap, BYTES_LIT("new "), path, &path);
	return path;
}

static void open_round(struct machine *m)
{
	struct value callee = { 0 };
	bool called = m->operand && !m->control;
	bool perl = wlex_lang(&m->x) == LANG_PERL;
	bool list = !called && !m->control && (m->list || (perl && perl_opens_list(m)));
	if (called || (perl && m->each))
		callee = machine_take(m);
	if (called && m->is_new)
		callee.path = new_path(m, callee.path);
	m->is_new = m->is_new && !called;
	struct frame *f = machine_open(m,
				       m->control ? FRAME_CONTROL
				       : called   ? FRAME_CALL
						  : FRAME_GROUP,
				       ')');
	if (f != NULL) {
		f->callee = callee;
		f->each = m->each;
		f->at = called ? callee.at : f->at;
		if (list) {
			f->kind = FRAME_ARRAY;
			f->array = array_new(&m->e->arena);
		}
		if (called && (bytes_equal(callee.path, BYTES_LIT("array")) ||
			       bytes_equal(callee.path, BYTES_LIT("list")))) {
			f->kind = FRAME_ARRAY;
			f->array = array_new(&m->e->arena);
		}
	}
	m->control = m->list = false;
}

static void open_square(struct machine *m)
{
	struct value base = { 0 };
	bool index = m->operand;
	m->was_new = m->is_new;
	m->is_new = false;
	if (index)
		base = machine_take(m);
	struct frame *f = machine_open(m, index ? FRAME_INDEX : FRAME_ARRAY, ']');
	if (f == NULL)
		return;
	f->callee = base;
	if (!index)
		f->array = array_new(&m->e->arena);
}

static void open_name(struct machine *m)
{
	struct value base = { 0 };
	uint8_t member = (uint8_t)m->member;
	if (member != OP_NONE)
		base = machine_take(m);
	struct frame *f = machine_open(m, FRAME_NAME, '}');
	if (f != NULL) {
		f->callee = base;
		f->member = member;
	}
	m->member = OP_NONE;
	m->dollars = 0;
}

/* A table of values, or a block? */
static bool is_table(const struct machine *m, enum lang lang)
{
	const struct frame *f = &m->frames[m->frame_count - 1];
	bool pending = m->operator_count > f->operators || m->value_count > f->values;
	if (lang == LANG_PYTHON)
		return true;
	if (lang == LANG_PHP || lang == LANG_PERL)
		return !m->operand && (pending || !frame_is_statement(f)) && lang == LANG_PERL;
	if (!m->operand)
		return pending || !frame_is_statement(f);
	return m->last == TOKEN_CLOSE && m->last_op == ']' && m->was_new;
}

static void open_curly(struct machine *m)
{
	enum lang lang = wlex_lang(&m->x);
	bool element = m->operand && m->t.tight &&
		       ((lang == LANG_PHP &&
			 (m->last == TOKEN_VAR || (m->last == TOKEN_CLOSE && m->last_op == ']'))) ||
			(lang == LANG_PERL &&
			 (m->last == TOKEN_VAR || m->last == TOKEN_CLOSE || m->member != OP_NONE)));
	if (m->dollars > 0 || m->member != OP_NONE) {
		if (lang == LANG_PERL && m->member != OP_NONE) {
			m->member = OP_NONE;
			element = true;
		} else {
			open_name(m);
			return;
		}
	}
	if (element) {
		open_square(m);
		machine_top(m)->close = '}';
		return;
	}
	if (is_table(m, lang)) {
		if (m->operand)
			(void)machine_take(m);
		struct frame *f = machine_open(m, FRAME_ARRAY, '}');
		if (f != NULL)
			f->array = array_new(&m->e->arena);
		m->is_new = false;
		return;
	}
	const struct frame *top = machine_top(m);
	bool keep = !frame_is_statement(top) || m->operator_count > top->operators;
	if (!keep)
		machine_statement_end(m);
	struct frame *f = machine_open(m, FRAME_BLOCK, '}');
	if (f != NULL)
		f->keep = keep;
	m->is_new = false;
}

void machine_bracket_open(struct machine *m)
{
	if (m->t.op == '(')
		open_round(m);
	else if (m->t.op == '[')
		open_square(m);
	else
		open_curly(m);
}

void machine_bracket_close(struct machine *m)
{
	int close = m->t.op;
	if (m->skip > 0) {
		m->skip--;
		return;
	}
	uint32_t floor = m->bodies[m->body_count - 1].frame;
	uint32_t i = m->frame_count - 1;
	while (i > floor && m->frames[i].close != close)
		i--;
	if (i <= floor)
		return;
	while (m->frame_count - 1 > i) {
		if (machine_top(m)->kind == FRAME_PREFIX)
			(void)finish_prefixes(m, false);
		else
			pop_frame(m);
	}
	finish_frame(m);
}

void machine_comma(struct machine *m)
{
	struct frame *f = machine_top(m);
	if (f->kind == FRAME_PREFIX && f->close == 0 && m->frame_count > 1) {
		const struct frame *under = f - 1;
		if (under->kind == FRAME_CALL || under->kind == FRAME_ARRAY) {
			(void)finish_prefixes(m, false);
			f = machine_top(m);
		}
	}
	struct value v = machine_finish(m);
	if (f->kind != FRAME_BODY && f->kind != FRAME_BLOCK && f->kind != FRAME_CONTROL)
		machine_argument(m, &v);
}
