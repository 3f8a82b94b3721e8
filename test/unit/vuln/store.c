/* Generations in a directory: always one whole database in use, whatever fails
 * and however many processes are at it. */
#include "make.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "vuln/store.h"

static void make_directory(char out[static 64])
{
	(void)snprintf(out, 64, "/tmp/corten-store-XXXXXX");
	assert_non_null(mkdtemp(out));
}

static void remove_directory(const char *path)
{
	cleanup_closedir DIR *dir = opendir(path);
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir)) != NULL;)
		if (e->d_name[0] != '.' || e->d_name[1] == 'n' || e->d_name[1] == 'c')
			(void)unlinkat(dirfd(dir), e->d_name, 0);
	assert_int_equal(rmdir(path), 0);
}

static struct vulndb_builder *some_builder(unsigned facts)
{
	struct vulndb_builder *b = vulndb_builder_new();
	struct vuln_fact_sink s = vulndb_builder_sink(b);
	char name[32];
	sink_source(&s, "debian", "2026-11-20");
	for (unsigned i = 0; i < facts; i++) {
		struct row r = { "debian:12", name, "CVE-2099-0001", "1" };
		(void)snprintf(name, sizeof name, "p%u", i);
		sink_rows(&s, &r, 1);
	}
	return b;
}

/* 0, or -1 with err. */
static int install(const char *dir, uint64_t generation, struct error *err)
{
	struct store *s;
	char path[PATH_MAX];
	uint64_t got = 0;
	struct vulndb_builder *b = some_builder(50);
	if (store_open(dir, &s, err) < 0)
		return -1;
	int result = store_new_path(s, path, sizeof path, err);
	if (result == 0)
		result = vulndb_builder_write(b, generation, path, err);
	if (result == 0)
		result = store_install(s, path, &got, err);
	if (result == 0)
		assert_int_equal(got, generation);
	store_close(s);
	vulndb_builder_free(b);
	return result;
}

static uint64_t in_use(const char *dir)
{
	char path[PATH_MAX];
	struct vulndb *db;
	struct vulndb_info info;
	struct error err = { 0 };
	(void)snprintf(path, sizeof path, "%s/current", dir);
	if (vulndb_open(path, &db, &err) < 0)
		return 0;
	vulndb_info(db, &info);
	if (vulndb_verify(db, &err) < 0)
		fail_msg("%s", err.text);
	vulndb_close(db);
	return info.generation;
}

static size_t count_of(const char *dir)
{
	struct store *s;
	uint64_t *all;
	size_t n;
	struct error err = { 0 };
	assert_int_equal(store_open(dir, &s, &err), 0);
	assert_int_equal(store_list(s, &all, &n, &err), 0);
	free(all);
	store_close(s);
	return n;
}

static void the_newest_is_in_use_and_some_older_ones_are_kept(void **state)
{
	char dir[64];
	struct error err = { 0 };
	(void)state;
	make_directory(dir);
	for (uint64_t g = 1; g <= STORE_KEEP + 3; g++) {
		assert_int_equal(install(dir, g, &err), 0);
		assert_int_equal(in_use(dir), g);
	}
	assert_int_equal(count_of(dir), STORE_KEEP);
	remove_directory(dir);
}

static void an_older_or_equal_generation_is_refused(void **state)
{
	char dir[64];
	struct error err = { 0 };
	(void)state;
	make_directory(dir);
	assert_int_equal(install(dir, 10, &err), 0);
	assert_int_equal(install(dir, 9, &err), -1);
	assert_int_equal(err.code, ERR_OLD_GENERATION);
	assert_int_equal(install(dir, 10, &err), -1);
	assert_int_equal(install(dir, 0, &err), -1);
	assert_int_equal(in_use(dir), 10);
	assert_int_equal(count_of(dir), 1);
	remove_directory(dir);
}

