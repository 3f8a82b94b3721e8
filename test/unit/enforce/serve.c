/* The enforcing role against a peer that may send anything; what the kernel would be
 * told is kept here. */
#include "enforce/protocol.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* --- in the kernel's place ------------------------------------------------------------ */

/* What it was told last, and how often. */
static struct told {
	unsigned calls;
	uint64_t key;
	struct guard_policy policy;
	struct guard_file_rule file_rule;
	struct guard_container container;
	struct guard_settings settings;
	struct guard_protect protect;
	bool interprets;
} told;

int bpf_abilities_probe(struct bpf_abilities *ret, struct error *err)
{
	(void)err;
	*ret = (struct bpf_abilities){ .lsm = true };
	return 0;
}

int guard_bpf_open(const struct guard_bpf_options *o, struct guard_bpf **ret, struct error *err)
{
	(void)o, (void)err;
	*ret = NULL;
	return 0;
}

void guard_bpf_close(struct guard_bpf *b)
{
	(void)b;
}

unsigned guard_bpf_backends(const struct guard_bpf *b, bool *ret_adopted)
{
	(void)b;
	*ret_adopted = true;
	return BACKEND_TP_KILL;
}

bool guard_bpf_item(const struct guard_bpf *b, enum guard_item item, enum guard_backend backend,
		    char *cause, size_t n)
{
	(void)b, (void)item, (void)backend;
	(void)snprintf(cause, n, "no hook");
	return false;
}

static int call(uint64_t key)
{
	told.calls++;
	told.key = key;
	return 0;
}

int guard_bpf_policy_set(struct guard_bpf *b, uint32_t policy, const struct guard_policy *p,
			 struct error *err)
{
	(void)b, (void)err;
	told.policy = *p;
	return call(policy);
}

int guard_bpf_file_rule_set(struct guard_bpf *b, uint32_t i, const struct guard_file_rule *r,
			    struct error *err)
{
	(void)b, (void)err;
	told.file_rule = *r;
	return call(i);
}

int guard_bpf_container_set(struct guard_bpf *b, uint64_t cgroup, const struct guard_container *c,
			    struct error *err)
{
	(void)b, (void)err;
	told.container = *c;
	return call(cgroup);
}

int guard_bpf_container_drop(struct guard_bpf *b, uint64_t cgroup, struct error *err)
{
	(void)b, (void)err;
	return call(cgroup);
}

int guard_bpf_expect(struct guard_bpf *b, uint64_t key, const struct guard_container *c,
		     struct error *err)
{
	return guard_bpf_container_set(b, key, c, err);
}

int guard_bpf_verdict_set(struct guard_bpf *b, const struct guard_file_id *f,
			  const struct guard_verdict *v, struct error *err)
{
	(void)b, (void)v, (void)err;
	return call(f->ino);
}

int guard_bpf_trusted_set(struct guard_bpf *b, const struct guard_file_id *program, uint64_t rules,
			  struct error *err)
{
	(void)b, (void)program, (void)err;
	return call(rules);
}

int guard_bpf_interpreter_set(struct guard_bpf *b, const struct guard_file_id *program,
			      bool interprets, struct error *err)
{
	(void)b, (void)err;
	told.interprets = interprets;
	return call(program->ino);
}

int guard_bpf_protect(struct guard_bpf *b, int inode, const struct guard_protect *p,
		      struct error *err)
{
	(void)b, (void)err;
	told.protect = *p;
	return call((uint64_t)(fcntl(inode, F_GETFD) >= 0));
}

int guard_bpf_settings_set(struct guard_bpf *b, const struct guard_settings *s, struct error *err)
{
	(void)b, (void)err;
	told.settings = *s;
	return call(0);
}

int guard_bpf_label(struct guard_bpf *b, int pidfd, const struct guard_label *l, struct error *err)
{
	(void)b, (void)pidfd, (void)l, (void)err;
	return call(0);
}

int guard_bpf_policies_used(struct guard_bpf *b, uint64_t ret[GUARD_POLICY_WORDS],
			    struct error *err)
{
	(void)b, (void)err;
	memset(ret, 0, GUARD_POLICY_WORDS * sizeof ret[0]);
	ret[1] = 2;
	return 0;
}

uint64_t guard_bpf_file_rules_earlier(const struct guard_bpf *b)
{
	(void)b;
	return 0;
}

int guard_bpf_stats(struct guard_bpf *b, struct guard_stats *ret, struct error *err)
{
	(void)b, (void)err;
	*ret = (struct guard_stats){ .blocked = 7 };
	return 0;
}

int guard_bpf_ring_fd(const struct guard_bpf *b)
{
	(void)b;
	return STDERR_FILENO;
}

