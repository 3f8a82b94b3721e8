#include "source/tar_split.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include <sys/mman.h>

#include "ipc/ipc.h"
#include "source/protocol.h"

/* All frames of a file with that content; the error's code. */
static enum error_code read_split(struct bytes content, struct buf *out)
{
	struct error err = { 0 };
	cleanup_close int fd = memfd_create("split", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_full(fd, content.p, content.n), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	struct tar_split *t = tar_split_new(fd);
	int more;
	while ((more = tar_split_next(t, out, &err)) > 0)
		;
	tar_split_free(t);
	return more < 0 ? err.code : ERR_NONE;
}

static const char whole[] =
	"{\"type\":2,\"payload\":\"aGVhZA==\",\"position\":0}\n"
	"{\"type\":1,\"name\":\"etc/os-release\",\"size\":5,\"payload\":\"AAA=\",\"position\":1}\n"
	"{\"type\":1,\"name\":\".wh.gone\",\"payload\":null,\"position\":2}\n"
	"{\"type\":1,\"name_raw\":\"Yf8=\",\"size\":7,\"position\":3}\n"
	"{\"type\":2,\"payload\":\"AAAA\",\"position\":4}";

static void segments_and_files_come_in_their_order(void **state)
{
	(void)state;
	cleanup_buf struct buf out = buf_max(4096);
	struct msg_reader m;
	assert_int_equal(read_split(bytes_str(whole), &out), ERR_NONE);
	struct cursor c = cursor_of(buf_view(&out));
	assert_int_equal(frame_decode(&c, &m, NULL), 1);
	assert_int_equal(m.type, RUNTIME_SPLIT_BYTES);
	assert_true(bytes_equal(msg_get_bytes(&m), BYTES_LIT("head")));
	assert_int_equal(frame_decode(&c, &m, NULL), 1);
	assert_int_equal(m.type, RUNTIME_SPLIT_FILE);
	assert_true(bytes_equal(msg_get_bytes(&m), BYTES_LIT("etc/os-release")));
	assert_int_equal(msg_get_u64(&m), 5);
	assert_int_equal(frame_decode(&c, &m, NULL), 1);
	assert_true(bytes_equal(msg_get_bytes(&m), BYTES_LIT("a\xff")));
	assert_int_equal(frame_decode(&c, &m, NULL), 1);
	assert_true(bytes_equal(msg_get_bytes(&m), BYTES_LIT("\0\0\0")));
	assert_int_equal(frame_decode(&c, &m, NULL), 0);
}

static void damaged_files_are_errors(void **state)
{
	(void)state;
	const struct bytes samples[] = {
		BYTES_LIT("\n"),
		BYTES_LIT("null\n"),
		BYTES_LIT("{}\n"),
		BYTES_LIT("{\"type\":3}\n"),
		BYTES_LIT("{\"type\":1,\"size\":-1,\"name\":\"x\"}\n"),
		BYTES_LIT("{\"type\":1,\"size\":1,\"name\":7}\n"),
		BYTES_LIT("{\"type\":2,\"payload\":\"a\"}\n"),
		BYTES_LIT("{\"type\":2,\"payload\":\"****\"}\n"),
		BYTES_LIT("{\"type\":2,\"payload\":\"AAAA\"} {\n"),
		BYTES_LIT("{\"type\":2,\"payload\":\"AAAA\"\n"),
		BYTES_LIT("\x1f\x8b\x08\0\0\0\0\0"),
	};
	for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
		cleanup_buf struct buf out = buf_max(4096);
		if (read_split(samples[i], &out) == ERR_NONE)
			fail_msg("sample %zu", i);
	}
}

static void an_empty_file_has_nothing(void **state)
{
	(void)state;
	cleanup_buf struct buf out = buf_max(16);
	assert_int_equal(read_split(bytes_of("", 0), &out), ERR_NONE);
	assert_int_equal(out.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_and_files_come_in_their_order),
		cmocka_unit_test(damaged_files_are_errors),
		cmocka_unit_test(an_empty_file_has_nothing),
	};
	return cmocka_run_group_tests_name("tar_split", tests, NULL, NULL);
}
