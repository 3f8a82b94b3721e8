/* One alert for equal events, its life cycle, and what stays of it. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "alert/alert.h"

static char folder[64], empty[] = "";

static int make_folder(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof folder, "/tmp/corten-alerts-XXXXXX");
	return mkdtemp(folder) == NULL ? -1 : 0;
}

static void path_of(const char *name, char out[static 128])
{
	(void)snprintf(out, 128, "%s/%s", folder, name);
}

static int remove_folder(void **state)
{
	char path[128];
	(void)state;
	path_of("alerts.log", path);
	(void)unlink(path);
	path_of("alerts.log.damaged", path);
	(void)unlink(path);
	return rmdir(folder);
}

static struct alerts *open_alerts(size_t most)
{
	struct alerts *a = NULL;
	struct error err = { 0 };
	if (alerts_open(folder, most, &a, &err) < 0)
		fail_msg("%s", err.text);
	return a;
}

/* An occurrence of rule R's item on object, at that second. */
static const struct alert *add(struct alerts *a, const char *object, uint64_t when, bool *ret_fresh)
{
	char rule[] = "R", item[] = "mount", text[256];
	const struct alert *ret = NULL;
	struct error err = { 0 };
	(void)snprintf(text, sizeof text, "%s", object);
	struct alert what = { .first = when * 1000000000u,
			      .last = when * 1000000000u,
			      .rule = rule,
			      .item = item,
			      .title = empty,
			      .outcome = when % 2 == 0 ? rule : item,
			      .object = text };
	if (alerts_add(a, &what, &ret, ret_fresh, &err) < 0)
		fail_msg("%s", err.text);
	return ret;
}

static size_t count(const struct alerts *a)
{
	size_t i = 0, n = 0;
	while (alerts_next(a, &i) != NULL)
		n++;
	return n;
}

static void a_thousand_equal_events_are_one_alert(void **state)
{
	struct alerts *a = open_alerts(100);
	const struct alert *last = NULL;
	struct error err = { 0 };
	bool fresh;
	size_t was_fresh = 0;
	char id[17];
	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		last = add(a, "/etc/passwd", 1000 + i, &fresh);
		was_fresh += fresh;
	}
	assert_int_equal(was_fresh, 1);
	assert_int_equal(last->count, 1000);
	assert_int_equal(last->first, 1000000000000);
	assert_int_equal(last->last, 1999000000000);
	(void)add(a, "/etc/shadow", 5, &fresh);
	assert_true(fresh);
	assert_int_equal(count(a), 2);
	memcpy(id, last->id, sizeof id);
	assert_int_equal(alerts_flush(a, &err), 0);
	alerts_close(a);
	a = open_alerts(100); /* stable over restarts */
	last = alerts_find(a, id, &err);
	assert_non_null(last);
	assert_int_equal(last->count, 1000);
	assert_int_equal(last->last, 1999000000000);
	assert_int_equal(alerts_damaged(a), 0);
	last = add(a, "/etc/passwd", 3000, &fresh);
	assert_false(fresh);
	assert_int_equal(last->count, 1001);
	alerts_close(a);
}

static void parts_of_the_key_do_not_run_into_each_other(void **state)
{
	struct alerts *a = open_alerts(100);
	char ab[] = "ab", c[] = "c", one[] = "a", bc[] = "bc";
	const struct alert *x, *y;
	struct alert first = { .object = ab, .process = c },
		     second = { .object = one, .process = bc };
	struct error err = { 0 };
	bool fresh;
	(void)state;
	assert_int_equal(alerts_add(a, &first, &x, &fresh, &err), 0);
	assert_int_equal(alerts_add(a, &second, &y, &fresh, &err), 0);
	assert_true(fresh && x != y);
	alerts_close(a);
}

static void the_newest_come_first(void **state)
{
	struct alerts *a = open_alerts(100);
	size_t i = 0;
	bool fresh;
	(void)state;
	(void)add(a, "/1", 10, &fresh);
	(void)add(a, "/2", 30, &fresh);
	(void)add(a, "/3", 20, &fresh);
	(void)add(a, "/1", 25, &fresh);
	assert_string_equal(alerts_next(a, &i)->object, "/2");
	assert_string_equal(alerts_next(a, &i)->object, "/1");
	assert_string_equal(alerts_next(a, &i)->object, "/3");
	assert_null(alerts_next(a, &i));
	alerts_close(a);
}

