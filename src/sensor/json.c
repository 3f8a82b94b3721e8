/* An event as one line of JSON. Names follow the Elastic Common Schema 8 where it
 * has one; doc/events.md tells all, doc/event.schema.json checks. Numbers that
 * may pass 2^53 (inodes, cgroups) are strings. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "rule/rule.h"
#include "sensor/internal.h"
#include "sensor/line.h"

enum { ANCESTORS_TOLD = 16 };

static const struct {
	const char *category, *action;
} types[EVENT_AGENT + 1] = {
	[EVENT_EXEC] = { "process", "exec" },
	[EVENT_FORK] = { "process", "fork" },
	[EVENT_EXIT] = { "process", "exit" },
	[EVENT_FILE] = { "file", "file" },
	[EVENT_CONNECT] = { "network", "connect" },
	[EVENT_BIND] = { "network", "bind" },
	[EVENT_LISTEN] = { "network", "listen" },
	[EVENT_NAMESPACE] = { "process", "namespace" },
	[EVENT_CREDENTIAL] = { "process", "credential" },
	[EVENT_ITEM] = { "intrusion_detection", "item" },
	[EVENT_CGROUP_NEW] = { "host", "cgroup-new" },
	[EVENT_CGROUP_GONE] = { "host", "cgroup-gone" },
	[EVENT_CONTAINER_START] = { "host", "container-start" },
	[EVENT_CONTAINER_STOP] = { "host", "container-stop" },
	[EVENT_LOSS] = { "host", "loss" },
	[EVENT_AGENT] = { "host", "agent" },
};

static const char *const outcomes[] = { "observed", "alerted", "blocked",
					"killed",   "failed",  "restored" };
static const char *const origins[] = {
	NULL, "image", "upper", "volume", "tmpfs", "nameless", "copy"
};

const char *event_type_name(enum guard_event_type t)
{
	return (unsigned)t <= EVENT_AGENT && types[t].action != NULL ? types[t].action : "unknown";
}

const char *event_outcome_name(enum guard_outcome o)
{
	return (unsigned)o < sizeof outcomes / sizeof outcomes[0] ? outcomes[o] : "unknown";
}

/* --- time ---------------------------------------------------------------------------------- */

/* When the boot clock was 0, by the clock of now: one that jumps moves the times of
 * later events, not their order. */
static uint64_t boot_of_now(void)
{
	struct timespec now = { 0 };
	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec - event_now();
}

/* --- processes --------------------------------------------------------------------------------- */

static void put_identity(struct line *l, uint32_t tgid, uint64_t start)
{
	line_u64(l, "pid", tgid);
	if (start == 0)
		return;
	line_u64_pair(l, "entity_id", tgid, '-', start);
	line_time(l, "start", l->boot + start);
}

static void put_process(struct line *l, const char *key, const struct process *p)
{
	line_object(l, key);
	put_identity(l, p->tgid, p->start_time);
	line_text(l, "name", p->comm);
	line_text(l, "executable", p->exe);
	line_text(l, "command_line", p->args);
	line_end_object(l);
}

static void put_args(struct line *l, const struct event *e)
{
	bool masked = false;
	struct error err = { 0 };
	cleanup_buf struct buf args = buf_max(8 * GUARD_ARGS);
	if (e->args.n == 0 || args_mask(e->args, '\0', &args, &masked, &err) < 0)
		return;
	struct bytes rest = buf_view(&args), arg;
	line_list(l, "args");
	while (bytes_next_field(&rest, '\0', &arg))
		line_bytes(l, NULL, arg);
	line_end_list(l);
	if (masked)
		line_bool(l, "args_masked", true);
	if ((e->kernel.truncated & 2) != 0)
		line_bool(l, "args_truncated", true);
}

static void put_id(struct line *l, const char *key, uint32_t id)
{
	line_object(l, key);
	line_u64_text(l, "id", id);
	line_end_object(l);
}

