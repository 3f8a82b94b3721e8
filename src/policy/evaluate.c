#include <stdlib.h>

#include "policy/internal.h"

/* An exception in force around one policy's rules. */
struct live {
	const struct exception *exception;
	size_t use; /* index of the policy whose rules it excuses */
	bool all; /* … or those of all */
	size_t excuse; /* its index in the verdict's list */
};

struct eval {
	const struct policy_use *uses;
	size_t use_count;
	const struct scan_result *result;
	const struct policy_facts *facts;
	struct arena *arena;
	struct policy_verdict *verdict;
	const struct rule **rules; /* enabled and in scope, policy by policy */
	size_t *first; /* of each policy in rules; one more at the end */
	struct live *live;
	size_t live_count;
	struct {
		const void *subject; /* that the excuse was counted for last */
	} * counted; /* by excuse */
	bool asks_paths; /* a rule or an exception */
	size_t capacity; /* of the decisions */
	struct error *err;
};

/* What is asked about. */
struct subject {
	enum policy_subject kind;
	const void *key;
	const struct finding *finding;
	const struct package *package;
	const struct scan_incomplete *incomplete;
	const char *why;
	const struct policy_exception *excuse; /* that counted first; NULL: none did */
};

/* --- what is in force ------------------------------------------------------------- */

static int gather_rules(struct eval *e)
{
	size_t most = 0, n = 0;
	for (size_t u = 0; u < e->use_count; u++)
		most += e->uses[u].policy->rule_count;
	e->rules = arena_array(e->arena, most + 1, sizeof(struct rule *));
	e->first = arena_array(e->arena, e->use_count + 1, sizeof *e->first);
	if (e->rules == NULL || e->first == NULL)
		return error_set(e->err, ERR_MEMORY, "no memory for %zu rules", most);
	for (size_t u = 0; u < e->use_count; u++) {
		const struct policy *p = e->uses[u].policy;
		e->first[u] = n;
		for (size_t i = 0; i < p->rule_count; i++) {
			bool in_scope = scope_matches(&p->rules[i]->scope, e->facts);
			e->verdict->disabled += !p->rules[i]->pub.enabled;
			e->verdict->out_of_scope += p->rules[i]->pub.enabled && !in_scope;
			if (p->rules[i]->pub.enabled && in_scope)
				e->rules[n++] = p->rules[i];
		}
	}
	e->first[e->use_count] = n;
	e->verdict->rules = most;
	return 0;
}

static void add_exceptions(struct eval *e, size_t u, const struct exception *list, size_t count)
{
	const struct policy_use *use = &e->uses[u];
	for (size_t i = 0; i < count; i++) {
		const struct policy_exception *pub = &list[i].pub;
		int64_t left = pub->ends - e->facts->now;
		e->live[e->live_count] = (struct live){ .exception = &list[i],
							.use = u,
							.all = use->project && pub->rule == NULL,
							.excuse = e->live_count };
		e->verdict->excuses[e->live_count++] = (struct policy_excuse){
			.exception = pub,
			.ended = left <= 0,
			.ends_soon =
				left > 0 && left <= (int64_t)POLICY_ENDS_SOON_DAYS * POLICY_DAY,
			.ignored = use->project && !use->trusted,
		};
	}
}

static int gather_exceptions(struct eval *e)
{
	size_t most = 0;
	for (size_t u = 0; u < e->use_count; u++)
		most += policy_exception_count(e->uses[u].policy);
	e->live = arena_array(e->arena, most + 1, sizeof *e->live);
	e->counted = arena_array(e->arena, most + 1, sizeof *e->counted);
	e->verdict->excuses = arena_array(e->arena, most + 1, sizeof *e->verdict->excuses);
	if (e->live == NULL || e->counted == NULL || e->verdict->excuses == NULL)
		return error_set(e->err, ERR_MEMORY, "no memory for %zu exceptions", most);
	for (size_t u = 0; u < e->use_count; u++) {
		const struct policy *p = e->uses[u].policy;
		add_exceptions(e, u, p->exceptions, p->exception_count);
		for (size_t i = 0; i < p->rule_count; i++)
			add_exceptions(e, u, p->rules[i]->exceptions, p->rules[i]->exception_count);
	}
	e->verdict->excuse_count = e->live_count;
	return 0;
}

