/* FROM: what an image builds on, and its stages. */
#include "buildstep/judges.h"

/* --- references ----------------------------------------------------------------------- */

struct image_name {
	struct bytes name, tag, digest; /* empty: none */
};

static struct image_name split(struct bytes ref)
{
	struct image_name n = { .name = ref };
	ptrdiff_t at = bytes_index(ref, '@');
	if (at >= 0) {
		n.digest = bytes_sub(ref, (size_t)at + 1, ref.n);
		n.name = bytes_sub(ref, 0, (size_t)at);
	}
	const uint8_t *slash = n.name.n == 0 ? NULL : memrchr(n.name.p, '/', n.name.n);
	const uint8_t *colon = n.name.n == 0 ? NULL : memrchr(n.name.p, ':', n.name.n);
	if (colon != NULL && (slash == NULL || colon > slash)) {
		size_t i = (size_t)(colon - n.name.p);
		n.tag = bytes_sub(n.name, i + 1, n.name.n);
		n.name = bytes_sub(n.name, 0, i);
	}
	return n;
}

/* A stage on an image of a registry, whose name is known. */
static bool is_image(const struct stage *st)
{
	return st->image != NULL && st->parent == STAGE_NONE && st->base_known && st->base.n > 0 &&
	       !bytes_equal(st->base, BYTES_LIT("scratch"));
}

static int tell_stage(struct judging *j, const struct stage *st)
{
	struct hit h = hit_step(&j->b->steps[st->step]);
	return judge_tell(j, &h);
}

static bool wanted(const struct judging *j, const char *key, const char *value)
{
	return bytes_equal(node_text(j->rule->entry->table, key), bytes_str(value));
}

/* --- tag, digest --------------------------------------------------------------------------- */

/* tag = "none": there is none; tag = "moving": it is like one of `tags`. */
int judge_base_tag(struct judging *j)
{
	bool none = wanted(j, "tag", "none");
	for (size_t i = 0; i < j->b->stage_count; i++) {
		const struct stage *st = &j->b->stages[i];
		if (!is_image(st))
			continue;
		struct image_name n = split(st->base);
		bool fires = n.digest.n == 0 &&
			     (none ? n.tag.n == 0
				   : n.tag.n > 0 && any_glob(rule_node(j, "tags"), n.tag, true));
		if (fires && tell_stage(j, st) < 0)
			return -1;
	}
	return 0;
}

int judge_base_digest(struct judging *j)
{
	for (size_t i = 0; i < j->b->stage_count; i++) {
		const struct stage *st = &j->b->stages[i];
		if (is_image(st) && split(st->base).digest.n == 0 &&
		    (st->in_result || !j->rule->result_only) && tell_stage(j, st) < 0)
			return -1;
	}
	return 0;
}

/* images: globs of "name:tag" that the rule is about, with and without a registry. */
int judge_base_image(struct judging *j)
{
	for (size_t i = 0; i < j->b->stage_count; i++) {
		const struct stage *st = &j->b->stages[i];
		struct bytes ref = st->base;
		static const char *const hubs[] = { "docker.io/library/", "docker.io/", "library/",
						    "index.docker.io/library/" };
		if (!is_image(st))
			continue;
		for (size_t k = 0; k < sizeof hubs / sizeof hubs[0]; k++)
			if (bytes_starts_with(ref, bytes_str(hubs[k]))) {
				ref = bytes_sub(ref, strlen(hubs[k]), ref.n);
				break;
			}
		ptrdiff_t at = bytes_index(ref, '@');
		if (at >= 0)
			ref = bytes_sub(ref, 0, (size_t)at);
		if (any_glob(rule_node(j, "images"), ref, false) &&
		    !any_glob(rule_node(j, "images_not"), ref, false) && tell_stage(j, st) < 0)
			return -1;
	}
	return 0;
}

/* --- stages -------------------------------------------------------------------------------------- */

int judge_stage_names(struct judging *j)
{
	for (size_t i = 1; i < j->b->stage_count; i++) {
		const struct stage *st = &j->b->stages[i];
		bool twice = false;
		for (size_t k = 0; k < i && st->name.n > 0 && !twice; k++)
			twice = bytes_equal_fold(st->name, j->b->stages[k].name);
		if (twice && tell_stage(j, st) < 0)
			return -1;
	}
	return 0;
}

int judge_stage_unused(struct judging *j)
{
	for (size_t i = 0; i + 1 < j->b->stage_count && !j->b->is_history; i++)
		if (!j->b->stages[i].used && tell_stage(j, &j->b->stages[i]) < 0)
			return -1;
	return 0;
}

/* --- arguments ---------------------------------------------------------------------------------- */

static const struct step *argument_before_from(const struct build *b, struct bytes name)
{
	for (size_t i = 0; i < b->count && b->steps[i].stage == STAGE_NONE; i++)
		for (size_t k = 0; k < b->steps[i].pair_count; k++)
			if (b->steps[i].op == OP_ARG &&
			    bytes_equal(text_bytes(b->steps[i].pairs[k].name.value), name))
				return &b->steps[i];
	return NULL;
}

