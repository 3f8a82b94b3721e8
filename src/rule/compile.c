/* Rules become what the kernel programs hold. */
#include "rule/internal.h"

/* What an item's action comes to with these back-ends. "block" stays only where
 * one of them guarantees it: elsewhere the kernel would be asked for what it
 * cannot do, and rule_status says so. For a change of credentials it also stays,
 * because there it condemns the task: dead before its next program. */
static uint8_t possible_action(enum guard_item item, uint8_t action, unsigned backends)
{
	if (action == GUARD_BLOCK && item != ITEM_CREDENTIAL &&
	    best_guarantee(item, backends) != GUARD_BLOCK)
		return GUARD_ALERT;
	return action;
}

/* A rule's number in events. */
static uint16_t number_of(const struct rule_set *s, const struct rule *r)
{
	return (uint16_t)(r - s->rule + 1);
}

static enum guard_item file_item(const struct rule *r)
{
	return r->kind == RULE_FILE ? ITEM_FILE : ITEM_HOST_FILE;
}

/* All file rules of the container, but of those for the host's files the first. */
static uint64_t file_rule_bits(const struct rule_set *s, const struct rule_subject *who)
{
	uint64_t bits = 0;
	unsigned bit = 0;
	bool host_files = false;
	for (size_t i = 0; i < s->count && bit < RULE_FILES_MOST; i++) {
		const struct rule *r = &s->rule[i];
		if (!takes_file_rule(r))
			continue;
		bool again = file_item(r) == ITEM_HOST_FILE && host_files;
		if (!again && rule_applies(r, who)) {
			bits |= (uint64_t)1 << bit;
			host_files = host_files || file_item(r) == ITEM_HOST_FILE;
		}
		bit++;
	}
	return bits;
}

/* What r says of these items. */
static void policy_take(struct guard_policy *p, const struct rule_set *s, const struct rule *r,
			uint64_t items, unsigned backends)
{
	for (unsigned item = 0; item < GUARD_ITEMS; item++) {
		if ((items >> item & 1) == 0)
			continue;
		p->rule[item] = number_of(s, r);
		p->action[item] =
			possible_action((enum guard_item)item, r->item_action[item], backends);
	}
}

int rule_compile_alone(const struct rule_set *s, const char *name, unsigned backends,
		       struct guard_policy *ret, struct error *err)
{
	unsigned bit = 0;
	*ret = (struct guard_policy){ 0 };
	for (size_t i = 0; i < s->count; i++) {
		const struct rule *r = &s->rule[i];
		bool files = takes_file_rule(r);
		if (strcmp(r->name, name) == 0) {
			policy_take(ret, s, r, r->items, backends);
			ret->file_rules = files ? (uint64_t)1 << bit : 0;
			return 0;
		}
		bit += files;
	}
	return error_set(err, ERR_NOT_FOUND, "there is no rule \"%s\"", name);
}

int rule_compile(const struct rule_set *s, const struct rule_subject *who, unsigned backends,
		 struct guard_policy *ret, struct error *err)
{
	struct guard_policy p = { 0 };
	uint64_t decided = 0;
	if (s->count > LIMIT_RULES)
		return error_set(err, ERR_LIMIT, "a set has %d rules, not %zu", LIMIT_RULES,
				 s->count);
	for (size_t i = 0; i < s->count; i++) {
		const struct rule *r = &s->rule[i];
		uint64_t fresh = r->items & ~decided;
		if (fresh == 0 || !rule_applies(r, who))
			continue;
		decided |= fresh;
		policy_take(&p, s, r, fresh, backends);
	}
	p.file_rules = file_rule_bits(s, who);
	*ret = p;
	return 0;
}

/* --- file rules ------------------------------------------------------------------------- */

static bool files_blocked(uint32_t ops, unsigned backends)
{
	for (uint32_t op = 1; op <= FILE_OP_READ; op <<= 1)
		if ((ops & op) != 0 &&
		    best_file_guarantee((enum guard_file_op)op, backends) != GUARD_BLOCK)
			return false;
	return true;
}

