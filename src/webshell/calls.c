/* What is called: a function of the page, one of the language, or one that a value
 * names. */
#include "webshell/machine.h"

static bool is_path(struct bytes path, const char *word)
{
	return bytes_equal(path, bytes_str(word));
}

/* A call whose name is in its callee's text, table or taint. */
static void resolve(struct machine *m, struct call *c)
{
	const struct value *v = &c->callee;
	bool text = v->kind == VALUE_STRING && v->text.n > 0;
	c->path = v->path;
	if (wlex_lang(&m->x) != LANG_PHP)
		return;
	if (c->path.n > 0 && memchr(c->path.p, '[', c->path.n) == NULL)
		return;
	if (bytes_starts_with(c->path, BYTES_LIT("<new>"))) { /* new $x['name'](…) */
		c->path = BYTES_LIT("<new>");
		return;
	}
	c->path = bytes_of(NULL, 0); /* an element's */
	c->dynamic = true;
	if (v->kind == VALUE_ARRAY) {
		struct value one = value_number(1);
		struct value *name = array_get(v->array, &one);
		if (name != NULL && name->kind == VALUE_STRING &&
		    !heap_join(&m->e->heap, BYTES_LIT("."), heap_lower(&m->e->heap, name->text),
			       &c->path))
			c->path = v->path;
	} else if (text) {
		c->path = heap_lower(&m->e->heap, v->text);
		while (c->path.n > 0 && c->path.p[0] == '\\')
			c->path = bytes_sub(c->path, 1, c->path.n);
	} else if (v->taint != 0) {
		c->path = BYTES_LIT("<called>");
	}
}

/* --- what its value is --------------------------------------------------------------- */

static void join_arguments(const struct call *c, struct value *ret)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct value *a = &c->args[i];
		if ((a->taint & TAINT_INPUT) != 0 && (ret->taint & TAINT_INPUT) == 0)
			ret->trace = a->trace;
		ret->taint |= a->taint;
		if (ret->trace == NULL)
			ret->trace = a->trace;
	}
}

static struct bytes call_path(struct machine *m, struct bytes path)
{
	if (path.n > 200)
		path = bytes_sub(path, path.n - 100, path.n);
	(void)heap_join(&m->e->heap, path, BYTES_LIT("()"), &path);
	return path;
}

static bool is_plain_input(const struct value *v)
{
	return (v->taint & (TAINT_INPUT | TAINT_FAR | TAINT_PREFIXED)) == TAINT_INPUT;
}

/* A function that nobody knows. */
static struct value unknown_value(struct machine *m, const struct call *c)
{
	struct value v = value_origin(&c->callee);
	const struct ws_names *lists = m->e->rules.lists[m->page];
	bool theirs = (c->callee.taint & TAINT_INPUT) != 0;
	bool decoder = ws_names_next(&lists[LIST_DECODER], c->path, 0) != 0;
	v.at = c->at;
	if (c->path.n > 0 && ws_names_next(&lists[LIST_CLEANER], c->path, 0) != 0) {
		bool hash = is_path(c->path, "md5") || is_path(c->path, "sha1");
		v.taint = 0;
		v.trace = NULL;
		if (hash && c->count > 0 && is_plain_input(&c->args[0])) {
			v.path = BYTES_LIT("<hashed>");
			v.trace = c->args[0].trace;
		}
		return v;
	}
	join_arguments(c, &v);
	v.taint &= ~(uint32_t)TAINT_CHOSEN;
	if ((v.taint & ~(uint32_t)(TAINT_BUILT | TAINT_PIECE)) == 0)
		v.taint = 0; /* realpath(dirname(__FILE__)) */
	if (decoder)
		v.taint |= TAINT_DECODED;
	if (v.taint != 0 && !decoder && !theirs && (m->page == PAGE_PHP || m->page == PAGE_PYTHON))
		v.taint |= TAINT_FAR;
	if (v.taint != 0 && c->path.n > 0)
		v.trace = trace_add(&m->e->arena, v.trace, c->path);
	v.path = call_path(m, c->path);
	vars_source(m, &v);
	return v;
}

/* --- objects that are made by name ------------------------------------------------------ */

static bool ends_with(struct bytes path, const char *word)
{
	return bytes_ends_with(path, bytes_str(word));
}

