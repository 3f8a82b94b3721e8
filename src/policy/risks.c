#include "policy/risks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/json.h"
#include "policy/internal.h"

enum { RISKS_MEMORY = 64 * 1024 * 1024, RISK_TEXT_MAX = 64 * 1024, FINGERPRINT = 64 };

struct risks {
	struct arena arena;
	struct buf text;
	struct map last; /* fingerprint and repository → index + 1 */
	struct risk *list;
	size_t count, cap;
	const char *path;
};

/* --- words ------------------------------------------------------------------------------ */

static const char *const state_names[RISK_STATES] = { "unhandled", "verifying", "ignored",
						      "false-positive", "handled" };

const char *risk_state_name(enum risk_state s)
{
	return state_names[s];
}

bool risk_state_parse(const char *text, enum risk_state *ret)
{
	for (enum risk_state s = 0; s < RISK_STATES; s++)
		if (strcmp(text, state_names[s]) == 0) {
			*ret = s;
			return true;
		}
	return false;
}

bool risk_fingerprint_ok(const char *text)
{
	size_t n = strspn(text, "0123456789abcdef");
	return text[n] == '\0' && n >= RISK_PREFIX_MIN && n <= FINGERPRINT;
}

/* --- reading ------------------------------------------------------------------------------ */

static int wrong(const struct risks *r, uint32_t line, const char *why, struct error *err)
{
	return error_set(err, ERR_MALFORMED, "%s:%u: %s", r->path, line, why);
}

static int no_memory(struct error *err)
{
	return error_set(err, ERR_MEMORY, "no memory for the states of findings");
}

static const char *keep(struct risks *r, struct json_reader *j)
{
	struct bytes text;
	return json_get_string(j, &text) ? arena_cstr(&r->arena, text) : NULL;
}

static void take_member(struct risks *r, struct json_reader *j, struct bytes key, struct risk *ret,
			const char **ret_state)
{
	const struct {
		const char *key;
		const char **to;
	} texts[] = { { "fingerprint", &ret->fingerprint },
		      { "repository", &ret->repository },
		      { "state", ret_state },
		      { "reason", &ret->reason },
		      { "author", &ret->author } };
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (bytes_equal(key, bytes_str(texts[i].key))) {
			*texts[i].to = keep(r, j);
			return;
		}
	if (bytes_equal(key, BYTES_LIT("time")))
		(void)json_get_i64(j, &ret->time);
	else
		json_skip(j);
}

static int read_line(struct risks *r, struct bytes text, uint32_t line, struct risk *ret,
		     struct error *err)
{
	struct bytes key;
	struct error why = { 0 };
	const char *state = NULL;
	struct json_reader *j = json_open_bytes(text);
	if (j == NULL)
		return no_memory(err);
	*ret = (struct risk){ .repository = "", .reason = "", .author = "", .line = line };
	if (json_enter_object(j))
		while (json_next_key(j, &key))
			take_member(r, j, key, ret, &state);
	int result = json_finish(j, &why);
	json_close(j);
	if (result < 0)
		return wrong(r, line, why.text, err);
	if (ret->fingerprint == NULL || !risk_fingerprint_ok(ret->fingerprint))
		return wrong(r, line, "\"fingerprint\" must be 12 to 64 hexadecimal digits", err);
	if (state == NULL || !risk_state_parse(state, &ret->state))
		return wrong(r, line, "\"state\" is none of those that there are", err);
	if (ret->repository == NULL || ret->reason == NULL || ret->author == NULL)
		return wrong(r, line, "a text is none, or has a NUL in it", err);
	return 0;
}

static int put(struct risks *r, const struct risk *one, struct error *err)
{
	bool fresh;
	const char *key = arena_printf(&r->arena, "%s %s", one->fingerprint, one->repository);
	uint64_t *at = key == NULL ? NULL : map_put(&r->last, bytes_str(key), &fresh);
	if (at == NULL)
		return no_memory(err);
	if (!fresh) {
		r->list[*at - 1] = *one;
		return 0;
	}
	if (r->count == r->cap) {
		size_t cap = r->cap == 0 ? 64 : 2 * r->cap;
		struct risk *list = reallocarray(r->list, cap, sizeof *list);
		if (list == NULL)
			return no_memory(err);
		r->list = list;
		r->cap = cap;
	}
	r->list[r->count++] = *one;
	*at = r->count;
	return 0;
}

static int by_line(const void *a, const void *b)
{
	const struct risk *x = a, *y = b;
	return (x->line > y->line) - (x->line < y->line);
}

static int read_all(struct risks *r, struct error *err)
{
	struct bytes rest = buf_view(&r->text), text;
	uint32_t line = 0;
	while (bytes_next_field(&rest, '\n', &text)) {
		struct risk one;
		line++;
		if (bytes_trim(text).n == 0)
			continue;
		if (read_line(r, text, line, &one, err) < 0 || put(r, &one, err) < 0)
			return -1;
	}
	if (r->count > 0)
		qsort(r->list, r->count, sizeof *r->list, by_line);
	return 0;
}

