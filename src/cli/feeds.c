/* Which feeds `corten db update` reads: feeds.conf, or the list below. */
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "cli/db.h"

enum { FEEDS_FILE_MAX = 256 * 1024, FEEDS_MAX = 4096, FEED_NAME_MAX = 63 };

/* The publishers' own addresses; where one publishes only in OSV's form or another
 * that is not read, the one of osv.dev. Its files of application packages hold
 * GitHub's, Go's, PyPA's, RustSec's and the malicious packages' advisories. */
static const char built_in[] =
	"debian     https://security-tracker.debian.org/tracker/data/json\n"
	"ubuntu     https://osv-vulnerabilities.storage.googleapis.com/Ubuntu/all.zip\n"
	"alpine     https://osv-vulnerabilities.storage.googleapis.com/Alpine/all.zip\n"
	"wolfi      https://packages.wolfi.dev/os/security.json\n"
	"chainguard https://packages.cgr.dev/chainguard/security.json\n"
	"almalinux  https://osv-vulnerabilities.storage.googleapis.com/AlmaLinux/all.zip\n"
	"rocky      https://osv-vulnerabilities.storage.googleapis.com/Rocky%20Linux/all.zip\n"
	"redhat     https://osv-vulnerabilities.storage.googleapis.com/Red%20Hat/all.zip\n"
	"suse       https://osv-vulnerabilities.storage.googleapis.com/SUSE/all.zip\n"
	"opensuse   https://osv-vulnerabilities.storage.googleapis.com/openSUSE/all.zip\n"
	"azurelinux https://osv-vulnerabilities.storage.googleapis.com/Azure%20Linux/all.zip\n"
	"openeuler  https://osv-vulnerabilities.storage.googleapis.com/openEuler/all.zip\n"
	"npm        https://osv-vulnerabilities.storage.googleapis.com/npm/all.zip\n"
	"pypi       https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip\n"
	"maven      https://osv-vulnerabilities.storage.googleapis.com/Maven/all.zip\n"
	"golang     https://osv-vulnerabilities.storage.googleapis.com/Go/all.zip\n"
	"cargo      https://osv-vulnerabilities.storage.googleapis.com/crates.io/all.zip\n"
	"gem        https://osv-vulnerabilities.storage.googleapis.com/RubyGems/all.zip\n"
	"composer   https://osv-vulnerabilities.storage.googleapis.com/Packagist/all.zip\n"
	"nuget      https://osv-vulnerabilities.storage.googleapis.com/NuGet/all.zip\n"
	"hex        https://osv-vulnerabilities.storage.googleapis.com/Hex/all.zip\n"
	"pub        https://osv-vulnerabilities.storage.googleapis.com/Pub/all.zip\n"
	"swift      https://osv-vulnerabilities.storage.googleapis.com/SwiftURL/all.zip\n"
	"cran       https://osv-vulnerabilities.storage.googleapis.com/CRAN/all.zip\n"
	"bitnami    https://osv-vulnerabilities.storage.googleapis.com/Bitnami/all.zip\n"
	"rubysec    https://codeload.github.com/rubysec/ruby-advisory-db/zip/refs/heads/master\n"
	"friendsofphp https://codeload.github.com/FriendsOfPHP/security-advisories/"
	"zip/refs/heads/master\n"
	"retirejs   https://raw.githubusercontent.com/RetireJS/retire.js/master/repository/"
	"jsrepository-v5.json\n"
	"kev        https://www.cisa.gov/sites/default/files/feeds/"
	"known_exploited_vulnerabilities.json\n"
	"epss       https://epss.empiricalsecurity.com/epss_scores-current.csv.gz\n"
	"nvd        https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-{2002-}.json.gz\n";

void feed_list_free(struct feed_list *l)
{
	arena_free(&l->arena);
	free(l->places);
	l->places = NULL;
	l->count = l->cap = 0;
}

