/* Variables, fields and elements: what a name stands for, and what an assignment does. */
#include "webshell/machine.h"

enum { PATH_MOST = 200 };

static const uint32_t lost =
	TAINT_INPUT | TAINT_DECODED | TAINT_BUILT | TAINT_REMOTE | TAINT_UPLOAD | TAINT_STORED;

static uint32_t scope_of(const struct machine *m)
{
	return m->body_count == 0 ? 0 : m->bodies[m->body_count - 1].scope;
}

/* A scope's or sort's name before the variable's, as one key. */
static struct var *find(struct machine *m, struct bytes sort, struct bytes name, bool make)
{
	struct heap *h = &m->e->heap;
	uint8_t *p = heap_room(h, sort.n + name.n);
	if (p == NULL)
		return NULL;
	memcpy(p, sort.p, sort.n);
	if (name.n > 0)
		memcpy(p + sort.n, name.p, name.n);
	struct bytes key = bytes_of(p, sort.n + name.n);
	uint64_t *place = map_get(&m->vars, key);
	if (place != NULL)
		return (struct var *)(uintptr_t)*place;
	struct var *v = make ? arena_alloc(&m->e->arena, sizeof *v) : NULL;
	if (v == NULL)
		return NULL;
	place = map_put(&m->vars, heap_keep(h, p, key.n), NULL);
	if (place == NULL)
		return NULL;
	*place = (uintptr_t)v;
	return v;
}

static struct var *scoped(struct machine *m, uint32_t scope, struct bytes name, bool make)
{
	return find(m, bytes_of(&scope, sizeof scope), name, make);
}

struct var *vars_global(struct machine *m, const char *sort, struct bytes name, bool make)
{
	if (sort[0] == '\0')
		return scoped(m, 0, name, make);
	return find(m, bytes_str(sort), name, make);
}

struct var *vars_get(struct machine *m, struct bytes name, bool make)
{
	uint32_t scope = scope_of(m);
	struct var *v = scoped(m, scope, name, false);
	bool perl = wlex_lang(&m->x) == LANG_PERL;
	if (v == NULL && scope != 0 && wlex_lang(&m->x) != LANG_PHP && !(perl && m->mine))
		v = scoped(m, 0, name, false);
	if (v != NULL || !make)
		return v;
	return scoped(m, perl && !m->mine ? 0 : scope, name, true);
}

struct var *vars_own(struct machine *m, struct bytes name)
{
	return scoped(m, scope_of(m), name, true);
}

void vars_alias(struct machine *m, struct bytes name, struct var *to)
{
	uint32_t scope = scope_of(m);
	struct var *made = scoped(m, scope, name, true);
	uint8_t *p = made == NULL ? NULL : heap_room(&m->e->heap, sizeof scope + name.n);
	if (p == NULL)
		return;
	memcpy(p, &scope, sizeof scope);
	memcpy(p + sizeof scope, name.p, name.n);
	uint64_t *place = map_get(&m->vars, bytes_of(p, sizeof scope + name.n));
	if (place != NULL)
		*place = (uintptr_t)to;
}

/* --- assignment ------------------------------------------------------------------------- */

static void assign_var(struct machine *m, struct var *var, const struct value *v)
{
	uint32_t depth = m->frame_count + m->unsure_count, block = machine_top(m)->block;
	struct value old = var->v;
	bool sure = var->block == block || depth < var->depth || old.taint == 0;
	var->v = *v;
	var->v.ref = NULL;
	var->v.base = NULL;
	var->v.key = NULL;
	if (!sure && (v->taint & lost) == 0) {
		var->v.taint |= old.taint;
		var->v.trace = old.trace;
		if (var->v.path.n == 0)
			var->v.path = old.path;
		if (v->taint == 0 && v->kind == VALUE_STRING) { /* either */
			var->v.kind = VALUE_UNKNOWN;
			var->v.text = bytes_of(NULL, 0);
		}
	}
	var->depth = depth;
	var->block = block;
}

