#include "feed/csaf.h"
#include "feed/words.h"

/* Out of room: nothing of such a document can be trusted to be complete. */
static void *csaf_alloc(struct csaf *c, size_t size)
{
	void *p = c->im->failed ? NULL : arena_alloc(&c->arena, size);
	if (p == NULL && !c->im->failed)
		(void)import_fail(c->im, ERR_LIMIT, "more products than a document may have");
	return p;
}

static struct bytes csaf_copy(struct csaf *c, struct bytes b)
{
	uint8_t *p = csaf_alloc(c, b.n + 1);
	if (p == NULL || b.n == 0)
		return BYTES_LIT("");
	memcpy(p, b.p, b.n);
	return bytes_of(p, b.n);
}

static void take_string(struct csaf *c, struct bytes *ret)
{
	struct bytes b;
	if (json_get_string(c->r, &b))
		*ret = csaf_copy(c, b);
}

/* --- product_tree ---------------------------------------------------------------- */

const struct csaf_product *csaf_product(const struct csaf *c, struct bytes id)
{
	const uint64_t *value = map_get(&c->products, id);
	return value == NULL ? NULL : (const struct csaf_product *)(uintptr_t)*value;
}

static struct csaf_product *product_at(struct csaf *c, struct bytes id)
{
	uint64_t *value = map_put(&c->products, id, NULL);
	if (value == NULL) {
		(void)import_fail(c->im, ERR_MEMORY, "no memory for products");
		return NULL;
	}
	if (*value == 0)
		*value = (uintptr_t)csaf_alloc(c, sizeof(struct csaf_product));
	return (struct csaf_product *)(uintptr_t)*value;
}

static void read_helper(struct csaf *c, struct csaf_product *p)
{
	struct bytes key;
	if (!json_enter_object(c->r))
		return;
	while (json_next_key(c->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("cpe")))
			take_string(c, &p->cpe);
		else if (bytes_equal(key, BYTES_LIT("purl")))
			take_string(c, &p->purl);
		else
			json_skip(c->r);
	}
}

/* {"name", "product_id", "product_identification_helper": {"cpe" | "purl"}} */
static void read_product(struct csaf *c, struct bytes *ret_id)
{
	struct bytes key, id = BYTES_LIT("");
	struct csaf_product given = { 0 };
	if (!json_enter_object(c->r))
		return;
	while (json_next_key(c->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("product_id")))
			take_string(c, &id);
		else if (bytes_equal(key, BYTES_LIT("product_identification_helper")))
			read_helper(c, &given);
		else
			json_skip(c->r);
	}
	struct csaf_product *p = id.n == 0 ? NULL : product_at(c, id);
	if (p != NULL) {
		*p = given;
		p->id = id;
	}
	*ret_id = id;
}

/* Branches hold branches, to the depth that JSON may have; only the products at
 * their ends matter. */
static void read_branches(struct csaf *c)
{
	struct bytes key, waste;
	size_t depth = 1;
	bool in_object = false;
	if (!json_enter_array(c->r))
		return;
	while (depth > 0 && !c->im->failed && !json_failed(c->r)) {
		if (!in_object && !json_next_item(c->r)) {
			in_object = --depth > 0;
		} else if (!in_object) {
			in_object = json_enter_object(c->r);
		} else if (!json_next_key(c->r, &key)) {
			in_object = false;
		} else if (bytes_equal(key, BYTES_LIT("branches"))) {
			if (json_enter_array(c->r)) {
				depth++;
				in_object = false;
			}
		} else if (bytes_equal(key, BYTES_LIT("product"))) {
			read_product(c, &waste);
		} else {
			json_skip(c->r);
		}
	}
}

/* A package as a part of a product, or of a module that is a part of one. */
static void read_relationship(struct csaf *c)
{
	struct bytes key, id = BYTES_LIT(""), package = BYTES_LIT(""), platform = BYTES_LIT("");
	if (!json_enter_object(c->r))
		return;
	while (json_next_key(c->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("full_product_name")))
			read_product(c, &id);
		else if (bytes_equal(key, BYTES_LIT("product_reference")))
			take_string(c, &package);
		else if (bytes_equal(key, BYTES_LIT("relates_to_product_reference")))
			take_string(c, &platform);
		else
			json_skip(c->r);
	}
	struct csaf_product *p = id.n == 0 || c->im->failed ? NULL : product_at(c, id);
	if (p != NULL) {
		p->package = csaf_product(c, package);
		p->platform = csaf_product(c, platform);
	}
}

