/* updateinfo.xml, the advisories of an rpm repository (github.com/rpm-software-
 * management/createrepo_c, updateinfo): AlmaLinux, Rocky, Amazon, Anolis, Alibaba
 * Cloud Linux, Oracle, openEuler, Fedora. Which system a notice is for is told by
 * its id, the release by the id too or by the packages' dist tag. */
#include <ctype.h>

#include "feed/import.h"
#include "feed/words.h"
#include "format/xml.h"

/* How the ids of a publisher begin, and where a release's number stands. */
struct publisher {
	const char *front;
	const char *key;
	const char *release; /* the key's release; NULL: told by the dist tag … */
	const char *tag; /* … which begins so; NULL, too: by the notice's title */
	bool by_source; /* its packages are looked up by source name */
};

static const struct publisher publishers[] = {
	{ "ALAS2023", "amazon", "2023", NULL, false },
	{ "ALAS2022", "amazon", "2022", NULL, false },
	{ "ALAS2", "amazon", "2", NULL, false },
	{ "ALAS-", "amazon", NULL, ".amzn", false },
	{ "ALSA-", "almalinux", NULL, ".el", false },
	{ "ALBA-", "almalinux", NULL, ".el", false },
	{ "ALEA-", "almalinux", NULL, ".el", false },
	{ "RLSA-", "rocky", NULL, ".el", true },
	{ "RLBA-", "rocky", NULL, ".el", true },
	{ "RLEA-", "rocky", NULL, ".el", true },
	{ "RXSA-", "rocky", NULL, ".el", true },
	{ "RHSA-", "redhat", NULL, ".el", false },
	{ "ELSA-", "oracle", NULL, ".el", false },
	{ "ANSA-", "anolis", NULL, ".an", false },
	{ "ANBA-", "anolis", NULL, ".an", false },
	{ "ALINUX3-", "alinux", "3", NULL, false },
	{ "ALINUX2-", "alinux", "2", NULL, false },
	{ "FEDORA-", "fedora", NULL, ".fc", false },
	{ "openEuler-SA-", "openeuler", NULL, NULL, true },
};

static const struct publisher *publisher_of(struct bytes id)
{
	for (size_t i = 0; i < sizeof publishers / sizeof *publishers; i++)
		if (bytes_starts_with(id, bytes_str(publishers[i].front)))
			return &publishers[i];
	return NULL;
}

struct rpm {
	struct bytes name, evr, release;
	struct rpm *next;
};

struct text {
	struct bytes text;
	struct text *next;
};

enum { CVES_MAX = 4096 }; /* of one notice: each makes a fact of each package */

/* The notice under way. */
struct notice {
	struct import *im;
	bool open, security;
	struct bytes id, title, issued, updated, module;
	enum severity severity;
	struct text *cves;
	size_t cve_count;
	struct rpm *first, **last;
	struct map seen; /* CVEs, and "name evr" of packages */
};

static void *notice_alloc(struct notice *n, size_t size)
{
	void *p = arena_alloc(&n->im->record, size);
	if (p == NULL)
		n->im->record.used = n->im->record.max; /* record_full */
	return p;
}

/* --- elements ------------------------------------------------------------------------ */

/* False when it was seen in this notice before: a package is listed for each
 * architecture. text must stay. */
static bool is_new(struct notice *n, struct bytes text)
{
	bool fresh = false;
	if (map_put(&n->seen, text, &fresh) == NULL)
		n->im->record.used = n->im->record.max;
	return fresh;
}

static void add_cve(struct notice *n, struct bytes cve)
{
	struct bytes copy = record_copy(n->im, cve);
	struct text *t = is_new(n, copy) ? notice_alloc(n, sizeof *t) : NULL;
	if (t == NULL)
		return;
	if (++n->cve_count > CVES_MAX)
		n->im->record.used = n->im->record.max; /* record_full */
	t->text = copy;
	t->next = n->cves;
	n->cves = t;
}

static void on_reference(struct notice *n, const char *const *attrs)
{
	struct bytes id = bytes_str(xml_attribute(attrs, "id"));
	if (cve_of(id).n > 0 && cve_of(id).n == id.n)
		add_cve(n, id);
}

/* "bind-9.16.23-11.el9.src.rpm" -> "bind"; empty when it is no such name. */
static struct bytes source_name(struct bytes file)
{
	for (int dashes = 0; dashes < 2; dashes++) {
		do
			file.n -= file.n > 0 ? 1 : 0;
		while (file.n > 0 && file.p[file.n] != '-');
	}
	return file;
}

/* "name [epoch:]version-release"; an epoch of 0 is none. */
static struct bytes name_and_evr(struct import *im, struct bytes name, const char *epoch,
				 const char *version, const char *release)
{
	char text[1024];
	bool none = epoch == NULL || epoch[0] == '\0' || strcmp(epoch, "0") == 0;
	int n = snprintf(text, sizeof text, "%.*s %s%s%s-%s", (int)(name.n & 0x3ff),
			 (const char *)name.p, none ? "" : epoch, none ? "" : ":", version,
			 release);
	return n > 0 && (size_t)n < sizeof text ? record_copy(im, bytes_of(text, (size_t)n))
						: BYTES_LIT("");
}

