/* corten db update: the publishers' feeds -> a new generation. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/db.h"
#include "source/fetch.h"

enum { PROGRESS_NS = 200 * 1000 * 1000, FRESH_SECONDS = 60 };

struct update {
	struct cli_args *args;
	struct fetch *fetch;
	struct db_build build;
	int cache; /* directory of downloaded feeds */
	bool quiet, tty;
	const char *feed; /* under way, for the progress line */
	uint64_t shown_ns;
};

/* --- progress -------------------------------------------------------------------- */

static void show_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct update *u = ctx;
	uint64_t now = clock_monotonic_ns();
	if (!u->tty || now - u->shown_ns < PROGRESS_NS)
		return;
	u->shown_ns = now;
	(void)fprintf(stderr, "\r\033[K%s: %llu MiB", u->feed, (unsigned long long)(done / MIB));
	if (total > 0)
		(void)fprintf(stderr, " of %llu", (unsigned long long)(total / MIB));
}

static void end_progress(struct update *u)
{
	if (u->tty)
		(void)fprintf(stderr, "\r\033[K");
}

/* --- the cache of feeds ------------------------------------------------------------- */

/* Downloaded feeds are kept under a hash of their address: when a publisher is
 * out of reach, its last data are better than none. */
static int open_cache(struct error *err)
{
	char path[PATH_MAX];
	const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	int n = -1;
	if (cache != NULL && cache[0] == '/')
		n = snprintf(path, sizeof path, "%s/corten/feeds", cache);
	else if (home != NULL && home[0] == '/')
		n = snprintf(path, sizeof path, "%s/.cache/corten/feeds", home);
	if (n <= 0 || (size_t)n >= sizeof path)
		return error_set(err, ERR_USAGE,
				 "neither $XDG_CACHE_HOME nor $HOME names a directory for feeds");
	if (fd_make_dirs(path, 0700, err) < 0)
		return -1;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? error_errno(err, "%s", path) : fd;
}

enum { CACHE_NAME = 2 * 16 + 1, CACHE_TMP = CACHE_NAME + 32 };

static void cache_name(const char *url, char out[static CACHE_NAME])
{
	struct digest d;
	sha256_of(bytes_str(url), &d);
	hex_text(d.sha256, 16, out);
}

/* A date is no proof that nothing changed when it was fresh as it was given: the
 * publisher may have written again within the same second (RFC 9110 section
 * 8.8.2.2). */
static bool is_strong(const struct fetch_version *v)
{
	bool is_tag = strchr(v->validator, '"') != NULL;
	return v->validator[0] != '\0' && (is_tag || v->modified < clock_now() - FRESH_SECONDS);
}

/* What the publisher called the version that is kept: beside it, by its name. */
static void version_name(const char *name, char out[static CACHE_TMP])
{
	(void)snprintf(out, CACHE_TMP, "%s.version", name);
}

