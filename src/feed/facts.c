/* Corten's own tables (db/README.md): tab-separated lines under "#columns". */
#include <stdlib.h>

#include "feed/import.h"
#include "feed/words.h"

enum column {
	COLUMN_ECOSYSTEM,
	COLUMN_PACKAGE,
	COLUMN_ID,
	COLUMN_ADVISORY,
	COLUMN_INTRODUCED,
	COLUMN_FIXED,
	COLUMN_LAST_AFFECTED,
	COLUMN_STATUS,
	COLUMN_SEVERITY,
	COLUMN_MODULE,
	COLUMN_ARCH,
	COLUMN_KEV_ADDED,
	COLUMN_KEV_DUE,
	COLUMN_KEV_RANSOMWARE,
	COLUMN_PUBLISHED,
	COLUMN_ALIAS,
	COLUMNS
};

static const char *const column_names[COLUMNS] = {
	[COLUMN_ECOSYSTEM] = "ecosystem",
	[COLUMN_PACKAGE] = "package",
	[COLUMN_ID] = "id",
	[COLUMN_ADVISORY] = "advisory",
	[COLUMN_INTRODUCED] = "introduced",
	[COLUMN_FIXED] = "fixed",
	[COLUMN_LAST_AFFECTED] = "last_affected",
	[COLUMN_STATUS] = "status",
	[COLUMN_SEVERITY] = "severity",
	[COLUMN_MODULE] = "module",
	[COLUMN_ARCH] = "arch",
	[COLUMN_KEV_ADDED] = "kev_added",
	[COLUMN_KEV_DUE] = "kev_due",
	[COLUMN_KEV_RANSOMWARE] = "kev_ransomware",
	[COLUMN_PUBLISHED] = "published",
	[COLUMN_ALIAS] = "alias",
};

struct table {
	struct import *im;
	enum column columns[COLUMNS];
	size_t count;
	bool has_source, has_facts;
};

/* --- lines that begin with '#' --------------------------------------------------- */

static bool read_columns(struct table *t, struct bytes rest)
{
	struct bytes name;
	t->count = 0;
	t->has_facts = false;
	while (bytes_next_field(&rest, '\t', &name)) {
		size_t i = 0;
		while (i < COLUMNS && !bytes_equal(name, bytes_str(column_names[i])))
			i++;
		if (i == COLUMNS || t->count == COLUMNS)
			return import_fail(t->im, ERR_MALFORMED, "no such column: %.*s",
					   (int)(name.n < 64 ? name.n : 64), (const char *)name.p);
		t->columns[t->count++] = (enum column)i;
		t->has_facts |= i == COLUMN_ECOSYSTEM;
	}
	return true;
}

/* "#source", name, url, snapshot. */
static bool read_source(struct table *t, struct bytes rest)
{
	struct bytes name = BYTES_LIT(""), url = BYTES_LIT(""), snapshot = BYTES_LIT("");
	char text[512];
	(void)bytes_next_field(&rest, '\t', &name);
	(void)bytes_next_field(&rest, '\t', &url);
	(void)bytes_next_field(&rest, '\t', &snapshot);
	if (url.n >= sizeof text)
		return import_fail(t->im, ERR_MALFORMED, "the address of a source is too long");
	memcpy(text, url.p, url.n);
	text[url.n] = '\0';
	const char *given = t->im->options.url;
	if (given == NULL && url.n > 0)
		t->im->options.url = text;
	t->has_source = import_source(t->im, name, snapshot);
	t->im->options.url = given;
	return t->has_source;
}

/* Other lines with '#' are remarks. */
static bool read_directive(struct table *t, struct bytes line)
{
	struct bytes name;
	(void)bytes_next_field(&line, '\t', &name);
	if (bytes_equal(name, BYTES_LIT("#columns")))
		return read_columns(t, line);
	return bytes_equal(name, BYTES_LIT("#source")) ? read_source(t, line) : true;
}

/* --- rows ---------------------------------------------------------------------------- */

/* NULL, or what is wrong. Where no status is said, a fixed version says it. */
static const char *read_words(const struct bytes *row, struct vuln_fact *f)
{
	f->status = f->fixed.n > 0 ? STATUS_FIXED : STATUS_AFFECTED;
	if (row[COLUMN_STATUS].n > 0 && !finding_status_parse(row[COLUMN_STATUS], &f->status))
		return "no such status";
	if (row[COLUMN_SEVERITY].n > 0 && !severity_parse(row[COLUMN_SEVERITY], &f->severity))
		return "no such severity";
	return NULL;
}

/* Several ids in one row, with commas between, are as many facts. */
static bool send_fact(struct table *t, const struct bytes *row)
{
	struct bytes ids = row[COLUMN_ID], id;
	struct vuln_fact f = { .ecosystem = row[COLUMN_ECOSYSTEM],
			       .package = row[COLUMN_PACKAGE],
			       .advisory = row[COLUMN_ADVISORY],
			       .introduced = row[COLUMN_INTRODUCED],
			       .fixed = row[COLUMN_FIXED],
			       .last_affected = row[COLUMN_LAST_AFFECTED],
			       .module = row[COLUMN_MODULE],
			       .arch = row[COLUMN_ARCH] };
	const char *why = read_words(row, &f);
	if (why != NULL) {
		import_skip(t->im, ids, why);
		return true;
	}
	while (bytes_next_field(&ids, ',', &id)) {
		f.id = id;
		if (!import_fact(t->im, &f))
			return false;
	}
	return true;
}

static bool send_detail(struct table *t, const struct bytes *row)
{
	struct vuln_detail d = detail_of(row[COLUMN_ID]);
	d.kev_added = row[COLUMN_KEV_ADDED];
	d.kev_due = row[COLUMN_KEV_DUE];
	d.kev_ransomware = bytes_equal(row[COLUMN_KEV_RANSOMWARE], BYTES_LIT("yes"));
	d.published = row[COLUMN_PUBLISHED];
	d.alias = row[COLUMN_ALIAS];
	return import_detail(t->im, &d);
}

/* Empty columns at the end of a row may be missing. */
static bool read_row(struct table *t, struct bytes line)
{
	struct bytes row[COLUMNS] = { { 0 } }, field, rest = line;
	size_t n = 0;
	if (t->count == 0 || !t->has_source)
		return import_fail(t->im, ERR_MALFORMED, "a row before #columns and #source");
	t->im->stats.records++;
	while (bytes_next_field(&rest, '\t', &field)) {
		if (n == t->count) {
			import_skip(t->im, line, "a row with more columns than there are");
			return true;
		}
		row[t->columns[n++]] = field;
	}
	return t->has_facts ? send_fact(t, row) : send_detail(t, row);
}

int import_facts(struct import *im, struct feed_input *in)
{
	struct table t = { .im = im };
	struct bytes line;
	while (!im->failed && feed_input_line(in, im, &line)) {
		if (line.n == 0)
			continue;
		bool ok = line.p[0] == '#' ? read_directive(&t, line) : read_row(&t, line);
		if (!ok)
			(void)error_wrap(im->err, "before offset %llu",
					 (unsigned long long)feed_input_offset(in));
	}
	return im->failed ? -1 : 0;
}