static bool named_object(struct machine *m, const struct call *c, struct value *ret)
{
	static const char *const makers[] = { "createobject",
					      "createobjectw",
					      "new activexobject",
					      "activexobject",
					      "getobject",
					      "gettypefromprogid",
					      "forname",
					      "loadclass",
					      "__import__",
					      "import_module",
					      "getenginebyname",
					      "getenginebyextension",
					      "new reflectionfunction",
					      "gettype",
					      "createinstance",
					      "new com" };
	bool is = false;
	if (c->count == 0)
		return false;
	for (size_t i = 0; i < sizeof makers / sizeof makers[0] && !is; i++)
		is = ends_with(c->path, makers[i]);
	const struct value *a = &c->args[0];
	if (!is || (a->kind != VALUE_STRING && a->path.n == 0))
		return false;
	*ret = value_origin(a);
	ret->at = c->at;
	ret->path = a->kind == VALUE_STRING ? heap_lower(&m->e->heap, a->text) : a->path;
	if (ends_with(c->path, "reflectionfunction")) {
		ret->kind = a->kind;
		ret->text = a->text;
		ret->path = BYTES_LIT("reflectionfunction");
	}
	return true;
}

/* getMethod("exec"), getattr(os, "system"), InvokeMember("Load") */
static bool named_member(struct machine *m, const struct call *c, struct value *ret)
{
	bool attr = is_path(c->path, "getattr") && c->count >= 2;
	bool method =
		(ends_with(c->path, ".getmethod") || ends_with(c->path, ".getdeclaredmethod") ||
		 ends_with(c->path, "callbyname")) &&
		c->count >= 1;
	if (!attr && !method)
		return false;
	const struct value *name = &c->args[attr];
	struct value base = attr ? c->args[0] : c->callee;
	for (size_t i = base.path.n; !attr && i > 0; i--)
		if (base.path.p[i - 1] == '.') {
			base.path = bytes_sub(base.path, 0, i - 1);
			break;
		}
	base.taint |= name->taint;
	if (name->kind == VALUE_STRING) {
		*ret = vars_member(m, &base, name->text);
		return true;
	}
	*ret = value_origin(name);
	ret->path = BYTES_LIT("<member>");
	return true;
}

/* --- code in texts ------------------------------------------------------------------------- */

/* create_function's parameters: what its function will be given. */
static void made_parameters(struct machine *m, const struct value *list)
{
	struct bytes rest = list->kind == VALUE_STRING ? list->text : BYTES_LIT(""), name;
	while (bytes_next_field(&rest, ',', &name)) {
		name = bytes_trim(name);
		struct var *var = name.n < 2 || name.p[0] != '$'
					  ? NULL
					  : vars_get(m, bytes_sub(name, 1, name.n), true);
		if (var != NULL)
			var->v = (struct value){ .taint = TAINT_BUILT };
	}
}

/* preg_replace("/…/e", "…"): the second is code. */
static bool replaces_with_code(const struct call *c)
{
	if (!is_path(c->path, "preg_replace") || c->count < 3 || c->args[0].kind != VALUE_STRING)
		return false;
	struct bytes p = c->args[0].text;
	size_t flags = p.n;
	while (flags > 1 && wlex_is_first(p.p[flags - 1]))
		flags--;
	return p.n > 2 && p.n - flags < 8 && memchr(p.p + flags, 'e', p.n - flags) != NULL;
}

/* eval("…") of a text that is known: its code is read in its place. */
static bool code_in_text(struct machine *m, const struct call *c)
{
	static const char *const names[] = { "eval",          "assert", "execute",
					     "executeglobal", "exec",   "evaluate" };
	bool made = is_path(c->path, "create_function") && c->count > 1;
	bool is = made || replaces_with_code(c);
	const struct value *code = &c->args[is];
	for (size_t i = 0; i < sizeof names / sizeof names[0] && !is; i++)
		is = is_path(c->path, names[i]);
	if (!is || c->count == 0 || code->kind != VALUE_STRING)
		return false;
	if (wlex_lang(&m->x) == LANG_PHP && is_path(c->path, "exec"))
		return false;
	if (made)
		made_parameters(m, &c->args[0]);
	return functions_decoded(m, code->text, false);
}

/* --- functions that are given to functions ---------------------------------------------------- */

