/* The cache gives back what was put in, drops what was damaged, and believes no
 * directory that others can write, and no file that changed a moment ago. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "scan/cache.h"

static const struct digest D1 = { { 1 } }, D2 = { { 2 } }, D3 = { { 3 } };
static const struct layer_work no_extras;

struct fixture {
	char base[64], dir[96];
	struct cache *cache;
};

static int setup(void **state)
{
	static struct fixture f;
	struct error err = { 0 };
	(void)snprintf(f.base, sizeof f.base, "/tmp/corten-cache-XXXXXX");
	assert_non_null(mkdtemp(f.base));
	(void)snprintf(f.dir, sizeof f.dir, "%s/deep/cache", f.base);
	cache_open(f.dir, &f.cache, &err);
	assert_non_null(f.cache);
	*state = &f;
	return 0;
}

static void remove_below(const char *dir)
{
	char path[512];
	DIR *d = opendir(dir);
	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		if (unlink(path) < 0)
			(void)rmdir(path);
	}
	if (d != NULL)
		(void)closedir(d);
	(void)rmdir(dir);
}

static int teardown(void **state)
{
	static const char *const dirs[] = {
		"deep/cache/layer", "deep/cache/blob", "deep/cache/file", "deep/cache", "deep", ""
	};
	struct fixture *f = *state;
	char path[128];
	cache_close(f->cache);
	for (size_t i = 0; i < sizeof dirs / sizeof dirs[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", f->base, dirs[i]);
		remove_below(path);
	}
	return 0;
}

/* --- layers ------------------------------------------------------------------------------ */

static void put(struct cache_writer *w, const struct msg *m)
{
	struct msg_reader r = { .c = cursor_of(buf_view(&m->payload)), .type = m->type };
	cache_write(w, &r);
}

/* A layer of `packages` packages, whose first is called `name`. */
static struct cache_writer *write_layer(struct cache *c, const char *name, unsigned packages,
					const struct digest *diff_id, enum error_code code)
{
	cleanup_msg struct msg m = { 0 };
	struct cache_writer *w = cache_write_begin(c);
	struct layer_change change = { .kind = CHANGE_FILE, .path = BYTES_LIT("p"), .content = 1 };
	wire_change(&m, &change);
	put(w, &m);
	for (unsigned i = 0; i < packages; i++) {
		struct pkg_record p = { .name = bytes_str(name), .version = BYTES_LIT("1") };
		wire_package(&m, 1, &p);
		put(w, &m);
	}
	struct layer_done d = { .code = code, .text = "", .diff_id = *diff_id, .raw = 77 };
	wire_done(&m, &d);
	put(w, &m);
	return w;
}

/* The name of the layer's first package, or "" when the cache does not have it. */
static void load_name(struct cache *c, const struct digest *diff_id, const struct layer_work *work,
		      char out[static 64])
{
	struct layer_facts facts = { 0 };
	struct fact_store st;
	out[0] = '\0';
	fact_store_init(&st);
	if (cache_load_layer(c, diff_id, work, &facts, &st)) {
		assert_true(facts.done && facts.raw == 77);
		(void)snprintf(out, 64, "%s", facts.packages[0].name);
	} else {
		assert_int_equal(facts.package_count, 0);
	}
	layer_facts_free(&facts);
	fact_store_free(&st);
}

static void check_layer(struct cache *c, const struct digest *diff_id,
			const struct layer_work *work, const char *name)
{
	char got[64];
	load_name(c, diff_id, work, got);
	assert_string_equal(got, name);
}

static void a_layer_comes_back_whole(void **state)
{
	struct fixture *f = *state;
	check_layer(f->cache, &D1, &no_extras, "");
	cache_write_commit(write_layer(f->cache, "bash", 1, &D1, ERR_NONE), &D1, &no_extras);
	cache_write_commit(write_layer(f->cache, "other", 30000, &D2, ERR_NONE), &D2, &no_extras);
	check_layer(f->cache, &D1, &no_extras, "bash");
	check_layer(f->cache, &D2, &no_extras, "other");
	check_layer(f->cache, &D3, &no_extras, "");
}

static void an_aborted_layer_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	char path[128];
	cache_write_abort(write_layer(f->cache, "bash", 3, &D1, ERR_NONE));
	check_layer(f->cache, &D1, &no_extras, "");
	(void)snprintf(path, sizeof path, "%s/layer", f->dir);
	assert_int_equal(rmdir(path), 0); /* empty */
	assert_int_equal(mkdir(path, 0700), 0);
}

