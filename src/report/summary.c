#include "report/summary.h"

static void count_family(struct summary *s, const char *name)
{
	for (size_t i = 0; i < s->family_count; i++) {
		if (strcmp(s->families[i].name, name) == 0) {
			s->families[i].count++;
			return;
		}
	}
	if (s->family_count < SUMMARY_FAMILIES)
		s->families[s->family_count++] = (struct summary_family){ name, 1 };
}

void summary_of(const struct scan_result *r, const struct report_options *o, struct summary *ret)
{
	struct summary s = { .packages = r->package_count, .findings = r->finding_count };
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		s.shown += report_shows(o, f);
		s.severity[f->severity]++;
		s.status[f->status]++;
		s.priority[f->priority]++;
		s.kev += f->kev_added != NULL;
		s.fixable += f->fixed_version != NULL;
		count_family(&s, f->family == NULL ? "" : f->family);
	}
	s.complete = r->incomplete_count == 0;
	*ret = s;
}

static bool has_vulnerability(const struct scan_result *r)
{
	for (size_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].package != NULL)
			return true;
	return false;
}

enum verdict summary_verdict(const struct scan_result *r)
{
	if (r->incomplete_count > 0)
		return VERDICT_INCOMPLETE;
	if (has_vulnerability(r))
		return VERDICT_FOUND;
	if (r->package_count == 0)
		return VERDICT_NO_PACKAGES;
	return r->db.generation == 0 ? VERDICT_NO_DATABASE : VERDICT_NONE_KNOWN;
}

bool summary_names_source(const struct scan_result *r, size_t i)
{
	return i == 0 || strcmp(r->db_sources[i - 1].name, r->db_sources[i].name) != 0;
}
