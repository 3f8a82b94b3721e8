/* Files that come into the image, and secrets that stay in it. */
#include "buildstep/judges.h"

static bool is_copy(const struct step *s)
{
	return s->op == OP_COPY || s->op == OP_ADD;
}

static const struct word *target_of(const struct step *s)
{
	return s->word_count > 1 ? &s->words[s->word_count - 1] : NULL;
}

static bool has_flag(const struct step *s, const char *prefix)
{
	for (size_t i = 0; i < s->flag_count; i++)
		if (bytes_starts_with(s->flags[i].expanded, bytes_str(prefix)))
			return true;
	return false;
}

static bool is_remote(struct bytes w)
{
	return bytes_starts_with(w, BYTES_LIT("http://")) ||
	       bytes_starts_with(w, BYTES_LIT("https://")) ||
	       bytes_starts_with(w, BYTES_LIT("ftp://")) ||
	       bytes_starts_with(w, BYTES_LIT("git@")) || bytes_starts_with(w, BYTES_LIT("ssh://"));
}

/* --- ADD ------------------------------------------------------------------------------ */

/* What ADD alone can do: fetch, unpack. Of a history's hash only the target is known:
 * "/" gets a root file system, a name with a dot a file. */
static bool needs_add(const struct judging *j, const struct step *s, const struct word *w)
{
	const struct word *target = target_of(s);
	struct bytes v = w->expanded;
	if (is_remote(v) || any_glob(rule_node(j, "archives"), v, true))
		return true;
	if (j->b->is_history && bytes_starts_with(v, BYTES_LIT("file:")))
		return target == NULL || target->expanded.n == 0 ||
		       target->expanded.p[target->expanded.n - 1] == '/' ||
		       any_glob(rule_node(j, "archives"), target->expanded, true);
	return w->dynamic;
}

