/* RustSec's advisory-db: Markdown files that begin with a block of TOML
 * (github.com/rustsec/advisory-db, "Advisory Format"). They say which versions
 * are safe; what is between those is affected. */
#include "feed/apps.h"
#include "feed/document.h"
#include "feed/requirement.h"

/* What stands between "```toml" and "```"; empty when there is none. */
static struct bytes front_matter(struct bytes text)
{
	static const char fence[] = "\n```";
	struct bytes line;
	if (!bytes_next_field(&text, '\n', &line))
		return BYTES_LIT("");
	for (size_t at = 0; at + sizeof fence - 1 <= text.n; at++)
		if (memcmp(text.p + at, fence, sizeof fence - 1) == 0)
			return bytes_sub(text, 0, at + 1);
	return BYTES_LIT("");
}

static void take_advisory(struct import *im, const struct node *advisory, struct osv_record *o)
{
	const struct node *aliases = node_get(advisory, "aliases");
	osv_begin(im, o);
	o->publisher = BYTES_LIT("rustsec");
	o->id = record_copy(im, node_text(advisory, "id"));
	o->published = o->modified = record_copy(im, node_text(advisory, "date"));
	o->withdrawn = record_copy(im, node_text(advisory, "withdrawn"));
	osv_take_score(im, BYTES_LIT("CVSS_V3"), node_text(advisory, "cvss"), &o->severity);
	for (const struct node *n = aliases == NULL ? NULL : aliases->first; n != NULL; n = n->next)
		osv_add_text(im, &o->aliases, record_copy(im, n->text));
}

/* False when a requirement cannot be read. */
static bool take_versions(struct import *im, const struct node *root, struct osv_record *o)
{
	const struct node *advisory = node_get(root, "advisory");
	const struct node *versions = node_get(root, "versions");
	struct osv_affected *a = osv_add_affected(im, o);
	if (a == NULL)
		return true; /* the record is full, which osv_send tells */
	/* Those about std, cargo and rustdoc have a CVE's id, and Rust's versions. */
	bool crate = bytes_starts_with(o->id, BYTES_LIT("RUSTSEC-"));
	a->ecosystem = crate ? BYTES_LIT("crates.io") : BYTES_LIT("Bitnami");
	a->name = crate ? record_copy(im, node_text(advisory, "package")) : BYTES_LIT("rust");
	a->informational = osv_is_notice(node_text(advisory, "informational"));
	return requirement_lists(im, REQUIREMENT_CARGO, node_get(versions, "patched"),
				 node_get(versions, "unaffected"), a);
}

int import_rustsec(struct import *im, struct feed_input *in)
{
	cleanup_document struct document d = { 0 };
	struct osv_record o;
	if (!document_read(im, in, &d) || !document_toml(im, &d, front_matter(buf_view(&d.text))))
		return -1;
	take_advisory(im, node_get(d.root, "advisory"), &o);
	return requirement_send(im, &o, take_versions(im, d.root, &o));
}
