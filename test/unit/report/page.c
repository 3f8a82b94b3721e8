/* Lines of a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/page.h"

struct paper {
	struct page page;
	char *text;
	size_t n;
	FILE *out;
};

static void open_paper(struct paper *p, unsigned width, bool color)
{
	*p = (struct paper){ 0 };
	p->out = open_memstream(&p->text, &p->n);
	assert_non_null(p->out);
	page_init(&p->page, p->out, width, color, false);
}

static void close_paper(struct paper *p, const char *want)
{
	assert_int_equal(fclose(p->out), 0);
	assert_string_equal(p->text, want);
	page_free(&p->page);
	free(p->text);
}

static void words_go_on_below_when_the_line_is_full(void **state)
{
	(void)state;
	struct paper p;
	open_paper(&p, 13, false);
	p.page.indent = 2;
	page_words(&p.page, TONE_PLAIN, "one two three four");
	page_end(&p.page);
	close_paper(&p, "one two\n  three four\n");
}

static void a_word_wider_than_the_line_stays_whole(void **state)
{
	(void)state;
	struct paper p;
	open_paper(&p, 10, false);
	page_words(&p.page, TONE_PLAIN, "a 3.0.11-1~deb12u2+very+long b");
	page_end(&p.page);
	close_paper(&p, "a\n3.0.11-1~deb12u2+very+long\nb\n");
}

static void without_a_width_lines_have_no_end(void **state)
{
	(void)state;
	struct paper p;
	open_paper(&p, 0, false);
	page_words(&p.page, TONE_PLAIN, "one two three four five six seven eight nine ten eleven");
	page_end(&p.page);
	close_paper(&p, "one two three four five six seven eight nine ten eleven\n");
}

static void no_blank_is_left_at_the_end_of_a_line(void **state)
{
	(void)state;
	struct paper p;
	open_paper(&p, 10, false);
	page_words(&p.page, TONE_PLAIN, "one ");
	page_words(&p.page, TONE_PLAIN, "twotwotwo ");
	page_end(&p.page);
	close_paper(&p, "one\ntwotwotwo\n");
}

static void parts_are_divided_or_stand_on_lines_of_their_own(void **state)
{
	(void)state;
	struct paper p;
	open_paper(&p, 16, false);
	page_part(&p.page, TONE_PLAIN, "alpha");
	page_part(&p.page, TONE_PLAIN, "beta");
	page_part(&p.page, TONE_PLAIN, "gamma");
	page_end(&p.page);
	close_paper(&p, "alpha | beta\ngamma\n");
}

static void colours_end_with_the_line(void **state)
{
	(void)state;
	struct paper p;
	open_paper(&p, 0, true);
	page_words(&p.page, TONE_GOOD, "all good");
	page_end(&p.page);
	page_put(&p.page, TONE_PLAIN, "plain");
	page_end(&p.page);
	close_paper(&p, "\033[32mall good\033[0m\nplain\n");
}

static void a_control_character_never_reaches_the_terminal(void **state)
{
	(void)state;
	struct paper p;
	open_paper(&p, 0, false);
	page_put(&p.page, TONE_PLAIN, "\033]0;x\a");
	page_item(&p.page, TONE_PLAIN,
		  "\xc2\x9b"
		  "2J");
	page_words(&p.page, TONE_PLAIN, "\xe2\x80\xae x\xff");
	page_part(&p.page, TONE_PLAIN, "\n");
	page_end(&p.page);
	close_paper(&p, "\\x1b]0;x\\x07\\u{9b}2J\\u{202e} x\\xff | \\x0a\n");
}

static void numbers_are_grouped_by_thousands(void **state)
{
	(void)state;
	char text[PAGE_NUMBER];
	assert_string_equal(page_number(0, text), "0");
	assert_string_equal(page_number(999, text), "999");
	assert_string_equal(page_number(1000, text), "1,000");
	assert_string_equal(page_number(1234567, text), "1,234,567");
	assert_string_equal(page_number(SIZE_MAX, text), "18,446,744,073,709,551,615");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_go_on_below_when_the_line_is_full),
		cmocka_unit_test(a_word_wider_than_the_line_stays_whole),
		cmocka_unit_test(without_a_width_lines_have_no_end),
		cmocka_unit_test(no_blank_is_left_at_the_end_of_a_line),
		cmocka_unit_test(parts_are_divided_or_stand_on_lines_of_their_own),
		cmocka_unit_test(colours_end_with_the_line),
		cmocka_unit_test(a_control_character_never_reaches_the_terminal),
		cmocka_unit_test(numbers_are_grouped_by_thousands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
