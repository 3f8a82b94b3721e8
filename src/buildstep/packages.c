/* What the packages of an image tell: engine "package". Runs in the program, on strings
 * that the scan holds. */
#include "buildstep/engine.h"

enum { NAMED_MAX = 8 };

struct listing {
	const struct check_rule_info *rule;
	const struct node *names, *except, *types;
};

static bool is_meant(const struct listing *l, const struct package *p)
{
	struct bytes name = bytes_str(p->name), type = bytes_str(pkg_type_name(p->type));
	return any_glob(l->types, type, false) && any_glob(l->names, name, false) &&
	       !any_glob(l->except, name, false);
}

static int list_packages(const struct listing *l, const struct package *packages, size_t count,
			 struct buf *out, const struct package **ret_first, struct error *err)
{
	size_t found = 0;
	for (size_t i = 0; i < count; i++) {
		const struct package *p = &packages[i];
		if (!is_meant(l, p))
			continue;
		if (found++ == 0)
			*ret_first = p;
		if (found <= NAMED_MAX && buf_printf(out, err, "%s%s %s", found == 1 ? "" : ", ",
						     p->name, p->version) < 0)
			return -1;
	}
	if (found > NAMED_MAX)
		return buf_printf(out, err, " and %zu more", found - NAMED_MAX);
	return 0;
}

static int judge_rule(const struct check_rules *rules, size_t i, const struct package *packages,
		      size_t count, buildstep_package_fn *told, void *ctx, struct error *err)
{
	struct check_rule_info info;
	check_rule_info(rules, i, &info);
	struct listing l = { &info, node_get(info.table, "packages"),
			     node_get(info.table, "except"), node_get(info.table, "types") };
	cleanup_buf struct buf evidence = buf_max(64 * KIB);
	const struct package *first = NULL;
	if (!info.enabled || info.family != CHECK_BUILD || strcmp(info.engine, "package") != 0)
		return 0;
	if (list_packages(&l, packages, count, &evidence, &first, err) < 0)
		return -1;
	if (first == NULL)
		return 0;
	const char *names = buf_cstr(&evidence, err);
	return names == NULL ? -1 : told(ctx, (uint32_t)i, first, names, err);
}

int buildstep_packages(const struct check_rules *rules, const struct package *packages,
		       size_t count, buildstep_package_fn *told, void *ctx, struct error *err)
{
	for (size_t i = 0; i < check_rules_count(rules); i++)
		if (judge_rule(rules, i, packages, count, told, ctx, err) < 0)
			return -1;
	return 0;
}
