/* Layers' facts become one image's packages and system: what the tree shows
 * counts, and each package has the layer that brought it.
 *
 * A layer is written as lines: a letter (f file, d directory, l link, h hard
 * link, w whiteout, o opaque), a path, behind ">" a link's target, behind "=" a
 * file's packages ("name version", with commas between) or, where "!" comes
 * first, its system ("id version rank"). What comes out is written as "name
 * version layer" with commas between. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "scan/merge.h"

#define DPKG "var/lib/dpkg/status"

enum { LAYERS = 8 };

struct image {
	struct fact_store st;
	struct layer_facts layers[LAYERS];
	size_t n;
	struct merge_result merged;
};

static void take(struct image *im, struct layer_facts *f, struct msg *m)
{
	struct msg_reader r = { .c = cursor_of(buf_view(&m->payload)), .type = m->type };
	struct error err = { 0 };
	if (layer_facts_take(f, &im->st, &r, &err) < 0)
		fail_msg("%s", err.text);
}

static enum change_kind kind_of(uint8_t letter)
{
	switch (letter) {
	case 'd':
		return CHANGE_DIR;
	case 'l':
		return CHANGE_SYMLINK;
	case 'h':
		return CHANGE_HARDLINK;
	case 'w':
		return CHANGE_WHITEOUT;
	case 'o':
		return CHANGE_OPAQUE;
	default:
		return CHANGE_FILE;
	}
}

static void add_os(struct image *im, struct layer_facts *f, uint32_t content, struct bytes text)
{
	cleanup_msg struct msg m = { 0 };
	struct os_facts os = { 0 };
	struct bytes rank = { 0 };
	uint64_t number = 1;
	(void)bytes_next_field(&text, ' ', &os.id);
	(void)bytes_next_field(&text, ' ', &os.version_id);
	if (bytes_next_field(&text, ' ', &rank))
		assert_true(bytes_to_u64(rank, &number));
	os.rank = (unsigned)number;
	wire_os(&m, content, &os);
	take(im, f, &m);
}

static void add_packages(struct image *im, struct layer_facts *f, uint32_t content,
			 struct bytes text)
{
	cleanup_msg struct msg m = { 0 };
	struct bytes one;
	while (bytes_next_field(&text, ',', &one)) {
		struct pkg_record p = { .type = PKG_DEB, .arch = BYTES_LIT("amd64") };
		(void)bytes_next_field(&one, ' ', &p.name);
		p.version = one;
		wire_package(&m, content, &p);
		take(im, f, &m);
	}
}

static void add_line(struct image *im, struct layer_facts *f, struct bytes line, uint32_t *number)
{
	cleanup_msg struct msg m = { 0 };
	struct layer_change c = { .kind = kind_of(line.p[0]) };
	struct bytes rest = bytes_sub(line, 1, line.n), what = { 0 };
	ptrdiff_t equals = bytes_index(rest, '=');
	if (equals >= 0) {
		what = bytes_sub(rest, (size_t)equals + 1, rest.n);
		rest.n = (size_t)equals;
		c.content = ++*number;
	}
	(void)bytes_next_field(&rest, '>', &c.path);
	c.target = rest;
	wire_change(&m, &c);
	take(im, f, &m);
	if (what.n > 0 && what.p[0] == '!')
		add_os(im, f, c.content, bytes_sub(what, 1, what.n));
	else
		add_packages(im, f, c.content, what);
}

static void add_layer(struct image *im, const char *lines)
{
	struct layer_facts *f = &im->layers[im->n++];
	struct bytes rest = bytes_str(lines), line;
	uint32_t number = 0;
	while (bytes_next_field(&rest, '\n', &line))
		add_line(im, f, line, &number);
}

/* layers: the last is NULL; "?" is a layer that could not be trusted. */
static struct image *merge(struct image *im, const char *const *layers,
			   const struct extra_path *extras, size_t extra_count)
{
	const struct layer_facts *facts[LAYERS] = { 0 };
	struct error err = { 0 };
	*im = (struct image){ 0 };
	fact_store_init(&im->st);
	for (; *layers != NULL; layers++) {
		add_layer(im, **layers == '?' ? "" : *layers);
		if (**layers != '?')
			facts[im->n - 1] = &im->layers[im->n - 1];
	}
	struct merge_input in = { .layers = facts,
				  .layer_count = im->n,
				  .extras = extras,
				  .extra_count = extra_count,
				  .layers_named = true };
	if (merge_layers(&in, &im->st, &im->merged, &err) < 0)
		fail_msg("%s", err.text);
	return im;
}

