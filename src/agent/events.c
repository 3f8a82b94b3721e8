/* Events become lines, alerts and knowledge of containers. */
#include "agent/node.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 4096, ANCESTORS = 16, LINE_USUAL_BYTES = 2 << 10, LINE_MAX_BYTES = 64 << 10 };

static void identity_of(struct node *n, const struct event *e, const struct container *c,
			struct event_identity *ret)
{
	const struct rule *r = NULL;
	if (e->kernel.rule > 0 && e->kernel.rule <= n->rules.count)
		r = &n->rules.rule[e->kernel.rule - 1];
	const struct rule_item *item = rule_item_of((enum guard_item)e->kernel.item);
	*ret = (struct event_identity){ .node = n->name };
	if (c != NULL) {
		ret->container_id = c->id;
		ret->container_name = c->name;
		ret->image = c->image;
		ret->image_digest = c->image_digest;
		ret->pod = c->pod;
		ret->namespace = c->namespace;
		ret->app = c->app;
	}
	ret->rule = r == NULL ? "" : r->name;
	if (item != NULL) {
		ret->item = item->name;
		ret->technique = item->technique;
		ret->tactic = item->tactic;
		ret->severity = item->severity;
	}
}

/* --- alerts ------------------------------------------------------------------ */

static char *text_of(const char *s)
{
	return (char *)(uintptr_t)(s == NULL ? "" : s);
}

static void alert_tell(struct node *n, const struct alert *a, bool fresh)
{
	if (fresh)
		syslog_tell(&n->syslog, a, n->name);
}

static const char *outcome_name(uint8_t outcome)
{
	static const char *const names[] = { "observed", "alerted", "blocked",
					     "killed",   "failed",  "restored" };
	return outcome < sizeof names / sizeof names[0] ? names[outcome] : "observed";
}

static int alert_raise(struct node *n, const struct event *e, const struct event_identity *who,
		       const char *process, const char *line, const char *tree, struct error *err)
{
	const struct rule_item *item = rule_item_of((enum guard_item)e->kernel.item);
	const struct alert *a;
	bool fresh = false;
	char object[GUARD_PATH + 1];
	event_object(e, object, sizeof object);
	struct alert what = { .first = now_ns(),
			      .last = now_ns(),
			      .rule = text_of(who->rule),
			      .item = text_of(who->item),
			      .title = text_of(item == NULL ? "" : item->title),
			      .technique = text_of(who->technique),
			      .tactic = text_of(who->tactic),
			      .severity = text_of(who->severity),
			      .outcome = text_of(outcome_name(e->kernel.outcome)),
			      .container_id = text_of(who->container_id),
			      .container_name = text_of(who->container_name),
			      .image = text_of(who->image),
			      .pod = text_of(who->pod),
			      .namespace = text_of(who->namespace),
			      .object = object,
			      .process = text_of(process),
			      .tree = text_of(tree),
			      .event = text_of(line),
			      .note = text_of(""),
			      .user = text_of("") };
	if (alerts_add(n->alerts, &what, &a, &fresh, err) != 0)
		return -1;
	alert_tell(n, a, fresh);
	return 0;
}

/* --- one event --------------------------------------------------------------- */

/* Of an event made here the process itself is not in the table: its forebears are. */
static size_t ancestry_of(struct node *n, const struct event *e, struct process *self,
			  const struct process **ret, size_t most)
{
	const struct guard_event *k = &e->kernel;
	if (k->start_time != 0 || k->tgid == 0)
		return process_table_ancestry(n->processes, e, ret, most);
	*self = (struct process){ .tgid = k->tgid,
				  .ppid = k->ppid,
				  .parent_start_time = k->parent_start_time,
				  .container = k->container };
	memcpy(self->comm, k->comm, sizeof self->comm);
	ret[0] = self;
	struct event parent = { .kernel = { .tgid = k->ppid, .start_time = k->parent_start_time } };
	return 1 + process_table_ancestry(n->processes, &parent, ret + 1, most - 1);
}

