/* Stages, variables, and what of it all is in the image in the end. */
#include "buildstep/model.h"

enum { EXPANDED_MAX = 4096, DEFAULTS_MAX = 8, BRACES_MAX = 64, VALUES_MAX = 20000 };

static int no_memory(struct error *err)
{
	return error_set(err, ERR_MEMORY, "no memory for the stages of a Dockerfile");
}

/* --- variables ----------------------------------------------------------------------------- */

struct variable {
	struct bytes name, value;
	bool known;
};

/* Those in force; a map from names to places in the list. */
struct scope {
	struct map names;
	struct variable *list;
	size_t n, room;
};

static void scope_set(struct scope *sc, struct bytes name, struct bytes value, bool known)
{
	bool fresh;
	if (sc->n == sc->room)
		return;
	uint64_t *place = map_put(&sc->names, name, &fresh);
	if (place == NULL)
		return;
	if (fresh)
		*place = sc->n++;
	sc->list[*place] = (struct variable){ name, value, known };
}

static const struct variable *scope_get(const struct scope *sc, struct bytes name)
{
	const uint64_t *place = map_get(&sc->names, name);
	return place == NULL ? NULL : &sc->list[*place];
}

static void scope_clear(struct scope *sc)
{
	map_free(&sc->names);
	map_init(&sc->names);
	sc->n = 0;
}

/* --- expansion ------------------------------------------------------------------------------ */

static bool is_name(uint8_t c, bool first)
{
	return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (!first && c >= '0' && c <= '9');
}

struct expansion {
	const struct scope *scope;
	uint8_t escape;
	struct bytes rest[DEFAULTS_MAX]; /* texts that are being read, the innermost last */
	size_t depth, braces;
	uint8_t out[EXPANDED_MAX];
	size_t n;
	bool unknown;
};

static void put(struct expansion *x, struct bytes b)
{
	if (b.n > EXPANDED_MAX - x->n) {
		x->unknown = true;
		return;
	}
	if (b.n > 0)
		memcpy(x->out + x->n, b.p, b.n);
	x->n += b.n;
}

static void push(struct expansion *x, struct bytes text)
{
	if (x->depth == DEFAULTS_MAX)
		x->unknown = true;
	else if (text.n > 0)
		x->rest[x->depth++] = text;
}

/* The brace that closes the one before text. */
static size_t closing(struct bytes text)
{
	size_t open = 1, i = 0;
	for (; i < text.n; i++) {
		if (text.p[i] == '$' && i + 1 < text.n && text.p[i + 1] == '{')
			open++;
		else if (text.p[i] == '}' && --open == 0)
			break;
	}
	return i;
}

/* ${NAME}, ${NAME:-word}, ${NAME:+word}, without the colon as well; what else there is
 * (#, %, /) leaves the value unknown. */
static void expand_braces(struct expansion *x, struct bytes inner)
{
	size_t n = 0;
	while (n < inner.n && is_name(inner.p[n], n == 0))
		n++;
	const struct variable *v = scope_get(x->scope, bytes_sub(inner, 0, n));
	struct bytes op = bytes_sub(inner, n, inner.n);
	bool colon = op.n > 0 && op.p[0] == ':';
	op = bytes_sub(op, colon, op.n);
	bool set = v != NULL && v->known && (!colon || v->value.n > 0);
	if (op.n == 0 && v != NULL && v->known)
		put(x, v->value);
	else if (op.n > 0 && op.p[0] == '-' && !set)
		push(x, bytes_sub(op, 1, op.n));
	else if (op.n > 0 && op.p[0] == '-')
		put(x, v->value);
	else if (op.n > 0 && op.p[0] == '+' && set)
		push(x, bytes_sub(op, 1, op.n));
	else if (op.n == 0 || op.p[0] != '+' || (v != NULL && !v->known))
		x->unknown = true;
}

static void expand_dollar(struct expansion *x, struct bytes *rest)
{
	size_t n = 0;
	if (rest->n > 0 && rest->p[0] == '{') {
		struct bytes inner = bytes_sub(*rest, 1, rest->n);
		size_t end = closing(inner);
		if (++x->braces > BRACES_MAX || end == inner.n) {
			x->unknown = true;
			return;
		}
		*rest = bytes_sub(inner, end + 1, inner.n);
		expand_braces(x, bytes_sub(inner, 0, end));
		return;
	}
	while (n < rest->n && is_name(rest->p[n], n == 0))
		n++;
	if (n == 0) {
		put(x, BYTES_LIT("$"));
		return;
	}
	const struct variable *v = scope_get(x->scope, bytes_sub(*rest, 0, n));
	*rest = bytes_sub(*rest, n, rest->n);
	if (v == NULL || !v->known)
		x->unknown = true;
	else
		put(x, v->value);
}