static void image_free(struct image *im)
{
	for (size_t i = 0; i < im->n; i++)
		layer_facts_free(&im->layers[i]);
	fact_store_free(&im->st);
}

static void check_packages(const struct image *im, const char *expected)
{
	cleanup_buf struct buf out = buf_max(MIB);
	for (size_t i = 0; i < im->merged.package_count; i++) {
		const struct package *p = &im->merged.packages[i];
		assert_non_null(p->purl);
		assert_int_equal(buf_printf(&out, NULL, "%s%s %s %u", i > 0 ? "," : "", p->name,
					    p->version, p->layer),
				 0);
	}
	assert_string_equal(buf_cstr(&out, NULL), expected);
}

static void check_missing(const struct image *im, const char *expected)
{
	cleanup_buf struct buf out = buf_max(MIB);
	for (size_t i = 0; i < im->merged.missing_count; i++) {
		const struct extra_path *e = &im->merged.missing[i];
		assert_int_equal(buf_printf(&out, NULL, "%s%.*s<%.*s", i > 0 ? " " : "",
					    (int)e->path.n, (const char *)e->path.p, (int)e->role.n,
					    (const char *)e->role.p),
				 0);
	}
	assert_string_equal(buf_cstr(&out, NULL), expected);
}

#define IMAGE(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void packages(const char *expected, const char *const *layers)
{
	struct image im;
	check_packages(merge(&im, layers, NULL, 0), expected);
	check_missing(&im, "");
	image_free(&im);
}

static void packages_are_those_of_the_visible_database(void **state)
{
	(void)state;
	packages("a 1 0,b 2 0", IMAGE("f" DPKG "=b 2,a 1"));
	packages("b 2 1", IMAGE("f" DPKG "=a 1", "f" DPKG "=b 2"));
	packages("", IMAGE("f" DPKG "=a 1", "w" DPKG));
	packages("", IMAGE("f" DPKG "=a 1", "wvar"));
	packages("", IMAGE("f" DPKG "=a 1", "ovar/lib/dpkg"));
	packages("", IMAGE("f" DPKG "=a 1", "fvar/lib"));
	packages("c 3 2", IMAGE("f" DPKG "=a 1", "w" DPKG, "f" DPKG "=c 3"));
	packages("c 3 1", IMAGE("f" DPKG "=a 1", "w" DPKG "\nf" DPKG "=c 3"));
	packages("a 1 0", IMAGE("f" DPKG "=a 1", "dvar/lib/dpkg\nw" DPKG "-old"));
}

static void a_package_has_the_layer_that_brought_it(void **state)
{
	(void)state;
	packages("a 1 0,b 2 1,c 1 2",
		 IMAGE("f" DPKG "=a 1,b 1", "f" DPKG "=a 1,b 2", "f" DPKG "=a 1,b 2,c 1"));
	/* Gone and back: brought by the layer where it came back. */
	packages("a 1 2,b 1 0", IMAGE("f" DPKG "=a 1,b 1", "f" DPKG "=b 1", "f" DPKG "=a 1,b 1"));
	/* Layers between that do not touch the database change nothing. */
	packages("a 1 1,b 1 3", IMAGE("fx", "f" DPKG "=a 1", "fy", "f" DPKG "=a 1,b 1", "fz"));
	/* Twice in one database. */
	packages("a 1 0", IMAGE("f" DPKG "=a 1,a 1"));
	/* Two versions are two packages, as with multiarch and kernels. */
	packages("k 1 0,k 2 1", IMAGE("f" DPKG "=k 1", "f" DPKG "=k 1,k 2"));
}

static void a_layer_that_cannot_be_trusted_is_left_out(void **state)
{
	(void)state;
	packages("a 1 0,b 1 2", IMAGE("f" DPKG "=a 1", "?", "f" DPKG "=a 1,b 1"));
	packages("a 1 0", IMAGE("f" DPKG "=a 1", "?"));
	packages("", IMAGE("?"));
}

