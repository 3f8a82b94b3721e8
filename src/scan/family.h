/* The families of checks that a scan can do in its one pass over the bytes. */
#ifndef CORTEN_SCAN_FAMILY_H
#define CORTEN_SCAN_FAMILY_H

enum {
	FAMILY_VULNERABILITY = 1 << 0, /* packages of systems and applications */
	FAMILY_SECRET = 1 << 1,
	FAMILY_MALWARE = 1 << 2,
	FAMILY_BASELINE = 1 << 3, /* accounts, permissions, configurations */
	FAMILY_BUILD = 1 << 4, /* the instructions an image was built by */
	FAMILIES_CHECKS = FAMILY_MALWARE | FAMILY_BASELINE | FAMILY_BUILD,
	/* Those that go by rules, and may want any file. */
	FAMILIES_RULES = FAMILY_SECRET | FAMILIES_CHECKS,
	FAMILIES_ALL = FAMILY_VULNERABILITY | FAMILIES_RULES
};

#endif
