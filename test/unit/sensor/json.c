/* What a line says of an event; that lines hold to the schema: schema.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "event_try.h"

static const struct event_identity who = { .container_id = "abc",
					   .image = "nginx",
					   .rule = "no escapes",
					   .severity = "critical",
					   .node = "n1" };

static void says(const struct event *e, const char *const *expected)
{
	struct error err = { 0 };
	cleanup_buf struct buf out = buf_max(MIB);
	assert_int_equal(event_json(e, &who, NULL, 0, &out, &err), 0);
	for (; *expected != NULL; expected++)
		if (strstr(buf_cstr(&out, &err), *expected) == NULL)
			fail_msg("%s is not in\n%s", *expected, (char *)out.p);
	assert_int_equal(bytes_index(buf_view(&out), '\n'), -1);
}

static void a_blocked_item_tells_rule_technique_and_backend(void **state)
{
	(void)state;
	static const char *const expected[] = {
		"\"schema\":\"corten.event/1\"",
		"\"kind\":\"alert\"",
		"\"outcome\":\"blocked\"",
		"\"provider\":\"bpf-lsm\"",
		"\"severity\":\"critical\"",
		"\"rule\":{\"id\":\"guard/escape/release-agent\",\"name\":\"no escapes\"",
		"\"technique\":{\"id\":\"T1611\"}",
		"\"tactic\":{\"name\":\"privilege-escalation\"}",
		NULL
	};
	struct event e = { .kernel = { .type = EVENT_ITEM,
				       .item = ITEM_RELEASE_AGENT,
				       .outcome = OUTCOME_BLOCKED,
				       .backend = BACKEND_BPF_LSM },
			   .path = BYTES_LIT("/sys/fs/cgroup/rdma/release_agent") };
	says(&e, expected);
}

static void names_of_any_bytes_stay_one_line_of_text(void **state)
{
	(void)state;
	static const char *const expected[] = {
		"\"path\":\"/"
		"a\\n\\\"\\\\\\u001b["
		"2J\\u202e\xef\xbf\xbd\xf0\x9f\x98\x80\xf3\xa0\x80\x81\\ufffe\"",
		"\"path_hex\":\"2f610a225c1b5b324ae280aefff09f9880f3a08081efbfbe\"", NULL
	};
	struct event e = { .kernel = { .type = EVENT_FILE, .item = ITEM_NONE },
			   .path = BYTES_LIT("/a\n\"\\\x1b[2J\xe2\x80\xae\xff\xf0\x9f\x98\x80"
					     "\xf3\xa0\x80\x81\xef\xbf\xbe") };
	says(&e, expected);
}

static void addresses_and_operations_are_words(void **state)
{
	(void)state;
	static const char *const expected[] = {
		"\"destination\":{\"ip\":\"169.254.169.254\",\"port\":80}",
		"\"network\":{\"type\":\"ipv4\",\"transport\":\"tcp\"}", NULL
	};
	static const char *const six[] = { "\"source\":{\"ip\":\"2001:db8::1\",\"port\":443}",
					   NULL };
	static const char *const ops[] = { "\"operations\":[\"write\",\"chmod\"]",
					   "\"device\":\"8:1\"", "\"mode\":\"0644\"", NULL };
	struct event e = { .kernel = { .type = EVENT_CONNECT,
				       .item = ITEM_NONE,
				       .family = AF_INET,
				       .protocol = IPPROTO_TCP,
				       .port = 80,
				       .address = { [10] = 0xff, 0xff, 169, 254, 169, 254 } } };
	says(&e, expected);
	e.kernel.type = EVENT_BIND;
	e.kernel.family = AF_INET6;
	e.kernel.port = 443;
	static const uint8_t address[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
	memcpy(e.kernel.address, address, sizeof address);
	says(&e, six);
	struct event f = { .kernel = {
				   .type = EVENT_FILE,
				   .item = ITEM_FILE,
				   .op = FILE_OP_WRITE | FILE_OP_CHMOD,
				   .object = { .dev = 8 << 20 | 1, .ino = 1, .mode = 0100644 } } };
	says(&f, ops);
}

static void a_change_of_credentials_tells_what_was_and_is(void **state)
{
	(void)state;
	static const char *const expected[] = {
		"\"action\":\"credential\"",
		"\"user\":{\"id\":\"1000\",\"group\":{\"id\":\"100\"},\"effective\":{\"id\":\"0\"},"
		"\"saved\":{\"id\":\"5\"}},\"capabilities\":\"0000000000000400\"",
		"\"previous\":{\"user\":{\"id\":\"1\",\"effective\":{\"id\":\"2\"},\"saved\":{"
		"\"id\":"
		"\"3\"}},\"capabilities\":\"000001ffffffffff\"}",
		NULL
	};
	struct event e = { .kernel = { .type = EVENT_CREDENTIAL,
				       .item = ITEM_NONE,
				       .tgid = 5,
				       .uid = 1000,
				       .gid = 100,
				       .change = { .permitted_before = 0x1ffffffffff,
						   .permitted = 0x400,
						   .uid_before = 1,
						   .euid_before = 2,
						   .suid_before = 3,
						   .suid = 5 } } };
	struct error err = { 0 };
	cleanup_buf struct buf out = buf_max(MIB);
	says(&e, expected);
	/* Its numbers are no file's. */
	assert_int_equal(event_json(&e, &who, NULL, 0, &out, &err), 0);
	assert_null(strstr(buf_cstr(&out, &err), "\"file\""));
}

