/* Marks of inodes and programs, with a table in the kernel's place. */
#include "agent/marks.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { FILES = 4 };

/* What the kernel would hold, and the least that each file ever had while it was looked at. */
struct kernel {
	struct marks m;
	ino_t ino[FILES];
	struct guard_protect mark[FILES];
	uint64_t least[FILES]; /* of below */
	uint64_t trusted, interpreter;
	unsigned calls;
	bool full;
	char dir[32];
};

static int on_protect(void *ctx, int inode, const struct guard_protect *p, struct error *err)
{
	struct kernel *k = ctx;
	struct stat st;
	assert_int_equal(fstat(inode, &st), 0);
	k->calls++;
	if (k->full)
		return error_set(err, ERR_LIMIT, "full");
	for (size_t i = 0; i < FILES; i++)
		if (k->ino[i] == st.st_ino) {
			k->mark[i] = *p;
			k->least[i] &= p->below;
		}
	return 0;
}

static int on_program(void *ctx, enum program_kind kind, const struct guard_file_id *id,
		      uint64_t bits, struct error *err)
{
	struct kernel *k = ctx;
	(void)id, (void)err;
	*(kind == PROGRAM_TRUSTED ? &k->trusted : &k->interpreter) = bits;
	return 0;
}

static const char *file_of(const struct kernel *k, size_t i, char out[64])
{
	(void)snprintf(out, 64, "%s/%zu", k->dir, i);
	return out;
}

static int setup(void **state)
{
	struct kernel *k = calloc(1, sizeof *k);
	struct stat st;
	char path[64];
	if (k == NULL)
		return -1;
	(void)snprintf(k->dir, sizeof k->dir, "/tmp/corten-marks-XXXXXX");
	if (mkdtemp(k->dir) == NULL)
		return -1;
	for (size_t i = 0; i < FILES; i++) {
		int fd = open(file_of(k, i, path), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd < 0 || fstat(fd, &st) != 0)
			return -1;
		k->ino[i] = st.st_ino;
		(void)close(fd);
	}
	k->m.to = (struct mark_events){ on_protect, on_program, k };
	*state = k;
	return 0;
}

static int teardown(void **state)
{
	struct kernel *k = *state;
	char path[64];
	marks_free(&k->m);
	for (size_t i = 0; i < FILES; i++)
		(void)unlink(file_of(k, i, path));
	(void)rmdir(k->dir);
	free(k);
	return 0;
}

static int add(struct kernel *k, uint32_t container, size_t file, uint64_t below)
{
	char path[64];
	struct error err = { 0 };
	struct guard_protect p = { .below = below };
	return marks_add(&k->m, container, open(file_of(k, file, path), O_PATH | O_CLOEXEC), &p,
			 &err);
}

static int end(struct kernel *k)
{
	struct error err = { 0 };
	return marks_end(&k->m, &err);
}

static void rules_change_and_no_inode_is_without_a_mark_between(void **state)
{
	struct kernel *k = *state;
	assert_int_equal(add(k, 1, 0, 1), 0);
	assert_int_equal(add(k, 1, 1, 1), 0);
	k->least[0] = k->least[1] = ~(uint64_t)0;
	marks_begin(&k->m);
	assert_int_equal(add(k, 1, 0, 2), 0);
	assert_int_equal(k->mark[0].below, 3); /* the old rule's policy still looks at it */
	assert_int_equal(add(k, 1, 2, 2), 0);
	assert_int_equal(end(k), 0);
	assert_int_equal(k->mark[0].below, 2);
	assert_int_equal(k->mark[1].below, 0);
	assert_int_equal(k->mark[2].below, 2);
	assert_int_equal(k->least[0], 2);
	assert_int_equal(k->m.count, 2);
}

static void the_same_rules_again_need_no_word_to_the_kernel(void **state)
{
	struct kernel *k = *state;
	assert_int_equal(add(k, 1, 0, 5), 0);
	unsigned before = k->calls;
	for (int i = 0; i < 100; i++) {
		marks_begin(&k->m);
		assert_int_equal(add(k, 1, 0, 5), 0);
		assert_int_equal(end(k), 0);
	}
	assert_int_equal(k->calls, before);
}

static void what_two_containers_name_stays_until_the_second_ends(void **state)
{
	struct kernel *k = *state;
	assert_int_equal(add(k, 1, 0, 1), 0);
	assert_int_equal(add(k, 2, 0, 4), 0);
	assert_int_equal(k->mark[0].below, 5);
	marks_release(&k->m, 1);
	assert_int_equal(k->mark[0].below, 4);
	marks_release(&k->m, 2);
	assert_int_equal(k->mark[0].below, 0);
	assert_int_equal(k->m.count, 0);
}

static void what_the_kernel_refused_is_tried_again(void **state)
{
	struct kernel *k = *state;
	k->full = true;
	assert_int_equal(add(k, 1, 0, 1), -1);
	k->full = false;
	assert_int_equal(add(k, 1, 0, 1), 0);
	assert_int_equal(k->mark[0].below, 1);
}

static void trust_changes_with_the_rules_and_ends_with_the_container(void **state)
{
	struct kernel *k = *state;
	struct guard_file_id id = { .dev = 1, .ino = 2 };
	struct error err = { 0 };
	assert_int_equal(marks_program(&k->m, PROGRAM_TRUSTED, 1, &id, 1, &err), 0);
	assert_int_equal(marks_program(&k->m, PROGRAM_INTERPRETER, 1, &id, 1, &err), 0);
	marks_begin(&k->m);
	assert_int_equal(marks_program(&k->m, PROGRAM_TRUSTED, 1, &id, 8, &err), 0);
	assert_int_equal(k->trusted, 9);
	assert_int_equal(end(k), 0);
	assert_int_equal(k->trusted, 8);
	assert_int_equal(k->interpreter, 1);
	marks_begin(&k->m);
	assert_int_equal(end(k), 0);
	assert_int_equal(k->trusted, 0); /* no rule trusts it any more */
	assert_int_equal(k->interpreter, 1);
	marks_release(&k->m, 1);
	assert_int_equal(k->interpreter, 0);
	assert_int_equal(k->m.program_count, 0);
}

static void a_descriptor_of_nothing_is_an_error(void **state)
{
	struct kernel *k = *state;
	struct guard_protect p = { .self = 1 };
	struct error err = { 0 };
	assert_int_equal(marks_add(&k->m, 1, -1, &p, &err), -1);
	assert_int_equal(k->m.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(rules_change_and_no_inode_is_without_a_mark_between),
		TEST(the_same_rules_again_need_no_word_to_the_kernel),
		TEST(what_two_containers_name_stays_until_the_second_ends),
		TEST(what_the_kernel_refused_is_tried_again),
		TEST(trust_changes_with_the_rules_and_ends_with_the_container),
		TEST(a_descriptor_of_nothing_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
