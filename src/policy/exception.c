#include "policy/internal.h"

static bool is_hash(const struct globs *g, const struct digest *d)
{
	char text[DIGEST_TEXT];
	if (digest_is_zero(d))
		return false;
	digest_text(d, text);
	return globs_match(g, text);
}

/* Of the finding (its fingerprint), its file, its layer, or the image. */
static bool covers_hash(const struct globs *g, const struct scan_result *r, const struct finding *f,
			uint32_t layer)
{
	if (f != NULL && (globs_match(g, f->fingerprint) || globs_match(g, f->file_sha256) ||
			  globs_match(g, f->file_md5)))
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

/* The first exception in force that is about f; NULL: none. */
static const struct policy_exception *find_exception(const struct policy *p,
						     const struct scan_result *r,
						     const struct policy_facts *facts,
						     const struct finding *f)
{
	for (size_t i = 0; i < p->exception_count; i++)
		if (p->exceptions[i].pub.ends > facts->now &&
		    exception_covers(&p->exceptions[i], r, facts, f, NULL))
			return &p->exceptions[i].pub;
	return NULL;
}

int exception_suppress(const struct policy_exception *x, struct scan_result *r,
		       const struct finding *f, const char *file, struct error *err)
{
	struct scan_suppressed s = {
		.finding = *f,
		.by = SCAN_BY_EXCEPTION,
		.reason = x->reason,
		.author = x->author,
		.file = file,
		.line = x->line,
		.until = x->until,
	};
	return scan_suppress(r, &s, err);
}

static size_t count_in_force(const struct policy *p, int64_t now)
{
	size_t n = 0;
	for (size_t i = 0; i < p->exception_count; i++)
		n += p->exceptions[i].pub.ends > now;
	return n;
}

int policy_except(const struct policy *p, struct scan_result *r, const struct policy_facts *facts,
		  struct error *err)
{
	struct error ignored = { 0 };
	size_t kept = 0;
	struct scan_vex *all = arena_array(&r->arena, r->vex_count + 1, sizeof *all);
	const char *file = arena_cstr(&r->arena, bytes_str(p->file));
	if (all == NULL || file == NULL)
		return error_set(err, ERR_MEMORY, "no memory for exceptions");
	for (size_t i = 0; i < r->vex_count; i++)
		all[i] = r->vex[i];
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		const struct policy_exception *x = find_exception(p, r, facts, f);
		/* Without memory to say why, the finding stays. */
		if (x == NULL || exception_suppress(x, r, f, file, &ignored) < 0)
			r->findings[kept++] = *f;
	}
	all[r->vex_count] = (struct scan_vex){ .file = file,
					       .format = SCAN_VEX_EXCEPTIONS,
					       .author = "",
					       .statements = count_in_force(p, facts->now),
					       .removed = r->finding_count - kept };
	r->finding_count = kept;
	r->vex = all;
	r->vex_count++;
	return 0;
}
