/* Rules, and one build after the other held against them. */
#include "buildstep/engine.h"

#include <stdlib.h>

enum { SCRATCH_MAX = 8 * 1024 * 1024, IMAGE_LINES_MAX = BUILD_STEPS_MAX, USER_MAX = 4096 };

/* --- rules ------------------------------------------------------------------------------ */

bool any_glob(const struct node *list, struct bytes text, bool fold)
{
	if (list == NULL)
		return false;
	if (list->kind == NODE_STRING)
		return glob_match(list->text, text, fold);
	for (const struct node *n = list->first; n != NULL; n = n->next)
		if (glob_match(n->text, text, fold))
			return true;
	return false;
}

static int wrong(const struct check_entry *e, struct error *err, const char *what,
		 struct bytes name)
{
	return error_set(err, ERR_MALFORMED, "rules of kind build, line %u: %s \"%.*s\"",
			 e->table->line, what, (int)name.n, (const char *)name.p);
}

static int read_ops(const struct check_entry *e, unsigned otherwise, unsigned *ret,
		    struct error *err)
{
	const struct node *list = node_get(e->table, "instructions");
	*ret = list == NULL ? otherwise : 0;
	for (const struct node *n = list == NULL ? NULL : list->first; n != NULL; n = n->next) {
		enum step_op op = step_op_of(n->text);
		if (op == OP_UNKNOWN)
			return wrong(e, err, "no such instruction:", n->text);
		*ret |= 1u << op;
	}
	return 0;
}

/* 1: the rule is for another engine. */
static int read_rule(const struct check_entry *e, struct rule *r, struct error *err)
{
	struct bytes judge = node_text(e->table, "judge"), only = node_text(e->table, "only");
	unsigned otherwise = ~0u;
	*r = (struct rule){ .entry = e, .fix = node_get(e->table, "fix") };
	if (strcmp(e->engine, "command") == 0) {
		r->judge = judge_commands;
		otherwise = 1u << OP_RUN;
	} else if (strcmp(e->engine, "instruction") == 0) {
		r->judge = judge_instructions;
	} else if (strcmp(e->engine, "judge") == 0) {
		r->judge = judge_named(judge);
		if (r->judge == NULL)
			return wrong(e, err, "no such judge:", judge);
	} else if (strcmp(e->engine, "package") == 0) {
		return 1;
	} else {
		return wrong(e, err, "no such engine:", bytes_str(e->engine));
	}
	r->not_in_history = bytes_equal(only, BYTES_LIT("dockerfile"));
	r->only_in_history = bytes_equal(only, BYTES_LIT("image"));
	r->result_only = node_bool(e->table, "result", false);
	return read_ops(e, otherwise, &r->ops, err);
}

