#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "scan/scan_internal.h"

enum { INCOMPLETE_MAX = 10000, NOTES_MAX = 10000 };

/* --- what is missing -------------------------------------------------------------- */

void scan_incomplete(struct scan *s, const char *what, enum error_code code, const char *fmt, ...)
{
	struct scan_result *r = s->r;
	char text[ERROR_TEXT_MAX];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (r->incomplete_count == INCOMPLETE_MAX)
		return;
	if (r->incomplete_count == s->incomplete_cap) {
		size_t cap = s->incomplete_cap == 0 ? 16 : s->incomplete_cap * 2;
		struct scan_incomplete *list = reallocarray(r->incomplete, cap, sizeof *list);
		if (list == NULL)
			abort(); /* a result that cannot say what is missing is a lie */
		r->incomplete = list;
		s->incomplete_cap = cap;
	}
	const char *kept_what = intern_bytes(&s->st.strings, bytes_str(what));
	const char *kept_text = intern_bytes(&s->st.strings, bytes_str(text));
	r->incomplete[r->incomplete_count++] = (struct scan_incomplete){
		.what = kept_what == NULL ? "image" : kept_what,
		.code = code,
		.text = kept_text == NULL ? "no memory to say more" : kept_text,
	};
}

void scan_incomplete_error(struct scan *s, const char *what, const struct error *e)
{
	scan_incomplete(s, what, e->code, "%s", e->text);
}

static void add_note(struct scan *s, const struct problem_fact *p)
{
	struct scan_result *r = s->r;
	if (r->note_count == NOTES_MAX)
		return;
	if (r->note_count == s->note_cap) {
		size_t cap = s->note_cap == 0 ? 16 : s->note_cap * 2;
		struct scan_note *list = reallocarray(r->notes, cap, sizeof *list);
		if (list == NULL)
			return;
		r->notes = list;
		s->note_cap = cap;
	}
	r->notes[r->note_count++] = (struct scan_note){ p->what, p->line, p->text };
}

/* A note is told as one; anything else makes the scan incomplete. */
static void tell_fact(struct scan *s, const char *label, const struct problem_fact *p)
{
	if (p->note)
		add_note(s, p);
	else
		scan_incomplete(s, p->what, p->code, "%s: %s", label, p->text);
}

bool scan_is_tree(const struct scan *s)
{
	return s->target.kind == SOURCE_ROOTFS || s->target.kind == SOURCE_DIR;
}

const struct layer_facts **scan_layers(const struct scan *s, size_t n)
{
	const struct layer_facts **facts = calloc(n + 1, sizeof *facts);
	for (size_t i = 0; facts != NULL && i < n; i++) {
		const struct layer_task *t = &s->tasks[s->task_of[i]];
		facts[i] = t->untrusted || t->pending ? NULL : &t->facts;
	}
	return facts;
}

/* --- into the result --------------------------------------------------------------------- */

static const char *layer_label(struct scan *s, const struct layer_task *t, size_t number)
{
	char text[DIGEST_TEXT];
	if (scan_is_tree(s))
		return s->target.kind == SOURCE_DIR ? "directory" : "root file system";
	if (t->has_diff_id || t->name.has_digest) {
		digest_text(t->has_diff_id ? &t->diff_id : &t->name.digest, text);
		return arena_printf(&s->st.arena, "layer %s", text);
	}
	return arena_printf(&s->st.arena, "layer %zu", number + 1);
}

static void tell_task(struct scan *s, const struct layer_task *t, size_t number)
{
	const char *label = layer_label(s, t, number);
	if (label == NULL)
		label = "layer";
	if (t->error.code != ERR_NONE)
		scan_incomplete_error(s, label, &t->error);
	for (size_t i = 0; i < t->facts.problem_count && !t->untrusted; i++) {
		const struct problem_fact *p = &t->facts.problems[i];
		if (p->content != 0)
			continue; /* the merge knows whether it counts */
		tell_fact(s, label, p);
	}
}

static void tell_merged(struct scan *s)
{
	for (size_t i = 0; i < s->merged.problem_count; i++) {
		const struct merge_problem *p = &s->merged.problems[i];
		const struct layer_task *t = &s->tasks[s->task_of[p->layer]];
		const char *label = layer_label(s, t, p->layer);
		tell_fact(s, label == NULL ? "layer" : label, &p->fact);
	}
}

