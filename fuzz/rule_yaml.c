/* Rules of anybody: what is taken is written, read as the same, judged, compiled. */
#include <stdlib.h>

#include "rule/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const labels[] = { "a=b", NULL };
static const struct rule_subject who = { .namespace = "n", .image = "i:1", .labels = labels };

static void write_and_read(const struct rule_set *s)
{
	struct error err = { 0 };
	struct rule_set again = { 0 };
	cleanup_buf struct buf text = buf_max(16 * MIB);
	(void)buf_append_str(&text, s->count == 0 ? "rules: []\n" : "rules:\n", &err);
	for (size_t i = 0; i < s->count; i++)
		if (rule_write(&s->rule[i], &text, &err) < 0)
			abort();
	if (text.n > LIMIT_RULE_FILE)
		return;
	if (rule_set_read(&again, "again", buf_view(&text), &err) < 0 ||
	    strcmp(again.digest, s->digest) != 0)
		abort();
	rule_set_free(&again);
}

static void use(const struct rule_set *s, unsigned backends)
{
	struct error err = { 0 };
	struct guard_policy p;
	struct guard_file_rule files[GUARD_FILE_RULES];
	size_t n;
	cleanup_buf struct buf out = buf_max(16 * MIB);
	for (size_t i = 0; i < s->count; i++) {
		struct rule_status t;
		if (rule_status(&s->rule[i], backends, &t) < 0)
			abort();
		(void)rule_enforceable(&s->rule[i], backends, &err);
	}
	if (rule_compile(s, &who, backends, &p, &err) < 0 ||
	    rule_compile_files(s, backends, files, &n, &err) < 0)
		abort();
	(void)rule_explain(s, &who, backends, ITEM_MOUNT, &out, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rule_set s = { 0 };
	struct error err = { 0 };
	if (rule_set_read(&s, "f.yaml", bytes_of(data, size), &err) < 0)
		return 0;
	write_and_read(&s);
	use(&s, BACKEND_BPF_LSM);
	use(&s, BACKEND_TP_KILL | BACKEND_CGROUP_BPF);
	rule_set_free(&s);
	return 0;
}
