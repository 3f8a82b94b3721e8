#include "source/grpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include <sys/socket.h>

#define SETTINGS "\0\0\0\4\0\0\0\0\0"
#define REPLY_HEAD "\0\0\1\1\4\0\0\0\1\x88" /* :status 200, end of headers */
/* Headers at the end of the stream; names and values are shorter than 128 bytes. */
#define TRAILER(size, text) "\0\0" size "\1\5\0\0\0\1" text
#define STATUS_OK TRAILER("\x0f", "\0\x0bgrpc-status\0010")

struct seen {
	struct grpc *g;
	struct buf text;
	int status;
	unsigned ends;
	char why[128];
};

static bool on_message(void *ctx, struct bytes message)
{
	struct seen *s = ctx;
	return buf_append(&s->text, message.p, message.n, NULL) == 0 &&
	       buf_append_str(&s->text, "|", NULL) == 0;
}

static void on_done(void *ctx, int status, const char *text)
{
	struct seen *s = ctx;
	s->status = status;
	s->ends++;
	(void)snprintf(s->why, sizeof s->why, "%s", text);
	grpc_free(s->g);
	s->g = NULL;
}

/* A call that is answered with these bytes. */
static struct seen answer_with(struct bytes reply)
{
	int pair[2];
	struct loop loop;
	struct error err = { 0 };
	struct seen s = { .text = buf_max(4096) };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(loop_init(&loop, &err), 0);
	struct grpc_call call = { .fd = pair[0],
				  .path = "/containerd.services.images.v1.Images/Get",
				  .space = "k8s.io",
				  .request = BYTES_LIT("\x0a\x03"
						       "app"),
				  .stall_seconds = 1,
				  .on_message = on_message,
				  .on_done = on_done,
				  .ctx = &s };
	assert_int_equal(grpc_start(&loop, &call, &s.g, &err), 0);
	assert_int_equal(fd_write_full(pair[1], reply.p, reply.n), 0);
	assert_int_equal(shutdown(pair[1], SHUT_WR), 0);
	while (s.ends == 0)
		assert_int_equal(loop_once(&loop, &err), 0);
	loop_close(&loop);
	(void)close(pair[0]);
	(void)close(pair[1]);
	return s;
}

static void messages_and_the_status_are_handed_on(void **state)
{
	(void)state;
	/* Two messages, the second cut in two frames. */
	struct seen s = answer_with(BYTES_LIT(SETTINGS REPLY_HEAD
					      "\0\0\x0e\0\0\0\0\0\1\0\0\0\0\3one\0\0\0\0\3t"
					      "\0\0\2\0\0\0\0\0\1wo" STATUS_OK));
	assert_int_equal(s.status, GRPC_OK);
	assert_true(bytes_equal(buf_view(&s.text), BYTES_LIT("one|two|")));
	buf_free(&s.text);
}

static void a_refusal_tells_why(void **state)
{
	(void)state;
	struct seen s = answer_with(BYTES_LIT(
		SETTINGS TRAILER("\x23", "\x88\0\x0bgrpc-status\0015\0\x0cgrpc-message\x04gone")));
	assert_int_equal(s.status, GRPC_NOT_FOUND);
	assert_string_equal(s.why, "gone");
	buf_free(&s.text);
}

static void a_broken_connection_is_no_answer(void **state)
{
	(void)state;
	const struct bytes samples[] = {
		BYTES_LIT(""),
		BYTES_LIT("HTTP/1.1 400 Bad Request\r\n\r\n"),
		BYTES_LIT(SETTINGS),
		BYTES_LIT(SETTINGS REPLY_HEAD),
		BYTES_LIT(SETTINGS REPLY_HEAD "\0\0\6\0\0\0\0\0\1\0\0\0\0\3o"),
		/* the last message is cut off, whatever the status says */
		BYTES_LIT(SETTINGS REPLY_HEAD "\0\0\6\0\0\0\0\0\1\0\0\0\0\3o" STATUS_OK),
		/* compressed; larger than allowed */
		BYTES_LIT(SETTINGS REPLY_HEAD "\0\0\6\0\0\0\0\0\1\1\0\0\0\1o" STATUS_OK),
		BYTES_LIT(SETTINGS REPLY_HEAD "\0\0\6\0\0\0\0\0\1\0\xff\xff\xff\xffo" STATUS_OK),
		/* no status at all; reset */
		BYTES_LIT(SETTINGS "\0\0\1\1\5\0\0\0\1\x88"),
		BYTES_LIT(SETTINGS REPLY_HEAD "\0\0\4\3\0\0\0\0\1\0\0\0\2"),
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		struct seen s = answer_with(samples[i]);
		if (s.status != GRPC_BROKEN || s.why[0] == '\0')
			fail_msg("sample %zu: %d %s", i, s.status, s.why);
		buf_free(&s.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_and_the_status_are_handed_on),
		cmocka_unit_test(a_refusal_tells_why),
		cmocka_unit_test(a_broken_connection_is_no_answer),
	};
	return cmocka_run_group_tests_name("grpc", tests, NULL, NULL);
}
