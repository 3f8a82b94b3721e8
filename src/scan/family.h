/* The families of checks that a scan can do in its one pass over the bytes. */
#ifndef CORTEN_SCAN_FAMILY_H
#define CORTEN_SCAN_FAMILY_H

enum {
	FAMILY_VULNERABILITY = 1 << 0, /* packages of systems and applications */
	FAMILY_SECRET = 1 << 1,
	FAMILIES_ALL = FAMILY_VULNERABILITY | FAMILY_SECRET
};

#endif
