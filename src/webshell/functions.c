/* Functions of the page: found first, read once where they are written, and gone into
 * where they are called, as far as the bounds of time allow. */
#include "webshell/machine.h"

enum {
	DEPTH_MOST = 256,
	LOOK_BACK = 4,
	UNCALLED_MOST = 2000, /* tokens of what a function that nobody calls calls */
};

/* One walk over all tokens before the machine starts. */
struct finder {
	struct machine *m;
	struct lexer x;
	struct token t, before[LOOK_BACK]; /* before[0]: the last one */
	uint32_t open[DEPTH_MOST]; /* the function whose body a brace opened, +1 */
	uint32_t depth;
	struct function candidate;
	unsigned stage; /* of a candidate: 1 name, 2 parameters, 3 before the body */
	unsigned round; /* brackets in its parameters */
	bool fallback; /* a default value: names in it are none of parameters */
	bool dull; /* functions without a telling token are left out */
	uint32_t told; /* telling tokens so far */
	uint32_t indents[DEPTH_MOST], indent_of[DEPTH_MOST], indent_count; /* Python */
};

/* The first letter is most often another one. */
static inline bool is_word(const struct token *t, const char *word)
{
	return t->kind == TOKEN_NAME && t->text.n > 0 && (t->text.p[0] | 0x20) == word[0] &&
	       t->text.n == strlen(word) &&
	       strncasecmp((const char *)t->text.p, word, t->text.n) == 0;
}

static uint32_t add_function(struct finder *f, struct wlex_place body)
{
	struct machine *m = f->m;
	f->stage = 0;
	if (m->function_count == FUNCTIONS)
		return 0;
	struct function *fn = &m->functions[m->function_count++];
	*fn = f->candidate;
	fn->body = body;
	fn->end = UINT32_MAX;
	fn->told = f->told;
	fn->name = heap_lower(&m->e->heap, fn->name);
	uint32_t at = fn->at;
	struct bytes key;
	uint64_t *place = heap_copy(&m->e->heap, bytes_of(&at, sizeof at), &key)
				  ? map_put(&m->by_place, key, NULL)
				  : NULL;
	if (place != NULL)
		*place = m->function_count;
	place = fn->name.n > 0 ? map_put(&m->by_name, fn->name, NULL) : NULL;
	if (place != NULL)
		*place = m->function_count;
	return m->function_count;
}

static void end_function(struct finder *f, uint32_t index)
{
	if (index == 0)
		return;
	struct function *fn = &f->m->functions[index - 1];
	fn->end = f->t.at;
	fn->after = wlex_tell(&f->x);
	fn->dull = f->dull && fn->told == f->told;
}

/* --- parameters --------------------------------------------------------------------------- */

static void take_parameter(struct finder *f)
{
	struct function *c = &f->candidate;
	enum lang lang = wlex_lang(&f->x);
	const struct token *t = &f->t;
	bool first = f->before[0].kind == TOKEN_OPEN || f->before[0].kind == TOKEN_COMMA;
	if (f->fallback || f->round != 1)
		return;
	if (is_word(t, "byval") || is_word(t, "byref") || is_word(t, "optional"))
		return;
	if (lang == LANG_VB && is_word(t, "as"))
		f->fallback = true;
	else if (t->kind == TOKEN_VAR || (t->kind == TOKEN_NAME && lang != LANG_PHP)) {
		if (c->param_count > 0 && !first && lang != LANG_PHP && lang != LANG_VB) {
			struct param *p = &c->params[c->param_count - 1];
			p->type = p->name; /* Type name */
			p->name = t->text;
		} else if (c->param_count < PARAMS) {
			c->params[c->param_count++] =
				(struct param){ .name = t->text, .ref = f->before[0].op == OP_AND };
		}
	}
}

static void in_parameters(struct finder *f)
{
	const struct token *t = &f->t;
	if (t->kind == TOKEN_OPEN)
		f->round++;
	if (t->kind == TOKEN_CLOSE && --f->round == 0) {
		f->stage = 3;
		return;
	}
	if (t->kind == TOKEN_COMMA && f->round == 1)
		f->fallback = false;
	if (t->kind == TOKEN_OP && (t->op == OP_ASSIGN || t->op == OP_COLON))
		f->fallback = true;
	take_parameter(f);
}

/* --- where one begins ----------------------------------------------------------------------- */

static void begin(struct finder *f, unsigned stage, struct bytes name)
{
	f->candidate = (struct function){ .at = f->t.at, .name = name };
	f->stage = stage;
	f->round = stage == 2;
	f->fallback = false;
}

