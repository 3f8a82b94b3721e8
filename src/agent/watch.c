/* Containers come and go: from the cgroups' events, from what runs when the agent
 * starts, and, for root and layers, from the first process. */
#include "agent/node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ASK_RUNTIME_MS = 300 };

/* Nobody can be asked of what runc or crun were told by hand. */
static bool can_be_asked(const struct container *c)
{
	return c->known != IDENTITY_RUNTIME && c->runtime != RUNTIME_OCI;
}

static void not_told(const struct container *c, const struct error *why)
{
	log_at(LOG_INFO, "container %s: its runtime does not say what it is: %s", c->id, why->text);
}

static int root_settle(struct node *n, struct container *c, struct guarded *g, struct error *err)
{
	g->rooted = true;
	int applied = policies_apply(n, c, err);
	/* Also without a part of its rules. */
	struct error why = { 0 };
	int watched = n->gate == NULL ? 0 : gate_watch(n, c, applied == 0 ? err : &why);
	if (applied == 0 && watched != 0)
		(void)snprintf(g->problem, sizeof g->problem, "%s", err->text);
	return applied == 0 ? watched : -1;
}

int watch_process(struct node *n, struct container *c, pid_t pid, struct error *err)
{
	struct guarded *g = node_guarded(n, c->number, true, err);
	if (g == NULL || g->rooted)
		return g == NULL ? -1 : 0;
	if (containers_process(n->containers, c, pid, err) != 0) {
		/* Gone already, or runc's own stage: the next program tells. */
		if (err->code == ERR_NOT_FOUND)
			return 0;
		return error_wrap(err, "container %s", c->id);
	}
	return root_settle(n, c, g, err);
}

/* Image, labels, pod: once, when the bundle did not tell. Here the caller waits. */
static int identity_now(struct node *n, struct container *c, struct error *err)
{
	struct guarded *g = node_guarded(n, c->number, true, err);
	struct error why = { 0 };
	unsigned before = c->known;
	if (g == NULL || g->asked || !g->rooted)
		return g == NULL ? -1 : 0;
	g->asked = true;
	if (can_be_asked(c) && containers_ask_runtime(n->containers, c, ASK_RUNTIME_MS, &why) != 0)
		not_told(c, &why);
	return c->known == before ? 0 : policies_apply(n, c, err);
}

int watch_identity(struct node *n, const struct container *c, struct error *err)
{
	struct guarded *g = node_guarded(n, c->number, true, err);
	if (g == NULL || g->asked || !g->rooted)
		return g == NULL ? -1 : 0;
	/* No room: the next program of the container asks again. */
	g->asked = !can_be_asked(c) || n->asking_count < ASKING_MOST;
	if (can_be_asked(c) && n->asking_count < ASKING_MOST) {
		n->asking[n->asking_count++] = c->number;
		(void)pthread_cond_signal(&n->asked);
	}
	return 0;
}

/* With the lock: the next container to be asked about, copied; NULL: it has ended. */
static struct container *asking_next(struct node *n, struct asker *a)
{
	struct error err = { 0 };
	struct container *copy = NULL;
	while (n->asking_count == 0)
		(void)pthread_cond_wait(&n->asked, &n->lock);
	const struct container *c = containers_by_number(n->containers, n->asking[0]);
	memmove(n->asking, n->asking + 1, --n->asking_count * sizeof n->asking[0]);
	if (c != NULL && container_copy(a, c, &copy, &err) != 0)
		log_at(LOG_WARNING, "container %s: %s", c->id, err.text);
	return copy;
}

/* With the lock. */
static void identity_take(struct node *n, const struct container *copy)
{
	struct error err = { 0 };
	const struct container *known = containers_by_number(n->containers, copy->number);
	unsigned before = known == NULL ? 0 : (unsigned)known->known;
	struct container *c = containers_told(n->containers, copy);
	if (c == NULL || (unsigned)c->known == before)
		return;
	if (policies_apply(n, c, &err) != 0)
		log_at(LOG_WARNING, "%s", err.text);
	if (before == IDENTITY_CGROUP) /* no gate has read how it was started */
		watch_start_alerts(n, c);
}

void watch_ask(struct node *n, struct asker *a)
{
	(void)pthread_mutex_lock(&n->lock);
	for (;;) {
		struct container *copy = asking_next(n, a);
		if (copy == NULL)
			continue;
		struct error err = { 0 };
		(void)pthread_mutex_unlock(&n->lock);
		if (container_ask(copy, ASK_RUNTIME_MS, &err) != 0)
			not_told(copy, &err);
		asker_ready(a);
		(void)pthread_mutex_lock(&n->lock);
		identity_take(n, copy);
		container_free(copy);
	}
}

