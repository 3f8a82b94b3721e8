/* Operators: how they bind, and what they make of values that are known. */
#include "webshell/machine.h"

int operator_strength(enum op op, bool unary)
{
	static const uint8_t strength[OPS] = {
		[OP_ASSIGN] = 1, [OP_APPEND] = 1, [OP_CHANGE] = 1, [OP_ARROW] = 1,
		[OP_MEET] = 2,   [OP_ELSE] = 3,   [OP_LOGIC] = 4,  [OP_OR] = 5,
		[OP_XOR] = 6,    [OP_AND] = 7,    [OP_EQUAL] = 8,  [OP_UNEQUAL] = 8,
		[OP_LESS] = 9,   [OP_REGEX] = 10, [OP_SHIFT] = 11, [OP_CONCAT] = 11,
		[OP_ADD] = 12,   [OP_SUB] = 12,   [OP_MUL] = 13,   [OP_DIV] = 13,
		[OP_MOD] = 13,
	};
	return unary ? 20 : strength[op];
}

static uint32_t all_taint(const struct value *a, const struct value *b)
{
	return a->taint | b->taint;
}

static const struct trace *first_trace(const struct value *a, const struct value *b)
{
	if ((b->taint & TAINT_INPUT) != 0 && (a->taint & TAINT_INPUT) == 0)
		return b->trace;
	return a->trace != NULL ? a->trace : b->trace;
}

/* Who writes "e" & "v" has something to hide. */
static bool is_letter(const struct value *v)
{
	return v->kind == VALUE_STRING && v->text.n == 1 && wlex_is_first(v->text.p[0]);
}

struct value operate_concat(struct machine *m, const struct value *a, const struct value *b)
{
	struct bytes x, y, joined;
	struct heap *h = &m->e->heap;
	struct value v = { .taint = all_taint(a, b), .trace = first_trace(a, b), .at = a->at };
	bool known = value_as_text(h, a, &x), also = value_as_text(h, b, &y);
	if (!known && is_unset(a) && sets_all(m)) { /* $x = $x . "a", the first time */
		x = BYTES_LIT("");
		known = true;
	}
	if (known && also && heap_join(h, x, y, &joined)) {
		v.kind = VALUE_STRING;
		v.text = joined;
		if (is_letter(a) && is_letter(b))
			v.taint |= TAINT_BUILT;
	}
	uint32_t theirs = TAINT_INPUT | TAINT_UPLOAD | TAINT_REMOTE;
	bool open = known && (x.n == 0 || bytes_equal(x, BYTES_LIT("./")) ||
			      bytes_starts_with(x, BYTES_LIT("data:")));
	if ((b->taint & theirs) != 0 && (a->taint & theirs) == 0 && !open)
		v.taint |= TAINT_PREFIXED;
	if (known && !also && x.n > 0 && x.p[0] == '_')
		v.path = BYTES_LIT("<superglobal>");
	return v;
}

static bool is_text(const struct value *v)
{
	return v->kind == VALUE_STRING || (v->kind == VALUE_UNKNOWN && v->text.n > 0);
}

/* PHP's ^, & and | of strings work on their characters. */
static struct value bitwise_text(struct machine *m, enum op op, const struct value *a,
				 const struct value *b)
{
	bool longer = (a->text.n < b->text.n) == (op == OP_OR); /* | has all of both */
	size_t n = longer ? b->text.n : a->text.n;
	struct value v = { .taint = all_taint(a, b) | TAINT_BUILT, .trace = first_trace(a, b) };
	uint8_t *p = heap_room(&m->e->heap, n);
	if (p == NULL)
		return v;
	for (size_t i = 0; i < n; i++) {
		uint8_t x = i < a->text.n ? a->text.p[i] : 0, y = i < b->text.n ? b->text.p[i] : 0;
		p[i] = op == OP_XOR ? x ^ y : op == OP_AND ? x & y : x | y;
	}
	v.kind = VALUE_STRING;
	v.text = heap_keep(&m->e->heap, p, n);
	return v;
}