/* Type name(…) {: told by two names before the bracket. */
static void begin_typed(struct finder *f)
{
	static const char *const none[] = { "if",           "for",   "while", "switch",  "catch",
					    "synchronized", "using", "lock",  "foreach", "return" };
	const struct token *name = &f->before[0], *type = &f->before[1];
	bool typed = type->kind == TOKEN_NAME || type->op == ']' || type->op == OP_LESS;
	if (name->kind != TOKEN_NAME || !typed || is_word(type, "new") || is_word(type, "return"))
		return;
	for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
		if (is_word(name, none[i]))
			return;
	begin(f, 2, name->text);
	f->candidate.at = name->at;
}

static bool begins_by_word(const struct finder *f, enum lang lang)
{
	const struct token *t = &f->t;
	bool member = f->before[0].op == OP_MEMBER && f->before[0].kind == TOKEN_OP;
	if (member)
		return false;
	switch (lang) {
	case LANG_PHP:
		return is_word(t, "function") || is_word(t, "fn");
	case LANG_JS:
	case LANG_CF:
		return is_word(t, "function");
	case LANG_PERL:
		return is_word(t, "sub");
	case LANG_PYTHON:
		return is_word(t, "def");
	case LANG_VB:
		return (is_word(t, "function") || is_word(t, "sub") || is_word(t, "property")) &&
		       !is_word(&f->before[0], "end") && !is_word(&f->before[0], "exit");
	default:
		return false;
	}
}

/* Between the word and the parameters, or between those and the body. */
static void around_parameters(struct finder *f, enum lang lang)
{
	const struct token *t = &f->t;
	bool word = f->stage == 1 && t->kind == TOKEN_NAME && !is_word(t, "get") &&
		    !is_word(t, "let") && !is_word(t, "set");
	if (word && f->candidate.name.n == 0) {
		f->candidate.name = t->text;
	} else if (f->stage == 1 && t->kind == TOKEN_OPEN && t->op == '(') {
		f->stage = 2;
		f->round = 1;
	} else if (t->kind == TOKEN_SEMI && lang == LANG_VB && f->stage >= 1) {
		uint32_t i = add_function(f, wlex_tell(&f->x));
		if (f->depth < DEPTH_MOST)
			f->open[f->depth++] = i;
	} else if (t->kind == TOKEN_OP && t->op == OP_COLON && lang == LANG_PYTHON &&
		   f->stage == 3) {
		uint32_t i = add_function(f, wlex_tell(&f->x));
		if (f->indent_count < DEPTH_MOST)
			f->indent_of[f->indent_count++] = i;
	} else if (t->kind == TOKEN_SEMI) {
		f->stage = 0;
	}
}

/* --- braces, indents, labels -------------------------------------------------------------------- */

static void brace(struct finder *f)
{
	if (f->t.kind == TOKEN_OPEN && f->t.op == '{') {
		uint32_t i = 0;
		if (f->stage == 3 || (f->stage == 1 && wlex_lang(&f->x) == LANG_PERL))
			i = add_function(f, wlex_tell(&f->x));
		if (f->depth < DEPTH_MOST)
			f->open[f->depth] = i;
		f->depth++;
	} else if (f->t.kind == TOKEN_CLOSE && f->t.op == '}' && f->depth > 0) {
		f->depth--;
		if (f->depth < DEPTH_MOST)
			end_function(f, f->open[f->depth]);
	}
}

static void end_indent(struct finder *f, uint32_t at)
{
	uint32_t i = f->indent_of[--f->indent_count];
	if (i == 0)
		return;
	f->m->functions[i - 1].end = at;
	f->m->functions[i - 1].after = wlex_tell(&f->x);
	f->m->functions[i - 1].after.at = at;
}

static void indent(struct finder *f)
{
	if (!f->t.first || f->x.open > 1)
		return;
	while (f->indent_count > 0 && f->t.column <= f->indents[f->indent_count - 1])
		end_indent(f, f->t.at);
}

static void label(struct finder *f)
{
	struct machine *m = f->m;
	const struct token *name = &f->before[0], *start = &f->before[1];
	bool starts = start->kind == TOKEN_SEMI || start->kind == TOKEN_END || start->op == '{' ||
		      start->op == '}' || start->op == OP_COLON;
	if (f->t.kind != TOKEN_OP || f->t.op != OP_COLON || name->kind != TOKEN_NAME || !starts ||
	    m->label_count == LABELS || is_word(name, "default") || is_word(name, "else"))
		return;
	m->labels[m->label_count].name = name->text;
	m->labels[m->label_count].taken = false;
	m->labels[m->label_count++].place = wlex_tell(&f->x);
}

