/* The importers of advisories that are a document each, of Retire.js, CSAF and
 * updateinfo.xml: the first byte chooses. */
#include "feed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const importers[])(struct import * im, struct feed_input * in) = {
		import_osv_yaml, import_rustsec, import_rubysec,    import_php,
		import_retire,   import_csaf,    import_updateinfo, NULL,
	};
	enum { IMPORTERS = sizeof importers / sizeof *importers };
	if (size > 0)
		fuzz_import(importers[data[0] % IMPORTERS], bytes_of(data + 1, size - 1));
	return 0;
}
