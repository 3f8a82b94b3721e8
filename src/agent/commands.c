/* The control socket's verbs. */
#include "agent/answer.h"
#include "agent/operations.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- status ------------------------------------------------------------------ */

static const struct {
	enum guard_backend backend;
	const char *name;
} backends[] = {
	{ BACKEND_BPF_LSM, "bpf-lsm" },       { BACKEND_TP_KILL, "tp-kill" },
	{ BACKEND_CGROUP_BPF, "cgroup-bpf" }, { BACKEND_FANOTIFY, "fanotify" },
	{ BACKEND_RUNTIME, "runtime" },
};

static void backends_write(struct json_writer *w, const char *key, unsigned bits)
{
	json_key(w, key);
	json_array_begin(w);
	for (size_t i = 0; i < sizeof backends / sizeof backends[0]; i++)
		if ((bits & backends[i].backend) != 0)
			json_string(w, backends[i].name);
	json_array_end(w);
}

static void counters_write(struct json_writer *w, const struct node *n)
{
	const struct guard_stats *k = &n->status.stats, *before = &n->before;
	uint64_t failed = 0, lost = k->lost - before->lost;
	uint64_t produced = k->produced - before->produced + lost;
	uint64_t known = n->events + lost;
	for (size_t i = 0; i < sizeof k->helper_failed / sizeof k->helper_failed[0]; i++)
		failed += k->helper_failed[i];
	json_key(w, "events");
	json_object_begin(w);
	json_member_u64(w, "produced", produced < known ? known : produced);
	json_member_u64(w, "delivered", n->events);
	json_member_u64(w, "waiting", produced < known ? 0 : produced - known);
	json_member_u64(w, "lost_in_kernel", lost);
	json_member_u64(w, "lost_on_disk", event_log_lost(n->log));
	json_member_u64(w, "lost_to_followers", control_lost(n->control));
	json_member_u64(w, "lost_to_syslog", n->syslog.lost);
	json_member_u64(w, "blocked", k->blocked + n->denied);
	json_member_u64(w, "killed", k->killed);
	json_member_u64(w, "kill_failed", k->kill_failed);
	json_member_u64(w, "helpers_failed", failed);
	json_member_u64(w, "gate_timeouts", n->gate == NULL ? 0 : exec_gate_timeouts(n->gate));
	json_object_end(w);
}

static void alerts_write(struct json_writer *w, const struct node *n)
{
	json_key(w, "alerts");
	json_object_begin(w);
	json_member_u64(w, "damaged", alerts_damaged(n->alerts));
	json_member_u64(w, "dropped", alerts_dropped(n->alerts));
	json_object_end(w);
}

static int status(struct node *n, struct control_server *s, int client, struct error *err)
{
	struct answer_line l;
	if (events_drain(n, err) != 0 || enforcer_status(n->enforcer, &n->status, err) != 0 ||
	    answer_begin(&l, err) != 0)
		return -1;
	const struct bpf_abilities *a = &n->status.abilities;
	json_member_string(&l.w, "version", CORTEN_VERSION);
	json_member_string(&l.w, "node", n->name);
	json_member_string(&l.w, "state", "active");
	json_member_string(&l.w, "kernel", a->kernel);
	json_member_string(&l.w, "lsm", a->lsm_list);
	backends_write(&l.w, "backends", n->backends);
	json_member_string(&l.w, "no_bpf_lsm", a->lsm ? "" : a->cause);
	json_member_bool(&l.w, "pins_adopted", n->status.adopted);
	json_member_u64(&l.w, "started", n->started / 1000000000u);
	json_member_u64(&l.w, "rules", n->rules.count);
	json_member_string(&l.w, "rules_digest", n->rules.digest);
	json_member_string(&l.w, "rules_refused", n->rules_error);
	json_member_string(&l.w, "rules_dir", n->options->rules_dir);
	json_member_u64(&l.w, "containers", n->guarded_count);
	json_member_u64(&l.w, "operations_unrecorded", n->unrecorded);
	counters_write(&l.w, n);
	alerts_write(&l.w, n);
	answer_end(&l, s, client);
	return 0;
}

/* --- rules and their effective state ------------------------------------------ */

static void item_names(struct json_writer *w, const char *key, uint64_t items)
{
	json_key(w, key);
	json_array_begin(w);
	for (unsigned i = 0; i < GUARD_ITEMS; i++) {
		const struct rule_item *item =
			(items >> i & 1) != 0 ? rule_item_of((enum guard_item)i) : NULL;
		if (item != NULL)
			json_string(w, item->name);
	}
	json_array_end(w);
}

