/* What a worker gets besides its input: descriptors of rules, -1 where there are none. */
#ifndef CORTEN_SCAN_WORKER_RULES_H
#define CORTEN_SCAN_WORKER_RULES_H

struct worker_rules {
	int secrets; /* secret_rules_compile */
	int checks; /* check_rules_send */
	int lists; /* sums of known files: malware.h */
	int yara; /* compiled rules */
	const char *clamd; /* socket that a worker's connection goes to; NULL: none */
};

#define WORKER_RULES_NONE                                                                          \
	((struct worker_rules){ .secrets = -1, .checks = -1, .lists = -1, .yara = -1 })

#endif
