/* From rules to the kernel's policies. Containers with equal rules share a
 * policy; a reload compiles every container's anew and then lets the old go, so
 * that none is ever without. */
#include "agent/node.h"

#include <string.h>

/* Slot 0 is "not guarded" and never used up. Free ones are taken in turn: a program that
 * runs now may still look at one that was just let go. */
static uint32_t slot_of(struct node *n, const struct guard_policy *p)
{
	uint32_t free_slot = 0;
	for (uint32_t k = 0; k < GUARD_POLICIES - 1; k++) {
		uint32_t i = (n->slot_taken + k) % (GUARD_POLICIES - 1) + 1;
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
		n->slot_taken = i;
	}
	n->slot[i].users++;
	gate_strictness(n);
	*ret = i;
	return 0;
}

static void slot_release(struct node *n, uint32_t i)
{
	if (i == 0 || n->slot[i].users == 0)
		return;
	n->slot[i].users--;
	gate_strictness(n);
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
	struct guard_container k = {
		.id = c->number, .policy = g->policy, .root_dev = c->root_dev, .flags = c->flags
	};
	if (c->cgroup != 0)
		return enforcer_container(n->enforcer, c->cgroup, &k, err);
	return enforcer_expect(n->enforcer, guard_cgroup_key(c->cgroup_path), &k, err);
}

static int compile(struct node *n, const struct container *c, const struct guarded *g,
		   struct guard_policy *ret, struct error *err)
{
	struct rule_subject who;
	container_subject(c, &who);
	int r = g->verify == NULL ? rule_compile(&n->rules, &who, n->backends, ret, err)
				  : rule_compile_alone(&n->rules, g->verify, n->backends, ret, err);
	ret->file_rules <<= n->files.base;
	return r;
}

int policies_apply(struct node *n, struct container *c, struct error *err)
{
	struct guarded *g = node_guarded(n, c->number, true, err);
	struct guard_policy p;
	uint32_t slot = 0;
	if (g == NULL)
		return -1;
	if (compile(n, c, g, &p, err) != 0 || slot_take(n, &p, &slot, err) != 0)
		return error_wrap(err, "container %s", c->id);
	/* A place that cannot be marked is no reason to keep the other rules back. */
	struct error why = { 0 };
	int marked = files_protect(n, c, p.file_rules, &why);
	slot_release(n, g->policy);
	g->policy = slot;
	if (container_publish(n, c, g, err) != 0)
		return -1;
	(void)snprintf(g->problem, sizeof g->problem, "%s", marked == 0 ? "" : why.text);
	if (marked == 0)
		return 0;
	*err = why;
	return error_wrap(err, "container %s", c->id);
}

const struct rule *policies_rule(const struct node *n, const struct guarded *g,
				 enum guard_item item)
{
	if (g == NULL || (unsigned)item >= (unsigned)GUARD_ITEMS)
		return NULL;
	size_t i = n->slot[g->policy].policy.rule[item];
	return i == 0 || i > n->rules.count ? NULL : &n->rules.rule[i - 1];
}

/* --- a new set ------------------------------------------------------------------ */

static bool same_files(const struct file_rules *a, const struct file_rules *b)
{
	for (size_t i = 0; i < a->count && a->count == b->count; i++) {
		struct guard_file_rule x = a->rule[i], y = b->rule[i];
		x.rule = y.rule = 0; /* a number in events alone */
		if (memcmp(&x, &y, sizeof x) != 0)
			return false;
	}
	return a->count == b->count;
}

bool policies_place(const struct file_rules *old, struct file_rules *fresh)
{
	fresh->base = old->base;
	if (same_files(old, fresh))
		return true;
	fresh->base = 0;
	if (old->count == 0 || fresh->count <= old->base)
		return true;
	if (old->base + old->count + fresh->count > RULE_FILES_MOST)
		return false;
	fresh->base = RULE_FILES_MOST - (unsigned)fresh->count;
	return true;
}

/* Nobody looks at them yet, but where there was no room beside the old ones. */
static int files_write(struct node *n, const struct file_rules *fresh, struct error *err)
{
	for (size_t i = 0; i < fresh->count; i++)
		if (enforcer_file_rule(n->enforcer, (uint32_t)(fresh->base + i), &fresh->rule[i],
				       err) != 0)
			return -1;
	return host_file_rules(n, err);
}

static uint64_t file_bits(const struct file_rules *f)
{
	return f->count == 0 ? 0 : UINT64_MAX >> (64 - f->count) << f->base;
}

/* Nobody looks at them any more. */
static int files_clear(struct node *n, uint64_t old, struct error *err)
{
	static const struct guard_file_rule none;
	old &= ~file_bits(&n->files);
	for (uint32_t i = 0; i < RULE_FILES_MOST; i++)
		if ((old >> i & 1) != 0 && enforcer_file_rule(n->enforcer, i, &none, err) != 0)
			return -1;
	return 0;
}

/* An agent that ended while it started leaves two sets: any place between is good. */
static bool place_between(uint64_t used, struct file_rules *fresh)
{
	for (fresh->base = 0; fresh->base + fresh->count <= RULE_FILES_MOST; fresh->base++)
		if ((file_bits(fresh) & used) == 0)
			return true;
	fresh->base = 0;
	return false;
}

