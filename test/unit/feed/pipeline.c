/* Worker and parent over a socket, without the process between them; zips,
 * directories and compressed input. */
#include "capture.h"

#include "format/tar.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <zstd.h>

#include "feed/client.h"
#include "feed/message.h"

static const char record_of_npm[] =
	"{\"id\":\"A-1\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"x\"},"
	"\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"1\"}]}]}]"
	"}";
static const char said_of_npm[] = "source npm -\n"
				  "fact npm x A-1 - - 1 - fixed unknown - -\n";

/* --- a worker in a thread -------------------------------------------------------- */

struct worker {
	int in_fd, channel_fd;
	int (*run)(int in_fd, struct channel *ch, struct error *err);
};

static void *worker_thread(void *arg)
{
	struct worker *w = arg;
	struct channel ch;
	struct error err = { 0 };
	channel_init(&ch, w->channel_fd);
	(void)w->run(w->in_fd, &ch, &err);
	channel_free(&ch);
	(void)close(w->channel_fd);
	(void)close(w->in_fd);
	return NULL;
}

/* Runs both sides over one input; the parent's result. */
static int talk(struct capture *c, int (*run)(int, struct channel *, struct error *), int in_fd,
		int *data_fd, const struct feed_job *job, struct feed_walk *walk)
{
	int ends[2];
	pthread_t thread;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	struct worker w = { in_fd, ends[1], run };
	assert_int_equal(pthread_create(&thread, NULL, worker_thread, &w), 0);
	int r = feed_client_run(ends[0], data_fd, job, walk, capture_sink(c), &c->stats, &c->err);
	(void)close(ends[0]);
	if (data_fd != NULL && *data_fd >= 0)
		(void)close(*data_fd);
	(void)pthread_join(thread, NULL);
	return r;
}

static int pipe_of(struct bytes text)
{
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fd_write_full(ends[1], text.p, text.n), 0);
	(void)close(ends[1]);
	return ends[0];
}

static void facts_come_through_the_worker_as_they_are(void **state)
{
	(void)state;
	struct capture c = { 0 };
	struct feed_job job = { .name = "npm.json", .retrieved = "2026-01-02T03:04:05Z" };
	assert_int_equal(
		talk(&c, feed_worker_run, pipe_of(bytes_str(record_of_npm)), NULL, &job, NULL), 0);
	assert_string_equal(capture_text(&c), "source npm -\n"
					      "fact npm x A-1 - - 1 - fixed unknown - -\n"
					      "source npm 2026-01-02T03:04:05Z\n");
	assert_int_equal(c.stats.records, 1);
	assert_int_equal(c.stats.facts, 1);
	capture_free(&c);
}

static void details_and_skips_come_through_too(void **state)
{
	(void)state;
	struct capture c = { 0 };
	struct feed_job job = { .name = "epss.csv" };
	assert_int_equal(talk(&c, feed_worker_run,
			      pipe_of(BYTES_LIT("#model_version:v1,score_date:2025-02-20\n"
						"cve,epss,percentile\n"
						"CVE-2024-0001,0.25,0.5\nbad\x1b,1,1\n")),
			      NULL, &job, NULL),
			 0);
	assert_string_equal(capture_text(&c),
			    "source epss 2025-02-20T00:00:00Z\n"
			    "detail CVE-2024-0001 unknown -1.0 - 0.25 0.5 - - - -\n"
			    "skipped bad\\x1b: a line without a CVE and two numbers between 0 and "
			    "1\n");
	capture_free(&c);
}

static void what_ends_the_worker_ends_the_parent_with_its_words(void **state)
{
	(void)state;
	struct capture c = { 0 };
	struct feed_job job = { .name = "some.json" };
	assert_int_equal(talk(&c, feed_worker_run, pipe_of(BYTES_LIT("garbage")), NULL, &job, NULL),
			 -1);
	assert_int_equal(c.err.code, ERR_MALFORMED);
	assert_string_equal(c.err.text,
			    "some.json: offset 0: not an advisory feed that Corten knows");
	capture_free(&c);
}

/* --- workers that were taken over ---------------------------------------------------- */