/* $text[$i] = … deciphers in place: it stays a text. */
static bool is_sent_text(const struct value *base, const struct key *key)
{
	return base->kind == VALUE_UNKNOWN && base->path.n == 0 && key->kind != VALUE_STRING &&
	       (base->taint & (TAINT_INPUT | TAINT_DECODED)) != 0;
}

/* if (…) { $param{cmd} = 'ls'; }: it may be what it was. */
static void keep_taint(struct value *v, struct array *a, const struct value *key)
{
	const struct value *old = key == NULL ? NULL : array_get(a, key);
	if (old == NULL)
		old = &a->rest;
	if ((v->taint & lost) == 0 && old->taint != 0)
		*v = value_origin(old);
}

static void assign_element(struct machine *m, const struct value *to, const struct value *v)
{
	struct value key = { 0 }, *base = &to->base->v;
	if (to->key != NULL && is_sent_text(base, to->key)) {
		base->taint |= v->taint;
		return;
	}
	if (to->key != NULL && base->kind == VALUE_STRING && to->key->kind != VALUE_STRING &&
	    base->text.n > 0) {
		*base = (struct value){ .taint = base->taint | v->taint | TAINT_BUILT,
					.trace = base->trace };
		return;
	}
	if (to->key != NULL)
		key = (struct value){ .kind = to->key->kind,
				      .text = to->key->text,
				      .number = to->key->number };
	if (base->kind != VALUE_ARRAY) {
		struct array *a = array_new(&m->e->arena);
		if (a == NULL)
			return;
		a->rest = value_origin(base);
		base->kind = VALUE_ARRAY;
		base->array = a;
	}
	struct value plain = *v;
	if (wlex_lang(&m->x) == LANG_PERL && machine_top(m)->block != to->base->block)
		keep_taint(&plain, base->array, to->key == NULL ? NULL : &key);
	plain.ref = NULL;
	plain.base = NULL;
	plain.key = NULL;
	(void)array_put(&m->e->arena, base->array, to->key == NULL ? NULL : &key, &plain);
	base->taint |= v->taint;
	if (base->trace == NULL)
		base->trace = v->trace;
}

/* list($a, $b) = … */
static void assign_list(struct machine *m, const struct array *to, const struct value *v)
{
	for (size_t i = 0; i < to->count && i < ARRAY_NAMED_MOST; i++) {
		const struct element *e = &to->list[i];
		struct value key = e->key.p != NULL ? value_text(e->key) : value_number(e->number);
		struct value part =
			v->kind == VALUE_ARRAY ? vars_element(m, v, &key) : value_origin(v);
		if (e->v.ref != NULL)
			assign_var(m, e->v.ref, &part);
	}
}

void vars_assign(struct machine *m, const struct value *to, const struct value *v)
{
	if (to->path.n > 0)
		sink_assigned(m, to->path, v);
	if (to->kind == VALUE_ARRAY && to->ref == NULL && to->array != NULL)
		assign_list(m, to->array, v);
	else if (to->base != NULL)
		assign_element(m, to, v);
	else if (to->ref != NULL)
		assign_var(m, to->ref, v);
}

/* --- reading ------------------------------------------------------------------------------ */

static struct bytes extend(struct machine *m, struct bytes path, const char *between,
			   struct bytes name)
{
	struct bytes ret = name;
	if (path.n > PATH_MOST)
		path = bytes_sub(path, path.n - PATH_MOST / 2, path.n);
	if (path.n > 0 && heap_join(&m->e->heap, path, bytes_str(between), &ret))
		(void)heap_join(&m->e->heap, ret, name, &ret);
	return ret;
}

void vars_source(struct machine *m, struct value *v)
{
	uint32_t kinds = ws_names_args(&m->e->rules.lists[m->page][LIST_SOURCE], v->path);
	if (kinds == 0)
		return;
	v->taint |= kinds;
	v->trace = trace_add(&m->e->arena, NULL, v->path);
}

