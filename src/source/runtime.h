/* Container runtimes of this machine, from the client's side: where their sockets
 * are, which image or container is meant. The connection is made here and handed to
 * corten-fetch, which alone reads what comes over it. */
#ifndef CORTEN_SOURCE_RUNTIME_H
#define CORTEN_SOURCE_RUNTIME_H

#include "source/fetch.h"
#include "source/overlay.h"
#include "source/source.h"

enum { RUNTIME_SPACES = 3, RUNTIME_SPACE_TEXT = 80 };

struct runtime {
	enum source_kind kind; /* SOURCE_DOCKER … SOURCE_CRI */
	char socket[108]; /* a path: struct sockaddr_un's length */
	const char *variable; /* of the environment that names another */
	/* containerd's namespaces that are looked into, in this order */
	char spaces[RUNTIME_SPACES][RUNTIME_SPACE_TEXT];
};

/* Where the runtime listens, by its environment variable ($DOCKER_HOST,
 * $CONTAINER_HOST, $CONTAINERD_ADDRESS and $CONTAINERD_NAMESPACE,
 * $CONTAINER_RUNTIME_ENDPOINT) or its usual place. ERR_UNSUPPORTED for an address
 * that is no unix socket. Connects to nothing. */
int runtime_find(enum source_kind kind, struct runtime *ret, struct error *err);

/* An image in containerd. */
struct runtime_image {
	struct runtime runtime; /* containerd's */
	char space[RUNTIME_SPACE_TEXT];
	char name[512]; /* as containerd calls it */
	struct digest digest; /* of its manifest or index */
};

/* Of SOURCE_CONTAINERD, SOURCE_CRI. ERR_NOT_FOUND tells what is there. */
int runtime_image_find(struct fetch *f, const struct runtime *rt, const char *name,
		       struct runtime_image *ret, struct error *err);
/* As fetch_blob and fetch_blob_open. size: UINT64_MAX when it is not known. */
int runtime_blob(struct fetch *f, const struct runtime_image *image, const struct digest *digest,
		 uint64_t max, struct buf *ret, struct error *err);
int runtime_blob_open(struct fetch *f, const struct runtime_image *image,
		      const struct digest *digest, uint64_t size, int *ret_fd, uint64_t *ret_id,
		      struct error *err);

/* The archive of `docker save`, of SOURCE_DOCKER and SOURCE_PODMAN, as a stream. */
int runtime_archive_open(struct fetch *f, const struct runtime *rt, const char *name, int *ret_fd,
			 uint64_t *ret_id, struct error *err);
/* An error of an archive, completed: what is not there has neighbours. */
int runtime_archive_missing(struct fetch *f, const struct runtime *rt, const char *name,
			    struct error *err);

/* A container that runs. */
struct runtime_container {
	enum source_kind runtime; /* SOURCE_DOCKER, SOURCE_PODMAN, SOURCE_CONTAINERD */
	char id[160], name[256];
	char image[512]; /* as the runtime says: a name, or a digest */
	char image_id[128]; /* "sha256:…"; "" where the runtime does not say */
	char state[32];
	uint64_t pid; /* of its first process, as this process sees it */
};

/* By id, a part of it, or name, in whatever runtime has it. *ret_root is its root
 * directory, as its first process sees it; nothing is stopped. *ret_overlay: what that
 * is stacked from, as the container's mounts say (a privileged container can mount
 * another); caller closes both. ERR_NOT_FOUND tells what runs. */
int runtime_container_open(struct fetch *f, const char *name, struct runtime_container *ret,
			   int *ret_root, struct overlay *ret_overlay, struct error *err);

/* The same of one that somebody knows already: c->pid is of a process of it, and cgroup
 * the path of its control group, which that process is checked to be in. No runtime is
 * asked. */
int runtime_container_known(const struct runtime_container *c, const char *cgroup, int *ret_root,
			    struct overlay *ret_overlay, struct error *err);

/* What a runtime says of the container with that full id (of SOURCE_CONTAINERD: in the
 * namespace space), within timeout_ms; its labels one by one, borrowed. image_id is
 * the image's, of containerd its manifest's digest. ERR_WORKER_TIMEOUT: stop f then, it
 * still waits for the daemon. */
typedef void runtime_label_fn(void *ctx, struct bytes key, struct bytes value);
int runtime_container_describe(struct fetch *f, const struct runtime *rt, const char *space,
			       const char *id, int timeout_ms, struct runtime_container *ret,
			       runtime_label_fn *label, void *ctx, struct error *err);

#endif