static void find_one(struct finder *f)
{
	enum lang lang = wlex_lang(&f->x);
	if (lang == LANG_PYTHON)
		indent(f);
	if (lang == LANG_VB && f->depth > 0 && is_word(&f->before[0], "end") &&
	    (is_word(&f->t, "function") || is_word(&f->t, "sub") || is_word(&f->t, "property"))) {
		f->depth--;
		end_function(f, f->open[f->depth]);
		if (f->open[f->depth] != 0)
			f->m->functions[f->open[f->depth] - 1].end = f->before[0].at;
		return;
	}
	if (f->stage == 2) {
		in_parameters(f);
		return;
	}
	brace(f);
	if (begins_by_word(f, lang)) {
		begin(f, 1, bytes_of(NULL, 0));
		if (lang == LANG_PYTHON && f->indent_count < DEPTH_MOST)
			f->indents[f->indent_count] =
				f->t.column > 0 || f->t.first ? f->t.column : f->before[0].column;
		return;
	}
	if (f->stage != 0)
		around_parameters(f, lang);
	else if ((lang == LANG_JAVA || lang == LANG_CSHARP) && f->t.kind == TOKEN_OPEN &&
		 f->t.op == '(')
		begin_typed(f);
	label(f);
}

void functions_find(struct machine *m)
{
	struct finder f = { .m = m, .x = m->x, .dull = page_has_dull(m) };
	for (uint64_t n = 0; n < m->steps_max; n++) {
		wlex_next(&f.x, &f.t);
		if (f.t.kind == TOKEN_END)
			break;
		f.told += f.dull && token_tells(m, &f.t, &f.before[0]);
		find_one(&f);
		memmove(f.before + 1, f.before, sizeof f.before - sizeof f.before[0]);
		f.before[0] = f.t;
	}
	while (f.indent_count > 0) /* functions that the page ends with */
		end_indent(&f, (uint32_t)f.x.text.n);
}

/* --- going in and out ------------------------------------------------------------------------------ */

struct function *functions_at(struct machine *m, uint32_t at)
{
	uint64_t *i = map_get(&m->by_place, bytes_of(&at, sizeof at));
	return i == NULL || m->x.text.p != m->look->code.p ? NULL : &m->functions[*i - 1];
}

struct function *functions_named(struct machine *m, struct bytes name)
{
	uint64_t *i = map_get(&m->by_name, name);
	return i == NULL ? NULL : &m->functions[*i - 1];
}

static struct body *push_body(struct machine *m)
{
	if (m->body_count == BODIES || m->frame_count == FRAMES)
		return NULL;
	struct body *b = &m->bodies[m->body_count];
	*b = (struct body){ .back = m->x, .end = UINT32_MAX };
	b->frame = m->frame_count;
	b->report_at = m->body_count > 0 && m->bodies[m->body_count - 1].decoded
			       ? m->bodies[m->body_count - 1].report_at
			       : m->t.at;
	m->body_count++;
	(void)machine_open(m, FRAME_BODY, 0);
	m->x.queue = m->queues[m->body_count - 1];
	m->x.head = m->x.count = 0;
	return b;
}

static void bind(struct machine *m, const struct param *p, const struct value *v)
{
	struct var *var = vars_own(m, p->name);
	if (var == NULL)
		return;
	if (p->ref && v->ref != NULL) {
		vars_alias(m, p->name, v->ref);
		return;
	}
	var->v = *v;
	var->v.ref = NULL;
	var->v.base = NULL;
	var->v.key = NULL;
	if (var->v.path.n == 0)
		var->v.path = heap_lower(&m->e->heap, p->type);
}