static void read_tree(struct csaf *c)
{
	struct bytes key;
	c->has_tree = true;
	if (!json_enter_object(c->r))
		return;
	while (!c->im->failed && json_next_key(c->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("branches"))) {
			read_branches(c);
		} else if (!bytes_equal(key, BYTES_LIT("relationships"))) {
			json_skip(c->r);
		} else if (json_enter_array(c->r)) {
			while (!c->im->failed && json_next_item(c->r))
				read_relationship(c);
		}
	}
}

/* --- vulnerabilities ------------------------------------------------------------------ */

static struct csaf_status *status_at(struct csaf *c, struct bytes product, bool make)
{
	uint64_t *value = map_get(&c->statuses, product);
	if (value != NULL)
		return (struct csaf_status *)(uintptr_t)*value;
	struct csaf_status *s = make ? csaf_alloc(c, sizeof *s) : NULL;
	if (s == NULL)
		return NULL;
	s->product = csaf_copy(c, product);
	value = map_put(&c->statuses, s->product, NULL);
	if (value == NULL)
		return NULL;
	*value = (uintptr_t)s;
	*c->last = s;
	c->last = &s->next;
	return s;
}

/* "fixed": ["AppStream-9.2.0:bind-32:9.16.23-11.el9.src", …] */
static void read_status_list(struct csaf *c, enum finding_status status)
{
	struct bytes product;
	if (!json_enter_array(c->r))
		return;
	while (!c->im->failed && json_next_item(c->r)) {
		struct csaf_status *s = NULL;
		if (json_get_string(c->r, &product))
			s = status_at(c, product, true);
		if (s != NULL)
			s->status = status;
	}
}

static void read_product_status(struct csaf *c)
{
	struct bytes key;
	if (!json_enter_object(c->r))
		return;
	while (!c->im->failed && json_next_key(c->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("fixed")) ||
		    bytes_equal(key, BYTES_LIT("first_fixed")))
			read_status_list(c, STATUS_FIXED);
		else if (bytes_equal(key, BYTES_LIT("known_affected")))
			read_status_list(c, STATUS_AFFECTED);
		else if (bytes_equal(key, BYTES_LIT("known_not_affected")))
			read_status_list(c, STATUS_NOT_AFFECTED);
		else
			json_skip(c->r);
	}
}

/* A remediation or threat: what it says, and of which products. */
struct remark {
	bool no_fix, none_yet, impact, of_some;
	struct bytes details, url; /* in the record's memory */
	struct bytes *products;
	size_t count, room;
};

static void read_products(struct csaf *c, struct remark *k)
{
	struct bytes b;
	if (!json_enter_array(c->r))
		return;
	while (json_next_item(c->r)) {
		if (!json_get_string(c->r, &b))
			continue;
		if (k->count == k->room) {
			size_t room = k->room == 0 ? 64 : k->room * 2;
			struct bytes *more = arena_array(&c->arena, room, sizeof *more);
			if (more == NULL) {
				(void)import_fail(c->im, ERR_LIMIT,
						  "more products than a document may have");
				return;
			}
			if (k->count > 0)
				memcpy(more, k->products, k->count * sizeof *more);
			k->products = more;
			k->room = room;
		}
		struct csaf_status *s = status_at(c, b, false);
		if (s != NULL)
			k->products[k->count++] = s->product;
	}
}

/* Red Hat's errata stand in the address of the fix. */
static struct bytes advisory_of(struct bytes url)
{
	static const char front[] = "https://access.redhat.com/errata/";
	struct bytes id = bytes_sub(url, sizeof front - 1, url.n);
	return bytes_starts_with(url, BYTES_LIT(front)) && is_vuln_id(id) ? id : BYTES_LIT("");
}

static void apply_remark(struct csaf *c, const struct remark *k)
{
	enum severity severity = k->impact ? severity_of_word(k->details) : SEVERITY_UNKNOWN;
	struct bytes advisory = advisory_of(k->url);
	if (!k->of_some && severity != SEVERITY_UNKNOWN)
		c->severity = severity;
	for (size_t i = 0; i < k->count; i++) {
		struct csaf_status *s = status_at(c, k->products[i], false);
		if (s == NULL)
			continue;
		if (severity != SEVERITY_UNKNOWN)
			s->severity = severity;
		if (advisory.n > 0 && s->advisory.n == 0)
			s->advisory = advisory;
		s->no_fix |= k->no_fix;
		s->deferred |= k->none_yet && bytes_equal(k->details, BYTES_LIT("Fix deferred"));
	}
}