/* What a file rule is about: for those who try it. */
static void files_write(struct json_writer *w, const struct rule *r)
{
	json_key(w, "directories");
	json_array_begin(w);
	for (size_t i = 0; i < r->file.directories.count; i++)
		json_string(w, r->file.directories.value[i]);
	json_array_end(w);
	json_key(w, "include");
	json_array_begin(w);
	for (size_t i = 0; i < r->file.include.count; i++)
		json_string(w, r->file.include.value[i]);
	json_array_end(w);
	json_key(w, "operations");
	json_array_begin(w);
	for (unsigned op = FILE_OP_CREATE; op <= FILE_OP_READ; op <<= 1)
		if ((r->file.ops & op) != 0)
			json_string(w, rule_file_op_name((enum guard_file_op)op));
	json_array_end(w);
}

static int rules(struct node *n, struct control_server *s, int client, struct error *err)
{
	static const char *const states[] = { "active", "degraded", "inactive" };
	for (size_t i = 0; i < n->rules.count; i++) {
		const struct rule *r = &n->rules.rule[i];
		struct rule_status st = { 0 };
		struct answer_line l;
		if (rule_status(r, n->backends, &st) != 0 || answer_begin(&l, err) != 0)
			return -1;
		json_member_string(&l.w, "name", r->name);
		json_member_u64(&l.w, "priority", r->priority);
		json_member_string(&l.w, "origin", r->origin);
		json_member_bool(&l.w, "host", r->scope.host);
		json_member_string(&l.w, "state", states[st.state]);
		json_member_string(&l.w, "cause", st.cause);
		json_member_string(&l.w, "detail", st.detail);
		item_names(&l.w, "blocked", st.blocked);
		item_names(&l.w, "alerted", st.alerted);
		item_names(&l.w, "missing", st.missing);
		backends_write(&l.w, "backends", st.backends);
		if (r->kind == RULE_FILE)
			files_write(&l.w, r);
		answer_end(&l, s, client);
	}
	return 0;
}

/* --- containers --------------------------------------------------------------- */

static void container_write(struct json_writer *w, const struct container *c,
			    const struct guarded *g)
{
	static const char *const known[] = { "cgroup", "bundle", "runtime" };
	json_member_string(w, "id", c->id);
	json_member_string(w, "name", c->name);
	json_member_string(w, "image", c->image);
	json_member_string(w, "image_digest", c->image_digest);
	json_member_string(w, "namespace", c->namespace);
	json_member_string(w, "pod", c->pod);
	json_member_string(w, "app", c->app);
	json_member_u64(w, "pid", (uint64_t)c->pid);
	json_member_string(w, "cgroup", c->cgroup_path);
	json_member_string(w, "identity", known[c->known]);
	json_member_bool(w, "guarded", g != NULL && g->policy != 0);
	json_member_bool(w, "root_known", g != NULL && g->rooted);
	json_member_bool(w, "paused", g != NULL && g->frozen);
	json_member_bool(w, "cut", g != NULL && g->cut);
	json_member_string(w, "cause", c->gate_timed_out ? "start_gate_timeout" : "");
}

static int containers(struct node *n, struct control_server *s, int client, struct error *err)
{
	struct container *c;
	for (size_t i = 0; (c = containers_next(n->containers, &i)) != NULL;) {
		struct answer_line l;
		if (c->cgroup == 0)
			continue; /* announced, not started */
		if (answer_begin(&l, err) != 0)
			return -1;
		container_write(&l.w, c, node_guarded(n, c->number, false, NULL));
		answer_end(&l, s, client);
	}
	return 0;
}

/* --- what is done to a container ----------------------------------------------- */

static void detail_container(struct operation_detail *d, const struct container *c)
{
	(void)snprintf(d->container, sizeof d->container, "%s", c->id);
	(void)snprintf(d->text, sizeof d->text, "%s %s", c->name, c->image);
}

static int container_do(struct node *n, const char *name, enum container_stop what,
			struct operation_detail *detail, struct error *err)
{
	struct container *c = containers_find(n->containers, name, err);
	if (c == NULL)
		return -1;
	detail_container(detail, c);
	cleanup_close int fd = container_cgroup_open(c, err);
	if (fd < 0 || enforcer_container_do(n->enforcer, fd, what, err) != 0)
		return -1;
	struct guarded *g = node_guarded(n, c->number, true, err);
	if (g == NULL)
		return -1;
	if (what == CONTAINER_CUT || what == CONTAINER_JOIN)
		g->cut = what == CONTAINER_CUT;
	else
		g->frozen = what == CONTAINER_FREEZE;
	return 0;
}

