/* Headers of every form and of none: what is read is what Go's archive/tar would
 * read, since the runtimes unpack with it; what it refuses is an error with a
 * name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tar_check.h"

#define TIB (1024 * GIB)

/* --- header forms ----------------------------------------------------------------- */

static void every_type_of_entry_is_told(void **state)
{
	struct make m = make_new();
	(void)state;
	make_file(&m, "a", "text");
	make_link(&m, '1', "b", "a");
	make_link(&m, '2', "c", "../a");
	make_head(&m, "d", '3', 0);
	make_head(&m, "e", '4', 0);
	make_head(&m, "f/", '5', 0);
	make_head(&m, "g", '6', 0);
	make_head(&m, "h", '7', 2);
	make_content(&m, "77");
	make_head(&m, "i", 'Z', 3);
	make_content(&m, "zzz");
	make_head(&m, "j", '\0', 1);
	make_content(&m, "0");
	holds(&m, "fa=text hb>a lc>../a cd be df/ pg fh=77 oi fj=0");
}

static void a_last_slash_makes_a_directory_of_a_v7_file_only(void **state)
{
	struct make m = make_new();
	(void)state;
	make_magic(make_head(&m, "a/", '\0', 0), "");
	make_head(&m, "b/", '0', 3);
	make_content(&m, "abc");
	make_head(&m, "c/", '\0', 512); /* a directory has no content */
	make_file(&m, "d", "");
	holds(&m, "da/ fb/=abc dc/ fd");
}

static void names_are_cut_at_the_first_nul_and_may_fill_their_field(void **state)
{
	struct make m = make_new();
	char name[101];
	(void)state;
	memset(name, 'n', 100);
	name[100] = '\0';
	uint8_t *b = make_head(&m, "short", '0', 0);
	memcpy(b + 6, "rest", 4);
	make_seal(b);
	make_head(&m, name, '0', 0);
	cleanup_buf struct buf want = buf_max(MIB);
	assert_int_equal(buf_printf(&want, NULL, "fshort f%s", name), 0);
	holds(&m, buf_cstr(&want, NULL));
}