static void a_layer_that_was_read_for_other_paths_is_another_entry(void **state)
{
	static const struct extra_path one = { { (const uint8_t *)"a", 1 },
					       { (const uint8_t *)"b", 1 } };
	static const struct extra_path other = { { (const uint8_t *)"a", 1 },
						 { (const uint8_t *)"c", 1 } };
	static const struct extra_path glued = { { (const uint8_t *)"ab", 2 },
						 { (const uint8_t *)"", 0 } };
	const struct layer_work v1 = { .extras = &one, .extra_count = 1 },
				v2 = { .extras = &other, .extra_count = 1 },
				v3 = { .extras = &glued, .extra_count = 1 };
	struct fixture *f = *state;
	cache_write_commit(write_layer(f->cache, "plain", 1, &D1, ERR_NONE), &D1, &no_extras);
	cache_write_commit(write_layer(f->cache, "one", 1, &D1, ERR_NONE), &D1, &v1);
	check_layer(f->cache, &D1, &no_extras, "plain");
	check_layer(f->cache, &D1, &v1, "one");
	check_layer(f->cache, &D1, &v2, "");
	check_layer(f->cache, &D1, &v3, "");
}

static void a_layer_that_was_read_for_other_families_is_another_entry(void **state)
{
	const struct layer_work packages = { .families = FAMILY_VULNERABILITY },
				secrets = { .families = FAMILY_SECRET },
				other_rules = { .families = FAMILY_SECRET,
						.rules = { .sha256 = { 1 } } },
				locks = { .families = FAMILY_VULNERABILITY, .locks = true };
	struct fixture *f = *state;
	cache_write_commit(write_layer(f->cache, "one", 1, &D1, ERR_NONE), &D1, &packages);
	cache_write_commit(write_layer(f->cache, "two", 1, &D1, ERR_NONE), &D1, &secrets);
	check_layer(f->cache, &D1, &packages, "one");
	check_layer(f->cache, &D1, &secrets, "two");
	check_layer(f->cache, &D1, &other_rules, "");
	check_layer(f->cache, &D1, &locks, "");
}

static void an_entry_under_another_layers_name_is_not_believed(void **state)
{
	struct fixture *f = *state;
	cache_write_commit(write_layer(f->cache, "bash", 1, &D2, ERR_NONE), &D1, &no_extras);
	check_layer(f->cache, &D1, &no_extras, "");
	/* One that was not read whole. */
	cache_write_commit(write_layer(f->cache, "bash", 1, &D3, ERR_TRUNCATED), &D3, &no_extras);
	check_layer(f->cache, &D3, &no_extras, "");
}

/* The only entry of a kind. */
static void entry_path(const struct fixture *f, const char *kind, char out[static 512])
{
	char dir[128];
	unsigned found = 0;
	(void)snprintf(dir, sizeof dir, "%s/%s", f->dir, kind);
	DIR *d = opendir(dir);
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		if (e->d_name[0] == '.')
			continue;
		found++;
		(void)snprintf(out, 512, "%s/%s", dir, e->d_name);
	}
	(void)closedir(d);
	assert_int_equal(found, 1);
}

static size_t read_bytes(const char *path, uint8_t *out, size_t cap)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd_read_full(fd, out, cap);
	assert_true(n >= 0);
	return (size_t)n;
}

static void write_bytes(const char *path, const uint8_t *p, size_t n)
{
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(fd_write_full(fd, p, n), 0);
}

/* Cut at every byte, and changed at every byte: never believed, and gone. */
static void a_damaged_layer_is_dropped(void **state)
{
	struct fixture *f = *state;
	uint8_t whole[1024], damaged[1024];
	char path[512];
	cache_write_commit(write_layer(f->cache, "bash", 1, &D1, ERR_NONE), &D1, &no_extras);
	entry_path(f, "layer", path);
	size_t n = read_bytes(path, whole, sizeof whole);
	assert_true(n > 100 && n < sizeof whole);
	for (size_t i = 0; i < 2 * n; i++) {
		memcpy(damaged, whole, n);
		damaged[i % n] ^= 1;
		write_bytes(path, damaged, i < n ? n : i - n);
		check_layer(f->cache, &D1, &no_extras, "");
		assert_int_equal(access(path, F_OK), -1);
	}
	write_bytes(path, whole, n);
	check_layer(f->cache, &D1, &no_extras, "bash");
}

/* Its sum is right, but what it says is not: somebody wrote it. */
static void a_layer_with_wrong_messages_is_dropped(void **state)
{
	struct fixture *f = *state;
	cleanup_msg struct msg m = { 0 };
	char path[512];
	struct cache_writer *w = write_layer(f->cache, "bash", 1, &D1, ERR_NONE);
	wire_progress(&m, 1);
	put(w, &m); /* behind the end */
	cache_write_commit(w, &D1, &no_extras);
	entry_path(f, "layer", path);
	check_layer(f->cache, &D1, &no_extras, "");
	assert_int_equal(access(path, F_OK), -1);
	w = cache_write_begin(f->cache);
	cache_write_commit(w, &D2, &no_extras); /* no message at all */
	check_layer(f->cache, &D2, &no_extras, "");
}