static int send_one(struct channel *ch, struct msg *m, struct error *err)
{
	struct msg_reader job;
	(void)channel_get(ch, -1, &job, err);
	int r = channel_put(ch, m, err);
	msg_free(m);
	return r < 0 ? -1 : channel_flush(ch, err);
}

static int worker_that_says_nothing(int in_fd, struct channel *ch, struct error *err)
{
	struct msg_reader job;
	(void)in_fd;
	return channel_get(ch, -1, &job, err);
}

static int worker_with_a_fact_before_its_source(int in_fd, struct channel *ch, struct error *err)
{
	struct msg m = { 0 };
	struct vuln_fact f = { .ecosystem = BYTES_LIT("npm"),
			       .package = BYTES_LIT("x"),
			       .id = BYTES_LIT("A-1") };
	(void)in_fd;
	feed_put_fact(&m, &f);
	return send_one(ch, &m, err);
}

static int worker_with_a_terminal_sequence(int in_fd, struct channel *ch, struct error *err)
{
	struct msg m = { 0 };
	struct vuln_source s = { .name = BYTES_LIT("np\x1b[2J") };
	(void)in_fd;
	feed_put_source(&m, &s);
	return send_one(ch, &m, err);
}

static int worker_with_a_severity_of_99(int in_fd, struct channel *ch, struct error *err)
{
	struct msg m = { 0 };
	struct vuln_detail d = { .id = BYTES_LIT("A-1"), .severity = (enum severity)99 };
	(void)in_fd;
	feed_put_detail(&m, &d);
	return send_one(ch, &m, err);
}

static int worker_with_an_unknown_message(int in_fd, struct channel *ch, struct error *err)
{
	struct msg m = { 0 };
	(void)in_fd;
	msg_begin(&m, 999);
	return send_one(ch, &m, err);
}

static int worker_with_a_short_message(int in_fd, struct channel *ch, struct error *err)
{
	struct msg m = { 0 };
	(void)in_fd;
	msg_begin(&m, FEED_MSG_DONE);
	msg_put_u32(&m, 1);
	return send_one(ch, &m, err);
}

static int worker_with_a_strange_failure(int in_fd, struct channel *ch, struct error *err)
{
	struct msg m = { 0 };
	(void)in_fd;
	msg_begin(&m, FEED_MSG_FAILED);
	msg_put_str(&m, "none");
	msg_put_str(&m, "all\x1b[31m is well");
	return send_one(ch, &m, err);
}

static void nonsense_of_a_worker_is_refused(void **state)
{
	(void)state;
	static const struct {
		int (*run)(int in_fd, struct channel *ch, struct error *err);
		enum error_code want;
	} rows[] = {
		{ worker_that_says_nothing, ERR_WORKER_DIED },
		{ worker_with_a_fact_before_its_source, ERR_PROTOCOL },
		{ worker_with_a_terminal_sequence, ERR_PROTOCOL },
		{ worker_with_a_severity_of_99, ERR_PROTOCOL },
		{ worker_with_an_unknown_message, ERR_PROTOCOL },
		{ worker_with_a_short_message, ERR_PROTOCOL },
		{ worker_with_a_strange_failure, ERR_PROTOCOL },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct capture c = { 0 };
		struct feed_job job = { .name = "x" };
		assert_int_equal(talk(&c, rows[i].run, pipe_of(BYTES_LIT("")), NULL, &job, NULL),
				 -1);
		if (c.err.code != rows[i].want || strchr(c.err.text, '\x1b') != NULL)
			fail_msg("row %zu: %s", i, c.err.text);
		assert_string_equal(capture_text(&c), "");
		capture_free(&c);
	}
}

/* --- directories -------------------------------------------------------------------------- */

struct scratch {
	char path[64];
	int fd;
};

static void scratch_make(struct scratch *s)
{
	(void)snprintf(s->path, sizeof s->path, "/tmp/corten-feed-XXXXXX");
	assert_non_null(mkdtemp(s->path));
	s->fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(s->fd >= 0);
}