static void a_prefix_counts_in_ustar_and_star_and_not_in_v7_and_gnu(void **state)
{
	static const struct {
		const char *magic, *trailer, *line;
	} cases[] = {
		{ "ustar\00000", "", "fprefix/name" },
		{ "ustar\0\0\0", "", "fprefix/name" }, /* any version */
		{ "ustar\00000", "tar", "fprefix/name" },
		{ "ustar  ", "", "fname" },
		{ "ustar 00", "", "fname" },
		{ "\0\0\0\0\0\0\0\0", "", "fname" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct make m = make_new();
		uint8_t *b = make_head(&m, "name", '0', 0);
		memcpy(b + 257, cases[i].magic, 8);
		/* Such that GNU's reader sees times: octal digits and no more. */
		memcpy(b + 345, "prefix", 6);
		if (strcmp(cases[i].line, "fname") == 0)
			memcpy(b + 345, "0000001\0", 8);
		memcpy(b + 508, cases[i].trailer, strlen(cases[i].trailer));
		make_seal(b);
		holds(&m, cases[i].line);
	}
}

static void stars_prefix_ends_before_its_times(void **state)
{
	struct make m = make_new();
	(void)state;
	uint8_t *b = make_head(&m, "name", '0', 0);
	memset(b + 345, 'p', 131);
	memcpy(b + 476,
	       "00000000001\0"
	       "00000000002\0",
	       24);
	memcpy(b + 508, "tar", 4);
	make_seal(b);
	cleanup_buf struct buf want = buf_max(MIB);
	assert_int_equal(buf_printf(&want, NULL, "f%.131s/name", (char *)b + 345), 0);
	holds(&m, buf_cstr(&want, NULL));
}

/* Go before 1.8 wrote it; its readers still take what cannot be a time for a
 * prefix, and so do the runtimes. */
static void a_gnu_header_with_a_prefix_where_times_belong_has_one(void **state)
{
	static const struct {
		char times[25]; /* of access and change */
		const char *line;
	} cases[] = {
		{ "var/lib/dpkg", "fvar/lib/dpkg/status" },
		{ "00000000001\0"
		  "etc",
		  "f00000000001/status" },
		{ "\0\0\0\0\0\0\0\0\0\0\0\0"
		  "etc",
		  "fstatus" }, /* the prefix is empty */
		{ "00000000001\0"
		  "00000000001",
		  "fstatus" },
		{ "\x80\0\0\0\0\0\0\0\0\0\0\1", "fstatus" },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", "fstatus" },
		{ "v\xc3\xa4r", "fstatus" }, /* not ASCII */
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct make m = make_new();
		uint8_t *b = make_head(&m, "status", '0', 0);
		memcpy(b + 257, "ustar  ", 8);
		memcpy(b + 345, cases[i].times, 24);
		make_seal(b);
		holds(&m, cases[i].line);
	}
}

/* --- numbers ---------------------------------------------------------------------- */

static void a_size_may_be_octal_padded_or_base_256(void **state)
{
	static const struct {
		char field[13];
		enum error_code code;
	} cases[] = {
		{ "00000000003\0", ERR_NONE },
		{ "000000000003", ERR_NONE },
		{ "          3\0", ERR_NONE },
		{ "3 \0\0\0\0\0\0\0\0\0\0", ERR_NONE },
		{ "\0\0 3 \0\0\0\0\0\0\0", ERR_NONE },
		{ "3\0"
		  "7777777777",
		  ERR_NONE }, /* up to the first NUL */
		{ "\x80\0\0\0\0\0\0\0\0\0\0\3", ERR_NONE },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", ERR_MALFORMED }, /* -1 */
		{ "\x80\0\0\0\x80\0\0\0\0\0\0\0", ERR_MALFORMED }, /* 2^63 */
		{ "\x80\0\0\1\0\0\0\0\0\0\0\3", ERR_MALFORMED }, /* 2^64 + 3 */
		{ "00000000008\0", ERR_MALFORMED },
		{ "-0000000003\0", ERR_MALFORMED },
		{ "0x000000003\0", ERR_MALFORMED },
		{ "1 2        \0", ERR_MALFORMED },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct make m = make_new();
		uint8_t *b = make_head(&m, "a", '0', 0);
		memcpy(b + 124, cases[i].field, 12);
		make_seal(b);
		make_content(&m, "abc");
		make_end(&m);
		check(&m, cases[i].code, cases[i].code == ERR_NONE ? "fa=abc" : NULL);
	}
}

static void nonsense_for_owner_mode_and_time_harms_nothing(void **state)
{
	static const size_t fields[] = { 100, 108, 116, 136, 329, 337 };
	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		struct make m = make_new();
		uint8_t *b = make_head(&m, "a", '0', 3);
		memcpy(b + fields[i], "\xff\xff\xff\xff\xff\xff\xff\xfe", 8);
		make_seal(b);
		make_content(&m, "abc");
		b = make_head(&m, "b", '0', 0);
		memcpy(b + fields[i], "nonsense", 8);
		make_seal(b);
		holds(&m, "fa=abc fb");
	}
}

static void a_checksum_of_signed_bytes_is_accepted_and_a_wrong_one_is_not(void **state)
{
	static const int offs[] = { 0, 1, -1, 8 };
	(void)state;
	for (size_t i = 0; i < sizeof offs / sizeof offs[0]; i++) {
		struct make m = make_new();
		uint8_t *b = make_head(&m, "n\xc3\xa4me", '0', 0);
		int sum = 0;
		memset(b + 148, ' ', 8);
		for (size_t j = 0; j < 512; j++)
			sum += (int8_t)b[j];
		(void)snprintf((char *)b + 148, 8, "%06o", (unsigned)(sum + offs[i]));
		b[155] = ' ';
		make_end(&m);
		check(&m, i == 0 ? ERR_NONE : ERR_MALFORMED, i == 0 ? "fn\xc3\xa4me" : NULL);
	}
}

