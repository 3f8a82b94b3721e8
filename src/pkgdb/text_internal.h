/* Text databases share one parser (text.c): it cuts the stream into lines and
 * records and keeps the few fields that become a package. What differs is a
 * struct text_format: dpkg.c, apk.c, manifest.c. */
#ifndef CORTEN_PKGDB_TEXT_INTERNAL_H
#define CORTEN_PKGDB_TEXT_INTERNAL_H

#include "base/base.h"
#include "pkgdb/pkgdb.h"

enum {
	TEXT_FIELDS_MAX = 8,
	TEXT_OTHER = -1, /* a field that nobody wants */
	TEXT_MALFORMED = -2, /* no field at all */
};

struct text_field {
	bool seen;
	bool cut; /* longer than LIMIT_PKG_FIELD, so not kept */
	size_t at, n; /* in text_record.values */
};

struct text_record {
	struct buf values; /* the kept fields, one after the other */
	struct buf scratch; /* for text that package() puts together */
	struct text_field fields[TEXT_FIELDS_MAX];
	int last; /* what a continuation line goes on */
	bool begun; /* it has at least one line */
	const char *fault; /* why it cannot be understood; NULL: no reason so far */
};

/* "" when it is absent or was not kept. */
struct bytes text_value(const struct text_record *r, int field);

enum text_verdict {
	TEXT_PACKAGE,
	TEXT_NOTHING, /* a record of something that is not installed */
	TEXT_FAULTY, /* *ret_why says why */
};

struct text_format {
	/* Which field a line starts, and its value. */
	int (*field)(struct bytes line, struct bytes *ret_value);
	/* The package of a record that ended; ret's views are into r. */
	enum text_verdict (*package)(struct text_record *r, struct pkg_record *ret,
				     const char **ret_why);
	int name; /* the field to call a faulty record by */
	uint32_t needed; /* bits of the fields without which there is no verdict */
	bool folded; /* a line that starts with a blank goes on with the field */
	bool line_is_record; /* each line is one; otherwise an empty line ends it */
};

extern const struct text_format text_format_dpkg;
extern const struct text_format text_format_apk;
extern const struct text_format text_format_manifest;

#endif