static void put_capabilities(struct line *l, uint64_t permitted)
{
	char text[17];
	(void)snprintf(text, sizeof text, "%016llx", (unsigned long long)permitted);
	line_text(l, "capabilities", text);
}

static void put_user(struct line *l, const struct guard_event *k)
{
	bool changed = k->type == EVENT_CREDENTIAL;
	line_object(l, "user");
	line_u64_text(l, "id", k->uid);
	put_id(l, "group", k->gid);
	if (changed) {
		put_id(l, "effective", k->change.euid);
		put_id(l, "saved", k->change.suid);
	}
	line_end_object(l);
	if (!changed)
		return;
	put_capabilities(l, k->change.permitted);
	line_object(l, "previous");
	line_object(l, "user");
	line_u64_text(l, "id", k->change.uid_before);
	put_id(l, "effective", k->change.euid_before);
	put_id(l, "saved", k->change.suid_before);
	line_end_object(l);
	put_capabilities(l, k->change.permitted_before);
	line_end_object(l);
}

/* Those that are not what they were. */
static void put_namespaces(struct line *l, uint32_t flags)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} kinds[] = { { CLONE_NEWNS, "mnt" },
		      { CLONE_NEWUSER, "user" },
		      { CLONE_NEWPID, "pid" },
		      { CLONE_NEWNET, "net" } };
	line_list(l, "namespaces");
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if ((flags & kinds[i].flag) != 0)
			line_text(l, NULL, kinds[i].name);
	line_end_list(l);
}

/* The parent as the table knows it, or as the event itself tells. */
static void put_parent(struct line *l, const struct guard_event *k,
		       const struct process *const *ancestry, size_t ancestors)
{
	if (ancestors > 1) {
		put_process(l, "parent", ancestry[1]);
	} else if (k->ppid != 0) {
		line_object(l, "parent");
		put_identity(l, k->ppid, k->parent_start_time);
		line_text(l, "name", k->parent_comm);
		line_end_object(l);
	}
	if (ancestors <= 2)
		return;
	line_list(l, "ancestors");
	for (size_t i = 2; i < ancestors && i < ANCESTORS_TOLD; i++)
		put_process(l, NULL, ancestry[i]);
	line_end_list(l);
}

static void put_event_process(struct line *l, const struct event *e,
			      const struct process *const *ancestry, size_t ancestors)
{
	const struct guard_event *k = &e->kernel;
	if (k->tgid == 0)
		return;
	line_object(l, "process");
	put_identity(l, k->tgid, k->start_time);
	if (k->tid != k->tgid && k->tid != 0) {
		line_object(l, "thread");
		line_u64(l, "id", k->tid);
		line_end_object(l);
	}
	line_text(l, "name", k->comm);
	if (k->type == EVENT_EXEC && e->path.n > 0)
		line_bytes(l, "executable", e->path);
	else if (ancestors > 0)
		line_text(l, "executable", ancestry[0]->exe);
	put_args(l, e);
	if (k->ns_pid != 0)
		line_u64(l, "pid_in_container", k->ns_pid);
	if (k->type == EVENT_EXIT)
		line_u64(l, "exit_code", k->exit_code);
	put_user(l, k);
	if (k->type == EVENT_NAMESPACE)
		put_namespaces(l, k->op);
	if (k->loginuid != UINT32_MAX)
		line_u64(l, "login_uid", k->loginuid);
	put_parent(l, k, ancestry, ancestors);
	line_end_object(l);
}

/* --- objects -------------------------------------------------------------------------------------- */

static void put_operations(struct line *l, uint32_t ops)
{
	line_list(l, "operations");
	for (uint32_t op = 1; op <= FILE_OP_READ; op <<= 1)
		if ((ops & op) != 0)
			line_text(l, NULL, rule_file_op_name((enum guard_file_op)op));
	line_end_list(l);
}

/* The same bytes for programs, where the path is no text. */
static void put_raw_path(struct line *l, struct bytes path)
{
	char hex[2 * GUARD_PATH + 1];
	if (path.n > GUARD_PATH || utf8_valid(path))
		return;
	hex_text(path.p, path.n, hex);
	line_text(l, "path_hex", hex);
}

