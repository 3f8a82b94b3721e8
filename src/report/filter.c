#include "report/report.h"

static bool severity_passes(const struct report_options *o, enum severity s)
{
	bool any = false;
	for (int i = 0; i < SEVERITIES; i++)
		any |= o->severities[i];
	return !any || o->severities[s];
}

bool report_shows(const struct report_options *o, const struct finding *f)
{
	return severity_passes(o, f->severity) && (!o->only_fixed || f->fixed_version != NULL) &&
	       (o->layer == LAYER_NONE || f->layer == o->layer);
}
