/* Layers upon each other make the tree that a runtime would unpack. A layer is
 * written as lines: a type letter (f file, d directory, l link, h hard link, c
 * device), a path, and behind ">" a link's target. The number of a content is
 * that of its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "image/tree.h"

struct fixture {
	struct interest interest;
	struct image_tree *tree;
	struct arena arena;
	uint32_t layer;
};

static int setup(void **state)
{
	static struct fixture f;
	f = (struct fixture){ .arena = arena_max(MIB) };
	interest_init(&f.interest);
	f.interest.all = true;
	f.tree = image_tree_new();
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	image_tree_free(f->tree);
	interest_free(&f->interest);
	arena_free(&f->arena);
	return 0;
}

static enum tar_type type_of(char letter)
{
	switch (letter) {
	case 'd':
		return TAR_DIR;
	case 'l':
		return TAR_SYMLINK;
	case 'h':
		return TAR_HARDLINK;
	case 'c':
		return TAR_CHAR;
	default:
		return TAR_FILE;
	}
}

static void put(struct fixture *f, const char *lines)
{
	struct layer_change changes[32], c;
	size_t n = 0;
	uint32_t number = 0;
	struct error err = { 0 };
	struct bytes rest = bytes_str(lines), line, path;
	struct layer_reader *l = layer_reader_new(&f->interest);
	while (bytes_next_field(&rest, '\n', &line)) {
		char letter = (char)line.p[0];
		line = bytes_sub(line, 1, line.n);
		(void)bytes_next_field(&line, '>', &path);
		struct tar_entry e = { .type = type_of(letter), .path = path, .link = line };
		number++;
		int matters = layer_reader_entry(l, &e, &c, &err);
		assert_true(matters >= 0);
		if (matters == 0)
			continue;
		c.path = bytes_str(arena_cstr(&f->arena, c.path));
		c.target = bytes_str(arena_cstr(&f->arena, c.target));
		c.content = number;
		changes[n++] = c;
	}
	layer_reader_free(l);
	assert_int_equal(image_tree_apply(f->tree, changes, n, f->layer++, &err), 0);
}

static int add_path(void *ctx, const char *path, const struct tree_node *node, struct error *err)
{
	struct buf *out = ctx;
	(void)node;
	return buf_printf(out, err, "%s%s", out->n > 0 ? " " : "", path);
}

/* More steps up than links may be followed: the kernel counts links alone. */
#define UP_AND_DOWN_10 "u/../u/../u/../u/../u/../u/../u/../u/../u/../u/../"
#define UP_AND_DOWN UP_AND_DOWN_10 UP_AND_DOWN_10 UP_AND_DOWN_10 UP_AND_DOWN_10 UP_AND_DOWN_10

static void check_paths(const struct fixture *f, const char *expected)
{
	struct error err = { 0 };
	cleanup_buf struct buf out = buf_max(MIB);
	assert_int_equal(image_tree_each(f->tree, add_path, &out, &err), 0);
	assert_string_equal(buf_cstr(&out, &err), expected);
}

/* Where a path leads: "path=content" or why not. */
static void check_lookup(const struct fixture *f, const char *path, const char *expected)
{
	const struct tree_node *node;
	char text[256];
	cleanup_buf struct buf to = buf_max(MIB);
	enum tree_found how = image_tree_resolve(f->tree, NULL, bytes_str(path), &to, &node);
	if (how == TREE_FOUND)
		(void)snprintf(text, sizeof text, "%s=%u", buf_cstr(&to, NULL), node->content);
	else
		(void)snprintf(text, sizeof text, "%s %s", how == TREE_LOOP ? "loop" : "absent",
			       how == TREE_LOOP ? "" : buf_cstr(&to, NULL));
	assert_string_equal(text, expected);
}

static void a_whiteout_removes_what_lies_below(void **state)
{
	struct fixture *f = *state;
	put(f, "da\nfa/x\nfa/y\ndb\nfb/z");
	put(f, "fa/.wh.x\nf.wh.b");
	check_paths(f, "a a/y");
}

static void a_whiteout_spares_its_own_layer(void **state)
{
	struct fixture *f = *state;
	put(f, "fa/x");
	put(f, "fa/x\nfa/.wh.x");
	check_lookup(f, "a/x", "a/x=1");
	assert_int_equal(f->layer, 2);
}

static void an_opaque_directory_hides_the_lower_content_only(void **state)
{
	struct fixture *f = *state;
	put(f, "fa/x\nfa/sub/y");
	put(f, "fa/new\nfa/.wh..wh..opq");
	check_paths(f, "a a/new");
}

static void an_opaque_root_hides_everything(void **state)
{
	struct fixture *f = *state;
	put(f, "fa/x\nfb");
	put(f, "f.wh..wh..opq\nfc");
	check_paths(f, "c");
}

static void a_directory_that_becomes_a_link_takes_its_subtree_along(void **state)
{
	struct fixture *f = *state;
	put(f, "fdir/x\nfother/x");
	put(f, "ldir>other");
	check_lookup(f, "dir/x", "other/x=2");
	check_paths(f, "other other/x dir");
}

