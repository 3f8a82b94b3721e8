#include "cli/yara_list.h"

#include <stdio.h>

#include "cli/rulesets.h"

static const char *severity_of(enum malware_level l)
{
	static const enum severity severities[MALWARE_LEVELS] = { SEVERITY_LOW, SEVERITY_MEDIUM,
								  SEVERITY_HIGH,
								  SEVERITY_CRITICAL };
	return severity_name(severities[l]);
}

static void table(const struct malware_yara *y)
{
	struct malware_yara_info info;
	malware_yara_info(y, &info);
	(void)printf("\n%-44s %-9s %-20s %s\n", "YARA RULE", "SEVERITY", "SPEED", "WHERE");
	for (size_t i = 0; i < info.rules; i++) {
		struct malware_yara_rule r;
		malware_yara_rule(y, i, &r);
		(void)printf("%-44.*s %-9s %-20s %.*s:%u%s\n", (int)r.name.n,
			     (const char *)r.name.p, severity_of(r.level),
			     r.slow ? "slow" : "by its strings", (int)r.file.n,
			     (const char *)r.file.p, r.line, r.is_private ? " (private)" : "");
	}
	(void)printf("\n%zu YARA rules of %zu files, %zu of them slow, %zu left out\n", info.rules,
		     info.files, info.slow, info.refused);
}

static void member(struct json_writer *w, const char *name, struct bytes text)
{
	json_key(w, name);
	json_string_bytes(w, text);
}

static void json(struct json_writer *w, const struct malware_yara *y)
{
	struct malware_yara_info info;
	malware_yara_info(y, &info);
	for (size_t i = 0; i < info.rules; i++) {
		struct malware_yara_rule r;
		malware_yara_rule(y, i, &r);
		json_object_begin(w);
		member(w, "id", r.name);
		json_member_string(w, "kind", "malware");
		json_member_string(w, "class", "yara-rule");
		member(w, "title", r.about);
		json_member_string(w, "severity", severity_of(r.level));
		json_member_bool(w, "slow", r.slow);
		json_member_bool(w, "enabled", true);
		member(w, "origin", r.file);
		json_member_u64(w, "line", r.line);
		json_object_end(w);
	}
}

int yara_list(const struct cli_args *args, struct json_writer *w)
{
	struct error err = { 0 };
	struct malware_yara *y;
	if (ruleset_yara(args, &y, &err) < 0)
		return cli_fail(&err);
	if (y != NULL && w != NULL)
		json(w, y);
	else if (y != NULL)
		table(y);
	malware_yara_free(y);
	return 0;
}
