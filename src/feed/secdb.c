/* secdb of Alpine, Wolfi and Chainguard: {distroversion, reponame, urlprefix,
 * packages: [{pkg: {name, secfixes: {version: [id, …]}}}]}. Version "0" means
 * that the package never had the flaw. One entry may name one vulnerability
 * several times: "CVE-2021-3156 GHSA-…". */
#include "feed/import.h"
#include "feed/words.h"

enum { PENDING_MAX = 16 << 20 };

/* Which system a file is for can stand behind its packages: members of an
 * object have no order. Until it is known, facts wait. */
struct secdb {
	struct import *im;
	struct json_reader *r;
	char key[ECOSYSTEM_KEY_MAX]; /* "": not known yet */
	char package[512];
	size_t package_n;
	struct buf waiting; /* package, version and entry as frames of 4-byte lengths */
};

/* --- one entry ----------------------------------------------------------------- */

static bool next_word(struct bytes *rest, struct bytes *ret)
{
	while (rest->n > 0 && memchr(" \t,()", rest->p[0], 5) != NULL)
		*rest = bytes_sub(*rest, 1, rest->n);
	size_t n = 0;
	while (n < rest->n && memchr(" \t,()", rest->p[n], 5) == NULL)
		n++;
	*ret = bytes_sub(*rest, 0, n);
	*rest = bytes_sub(*rest, n, rest->n);
	return n > 0;
}

/* The CVE among the names, else the first that is an id. */
static struct bytes best_name(struct bytes entry)
{
	struct bytes best = BYTES_LIT(""), word;
	while (next_word(&entry, &word)) {
		bool cve = cve_of(word).n > 0 && cve_of(word).n == word.n;
		if (cve && cve_of(best).n == 0)
			best = word;
		else if (best.n == 0 && is_vuln_id(word))
			best = word;
	}
	return best;
}

/* Other names of the vulnerability. Xen's advisories hold several CVEs each and
 * are no names of one. */
static bool send_names(struct import *im, struct bytes id, struct bytes entry)
{
	struct bytes word;
	while (next_word(&entry, &word)) {
		struct vuln_detail d = {
			.id = id, .cvss_score = -1, .epss = -1, .epss_percentile = -1, .alias = word
		};
		bool name = bytes_starts_with(word, BYTES_LIT("GHSA-")) && !bytes_equal(word, id);
		if (name && !import_detail(im, &d))
			return false;
	}
	return true;
}

static bool send_entry(struct secdb *s, struct bytes package, struct bytes version,
		       struct bytes entry)
{
	struct bytes id = best_name(entry);
	bool never = bytes_equal(version, BYTES_LIT("0"));
	s->im->stats.records++;
	if (id.n == 0) {
		import_skip(s->im, entry, "it is no id of a vulnerability");
		return true;
	}
	struct vuln_fact f = { .ecosystem = bytes_str(s->key),
			       .package = package,
			       .id = id,
			       .fixed = never ? BYTES_LIT("") : version,
			       .status = never ? STATUS_NOT_AFFECTED : STATUS_FIXED };
	return import_fact(s->im, &f) && send_names(s->im, id, entry);
}

/* --- waiting for the system ------------------------------------------------------ */

static bool put_frame(struct secdb *s, struct bytes b)
{
	uint32_t n = (uint32_t)b.n;
	if (buf_append(&s->waiting, &n, sizeof n, s->im->err) == 0 &&
	    buf_append(&s->waiting, b.p, b.n, s->im->err) == 0)
		return true;
	return import_fail(s->im, ERR_LIMIT, "it does not say which system it is for");
}

static bool take_entry(struct secdb *s, struct bytes version, struct bytes entry)
{
	struct bytes package = bytes_of(s->package, s->package_n);
	if (s->key[0] != '\0')
		return send_entry(s, package, version, entry);
	return put_frame(s, package) && put_frame(s, version) && put_frame(s, entry);
}

static bool send_waiting(struct secdb *s)
{
	struct cursor c = cursor_of(buf_view(&s->waiting));
	while (!s->im->failed && cursor_left(&c) > 0) {
		struct bytes package = cursor_take(&c, cursor_le32(&c));
		struct bytes version = cursor_take(&c, cursor_le32(&c));
		struct bytes entry = cursor_take(&c, cursor_le32(&c));
		(void)send_entry(s, package, version, entry);
	}
	s->waiting.n = 0;
	return !s->im->failed;
}

