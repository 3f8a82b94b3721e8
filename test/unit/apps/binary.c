#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <isa-l/igzip_lib.h>

#include "file_make.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void check_program(const char *path, const char *section, struct bytes content,
			  const char *packages)
{
	const struct elf_made_section s[] = { { section, content } };
	cleanup_buf struct buf elf = buf_max(64 * MIB);
	elf_make(s, 1, 0, &elf);
	check_file(APP_ELF, path, buf_view(&elf), packages);
}

/* --- Go -------------------------------------------------------------------------- */

#define MARK "0123456789abcdef"
static const char go_lines[] =
	"path\texample.org/tool/cmd/tool\n"
	"mod\texample.org/tool\t(devel)\t\n"
	"dep\tgithub.com/a/a\tv1.2.3\th1:abc=\n"
	"dep\tgithub.com/b/b\tv0.0.0-20200101000000-0123456789ab\n"
	"=>\tgithub.com/fork/b\tv0.1.0\th1:def=\n"
	"dep\tgithub.com/c/c\tv1.0.0\n"
	"=>\t./c\t(devel)\t\n"
	"build\t-compiler=gc\n"
	"build\t-ldflags=\"-s -w -X 'main.version=1.4.2' -X github.com/other/x.Version=9.9.9\"\n";
static const char go_packages[] = "golang stdlib 1.20.5\n"
				  "golang example.org/tool v1.4.2\n"
				  "golang github.com/a/a v1.2.3\n"
				  "golang github.com/fork/b v0.1.0\n"
				  "golang github.com/c/c \n";

static void append(struct buf *out, const void *p, size_t n)
{
	assert_int_equal(buf_append(out, p, n, NULL), 0);
}

static void append_string(struct buf *out, const char *text, const char *mark)
{
	size_t n = strlen(text) + 2 * strlen(mark);
	for (; n >= 0x80; n >>= 7)
		append(out, &(uint8_t){ (uint8_t)(n | 0x80) }, 1);
	append(out, &(uint8_t){ (uint8_t)n }, 1);
	append(out, mark, strlen(mark));
	append(out, text, strlen(text));
	append(out, mark, strlen(mark));
}

/* The form of Go 1.18 and later. */
static void go_inline(struct buf *out, const char *version, const char *lines)
{
	static const uint8_t header[32] = "\xff Go buildinf:\0\2";
	append(out, header, sizeof header);
	append_string(out, version, "");
	append_string(out, lines, MARK);
}

static void append_number(struct buf *out, uint64_t v, size_t size, bool big)
{
	for (size_t i = 0; i < size; i++)
		append(out, &(uint8_t){ (uint8_t)(v >> 8 * (big ? size - 1 - i : i)) }, 1);
}

/* The form before: pointers to string headers; at is where in the file it will lie. */
static void go_pointers(struct buf *out, size_t at, size_t size, bool big)
{
	static const char version[] = "go1.17.13";
	size_t base = ELF_MADE_BASE + at, strings = base + 128;
	append(out, "\xff Go buildinf:", 14);
	append_number(out, size, 1, big);
	append_number(out, big, 1, big);
	append_number(out, base + 64, size, big);
	append_number(out, base + 96, size, big);
	while (out->n < 64)
		append(out, "", 1);
	append_number(out, strings, size, big);
	append_number(out, strlen(version), size, big);
	while (out->n < 96)
		append(out, "", 1);
	append_number(out, strings + 16, size, big);
	append_number(out, strlen(go_lines) + 32, size, big);
	while (out->n < 128)
		append(out, "", 1);
	append(out, version, 16 - 6);
	while (out->n < 144)
		append(out, "", 1);
	append(out, MARK, 16);
	append(out, go_lines, strlen(go_lines));
	append(out, MARK, 16);
}

static void go_modules_are_told_with_their_replacements(void **state)
{
	(void)state;
	cleanup_buf struct buf info = buf_max(MIB);
	go_inline(&info, "go1.20.5 X:nocoverageredesign", go_lines);
	check_program("usr/bin/tool", ".go.buildinfo", buf_view(&info), go_packages);
}

static void a_go_program_without_sections_is_searched(void **state)
{
	(void)state;
	cleanup_buf struct buf info = buf_max(MIB), elf = buf_max(64 * MIB);
	static uint8_t much[200000];
	memset(much, 0xff, sizeof much);
	append(&info, much, sizeof much - sizeof much % 16);
	go_inline(&info, "go1.20.5", go_lines);
	const struct elf_made_section s[] = { { "", buf_view(&info) } };
	elf_make(s, 1, ELF_MADE_BARE, &elf);
	check_file(APP_ELF, "usr/bin/tool", buf_view(&elf), go_packages);
}

