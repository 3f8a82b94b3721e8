/* FriendsOfPHP's security-advisories (github.com/FriendsOfPHP/security-advisories,
 * README): YAML, a package of Composer, and affected ranges by branch. */
#include "feed/document.h"
#include "feed/requirement.h"

/* An advisory without a CVE has no id but the file's place; GitHub's, where the
 * link is to it, else made of package and file name. */
static struct bytes ghsa_of(struct bytes link)
{
	for (size_t at = 0; at + 5 < link.n; at++) {
		struct bytes rest = bytes_sub(link, at, at + 19);
		if (bytes_starts_with(rest, BYTES_LIT("GHSA-")) && rest.n == 19)
			return rest;
	}
	return BYTES_LIT("");
}

static struct bytes made_id(struct import *im, struct bytes package)
{
	char id[120];
	const char *slash = strrchr(im->file, '/'), *file = slash == NULL ? im->file : slash + 1;
	const char *dot = strrchr(file, '.');
	int stem = (int)(dot == NULL ? strlen(file) : (size_t)(dot - file));
	int n = snprintf(id, sizeof id, "FOP-%.*s-%.*s", (int)(package.n & 0xff),
			 (const char *)package.p, stem, file);
	if (n < 0 || (size_t)n >= sizeof id)
		return BYTES_LIT("");
	for (char *c = id; *c != '\0'; c++)
		if (*c == '/')
			*c = '-';
	return record_copy(im, bytes_of(id, (size_t)n));
}

static void take_record(struct import *im, const struct node *root, struct osv_record *o,
			struct bytes package)
{
	struct bytes cve = node_text(root, "cve"), ghsa = ghsa_of(node_text(root, "link"));
	osv_begin(im, o);
	o->publisher = BYTES_LIT("friendsofphp");
	if (cve_of(cve).n > 0)
		o->id = record_copy(im, cve);
	else
		o->id = ghsa.n > 0 ? record_copy(im, ghsa) : made_id(im, package);
	if (cve_of(cve).n > 0 && ghsa.n > 0)
		osv_add_text(im, &o->aliases, record_copy(im, ghsa));
}

/* The fix of the first branch; "2016-03-18 12:00:00". */
static void take_time(struct import *im, const struct node *branch, struct osv_record *o)
{
	struct bytes day = day_of_time(node_text(branch, "time"));
	if (day.n > 0 && (o->published.n == 0 || bytes_compare(day, o->published) < 0))
		o->published = record_copy(im, day);
}

/* ['>=4.3.0', '<4.3.8']: all of them together. */
static bool take_branch(struct import *im, const struct node *branch, struct osv_affected *a)
{
	struct interval in = { 0 };
	struct osv_span span;
	const struct node *versions = node_get(branch, "versions");
	for (const struct node *n = versions == NULL ? NULL : versions->first; n != NULL;
	     n = n->next)
		if (!requirement_add(im, REQUIREMENT_COMPOSER, n->text, &in))
			return false;
	if (versions != NULL && requirement_span(im, REQUIREMENT_COMPOSER, &in, &span))
		osv_add_span(im, a, span);
	return true;
}

int import_php(struct import *im, struct feed_input *in)
{
	static const char front[] = "composer://";
	cleanup_document struct document d = { 0 };
	struct osv_record o;
	if (!document_yaml(im, in, &d))
		return -1;
	struct bytes package = node_text(d.root, "reference");
	package = bytes_sub(package, sizeof front - 1, package.n);
	take_record(im, d.root, &o, package);
	struct osv_affected *a = osv_add_affected(im, &o);
	const struct node *branches = node_get(d.root, "branches");
	const struct node *branch = a == NULL || branches == NULL ? NULL : branches->first;
	if (a != NULL) {
		a->ecosystem = BYTES_LIT("Packagist");
		a->name = record_copy(im, package);
	}
	for (; branch != NULL; branch = branch->next) {
		take_time(im, branch, &o);
		if (!take_branch(im, branch, a))
			import_skip(im, o.id, "a range of versions in it cannot be read");
	}
	return osv_send(im, &o) ? 0 : -1;
}
