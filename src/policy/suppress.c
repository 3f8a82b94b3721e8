/* What a gate's exceptions let pass, for reports. */
#include "policy/internal.h"

static size_t count_in_force(const struct policy *p, int64_t now)
{
	size_t n = 0;
	for (size_t i = 0; i < p->exception_count; i++)
		n += p->exceptions[i].pub.ends > now;
	for (size_t k = 0; k < p->rule_count; k++)
		for (size_t i = 0; i < p->rules[k]->exception_count; i++)
			n += p->rules[k]->exceptions[i].pub.ends > now;
	return n;
}

/* Exceptions name the file of their policy. */
static size_t count_of(const struct policy_verdict *v, const struct policy *p)
{
	size_t n = 0;
	for (size_t i = 0; i < v->excused_count; i++)
		n += strcmp(v->excused[i].exception->file, p->file) == 0;
	return n;
}

static int tell_policies(const struct policy_use *uses, size_t use_count,
			 const struct policy_verdict *v, int64_t now, struct scan_result *r,
			 struct error *err)
{
	struct scan_vex *all = arena_array(&r->arena, r->vex_count + use_count, sizeof *all);
	size_t n = r->vex_count;
	if (all == NULL)
		return error_set(err, ERR_MEMORY, "no memory for exceptions");
	if (n > 0)
		memcpy(all, r->vex, n * sizeof *all);
	for (size_t u = 0; u < use_count; u++) {
		size_t removed = count_of(v, uses[u].policy);
		if (removed > 0)
			all[n++] = (struct scan_vex){
				.file = uses[u].policy->file,
				.format = SCAN_VEX_EXCEPTIONS,
				.author = "",
				.statements = count_in_force(uses[u].policy, now),
				.removed = removed,
			};
	}
	r->vex = all;
	r->vex_count = n;
	return 0;
}

int policy_suppress(const struct policy_use *uses, size_t use_count, const struct policy_verdict *v,
		    const struct policy_facts *facts, struct scan_result *r, struct error *err)
{
	size_t before = r->suppressed_count, kept = 0, next = 0;
	for (size_t i = 0; i < v->excused_count; i++) {
		const struct policy_exception *x = v->excused[i].exception;
		if (exception_suppress(x, r, v->excused[i].finding, x->file, err) < 0) {
			r->suppressed_count = before;
			return -1;
		}
	}
	if (v->excused_count > 0 && tell_policies(uses, use_count, v, facts->now, r, err) < 0) {
		r->suppressed_count = before;
		return -1;
	}
	for (size_t i = 0; i < r->finding_count; i++) {
		if (next < v->excused_count && v->excused[next].finding == &r->findings[i])
			next++;
		else
			r->findings[kept++] = r->findings[i];
	}
	r->finding_count = kept;
	return 0;
}
