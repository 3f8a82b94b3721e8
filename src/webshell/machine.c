/* The machine: tokens become values, whatever the language. */
#include "webshell/machine.h"

/* --- operands ------------------------------------------------------------------------------ */

/* Two values side by side: a type and its variable, a cast, or a call without brackets. */
static bool opens_prefix(struct machine *m, const struct value *before)
{
	const struct frame *f = machine_top(m);
	enum lang lang = wlex_lang(&m->x);
	bool perl = lang == LANG_PERL && m->last == TOKEN_NAME && before->kind == VALUE_UNKNOWN &&
		    before->path.n > 0;
	if (!perl && (lang != LANG_VB || !frame_is_statement(f) || m->condition ||
		      m->operator_count > f->operators || before->path.n == 0))
		return false;
	struct value callee = machine_take(m);
	struct frame *p = machine_open(m, FRAME_PREFIX, 0);
	if (p != NULL) {
		p->callee = callee;
		p->at = callee.at;
	}
	return p != NULL;
}

void machine_operand(struct machine *m, struct value v)
{
	if (m->operand && wlex_lang(&m->x) == LANG_CF && machine_top(m)->kind == FRAME_PREFIX) {
		struct value v0 = machine_finish(m); /* the next attribute of a tag */
		machine_argument(m, &v0);
	}
	if (m->operand && m->value_count > machine_top(m)->values) {
		struct value *before = &m->values[m->value_count - 1];
		if (opens_prefix(m, before)) {
			machine_push(m, &v);
			return;
		}
		bool langs = wlex_lang(&m->x) == LANG_JAVA || wlex_lang(&m->x) == LANG_CSHARP;
		bool typed = langs && functions_named(m, v.path) == NULL &&
			     before->kind == VALUE_UNKNOWN && before->path.n > 0 && v.ref != NULL;
		if (typed && v.ref->v.path.n == 0 && v.ref->v.kind == VALUE_UNKNOWN) {
			v.ref->v.path = before->path;
			v.path = before->path;
		}
		m->value_count--;
	}
	machine_push(m, &v);
}

/* global $x; public $x: another variable than the function's. */
static bool declared(struct machine *m)
{
	if (!m->global && !m->property)
		return false;
	struct var *var = vars_global(m, m->global ? "" : ".", m->t.text, true);
	if (var == NULL)
		return false;
	if (m->global)
		vars_alias(m, m->t.text, var);
	struct value v = var->v;
	v.ref = var;
	v.at = m->t.at;
	machine_operand(m, v);
	return true;
}

static void on_variable(struct machine *m)
{
	if (declared(m))
		return;
	if (m->member == OP_STATIC) {
		struct value base = machine_take(m);
		struct value v = vars_member(m, &base, m->t.text);
		m->member = OP_NONE;
		machine_operand(m, v);
		return;
	}
	struct value v = vars_variable(m, m->t.text);
	for (; m->dollars > 0; m->dollars--) {
		struct value name = v;
		v = name.kind == VALUE_STRING ? vars_variable(m, name.text) : value_origin(&name);
		if (name.kind != VALUE_STRING && (name.taint & TAINT_INPUT) != 0)
			m->extracted = value_origin(&name);
	}
	if (m->member == OP_MEMBER) {
		struct value base = machine_take(m);
		m->member = OP_NONE;
		if (v.kind == VALUE_STRING) {
			v = vars_member(m, &base, v.text);
		} else {
			v = value_origin(&v);
			v.path = BYTES_LIT("<method>");
		}
		machine_operand(m, v);
		return;
	}
	if (machine_top(m)->each && machine_top(m)->kind == FRAME_CONTROL && v.ref != NULL &&
	    machine_top(m)->has_key) { /* foreach (… as $v) */
		struct value part = machine_top(m)->callee;
		vars_assign(m, &v, &part);
		v = part;
	}
	if (m->is_new) {
		v.path = BYTES_LIT("<new>");
		m->is_new = false;
	}
	machine_operand(m, v);
}

static void on_name(struct machine *m)
{
	if (m->member != OP_NONE) {
		struct value base = machine_take(m);
		m->member = OP_NONE;
		machine_operand(m, vars_member(m, &base, m->t.text));
		return;
	}
	if (keyword(m))
		return;
	if (wlex_lang(&m->x) == LANG_CF && m->t.text.n > 3 && !m->operand &&
	    machine_top(m)->kind == FRAME_BODY &&
	    strncasecmp((const char *)m->t.text.p, "cf", 2) == 0) {
		struct frame *f = machine_open(m, FRAME_PREFIX, 0);
		if (f != NULL)
			f->callee.path = heap_lower(&m->e->heap, m->t.text);
		return;
	}
	struct value v = vars_name(m, m->t.text);
	if (m->constant)
		v.ref = vars_global(m, "const ", m->t.text, true);
	machine_operand(m, v);
}

/* --- operators ------------------------------------------------------------------------------ */

static void push_operator(struct machine *m, enum op op, bool unary)
{
	if (m->operator_count == OPERATORS) {
		(void)machine_finish(m);
		return;
	}
	m->operators[m->operator_count++] =
		(struct operator_entry){ op, (enum op)m->t.number, unary };
	m->operand = false;
}

