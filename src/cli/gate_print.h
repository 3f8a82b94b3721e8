/* What `corten gate` prints. */
#ifndef CORTEN_CLI_GATE_PRINT_H
#define CORTEN_CLI_GATE_PRINT_H

#include <stdio.h>

#include "cli/vex.h"
#include "policy/policy.h"
#include "report/report.h"

struct gate_page {
	FILE *out;
	const struct report_options *report; /* colour, width, UTF-8 */
	const struct scan_result *result;
	const struct policy_use *uses;
	size_t use_count;
	const struct policy_verdict *verdict;
	const struct policy_facts *facts;
	const struct vex_set *vex;
};

void gate_print(const struct gate_page *g);

#endif