static int all_apply(struct node *n, struct error *err)
{
	struct container *c;
	int r = 0;
	for (size_t i = 0; (c = containers_next(n->containers, &i)) != NULL; node_beat(n))
		if (policies_apply(n, c, err) != 0)
			r = -1;
	return r;
}

/* Of whom nothing is known but flags. */
static struct rule_subject nameless(uint32_t flags)
{
	return (struct rule_subject){ .cluster = "",
				      .namespace = "",
				      .pod = "",
				      .app = "",
				      .image = "",
				      .container = "",
				      .id = "",
				      .flags = flags };
}

/* The policy of containers of which only the cgroup's name is known yet. */
static int default_publish(struct node *n, struct error *err)
{
	struct rule_subject nobody = nameless(CONTAINER_PROVISIONAL);
	struct guard_policy p;
	uint32_t slot;
	if (rule_compile(&n->rules, &nobody, n->backends, &p, err) != 0)
		return -1;
	p.file_rules <<= n->files.base;
	if (slot_take(n, &p, &slot, err) != 0)
		return -1;
	uint32_t old = n->settings.default_policy;
	n->settings.default_policy = slot;
	if (enforcer_settings(n->enforcer, &n->settings, err) != 0)
		return -1;
	slot_release(n, old);
	return 0;
}

static bool has_host_rules(const struct node *n)
{
	for (size_t i = 0; i < n->rules.count; i++)
		if (n->rules.rule[i].enabled && n->rules.rule[i].scope.host)
			return true;
	return false;
}

/* The node's own processes: held only where a rule is about them. */
static int host_publish(struct node *n, struct error *err)
{
	struct rule_subject node = nameless(CONTAINER_HOST);
	struct guard_policy p;
	uint32_t slot = 0, old = n->host_policy;
	int marked = 0;
	if (has_host_rules(n)) {
		if (rule_compile(&n->rules, &node, n->backends, &p, err) != 0)
			return -1;
		p.file_rules <<= n->files.base;
		marked = files_protect_host(n, p.file_rules, err);
		if (slot_take(n, &p, &slot, marked == 0 ? err : NULL) != 0)
			return -1;
	}
	struct guard_container k = { .policy = slot, .flags = CONTAINER_HOST };
	if ((slot != 0 ? enforcer_container(n->enforcer, 0, &k, err)
		       : enforcer_container_drop(n->enforcer, 0, err)) != 0)
		return -1;
	n->host_policy = slot;
	slot_release(n, old);
	return marked;
}

/* The set that is in force from now on: every container's marks and policy, then what
 * the old set alone named goes. An earlier agent's goes when its containers are found. */
static int set_publish(struct node *n, uint64_t old, struct error *err)
{
	struct error why = { 0 };
	marks_begin(&n->marks);
	int r = host_mark(n, err);
	if (default_publish(n, r == 0 ? err : &why) != 0)
		r = -1;
	if (host_publish(n, r == 0 ? err : &why) != 0)
		r = -1;
	if (all_apply(n, r == 0 ? err : &why) != 0)
		r = -1;
	if (marks_end(&n->marks, r == 0 ? err : &why) != 0)
		r = -1;
	if (!n->starting && files_clear(n, old, r == 0 ? err : &why) != 0)
		r = -1;
	return r;
}

void policies_inherited(struct node *n)
{
	for (uint32_t i = 1; i < GUARD_POLICIES; i++)
		n->slot[i].inherited = (n->status.inherited[i / 64] >> i % 64 & 1) != 0;
	n->starting = true;
}

void policies_inherited_end(struct node *n)
{
	struct error err = { 0 };
	for (uint32_t i = 1; i < GUARD_POLICIES; i++)
		n->slot[i].inherited = false;
	n->starting = false;
	gate_strictness(n);
	if (files_clear(n, n->status.inherited_files, &err) != 0 ||
	    marks_send(&n->marks, &err) != 0)
		log_at(LOG_WARNING,
		       "what an earlier agent's rules marked is not all taken away: %s", err.text);
}

static int set_read(struct node *n, struct rule_set *rules, struct file_rules *files,
		    struct error *err)
{
	if (rule_set_load_node(rules, n->options->rules_dir, err) == 0 &&
	    rule_compile_files(rules, n->backends, files->rule, &files->count, err) == 0)
		return 0;
	rule_set_free(rules);
	(void)snprintf(n->rules_error, sizeof n->rules_error, "%s", err->text);
	return -1;
}

int policies_reload(struct node *n, struct error *err)
{
	struct rule_set rules = { 0 };
	struct file_rules files = { 0 };
	uint64_t old = n->starting ? n->status.inherited_files : file_bits(&n->files);
	struct error ignored = { 0 };
	if (set_read(n, &rules, &files, err) != 0)
		return -1;
	/* What waits in the ring names the rules of the old set by their numbers. */
	if (n->rules_number > 0)
		(void)events_drain(n, &ignored);
	if (n->starting ? !place_between(old, &files) : !policies_place(&n->files, &files))
		log_at(LOG_WARNING,
		       "there is no room for the old file rules beside the %zu new ones: "
		       "while they change, some may not hold",
		       files.count);
	if (files_write(n, &files, err) != 0) {
		rule_set_free(&rules);
		return -1;
	}
	rule_set_free(&n->rules);
	n->rules = rules;
	n->files = files;
	n->rules_loaded = now_ns();
	n->rules_number++;
	n->rules_error[0] = '\0';
	return set_publish(n, old, err);
}
