#include "enforce/protocol.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct enforcer {
	int sock;
};

int enforcer_new(int sock, struct enforcer **ret, struct error *err)
{
	struct enforcer *e = calloc(1, sizeof *e);
	if (e == NULL)
		return error_set(err, ERR_MEMORY, "no memory");
	e->sock = sock;
	*ret = e;
	return 0;
}

void enforcer_free(struct enforcer *e)
{
	if (e == NULL)
		return;
	(void)close(e->sock);
	free(e);
}

/* One question and its answer; the refusal becomes err. */
static int ask_with(struct enforcer *e, const struct enforce_request *q,
		    const int fd[static PACKET_FDS], struct enforce_reply *ret, int *ret_fd,
		    struct error *err)
{
	int came[PACKET_FDS] = { -1, -1 };
	if (packet_send(e->sock, q, sizeof *q, fd, err) != 0)
		return -1;
	int n = packet_receive(e->sock, ret, sizeof *ret, came, err);
	cleanup_close int got = came[0], surplus = came[1];
	(void)surplus;
	if (n < 0)
		return -1;
	if (n == 0)
		return error_set(err, ERR_WORKER_DIED, "the enforcing role has ended");
	ret->text[sizeof ret->text - 1] = '\0';
	if (ret->result != 0)
		return error_set(err,
				 ret->code < ERR_CODES ? (enum error_code)ret->code : ERR_PROTOCOL,
				 "%s", ret->text);
	if (ret_fd != NULL) {
		if (got < 0)
			return error_set(err, ERR_PROTOCOL,
					 "the enforcing role sent no descriptor");
		*ret_fd = fd_take(&got);
	}
	return 0;
}

static int ask(struct enforcer *e, const struct enforce_request *q, int fd,
	       struct enforce_reply *ret, int *ret_fd, struct error *err)
{
	return ask_with(e, q, (int[PACKET_FDS]){ fd, -1 }, ret, ret_fd, err);
}

static int tell(struct enforcer *e, const struct enforce_request *q, int fd, struct error *err)
{
	struct enforce_reply a;
	return ask(e, q, fd, &a, NULL, err);
}

int enforcer_status(struct enforcer *e, struct enforcer_status *ret, struct error *err)
{
	struct enforce_request q = { .op = OP_STATUS };
	struct enforce_reply a;
	if (ask(e, &q, -1, &a, NULL, err) != 0)
		return -1;
	*ret = a.status;
	return 0;
}

int enforcer_ring(struct enforcer *e, int *ret_fd, struct error *err)
{
	struct enforce_request q = { .op = OP_RING };
	struct enforce_reply a;
	return ask(e, &q, -1, &a, ret_fd, err);
}

int enforcer_item(struct enforcer *e, enum guard_item item, enum guard_backend backend,
		  bool *ret_attached, char *cause, size_t n, struct error *err)
{
	struct enforce_request q = { .op = OP_ITEM, .number = item, .key = backend };
	struct enforce_reply a;
	if (ask(e, &q, -1, &a, NULL, err) != 0)
		return -1;
	a.item.cause[sizeof a.item.cause - 1] = '\0';
	*ret_attached = a.item.attached;
	if (n > 0)
		(void)snprintf(cause, n, "%s", a.item.cause);
	return 0;
}

int enforcer_policy(struct enforcer *e, uint32_t policy, const struct guard_policy *p,
		    struct error *err)
{
	struct enforce_request q = { .op = OP_POLICY, .number = policy, .policy = *p };
	return tell(e, &q, -1, err);
}

int enforcer_file_rule(struct enforcer *e, uint32_t i, const struct guard_file_rule *r,
		       struct error *err)
{
	struct enforce_request q = { .op = OP_FILE_RULE, .number = i, .file_rule = *r };
	return tell(e, &q, -1, err);
}

int enforcer_container(struct enforcer *e, uint64_t cgroup, const struct guard_container *c,
		       struct error *err)
{
	struct enforce_request q = { .op = OP_CONTAINER, .key = cgroup, .container = *c };
	return tell(e, &q, -1, err);
}

int enforcer_container_drop(struct enforcer *e, uint64_t cgroup, struct error *err)
{
	struct enforce_request q = { .op = OP_CONTAINER_DROP, .key = cgroup };
	return tell(e, &q, -1, err);
}

