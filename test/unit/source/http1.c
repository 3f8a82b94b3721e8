#include "source/http1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static bool keep(void *ctx, struct bytes piece)
{
	return buf_append(ctx, piece.p, piece.n, NULL) == 0;
}

static bool refuse(void *ctx, struct bytes piece)
{
	(void)ctx, (void)piece;
	return false;
}

/* Reads a reply byte by byte: the error's code. */
static enum error_code read_reply(struct bytes reply, struct buf *body, unsigned *ret_status)
{
	struct http1 h;
	struct error err = { 0 };
	int r = 0;
	http1_init(&h, keep, body);
	for (size_t i = 0; r == 0 && i < reply.n; i++)
		r = http1_feed(&h, bytes_sub(reply, i, i + 1), &err);
	if (r == 0)
		r = http1_end(&h, &err);
	*ret_status = h.status;
	http1_free(&h);
	return r == 0 ? ERR_NONE : err.code;
}

#define OK "HTTP/1.1 200 OK\r\n"

static void replies_are_read_however_they_are_framed(void **state)
{
	(void)state;
	const struct {
		const char *reply;
		unsigned status;
		const char *body;
	} samples[] = {
		{ OK "Content-Length: 5\r\n\r\nhello", 200, "hello" },
		{ OK "content-length:5\r\nContent-Length: 5\r\n\r\nhello", 200, "hello" },
		{ OK "Content-Length: 5\r\n\r\nhello more", 200, "hello" },
		{ OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", 200, "hello" },
		{ OK "Transfer-Encoding: Chunked\r\n\r\n2;a=b\r\nhe\r\n0A\r\n0123456789\r\n0\r\n"
		     "Trailer: x\r\n\r\n",
		  200, "he0123456789" },
		{ OK "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n1\r\nx\r\n0\r\n\r\n",
		  200, "x" },
		{ OK "\r\nto the end", 200, "to the end" },
		{ "HTTP/1.0 404 Not Found\nServer: x\n\n{}", 404, "{}" },
		{ "HTTP/1.1 204 No Content\r\n\r\n", 204, "" },
		{ OK "Content-Length: 0\r\n\r\n", 200, "" },
		{ "HTTP/1.1 100 Continue\r\n\r\n" OK "Content-Length: 1\r\n\r\nx", 200, "x" },
		{ "HTTP/1.1 500\r\nContent-Length: 1\r\n\r\nx", 500, "x" },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		cleanup_buf struct buf body = buf_max(4096);
		unsigned status;
		enum error_code code = read_reply(bytes_str(samples[i].reply), &body, &status);
		if (code != ERR_NONE || status != samples[i].status ||
		    !bytes_equal(buf_view(&body), bytes_str(samples[i].body)))
			fail_msg("%s: %s, %u", samples[i].reply, error_code_name(code), status);
	}
}

static void what_is_no_whole_reply_is_an_error(void **state)
{
	(void)state;
	const struct {
		const char *reply;
		enum error_code code;
	} samples[] = {
		{ "", ERR_NETWORK },
		{ "HTTP/1.1 20", ERR_TRUNCATED },
		{ OK "Content-Length: 5\r\n\r\nhell", ERR_TRUNCATED },
		{ OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", ERR_TRUNCATED },
		{ OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", ERR_TRUNCATED },
		{ "SSH-2.0-OpenSSH\r\n\r\n", ERR_PROTOCOL },
		{ "HTTP/2 200 OK\r\n\r\n", ERR_PROTOCOL },
		{ "HTTP/1.1 2000 OK\r\n\r\n", ERR_PROTOCOL },
		{ "HTTP/1.1 -20 OK\r\n\r\n", ERR_PROTOCOL },
		{ OK "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", ERR_PROTOCOL },
		{ OK "Content-Length: +5\r\n\r\nhello", ERR_PROTOCOL },
		{ OK "Content-Length: 99999999999999999999\r\n\r\n", ERR_PROTOCOL },
		{ OK "Transfer-Encoding: gzip\r\n\r\nx", ERR_PROTOCOL },
		{ OK "no colon\r\n\r\n", ERR_PROTOCOL },
		{ OK "Transfer-Encoding: chunked\r\n\r\nx\r\n", ERR_PROTOCOL },
		{ OK "Transfer-Encoding: chunked\r\n\r\n-1\r\n", ERR_PROTOCOL },
		{ OK "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", ERR_PROTOCOL },
		{ OK "Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n", ERR_PROTOCOL },
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		cleanup_buf struct buf body = buf_max(4096);
		unsigned status;
		enum error_code code = read_reply(bytes_str(samples[i].reply), &body, &status);
		if (code != samples[i].code)
			fail_msg("%s: %s", samples[i].reply, error_code_name(code));
	}
}

static void heads_and_trailers_without_end_are_refused(void **state)
{
	(void)state;
	static const char *const starts[] = { OK, OK "Transfer-Encoding: chunked\r\n\r\n0\r\n" };
	for (size_t k = 0; k < 2; k++) {
		cleanup_buf struct buf body = buf_max(4096);
		struct http1 h;
		struct error err = { 0 };
		http1_init(&h, keep, &body);
		assert_int_equal(http1_feed(&h, bytes_str(starts[k]), &err), 0);
		for (size_t i = 0; i < 100000 && err.code == ERR_NONE; i++)
			(void)http1_feed(&h, BYTES_LIT("X: y\r\n"), &err);
		assert_int_equal(err.code, ERR_PROTOCOL);
		http1_free(&h);
	}
}

static void a_reader_that_wants_no_more_ends_it(void **state)
{
	(void)state;
	struct http1 h;
	struct error err = { 0 };
	http1_init(&h, refuse, NULL);
	assert_int_equal(http1_feed(&h, BYTES_LIT(OK "Content-Length: 1\r\n\r\nx"), &err), -1);
	assert_int_equal(err.code, ERR_CANCELLED);
	http1_free(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies_are_read_however_they_are_framed),
		cmocka_unit_test(what_is_no_whole_reply_is_an_error),
		cmocka_unit_test(heads_and_trailers_without_end_are_refused),
		cmocka_unit_test(a_reader_that_wants_no_more_ends_it),
	};
	return cmocka_run_group_tests_name("http1", tests, NULL, NULL);
}
