/* Protobuf messages of containerd and of CRI. Field numbers are those of
 * containerd/containerd api/services and kubernetes/cri-api pkg/apis/runtime/v1. */
#include "format/protobuf.h"
#include "source/runtime_put.h"
#include "source/runtime_reply.h"

static int not_understood(struct error *err, const char *what)
{
	return error_set(err, ERR_PROTOCOL, "%s is not understood", what);
}

/* --- images --------------------------------------------------------------------------- */

/* types.Descriptor: media_type 1, digest 2, size 3. */
static bool read_descriptor(struct bytes message, struct digest *ret, uint64_t *ret_size)
{
	struct cursor c = cursor_of(message);
	struct protobuf_field f;
	bool has = false;
	*ret_size = 0;
	while (protobuf_next(&c, &f)) {
		if (f.number == 2 && f.wire == PROTOBUF_BYTES)
			has = digest_parse(f.bytes, ret);
		else if (f.number == 3 && f.wire == PROTOBUF_VARINT)
			*ret_size = f.value;
	}
	return has && !c.failed;
}

/* GetImageResponse: image 1. Image: name 1, target 3. */
int containerd_image_reply(struct bytes reply, struct buf *out, struct error *err)
{
	struct bytes image, target;
	struct digest digest;
	uint64_t size;
	if (!protobuf_find(reply, 1, &image) || !protobuf_find(image, 3, &target) ||
	    !read_descriptor(target, &digest, &size))
		return not_understood(err, "what containerd says of the image");
	return runtime_put_image(out, &digest, size, err);
}

/* One name, taken from field `number`, of each message that is a field 1. */
static int put_names(struct bytes reply, uint32_t number, struct buf *out, struct error *err)
{
	struct cursor c = cursor_of(reply);
	struct protobuf_field f;
	struct bytes name;
	while (protobuf_next(&c, &f)) {
		if (f.number != 1 || f.wire != PROTOBUF_BYTES)
			continue;
		if (!protobuf_find(f.bytes, number, &name))
			return not_understood(err, "the list of images");
		if (name.n > 0 && runtime_put_name(out, name, err) < 0)
			return -1;
	}
	return c.failed ? not_understood(err, "the list of images") : 0;
}

/* ListImagesResponse: images 1. */
int containerd_images_reply(struct bytes reply, struct buf *out, struct error *err)
{
	return put_names(reply, 1, out, err);
}

/* ReadContentResponse: offset 1, data 2. */
int containerd_content_reply(struct bytes reply, uint64_t due, struct bytes *ret, struct error *err)
{
	struct cursor c = cursor_of(reply);
	struct protobuf_field f;
	uint64_t offset = 0;
	struct bytes data = { 0 };
	while (protobuf_next(&c, &f)) {
		if (f.number == 1 && f.wire == PROTOBUF_VARINT)
			offset = f.value;
		else if (f.number == 2 && f.wire == PROTOBUF_BYTES)
			data = f.bytes;
	}
	if (c.failed || offset != due)
		return not_understood(err, "the content that containerd sends");
	*ret = data;
	return 0;
}

/* --- containers ----------------------------------------------------------------------- */

/* What the container is called besides its id: Kubernetes', nerdctl's name. */
static void take_label(struct bytes entry, struct runtime_container_text *c)
{
	struct bytes key, value;
	if (!protobuf_find(entry, 1, &key) || !protobuf_find(entry, 2, &value))
		return;
	if (bytes_equal(key, BYTES_LIT("io.kubernetes.container.name")) ||
	    bytes_equal(key, BYTES_LIT("nerdctl/name")))
		c->name = value;
}

/* Container: id 1, labels 2 (a map), image 3. */
static int put_container(struct bytes message, struct buf *out, struct error *err)
{
	struct runtime_container_text container = { 0 };
	struct cursor c = cursor_of(message);
	struct protobuf_field f;
	while (protobuf_next(&c, &f)) {
		if (f.wire != PROTOBUF_BYTES)
			continue;
		if (f.number == 1)
			container.id = f.bytes;
		else if (f.number == 2)
			take_label(f.bytes, &container);
		else if (f.number == 3)
			container.image = f.bytes;
	}
	if (c.failed)
		return not_understood(err, "the list of containers");
	return runtime_put_container(out, &container, err);
}