static void a_file_that_becomes_a_directory_is_gone(void **state)
{
	struct fixture *f = *state;
	put(f, "fa\nlb>a");
	put(f, "fa/x\nfb/y");
	check_paths(f, "a a/x b b/y");
}

static void a_directory_over_a_directory_keeps_the_content(void **state)
{
	struct fixture *f = *state;
	put(f, "fa/x");
	put(f, "da");
	check_paths(f, "a a/x");
}

static void links_stay_inside_the_image(void **state)
{
	struct fixture *f = *state;
	put(f, "fetc/os\nla>/etc/os\nlb>../../../../etc/os\nlc/d>../etc/os\nle>/f\nlf>./e");
	check_lookup(f, "a", "etc/os=1");
	check_lookup(f, "b", "etc/os=1");
	check_lookup(f, "c/d", "etc/os=1");
	check_lookup(f, "e", "loop ");
	check_lookup(f, "../../etc/./os", "etc/os=1");
	check_lookup(f, "none/../etc/os", "etc/os=1");
	check_lookup(f, "none/x", "absent none/x");
}

static void a_link_goes_up_only_from_what_is_known(void **state)
{
	struct fixture *f = *state;
	const struct tree_node *node;
	struct error err = { 0 };
	struct interest kept;
	cleanup_buf struct buf to = buf_max(MIB);
	put(f, "fetc/os\nla>/l/../etc/os\nlb>" UP_AND_DOWN "etc/os");
	interest_init(&kept);
	assert_int_equal(image_tree_resolve(f->tree, &kept, BYTES_LIT("a"), &to, &node),
			 TREE_UNKNOWN);
	assert_string_equal(buf_cstr(&to, NULL), "l");
	assert_int_equal(interest_add(&kept, BYTES_LIT("l"), &err), 0);
	assert_int_equal(image_tree_resolve(f->tree, &kept, BYTES_LIT("a"), &to, &node),
			 TREE_FOUND);
	interest_free(&kept);
	check_lookup(f, "b", "etc/os=1");
}

static void a_hard_link_is_a_second_name_of_the_content(void **state)
{
	struct fixture *f = *state;
	put(f, "fa\nhb>a\nhc>/nowhere/x");
	put(f, "f.wh.a");
	check_lookup(f, "b", "b=1");
	const struct tree_node *node;
	assert_int_equal(image_tree_resolve(f->tree, NULL, BYTES_LIT("c"), NULL, &node),
			 TREE_FOUND);
	assert_string_equal(node->linked, "nowhere/x");
	assert_true(node->unread);
}

static void names_of_aufs_are_no_files(void **state)
{
	struct fixture *f = *state;
	put(f, "f.wh..wh.aufs\nd.wh..wh.plnk\nfx");
	check_paths(f, "x");
	put(f, "f.wh..wh.plnk/1.2\nhy>.wh..wh.plnk/1.2");
	check_lookup(f, "y", "y=1");
}

static void what_is_written_through_a_link_of_the_same_layer_lands_behind_it(void **state)
{
	struct fixture *f = *state;
	f->interest.all = false;
	struct error err = { 0 };
	assert_int_equal(interest_add(&f->interest, BYTES_LIT("var/lib/dpkg/status"), &err), 0);
	put(f, "lx>var/lib/dpkg\nly>x\nfy/status");
	check_lookup(f, "var/lib/dpkg/status", "var/lib/dpkg/status=3");
}

static void only_what_can_touch_a_wanted_path_is_kept(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	f->interest.all = false;
	assert_int_equal(interest_add(&f->interest, BYTES_LIT("var/lib/rpm/"), &err), 0);
	assert_int_equal(interest_add(&f->interest, BYTES_LIT("etc/os-release"), &err), 0);
	put(f, "dvar\ndvar/lib\ndvar/log\nfvar/lib/rpm/Packages\nfetc/passwd\nfetc/os-release\n"
	       "fetc/os-release.bak");
	check_paths(f, "var var/lib var/lib/rpm var/lib/rpm/Packages etc etc/os-release");
	assert_true(interest_wants(&f->interest, BYTES_LIT("var/lib/rpm/x")));
	assert_false(interest_wants(&f->interest, BYTES_LIT("var/lib/rpm")));
	assert_false(interest_wants(&f->interest, BYTES_LIT("etc/os-release.bak")));
}

#define TREE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TREE_TEST(a_whiteout_removes_what_lies_below),
		TREE_TEST(a_whiteout_spares_its_own_layer),
		TREE_TEST(an_opaque_directory_hides_the_lower_content_only),
		TREE_TEST(an_opaque_root_hides_everything),
		TREE_TEST(a_directory_that_becomes_a_link_takes_its_subtree_along),
		TREE_TEST(a_file_that_becomes_a_directory_is_gone),
		TREE_TEST(a_directory_over_a_directory_keeps_the_content),
		TREE_TEST(links_stay_inside_the_image),
		TREE_TEST(a_link_goes_up_only_from_what_is_known),
		TREE_TEST(a_hard_link_is_a_second_name_of_the_content),
		TREE_TEST(names_of_aufs_are_no_files),
		TREE_TEST(what_is_written_through_a_link_of_the_same_layer_lands_behind_it),
		TREE_TEST(only_what_can_touch_a_wanted_path_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