int guard_cut(const char *pin_dir, int cgroup, struct error *err)
{
	(void)pin_dir, (void)cgroup, (void)err;
	return call(0);
}

int guard_join(const char *pin_dir, uint64_t cgroup, struct error *err)
{
	(void)pin_dir, (void)err;
	return call(cgroup);
}

bool guard_cut_holds(const char *pin_dir, uint64_t cgroup)
{
	(void)pin_dir;
	return cgroup == 5;
}

void guard_cut_tidy(const char *pin_dir)
{
	(void)pin_dir;
}

/* --- the role ---------------------------------------------------------------------------- */

struct scene {
	pthread_t role;
	int sock; /* the role's end */
	int raw; /* ours */
	struct enforcer *e;
	int ended;
};

static void *serve(void *ctx)
{
	struct scene *s = ctx;
	static const struct enforce_options o = { .pin_dir = "/nowhere",
						  .quarantine = "/nowhere",
						  .backends = BACKEND_TP_KILL };
	struct error err = { 0 };
	s->ended = enforce_serve(s->sock, &o, &err);
	(void)close(s->sock);
	return NULL;
}

static int setup(void **state)
{
	static struct scene s;
	int pair[2];
	struct error err = { 0 };
	told = (struct told){ 0 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	s = (struct scene){ .sock = pair[0], .raw = pair[1] };
	if (enforcer_new(pair[1], &s.e, &err) != 0)
		return -1;
	*state = &s;
	return pthread_create(&s.role, NULL, serve, &s);
}

static int teardown(void **state)
{
	struct scene *s = *state;
	enforcer_free(s->e);
	return pthread_join(s->role, NULL);
}

/* A request as anybody could make it. */
static struct enforce_reply asked(struct scene *s, const struct enforce_request *q, int fd)
{
	struct enforce_reply a = { 0 };
	struct error err = { 0 };
	int got[PACKET_FDS];
	assert_int_equal(packet_send(s->raw, q, sizeof *q, (const int[PACKET_FDS]){ fd, -1 }, &err),
			 0);
	assert_int_equal(packet_receive(s->raw, &a, sizeof a, got, &err), 1);
	return a;
}

static void refused(struct scene *s, const struct enforce_request *q, int fd)
{
	unsigned before = told.calls;
	struct enforce_reply a = asked(s, q, fd);
	assert_int_equal(a.result, -1);
	assert_true(a.text[0] != '\0');
	assert_int_equal(told.calls, before);
}

static void what_is_asked_arrives_as_it_was_asked(void **state)
{
	struct scene *s = *state;
	struct error err = { 0 };
	struct guard_policy p = { .rule = { 3 }, .action = { GUARD_BLOCK }, .file_rules = 9 };
	struct guard_container c = { .id = 4, .policy = GUARD_POLICIES - 1, .flags = 2 };
	struct guard_file_rule f = {
		.ops = 3, .includes = 4, .excludes = 4, .action = GUARD_BLOCK
	};
	struct guard_protect m = { .below = 1, .self = 2, .above = 4 };
	struct guard_file_id id = { .dev = 1, .ino = 77 };
	assert_int_equal(enforcer_policy(s->e, 5, &p, &err), 0);
	assert_int_equal(told.key, 5);
	assert_memory_equal(&told.policy, &p, sizeof p);
	assert_int_equal(enforcer_container(s->e, UINT64_MAX, &c, &err), 0);
	assert_true(told.key == UINT64_MAX);
	assert_memory_equal(&told.container, &c, sizeof c);
	assert_int_equal(enforcer_file_rule(s->e, GUARD_FILE_RULES - 1, &f, &err), 0);
	assert_memory_equal(&told.file_rule, &f, sizeof f);
	assert_int_equal(enforcer_protect(s->e, STDERR_FILENO, &m, &err), 0);
	assert_int_equal(told.key, 1); /* a descriptor that is open there, too */
	assert_memory_equal(&told.protect, &m, sizeof m);
	assert_int_equal(enforcer_interpreter(s->e, &id, true, &err), 0);
	assert_true(told.interprets && told.key == 77);
	assert_int_equal(enforcer_interpreter(s->e, &id, false, &err), 0);
	assert_false(told.interprets);
}

static void status_item_and_ring_come_back(void **state)
{
	struct scene *s = *state;
	struct error err = { 0 };
	struct enforcer_status st;
	char cause[32];
	bool attached = true, cut = false;
	int ring = -1;
	assert_int_equal(enforcer_status(s->e, &st, &err), 0);
	assert_true(st.adopted && st.abilities.lsm && st.stats.blocked == 7);
	assert_int_equal(st.backends, BACKEND_TP_KILL);
	assert_true(st.inherited[1] == 2);
	assert_int_equal(enforcer_item(s->e, ITEM_MOUNT, BACKEND_BPF_LSM, &attached, cause,
				       sizeof cause, &err),
			 0);
	assert_false(attached);
	assert_string_equal(cause, "no hook");
	assert_int_equal(enforcer_ring(s->e, &ring, &err), 0);
	assert_true(ring >= 0);
	(void)close(ring);
	assert_int_equal(enforcer_container_cut(s->e, 5, &cut, &err), 0);
	assert_true(cut);
}

static void numbers_out_of_their_range_are_refused(void **state)
{
	struct scene *s = *state;
	const struct enforce_request requests[] = {
		{ .op = OP_POLICY, .number = GUARD_POLICIES },
		{ .op = OP_POLICY, .policy = { .action = { [63] = GUARD_BLOCK + 1 } } },
		{ .op = OP_FILE_RULE, .number = GUARD_FILE_RULES },
		{ .op = OP_FILE_RULE, .file_rule = { .action = 3 } },
		{ .op = OP_FILE_RULE, .file_rule = { .includes = 200, .excludes = 100 } },
		{ .op = OP_CONTAINER, .container = { .policy = GUARD_POLICIES } },
		{ .op = OP_EXPECT, .container = { .policy = UINT32_MAX } },
		{ .op = OP_VERDICT, .file = { .verdict = { .kind = VERDICT_ALLOWED + 1 } } },
		{ .op = OP_ITEM, .number = GUARD_ITEMS },
		{ .op = OP_ITEM, .key = BACKEND_RUNTIME + 1 },
	};
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
		refused(s, &requests[i], -1);
}

static void operations_that_are_none_are_refused(void **state)
{
	struct scene *s = *state;
	const uint32_t ops[] = { 0, OP_COUNT, OP_COUNT + 1, UINT32_MAX };
	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
		struct enforce_request q = { .op = ops[i] };
		refused(s, &q, -1);
	}
}

