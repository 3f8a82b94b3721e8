/* OSV records that are published as YAML: PyPA's advisory-database and the R
 * Consortium's. The same members as in JSON. */
#include "feed/document.h"
#include "feed/osv.h"

static void take_texts(struct import *im, const struct node *list, struct osv_list *to)
{
	for (const struct node *n = list == NULL ? NULL : list->first; n != NULL; n = n->next)
		if (n->text.n > 0)
			osv_add_text(im, to, record_copy(im, n->text));
}

static void take_severities(struct import *im, const struct node *list, struct osv_severity *s)
{
	for (const struct node *n = list == NULL ? NULL : list->first; n != NULL; n = n->next)
		osv_take_score(im, node_text(n, "type"), node_text(n, "score"), s);
}

static void take_word(const struct node *specific, struct osv_severity *s)
{
	enum severity word = severity_of_word(node_text(specific, "severity"));
	if (word != SEVERITY_UNKNOWN)
		s->word = word;
}

static void take_range(struct import *im, struct osv_affected *a, const struct node *range)
{
	struct osv_events e;
	const struct node *events = node_get(range, "events");
	if (events == NULL || !osv_is_usable_range(node_text(range, "type")))
		return;
	osv_events_begin(&e);
	for (const struct node *n = events->first; n != NULL; n = n->next)
		for (const struct node *m = n->first; m != NULL; m = m->next)
			osv_event(im, &e, m->key, record_copy(im, m->text));
	osv_events_end(a, &e);
}

static void take_affected(struct import *im, struct osv_record *o, const struct node *n)
{
	struct osv_affected *a = osv_add_affected(im, o);
	const struct node *package = node_get(n, "package"), *ranges = node_get(n, "ranges");
	if (a == NULL)
		return;
	a->ecosystem = record_copy(im, node_text(package, "ecosystem"));
	a->name = record_copy(im, node_text(package, "name"));
	a->purl = record_copy(im, node_text(package, "purl"));
	for (const struct node *r = ranges == NULL ? NULL : ranges->first; r != NULL; r = r->next)
		take_range(im, a, r);
	if (a->spans == NULL)
		take_texts(im, node_get(n, "versions"), &a->versions);
	take_severities(im, node_get(n, "severity"), &a->severity);
	take_word(node_get(n, "ecosystem_specific"), &a->severity);
	take_word(node_get(n, "database_specific"), &a->severity);
}

static void take_record(struct import *im, const struct node *root, struct osv_record *o)
{
	const struct node *affected = node_get(root, "affected");
	osv_begin(im, o);
	o->id = record_copy(im, node_text(root, "id"));
	o->published = record_copy(im, node_text(root, "published"));
	o->modified = record_copy(im, node_text(root, "modified"));
	o->withdrawn = record_copy(im, node_text(root, "withdrawn"));
	o->summary = record_copy(im, node_text(root, "summary"));
	take_texts(im, node_get(root, "aliases"), &o->aliases);
	take_texts(im, node_get(root, "upstream"), &o->upstream);
	take_texts(im, node_get(root, "related"), &o->related);
	take_severities(im, node_get(root, "severity"), &o->severity);
	take_word(node_get(root, "database_specific"), &o->severity);
	for (const struct node *n = affected == NULL ? NULL : affected->first; n != NULL;
	     n = n->next)
		take_affected(im, o, n);
}

int import_osv_yaml(struct import *im, struct feed_input *in)
{
	cleanup_document struct document d = { 0 };
	struct osv_record o;
	if (!document_yaml(im, in, &d))
		return -1;
	take_record(im, d.root, &o);
	return osv_send(im, &o) ? 0 : -1;
}
