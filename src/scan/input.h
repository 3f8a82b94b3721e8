/* One image's bytes, wherever they are: documents by name or digest, layers as
 * descriptors. */
#ifndef CORTEN_SCAN_INPUT_H
#define CORTEN_SCAN_INPUT_H

#include "scan/facts.h"
#include "scan/meta.h"
#include "source/fetch.h"
#include "source/runtime.h"
#include "source/source.h"
#include "source/storage.h"

/* How to ask for a blob: a path in an archive or a digest, with its size where
 * a descriptor told it. */
struct blob_name {
	const char *path; /* NULL: by digest */
	struct digest digest;
	bool has_digest;
	uint64_t size; /* 0: not told */
};

/* What a stream job found at one path. */
struct stream_member {
	const char *path, *link; /* link: clean target, NULL for files */
	struct bytes document; /* in the store's arena */
	bool is_layer;
	bool repeated; /* the archive has another of this name */
	struct layer_facts facts;
};

struct scan_input {
	enum source_kind kind; /* what it turned out to be */
	struct layout layout;
	struct archive *archive;
	struct fetch *fetch;
	struct image_reference ref; /* of a registry */
	struct runtime_image runtime; /* of containerd, also through CRI */
	struct storage *storage;
	struct runtime_container container; /* what SOURCE_CONTAINER found */
	int container_root; /* -1: none */
	struct overlay overlay; /* what that is stacked from */
	const char *name; /* of the image, where the source knows it; NULL */
	struct stream_member *members;
	size_t member_count, member_cap;
	struct map member_by_path; /* path → index + 1 */
	bool streamed;
	struct meta_client meta;
	bool has_index, has_manifest; /* archive: index.json, manifest.json are there */
	bool is_both; /* … and which is meant was not said */
};

/* A container that the caller knows: no runtime is asked for it. */
struct known_container {
	struct runtime_container c;
	const char *cgroup; /* path of its control group */
};

struct input_options {
	const struct known_container *container; /* of SOURCE_CONTAINER; NULL: ask for it */
	struct layer_work work; /* for layers that stream by */
	struct worker_rules rules;
	struct fetch_options fetch;
	int timeout_ms; /* of silence from a worker; -1: any */
	uint64_t deadline_ns; /* CLOCK_MONOTONIC; 0: none */
};

/* Opens the target; archives are listed, streams read through. A container that
 * runs turns the target into the root file system that it sees. */
int input_open(struct scan_input *in, struct source_target *target, const struct input_options *o,
	       struct fact_store *st, struct error *err);
void input_close(struct scan_input *in);

/* The manifest or index of a source that has no root document of its own: containerd,
 * CRI, containers-storage. */
bool input_has_root(const struct scan_input *in);
int input_root(struct scan_input *in, struct buf *out, struct error *err);
/* What a layer is asked for by. containers-storage keeps content, not blobs. */
bool input_wants_diff_ids(const struct scan_input *in);

/* A document whole, its digest checked where one is known. out's cap counts. */
int input_document(struct scan_input *in, const struct blob_name *name, struct buf *out,
		   struct error *err);

/* A layer's bytes. */
int input_layer(struct scan_input *in, const struct blob_name *name, struct blob_input *ret,
		struct error *err);

/* A layer that the stream has already read; NULL when it is not there. */
const struct layer_facts *input_streamed(struct scan_input *in, const struct blob_name *name);

#endif
