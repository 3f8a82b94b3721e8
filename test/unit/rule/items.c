/* The table of items, against ATT&CK's names, and the table of guarantees, against
 * what was promised before the programs were written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "rule/internal.h"

static const struct {
	const char *name;
	enum guard_action action;
} words[] = { { "none", GUARD_PASS }, { "alert", GUARD_ALERT }, { "block", GUARD_BLOCK } };

static struct buf read_data(const char *name)
{
	struct error err = { 0 };
	struct buf out = buf_max(MIB);
	char path[4096];
	const char *data = getenv("CORTEN_TEST_DATA");
	assert_non_null(data);
	(void)snprintf(path, sizeof path, "%s/%s", data, name);
	cleanup_close int fd = fd_open_read(-100, path, &err);
	if (fd < 0 || fd_read_all(fd, &out, &err) < 0)
		fail_msg("%s", err.text);
	return out;
}

static bool next_row(struct bytes *rest, struct bytes *ret)
{
	while (bytes_next_field(rest, '\n', ret))
		if (ret->n > 0 && ret->p[0] != '#' && !bytes_starts_with(*ret, BYTES_LIT("item\t")))
			return true;
	return false;
}

static void cell(struct bytes *row, char *out, size_t n)
{
	struct bytes field = { 0 };
	(void)bytes_next_field(row, '\t', &field);
	(void)snprintf(out, n, "%.*s", (int)field.n, (const char *)field.p);
}

/* --- items ---------------------------------------------------------------------------- */

static void items_are_in_the_order_of_their_number_with_names_of_their_own(void **state)
{
	size_t count;
	const struct rule_item *items = rule_items(&count);
	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_true(i == 0 || items[i].item > items[i - 1].item);
		assert_ptr_equal(rule_item_by_name(items[i].name), &items[i]);
		assert_ptr_equal(rule_item_of(items[i].item), &items[i]);
		assert_true(items[i].alert_only == (items[i].item >= ITEM_START_PRIVILEGED));
		assert_true(items[i].kind == (items[i].item < ITEM_FILE    ? RULE_DRIFT
					      : items[i].item == ITEM_FILE ? RULE_FILE
									   : RULE_ESCAPE));
	}
	assert_null(rule_item_by_name("moun"));
	assert_null(rule_item_of(ITEM_NONE));
}

/* Finds id's row; its tactics are a list with commas. */
static bool attack_knows(struct bytes table, const char *id, const char *tactic)
{
	struct bytes row;
	char field[128], tactics[128];
	while (next_row(&table, &row)) {
		cell(&row, field, sizeof field);
		if (strcmp(field, id) != 0)
			continue;
		cell(&row, field, sizeof field);
		cell(&row, tactics, sizeof tactics);
		struct bytes list = bytes_str(tactics), one;
		while (bytes_next_field(&list, ',', &one))
			if (bytes_equal(one, bytes_str(tactic)))
				return true;
	}
	return false;
}

static void every_item_has_a_technique_of_attack_in_one_of_its_tactics(void **state)
{
	size_t count;
	const struct rule_item *items = rule_items(&count);
	cleanup_buf struct buf table = read_data("attack/techniques.tsv");
	(void)state;
	for (size_t i = 0; i < count; i++)
		if (!attack_knows(buf_view(&table), items[i].technique, items[i].tactic))
			fail_msg("%s: %s is not in %s", items[i].name, items[i].technique,
				 items[i].tactic);
}

/* --- guarantees ------------------------------------------------------------------------- */

static enum guard_action action_of(const char *word)
{
	for (size_t i = 0; i < 3; i++)
		if (strcmp(words[i].name, word) == 0)
			return words[i].action;
	fail_msg("\"%s\" is no guarantee", word);
	return GUARD_PASS;
}

static const struct rule_form *find_form(enum guard_item item, const char *name)
{
	size_t count;
	const struct rule_form *forms = rule_forms(&count);
	for (size_t i = 0; i < count; i++)
		if (forms[i].item == item && strcmp(forms[i].name, name) == 0)
			return &forms[i];
	fail_msg("form %s is not known", name);
	return NULL;
}

static uint32_t operation_of(const char *name)
{
	for (uint32_t op = 1; op <= FILE_OP_READ; op <<= 1)
		if (strcmp(rule_file_op_name((enum guard_file_op)op), name) == 0)
			return op;
	fail_msg("operation %s is not known", name);
	return 0;
}

static enum guard_action told(const struct rule_item *item, const char *form, unsigned backend)
{
	if (item->item == ITEM_FILE)
		return rule_file_guarantee((enum guard_file_op)operation_of(form),
					   (enum guard_backend)backend);
	if (form[0] == '\0')
		return rule_guarantee(item->item, (enum guard_backend)backend);
	return form_guarantee(find_form(item->item, form), backend);
}

