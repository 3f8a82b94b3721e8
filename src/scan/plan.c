#include "scan/plan_internal.h"

#include <stdio.h>
#include <stdlib.h>

static struct bytes keep(struct fact_store *st, struct bytes b, bool *failed)
{
	const char *s = NULL;
	if (bytes_index(b, 0) < 0)
		s = intern_bytes(&st->strings, b);
	if (s == NULL)
		*failed = true;
	return bytes_str(s);
}

static int keep_record(void *ctx, const struct doc_record *r, struct error *err)
{
	struct records *all = ctx;
	bool failed = false;
	if (all->n == LIMIT_DOCUMENT_RECORDS)
		return error_set(err, ERR_LIMIT, "a document with more than %d records",
				 LIMIT_DOCUMENT_RECORDS);
	if (all->n == all->cap) {
		size_t cap = all->cap == 0 ? 64 : all->cap * 2;
		struct doc_record *list = reallocarray(all->list, cap, sizeof *list);
		if (list == NULL)
			return error_set(err, ERR_MEMORY, "no memory for the image's documents");
		all->list = list;
		all->cap = cap;
	}
	struct doc_record copy = *r;
	copy.media_type = keep(all->st, r->media_type, &failed);
	copy.os = keep(all->st, r->os, &failed);
	copy.arch = keep(all->st, r->arch, &failed);
	copy.variant = keep(all->st, r->variant, &failed);
	copy.name = keep(all->st, r->name, &failed);
	copy.text = keep(all->st, r->text, &failed);
	if (failed)
		return error_set(err, ERR_MALFORMED,
				 "a name in the image's documents holds a NUL byte");
	all->list[all->n++] = copy;
	return 0;
}

void plan_records_free(struct records *r)
{
	free(r->list);
}

int plan_parse(struct planner *p, enum image_document kind, struct records *ret, struct error *err)
{
	return meta_parse(&p->in->meta, kind, buf_view(&p->doc), keep_record, ret, err);
}

/* --- choosing --------------------------------------------------------------------- */

const char *plan_platform_text(const struct doc_record *r, struct fact_store *st)
{
	const char *variant = (const char *)r->variant.p;
	if (r->os.n == 0 && r->arch.n == 0)
		return NULL;
	return arena_printf(&st->arena, "%s/%s%s%s", (const char *)r->os.p, (const char *)r->arch.p,
			    r->variant.n > 0 ? "/" : "", variant);
}

struct platform plan_wanted_platform(const struct planner *p)
{
	return p->platform != NULL ? platform_parse(p->platform) : platform_own();
}

enum platform_fit plan_fit_of(const struct platform *wanted, const struct doc_record *r)
{
	struct platform has = platform_of(r->os, r->arch, r->variant);
	return platform_fit(wanted, &has);
}

/* Attestations have a platform of that name so that no runtime takes one. Their
 * annotation alone says nothing to runtimes. */
static bool is_image(const struct doc_record *r)
{
	return r->kind == REC_INDEX_ENTRY && !bytes_equal(r->os, BYTES_LIT("unknown"));
}

/* "docker.io/library/app:1" and "app:1". */
static bool same_familiar(const char *a, const char *b)
{
	struct image_reference x, y;
	return a != NULL && image_reference_parse(a, &x, NULL) == 0 &&
	       image_reference_parse(b, &y, NULL) == 0 && strcmp(x.familiar, y.familiar) == 0;
}

static bool name_fits(const struct doc_record *r, const char *reference)
{
	struct bytes wanted = bytes_str(reference);
	struct digest d;
	if (digest_parse(wanted, &d))
		return digest_equal(&d, &r->digest);
	return bytes_equal(r->name, wanted) || bytes_equal(r->text, wanted) ||
	       same_familiar((const char *)r->text.p, reference);
}

static void list_choices(const struct records *all, struct fact_store *st, char *out, size_t size)
{
	size_t n = 0;
	out[0] = '\0';
	for (size_t i = 0; i < all->n && n + 1 < size; i++) {
		if (!is_image(&all->list[i]))
			continue;
		const char *platform = plan_platform_text(&all->list[i], st);
		const char *name = (const char *)all->list[i].name.p;
		int w = snprintf(out + n, size - n, "%s%s%s%s", n > 0 ? ", " : "",
				 name == NULL ? "" : name, name != NULL && *name ? " " : "",
				 platform == NULL ? "" : platform);
		n += w > 0 ? (size_t)w : 0;
	}
}