/* $_ and $_f are variables like others. */
static bool is_superglobal(struct bytes name)
{
	static const char *const names[] = { "_GET",   "_POST",   "_REQUEST", "_COOKIE",
					     "_FILES", "_SERVER", "_ENV",     "_SESSION" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (bytes_equal(name, bytes_str(names[i])))
			return true;
	return bytes_starts_with(name, BYTES_LIT("HTTP_"));
}

bool vars_is_request(const struct value *v)
{
	return v->kind == VALUE_STRING && v->text.n > 3 && is_superglobal(v->text);
}

struct value vars_variable(struct machine *m, struct bytes name)
{
	struct var *var = vars_get(m, name, true);
	struct value v = { 0 };
	if (var != NULL)
		v = var->v;
	if (var != NULL && var->block == 0 && v.kind == VALUE_UNKNOWN && v.taint == 0)
		v = m->extracted;
	v.ref = var;
	v.at = m->t.at;
	if (m->page == PAGE_PERL && bytes_equal(name, BYTES_LIT("ENV")))
		v = (struct value){ .path = BYTES_LIT("env"), .at = m->t.at };
	if (m->page == PAGE_PHP && bytes_equal(name, BYTES_LIT("GLOBALS")))
		v.path = BYTES_LIT("globals");
	if (m->page == PAGE_PHP && is_superglobal(name)) {
		v.path = extend(m, bytes_of(NULL, 0), "", heap_lower(&m->e->heap, name));
		vars_source(m, &v);
		if (bytes_equal(v.path, BYTES_LIT("_server")) ||
		    bytes_equal(v.path, BYTES_LIT("_env")))
			v.taint = 0;
		if (var != NULL && var->v.kind == VALUE_UNKNOWN) { /* $_GET['a'] = … */
			var->v.taint |= v.taint;
			var->v.trace = v.trace;
		}
	}
	return v;
}

struct value vars_name(struct machine *m, struct bytes name)
{
	struct value v = { .at = m->t.at };
	bool php = wlex_lang(&m->x) == LANG_PHP;
	struct bytes low = heap_lower(&m->e->heap, name);
	struct var *var = php ? vars_global(m, "const ", name, false) : vars_get(m, low, true);
	if (var != NULL)
		v = var->v;
	v.at = m->t.at;
	v.ref = php ? NULL : var;
	if (php && var == NULL && !bytes_starts_with(name, BYTES_LIT("__")))
		v.text = name; /* PHP before 8: an unknown constant is its own name */
	if (v.path.n == 0 && !(php && v.kind != VALUE_UNKNOWN))
		v.path = low;
	if (v.taint == 0 && v.kind == VALUE_UNKNOWN)
		vars_source(m, &v);
	return v;
}

struct value vars_member(struct machine *m, const struct value *base, struct bytes name)
{
	struct bytes low = heap_lower(&m->e->heap, name);
	struct value v = { .at = base->at, .taint = base->taint, .trace = base->trace };
	struct bytes path = base->path;
	if (bytes_equal(path, BYTES_LIT("reflectionfunction"))) {
		v = *base;
		v.path = bytes_of(NULL, 0);
		return v;
	}
	struct var *var = vars_global(m, ".", low, true);
	bool own = bytes_equal(path, BYTES_LIT("this")) || bytes_equal(path, BYTES_LIT("self")) ||
		   bytes_equal(path, BYTES_LIT("static")) || (base->taint == 0 && path.n == 0);
	if (var != NULL && (own || (base->taint & lost) == 0)) {
		uint32_t taint = v.taint;
		v = var->v;
		v.taint |= taint;
		v.at = base->at;
		v.ref = var;
	}
	if (m->ends > 0 && m->objects.taint != 0 && own)
		v = m->objects;
	if (v.path.n == 0 || !own)
		v.path = extend(m, path.n == 0 && m->page == PAGE_PHP ? BYTES_LIT("?") : path, ".",
				low);
	vars_source(m, &v);
	return v;
}

/* "$_POST['x']" for people. */
static struct bytes source_word(struct machine *m, const struct value *base)
{
	size_t end = m->t.at + 1;
	if (m->x.text.p != m->look->code.p || end < base->at || end - base->at > 48 ||
	    end > m->x.text.n)
		return base->path;
	return bytes_sub(m->x.text, base->at, end);
}

/* $_SERVER and the like: only some of it is what a visitor says. */
static void element_source(struct machine *m, const struct value *base, const struct value *key,
			   struct value *v)
{
	if (base->path.n == 0 || key->kind != VALUE_STRING)
		return;
	struct bytes low = heap_lower(&m->e->heap, key->text);
	if (low.n > 5 && memcmp(low.p, "http_", 5) == 0)
		low = BYTES_LIT("http_*");
	struct value part = { .path = extend(m, base->path, "[", low) };
	vars_source(m, &part);
	v->taint |= part.taint;
	if (part.taint != 0)
		v->trace = part.trace;
}

static struct value character(struct machine *m, const struct value *base, int64_t at)
{
	if (at < 0)
		at += (int64_t)base->text.n;
	struct value v = value_text(bytes_of("", 0));
	if (at >= 0 && (uint64_t)at < base->text.n)
		v.text = bytes_sub(base->text, (size_t)at, (size_t)at + 1);
	v.taint = base->taint;
	v.trace = base->trace;
	(void)m;
	return v;
}

void vars_checked(struct machine *m, const struct value *v)
{
	if (m->page != PAGE_PHP || (v->taint & TAINT_INPUT) == 0)
		return;
	bool element = v->path.n > 0 && memchr(v->path.p, '[', v->path.n) != NULL;
	if (element && v->path.p[0] == '_')
		(void)vars_global(m, "checked ", v->path, true);
	if (v->ref != NULL && (element || v->path.n == 0))
		v->ref->v.taint = TAINT_CLEAN;
}

/* $s[$i], $list[$i]: in a loop a name is put together of such. */
static void mark_piece(const struct value *base, const struct value *key, struct value *v)
{
	bool is = base->kind == VALUE_STRING ||
		  (base->kind == VALUE_ARRAY && v->kind == VALUE_STRING && v->text.n <= PIECE_MOST);
	if (key->ref != NULL && is)
		v->taint |= TAINT_PIECE | TAINT_BUILT;
}

struct value vars_element(struct machine *m, const struct value *base, const struct value *key)
{
	struct value v = value_origin(base);
	int64_t n;
	if (key->kind == VALUE_STRING && bytes_equal(base->path, BYTES_LIT("globals"))) {
		struct var *var = vars_global(m, "", key->text, true);
		v = vars_variable(m, key->text);
		if (v.path.n == 0 && var != NULL)
			v = var->v;
		v.ref = var;
		v.at = base->at;
		return v;
	}
	if (base->kind == VALUE_ARRAY) {
		struct value *e = array_get(base->array, key);
		if (e != NULL)
			v = *e;
		else if (key->kind == VALUE_UNKNOWN)
			v = array_any(base->array);
		else
			v = base->array->rest;
		if (e == NULL && (key->taint & TAINT_INPUT) != 0)
			v.taint |= TAINT_CHOSEN;
	} else if (base->kind == VALUE_STRING && value_as_number(key, &n)) {
		v = character(m, base, n);
	} else {
		element_source(m, base, key, &v);
	}
	mark_piece(base, key, &v);
	if (v.trace != NULL && base->path.n > 0 && base->path.p[0] == '_' && (v.taint & lost) != 0)
		v.trace = trace_add(&m->e->arena, NULL, source_word(m, base));
	v.at = base->at;
	v.base = base->ref;
	if (base->path.n > 0 && v.path.n == 0)
		v.path = extend(m, base->path, "[",
				key->kind == VALUE_STRING ? heap_lower(&m->e->heap, key->text)
							  : BYTES_LIT("]"));
	if ((v.taint & TAINT_INPUT) != 0 && v.path.n > 0 &&
	    vars_global(m, "checked ", v.path, false) != NULL)
		v.taint = TAINT_CLEAN;
	struct key *k = v.base == NULL ? NULL : arena_alloc(&m->e->arena, sizeof *k);
	if (k != NULL)
		*k = (struct key){ key->kind, key->text, key->number };
	v.key = k;
	return v;
}
