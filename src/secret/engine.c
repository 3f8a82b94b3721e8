/* The life of an engine: the mapped blob, the databases made of it, patterns that are
 * read when they are first needed. */
#include "secret/engine.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum {
	/* Steps and memory of one try of one pattern. */
	MATCH_STEPS = 500000,
	MATCH_HEAP_KIB = 4096,
	/* Groups that a pattern may have for its secret to be found. */
	MATCH_GROUPS = 64,
};

/* --- the blob ------------------------------------------------------------------ */

static bool span_ok(const struct blob_header *h, struct blob_span s, size_t record)
{
	uint64_t end;
	return s.at % 8 == 0 && s.n % record == 0 && !checked_add(s.at, s.n, &end) &&
	       end <= h->size;
}

static bool run_ok(struct blob_run r, size_t n)
{
	return r.first <= n && r.n <= n - r.first;
}

/* A number of another table, or none. */
static bool number_ok(uint32_t i, size_t n)
{
	return i == NO_PATTERN || i < n;
}

static bool rules_ok(const struct secret_engine *e)
{
	for (size_t i = 0; i < e->rule_n; i++) {
		const struct blob_rule *r = &e->rules[i];
		if (!number_ok(r->pattern, e->pattern_n) || !number_ok(r->path, e->path_n) ||
		    r->id >= e->string_n || r->magic >= e->string_n || r->check >= SECRET_CHECKS ||
		    !run_ok(r->keywords, e->index_n) || !run_ok(r->allows, e->index_n))
			return false;
	}
	for (size_t i = 0; i < e->allow_n; i++) {
		const struct blob_allow *a = &e->allows[i];
		if (!run_ok(a->paths, e->index_n) || !run_ok(a->patterns, e->index_n) ||
		    !run_ok(a->stopwords, e->index_n))
			return false;
	}
	return true;
}

static bool tables_ok(const struct secret_engine *e)
{
	for (size_t i = 0; i < e->pattern_n; i++)
		if (e->patterns[i].text >= e->string_n || e->patterns[i].core >= e->string_n)
			return false;
	for (size_t i = 0; i < e->path_n; i++)
		if (e->paths[i].pattern >= e->pattern_n || !number_ok(e->paths[i].rule, e->rule_n))
			return false;
	for (size_t i = 0; i < e->string_n; i++)
		if (!run_ok((struct blob_run){ e->strings[i].at, e->strings[i].n },
			    e->header->string_bytes.n))
			return false;
	return rules_ok(e);
}

/* The numbers in the index table are checked where they are used: they are of
 * several tables. */
static int blob_check(struct secret_engine *e, struct error *err)
{
	const struct blob_header *h = e->map;
	if (e->map_n < sizeof *h || memcmp(h->magic, BLOB_MAGIC, sizeof h->magic) != 0)
		return error_set(err, ERR_MALFORMED, "these are no compiled secret rules");
	if (h->engine_version != SECRET_ENGINE_VERSION)
		return error_set(err, ERR_UNSUPPORTED,
				 "the secret rules were compiled by another version");
	if (h->size != e->map_n)
		return error_set(err, ERR_TRUNCATED, "the compiled secret rules are cut");
	if (!span_ok(h, h->rule_table, sizeof *e->rules) ||
	    !span_ok(h, h->pattern_table, sizeof *e->patterns) ||
	    !span_ok(h, h->allow_table, sizeof *e->allows) ||
	    !span_ok(h, h->path_table, sizeof *e->paths) ||
	    !span_ok(h, h->index_table, sizeof *e->index) ||
	    !span_ok(h, h->string_table, sizeof *e->strings) || !span_ok(h, h->string_bytes, 1) ||
	    !span_ok(h, h->content_db, 1) || !span_ok(h, h->path_db, 1))
		return error_set(err, ERR_MALFORMED, "the compiled secret rules are damaged");
	return 0;
}

