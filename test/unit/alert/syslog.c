/* Messages as RFC 5424 has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "alert/alert.h"

static char rule[] = "a \"b\" [c] \\", item[] = "release-agent", title[] = "write to release_agent",
	    severity[] = "critical", outcome[] = "blocked", object[] = "/x\n\x1b[2J\xff",
	    technique[] = "T1611";
static const struct alert sample = { .id = "0123456789abcdef",
				     .count = 7,
				     .last = 1795377600123456789,
				     .rule = rule,
				     .item = item,
				     .title = title,
				     .severity = severity,
				     .technique = technique,
				     .outcome = outcome,
				     .object = object };

static void a_message_has_head_data_and_text(void **state)
{
	struct error err = { 0 };
	char expected[1024];
	cleanup_buf struct buf out = buf_max(MIB);
	(void)state;
	assert_int_equal(alert_syslog_text(&sample, "node 1", &out, &err), 0);
	(void)snprintf(expected, sizeof expected,
		       "<82>1 2026-11-22T20:00:00.123456Z node_1 corten-agent %d release-agent "
		       "[corten@32473 id=\"0123456789abcdef\" count=\"7\" outcome=\"blocked\" "
		       "severity=\"critical\" technique=\"T1611\" rule=\"a \\\"b\\\" [c\\] "
		       "\\\\\" object=\"/x\xef\xbf\xbd\xef\xbf\xbd[2J\xef\xbf\xbd\"] "
		       "\xef\xbb\xbf"
		       "blocked: write to release_agent: "
		       "/x\xef\xbf\xbd\xef\xbf\xbd[2J\xef\xbf\xbd",
		       (int)getpid());
	assert_string_equal(buf_cstr(&out, &err), expected);
}

static void severities_are_those_of_syslog(void **state)
{
	static const struct {
		char word[16];
		const char *priority;
	} cases[] = { { "critical", "<82>" },
		      { "high", "<83>" },
		      { "medium", "<84>" },
		      { "low", "<85>" },
		      { "odd", "<84>" } };
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char word[16];
		struct error err = { 0 };
		struct alert a = sample;
		cleanup_buf struct buf out = buf_max(MIB);
		memcpy(word, cases[i].word, sizeof word);
		a.severity = word;
		assert_int_equal(alert_syslog_text(&a, "", &out, &err), 0);
		assert_true(bytes_starts_with(buf_view(&out), bytes_str(cases[i].priority)));
		assert_non_null(strstr(buf_cstr(&out, &err), "Z - corten-agent "));
	}
}

static void long_values_are_cut_and_a_datagram_goes_out(void **state)
{
	static char long_text[5000];
	int pair[2];
	char got[65536];
	struct error err = { 0 };
	struct alert a = sample;
	(void)state;
	memset(long_text, 'x', sizeof long_text - 1);
	a.object = a.process = a.rule = long_text;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
	assert_int_equal(alert_syslog(pair[0], &a, "n", &err), 0);
	ssize_t n = recv(pair[1], got, sizeof got, 0);
	assert_true(n > 700 && n < 2048);
	(void)close(pair[1]);
	assert_int_equal(alert_syslog(pair[0], &a, "n", &err), -1);
	(void)close(pair[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_has_head_data_and_text),
		cmocka_unit_test(severities_are_those_of_syslog),
		cmocka_unit_test(long_values_are_cut_and_a_datagram_goes_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