static int read_rules(struct buildstep_engine *e, const struct check_set *set, struct error *err)
{
	size_t n = check_set_count(set);
	e->rules = calloc(n + 1, sizeof *e->rules);
	if (e->rules == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the rules");
	for (size_t i = 0; i < n; i++) {
		const struct check_entry *entry = check_set_entry(set, i);
		int r = entry->family != CHECK_BUILD ? 1
						     : read_rule(entry, &e->rules[e->count], err);
		if (r < 0)
			return -1;
		e->count += r == 0;
	}
	return 0;
}

int buildstep_open(const struct check_set *set, struct buildstep_engine **ret, struct error *err)
{
	struct buildstep_engine *e = calloc(1, sizeof *e);
	if (e == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the rules");
	e->history = buf_max(BUILD_TEXT_MAX);
	e->user = buf_max(USER_MAX);
	if (read_rules(e, set, err) < 0) {
		buildstep_close(e);
		return -1;
	}
	if (e->count == 0) {
		buildstep_close(e);
		e = NULL;
	}
	*ret = e;
	return 0;
}

void buildstep_close(struct buildstep_engine *e)
{
	if (e == NULL)
		return;
	buf_free(&e->history);
	buf_free(&e->user);
	free(e->lines);
	free(e->rules);
	free(e);
}

/* --- judging ----------------------------------------------------------------------------- */

bool step_in_scope(const struct judging *j, const struct step *s)
{
	if (!j->rule->result_only || s->stage == STAGE_NONE)
		return true;
	return j->b->stages[s->stage].in_result;
}

static bool concerns(const struct rule *r, const struct build *b)
{
	return b->is_history ? !r->not_in_history : !r->only_in_history;
}

int buildstep_judge(struct buildstep_engine *e, struct build *b, const struct check_sink *sink,
		    struct error *err)
{
	size_t told = 0;
	for (size_t i = 0; i < e->count; i++) {
		cleanup_arena struct arena scratch = arena_max(SCRATCH_MAX);
		struct judging j = { .b = b,
				     .rule = &e->rules[i],
				     .sink = sink,
				     .scratch = &scratch,
				     .err = err,
				     .told = &told };
		if (concerns(j.rule, b) && j.rule->judge(&j) < 0)
			return -1;
	}
	e->told += told;
	if (b->limited != NULL)
		return sink->limited(sink->ctx, b->path, b->limited, err);
	return 0;
}

/* --- Dockerfiles --------------------------------------------------------------------------- */

bool buildstep_wants(struct bytes path)
{
	const uint8_t *slash = path.n == 0 ? NULL : memrchr(path.p, '/', path.n);
	struct bytes name =
		slash == NULL ? path : bytes_sub(path, (size_t)(slash - path.p) + 1, path.n);
	static const char *const globs[] = { "dockerfile", "dockerfile.*", "*.dockerfile",
					     "containerfile", "containerfile.*" };
	if (glob_match(BYTES_LIT("*.dockerignore"), name, true) ||
	    glob_match(BYTES_LIT("*.md"), name, true))
		return false;
	for (size_t i = 0; i < sizeof globs / sizeof globs[0]; i++)
		if (glob_match(bytes_str(globs[i]), name, true))
			return true;
	return false;
}

int buildstep_dockerfile(struct buildstep_engine *e, const struct buildstep_file *f,
			 const struct check_sink *sink, struct error *err)
{
	struct build b = { .arena = arena_max(BUILD_MEMORY),
			   .source = f->text,
			   .path = f->path,
			   .has_ignore = (enum ignored)f->ignore };
	int r = build_read(&b, err);
	if (r == 0)
		r = build_resolve(&b, err);
	if (r == 0)
		r = build_commands(&b, err);
	if (r == 0)
		r = build_hide(&b, err);
	if (r == 0)
		r = buildstep_judge(e, &b, sink, err);
	arena_free(&b.arena);
	return r;
}

/* --- images ---------------------------------------------------------------------------------- */

int buildstep_image_begin(struct buildstep_engine *e, struct error *err)
{
	(void)err;
	e->history.n = e->line_count = e->history_count = 0;
	e->has_healthcheck = false;
	e->user.n = 0;
	return 0;
}

static int keep_line(struct buildstep_engine *e, struct image_line line, struct error *err)
{
	if (e->line_count == IMAGE_LINES_MAX)
		return 0;
	if (e->line_count == e->line_room) {
		size_t room = e->line_room == 0 ? 64 : 2 * e->line_room;
		struct image_line *list = reallocarray(e->lines, room, sizeof *list);
		if (list == NULL)
			return error_set(err, ERR_MEMORY, "no memory for a history");
		e->lines = list;
		e->line_room = room;
	}
	e->lines[e->line_count++] = line;
	return 0;
}

static int add_history(struct buildstep_engine *e, struct bytes text, struct error *err)
{
	struct image_line line = { .from = e->history.n, .number = ++e->history_count };
	if (text.n > BUILD_TEXT_MAX / 2 - e->history.n / 2)
		return 0; /* a history that long: the rest is not judged */
	if (!history_instruction(text, &e->history, &line.pipefail, err))
		return 0;
	line.to = e->history.n;
	return keep_line(e, line, err) < 0 ? -1 : buf_append(&e->history, "\n", 1, err);
}

static int add_setting(struct buildstep_engine *e, const char *keyword, const char *config,
		       struct bytes text, struct error *err)
{
	struct image_line line = { .from = e->history.n, .config = config };
	if (text.n > BUILD_TEXT_MAX / 2 - e->history.n / 2)
		return 0;
	if (buf_append_str(&e->history, keyword, err) < 0 ||
	    (text.n > 0 && buf_append(&e->history, text.p, text.n, err) < 0))
		return -1;
	line.to = e->history.n;
	return keep_line(e, line, err) < 0 ? -1 : buf_append(&e->history, "\n", 1, err);
}

int buildstep_image_add(struct buildstep_engine *e, enum buildstep_setting what, struct bytes text,
			struct error *err)
{
	switch (what) {
	case BUILDSTEP_HISTORY:
		return add_history(e, text, err);
	case BUILDSTEP_USER:
		e->user.n = 0;
		text = bytes_sub(text, 0, USER_MAX);
		return text.n == 0 ? 0 : buf_append(&e->user, text.p, text.n, err);
	case BUILDSTEP_ENV:
		return add_setting(e, "ENV ", "config:env", text, err);
	case BUILDSTEP_LABEL:
		return add_setting(e, "LABEL ", "config:label", text, err);
	case BUILDSTEP_PORT:
		return add_setting(e, "EXPOSE ", "config:ports", text, err);
	case BUILDSTEP_VOLUME:
		return add_setting(e, "VOLUME ", "config:volumes", text, err);
	case BUILDSTEP_HEALTHCHECK:
		e->has_healthcheck = true;
		return 0;
	case BUILDSTEP_STOPSIGNAL:
		return add_setting(e, "STOPSIGNAL ", "config:stopsignal", text, err);
	default:
		return error_set(err, ERR_INTERNAL, "no such setting");
	}
}

/* What the config repeats of the history is told once, where it happened. */
static bool is_repeated(const struct buildstep_engine *e, size_t i)
{
	const struct image_line *line = &e->lines[i];
	struct bytes all = buf_view(&e->history), text = bytes_sub(all, line->from, line->to);
	ptrdiff_t blank = bytes_index(text, ' ');
	struct bytes value = bytes_sub(text, (size_t)blank + 1, text.n);
	if (line->config == NULL || value.n == 0)
		return false;
	struct bytes keyword = bytes_sub(text, 0, (size_t)blank + 1);
	for (size_t k = 0; k < e->line_count; k++) {
		struct bytes other = bytes_sub(all, e->lines[k].from, e->lines[k].to);
		if (e->lines[k].config == NULL && bytes_starts_with(other, keyword) &&
		    bytes_find(other, value) >= 0)
			return true;
	}
	return false;
}

static struct text identity(struct build *b, size_t from, size_t to, const uint32_t *all)
{
	return (struct text){ b->source.p + from, all + from, to - from };
}

static int image_step(struct buildstep_engine *e, struct build *b, size_t i, const uint32_t *places,
		      struct error *err)
{
	const struct image_line *line = &e->lines[i];
	struct step *s = build_add_step(b);
	if (s == NULL)
		return 0;
	struct text t = identity(b, line->from, line->to, places);
	ptrdiff_t blank = bytes_index(text_bytes(t), ' ');
	size_t n = blank < 0 ? t.n : (size_t)blank;
	s->keyword = bytes_of(t.p, n);
	s->op = step_op_of(s->keyword);
	s->keyword_at = s->from = (uint32_t)line->from;
	s->to = (uint32_t)line->to;
	s->line = 0;
	s->history = line->number;
	s->config = line->config;
	s->pipefail = line->pipefail;
	s->args = text_trim(text_sub(t, n, t.n));
	if (s->op == OP_ONBUILD) {
		size_t end = 0;
		while (end < s->args.n && s->args.p[end] != ' ')
			end++;
		s->onbuild = true;
		s->op = step_op_of(bytes_of(s->args.p, end));
		s->args = text_trim(text_sub(s->args, end, s->args.n));
	}
	return step_read(b, s, err);
}

/* A step a line: more lines of the text belong to one. */
static int image_steps(struct buildstep_engine *e, struct build *b, struct error *err)
{
	uint32_t *places = arena_array(&b->arena, b->source.n + 1, sizeof *places);
	if (places == NULL || build_index_lines(b, err) < 0)
		return error_set(err, ERR_MEMORY, "no memory for a history");
	for (size_t i = 0; i <= b->source.n; i++)
		places[i] = (uint32_t)i;
	for (size_t i = 0; i < e->line_count; i++)
		if (!is_repeated(e, i) && image_step(e, b, i, places, err) < 0)
			return -1;
	return 0;
}

int buildstep_image_end(struct buildstep_engine *e, const struct check_sink *sink,
			struct error *err)
{
	struct build b = { .arena = arena_max(BUILD_MEMORY),
			   .source = buf_view(&e->history),
			   .path = BYTES_LIT("history"),
			   .escape = '\\',
			   .is_history = true,
			   .user = buf_view(&e->user),
			   .has_healthcheck = e->has_healthcheck };
	int r = image_steps(e, &b, err);
	if (r == 0)
		r = build_resolve(&b, err);
	if (r == 0)
		r = build_commands(&b, err);
	if (r == 0)
		r = build_hide(&b, err);
	if (r == 0)
		r = buildstep_judge(e, &b, sink, err);
	arena_free(&b.arena);
	return r;
}

/* --- samples ------------------------------------------------------------------------------------ */

static int note_match(void *ctx, const struct check_match *m, struct error *err)
{
	bool *fired = ctx;
	(void)m;
	(void)err;
	*fired = true;
	return 0;
}

static int note_limit(void *ctx, struct bytes path, const char *what, struct error *err)
{
	(void)ctx;
	(void)path;
	(void)what;
	(void)err;
	return 0;
}

/* A sample of packages: "name version" a line. */
static bool package_sample(const struct check_entry *e, struct bytes text)
{
	const struct node *names = node_get(e->table, "packages");
	const struct node *except = node_get(e->table, "except");
	struct bytes line, name;
	while (bytes_next_field(&text, '\n', &line)) {
		if (bytes_next_field(&line, ' ', &name) && any_glob(names, name, false) &&
		    !any_glob(except, name, false))
			return true;
	}
	return false;
}

/* A sample that begins with "history" is an image: a line of history each, and
 * "user NAME", "env A=b", "port 22/tcp", "healthcheck" of its config. */
static int try_image(struct buildstep_engine *e, struct bytes text, const struct check_sink *sink,
		     struct error *err)
{
	static const struct {
		const char *word;
		enum buildstep_setting what;
	} kinds[] = { { "user", BUILDSTEP_USER },      { "env", BUILDSTEP_ENV },
		      { "label", BUILDSTEP_LABEL },    { "port", BUILDSTEP_PORT },
		      { "volume", BUILDSTEP_VOLUME },  { "healthcheck", BUILDSTEP_HEALTHCHECK },
		      { "history", BUILDSTEP_HISTORY } };
	struct bytes line;
	if (buildstep_image_begin(e, err) < 0)
		return -1;
	while (bytes_next_field(&text, '\n', &line)) {
		for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
			struct bytes word = bytes_str(kinds[i].word);
			bool is = bytes_starts_with(line, word) &&
				  (line.n == word.n || line.p[word.n] == ' ');
			struct bytes rest = bytes_sub(line, word.n + 1, line.n);
			if (is && buildstep_image_add(e, kinds[i].what, rest, err) < 0)
				return -1;
		}
	}
	return buildstep_image_end(e, sink, err);
}

int buildstep_try(const struct check_set *set, const struct check_sample *s, bool *ret_fired,
		  struct error *err)
{
	struct buildstep_engine *e = NULL;
	struct check_sink sink = { note_match, note_limit, ret_fired };
	const struct check_entry *entry = check_set_entry(set, 0);
	struct buildstep_file file = { .path = s->path[0] == '\0' ? BYTES_LIT("Dockerfile")
								  : bytes_str(s->path),
				       .text = bytes_str(s->text) };
	*ret_fired = false;
	if (strcmp(entry->engine, "package") == 0) {
		*ret_fired = package_sample(entry, file.text);
		return 0;
	}
	if (buildstep_open(set, &e, err) < 0)
		return -1;
	bool image = bytes_starts_with(file.text, BYTES_LIT("history ")) ||
		     bytes_starts_with(file.text, BYTES_LIT("user"));
	int r = e == NULL ? 0
		: image   ? try_image(e, file.text, &sink, err)
			  : buildstep_dockerfile(e, &file, &sink, err);
	buildstep_close(e);
	return r;
}

int buildstep_verify(const struct check_set *set, struct error *err)
{
	static const char keys[] =
		"instructions only result fix program verb with without operand operand_not "
		"pinned skip no_operands values assign without_assign target unless_target pipe_to "
		"not_pipe_to script unless unless_any unless_env unless_mount word word_not flag "
		"flag_not form text name name_not value value_not literal no_value onbuild "
		"packages except types judge about archives bases_not flags harmless images "
		"images_not logins options pipes ports ports_not programs tag tags";
	struct buildstep_engine *e = NULL;
	if (check_keys(check_set_entry(set, 0), keys, err) < 0)
		return -1;
	int r = buildstep_open(set, &e, err);
	buildstep_close(e);
	return r;
}
