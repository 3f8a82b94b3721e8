#include "policy/policy.h"

#include <stdlib.h>

#include "image/reference.h"
#include "policy/internal.h"

struct policy *policy_new(const char *file, struct error *err)
{
	struct policy *p = calloc(1, sizeof *p);
	if (p != NULL) {
		p->arena = arena_max(POLICY_MEMORY);
		p->name = p->description = "";
		p->file = arena_cstr(&p->arena, bytes_str(file));
	}
	if (p == NULL || p->file == NULL) {
		policy_free(p);
		(void)error_set(err, ERR_MEMORY, "no memory for a policy");
		return NULL;
	}
	return p;
}

void policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	arena_free(&p->arena);
	free(p);
}

int policy_parse(struct bytes text, const char *file, struct policy **ret, struct error *err)
{
	const struct node *root;
	struct policy *p = policy_new(file, err);
	if (p == NULL)
		return -1;
	if (yaml_parse(text, &p->arena, &root, NULL, err) < 0) {
		(void)error_wrap(err, "%s", file);
		err->code = ERR_USAGE;
		policy_free(p);
		return -1;
	}
	if (policy_load(p, root, err) < 0) {
		policy_free(p);
		return -1;
	}
	*ret = p;
	return 0;
}

const char *policy_file(const struct policy *p)
{
	return p->file;
}

size_t policy_rule_count(const struct policy *p)
{
	return p->rule_count;
}

size_t policy_exception_count(const struct policy *p)
{
	size_t n = p->exception_count;
	for (size_t i = 0; i < p->rule_count; i++)
		n += p->rules[i]->exception_count;
	return n;
}

/* --- facts ---------------------------------------------------------------------- */

static int64_t date_of(const char *text)
{
	int64_t seconds;
	return text != NULL && rfc3339_parse(bytes_str(text), &seconds) ? seconds : 0;
}

/* "debian" of "debian:12" and of "debian@sha256:…": what people write without a
 * tag. */
static const char *familiar_of(const struct image_reference *ref, struct arena *arena)
{
	struct bytes b = bytes_str(ref->familiar);
	ptrdiff_t at = bytes_index(b, '@');
	if (at >= 0)
		b = bytes_sub(b, 0, (size_t)at);
	size_t tag = strlen(ref->tag);
	if (tag > 0 && b.n > tag && b.p[b.n - tag - 1] == ':' &&
	    bytes_ends_with(b, bytes_str(ref->tag)))
		b = bytes_sub(b, 0, b.n - tag - 1);
	return arena_cstr(arena, b);
}

static int name_facts(const char *name, struct arena *arena, struct policy_facts *f,
		      struct error *err)
{
	struct image_reference ref;
	if (image_reference_parse(name, &ref, err) < 0)
		return -1;
	/* Docker Hub is known by one name to people and by another to its clients. */
	const char *host = strcmp(ref.host, "registry-1.docker.io") == 0 ? "docker.io" : ref.host;
	f->repository = arena_printf(arena, "%s/%s", host, ref.repository);
	f->familiar = familiar_of(&ref, arena);
	f->tag = ref.tag[0] == '\0' ? NULL : arena_cstr(arena, bytes_str(ref.tag));
	if (f->repository == NULL || f->familiar == NULL || (ref.tag[0] != '\0' && f->tag == NULL))
		return error_set(err, ERR_MEMORY, "no memory for the image's name");
	return 0;
}

/* The newest layer of the base says how old it is: its older ones may be anything. */
static int64_t base_date(const struct scan_result *r)
{
	int64_t newest = 0;
	for (size_t i = 0; i < r->layer_count; i++) {
		int64_t created = r->layers[i].base ? date_of(r->layers[i].created) : 0;
		newest = created > newest ? created : newest;
	}
	return newest;
}

static int label_facts(const struct scan_result *r, struct arena *arena, struct policy_facts *f,
		       struct error *err)
{
	struct policy_label *list = arena_array(arena, r->label_count + 1, sizeof *list);
	if (list == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the image's labels");
	for (size_t i = 0; i < r->label_count; i++)
		list[i] = (struct policy_label){ r->labels[i].name, r->labels[i].value };
	f->labels = list;
	f->label_count = r->label_count;
	return 0;
}

int policy_facts_of(const struct scan_result *r, const char *name, int64_t now, struct arena *arena,
		    struct policy_facts *ret, struct error *err)
{
	struct policy_facts f = { .now = now,
				  .part = r->is_part,
				  .created = date_of(r->created),
				  .base_created = base_date(r) };
	struct error ignored = { 0 };
	if (label_facts(r, arena, &f, err) < 0 ||
	    (name != NULL && name_facts(name, arena, &f, err) < 0))
		return -1;
	/* What an archive calls itself need not be a reference: then it has no name. */
	if (name == NULL && r->name != NULL)
		(void)name_facts(r->name, arena, &f, &ignored);
	*ret = f;
	return 0;
}