int judge_add(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		bool needed = s->doc_count > 0 || s->word_count < 2;
		for (size_t k = 0; k + 1 < s->word_count && !needed && s->op == OP_ADD; k++)
			needed = needs_add(j, s, &s->words[k]);
		if (s->op != OP_ADD || needed || has_flag(s, "--checksum"))
			continue;
		struct hit h = hit_step(s);
		uint32_t at = s->onbuild ? (uint32_t)(s->keyword_at) : s->keyword_at;
		fix_replace(&h.fix, at, at + (uint32_t)s->keyword.n, BYTES_LIT("COPY"));
		h.fix.impossible = h.fix.impossible || (s->onbuild && j->b->is_history);
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

/* --- COPY ----------------------------------------------------------------------------------- */

/* All of the context, when no .dockerignore leaves anything out. */
int judge_whole_context(struct judging *j)
{
	for (size_t i = 0; i < j->b->count && j->b->has_ignore != IGNORED_YES; i++) {
		const struct step *s = &j->b->steps[i];
		bool whole = false;
		for (size_t k = 0; k + 1 < s->word_count && is_copy(s); k++) {
			struct bytes v = s->words[k].expanded;
			whole = whole || bytes_equal(v, BYTES_LIT(".")) ||
				bytes_equal(v, BYTES_LIT("./")) || bytes_equal(v, BYTES_LIT("/")) ||
				bytes_equal(v, BYTES_LIT("*"));
		}
		if (!whole || has_flag(s, "--from"))
			continue;
		struct hit h = hit_step(s);
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

/* about = "folder": several sources need a target that ends in '/'; about = "relative": a
 * relative target where no WORKDIR was set. */
int judge_copy_target(struct judging *j)
{
	bool folder = bytes_equal(node_text(j->rule->entry->table, "about"), BYTES_LIT("folder"));
	bool workdir = false;
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		const struct word *t = target_of(s);
		if (s->op == OP_FROM && s->stage != STAGE_NONE)
			workdir = j->b->stages[s->stage].parent != STAGE_NONE;
		workdir = workdir || s->op == OP_WORKDIR;
		if (!is_copy(s) || t == NULL || t->dynamic || t->expanded.n == 0 || s->onbuild)
			continue;
		uint8_t last = t->expanded.p[t->expanded.n - 1], first = t->expanded.p[0];
		bool dots = bytes_equal(t->expanded, BYTES_LIT(".")) ||
			    bytes_equal(t->expanded, BYTES_LIT(".."));
		bool wrong = folder ? s->word_count > 2 && last != '/' && last != '\\' && !dots
				    : first != '/' && first != '$' && !workdir &&
					      !(t->expanded.n > 1 && t->expanded.p[1] == ':');
		if (!wrong)
			continue;
		struct hit h = hit_step(s);
		uint32_t at = t->value.n > 0 ? t->value.at[t->value.n - 1] + 1 : t->to;
		if (folder)
			fix_replace(&h.fix, at, at, BYTES_LIT("/"));
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

/* A build cannot look above its context. */
int judge_outside(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		bool outside = false;
		for (size_t k = 0; k + 1 < s->word_count && is_copy(s); k++)
			outside = outside ||
				  bytes_starts_with(s->words[k].expanded, BYTES_LIT("../")) ||
				  bytes_equal(s->words[k].expanded, BYTES_LIT(".."));
		if (!outside || has_flag(s, "--from"))
			continue;
		struct hit h = hit_step(s);
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

static struct bytes base_name(struct bytes path)
{
	const uint8_t *slash = path.n == 0 ? NULL : memrchr(path.p, '/', path.n);
	return slash == NULL ? path : bytes_sub(path, (size_t)(slash - path.p) + 1, path.n);
}

/* Whether path is what a COPY before put there. */
static const struct step *copied(const struct build *b, size_t before, struct bytes path)
{
	for (size_t i = before; i-- > 0;) {
		const struct step *s = &b->steps[i];
		const struct word *t = target_of(s);
		if (s->stage != b->steps[before].stage)
			return NULL;
		if (!is_copy(s) || t == NULL || t->expanded.n == 0)
			continue;
		if (bytes_equal(t->expanded, path))
			return s;
		bool folder = t->expanded.p[t->expanded.n - 1] == '/';
		for (size_t k = 0; k + 1 < s->word_count && folder; k++) {
			struct bytes name = base_name(s->words[k].expanded);
			if (path.n == t->expanded.n + name.n &&
			    bytes_starts_with(path, t->expanded) && bytes_ends_with(path, name) &&
			    name.n > 0)
				return s;
		}
	}
	return NULL;
}

/* rm in a later layer hides a file, and leaves it in the image. */
int judge_removed_copy(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		if (s->op != OP_RUN || !step_in_scope(j, s))
			continue;
		for (size_t k = 0; k < s->command_count; k++) {
			const struct command *c = &s->commands[k];
			bool removes = bytes_equal(c->name, BYTES_LIT("rm")) ||
				       bytes_equal(c->name, BYTES_LIT("shred"));
			const struct step *from = NULL;
			for (size_t w = command_first(c); w < c->count && removes && from == NULL;
			     w++)
				if (word_bytes(c, w).n > 1 && word_bytes(c, w).p[0] == '/')
					from = copied(j->b, i, word_bytes(c, w));
			if (from == NULL)
				continue;
			struct hit h = hit_command(s, c);
			if (judge_tell(j, &h) < 0)
				return -1;
		}
	}
	return 0;
}

/* --- volumes ---------------------------------------------------------------------------------- */

/* What is written into a volume after VOLUME is thrown away. */
static bool below(struct bytes path, struct bytes dir)
{
	while (dir.n > 1 && dir.p[dir.n - 1] == '/')
		dir.n--;
	return dir.n > 1 && bytes_starts_with(path, dir) &&
	       (path.n == dir.n || path.p[dir.n] == '/');
}

static bool in_volume(const struct build *b, size_t before, struct bytes path)
{
	for (size_t i = before; i-- > 0 && b->steps[i].stage == b->steps[before].stage;)
		for (size_t k = 0; k < b->steps[i].word_count && b->steps[i].op == OP_VOLUME; k++)
			if (below(path, b->steps[i].words[k].expanded))
				return true;
	return false;
}

int judge_volume_write(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		for (size_t k = 0; k < s->command_count && s->op == OP_RUN && !s->onbuild; k++) {
			const struct command *c = &s->commands[k];
			bool writes = any_glob(rule_node(j, "programs"), c->name, false);
			bool hit = in_volume(j->b, i, c->target);
			for (size_t w = command_first(c); w < c->count && writes && !hit; w++)
				hit = in_volume(j->b, i, word_bytes(c, w));
			struct hit h = hit_command(s, c);
			if (hit && judge_tell(j, &h) < 0)
				return -1;
		}
	}
	return 0;
}

/* --- tools --------------------------------------------------------------------------------------- */

/* Two programs for one thing: told at the first use of the second. */
int judge_both_tools(struct judging *j)
{
	bool curl = false, wget = false;
	uint32_t stage = STAGE_NONE;
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		if (s->stage != stage)
			curl = wget = false;
		stage = s->stage;
		for (size_t k = 0; k < s->command_count && s->op == OP_RUN; k++) {
			const struct command *c = &s->commands[k];
			bool is_curl = bytes_equal(c->name, BYTES_LIT("curl"));
			bool is_wget = bytes_equal(c->name, BYTES_LIT("wget"));
			bool both = curl && wget;
			curl = curl || is_curl;
			wget = wget || is_wget;
			struct hit h = hit_command(s, c);
			if (!both && curl && wget && judge_tell(j, &h) < 0)
				return -1;
		}
	}
	return 0;
}

/* --- secrets -------------------------------------------------------------------------------------- */

/* Tokens of published forms, wherever they stand. */
int judge_tokens(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		size_t at = s->from + mask_find_token(bytes_sub(j->b->source, s->from, s->to));
		if (at >= s->to)
			continue;
		struct hit h = hit_step(s);
		hit_show_line(&h, j->b, (uint32_t)at);
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

/* scheme://name:word@host, and none of it a variable. */
static bool has_login(struct bytes t)
{
	const uint8_t *p = t.p, *end = t.p + t.n;
	while (p != NULL && p < end && (p = memmem(p, (size_t)(end - p), "://", 3)) != NULL) {
		const uint8_t *colon = NULL, *k = p + 3;
		while (k<end && * k> ' ' && *k != '/' && *k != '@' && *k != '"' && *k != '\'') {
			colon = *k == ':' && colon == NULL ? k : colon;
			k++;
		}
		if (k < end && *k == '@' && colon != NULL && k - colon > 1 && colon[1] != '$' &&
		    colon[1] != '<' && colon[1] != '{')
			return true;
		p = k;
	}
	return false;
}

int judge_url_login(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		if (s->op == OP_UNKNOWN || !has_login(bytes_sub(j->b->source, s->from, s->to)))
			continue;
		struct hit h = hit_step(s);
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

/* Commands that take a password as a word: `options` as "program option" with the word in
 * the option ("--password=*") or behind it ("-p"); `pipes`: programs that read it. */
static bool literal(const struct command *c, size_t i, size_t from)
{
	struct bytes v = i < c->count ? word_bytes(c, i) : bytes_of(NULL, 0);
	return v.n > from && !c->words[i].dynamic && v.p[from] != '$' && v.p[from] != '@';
}

static bool option_tells(const struct command *c, struct bytes option)
{
	ptrdiff_t equals = bytes_index(option, '=');
	bool joined = option.n > 0 && option.p[option.n - 1] == '*';
	struct bytes bare = joined ? bytes_sub(option, 0, option.n - 1) : option;
	for (size_t i = command_first(c); i < c->count; i++) {
		struct bytes v = word_bytes(c, i);
		if (joined && v.n > bare.n && bytes_starts_with(v, bare) && literal(c, i, bare.n))
			return true;
		if (!joined && equals < 0 && bytes_equal(v, bare) && literal(c, i + 1, 0) &&
		    word_bytes(c, i + 1).p[0] != '-')
			return true;
	}
	return false;
}

/* "user:word" behind -u: only with a word. */
static bool login_tells(const struct command *c, struct bytes option)
{
	for (size_t i = command_first(c); i + 1 < c->count; i++) {
		struct bytes v = word_bytes(c, i + 1);
		ptrdiff_t colon = bytes_index(v, ':');
		if (bytes_equal(word_bytes(c, i), option) && colon > 0 && (size_t)colon + 1 < v.n &&
		    !c->words[i + 1].dynamic)
			return true;
	}
	return false;
}

static bool tells_password(const struct judging *j, const struct step *s, const struct command *c)
{
	const struct node *list = rule_node(j, "options"), *logins = rule_node(j, "logins");
	struct bytes rest, program;
	for (const struct node *n = list == NULL ? NULL : list->first; n != NULL; n = n->next) {
		rest = n->text;
		if (bytes_next_field(&rest, ' ', &program) && glob_match(program, c->name, false) &&
		    option_tells(c, rest))
			return true;
	}
	for (const struct node *n = logins == NULL ? NULL : logins->first; n != NULL; n = n->next) {
		rest = n->text;
		if (bytes_next_field(&rest, ' ', &program) && glob_match(program, c->name, false) &&
		    login_tells(c, rest))
			return true;
	}
	const struct command *next = c + 1;
	bool piped = next < s->commands + s->command_count && next->link == LINK_PIPE &&
		     next->pipeline == c->pipeline &&
		     any_glob(rule_node(j, "pipes"), next->name, false);
	bool prints = bytes_equal(c->name, BYTES_LIT("echo")) ||
		      bytes_equal(c->name, BYTES_LIT("printf"));
	bool fixed = c->count > 1;
	for (size_t i = command_first(c); i < c->count; i++)
		fixed = fixed && !c->words[i].dynamic;
	return piped && prints && fixed;
}

int judge_password(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		for (size_t k = 0; k < s->command_count; k++) {
			struct hit h = hit_command(s, &s->commands[k]);
			if ((j->rule->ops >> s->op & 1) != 0 &&
			    tells_password(j, s, &s->commands[k]) && judge_tell(j, &h) < 0)
				return -1;
		}
	}
	return 0;
}