static const struct {
	enum alert_state from, to;
	bool may;
} steps[] = {
	{ ALERT_NEW, ALERT_HANDLING, true },
	{ ALERT_NEW, ALERT_HANDLED, true },
	{ ALERT_NEW, ALERT_IGNORED, true },
	{ ALERT_NEW, ALERT_WHITELISTED, true },
	{ ALERT_NEW, ALERT_NEW, false },
	{ ALERT_HANDLING, ALERT_HANDLING, true },
	{ ALERT_HANDLING, ALERT_HANDLED, true },
	{ ALERT_HANDLING, ALERT_NEW, true },
	{ ALERT_HANDLED, ALERT_HANDLED, false },
	{ ALERT_HANDLED, ALERT_IGNORED, false },
	{ ALERT_HANDLED, ALERT_NEW, true },
	{ ALERT_IGNORED, ALERT_HANDLED, false },
	{ ALERT_IGNORED, ALERT_NEW, true },
	{ ALERT_WHITELISTED, ALERT_NEW, true },
	{ ALERT_WHITELISTED, ALERT_IGNORED, false },
};

static void the_life_cycle_is_kept(void **state)
{
	struct alerts *a = open_alerts(100);
	struct error err = { 0 };
	bool fresh;
	(void)state;
	for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
		char object[16];
		(void)snprintf(object, sizeof object, "/%zu", i);
		const struct alert *x = add(a, object, 1, &fresh);
		if (steps[i].from != ALERT_NEW)
			assert_int_equal(alerts_handle(a, x->id, steps[i].from, "u", "", &err), 0);
		int r = alerts_handle(a, x->id, steps[i].to, "ann", "a note", &err);
		if ((r == 0) != steps[i].may)
			fail_msg("%s to %s", alert_state_name(steps[i].from),
				 alert_state_name(steps[i].to));
		assert_int_equal(x->state, steps[i].may ? steps[i].to : steps[i].from);
		assert_string_equal(x->user, steps[i].may            ? "ann"
					     : x->state == ALERT_NEW ? ""
								     : "u");
	}
	assert_int_equal(alerts_handle(a, "0000", ALERT_NEW, "", "", &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	alerts_close(a);
	a = open_alerts(100);
	const struct alert *x = add(a, "/0", 2, &fresh);
	assert_int_equal(x->state, ALERT_HANDLING);
	assert_string_equal(x->note, "a note");
	alerts_close(a);
}

static void what_was_handled_is_new_when_it_happens_again_and_what_was_ignored_is_not(void **state)
{
	struct alerts *a = open_alerts(100);
	struct error err = { 0 };
	bool fresh;
	(void)state;
	const struct alert *x = add(a, "/1", 1, &fresh);
	assert_int_equal(alerts_handle(a, x->id, ALERT_HANDLED, "u", "", &err), 0);
	x = add(a, "/1", 2, &fresh);
	assert_true(fresh);
	assert_int_equal(x->state, ALERT_NEW);
	assert_int_equal(x->count, 2);
	assert_int_equal(alerts_handle(a, x->id, ALERT_IGNORED, "u", "", &err), 0);
	x = add(a, "/1", 3, &fresh);
	assert_false(fresh);
	assert_int_equal(x->state, ALERT_IGNORED);
	alerts_close(a);
}

static void an_alert_is_found_by_the_beginning_of_its_id(void **state)
{
	struct alerts *a = open_alerts(100);
	struct error err = { 0 };
	bool fresh;
	char part[8];
	(void)state;
	const struct alert *x = add(a, "/1", 1, &fresh);
	(void)snprintf(part, sizeof part, "%.6s", x->id);
	assert_ptr_equal(alerts_find(a, part, &err), x);
	part[3] = '\0';
	assert_null(alerts_find(a, part, &err));
	alerts_close(a);
}

static void beyond_the_limit_handled_and_quiet_ones_go(void **state)
{
	struct alerts *a = open_alerts(80);
	struct error err = { 0 };
	bool fresh;
	char ignored[17], handled[17];
	(void)state;
	const struct alert *x = add(a, "/ignored", 1, &fresh);
	memcpy(ignored, x->id, sizeof ignored);
	assert_int_equal(alerts_handle(a, x->id, ALERT_IGNORED, "u", "", &err), 0);
	x = add(a, "/handled", 500, &fresh);
	memcpy(handled, x->id, sizeof handled);
	assert_int_equal(alerts_handle(a, x->id, ALERT_HANDLED, "u", "", &err), 0);
	for (uint64_t i = 0; i < 79; i++) {
		char object[16];
		(void)snprintf(object, sizeof object, "/%llu", (unsigned long long)i);
		(void)add(a, object, 100 + i, &fresh);
	}
	assert_int_equal(count(a), 71); /* 80, less ten, and the one */
	assert_int_equal(alerts_dropped(a), 10);
	assert_null(alerts_find(a, handled, &err));
	size_t i = 0;
	assert_string_equal(alerts_next(a, &i)->object, "/78");
	alerts_close(a);
	a = open_alerts(80);
	assert_int_equal(count(a), 71);
	alerts_close(a);
}

/* --- the file ------------------------------------------------------------------------------ */

static void change_file(bool cut)
{
	char path[128];
	struct stat st;
	path_of("alerts.log", path);
	cleanup_close int fd = open(path, O_RDWR | O_CLOEXEC);
	assert_int_equal(fstat(fd, &st), 0);
	if (cut)
		assert_int_equal(ftruncate(fd, st.st_size - 5), 0);
	else
		assert_int_equal(pwrite(fd, "rot", 3, st.st_size / 2), 3);
}

static void a_damaged_line_costs_one_alert_and_is_told(void **state)
{
	(void)state;
	for (int cut = 0; cut < 2; cut++) {
		char path[128];
		bool fresh;
		path_of("alerts.log", path);
		(void)unlink(path);
		struct alerts *a = open_alerts(100);
		(void)add(a, "/1", 1, &fresh);
		(void)add(a, "/2", 2, &fresh);
		(void)add(a, "/3", 3, &fresh);
		alerts_close(a);
		change_file(cut);
		a = open_alerts(100);
		assert_int_equal(count(a), 2);
		assert_int_equal(alerts_damaged(a), 1);
		path_of("alerts.log.damaged", path);
		assert_int_equal(access(path, F_OK), 0);
		alerts_close(a);
		a = open_alerts(100);
		assert_int_equal(alerts_damaged(a), 0); /* written anew */
		alerts_close(a);
	}
}

static void a_killed_agent_loses_no_alert(void **state)
{
	bool fresh;
	struct alerts *a = open_alerts(100), *b;
	(void)state;
	(void)add(a, "/1", 1, &fresh);
	(void)add(a, "/1", 2, &fresh);
	b = open_alerts(100); /* while the first has flushed nothing */
	assert_int_equal(count(b), 1);
	alerts_close(b);
	alerts_close(a);
}

static void the_log_stays_small_whatever_happens(void **state)
{
	bool fresh;
	char path[128];
	struct stat st;
	struct error err = { 0 };
	struct alerts *a = open_alerts(100);
	(void)state;
	for (uint64_t i = 0; i < 20000; i++) {
		char object[16];
		(void)snprintf(object, sizeof object, "/%llu", (unsigned long long)i % 10);
		(void)add(a, object, i, &fresh);
		assert_int_equal(i % 2 == 0 ? alerts_flush(a, &err) : 0, 0);
	}
	path_of("alerts.log", path);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size < 2 * 1024 * 1024);
	alerts_close(a);
	a = open_alerts(100);
	assert_int_equal(count(a), 10);
	size_t i = 0;
	assert_int_equal(alerts_next(a, &i)->count, 2000);
	alerts_close(a);
}