int risks_read(const char *path, struct risks **ret, struct error *err)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "the states of findings %s", path);
	struct risks *r = calloc(1, sizeof *r);
	if (r == NULL)
		return no_memory(err);
	r->arena = arena_max(RISKS_MEMORY);
	r->text = buf_max(RISKS_MEMORY);
	r->path = path;
	map_init(&r->last);
	if (fd_read_all(fd, &r->text, err) < 0 || read_all(r, err) < 0) {
		risks_free(r);
		return -1;
	}
	*ret = r;
	return 0;
}

void risks_free(struct risks *r)
{
	if (r == NULL)
		return;
	arena_free(&r->arena);
	buf_free(&r->text);
	map_free(&r->last);
	free(r->list);
	free(r);
}

size_t risks_count(const struct risks *r)
{
	return r->count;
}

const struct risk *risks_at(const struct risks *r, size_t i)
{
	return &r->list[i];
}

/* --- writing -------------------------------------------------------------------------------- */

static void write_line(FILE *out, const struct risk *one)
{
	struct json_writer w;
	json_write_init(&w, out, false);
	json_object_begin(&w);
	json_member_string(&w, "fingerprint", one->fingerprint);
	json_member_string(&w, "repository", one->repository);
	json_member_string(&w, "state", risk_state_name(one->state));
	json_member_string(&w, "reason", one->reason);
	json_member_string(&w, "author", one->author);
	json_key(&w, "time");
	json_i64(&w, one->time);
	json_object_end(&w);
	(void)fputc('\n', out);
}

static int lines_of(const struct risk *list, size_t n, char **ret, size_t *ret_n, struct error *err)
{
	FILE *out = open_memstream(ret, ret_n);
	if (out == NULL)
		return no_memory(err);
	for (size_t i = 0; i < n; i++)
		write_line(out, &list[i]);
	return fclose(out) == 0 ? 0 : no_memory(err);
}

/* Behind what a writer that was stopped may have left without an end. */
static int end_last_line(int fd, const char *path, struct error *err)
{
	struct stat st;
	char last;
	if (fstat(fd, &st) < 0)
		return error_errno(err, "%s", path);
	if (st.st_size == 0 || pread(fd, &last, 1, st.st_size - 1) != 1 || last == '\n')
		return 0;
	return fd_write_full(fd, "\n", 1) == 0 ? 0 : error_errno(err, "%s", path);
}

int risks_add(const char *path, const struct risk *list, size_t n, struct error *err)
{
	cleanup_free char *text = NULL;
	size_t size = 0;
	if (lines_of(list, n, &text, &size, err) < 0)
		return -1;
	cleanup_close int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return error_errno(err, "the states of findings %s", path);
	if (end_last_line(fd, path, err) < 0)
		return -1;
	if (fd_write_full(fd, text, size) < 0 || fsync(fd) < 0)
		return error_errno(err, "the states of findings %s", path);
	return 0;
}

/* --- applying -------------------------------------------------------------------------------- */

static bool is_about(const struct risk *one, const struct finding *f,
		     const struct policy_facts *facts)
{
	if (strncmp(f->fingerprint, one->fingerprint, strlen(one->fingerprint)) != 0)
		return false;
	if (one->repository[0] == '\0')
		return true;
	return (facts->repository != NULL && policy_glob(one->repository, facts->repository)) ||
	       (facts->familiar != NULL && policy_glob(one->repository, facts->familiar));
}

/* The last word about a finding; NULL: none, or one that leaves it what it is. */
static const struct risk *find(const struct risks *r, const struct finding *f,
			       const struct policy_facts *facts)
{
	for (size_t i = r->count; i > 0; i--) {
		const struct risk *one = &r->list[i - 1];
		if (is_about(one, f, facts))
			return one->state >= RISK_IGNORED ? one : NULL;
	}
	return NULL;
}

static int suppress(const struct risk *one, const struct finding *f, const char *file,
		    struct scan_result *result)
{
	struct error ignored = { 0 };
	struct scan_suppressed s = {
		.finding = *f,
		.by = SCAN_BY_STATE,
		.status = risk_state_name(one->state),
		.reason = arena_cstr(&result->arena, bytes_str(one->reason)),
		.author = arena_cstr(&result->arena, bytes_str(one->author)),
		.file = file,
		.line = one->line,
	};
	return s.reason == NULL || s.author == NULL ? -1 : scan_suppress(result, &s, &ignored);
}

int risks_apply(const struct risks *r, struct scan_result *result, const struct policy_facts *facts,
		struct error *err)
{
	size_t kept = 0, before = result->finding_count;
	struct scan_vex *all = arena_array(&result->arena, result->vex_count + 1, sizeof *all);
	const char *file = arena_cstr(&result->arena, bytes_str(r->path));
	if (all == NULL || file == NULL)
		return no_memory(err);
	for (size_t i = 0; i < result->vex_count; i++)
		all[i] = result->vex[i];
	for (size_t i = 0; i < result->finding_count; i++) {
		const struct finding *f = &result->findings[i];
		const struct risk *one = find(r, f, facts);
		if (one == NULL || suppress(one, f, file, result) < 0)
			result->findings[kept++] = *f;
	}
	result->finding_count = kept;
	all[result->vex_count] = (struct scan_vex){ .file = file,
						    .format = SCAN_VEX_STATES,
						    .author = "",
						    .statements = r->count,
						    .removed = before - kept };
	result->vex = all;
	result->vex_count++;
	return 0;
}