static void a_descriptor_too_many_or_too_few_is_refused(void **state)
{
	struct scene *s = *state;
	struct enforce_request with = { .op = OP_POLICY, .number = 1 };
	const uint32_t ops[] = { OP_PROTECT,    OP_LABEL,   OP_KILL,
				 OP_QUARANTINE, OP_RESTORE, OP_CONTAINER_DO };
	refused(s, &with, STDERR_FILENO);
	for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
		struct enforce_request q = { .op = ops[i] };
		refused(s, &q, -1);
	}
}

static void a_folder_that_is_no_cgroup_is_not_stopped(void **state)
{
	struct scene *s = *state;
	int folder = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (uint32_t what = CONTAINER_FREEZE; what <= CONTAINER_JOIN + 2; what++) {
		struct enforce_request q = { .op = OP_CONTAINER_DO, .number = what };
		refused(s, &q, folder);
	}
	(void)close(folder);
}

static void names_without_an_end_are_read_no_further(void **state)
{
	struct scene *s = *state;
	struct enforce_request q = { .op = OP_QUARANTINE };
	int folder = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	memset(q.move.file, 'a', sizeof q.move.file);
	memset(q.move.name, 'a', sizeof q.move.name);
	refused(s, &q, folder);
	memcpy(q.move.file, "../etc", sizeof "../etc");
	refused(s, &q, folder);
	(void)close(folder);
}

static void back_ends_that_the_role_was_not_started_with_do_not_enforce(void **state)
{
	struct scene *s = *state;
	struct error err = { 0 };
	struct guard_settings all = { .backend = UINT32_MAX, .agent_tgid = 9 };
	assert_int_equal(enforcer_settings(s->e, &all, &err), 0);
	assert_int_equal(told.settings.backend, BACKEND_TP_KILL);
	assert_int_equal(told.settings.agent_tgid, 9);
}

/* Who sends what is no request is not asked again what was meant. */
static void a_packet_of_another_size_ends_the_role(void **state)
{
	struct scene *s = *state;
	char byte;
	assert_int_equal(send(s->raw, "x", 1, 0), 1);
	assert_int_equal(recv(s->raw, &byte, 1, 0), 0);
	assert_int_equal(told.calls, 0);
	struct error err = { 0 };
	struct enforcer_status st;
	assert_int_equal(enforcer_status(s->e, &st, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(what_is_asked_arrives_as_it_was_asked),
		TEST(status_item_and_ring_come_back),
		TEST(numbers_out_of_their_range_are_refused),
		TEST(operations_that_are_none_are_refused),
		TEST(a_descriptor_too_many_or_too_few_is_refused),
		TEST(a_folder_that_is_no_cgroup_is_not_stopped),
		TEST(names_without_an_end_are_read_no_further),
		TEST(back_ends_that_the_role_was_not_started_with_do_not_enforce),
		TEST(a_packet_of_another_size_ends_the_role),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
