/* Replies of container runtimes; the first byte chooses which. What comes out are
 * whole frames with digests and names that fit. */
#include <stdlib.h>

#include "ipc/ipc.h"
#include "source/protocol.h"
#include "source/runtime_reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_frames(const struct buf *out)
{
	struct cursor c = cursor_of(buf_view(out));
	struct msg_reader m;
	struct error err = { 0 };
	int got;
	while ((got = frame_decode(&c, &m, &err)) > 0)
		if (m.type < RUNTIME_NAME ||
		    (m.type > RUNTIME_STORED_LAYER && m.type != RUNTIME_LABEL))
			abort();
	if (got < 0)
		abort();
}

static void check_content(struct bytes reply)
{
	struct bytes piece;
	if (containerd_content_reply(reply, 0, &piece, NULL) == 0 && piece.n > reply.n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static runtime_reply_fn *const replies[] = {
		docker_images_reply,    docker_containers_reply, docker_container_reply,
		containerd_image_reply, containerd_images_reply, containerd_containers_reply,
		containerd_task_reply,  cri_image_reply,         cri_images_reply,
		storage_images_reply,   storage_layers_reply,    containerd_container_reply,
	};
	enum { REPLIES = sizeof replies / sizeof replies[0] };
	cleanup_buf struct buf out = buf_max(RUNTIME_REPLY_MAX);
	struct error err = { 0 };
	char said[301];
	if (size == 0)
		return 0;
	struct bytes reply = bytes_of(data + 1, size - 1);
	unsigned which = data[0] % (REPLIES + 2);
	if (which == REPLIES) {
		check_content(reply);
	} else if (which == REPLIES + 1) {
		docker_refusal(reply, said, sizeof said);
		if (memchr(said, '\0', sizeof said) == NULL)
			abort();
	} else if (replies[which](reply, &out, &err) == 0) {
		check_frames(&out);
	} else if (err.code == ERR_NONE) {
		abort();
	}
	return 0;
}