static void rolling_back_goes_one_generation_down(void **state)
{
	char dir[64];
	struct store *s;
	uint64_t got;
	struct error err = { 0 };
	(void)state;
	make_directory(dir);
	for (uint64_t g = 10; g <= 30; g += 10)
		assert_int_equal(install(dir, g, &err), 0);
	assert_int_equal(store_open(dir, &s, &err), 0);
	assert_int_equal(store_rollback(s, &got, &err), 0);
	assert_int_equal(got, 20);
	assert_int_equal(in_use(dir), 20);
	assert_int_equal(store_rollback(s, &got, &err), 0);
	assert_int_equal(store_rollback(s, &got, &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	assert_int_equal(in_use(dir), 10);
	store_close(s);
	remove_directory(dir);
}

static void a_damaged_database_is_not_installed(void **state)
{
	char dir[64], path[PATH_MAX];
	struct store *s;
	uint64_t got;
	struct error err = { 0 };
	struct stat st;
	(void)state;
	make_directory(dir);
	assert_int_equal(install(dir, 1, &err), 0);
	struct vulndb_builder *b = some_builder(5000);
	assert_int_equal(store_open(dir, &s, &err), 0);
	assert_int_equal(store_new_path(s, path, sizeof path, &err), 0);
	assert_int_equal(vulndb_builder_write(b, 2, path, &err), 0);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pwrite(fd, "x", 1, st.st_size / 2), 1);
	(void)close(fd);
	assert_int_equal(store_install(s, path, &got, &err), -1);
	assert_int_equal(err.code, ERR_DB_CORRUPT);
	assert_int_equal(access(path, F_OK), -1);
	store_close(s);
	vulndb_builder_free(b);
	assert_int_equal(in_use(dir), 1);
	remove_directory(dir);
}

static void a_writer_killed_at_any_moment_leaves_the_old_database(void **state)
{
	char dir[64];
	struct error err = { 0 };
	uint64_t last = 1;
	(void)state;
	make_directory(dir);
	assert_int_equal(install(dir, 1, &err), 0);
	for (uint64_t round = 0; round < 40; round++) {
		pid_t child = fork();
		assert_true(child >= 0);
		if (child == 0)
			_exit(install(dir, 2 + round, &err) < 0);
		(void)usleep((useconds_t)(round * 97 % 4000));
		(void)kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		uint64_t now = in_use(dir);
		assert_true(now == last || now == 2 + round);
		last = now;
	}
	/* The lock died with its holder, and what was left lying is cleared away. */
	assert_int_equal(install(dir, 1000, &err), 0);
	cleanup_closedir DIR *d = opendir(dir);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;)
		assert_null(strstr(e->d_name, ".new-"));
	remove_directory(dir);
}

static void four_processes_write_and_read_at_once(void **state)
{
	char dir[64];
	pid_t children[4];
	struct error err = { 0 };
	(void)state;
	make_directory(dir);
	assert_int_equal(install(dir, 1, &err), 0);
	for (unsigned c = 0; c < 4; c++) {
		children[c] = fork();
		assert_true(children[c] >= 0);
		if (children[c] != 0)
			continue;
		unsigned bad = 0;
		for (uint64_t i = 0; i < 15; i++) {
			struct error e = { 0 };
			/* Some come too late: only that may go wrong. */
			if (install(dir, 2 + i * 4 + c, &e) < 0)
				bad += e.code != ERR_OLD_GENERATION;
			for (int k = 0; k < 20; k++)
				bad += in_use(dir) == 0;
		}
		_exit(bad > 0);
	}
	for (unsigned c = 0; c < 4; c++) {
		int status;
		assert_int_equal(waitpid(children[c], &status, 0), children[c]);
		assert_int_equal(status, 0);
	}
	assert_true(in_use(dir) >= 2 + 14 * 4);
	remove_directory(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_is_in_use_and_some_older_ones_are_kept),
		cmocka_unit_test(an_older_or_equal_generation_is_refused),
		cmocka_unit_test(rolling_back_goes_one_generation_down),
		cmocka_unit_test(a_damaged_database_is_not_installed),
		cmocka_unit_test(a_writer_killed_at_any_moment_leaves_the_old_database),
		cmocka_unit_test(four_processes_write_and_read_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
