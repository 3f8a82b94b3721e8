/* containers-storage: the files in which podman, buildah and CRI-O keep images
 * (github.com/containers/storage). Images and layers are described by JSON files,
 * which corten-fetch reads; a layer's tar stream is put together again from its
 * tar-split file and the files of its directory, byte for byte, so that its digest
 * holds. */
#ifndef CORTEN_SOURCE_STORAGE_H
#define CORTEN_SOURCE_STORAGE_H

#include "source/fetch.h"
#include "source/source.h"

struct storage;

/* NAME, an image's id or the beginning of one, or [DRIVER@ROOT]NAME as skopeo
 * writes it (what follows the root is left aside). Without the brackets the place is
 * graphroot of storage.conf ($CONTAINERS_STORAGE_CONF, the user's, the system's),
 * else the usual one. ERR_NOT_FOUND tells what is there. */
int storage_open(struct fetch *f, const char *text, struct storage **ret, struct error *err);
void storage_close(struct storage *s); /* NULL is allowed */

/* The image's first name; NULL when it has none. */
const char *storage_name(const struct storage *s);

/* The image's manifest; its config. */
int storage_manifest(const struct storage *s, struct blob_input *ret, struct error *err);
int storage_config(const struct storage *s, const struct digest *digest, struct blob_input *ret,
		   struct error *err);

/* The layer of that diff-id as a tar stream, as fetch_blob_open; fetch_blob_result
 * tells how it ended. The storage must stay open until then. */
int storage_layer_open(const struct storage *s, struct fetch *f, const struct digest *diff_id,
		       int *ret_fd, uint64_t *ret_id, struct error *err);

#endif