/* Perl's @_ */
static void bind_all(struct machine *m, const struct value *args, size_t count)
{
	struct array *a = array_new(&m->e->arena);
	struct var *var = vars_own(m, BYTES_LIT("_"));
	if (a == NULL || var == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		(void)array_put(&m->e->arena, a, NULL, &args[i]);
	var->v = (struct value){ .kind = VALUE_ARRAY, .array = a };
	var->v.taint = array_any(a).taint;
	var->v.trace = array_any(a).trace;
}

/* A function that nobody has called yet goes less far than what the page does. */
static bool may_go_in(const struct machine *m)
{
	bool uncalled = m->body_count > 1 && m->bodies[1].definition;
	return m->inlined <= m->inlined_max &&
	       (!uncalled || m->inlined - m->inlined_before < UNCALLED_MOST);
}

bool functions_enter(struct machine *m, struct function *f, const struct value *args, size_t count,
		     bool definition)
{
	struct value none = { 0 };
	if (definition && m->page == PAGE_PYTHON && f->param_count > 0 && python_serves(m, f)) {
		none.taint = TAINT_INPUT;
		none.trace = trace_add(&m->e->arena, NULL, f->params[0].name);
	}
	if (f->active || m->stay || f->end == UINT32_MAX || m->body_count == BODIES ||
	    m->frame_count == FRAMES || (!definition && !may_go_in(m)))
		return false;
	if (definition && m->body_count == 1)
		m->inlined_before = m->inlined;
	struct lexer back = m->x;
	struct body *b = push_body(m);
	if (b == NULL)
		return false;
	m->x.text = m->look->code;
	m->x.pieces = m->pieces;
	m->x.piece_count = m->piece_count;
	wlex_seek(&m->x, f->body);
	b->back = back;
	b->function = (uint32_t)(f - m->functions) + 1;
	b->scope = ++m->scopes;
	b->end = f->end;
	b->definition = definition;
	if (definition)
		wlex_seek(&b->back, f->after);
	f->active = true;
	bool self = f->param_count > 0 && bytes_equal(f->params[0].name, BYTES_LIT("self"));
	for (uint32_t i = 0; i < f->param_count; i++)
		bind(m, &f->params[i],
		     i < self           ? &none
		     : i - self < count ? &args[i - self]
					: &none);
	if (wlex_lang(&m->x) == LANG_PERL)
		bind_all(m, args, count);
	return true;
}

bool functions_decoded(struct machine *m, struct bytes code, bool html)
{
	unsigned decoded = 0;
	for (uint32_t i = 0; i < m->body_count; i++)
		decoded += m->bodies[i].decoded;
	if (m->stay || code.n < 4 || code.n > UINT32_MAX || decoded >= DECODED_MOST ||
	    m->inlined > m->inlined_max)
		return false;
	uint32_t scope = m->bodies[m->body_count - 1].scope;
	enum lang lang = wlex_lang(&m->x);
	struct body *b = push_body(m);
	if (b == NULL)
		return false;
	b->scope = scope;
	b->decoded = true;
	b->piece = (struct piece){ .to = (uint32_t)code.n, .lang = lang };
	m->x.text = code;
	m->x.pieces = &b->piece;
	m->x.piece_count = 1;
	wlex_seek(&m->x, (struct wlex_place){ .html = html });
	return true;
}

static void begin_anew(struct machine *m)
{
	m->control = m->is_new = m->each = m->condition = false;
	m->member = OP_NONE;
	m->dollars = 0;
}

void functions_pass(struct machine *m, const struct function *f)
{
	struct value closure = { .kind = VALUE_FUNCTION, .number = f - m->functions };
	wlex_seek(&m->x, f->after);
	begin_anew(m);
	if (f->name.n == 0)
		machine_operand(m, closure);
}

void functions_leave(struct machine *m)
{
	struct body *b = &m->bodies[m->body_count - 1];
	struct value ret = b->ret;
	bool push = !b->definition, ends = b->ends;
	if (b->function != 0) {
		struct function *f = &m->functions[b->function - 1];
		f->active = false;
		struct var *named =
			wlex_lang(&m->x) == LANG_VB ? vars_get(m, f->name, false) : NULL;
		if (named != NULL && ret.kind == VALUE_UNKNOWN && ret.taint == 0)
			ret = named->v;
		if (b->definition && f->name.n == 0) {
			ret = (struct value){ .kind = VALUE_FUNCTION, .number = b->function - 1 };
			push = true;
		}
	}
	machine_unwind(m, b->frame);
	m->operand = m->frames[b->frame].operand;
	m->value_count = m->frames[b->frame].values;
	m->operator_count = m->frames[b->frame].operators;
	m->argument_count = m->frames[b->frame].arguments;
	m->frame_count--;
	perhaps_trim(m);
	m->x = b->back;
	m->body_count--;
	begin_anew(m);
	ret.ref = NULL;
	ret.base = NULL;
	ret.key = NULL;
	if (push)
		machine_operand(m, ret);
	if (ends)
		machine_statement_end(m);
}
