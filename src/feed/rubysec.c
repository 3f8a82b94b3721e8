/* ruby-advisory-db (github.com/rubysec/ruby-advisory-db, README "Schema"): YAML,
 * a gem or a Ruby implementation, and the versions that are safe. */
#include "feed/document.h"
#include "feed/requirement.h"

/* The ids stand without their fronts: "cve: 2019-5420", "ghsa: m42h-mh85-4qgc". */
static void take_id(struct import *im, const struct node *root, const char *name, const char *front,
		    struct osv_record *o)
{
	char id[128];
	struct bytes text = node_text(root, name);
	if (text.n == 0 || text.n > 64)
		return;
	int n = snprintf(id, sizeof id, "%s%.*s", front, (int)text.n, (const char *)text.p);
	struct bytes copy = record_copy(im, bytes_of(id, (size_t)n));
	if (o->id.n == 0)
		o->id = copy;
	else
		osv_add_text(im, &o->aliases, copy);
}

/* "cvss_v3: 9.8", without a vector. */
static enum severity take_score(const struct node *root)
{
	struct bytes text = node_text(root, "cvss_v3"), whole;
	uint64_t n, tenth = 0;
	if (!bytes_next_field(&text, '.', &whole) || !bytes_to_u64(whole, &n) || n > 10)
		return SEVERITY_UNKNOWN;
	if (text.n > 0 && !bytes_to_u64(bytes_sub(text, 0, 1), &tenth))
		return SEVERITY_UNKNOWN;
	return cvss_severity(31, (unsigned)(n * 10 + tenth));
}

static void take_record(struct import *im, const struct node *root, struct osv_record *o)
{
	osv_begin(im, o);
	o->publisher = BYTES_LIT("rubysec");
	take_id(im, root, "cve", "CVE-", o);
	take_id(im, root, "ghsa", "GHSA-", o);
	take_id(im, root, "osvdb", "OSVDB-", o);
	o->published = o->modified = record_copy(im, node_text(root, "date"));
	o->severity.word = take_score(root);
}

/* False when a requirement cannot be read. */
static bool take_versions(struct import *im, const struct node *root, struct osv_record *o)
{
	struct osv_affected *a = osv_add_affected(im, o);
	if (a == NULL)
		return true; /* the record is full, which osv_send tells */
	bool gem = node_get(root, "gem") != NULL;
	a->ecosystem = gem ? BYTES_LIT("RubyGems") : BYTES_LIT("Bitnami");
	a->name = record_copy(im, node_text(root, gem ? "gem" : "engine"));
	return requirement_lists(im, REQUIREMENT_GEM, node_get(root, "patched_versions"),
				 node_get(root, "unaffected_versions"), a);
}

int import_rubysec(struct import *im, struct feed_input *in)
{
	cleanup_document struct document d = { 0 };
	struct osv_record o;
	if (!document_yaml(im, in, &d))
		return -1;
	take_record(im, d.root, &o);
	return requirement_send(im, &o, take_versions(im, d.root, &o));
}
