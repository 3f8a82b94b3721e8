/* What the agent says of the rules in a container. */
#include "agent/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const char rules[] = "version: 1\n"
			    "rules:\n"
			    "- {name: programs, kind: drift, criteria: {items: [exec-changed, "
			    "exec-tmpfs]}, action: block}\n"
			    "- {name: changed, kind: drift, criteria: {items: exec-changed}, "
			    "action: block}\n"
			    "- {name: mounts, kind: escape, criteria: {items: mount}, action: "
			    "block}\n"
			    "- {name: others, kind: escape, scope: {images: [redis]}, criteria: "
			    "{items: mount}, action: block}\n"
			    "- {name: off, kind: escape, enabled: false, criteria: {items: mount}, "
			    "action: block}\n";

static char *said_of(const struct container *c, unsigned backends, const char *problem)
{
	struct rule_set set = { 0 };
	struct error err = { 0 };
	struct json_writer w;
	char *text = NULL;
	size_t n = 0;
	if (rule_set_read(&set, "test", bytes_str(rules), &err) != 0)
		fail_msg("%s", err.text);
	FILE *f = open_memstream(&text, &n);
	assert_non_null(f);
	json_write_init(&w, f, false);
	json_object_begin(&w);
	answer_rules_of(&w, &set, c, backends, problem);
	json_object_end(&w);
	(void)fclose(f);
	rule_set_free(&set);
	return text;
}

static struct container nginx(uint32_t flags)
{
	static char id[] = "4f1c", name[] = "web", image[] = "nginx:1", none[] = "";
	return (struct container){ .id = id,
				   .name = name,
				   .image = image,
				   .namespace = none,
				   .pod = none,
				   .app = none,
				   .flags = flags };
}

static void where_all_holds_nothing_is_said(void **state)
{
	struct container c = nginx(0);
	char *said = said_of(&c, BACKEND_BPF_LSM | BACKEND_TP_KILL, "");
	(void)state;
	assert_string_equal(said, "{\"container\":\"4f1c\",\"name\":\"web\",\"image\":"
				  "\"nginx:1\",\"problem\":\"\",\"rules\":[],\"state\":"
				  "\"active\"}");
	free(said);
}

static void a_root_without_layers_is_the_container_s_own_shortcoming(void **state)
{
	struct container c = nginx(CONTAINER_NO_LAYERS);
	char *said = said_of(&c, BACKEND_BPF_LSM | BACKEND_TP_KILL, "");
	(void)state;
	assert_non_null(strstr(said, "{\"name\":\"programs\",\"state\":\"degraded\",\"cause\":"
				     "\"no_layers\""));
	assert_non_null(strstr(said, "{\"name\":\"changed\",\"state\":\"inactive\",\"cause\":"
				     "\"no_layers\""));
	assert_null(strstr(said, "mounts"));
	assert_null(strstr(said, "\"everywhere\":true"));
	assert_non_null(strstr(said, "\"state\":\"degraded\"}"));
	free(said);
}

static void what_the_node_lacks_is_told_as_everywhere(void **state)
{
	struct container c = nginx(0);
	char *said = said_of(&c, BACKEND_TP_KILL, "");
	(void)state;
	assert_non_null(strstr(said, "\"mounts\",\"state\":\"inactive\",\"cause\":"
				     "\"backend_missing\""));
	assert_non_null(strstr(said, "\"everywhere\":true"));
	assert_null(strstr(said, "others")); /* of another image */
	assert_null(strstr(said, "\"off\""));
	free(said);
}

static void a_start_that_was_let_go_degrades_what_would_be_active(void **state)
{
	struct container c = nginx(0);
	c.gate_timed_out = true;
	char *said = said_of(&c, BACKEND_BPF_LSM | BACKEND_TP_KILL, "");
	(void)state;
	assert_non_null(strstr(said, "\"cause\":\"start_gate_timeout\""));
	free(said);
}

static void a_problem_degrades_the_container(void **state)
{
	struct container c = nginx(0);
	char *said = said_of(&c, BACKEND_BPF_LSM | BACKEND_TP_KILL, "over 100000 files below");
	(void)state;
	assert_non_null(strstr(said, "\"problem\":\"over 100000 files below\""));
	assert_non_null(strstr(said, "\"rules\":[],\"state\":\"degraded\"}"));
	free(said);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_all_holds_nothing_is_said),
		cmocka_unit_test(a_root_without_layers_is_the_container_s_own_shortcoming),
		cmocka_unit_test(what_the_node_lacks_is_told_as_everywhere),
		cmocka_unit_test(a_start_that_was_let_go_degrades_what_would_be_active),
		cmocka_unit_test(a_problem_degrades_the_container),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