static int no_choice(struct planner *p, const struct records *all, bool any, const char *wanted,
		     struct error *err)
{
	char choices[256];
	list_choices(all, p->st, choices, sizeof choices);
	if (any)
		return error_set(err, ERR_NOT_FOUND,
				 "no single image for %s in it; choose one with --platform, a "
				 "name or its digest; it holds: %s",
				 wanted, choices);
	return error_set(err, ERR_NOT_FOUND, "no image %s in it; it holds: %s",
			 p->reference[0] != '\0' ? p->reference : "at all", choices);
}

/* One entry of an index: by reference, then by platform. Different images that fit
 * alike are refused: which one a runtime takes is its own affair. */
static const struct doc_record *choose(struct planner *p, const struct records *all,
				       struct error *err)
{
	const struct platform wanted = plan_wanted_platform(p);
	const struct doc_record *only = NULL, *fitting = NULL;
	enum platform_fit best = PLATFORM_OTHER;
	bool rivals = false, fitting_rivals = false;
	for (size_t i = 0; i < all->n; i++) {
		const struct doc_record *r = &all->list[i];
		if (!is_image(r) || (p->reference[0] != '\0' && !name_fits(r, p->reference)))
			continue;
		rivals |= only != NULL && !digest_equal(&only->digest, &r->digest);
		only = r;
		enum platform_fit fit = plan_fit_of(&wanted, r);
		if (fit > best) {
			best = fit;
			fitting = r;
			fitting_rivals = false;
		} else if (fit == best && fitting != NULL) {
			fitting_rivals |= !digest_equal(&fitting->digest, &r->digest);
		}
	}
	if (fitting != NULL && !fitting_rivals)
		return fitting;
	/* An entry without a platform is taken: its config will tell. */
	if (only != NULL && !rivals && fitting == NULL &&
	    (p->platform == NULL || plan_platform_text(only, p->st) == NULL))
		return only;
	char name[2 * sizeof wanted.os];
	(void)snprintf(name, sizeof name, "%s/%s", wanted.os, wanted.arch);
	no_choice(p, all, only != NULL, p->platform != NULL ? p->platform : name, err);
	return NULL;
}

/* --- a manifest and its config ------------------------------------------------------- */

/* Other forms hold other things: a file system image starts with zeros, as an
 * empty tar archive does. */
static bool is_tar(struct bytes type)
{
	static const char *const types[] = {
		"application/vnd.oci.image.layer.v1.tar",
		"application/vnd.oci.image.layer.nondistributable.v1.tar",
		"application/vnd.docker.image.rootfs.diff.tar",
		"application/vnd.docker.image.rootfs.foreign.diff.tar"
	};
	static const char *const forms[] = { "", "+gzip", "+zstd", ".gzip", ".zstd" };
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		struct bytes t = bytes_str(types[i]), form = bytes_sub(type, t.n, type.n);
		for (size_t k = 0; k < sizeof forms / sizeof forms[0]; k++)
			if (bytes_starts_with(type, t) && bytes_equal(form, bytes_str(forms[k])))
				return true;
	}
	return type.n == 0;
}

static int add_layers(struct planner *p, const struct records *manifest, struct error *err)
{
	struct image_plan *plan = p->plan;
	plan->layers = arena_array(&p->st->arena, manifest->n + 1, sizeof *plan->layers);
	if (plan->layers == NULL)
		return error_set(err, ERR_LIMIT, "too many layers");
	for (size_t i = 0; i < manifest->n; i++) {
		const struct doc_record *r = &manifest->list[i];
		struct plan_layer *l = &plan->layers[plan->layer_count];
		if (r->kind != REC_LAYER && r->kind != REC_SAVED_LAYER)
			continue;
		plan->layer_count++;
		if (!is_tar(r->media_type))
			return error_set(err, ERR_UNSUPPORTED,
					 "layer %zu is of media type %s, which is no tar archive",
					 plan->layer_count, (const char *)r->media_type.p);
		l->name.size = r->size;
		l->name.digest = r->digest;
		l->name.has_digest = r->kind == REC_LAYER;
		if (r->kind == REC_SAVED_LAYER)
			l->name.path = (const char *)r->name.p;
	}
	return 0;
}

const struct doc_record *plan_find_record(const struct records *all, enum doc_record_kind kind)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].kind == kind)
			return &all->list[i];
	return NULL;
}

