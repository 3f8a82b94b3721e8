/* Alerts and events as people see them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/guard_print.h"
#include "format/tree.h"

static const char alert[] =
	"{\"schema\":\"corten.alert/1\",\"id\":\"0123456789abcdef\",\"state\":\"handling\","
	"\"count\":1000,\"first\":\"2026-11-22T20:00:00.000000001Z\","
	"\"last\":\"2026-11-22T21:05:06.268967545Z\",\"rule_id\":\"guard/escape/release-agent\","
	"\"rule\":\"no escapes\",\"item\":\"release-agent\",\"title\":\"write to release_agent\","
	"\"technique\":\"T1611\",\"tactic\":\"privilege-escalation\",\"severity\":\"critical\","
	"\"outcome\":\"blocked\",\"container_id\":\"abcdefabcdefabcdef\",\"image\":\"nginx\","
	"\"object\":\"/x\\u001b[2J\",\"user\":\"ann\",\"note\":\"looks bad\","
	"\"tree\":[{\"pid\":812,\"name\":\"sh\",\"executable\":\"/bin/sh\",\"command_line\":"
	"\"sh -c x\"},{\"pid\":790,\"name\":\"nginx\",\"executable\":\"/usr/sbin/nginx\"}]}";

static const char exec_event[] =
	"{\"@timestamp\":\"2026-11-22T21:05:06.268967545Z\",\"event\":{\"kind\":\"event\","
	"\"action\":\"exec\"},\"container\":{\"name\":\"web-1\",\"image\":{}},\"process\":{\"pid\":"
	"812,\"name\":\"sh\",\"args\":[\"sh\",\"-c\",\"x\\ny\"]},\"file\":{\"path\":\"/bin/sh\"}}";

static const char item_event[] =
	"{\"@timestamp\":\"2026-11-22T21:05:06.268967545Z\",\"event\":{\"kind\":\"alert\","
	"\"action\":\"item\",\"outcome\":\"blocked\",\"provider\":\"cgroup-bpf\"},"
	"\"host\":{\"name\":\"n1\"},\"process\":{\"pid\":5,\"name\":\"curl\"},"
	"\"destination\":{\"ip\":\"169.254.169.254\",\"port\":80},"
	"\"rule\":{\"id\":\"guard/escape/metadata\"},\"threat\":{\"technique\":{\"id\":"
	"\"T1552.005\"}}}";

static const struct node *tree_of(const char *text, struct arena *arena)
{
	const struct node *n = NULL;
	struct error err = { 0 };
	if (yaml_parse(bytes_str(text), arena, &n, NULL, &err) < 0)
		fail_msg("%s", err.text);
	return n;
}

typedef int print_fn(const struct node *n, FILE *out, struct error *err);

static void prints(print_fn *print, const char *json, const char *expected)
{
	cleanup_arena struct arena arena = arena_max(MIB);
	cleanup_free char *text = NULL;
	size_t n = 0;
	struct error err = { 0 };
	FILE *out = open_memstream(&text, &n);
	assert_int_equal(print(tree_of(json, &arena), out, &err), 0);
	(void)fclose(out);
	assert_string_equal(text, expected);
}

static void an_alert_is_told_in_full_with_its_tree(void **state)
{
	(void)state;
	prints(alert_print, alert,
	       "0123456789abcdef  write to release_agent\n\n"
	       "  when         1000 times, from 2026-11-22 20:00:00 to 2026-11-22 21:05:06\n"
	       "  rule         no escapes\n"
	       "  item         guard/escape/release-agent\n"
	       "  severity     critical\n"
	       "  outcome      blocked\n"
	       "  container    abcdefabcdefabcdef\n"
	       "  image        nginx\n"
	       "  object       /x\\x1b[2J\n"
	       "  state        handling\n"
	       "  by           ann\n"
	       "  note         looks bad\n"
	       "  ATT&CK       T1611, privilege-escalation\n\n"
	       "  processes\n"
	       "    790 /usr/sbin/nginx\n"
	       "      \\_ 812 sh -c x\n");
}

static void an_event_is_one_line(void **state)
{
	(void)state;
	prints(event_print, exec_event,
	       "2026-11-22 21:05:06.268  exec  web-1  sh[812]  sh -c x\\x0ay\n");
	prints(event_print, item_event,
	       "2026-11-22 21:05:06.268  blocked  n1  curl[5]  169.254.169.254 port 80  "
	       "guard/escape/metadata T1552.005 by cgroup-bpf\n");
}

static void a_table_of_alerts_has_a_row_each(void **state)
{
	cleanup_arena struct arena arena = arena_max(MIB);
	cleanup_columns struct columns c = columns_of(ALERT_COLUMNS);
	cleanup_free char *text = NULL;
	size_t n = 0;
	struct error err = { 0 };
	(void)state;
	assert_int_equal(alert_print_head(&c, &err), 0);
	assert_int_equal(alert_print_row(&c, tree_of(alert, &arena), &err), 0);
	FILE *out = open_memstream(&text, &n);
	columns_print(&c, out);
	(void)fclose(out);
	assert_non_null(strstr(text, "01234567  2026-11-22 21:05:06  1000   critical  blocked "
				     "(handling)  guard/escape/release-agent  abcdefabcdef  "
				     "/x\\x1b[2J"));
}

static void lines_that_lack_everything_are_no_harm(void **state)
{
	cleanup_arena struct arena arena = arena_max(MIB);
	cleanup_columns struct columns c = columns_of(ALERT_COLUMNS);
	struct error err = { 0 };
	FILE *out = fopen("/dev/null", "w");
	(void)state;
	static const char *const lines[] = { "{}", "[]", "1", "{\"tree\":[1,[2]],\"event\":3}" };
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		const struct node *node = tree_of(lines[i], &arena);
		assert_int_equal(alert_print(node, out, &err), 0);
		assert_int_equal(event_print(node, out, &err), 0);
		assert_int_equal(alert_print_row(&c, node, &err), 0);
	}
	(void)fclose(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_alert_is_told_in_full_with_its_tree),
		cmocka_unit_test(an_event_is_one_line),
		cmocka_unit_test(a_table_of_alerts_has_a_row_each),
		cmocka_unit_test(lines_that_lack_everything_are_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