static void unary(struct machine *m, enum op op)
{
	switch (op) {
	case OP_NOT:
	case OP_INVERT:
	case OP_SUB:
	case OP_ADD:
	case OP_INC:
	case OP_DEC:
		push_operator(m, op, true);
		break;
	case OP_DOLLAR:
		m->dollars++;
		break;
	case OP_MEMBER: /* VB's With */
		if (wlex_lang(&m->x) == LANG_VB) {
			machine_operand(m, m->with);
			m->member = OP_MEMBER;
		}
		break;
	case OP_COLON:
		if (m->last == TOKEN_OP && m->last_op == OP_ASK) {
			machine_operand(m, m->asked);
			push_operator(m, OP_MEET, false);
		}
		break;
	default:
		break;
	}
}

/* var x : String = … */
static bool begins_type(const struct machine *m)
{
	return m->page == PAGE_ASPX && wlex_lang(&m->x) == LANG_JS && m->operand &&
	       m->value_count > 0 && m->values[m->value_count - 1].ref != NULL;
}

static void colon(struct machine *m)
{
	struct frame *f = machine_top(m);
	if (f->asks == 0 && frame_is_statement(f) && begins_type(m)) {
		m->typed = true;
	} else if (f->asks > 0) {
		f->asks--;
		machine_reduce(m, operator_strength(OP_MEET, false) + 1);
		push_operator(m, OP_MEET, false);
	} else if (f->each && f->kind == FRAME_CONTROL) {
		push_operator(m, OP_ASSIGN, false); /* for (String s : list) */
	} else if (f->kind == FRAME_ARRAY) {
		f->key = machine_finish(m);
		f->has_key = true;
	} else if (frame_is_statement(f) || f->kind == FRAME_PREFIX) {
		if (wlex_lang(&m->x) == LANG_PHP)
			perhaps_stay(m);
		machine_statement_end(m);
	} else {
		(void)machine_finish(m);
	}
}

static void arrow(struct machine *m)
{
	struct frame *f = machine_top(m);
	if (f->kind == FRAME_ARRAY) {
		f->key = machine_finish(m);
		f->has_key = true;
		return;
	}
	machine_reduce(m, operator_strength(OP_ARROW, false) + 1);
	if (m->value_count > f->values)
		m->value_count--;
	m->operand = false;
}

static void binary(struct machine *m, enum op op)
{
	switch (op) {
	case OP_MEMBER:
	case OP_STATIC:
		m->member = op;
		return;
	case OP_INC:
	case OP_DEC: {
		struct value *v = &m->values[m->value_count - 1], old = *v;
		operate_step(m, &old, op == OP_INC);
		return;
	}
	case OP_ASK:
		machine_reduce(m, operator_strength(OP_MEET, false) + 1);
		machine_top(m)->asks++;
		m->asked = machine_take(m);
		return;
	case OP_COLON:
		colon(m);
		return;
	case OP_ARROW:
		arrow(m);
		return;
	case OP_ASSIGN:
		m->mine = false;
		if (wlex_lang(&m->x) == LANG_VB &&
		    (m->condition || !frame_is_statement(machine_top(m)) ||
		     m->operator_count > machine_top(m)->operators)) {
			machine_reduce(m, operator_strength(OP_EQUAL, false));
			push_operator(m, OP_EQUAL, false);
			return;
		}
		push_operator(m, op, false);
		return;
	case OP_APPEND:
	case OP_CHANGE:
		push_operator(m, op, false);
		return;
	case OP_NONE:
	case OP_DOLLAR:
	case OP_ELLIPSIS:
		return;
	default:
		machine_reduce(m, operator_strength(op, false));
		push_operator(m, op, false);
	}
}

static void on_operator(struct machine *m)
{
	enum op op = (enum op)m->t.op;
	if (m->operand && op != OP_NOT && op != OP_INVERT)
		binary(m, op);
	else
		unary(m, op);
}

/* --- the loop --------------------------------------------------------------------------------- */

static void dispatch(struct machine *m)
{
	switch (m->t.kind) {
	case TOKEN_NAME:
		if (wlex_lang(&m->x) == LANG_PERL && perl_bare_key(m))
			machine_operand(m, value_text(m->t.text));
		else
			on_name(m);
		break;
	case TOKEN_VAR:
		on_variable(m);
		break;
	case TOKEN_STRING:
	case TOKEN_NUMBER: {
		struct value v = m->t.kind == TOKEN_STRING ? value_text(m->t.text)
							   : value_number(m->t.number);
		v.at = m->t.at;
		m->member = OP_NONE;
		machine_operand(m, v);
		break;
	}
	case TOKEN_OP:
		on_operator(m);
		break;
	case TOKEN_OPEN:
		machine_bracket_open(m);
		break;
	case TOKEN_CLOSE:
		machine_bracket_close(m);
		break;
	case TOKEN_COMMA:
		machine_comma(m);
		break;
	default:
		machine_statement_mark(m);
	}
}

void machine_step(struct machine *m)
{
	enum token_kind kind = m->t.kind;
	int op = m->t.op;
	if (m->skip > 0 && kind != TOKEN_OPEN && kind != TOKEN_CLOSE)
		return;
	if (m->skip > 0 && kind == TOKEN_OPEN) {
		m->skip++;
		return;
	}
	m->typed = m->typed && (kind == TOKEN_NAME || (kind == TOKEN_OP && op == OP_MEMBER));
	if (m->typed)
		return;
	dispatch(m);
	m->last = kind;
	m->last_op = op;
}
