/* JavaScript libraries in web roots, by the words in which their files name them. */
#ifndef CORTEN_APPS_JAVASCRIPT_H
#define CORTEN_APPS_JAVASCRIPT_H

#include "apps/binary.h"

struct javascript_row {
	const char *package;
	struct bytes before; /* right before the version */
	struct bytes behind; /* right behind it; empty: nothing that could go on with it */
	struct bytes near; /* somewhere in the APP_VERSION_MARGIN bytes behind it */
};
extern const struct javascript_row javascript_rows[]; /* package NULL ends them */

/* A file name: prefix, version, ".js" or ".min.js". */
struct javascript_file {
	const char *package, *prefix;
};
extern const struct javascript_file javascript_files[];

#endif