static void the_older_form_is_read_in_every_word_size_and_order(void **state)
{
	(void)state;
	for (unsigned form = 0; form < 4; form++) {
		cleanup_buf struct buf info = buf_max(MIB), elf = buf_max(64 * MIB);
		struct elf_made_section s[] = { { ".go.buildinfo", { NULL, 0 } } };
		go_pointers(&info, elf_made_at(s, 0, form), (form & ELF_MADE_32) != 0 ? 4 : 8,
			    (form & ELF_MADE_BIG) != 0);
		s[0].content = buf_view(&info);
		elf_make(s, 1, form, &elf);
		cleanup_file_read struct file_read r =
			file_read(APP_ELF, "bin/tool", buf_view(&elf));
		assert_int_equal(r.err.code, ERR_NONE);
		assert_string_equal(strchr(buf_cstr(&r.packages, NULL), '\n'),
				    strchr(go_packages, '\n'));
		assert_true(bytes_starts_with(buf_view(&r.packages),
					      BYTES_LIT("golang stdlib 1.17.13\n")));
	}
}

static void what_the_linker_was_told_is_the_main_modules_version(void **state)
{
	(void)state;
	static const struct {
		const char *flags, *version;
	} rows[] = {
		{ "-X main.version=v2.0.0", "v2.0.0" },
		{ "\"-X=main.Version=2.0.0-rc.1\"", "v2.0.0-rc.1" },
		{ "\" \\t-X \\\"example.org/tool/internal.buildVersion=1.2.3\\\"\"", "v1.2.3" },
		{ "-X main.date=2023.01.02", "" },
		{ "-X main.version=dev", "" },
		{ "-X main.version=1.2", "" },
		{ "-X github.com/other/x.Version=1.2.3", "" },
		{ "-X example.org/toolbox.Version=1.2.3", "" },
		{ "-X main.version=1.2.3 -X main.Version=1.2.4", "" },
		{ "-X", "" },
		{ "-X main.version", "" },
		{ "-X main.version=", "" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_buf struct buf info = buf_max(MIB), lines = buf_max(MIB),
				       want = buf_max(MIB);
		assert_int_equal(
			buf_printf(&lines, NULL,
				   "path\texample.org/tool\nmod\texample.org/tool\t(devel)\t\n"
				   "build\t-ldflags=%s\n",
				   rows[i].flags),
			0);
		assert_int_equal(buf_printf(&want, NULL,
					    "golang stdlib 1.20\ngolang example.org/tool %s\n",
					    rows[i].version),
				 0);
		go_inline(&info, "go1.20", buf_cstr(&lines, NULL));
		check_program("bin/t", ".go.buildinfo", buf_view(&info), buf_cstr(&want, NULL));
	}
}

static void a_go_product_is_told_by_its_module(void **state)
{
	(void)state;
	static const struct {
		const char *lines, constants[32], *packages;
	} rows[] = {
		{ "path\tgithub.com/caddyserver/caddy/v2/cmd/caddy\n"
		  "mod\tgithub.com/caddyserver/caddy/v2\tv2.7.4\th1:x\n",
		  "",
		  "golang stdlib 1.20\ngolang github.com/caddyserver/caddy/v2 v2.7.4\n"
		  "generic caddy 2.7.4\n" },
		/* Prometheus' module has other versions than Prometheus */
		{ "path\tgithub.com/prometheus/prometheus/cmd/prometheus\n"
		  "mod\tgithub.com/prometheus/prometheus\tv0.300.1\t\n"
		  "build\t-ldflags=\"-X github.com/prometheus/common/version.Version=3.0.1\"\n",
		  "",
		  "golang stdlib 1.20\ngolang github.com/prometheus/prometheus v0.300.1\n"
		  "generic prometheus 3.0.1\n" },
		/* built without modules: the string that the linker put there */
		{ "path\tgithub.com/prometheus/prometheus/cmd/promtool\n", "x\0002.42.0+ds\0y",
		  "golang stdlib 1.20\ngeneric prometheus 2.42.0\n" },
		{ "path\tgithub.com/prometheus/prometheus/cmd/promtool\n",
		  "x\0002.42.0\0001.2.3\0y", "golang stdlib 1.20\n" },
		{ "path\tgithub.com/caddyserver/caddyshack\n", "x\0001.2.3\0y",
		  "golang stdlib 1.20\n" },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		cleanup_buf struct buf info = buf_max(MIB), elf = buf_max(MIB);
		go_inline(&info, "go1.20", rows[i].lines);
		const struct elf_made_section s[] = {
			{ ".go.buildinfo", buf_view(&info) },
			{ ".rodata", bytes_of(rows[i].constants, sizeof rows[i].constants) },
		};
		elf_make(s, rows[i].constants[0] == 0 ? 1 : 2, 0, &elf);
		check_file(APP_ELF, "bin/x", buf_view(&elf), rows[i].packages);
	}
}

/* --- Rust -------------------------------------------------------------------------- */

static void zlib(struct bytes text, struct buf *out)
{
	struct isal_zstream s;
	isal_deflate_init(&s);
	s.gzip_flag = IGZIP_ZLIB;
	s.hist_bits = 15;
	assert_int_equal(buf_reserve(out, text.n + 1024, NULL), 0);
	s.next_in = (uint8_t *)(uintptr_t)text.p;
	s.avail_in = (uint32_t)text.n;
	s.next_out = out->p;
	s.avail_out = (uint32_t)out->cap;
	s.end_of_stream = 1;
	assert_int_equal(isal_deflate(&s), COMP_OK);
	out->n = s.total_out;
}

static void crates_of_an_auditable_program_are_told(void **state)
{
	(void)state;
	cleanup_buf struct buf section = buf_max(MIB);
	zlib(BYTES_LIT("{\"packages\":[{\"name\":\"adler\",\"version\":\"0.2.3\",\"source\":"
		       "\"registry\"},"
		       "{\"name\":\"cc\",\"version\":\"1.0\",\"source\":\"crates.io\",\"kind\":"
		       "\"build\"},"
		       "{\"name\":\"own\",\"version\":\"0.1.0\",\"source\":\"local\","
		       "\"dependencies\":[0],"
		       "\"root\":true}],\"format\":1}"),
	     &section);
	check_program("usr/bin/own", ".dep-v0", buf_view(&section),
		      "cargo adler 0.2.3\ncargo own 0.1.0\n");
}

static void a_damaged_list_of_crates_is_an_error(void **state)
{
	(void)state;
	cleanup_buf struct buf section = buf_max(MIB), broken = buf_max(MIB);
	zlib(BYTES_LIT("{\"packages\":[{\"name\":\"adler\",\"version\":\"0.2.3\"}]}"), &section);
	zlib(BYTES_LIT("{\"packages\":[{\"name\":"), &broken);
	const struct {
		struct bytes content;
		enum error_code want;
	} rows[] = {
		{ bytes_sub(buf_view(&section), 0, section.n - 6), ERR_TRUNCATED },
		{ bytes_sub(buf_view(&section), 1, section.n), ERR_MALFORMED },
		{ buf_view(&broken), ERR_TRUNCATED },
		{ BYTES_LIT("no zlib at all, but text"), ERR_MALFORMED },
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct elf_made_section s[] = { { ".dep-v0", rows[i].content } };
		cleanup_buf struct buf elf = buf_max(MIB);
		elf_make(s, 1, 0, &elf);
		cleanup_file_read struct file_read r = file_read(APP_ELF, "bin/x", buf_view(&elf));
		assert_int_equal(r.err.code, rows[i].want);
	}
}

/* --- hostile ----------------------------------------------------------------------- */

static void each_byte_of_a_header_may_lie(void **state)
{
	(void)state;
	cleanup_buf struct buf info = buf_max(MIB), elf = buf_max(MIB);
	go_inline(&info, "go1.20.5", go_lines);
	const struct elf_made_section s[] = { { ".go.buildinfo", buf_view(&info) } };
	elf_make(s, 1, 0, &elf);
	size_t places[3] = { 0, elf_made_at(s, 0, 0), elf.n - 3 * 64 };
	for (size_t k = 0; k < 3; k++) {
		for (size_t i = 0; i < 3 * 64; i++) {
			uint8_t *p = elf.p + places[k] + i, was = *p;
			for (unsigned v = 0; v < 4; v++) {
				*p = (uint8_t[]){ 0, 0xff, 0x7f, (uint8_t)(was ^ 0x80) }[v];
				cleanup_file_read struct file_read r =
					file_read(APP_ELF, "bin/tool", buf_view(&elf));
				/* linear: a few passes, never one a table's record */
				assert_true(r.bytes_read < 8 * elf.n + 300000);
			}
			*p = was;
		}
	}
}

static void a_program_cut_anywhere_is_no_crash(void **state)
{
	(void)state;
	cleanup_buf struct buf info = buf_max(MIB), elf = buf_max(MIB);
	go_inline(&info, "go1.20.5", go_lines);
	const struct elf_made_section s[] = { { ".go.buildinfo", buf_view(&info) } };
	elf_make(s, 1, 0, &elf);
	for (size_t n = 0; n < elf.n; n += n < 200 ? 1 : 61) {
		cleanup_file_read struct file_read r =
			file_read(APP_ELF, "bin/tool", bytes_sub(buf_view(&elf), 0, n));
		if (n < 64)
			assert_int_equal(r.err.code, ERR_TRUNCATED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(go_modules_are_told_with_their_replacements),
		cmocka_unit_test(a_go_program_without_sections_is_searched),
		cmocka_unit_test(the_older_form_is_read_in_every_word_size_and_order),
		cmocka_unit_test(what_the_linker_was_told_is_the_main_modules_version),
		cmocka_unit_test(a_go_product_is_told_by_its_module),
		cmocka_unit_test(crates_of_an_auditable_program_are_told),
		cmocka_unit_test(a_damaged_list_of_crates_is_an_error),
		cmocka_unit_test(each_byte_of_a_header_may_lie),
		cmocka_unit_test(a_program_cut_anywhere_is_no_crash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