static int add_one(struct feed_list *l, struct bytes name, struct bytes url, struct error *err)
{
	if (l->arena.max == 0)
		l->arena = arena_max((size_t)16 * MIB);
	if (l->count == FEEDS_MAX)
		return error_set(err, ERR_LIMIT, "more than %d feeds", FEEDS_MAX);
	if (l->count == l->cap) {
		size_t cap = l->cap == 0 ? 32 : l->cap * 2;
		struct feed_place *more = reallocarray(l->places, cap, sizeof *more);
		if (more == NULL)
			return error_set(err, ERR_MEMORY, "no memory");
		l->places = more;
		l->cap = cap;
	}
	struct feed_place p = { arena_cstr(&l->arena, name), arena_cstr(&l->arena, url) };
	if (p.name == NULL || p.url == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the list of feeds");
	l->places[l->count++] = p;
	return 0;
}

static unsigned this_year(void)
{
	const time_t now = (time_t)clock_now();
	struct tm tm;
	return gmtime_r(&now, &tm) == NULL ? 1970 : (unsigned)tm.tm_year + 1900;
}

/* {2002-}: once for every year from then on. False when there is no such mark. */
static bool year_mark(struct bytes url, size_t *ret_at, unsigned *ret_first)
{
	enum { MARK = 7 };
	uint64_t year;
	for (size_t i = 0; i + MARK <= url.n; i++) {
		if (url.p[i] != '{' || url.p[i + 5] != '-' || url.p[i + 6] != '}' ||
		    !bytes_to_u64(bytes_sub(url, i + 1, i + 5), &year) || year < 1990)
			continue;
		*ret_at = i;
		*ret_first = (unsigned)year;
		return true;
	}
	return false;
}

int feed_list_add(struct feed_list *l, struct bytes name, struct bytes url, struct error *err)
{
	size_t at = 0;
	unsigned first = 0;
	if (!year_mark(url, &at, &first))
		return add_one(l, name, url, err);
	for (unsigned year = first; year <= this_year(); year++) {
		cleanup_buf struct buf b = buf_max(8 * KIB);
		struct bytes rest = bytes_sub(url, at + strlen("{2002-}"), url.n);
		if (buf_append(&b, url.p, at, err) < 0 || buf_printf(&b, err, "%u", year) < 0 ||
		    buf_append(&b, rest.p, rest.n, err) < 0 ||
		    add_one(l, name, buf_view(&b), err) < 0)
			return -1;
	}
	return 0;
}

/* --- feeds.conf -------------------------------------------------------------------- */

static bool next_word(struct bytes *rest, struct bytes *ret)
{
	size_t n = 0;
	*rest = bytes_trim(*rest);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
		n++;
	*ret = bytes_sub(*rest, 0, n);
	*rest = bytes_sub(*rest, n, rest->n);
	return n > 0;
}

static bool is_name(struct bytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		uint8_t c = b.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return b.n > 0 && b.n <= FEED_NAME_MAX;
}

static bool is_url(struct bytes b)
{
	return bytes_starts_with(b, BYTES_LIT("https://")) ||
	       bytes_starts_with(b, BYTES_LIT("http://"));
}

int feed_list_parse(struct feed_list *l, struct bytes text, const char *file, struct error *err)
{
	struct bytes line, name, url;
	for (unsigned number = 1; bytes_next_field(&text, '\n', &line); number++) {
		line = bytes_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		if (!next_word(&line, &name) || !next_word(&line, &url) || bytes_trim(line).n > 0 ||
		    !is_name(name) || !is_url(url))
			return error_set(err, ERR_MALFORMED,
					 "%s, line %u: a feed is \"NAME URL\": a name of letters, "
					 "digits and '-', and an address that begins with https://",
					 file, number);
		if (feed_list_add(l, name, url, err) < 0)
			return -1;
	}
	return 0;
}

/* 1 when the file was there and is read. */
static int parse_file(struct feed_list *l, const char *path, struct error *err)
{
	cleanup_buf struct buf text = buf_max(FEEDS_FILE_MAX);
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && access(path, F_OK) < 0)
		return 0;
	if (fd < 0)
		return error_errno(err, "%s", path);
	if (fd_read_all(fd, &text, err) < 0)
		return error_wrap(err, "%s", path);
	return feed_list_parse(l, buf_view(&text), path, err) < 0 ? -1 : 1;
}

int feed_list_default(struct feed_list *l, struct error *err)
{
	char user[PATH_MAX];
	int found = db_user_config("feeds.conf", user) ? parse_file(l, user, err) : 0;
	if (found == 0)
		found = parse_file(l, "/etc/corten/feeds.conf", err);
	if (found == 0)
		found = feed_list_parse(l, BYTES_LIT(built_in), "built-in feeds", err) < 0 ? -1 : 1;
	return found < 0 ? -1 : 0;
}