/* --- verifying ----------------------------------------------------------------- */

/* One rule holds alone in a container that was made to try it. */
static int verify_as(struct node *n, const char *name, const char *rule, struct error *err)
{
	struct container *c = containers_find(n->containers, name, err);
	struct guarded *g = c == NULL ? NULL : node_guarded(n, c->number, true, err);
	if (g == NULL)
		return -1;
	char *copy = strdup(rule);
	if (copy == NULL)
		return error_errno(err, "no memory to verify %s", rule);
	free(g->verify);
	g->verify = copy;
	g->verify_blocked = g->verify_told = 0;
	if (policies_apply(n, c, err) != 0)
		return -1;
	watch_start_alerts(n, c);
	return 0;
}

static int verify_seen(struct node *n, struct control_server *s, int client, const char *name,
		       struct error *err)
{
	struct container *c = containers_find(n->containers, name, err);
	const struct guarded *g = c == NULL ? NULL : node_guarded(n, c->number, true, err);
	struct answer_line l;
	if (g == NULL || answer_begin(&l, err) != 0)
		return -1;
	item_names(&l.w, "blocked", g->verify_blocked);
	item_names(&l.w, "alerted", g->verify_told);
	answer_end(&l, s, client);
	return 0;
}

/* --- alerts ------------------------------------------------------------------- */

static int alert_line(const struct alert *a, struct control_server *s, int client,
		      struct error *err)
{
	cleanup_buf struct buf line = buf_max(1 << 20);
	if (alert_json(a, &line, err) != 0)
		return -1;
	control_line(s, client, buf_view(&line));
	return 0;
}

static int alerts_list(struct node *n, struct control_server *s, int client, struct error *err)
{
	const struct alert *a;
	for (size_t i = 0; (a = alerts_next(n->alerts, &i)) != NULL;)
		if (alert_line(a, s, client, err) != 0)
			return -1;
	return 0;
}

static int alert_state_of(const char *name, enum alert_state *ret)
{
	for (unsigned i = ALERT_NEW; i <= ALERT_WHITELISTED; i++) {
		if (strcmp(alert_state_name((enum alert_state)i), name) == 0) {
			*ret = (enum alert_state)i;
			return 0;
		}
	}
	return -1;
}

static int alert_handle(struct node *n, const char *const *words, struct error *err)
{
	enum alert_state to;
	if (alert_state_of(words[2], &to) != 0)
		return error_set(err, ERR_USAGE, "\"%s\" is no state of an alert", words[2]);
	if (alerts_handle(n->alerts, words[1], to, words[3], words[4], err) != 0)
		return -1;
	return alerts_flush(n->alerts, err);
}

/* --- the table ---------------------------------------------------------------- */

struct request {
	struct node *n;
	struct control_server *s;
	int client;
	const char *const *words;
	const struct peer *peer; /* of operations */
	struct operation_detail *detail; /* of operations */
};

static int verb_status(const struct request *q, struct error *err)
{
	return status(q->n, q->s, q->client, err);
}

static int verb_rules(const struct request *q, struct error *err)
{
	return rules(q->n, q->s, q->client, err);
}

static int verb_containers_rules(const struct request *q, struct error *err)
{
	return answer_containers_rules(q->n, q->s, q->client, err);
}

static int verb_reload(const struct request *q, struct error *err)
{
	return policies_reload(q->n, err);
}

static int verb_containers(const struct request *q, struct error *err)
{
	return containers(q->n, q->s, q->client, err);
}

static int verb_stop(const struct request *q, struct error *err)
{
	return container_do(q->n, q->words[1], CONTAINER_KILL, q->detail, err);
}

static int verb_pause(const struct request *q, struct error *err)
{
	return container_do(q->n, q->words[1], CONTAINER_FREEZE, q->detail, err);
}

static int verb_resume(const struct request *q, struct error *err)
{
	return container_do(q->n, q->words[1], CONTAINER_THAW, q->detail, err);
}

static int verb_cut(const struct request *q, struct error *err)
{
	return container_do(q->n, q->words[1], CONTAINER_CUT, q->detail, err);
}

static int verb_uncut(const struct request *q, struct error *err)
{
	return container_do(q->n, q->words[1], CONTAINER_JOIN, q->detail, err);
}

static int verb_alerts(const struct request *q, struct error *err)
{
	return alerts_list(q->n, q->s, q->client, err);
}