/* p->doc is an index or a manifest; indexes are followed down. */
static int follow_manifest(struct planner *p, struct error *err)
{
	for (unsigned depth = 0; depth <= LIMIT_NESTED_INDEXES; depth++) {
		cleanup_records struct records all = { .st = p->st };
		if (plan_parse(p, DOC_MANIFEST, &all, err) < 0)
			return error_wrap(err, "the image's manifest");
		const struct doc_record *config = plan_find_record(&all, REC_CONFIG);
		if (config != NULL) {
			struct blob_name name = { .digest = config->digest,
						  .has_digest = true,
						  .size = config->size };
			sha256_of(buf_view(&p->doc), &p->plan->digest);
			p->plan->has_digest = true;
			return add_layers(p, &all, err) < 0 ? -1 : plan_read_config(p, &name, err);
		}
		const struct doc_record *entry = choose(p, &all, err);
		if (entry == NULL)
			return -1;
		if (p->plan->name == NULL && entry->text.n > 0)
			p->plan->name = (const char *)entry->text.p;
		else if (p->plan->name == NULL && entry->name.n > 0)
			p->plan->name = (const char *)entry->name.p;
		p->reference = "";
		struct blob_name name = { .digest = entry->digest,
					  .has_digest = true,
					  .size = entry->size };
		if (p->in->kind == SOURCE_REGISTRY) {
			struct image_reference ref = p->in->ref;
			struct fetch_document doc = { .body = buf_max(LIMIT_MANIFEST_BYTES) };
			ref.has_digest = true;
			ref.digest = entry->digest;
			int r = fetch_manifest(p->in->fetch, &ref, &doc, err);
			buf_free(&p->doc);
			p->doc = doc.body;
			if (r < 0)
				return -1;
		} else if (input_document(p->in, &name, &p->doc, err) < 0) {
			return error_wrap(err, "the image's manifest");
		}
	}
	return error_set(err, ERR_LIMIT, "more than %d indexes inside each other",
			 LIMIT_NESTED_INDEXES);
}

/* --- docker save ------------------------------------------------------------------------ */

struct saved_image {
	size_t from, to; /* records of it */
	const char *config, *tag;
	bool fits;
};

static struct saved_image saved_image_at(const struct records *all, size_t from,
					 const char *reference)
{
	struct saved_image s = { .from = from, .to = from + 1 };
	for (; s.to < all->n; s.to++) {
		const struct doc_record *r = &all->list[s.to];
		if (r->kind == REC_SAVED_IMAGE && r->name.n == 0)
			break;
		const char *name = (const char *)r->name.p;
		if (r->kind == REC_SAVED_IMAGE)
			s.config = name;
		if (r->kind == REC_SAVED_TAG && (s.tag == NULL || strcmp(name, reference) == 0))
			s.tag = name;
		if (r->kind == REC_SAVED_TAG && strcmp(name, reference) == 0)
			s.fits = true;
	}
	return s;
}

static int choose_saved(struct planner *p, const struct records *all, struct saved_image *ret,
			struct error *err)
{
	size_t images = 0, fitting = 0;
	char tags[256] = "";
	for (size_t i = 0; i < all->n;) {
		struct saved_image s = saved_image_at(all, i, p->reference);
		size_t used = strlen(tags);
		images++;
		(void)snprintf(tags + used, sizeof tags - used, "%s%s", images > 1 ? ", " : "",
			       s.tag == NULL ? "(no tag)" : s.tag);
		if (s.fits || p->reference[0] == '\0') {
			fitting++;
			*ret = s;
		}
		i = s.to;
	}
	if (fitting == 1)
		return 0;
	if (images == 0)
		return error_set(err, ERR_MALFORMED, "manifest.json names no image");
	return error_set(
		err, ERR_USAGE,
		"the archive holds %zu images; say which, as in docker-archive:FILE:TAG: %s",
		images, tags);
}

static int follow_saved(struct planner *p, struct error *err)
{
	cleanup_records struct records all = { .st = p->st };
	struct saved_image image = { 0 };
	if (plan_parse(p, DOC_DOCKER_SAVE, &all, err) < 0)
		return error_wrap(err, "manifest.json");
	if (choose_saved(p, &all, &image, err) < 0)
		return -1;
	if (image.config == NULL || image.config[0] == '\0')
		return error_set(err, ERR_MALFORMED, "manifest.json names no config");
	struct records mine = { .list = all.list + image.from, .n = image.to - image.from };
	struct blob_name config = { .path = image.config };
	p->plan->name = image.tag;
	if (add_layers(p, &mine, err) < 0)
		return -1;
	return plan_read_config(p, &config, err);
}

