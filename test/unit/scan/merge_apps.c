/* Which layer brought a package of an application. A layer is written as words: a name
 * of a file that tells one package, "NAME=VERSION" when not of version 1; "-NAME" takes
 * it away, "-" the whole directory, "NAME=" is a file that tells nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "scan/merge_apps.h"

enum { LAYERS = 5, WORDS = 4 };

struct image {
	struct fact_store st;
	struct layer_facts layers[LAYERS];
	struct file_fact files[LAYERS][WORDS];
	struct app_fact apps[LAYERS][WORDS];
	char told[256]; /* of each package: name, version, layer */
};

static void add_change(struct layer_facts *f, enum change_kind kind, const char *path)
{
	struct layer_change c = { .kind = kind, .path = bytes_str(path) };
	uint64_t hash = shadow_hash(&c);
	assert_int_equal(hash_list_add(&f->shadow, bytes_of(&hash, sizeof hash), NULL), 0);
}

static void add_word(struct image *im, struct layer_facts *f, struct bytes word)
{
	size_t i = f->app_count;
	struct bytes version = BYTES_LIT("1");
	ptrdiff_t equals = bytes_index(word, '=');
	if (word.n == 1 && word.p[0] == '-')
		return add_change(f, CHANGE_WHITEOUT, "app");
	if (equals >= 0) {
		version = bytes_sub(word, (size_t)equals + 1, word.n);
		word.n = (size_t)equals;
	}
	bool gone = word.p[0] == '-';
	const char *name = intern_bytes(&im->st.strings, bytes_sub(word, gone, word.n));
	const char *path = arena_printf(&im->st.arena, "app/%s", name);
	add_change(f, gone ? CHANGE_WHITEOUT : CHANGE_FILE, path);
	if (gone || version.n == 0)
		return;
	f->files[i] = (struct file_fact){ .content = (uint32_t)i + 1, .path = path };
	f->apps[i] = (struct app_fact){ .content = (uint32_t)i + 1,
					.type = PKG_NPM,
					.name = name,
					.version = intern_bytes(&im->st.strings, version),
					.license = "",
					.inner = "" };
	f->file_count = ++f->app_count;
}

static int on_package(void *ctx, const struct package *p, struct error *err)
{
	struct image *im = ctx;
	size_t n = strlen(im->told);
	(void)err;
	(void)snprintf(im->told + n, sizeof im->told - n, "%s%s %s %u", n > 0 ? ", " : "", p->name,
		       p->version, p->layer);
	return 0;
}

static int on_problem(void *ctx, const struct problem_fact *p, uint32_t layer, struct error *err)
{
	(void)ctx, (void)p, (void)layer, (void)err;
	return 0;
}

/* layers: with ';' between them. */
static void expect(const char *layers, const char *told)
{
	struct image *im = test_calloc(1, sizeof *im);
	const struct layer_facts *facts[LAYERS];
	struct merge_input in = { .layers = facts, .layers_named = true };
	struct app_merge_sink sink = { on_package, on_problem, im };
	struct bytes rest = bytes_str(layers), layer, word;
	size_t owned;
	struct error err = { 0 };
	fact_store_init(&im->st);
	while (bytes_next_field(&rest, ';', &layer)) {
		struct layer_facts *f = &im->layers[in.layer_count];
		f->files = im->files[in.layer_count];
		f->apps = im->apps[in.layer_count];
		while (bytes_next_field(&layer, ' ', &word))
			add_word(im, f, word);
		facts[in.layer_count++] = f;
	}
	assert_int_equal(merge_apps(&in, &im->st, sink, &owned, &err), 0);
	assert_string_equal(im->told, told);
	for (size_t i = 0; i < in.layer_count; i++)
		hash_list_free(&im->layers[i].shadow);
	fact_store_free(&im->st);
	test_free(im);
}

static void a_package_has_the_layer_that_brought_it(void **state)
{
	(void)state;
	expect("a", "a 1 0");
	expect("a;b", "a 1 0, b 1 1");
	expect("a;a=2", "a 2 1");
}

static void a_layer_that_has_it_again_did_not_bring_it(void **state)
{
	(void)state;
	expect("a;a", "a 1 0");
	expect("a;b;a;a b", "a 1 0, b 1 1");
}

static void what_was_gone_came_with_the_layer_where_it_is_back(void **state)
{
	(void)state;
	expect("a;-a;a", "a 1 2");
	expect("a;-;b a", "b 1 2, a 1 2");
	expect("a;-a;b;a;a", "b 1 2, a 1 3");
	/* removed, or told nothing, in a layer that has it not */
	expect("a;a=;a", "a 1 2");
	expect("a b;-b;a;a", "a 1 0");
}

static void another_version_in_between_ends_it(void **state)
{
	(void)state;
	expect("a;a=2;a", "a 1 2");
	expect("a=2;a;a=2;a=2", "a 2 2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_package_has_the_layer_that_brought_it),
		cmocka_unit_test(a_layer_that_has_it_again_did_not_bring_it),
		cmocka_unit_test(what_was_gone_came_with_the_layer_where_it_is_back),
		cmocka_unit_test(another_version_in_between_ends_it),
	};
	return cmocka_run_group_tests_name("merge_apps", tests, NULL, NULL);
}