static void scratch_put(const struct scratch *s, const char *name, const char *text)
{
	struct error err;
	assert_int_equal(fd_write_file(s->fd, name, bytes_str(text), 0600, &err), 0);
}

static void scratch_remove(struct scratch *s, const char *const *names)
{
	for (; *names != NULL; names++)
		if (unlinkat(s->fd, *names, 0) < 0)
			(void)unlinkat(s->fd, *names, AT_REMOVEDIR);
	(void)close(s->fd);
	assert_int_equal(rmdir(s->path), 0);
}

static int import_series(struct capture *c, const struct scratch *s)
{
	int ends[2];
	struct feed_job job = { .series = true, .name = "dir" };
	struct feed_walk *walk = feed_walk_new(s->fd);
	assert_non_null(walk);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	int r = talk(c, feed_worker_run, ends[1], &ends[0], &job, walk);
	feed_walk_free(walk);
	return r;
}

static void a_directory_goes_to_one_worker_in_the_order_of_names(void **state)
{
	(void)state;
	static const char *const names[] = { "a.json",    "b.json",     "c.json",     "README.md",
					     ".hid.json", "link.json",  "sub/d.json", "sub",
					     "fifo.json", "empty.json", NULL };
	struct scratch s;
	struct capture c = { 0 };
	scratch_make(&s);
	scratch_put(&s, "c.json", record_of_npm);
	scratch_put(&s, "a.json", "{\"id\":\"B-1\",\"modified\":\"\"}");
	scratch_put(&s, "b.json", "{\"id\":\"C-1\",\"modified\":[}");
	scratch_put(&s, "README.md", "not read");
	scratch_put(&s, ".hid.json", "not read");
	scratch_put(&s, "empty.json", "");
	assert_int_equal(mkdirat(s.fd, "sub", 0700), 0);
	scratch_put(&s, "sub/d.json", "{\"id\":\"D-1\",\"modified\":\"\"}");
	assert_int_equal(symlinkat("/etc/passwd", s.fd, "link.json"), 0);
	assert_int_equal(mkfifoat(s.fd, "fifo.json", 0600), 0);
	assert_int_equal(import_series(&c, &s), 0);
	assert_string_equal(
		capture_text(&c),
		"skipped B-1: it names no package\n"
		"skipped b.json: b.json: offset 24: a value was expected\n"
		"source npm -\n"
		"fact npm x A-1 - - 1 - fixed unknown - -\n"
		"skipped empty.json: empty.json: offset 0: not an advisory feed that Corten knows\n"
		"skipped D-1: it names no package\n");
	assert_int_equal(c.stats.skipped, 4);
	capture_free(&c);
	scratch_remove(&s, names);
}

/* Results and files are each more than a socket holds: both sides must go on. */
static void a_large_series_does_not_stall(void **state)
{
	(void)state;
	enum { LINES = 40000 };
	static const char *const names[] = { "a.tsv", "b.tsv", NULL };
	cleanup_buf struct buf text = buf_max(16 * MIB);
	struct scratch s;
	struct capture c = { 0 };
	struct error err;
	assert_int_equal(buf_append_str(&text,
					"#corten-facts\t1\n#source\tx\thttps://example.org/\t2025-"
					"01-01\n#columns\tecosystem\tpackage\tid\tfixed\n",
					&err),
			 0);
	for (int i = 0; i < LINES; i++)
		assert_int_equal(
			buf_printf(&text, &err, "debian:12\tp%d\tCVE-2024-%07d\t1.%d\n", i, i, i),
			0);
	scratch_make(&s);
	assert_non_null(buf_cstr(&text, &err));
	scratch_put(&s, "a.tsv", (const char *)text.p);
	scratch_put(&s, "b.tsv", (const char *)text.p);
	assert_int_equal(import_series(&c, &s), 0);
	assert_int_equal(c.stats.facts, 2 * LINES);
	capture_free(&c);
	scratch_remove(&s, names);
}

/* --- compressed input -------------------------------------------------------------------------- */