/* Exceptions that did nothing and go on need not be told. */
static void drop_idle_excuses(struct policy_verdict *v)
{
	size_t n = 0;
	for (size_t i = 0; i < v->excuse_count; i++) {
		const struct policy_excuse *x = &v->excuses[i];
		if (x->count > 0 || (x->ends_soon && !x->ignored))
			v->excuses[n++] = *x;
	}
	v->excuse_count = n;
}

/* --- one subject ---------------------------------------------------------------------- */

static bool rule_matches(struct eval *e, const struct rule *r, struct subject *s)
{
	if (r->criteria.subject != s->kind)
		return false;
	switch (s->kind) {
	case POLICY_FINDING:
		return criteria_match_finding(&r->criteria, s->finding, e->facts->now);
	case POLICY_PACKAGE:
		return criteria_match_package(&r->criteria, s->package);
	case POLICY_INCOMPLETE:
		return criteria_match_incomplete(&r->criteria, s->incomplete);
	default:
		s->why = criteria_match_image(&r->criteria, e->facts, e->arena);
		return s->why != NULL;
	}
}

static void count_excuse(struct eval *e, size_t i, const struct subject *s)
{
	if (e->counted[i].subject == s->key)
		return; /* by an earlier rule */
	e->counted[i].subject = s->key;
	e->verdict->excuses[i].count++;
}

/* Every exception that covers the subject is counted, also those without effect:
 * people want to know why a gate that was open yesterday is closed. */
static bool is_excused(struct eval *e, size_t use, const struct rule *r, struct subject *s)
{
	bool excused = false;
	if (s->kind != POLICY_FINDING && s->kind != POLICY_PACKAGE)
		return false;
	for (size_t i = 0; i < e->live_count; i++) {
		const struct live *l = &e->live[i];
		const struct policy_rule *only = l->exception->pub.rule;
		if ((l->use != use && !l->all) || (only != NULL && only != &r->pub) ||
		    !exception_may_cover(l->exception, e->result, e->facts, s->finding, s->package))
			continue;
		if (exception_covers(l->exception, e->result, e->facts, s->finding, s->package))
			count_excuse(e, l->excuse, s);
		const struct policy_excuse *x = &e->verdict->excuses[l->excuse];
		if (x->ended || x->ignored)
			continue;
		excused = true;
		if (s->excuse == NULL)
			s->excuse = x->exception;
	}
	return excused;
}

/* The rule of one policy that decides; NULL: none. */
static const struct rule *decide(struct eval *e, size_t use, struct subject *s)
{
	for (size_t i = e->first[use]; i < e->first[use + 1]; i++) {
		const struct rule *r = e->rules[i];
		if (rule_matches(e, r, s) && !is_excused(e, use, r, s))
			return r;
	}
	return NULL;
}

/* --- what would mend it ------------------------------------------------------------------ */

static const char *mend_finding(struct eval *e, const struct finding *f)
{
	if (f->fixed_version != NULL && f->package != NULL && !pkg_type_is_app(f->package->type))
		return arena_printf(e->arena, "update %s to %s%s%s", f->package->name,
				    f->fixed_version, f->fix == NULL ? "" : ": ",
				    f->fix == NULL ? "" : f->fix);
	if (f->fix != NULL)
		return f->fix;
	if (f->advice != NULL && f->advice[0] != '\0')
		return f->advice;
	return "no fix yet: remove it, or except it with a reason and an end date";
}