static bool calculate(enum op op, int64_t x, int64_t y, int64_t *ret)
{
	switch (op) {
	case OP_ADD:
		return !checked_add(x, y, ret);
	case OP_SUB:
		return !checked_sub(x, y, ret);
	case OP_MUL:
		return !checked_mul(x, y, ret);
	case OP_DIV:
		*ret = y == 0 || y == -1 ? -x : x / y;
		return y != 0 && x != INT64_MIN;
	case OP_MOD:
		*ret = y == 0 || y == -1 ? 0 : x % y;
		return y != 0;
	case OP_XOR:
		*ret = x ^ y;
		return true;
	case OP_AND:
		*ret = x & y;
		return true;
	case OP_OR:
		*ret = x | y;
		return true;
	default:
		return false;
	}
}

static bool same(const struct value *a, const struct value *b)
{
	return a->kind == b->kind && a->number == b->number && bytes_equal(a->text, b->text);
}

static struct value arithmetic(struct machine *m, enum op op, const struct value *a,
			       const struct value *b)
{
	int64_t x, y, r;
	bool bits = op == OP_XOR || op == OP_AND || op == OP_OR;
	struct value v = { .taint = all_taint(a, b), .trace = first_trace(a, b) };
	if (bits && is_text(a) && is_text(b) && wlex_lang(&m->x) == LANG_PHP)
		return bitwise_text(m, op, a, b);
	if (value_as_number(a, &x) && value_as_number(b, &y) && calculate(op, x, y, &r)) {
		v.kind = VALUE_NUMBER;
		v.number = r;
	} else if (!bits) {
		v.taint &= ~(uint32_t)TAINT_INPUT;
	} else {
		v.taint |= TAINT_BUILT;
	}
	return v;
}

static bool adds_text(const struct machine *m, const struct value *a, const struct value *b)
{
	enum lang lang = wlex_lang(&m->x);
	bool numbers = a->kind == VALUE_NUMBER && b->kind == VALUE_NUMBER;
	return lang != LANG_PHP && lang != LANG_PERL && !numbers;
}

/* What stands before an = or .= afterwards. */
static struct value assigned(struct machine *m, const struct operator_entry *o,
			     const struct value *a, const struct value *b)
{
	struct value v = *b;
	struct operator_entry under = { .op = o->under };
	if (o->op == OP_APPEND)
		v = operate_concat(m, a, b);
	else if (o->op == OP_CHANGE)
		v = operate_binary(m, &under, a, b);
	if (o->op == OP_APPEND && a->path.n > 0)
		v.path = a->path;
	vars_assign(m, a, &v);
	v.ref = a->ref;
	v.base = NULL;
	v.key = NULL;
	return v;
}

/* An MD5 or SHA-1 in hexadecimal. */
static bool is_digest(const struct value *v)
{
	if (v->kind != VALUE_STRING || (v->text.n != 32 && v->text.n != 40))
		return false;
	for (size_t i = 0; i < v->text.n; i++)
		if (!((v->text.p[i] >= '0' && v->text.p[i] <= '9') ||
		      (v->text.p[i] >= 'a' && v->text.p[i] <= 'f')))
			return false;
	return true;
}

/* A page that only who knows a word may use: what is sent, or its digest, is compared
 * with a digest in the page. */
static void password_check(struct machine *m, const struct value *sent, const struct value *known)
{
	bool hashed = bytes_equal(sent->path, BYTES_LIT("<hashed>"));
	bool plain = (sent->taint & (TAINT_INPUT | TAINT_FAR | TAINT_PREFIXED)) == TAINT_INPUT;
	struct value found = { .taint = TAINT_INPUT, .trace = sent->trace };
	if ((hashed || plain) && is_digest(known))
		sink_path(m, BYTES_LIT("<password>"), m->t.at, &found, 1);
}

