/* CSAF 2.0 (OASIS Standard, profile 5 "VEX"): products are told in a tree of branches,
 * and as parts of others by relationships; vulnerabilities list product ids by
 * status. */
#include "pkgdb/purl.h"
#include "sbom/refs.h"
#include "sbom/vex_emit.h"

struct csaf {
	struct document d;
	struct refs refs;
	struct vex_sink *sink;
	struct error *err;
	struct bytes time;
};

/* --- products ----------------------------------------------------------------------- */

/* full_product_name_t (3.1.3): name, product_id, product_identification_helper. */
static struct ref *read_product(struct csaf *x)
{
	struct bytes key, id = BYTES_LIT(""), purl = id;
	if (!json_enter_object(x->d.json))
		return NULL;
	document_next_record(&x->d);
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "product_id")) {
			id = document_text(&x->d);
		} else if (is(key, "product_identification_helper") &&
			   json_enter_object(x->d.json)) {
			while (json_next_key(x->d.json, &key)) {
				if (is(key, "purl"))
					purl = document_text(&x->d);
				else
					json_skip(x->d.json);
			}
		} else if (!is(key, "product_identification_helper")) {
			json_skip(x->d.json);
		}
	}
	struct ref *ref = id.n == 0 ? NULL : refs_put(&x->refs, id);
	if (ref != NULL && purl.n > 0)
		ref->purl = refs_copy(&x->refs, purl);
	return ref;
}

static void read_products(struct csaf *x)
{
	if (!json_enter_array(x->d.json))
		return;
	while (json_next_item(x->d.json))
		(void)read_product(x);
}

/* relationships (3.2.2.4): a product that is a part of, or installed on, another. */
static void read_relationship(struct csaf *x)
{
	struct bytes key, part = BYTES_LIT(""), product = part;
	struct ref *ref = NULL;
	if (!json_enter_object(x->d.json))
		return;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "full_product_name"))
			ref = read_product(x);
		else if (is(key, "product_reference"))
			part = refs_copy(&x->refs, document_text(&x->d));
		else if (is(key, "relates_to_product_reference"))
			product = refs_copy(&x->refs, document_text(&x->d));
		else
			json_skip(x->d.json);
	}
	if (ref != NULL) {
		ref->part = part;
		ref->product = product;
	}
}

static void read_relationships(struct csaf *x)
{
	if (!json_enter_array(x->d.json))
		return;
	while (json_next_item(x->d.json))
		read_relationship(x);
}

/* Branches lie within branches: the reader's own depth is what is kept of them. */
static void read_tree(struct csaf *x)
{
	struct bytes key;
	size_t depth = 0; /* of lists of branches */
	bool in_object = json_enter_object(x->d.json);
	if (!in_object)
		return;
	while (!json_failed(x->d.json)) {
		if (in_object && json_next_key(x->d.json, &key)) {
			if (is(key, "branches")) {
				bool enters = json_enter_array(x->d.json);
				depth += enters;
				in_object = !enters;
			} else if (is(key, "product")) {
				(void)read_product(x);
			} else if (is(key, "full_product_names")) {
				read_products(x);
			} else if (is(key, "relationships")) {
				read_relationships(x);
			} else {
				json_skip(x->d.json);
			}
		} else if (in_object) { /* the end of a branch, or of the tree */
			if (depth == 0)
				return;
			in_object = false;
		} else if (json_next_item(x->d.json)) {
			in_object = json_enter_object(x->d.json);
		} else {
			depth--;
			in_object = true;
		}
	}
}

/* --- the document's own words ----------------------------------------------------------- */

static struct bytes read_text_of(struct csaf *x, const char *member)
{
	struct bytes key, text = BYTES_LIT("");
	if (!json_enter_object(x->d.json))
		return text;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, member))
			text = refs_copy(&x->refs, document_text(&x->d));
		else
			json_skip(x->d.json);
	}
	return text;
}

static struct bytes read_document(struct csaf *x)
{
	struct bytes key, author = BYTES_LIT("");
	if (!json_enter_object(x->d.json))
		return author;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "publisher"))
			author = read_text_of(x, "name");
		else if (is(key, "tracking"))
			x->time = read_text_of(x, "current_release_date");
		else
			json_skip(x->d.json);
	}
	return author;
}