/* Each entry of labels 2. */
static int put_labels(struct bytes message, struct buf *out, struct error *err)
{
	struct cursor c = cursor_of(message);
	struct protobuf_field f;
	struct bytes key, value;
	while (protobuf_next(&c, &f)) {
		if (f.number != 2 || f.wire != PROTOBUF_BYTES)
			continue;
		if (!protobuf_find(f.bytes, 1, &key) || !protobuf_find(f.bytes, 2, &value))
			return not_understood(err, "a container's labels");
		if (key.n > 0 && runtime_put_label(out, key, value, err) < 0)
			return -1;
	}
	return 0;
}

/* GetContainerResponse: container 1. */
int containerd_container_reply(struct bytes reply, struct buf *out, struct error *err)
{
	struct bytes message;
	if (!protobuf_find(reply, 1, &message) || message.n == 0)
		return not_understood(err, "what containerd says of the container");
	return put_container(message, out, err) < 0 ? -1 : put_labels(message, out, err);
}

/* ListContainersResponse: containers 1. */
int containerd_containers_reply(struct bytes reply, struct buf *out, struct error *err)
{
	struct cursor c = cursor_of(reply);
	struct protobuf_field f;
	while (protobuf_next(&c, &f))
		if (f.number == 1 && f.wire == PROTOBUF_BYTES &&
		    put_container(f.bytes, out, err) < 0)
			return -1;
	return c.failed ? not_understood(err, "the list of containers") : 0;
}

/* containerd.v1.types.Status. */
static struct bytes task_state(uint64_t status)
{
	static const char *const names[] = { "unknown", "created", "running",
					     "stopped", "paused",  "pausing" };
	return bytes_str(names[status < sizeof names / sizeof names[0] ? status : 0]);
}

/* tasks.v1.GetResponse: process 1. Process: container_id 1, id 2, pid 3, status 4. */
int containerd_task_reply(struct bytes reply, struct buf *out, struct error *err)
{
	struct runtime_container_text container = { .state = task_state(0) };
	struct bytes process;
	if (!protobuf_find(reply, 1, &process))
		return not_understood(err, "what containerd says of the container");
	struct cursor c = cursor_of(process);
	struct protobuf_field f;
	while (protobuf_next(&c, &f)) {
		if (f.number == 2 && f.wire == PROTOBUF_BYTES)
			container.id = f.bytes;
		else if (f.number == 3 && f.wire == PROTOBUF_VARINT)
			container.pid = f.value;
		else if (f.number == 4 && f.wire == PROTOBUF_VARINT)
			container.state = task_state(f.value);
	}
	if (c.failed)
		return not_understood(err, "what containerd says of the container");
	return runtime_put_container(out, &container, err);
}

/* --- CRI ------------------------------------------------------------------------------- */

/* Image: id 1, repo_tags 2, repo_digests 3: all are names under which containerd's
 * CRI plug-in keeps it. */
static int put_cri_names(struct bytes image, bool only_tags, struct buf *out, struct error *err)
{
	struct cursor c = cursor_of(image);
	struct protobuf_field f;
	while (protobuf_next(&c, &f)) {
		bool wanted = f.number == 2 || (!only_tags && (f.number == 1 || f.number == 3));
		if (wanted && f.wire == PROTOBUF_BYTES && runtime_put_name(out, f.bytes, err) < 0)
			return -1;
	}
	return c.failed ? not_understood(err, "what CRI says of the image") : 0;
}

/* ImageStatusResponse: image 1, absent when there is none. */
int cri_image_reply(struct bytes reply, struct buf *out, struct error *err)
{
	struct bytes image;
	if (!protobuf_find(reply, 1, &image))
		return not_understood(err, "what CRI says of the image");
	return put_cri_names(image, false, out, err);
}

/* ListImagesResponse: images 1. */
int cri_images_reply(struct bytes reply, struct buf *out, struct error *err)
{
	struct cursor c = cursor_of(reply);
	struct protobuf_field f;
	while (protobuf_next(&c, &f))
		if (f.number == 1 && f.wire == PROTOBUF_BYTES &&
		    put_cri_names(f.bytes, true, out, err) < 0)
			return -1;
	return c.failed ? not_understood(err, "the list of images") : 0;
}
