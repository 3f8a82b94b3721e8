/* How a container of the image starts: user, command, ports, health. */
#include "buildstep/judges.h"

static struct bytes first_word(const struct step *s)
{
	return s->word_count > 0 ? s->words[0].expanded : bytes_of(NULL, 0);
}

static const struct stage *result_stage(const struct build *b)
{
	return b->stage_count == 0 ? NULL : &b->stages[b->stage_count - 1];
}

/* The last instruction of a kind in the result. */
static const struct step *last_of(const struct build *b, enum step_op op)
{
	const struct stage *st = result_stage(b);
	while (st != NULL) {
		for (uint32_t i = st->end; i-- > st->first;)
			if (b->steps[i].op == op && !b->steps[i].onbuild)
				return &b->steps[i];
		st = st->parent == STAGE_NONE ? NULL : &b->stages[st->parent];
	}
	return NULL;
}

/* The image of a registry that a stage begins with. */
static struct bytes lowest_base(const struct build *b, const struct stage *st)
{
	while (st != NULL && st->parent != STAGE_NONE)
		st = &b->stages[st->parent];
	return st == NULL ? bytes_of(NULL, 0) : st->base;
}

/* --- user ------------------------------------------------------------------------------ */

static bool is_root(struct bytes user)
{
	ptrdiff_t colon = bytes_index(user, ':');
	struct bytes name = colon < 0 ? user : bytes_sub(user, 0, (size_t)colon);
	return name.n == 0 || bytes_equal(name, BYTES_LIT("0")) ||
	       bytes_equal(name, BYTES_LIT("root"));
}

/* Before the last CMD or ENTRYPOINT of the last stage, or behind all. */
static void add_user_line(struct judging *j, struct hit *h)
{
	const struct stage *st = result_stage(j->b);
	struct bytes line = node_text(j->rule->fix, "user");
	for (uint32_t i = st->first; i < st->end && line.n > 0; i++) {
		const struct step *s = &j->b->steps[i];
		if ((s->op == OP_CMD || s->op == OP_ENTRYPOINT) && !s->onbuild) {
			fix_line_before(
				j, &h->fix, s,
				fix_text(j, "USER %.*s", (int)line.n, (const char *)line.p));
			return;
		}
	}
	const struct step *last = st->end > 0 ? &j->b->steps[st->end - 1] : NULL;
	if (last != NULL && line.n > 0)
		fix_replace(&h->fix, last->to, last->to,
			    fix_text(j, "\nUSER %.*s", (int)line.n, (const char *)line.p));
}

static int tell_image_user(struct judging *j, bool named)
{
	struct hit h = { .at = BUILD_NO_PLACE, .evidence = BYTES_LIT("the config names no User") };
	const struct step *s = last_of(j->b, OP_USER);
	struct step place = { .config = "config:user" };
	bool root = is_root(j->b->user); /* a config that names none means root */
	bool is_named = j->b->user.n > 0;
	if (!root || named != is_named)
		return 0;
	h.step = named && s != NULL ? s : &place;
	if (named)
		h.evidence =
			fix_text(j, "USER %.*s", (int)j->b->user.n, (const char *)j->b->user.p);
	return judge_tell(j, &h);
}

/* about = "none": nothing says who; about = "root": the last USER is root. */
int judge_user(struct judging *j)
{
	bool named = bytes_equal(node_text(j->rule->entry->table, "about"), BYTES_LIT("root"));
	const struct stage *st = result_stage(j->b);
	const struct step *user = last_of(j->b, OP_USER);
	if (j->b->is_history)
		return tell_image_user(j, named);
	if (st == NULL || any_glob(rule_node(j, "bases_not"), lowest_base(j->b, st), true))
		return 0;
	if (named && user != NULL && user->word_count > 0 && !user->words[0].dynamic &&
	    is_root(first_word(user))) {
		struct hit h = hit_step(user);
		fix_replace(&h.fix, user->words[0].from, user->words[0].to,
			    node_text(j->rule->fix, "user"));
		return judge_tell(j, &h);
	}
	if (named || user != NULL)
		return 0;
	struct hit h = hit_step(&j->b->steps[st->step]);
	add_user_line(j, &h);
	return judge_tell(j, &h);
}

/* A name says nothing to who only sees the image: Kubernetes' runAsNonRoot wants numbers. */
int judge_user_name(struct judging *j)
{
	const struct step *user = last_of(j->b, OP_USER);
	struct bytes name = user == NULL ? bytes_of(NULL, 0) : first_word(user);
	if (name.n == 0 || user->words[0].dynamic || is_root(name) ||
	    (name.p[0] >= '0' && name.p[0] <= '9'))
		return 0;
	struct hit h = hit_step(user);
	return judge_tell(j, &h);
}