static int read_first(struct csaf *x, struct bytes json)
{
	struct bytes key, author = BYTES_LIT("");
	if (document_open(&x->d, json, x->err) < 0)
		return -1;
	int r = json_enter_object(x->d.json) ? 0 : -1;
	while (r == 0 && json_next_key(x->d.json, &key)) {
		if (is(key, "document"))
			author = read_document(x);
		else if (is(key, "product_tree"))
			read_tree(x);
		else
			json_skip(x->d.json);
	}
	if (r == 0)
		r = x->sink->about(x->sink->ctx, BYTES_LIT("CSAF"), author, x->err);
	return document_close(&x->d, r);
}

/* --- vulnerabilities ------------------------------------------------------------------------ */

struct status_list {
	enum vex_status status;
	struct vex_product *products; /* product: the id */
	struct status_list *next;
};

static bool has_version(struct bytes purl)
{
	struct purl_cut cut;
	return purl_cut(purl, &cut) && cut.version.n > 0;
}

/* A part of an image is told as such. A part of a platform that has no package URL
 * (a distribution, told by its CPE) is told by itself when it has a version: without
 * one it would be about the other releases, too. A part of any other product is not
 * told, because which packages of an image belong to that product is not known. */
static void add_part(struct csaf *x, struct vex_draft *v, const struct ref *ref)
{
	const struct ref *part = refs_get(&x->refs, ref->part);
	const struct ref *whole = refs_get(&x->refs, ref->product);
	if (part == NULL)
		return;
	if (whole != NULL && purl_is_image(whole->purl))
		vex_draft_product(v, whole->purl, part->purl);
	else if ((whole == NULL || whole->purl.n == 0) && has_version(part->purl))
		vex_draft_product(v, part->purl, BYTES_LIT(""));
}

static void add_product(struct csaf *x, struct vex_draft *v, struct bytes id)
{
	const struct ref *ref = refs_get(&x->refs, id);
	if (ref == NULL)
		return;
	if (ref->part.n > 0)
		add_part(x, v, ref);
	else
		vex_draft_product(v, ref->purl, BYTES_LIT(""));
}

static void read_product_ids(struct csaf *x, struct vex_product **list)
{
	if (!json_enter_array(x->d.json))
		return;
	while (json_next_item(x->d.json)) {
		struct bytes id = document_text(&x->d);
		struct vex_product *p = arena_alloc(&x->d.arena, sizeof *p);
		if (p == NULL)
			continue;
		*p = (struct vex_product){ .product = id, .next = *list };
		*list = p;
	}
}

static struct status_list *read_status(struct csaf *x)
{
	struct status_list *all = NULL;
	struct bytes key;
	enum vex_status status;
	if (!json_enter_object(x->d.json))
		return NULL;
	while (json_next_key(x->d.json, &key)) {
		struct status_list *one = arena_alloc(&x->d.arena, sizeof *one);
		if (one == NULL || !vex_status_parse(key, &status)) {
			json_skip(x->d.json);
			continue;
		}
		*one = (struct status_list){ .status = status, .next = all };
		all = one;
		read_product_ids(x, &one->products);
	}
	return all;
}

static void read_ids(struct csaf *x, struct vex_draft *v)
{
	struct bytes key;
	if (!json_enter_array(x->d.json))
		return;
	while (json_next_item(x->d.json)) {
		if (!json_enter_object(x->d.json))
			continue;
		while (json_next_key(x->d.json, &key)) {
			if (is(key, "text"))
				vex_draft_id(v, document_text(&x->d));
			else
				json_skip(x->d.json);
		}
	}
}

/* A flag (3.2.3.5: a machine-readable justification) or a threat (3.2.3.14), whose
 * category "impact" is the statement of why a product is not affected (profile VEX,
 * 4.5). Without product ids it is about all; groups of products are not read. */
struct remark {
	struct vex_why why;
	struct vex_product *products;
	bool about_groups;
};