/* --- blobs and files ----------------------------------------------------------------------- */

static void a_blobs_diff_id_is_remembered(void **state)
{
	struct fixture *f = *state;
	struct digest got = { 0 };
	char path[512];
	assert_false(cache_blob_known(f->cache, &D1, &got));
	cache_blob_learn(f->cache, &D1, &D2);
	assert_true(cache_blob_known(f->cache, &D1, &got));
	assert_true(digest_equal(&got, &D2));
	entry_path(f, "blob", path);
	for (size_t cut = 0; cut < 64; cut += 9) {
		uint8_t bytes[128];
		(void)read_bytes(path, bytes, sizeof bytes);
		write_bytes(path, bytes, cut);
		assert_false(cache_blob_known(f->cache, &D1, &got));
		cache_blob_learn(f->cache, &D1, &D2);
		assert_true(cache_blob_known(f->cache, &D1, &got));
	}
}

static struct file_part an_old_file(void)
{
	struct file_part p = { .st = { .st_dev = 1, .st_ino = 2, .st_size = 3 },
			       .seen_ns = INT64_C(1700000100) * 1000000000,
			       .offset = 5,
			       .length = 6 };
	p.st.st_mtim = p.st.st_ctim = (struct timespec){ .tv_sec = 1700000000, .tv_nsec = 4 };
	return p;
}

static void a_file_is_known_by_all_that_identifies_it(void **state)
{
	struct fixture *f = *state;
	struct digest blob = { 0 }, diff = { 0 };
	struct file_part p = an_old_file();
	cache_file_learn(f->cache, &p, &D1, &D2);
	assert_true(cache_file_known(f->cache, &p, &blob, &diff));
	assert_true(digest_equal(&blob, &D1) && digest_equal(&diff, &D2));
	for (unsigned i = 0; i < 9; i++) {
		struct file_part q = p;
		q.st.st_dev += i == 0;
		q.st.st_ino += i == 1;
		q.st.st_size += i == 2;
		q.st.st_mtim.tv_sec += i == 3;
		q.st.st_mtim.tv_nsec += i == 4;
		q.st.st_ctim.tv_sec += i == 5;
		q.st.st_ctim.tv_nsec += i == 6;
		q.offset += i == 7;
		q.length += i == 8;
		assert_false(cache_file_known(f->cache, &q, &blob, &diff));
	}
}

/* Its times could hide a further change within the same tick of the clock. */
static void a_file_that_changed_a_moment_ago_is_not_learned(void **state)
{
	struct fixture *f = *state;
	struct digest blob, diff;
	static const struct {
		int64_t age_ns;
		bool learned;
	} cases[] = { { -1000000000, false },
		      { 0, false },
		      { 1000000, false },
		      { 10000000, false },
		      { 1000000000, true } };
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct file_part p = an_old_file();
		p.offset = i;
		p.seen_ns = p.st.st_ctim.tv_sec * INT64_C(1000000000) + p.st.st_ctim.tv_nsec +
			    cases[i].age_ns;
		cache_file_learn(f->cache, &p, &D1, &D2);
		assert_int_equal(cache_file_known(f->cache, &p, &blob, &diff), cases[i].learned);
	}
}

/* --- the directory ----------------------------------------------------------------------------- */

static void a_directory_that_others_can_write_is_not_used(void **state)
{
	static const mode_t modes[] = { 0770, 0702, 0777 };
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
		struct cache *c = NULL;
		struct error err = { 0 };
		assert_int_equal(chmod(f->dir, modes[i]), 0);
		cache_open(f->dir, &c, &err);
		assert_null(c);
		assert_int_equal(err.code, ERR_PERMISSION);
	}
	assert_int_equal(chmod(f->dir, 0755), 0);
	struct cache *c = NULL;
	struct error err = { 0 };
	cache_open(f->dir, &c, &err);
	assert_non_null(c);
	cache_close(c);
}

static void a_directory_of_another_user_is_not_used(void **state)
{
	struct fixture *f = *state;
	struct cache *c = NULL;
	struct error err = { 0 };
	if (geteuid() != 0)
		skip(); /* only root can give a directory away */
	assert_int_equal(chown(f->dir, 65534, 65534), 0);
	cache_open(f->dir, &c, &err);
	assert_null(c);
	assert_int_equal(err.code, ERR_PERMISSION);
	assert_int_equal(chown(f->dir, 0, 0), 0);
}