static void directories_links_and_devices_have_no_content_whatever_they_claim(void **state)
{
	static const char types[] = "123456";
	(void)state;
	for (size_t i = 0; types[i] != '\0'; i++) {
		struct make m = make_new();
		make_head(&m, "x", types[i], 1000);
		make_file(&m, "a", "text");
		make_pax(&m, "size=5000\n");
		make_head(&m, "y", types[i], 0);
		make_end(&m);
		struct seen s = { .want = true };
		assert_int_equal(read_pieces(buf_view(&m.out), 512, &s), ERR_NONE);
		assert_non_null(strstr(line_of(&s), "fa=text"));
		assert_int_equal(s.sizes, 4);
		buf_free(&s.line);
		make_free(&m);
	}
}

/* --- GNU long names -------------------------------------------------------------------- */

static void long_names_and_links_are_for_the_next_entry_only(void **state)
{
	struct make m = make_new();
	(void)state;
	make_long(&m, 'L', "a long name");
	make_long(&m, 'K', "a long link");
	make_link(&m, '2', "short", "link");
	make_link(&m, '2', "next", "other");
	holds(&m, "la long name>a long link lnext>other");
}

static void a_long_name_wins_over_pax_and_an_empty_one_does_not(void **state)
{
	struct make m = make_new();
	(void)state;
	make_pax(&m, "path=pax\nlinkpath=paxlink\n");
	make_long(&m, 'L', "gnu");
	make_long(&m, 'K', "gnulink");
	make_link(&m, '2', "a", "b");
	make_long(&m, 'L', "gnu");
	make_pax(&m, "path=pax\nlinkpath=paxlink\n");
	make_link(&m, '2', "a", "b");
	make_pax(&m, "path=pax\n");
	make_long(&m, 'L', "");
	make_file(&m, "a", "");
	make_long(&m, 'L', "first");
	make_long(&m, 'L', "second");
	make_file(&m, "a", "");
	make_long(&m, 'L', "first");
	make_head(&m, "././@LongLink", 'L', 0);
	make_file(&m, "own", "");
	holds(&m, "lgnu>gnulink lgnu>paxlink fpax fsecond fown");
}

static void a_long_name_without_an_entry_is_cut_off(void **state)
{
	struct make m = make_new();
	(void)state;
	make_file(&m, "a", "");
	make_long(&m, 'L', "a long name");
	check(&m, ERR_TRUNCATED, "fa");
	m = make_new();
	make_pax(&m, "path=x\n");
	check(&m, ERR_TRUNCATED, "");
}

static void an_extended_header_over_its_limit_is_refused_before_it_is_read(void **state)
{
	static const char types[] = "LKxg";
	(void)state;
	for (size_t i = 0; types[i] != '\0'; i++) {
		struct make m = make_new();
		make_head(&m, "x", types[i], LIMIT_PAX_BYTES + 1);
		check(&m, ERR_LIMIT, "");
		m = make_new();
		make_head(&m, "x", types[i], (uint64_t)8 * TIB);
		check(&m, ERR_LIMIT, "");
	}
}

/* --- pax ------------------------------------------------------------------------------------ */

static void pax_records_override_the_header(void **state)
{
	struct make m = make_new();
	(void)state;
	make_pax(&m, "path=p\xc3\xa4x name\nlinkpath=there\n");
	make_link(&m, '2', "own", "here");
	make_pax(&m, "size=3\nuid=-2\ngid=x\nmtime=1.5\natime=-1\nSCHILY.xattr.user.x=1\n");
	make_head(&m, "a", '0', 0);
	make_content(&m, "abc");
	make_pax(&m, "SCHILY.xattr.security.capability=1\ncomment=x=y=z\n");
	make_file(&m, "b", "");
	make_file(&m, "c", "");
	holds(&m, "lp\xc3\xa4x name>there fa=abc fb! fc");
}

static void an_empty_pax_value_leaves_the_header_as_it_is(void **state)
{
	struct make m = make_new();
	(void)state;
	make_pax(&m, "path=x\npath=\nlinkpath=\nsize=7\nsize=\n");
	make_file(&m, "own", "text");
	holds(&m, "fown=text");
}

