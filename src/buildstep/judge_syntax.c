/* What a builder refuses or warns of, or reads otherwise than it looks. */
#include "buildstep/judges.h"

static int tell_step(struct judging *j, const struct step *s)
{
	struct hit h = hit_step(s);
	return judge_tell(j, &h);
}

/* --- instructions ----------------------------------------------------------------------- */

/* Edits from one word to the other: Levenshtein, in one row; words are short. */
static size_t distance(struct bytes a, struct bytes b)
{
	enum { MOST = 16 };
	size_t row[MOST + 1];
	if (a.n > MOST || b.n > MOST)
		return MOST;
	for (size_t k = 0; k <= b.n; k++)
		row[k] = k;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t k = 1; k <= b.n; k++) {
			size_t above = row[k];
			size_t change = diagonal + ((a.p[i - 1] & 0xdf) != (b.p[k - 1] & 0xdf));
			size_t least = above < row[k - 1] ? above + 1 : row[k - 1] + 1;
			row[k] = change < least ? change : least;
			diagonal = above;
		}
	}
	return row[b.n];
}

static const char *nearest(struct bytes keyword)
{
	const char *best = NULL;
	size_t least = keyword.n / 3 + 1;
	for (enum step_op op = OP_UNKNOWN + 1; op < OPS; op++) {
		size_t d = distance(keyword, bytes_str(step_op_name(op)));
		if (d < least) {
			least = d;
			best = step_op_name(op);
		}
	}
	return best;
}

