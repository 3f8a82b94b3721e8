/* doc/priority.md: points, and what they mean. */
#include "vuln/vuln.h"

enum {
	POINTS_KEV = 5,
	POINTS_EPSS_HIGH = 2, /* 10 % and more */
	POINTS_EPSS_RAISED = 1, /* 1 % and more */
	POINTS_FIX = 1,
	POINTS_UNEXPOSED = -2,
	ASAP_FROM = 5,
	LATER_FROM = 2
};

static const int severity_points[SEVERITIES] = {
	[SEVERITY_UNKNOWN] = 2, [SEVERITY_NEGLIGIBLE] = 0, [SEVERITY_LOW] = 1,
	[SEVERITY_MEDIUM] = 2,  [SEVERITY_HIGH] = 3,       [SEVERITY_CRITICAL] = 4,
};

enum priority vuln_priority(const struct priority_facts *f)
{
	int points = (unsigned)f->severity < SEVERITIES ? severity_points[f->severity] : 0;
	if (f->status == STATUS_UNIMPORTANT && !f->kev)
		return PRIORITY_NNTF;
	if (f->kev)
		points += POINTS_KEV;
	if (f->epss >= 0.1)
		points += POINTS_EPSS_HIGH;
	else if (f->epss >= 0.01)
		points += POINTS_EPSS_RAISED;
	if (f->fix_available)
		points += POINTS_FIX;
	if (!f->exposed)
		points += POINTS_UNEXPOSED;
	if (points >= ASAP_FROM && f->exposed)
		return PRIORITY_ASAP;
	return points >= LATER_FROM ? PRIORITY_LATER : PRIORITY_NNTF;
}
