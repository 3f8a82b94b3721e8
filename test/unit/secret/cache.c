/* Compiled rules in a folder: used again when they are whole and nobody else's. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secret_try.h"

static const char toml[] = "[[rules]]\nid = 'one'\nregex = 'one_[a-z]{4}'\n";

static char dir[] = "/tmp/secret-cache.XXXXXX";

static bool compiled_from_cache(const struct secret_rules *r)
{
	struct secret_compile_info info;
	struct error err = { 0 };
	cleanup_close int fd = -1;
	if (secret_rules_compile(r, dir, &fd, &info, &err) < 0)
		fail_msg("%s", err.text);
	static struct hits h;
	struct secret_engine *e = NULL;
	if (secret_engine_open(fd, &e, &err) < 0)
		fail_msg("%s", err.text);
	look(e, "a", BYTES_LIT("one_abcd"), 0, &h);
	assert_int_equal(h.n, 1);
	secret_engine_close(e);
	assert_true(info.blob_bytes > 0);
	return info.cached;
}

/* The only file of the folder; its name, good until the next call. */
static const char *cached_name(void)
{
	static char name[256];
	cleanup_closedir DIR *d = opendir(dir);
	name[0] = '\0';
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
		if (e->d_name[0] != '.')
			(void)snprintf(name, sizeof name, "%s/%s", dir, e->d_name);
	return name;
}

static void empty_folder(void)
{
	for (const char *name; (name = cached_name())[0] != '\0';)
		assert_int_equal(unlink(name), 0);
}

static void the_second_time_nothing_is_compiled(void **state)
{
	(void)state;
	struct secret_rules *r = rules_of(toml);
	assert_false(compiled_from_cache(r));
	assert_true(compiled_from_cache(r));
	struct secret_rules *other = rules_of("[[rules]]\nid = 'o'\nregex = 'one_[a-z]{4}'\n");
	assert_false(compiled_from_cache(other));
	assert_true(compiled_from_cache(r));
	secret_rules_free(other);
	secret_rules_free(r);
}

static void a_file_that_others_can_write_is_compiled_anew(void **state)
{
	(void)state;
	struct secret_rules *r = rules_of(toml);
	empty_folder();
	(void)compiled_from_cache(r);
	const mode_t modes[] = { 0620, 0602, 0622 };
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(chmod(cached_name(), modes[i]), 0);
		assert_false(compiled_from_cache(r));
		assert_true(compiled_from_cache(r));
	}
	secret_rules_free(r);
}

static void a_file_of_somebody_else_is_compiled_anew(void **state)
{
	(void)state;
	struct secret_rules *r = rules_of(toml);
	if (geteuid() != 0) {
		secret_rules_free(r);
		print_message("only root can give a file away\n");
		skip();
	}
	empty_folder();
	(void)compiled_from_cache(r);
	assert_int_equal(chown(cached_name(), 12345, 12345), 0);
	assert_false(compiled_from_cache(r));
	assert_int_equal(chown(dir, 12345, 12345), 0);
	assert_false(compiled_from_cache(r));
	assert_false(compiled_from_cache(r));
	assert_int_equal(chown(dir, 0, 0), 0);
	secret_rules_free(r);
}

static void a_folder_that_others_can_write_is_not_used(void **state)
{
	(void)state;
	struct secret_rules *r = rules_of(toml);
	empty_folder();
	(void)compiled_from_cache(r);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_false(compiled_from_cache(r));
	assert_int_equal(chmod(dir, 0700), 0);
	assert_true(compiled_from_cache(r));
	secret_rules_free(r);
}

static void change_byte(off_t at)
{
	uint8_t byte;
	cleanup_close int fd = open(cached_name(), O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= 0x40;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

static void a_changed_byte_anywhere_is_seen(void **state)
{
	(void)state;
	struct stat st;
	struct secret_rules *r = rules_of(toml);
	empty_folder();
	(void)compiled_from_cache(r);
	assert_int_equal(stat(cached_name(), &st), 0);
	for (off_t at = 0; at < st.st_size; at += st.st_size / 13) {
		change_byte(at);
		assert_false(compiled_from_cache(r));
		assert_true(compiled_from_cache(r));
	}
	change_byte(st.st_size - 1);
	assert_false(compiled_from_cache(r));
	assert_int_equal(truncate(cached_name(), st.st_size / 2), 0);
	assert_false(compiled_from_cache(r));
	assert_int_equal(truncate(cached_name(), 0), 0);
	assert_false(compiled_from_cache(r));
	secret_rules_free(r);
}

static void a_link_in_its_place_is_not_followed(void **state)
{
	(void)state;
	char name[256], aside[300];
	struct secret_rules *r = rules_of(toml);
	empty_folder();
	(void)compiled_from_cache(r);
	(void)snprintf(name, sizeof name, "%s", cached_name());
	(void)snprintf(aside, sizeof aside, "%s/.aside", dir);
	assert_int_equal(rename(name, aside), 0);
	assert_int_equal(symlink(".aside", name), 0);
	assert_false(compiled_from_cache(r));
	(void)unlink(aside);
	secret_rules_free(r);
}

static void a_blob_that_is_none_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = { "", "x", "CrtnScr1", "not a blob, but long enough" };
	for (size_t i = 0; i < 4; i++) {
		struct error err = { 0 };
		struct secret_engine *e = NULL;
		const char *path = rules_path(texts[i]);
		cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_int_equal(secret_engine_open(fd, &e, &err), -1);
		assert_true(err.code == ERR_TRUNCATED || err.code == ERR_MALFORMED);
		(void)unlink(path);
	}
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static int drop_dir(void **state)
{
	(void)state;
	for (const char *name; (name = cached_name())[0] != '\0';)
		(void)unlink(name);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_second_time_nothing_is_compiled),
		cmocka_unit_test(a_file_that_others_can_write_is_compiled_anew),
		cmocka_unit_test(a_file_of_somebody_else_is_compiled_anew),
		cmocka_unit_test(a_folder_that_others_can_write_is_not_used),
		cmocka_unit_test(a_changed_byte_anywhere_is_seen),
		cmocka_unit_test(a_link_in_its_place_is_not_followed),
		cmocka_unit_test(a_blob_that_is_none_is_refused),
	};
	return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