static const char *mend(struct eval *e, const struct subject *s)
{
	switch (s->kind) {
	case POLICY_FINDING:
		return mend_finding(e, s->finding);
	case POLICY_PACKAGE:
		return "remove the package, or except it with a reason and an end date";
	case POLICY_INCOMPLETE:
		return "make it readable, so that it can be checked";
	default:
		return "build the image again on a current base image";
	}
}

static const char *why_package(struct eval *e, const struct rule *r, const struct package *p)
{
	if (r->criteria.licences.count == 0)
		return "it must not be installed";
	return p->license == NULL || p->license[0] == '\0'
		       ? "it tells no licence"
		       : arena_printf(e->arena, "its licence is %s", p->license);
}

static const char *why(struct eval *e, const struct rule *r, const struct subject *s)
{
	if (s->kind == POLICY_PACKAGE)
		return why_package(e, r, s->package);
	if (s->kind == POLICY_FINDING)
		return criteria_why_finding(&r->criteria, s->finding, e->facts->now, e->arena);
	return s->why;
}

/* --- decisions --------------------------------------------------------------------------- */

static int add_decision(struct eval *e, const struct rule *r, const struct subject *s)
{
	struct policy_verdict *v = e->verdict;
	if (v->count == e->capacity) {
		size_t capacity = e->capacity == 0 ? 64 : 2 * e->capacity;
		struct policy_decision *list = arena_array(e->arena, capacity, sizeof *list);
		if (list == NULL)
			return error_set(e->err, ERR_MEMORY, "no memory for the decisions");
		if (v->count > 0)
			memcpy(list, v->decisions, v->count * sizeof *list);
		v->decisions = list;
		e->capacity = capacity;
	}
	v->decisions[v->count++] = (struct policy_decision){
		.action = r->pub.action,
		.rule = &r->pub,
		.subject = s->kind,
		.finding = s->finding,
		.package = s->package,
		.incomplete = s->incomplete,
		.why = why(e, r, s),
		.mend = mend(e, s),
	};
	v->blocks += r->pub.action == POLICY_BLOCK;
	v->alerts += r->pub.action == POLICY_ALERT;
	if (r->pub.action > v->action)
		v->action = r->pub.action;
	return 0;
}

/* The strictest of all policies; of equal ones the first. Whether one that is not
 * from the project has spoken is in *ret_spoken. */
static const struct rule *decide_all(struct eval *e, struct subject *s, bool *ret_spoken)
{
	const struct rule *best = NULL;
	const char *why = NULL;
	*ret_spoken = false;
	for (size_t u = 0; u < e->use_count; u++) {
		const struct rule *r = decide(e, u, s);
		*ret_spoken |= r != NULL && !e->uses[u].project;
		if (r == NULL || (best != NULL && r->pub.action <= best->pub.action))
			continue;
		best = r;
		why = s->why;
	}
	s->why = why;
	return best;
}

/* In a part of a result a package of the system may turn out to be listed by another
 * database, too, and the path told of it is that one's. */
static bool may_move(const struct eval *e, const struct subject *s)
{
	const struct package *p = s->finding != NULL ? s->finding->package : s->package;
	return e->facts->part && e->asks_paths && p != NULL && !pkg_type_is_app(p->type);
}

static int judge(struct eval *e, struct subject s)
{
	bool spoken;
	if (may_move(e, &s))
		return 0;
	const struct rule *r = decide_all(e, &s, &spoken);
	bool silent = r == NULL || r->pub.action == POLICY_PASS;
	/* What is missing passes only where the user's policy says so; the project's
	 * word can only tighten. */
	if (s.kind == POLICY_INCOMPLETE && !spoken && (silent || r->pub.action == POLICY_ALERT))
		e->verdict->open[e->verdict->open_count++] = s.incomplete;
	if (silent && s.kind == POLICY_FINDING && s.excuse != NULL)
		e->verdict->excused[e->verdict->excused_count++] =
			(struct policy_excused){ s.finding, s.excuse };
	return silent ? 0 : add_decision(e, r, &s);
}