static void a_change_of_namespaces_tells_which(void **state)
{
	(void)state;
	static const char *const expected[] = { "\"action\":\"namespace\"",
						"\"namespaces\":[\"user\",\"net\"]", NULL };
	struct event e = { .kernel = { .type = EVENT_NAMESPACE,
				       .item = ITEM_NONE,
				       .tgid = 5,
				       .op = 0x10000000 | 0x40000000 } };
	says(&e, expected);
}

static void the_object_is_a_path_or_an_address(void **state)
{
	char text[64];
	struct event e = { .kernel = { .family = AF_INET,
				       .port = 80,
				       .address = { [10] = 0xff, 0xff, 10, 0, 0, 1 } } };
	(void)state;
	event_object(&e, text, sizeof text);
	assert_string_equal(text, "10.0.0.1:80");
	memset(e.kernel.address, 0, sizeof e.kernel.address);
	e.kernel.address[15] = 1;
	event_object(&e, text, sizeof text);
	assert_string_equal(text, "[::1]:80");
	e.kernel.family = AF_UNIX;
	event_object(&e, text, sizeof text);
	assert_string_equal(text, "");
	e.path = BYTES_LIT("/run/docker.sock");
	event_object(&e, text, sizeof text);
	assert_string_equal(text, "/run/docker.sock");
}

static void secrets_in_arguments_are_masked(void **state)
{
	(void)state;
	static const char *const expected[] = {
		"\"args\":[\"x\",\"--token=***\"],\"args_masked\":true", NULL
	};
	struct event e = { .kernel = { .type = EVENT_EXEC, .item = ITEM_NONE, .tgid = 5 },
			   .args = BYTES_LIT("x\0--token=abc") };
	says(&e, expected);
}

static void an_event_that_cannot_be_is_refused(void **state)
{
	struct event e = { .kernel = { .type = EVENT_AGENT + 1 } };
	struct error err = { 0 };
	cleanup_buf struct buf out = buf_max(MIB);
	(void)state;
	assert_int_equal(event_json(&e, &who, NULL, 0, &out, &err), -1);
	e.kernel.type = EVENT_EXEC;
	struct buf tiny = buf_max(10);
	assert_int_equal(event_json(&e, &who, NULL, 0, &tiny, &err), -1);
	buf_free(&tiny);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_blocked_item_tells_rule_technique_and_backend),
		cmocka_unit_test(names_of_any_bytes_stay_one_line_of_text),
		cmocka_unit_test(addresses_and_operations_are_words),
		cmocka_unit_test(a_change_of_credentials_tells_what_was_and_is),
		cmocka_unit_test(a_change_of_namespaces_tells_which),
		cmocka_unit_test(the_object_is_a_path_or_an_address),
		cmocka_unit_test(secrets_in_arguments_are_masked),
		cmocka_unit_test(an_event_that_cannot_be_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
