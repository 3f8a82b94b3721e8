/* The ring of recent events on disk: bounded, torn lines passed over, what a full
 * disk refuses counted. */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sensor/sensor.h"

static char folder[64];

static int make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof folder, "/tmp/corten-events-XXXXXX");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

/* Calls f for each segment; returns how many there are. */
static size_t each_segment(int (*f)(const char *path))
{
	size_t n = 0;
	cleanup_closedir DIR *dir = opendir(folder);
	for (struct dirent *d; dir != NULL && (d = readdir(dir)) != NULL;) {
		char path[512];
		if (d->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", folder, d->d_name);
		if (f != NULL)
			(void)f(path);
		n++;
	}
	return n;
}

static int remove_folder(void **state)
{
	(void)state;
	(void)each_segment(unlink);
	return rmdir(folder);
}

static struct event_log *open_log(uint64_t most)
{
	struct event_log *l = NULL;
	struct error err = { 0 };
	if (event_log_open(folder, most, &l, &err) < 0)
		fail_msg("%s", err.text);
	return l;
}

static void append(struct event_log *l, unsigned from, unsigned n)
{
	struct error err = { 0 };
	for (unsigned i = from; i < from + n; i++) {
		char line[128];
		(void)snprintf(line, sizeof line, "{\"n\":%08u,\"pad\":\"%040u\"}", i, i);
		assert_int_equal(event_log_append(l, bytes_str(line), &err), 0);
	}
}

/* What is read: numbers that go up by one. */
struct seen {
	unsigned first, last, count, stop_at;
};

static bool on_line(void *ctx, struct bytes line)
{
	struct seen *s = ctx;
	unsigned n = 0;
	char text[32];
	(void)snprintf(text, sizeof text, "%.*s", (int)line.n, (const char *)line.p);
	if (sscanf(text, "{\"n\":%08u,", &n) != 1 || !bytes_ends_with(line, BYTES_LIT("\"}")))
		fail_msg("no line of ours: %s", text);
	if (s->count++ == 0)
		s->first = n;
	else if (n <= s->last)
		fail_msg("%u behind %u", n, s->last);
	s->last = n;
	return s->stop_at == 0 || s->count < s->stop_at;
}

static struct seen read_log(unsigned stop_at)
{
	struct seen s = { .stop_at = stop_at };
	struct error err = { 0 };
	if (event_log_read(folder, on_line, &s, &err) < 0)
		fail_msg("%s", err.text);
	return s;
}

static void lines_are_read_as_they_were_written(void **state)
{
	struct event_log *l = open_log(MIB);
	struct error err = { 0 };
	(void)state;
	append(l, 0, 100);
	assert_int_equal(read_log(0).count, 0); /* in the buffer yet */
	assert_int_equal(event_log_flush(l, &err), 0);
	struct seen s = read_log(0);
	assert_int_equal(s.count, 100);
	assert_int_equal(s.last, 99);
	assert_int_equal(read_log(7).count, 7);
	event_log_close(l);
	l = open_log(MIB); /* another process goes on */
	append(l, 100, 5);
	event_log_close(l);
	assert_int_equal(read_log(0).last, 104);
	assert_int_equal(read_log(0).count, 105);
}

static void the_oldest_go_when_the_size_is_reached(void **state)
{
	struct event_log *l = open_log(MIB);
	(void)state;
	append(l, 0, 100000); /* 6.6 MB */
	event_log_close(l);
	uint64_t bytes = 0;
	cleanup_closedir DIR *dir = opendir(folder);
	for (struct dirent *d; (d = readdir(dir)) != NULL;) {
		struct stat st;
		if (fstatat(dirfd(dir), d->d_name, &st, 0) == 0 && S_ISREG(st.st_mode))
			bytes += (uint64_t)st.st_size;
	}
	assert_true(bytes <= MIB && bytes > MIB / 2);
	struct seen s = read_log(0);
	assert_int_equal(s.last, 99999);
	assert_int_equal(s.count, s.last - s.first + 1);
	assert_int_equal(event_log_lost(l = open_log(MIB)), 0);
	event_log_close(l);
}

static int tear(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? truncate(path, st.st_size - 3) : -1;
}

static void a_torn_last_line_is_passed_over_and_never_written_behind(void **state)
{
	struct event_log *l = open_log(MIB);
	(void)state;
	append(l, 0, 10);
	event_log_close(l);
	assert_int_equal(each_segment(tear), 1);
	assert_int_equal(read_log(0).count, 9);
	l = open_log(MIB);
	append(l, 10, 1);
	event_log_close(l);
	struct seen s = read_log(0);
	assert_int_equal(s.count, 10);
	assert_int_equal(s.last, 10);
}

/* A limit on file sizes is refused as a full disk is: in the middle of a write. */
static void what_a_full_disk_refuses_is_counted_and_leaves_no_half_line(void **state)
{
	struct rlimit old, small = { 100000, RLIM_INFINITY };
	struct error err = { 0 };
	(void)state;
	struct event_log *l = open_log(8 * MIB);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	small.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	append(l, 0, 3000);
	assert_int_equal(event_log_flush(l, &err), 0);
	uint64_t lost = event_log_lost(l);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	append(l, 3000, 10);
	event_log_close(l);
	struct seen s = read_log(0);
	assert_true(lost > 0 && lost < 3000);
	assert_int_equal(s.count + lost, 3010);
	assert_int_equal(s.last, 3009);
}

static void lines_that_are_none_are_refused_and_counted(void **state)
{
	static uint8_t long_line[70000];
	struct error err = { 0 };
	struct event_log *l = open_log(MIB);
	(void)state;
	memset(long_line, 'x', sizeof long_line);
	assert_int_equal(event_log_append(l, bytes_of(long_line, sizeof long_line), &err), -1);
	assert_int_equal(event_log_append(l, BYTES_LIT("a\nb"), &err), -1);
	assert_int_equal(event_log_lost(l), 2);
	event_log_close(l);
	assert_int_equal(event_log_open(folder, 10, &l, &err), -1);
	assert_int_equal(event_log_read("/nonexistent", on_line, NULL, &err), -1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(lines_are_read_as_they_were_written),
		TEST(the_oldest_go_when_the_size_is_reached),
		TEST(a_torn_last_line_is_passed_over_and_never_written_behind),
		TEST(what_a_full_disk_refuses_is_counted_and_leaves_no_half_line),
		TEST(lines_that_are_none_are_refused_and_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
