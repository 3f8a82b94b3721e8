/* The one command that mends most of a result. */
#ifndef CORTEN_REPORT_UPDATE_H
#define CORTEN_REPORT_UPDATE_H

#include "report/report.h"

struct update {
	struct arena arena;
	const char *command; /* NULL: nothing can be fixed, or no tool is known */
	size_t packages; /* that it updates */
	size_t findings; /* that it ends */
};

/* For the findings that the filter lets through. Release with update_free. */
int update_make(const struct scan_result *r, const struct report_options *o, struct update *ret,
		struct error *err);
/* Whether the command could mend this finding. */
bool update_mends(const struct finding *f);
void update_free(struct update *u);
#define cleanup_update __attribute__((cleanup(update_free)))

#endif
