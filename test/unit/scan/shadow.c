/* What layers above hide. */
#include "scan/shadow.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* Is the file that layer 0 brought hidden by a change of layer 1? */
static bool hides(enum change_kind kind, const char *change, const char *file)
{
	struct shadow_index x = { 0 };
	struct error err = { 0 };
	struct layer_change c = { .kind = kind, .path = bytes_str(change) };
	uint64_t hash = shadow_hash(&c);
	assert_int_equal(shadow_ask_file(&x, bytes_str(file), &err), 0);
	shadow_note(&x, &hash, 1, 1);
	bool hidden = shadow_hides(&x, bytes_str(file), 0);
	/* Never those of its own layer or of layers above. */
	assert_false(shadow_hides(&x, bytes_str(file), 1));
	assert_false(shadow_hides(&x, bytes_str(file), 2));
	shadow_index_free(&x);
	return hidden;
}

static void a_file_is_hidden_by_what_takes_its_place(void **state)
{
	(void)state;
	assert_true(hides(CHANGE_FILE, "opt/a/b.jar", "opt/a/b.jar"));
	assert_true(hides(CHANGE_SYMLINK, "opt/a/b.jar", "opt/a/b.jar"));
	assert_true(hides(CHANGE_DIR, "opt/a/b.jar", "opt/a/b.jar"));
	assert_true(hides(CHANGE_WHITEOUT, "opt/a/b.jar", "opt/a/b.jar"));
	assert_false(hides(CHANGE_FILE, "opt/a/c.jar", "opt/a/b.jar"));
	assert_false(hides(CHANGE_FILE, "opt/a/b.jar/x", "opt/a/b.jar"));
}

static void a_file_is_hidden_with_its_directory(void **state)
{
	(void)state;
	assert_true(hides(CHANGE_WHITEOUT, "opt/a", "opt/a/b.jar"));
	assert_true(hides(CHANGE_WHITEOUT, "opt", "opt/a/b.jar"));
	assert_true(hides(CHANGE_SYMLINK, "opt/a", "opt/a/b.jar"));
	assert_true(hides(CHANGE_OTHER, "opt", "opt/a/b.jar"));
	assert_true(hides(CHANGE_OPAQUE, "opt/a", "opt/a/b.jar"));
	assert_true(hides(CHANGE_OPAQUE, "", "opt/a/b.jar"));
	assert_false(hides(CHANGE_DIR, "opt/a", "opt/a/b.jar"));
	assert_false(hides(CHANGE_OPAQUE, "opt/a/b.jar", "opt/a/b.jar"));
	assert_false(hides(CHANGE_WHITEOUT, "opt/aa", "opt/a/b.jar"));
}

static void links_from_the_root_to_usr_make_no_difference(void **state)
{
	(void)state;
	assert_true(owned_hash(BYTES_LIT("usr/bin/x")) == owned_hash(BYTES_LIT("bin/x")));
	assert_true(owned_hash(BYTES_LIT("usr/lib/y/z")) == owned_hash(BYTES_LIT("lib/y/z")));
	assert_false(owned_hash(BYTES_LIT("usr/share/x")) == owned_hash(BYTES_LIT("share/x")));
	assert_false(owned_hash(BYTES_LIT("usr/local/bin/x")) == owned_hash(BYTES_LIT("bin/x")));
}

static void only_the_systems_own_places_are_the_systems(void **state)
{
	(void)state;
	assert_true(is_system_path(BYTES_LIT("usr/lib/python3/dist-packages/x")));
	assert_true(is_system_path(BYTES_LIT("lib64/x")));
	assert_false(is_system_path(BYTES_LIT("usr/local/lib/x")));
	assert_false(is_system_path(BYTES_LIT("app/node_modules/x")));
	assert_false(is_system_path(BYTES_LIT("opt/x")));
}

static void the_index_grows(void **state)
{
	enum { MANY = 5000 };
	struct shadow_index x = { 0 };
	struct error err = { 0 };
	(void)state;
	for (uint64_t i = 0; i < MANY; i++)
		assert_int_equal(shadow_ask(&x, i * 0x9e3779b97f4a7c15u, &err), 0);
	for (uint64_t i = 0; i < MANY; i++) {
		uint64_t hash = i * 0x9e3779b97f4a7c15u;
		if (i % 2 == 0)
			shadow_note(&x, &hash, 1, (uint32_t)i);
	}
	for (uint64_t i = 2; i < MANY; i++)
		assert_int_equal(shadow_last(&x, i * 0x9e3779b97f4a7c15u), i % 2 == 0 ? i + 1 : 0);
	assert_int_equal(shadow_last(&x, 12345), 0);
	shadow_index_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_hidden_by_what_takes_its_place),
		cmocka_unit_test(a_file_is_hidden_with_its_directory),
		cmocka_unit_test(links_from_the_root_to_usr_make_no_difference),
		cmocka_unit_test(only_the_systems_own_places_are_the_systems),
		cmocka_unit_test(the_index_grows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