static void a_file_where_the_directory_belongs_is_an_error(void **state)
{
	struct fixture *f = *state;
	char path[128];
	struct cache *c = NULL;
	struct error err = { 0 };
	(void)snprintf(path, sizeof path, "%s/deep/file", f->base);
	write_bytes(path, (const uint8_t *)"x", 1);
	cache_open(path, &c, &err);
	assert_null(c);
	assert_true(err.code != ERR_NONE);
	assert_int_equal(unlink(path), 0);
}

static void the_default_place_follows_the_environment(void **state)
{
	struct fixture *f = *state;
	struct cache *c = NULL;
	struct error err = { 0 };
	char path[256];
	assert_int_equal(setenv("XDG_CACHE_HOME", f->base, 1), 0);
	cache_open(NULL, &c, &err);
	assert_non_null(c);
	cache_close(c);
	(void)snprintf(path, sizeof path, "%s/corten/layer", f->base);
	assert_int_equal(rmdir(path), 0);
	(void)snprintf(path, sizeof path, "%s/corten", f->base);
	remove_below(path);
	assert_int_equal(unsetenv("XDG_CACHE_HOME"), 0);
	assert_int_equal(unsetenv("HOME"), 0);
	cache_open(NULL, &c, &err);
	assert_null(c);
	assert_int_equal(err.code, ERR_NOT_FOUND);
}

static void without_a_cache_nothing_is_found_and_nothing_is_kept(void **state)
{
	struct digest a, b;
	struct file_part p = an_old_file();
	(void)state;
	assert_null(cache_write_begin(NULL));
	put(NULL, &(struct msg){ 0 });
	cache_write_commit(NULL, &D1, &no_extras);
	cache_write_abort(NULL);
	check_layer(NULL, &D1, &no_extras, "");
	cache_blob_learn(NULL, &D1, &D2);
	assert_false(cache_blob_known(NULL, &D1, &a));
	cache_file_learn(NULL, &p, &D1, &D2);
	assert_false(cache_file_known(NULL, &p, &a, &b));
	cache_close(NULL);
}

/* --- several processes -------------------------------------------------------------------------- */

/* Writes the layer again and again, with names that tell who and when. */
static void write_many(const char *dir, unsigned who)
{
	struct cache *c = NULL;
	char name[64];
	cache_open(dir, &c, NULL);
	for (unsigned i = 0; c != NULL && i < 100; i++) {
		(void)snprintf(name, sizeof name, "writer%u-%u", who, i);
		struct cache_writer *w = write_layer(c, name, 1 + i * 7, &D1, ERR_NONE);
		if (i % 5 == 4)
			cache_write_abort(w);
		else
			cache_write_commit(w, &D1, &no_extras);
		cache_blob_learn(c, &D1, &D2);
	}
	_exit(c == NULL);
}

static void processes_that_write_at_once_never_spoil_an_entry(void **state)
{
	enum { WRITERS = 4 };
	struct fixture *f = *state;
	pid_t pids[WRITERS];
	char name[64], path[512];
	unsigned running = WRITERS, seen = 0;
	for (unsigned i = 0; i < WRITERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			write_many(f->dir, i);
		assert_true(pids[i] > 0);
	}
	while (running > 0) {
		int status;
		pid_t ended = waitpid(-1, &status, WNOHANG);
		if (ended > 0) {
			assert_int_equal(status, 0);
			running--;
		}
		load_name(f->cache, &D1, &no_extras, name);
		assert_true(name[0] == '\0' ? seen == 0 : strncmp(name, "writer", 6) == 0);
		seen += name[0] != '\0';
	}
	assert_true(seen > 0);
	entry_path(f, "layer", path); /* one entry, nothing temporary */
	entry_path(f, "blob", path);
}

#define CACHE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CACHE_TEST(a_layer_comes_back_whole),
		CACHE_TEST(an_aborted_layer_leaves_nothing),
		CACHE_TEST(a_layer_that_was_read_for_other_paths_is_another_entry),
		CACHE_TEST(a_layer_that_was_read_for_other_families_is_another_entry),
		CACHE_TEST(an_entry_under_another_layers_name_is_not_believed),
		CACHE_TEST(a_damaged_layer_is_dropped),
		CACHE_TEST(a_layer_with_wrong_messages_is_dropped),
		CACHE_TEST(a_blobs_diff_id_is_remembered),
		CACHE_TEST(a_file_is_known_by_all_that_identifies_it),
		CACHE_TEST(a_file_that_changed_a_moment_ago_is_not_learned),
		CACHE_TEST(a_directory_that_others_can_write_is_not_used),
		CACHE_TEST(a_directory_of_another_user_is_not_used),
		CACHE_TEST(a_file_where_the_directory_belongs_is_an_error),
		CACHE_TEST(the_default_place_follows_the_environment),
		CACHE_TEST(without_a_cache_nothing_is_found_and_nothing_is_kept),
		CACHE_TEST(processes_that_write_at_once_never_spoil_an_entry),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
