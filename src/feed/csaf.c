/* CSAF 2.0 (docs.oasis-open.org/csaf/csaf/v2.0), as Red Hat and openEuler publish
 * advisories and VEX with it: rpm packages of products of the operating system.
 *
 * openEuler names a package by its file in the product's id and gives it the CPE of
 * the release: "vim-9.0-33.oe2203sp3.src.rpm", "cpe:/a:openEuler:openEuler:22.03-LTS-SP3".
 * Its packages are looked up by source, as in its OSV records; file names have no epoch. */
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

/* The vendor, and with *ret_rest what follows it. */
static struct bytes vendor_of(struct bytes cpe, struct bytes *ret_rest)
{
	struct bytes part = BYTES_LIT("");
	*ret_rest = cpe;
	for (int i = 0; i < 3; i++)
		(void)bytes_next_field(ret_rest, ':', &part);
	return bytes_starts_with(cpe, BYTES_LIT("cpe:/")) ? part : BYTES_LIT("");
}

/* "cpe:/a:redhat:enterprise_linux:9::appstream" */
static const char *key_of_cpe(struct bytes cpe, char key[static ECOSYSTEM_KEY_MAX])
{
	char osv[ECOSYSTEM_KEY_MAX];
	struct bytes rest, vendor = vendor_of(cpe, &rest);
	if (!bytes_equal(vendor, BYTES_LIT("redhat")) || rest.n > 80)
		return "a product of somebody else than Red Hat";
	(void)snprintf(osv, sizeof osv, "Red Hat:%.*s", (int)rest.n, (const char *)rest.p);
	return ecosystem_of_osv(bytes_str(osv), key);
}

static bool is_openeuler(struct bytes cpe)
{
	struct bytes rest;
	return bytes_equal(vendor_of(cpe, &rest), BYTES_LIT("openEuler"));
}

/* Cuts what follows the last dash off. */
static struct bytes cut_at_dash(struct bytes b)
{
	while (b.n > 0 && b.p[b.n - 1] != '-')
		b.n--;
	return bytes_sub(b, 0, b.n > 0 ? b.n - 1 : 0);
}

/* "vim-9.0-33.oe2203sp3.src.rpm" -> vim, 9.0-33.oe2203sp3 (rpm: name-version-release.arch). */
static bool parse_source_file(struct bytes file, struct rpm_purl *ret)
{
	static const char ending[] = ".src.rpm";
	if (!bytes_ends_with(file, BYTES_LIT(".src.rpm")))
		return false;
	struct bytes label = bytes_sub(file, 0, file.n - (sizeof ending - 1));
	struct bytes name = cut_at_dash(cut_at_dash(label));
	*ret = (struct rpm_purl){ .name = name, .version = bytes_sub(label, name.n + 1, label.n) };
	return name.n > 0;
}

/* NULL with an empty name: a binary package, which its source speaks for. */
static const char *resolve_openeuler(const struct csaf_product *package,
				     const struct csaf_product *platform, struct rpm_purl *ret_purl,
				     char key[static ECOSYSTEM_KEY_MAX])
{
	char osv[ECOSYSTEM_KEY_MAX];
	struct bytes product, release;
	(void)vendor_of(platform->cpe, &release);
	*ret_purl = (struct rpm_purl){ 0 };
	if (!bytes_ends_with(package->id, BYTES_LIT(".rpm")))
		return "a product of openEuler that is no rpm package";
	if (!bytes_next_field(&release, ':', &product) || release.n == 0 || release.n > 80)
		return "a product of openEuler without a release";
	if (bytes_ends_with(package->id, BYTES_LIT(".src.rpm")) &&
	    !parse_source_file(package->id, ret_purl))
		return "a source package of openEuler whose name has no version";
	(void)snprintf(osv, sizeof osv, "openEuler:%.*s", (int)release.n, (const char *)release.p);
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
	if (is_openeuler(platform->cpe))
		return resolve_openeuler(package, platform, ret_purl, key);
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

static bool is_by_openeuler(const struct csaf *c)
{
	return bytes_equal(c->publisher, BYTES_LIT("openEuler"));
}

static bool send_status(struct csaf *c, const struct csaf_status *s, struct map *sent,
			struct told *told)
{
	char key[ECOSYSTEM_KEY_MAX];
	struct rpm_purl purl;
	record_begin(c->im); /* nothing of the product before is needed any more */
	const char *why = resolve(c, s->product, &purl, key);
	if (why == NULL && purl.name.n == 0)
		return true;
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
			       .severity =
				       s->severity != SEVERITY_UNKNOWN ? s->severity : c->severity,
			       .module = purl.module };
	if (f.advisory.n == 0 && is_by_openeuler(c) && is_vuln_id(c->id))
		f.advisory = c->id;
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
	struct bytes source = is_by_openeuler(c) ? BYTES_LIT("openeuler") : BYTES_LIT("redhat");
	if (!import_source(c->im, source, BYTES_LIT("")))
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