/* What was asked for is no alert: it is kept for who asked. */
static bool verified(struct node *n, const struct event *e)
{
	struct guarded *g = node_guarded(n, e->kernel.container, false, NULL);
	if (g == NULL || g->verify == NULL || e->kernel.item >= GUARD_ITEMS)
		return false;
	uint64_t bit = (uint64_t)1 << e->kernel.item;
	if (e->kernel.outcome == OUTCOME_BLOCKED || e->kernel.outcome == OUTCOME_KILLED)
		g->verify_blocked |= bit;
	else
		g->verify_told |= bit;
	return true;
}

static int tell(struct node *n, const struct event *e, const struct container *c, struct error *err)
{
	const struct process *ancestry[ANCESTORS];
	struct event_identity who;
	cleanup_buf struct buf line = buf_max(LINE_MAX_BYTES);
	struct process self;
	size_t count = ancestry_of(n, e, &self, ancestry, ANCESTORS);
	identity_of(n, e, c, &who);
	if (buf_reserve(&line, LINE_USUAL_BYTES, err) != 0 ||
	    event_json(e, &who, ancestry, count, &line, err) != 0 ||
	    event_log_append(n->log, buf_view(&line), err) != 0)
		return -1;
	control_publish(n->control, buf_view(&line));
	if (e->kernel.item == ITEM_NONE || e->kernel.outcome == OUTCOME_OBSERVED || verified(n, e))
		return 0;
	const char *text = buf_cstr(&line, err);
	const char *process =
		count > 0 && ancestry[0]->exe != NULL ? ancestry[0]->exe : e->kernel.comm;
	cleanup_buf struct buf tree = buf_max(LINE_MAX_BYTES);
	if (text == NULL || event_tree_json(ancestry, count, &tree, err) != 0)
		return -1;
	const char *tree_text = buf_cstr(&tree, err);
	return tree_text == NULL ? -1 : alert_raise(n, e, &who, process, text, tree_text, err);
}

/* What an event means for the table of containers. */
static int learn(struct node *n, const struct event *e, struct container *c, struct error *err)
{
	switch (e->kernel.type) {
	case EVENT_CGROUP_NEW:
		return watch_cgroup_new(n, e, err);
	case EVENT_EXEC:
		if (c == NULL)
			return 0;
		return watch_process(n, c, (pid_t)e->kernel.tgid, err) == 0
			       ? watch_identity(n, c, err)
			       : -1;
	case EVENT_LOSS:
		n->lost_in_kernel += e->kernel.op;
		return 0;
	default:
		return 0;
	}
}

static struct container *container_of(struct node *n, const struct event *e)
{
	struct container *c = NULL;
	if (e->kernel.container != 0)
		c = containers_by_number(n->containers, e->kernel.container);
	return c != NULL ? c : containers_by_cgroup(n->containers, e->kernel.cgroup);
}

static int event_take(struct node *n, const struct event *e, struct error *err)
{
	struct error why = { 0 };
	struct container *c = container_of(n, e);
	n->events += e->kernel.type != EVENT_LOSS;
	if (process_table_see(n->processes, e, err) != 0)
		return -1;
	/* What cannot be learnt (a container that lived too short) is no reason to
	 * lose the event. */
	if (learn(n, e, c, &why) != 0)
		log_at(LOG_INFO, "%s", why.text);
	int r = tell(n, e, container_of(n, e), err);
	if (e->kernel.item == ITEM_FILE && e->kernel.outcome == OUTCOME_ALERTED && c != NULL)
		restore_soon(n, c->number, e->kernel.rule);
	if (e->kernel.type == EVENT_CGROUP_GONE)
		watch_cgroup_gone(n, e->kernel.cgroup);
	return r;
}