static void on_package(struct notice *n, const char *const *attrs)
{
	const char *name = xml_attribute(attrs, "name"), *src = xml_attribute(attrs, "src");
	const char *version = xml_attribute(attrs, "version");
	const char *release = xml_attribute(attrs, "release");
	const struct publisher *p = publisher_of(n->id);
	if (name == NULL || version == NULL || release == NULL)
		return;
	struct bytes package = bytes_str(name), source = source_name(bytes_str(src));
	if (p != NULL && p->by_source && source.n > 0)
		package = source;
	struct bytes both =
		name_and_evr(n->im, package, xml_attribute(attrs, "epoch"), version, release);
	struct rpm *r = is_new(n, both) ? notice_alloc(n, sizeof *r) : NULL;
	if (r == NULL)
		return;
	r->evr = both;
	(void)bytes_next_field(&r->evr, ' ', &r->name);
	r->release = record_copy(n->im, bytes_str(release));
	*n->last = r;
	n->last = &r->next;
}

/* <module stream="18" version="…" context="…" arch="…" name="nodejs"/> */
static void on_module(struct notice *n, const char *const *attrs)
{
	const char *name = xml_attribute(attrs, "name"), *stream = xml_attribute(attrs, "stream");
	char text[200];
	if (name == NULL || stream == NULL)
		return;
	int size = snprintf(text, sizeof text, "%s:%s", name, stream);
	if (size > 0 && (size_t)size < sizeof text)
		n->module = record_copy(n->im, bytes_of(text, (size_t)size));
}

static void on_update(struct notice *n, const char *const *attrs)
{
	const char *type = xml_attribute(attrs, "type");
	struct import *im = n->im;
	record_begin(im);
	map_free(&n->seen);
	*n = (struct notice){ .im = im, .open = true };
	map_init(&n->seen);
	n->last = &n->first;
	n->security = type != NULL && strcmp(type, "security") == 0;
}

static int on_start(void *ctx, const char *name, const char *const *attrs, struct error *err)
{
	struct notice *n = ctx;
	(void)err;
	if (strcmp(name, "update") == 0)
		on_update(n, attrs);
	else if (!n->open)
		return 0;
	else if (strcmp(name, "reference") == 0)
		on_reference(n, attrs);
	else if (strcmp(name, "package") == 0)
		on_package(n, attrs);
	else if (strcmp(name, "module") == 0)
		on_module(n, attrs);
	else if (strcmp(name, "issued") == 0)
		n->issued = record_copy(n->im, bytes_str(xml_attribute(attrs, "date")));
	else if (strcmp(name, "updated") == 0)
		n->updated = record_copy(n->im, bytes_str(xml_attribute(attrs, "date")));
	return 0;
}

/* --- facts ------------------------------------------------------------------------------- */

/* "amazon:2", "almalinux:9" from "11.el9_2"; false when no number is there. */
static bool key_of(const struct publisher *p, struct bytes release,
		   char out[static ECOSYSTEM_KEY_MAX])
{
	struct bytes number = bytes_str(p->release);
	if (p->release == NULL) {
		size_t n = strlen(p->tag), at = 0, end;
		while (at + n < release.n &&
		       (memcmp(release.p + at, p->tag, n) != 0 || !isdigit(release.p[at + n])))
			at++;
		for (end = at + n; end < release.n && isdigit(release.p[end]);)
			end++;
		number = bytes_sub(release, at + n, end);
	}
	if (number.n == 0 || number.n > 8)
		return false;
	(void)snprintf(out, ECOSYSTEM_KEY_MAX, "%s:%.*s", p->key, (int)number.n,
		       (const char *)number.p);
	return true;
}

/* "An update for polkit is now available for openEuler-20.03-LTS-SP3": the source package,
 * which nothing else in a notice of openEuler names, and the release, which a dist tag
 * ".oe1" leaves open. Notices tell one package for one release. */
static bool read_title(const struct notice *n, struct bytes *ret_source, struct bytes *ret_release)
{
	static const char front[] = "An update for ";
	static const char middle[] = " is now available for openEuler-";
	size_t start = sizeof front - 1, size = sizeof middle - 1, at = start;
	if (!bytes_starts_with(n->title, bytes_str(front)))
		return false;
	while (at + size < n->title.n && memcmp(n->title.p + at, middle, size) != 0)
		at++;
	*ret_source = bytes_sub(n->title, start, at);
	*ret_release = bytes_sub(n->title, at + size, n->title.n);
	return ret_source->n > 0 && ret_release->n > 0 && bytes_index(*ret_source, ' ') < 0 &&
	       bytes_index(*ret_release, ' ') < 0 && bytes_index(*ret_release, ',') < 0;
}

