/* Messages arrive whole or not at all, and a peer cannot make us wait or grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/socket.h>

#include "ipc/ipc.h"

struct pair {
	int a, b;
	struct channel ch;
};

static int make_pair(void **state)
{
	static struct pair p;
	int fds[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -1;
	p.a = fds[0];
	p.b = fds[1];
	channel_init(&p.ch, p.b);
	*state = &p;
	return 0;
}

static int drop_pair(void **state)
{
	struct pair *p = *state;
	channel_free(&p->ch);
	(void)close(p->a);
	(void)close(p->b);
	return 0;
}

static void a_message_is_read_back_field_by_field(void **state)
{
	struct pair *p = *state;
	struct error err = { 0 };
	struct channel out;
	struct msg_reader r;
	cleanup_msg struct msg m = { 0 };
	channel_init(&out, p->a);
	msg_begin(&m, 7);
	msg_put_u32(&m, 42);
	msg_put_u64(&m, UINT64_MAX);
	msg_put_str(&m, "text");
	msg_put_str(&m, NULL);
	assert_int_equal(channel_put(&out, &m, &err), 0);
	assert_int_equal(channel_flush(&out, &err), 0);
	assert_int_equal(channel_get(&p->ch, 1000, &r, &err), 1);
	assert_int_equal(r.type, 7);
	assert_int_equal(msg_get_u32(&r), 42);
	assert_true(msg_get_u64(&r) == UINT64_MAX);
	assert_true(bytes_equal(msg_get_bytes(&r), BYTES_LIT("text")));
	assert_int_equal(msg_get_bytes(&r).n, 0);
	assert_int_equal(msg_finish(&r, &err), 0);
	channel_free(&out);
}

static void bytes_left_over_are_an_error(void **state)
{
	(void)state;
	struct error err = { 0 };
	struct msg_reader r = { .c = cursor_of(BYTES_LIT("\1\0\0\0x")) };
	assert_int_equal(msg_get_u32(&r), 1);
	assert_int_equal(msg_finish(&r, &err), -1);
	assert_int_equal(err.code, ERR_PROTOCOL);
}

static void a_frame_over_the_limit_is_refused_before_it_is_read(void **state)
{
	struct pair *p = *state;
	struct error err = { 0 };
	struct msg_reader r;
	const uint8_t head[8] = { 0xff, 0xff, 0xff, 0x7f, 1, 0, 0, 0 };
	assert_int_equal(fd_write_full(p->a, head, sizeof head), 0);
	assert_int_equal(channel_get(&p->ch, 1000, &r, &err), -1);
	assert_int_equal(err.code, ERR_PROTOCOL);
}

static void an_end_inside_a_frame_is_an_error(void **state)
{
	struct pair *p = *state;
	struct error err = { 0 };
	struct msg_reader r;
	const uint8_t part[10] = { 4, 0, 0, 0, 1, 0, 0, 0, 'a', 'b' };
	assert_int_equal(fd_write_full(p->a, part, sizeof part), 0);
	(void)shutdown(p->a, SHUT_WR);
	assert_int_equal(channel_get(&p->ch, 1000, &r, &err), -1);
	assert_int_equal(err.code, ERR_TRUNCATED);
}

static void a_silent_peer_is_given_up(void **state)
{
	struct pair *p = *state;
	struct error err = { 0 };
	struct msg_reader r;
	assert_int_equal(channel_get(&p->ch, 10, &r, &err), -1);
	assert_int_equal(err.code, ERR_WORKER_TIMEOUT);
	(void)shutdown(p->a, SHUT_WR);
	assert_int_equal(channel_get(&p->ch, 10, &r, &err), 0);
}

static void a_field_that_does_not_fit_fails_the_message(void **state)
{
	(void)state;
	struct error err = { 0 };
	static uint8_t large[LIMIT_FRAME_BYTES];
	cleanup_msg struct msg m = { 0 };
	cleanup_buf struct buf out = buf_max(4 * LIMIT_FRAME_BYTES);
	msg_begin(&m, 1);
	msg_put_bytes(&m, bytes_of(large, sizeof large));
	assert_int_equal(frame_encode(&m, &out, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
}

static void a_descriptor_crosses(void **state)
{
	struct pair *p = *state;
	struct error err = { 0 };
	int ends[2], got = -1;
	char byte = 0;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fd_send(p->a, ends[1], &err), 0);
	assert_int_equal(fd_receive(p->b, &got, &err), 0);
	assert_int_equal(write(got, "x", 1), 1);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(byte, 'x');
	(void)close(got);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

/* err as the peer hears it. */
static struct error heard(struct bytes code, struct bytes text)
{
	struct error err = { 0 };
	cleanup_msg struct msg m = { 0 };
	msg_begin(&m, 1);
	msg_put_bytes(&m, code);
	msg_put_bytes(&m, text);
	struct msg_reader r = { .c = cursor_of(buf_view(&m.payload)), .type = 1 };
	assert_int_equal(msg_take_error(&r, &err), -1);
	return err;
}

static void an_error_crosses_with_its_code(void **state)
{
	struct error said = { 0 }, err = { 0 };
	cleanup_msg struct msg m = { 0 };
	(void)state;
	(void)error_set(&said, ERR_LIMIT, "too long");
	msg_begin(&m, 1);
	msg_put_error(&m, &said);
	struct msg_reader r = { .c = cursor_of(buf_view(&m.payload)), .type = 1 };
	assert_int_equal(msg_take_error(&r, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
	assert_string_equal(err.text, "too long");
}

static void a_hostile_error_is_made_clean(void **state)
{
	(void)state;
	struct error err = heard(BYTES_LIT("no-such-code"), BYTES_LIT("a\33[2Jb"));
	assert_int_equal(err.code, ERR_PROTOCOL);
	assert_null(strchr(err.text, '\33'));
	assert_int_equal(heard(bytes_str(error_code_name(ERR_NONE)), BYTES_LIT("")).code,
			 ERR_PROTOCOL);
	char longer[3 * ERROR_TEXT_MAX];
	memset(longer, '\1', sizeof longer);
	err = heard(BYTES_LIT("protocol"), bytes_of(longer, sizeof longer));
	assert_true(strlen(err.text) < ERROR_TEXT_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_message_is_read_back_field_by_field, make_pair,
						drop_pair),
		cmocka_unit_test(bytes_left_over_are_an_error),
		cmocka_unit_test_setup_teardown(a_frame_over_the_limit_is_refused_before_it_is_read,
						make_pair, drop_pair),
		cmocka_unit_test_setup_teardown(an_end_inside_a_frame_is_an_error, make_pair,
						drop_pair),
		cmocka_unit_test_setup_teardown(a_silent_peer_is_given_up, make_pair, drop_pair),
		cmocka_unit_test(a_field_that_does_not_fit_fails_the_message),
		cmocka_unit_test_setup_teardown(a_descriptor_crosses, make_pair, drop_pair),
		cmocka_unit_test(an_error_crosses_with_its_code),
		cmocka_unit_test(a_hostile_error_is_made_clean),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
