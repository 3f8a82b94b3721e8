#include "policy/vex.h"

#include "image/reference.h"
#include "pkgdb/purl.h"

struct image_facts {
	const struct scan_result *result;
	bool has_name;
	struct image_reference name;
};

/* --- the image ------------------------------------------------------------------- */

/* b, still percent-encoded, is this text. */
static bool decodes_to(struct bytes b, const char *text)
{
	int c;
	for (; (c = purl_next_char(&b)) >= 0; text++)
		if ((uint8_t)*text != c)
			return false;
	return *text == '\0';
}

static bool is_digest(struct bytes version, const struct scan_result *r)
{
	char text[DIGEST_TEXT];
	digest_text(&r->digest, text);
	if (r->has_digest && decodes_to(version, text))
		return true;
	digest_text(&r->image_id, text);
	return r->has_image_id && decodes_to(version, text);
}

static const char *last_part(const char *repository)
{
	const char *slash = strrchr(repository, '/');
	return slash == NULL ? repository : slash + 1;
}

/* purl-spec, type oci: repository_url is "host/repository". */
static bool is_repository(struct bytes url, const struct image_reference *name)
{
	char text[sizeof name->host + sizeof name->repository];
	bool hub = strcmp(name->host, "registry-1.docker.io") == 0;
	(void)snprintf(text, sizeof text, "%s/%s", hub ? "docker.io" : name->host,
		       name->repository);
	return decodes_to(url, text);
}

/* By digest, or by what it is called; arch and tag where they are told. */
static bool is_image(struct bytes purl, const struct image_facts *f)
{
	struct purl_cut cut;
	if (!purl_cut(purl, &cut))
		return false;
	struct bytes arch = purl_qualifier(cut.qualifiers, "arch");
	struct bytes tag = purl_qualifier(cut.qualifiers, "tag");
	struct bytes url = purl_qualifier(cut.qualifiers, "repository_url");
	const char *platform = f->result->platform;
	const char *own_arch = platform == NULL ? NULL : strchr(platform, '/');
	if (arch.n > 0 && (own_arch == NULL || !decodes_to(arch, own_arch + 1)))
		return false;
	if (cut.version.n > 0)
		return is_digest(cut.version, f->result);
	return f->has_name && decodes_to(cut.name, last_part(f->name.repository)) &&
	       (url.n == 0 || is_repository(url, &f->name)) &&
	       (tag.n == 0 || decodes_to(tag, f->name.tag));
}

/* --- one finding ------------------------------------------------------------------- */

static bool covers_package(const char *purl, const struct package *p)
{
	return p != NULL && (purl_covers(bytes_str(purl), bytes_str(p->purl)) ||
			     purl_covers_source(bytes_str(purl), p));
}

/* A part of a product that is no image says nothing here: which packages of the
 * image belong to that product is not known. */
static bool covers(const struct vex_statement *s, const struct image_facts *image,
		   const struct finding *f)
{
	if (!purl_is_image(bytes_str(s->product)))
		return s->part[0] == '\0' && covers_package(s->product, f->package);
	return is_image(bytes_str(s->product), image) &&
	       (s->part[0] == '\0' || covers_package(s->part, f->package));
}

struct newest {
	const struct vex_statement *statement;
	size_t document;
};

static void look_in(const struct vex *document, size_t index, const char *id,
		    const struct image_facts *image, const struct finding *f, struct newest *best)
{
	size_t n;
	const struct vex_statement *s = vex_find(document, id, &n);
	for (size_t i = 0; i < n; i++) {
		bool newer = best->statement == NULL || s[i].time > best->statement->time ||
			     (s[i].time == best->statement->time &&
			      (index > best->document || s[i].number >= best->statement->number));
		if (newer && covers(&s[i], image, f))
			*best = (struct newest){ &s[i], index };
	}
}

static struct newest find_newest(const struct vex *documents, size_t count,
				 const struct image_facts *image, const struct finding *f)
{
	struct newest best = { 0 };
	for (size_t d = 0; d < count; d++) {
		look_in(&documents[d], d, f->id, image, f, &best);
		for (size_t i = 0; i < f->alias_count; i++)
			look_in(&documents[d], d, f->aliases[i], image, f, &best);
	}
	return best;
}

/* Without memory to say why, the finding stays. */
static bool suppress(struct scan_result *r, const struct finding *f, const struct vex *document,
		     const struct vex_statement *s)
{
	struct error ignored = { 0 };
	struct scan_suppressed gone = {
		.finding = *f,
		.by = SCAN_BY_VEX,
		.status = vex_status_name(s->status),
		.justification = s->justification,
		.reason = s->detail,
		.author = document->author,
		.file = document->file,
	};
	return scan_suppress(r, &gone, &ignored) == 0;
}

static bool removes(const struct newest *n, struct scan_result *r, const struct finding *f,
		    const struct vex *documents, struct scan_vex *outcomes)
{
	if (n->statement == NULL)
		return false;
	enum vex_status status = n->statement->status;
	bool gone = (status == VEX_NOT_AFFECTED || status == VEX_FIXED) &&
		    suppress(r, f, &documents[n->document], n->statement);
	outcomes[n->document].removed += gone;
	outcomes[n->document].investigated += status == VEX_UNDER_INVESTIGATION;
	return gone;
}

void vex_apply(struct scan_result *r, const char *name, const struct vex *documents, size_t count,
	       struct scan_vex *outcomes)
{
	struct image_facts image = { .result = r };
	struct error ignored = { 0 };
	size_t kept = 0;
	const char *called = name != NULL ? name : r->name;
	image.has_name =
		called != NULL && image_reference_parse(called, &image.name, &ignored) == 0;
	for (size_t i = 0; i < count; i++)
		outcomes[i] = (struct scan_vex){ .file = documents[i].file,
						 .format = documents[i].format,
						 .author = documents[i].author,
						 .statements = documents[i].statements,
						 .unusable = documents[i].unusable };
	for (size_t i = 0; i < r->finding_count; i++) {
		struct newest n = find_newest(documents, count, &image, &r->findings[i]);
		if (!removes(&n, r, &r->findings[i], documents, outcomes))
			r->findings[kept++] = r->findings[i];
	}
	r->finding_count = kept;
	r->vex = outcomes;
	r->vex_count = count;
}