static bool know(struct secdb *s, const char *osv)
{
	if (s->key[0] != '\0' || ecosystem_of_osv(bytes_str(osv), s->key) != NULL)
		return true;
	return import_source(s->im, ecosystem_publisher(bytes_str(s->key)),
			     import_retrieved(s->im)) &&
	       send_waiting(s);
}

/* What a member says about the system: only Alpine has releases. */
static bool learn(struct secdb *s, struct bytes member, struct bytes value)
{
	char osv[64];
	bool release = bytes_equal(member, BYTES_LIT("distroversion"));
	if (release && value.n > 0 && value.n < 32) {
		(void)snprintf(osv, sizeof osv, "Alpine:%.*s", (int)value.n, (const char *)value.p);
		return know(s, osv);
	}
	(void)snprintf(osv, sizeof osv, "%.*s", (int)(value.n < 60 ? value.n : 60),
		       (const char *)value.p);
	if (strstr(osv, "wolfi") != NULL)
		return know(s, "Wolfi");
	if (strstr(osv, "chainguard") != NULL || strstr(osv, "packages.cgr.dev") != NULL)
		return know(s, "Chainguard");
	return true;
}

/* --- reading ------------------------------------------------------------------------ */

static void read_version(struct secdb *s, struct bytes version)
{
	struct bytes entry;
	if (!json_enter_array(s->r))
		return;
	while (!s->im->failed && json_next_item(s->r))
		if (json_get_string(s->r, &entry))
			(void)take_entry(s, version, entry);
}

static void read_secfixes(struct secdb *s)
{
	struct bytes key;
	if (!json_enter_object(s->r))
		return;
	while (!s->im->failed && json_next_key(s->r, &key)) {
		record_begin(s->im);
		read_version(s, record_copy(s->im, key));
	}
}

/* The name comes first in every published file: without one there is nothing
 * that fixes could belong to. */
static void read_pkg(struct secdb *s)
{
	struct bytes key, name;
	s->package_n = 0;
	if (!json_enter_object(s->r))
		return;
	while (!s->im->failed && json_next_key(s->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("name"))) {
			if (json_get_string(s->r, &name) && name.n <= sizeof s->package) {
				memcpy(s->package, name.p, name.n);
				s->package_n = name.n;
			}
		} else if (bytes_equal(key, BYTES_LIT("secfixes")) && s->package_n > 0) {
			read_secfixes(s);
		} else {
			if (bytes_equal(key, BYTES_LIT("secfixes")))
				import_skip(s->im, BYTES_LIT(""), "a package without a name");
			json_skip(s->r);
		}
	}
}

static void read_packages(struct secdb *s)
{
	struct bytes key;
	if (!json_enter_array(s->r))
		return;
	while (!s->im->failed && json_next_item(s->r)) {
		if (!json_enter_object(s->r))
			continue;
		while (!s->im->failed && json_next_key(s->r, &key)) {
			if (bytes_equal(key, BYTES_LIT("pkg")))
				read_pkg(s);
			else
				json_skip(s->r);
		}
	}
}

static void read_document(struct secdb *s)
{
	static const char *const members[] = { "distroversion", "reponame", "urlprefix", "name" };
	struct bytes key, value;
	if (!json_enter_object(s->r))
		return;
	while (!s->im->failed && json_next_key(s->r, &key)) {
		if (bytes_equal(key, BYTES_LIT("packages"))) {
			read_packages(s);
			continue;
		}
		size_t i = 0;
		while (i < 4 && !bytes_equal(key, bytes_str(members[i])))
			i++;
		if (i == 4)
			json_skip(s->r);
		else if (json_get_string(s->r, &value))
			(void)learn(s, bytes_str(members[i]), value);
	}
}

int import_secdb(struct import *im, struct feed_input *in)
{
	struct secdb s = { .im = im, .waiting = buf_max(PENDING_MAX) };
	s.r = import_json(im, in);
	if (s.r == NULL)
		return -1;
	read_document(&s);
	int r = import_json_end(im, s.r);
	/* The last resort is the name that somebody gave the file or the feed. */
	if (r == 0 && s.key[0] == '\0' && im->options.name != NULL)
		(void)learn(&s, BYTES_LIT("name"), bytes_str(im->options.name));
	if (r == 0 && s.key[0] == '\0')
		(void)learn(&s, BYTES_LIT("name"), bytes_str(im->file));
	if (r == 0 && s.key[0] == '\0')
		(void)import_fail(im, ERR_MALFORMED, "it does not say which system it is for");
	buf_free(&s.waiting);
	return im->failed ? -1 : r;
}
