/* The table against golden files, and what must hold of it for any result.
 * A golden file is made with report_demo SAMPLE table COLUMNS [WORD...] under
 * SOURCE_DATE_EPOCH=1719878400, and read before it is committed. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/report.h"
#include "report_sample.h"

#define NOW "1719878400" /* 2024-07-02 */

static char *table(const char *name, const struct report_options *o)
{
	struct scan_result r;
	struct error err = { 0 };
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	assert_non_null(out);
	assert_true(report_sample(name, &r));
	assert_int_equal(report_write(REPORT_TABLE, &r, o, out, &err), 0);
	assert_int_equal(fclose(out), 0);
	arena_free(&r.arena);
	return text;
}

static char *golden(const char *file)
{
	struct error err = { 0 };
	struct buf content = buf_max(MIB);
	char path[4096];
	(void)snprintf(path, sizeof path, "%s/report/%s", getenv("CORTEN_TEST_DATA"), file);
	cleanup_close int fd = fd_open_read(AT_FDCWD, path, &err);
	if (fd < 0 || fd_read_all(fd, &content, &err) < 0 || buf_cstr(&content, &err) == NULL)
		fail_msg("%s", err.text);
	return (char *)content.p;
}

static void tables_are_as_they_were_read(void **state)
{
	(void)state;
	static const struct {
		const char *file, *sample;
		struct report_options options;
	} rows[] = {
		{ "full-80.txt", "full", { .columns = 80, .layer = LAYER_NONE } },
		{ "full-120-utf8.txt",
		  "full",
		  { .columns = 120, .utf8 = true, .layer = LAYER_NONE } },
		{ "full-pipe.txt", "full", { .layer = LAYER_NONE } },
		{ "full-80-color.txt",
		  "full",
		  { .columns = 80, .color = true, .layer = LAYER_NONE } },
		{ "full-80-fixed-layer-1.txt",
		  "full",
		  { .columns = 80, .only_fixed = true, .layer = 1 } },
		{ "incomplete-80.txt", "incomplete", { .columns = 80, .layer = LAYER_NONE } },
		{ "clean-80.txt", "clean", { .columns = 80, .layer = LAYER_NONE } },
		{ "nothing-80.txt", "nothing", { .columns = 80, .layer = LAYER_NONE } },
		{ "unchecked-80.txt", "unchecked", { .columns = 80, .layer = LAYER_NONE } },
		{ "suppressed-80.txt", "suppressed", { .columns = 80, .layer = LAYER_NONE } },
		{ "folded-80.txt", "folded", { .columns = 80, .layer = LAYER_NONE } },
		{ "rootfs-80.txt", "rootfs", { .columns = 80, .layer = LAYER_NONE } },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		cleanup_free char *got = table(rows[i].sample, &rows[i].options);
		cleanup_free char *want = golden(rows[i].file);
		if (strcmp(got, want) != 0)
			fail_msg("%s differs:\n%s", rows[i].file, got);
	}
}

/* Each line of text that is wider than columns has nothing that could be
 * folded: it is one word behind its indentation. */
static void check_widths(const char *text, size_t columns)
{
	struct bytes rest = bytes_str(text), line;
	while (bytes_next_field(&rest, '\n', &line)) {
		assert_false(bytes_ends_with(line, BYTES_LIT(" ")));
		if (text_columns(line) > columns && bytes_index(bytes_trim(line), ' ') >= 0)
			fail_msg("%zu columns: %.*s", text_columns(line), (int)line.n,
				 (const char *)line.p);
	}
}

static void lines_fit_the_terminal(void **state)
{
	(void)state;
	static const char *const names[] = { "full", "incomplete", "clean", "rootfs", "large" };
	static const unsigned widths[] = { 80, 100, 120, 200 };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		for (size_t k = 0; k < sizeof widths / sizeof widths[0]; k++) {
			struct report_options o = { .columns = widths[k], .layer = LAYER_NONE };
			cleanup_free char *got = table(names[i], &o);
			check_widths(got, widths[k]);
		}
	}
}

static void any_width_ends(void **state)
{
	(void)state;
	for (unsigned columns = 1; columns < 60; columns++) {
		struct report_options o = { .columns = columns, .layer = LAYER_NONE };
		cleanup_free char *full = table("full", &o);
		cleanup_free char *hostile = table("hostile", &o);
		assert_true(strlen(full) > 0 && strlen(hostile) > 0);
	}
}

static void an_image_cannot_drive_the_terminal(void **state)
{
	(void)state;
	struct report_options o = { .columns = 80, .utf8 = true, .layer = LAYER_NONE };
	cleanup_free char *got = table("hostile", &o);
	struct bytes b = bytes_str(got);
	assert_true(utf8_valid(b));
	for (uint32_t point; b.n > 0;) {
		size_t n = utf8_length(b, &point);
		assert_true(point == '\n' || point >= 0x20);
		assert_true(point < 0x7f || point > 0x9f);
		assert_true(point < 0x202a || point > 0x202e);
		b = bytes_sub(b, n, b.n);
	}
}