/* useradd writes lastlog up to the number: gigabytes for a large one. */
int judge_useradd(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		for (size_t k = 0; k < s->command_count && s->op == OP_RUN; k++) {
			const struct command *c = &s->commands[k];
			bool large = false, quiet = false;
			for (size_t w = command_first(c); w < c->count; w++) {
				uint64_t id;
				struct bytes v = word_bytes(c, w);
				quiet = quiet || bytes_equal(v, BYTES_LIT("-l")) ||
					bytes_equal(v, BYTES_LIT("--no-log-init"));
				large = large || (bytes_to_u64(v, &id) && id > 99999);
			}
			if (!bytes_equal(c->name, BYTES_LIT("useradd")) || !large || quiet)
				continue;
			struct hit h = hit_command(s, c);
			uint32_t at = c->words[c->program].to;
			fix_replace(&h.fix, at, at, BYTES_LIT(" --no-log-init"));
			h.fix.impossible = s->json;
			if (judge_tell(j, &h) < 0)
				return -1;
		}
	}
	return 0;
}

/* The word sudo with its options; with a user's name it is more than that. */
static void drop_sudo(struct fix *f, const struct command *c, size_t at)
{
	size_t end = at + 1;
	while (end < c->program && word_bytes(c, end).n > 1 && word_bytes(c, end).p[0] == '-')
		end++;
	bool plain = end == c->program;
	fix_replace(f, c->words[at].from, c->words[end].from, bytes_of(NULL, 0));
	f->impossible = f->impossible || !plain;
}

int judge_sudo(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		for (size_t k = 0; k < s->command_count && s->op == OP_RUN; k++) {
			const struct command *c = &s->commands[k];
			size_t at = 0;
			while (at < c->program &&
			       !bytes_equal(word_bytes(c, at), BYTES_LIT("sudo")))
				at++;
			if (at >= c->program || c->program == c->count)
				continue;
			struct hit h = hit_command(s, c);
			drop_sudo(&h.fix, c, at);
			h.fix.impossible = h.fix.impossible || s->json;
			if (judge_tell(j, &h) < 0)
				return -1;
		}
	}
	return 0;
}

/* --- health, repeated instructions ---------------------------------------------------------- */

/* Told at the instruction that starts the program, where one would stand. */
int judge_healthcheck(struct judging *j)
{
	const struct stage *st = result_stage(j->b);
	struct step place = { .config = "config:healthcheck" };
	if (j->b->is_history) {
		struct hit h = { .step = &place,
				 .at = BUILD_NO_PLACE,
				 .evidence = BYTES_LIT("the config has no Healthcheck") };
		return j->b->has_healthcheck || last_of(j->b, OP_HEALTHCHECK) != NULL
			       ? 0
			       : judge_tell(j, &h);
	}
	if (st == NULL || last_of(j->b, OP_HEALTHCHECK) != NULL)
		return 0;
	struct hit h = hit_step(&j->b->steps[st->step]);
	return judge_tell(j, &h);
}

/* Of CMD, ENTRYPOINT, HEALTHCHECK only the last of a stage counts. */
int judge_repeated(struct judging *j)
{
	for (size_t i = 0; i < j->b->stage_count && !j->b->is_history; i++) {
		const struct stage *st = &j->b->stages[i];
		bool later[OPS] = { false };
		for (uint32_t k = st->end; k-- > st->first;) {
			const struct step *s = &j->b->steps[k];
			if ((j->rule->ops >> s->op & 1) == 0 || s->onbuild)
				continue;
			struct hit h = hit_step(s);
			fix_delete_step(&h.fix, j->b, s);
			if (later[s->op] && judge_tell(j, &h) < 0)
				return -1;
			later[s->op] = true;
		}
	}
	return 0;
}

/* --- forms ------------------------------------------------------------------------------------ */

static bool is_plain(struct bytes v)
{
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] < ' ' || v.p[i] > '~' ||
		    strchr("\"\\$`*?[]{}~<>|&;()!#", v.p[i]) != NULL)
			return false;
	return true;
}