#define TABLE(e, span, field, count)                                                               \
	do {                                                                                       \
		(e)->field = (const void *)((const uint8_t *)(e)->map + (e)->header->span.at);     \
		(e)->count = (e)->header->span.n / sizeof *(e)->field;                             \
	} while (0)

static int blob_tables(struct secret_engine *e, struct error *err)
{
	e->header = e->map;
	TABLE(e, rule_table, rules, rule_n);
	TABLE(e, pattern_table, patterns, pattern_n);
	TABLE(e, allow_table, allows, allow_n);
	TABLE(e, path_table, paths, path_n);
	TABLE(e, index_table, index, index_n);
	TABLE(e, string_table, strings, string_n);
	e->string_bytes = (const uint8_t *)e->map + e->header->string_bytes.at;
	if (!tables_ok(e))
		return error_set(err, ERR_MALFORMED, "the compiled secret rules are damaged");
	return 0;
}

static int blob_map(struct secret_engine *e, int fd, struct error *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return error_errno(err, "the compiled secret rules");
	if (st.st_size < (off_t)sizeof(struct blob_header))
		return error_set(err, ERR_TRUNCATED, "the compiled secret rules are cut");
	void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return error_errno(err, "cannot map the compiled secret rules");
	e->map = map;
	e->map_n = (size_t)st.st_size;
	return blob_check(e, err) < 0 ? -1 : blob_tables(e, err);
}

/* --- databases and memory ---------------------------------------------------------- */

/* A set without content rules, or without paths, has no such database. */
static int database_open(struct secret_engine *e, struct blob_span span, hs_database_t **ret,
			 struct error *err)
{
	if (span.n == 0)
		return 0;
	hs_error_t r = hs_deserialize_database((const char *)e->map + span.at, span.n, ret);
	if (r == HS_DB_PLATFORM_ERROR || r == HS_DB_VERSION_ERROR)
		return error_set(err, ERR_UNSUPPORTED,
				 "the secret rules were compiled for another processor or library");
	if (r != HS_SUCCESS)
		return error_set(err, r == HS_NOMEM ? ERR_MEMORY : ERR_MALFORMED,
				 "the compiled secret rules cannot be loaded (Vectorscan error %d)",
				 (int)r);
	r = hs_alloc_scratch(*ret, &e->scratch);
	if (r != HS_SUCCESS)
		return error_set(err, ERR_MEMORY, "no memory to look for secrets");
	return 0;
}

static int allocate(struct secret_engine *e, struct error *err)
{
	e->codes = calloc(e->pattern_n + 1, sizeof *e->codes);
	e->cores = calloc(e->pattern_n + 1, sizeof *e->cores);
	e->states = calloc(e->rule_n + 1, sizeof *e->states);
	e->path_hits = calloc(e->path_n + 1, 1);
	e->found = calloc(FOUND_MAX, sizeof *e->found);
	e->told = calloc(LIMIT_SECRET_FILE_FINDINGS, sizeof *e->told);
	e->buffer = malloc(WINDOW_BYTES);
	e->path = malloc(LIMIT_PATH_BYTES);
	e->match = pcre2_match_data_create(MATCH_GROUPS, NULL);
	e->limits = pcre2_match_context_create(NULL);
	if (e->codes == NULL || e->cores == NULL || e->states == NULL || e->path_hits == NULL ||
	    e->found == NULL || e->told == NULL || e->buffer == NULL || e->path == NULL ||
	    e->match == NULL || e->limits == NULL)
		return error_set(err, ERR_MEMORY, "no memory to look for secrets");
	pcre2_set_match_limit(e->limits, MATCH_STEPS);
	pcre2_set_heap_limit(e->limits, MATCH_HEAP_KIB);
	return 0;
}

