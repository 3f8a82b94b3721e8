/* A policy from a stranger's project, and what it decides. */
#include "policy/policy.h"

static struct package package = { .type = PKG_NPM,
				  .purl = "pkg:npm/a@1",
				  .name = "a",
				  .version = "1",
				  .arch = "",
				  .source_name = "",
				  .source_version = "",
				  .license = "MIT OR (GPL-2.0-only WITH x AND Zlib)",
				  .path = "app/node_modules/a/package.json" };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy *p = NULL;
	struct error err = { 0 };
	if (policy_parse(bytes_of(data, size), "p.yaml", &p, &err) < 0)
		return 0;
	struct finding f = { .id = "CVE-2024-1",
			     .family = "vulnerability",
			     .class = "app",
			     .rule = "CVE-2024-1",
			     .severity = SEVERITY_HIGH,
			     .package = &package,
			     .path = package.path,
			     .epss = 0.5 };
	struct scan_incomplete missing = { "image", ERR_IO, "x" };
	struct scan_result r = { .findings = &f,
				 .finding_count = 1,
				 .packages = &package,
				 .package_count = 1,
				 .incomplete = &missing,
				 .incomplete_count = 1 };
	struct policy_facts facts = {
		.repository = "docker.io/library/a", .familiar = "a", .tag = "1", .now = 1800000000
	};
	struct policy_use uses[] = { { .policy = p }, { .policy = p, .project = true } };
	cleanup_arena struct arena arena = arena_max(64 * MIB);
	struct policy_verdict v;
	(void)policy_evaluate(uses, 2, &r, &facts, &arena, &v, &err);
	policy_free(p);
	return 0;
}
