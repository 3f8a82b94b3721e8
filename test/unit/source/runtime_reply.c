#include "source/runtime_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "format/protobuf.h"
#include "ipc/ipc.h"
#include "source/protocol.h"

#define HEX "abababababababababababababababababababababababababababababababab"
#define DIGEST "sha256:" HEX

/* The text fields of all frames, as "type:field,field;". */
static void frames_text(const struct buf *frames, char *out, size_t size)
{
	static const unsigned fields[] = { [RUNTIME_NAME] = 1,
					   [RUNTIME_CONTAINER] = 5,
					   [RUNTIME_STORED_IMAGE] = 2,
					   [RUNTIME_STORED_LAYER] = 2 };
	struct cursor c = cursor_of(buf_view(frames));
	struct msg_reader m;
	size_t n = 0;
	out[0] = '\0';
	while (frame_decode(&c, &m, NULL) > 0) {
		n += (size_t)snprintf(out + n, size - n, "%u:", m.type);
		for (unsigned i = 0; i < fields[m.type]; i++) {
			struct bytes b = msg_get_bytes(&m);
			n += (size_t)snprintf(out + n, size - n, "%s%.*s", i > 0 ? "," : "",
					      (int)b.n, (const char *)b.p);
		}
		if (m.type == RUNTIME_CONTAINER)
			n += (size_t)snprintf(out + n, size - n, ",%llu",
					      (unsigned long long)msg_get_u64(&m));
		if (m.type == RUNTIME_STORED_LAYER)
			n += (size_t)snprintf(out + n, size - n, ",%u", msg_get_u32(&m));
		n += (size_t)snprintf(out + n, size - n, ";");
	}
}

static void replies_of_docker_and_stores_are_read(void **state)
{
	(void)state;
	const struct {
		runtime_reply_fn *read;
		const char *reply, *frames;
	} samples[] = {
		{ docker_images_reply,
		  "[{\"Id\":\"x\",\"RepoTags\":[\"app:1\",\"app:2\"]},{\"RepoTags\":null},{}]",
		  "1:app:1;1:app:2;" },
		{ docker_containers_reply,
		  "[{\"Id\":\"ab\",\"Names\":[\"/web\",\"/a/b\"],\"Image\":\"app:1\",\"State\":"
		  "\"running\",\"Ports\":[{}]}]",
		  "3:ab,web,app:1,,running,0;" },
		{ docker_container_reply,
		  "{\"Id\":\"ab\",\"Name\":\"/web\",\"Image\":\"" DIGEST "\",\"State\":{\"Status\":"
		  "\"running\",\"Pid\":47},\"Config\":{\"Env\":[],\"Image\":\"app:1\"}}",
		  "3:ab,web,app:1," DIGEST ",running,47;" },
		{ docker_container_reply, "{\"State\":{\"Pid\":-4}}", "3:,,,,,0;" },
		{ docker_container_reply, "{\"State\":[],\"Config\":7}", "3:,,,,,0;" },
		{ storage_images_reply,
		  "[{\"id\":\"ab\",\"names\":[\"localhost/app:1\"],\"layer\":\"cd\"},{\"id\":"
		  "\"ef\"}]",
		  "4:ab,cd;1:localhost/app:1;4:ef,;" },
		{ storage_layers_reply,
		  "[{\"id\":\"cd\",\"parent\":\"ef\",\"diff-digest\":\"" DIGEST
		  "\"},{\"id\":\"ef\","
		  "\"diff-digest\":\"md5:x\"}]",
		  "5:cd,ef,1;5:ef,,0;" },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		cleanup_buf struct buf out = buf_max(64 * KIB);
		char text[1024];
		struct error err = { 0 };
		if (samples[i].read(bytes_str(samples[i].reply), &out, &err) < 0)
			fail_msg("%s: %s", samples[i].reply, err.text);
		frames_text(&out, text, sizeof text);
		assert_string_equal(text, samples[i].frames);
	}
}

static void damaged_json_is_refused(void **state)
{
	(void)state;
	static runtime_reply_fn *const readers[] = { docker_images_reply, docker_containers_reply,
						     docker_container_reply, storage_images_reply,
						     storage_layers_reply };
	static const char *const samples[] = { "", "[", "[{\"Id\":}]", "{\"Id\":\"x\"", "[{}] x" };
	for (size_t k = 0; k < sizeof readers / sizeof readers[0]; k++)
		for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
			cleanup_buf struct buf out = buf_max(64 * KIB);
			struct error err = { 0 };
			if (readers[k](bytes_str(samples[i]), &out, &err) == 0)
				fail_msg("reader %zu takes %s", k, samples[i]);
		}
}

static void put(struct buf *out, uint32_t number, const char *text)
{
	assert_int_equal(protobuf_put_bytes(out, number, bytes_str(text), NULL), 0);
}

/* *inner as field `number` of *out; *inner is empty afterwards. */
static void wrap(struct buf *out, uint32_t number, struct buf *inner)
{
	assert_int_equal(protobuf_put_bytes(out, number, buf_view(inner), NULL), 0);
	inner->n = 0;
}