int enforcer_expect(struct enforcer *e, uint64_t key, const struct guard_container *c,
		    struct error *err)
{
	struct enforce_request q = { .op = OP_EXPECT, .key = key, .container = *c };
	return tell(e, &q, -1, err);
}

int enforcer_verdict(struct enforcer *e, const struct guard_file_id *f,
		     const struct guard_verdict *v, struct error *err)
{
	struct enforce_request q = { .op = OP_VERDICT, .file = { *f, *v } };
	return tell(e, &q, -1, err);
}

int enforcer_trusted(struct enforcer *e, const struct guard_file_id *program, uint64_t rules,
		     struct error *err)
{
	struct enforce_request q = { .op = OP_TRUSTED, .key = rules, .file = { .id = *program } };
	return tell(e, &q, -1, err);
}

int enforcer_interpreter(struct enforcer *e, const struct guard_file_id *program, bool interprets,
			 struct error *err)
{
	struct enforce_request q = { .op = OP_INTERPRETER,
				     .key = interprets ? 1 : 0,
				     .file = { .id = *program } };
	return tell(e, &q, -1, err);
}

int enforcer_protect(struct enforcer *e, int inode, const struct guard_protect *p,
		     struct error *err)
{
	struct enforce_request q = { .op = OP_PROTECT, .protect = *p };
	return tell(e, &q, inode, err);
}

int enforcer_label(struct enforcer *e, int pidfd, const struct guard_label *l, struct error *err)
{
	struct enforce_request q = { .op = OP_LABEL, .label = *l };
	return tell(e, &q, pidfd, err);
}

int enforcer_settings(struct enforcer *e, const struct guard_settings *s, struct error *err)
{
	struct enforce_request q = { .op = OP_SETTINGS, .settings = *s };
	return tell(e, &q, -1, err);
}

int enforcer_container_do(struct enforcer *e, int cgroup, enum container_stop what,
			  struct error *err)
{
	struct enforce_request q = { .op = OP_CONTAINER_DO, .number = what };
	return tell(e, &q, cgroup, err);
}

int enforcer_container_cut(struct enforcer *e, uint64_t cgroup, bool *ret, struct error *err)
{
	struct enforce_request q = { .op = OP_CUT, .key = cgroup };
	struct enforce_reply a;
	if (ask(e, &q, -1, &a, NULL, err) != 0)
		return -1;
	*ret = a.cut;
	return 0;
}

int enforcer_kill(struct enforcer *e, int pidfd, struct error *err)
{
	struct enforce_request q = { .op = OP_KILL };
	return tell(e, &q, pidfd, err);
}

static int move(struct enforcer *e, enum enforce_op op, int folder, const char *file,
		const char *name, struct error *err)
{
	struct enforce_request q = { .op = op };
	if (strlen(file) >= sizeof q.move.file || strlen(name) >= sizeof q.move.name)
		return error_set(err, ERR_LIMIT, "%s: the name is too long", file);
	(void)snprintf(q.move.file, sizeof q.move.file, "%s", file);
	(void)snprintf(q.move.name, sizeof q.move.name, "%s", name);
	return tell(e, &q, folder, err);
}

int enforcer_quarantine(struct enforcer *e, int folder, const char *file, const char *name,
			struct error *err)
{
	return move(e, OP_QUARANTINE, folder, file, name, err);
}

int enforcer_restore(struct enforcer *e, int folder, const char *file, const char *name,
		     struct error *err)
{
	return move(e, OP_RESTORE, folder, file, name, err);
}

int enforcer_put_back(struct enforcer *e, int folder, const char *name, int backup,
		      const struct digest *wanted, struct error *err)
{
	struct enforce_request q = { .op = OP_PUT_BACK, .put = { .digest = *wanted } };
	struct enforce_reply a;
	if (strlen(name) >= sizeof q.put.name)
		return error_set(err, ERR_LIMIT, "%s: the name is too long", name);
	(void)snprintf(q.put.name, sizeof q.put.name, "%s", name);
	return ask_with(e, &q, (int[PACKET_FDS]){ folder, backup }, &a, NULL, err);
}
