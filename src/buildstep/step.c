/* One instruction: its flags and words. */
#include "buildstep/model.h"

static const char *const op_names[OPS] = {
	[OP_UNKNOWN] = "",        [OP_ADD] = "ADD",
	[OP_ARG] = "ARG",         [OP_CMD] = "CMD",
	[OP_COPY] = "COPY",       [OP_ENTRYPOINT] = "ENTRYPOINT",
	[OP_ENV] = "ENV",         [OP_EXPOSE] = "EXPOSE",
	[OP_FROM] = "FROM",       [OP_HEALTHCHECK] = "HEALTHCHECK",
	[OP_LABEL] = "LABEL",     [OP_MAINTAINER] = "MAINTAINER",
	[OP_ONBUILD] = "ONBUILD", [OP_RUN] = "RUN",
	[OP_SHELL] = "SHELL",     [OP_STOPSIGNAL] = "STOPSIGNAL",
	[OP_USER] = "USER",       [OP_VOLUME] = "VOLUME",
	[OP_WORKDIR] = "WORKDIR",
};

const char *step_op_name(enum step_op op)
{
	return op_names[op];
}

enum step_op step_op_of(struct bytes keyword)
{
	for (enum step_op op = OP_UNKNOWN + 1; op < OPS; op++)
		if (bytes_equal_fold(keyword, bytes_str(op_names[op])))
			return op;
	return OP_UNKNOWN;
}

struct step *build_add_step(struct build *b)
{
	if (b->steps == NULL) {
		b->room = b->line_count < BUILD_STEPS_MAX ? b->line_count : BUILD_STEPS_MAX;
		b->steps = arena_array(&b->arena, b->room + 1, sizeof *b->steps);
	}
	if (b->steps == NULL || b->count == b->room) {
		b->limited = "instructions";
		return NULL;
	}
	struct step *s = &b->steps[b->count++];
	s->stage = STAGE_NONE;
	return s;
}

static int no_memory(struct error *err)
{
	return error_set(err, ERR_MEMORY, "no memory for an instruction");
}

/* --- flags --------------------------------------------------------------------------------- */

static bool takes_flags(enum step_op op)
{
	return op == OP_ADD || op == OP_COPY || op == OP_FROM || op == OP_RUN ||
	       op == OP_HEALTHCHECK;
}

static size_t blank_or_end(struct text t, size_t i)
{
	while (i < t.n && t.p[i] != ' ' && t.p[i] != '\t' && t.p[i] != '\n')
		i++;
	return i;
}

static size_t flags_end(struct text t)
{
	size_t end = 0;
	for (;;) {
		struct text rest = text_trim(text_sub(t, end, t.n));
		if (rest.n < 3 || rest.p[0] != '-' || rest.p[1] != '-' || rest.p[2] == ' ')
			return end;
		end = (size_t)(rest.p - t.p) + blank_or_end(rest, 0);
	}
}

static int read_flags(struct build *b, struct step *s, struct error *err)
{
	if (!takes_flags(s->op))
		return 0;
	size_t end = flags_end(s->args);
	if (end == 0)
		return 0;
	if (words_split(b, text_sub(s->args, 0, end), &s->flags, &s->flag_count, err) < 0)
		return -1;
	s->args = text_trim(text_sub(s->args, end, s->args.n));
	return 0;
}

/* --- NAME=VALUE ------------------------------------------------------------------------------- */

static int pair_of_word(struct build *b, struct word w, struct pair *ret)
{
	ptrdiff_t equals = bytes_index(text_bytes(w.value), '=');
	size_t n = equals < 0 ? w.value.n : (size_t)equals;
	*ret = (struct pair){ .name = w, .value = w, .has_value = equals >= 0 };
	ret->name.value = text_sub(w.value, 0, n);
	ret->name.to = n > 0 ? ret->name.value.at[n - 1] + 1 : w.from;
	ret->name.expanded = text_bytes(ret->name.value);
	ret->value.value = text_sub(w.value, n + (equals >= 0), w.value.n);
	ret->value.from = equals >= 0 ? w.value.at[n] + 1 : w.to;
	ret->value.expanded = text_bytes(ret->value.value);
	(void)b;
	return 0;
}

/* ENV NAME the rest of the line: deprecated, and still there. */
static void old_pair(struct step *s)
{
	size_t end = blank_or_end(s->args, 0);
	struct text name = text_sub(s->args, 0, end);
	struct text value = text_trim(text_sub(s->args, end, s->args.n));
	struct pair *p = &s->pairs[s->pair_count++];
	*p = (struct pair){ .has_value = true };
	p->name.value = name;
	p->name.expanded = text_bytes(name);
	p->name.from = name.at[0];
	p->name.to = name.n > 0 ? name.at[name.n - 1] + 1 : name.at[0];
	p->value.value = value;
	p->value.expanded = text_bytes(value);
	p->value.from = value.at[0];
	p->value.to = value.n > 0 ? value.at[value.n - 1] + 1 : value.at[0];
	s->old_env = true;
}

