#include "enforce/protocol.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct role {
	const struct enforce_options *options;
	struct guard_bpf *bpf;
	struct bpf_abilities abilities;
	int backup; /* the second descriptor of the request in hand; -1 */
	uint64_t inherited[GUARD_POLICY_WORDS], inherited_files;
};

/* Fills *reply; a descriptor to be sent along goes to *ret_fd (borrowed). */
typedef int operation(struct role *r, struct enforce_request *q, int fd,
		      struct enforce_reply *reply, int *ret_fd, struct error *err);

static int op_status(struct role *r, struct enforce_request *q, int fd, struct enforce_reply *reply,
		     int *ret_fd, struct error *err)
{
	(void)q, (void)fd, (void)ret_fd;
	reply->status.abilities = r->abilities;
	memcpy(reply->status.inherited, r->inherited, sizeof r->inherited);
	reply->status.inherited_files = r->inherited_files;
	reply->status.backends = guard_bpf_backends(r->bpf, &reply->status.adopted);
	return guard_bpf_stats(r->bpf, &reply->status.stats, err);
}

static int op_ring(struct role *r, struct enforce_request *q, int fd, struct enforce_reply *reply,
		   int *ret_fd, struct error *err)
{
	(void)q, (void)fd, (void)reply, (void)err;
	*ret_fd = guard_bpf_ring_fd(r->bpf);
	return 0;
}

static int op_item(struct role *r, struct enforce_request *q, int fd, struct enforce_reply *reply,
		   int *ret_fd, struct error *err)
{
	(void)fd, (void)ret_fd;
	if (q->number >= GUARD_ITEMS || q->key > BACKEND_RUNTIME)
		return error_set(err, ERR_PROTOCOL, "no such item or back-end");
	reply->item.attached =
		guard_bpf_item(r->bpf, (enum guard_item)q->number, (enum guard_backend)q->key,
			       reply->item.cause, sizeof reply->item.cause);
	return 0;
}

static int op_policy(struct role *r, struct enforce_request *q, int fd, struct enforce_reply *reply,
		     int *ret_fd, struct error *err)
{
	(void)fd, (void)reply, (void)ret_fd;
	if (q->number >= GUARD_POLICIES)
		return error_set(err, ERR_LIMIT, "a node holds %d policies", GUARD_POLICIES);
	for (size_t i = 0; i < GUARD_ITEMS; i++)
		if (q->policy.action[i] > GUARD_BLOCK)
			return error_set(err, ERR_PROTOCOL, "no such action");
	return guard_bpf_policy_set(r->bpf, q->number, &q->policy, err);
}

static int op_file_rule(struct role *r, struct enforce_request *q, int fd,
			struct enforce_reply *reply, int *ret_fd, struct error *err)
{
	(void)fd, (void)reply, (void)ret_fd;
	const struct guard_file_rule *f = &q->file_rule;
	if (q->number >= GUARD_FILE_RULES)
		return error_set(err, ERR_LIMIT, "a node holds %d file rules", GUARD_FILE_RULES);
	if (f->action > GUARD_BLOCK || f->includes + f->excludes > GUARD_SUFFIXES)
		return error_set(err, ERR_PROTOCOL, "not a file rule");
	return guard_bpf_file_rule_set(r->bpf, q->number, f, err);
}

static int container_check(const struct guard_container *c, struct error *err)
{
	if (c->policy >= GUARD_POLICIES)
		return error_set(err, ERR_PROTOCOL, "no such policy");
	return 0;
}

static int op_container(struct role *r, struct enforce_request *q, int fd,
			struct enforce_reply *reply, int *ret_fd, struct error *err)
{
	(void)fd, (void)reply, (void)ret_fd;
	if (container_check(&q->container, err) != 0)
		return -1;
	return guard_bpf_container_set(r->bpf, q->key, &q->container, err);
}

static int op_container_drop(struct role *r, struct enforce_request *q, int fd,
			     struct enforce_reply *reply, int *ret_fd, struct error *err)
{
	(void)fd, (void)reply, (void)ret_fd;
	/* Its pins would stay behind its cgroup. */
	if (guard_bpf_container_drop(r->bpf, q->key, err) != 0)
		return -1;
	return guard_join(r->options->pin_dir, q->key, err);
}