static void put_endings(struct guard_file_rule *g, const struct rule_list *l, uint8_t *ret_count)
{
	for (size_t i = 0; i < l->count && g->includes + g->excludes < GUARD_SUFFIXES; i++) {
		const char *ending = l->value[i] + 1; /* behind the "*" */
		char *place = g->suffix[g->includes + g->excludes];
		memcpy(place, ending, strnlen(ending, GUARD_SUFFIX_BYTES - 1));
		++*ret_count;
	}
}

static struct guard_file_rule file_rule_of(const struct rule_set *s, const struct rule *r,
					   unsigned backends)
{
	enum guard_item item = file_item(r);
	struct guard_file_rule g = { .ops = FILE_OP_ALL_CHANGES,
				     .rule = number_of(s, r),
				     .action = r->item_action[item],
				     .item = (uint8_t)item };
	if (item == ITEM_FILE) {
		g.ops = r->file.ops;
		put_endings(&g, &r->file.include, &g.includes);
		put_endings(&g, &r->file.exclude, &g.excludes);
	}
	if (g.action == GUARD_BLOCK && !files_blocked(g.ops, backends))
		g.action = GUARD_ALERT;
	return g;
}

int rule_compile_files(const struct rule_set *s, unsigned backends,
		       struct guard_file_rule ret[GUARD_FILE_RULES], size_t *ret_count,
		       struct error *err)
{
	struct guard_file_rule out[GUARD_FILE_RULES] = { 0 };
	size_t n = 0;
	for (size_t i = 0; i < s->count; i++) {
		const struct rule *r = &s->rule[i];
		if (!takes_file_rule(r))
			continue;
		if (n == RULE_FILES_MOST)
			return error_set(
				err, ERR_LIMIT,
				"rule \"%s\" (%s:%u) is one too many: a node holds %d rules "
				"about files",
				r->name, r->origin, r->line, RULE_FILES_MOST);
		out[n++] = file_rule_of(s, r, backends);
	}
	memcpy(ret, out, sizeof out);
	*ret_count = n;
	return 0;
}

/* Where a write from a container becomes a program of the host's: cron, units and
 * static pods, keys, the loader's list, accounts, sudo, start scripts. */
static const char *const host_places[] = {
	"/etc/cron.d",         "/etc/cron.hourly",
	"/etc/cron.daily",     "/etc/cron.weekly",
	"/etc/cron.monthly",   "/etc/crontab",
	"/var/spool/cron",     "/etc/systemd/system",
	"/lib/systemd/system", "/usr/lib/systemd/system",
	"/run/systemd/system", "/etc/kubernetes/manifests",
	"/root/.ssh",          "/etc/ssh",
	"/etc/ld.so.preload",  "/etc/ld.so.conf.d",
	"/etc/passwd",         "/etc/shadow",
	"/etc/group",          "/etc/sudoers",
	"/etc/sudoers.d",      "/etc/pam.d",
	"/etc/profile",        "/etc/profile.d",
	"/etc/init.d",         "/etc/rc.local",
	"/etc/udev/rules.d",   "/etc/modprobe.d",
	"/root/.bashrc",       "/root/.profile",
};

const char *const rule_runtime_sockets[] = {
	"/run/docker.sock",
	"/run/containerd/containerd.sock",
	"/run/k3s/containerd/containerd.sock",
	"/run/crio/crio.sock",
	"/run/podman/podman.sock",
	"/run/cri-dockerd.sock",
	"/var/lib/kubelet/pod-resources/kubelet.sock",
	"/var/lib/kubelet/device-plugins/kubelet.sock",
	NULL,
};

const char *rule_file_place(const struct rule *r, size_t i)
{
	if (r->kind == RULE_FILE)
		return i < r->file.directories.count ? r->file.directories.value[i] : NULL;
	return i < sizeof host_places / sizeof host_places[0] ? host_places[i] : NULL;
}