static struct remark read_remark(struct csaf *x)
{
	struct bytes key, details = BYTES_LIT("");
	struct remark k = { 0 };
	bool is_impact = false;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "label")) {
			k.why.justification = document_text(&x->d);
		} else if (is(key, "category")) {
			is_impact = is(document_text(&x->d), "impact");
		} else if (is(key, "details")) {
			details = document_text(&x->d);
		} else if (is(key, "product_ids")) {
			read_product_ids(x, &k.products);
		} else {
			k.about_groups |= is(key, "group_ids");
			json_skip(x->d.json);
		}
	}
	if (is_impact)
		k.why.detail = details;
	return k;
}

/* What a vulnerability says of all its products, and of some. */
struct whys {
	struct vex_why common;
	struct map own; /* product id -> struct vex_why, in the record's arena */
};

/* Of several the first in the document counts. */
static void add_why(struct vex_why *to, const struct vex_why *why)
{
	if (to->justification.n == 0)
		to->justification = why->justification;
	if (to->detail.n == 0)
		to->detail = why->detail;
}

static void add_own_why(struct csaf *x, struct whys *w, struct bytes id, const struct vex_why *why)
{
	uint64_t *value = map_put(&w->own, id, NULL);
	if (value != NULL && *value == 0)
		*value = (uintptr_t)arena_alloc(&x->d.arena, sizeof(struct vex_why));
	if (value != NULL && *value != 0)
		add_why((struct vex_why *)(uintptr_t)*value, why);
}

static void read_remarks(struct csaf *x, struct whys *w)
{
	if (!json_enter_array(x->d.json))
		return;
	while (json_next_item(x->d.json)) {
		if (!json_enter_object(x->d.json))
			continue;
		struct remark k = read_remark(x);
		if (k.products == NULL && !k.about_groups)
			add_why(&w->common, &k.why);
		for (const struct vex_product *p = k.products; p != NULL; p = p->next)
			add_own_why(x, w, p->product, &k.why);
	}
}

static int tell_status(struct csaf *x, struct vex_draft *v, const struct status_list *list,
		       const struct whys *w)
{
	bool explained = list->status == VEX_NOT_AFFECTED;
	v->status = list->status;
	v->products = NULL;
	v->why = explained ? w->common : (struct vex_why){ 0 };
	for (const struct vex_product *p = list->products; p != NULL; p = p->next) {
		const uint64_t *own = explained ? map_get(&w->own, p->product) : NULL;
		v->next_why = own == NULL || *own == 0 ? (struct vex_why){ 0 }
						       : *(const struct vex_why *)(uintptr_t)*own;
		add_product(x, v, p->product);
	}
	return vex_draft_end(v, x->sink, x->err);
}

static int tell_vulnerability(struct csaf *x, struct vex_draft *v, const struct status_list *lists,
			      const struct whys *w)
{
	for (; lists != NULL && !json_failed(x->d.json); lists = lists->next)
		if (tell_status(x, v, lists, w) < 0)
			return -1;
	return 0;
}

static int read_vulnerability(void *ctx)
{
	struct csaf *x = ctx;
	struct vex_draft v;
	struct status_list *lists = NULL;
	struct whys whys = { 0 };
	struct bytes key;
	map_init(&whys.own);
	vex_draft_begin(&v, &x->d);
	v.time = x->time;
	v.has_status = true;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "cve"))
			vex_draft_id(&v, document_text(&x->d));
		else if (is(key, "ids"))
			read_ids(x, &v);
		else if (is(key, "product_status"))
			lists = read_status(x);
		else if (is(key, "flags") || is(key, "threats"))
			read_remarks(x, &whys);
		else
			json_skip(x->d.json);
	}
	int r = tell_vulnerability(x, &v, lists, &whys);
	map_free(&whys.own);
	return r;
}

int vex_csaf(struct bytes json, struct vex_sink *sink, struct error *err)
{
	struct csaf x = { .sink = sink, .err = err };
	refs_init(&x.refs);
	int r = read_first(&x, json);
	if (r == 0)
		r = document_each(&x.d, json, "vulnerabilities", read_vulnerability, &x, err);
	refs_free(&x.refs);
	return r;
}