static void check_row(struct bytes row, uint64_t *seen, size_t *forms)
{
	char name[64], word[16];
	cell(&row, name, sizeof name);
	char *slash = strchr(name, '/'), empty[1] = "";
	char *form = slash == NULL ? empty : slash + 1;
	if (slash != NULL)
		*slash = '\0';
	const struct rule_item *item = rule_item_by_name(name);
	if (item == NULL)
		fail_msg("the table has the item %s", name);
	for (unsigned b = BACKEND_BPF_LSM; b <= BACKEND_RUNTIME; b <<= 1) {
		cell(&row, word, sizeof word);
		if (told(item, form, b) != action_of(word))
			fail_msg("%s/%s: %s should be %s", name, form,
				 rule_backend_name((enum guard_backend)b), word);
	}
	*seen |= (uint64_t)1 << item->item;
	*forms += form[0] != '\0' && item->item != ITEM_FILE;
}

static void the_guarantees_are_those_of_the_table_and_no_others(void **state)
{
	cleanup_buf struct buf table = read_data("../guard/expected.tsv");
	struct bytes rest = buf_view(&table), row;
	uint64_t seen = 0;
	size_t forms = 0, count;
	(void)state;
	while (next_row(&rest, &row))
		check_row(row, &seen, &forms);
	const struct rule_item *items = rule_items(&count);
	for (size_t i = 0; i < count; i++)
		if ((seen >> items[i].item & 1) == 0)
			fail_msg("the table lacks %s", items[i].name);
	(void)rule_forms(&count);
	assert_int_equal(forms, count);
	assert_int_equal(rule_guarantee(ITEM_NONE, BACKEND_BPF_LSM), GUARD_PASS);
}

static void what_the_kernel_refused_is_not_guaranteed(void **state)
{
	(void)state;
	assert_int_equal(rule_file_guarantee(FILE_OP_WRITE, BACKEND_BPF_LSM), GUARD_BLOCK);
	rule_lacks(BACKEND_BPF_LSM, UINT64_C(1) << ITEM_FILE | UINT64_C(1) << ITEM_EXEC_CHANGED);
	assert_int_equal(rule_file_guarantee(FILE_OP_WRITE, BACKEND_BPF_LSM), GUARD_PASS);
	assert_int_equal(rule_guarantee(ITEM_EXEC_CHANGED, BACKEND_BPF_LSM), GUARD_PASS);
	assert_int_equal(rule_guarantee(ITEM_EXEC_CHANGED, BACKEND_TP_KILL), GUARD_BLOCK);
	assert_int_equal(rule_guarantee(ITEM_MOUNT, BACKEND_BPF_LSM), GUARD_BLOCK);
	rule_lacks(BACKEND_BPF_LSM, 0);
	assert_int_equal(rule_guarantee(ITEM_EXEC_CHANGED, BACKEND_BPF_LSM), GUARD_BLOCK);
}

/* --- the manual ---------------------------------------------------------------------------- */

/* The row that doc/guard-rules.md must have of each item. */
static void the_manual_has_a_row_of_every_item(void **state)
{
	size_t count;
	const struct rule_item *items = rule_items(&count);
	cleanup_buf struct buf doc = read_data("../../doc/guard-rules.md");
	struct error err = { 0 };
	const char *text = buf_cstr(&doc, &err);
	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct rule_item *t = &items[i];
		char row[512];
		(void)snprintf(row, sizeof row, "\n| `%s` | %s | %s %s | %s%s |\n", t->name,
			       t->title, t->technique, t->tactic, t->severity,
			       t->alert_only ? ", alert only" : "");
		if (strstr(text, row) == NULL)
			fail_msg("doc/guard-rules.md lacks the row:%s", row);
	}
}

static void the_manual_names_every_cause(void **state)
{
	cleanup_buf struct buf doc = read_data("../../doc/guard-rules.md");
	struct error err = { 0 };
	const char *text = buf_cstr(&doc, &err), *code, *meaning;
	(void)state;
	for (size_t i = 1; (code = rule_cause(i, &meaning)) != NULL; i++) {
		char row[256];
		(void)snprintf(row, sizeof row, "\n| `%s` | %s |\n", code, meaning);
		if (strstr(text, row) == NULL)
			fail_msg("doc/guard-rules.md lacks the row:%s", row);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_are_in_the_order_of_their_number_with_names_of_their_own),
		cmocka_unit_test(every_item_has_a_technique_of_attack_in_one_of_its_tactics),
		cmocka_unit_test(the_guarantees_are_those_of_the_table_and_no_others),
		cmocka_unit_test(what_the_kernel_refused_is_not_guaranteed),
		cmocka_unit_test(the_manual_has_a_row_of_every_item),
		cmocka_unit_test(the_manual_names_every_cause),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