static int op_expect(struct role *r, struct enforce_request *q, int fd, struct enforce_reply *reply,
		     int *ret_fd, struct error *err)
{
	(void)fd, (void)reply, (void)ret_fd;
	if (container_check(&q->container, err) != 0)
		return -1;
	return guard_bpf_expect(r->bpf, q->key, &q->container, err);
}

static int op_verdict(struct role *r, struct enforce_request *q, int fd,
		      struct enforce_reply *reply, int *ret_fd, struct error *err)
{
	(void)fd, (void)reply, (void)ret_fd;
	if (q->file.verdict.kind > VERDICT_ALLOWED)
		return error_set(err, ERR_PROTOCOL, "no such verdict");
	return guard_bpf_verdict_set(r->bpf, &q->file.id, &q->file.verdict, err);
}

static int op_trusted(struct role *r, struct enforce_request *q, int fd,
		      struct enforce_reply *reply, int *ret_fd, struct error *err)
{
	(void)fd, (void)reply, (void)ret_fd;
	return guard_bpf_trusted_set(r->bpf, &q->file.id, q->key, err);
}

static int op_interpreter(struct role *r, struct enforce_request *q, int fd,
			  struct enforce_reply *reply, int *ret_fd, struct error *err)
{
	(void)fd, (void)reply, (void)ret_fd;
	return guard_bpf_interpreter_set(r->bpf, &q->file.id, q->key != 0, err);
}

static int op_protect(struct role *r, struct enforce_request *q, int fd,
		      struct enforce_reply *reply, int *ret_fd, struct error *err)
{
	(void)reply, (void)ret_fd;
	return guard_bpf_protect(r->bpf, fd, &q->protect, err);
}

static int op_label(struct role *r, struct enforce_request *q, int fd, struct enforce_reply *reply,
		    int *ret_fd, struct error *err)
{
	(void)reply, (void)ret_fd;
	return guard_bpf_label(r->bpf, fd, &q->label, err);
}

static int op_settings(struct role *r, struct enforce_request *q, int fd,
		       struct enforce_reply *reply, int *ret_fd, struct error *err)
{
	(void)fd, (void)reply, (void)ret_fd;
	/* Which back-ends may enforce was decided when the role was started. */
	q->settings.backend &= r->options->backends;
	return guard_bpf_settings_set(r->bpf, &q->settings, err);
}

static int op_container_do(struct role *r, struct enforce_request *q, int fd,
			   struct enforce_reply *reply, int *ret_fd, struct error *err)
{
	(void)reply, (void)ret_fd;
	if (q->number > CONTAINER_JOIN)
		return error_set(err, ERR_PROTOCOL, "no such operation on a container");
	return cgroup_do(r->options->pin_dir, fd, (enum container_stop)q->number, err);
}

static int op_put_back(struct role *r, struct enforce_request *q, int fd,
		       struct enforce_reply *reply, int *ret_fd, struct error *err)
{
	(void)reply, (void)ret_fd;
	return backup_put(fd, q->put.name, r->backup, &q->put.digest, err);
}

static int op_cut(struct role *r, struct enforce_request *q, int fd, struct enforce_reply *reply,
		  int *ret_fd, struct error *err)
{
	(void)fd, (void)ret_fd, (void)err;
	reply->cut = guard_cut_holds(r->options->pin_dir, q->key);
	return 0;
}

static int op_kill(struct role *r, struct enforce_request *q, int fd, struct enforce_reply *reply,
		   int *ret_fd, struct error *err)
{
	(void)r, (void)q, (void)reply, (void)ret_fd;
	if (syscall(SYS_pidfd_send_signal, fd, SIGKILL, NULL, 0) != 0)
		return error_errno(err, "cannot kill the process");
	return 0;
}

static int op_quarantine(struct role *r, struct enforce_request *q, int fd,
			 struct enforce_reply *reply, int *ret_fd, struct error *err)
{
	(void)reply, (void)ret_fd;
	return quarantine_take(r->options->quarantine, fd, q->move.file, q->move.name, err);
}

static int op_restore(struct role *r, struct enforce_request *q, int fd,
		      struct enforce_reply *reply, int *ret_fd, struct error *err)
{
	(void)reply, (void)ret_fd;
	return quarantine_restore(r->options->quarantine, fd, q->move.file, q->move.name, err);
}