static bool any_rule_about(const struct eval *e, enum policy_subject kind)
{
	for (size_t i = 0; i < e->first[e->use_count]; i++)
		if (e->rules[i]->criteria.subject == kind)
			return true;
	return false;
}

static bool any_asks_paths(const struct eval *e)
{
	for (size_t i = 0; i < e->first[e->use_count]; i++)
		if (e->rules[i]->criteria.paths.count > 0)
			return true;
	for (size_t i = 0; i < e->live_count; i++)
		if (e->live[i].exception->paths.count > 0)
			return true;
	return false;
}

static int judge_all(struct eval *e)
{
	const struct scan_result *r = e->result;
	e->asks_paths = any_asks_paths(e);
	e->verdict->open =
		arena_array(e->arena, r->incomplete_count + 1, sizeof(struct scan_incomplete *));
	e->verdict->excused =
		arena_array(e->arena, r->finding_count + 1, sizeof *e->verdict->excused);
	if (e->verdict->open == NULL || e->verdict->excused == NULL)
		return error_set(e->err, ERR_MEMORY, "no memory for what is missing or excepted");
	for (size_t i = 0; !e->facts->part && i < r->incomplete_count; i++)
		if (judge(e, (struct subject){ .kind = POLICY_INCOMPLETE,
					       .key = &r->incomplete[i],
					       .incomplete = &r->incomplete[i] }) < 0)
			return -1;
	for (size_t i = 0; i < r->finding_count; i++)
		if (judge(e, (struct subject){ .kind = POLICY_FINDING,
					       .key = &r->findings[i],
					       .finding = &r->findings[i] }) < 0)
			return -1;
	for (size_t i = 0; any_rule_about(e, POLICY_PACKAGE) && i < r->package_count; i++)
		if (judge(e, (struct subject){ .kind = POLICY_PACKAGE,
					       .key = &r->packages[i],
					       .package = &r->packages[i] }) < 0)
			return -1;
	return judge(e, (struct subject){ .kind = POLICY_IMAGE, .key = r });
}

/* --- order -------------------------------------------------------------------------------- */

/* Findings are sorted in the result, packages too: the address is their place. */
static int compare_places(const struct policy_decision *x, const struct policy_decision *y)
{
	uintptr_t a = (uintptr_t)x->finding + (uintptr_t)x->package + (uintptr_t)x->incomplete;
	uintptr_t b = (uintptr_t)y->finding + (uintptr_t)y->package + (uintptr_t)y->incomplete;
	return (a > b) - (a < b);
}

static int compare_decisions(const void *pa, const void *pb)
{
	const struct policy_decision *x = pa, *y = pb;
	if (x->action != y->action)
		return x->action > y->action ? -1 : 1;
	if (x->rule->priority != y->rule->priority)
		return x->rule->priority < y->rule->priority ? -1 : 1;
	int c = x->rule == y->rule ? 0 : strcmp(x->rule->name, y->rule->name);
	if (c == 0 && x->rule != y->rule)
		c = strcmp(x->rule->file, y->rule->file);
	if (c == 0 && x->subject != y->subject)
		c = x->subject < y->subject ? -1 : 1;
	return c != 0 ? c : compare_places(x, y);
}

int policy_evaluate(const struct policy_use *uses, size_t use_count, const struct scan_result *r,
		    const struct policy_facts *facts, struct arena *arena,
		    struct policy_verdict *ret, struct error *err)
{
	struct policy_verdict v = { 0 };
	struct eval e = { .uses = uses,
			  .use_count = use_count,
			  .result = r,
			  .facts = facts,
			  .arena = arena,
			  .verdict = &v,
			  .err = err };
	if (gather_rules(&e) < 0 || gather_exceptions(&e) < 0 || judge_all(&e) < 0)
		return -1;
	drop_idle_excuses(&v);
	if (v.count > 0)
		qsort(v.decisions, v.count, sizeof *v.decisions, compare_decisions);
	*ret = v;
	return 0;
}