static void read_version(const struct update *u, const char *name, struct fetch_version *ret)
{
	char file[CACHE_TMP];
	cleanup_buf struct buf text = buf_max(sizeof ret->validator - 1);
	*ret = (struct fetch_version){ 0 };
	version_name(name, file);
	if (faccessat(u->cache, name, R_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	cleanup_close int fd = openat(u->cache, file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && fd_read_all(fd, &text, NULL) == 0)
		(void)snprintf(ret->validator, sizeof ret->validator, "%.*s", (int)text.n,
			       (const char *)text.p);
}

/* Without it the feed is only got once more next time. */
static void keep_version(const struct update *u, const char *name, const struct fetch_version *v)
{
	char file[CACHE_TMP];
	version_name(name, file);
	if (is_strong(v))
		(void)fd_write_file(u->cache, file, bytes_str(v->validator), 0600, NULL);
}

static void forget_version(const struct update *u, const char *name)
{
	char file[CACHE_TMP];
	version_name(name, file);
	(void)unlinkat(u->cache, file, 0);
}

/* The feed as it was got last; -1 with errno. */
static int open_kept(const struct update *u, const char *name)
{
	return openat(u->cache, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
}

/* Downloads url into the file tmp and gives it the name and the publisher's
 * date; *ret_fd stands at its beginning. What is kept already is not got again. */
static int download_to(struct update *u, const char *url, const char *tmp, const char *name,
		       int *ret_fd, struct error *err)
{
	struct fetch_version version;
	read_version(u, name, &version);
	cleanup_close int fd =
		openat(u->cache, tmp, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return error_errno(err, "cannot keep a feed");
	int result = fetch_url(u->fetch, url, fd, &version, show_progress, u, err);
	end_progress(u);
	if (result < 0)
		return -1;
	if (result > 0) {
		(void)unlinkat(u->cache, tmp, 0);
		*ret_fd = open_kept(u, name);
		return *ret_fd < 0 ? error_errno(err, "a feed that was kept") : 0;
	}
	const struct timespec time = { .tv_sec = version.modified > 0 ? version.modified
								      : clock_now() };
	const struct timespec times[2] = { time, time };
	forget_version(u, name);
	if (futimens(fd, times) < 0 || renameat(u->cache, tmp, u->cache, name) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		return error_errno(err, "cannot keep a feed");
	keep_version(u, name, &version);
	*ret_fd = fd_take(&fd);
	return 0;
}

static int download(struct update *u, const char *url, int *ret_fd, struct error *err)
{
	char name[CACHE_NAME], tmp[CACHE_TMP];
	cache_name(url, name);
	(void)snprintf(tmp, sizeof tmp, ".%s.%016llx", name, (unsigned long long)hash_random_key());
	if (download_to(u, url, tmp, name, ret_fd, err) == 0)
		return 0;
	(void)unlinkat(u->cache, tmp, 0);
	return -1;
}

/* The feed, fresh or as it was got last. */
static int get_feed(struct update *u, const struct feed_place *p, int *ret_fd, struct error *err)
{
	char name[CACHE_NAME];
	struct error ignored = { 0 };
	if (download(u, p->url, ret_fd, err) == 0)
		return 0;
	cache_name(p->url, name);
	int fd = open_kept(u, name);
	if (fd < 0)
		return error_wrap(err, "%s", p->url);
	log_at(LOG_WARNING, "%s: %s; its data of last time are used", p->url, err->text);
	*err = ignored;
	*ret_fd = fd;
	return 0;
}

/* --- one feed after the other ---------------------------------------------------------- */

static int import_feed(struct update *u, const struct feed_place *p, struct error *err)
{
	struct stat st;
	struct feed_stats stats;
	char date[RFC3339_TEXT];
	cleanup_close int fd = -1;
	u->feed = p->name[0] != '\0' ? p->name : p->url;
	if (get_feed(u, p, &fd, err) < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return error_errno(err, "%s", p->url);
	rfc3339_text(st.st_mtim.tv_sec, date);
	const struct feed_options options = {
		.name = p->name[0] != '\0' ? p->name : NULL,
		.url = p->url,
		.retrieved = date,
	};
	if (feed_import_fd(fd, p->url, &options, vulndb_builder_sink(u->build.builder), &stats,
			   err) < 0)
		return -1;
	if (!u->quiet)
		(void)fprintf(stderr, "%s: %llu facts, %llu details\n", u->feed,
			      (unsigned long long)stats.facts, (unsigned long long)stats.details);
	return 0;
}

static int import_feeds(struct update *u, const struct feed_list *list, struct error *err)
{
	bool skip = cli_has(u->args, "skip-failed");
	size_t read = 0;
	for (size_t i = 0; i < list->count; i++) {
		struct error failed = { 0 };
		if (import_feed(u, &list->places[i], &failed) == 0) {
			read++;
		} else if (!skip || failed.code == ERR_MEMORY) {
			*err = failed;
			return -1;
		} else {
			log_at(LOG_WARNING, "%s; the database will be without it", failed.text);
		}
	}
	return read > 0 ? 0 : error_set(err, ERR_NETWORK, "no feed could be read");
}

/* Higher than all that were there, and comparable between machines. */
static int next_generation(const struct store *s, uint64_t *ret, struct error *err)
{
	cleanup_free uint64_t *all = NULL;
	size_t n;
	if (store_list(s, &all, &n, err) < 0)
		return -1;
	*ret = (uint64_t)clock_now();
	if (n > 0 && all[n - 1] >= *ret)
		*ret = all[n - 1] + 1;
	return 0;
}

static int install(struct update *u, const char *directory, struct error *err)
{
	struct store *store;
	char path[PATH_MAX], current[PATH_MAX + 16];
	uint64_t generation;
	if (store_open(directory, &store, err) < 0)
		return -1;
	int result = -1;
	if (next_generation(store, &generation, err) == 0 &&
	    store_new_path(store, path, sizeof path, err) == 0 &&
	    vulndb_builder_write(u->build.builder, generation, path, err) == 0)
		result = store_install(store, path, &generation, err);
	store_close(store);
	(void)snprintf(current, sizeof current, "%s/current", directory);
	if (result == 0)
		db_build_tell(&u->build, current);
	return result;
}

/* --- the command ------------------------------------------------------------------------- */

/* --url stands for the whole list. */
static int list_feeds(struct cli_args *a, struct feed_list *list, struct error *err)
{
	const char *url;
	if (cli_value(a, "url") == NULL)
		return feed_list_default(list, err);
	for (size_t i = 0; (url = cli_value_at(a, "url", i)) != NULL; i++) {
		const char *eq = strchr(url, '=');
		bool named = eq != NULL && eq < strstr(url, "://");
		struct bytes name = named ? bytes_of(url, (size_t)(eq - url)) : bytes_str("");
		struct bytes address = bytes_str(named ? eq + 1 : url);
		if (strstr(url, "://") == NULL)
			return error_set(err, ERR_USAGE, "--url takes an address, not \"%s\"", url);
		if (feed_list_add(list, name, address, err) < 0)
			return -1;
	}
	return 0;
}

static int update(struct update *u, const struct feed_list *list, struct error *err)
{
	const struct fetch_options options = {
		.ca_file = cli_value(u->args, "ca-file"),
		.plain_http = cli_has(u->args, "plain-http"),
	};
	char directory[PATH_MAX];
	if (db_store_directory(u->args, directory, err) < 0 ||
	    fetch_start(&options, &u->fetch, err) < 0)
		return -1;
	int result = import_feeds(u, list, err);
	fetch_stop(u->fetch);
	return result < 0 ? -1 : install(u, directory, err);
}

static int run(struct cli_args *a)
{
	struct error err = { 0 };
	cleanup_feed_list struct feed_list list = { 0 };
	struct update u = { .args = a,
			    .quiet = cli_has(a, "quiet"),
			    .tty = !cli_has(a, "quiet") && isatty(STDERR_FILENO) };
	if (list_feeds(a, &list, &err) < 0 || db_build_begin(&u.build, u.quiet, &err) < 0)
		return cli_fail(&err);
	cleanup_close int cache = open_cache(&err);
	u.cache = cache;
	int result = cache < 0 ? -1 : update(&u, &list, &err);
	db_build_end(&u.build);
	return result < 0 ? cli_fail(&err) : EXIT_COMPLETE;
}

static const struct cli_option options[] = {
	{ .name = "url",
	  .argument = "[NAME=]URL",
	  .help = "Read this feed instead of those of feeds.conf. May be given several times." },
	{ .name = "store",
	  .argument = "DIR",
	  .help = "Directory of databases. Default: $XDG_DATA_HOME/corten/db, or "
		  "~/.local/share/corten/db." },
	{ .name = "skip-failed",
	  .help = "Go on without a feed that cannot be read, now or from last time. Without this "
		  "nothing is changed then." },
	{ .name = "ca-file",
	  .argument = "FILE",
	  .help = "Trust the certificates in FILE (PEM), too." },
	{ .name = "plain-http", .help = "Allow feeds without TLS. Loopback is allowed anyway." },
	{ .name = "quiet", .letter = 'q', .help = "No progress, and nothing on what was read." },
	{ 0 },
};

const struct cli_command cli_command_db_update = {
	.name = "db update",
	.arguments = "",
	.summary = "fetch the publishers' advisories and build a new database",
	.description = "Downloads the feeds that ~/.config/corten/feeds.conf lists (else "
		       "/etc/corten/feeds.conf, else a built-in list of the distributions' and CVE "
		       "feeds), "
		       "compiles them on this machine into a new generation, checks it, and makes "
		       "it the one "
		       "in use. Older generations are kept for `corten db rollback`. Scans that "
		       "run are not "
		       "disturbed. When anything fails, the database in use stays.\n\n"
		       "A line of feeds.conf is NAME URL; {2002-} in a URL stands for every year "
		       "from then "
		       "on.",
	.examples =
		"corten db update\tThe usual case\n"
		"corten db update --url debian=https://mirror.example.org/tracker.json\tA mirror",
	.options = options,
	.run = run,
};