static void an_images_digest_is_read(void **state)
{
	(void)state;
	cleanup_buf struct buf target = buf_max(4096), image = buf_max(4096), reply = buf_max(4096),
			       out = buf_max(4096);
	struct digest wanted, got;
	struct msg_reader m;
	put(&target, 1, "application/vnd.oci.image.index.v1+json");
	put(&target, 2, DIGEST);
	assert_int_equal(protobuf_put_varint(&target, 3, 1234, NULL), 0);
	put(&image, 1, "docker.io/library/app:1");
	wrap(&image, 3, &target);
	wrap(&reply, 1, &image);
	assert_int_equal(containerd_image_reply(buf_view(&reply), &out, NULL), 0);
	struct cursor c = cursor_of(buf_view(&out));
	assert_int_equal(frame_decode(&c, &m, NULL), 1);
	assert_int_equal(m.type, RUNTIME_IMAGE);
	msg_get_digest(&m, &got);
	assert_true(digest_parse(BYTES_LIT(DIGEST), &wanted));
	assert_true(digest_equal(&wanted, &got));
	assert_int_equal(msg_get_u64(&m), 1234);
	/* Without a digest that can be checked there is no image. */
	put(&target, 2, "sha512:abc");
	wrap(&image, 3, &target);
	wrap(&reply, 1, &image);
	assert_int_equal(containerd_image_reply(buf_view(&reply), &out, NULL), -1);
	assert_int_equal(containerd_image_reply(bytes_of("", 0), &out, NULL), -1);
}

static void containers_and_tasks_are_read(void **state)
{
	(void)state;
	cleanup_buf struct buf label = buf_max(4096), container = buf_max(4096),
			       reply = buf_max(4096), out = buf_max(4096);
	char text[256];
	put(&label, 1, "io.kubernetes.container.name");
	put(&label, 2, "web");
	put(&container, 1, "ab12");
	wrap(&container, 2, &label);
	put(&container, 3, "docker.io/library/app:1");
	wrap(&reply, 1, &container);
	assert_int_equal(containerd_containers_reply(buf_view(&reply), &out, NULL), 0);
	put(&container, 2, "exec");
	assert_int_equal(protobuf_put_varint(&container, 3, 47, NULL), 0);
	assert_int_equal(protobuf_put_varint(&container, 4, 2, NULL), 0);
	reply.n = 0;
	wrap(&reply, 1, &container);
	assert_int_equal(containerd_task_reply(buf_view(&reply), &out, NULL), 0);
	frames_text(&out, text, sizeof text);
	assert_string_equal(text, "3:ab12,web,docker.io/library/app:1,,,0;3:exec,,,,running,47;");
}

static void content_comes_in_its_order_only(void **state)
{
	(void)state;
	struct bytes piece;
	struct bytes reply = BYTES_LIT("\x08\x05\x12\x03"
				       "abc");
	assert_int_equal(containerd_content_reply(reply, 5, &piece, NULL), 0);
	assert_true(bytes_equal(piece, BYTES_LIT("abc")));
	assert_int_equal(containerd_content_reply(reply, 0, &piece, NULL), -1);
	assert_int_equal(containerd_content_reply(BYTES_LIT("\x12\x09"
							    "abc"),
						  0, &piece, NULL),
			 -1);
}

static void cri_tells_names(void **state)
{
	(void)state;
	cleanup_buf struct buf image = buf_max(4096), reply = buf_max(4096), out = buf_max(4096);
	char text[512];
	put(&image, 1, DIGEST);
	put(&image, 2, "docker.io/library/app:1");
	put(&image, 3, "docker.io/library/app@" DIGEST);
	wrap(&reply, 1, &image);
	assert_int_equal(cri_image_reply(buf_view(&reply), &out, NULL), 0);
	assert_int_equal(cri_images_reply(buf_view(&reply), &out, NULL), 0);
	frames_text(&out, text, sizeof text);
	assert_string_equal(text,
			    "1:" DIGEST ";1:docker.io/library/app:1;1:docker.io/library/app@" DIGEST
			    ";1:docker.io/library/app:1;");
	out.n = 0;
	assert_int_equal(cri_image_reply(bytes_of("", 0), &out, NULL), 0); /* there is none */
	assert_int_equal(out.n, 0);
}

static void a_refusals_message_is_found(void **state)
{
	(void)state;
	char said[16];
	docker_refusal(BYTES_LIT("{\"message\":\"no such image: app\"}"), said, sizeof said);
	assert_string_equal(said, "no such image: ");
	docker_refusal(BYTES_LIT("<html>"), said, sizeof said);
	assert_string_equal(said, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_of_docker_and_stores_are_read),
		cmocka_unit_test(damaged_json_is_refused),
		cmocka_unit_test(an_images_digest_is_read),
		cmocka_unit_test(containers_and_tasks_are_read),
		cmocka_unit_test(content_comes_in_its_order_only),
		cmocka_unit_test(cri_tells_names),
		cmocka_unit_test(a_refusals_message_is_found),
	};
	return cmocka_run_group_tests_name("runtime_reply", tests, NULL, NULL);
}
