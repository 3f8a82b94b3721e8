/* The words of publishers in Corten's: severities, releases, ecosystems. */
#ifndef CORTEN_FEED_WORDS_H
#define CORTEN_FEED_WORDS_H

#include "base/base.h"
#include "finding/finding.h"

/* "Important", "MODERATE", "medium*", "not yet assigned": SEVERITY_UNKNOWN when
 * the word says nothing. */
enum severity severity_of_word(struct bytes word);

enum { ECOSYSTEM_KEY_MAX = 128 };

/* An ecosystem as OSV writes it ("Ubuntu:Pro:18.04:LTS") as a key of vuln.h
 * ("ubuntu-pro:18.04") into out: NULL, or why its facts are left out. */
const char *ecosystem_of_osv(struct bytes osv, char out[static ECOSYSTEM_KEY_MAX]);

/* True when an OSV ecosystem is a distribution: its records are about its own
 * packages, and `related` names the vulnerabilities they mend. */
bool ecosystem_is_system(struct bytes osv);

/* Who publishes for a key: "ubuntu" for "ubuntu-pro:18.04". */
struct bytes ecosystem_publisher(struct bytes key);

/* The number of a Debian release: "12" for bookworm; the codename itself for
 * sid and experimental; NULL for a name that is none. */
const char *debian_release_number(struct bytes codename);

#endif
