#include "policy/internal.h"

static bool is_hash(const struct globs *g, const struct digest *d)
{
	char text[DIGEST_TEXT];
	if (digest_is_zero(d))
		return false;
	digest_text(d, text);
	return globs_match(g, text);
}

/* Of the finding (its fingerprint), its layer, or the image. */
static bool covers_hash(const struct globs *g, const struct scan_result *r, const struct finding *f,
			uint32_t layer)
{
	if (f != NULL && globs_match(g, f->fingerprint))
		return true;
	if (layer < r->layer_count &&
	    (is_hash(g, &r->layers[layer].diff_id) || is_hash(g, &r->layers[layer].digest)))
		return true;
	return (r->has_digest && is_hash(g, &r->digest)) ||
	       (r->has_image_id && is_hash(g, &r->image_id));
}

/* All but the hashes. */
static bool covers_words(const struct exception *e, const struct policy_facts *facts,
			 const struct finding *f, const struct package *p)
{
	const struct package *package = f != NULL ? f->package : p;
	const char *path = f != NULL ? f->path : p->path;
	if (e->repositories.count > 0 && !globs_match(&e->repositories, facts->repository) &&
	    !globs_match(&e->repositories, facts->familiar))
		return false;
	if (e->ids.count > 0 && (f == NULL || !globs_match_id(&e->ids, f)))
		return false;
	if (e->packages.count > 0 && !globs_match_package(&e->packages, package))
		return false;
	return e->paths.count == 0 || globs_match(&e->paths, path) ||
	       (package != NULL && globs_match(&e->paths, package->path));
}

bool exception_covers(const struct exception *e, const struct scan_result *r,
		      const struct policy_facts *facts, const struct finding *f,
		      const struct package *p)
{
	return covers_words(e, facts, f, p) &&
	       (e->hashes.count == 0 ||
		covers_hash(&e->hashes, r, f, f != NULL ? f->layer : p->layer));
}

/* A fingerprint is the same whatever is still to come. */
static bool is_fingerprint(const char *text)
{
	size_t n = strspn(text, "0123456789abcdef");
	return n == sizeof(((struct finding *)NULL)->fingerprint) - 1 && text[n] == '\0';
}

bool exception_may_cover(const struct exception *e, const struct scan_result *r,
			 const struct policy_facts *facts, const struct finding *f,
			 const struct package *p)
{
	if (exception_covers(e, r, facts, f, p))
		return true;
	if (!facts->part || !covers_words(e, facts, f, p))
		return false;
	for (size_t i = 0; i < e->hashes.count; i++)
		if (!is_fingerprint(e->hashes.list[i]))
			return true;
	return false;
}