int events_drain(struct node *n, struct error *err)
{
	struct event e;
	for (int i = 0; i < BATCH; i++, node_beat(n)) {
		int r = event_source_next(n->ring, &e, err);
		if (r == 0)
			return 0;
		if (r < 0)
			continue; /* counted: event_source_counted */
		if (event_take(n, &e, err) != 0)
			log_at(LOG_WARNING, "an event was not kept: %s", err->text);
	}
	return 0;
}

/* --- events made here -------------------------------------------------------- */

static void comm_of(pid_t pid, char out[16])
{
	char path[64];
	(void)snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	cleanup_fclose FILE *f = fopen(path, "re");
	char text[17] = "";
	if (f != NULL && fgets(text, sizeof text, f) != NULL)
		text[strcspn(text, "\n")] = '\0';
	memcpy(out, text, 15);
}

/* From /proc/PID/stat (proc(5)): the name, which may hold anything, ends at the last
 * parenthesis. */
static uint32_t parent_of(pid_t pid)
{
	char path[64], text[512];
	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	cleanup_fclose FILE *f = fopen(path, "re");
	if (f == NULL || fgets(text, sizeof text, f) == NULL)
		return 0;
	const char *end = strrchr(text, ')');
	/* ") S PPID …" */
	return end != NULL && strlen(end) > 4 ? (uint32_t)strtoul(end + 4, NULL, 10) : 0;
}

static void process_fill(const struct node *n, struct guard_event *k)
{
	comm_of((pid_t)k->tgid, k->comm);
	k->ppid = parent_of((pid_t)k->tgid);
	const struct process *parent = process_table_newest(n->processes, k->ppid);
	if (parent != NULL) {
		k->parent_start_time = parent->start_time;
		memcpy(k->parent_comm, parent->comm, sizeof k->parent_comm);
	}
}

static void make(struct node *n, const struct container *c, struct guard_event *k, const char *what)
{
	struct error err = { 0 };
	const struct guarded *g = node_guarded(n, c->number, false, NULL);
	struct event e = { .path = bytes_str(what) };
	k->abi = GUARD_ABI;
	k->type = EVENT_ITEM;
	k->time = event_now();
	k->container = c->number;
	k->cgroup = c->cgroup;
	k->path_bytes = (uint16_t)e.path.n;
	if (g != NULL && k->rule == 0)
		k->rule = n->slot[g->policy].policy.rule[k->item];
	if (k->tgid != 0)
		process_fill(n, k);
	e.kernel = *k;
	if (tell(n, &e, c, &err) != 0)
		log_at(LOG_WARNING, "an event was not kept: %s", err.text);
}

void events_tell(struct node *n, enum guard_item item, uint32_t container, const char *what)
{
	const struct container *c = containers_by_number(n->containers, container);
	const struct guarded *g = node_guarded(n, container, false, NULL);
	struct guard_event k = { .item = (uint8_t)item,
				 .outcome = OUTCOME_ALERTED,
				 .backend = BACKEND_RUNTIME };
	if (c != NULL && g != NULL && n->slot[g->policy].policy.action[item] != GUARD_PASS)
		make(n, c, &k, what);
}

void events_restored(struct node *n, const struct container *c, size_t rule, const char *path,
		     bool done)
{
	struct guard_event k = { .item = ITEM_FILE,
				 .outcome = done ? OUTCOME_RESTORED : OUTCOME_FAILED,
				 .backend = BACKEND_RUNTIME,
				 .rule = (uint16_t)(rule + 1) };
	make(n, c, &k, path);
}

void events_blocked(struct node *n, enum guard_item item, const struct container *c, pid_t pid,
		    const char *path)
{
	struct guard_event k = { .item = (uint8_t)item,
				 .outcome = OUTCOME_BLOCKED,
				 .backend = BACKEND_FANOTIFY,
				 .tgid = (uint32_t)pid,
				 .tid = (uint32_t)pid };
	n->denied++;
	make(n, c, &k, path);
}