struct value operate_binary(struct machine *m, const struct operator_entry *o,
			    const struct value *a, const struct value *b)
{
	switch (o->op) {
	case OP_ASSIGN:
	case OP_APPEND:
	case OP_CHANGE:
		return assigned(m, o, a, b);
	case OP_CONCAT:
		return operate_concat(m, a, b);
	case OP_ADD:
		return adds_text(m, a, b) ? operate_concat(m, a, b) : arithmetic(m, OP_ADD, a, b);
	case OP_MOD:
		/* Python's "…" % x puts x into the text. */
		if (wlex_lang(&m->x) == LANG_PYTHON && a->kind != VALUE_NUMBER)
			return (struct value){ .taint = all_taint(a, b) | TAINT_PREFIXED,
					       .trace = first_trace(a, b) };
		return arithmetic(m, OP_MOD, a, b);
	case OP_SUB:
	case OP_MUL:
	case OP_DIV:
	case OP_XOR:
	case OP_AND:
	case OP_OR:
		return arithmetic(m, o->op, a, b);
	case OP_MEET:
	case OP_ELSE:
		return value_meet(a, b);
	case OP_LOGIC:
		return wlex_lang(&m->x) == LANG_PHP ? (struct value){ 0 } : value_meet(a, b);
	case OP_ARROW:
		return *b;
	case OP_EQUAL:
	case OP_UNEQUAL:
		if (m->page == PAGE_PHP) {
			password_check(m, a, b);
			password_check(m, b, a);
		}
		if (a->kind != VALUE_UNKNOWN && a->kind == b->kind && a->kind != VALUE_ARRAY)
			return value_number(same(a, b) == (o->op == OP_EQUAL));
		return (struct value){ 0 };
	default:
		return (struct value){ 0 };
	}
}

/* ~"…" */
static struct value invert(struct machine *m, const struct value *a)
{
	struct value v = { .taint = a->taint | TAINT_BUILT, .trace = a->trace };
	if (a->kind == VALUE_NUMBER)
		return value_number(~a->number);
	uint8_t *p = a->kind == VALUE_STRING ? heap_room(&m->e->heap, a->text.n) : NULL;
	if (p == NULL)
		return v;
	for (size_t i = 0; i < a->text.n; i++)
		p[i] = (uint8_t)~a->text.p[i];
	v.kind = VALUE_STRING;
	v.text = heap_keep(&m->e->heap, p, a->text.n);
	return v;
}

/* "a"++ is "b", "Az"++ is "Ba", "Zz"++ is "AAa". */
static bool step_text(struct heap *h, struct bytes in, struct bytes *ret)
{
	uint8_t *p = heap_room(h, in.n + 1);
	if (p == NULL || in.n == 0 || in.n > 64)
		return false;
	uint8_t first = 0;
	p[0] = 0;
	memcpy(p + 1, in.p, in.n);
	for (size_t i = in.n; i > 0; i--) {
		uint8_t c = p[i];
		if (c != 'z' && c != 'Z' && c != '9') {
			p[i]++;
			first = 0;
			break;
		}
		first = c == 'z' ? 'a' : c == 'Z' ? 'A' : '1';
		p[i] = c == '9' ? '0' : first;
	}
	p[0] = first;
	*ret = heap_keep(h, p, in.n + 1);
	if (first == 0)
		*ret = bytes_sub(*ret, 1, ret->n);
	return true;
}

void operate_step(struct machine *m, struct value *v, bool up)
{
	struct value now = *v;
	struct bytes text;
	bool letters =
		v->kind == VALUE_STRING && v->text.n > 0 && wlex_is_first(v->text.p[v->text.n - 1]);
	if (letters && up && step_text(&m->e->heap, v->text, &text)) {
		now = value_text(text);
		now.taint = v->taint | TAINT_BUILT;
	} else if (v->kind == VALUE_NUMBER || v->kind == VALUE_STRING) {
		int64_t n = 0;
		(void)value_as_number(v, &n);
		now = value_number(n < INT32_MAX && n > INT32_MIN ? n + (up ? 1 : -1) : 0);
	} else if (v->kind == VALUE_UNKNOWN && v->taint == 0) {
		now = value_number(up);
	}
	vars_assign(m, v, &now);
}

struct value operate_unary(struct machine *m, const struct operator_entry *o, const struct value *a)
{
	switch (o->op) {
	case OP_INVERT:
		return invert(m, a);
	case OP_NOT:
		if (a->kind == VALUE_NUMBER)
			return value_number(a->number == 0);
		return a->kind == VALUE_STRING || a->kind == VALUE_ARRAY ? value_number(0)
									 : (struct value){ 0 };
	case OP_SUB:
		return a->kind == VALUE_NUMBER && a->number != INT64_MIN ? value_number(-a->number)
									 : value_origin(a);
	case OP_INC:
	case OP_DEC: {
		struct value v = *a;
		operate_step(m, &v, o->op == OP_INC);
		return a->ref != NULL && a->base == NULL ? a->ref->v : value_origin(a);
	}
	case OP_ADD: {
		int64_t n;
		return value_as_number(a, &n) ? value_number(n) : value_origin(a);
	}
	default:
		return *a;
	}
}