/* One character or variable of the innermost text. */
static void expand_next(struct expansion *x)
{
	struct bytes rest = x->rest[--x->depth];
	uint8_t c = rest.p[0];
	size_t depth = x->depth;
	rest = bytes_sub(rest, 1, rest.n);
	if (c == x->escape && rest.n > 0 && rest.p[0] == '$') {
		put(x, BYTES_LIT("$"));
		rest = bytes_sub(rest, 1, rest.n);
	} else if (c == '$') {
		/* A default is read before what follows it. */
		struct bytes word = { 0 };
		expand_dollar(x, &rest);
		if (x->depth > depth)
			word = x->rest[--x->depth];
		push(x, rest);
		push(x, word);
		return;
	} else {
		put(x, bytes_of(&c, 1));
	}
	push(x, rest);
}

static int expand_word(struct build *b, const struct scope *sc, struct word *w, struct error *err)
{
	struct expansion x = { .scope = sc, .escape = b->escape };
	struct bytes v = text_bytes(w->value);
	w->expanded = v;
	if (bytes_index(v, '$') < 0)
		return 0;
	push(&x, v);
	while (x.depth > 0 && !x.unknown)
		expand_next(&x);
	w->dynamic = x.unknown;
	if (x.unknown)
		return 0;
	uint8_t *copy = arena_alloc(&b->arena, x.n + 1);
	if (copy == NULL)
		return no_memory(err);
	memcpy(copy, x.out, x.n);
	w->expanded = bytes_of(copy, x.n);
	return 0;
}

static int expand_words(struct build *b, const struct scope *sc, struct word *list, size_t n,
			struct error *err)
{
	for (size_t i = 0; i < n; i++)
		if (expand_word(b, sc, &list[i], err) < 0)
			return -1;
	return 0;
}

/* --- one step ----------------------------------------------------------------------------------- */

/* A build may give an argument another value: only its default is known, and without
 * one nothing. */
static int set_pairs(struct build *b, struct scope *sc, const struct scope *global, struct step *s,
		     struct error *err)
{
	for (size_t i = 0; i < s->pair_count; i++) {
		struct pair *p = &s->pairs[i];
		if (expand_word(b, sc, &p->value, err) < 0)
			return -1;
		const struct variable *outer = scope_get(global, text_bytes(p->name.value));
		if (s->op == OP_LABEL)
			continue;
		if (s->op == OP_ARG && !p->has_value && outer != NULL)
			scope_set(sc, outer->name, outer->value, outer->known);
		else
			scope_set(sc, text_bytes(p->name.value), p->value.expanded,
				  p->has_value && !p->value.dynamic);
	}
	return 0;
}

static bool is_expanded(enum step_op op)
{
	return op == OP_ADD || op == OP_COPY || op == OP_EXPOSE || op == OP_FROM ||
	       op == OP_STOPSIGNAL || op == OP_USER || op == OP_VOLUME || op == OP_WORKDIR;
}

static int resolve_step(struct build *b, struct scope *sc, const struct scope *global,
			struct step *s, struct error *err)
{
	if (s->pair_count > 0 && !b->is_history)
		return set_pairs(b, sc, global, s, err);
	if (!is_expanded(s->op) || b->is_history)
		return 0;
	const struct scope *from = s->op == OP_FROM ? global : sc;
	if (expand_words(b, from, s->flags, s->flag_count, err) < 0)
		return -1;
	return expand_words(b, from, s->words, s->word_count, err);
}

/* --- stages --------------------------------------------------------------------------------------- */

static uint32_t stage_named(const struct build *b, struct bytes name, size_t before)
{
	for (size_t i = before; i-- > 0;)
		if (b->stages[i].name.n > 0 && bytes_equal_fold(b->stages[i].name, name))
			return (uint32_t)i;
	return STAGE_NONE;
}

static void begin_stage(struct build *b, uint32_t at)
{
	struct step *s = &b->steps[at];
	struct stage *st = &b->stages[b->stage_count];
	*st = (struct stage){ .step = at, .first = at + 1, .end = at + 1, .parent = STAGE_NONE };
	if (s->word_count > 0) {
		st->image = &s->words[0];
		st->base = s->words[0].expanded;
		st->base_known = !s->words[0].dynamic;
		st->parent = stage_named(b, st->base, b->stage_count);
	}
	if (s->word_count >= 3 && bytes_equal_fold(s->words[1].expanded, BYTES_LIT("AS")))
		st->name = s->words[2].expanded;
	b->stage_count++;
}

/* What a stage takes from others: COPY --from=, RUN --mount=…,from=. */
static void use_stage(struct build *b, struct bytes name, uint32_t before)
{
	uint64_t number;
	uint32_t i = stage_named(b, name, before);
	if (i == STAGE_NONE && bytes_to_u64(name, &number) && number < before)
		i = (uint32_t)number;
	if (i != STAGE_NONE)
		b->stages[i].used = true;
}