static void read_category(struct csaf *c, struct remark *k)
{
	struct bytes b;
	if (!json_get_string(c->r, &b))
		return;
	k->no_fix = bytes_equal(b, BYTES_LIT("no_fix_planned"));
	k->none_yet = bytes_equal(b, BYTES_LIT("none_available"));
	k->impact = bytes_equal(b, BYTES_LIT("impact"));
}

static void read_remarks(struct csaf *c)
{
	struct bytes key;
	if (!json_enter_array(c->r))
		return;
	while (!c->im->failed && json_next_item(c->r)) {
		struct remark k = { 0 };
		if (!json_enter_object(c->r))
			continue;
		while (json_next_key(c->r, &key)) {
			k.of_some |= bytes_ends_with(key, BYTES_LIT("_ids")); /* product, group */
			if (bytes_equal(key, BYTES_LIT("category")))
				read_category(c, &k);
			else if (bytes_equal(key, BYTES_LIT("details")))
				take_string(c, &k.details);
			else if (bytes_equal(key, BYTES_LIT("url")))
				take_string(c, &k.url);
			else if (bytes_equal(key, BYTES_LIT("product_ids")))
				read_products(c, &k);
			else
				json_skip(c->r);
		}
		apply_remark(c, &k);
	}
}

static void read_vulnerability(struct csaf *c)
{
	struct bytes key;
	c->cve = c->released = BYTES_LIT("");
	c->severity = SEVERITY_UNKNOWN;
	c->first = NULL;
	c->last = &c->first;
	map_free(&c->statuses);
	map_init(&c->statuses);
	if (!json_enter_object(c->r))
		return;
	while (!c->im->failed && json_next_key(c->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("cve")))
			take_string(c, &c->cve);
		else if (bytes_equal(key, BYTES_LIT("release_date")))
			take_string(c, &c->released);
		else if (bytes_equal(key, BYTES_LIT("product_status")))
			read_product_status(c);
		else if (bytes_equal(key, BYTES_LIT("remediations")) ||
			 bytes_equal(key, BYTES_LIT("threats")))
			read_remarks(c);
		else
			json_skip(c->r);
	}
	if (!c->im->failed && !json_failed(c->r))
		(void)csaf_send(c);
}

/* --- the document ------------------------------------------------------------------------- */

static void read_named(struct csaf *c, const char *name, struct bytes *ret)
{
	struct bytes key;
	if (!json_enter_object(c->r))
		return;
	while (json_next_key(c->r, &key)) {
		if (bytes_equal(key, bytes_str(name)))
			take_string(c, ret);
		else
			json_skip(c->r);
	}
}

static void read_tracking(struct csaf *c)
{
	struct bytes key;
	if (!json_enter_object(c->r))
		return;
	while (json_next_key(c->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("current_release_date")))
			take_string(c, &c->date);
		else if (bytes_equal(key, BYTES_LIT("initial_release_date")))
			take_string(c, &c->initial);
		else if (bytes_equal(key, BYTES_LIT("id")))
			take_string(c, &c->id);
		else
			json_skip(c->r);
	}
}

static void read_document(struct csaf *c)
{
	struct bytes key;
	if (!json_enter_object(c->r))
		return;
	while (json_next_key(c->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("publisher")))
			read_named(c, "name", &c->publisher);
		else if (bytes_equal(key, BYTES_LIT("tracking")))
			read_tracking(c);
		else
			json_skip(c->r);
	}
}

/* Products must be known before they are spoken of: members stand in the order
 * of the alphabet, as everybody publishes them. */
void csaf_read(struct csaf *c)
{
	struct bytes key;
	(void)json_enter_object(c->r);
	while (!c->im->failed && json_next_key(c->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("document"))) {
			read_document(c);
		} else if (bytes_equal(key, BYTES_LIT("product_tree"))) {
			read_tree(c);
		} else if (!bytes_equal(key, BYTES_LIT("vulnerabilities"))) {
			json_skip(c->r);
		} else if (!c->has_tree) {
			(void)import_fail(c->im, ERR_UNSUPPORTED,
					  "vulnerabilities before the product_tree");
		} else if (json_enter_array(c->r)) {
			while (!c->im->failed && json_next_item(c->r))
				read_vulnerability(c);
		}
	}
}
