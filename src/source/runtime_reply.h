/* What container runtimes say, read in corten-fetch and handed on as frames of
 * enum runtime_answer. Everything here is an untrusted daemon's or file's: a reply
 * that is not understood is ERR_PROTOCOL, a field that is absent is empty. */
#ifndef CORTEN_SOURCE_RUNTIME_REPLY_H
#define CORTEN_SOURCE_RUNTIME_REPLY_H

#include "base/base.h"

/* Appends frames to out. */
typedef int runtime_reply_fn(struct bytes reply, struct buf *out, struct error *err);

/* Docker Engine API 1.24 and later: GET /images/json, /containers/json,
 * /containers/{id}/json. */
runtime_reply_fn docker_images_reply, docker_containers_reply, docker_container_reply;

/* containerd: services.images.v1 Get, List; services.containers.v1 List, Get (which
 * tells labels, too); services.tasks.v1 Get. */
runtime_reply_fn containerd_image_reply, containerd_images_reply, containerd_containers_reply,
	containerd_container_reply, containerd_task_reply;
/* services.content.v1 Read: the piece at the offset that is due. */
int containerd_content_reply(struct bytes reply, uint64_t due, struct bytes *ret,
			     struct error *err);

/* Kubernetes CRI, runtime.v1 ImageService: ImageStatus, ListImages. */
runtime_reply_fn cri_image_reply, cri_images_reply;

/* containers/storage: images.json, layers.json. */
runtime_reply_fn storage_images_reply, storage_layers_reply;

/* {"message": "…"}, as Docker refuses: the message, "" when there is none. */
void docker_refusal(struct bytes body, char *out, size_t size);

#endif