static void without_colour_there_is_no_escape(void **state)
{
	(void)state;
	for (size_t i = 0; report_samples[i] != NULL; i++) {
		struct report_options o = { .columns = 80, .layer = LAYER_NONE };
		cleanup_free char *got = table(report_samples[i], &o);
		assert_null(strchr(got, '\033'));
	}
}

static void without_utf8_our_own_words_are_ascii(void **state)
{
	(void)state;
	struct report_options o = { .columns = 80, .layer = LAYER_NONE };
	cleanup_free char *got = table("incomplete", &o);
	for (size_t i = 0; got[i] != '\0'; i++)
		assert_true((unsigned char)got[i] < 0x80);
}

static void what_is_not_complete_never_reads_as_clean(void **state)
{
	(void)state;
	static const char *const names[] = { "clean", "nothing", "unchecked", "folded", "full" };
	struct scan_incomplete entry = { "layer sha256:00", ERR_TRUNCATED, "It ends too early." };
	struct report_options o = { .columns = 80, .layer = LAYER_NONE };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct scan_result r;
		char *text = NULL;
		size_t n = 0;
		FILE *out = open_memstream(&text, &n);
		assert_true(report_sample(names[i], &r));
		r.incomplete = &entry;
		r.incomplete_count = 1;
		assert_int_equal(report_write(REPORT_TABLE, &r, &o, out, NULL), 0);
		assert_int_equal(fclose(out), 0);
		assert_non_null(strstr(text, "NOT COMPLETE"));
		assert_non_null(strstr(text, "It ends too early."));
		assert_non_null(strstr(text, "truncated"));
		assert_null(strstr(text, "No known vulnerability"));
		free(text);
		arena_free(&r.arena);
	}
}

static void many_reasons_are_counted_on_a_terminal_and_listed_in_a_pipe(void **state)
{
	(void)state;
	enum { REASONS = 1000 };
	static struct scan_incomplete reasons[REASONS];
	struct scan_result r;
	for (size_t i = 0; i < REASONS; i++)
		reasons[i] = (struct scan_incomplete){ "package x", ERR_UNPARSABLE, "No version." };
	assert_true(report_sample("clean", &r));
	r.incomplete = reasons;
	r.incomplete_count = REASONS;
	for (unsigned columns = 0; columns <= 80; columns += 80) {
		struct report_options o = { .columns = columns, .layer = LAYER_NONE };
		char *text = NULL;
		size_t n = 0, lines = 0;
		FILE *out = open_memstream(&text, &n);
		assert_int_equal(report_write(REPORT_TABLE, &r, &o, out, NULL), 0);
		assert_int_equal(fclose(out), 0);
		for (const char *at = text; (at = strstr(at, "[unparsable]")) != NULL; at++)
			lines++;
		assert_int_equal(lines, columns == 0 ? REASONS : 11);
		assert_int_equal(strstr(text, "and 989 more") != NULL, columns > 0);
		free(text);
	}
	arena_free(&r.arena);
}

static void a_pipe_gets_every_id(void **state)
{
	(void)state;
	struct scan_result r;
	struct report_options o = { .layer = LAYER_NONE };
	cleanup_free char *got = table("large", &o);
	assert_true(report_sample("large", &r));
	for (size_t i = 0; i < r.finding_count; i++) {
		if (r.findings[i].severity == SEVERITY_NEGLIGIBLE)
			continue;
		assert_non_null(strstr(got, r.findings[i].id));
	}
	arena_free(&r.arena);
}

static void a_large_report_stays_short(void **state)
{
	(void)state;
	struct report_options o = { .columns = 80, .layer = LAYER_NONE };
	cleanup_free char *got = table("large", &o);
	size_t lines = 0;
	for (size_t i = 0; got[i] != '\0'; i++)
		lines += got[i] == '\n';
	assert_true(lines < 800); /* for 4,000 findings */
	assert_non_null(strstr(got, "--severity"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_are_as_they_were_read),
		cmocka_unit_test(lines_fit_the_terminal),
		cmocka_unit_test(any_width_ends),
		cmocka_unit_test(an_image_cannot_drive_the_terminal),
		cmocka_unit_test(without_colour_there_is_no_escape),
		cmocka_unit_test(without_utf8_our_own_words_are_ascii),
		cmocka_unit_test(what_is_not_complete_never_reads_as_clean),
		cmocka_unit_test(many_reasons_are_counted_on_a_terminal_and_listed_in_a_pipe),
		cmocka_unit_test(a_pipe_gets_every_id),
		cmocka_unit_test(a_large_report_stays_short),
	};
	if (setenv("SOURCE_DATE_EPOCH", NOW, 1) != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