/* One plain command can be said as a list; what needs a shell cannot. */
static void exec_form(struct judging *j, struct hit *h)
{
	const struct step *s = h->step;
	struct bytes list = BYTES_LIT("");
	if (s->command_count != 1 || s->args.n == 0 || s->commands[0].program != 0)
		return;
	const struct command *c = &s->commands[0];
	if (!is_plain(text_bytes(s->args)))
		return;
	for (size_t i = 0; i < c->count; i++) {
		struct bytes v = word_bytes(c, i);
		list = fix_text(j, "%.*s%s\"%.*s\"", (int)list.n, (const char *)list.p,
				i == 0 ? "" : ", ", (int)v.n, (const char *)v.p);
	}
	if (list.n > 0)
		fix_replace(&h->fix, s->args.at[0], s->args.at[s->args.n - 1] + 1,
			    fix_text(j, "[%.*s]", (int)list.n, (const char *)list.p));
}

int judge_shell_form(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		bool meant = (j->rule->ops >> s->op & 1) != 0 && !s->json && s->args.n > 0;
		if (!meant || s->onbuild || s->looks_json)
			continue;
		struct hit h = hit_step(s);
		exec_form(j, &h);
		if (step_in_scope(j, s) && judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

int judge_maintainer(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		if (s->op != OP_MAINTAINER)
			continue;
		struct hit h = hit_step(s);
		bool quotes = memchr(s->args.p, '"', s->args.n) != NULL;
		if (!quotes && s->args.n > 0)
			fix_replace(&h.fix, s->from, s->to,
				    fix_text(j, "LABEL org.opencontainers.image.authors=\"%.*s\"",
					     (int)s->args.n, (const char *)s->args.p));
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

/* --- WORKDIR, cd ----------------------------------------------------------------------------- */

int judge_workdir(struct judging *j)
{
	bool absolute = false;
	uint32_t stage = STAGE_NONE;
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		struct bytes dir = first_word(s);
		if (s->stage != stage)
			absolute = s->stage != STAGE_NONE &&
				   j->b->stages[s->stage].parent != STAGE_NONE;
		stage = s->stage;
		if (s->op != OP_WORKDIR || dir.n == 0)
			continue;
		bool is_absolute = dir.p[0] == '/' || dir.p[0] == '$' || s->words[0].dynamic ||
				   (dir.n > 1 && dir.p[1] == ':');
		if (!is_absolute && !absolute) {
			struct hit h = hit_step(s);
			uint32_t at = s->words[0].value.at[0];
			fix_replace(&h.fix, at, at, BYTES_LIT("/"));
			if (judge_tell(j, &h) < 0)
				return -1;
		}
		absolute = absolute || is_absolute;
	}
	return 0;
}

/* about = "alone": RUN cd DIR, which does nothing; about = "first": RUN cd /DIR && … */
int judge_cd(struct judging *j)
{
	bool alone = bytes_equal(node_text(j->rule->entry->table, "about"), BYTES_LIT("alone"));
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		if (s->op != OP_RUN || s->command_count == 0 || s->json || s->doc_count > 0)
			continue;
		const struct command *c = &s->commands[0];
		if (!bytes_equal(c->name, BYTES_LIT("cd")) || c->count != 2 ||
		    (s->command_count == 1) != alone || word_bytes(c, 1).n == 0 ||
		    word_bytes(c, 1).p[0] != '/')
			continue;
		struct hit h = hit_command(s, c);
		if (alone && !s->onbuild)
			fix_replace(&h.fix, s->from, s->to,
				    fix_text(j, "WORKDIR %.*s", (int)word_bytes(c, 1).n,
					     (const char *)word_bytes(c, 1).p));
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

/* --- pipes ---------------------------------------------------------------------------------------- */

static bool sets_pipefail(const struct step *s)
{
	for (size_t i = 0; i < s->command_count; i++)
		for (size_t k = 0; k < s->commands[i].count; k++)
			if (bytes_equal(word_bytes(&s->commands[i], k), BYTES_LIT("pipefail")))
				return true;
	return false;
}

/* A pipe whose first command's failure is lost. What only prints cannot fail. */
static const struct command *lost_failure(const struct judging *j, const struct step *s)
{
	for (size_t i = 1; i < s->command_count; i++)
		if (s->commands[i].link == LINK_PIPE &&
		    s->commands[i - 1].program < s->commands[i - 1].count &&
		    s->commands[i].parent == COMMAND_NONE &&
		    !any_glob(rule_node(j, "harmless"), s->commands[i - 1].name, false))
			return &s->commands[i - 1];
	return NULL;
}

static const char *stage_shell(const struct build *b, const struct step *s)
{
	struct bytes base =
		s->stage == STAGE_NONE ? bytes_of(NULL, 0) : lowest_base(b, &b->stages[s->stage]);
	return glob_match(BYTES_LIT("*alpine*"), base, false) ? "/bin/ash" : "/bin/bash";
}

int judge_pipefail(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		const struct command *c;
		if (s->op != OP_RUN || s->json || s->pipefail || s->onbuild || sets_pipefail(s) ||
		    (c = lost_failure(j, s)) == NULL)
			continue;
		struct hit h = hit_command(s, c);
		h.from = c->from;
		h.to = (c + 1)->to;
		fix_line_before(j, &h.fix, s,
				fix_text(j, "SHELL [\"%s\", \"-eo\", \"pipefail\", \"-c\"]",
					 stage_shell(j->b, s)));
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

/* --- PATH ------------------------------------------------------------------------------------------ */

/* An empty or relative folder in PATH: whoever writes to the working directory chooses
 * what runs. */
int judge_path(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		for (size_t k = 0; k < s->pair_count; k++) {
			const struct pair *p = &s->pairs[k];
			struct text t = p->value.value;
			bool is_path = bytes_equal(text_bytes(p->name.value), BYTES_LIT("PATH"));
			if (!is_path || s->op != OP_ENV || t.n == 0)
				continue;
			for (size_t from = 0; from <= t.n;) {
				ptrdiff_t colon =
					bytes_index(text_bytes(text_sub(t, from, t.n)), ':');
				size_t to = colon < 0 ? t.n : from + (size_t)colon;
				bool wrong =
					to == from || (t.p[from] == '.' &&
						       (to - from == 1 || t.p[from + 1] == '/'));
				struct hit h = hit_step(s);
				if (wrong && from > 0)
					fix_replace(&h.fix, t.at[from - 1], t.at[to - 1] + 1,
						    bytes_of(NULL, 0));
				else if (wrong && to < t.n)
					fix_replace(&h.fix, t.at[from], t.at[to] + 1,
						    bytes_of(NULL, 0));
				if (wrong && judge_tell(j, &h) < 0)
					return -1;
				from = wrong ? t.n + 1 : to + 1;
			}
		}
	}
	return 0;
}

/* --- ports ------------------------------------------------------------------------------------------ */

/* "8080", "8080/tcp", "8000-8010/udp": 0 when it is none. */
static uint64_t port_of(struct bytes w, uint64_t *ret_last)
{
	uint64_t first, last;
	ptrdiff_t slash = bytes_index(w, '/');
	if (slash >= 0)
		w = bytes_sub(w, 0, (size_t)slash);
	ptrdiff_t dash = bytes_index(w, '-');
	bool ok = bytes_to_u64(bytes_sub(w, 0, dash < 0 ? w.n : (size_t)dash), &first);
	last = first;
	if (ok && dash >= 0)
		ok = bytes_to_u64(bytes_sub(w, (size_t)dash + 1, w.n), &last);
	*ret_last = ok ? last : 0;
	return ok ? first : UINT64_MAX;
}

/* ports: numbers as words, or "low": below 1024; "wrong": none at all. */
static bool port_fires(const struct judging *j, struct bytes w)
{
	uint64_t last, first = port_of(w, &last);
	struct bytes about = node_text(j->rule->entry->table, "about");
	const struct node *ports = rule_node(j, "ports"), *not = rule_node(j, "ports_not");
	if (bytes_equal(about, BYTES_LIT("wrong")))
		return first == 0 || last > 65535 || last < first;
	if (first == UINT64_MAX || last > 65535)
		return false;
	ptrdiff_t slash = bytes_index(w, '/');
	struct bytes number = slash < 0 ? w : bytes_sub(w, 0, (size_t)slash);
	if (bytes_equal(about, BYTES_LIT("low")))
		return first < 1024 && !any_glob(not, number, false);
	for (const struct node *n = ports == NULL ? NULL : ports->first; n != NULL; n = n->next) {
		uint64_t port;
		if (bytes_to_u64(n->text, &port) && port >= first && port <= last)
			return true;
	}
	return false;
}

int judge_ports(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		for (size_t k = 0; k < s->word_count && s->op == OP_EXPOSE; k++) {
			const struct word *w = &s->words[k];
			if (w->dynamic || !step_in_scope(j, s) || !port_fires(j, w->expanded))
				continue;
			struct hit h = hit_step(s);
			if (s->word_count == 1)
				fix_delete_step(&h.fix, j->b, s);
			else
				fix_replace(&h.fix, k > 0 ? s->words[k - 1].to : w->from,
					    k > 0 ? w->to : s->words[1].from, bytes_of(NULL, 0));
			h.fix.impossible = h.fix.impossible || s->onbuild || j->b->is_history;
			h.at = w->from;
			if (judge_tell(j, &h) < 0)
				return -1;
		}
	}
	return 0;
}