static void the_last_of_two_records_and_of_two_headers_counts(void **state)
{
	struct make m = make_new();
	(void)state;
	make_pax(&m, "path=one\npath=two\n");
	make_file(&m, "own", "");
	make_pax(&m, "path=one\nsize=3\n");
	make_pax(&m, "linkpath=x\n");
	make_file(&m, "own", "text");
	make_pax(&m, "path=one\n");
	make_head(&m, "pax", 'x', 0);
	make_file(&m, "own", "");
	holds(&m, "ftwo fown=text fown");
}

/* A global header is an entry of its own to Go: it takes what came before it
 * along, and changes nothing behind it. */
static void a_global_header_changes_nothing_and_ends_what_came_before_it(void **state)
{
	struct make m = make_new();
	(void)state;
	make_global(&m, "path=global\nsize=1\n");
	make_file(&m, "a", "text");
	make_pax(&m, "path=lost\n");
	make_global(&m, "comment=x\n");
	make_file(&m, "b", "");
	make_long(&m, 'L', "lost");
	make_head(&m, "g", 'g', 0);
	make_file(&m, "c", "");
	holds(&m, "fa=text fb fc");
}

static void pax_records_that_break_their_form_are_refused(void **state)
{
	static const char *const records[] = {
		"path=x\n", /* no length */
		"12 path=x\n", /* too long */
		"8 path=x\n", /* too short */
		"10 path=xy", /* no newline */
		"010 path=xy\n0", /* rest */
		"0 \n",
		"2 \n",
		"5 a\n\n",
		"6 =x\n\n",
		"-11 path=x\n",
		"99999999999999999999 path=x\n",
		"18446744073709551627 path=x\n",
		"\n",
		" ",
		"11 size=1x\n",
		"11 size=-1\n",
		"28 size=9223372036854775808\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
		struct make m = make_new();
		make_head(&m, "pax", 'x', strlen(records[i]));
		make_content(&m, records[i]);
		make_file(&m, "a", "");
		refused(&m, ERR_MALFORMED);
	}
}

static void a_name_with_a_nul_byte_is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t n;
	} records[] = { { "12 path=a\0b\n", 12 }, { "16 linkpath=a\0b\n", 16 } };
	(void)state;
	for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
		struct make m = make_new();
		make_head(&m, "pax", 'x', records[i].n);
		make_bytes(&m, bytes_of(records[i].text, records[i].n));
		make_file(&m, "a", "");
		refused(&m, ERR_MALFORMED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_of_entry_is_told),
		cmocka_unit_test(a_last_slash_makes_a_directory_of_a_v7_file_only),
		cmocka_unit_test(names_are_cut_at_the_first_nul_and_may_fill_their_field),
		cmocka_unit_test(a_prefix_counts_in_ustar_and_star_and_not_in_v7_and_gnu),
		cmocka_unit_test(stars_prefix_ends_before_its_times),
		cmocka_unit_test(a_gnu_header_with_a_prefix_where_times_belong_has_one),
		cmocka_unit_test(a_size_may_be_octal_padded_or_base_256),
		cmocka_unit_test(nonsense_for_owner_mode_and_time_harms_nothing),
		cmocka_unit_test(a_checksum_of_signed_bytes_is_accepted_and_a_wrong_one_is_not),
		cmocka_unit_test(directories_links_and_devices_have_no_content_whatever_they_claim),
		cmocka_unit_test(long_names_and_links_are_for_the_next_entry_only),
		cmocka_unit_test(a_long_name_wins_over_pax_and_an_empty_one_does_not),
		cmocka_unit_test(a_long_name_without_an_entry_is_cut_off),
		cmocka_unit_test(an_extended_header_over_its_limit_is_refused_before_it_is_read),
		cmocka_unit_test(pax_records_override_the_header),
		cmocka_unit_test(an_empty_pax_value_leaves_the_header_as_it_is),
		cmocka_unit_test(the_last_of_two_records_and_of_two_headers_counts),
		cmocka_unit_test(a_global_header_changes_nothing_and_ends_what_came_before_it),
		cmocka_unit_test(pax_records_that_break_their_form_are_refused),
		cmocka_unit_test(a_name_with_a_nul_byte_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