static size_t name_length(struct bytes t)
{
	size_t n = 0;
	while (n < t.n &&
	       (t.p[n] == '_' || (t.p[n] >= 'a' && t.p[n] <= 'z') ||
		(t.p[n] >= 'A' && t.p[n] <= 'Z') || (n > 0 && t.p[n] >= '0' && t.p[n] <= '9')))
		n++;
	return n;
}

/* The next $NAME or ${NAME…} of a text. */
static bool next_name(struct bytes *rest, struct bytes *ret)
{
	ptrdiff_t dollar;
	while ((dollar = bytes_index(*rest, '$')) >= 0) {
		bool escaped = dollar > 0 && rest->p[dollar - 1] == '\\';
		*rest = bytes_sub(*rest, (size_t)dollar + 1, rest->n);
		if (rest->n > 0 && rest->p[0] == '{')
			*rest = bytes_sub(*rest, 1, rest->n);
		size_t n = name_length(*rest);
		*ret = bytes_sub(*rest, 0, n);
		*rest = bytes_sub(*rest, n, rest->n);
		if (n > 0 && !escaped)
			return true;
	}
	return false;
}

static bool set_in_run(const struct step *s, struct bytes name)
{
	for (size_t i = 0; i < s->command_count; i++)
		for (size_t k = 0; k < s->commands[i].count; k++) {
			struct bytes w = text_bytes(s->commands[i].words[k].value);
			if (bytes_starts_with(w, name) && (w.n == name.n || w.p[name.n] == '='))
				return true;
		}
	return false;
}

static int tell_scope(struct judging *j, const struct step *s, struct bytes name)
{
	const struct stage *st = &j->b->stages[s->stage];
	const struct step *from = &j->b->steps[st->step];
	struct hit h = hit_step(s);
	struct bytes line = fix_text(j, "\nARG %.*s", (int)name.n, (const char *)name.p);
	fix_replace(&h.fix, from->to, from->to, line);
	return judge_tell(j, &h);
}

/* An ARG before FROM is not there behind it, unless the stage asks for it. */
int judge_argument_scope(struct judging *j)
{
	for (uint32_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		struct bytes rest = text_bytes(s->args), name, value;
		if (s->stage == STAGE_NONE || s->op == OP_FROM || s->onbuild || j->b->is_history)
			continue;
		while (next_name(&rest, &name)) {
			if (argument_before_from(j->b, name) == NULL ||
			    build_variable(j->b, i, name, &value) || set_in_run(s, name))
				continue;
			if (tell_scope(j, s, name) < 0)
				return -1;
			break;
		}
	}
	return 0;
}

/* FROM with an argument that nothing before it gives a value. */
int judge_from_argument(struct judging *j)
{
	for (size_t i = 0; i < j->b->stage_count; i++) {
		const struct stage *st = &j->b->stages[i];
		struct bytes name,
			rest = st->image == NULL ? BYTES_LIT("") : text_bytes(st->image->value);
		bool has_default = bytes_find(rest, BYTES_LIT(":-")) >= 0;
		bool undeclared = false;
		while (!undeclared && !has_default && next_name(&rest, &name))
			undeclared = argument_before_from(j->b, name) == NULL &&
				     !glob_match(BYTES_LIT("TARGET*"), name, false) &&
				     !glob_match(BYTES_LIT("BUILD*"), name, false);
		if (undeclared && tell_stage(j, st) < 0)
			return -1;
	}
	return 0;
}

/* --- COPY --from ---------------------------------------------------------------------------------- */

static uint32_t find_stage(const struct build *b, struct bytes name)
{
	for (uint32_t i = 0; i < b->stage_count; i++)
		if (b->stages[i].name.n > 0 && bytes_equal_fold(b->stages[i].name, name))
			return i;
	return STAGE_NONE;
}

/* about = "stage": no stage before this one, by name or number. about = "image": an image
 * that is not pinned. */
static bool copy_from_fires(const struct judging *j, const struct step *s, struct bytes name)
{
	uint64_t number;
	bool about_stage = wanted(j, "about", "stage");
	uint32_t named = find_stage(j->b, name);
	if (bytes_to_u64(name, &number))
		return about_stage && number >= s->stage;
	if (named != STAGE_NONE)
		return about_stage && named >= s->stage;
	struct image_name n = split(name);
	bool image = n.tag.n > 0 || n.digest.n > 0 || bytes_index(name, '/') >= 0;
	if (about_stage || name.n == 0)
		return false;
	return image ? n.digest.n == 0 : true;
}

int judge_copy_from(struct judging *j)
{
	for (size_t i = 0; i < j->b->count; i++) {
		const struct step *s = &j->b->steps[i];
		for (size_t k = 0; k < s->flag_count && s->stage != STAGE_NONE; k++) {
			struct word w = s->flags[k];
			if (w.dynamic || !bytes_starts_with(w.expanded, BYTES_LIT("--from=")) ||
			    !copy_from_fires(j, s, bytes_sub(w.expanded, 7, w.expanded.n)))
				continue;
			struct hit h = hit_step(s);
			if (judge_tell(j, &h) < 0)
				return -1;
		}
	}
	return 0;
}
