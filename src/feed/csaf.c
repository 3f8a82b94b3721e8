/* CSAF 2.0 (docs.oasis-open.org/csaf/csaf/v2.0), as Red Hat publishes advisories
 * and VEX with it: rpm packages of products of the operating system. */
#include "feed/csaf.h"
#include "feed/words.h"
#include "pkgdb/purl.h"

enum { CSAF_MEMORY = 512 << 20 };

/* pkg:rpm/redhat/bind-libs@9.16.23-11.el9_2?arch=x86_64&epoch=32 */
struct rpm_purl {
	struct bytes name, version, epoch, module;
};

static bool parse_purl(struct import *im, struct bytes purl, struct rpm_purl *ret)
{
	struct purl_cut cut;
	if (!purl_cut(purl, &cut) || !bytes_equal(cut.type, BYTES_LIT("rpm")) ||
	    !bytes_equal(cut.namespace, BYTES_LIT("redhat")))
		return false;
	*ret = (struct rpm_purl){ .name = record_decoded(im, cut.name),
				  .version = record_decoded(im, cut.version),
				  .epoch = purl_qualifier(cut.qualifiers, "epoch"),
				  .module = record_decoded(
					  im, purl_qualifier(cut.qualifiers, "rpmmod")) };
	return ret->name.n > 0;
}

/* "cpe:/a:redhat:enterprise_linux:9::appstream" */
static const char *key_of_cpe(struct bytes cpe, char key[static ECOSYSTEM_KEY_MAX])
{
	char osv[ECOSYSTEM_KEY_MAX];
	struct bytes part, rest = cpe;
	for (int i = 0; i < 3; i++)
		(void)bytes_next_field(&rest, ':', &part);
	if (!bytes_starts_with(cpe, BYTES_LIT("cpe:/")) ||
	    !bytes_equal(part, BYTES_LIT("redhat")) || rest.n > 80)
		return "a product of somebody else than Red Hat";
	(void)snprintf(osv, sizeof osv, "Red Hat:%.*s", (int)rest.n, (const char *)rest.p);
	return ecosystem_of_osv(bytes_str(osv), key);
}

/* The package and the product of the operating system that a product id names;
 * between them may stand a module. */
static const char *resolve(struct csaf *c, struct bytes product, struct rpm_purl *ret_purl,
			   char key[static ECOSYSTEM_KEY_MAX])
{
	const struct csaf_product *p = csaf_product(c, product);
	if (p == NULL || p->package == NULL || p->platform == NULL)
		return "a product that is not in the product_tree";
	const struct csaf_product *package = p->package, *platform = p->platform;
	struct bytes module = BYTES_LIT("");
	if (platform->platform != NULL) {
		struct rpm_purl m;
		if (platform->package != NULL && parse_purl(c->im, platform->package->purl, &m))
			module = m.module;
		platform = platform->platform;
	}
	if (!parse_purl(c->im, package->purl.n > 0 ? package->purl : p->purl, ret_purl))
		return "a product that is no rpm package of Red Hat";
	if (ret_purl->module.n == 0)
		ret_purl->module = module;
	return key_of_cpe(platform->cpe, key);
}

/* [epoch:]version-release; an epoch of 0 is none. */
static struct bytes evr_of(struct import *im, const struct rpm_purl *p)
{
	char text[300];
	if (p->epoch.n == 0 || bytes_equal(p->epoch, BYTES_LIT("0")) || p->version.n == 0)
		return p->version;
	int n = snprintf(text, sizeof text, "%.*s:%.*s", (int)(p->epoch.n & 0xff),
			 (const char *)p->epoch.p, (int)(p->version.n & 0xff),
			 (const char *)p->version.p);
	return n > 0 && (size_t)n < sizeof text ? record_copy(im, bytes_of(text, (size_t)n))
						: BYTES_LIT("");
}