/* Where " NAME=" begins the next pair of a history's line, whose values have no quotes. */
static size_t next_pair(struct text t, size_t i)
{
	for (; i < t.n; i++) {
		if (t.p[i] != ' ')
			continue;
		size_t k = i + 1;
		while (k < t.n && (t.p[k] == '_' || (t.p[k] >= 'A' && t.p[k] <= 'Z') ||
				   (k > i + 1 && t.p[k] >= '0' && t.p[k] <= '9')))
			k++;
		if (k > i + 1 && k < t.n && t.p[k] == '=')
			return i;
	}
	return t.n;
}

static int history_pairs(struct build *b, struct step *s)
{
	for (size_t i = 0; i < s->args.n && s->pair_count < s->word_count;) {
		size_t end = next_pair(s->args, i);
		struct text t = text_sub(s->args, i, end);
		struct word w = { .value = t, .expanded = text_bytes(t), .from = t.at[0] };
		w.to = t.n > 0 ? t.at[t.n - 1] + 1 : t.at[0];
		(void)pair_of_word(b, w, &s->pairs[s->pair_count++]);
		i = end < s->args.n ? end + 1 : end;
	}
	return 0;
}

static int read_pairs(struct build *b, struct step *s, struct error *err)
{
	if (words_split(b, s->args, &s->words, &s->word_count, err) < 0)
		return -1;
	s->pairs = arena_array(&b->arena, s->word_count + 1, sizeof *s->pairs);
	if (s->pairs == NULL)
		return no_memory(err);
	bool first_has = s->word_count > 0 && bytes_index(text_bytes(s->words[0].value), '=') >= 0;
	if (s->op == OP_ENV && b->is_history)
		return history_pairs(b, s);
	if (s->op != OP_ARG && !first_has && s->word_count > 1) {
		old_pair(s);
		return 0;
	}
	for (size_t i = 0; i < s->word_count; i++)
		(void)pair_of_word(b, s->words[i], &s->pairs[s->pair_count++]);
	return 0;
}

/* --- history's forms ----------------------------------------------------------------------------- */

/* A history shows Go's values: "map[80/tcp:{}]", "[/data /log]". Brackets become blanks. */
static int plain_words(struct build *b, struct step *s, struct error *err)
{
	uint8_t *p = arena_alloc(&b->arena, s->args.n + 1);
	if (p == NULL)
		return no_memory(err);
	for (size_t i = 0; i < s->args.n; i++) {
		uint8_t c = s->args.p[i];
		bool drop = c == '[' || c == ']' || c == '{' || c == '}' || c == '"' || c == ',';
		p[i] = drop ? ' ' : c;
		if (c == ':' && i + 1 < s->args.n && s->args.p[i + 1] == '{')
			p[i] = ' ';
	}
	struct text t = { p, s->args.at, s->args.n };
	if (bytes_starts_with(text_bytes(t), BYTES_LIT("map ")))
		t = text_sub(t, 3, t.n);
	return words_split(b, t, &s->words, &s->word_count, err);
}

/* "&{[\"CMD-SHELL\" \"curl …\"] \"30s\" …}" as HEALTHCHECK CMD … */
static void history_healthcheck(struct step *s)
{
	const uint8_t *bracket = memchr(s->args.p, '[', s->args.n);
	const uint8_t *end = memchr(s->args.p, ']', s->args.n);
	if (bracket == NULL || end == NULL || end < bracket)
		return;
	size_t from = (size_t)(bracket - s->args.p), to = (size_t)(end - s->args.p) + 1;
	s->args = text_sub(s->args, from, to);
}

/* --- all ----------------------------------------------------------------------------------------- */

static bool takes_json(enum step_op op)
{
	return op == OP_ADD || op == OP_COPY || op == OP_CMD || op == OP_ENTRYPOINT ||
	       op == OP_RUN || op == OP_SHELL || op == OP_VOLUME || op == OP_HEALTHCHECK;
}

/* HEALTHCHECK NONE; HEALTHCHECK CMD and what a CMD has. */
static void health_command(struct step *s)
{
	size_t end = blank_or_end(s->args, 0);
	if (bytes_equal_fold(text_bytes(text_sub(s->args, 0, end)), BYTES_LIT("CMD")))
		s->args = text_trim(text_sub(s->args, end, s->args.n));
}

int step_read(struct build *b, struct step *s, struct error *err)
{
	if (read_flags(b, s, err) < 0)
		return -1;
	if (s->op == OP_ENV || s->op == OP_ARG || s->op == OP_LABEL)
		return read_pairs(b, s, err);
	if (s->op == OP_HEALTHCHECK && b->is_history)
		history_healthcheck(s);
	else if (s->op == OP_HEALTHCHECK)
		health_command(s);
	s->json = takes_json(s->op) && words_json(b, s->args, &s->words, &s->word_count);
	if (s->json)
		return 0;
	s->looks_json = takes_json(s->op) && s->args.n > 0 && s->args.p[0] == '[';
	if (b->is_history && (s->op == OP_EXPOSE || s->op == OP_VOLUME || s->op == OP_SHELL))
		return plain_words(b, s, err);
	return words_split(b, s->args, &s->words, &s->word_count, err);
}
