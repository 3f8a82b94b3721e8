/* Databases for tests: written from a table of facts into a temporary file. */
#ifndef CORTEN_TEST_VULN_MAKE_H
#define CORTEN_TEST_VULN_MAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vuln/vulndb.h"
#include "vuln/vulndb_map.h"

/* A row of a test's table says only what matters. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* A fact as a test writes it: absent strings are NULL. */
struct row {
	const char *ecosystem, *package, *id, *fixed;
	const char *advisory, *introduced, *last_affected, *module, *arch;
	enum finding_status status;
	enum severity severity;
};

static inline struct vuln_fact row_fact(const struct row *r)
{
	return (struct vuln_fact){
		.ecosystem = bytes_str(r->ecosystem),
		.package = bytes_str(r->package),
		.id = bytes_str(r->id),
		.advisory = bytes_str(r->advisory),
		.introduced = bytes_str(r->introduced),
		.fixed = bytes_str(r->fixed),
		.last_affected = bytes_str(r->last_affected),
		.status = r->status,
		.severity = r->severity,
		.module = bytes_str(r->module),
		.arch = bytes_str(r->arch),
	};
}

static inline void sink_source(struct vuln_fact_sink *s, const char *name, const char *snapshot)
{
	const struct vuln_source src = { bytes_str(name), bytes_str("https://example.org/"),
					 bytes_str(snapshot) };
	struct error err = { 0 };
	if (s->source(s->ctx, &src, &err) < 0)
		fail_msg("%s", err.text);
}

static inline void sink_rows(struct vuln_fact_sink *s, const struct row *rows, size_t n)
{
	struct error err = { 0 };
	for (size_t i = 0; i < n; i++) {
		const struct vuln_fact f = row_fact(&rows[i]);
		if (s->fact(s->ctx, &f, &err) < 0)
			fail_msg("%s", err.text);
	}
}

#define NO_DETAIL .cvss_score = -1.0, .epss = -1.0, .epss_percentile = -1.0

static inline void sink_detail(struct vuln_fact_sink *s, struct vuln_detail d)
{
	struct error err = { 0 };
	if (s->detail(s->ctx, &d, &err) < 0)
		fail_msg("%s", err.text);
}

/* A path below the test's temporary directory that is not taken. */
static inline void temporary_path(char out[static 64])
{
	(void)snprintf(out, 64, "/tmp/corten-test-%d-%016llx.cdb", (int)getpid(),
		       (unsigned long long)hash_random_key());
}

/* Writes b to path, reads all of it, and opens it; the file is gone after. */
static inline struct vulndb *write_and_open(struct vulndb_builder *b)
{
	char path[64];
	struct error err = { 0 };
	struct vulndb *db = NULL;
	temporary_path(path);
	if (vulndb_builder_write(b, 7, path, &err) < 0 || vulndb_open(path, &db, &err) < 0 ||
	    vulndb_verify(db, &err) < 0)
		fail_msg("%s", err.text);
	(void)unlink(path);
	return db;
}

static inline struct vulndb *make_db(const struct row *rows, size_t n)
{
	struct vulndb_builder *b = vulndb_builder_new();
	struct vuln_fact_sink s = vulndb_builder_sink(b);
	sink_source(&s, "debian", "2026-11-20");
	sink_rows(&s, rows, n);
	struct vulndb *db = write_and_open(b);
	vulndb_builder_free(b);
	return db;
}

#define MAKE_DB(rows) make_db((rows), sizeof(rows) / sizeof(*(rows)))

#endif