static enum finding_status status_of(const struct csaf_status *s)
{
	if (s->status != STATUS_AFFECTED)
		return s->status;
	if (s->no_fix)
		return STATUS_WILL_NOT_FIX;
	return s->deferred ? STATUS_DEFERRED : STATUS_AFFECTED;
}

/* One package is listed once an architecture: the fact is the same. */
static bool is_new(struct csaf *c, struct map *sent, const struct vuln_fact *f)
{
	char text[1024];
	bool fresh = true;
	int n = snprintf(text, sizeof text, "%.*s %.*s %.*s %.*s %d", (int)(f->ecosystem.n & 0xff),
			 (const char *)f->ecosystem.p, (int)(f->package.n & 0xff),
			 (const char *)f->package.p, (int)(f->fixed.n & 0xff),
			 (const char *)f->fixed.p, (int)(f->module.n & 0xff),
			 (const char *)f->module.p, (int)f->status);
	size_t size = n > 0 && (size_t)n < sizeof text ? (size_t)n : 0;
	uint8_t *key = arena_alloc(&c->arena, size + 1);
	if (key == NULL)
		return true;
	memcpy(key, text, size);
	return map_put(sent, bytes_of(key, size), &fresh) == NULL || fresh;
}

/* Each reason once a vulnerability: they come in thousands. */
struct told {
	const char *why[8];
	size_t count;
};

static void tell(struct csaf *c, struct told *told, const char *why)
{
	for (size_t i = 0; i < told->count; i++)
		if (told->why[i] == why)
			return;
	if (told->count < sizeof told->why / sizeof *told->why)
		told->why[told->count++] = why;
	import_skip(c->im, c->cve, why);
}

static bool send_status(struct csaf *c, const struct csaf_status *s, struct map *sent,
			struct told *told)
{
	char key[ECOSYSTEM_KEY_MAX];
	struct rpm_purl purl;
	record_begin(c->im); /* nothing of the product before is needed any more */
	const char *why = resolve(c, s->product, &purl, key);
	if (why == NULL && s->status == STATUS_FIXED && purl.version.n == 0)
		why = "it is fixed in no version";
	if (why != NULL)
		tell(c, told, why);
	if (why != NULL || bytes_ends_with(purl.name, BYTES_LIT("-debuginfo")) ||
	    bytes_ends_with(purl.name, BYTES_LIT("-debugsource")))
		return true;
	struct vuln_fact f = { .ecosystem = bytes_str(key),
			       .package = purl.name,
			       .id = c->cve,
			       .advisory = s->advisory,
			       .status = status_of(s),
			       .severity = s->severity,
			       .module = purl.module };
	if (f.status == STATUS_FIXED)
		f.fixed = evr_of(c->im, &purl);
	return !is_new(c, sent, &f) || import_fact(c->im, &f);
}

bool csaf_send(struct csaf *c)
{
	struct told told = { 0 };
	struct map sent;
	bool going = true;
	c->im->stats.records++;
	if (cve_of(c->cve).n == 0) {
		import_skip(c->im, c->cve, "a vulnerability without a CVE");
		return true;
	}
	if (!import_source(c->im, BYTES_LIT("redhat"), BYTES_LIT("")))
		return false;
	import_dated(c->im, c->date);
	uint64_t facts = c->im->stats.facts;
	map_init(&sent);
	for (const struct csaf_status *s = c->first; s != NULL && going; s = s->next)
		going = send_status(c, s, &sent, &told);
	map_free(&sent);
	if (!going || c->im->stats.facts == facts)
		return going;
	return import_published(c->im, c->cve, c->released.n > 0 ? c->released : c->initial);
}

int import_csaf(struct import *im, struct feed_input *in)
{
	struct csaf c = { .im = im, .arena = arena_max(CSAF_MEMORY) };
	c.r = import_json(im, in);
	if (c.r == NULL)
		return -1;
	map_init(&c.products);
	map_init(&c.statuses);
	csaf_read(&c);
	map_free(&c.products);
	map_free(&c.statuses);
	arena_free(&c.arena);
	return import_json_end(im, c.r);
}