static void put_file(struct line *l, const struct event *e)
{
	const struct guard_object *o = &e->kernel.object;
	char text[32];
	line_object(l, "file");
	if (e->path.n > 0) {
		line_bytes(l, "path", e->path);
		put_raw_path(l, e->path);
	}
	if ((e->kernel.truncated & 1) != 0)
		line_bool(l, "path_truncated", true);
	if (o->ino != 0) {
		line_u64_text(l, "inode", o->ino);
		line_u64_pair(l, "device", o->dev >> 20, ':', o->dev & 0xfffffu);
		(void)snprintf(text, sizeof text, "%04o", o->mode & 07777u);
		line_text(l, "mode", text);
		line_u64(l, "size", o->size);
		line_text(l, "origin", origins[o->origin]);
	}
	if (e->kernel.type == EVENT_FILE || e->kernel.item == ITEM_FILE ||
	    e->kernel.item == ITEM_HOST_FILE)
		put_operations(l, e->kernel.op);
	line_end_object(l);
}

static bool is_inet(const struct guard_event *k)
{
	return k->family == AF_INET || k->family == AF_INET6;
}

/* IPv4 addresses are mapped (RFC 4291, section 2.5.5.2); returns whether it is one. */
static bool address_text(const struct guard_event *k, char out[static INET6_ADDRSTRLEN])
{
	static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	bool four = memcmp(k->address, mapped, sizeof mapped) == 0;
	out[0] = '\0';
	(void)inet_ntop(four ? AF_INET : AF_INET6, four ? k->address + 12 : k->address, out,
			INET6_ADDRSTRLEN);
	return four;
}

void event_object(const struct event *e, char *out, size_t n)
{
	char address[INET6_ADDRSTRLEN];
	if (e->path.n > 0 || !is_inet(&e->kernel)) {
		(void)snprintf(out, n, "%.*s", (int)e->path.n, (const char *)e->path.p);
		return;
	}
	bool four = address_text(&e->kernel, address);
	(void)snprintf(out, n, four ? "%s:%u" : "[%s]:%u", address, e->kernel.port);
}

static void put_address(struct line *l, const struct guard_event *k)
{
	char text[INET6_ADDRSTRLEN];
	(void)address_text(k, text);
	line_text(l, "ip", text);
	line_u64(l, "port", k->port);
}

static const char *transport_of(uint16_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return "icmp";
	case IPPROTO_SCTP:
		return "sctp";
	default:
		return NULL;
	}
}

static void put_network(struct line *l, const struct event *e)
{
	const struct guard_event *k = &e->kernel;
	bool inet = is_inet(k);
	line_object(l, "network");
	line_text(l, "type",
		  k->family == AF_INET    ? "ipv4"
		  : k->family == AF_INET6 ? "ipv6"
		  : k->family == AF_UNIX  ? "unix"
					  : "other");
	if (inet)
		line_text(l, "transport", transport_of(k->protocol));
	line_end_object(l);
	if (!inet)
		return;
	line_object(l, k->type == EVENT_BIND || k->type == EVENT_LISTEN ? "source" : "destination");
	put_address(l, k);
	line_end_object(l);
}

/* --- whose ------------------------------------------------------------------------------------------ */

static void put_container(struct line *l, const struct guard_event *k,
			  const struct event_identity *w)
{
	bool named = w->container_id != NULL && w->container_id[0] != '\0';
	if (!named && k->container == 0 && k->cgroup == 0)
		return;
	line_object(l, "container");
	line_text(l, "id", w->container_id);
	line_text(l, "name", w->container_name);
	if (k->cgroup != 0)
		line_u64_text(l, "cgroup", k->cgroup);
	line_object(l, "image");
	line_text(l, "name", w->image);
	line_text(l, "digest", w->image_digest);
	line_end_object(l);
	line_text(l, "app", w->app);
	line_end_object(l);
}

