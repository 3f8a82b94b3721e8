/* Problems of single files count in the tree that all layers make, not in each
 * layer. An image is written as rows; a row with a problem gives its file the
 * content of that number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scan/merge.h"

#define WAL "var/lib/rpm/rpmdb.sqlite-wal"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { LAYERS = 3, ROWS = 4 };

struct row {
	enum change_kind kind;
	const char *path, *target;
	uint32_t content; /* with a problem, when not 0 */
};

struct image {
	const char *name;
	struct row layers[LAYERS][ROWS];
	const char *told; /* of each problem: layer, ":", content, " " */
};

static const struct image images[] = {
	{ "no problem", { { { CHANGE_FILE, WAL, "", 0 } } }, "" },
	{ "visible", { { { CHANGE_FILE, WAL, "", 1 } } }, "0:1 " },
	{ "in the middle", { { { 0 } }, { { CHANGE_FILE, WAL, "", 1 } } }, "1:1 " },
	{ "replaced by one without",
	  { { { CHANGE_FILE, WAL, "", 1 } }, { { CHANGE_FILE, WAL, "", 0 } } },
	  "" },
	{ "replaced by another with one",
	  { { { CHANGE_FILE, WAL, "", 1 } }, { { CHANGE_FILE, WAL, "", 1 } } },
	  "1:1 " },
	{ "removed", { { { CHANGE_FILE, WAL, "", 1 } }, { { CHANGE_WHITEOUT, WAL, "", 0 } } }, "" },
	{ "removed with its directory",
	  { { { CHANGE_FILE, WAL, "", 1 } }, { { CHANGE_WHITEOUT, "var/lib", "", 0 } } },
	  "" },
	{ "hidden by an opaque directory",
	  { { { CHANGE_FILE, WAL, "", 1 } }, { { CHANGE_OPAQUE, "var/lib/rpm", "", 0 } } },
	  "" },
	{ "removed and back",
	  { { { CHANGE_FILE, WAL, "", 1 } },
	    { { CHANGE_WHITEOUT, WAL, "", 0 } },
	    { { CHANGE_FILE, WAL, "", 7 } } },
	  "2:7 " },
	{ "twice in one layer, the last one counts",
	  { { { CHANGE_FILE, WAL, "", 1 }, { CHANGE_FILE, WAL, "", 2 } } },
	  "0:2 " },
	{ "kept by a hard link of a later layer",
	  { { { CHANGE_FILE, "usr/share/rpm/x", "", 3 } },
	    { { CHANGE_HARDLINK, WAL, "usr/share/rpm/x", 0 } },
	    { { CHANGE_WHITEOUT, "usr/share/rpm/x", "", 0 } } },
	  "0:3 " },
	{ "under two names, told once",
	  { { { CHANGE_FILE, WAL, "", 3 }, { CHANGE_HARDLINK, "usr/share/rpm/x", WAL, 0 } } },
	  "0:3 " },
	{ "two of one layer",
	  { { { CHANGE_FILE, "usr/share/rpm/rpmdb.sqlite-wal", "", 9 },
	      { CHANGE_FILE, WAL, "", 4 } } },
	  "0:4 0:9 " },
	{ "of one layer, one of them removed",
	  { { { CHANGE_FILE, "usr/share/rpm/rpmdb.sqlite-wal", "", 4 },
	      { CHANGE_FILE, WAL, "", 9 } },
	    { { CHANGE_WHITEOUT, WAL, "", 0 } } },
	  "0:4 " },
};

struct layer {
	struct layer_change changes[ROWS];
	struct problem_fact problems[ROWS + 1];
	struct layer_facts facts;
};

/* Behind its files, each layer has a problem that hangs on none: not of the merge. */
static void fill_layer(struct layer *l, const struct row *rows)
{
	struct layer_facts *f = &l->facts;
	*f = (struct layer_facts){ .changes = l->changes, .problems = l->problems };
	for (size_t i = 0; i < ROWS && rows[i].path != NULL; i++) {
		l->changes[f->change_count++] =
			(struct layer_change){ .kind = rows[i].kind,
					       .path = bytes_str(rows[i].path),
					       .target = bytes_str(rows[i].target),
					       .content = rows[i].content };
		if (rows[i].content != 0)
			l->problems[f->problem_count++] =
				(struct problem_fact){ .content = rows[i].content,
						       .code = ERR_UNSUPPORTED,
						       .what = rows[i].path,
						       .text = "text" };
	}
	l->problems[f->problem_count++] =
		(struct problem_fact){ .code = ERR_MALFORMED, .what = "x", .text = "y" };
}

static void merge_image(const struct image *image)
{
	struct layer layers[LAYERS];
	const struct layer_facts *facts[LAYERS];
	struct fact_store st;
	struct merge_result merged;
	struct error err = { 0 };
	cleanup_buf struct buf told = buf_max(KIB);
	fact_store_init(&st);
	for (size_t i = 0; i < LAYERS; i++) {
		fill_layer(&layers[i], image->layers[i]);
		facts[i] = &layers[i].facts;
	}
	struct merge_input in = { .layers = facts, .layer_count = LAYERS, .layers_named = true };
	if (merge_layers(&in, &st, &merged, &err) < 0)
		fail_msg("%s: %s", image->name, err.text);
	for (size_t i = 0; i < merged.problem_count; i++) {
		const struct merge_problem *p = &merged.problems[i];
		assert_int_equal(p->fact.code, ERR_UNSUPPORTED);
		assert_string_equal(p->fact.text, "text");
		assert_int_equal(buf_printf(&told, &err, "%u:%u ", p->layer, p->fact.content), 0);
	}
	if (!bytes_equal(buf_view(&told), bytes_str(image->told)))
		fail_msg("%s: \"%.*s\"", image->name, (int)told.n, (const char *)told.p);
	fact_store_free(&st);
}

static void the_problem_of_a_file_counts_where_the_file_is_visible(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(images); i++)
		merge_image(&images[i]);
}

/* A layer that is not what the image says gives nothing, problems included. */
static void a_layer_that_is_left_out_has_no_problems(void **state)
{
	const struct layer_facts *facts[] = { NULL };
	struct merge_input in = { .layers = facts, .layer_count = 1 };
	struct merge_result merged;
	struct fact_store st;
	struct error err = { 0 };
	(void)state;
	fact_store_init(&st);
	assert_int_equal(merge_layers(&in, &st, &merged, &err), 0);
	assert_int_equal(merged.problem_count, 0);
	fact_store_free(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_problem_of_a_file_counts_where_the_file_is_visible),
		cmocka_unit_test(a_layer_that_is_left_out_has_no_problems),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
