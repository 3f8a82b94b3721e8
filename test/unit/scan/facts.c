/* What the parent keeps of a layer: every message once checked, none behind the
 * end, and never more than its limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scan/facts.h"

struct fixture {
	struct fact_store st;
	struct layer_facts facts;
	struct msg msg;
};

static int setup(void **state)
{
	static struct fixture f;
	f = (struct fixture){ 0 };
	fact_store_init(&f.st);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	layer_facts_free(&f->facts);
	fact_store_free(&f->st);
	msg_free(&f->msg);
	return 0;
}

static enum error_code take(struct fixture *f)
{
	struct msg_reader r = { .c = cursor_of(buf_view(&f->msg.payload)), .type = f->msg.type };
	struct error err = { 0 };
	(void)layer_facts_take(&f->facts, &f->st, &r, &err);
	return err.code;
}

static void put_change(struct fixture *f, const char *path)
{
	struct layer_change c = { .kind = CHANGE_FILE, .path = bytes_str(path), .content = 1 };
	wire_change(&f->msg, &c);
}

static void put_package(struct fixture *f, const char *name)
{
	struct pkg_record p = { .type = PKG_DEB, .name = bytes_str(name) };
	wire_package(&f->msg, 1, &p);
}

static void put_done(struct fixture *f)
{
	struct layer_done d = { .text = "", .raw = 5, .entries = 6, .diff_id = { { 1 } } };
	wire_done(&f->msg, &d);
}

static void facts_outlive_their_messages(void **state)
{
	struct fixture *f = *state;
	struct os_facts os = { .id = BYTES_LIT("alpine"), .rank = 2 };
	struct layer_problem p = { .code = ERR_LIMIT,
				   .what = BYTES_LIT("w"),
				   .text = BYTES_LIT("t") };
	put_change(f, "etc/os-release");
	assert_int_equal(take(f), ERR_NONE);
	put_package(f, "bash");
	assert_int_equal(take(f), ERR_NONE);
	wire_os(&f->msg, 1, &os);
	assert_int_equal(take(f), ERR_NONE);
	wire_problem(&f->msg, &p);
	assert_int_equal(take(f), ERR_NONE);
	put_done(f);
	assert_int_equal(take(f), ERR_NONE);
	memset(f->msg.payload.p, 0xff, f->msg.payload.n);
	assert_true(bytes_equal(f->facts.changes[0].path, BYTES_LIT("etc/os-release")));
	assert_string_equal(f->facts.packages[0].name, "bash");
	assert_string_equal(f->facts.packages[0].version, "");
	assert_string_equal(f->facts.os[0].id, "alpine");
	assert_int_equal(f->facts.os[0].rank, 2);
	assert_int_equal(f->facts.problems[0].code, ERR_LIMIT);
	assert_string_equal(f->facts.problems[0].what, "w");
	assert_true(f->facts.done && f->facts.raw == 5 && f->facts.entries == 6);
	assert_int_equal(f->facts.diff_id.sha256[0], 1);
}

static void equal_strings_are_kept_once(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 100; i++) {
		put_package(f, "name");
		assert_int_equal(take(f), ERR_NONE);
	}
	assert_ptr_equal(f->facts.packages[0].name, f->facts.packages[99].name);
}

static void nothing_may_follow_the_end(void **state)
{
	struct fixture *f = *state;
	put_done(f);
	assert_int_equal(take(f), ERR_NONE);
	put_change(f, "a");
	assert_int_equal(take(f), ERR_PROTOCOL);
	put_done(f);
	assert_int_equal(take(f), ERR_PROTOCOL);
	assert_int_equal(f->facts.change_count, 0);
}

static void messages_of_other_jobs_are_refused(void **state)
{
	static const uint16_t types[] = { 0,
					  MSG_LAYER_JOB,
					  MSG_DOC_PART,
					  MSG_DOC_PARSE,
					  MSG_LIST_ARCHIVE,
					  MSG_PROGRESS,
					  MSG_DOC_RECORD,
					  MSG_MEMBER,
					  MSG_ANSWER,
					  UINT16_MAX };
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		put_change(f, "a");
		f->msg.type = types[i];
		assert_int_equal(take(f), ERR_PROTOCOL);
	}
}

static void packages_come_in_the_order_of_their_files(void **state)
{
	struct fixture *f = *state;
	struct pkg_record p = { .type = PKG_DEB, .name = BYTES_LIT("x") };
	struct os_facts os = { .id = BYTES_LIT("debian") };
	static const uint32_t contents[] = { 2, 2, 7 };
	size_t n;
	for (size_t i = 0; i < 3; i++) {
		wire_package(&f->msg, contents[i], &p);
		assert_int_equal(take(f), ERR_NONE);
		wire_os(&f->msg, contents[i], &os);
		assert_int_equal(take(f), ERR_NONE);
	}
	assert_ptr_equal(layer_packages(&f->facts, 2, &n), &f->facts.packages[0]);
	assert_int_equal(n, 2);
	assert_ptr_equal(layer_systems(&f->facts, 7, &n), &f->facts.os[2]);
	assert_int_equal(n, 1);
	(void)layer_packages(&f->facts, 3, &n);
	assert_int_equal(n, 0);
	(void)layer_systems(&f->facts, 8, &n);
	assert_int_equal(n, 0);
	wire_package(&f->msg, 6, &p);
	assert_int_equal(take(f), ERR_PROTOCOL);
	wire_os(&f->msg, 6, &os);
	assert_int_equal(take(f), ERR_PROTOCOL);
}

static void a_damaged_message_is_refused(void **state)
{
	struct fixture *f = *state;
	static const uint16_t types[] = { MSG_CHANGE, MSG_PACKAGE, MSG_OS, MSG_PROBLEM,
					  MSG_LAYER_DONE };
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		put_change(f, "a");
		f->msg.payload.n = 3;
		f->msg.type = types[i];
		assert_int_equal(take(f), ERR_PROTOCOL);
	}
	assert_false(f->facts.done);
}

static void packages_of_all_layers_are_counted(void **state)
{
	struct fixture *f = *state;
	f->st.packages = LIMIT_PACKAGES - 1;
	put_package(f, "last");
	assert_int_equal(take(f), ERR_NONE);
	put_package(f, "one too many");
	assert_int_equal(take(f), ERR_LIMIT);
}

static void changes_of_all_layers_are_counted(void **state)
{
	struct fixture *f = *state;
	f->st.changes = LIMIT_CHANGES - 1;
	put_change(f, "last");
	assert_int_equal(take(f), ERR_NONE);
	put_package(f, "is no change");
	assert_int_equal(take(f), ERR_NONE);
	put_change(f, "one too many");
	assert_int_equal(take(f), ERR_LIMIT);
}

static void the_memory_of_a_scan_has_an_end(void **state)
{
	struct fixture *f = *state;
	enum error_code code = ERR_NONE;
	char name[32];
	int n = 0;
	f->st.arena.max = 64 * KIB;
	for (; code == ERR_NONE && n < 100000; n++) {
		(void)snprintf(name, sizeof name, "package %d", n);
		put_package(f, name);
		code = take(f);
	}
	assert_int_equal(code, ERR_LIMIT);
	assert_true(n > 100);
}

#define FACTS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FACTS_TEST(facts_outlive_their_messages),
		FACTS_TEST(equal_strings_are_kept_once),
		FACTS_TEST(nothing_may_follow_the_end),
		FACTS_TEST(messages_of_other_jobs_are_refused),
		FACTS_TEST(packages_come_in_the_order_of_their_files),
		FACTS_TEST(a_damaged_message_is_refused),
		FACTS_TEST(packages_of_all_layers_are_counted),
		FACTS_TEST(changes_of_all_layers_are_counted),
		FACTS_TEST(the_memory_of_a_scan_has_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