static void fill_layers(struct scan *s)
{
	struct scan_result *r = s->r;
	bool has_blobs = s->in.kind != SOURCE_DOCKER_ARCHIVE;
	r->layers = arena_array(&s->st.arena, s->plan.layer_count + 1, sizeof *r->layers);
	if (r->layers == NULL)
		return;
	r->layer_count = s->plan.layer_count;
	for (size_t i = 0; i < r->layer_count; i++) {
		const struct plan_layer *l = &s->plan.layers[i];
		/* Without tasks the plan failed half-way: it says what it knows. */
		const struct layer_facts *f =
			s->tasks == NULL ? NULL : &s->tasks[s->task_of[i]].facts;
		r->layers[i] = (struct scan_layer){
			.size = l->name.size,
			.created_by = l->created_by,
			.created = l->created,
			.base = l->base,
		};
		if (l->has_diff_id)
			r->layers[i].diff_id = l->diff_id;
		else if (f != NULL)
			r->layers[i].diff_id = f->diff_id;
		if (l->name.size == 0 && f != NULL)
			r->layers[i].size = f->stored;
		if (has_blobs && l->name.has_digest)
			r->layers[i].digest = l->name.digest;
	}
}

void scan_fill_image(struct scan *s)
{
	struct scan_result *r = s->r;
	r->source = source_kind_name(s->in.kind);
	const char *name = s->plan.name != NULL ? s->plan.name : s->in.name;
	r->name = name == NULL ? NULL : intern_bytes(&s->st.strings, bytes_str(name));
	r->has_digest = s->plan.has_digest && s->in.kind != SOURCE_DOCKER_ARCHIVE;
	r->digest = s->plan.digest;
	r->has_image_id = s->plan.has_image_id;
	r->image_id = s->plan.image_id;
	r->platform = s->plan.platform;
	r->created = s->plan.created;
	r->user = s->plan.user;
	r->labels = s->plan.labels;
	r->label_count = s->plan.label_count;
	fill_layers(s);
}

void scan_fill_tasks(struct scan *s)
{
	for (size_t t = 0; t < s->task_count; t++) {
		size_t number = 0;
		while (number < s->plan.layer_count && s->task_of[number] != t)
			number++;
		tell_task(s, &s->tasks[t], number);
		s->r->layers_cached += s->tasks[t].from_cache;
		s->r->bytes_read += s->tasks[t].from_cache ? 0 : s->tasks[t].facts.stored;
		s->r->bytes_raw += s->tasks[t].from_cache ? 0 : s->tasks[t].facts.raw;
	}
	tell_merged(s);
	s->r->has_os = s->merged.has_os;
	s->r->os = s->merged.os;
	s->r->packages = s->merged.packages;
	s->r->package_count = s->merged.package_count;
}

/* Whoever takes the database of a whole image away hides what is installed.
 * Runtimes also differ on what a whiteout beside a new directory takes away. */
static void check_removed(struct scan *s)
{
	unsigned gone = s->merged.had_packages;
	for (size_t i = 0; i < s->merged.package_count; i++)
		gone &= ~(1u << s->merged.packages[i].type);
	for (unsigned t = 0; t < PKG_TYPES; t++)
		if (gone >> t & 1)
			scan_incomplete(
				s, "packages", ERR_PACKAGES_REMOVED,
				"a lower layer has a database of %s packages that a later one "
				"removed: what is installed cannot be told",
				pkg_type_name(t));
}

bool scan_has_system_packages(const struct scan *s)
{
	for (size_t i = 0; i < s->r->package_count; i++)
		if (!pkg_type_is_app(s->r->packages[i].type))
			return true;
	return false;
}

void scan_check_packages(struct scan *s)
{
	if (scan_has_system_packages(s) && !s->merged.has_os)
		scan_incomplete(
			s, "operating system", ERR_OS_UNKNOWN,
			"the image has system packages, but no file says of which distribution; "
			"their vulnerabilities cannot be told");
	check_removed(s);
}