int watch_cgroup_new(struct node *n, const struct event *e, struct error *err)
{
	char path[GUARD_PATH + 1];
	struct container *c = NULL;
	if (e->path.n >= sizeof path || memchr(e->path.p, 0, e->path.n) != NULL)
		return 0;
	memcpy(path, e->path.p, e->path.n);
	path[e->path.n] = '\0';
	if (containers_cgroup_new(n->containers, e->kernel.cgroup, path, &c, err) != 0)
		return -1;
	return c == NULL ? 0 : policies_apply(n, c, err);
}

void watch_cgroup_gone(struct node *n, uint64_t cgroup)
{
	struct container *c = containers_by_cgroup(n->containers, cgroup);
	if (c == NULL)
		return;
	(void)enforcer_container_drop(n->enforcer, cgroup, NULL);
	node_guarded_drop(n, c->number);
	containers_cgroup_gone(n->containers, cgroup);
}

/* Those that ran before the agent: their tasks get the label that they would have
 * inherited. */
static int tasks_label(struct node *n, const struct container *c, struct error *err)
{
	if (c->pid <= 0)
		return 0;
	cleanup_close int pidfd = pidfd_open(c->pid, 0);
	if (pidfd < 0)
		return errno == ESRCH ? 0 : error_errno(err, "cannot open process %d", c->pid);
	const struct guarded *g = node_guarded(n, c->number, false, NULL);
	struct guard_label l = { .container = c->number,
				 .policy = g == NULL ? 0 : g->policy,
				 .flags = LABEL_ARMED,
				 .cgroup = c->cgroup };
	return enforcer_label(n->enforcer, pidfd, &l, err);
}

int watch_cgroup_open(const char *path, uint64_t *ret_id)
{
	static const char *const roots[] = { "/sys/fs/cgroup/unified", "/sys/fs/cgroup" };
	char full[4200];
	struct stat st;
	for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
		(void)snprintf(full, sizeof full, "%s%s", roots[i], path);
		cleanup_close int fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0 || fstat(fd, &st) != 0 || faccessat(fd, "cgroup.type", F_OK, 0) != 0)
			continue;
		*ret_id = st.st_ino;
		return fd_take(&fd);
	}
	return -1;
}

/* Any process of a cgroup; 0: none yet. */
static pid_t process_in(int cgroup)
{
	cleanup_close int fd = openat(cgroup, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	char text[32] = "";
	if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
		return 0;
	return (pid_t)strtol(text, NULL, 10);
}

pid_t watch_process_of(const struct container *c)
{
	uint64_t id;
	cleanup_close int cgroup = watch_cgroup_open(c->cgroup_path, &id);
	return cgroup < 0 || id != c->cgroup ? 0 : process_in(cgroup);
}

int watch_late(struct node *n, struct container *c, struct error *err)
{
	uint64_t id;
	if (c->cgroup != 0 || c->cgroup_path[0] == '\0')
		return 0;
	cleanup_close int cgroup = watch_cgroup_open(c->cgroup_path, &id);
	if (cgroup < 0)
		return 0; /* as it should be */
	struct container *joined = NULL;
	if (containers_cgroup_new(n->containers, id, c->cgroup_path, &joined, err) != 0)
		return -1;
	if (joined == NULL)
		return 0;
	joined->gate_timed_out = true;
	pid_t pid = process_in(cgroup);
	if (policies_apply(n, joined, err) != 0)
		return -1;
	return pid > 0 ? watch_process(n, joined, pid, err) : 0;
}

/* An earlier agent may have cut its network: that outlives agents. */
static int cut_learn(struct node *n, const struct container *c, struct error *err)
{
	struct guarded *g = node_guarded(n, c->number, true, err);
	return g == NULL ? -1 : enforcer_container_cut(n->enforcer, c->cgroup, &g->cut, err);
}

int watch_discover(struct node *n, struct error *err)
{
	struct container *c;
	if (containers_discover(n->containers, err) != 0)
		return -1;
	for (size_t i = 0; (c = containers_next(n->containers, &i)) != NULL; node_beat(n)) {
		struct error why = { 0 };
		if ((c->pid > 0 ? watch_process(n, c, c->pid, &why) : policies_apply(n, c, &why)) !=
			    0 ||
		    identity_now(n, c, &why) != 0 || tasks_label(n, c, &why) != 0 ||
		    cut_learn(n, c, &why) != 0)
			log_at(LOG_WARNING, "container %s is not wholly guarded: %s", c->id,
			       why.text);
	}
	return 0;
}

void watch_start_alerts(struct node *n, const struct container *c)
{
	for (size_t i = 0; i < c->risk_count; i++)
		events_tell(n, c->risk[i].item, c->number, c->risk[i].what);
}
