/* The tree of a policy between worker and parent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "policy/internal.h"

struct line {
	int fds[2];
	struct channel out, in;
	struct arena arena;
};

static struct line open_line(void)
{
	struct line l = { .arena = arena_max(64 * MIB) };
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, l.fds), 0);
	channel_init(&l.out, l.fds[0]);
	channel_init(&l.in, l.fds[1]);
	return l;
}

/* Nothing more will be said. */
static void hang_up(struct line *l)
{
	struct error err = { 0 };
	assert_int_equal(channel_flush(&l->out, &err), 0);
	(void)shutdown(l->fds[0], SHUT_WR);
}

static void close_line(struct line *l)
{
	channel_free(&l->out);
	channel_free(&l->in);
	(void)close(l->fds[0]);
	(void)close(l->fds[1]);
	arena_free(&l->arena);
}

static bool same_tree(const struct node *a, const struct node *b)
{
	if (a->kind != b->kind || a->line != b->line || a->count != b->count ||
	    !bytes_equal(a->key, b->key) || !bytes_equal(a->text, b->text))
		return false;
	const struct node *x = a->first, *y = b->first;
	for (; x != NULL && y != NULL; x = x->next, y = y->next)
		if (!same_tree(x, y))
			return false;
	return x == NULL && y == NULL;
}

static void a_tree_arrives_as_it_was_sent(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"a",
		"[]",
		"{}",
		"[[], [1, [2]], {}]",
		"a: {b: [1, {c: d}], e: f}\ng: [h]\ni:\n- j: k\n  l: m\n",
		"a: &x [1, 2]\nb: *x\nc: [*x, *x]\n",
		"",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct line l = open_line();
		const struct node *sent, *got = NULL;
		struct error err = { 0 };
		assert_int_equal(yaml_parse(bytes_str(texts[i]), &l.arena, &sent, NULL, &err), 0);
		assert_int_equal(policy_tree_send(&l.out, sent, &err), 0);
		hang_up(&l);
		if (policy_tree_hear(&l.in, &l.arena, &got, &err) < 0)
			fail_msg("%s: %s", texts[i], err.text);
		assert_true(same_tree(sent, got));
		close_line(&l);
	}
}

/* Nodes "depth kind" that no tree has. */
static const struct {
	uint32_t depth, kind;
	const char *text;
} nonsense[][3] = {
	{ { 1, NODE_STRING, "a" } },
	{ { 0, NODE_MAP + 1, "a" } },
	{ { 0, UINT32_MAX, "a" } },
	{ { 0, NODE_STRING, "\xff" } },
	{ { 0, NODE_LIST, "" }, { 0, NODE_LIST, "" } },
	{ { 0, NODE_LIST, "" }, { 2, NODE_LIST, "" } },
	{ { 0, NODE_LIST, "" }, { UINT32_MAX, NODE_LIST, "" } },
	{ { 0, NODE_STRING, "a" }, { 1, NODE_STRING, "b" } },
	{ { 0, NODE_LIST, "" }, { 1, NODE_NUMBER, "1" }, { 2, NODE_NUMBER, "1" } },
};

static void put_node(struct line *l, uint32_t depth, uint32_t kind, const char *text)
{
	cleanup_msg struct msg m = { 0 };
	struct error err = { 0 };
	msg_begin(&m, POLICY_MSG_NODE);
	msg_put_u32(&m, depth);
	msg_put_u32(&m, kind);
	msg_put_u32(&m, 1);
	msg_put_str(&m, "");
	msg_put_str(&m, text);
	assert_int_equal(channel_put(&l->out, &m, &err), 0);
}

static void a_worker_that_sends_no_tree_is_not_believed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof nonsense / sizeof nonsense[0]; i++) {
		struct line l = open_line();
		const struct node *got = NULL;
		struct error err = { 0 };
		for (size_t k = 0; k < 3 && nonsense[i][k].text != NULL; k++)
			put_node(&l, nonsense[i][k].depth, nonsense[i][k].kind,
				 nonsense[i][k].text);
		hang_up(&l);
		assert_int_equal(policy_tree_hear(&l.in, &l.arena, &got, &err), -1);
		assert_int_equal(err.code, ERR_PROTOCOL);
		close_line(&l);
	}
}

static void an_end_without_a_tree_is_an_error(void **state)
{
	(void)state;
	for (int what = 0; what < 3; what++) {
		struct line l = open_line();
		cleanup_msg struct msg m = { 0 };
		const struct node *got = NULL;
		struct error err = { 0 };
		if (what == 1)
			put_node(&l, 0, NODE_MAP, "");
		if (what == 2) {
			msg_begin(&m, POLICY_MSG_DONE);
			assert_int_equal(channel_put(&l.out, &m, &err), 0);
		}
		hang_up(&l);
		assert_int_equal(policy_tree_hear(&l.in, &l.arena, &got, &err), -1);
		assert_int_equal(err.code, what == 2 ? ERR_PROTOCOL : ERR_WORKER_DIED);
		close_line(&l);
	}
}

static void a_worker_s_words_do_not_drive_the_terminal(void **state)
{
	(void)state;
	struct line l = open_line();
	cleanup_msg struct msg m = { 0 };
	const struct node *got = NULL;
	struct error err = { 0 };
	msg_begin(&m, POLICY_MSG_FAILED);
	msg_put_str(&m, "line 1: \x1b[31mred");
	assert_int_equal(channel_put(&l.out, &m, &err), 0);
	hang_up(&l);
	assert_int_equal(policy_tree_hear(&l.in, &l.arena, &got, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	assert_null(strchr(err.text, '\x1b'));
	close_line(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree_arrives_as_it_was_sent),
		cmocka_unit_test(a_worker_that_sends_no_tree_is_not_believed),
		cmocka_unit_test(an_end_without_a_tree_is_an_error),
		cmocka_unit_test(a_worker_s_words_do_not_drive_the_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