/* --- roots --------------------------------------------------------------------------------- */

static int start_registry(struct planner *p, struct error *err)
{
	struct fetch_document doc = { .body = buf_max(LIMIT_MANIFEST_BYTES) };
	int r = fetch_manifest(p->in->fetch, &p->in->ref, &doc, err);
	buf_free(&p->doc);
	p->doc = doc.body;
	p->plan->name = p->in->ref.familiar;
	return r;
}

static int start_local(struct planner *p, bool *ret_saved, struct error *err)
{
	struct scan_input *in = p->in;
	bool is_layout = in->kind == SOURCE_OCI_LAYOUT;
	bool is_daemon = in->kind == SOURCE_DOCKER || in->kind == SOURCE_PODMAN;
	*ret_saved = (in->kind == SOURCE_DOCKER_ARCHIVE || is_daemon) && in->has_manifest;
	if (!is_layout && !in->has_manifest && !in->has_index)
		return error_set(err, ERR_UNSUPPORTED,
				 "no image archive: it holds neither manifest.json nor index.json");
	if (in->kind == SOURCE_DOCKER_ARCHIVE && !in->has_manifest)
		return error_set(err, ERR_UNSUPPORTED,
				 "no docker archive: it holds no manifest.json; try oci-archive:");
	if (in->kind == SOURCE_OCI_ARCHIVE && !in->has_index)
		return error_set(err, ERR_UNSUPPORTED,
				 "no OCI archive: it holds no index.json; try docker-archive:");
	struct blob_name root = { .path = *ret_saved ? "manifest.json" : "index.json" };
	return input_document(in, &root, &p->doc, err);
}

static int start(struct planner *p, bool *ret_saved, struct error *err)
{
	if (p->in->kind == SOURCE_REGISTRY)
		return start_registry(p, err);
	p->plan->name = p->in->name;
	if (!input_has_root(p->in))
		return start_local(p, ret_saved, err);
	return input_root(p->in, &p->doc, err);
}

/* What index.json says of the image that this platform gets. */
static int plan_by_index(const struct planner *by_manifest, const char *platform,
			 struct image_plan *ret, struct error *err)
{
	struct planner p = *by_manifest;
	struct blob_name root = { .path = "index.json" };
	*ret = (struct image_plan){ 0 };
	p.plan = ret;
	p.platform = platform;
	p.doc = buf_max(LIMIT_MANIFEST_BYTES);
	int r = input_document(p.in, &root, &p.doc, err);
	if (r == 0)
		r = follow_manifest(&p, err);
	buf_free(&p.doc);
	return r;
}

/* An archive that nobody called one or the other and that is both, as `docker
 * save` makes it: some load what manifest.json says, others what index.json says.
 * An archive of another machine's image may name this machine's and lack it. */
static int check_index(const struct planner *p, struct error *err)
{
	struct image_plan other;
	struct error why = { 0 };
	int r = plan_by_index(p, p->platform, &other, &why);
	if (r < 0 && why.code == ERR_NOT_FOUND && p->platform == NULL)
		r = plan_by_index(p, p->plan->platform, &other, &why);
	if (r < 0) {
		*err = why;
		return error_wrap(err, "index.json cannot be followed (docker-archive: before the "
				       "name leaves it aside)");
	}
	if (!digest_equal(&p->plan->image_id, &other.image_id))
		return error_set(err, ERR_MALFORMED,
				 "manifest.json and index.json are about different images; say "
				 "which with docker-archive: or oci-archive:");
	return 0;
}

int plan_make(struct image_plan *plan, struct scan_input *in, const char *reference,
	      const char *platform, struct fact_store *st, struct error *err)
{
	struct planner p = { .plan = plan,
			     .in = in,
			     .reference = reference,
			     .platform = platform,
			     .st = st,
			     .doc = buf_max(LIMIT_MANIFEST_BYTES) };
	bool saved = false;
	*plan = (struct image_plan){ 0 };
	int r = start(&p, &saved, err);
	if (r == 0)
		r = saved ? follow_saved(&p, err) : follow_manifest(&p, err);
	if (r == 0 && saved && in->is_both)
		r = check_index(&p, err);
	buf_free(&p.doc);
	return r;
}