static void a_full_disk_keeps_no_alert_from_people(void **state)
{
	struct rlimit old, small;
	struct error err = { 0 };
	bool fresh;
	(void)state;
	struct alerts *a = open_alerts(100);
	const struct alert *x = add(a, "/1", 1, &fresh);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){ 300, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	(void)add(a, "/2", 2, &fresh);
	assert_true(fresh);
	assert_int_equal(alerts_flush(a, &err), -1);
	assert_int_equal(alerts_handle(a, x->id, ALERT_HANDLED, "u", "", &err), -1);
	assert_int_equal(x->state, ALERT_NEW);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(alerts_flush(a, &err), 0);
	struct alerts *b = open_alerts(100);
	assert_int_equal(count(b), 2);
	assert_int_equal(alerts_damaged(b), 0);
	alerts_close(b);
	alerts_close(a);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		TEST(a_thousand_equal_events_are_one_alert),
		TEST(parts_of_the_key_do_not_run_into_each_other),
		TEST(the_newest_come_first),
		TEST(the_life_cycle_is_kept),
		TEST(what_was_handled_is_new_when_it_happens_again_and_what_was_ignored_is_not),
		TEST(an_alert_is_found_by_the_beginning_of_its_id),
		TEST(beyond_the_limit_handled_and_quiet_ones_go),
		TEST(a_damaged_line_costs_one_alert_and_is_told),
		TEST(a_killed_agent_loses_no_alert),
		TEST(the_log_stays_small_whatever_happens),
		TEST(a_full_disk_keeps_no_alert_from_people),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