static int verb_alert(const struct request *q, struct error *err)
{
	const struct alert *a = alerts_find(q->n->alerts, q->words[1], err);
	return a == NULL ? -1 : alert_line(a, q->s, q->client, err);
}

static int verb_handle(const struct request *q, struct error *err)
{
	return alert_handle(q->n, q->words, err);
}

static int verb_verify_as(const struct request *q, struct error *err)
{
	return verify_as(q->n, q->words[1], q->words[2], err);
}

static int verb_verify_seen(const struct request *q, struct error *err)
{
	return verify_seen(q->n, q->s, q->client, q->words[1], err);
}

static int verb_follow(const struct request *q, struct error *err)
{
	(void)err;
	control_follow(q->s, q->client);
	return 0;
}

static int verb_kill(const struct request *q, struct error *err)
{
	return operation_kill(q->n, q->words[1], strcmp(q->words[2], "host") == 0, q->detail, err);
}

static int verb_quarantine(const struct request *q, struct error *err)
{
	if (operation_quarantine(q->n, q->words[1], q->words[2], q->peer, q->detail, err) != 0)
		return -1;
	struct answer_line l;
	if (answer_begin(&l, err) != 0)
		return -1;
	json_member_string(&l.w, "id", q->detail->text);
	answer_end(&l, q->s, q->client);
	return 0;
}

static int verb_quarantined(const struct request *q, struct error *err)
{
	return quarantine_list(q->n, q->s, q->client, err);
}

static int verb_restore(const struct request *q, struct error *err)
{
	return operation_restore(q->n, q->words[1], q->words[2], q->detail, err);
}

static int verb_operations(const struct request *q, struct error *err)
{
	return operations_list(q->n, q->s, q->client, err);
}

static const struct verb {
	const char *name;
	size_t words; /* with the verb */
	int (*f)(const struct request *q, struct error *err);
	bool operation; /* changes something: recorded, whatever comes of it */
} verbs[] = {
	{ "status", 1, verb_status, false },
	{ "rules", 1, verb_rules, false },
	{ "containers-rules", 1, verb_containers_rules, false },
	{ "reload", 1, verb_reload, true },
	{ "containers", 1, verb_containers, false },
	{ "stop", 2, verb_stop, true },
	{ "pause", 2, verb_pause, true },
	{ "resume", 2, verb_resume, true },
	{ "cut", 2, verb_cut, true },
	{ "uncut", 2, verb_uncut, true },
	{ "kill", 3, verb_kill, true },
	{ "quarantine", 3, verb_quarantine, true },
	{ "quarantined", 1, verb_quarantined, false },
	{ "restore", 3, verb_restore, true },
	{ "operations", 1, verb_operations, false },
	{ "alerts", 1, verb_alerts, false },
	{ "alert", 2, verb_alert, false },
	{ "handle", 5, verb_handle, true },
	{ "follow", 1, verb_follow, false },
	{ "verify-as", 3, verb_verify_as, true },
	{ "verify-seen", 2, verb_verify_seen, false },
};

/* An operation whose record cannot be kept is done all the same: a full disk must
 * not keep anybody from stopping a container. */
static int operate(const struct verb *v, struct request *q, size_t count, struct error *err)
{
	struct ucred u;
	struct peer who;
	struct operation_detail detail = { 0 };
	struct error why = { 0 };
	control_peer(q->s, q->client, &u);
	peer_look(&u, &who);
	q->peer = &who;
	q->detail = &detail;
	int r = v->f(q, err);
	if (operations_record(q->n, &who, q->words, count, &detail, r == 0 ? NULL : err, &why) == 0)
		return r;
	q->n->unrecorded++;
	log_at(LOG_ERROR, "%s by user %u is not in the record: %s", q->words[0], who.uid, why.text);
	return r;
}

int commands_answer(void *ctx, struct control_server *s, int client, const char *const *words,
		    size_t count, struct error *err)
{
	struct request q = { .n = ctx, .s = s, .client = client, .words = words };
	for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
		if (strcmp(verbs[i].name, words[0]) != 0)
			continue;
		if (count != verbs[i].words)
			return error_set(err, ERR_PROTOCOL, "%s takes %zu words", words[0],
					 verbs[i].words - 1);
		return verbs[i].operation ? operate(&verbs[i], &q, count, err)
					  : verbs[i].f(&q, err);
	}
	return error_set(err, ERR_UNSUPPORTED, "this agent does not know \"%s\"", words[0]);
}