static const struct {
	operation *f;
	unsigned descriptors; /* that come with it; no more, no less */
} operations[OP_COUNT] = {
	[OP_STATUS] = { op_status, 0 },
	[OP_RING] = { op_ring, 0 },
	[OP_ITEM] = { op_item, 0 },
	[OP_POLICY] = { op_policy, 0 },
	[OP_FILE_RULE] = { op_file_rule, 0 },
	[OP_CONTAINER] = { op_container, 0 },
	[OP_CONTAINER_DROP] = { op_container_drop, 0 },
	[OP_EXPECT] = { op_expect, 0 },
	[OP_VERDICT] = { op_verdict, 0 },
	[OP_TRUSTED] = { op_trusted, 0 },
	[OP_INTERPRETER] = { op_interpreter, 0 },
	[OP_PROTECT] = { op_protect, 1 },
	[OP_LABEL] = { op_label, 1 },
	[OP_SETTINGS] = { op_settings, 0 },
	[OP_CONTAINER_DO] = { op_container_do, 1 },
	[OP_KILL] = { op_kill, 1 },
	[OP_QUARANTINE] = { op_quarantine, 1 },
	[OP_RESTORE] = { op_restore, 1 },
	[OP_CUT] = { op_cut, 0 },
	[OP_PUT_BACK] = { op_put_back, 2 },
};

static int perform(struct role *r, struct enforce_request *q, const int fd[static PACKET_FDS],
		   struct enforce_reply *reply, int *ret_fd, struct error *err)
{
	unsigned came = (fd[0] >= 0 ? 1u : 0) + (fd[1] >= 0 ? 1u : 0);
	if (q->op >= OP_COUNT || operations[q->op].f == NULL)
		return error_set(err, ERR_PROTOCOL, "operation %u is not known", q->op);
	if (operations[q->op].descriptors != came)
		return error_set(err, ERR_PROTOCOL, "operation %u: %u descriptors came, not %u",
				 q->op, came, operations[q->op].descriptors);
	r->backup = fd[1];
	return operations[q->op].f(r, q, fd[0], reply, ret_fd, err);
}

/* Terminates what the peer sent as strings, whatever it was. */
static void strings_close(struct enforce_request *q)
{
	if (q->op == OP_PUT_BACK)
		q->put.name[sizeof q->put.name - 1] = '\0';
	if (q->op != OP_QUARANTINE && q->op != OP_RESTORE)
		return;
	q->move.file[sizeof q->move.file - 1] = '\0';
	q->move.name[sizeof q->move.name - 1] = '\0';
}

/* 1: served; 0: the peer is gone; -1. */
static int serve_one(struct role *r, int sock, struct error *err)
{
	struct enforce_request q;
	int came[PACKET_FDS] = { -1, -1 };
	int n = packet_receive(sock, &q, sizeof q, came, err);
	cleanup_close int fd = came[0], second = came[1];
	if (n <= 0)
		return n;
	strings_close(&q);
	struct enforce_reply reply = { 0 };
	struct error why = { 0 };
	int send_fd = -1;
	reply.result = perform(r, &q, (int[PACKET_FDS]){ fd, second }, &reply, &send_fd, &why);
	if (reply.result != 0) {
		reply.code = why.code;
		(void)snprintf(reply.text, sizeof reply.text, "%s", why.text);
	}
	return packet_send(sock, &reply, sizeof reply, (int[PACKET_FDS]){ send_fd, -1 }, err) == 0
		       ? 1
		       : -1;
}

int enforce_serve(int sock, const struct enforce_options *o, struct error *err)
{
	struct role r = { .options = o };
	struct guard_bpf_options b = { .pin_dir = o->pin_dir,
				       .backends = o->backends,
				       .settings = o->settings };
	if (bpf_abilities_probe(&r.abilities, err) != 0 || guard_bpf_open(&b, &r.bpf, err) != 0 ||
	    guard_bpf_policies_used(r.bpf, r.inherited, err) != 0)
		return -1;
	r.inherited_files = guard_bpf_file_rules_earlier(r.bpf);
	guard_cut_tidy(o->pin_dir);
	int n;
	do
		n = serve_one(&r, sock, err);
	while (n > 0);
	guard_bpf_close(r.bpf);
	return n;
}