static void put_pod(struct line *l, const struct event_identity *w)
{
	bool pod = w->pod != NULL && w->pod[0] != '\0';
	bool space = w->namespace != NULL && w->namespace[0] != '\0';
	if (!pod && !space)
		return;
	line_object(l, "orchestrator");
	line_text(l, "namespace", w->namespace);
	if (pod) {
		line_object(l, "resource");
		line_text(l, "name", w->pod);
		line_end_object(l);
	}
	line_end_object(l);
}

static void put_rule(struct line *l, const struct guard_event *k, const struct event_identity *w)
{
	const struct rule_item *item = rule_item_of((enum guard_item)k->item);
	char id[64];
	if (item == NULL || (k->type != EVENT_ITEM && k->outcome == OUTCOME_OBSERVED))
		return;
	line_object(l, "rule");
	(void)snprintf(id, sizeof id, "guard/%s/%s", rule_kind_name(item->kind), item->name);
	line_text(l, "id", id);
	line_text(l, "name", w->rule);
	line_text(l, "description", item->title);
	line_end_object(l);
	line_object(l, "threat");
	line_object(l, "technique");
	line_text(l, "id", item->technique);
	line_end_object(l);
	line_object(l, "tactic");
	line_text(l, "name", item->tactic);
	line_end_object(l);
	line_end_object(l);
}

static void put_event(struct line *l, const struct guard_event *k, const struct event_identity *w)
{
	line_object(l, "event");
	line_text(l, "kind", k->outcome == OUTCOME_OBSERVED ? "event" : "alert");
	line_text(l, "category", types[k->type].category);
	line_text(l, "action", types[k->type].action);
	line_text(l, "outcome", outcomes[k->outcome]);
	if (k->outcome != OUTCOME_OBSERVED)
		line_text(l, "severity", w->severity);
	if (k->backend != 0)
		line_text(l, "provider", rule_backend_name((enum guard_backend)k->backend));
	line_u64(l, "sequence", k->sequence);
	line_u64(l, "cpu", k->cpu);
	if (k->type == EVENT_LOSS)
		line_u64(l, "lost", k->op);
	line_end_object(l);
}

static bool has_network(const struct guard_event *k)
{
	return k->family != 0 && (k->type == EVENT_CONNECT || k->type == EVENT_BIND ||
				  k->type == EVENT_LISTEN || k->type == EVENT_ITEM);
}

int event_json(const struct event *e, const struct event_identity *who,
	       const struct process *const *ancestry, size_t ancestors, struct buf *out,
	       struct error *err)
{
	const struct guard_event *k = &e->kernel;
	struct line l = line_of(out, err);
	if (k->type > EVENT_AGENT || types[k->type].action == NULL ||
	    k->outcome > OUTCOME_RESTORED || k->object.origin > ORIGIN_COPY)
		return error_set(err, ERR_MALFORMED, "an event of type %u cannot be told", k->type);
	l.boot = boot_of_now();
	line_object(&l, NULL);
	line_text(&l, "schema", "corten.event/1");
	line_time(&l, "@timestamp", l.boot + k->time);
	put_event(&l, k, who);
	line_object(&l, "host");
	line_text(&l, "name", who->node);
	line_end_object(&l);
	put_container(&l, k, who);
	put_pod(&l, who);
	put_event_process(&l, e, ancestry, ancestors);
	if (k->type != EVENT_CREDENTIAL && (e->path.n > 0 || k->object.ino != 0))
		put_file(&l, e);
	if (has_network(k))
		put_network(&l, e);
	put_rule(&l, k, who);
	line_end_object(&l);
	return l.failed ? -1 : 0;
}

int event_tree_json(const struct process *const *ancestry, size_t ancestors, struct buf *out,
		    struct error *err)
{
	struct line l = line_of(out, err);
	l.boot = boot_of_now();
	line_list(&l, NULL);
	for (size_t i = 0; i < ancestors; i++)
		put_process(&l, NULL, ancestry[i]);
	line_end_list(&l);
	return l.failed ? -1 : 0;
}
