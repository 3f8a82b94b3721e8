/* ruby-advisory-db (github.com/rubysec/ruby-advisory-db, README "Schema"): YAML,
 * a gem or a Ruby implementation, and the versions that are safe. */
#include "feed/document.h"
#include "feed/requirement.h"

enum { REQUIREMENTS_MAX = 256 };

static bool take_safe(struct import *im, const struct node *list, struct interval *safe,
		      size_t *count)
{
	for (const struct node *n = list == NULL ? NULL : list->first; n != NULL; n = n->next) {
		if (*count == REQUIREMENTS_MAX)
			return false;
		safe[*count] = (struct interval){ 0 };
		if (!requirement_add(im, REQUIREMENT_GEM, n->text, &safe[(*count)++]))
			return false;
	}
	return true;
}

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
	o->modified = record_copy(im, node_text(root, "date"));
	o->severity.word = take_score(root);
}

/* NULL, or why nothing can be taken. */
static const char *take_versions(struct import *im, const struct node *root, struct osv_record *o)
{
	struct interval safe[REQUIREMENTS_MAX];
	size_t count = 0;
	struct osv_affected *a = osv_add_affected(im, o);
	if (a == NULL)
		return NULL; /* the record is full, which osv_send tells */
	bool gem = node_get(root, "gem") != NULL;
	a->ecosystem = gem ? BYTES_LIT("RubyGems") : BYTES_LIT("Bitnami");
	a->name = record_copy(im, node_text(root, gem ? "gem" : "engine"));
	if (!take_safe(im, node_get(root, "patched_versions"), safe, &count) ||
	    !take_safe(im, node_get(root, "unaffected_versions"), safe, &count) ||
	    !requirement_affected(im, REQUIREMENT_GEM, safe, count, a))
		return "a requirement of versions in it cannot be read";
	return NULL;
}

int import_rubysec(struct import *im, struct feed_input *in)
{
	cleanup_document struct document d = { 0 };
	struct osv_record o;
	if (!document_yaml(im, in, &d))
		return -1;
	take_record(im, d.root, &o);
	const char *why = take_versions(im, d.root, &o);
	if (why == NULL)
		return osv_send(im, &o) ? 0 : -1;
	im->stats.records++;
	import_skip(im, o.id, why);
	return 0;
}
