/* OpenVEX 0.2 (openvex/spec, OPENVEX-SPEC.md), and the older forms in which a
 * vulnerability or a product is a string. */
#include "sbom/vex_emit.h"

struct openvex {
	struct document d;
	struct vex_sink *sink;
	struct error *err;
	char time[RFC3339_TEXT + 16]; /* of the document */
};

/* A string, or an object's "@id"; for products "identifiers": {"purl"} wins. */
struct thing {
	struct bytes id, name, purl;
};

/* --- the document's own words -------------------------------------------------------- */

static void keep_time(struct openvex *x)
{
	struct bytes text = document_text(&x->d);
	if (text.n > 0 && text.n < sizeof x->time) {
		memcpy(x->time, text.p, text.n);
		x->time[text.n] = '\0';
	}
}

static int read_about(struct openvex *x, struct bytes json, struct error *err)
{
	struct bytes key, author = BYTES_LIT("");
	if (document_open(&x->d, json, err) < 0)
		return -1;
	bool updated = false;
	int r = json_enter_object(x->d.json) ? 0 : -1;
	while (r == 0 && json_next_key(x->d.json, &key)) {
		if (is(key, "author")) {
			author = document_text(&x->d);
		} else if (is(key, "last_updated") || (is(key, "timestamp") && !updated)) {
			updated = is(key, "last_updated");
			keep_time(x);
		} else {
			json_skip(x->d.json);
		}
	}
	if (r == 0)
		r = x->sink->about(x->sink->ctx, BYTES_LIT("OpenVEX"), author, err);
	return document_close(&x->d, r);
}

/* --- things ------------------------------------------------------------------------------ */

static void read_identifiers(struct openvex *x, struct thing *t)
{
	struct bytes key;
	if (!json_enter_object(x->d.json))
		return;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "purl"))
			t->purl = document_text(&x->d);
		else
			json_skip(x->d.json);
	}
}

static struct bytes purl_of(const struct thing *t)
{
	return t->purl.n > 0 ? t->purl : t->id;
}

static struct bytes read_part(struct openvex *x)
{
	struct thing t = { 0 };
	struct bytes key;
	if (json_peek(x->d.json) == JSON_STRING)
		return document_text(&x->d);
	if (!json_enter_object(x->d.json))
		return BYTES_LIT("");
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "@id"))
			t.id = document_text(&x->d);
		else if (is(key, "identifiers"))
			read_identifiers(x, &t);
		else
			json_skip(x->d.json);
	}
	return purl_of(&t);
}

struct part {
	struct bytes purl;
	struct part *next;
};

static void read_parts(struct openvex *x, struct part **list)
{
	if (!json_enter_array(x->d.json))
		return;
	while (json_next_item(x->d.json)) {
		struct bytes purl = read_part(x);
		struct part *p = arena_alloc(&x->d.arena, sizeof *p);
		if (p == NULL)
			continue;
		*p = (struct part){ purl, *list };
		*list = p;
	}
}

static void read_product(struct openvex *x, struct vex_draft *v)
{
	struct thing t = { 0 };
	struct part *parts = NULL;
	struct bytes key;
	if (json_peek(x->d.json) == JSON_STRING) {
		vex_draft_product(v, document_text(&x->d), BYTES_LIT(""));
		return;
	}
	if (!json_enter_object(x->d.json))
		return;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "@id"))
			t.id = document_text(&x->d);
		else if (is(key, "identifiers"))
			read_identifiers(x, &t);
		else if (is(key, "subcomponents"))
			read_parts(x, &parts);
		else
			json_skip(x->d.json);
	}
	if (parts == NULL)
		vex_draft_product(v, purl_of(&t), BYTES_LIT(""));
	for (; parts != NULL; parts = parts->next)
		if (parts->purl.n > 0)
			vex_draft_product(v, purl_of(&t), parts->purl);
}

static void read_aliases(struct openvex *x, struct vex_draft *v)
{
	if (!json_enter_array(x->d.json))
		return;
	while (json_next_item(x->d.json))
		vex_draft_id(v, document_text(&x->d));
}

static void read_vulnerability(struct openvex *x, struct vex_draft *v)
{
	struct bytes key;
	if (json_peek(x->d.json) == JSON_STRING) {
		vex_draft_id(v, document_text(&x->d));
		return;
	}
	if (!json_enter_object(x->d.json))
		return;
	while (json_next_key(x->d.json, &key)) {
		if (is(key, "name") || is(key, "@id"))
			vex_draft_id(v, document_text(&x->d));
		else if (is(key, "aliases"))
			read_aliases(x, v);
		else
			json_skip(x->d.json);
	}
}

/* --- statements ------------------------------------------------------------------------------ */

static void take_member(struct openvex *x, struct vex_draft *v, struct bytes key, bool *updated)
{
	if (is(key, "vulnerability")) {
		read_vulnerability(x, v);
	} else if (is(key, "status")) {
		v->has_status = vex_status_parse(document_text(&x->d), &v->status);
	} else if (is(key, "justification")) {
		v->why.justification = document_text(&x->d);
	} else if (is(key, "impact_statement")) {
		v->why.detail = document_text(&x->d);
	} else if (is(key, "last_updated") || (is(key, "timestamp") && !*updated)) {
		*updated = is(key, "last_updated");
		v->time = document_text(&x->d);
	} else if (is(key, "products") && json_enter_array(x->d.json)) {
		while (json_next_item(x->d.json))
			read_product(x, v);
	} else if (!is(key, "products")) {
		json_skip(x->d.json);
	}
}

static int read_statement(void *ctx)
{
	struct openvex *x = ctx;
	struct vex_draft v;
	struct bytes key;
	bool updated = false;
	vex_draft_begin(&v, &x->d);
	v.time = bytes_str(x->time);
	while (json_next_key(x->d.json, &key))
		take_member(x, &v, key, &updated);
	return json_failed(x->d.json) ? 0 : vex_draft_end(&v, x->sink, x->err);
}

int vex_openvex(struct bytes json, struct vex_sink *sink, struct error *err)
{
	struct openvex x = { .sink = sink, .err = err };
	if (read_about(&x, json, err) < 0)
		return -1;
	return document_each(&x.d, json, "statements", read_statement, &x, err);
}