static bool key_of_title(const struct notice *n, char out[static ECOSYSTEM_KEY_MAX])
{
	char osv[ECOSYSTEM_KEY_MAX];
	struct bytes source, release;
	if (!read_title(n, &source, &release) || release.n > 80)
		return false;
	(void)snprintf(osv, sizeof osv, "openEuler:%.*s", (int)release.n, (const char *)release.p);
	return ecosystem_of_osv(bytes_str(osv), out) == NULL;
}

static bool is_debug_package(struct bytes name)
{
	return bytes_ends_with(name, BYTES_LIT("-debuginfo")) ||
	       bytes_ends_with(name, BYTES_LIT("-debugsource"));
}

/* NULL, or why nothing is taken from a notice. */
static const char *why_not(const struct notice *n)
{
	if (record_full(n->im))
		return "it is larger than a record may be";
	if (n->id.n == 0)
		return "it has no id";
	if (publisher_of(n->id) == NULL)
		return "a notice of nobody that Corten knows";
	if (bytes_starts_with(n->id, BYTES_LIT("ALAS2LIVEPATCH")) ||
	    bytes_starts_with(n->id, BYTES_LIT("ALAS2023LIVEPATCH")))
		return "a live patch mends the running kernel, not a package";
	if (n->cves == NULL)
		return n->security ? "a security notice that names no CVE"
				   : "a bug fix or enhancement that names no vulnerability";
	return n->first == NULL ? "it names no package" : NULL;
}

static bool send_package(struct notice *n, const struct rpm *r)
{
	char key[ECOSYSTEM_KEY_MAX];
	const struct publisher *p = publisher_of(n->id);
	if (is_debug_package(r->name))
		return true;
	bool by_title = p->release == NULL && p->tag == NULL;
	struct bytes source = r->name, release;
	if (by_title && read_title(n, &source, &release) && !bytes_equal(source, r->name))
		return true; /* its source's own package, of the same name, speaks for it */
	if (by_title ? !key_of_title(n, key) : !key_of(p, r->release, key)) {
		import_skip(n->im, n->id, "a package in it does not say its release");
		return true;
	}
	if (!import_source(n->im, ecosystem_publisher(bytes_str(key)), BYTES_LIT("")))
		return false;
	import_dated(n->im, n->updated.n > 0 ? n->updated : n->issued);
	struct vuln_fact f = { .ecosystem = bytes_str(key),
			       .package = r->name,
			       .advisory = n->id,
			       .fixed = r->evr,
			       .status = STATUS_FIXED,
			       .severity = n->severity,
			       .module = n->module };
	for (const struct text *t = n->cves; t != NULL; t = t->next) {
		f.id = t->text;
		if (!import_fact(n->im, &f))
			return false;
	}
	return true;
}

/* A notice that mends a vulnerability is issued when it is published, or later. */
static bool send_published(struct notice *n, const struct feed_stats *before)
{
	if (n->im->stats.facts == before->facts)
		return true;
	for (const struct text *t = n->cves; t != NULL; t = t->next)
		if (!import_published(n->im, t->text, n->issued))
			return false;
	return true;
}

static bool send_notice(struct notice *n)
{
	const struct feed_stats before = n->im->stats;
	const char *why = why_not(n);
	n->im->stats.records++;
	if (why != NULL) {
		import_skip(n->im, n->id, why);
		return true;
	}
	for (const struct rpm *r = n->first; r != NULL; r = r->next)
		if (!send_package(n, r))
			return false;
	if (n->im->stats.facts == before.facts && n->im->stats.skipped == before.skipped)
		import_skip(n->im, n->id, "it has no package named as its source");
	return send_published(n, &before);
}

static int on_end(void *ctx, const char *name, struct bytes text, struct error *err)
{
	struct notice *n = ctx;
	if (!n->open)
		return 0;
	if (strcmp(name, "update") == 0) {
		n->open = false;
		if (!send_notice(n)) {
			*err = *n->im->err; /* the sink's own */
			return -1;
		}
	} else if (strcmp(name, "id") == 0) {
		n->id = record_copy(n->im, text);
	} else if (strcmp(name, "title") == 0) {
		n->title = record_copy(n->im, text);
	} else if (strcmp(name, "severity") == 0) {
		n->severity = severity_of_word(text);
	}
	return 0;
}

/* --- the file --------------------------------------------------------------------------------- */

static int feed_xml(struct import *im, struct feed_input *in, struct xml_reader *x)
{
	uint8_t piece[64 * 1024];
	ssize_t n;
	while ((n = feed_input_read(in, piece, sizeof piece, im->err)) > 0)
		if (xml_feed(x, bytes_of(piece, (size_t)n), im->err) < 0)
			return -1;
	return n < 0 ? -1 : xml_finish(x, im->err);
}

int import_updateinfo(struct import *im, struct feed_input *in)
{
	struct notice n = { .im = im };
	map_init(&n.seen);
	struct xml_reader *x = xml_new((struct xml_sink){ on_start, on_end, &n });
	int r = x == NULL ? error_set(im->err, ERR_MEMORY, "no memory to read XML")
			  : feed_xml(im, in, x);
	xml_free(x);
	map_free(&n.seen);
	if (r < 0)
		im->failed = true;
	return r;
}
