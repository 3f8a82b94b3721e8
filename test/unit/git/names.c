/* Files of a repository's folder are known by their paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "git/git.h"

#define SHA1_NAME "0123456789abcdef0123456789abcdef012345"
#define SHA256_NAME SHA1_NAME "0123456789abcdef01234567"

static const struct {
	const char *path;
	enum git_file_kind kind;
	const char *folder;
} files[] = {
	{ ".git/objects/pack/pack-1.pack", GIT_FILE_PACK, ".git" },
	{ "a/b/.git/objects/pack/x.pack", GIT_FILE_PACK, "a/b/.git" },
	{ "objects/pack/x.pack", GIT_FILE_PACK, "" },
	{ "srv/app.git/objects/pack/x.pack", GIT_FILE_PACK, "srv/app.git" },
	{ ".git/objects/pack/pack-1.idx", GIT_FILE_OTHER, ".git/objects/pack" },
	{ ".git/objects/pack/pack-1.promisor", GIT_FILE_PROMISOR, ".git" },
	{ ".git/objects/ab/" SHA1_NAME, GIT_FILE_LOOSE, ".git" },
	{ ".git/objects/ab/" SHA256_NAME, GIT_FILE_LOOSE, ".git" },
	{ "objects/ab/" SHA1_NAME, GIT_FILE_LOOSE, "" },
	{ "objects/AB/" SHA1_NAME, GIT_FILE_NONE, "objects/AB" },
	{ ".git/modules/lib/objects/ab/" SHA1_NAME, GIT_FILE_LOOSE, ".git/modules/lib" },
	{ ".git/objects/ab/tmp_obj_x", GIT_FILE_OTHER, ".git/objects/ab" },
	{ ".git/objects/info/alternates", GIT_FILE_ALTERNATES, ".git" },
	{ ".git/config", GIT_FILE_CONFIG, ".git" },
	{ ".git/modules/lib/config", GIT_FILE_CONFIG, ".git/modules/lib" },
	{ ".git/shallow", GIT_FILE_SHALLOW, ".git" },
	{ ".git/hooks/pre-commit", GIT_FILE_OTHER, ".git/hooks" },
	{ "lib/.git", GIT_FILE_POINTER, "lib/.git" },
	{ ".git", GIT_FILE_POINTER, ".git" },
	{ "config", GIT_FILE_NONE, "" },
	{ "shallow", GIT_FILE_NONE, "" },
	{ ".github/config", GIT_FILE_NONE, ".github" },
	{ "a.git/config", GIT_FILE_NONE, "a.git" },
	{ "", GIT_FILE_NONE, "" },
};

static void a_path_tells_what_a_file_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct bytes folder;
		enum git_file_kind kind = git_classify(bytes_str(files[i].path), &folder);
		if (kind != files[i].kind || !bytes_equal(folder, bytes_str(files[i].folder)))
			fail_msg("%s: %d %.*s", files[i].path, kind, (int)folder.n,
				 (const char *)folder.p);
	}
}

static const char *const trees[][2] = {
	{ ".git", "" },
	{ "a/b/.git", "a/b/" },
	{ "srv/app.git", "srv/app.git/" },
	{ "", "" },
	{ ".git/modules/lib", "lib/" },
	{ "a/.git/modules/x/y", "a/x/y/" },
	{ ".git/modules/a/modules/b", "a/b/" },
	{ ".git/modules/modules", "modules/" },
};

static void a_folder_tells_where_its_files_lay(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
		cleanup_buf struct buf out = buf_max(LIMIT_PATH_BYTES);
		assert_int_equal(git_work_tree(bytes_str(trees[i][0]), &out, NULL), 0);
		assert_string_equal(buf_cstr(&out, NULL), trees[i][1]);
	}
}

static void a_config_names_the_hash(void **state)
{
	(void)state;
	assert_int_equal(git_object_format(BYTES_LIT("")), GIT_SHA1);
	assert_int_equal(git_object_format(BYTES_LIT("[core]\n\tbare = false\n")), GIT_SHA1);
	assert_int_equal(
		git_object_format(BYTES_LIT("[extensions]\r\n\tobjectFormat = sha256\r\n")),
		GIT_SHA256);
	assert_int_equal(git_object_format(BYTES_LIT("OBJECTFORMAT=SHA1")), GIT_SHA1);
	assert_int_equal(git_object_format(BYTES_LIT("objectformat = blake")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_tells_what_a_file_is),
		cmocka_unit_test(a_folder_tells_where_its_files_lay),
		cmocka_unit_test(a_config_names_the_hash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