int secret_engine_open(int blob_fd, struct secret_engine **ret, struct error *err)
{
	struct secret_engine *e = calloc(1, sizeof *e);
	if (e == NULL)
		return error_set(err, ERR_MEMORY, "no memory to look for secrets");
	e->only = NO_PATTERN;
	if (blob_map(e, blob_fd, err) < 0 ||
	    database_open(e, e->header->content_db, &e->content_db, err) < 0 ||
	    database_open(e, e->header->path_db, &e->path_db, err) < 0 || allocate(e, err) < 0) {
		secret_engine_close(e);
		return -1;
	}
	*ret = e;
	return 0;
}

static void codes_free(pcre2_code **codes, size_t n)
{
	for (size_t i = 0; codes != NULL && i < n; i++)
		pcre2_code_free(codes[i]);
	free(codes);
}

void secret_engine_close(struct secret_engine *e)
{
	if (e == NULL)
		return;
	codes_free(e->codes, e->pattern_n);
	codes_free(e->cores, e->pattern_n);
	free(e->states);
	free(e->path_hits);
	free(e->found);
	free(e->told);
	if (e->buffer != NULL)
		explicit_bzero(e->buffer, WINDOW_BYTES);
	free(e->buffer);
	free(e->path);
	pcre2_match_data_free(e->match);
	pcre2_match_context_free(e->limits);
	(void)hs_free_scratch(e->scratch);
	(void)hs_free_database(e->content_db);
	(void)hs_free_database(e->path_db);
	if (e->map != NULL)
		(void)munmap(e->map, e->map_n);
	free(e);
}

/* --- what its files share ------------------------------------------------------------ */

struct bytes engine_string(const struct secret_engine *e, uint32_t i)
{
	if (i >= e->string_n)
		return bytes_of(NULL, 0);
	return bytes_of(e->string_bytes + e->strings[i].at, e->strings[i].n);
}

int engine_failed(struct secret_engine *e)
{
	e->file.failed = true;
	return -1;
}

void engine_limited(struct secret_engine *e, const char *what)
{
	const char **told = e->file.told_limits;
	for (size_t i = 0; i < LIMIT_WORDS; i++) {
		if (told[i] == what)
			return;
		if (told[i] == NULL) {
			told[i] = what;
			break;
		}
	}
	if (e->file.sink.limited != NULL &&
	    e->file.sink.limited(e->file.sink.ctx, what, e->file.err) < 0)
		(void)engine_failed(e);
}

/* RE2's "$" is the end of the text only, PCRE2's also before a last newline. Patterns
 * and texts are bytes: no text is refused for not being UTF-8. */
static pcre2_code *code_of(struct secret_engine *e, pcre2_code **slot, struct bytes text)
{
	int code = 0;
	PCRE2_SIZE at = 0;
	if (*slot != NULL)
		return *slot;
	*slot = pcre2_compile(text.p, text.n, PCRE2_DOLLAR_ENDONLY, &code, &at, NULL);
	if (*slot == NULL) {
		(void)error_set(e->file.err, ERR_MEMORY,
				"a pattern of the secret rules cannot be read (PCRE2 error %d)",
				code);
		(void)engine_failed(e);
	}
	return *slot;
}

pcre2_code *engine_code(struct secret_engine *e, uint32_t pattern)
{
	return code_of(e, &e->codes[pattern], engine_string(e, e->patterns[pattern].text));
}

pcre2_code *engine_core(struct secret_engine *e, uint32_t pattern)
{
	const struct blob_pattern *p = &e->patterns[pattern];
	if (p->core == p->text)
		return NULL;
	return code_of(e, &e->cores[pattern], engine_string(e, p->core));
}

bool engine_matches(struct secret_engine *e, uint32_t pattern, struct bytes text)
{
	if (pattern >= e->pattern_n)
		return false;
	pcre2_code *code = engine_code(e, pattern);
	const uint8_t *p = text.n == 0 ? (const uint8_t *)"" : text.p;
	return code != NULL && pcre2_match(code, p, text.n, 0, 0, e->match, e->limits) >= 0;
}