static void what_two_databases_of_an_image_list_is_listed_once(void **state)
{
	(void)state;
	packages("a 1 0,b 1 0,c 1 1", IMAGE("f" DPKG "=a 1,b 1", "fvar/lib/dpkg/status.d/a=a 1\n"
								 "fvar/lib/dpkg/status.d/c=c 1"));
}

static void single_file_databases_come_and_go_one_by_one(void **state)
{
	(void)state;
	packages("a 1 0,c 2 1", IMAGE("fvar/lib/dpkg/status.d/a=a 1\nfvar/lib/dpkg/status.d/b=b 1\n"
				      "fvar/lib/dpkg/status.d/c=c 1",
				      "wvar/lib/dpkg/status.d/b\nfvar/lib/dpkg/status.d/c=c 2"));
}

static void hard_links_give_the_content_of_their_layer(void **state)
{
	(void)state;
	packages("a 1 0", IMAGE("f" DPKG "=a 1\nhusr/lib/dpkg/status>" DPKG, "w" DPKG));
	packages("a 1 0", IMAGE("fusr/lib/dpkg/status=a 1", "h" DPKG ">usr/lib/dpkg/status"));
	/* Its first name goes in the layer that gives it the second. */
	packages("a 1 0", IMAGE("f" DPKG "=a 1", "husr/lib/dpkg/status>" DPKG "\nw" DPKG));
	/* A name that is on the way to databases, but is none. */
	packages("", IMAGE("f" DPKG "=a 1\nhusr/lib>" DPKG, "w" DPKG));
}

/* --- removed databases ----------------------------------------------------------------------- */

static bool had_packages(const char *const *layers)
{
	struct image im;
	bool had = merge(&im, layers, NULL, 0)->merged.had_packages;
	image_free(&im);
	return had;
}

static void a_removed_database_is_remembered(void **state)
{
	(void)state;
	assert_true(had_packages(IMAGE("f" DPKG "=a 1", "w" DPKG)));
	assert_true(had_packages(IMAGE("f" DPKG "=a 1", "f" DPKG)));
	assert_true(had_packages(IMAGE("f" DPKG "=a 1")));
	assert_false(had_packages(IMAGE("f" DPKG, "w" DPKG)));
	assert_false(had_packages(IMAGE("fetc/os-release=!debian 12")));
	assert_false(had_packages(IMAGE("?")));
}

/* --- the operating system ---------------------------------------------------------------------- */

static void system_is(const char *expected, const char *const *layers)
{
	struct image im;
	char text[128] = "none";
	merge(&im, layers, NULL, 0);
	if (im.merged.has_os)
		(void)snprintf(text, sizeof text, "%s %s", im.merged.os.id, im.merged.os.version);
	assert_string_equal(text, expected);
	image_free(&im);
}

static void the_system_is_that_of_the_most_trustworthy_visible_file(void **state)
{
	(void)state;
	system_is("none", IMAGE("fx"));
	system_is("debian 12", IMAGE("fetc/os-release=!debian 12"));
	system_is("debian 13", IMAGE("fetc/os-release=!debian 12", "fetc/os-release=!debian 13"));
	system_is("debian 12",
		  IMAGE("fetc/debian_version=!debian 11 5\nfusr/lib/os-release=!debian 12 1"));
	system_is("debian 11", IMAGE("fetc/debian_version=!debian 11 5\n"
				     "fusr/lib/os-release=!debian 12 1",
				     "wusr/lib/os-release"));
	system_is("debian 12", IMAGE("fusr/lib/os-release=!debian 12\n"
				     "letc/os-release>../usr/lib/os-release"));
	system_is("none", IMAGE("fetc/os-release=!debian 12", "wetc"));
	system_is("none", IMAGE("?"));
}

/* --- links that lead elsewhere ------------------------------------------------------------------- */

static void missing(const char *expected, const char *const *layers)
{
	struct image im;
	check_missing(merge(&im, layers, NULL, 0), expected);
	image_free(&im);
}

static void a_database_behind_a_link_is_asked_for(void **state)
{
	(void)state;
	missing("data/status<" DPKG, IMAGE("l" DPKG ">/data/status"));
	missing("var/lib/x<" DPKG, IMAGE("l" DPKG ">../x"));
	missing("x<" DPKG, IMAGE("l" DPKG ">../../../../../x"));
	missing("", IMAGE("l" DPKG ">/usr/lib/dpkg/status")); /* read anyway */
	missing("", IMAGE("l" DPKG ">status")); /* a circle */
	missing("nowhere<" DPKG, IMAGE("fx", "h" DPKG ">nowhere"));
}