/* It gives its own arguments on. */
static bool in_order(struct bytes path)
{
	return bytes_starts_with(path, BYTES_LIT("call_user_")) ||
	       bytes_starts_with(path, BYTES_LIT("forward_")) ||
	       bytes_starts_with(path, BYTES_LIT("register_"));
}

static bool callback(struct machine *m, struct call *c, struct value *ret)
{
	uint32_t mask = ws_names_args(&m->e->rules.lists[m->page][LIST_CALLBACK], c->path);
	struct value args[WS_ARGS];
	size_t n = 0, which = mask == 0 ? 0 : (size_t)__builtin_ctz(mask);
	if (mask != 0 && which > 0 && c->count == 1 && !is_path(c->path, "array_filter") &&
	    c->args[0].kind == VALUE_UNKNOWN && (c->args[0].taint & TAINT_INPUT) != 0)
		which = 0; /* usort(...$_GET) */
	if (mask == 0 || which >= c->count)
		return false;
	for (size_t i = 0; i < c->count; i++) {
		if (i == which)
			continue;
		args[n] = c->args[i];
		if (args[n].kind == VALUE_ARRAY && !is_path(c->path, "call_user_func"))
			args[n] = array_any(args[n].array);
		args[n].taint |= c->args[i].taint;
		args[n].trace = c->args[i].trace;
		n++;
	}
	if (n == 0 && is_path(c->path, "ob_start")) /* what the page prints */
		args[n++] = (struct value){ .taint = TAINT_REMOTE };
	if (n == 0 && memchr(c->path.p, '.', c->path.n) != NULL) /* the object's elements */
		args[n++] = value_origin(&c->callee);
	if (n == 0 && c->count == 1 && (c->args[which].taint & TAINT_INPUT) != 0)
		args[n++] = value_origin(&c->args[which]);
	for (size_t i = 1; i < n && !in_order(c->path); i++) /* what is walked over comes first */
		if ((args[0].taint & TAINT_INPUT) == 0 && (args[i].taint & TAINT_INPUT) != 0) {
			struct value first = args[0];
			args[0] = args[i];
			args[i] = first;
		}
	struct value options = value_text(BYTES_LIT("options"));
	struct value *filter = c->args[which].kind == VALUE_ARRAY && is_path(c->path, "filter_var")
				       ? array_get(c->args[which].array, &options)
				       : NULL;
	struct call inner = { .callee = filter != NULL ? *filter : c->args[which],
			      .args = args,
			      .count = n,
			      .at = c->at };
	if (bytes_starts_with(inner.callee.path, BYTES_LIT("new "))) {
		struct function *f = functions_named(m, BYTES_LIT("__invoke"));
		return f != NULL && functions_enter(m, f, args, n, false);
	}
	inner.callee.path = bytes_of(NULL, 0);
	inner.dynamic = true;
	resolve(m, &inner);
	if (inner.callee.kind == VALUE_FUNCTION) {
		struct function *f = &m->functions[inner.callee.number];
		return functions_enter(m, f, args, n, false);
	}
	sink_check(m, &inner);
	if (code_in_text(m, &inner))
		return true;
	struct function *f = functions_named(m, inner.path);
	if (f != NULL && functions_enter(m, f, args, n, false))
		return true;
	(void)ret;
	return false;
}

/* --- the whole ------------------------------------------------------------------------------- */

/* The name under which a page's function is called: its own, or a method's. */
static struct bytes own_name(struct bytes path)
{
	if (ends_with(path, ".newinstance") || ends_with(path, ".newinstanceargs"))
		return BYTES_LIT("__construct");
	for (size_t i = path.n; i > 0; i--)
		if (path.p[i - 1] == '.')
			return bytes_sub(path, i, path.n);
	if (path.n > 4 && memcmp(path.p, "new ", 4) == 0)
		return ends_with(path, "()") ? BYTES_LIT("__invoke") : BYTES_LIT("__construct");
	return path;
}

/* __call takes the methods that a class has not. */
static bool any_method(struct machine *m, const struct call *c, struct bytes name)
{
	struct function *f = functions_named(m, BYTES_LIT("__call"));
	struct array *list = f == NULL ? NULL : array_new(&m->e->arena);
	if (list == NULL)
		return false;
	struct value args[2] = { value_text(name), { .kind = VALUE_ARRAY, .array = list } };
	for (size_t i = 0; i < c->count; i++) {
		(void)array_put(&m->e->arena, list, NULL, &c->args[i]);
		args[1].taint |= c->args[i].taint;
	}
	return functions_enter(m, f, args, 2, false);
}

