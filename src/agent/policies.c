/* From rules to the kernel's policies. Containers with equal rules share a
 * policy; a reload compiles every container's anew and then lets the old go, so
 * that none is ever without. */
#include "agent/node.h"

#include <string.h>

/* Slot 0 is "not guarded" and never used up. */
static uint32_t slot_of(struct node *n, const struct guard_policy *p)
{
	uint32_t free_slot = 0;
	for (uint32_t i = 1; i < GUARD_POLICIES; i++) {
		if (n->slot[i].inherited)
			continue;
		if (n->slot[i].users > 0 && memcmp(&n->slot[i].policy, p, sizeof *p) == 0)
			return i;
		if (n->slot[i].users == 0 && free_slot == 0)
			free_slot = i;
	}
	return free_slot;
}

static int slot_take(struct node *n, const struct guard_policy *p, uint32_t *ret, struct error *err)
{
	uint32_t i = slot_of(n, p);
	if (i == 0)
		return error_set(err, ERR_LIMIT, "a node holds %d different policies",
				 GUARD_POLICIES - 1);
	if (n->slot[i].users == 0) {
		if (enforcer_policy(n->enforcer, i, p, err) != 0)
			return -1;
		n->slot[i].policy = *p;
	}
	n->slot[i].users++;
	*ret = i;
	return 0;
}

static void slot_release(struct node *n, uint32_t i)
{
	if (i != 0 && n->slot[i].users > 0)
		n->slot[i].users--;
}

void policies_inherited(struct node *n)
{
	for (uint32_t i = 1; i < GUARD_POLICIES; i++)
		n->slot[i].inherited = (n->status.inherited[i / 64] >> i % 64 & 1) != 0;
}

void policies_inherited_end(struct node *n)
{
	for (uint32_t i = 1; i < GUARD_POLICIES; i++)
		n->slot[i].inherited = false;
}

void policies_release(struct node *n, struct guarded *g)
{
	slot_release(n, g->policy);
	g->policy = 0;
}

/* The kernel's entry of c: at its cgroup, or expected at its path. */
static int container_publish(struct node *n, const struct container *c, const struct guarded *g,
			     struct error *err)
{
	struct guard_container k = { .id = c->number,
				     .policy = g->policy,
				     .root_dev = c->root_dev,
				     .flags = c->flags };
	if (c->cgroup != 0)
		return enforcer_container(n->enforcer, c->cgroup, &k, err);
	return enforcer_expect(n->enforcer, guard_cgroup_key(c->cgroup_path), &k, err);
}

int policies_apply(struct node *n, struct container *c, struct error *err)
{
	struct guarded *g = node_guarded(n, c->number, true, err);
	if (g == NULL)
		return -1;
	struct rule_subject who;
	struct guard_policy p;
	uint32_t slot = 0;
	container_subject(c, &who);
	int r = g->verify == NULL ? rule_compile(&n->rules, &who, n->backends, &p, err)
				  : rule_compile_alone(&n->rules, g->verify, n->backends, &p, err);
	if (r != 0 || slot_take(n, &p, &slot, err) != 0)
		return error_wrap(err, "container %s", c->id);
	slot_release(n, g->policy);
	g->policy = slot;
	return container_publish(n, c, g, err);
}

const struct rule *policies_rule(const struct node *n, const struct guarded *g,
				 enum guard_item item)
{
	if (g == NULL || (unsigned)item >= (unsigned)GUARD_ITEMS)
		return NULL;
	size_t i = n->slot[g->policy].policy.rule[item];
	return i == 0 || i > n->rules.count ? NULL : &n->rules.rule[i - 1];
}

/* File rules are the node's: all of them first, then the containers that name them. */
static int file_rules_publish(struct node *n, struct error *err)
{
	size_t count = 0;
	if (rule_compile_files(&n->rules, n->backends, n->file_rule, &count, err) != 0)
		return -1;
	static const struct guard_file_rule none;
	for (size_t i = 0; i < count || i < n->file_rule_count; i++) {
		const struct guard_file_rule *r = i < count ? &n->file_rule[i] : &none;
		if (enforcer_file_rule(n->enforcer, (uint32_t)i, r, err) != 0)
			return -1;
	}
	n->file_rule_count = count;
	files_release(n, 0);
	return host_file_rules(n, err) == 0 ? host_mark(n, err) : -1;
}

static int all_apply(struct node *n, struct error *err)
{
	struct container *c;
	int r = 0;
	for (size_t i = 0; (c = containers_next(n->containers, &i)) != NULL;) {
		files_release(n, c->number);
		if (policies_apply(n, c, err) != 0 || files_protect(n, c, err) != 0)
			r = -1;
	}
	return r;
}

/* The policy of containers of which only the cgroup's name is known yet. */
static int default_publish(struct node *n, struct error *err)
{
	struct rule_subject nobody = { .cluster = "",
				       .namespace = "",
				       .pod = "",
				       .app = "",
				       .image = "",
				       .container = "",
				       .id = "",
				       .flags = CONTAINER_PROVISIONAL };
	struct guard_policy p;
	uint32_t slot;
	if (rule_compile(&n->rules, &nobody, n->backends, &p, err) != 0 ||
	    slot_take(n, &p, &slot, err) != 0)
		return -1;
	uint32_t old = n->settings.default_policy;
	n->settings.default_policy = slot;
	if (enforcer_settings(n->enforcer, &n->settings, err) != 0)
		return -1;
	slot_release(n, old);
	return 0;
}

int policies_reload(struct node *n, struct error *err)
{
	struct rule_set fresh = { 0 };
	if (rule_set_load_node(&fresh, n->options->rules_dir, err) != 0) {
		rule_set_free(&fresh);
		(void)snprintf(n->rules_error, sizeof n->rules_error, "%s", err->text);
		return -1;
	}
	rule_set_free(&n->rules);
	n->rules = fresh;
	n->rules_loaded = now_ns();
	n->rules_error[0] = '\0';
	if (file_rules_publish(n, err) != 0 || default_publish(n, err) != 0)
		return -1;
	return all_apply(n, err);
}