static void a_directory_behind_a_link_is_asked_for_with_all_in_it(void **state)
{
	struct image im;
	(void)state;
	merge(&im, IMAGE("lvar/lib/rpm>../../srv/rpm"), NULL, 0);
	check_missing(&im, "srv/rpm/<var/lib/rpm/");
	image_free(&im);
	merge(&im, IMAGE("lvar/lib/dpkg>/srv"), NULL, 0);
	check_missing(&im, "srv/status<" DPKG " srv/status.d/<var/lib/dpkg/status.d/ "
			   "srv/updates/<var/lib/dpkg/updates/");
	image_free(&im);
	merge(&im, IMAGE("lvar/lib/rpm>../../usr/lib/sysimage/rpm"), NULL, 0);
	check_missing(&im, ""); /* as SUSE and Fedora have it */
	image_free(&im);
}

static void what_was_asked_for_is_not_asked_for_again(void **state)
{
	const struct extra_path extras[] = { { BYTES_LIT("data/status"), BYTES_LIT(DPKG) } };
	struct image im;
	(void)state;
	merge(&im, IMAGE("fdata/status=a 1\nl" DPKG ">/data/status"), extras, 1);
	check_missing(&im, "");
	check_packages(&im, "a 1 0");
	image_free(&im);
	merge(&im, IMAGE("fdata/status=a 1\nl" DPKG ">/data/status", "wdata"), extras, 1);
	check_missing(&im, "");
	check_packages(&im, "");
	image_free(&im);
	merge(&im, IMAGE("ldata>elsewhere\nl" DPKG ">/data/status"), extras, 1);
	check_missing(&im, "elsewhere/status<" DPKG);
	image_free(&im);
}

/* --- many -------------------------------------------------------------------------------------------- */

/* Time must grow with their number, not with its square: with the square this
 * takes minutes. */
static void a_hundred_thousand_databases_in_many_layers_are_merged_in_time(void **state)
{
	enum { FILES = 60000 };
	struct image im = { .n = 2 };
	const struct layer_facts *facts[] = { &im.layers[0], &im.layers[1] };
	struct merge_input in = { .layers = facts, .layer_count = 2, .layers_named = true };
	struct error err = { 0 };
	char line[128];
	(void)state;
	fact_store_init(&im.st);
	for (unsigned layer = 0; layer < 2; layer++)
		for (uint32_t i = 0; i < FILES; i++) {
			uint32_t before = i;
			(void)snprintf(line, sizeof line, "fvar/lib/dpkg/status.d/%05u=p%05u %u", i,
				       i, i % 3 == 0 ? layer : 0);
			add_line(&im, &im.layers[layer], bytes_str(line), &before);
		}
	uint64_t started = clock_monotonic_ns();
	assert_int_equal(merge_layers(&in, &im.st, &im.merged, &err), 0);
	assert_true(clock_monotonic_ns() - started < UINT64_C(10000000000));
	assert_int_equal(im.merged.package_count, FILES);
	assert_int_equal(im.merged.packages[0].layer, 1);
	assert_int_equal(im.merged.packages[1].layer, 0);
	image_free(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packages_are_those_of_the_visible_database),
		cmocka_unit_test(a_package_has_the_layer_that_brought_it),
		cmocka_unit_test(a_layer_that_cannot_be_trusted_is_left_out),
		cmocka_unit_test(what_two_databases_of_an_image_list_is_listed_once),
		cmocka_unit_test(single_file_databases_come_and_go_one_by_one),
		cmocka_unit_test(hard_links_give_the_content_of_their_layer),
		cmocka_unit_test(a_removed_database_is_remembered),
		cmocka_unit_test(the_system_is_that_of_the_most_trustworthy_visible_file),
		cmocka_unit_test(a_database_behind_a_link_is_asked_for),
		cmocka_unit_test(a_directory_behind_a_link_is_asked_for_with_all_in_it),
		cmocka_unit_test(what_was_asked_for_is_not_asked_for_again),
		cmocka_unit_test(a_hundred_thousand_databases_in_many_layers_are_merged_in_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
