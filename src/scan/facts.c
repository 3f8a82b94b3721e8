#include "scan/facts.h"

#include <stdlib.h>

void fact_store_init(struct fact_store *st)
{
	*st = (struct fact_store){ .arena = arena_max(LIMIT_RESULT_BYTES) };
	intern_init(&st->strings, &st->arena);
}

void fact_store_free(struct fact_store *st)
{
	intern_free(&st->strings);
	arena_free(&st->arena);
}

void layer_facts_free(struct layer_facts *f)
{
	free(f->changes);
	free(f->packages);
	free(f->os);
	free(f->problems);
	free(f->files);
	free(f->apps);
	free(f->secrets);
	free(f->accounts);
	free(f->checks);
	free(f->lists);
	hash_list_free(&f->owned);
	hash_list_free(&f->shadow);
	*f = (struct layer_facts){ 0 };
}

/* The first of n items whose content is not below the wanted one; `at` gives an
 * item's content. */
static size_t lower_bound(const void *items, size_t n, uint32_t content,
			  uint32_t (*at)(const void *items, size_t i))
{
	size_t low = 0, high = n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (at(items, middle) < content)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint32_t package_content(const void *items, size_t i)
{
	return ((const struct package_fact *)items)[i].content;
}

static uint32_t system_content(const void *items, size_t i)
{
	return ((const struct os_fact *)items)[i].content;
}

const struct package_fact *layer_packages(const struct layer_facts *f, uint32_t content,
					  size_t *ret_count)
{
	size_t from = lower_bound(f->packages, f->package_count, content, package_content);
	size_t to = from;
	while (to < f->package_count && f->packages[to].content == content)
		to++;
	*ret_count = to - from;
	return *ret_count == 0 ? NULL : f->packages + from;
}

const struct os_fact *layer_systems(const struct layer_facts *f, uint32_t content,
				    size_t *ret_count)
{
	size_t from = lower_bound(f->os, f->os_count, content, system_content);
	size_t to = from;
	while (to < f->os_count && f->os[to].content == content)
		to++;
	*ret_count = to - from;
	return *ret_count == 0 ? NULL : f->os + from;
}

static uint32_t file_content(const void *items, size_t i)
{
	return ((const struct file_fact *)items)[i].content;
}

const struct file_fact *layer_file(const struct layer_facts *f, uint32_t content)
{
	size_t i = lower_bound(f->files, f->file_count, content, file_content);
	return i < f->file_count && f->files[i].content == content ? &f->files[i] : NULL;
}

/* Room for one more in a growing array; NULL without memory. */
static void *grow(void *items, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return items;
	size_t more = *cap == 0 ? 16 : *cap * 2;
	void *p = reallocarray(items, more, size);
	if (p != NULL)
		*cap = more;
	return p;
}

#define GROW(f, list) grow((f)->list##s, (f)->list##_count, &(f)->list##_cap, sizeof *(f)->list##s)

static int no_memory(struct error *err)
{
	return error_set(err, ERR_LIMIT, "the image's packages need more than %llu MiB of memory",
			 (unsigned long long)(LIMIT_RESULT_BYTES / MIB));
}

static const char *take_string(struct fact_store *st, struct bytes b, bool *failed)
{
	const char *s = intern_bytes(&st->strings, b);
	if (s == NULL)
		*failed = true;
	return s;
}

static int take_change(struct layer_facts *f, struct fact_store *st, struct msg_reader *m,
		       struct error *err)
{
	struct layer_change c;
	bool failed = false;
	if (unwire_change(m, &c, err) < 0)
		return -1;
	c.path = bytes_str(take_string(st, c.path, &failed));
	c.target = bytes_str(take_string(st, c.target, &failed));
	struct layer_change *changes = GROW(f, change);
	if (failed || changes == NULL)
		return no_memory(err);
	f->changes = changes;
	f->changes[f->change_count++] = c;
	return 0;
}

static int not_in_order(struct error *err)
{
	return error_set(err, ERR_PROTOCOL,
			 "what files hold comes in another order than the files");
}

static int take_package(struct layer_facts *f, struct fact_store *st, struct msg_reader *m,
			struct error *err)
{
	struct pkg_record r;
	struct package_fact p = { 0 };
	bool failed = false;
	if (unwire_package(m, &p.content, &r, err) < 0)
		return -1;
	if (f->package_count > 0 && p.content < f->packages[f->package_count - 1].content)
		return not_in_order(err);
	if (++st->packages > LIMIT_PACKAGES)
		return error_set(err, ERR_LIMIT, "more than %d packages", LIMIT_PACKAGES);
	p.type = r.type;
	p.name = take_string(st, r.name, &failed);
	p.version = take_string(st, r.version, &failed);
	p.arch = take_string(st, r.arch, &failed);
	p.source_name = take_string(st, r.source_name, &failed);
	p.source_version = take_string(st, r.source_version, &failed);
	p.vendor = take_string(st, r.vendor, &failed);
	p.modularity = take_string(st, r.modularity, &failed);
	p.license = take_string(st, r.license, &failed);
	struct package_fact *packages = GROW(f, package);
	if (failed || packages == NULL)
		return no_memory(err);
	f->packages = packages;
	f->packages[f->package_count++] = p;
	return 0;
}

static int take_file(struct layer_facts *f, struct fact_store *st, struct msg_reader *m,
		     struct error *err)
{
	struct file_fact file;
	struct bytes path;
	bool failed = false;
	if (unwire_file(m, &file.content, &path, err) < 0)
		return -1;
	if (f->file_count > 0 && file.content <= f->files[f->file_count - 1].content)
		return not_in_order(err);
	file.path = take_string(st, path, &failed);
	struct file_fact *files = GROW(f, file);
	if (failed || files == NULL)
		return no_memory(err);
	f->files = files;
	f->files[f->file_count++] = file;
	return 0;
}

/* What a file holds follows the file. */
static bool is_last_file(const struct layer_facts *f, uint32_t content)
{
	return f->file_count > 0 && f->files[f->file_count - 1].content == content;
}

static int take_app(struct layer_facts *f, struct fact_store *st, struct msg_reader *m,
		    struct error *err)
{
	struct app_record r;
	struct app_fact a = { 0 };
	bool failed = false;
	if (unwire_app_package(m, &a.content, &r, err) < 0)
		return -1;
	if (!is_last_file(f, a.content))
		return not_in_order(err);
	if (++st->packages > LIMIT_PACKAGES)
		return error_set(err, ERR_LIMIT, "more than %d packages", LIMIT_PACKAGES);
	a.type = r.type;
	a.name = take_string(st, r.name, &failed);
	a.version = take_string(st, r.version, &failed);
	a.license = take_string(st, r.license, &failed);
	a.inner = take_string(st, r.inner, &failed);
	a.line = r.line;
	a.dev = r.dev;
	a.direct = r.direct;
	struct app_fact *apps = GROW(f, app);
	if (failed || apps == NULL)
		return no_memory(err);
	f->apps = apps;
	f->apps[f->app_count++] = a;
	return 0;
}

static int take_owned(struct layer_facts *f, struct msg_reader *m, struct error *err)
{
	struct owned_fact o = { .from = f->owned.n };
	struct bytes hashes;
	if (unwire_hashes(m, &o.content, &hashes, err) < 0)
		return -1;
	if (!is_last_file(f, o.content))
		return not_in_order(err);
	if (f->owned.n + hashes.n / 8 > SHADOW_ENTRIES_MAX)
		return error_set(err, ERR_LIMIT, "packages with more than %d files",
				 SHADOW_ENTRIES_MAX);
	if (hash_list_add(&f->owned, hashes, err) < 0)
		return -1;
	o.n = f->owned.n - o.from;
	struct owned_fact *lists = GROW(f, list);
	if (lists == NULL)
		return no_memory(err);
	f->lists = lists;
	f->lists[f->list_count++] = o;
	return 0;
}

static int take_shadow(struct layer_facts *f, struct msg_reader *m, struct error *err)
{
	uint32_t content;
	struct bytes hashes;
	if (unwire_hashes(m, &content, &hashes, err) < 0)
		return -1;
	if (f->shadow.n + hashes.n / 8 > SHADOW_ENTRIES_MAX)
		return error_set(err, ERR_PROTOCOL, "more paths than a layer tells");
	return hash_list_add(&f->shadow, hashes, err);
}

int secret_fact_take(struct secret_fact *ret, struct fact_store *st, struct msg_reader *m,
		     struct error *err)
{
	struct secret_match s;
	struct secret_origin o;
	struct bytes path;
	bool failed = false;
	if (unwire_secret(m, &path, &s, &o, err) < 0)
		return -1;
	*ret = (struct secret_fact){ .path = take_string(st, path, &failed),
				     .masked = take_string(st, s.masked, &failed),
				     .context = take_string(st, s.context, &failed),
				     .rule = s.rule,
				     .line = s.line,
				     .column = s.column,
				     .hash = s.hash,
				     .valid = s.valid,
				     .expires = s.expires,
				     .history = o.history,
				     .commit = take_string(st, o.commit, &failed),
				     .time = o.time,
				     .order = o.order };
	return failed ? no_memory(err) : 0;
}

static int take_secret(struct layer_facts *f, struct fact_store *st, struct msg_reader *m,
		       struct error *err)
{
	struct secret_fact s;
	if (secret_fact_take(&s, st, m, err) < 0)
		return -1;
	struct secret_fact *secrets = GROW(f, secret);
	if (secrets == NULL)
		return no_memory(err);
	f->secrets = secrets;
	f->secrets[f->secret_count++] = s;
	return 0;
}

int check_fact_take(struct check_fact *ret, struct fact_store *st, struct msg_reader *m,
		    struct error *err)
{
	struct check_match c;
	bool failed = false;
	if (unwire_check(m, &c, err) < 0)
		return -1;
	*ret = (struct check_fact){ .path = take_string(st, c.path, &failed),
				    .evidence = take_string(st, c.evidence, &failed),
				    .fix = take_string(st, c.fix, &failed),
				    .key = take_string(st, c.key, &failed),
				    .rule = c.rule,
				    .line = c.line };
	return failed ? no_memory(err) : 0;
}

static int take_check(struct layer_facts *f, struct fact_store *st, struct msg_reader *m,
		      struct error *err)
{
	struct check_fact c;
	if (check_fact_take(&c, st, m, err) < 0)
		return -1;
	struct check_fact *checks = GROW(f, check);
	if (checks == NULL)
		return no_memory(err);
	f->checks = checks;
	f->checks[f->check_count++] = c;
	return 0;
}

static int take_account(struct layer_facts *f, struct fact_store *st, struct msg_reader *m,
			struct error *err)
{
	struct baseline_fact a;
	bool failed = false;
	if (unwire_account(m, &a, err) < 0)
		return -1;
	a.path = bytes_str(take_string(st, a.path, &failed));
	a.name = bytes_str(take_string(st, a.name, &failed));
	a.shell = bytes_str(take_string(st, a.shell, &failed));
	struct baseline_fact *accounts = GROW(f, account);
	if (failed || accounts == NULL)
		return no_memory(err);
	f->accounts = accounts;
	f->accounts[f->account_count++] = a;
	return 0;
}

static int take_file_sums(struct layer_facts *f, struct fact_store *st, struct msg_reader *m,
			  struct error *err)
{
	uint32_t secrets, checks;
	struct file_sums *sums = arena_alloc(&st->arena, sizeof *sums);
	if (sums == NULL)
		return no_memory(err);
	if (unwire_file_sums(m, &secrets, &checks, sums, err) < 0)
		return -1;
	if (secrets > f->secret_count || checks > f->check_count)
		return error_set(err, ERR_PROTOCOL, "sums of more findings than there are");
	for (size_t i = f->secret_count - secrets; i < f->secret_count; i++)
		f->secrets[i].sums = sums;
	for (size_t i = f->check_count - checks; i < f->check_count; i++)
		f->checks[i].sums = sums;
	return 0;
}

static int take_os(struct layer_facts *f, struct fact_store *st, struct msg_reader *m,
		   struct error *err)
{
	struct os_facts r;
	struct os_fact o = { 0 };
	bool failed = false;
	if (unwire_os(m, &o.content, &r, err) < 0)
		return -1;
	if (f->os_count > 0 && o.content < f->os[f->os_count - 1].content)
		return not_in_order(err);
	o.rank = r.rank;
	o.id = take_string(st, r.id, &failed);
	o.version = take_string(st, r.version_id, &failed);
	o.name = take_string(st, r.name, &failed);
	o.codename = take_string(st, r.codename, &failed);
	o.id_like = take_string(st, r.id_like, &failed);
	o.extended = take_string(st, r.extended, &failed);
	struct os_fact *os = grow(f->os, f->os_count, &f->os_cap, sizeof *f->os);
	if (failed || os == NULL)
		return no_memory(err);
	f->os = os;
	f->os[f->os_count++] = o;
	return 0;
}

static int take_problem(struct layer_facts *f, struct fact_store *st, struct msg_reader *m,
			struct error *err)
{
	struct layer_problem r;
	struct problem_fact p = { 0 };
	bool failed = false;
	if (unwire_problem(m, &r, err) < 0)
		return -1;
	p.content = r.content;
	p.code = r.code;
	p.note = r.note;
	p.line = r.line;
	p.what = take_string(st, r.what, &failed);
	p.text = take_string(st, r.text, &failed);
	struct problem_fact *problems = GROW(f, problem);
	if (failed || problems == NULL)
		return no_memory(err);
	f->problems = problems;
	f->problems[f->problem_count++] = p;
	return 0;
}

static int take_done(struct layer_facts *f, struct fact_store *st, struct msg_reader *m,
		     struct error *err)
{
	struct layer_done d;
	bool failed = false;
	if (unwire_done(m, &d, err) < 0)
		return -1;
	f->done = true;
	f->code = d.code;
	f->text = take_string(st, d.text_bytes, &failed);
	f->blob = d.blob;
	f->diff_id = d.diff_id;
	f->stored = d.stored;
	f->raw = d.raw;
	f->entries = d.entries;
	return failed ? no_memory(err) : 0;
}

int layer_facts_take(struct layer_facts *f, struct fact_store *st, struct msg_reader *m,
		     struct error *err)
{
	if (f->done)
		return error_set(err, ERR_PROTOCOL, "a message follows a layer's end");
	if (m->type != MSG_PACKAGE && m->type != MSG_APP_PACKAGE && ++st->changes > LIMIT_CHANGES)
		return error_set(err, ERR_LIMIT,
				 "more than %d entries at paths of package databases",
				 LIMIT_CHANGES);
	switch (m->type) {
	case MSG_CHANGE:
		return take_change(f, st, m, err);
	case MSG_PACKAGE:
		return take_package(f, st, m, err);
	case MSG_FILE:
		return take_file(f, st, m, err);
	case MSG_APP_PACKAGE:
		return take_app(f, st, m, err);
	case MSG_OWNED:
		return take_owned(f, m, err);
	case MSG_SHADOW:
		return take_shadow(f, m, err);
	case MSG_SECRET:
		return take_secret(f, st, m, err);
	case MSG_FILE_SUMS:
		return take_file_sums(f, st, m, err);
	case MSG_CHECK:
		return take_check(f, st, m, err);
	case MSG_ACCOUNT:
		return take_account(f, st, m, err);
	case MSG_OS:
		return take_os(f, st, m, err);
	case MSG_PROBLEM:
		return take_problem(f, st, m, err);
	case MSG_LAYER_DONE:
		return take_done(f, st, m, err);
	default:
		return error_set(err, ERR_PROTOCOL, "message %u in a layer's result", m->type);
	}
}