static void use_flags(struct build *b, const struct step *s)
{
	for (size_t i = 0; i < s->flag_count; i++) {
		struct bytes v = s->flags[i].expanded, part;
		bool mount = bytes_starts_with(v, BYTES_LIT("--mount="));
		if (bytes_starts_with(v, BYTES_LIT("--from=")))
			use_stage(b, bytes_sub(v, 7, v.n), s->stage);
		while (mount && bytes_next_field(&v, ',', &part))
			if (bytes_starts_with(part, BYTES_LIT("from=")))
				use_stage(b, bytes_sub(part, 5, part.n), s->stage);
	}
}

/* The last stage is the image, with those that it builds on. */
static void mark_result(struct build *b)
{
	uint32_t i = b->stage_count == 0 ? STAGE_NONE : (uint32_t)b->stage_count - 1;
	while (i != STAGE_NONE) {
		b->stages[i].in_result = true;
		b->stages[i].used = true;
		i = b->stages[i].parent;
	}
}

/* SHELL holds for the stage, and for those that build on it. */
static bool sets_pipefail(const struct step *s)
{
	for (size_t i = 0; i < s->word_count; i++) {
		struct bytes v = s->words[i].expanded;
		if (bytes_find(v, BYTES_LIT("pipefail")) >= 0)
			return true;
	}
	return false;
}

static void mark_pipefail(struct build *b)
{
	bool on = false;
	for (size_t i = 0; i < b->count && !b->is_history; i++) {
		struct step *s = &b->steps[i];
		if (s->op == OP_FROM) {
			uint32_t parent =
				s->stage == STAGE_NONE ? STAGE_NONE : b->stages[s->stage].parent;
			on = parent != STAGE_NONE && b->stages[parent].end > 0 &&
			     b->steps[b->stages[parent].end - 1].pipefail;
		}
		if (s->op == OP_SHELL)
			on = sets_pipefail(s);
		s->pipefail = on;
	}
}

static int resolve_all(struct build *b, struct scope *global, struct scope *sc, struct error *err)
{
	for (uint32_t i = 0; i < b->count; i++) {
		struct step *s = &b->steps[i];
		bool from = s->op == OP_FROM && !s->onbuild;
		bool outside = b->stage_count == 0 && !b->is_history;
		if (resolve_step(b, outside ? global : sc, global, s, err) < 0)
			return -1;
		if (from) {
			scope_clear(sc);
			begin_stage(b, i);
		}
		if (b->stage_count > 0) {
			s->stage = (uint32_t)b->stage_count - 1;
			b->stages[s->stage].end = i + 1;
			use_flags(b, s);
		}
	}
	return 0;
}

/* A history is one stage without a FROM. */
static void history_stage(struct build *b)
{
	b->stages[0] = (struct stage){ .parent = STAGE_NONE, .end = (uint32_t)b->count };
	b->stage_count = 1;
	for (size_t i = 0; i < b->count; i++)
		b->steps[i].stage = 0;
}

static size_t count_values(const struct build *b)
{
	size_t n = 0;
	for (size_t i = 0; i < b->count; i++)
		n += b->steps[i].pair_count;
	return n < VALUES_MAX ? n : VALUES_MAX;
}

int build_resolve(struct build *b, struct error *err)
{
	struct scope global = { .room = count_values(b) }, sc = { .room = global.room };
	size_t froms = 1;
	for (size_t i = 0; i < b->count; i++)
		froms += b->steps[i].op == OP_FROM;
	b->stages = arena_array(&b->arena, froms, sizeof *b->stages);
	global.list = arena_array(&b->arena, global.room + 1, sizeof *global.list);
	sc.list = arena_array(&b->arena, sc.room + 1, sizeof *sc.list);
	if (b->stages == NULL || global.list == NULL || sc.list == NULL)
		return no_memory(err);
	map_init(&global.names);
	map_init(&sc.names);
	int r = resolve_all(b, &global, &sc, err);
	map_free(&global.names);
	map_free(&sc.names);
	if (b->is_history)
		history_stage(b);
	mark_result(b);
	mark_pipefail(b);
	return r;
}

bool build_variable(const struct build *b, uint32_t before, struct bytes name,
		    struct bytes *ret_value)
{
	uint32_t stage = before < b->count ? b->steps[before].stage : STAGE_NONE;
	for (uint32_t end = before; stage != STAGE_NONE;) {
		for (uint32_t i = end; i-- > b->stages[stage].first;) {
			const struct step *s = &b->steps[i];
			if (s->op != OP_ENV && s->op != OP_ARG)
				continue;
			for (size_t k = s->pair_count; k-- > 0;)
				if (bytes_equal(text_bytes(s->pairs[k].name.value), name)) {
					*ret_value = s->pairs[k].value.expanded;
					return true;
				}
		}
		stage = b->stages[stage].parent;
		end = stage == STAGE_NONE ? 0 : b->stages[stage].end;
	}
	return false;
}