/* A file without any FROM is no Dockerfile: that is said once. */
int judge_unknown(struct judging *j)
{
	for (size_t i = 0; i < j->b->count && j->b->stage_count > 0; i++) {
		const struct step *s = &j->b->steps[i];
		if (s->op != OP_UNKNOWN || j->b->is_history)
			continue;
		const char *meant = nearest(s->keyword);
		struct hit h = hit_step(s);
		if (meant != NULL)
			fix_replace(&h.fix, s->keyword_at, s->keyword_at + (uint32_t)s->keyword.n,
				    bytes_str(meant));
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

/* Only ARG may stand before the first FROM. */
int judge_before_from(struct judging *j)
{
	for (size_t i = 0; i < j->b->count && !j->b->is_history && j->b->stage_count > 0; i++) {
		const struct step *s = &j->b->steps[i];
		if (s->stage != STAGE_NONE)
			return 0;
		if (s->op != OP_ARG && s->op != OP_UNKNOWN && tell_step(j, s) < 0)
			return -1;
	}
	return 0;
}

int judge_no_from(struct judging *j)
{
	if (j->b->is_history || j->b->stage_count > 0)
		return 0;
	struct hit h = { .step = j->b->count > 0 ? &j->b->steps[0] : NULL,
			 .at = j->b->count > 0 ? BUILD_NO_PLACE : 0,
			 .evidence = BYTES_LIT("no FROM in the file") };
	return judge_tell(j, &h);
}

/* ONBUILD takes neither of these. */
int judge_onbuild(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		bool wrong = s->op == OP_FROM || s->op == OP_MAINTAINER || s->op == OP_ONBUILD;
		if (s->onbuild && wrong && tell_step(j, s) < 0)
			return -1;
	}
	return 0;
}

static bool may_be_empty(enum step_op op)
{
	return op == OP_UNKNOWN || op == OP_ONBUILD;
}

int judge_empty(struct judging *j)
{
	for (size_t i = 0; i < j->b->count && !j->b->is_history; i++) {
		const struct step *s = &j->b->steps[i];
		if (s->args.n == 0 && s->doc_count == 0 && !may_be_empty(s->op) &&
		    tell_step(j, s) < 0)
			return -1;
	}
	return 0;
}

/* --- words ---------------------------------------------------------------------------------- */

/* ['a', 'b'] is no JSON: it is handed to a shell as it is. */
int judge_quotes(struct judging *j)
{
	for (size_t i = 0; i < j->b->count && !j->b->is_history; i++) {
		const struct step *s = &j->b->steps[i];
		bool list = s->looks_json && s->args.p[s->args.n - 1] == ']';
		bool test = bytes_starts_with(text_bytes(s->args), BYTES_LIT("[ ")) ||
			    bytes_starts_with(text_bytes(s->args), BYTES_LIT("[["));
		if (!list || (test && s->op == OP_RUN))
			continue;
		struct hit h = hit_step(s);
		bool clean = memchr(s->args.p, '"', s->args.n) == NULL;
		for (size_t k = 0; k < s->args.n && clean; k++)
			if (s->args.p[k] == '\'')
				fix_replace(&h.fix, s->args.at[k], s->args.at[k] + 1,
					    BYTES_LIT("\""));
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

static bool is_upper(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++)
		if (b.p[i] >= 'a' && b.p[i] <= 'z')
			return false;
	return true;
}

int judge_case(struct judging *j)
{
	for (size_t i = 0; i < j->b->count && !j->b->is_history; i++) {
		const struct step *s = &j->b->steps[i];
		if (s->op == OP_UNKNOWN || is_upper(s->keyword))
			continue;
		struct hit h = hit_step(s);
		fix_replace(&h.fix, s->keyword_at, s->keyword_at + (uint32_t)s->keyword.n,
			    bytes_str(step_op_name(s->op)));
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

/* The lines between from and to that have nothing in them go. */
static void drop_blank_lines(const struct build *b, struct fix *f, const struct step *s)
{
	uint32_t end = s->doc_count > 0 ? s->blank_at + 1 : s->to;
	for (size_t i = build_line_of(b, s->blank_at) - 1;
	     i + 1 < b->line_count && b->lines[i] < end; i++) {
		struct bytes line = bytes_sub(b->source, b->lines[i], b->lines[i + 1]);
		if (bytes_trim(line).n == 0)
			fix_replace(f, b->lines[i], b->lines[i + 1], bytes_of(NULL, 0));
	}
}

int judge_blank_lines(struct judging *j)
{
	for (size_t i = 0; i < j->b->count && !j->b->is_history; i++) {
		const struct step *s = &j->b->steps[i];
		if (!s->blank_inside)
			continue;
		struct hit h = hit_step(s);
		drop_blank_lines(j->b, &h.fix, s);
		h.at = s->blank_at;
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

int judge_old_env(struct judging *j)
{
	for (size_t i = 0; i < j->b->count && !j->b->is_history; i++) {
		const struct step *s = &j->b->steps[i];
		if (!s->old_env)
			continue;
		struct hit h = hit_step(s);
		struct bytes v = text_bytes(s->pairs[0].value.value);
		bool quoted = v.n > 0 && (v.p[0] == '"' || v.p[0] == '\'');
		bool plain = bytes_index(v, ' ') < 0 || quoted;
		uint32_t name_end = s->pairs[0].name.to, from = s->pairs[0].value.from;
		fix_replace(&h.fix, name_end, from, plain ? BYTES_LIT("=") : BYTES_LIT("=\""));
		if (!plain)
			fix_replace(&h.fix, s->pairs[0].value.to, s->pairs[0].value.to,
				    BYTES_LIT("\""));
		h.fix.impossible = h.fix.impossible || (!plain && bytes_index(v, '"') >= 0);
		if (judge_tell(j, &h) < 0)
			return -1;
	}
	return 0;
}

int judge_open_heredoc(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		bool open = false;
		for (size_t k = 0; k < s->doc_count; k++)
			open = open || !s->docs[k].closed;
		if (open && tell_step(j, s) < 0)
			return -1;
	}
	return 0;
}

/* Flags that the instruction does not have: `flags` as "COPY --from". */
int judge_flags(struct judging *j)
{
	const struct node *known = rule_node(j, "flags");
	for (size_t i = 0; i < j->b->count && !j->b->is_history; i++) {
		const struct step *s = &j->b->steps[i];
		for (size_t k = 0; k < s->flag_count; k++) {
			struct bytes flag = s->flags[k].expanded;
			ptrdiff_t equals = bytes_index(flag, '=');
			flag = bytes_sub(flag, 0, equals < 0 ? flag.n : (size_t)equals);
			struct bytes both = fix_text(j, "%s %.*s", step_op_name(s->op), (int)flag.n,
						     (const char *)flag.p);
			if (both.n > 0 && !any_glob(known, both, false) && tell_step(j, s) < 0)
				return -1;
		}
	}
	return 0;
}

/* ENV A=1 B=$A: B gets what A was before. */
int judge_self_reference(struct judging *j)
{
	for (uint32_t i = 0; i < j->b->count && !j->b->is_history; i++) {
		const struct step *s = &j->b->steps[i];
		bool hit = false;
		for (size_t k = 0; k < s->pair_count && s->op == OP_ENV && s->pair_count <= 64; k++)
			for (size_t m = 0; m < s->pair_count && !hit; m++) {
				struct bytes n = text_bytes(s->pairs[k].name.value), old;
				struct bytes v = text_bytes(s->pairs[m].value.value);
				struct bytes plain =
					fix_text(j, "*$%.*s", (int)n.n, (const char *)n.p);
				struct bytes brace =
					fix_text(j, "*${%.*s}*", (int)n.n, (const char *)n.p);
				hit = k != m && n.n > 0 && !build_variable(j->b, i, n, &old) &&
				      (glob_match(plain, v, false) || glob_match(brace, v, false));
			}
		if (hit && tell_step(j, s) < 0)
			return -1;
	}
	return 0;
}
