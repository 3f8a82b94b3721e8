/* The only thing a scan leaves on disk: per-layer results, keyed by diff-id,
 * analyser version and rules digest, and what was verified before:
 *
 *   layer/KEY   the messages of a layer's result and their SHA-256
 *   blob/KEY    blob digest → diff-id: this blob was decompressed and summed
 *   file/KEY    a local file's (device, inode, size, mtime, ctime, part) → blob
 *               digest and diff-id: these bytes were summed
 *
 * Entries are written under a temporary name and renamed; a reader takes a
 * whole one or none. Any number of processes may share a cache. A cache that
 * others can write is not used. */
#ifndef CORTEN_SCAN_CACHE_H
#define CORTEN_SCAN_CACHE_H

#include <sys/stat.h>

#include "scan/facts.h"

struct cache;

/* dir NULL: $XDG_CACHE_HOME/corten or ~/.cache/corten. Makes it (0700). *ret
 * is NULL, with err filled, when there can be none; that is no failure of a
 * scan. */
void cache_open(const char *dir, struct cache **ret, struct error *err);
void cache_close(struct cache *c);

/* Where it lies. */
const char *cache_path(const struct cache *c);

struct cache_usage {
	uint64_t files, bytes;
};
/* Counts what the cache holds. */
int cache_measure(struct cache *c, struct cache_usage *ret, struct error *err);
/* Removes entries that were written at least min_age seconds ago (0: all), and
 * counts them. Scans that run meanwhile read those layers anew. */
int cache_clean(struct cache *c, uint64_t min_age, struct cache_usage *ret_removed,
		struct error *err);

/* All with c NULL: nothing is found, nothing is kept. */

/* true: f is filled from the cache. A damaged entry is deleted and not there. */
bool cache_load_layer(struct cache *c, const struct digest *diff_id, const struct layer_work *work,
		      struct layer_facts *f, struct fact_store *st);

/* A layer's messages on their way in. Aborted unless committed. */
struct cache_writer;
struct cache_writer *cache_write_begin(struct cache *c);
void cache_write(struct cache_writer *w, const struct msg_reader *m);
void cache_write_commit(struct cache_writer *w, const struct digest *diff_id,
			const struct layer_work *work);
void cache_write_abort(struct cache_writer *w);

/* blob digest → diff-id. */
bool cache_blob_known(struct cache *c, const struct digest *blob, struct digest *ret_diff_id);
void cache_blob_learn(struct cache *c, const struct digest *blob, const struct digest *diff_id);

/* A part of a local file, as fstat(2) tells it. Not learned when the file
 * changed so shortly ago that its times could hide a further change. */
struct file_part {
	struct stat st;
	int64_t seen_ns; /* CLOCK_REALTIME when st was taken, before the first read */
	uint64_t offset, length;
};
bool cache_file_known(struct cache *c, const struct file_part *p, struct digest *ret_blob,
		      struct digest *ret_diff_id);
void cache_file_learn(struct cache *c, const struct file_part *p, const struct digest *blob,
		      const struct digest *diff_id);

#endif
