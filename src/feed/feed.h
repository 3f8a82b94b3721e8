/* feed: published advisory formats -> facts. What a publisher wrote is hostile
 * until read: programs import through the sandboxed worker (feed_import_path);
 * the importers themselves (feed_session_*) run inside it, and in tests.
 *
 * Every format of many records is read as a stream, plain, gzip, zstd or xz, in
 * memory that does not grow with it; formats of a record a file are read whole,
 * up to 16 MiB. A record that cannot be understood is left out, counted
 * and told through the sink; input that is not of its format at all is an
 * error that names the file and the offset. doc/feeds.md lists what is read
 * from each format and how its words map to Corten's. */
#ifndef CORTEN_FEED_H
#define CORTEN_FEED_H

#include "base/base.h"
#include "ipc/ipc.h"
#include "vuln/vuln.h"

enum feed_format {
	FEED_UNKNOWN,
	FEED_OSV, /* OSV 1.x: a record, an array of them, or {"vulns": [...]} */
	FEED_ZIP, /* a zip of JSON files of any of these formats */
	FEED_DEBIAN, /* Debian security tracker, data/json */
	FEED_SECDB, /* Alpine, Wolfi, Chainguard secdb JSON */
	FEED_KEV, /* CISA Known Exploited Vulnerabilities, JSON */
	FEED_EPSS, /* FIRST EPSS scores, CSV */
	FEED_NVD, /* NVD CVE API 2.0: a page, a yearly file, one CVE */
	FEED_FACTS, /* Corten's own tables: db/README.md */
	FEED_OSV_YAML, /* an OSV record as YAML: PyPA, R Consortium */
	FEED_RUSTSEC, /* RustSec: Markdown that begins with TOML */
	FEED_RUBYSEC, /* ruby-advisory-db, YAML */
	FEED_PHP, /* FriendsOfPHP security-advisories, YAML */
	FEED_RETIRE, /* Retire.js, jsrepository JSON */
	FEED_CSAF, /* CSAF 2.0 advisories and VEX, of Red Hat's rpm packages */
	FEED_TAR, /* a tar of files of any of these formats */
	FEED_UPDATEINFO, /* updateinfo.xml of an rpm repository */
	FEED_FORMATS
};

const char *feed_format_name(enum feed_format format);

/* Told by content: prefix is the beginning of the decompressed input (64 KiB
 * are enough for every published form). */
enum feed_format feed_detect(struct bytes prefix);

/* What the caller knows of a feed and its content need not say; NULL: not known. */
struct feed_options {
	const char *name; /* of the source: "debian" */
	const char *url; /* the publisher's address */
	const char *snapshot; /* RFC 3339; wins over what the content says */
	/* RFC 3339: when it was fetched; for content that says no date. Imports of
	 * files take the time of the file where this is NULL. */
	const char *retrieved;
};

struct feed_stats {
	uint64_t files, records, facts, details, skipped;
};

/* --- in one process --------------------------------------------------------- */

/* Several inputs into one sink. A source is announced before its first fact,
 * with the snapshot if that is known then; else it is announced again at the
 * end, same name and url, with the date of its newest record. */
struct feed_session;
struct feed_session *feed_session_new(const struct feed_options *options,
				      struct vuln_fact_sink sink);
void feed_session_free(struct feed_session *s);

/* Imports what fd has, from its current place; a zip needs a regular file. The
 * error's text begins with name. */
int feed_session_fd(struct feed_session *s, int fd, const char *name, struct error *err);
/* The same from a function: up to n bytes into p, 0 at the end, -1. */
typedef ssize_t feed_read_fn(void *ctx, void *p, size_t n, struct error *err);
int feed_session_stream(struct feed_session *s, feed_read_fn *read, void *ctx, const char *name,
			struct error *err);
/* Leaves an input out: counted and told as a record is. */
void feed_session_skip(struct feed_session *s, const char *what, const char *why);
/* True when the sink refused something: no further input can be read. */
bool feed_session_stopped(const struct feed_session *s);
int feed_session_end(struct feed_session *s, struct feed_stats *ret, struct error *err);

/* --- in the sandboxed worker ---------------------------------------------------- */

/* The worker's side: descriptor 3 is the input, 4 the channel. The process's
 * exit status. */
int feed_worker_main(void);
/* The same over other descriptors. */
int feed_worker_run(int in_fd, struct channel *ch, struct error *err);

/* The parent's side, which must ignore SIGPIPE: a file, or a directory whose files (below it, by suffix
 * .json .csv .tsv .yaml .yml .md .xml, each also .gz, .zst or .xz, .tar, and .zip; no link is followed, names
 * that begin with a dot are passed over) go to one worker. Every message is
 * checked before the sink sees it. In a directory a file that cannot be read
 * is skipped and told; that nothing could be read is an error. */
int feed_import_path(const char *path, const struct feed_options *options,
		     struct vuln_fact_sink sink, struct feed_stats *ret, struct error *err);
/* One open file or pipe; name is for messages. */
int feed_import_fd(int fd, const char *name, const struct feed_options *options,
		   struct vuln_fact_sink sink, struct feed_stats *ret, struct error *err);

#endif
