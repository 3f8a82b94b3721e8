/* What the client half and corten-fetch say to each other. Messages go over
 * descriptor 3 of corten-fetch (a unix stream socket, ipc/ipc.h), descriptors
 * over a second socket, 4, in the order of the messages that need one; each is
 * sent before its message. */
#ifndef CORTEN_SOURCE_PROTOCOL_H
#define CORTEN_SOURCE_PROTOCOL_H

#include "base/base.h"

enum { FETCH_MESSAGES_FD = 3, FETCH_DESCRIPTORS_FD = 4 };

enum fetch_message {
	/* client to corten-fetch */
	FETCH_SETUP = 1, /* u32 flags, u32 stall seconds, u32 attempts, u32 count of CA
			  * descriptors (PEM files), str http, https, no proxy */
	FETCH_REGISTRY, /* str host, user, password, identity token, registry token, u32 count
			 * of descriptors with authorities, u32 2 when a certificate and its
			 * key follow them, else 0 */
	FETCH_GET, /* u64 id, u32 kind, str host, str repository, str target, u64 size,
		    * u64 max; one descriptor: the pipe to write to; of a runtime a second:
		    * see below */
	/* corten-fetch to client */
	FETCH_HEAD, /* u64 id, u64 bytes that will come (UINT64_MAX: unknown) */
	FETCH_DONE /* u64 id, u32 code, u32 errno, str text, str media type, u64 modified,
		    * u32 unchanged, str validator */
};

enum { FETCH_PLAIN_HTTP = 1, FETCH_INSECURE_TLS = 2 };

enum fetch_kind {
	FETCH_MANIFEST = 1, /* target: tag or digest */
	FETCH_BLOB, /* target: digest */
	FETCH_URL, /* target: the address; repository: the validator of what the client has */

	/* Of a container runtime. The second descriptor is a connection to its socket
	 * that the client has opened (corten-fetch itself can open none), or a file of
	 * its store. Host is empty, repository is containerd's namespace. What comes
	 * through the pipe is content, or frames of enum runtime_answer. */
	FETCH_DOCKER_ARCHIVE, /* target: image; content: as `docker save` writes it */
	FETCH_DOCKER_IMAGES,
	FETCH_DOCKER_CONTAINER, /* target: id or name */
	FETCH_DOCKER_CONTAINERS,
	FETCH_CONTAINERD_IMAGE, /* target: name */
	FETCH_CONTAINERD_IMAGES,
	FETCH_CONTAINERD_BLOB, /* target: digest; content */
	FETCH_CONTAINERD_CONTAINERS,
	FETCH_CONTAINERD_TASK, /* target: a container's id */
	FETCH_CRI_IMAGE, /* target: name or id */
	FETCH_CRI_IMAGES,
	FETCH_STORAGE_IMAGES, /* images.json of containers-storage */
	FETCH_STORAGE_LAYERS, /* layers.json */
	FETCH_STORAGE_SPLIT, /* a layer's tar-split file */
	FETCH_CONTAINERD_CONTAINER, /* target: a container's id */
	FETCH_KINDS
};

enum runtime_answer {
	RUNTIME_NAME = 1, /* str: what an image or a container is called */
	RUNTIME_IMAGE, /* digest, u64 size of its manifest or index */
	RUNTIME_CONTAINER, /* str id, name, image, image id, state; u64 pid, 0: none */
	RUNTIME_STORED_IMAGE, /* str id, str layer; RUNTIME_NAMEs follow */
	RUNTIME_STORED_LAYER, /* str id, str parent, u32 has digest, digest: its diff-id */
	RUNTIME_SPLIT_BYTES, /* bytes of the tar stream */
	RUNTIME_SPLIT_FILE, /* str path, u64 size: the content of that file comes here */
	RUNTIME_LABEL /* str key, str value: of the container before it */
};

#define FETCH_SIZE_UNKNOWN UINT64_MAX
#define FETCH_URL_MAX (4 * GIB)

/* Beside base/limits.h: what one side takes from the other and from servers. */
enum {
	FETCH_OPEN_MAX = 64, /* requests at once */
	FETCH_STALL_SECONDS = 30,
	FETCH_REDIRECTS_MAX = 10,
	FETCH_ERROR_BODY_MAX = 64 * 1024, /* of a refusal; more is not read */
	FETCH_TOKEN_BODY_MAX = 256 * 1024,
	FETCH_CA_MAX = 16 * 1024 * 1024,
	FETCH_PIPE_BYTES = 1024 * 1024,
	FETCH_REGISTRIES_MAX = 256,
	FETCH_TOKENS_MAX = 256, /* of one registry */
	RUNTIME_REPLY_MAX = 16 * 1024 * 1024, /* a reply that is read whole */
	RUNTIME_STALL_SECONDS = 600 /* `docker save` packs before it sends */
};

#endif
