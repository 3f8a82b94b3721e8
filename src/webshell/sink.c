/* Where it must not arrive: calls and assignments that rules name. */
#include "webshell/machine.h"

enum { STEPS_MOST = 12, WORD_MOST = 60 };

static size_t place_of(const struct machine *m, uint32_t at)
{
	const struct body *b = &m->bodies[m->body_count - 1];
	return m->x.text.p == m->look->code.p ? at : b->report_at;
}

/* "$_POST['x'] -> base64_decode -> eval" */
static void tell(struct machine *m, uint32_t rule, uint32_t at, const struct value *v,
		 struct bytes sink)
{
	struct bytes steps[STEPS_MOST + 2];
	size_t n = 0;
	cleanup_buf struct buf text = buf_max(CHECK_EVIDENCE_MAX);
	for (const struct trace *t = v->trace; t != NULL && n < STEPS_MOST; t = t->prev)
		steps[n++] = t->word;
	while (n > 0) {
		struct bytes s = steps[--n];
		(void)buf_append(&text, s.p, s.n < WORD_MOST ? s.n : WORD_MOST, NULL);
		(void)buf_append_str(&text, " -> ", NULL);
	}
	if (v->trace == NULL && (v->taint & (TAINT_DECODED | TAINT_BUILT)) != 0)
		(void)buf_append_str(&text, "a disguised text -> ", NULL);
	(void)buf_append(&text, sink.p, sink.n < WORD_MOST ? sink.n : WORD_MOST, NULL);
	look_tell(m->look, rule, place_of(m, at), buf_view(&text));
}

static bool tainted(const struct value *v, uint32_t from, uint32_t not )
{
	return (v->taint & from) != 0 && (v->taint & not ) == 0;
}

/* "0&1": the second is a visitor's, or comes from where the first may come, by a way
 * that can be told. */
static bool also_from(const struct value *v, uint32_t from)
{
	return (v->taint & (TAINT_INPUT | TAINT_UPLOAD)) != 0 ||
	       ((v->taint & from) != 0 && v->trace != NULL);
}

/* The argument that makes the sink's rule fire; NULL: none does. */
static const struct value *fires(const struct ws_sink *s, const struct ws_rule *r,
				 const struct value *args, size_t count)
{
	const struct value *found = NULL;
	for (size_t i = 0; i < count && i < 32; i++) {
		if ((s->args >> i & 1) != 0 && found == NULL && tainted(&args[i], r->from, r->not ))
			found = &args[i];
		if ((s->both >> i & 1) != 0 && !also_from(&args[i], r->from))
			return NULL;
	}
	if (s->both >> (count < 31 ? count : 31) != 0)
		return NULL;
	return found;
}

void sink_path(struct machine *m, struct bytes path, uint32_t at, const struct value *args,
	       size_t count)
{
	const struct ws_names *names = &m->e->rules.sinks[m->page];
	for (uint32_t i = 0; path.n > 0 && (i = ws_names_next(names, path, i)) != 0;) {
		const struct ws_sink *s = &names->list[i - 1];
		const struct ws_rule *r = &m->e->rules.list[s->rule];
		bool passed = m->look->fired[s->rule] || (m->part && (r->not &TAINT_PART) != 0);
		const struct value *v = passed ? NULL : fires(s, r, args, count);
		if (v != NULL)
			tell(m, s->rule, at, v, path);
	}
}

/* preg_replace with the modifier e evaluates; perl's open with | starts. */
static struct bytes special(struct machine *m, const struct call *c)
{
	bool preg = bytes_equal(c->path, BYTES_LIT("preg_replace")) ||
		    bytes_equal(c->path, BYTES_LIT("preg_filter"));
	bool ereg = bytes_ends_with(c->path, BYTES_LIT("ereg_replace"));
	if (m->page == PAGE_PERL && perl_runs_list(c))
		return BYTES_LIT("");
	bool open = m->page == PAGE_PERL && bytes_equal(c->path, BYTES_LIT("open"));
	const struct value *p = c->count > 0 ? &c->args[0] : NULL;
	if (ereg && c->count > 3 && c->args[3].kind == VALUE_STRING &&
	    memchr(c->args[3].text.p, 'e', c->args[3].text.n) != NULL)
		return BYTES_LIT("preg_replace/e");
	if (open && c->count > 1 && c->args[1].kind == VALUE_UNKNOWN)
		return BYTES_LIT("open/pipe");
	if (!preg || p == NULL)
		return c->path;
	if (p->kind == VALUE_ARRAY && p->array->count > 0)
		p = &p->array->list[0].v;
	if (p->kind != VALUE_STRING || p->text.n < 2)
		return (p->taint & (TAINT_INPUT | TAINT_UPLOAD)) != 0 &&
				       (p->taint & (TAINT_PREFIXED | TAINT_FAR)) == 0
			       ? BYTES_LIT("preg_replace/e")
			       : c->path;
	uint8_t open_mark = p->text.p[0];
	uint8_t mark = open_mark == '{'   ? '}'
		       : open_mark == '(' ? ')'
		       : open_mark == '[' ? ']'
					  : open_mark;
	for (size_t i = p->text.n; i > 0 && p->text.p[i - 1] != mark; i--)
		if (p->text.p[i - 1] == 'e')
			return BYTES_LIT("preg_replace/e");
	return c->path;
}

void sink_check(struct machine *m, const struct call *c)
{
	struct bytes path = special(m, c);
	hidden_check(m, c);
	bool by_value = bytes_equal(path, BYTES_LIT("<called>")) ||
			bytes_equal(path, BYTES_LIT("<method>")) ||
			bytes_equal(path, BYTES_LIT("<new>")) ||
			bytes_equal(path, BYTES_LIT("<member>"));
	if (!by_value)
		sink_path(m, path, c->at, c->args, c->count);
	if (bytes_equal(path, BYTES_LIT("unserialize")) && c->count > 0 &&
	    (c->args[0].taint & (TAINT_INPUT | TAINT_FAR)) == TAINT_INPUT)
		m->objects = value_origin(&c->args[0]);
	if (!by_value && (!c->dynamic || (c->callee.taint & TAINT_PIECE) == 0))
		return;
	if (!by_value) /* its name is another one in the loop's next turn */
		path = BYTES_LIT("<called>");
	struct value both[2] = { c->callee, { 0 } };
	for (size_t i = 0; i < c->count; i++) {
		both[1].taint |= c->args[i].taint;
		if (c->args[i].kind == VALUE_STRING && runs_input(c->args[i].text))
			both[1].taint |= TAINT_INPUT;
		if ((c->args[i].taint & TAINT_INPUT) != 0 || both[1].trace == NULL)
			both[1].trace = c->args[i].trace;
	}
	sink_path(m, path, c->at, both, 2);
}

void sink_assigned(struct machine *m, struct bytes path, const struct value *v)
{
	struct bytes name;
	if (v->taint == 0 || !heap_join(&m->e->heap, BYTES_LIT("="), path, &name))
		return;
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '.') { /* only members can be sinks */
			sink_path(m, name, m->t.at, v, 1);
			return;
		}
}