static bool own_function(struct machine *m, const struct call *c)
{
	if (c->callee.kind == VALUE_FUNCTION)
		return functions_enter(m, &m->functions[c->callee.number], c->args, c->count,
				       false);
	struct bytes name = own_name(c->path);
	struct function *f = name.n == 0 ? NULL : functions_named(m, name);
	if (f == NULL && m->page == PAGE_PHP && name.n < c->path.n)
		return any_method(m, c, name);
	return f != NULL && functions_enter(m, f, c->args, c->count, false);
}

/* A statement of the language that takes values. */
static bool statement(struct machine *m, const struct call *c, struct value *ret)
{
	if ((is_path(c->path, "return") || is_path(c->path, "yield")) && c->count > 0) {
		struct body *b = &m->bodies[m->body_count - 1];
		b->ret = b->ret.kind == VALUE_UNKNOWN && b->ret.taint == 0
				 ? c->args[0]
				 : value_meet(&b->ret, &c->args[0]);
	} else if (is_path(c->path, "with") && wlex_lang(&m->x) == LANG_VB && c->count > 0) {
		m->with = c->args[0];
	} else if (is_path(c->path, "define") && c->count > 1 && c->args[0].kind == VALUE_STRING) {
		struct var *var = vars_global(m, "const ", c->args[0].text, true);
		if (var != NULL)
			var->v = c->args[1];
	} else {
		return false;
	}
	*ret = (struct value){ 0 };
	return true;
}

static struct bytes last_name(struct bytes path)
{
	for (size_t i = path.n; i > 0; i--)
		if (path.p[i - 1] == '/')
			return bytes_sub(path, i, path.n);
	return path;
}

/* A file that now has what a visitor sends. */
static void note_written(struct machine *m, const struct call *c)
{
	if (!is_path(c->path, "file_put_contents") || c->count < 2 ||
	    (c->args[1].taint & TAINT_INPUT) == 0 || (c->args[1].taint & TAINT_FAR) != 0)
		return;
	const struct value *name = &c->args[0];
	if (name->kind == VALUE_STRING) {
		(void)vars_global(m, "written ", last_name(name->text), true);
	} else if (name->kind == VALUE_UNKNOWN && name->ref != NULL) {
		name->ref->v.taint |= TAINT_UPLOAD;
		name->ref->v.trace = c->args[1].trace;
	}
}

/* include "php://input": what is sent; include "a.php", where that was kept. */
static bool includes_stream(struct machine *m, const struct call *c, struct value *sent)
{
	bool includes = bytes_starts_with(c->path, BYTES_LIT("include")) ||
			bytes_starts_with(c->path, BYTES_LIT("require"));
	if (!includes || m->page != PAGE_PHP || c->count == 0 || c->args[0].kind != VALUE_STRING)
		return false;
	*sent = (struct value){ .path = heap_lower(&m->e->heap, c->args[0].text) };
	vars_source(m, sent);
	if (vars_global(m, "written ", last_name(c->args[0].text), false) != NULL)
		sent->taint |= TAINT_UPLOAD;
	return sent->taint != 0;
}

/* Its arguments may be references: what they are now is not known. */
static void may_set(const struct call *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (c->args[i].ref != NULL && c->args[i].ref->block == 0)
			c->args[i].ref->block = UINT32_MAX;
}

bool call_finish(struct machine *m, struct call *c, struct value *ret)
{
	struct value sent;
	resolve(m, c);
	if (includes_stream(m, c, &sent)) {
		c->args = &sent;
		c->count = 1;
	}
	if (statement(m, c, ret))
		return false;
	sink_check(m, c);
	may_set(c);
	if (bytes_starts_with(c->path, BYTES_LIT("include")) ||
	    bytes_starts_with(c->path, BYTES_LIT("require"))) {
		m->included = true;
		m->part |= c->count > 0 && (c->args[0].taint & TAINT_INPUT) == 0;
	}
	note_written(m, c);
	if (code_in_text(m, c) || own_function(m, c) || callback(m, c, ret))
		return true;
	if (!named_object(m, c, ret) && !named_member(m, c, ret) && !builtin_call(m, c, ret))
		*ret = unknown_value(m, c);
	return false;
}
