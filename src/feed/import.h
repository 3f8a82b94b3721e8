/* Inside the room: what every importer stands on. */
#ifndef CORTEN_FEED_IMPORT_H
#define CORTEN_FEED_IMPORT_H

#include <stdio.h>

#include "feed/feed.h"
#include "format/json.h"

/* --- input (input.c) ---------------------------------------------------------- */

enum { FEED_PREFIX = 64 * 1024 };

/* A feed's bytes, decompressed, with its beginning looked at already. */
struct feed_input;

struct feed_input *feed_input_new(void); /* reused for many files */
void feed_input_free(struct feed_input *in);
/* Exactly one of the two gives the bytes; fd is also kept for random access. */
int feed_input_open_fd(struct feed_input *in, int fd, struct error *err);
int feed_input_open(struct feed_input *in, feed_read_fn *read, void *ctx, struct error *err);

struct bytes feed_input_prefix(const struct feed_input *in);
/* A json_read_fn over a struct feed_input. */
ssize_t feed_input_read(void *in, void *p, size_t n, struct error *err);
/* The descriptor of a regular file and its size, or -1. */
int feed_input_file(const struct feed_input *in, uint64_t *ret_size);

/* The next line without its end; false at the end of the input or with
 * im->failed set. Lines over 64 KiB are an error. */
struct import;
bool feed_input_line(struct feed_input *in, struct import *im, struct bytes *ret);
/* Bytes given so far by feed_input_line. */
uint64_t feed_input_offset(const struct feed_input *in);

/* --- what importers give (import.c) ---------------------------------------------- */

enum { SOURCE_NAME = 64, IMPORT_SOURCES = 64 };

struct import_source {
	char name[SOURCE_NAME];
	bool announced;
	int64_t newest; /* of its records, seconds; 0: none told */
	char snapshot[RFC3339_TEXT]; /* as announced first */
};

struct import {
	struct vuln_fact_sink sink;
	struct feed_options options;
	struct feed_stats stats;
	struct error *err; /* of the call under way */
	bool failed; /* err is filled: this input has ended */
	bool stopped; /* the sink refused: everything has ended */
	unsigned nested; /* archives around the input under way */
	const char *file; /* name of the input under way */
	struct import_source sources[IMPORT_SOURCES];
	size_t source_count, current;
	struct arena record; /* cleared by record_begin */
};

/* Stops the import with an error; returns false. */
bool import_fail(struct import *im, enum error_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Whose facts come next: name unless the options name another; snapshot as the
 * content tells it. Empty: the records tell (import_dated). */
bool import_source(struct import *im, struct bytes name, struct bytes snapshot);
/* When the input was fetched, for formats that say no date; may be empty. */
struct bytes import_retrieved(const struct import *im);
/* A record of the current source is that old. */
void import_dated(struct import *im, struct bytes time);

/* Each returns false when the import must stop. Facts and details that break
 * the limits of message.h are skipped and told. */
bool import_fact(struct import *im, const struct vuln_fact *f);
bool import_detail(struct import *im, const struct vuln_detail *d);
/* A detail that says only when id was published; none for a time without a day. */
bool import_published(struct import *im, struct bytes id, struct bytes time);
void import_skip(struct import *im, struct bytes what, const char *why);

/* The end of the session: announces what is known better now. */
bool import_end(struct import *im);

/* Memory of one record. */
enum { RECORD_MEMORY = 24 << 20 };
void record_begin(struct import *im);
/* A copy in the record's memory; empty when there is no room. */
struct bytes record_copy(struct import *im, struct bytes b);
/* The same of a part of a package URL, decoded. */
struct bytes record_decoded(struct import *im, struct bytes b);
/* The next value copied, if it is a string; else *ret is untouched. */
bool record_string(struct import *im, struct json_reader *r, struct bytes *ret);
/* True when the record did not fit: it must be skipped. */
bool record_full(const struct import *im);

/* --- the importers ------------------------------------------------------------------ */

/* Each reads one input; -1 with im->err filled. */
int import_osv(struct import *im, struct feed_input *in);
int import_tar(struct import *im, struct feed_input *in);
int import_zip(struct import *im, struct feed_input *in);
int import_debian(struct import *im, struct feed_input *in);
int import_secdb(struct import *im, struct feed_input *in);
int import_kev(struct import *im, struct feed_input *in);
int import_epss(struct import *im, struct feed_input *in);
int import_nvd(struct import *im, struct feed_input *in);
int import_facts(struct import *im, struct feed_input *in);
int import_osv_yaml(struct import *im, struct feed_input *in);
int import_rustsec(struct import *im, struct feed_input *in);
int import_rubysec(struct import *im, struct feed_input *in);
int import_php(struct import *im, struct feed_input *in);
int import_retire(struct import *im, struct feed_input *in);
int import_csaf(struct import *im, struct feed_input *in);
int import_updateinfo(struct import *im, struct feed_input *in);
/* Whichever of them the content asks for (feed.c). */
int import_any(struct import *im, struct feed_input *in);
/* A member of an archive, which read gives. A broken one does not end the archive: it
 * is told and left out. False when nothing can follow. */
bool import_member(struct import *im, struct feed_input *in, struct bytes name, feed_read_fn *read,
		   void *ctx);

/* True for the name of a file that a feed may be in, packed or not: by its suffix;
 * of Markdown only RustSec's, as others are there for people (detect.c). */
bool feed_is_file_name(struct bytes path);

/* A JSON reader over in, and its end: 0 when the document was whole. */
struct json_reader *import_json(struct import *im, struct feed_input *in);
int import_json_end(struct import *im, struct json_reader *r);

/* A detail that says nothing yet. */
struct vuln_detail detail_of(struct bytes id);

/* The day that a published time begins with, in whatever way its hours are
 * written; empty when it begins with none. */
struct bytes day_of_time(struct bytes time);

/* A CVE or another id that ends in one ("UBUNTU-CVE-2024-1"): the CVE's part;
 * empty when there is none. */
struct bytes cve_of(struct bytes id);
/* True for text that looks like an advisory's id: "GHSA-…", "XSA-123". */
bool is_vuln_id(struct bytes text);

#endif