static void zstd_is_seen_through(void **state)
{
	(void)state;
	uint8_t packed[1024];
	struct capture c = { 0 };
	size_t n = ZSTD_compress(packed, sizeof packed, record_of_npm, sizeof record_of_npm - 1, 3);
	assert_false(ZSTD_isError(n));
	assert_int_equal(capture_bytes(&c, bytes_of(packed, n), "x.zst", NULL), 0);
	assert_string_equal(capture_text(&c), said_of_npm);
	capture_free(&c);

	struct capture cut = { 0 };
	assert_int_equal(capture_bytes(&cut, bytes_of(packed, n - 4), "x.zst", NULL), -1);
	assert_int_equal(cut.err.code, ERR_TRUNCATED);
	capture_free(&cut);
}

/* A zip with "a.json" (stored), "b.json" (garbage) and "c.txt". */
static void put_le(struct buf *out, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t byte = (uint8_t)(v >> (8 * i));
		assert_int_equal(buf_append(out, &byte, 1, NULL), 0);
	}
}

static uint32_t crc32_of(struct bytes b)
{
	uint32_t crc = 0xffffffff;
	for (size_t i = 0; i < b.n; i++) {
		crc ^= b.p[i];
		for (int k = 0; k < 8; k++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static void put_member(struct buf *out, struct buf *directory, const char *name, const char *text)
{
	struct bytes b = bytes_str(text);
	uint32_t at = (uint32_t)out->n, n = (uint32_t)b.n, crc = crc32_of(b);
	struct buf *to[] = { out, directory };
	for (int d = 0; d < 2; d++) {
		put_le(to[d], d == 0 ? 0x04034b50 : 0x02014b50, 4);
		put_le(to[d], 20, d == 0 ? 2 : 4);
		put_le(to[d], 0, 2 + 2 + 4);
		put_le(to[d], crc, 4);
		put_le(to[d], n, 4);
		put_le(to[d], n, 4);
		put_le(to[d], (uint32_t)strlen(name), 2);
		put_le(to[d], 0, 2);
	}
	put_le(directory, 0, 2 + 2 + 2);
	put_le(directory, 0, 4);
	put_le(directory, at, 4);
	assert_int_equal(buf_append_str(directory, name, NULL), 0);
	assert_int_equal(buf_append_str(out, name, NULL), 0);
	assert_int_equal(buf_append_str(out, text, NULL), 0);
}

static void members_of_a_zip_are_read_and_broken_ones_told(void **state)
{
	(void)state;
	cleanup_buf struct buf zip = buf_max(MIB), directory = buf_max(MIB);
	struct error err = { 0 };
	struct capture c = { 0 };
	put_member(&zip, &directory, "a.json", record_of_npm);
	put_member(&zip, &directory, "b.json", "garbage");
	put_member(&zip, &directory, "c.txt", "not read");
	put_member(&zip, &directory, "d.json", "PK\3\4");
	uint32_t at = (uint32_t)zip.n, n = (uint32_t)directory.n;
	assert_int_equal(buf_append(&zip, directory.p, directory.n, &err), 0);
	put_le(&zip, 0x06054b50, 4);
	put_le(&zip, 0, 4);
	put_le(&zip, 4, 2);
	put_le(&zip, 4, 2);
	put_le(&zip, n, 4);
	put_le(&zip, at, 4);
	put_le(&zip, 0, 2);

	char path[] = "/tmp/corten-feed-XXXXXX";
	cleanup_close int fd = mkstemp(path);
	assert_true(fd >= 0);
	(void)unlink(path);
	assert_int_equal(fd_write_full(fd, zip.p, zip.n), 0);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	struct feed_session *s = feed_session_new(NULL, capture_sink(&c));
	assert_non_null(s);
	if (feed_session_fd(s, fd, "all.zip", &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(capture_text(&c),
			    "source npm -\n"
			    "fact npm x A-1 - - 1 - fixed unknown - -\n"
			    "skipped b.json: offset 0: not an advisory feed that Corten knows\n"
			    "skipped d.json: offset 0: not an advisory feed that Corten knows\n");
	feed_session_free(s);
	capture_free(&c);
}

/* --- archives ------------------------------------------------------------------- */

static void add_member(struct buf *tar, const char *name, const char *text)
{
	const struct tar_entry e = { .type = TAR_FILE,
				     .path = bytes_str(name),
				     .size = strlen(text),
				     .stored = strlen(text),
				     .mode = 0644 };
	static const uint8_t zeros[512];
	assert_int_equal(tar_write_header(tar, &e, NULL), 0);
	assert_int_equal(buf_append(tar, text, strlen(text), NULL), 0);
	assert_int_equal(buf_append(tar, zeros, tar_padding(strlen(text)), NULL), 0);
}

#define DETAIL(id) "#corten-facts\t1\n#source\tnvd\n#columns\tid\tpublished\n" id "\t2024-01-02\n"

static void members_of_a_tar_are_read_one_by_one(void **state)
{
	(void)state;
	struct capture c = { 0 };
	cleanup_buf struct buf tar = buf_max(MIB);
	char large[2000]; /* more than one block, and broken behind its beginning */
	memset(large, ' ', sizeof large);
	memcpy(large, "{\"vulns\": [", 11);
	large[sizeof large - 1] = '\0';
	add_member(&tar, "2024/a.tsv", DETAIL("CVE-2024-0001"));
	add_member(&tar, "2024/README", "not a feed");
	add_member(&tar, "2024/empty.json", "");
	add_member(&tar, "2024/broken.json", large);
	add_member(&tar, "2024/b.tsv", DETAIL("CVE-2024-0002"));
	assert_int_equal(tar_write_end(&tar, NULL), 0);
	assert_int_equal(feed_detect(buf_view(&tar)), FEED_TAR);
	if (capture_bytes(&c, buf_view(&tar), "x.tar", NULL) < 0)
		fail_msg("%s", c.err.text);
	assert_non_null(strstr(capture_text(&c), "detail CVE-2024-0001 "));
	assert_non_null(strstr(capture_text(&c), "skipped 2024/broken.json: "));
	assert_non_null(strstr(capture_text(&c), "detail CVE-2024-0002 "));
	assert_int_equal(c.stats.details, 2);
	assert_int_equal(c.stats.skipped, 1);
	capture_free(&c);
}

static void a_tar_that_is_cut_off_is_an_error(void **state)
{
	(void)state;
	struct capture c = { 0 };
	cleanup_buf struct buf tar = buf_max(MIB);
	add_member(&tar, "a.tsv", DETAIL("CVE-2024-0001"));
	assert_int_equal(capture_bytes(&c, bytes_of(tar.p, 520), "x.tar", NULL), -1);
	assert_int_equal(c.err.code, ERR_TRUNCATED);
	capture_free(&c);
}

static void a_tar_in_a_tar_is_left_out(void **state)
{
	(void)state;
	struct capture c = { 0 };
	cleanup_buf struct buf tar = buf_max(MIB);
	char inner[600] = { 0 };
	memset(inner, 'x', sizeof inner - 1);
	memcpy(inner + 257, "ustar", 5);
	add_member(&tar, "a.tar", inner);
	add_member(&tar, "b.tsv", DETAIL("CVE-2024-0002"));
	assert_int_equal(capture_bytes(&c, buf_view(&tar), "x.tar", NULL), 0);
	assert_int_equal(c.stats.skipped, 1);
	assert_int_equal(c.stats.details, 1);
	capture_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_come_through_the_worker_as_they_are),
		cmocka_unit_test(details_and_skips_come_through_too),
		cmocka_unit_test(what_ends_the_worker_ends_the_parent_with_its_words),
		cmocka_unit_test(nonsense_of_a_worker_is_refused),
		cmocka_unit_test(a_directory_goes_to_one_worker_in_the_order_of_names),
		cmocka_unit_test(a_large_series_does_not_stall),
		cmocka_unit_test(zstd_is_seen_through),
		cmocka_unit_test(members_of_a_zip_are_read_and_broken_ones_told),
		cmocka_unit_test(members_of_a_tar_are_read_one_by_one),
		cmocka_unit_test(a_tar_that_is_cut_off_is_an_error),
		cmocka_unit_test(a_tar_in_a_tar_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
