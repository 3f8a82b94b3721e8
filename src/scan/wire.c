#include "scan/wire.h"

enum { ACCOUNT_TEXT_MAX = 1024 };

static struct bytes get_text(struct msg_reader *r, size_t max)
{
	struct bytes b = msg_get_bytes(r);
	if (b.n > max || bytes_index(b, 0) >= 0)
		r->c.failed = true;
	return b;
}

static uint32_t get_below(struct msg_reader *r, uint32_t limit)
{
	uint32_t v = msg_get_u32(r);
	if (v >= limit)
		r->c.failed = true;
	return r->c.failed ? 0 : v;
}

static void wire_extra(struct msg *m, const struct extra_path *e)
{
	msg_put_bytes(m, e->path);
	msg_put_bytes(m, e->role);
}

static int unwire_extra(struct msg_reader *r, struct arena *arena, struct extra_path *ret)
{
	char *path = arena_cstr(arena, get_text(r, LIMIT_PATH_BYTES));
	char *role = arena_cstr(arena, get_text(r, LIMIT_PATH_BYTES));
	if (path == NULL || role == NULL)
		return -1;
	*ret = (struct extra_path){ bytes_str(path), bytes_str(role) };
	return 0;
}

void wire_layer_job(struct msg *m, const struct layer_job *j)
{
	msg_begin(m, MSG_LAYER_JOB);
	msg_put_u32(m, j->work.families);
	msg_put_u32(m, j->work.locks);
	msg_put_u32(m, j->seekable);
	msg_put_u64(m, j->offset);
	msg_put_u64(m, j->length);
	msg_put_u32(m, (uint32_t)j->work.extra_count);
	for (size_t i = 0; i < j->work.extra_count; i++)
		wire_extra(m, &j->work.extras[i]);
}

int unwire_layer_job(struct msg_reader *r, struct arena *arena, struct layer_job *ret,
		     struct error *err)
{
	struct layer_job j = { .work = { .families = get_below(r, FAMILIES_ALL + 1) } };
	j.work.locks = get_below(r, 2) != 0;
	j.seekable = get_below(r, 2) != 0;
	j.offset = msg_get_u64(r);
	j.length = msg_get_u64(r);
	j.work.extra_count = get_below(r, 4096);
	struct extra_path *extras = arena_array(arena, j.work.extra_count + 1, sizeof *extras);
	if (extras == NULL)
		return error_set(err, ERR_MEMORY, "no memory for a job");
	for (size_t i = 0; i < j.work.extra_count; i++)
		if (unwire_extra(r, arena, &extras[i]) < 0)
			return error_set(err, ERR_PROTOCOL, "a job with a bad path");
	j.work.extras = extras;
	*ret = j;
	return msg_finish(r, err);
}

void wire_change(struct msg *m, const struct layer_change *c)
{
	msg_begin(m, MSG_CHANGE);
	msg_put_u32(m, c->kind);
	msg_put_u32(m, c->content);
	msg_put_bytes(m, c->path);
	msg_put_bytes(m, c->target);
}

int unwire_change(struct msg_reader *r, struct layer_change *ret, struct error *err)
{
	struct layer_change c = { .kind = get_below(r, CHANGE_KINDS) };
	c.content = msg_get_u32(r);
	c.path = get_text(r, LIMIT_PATH_BYTES);
	c.target = get_text(r, LIMIT_PAX_BYTES);
	*ret = c;
	return msg_finish(r, err);
}

void wire_os(struct msg *m, uint32_t content, const struct os_facts *os)
{
	msg_begin(m, MSG_OS);
	msg_put_u32(m, content);
	msg_put_bytes(m, os->id);
	msg_put_bytes(m, os->version_id);
	msg_put_bytes(m, os->name);
	msg_put_bytes(m, os->codename);
	msg_put_bytes(m, os->id_like);
	msg_put_bytes(m, os->extended);
	msg_put_u32(m, os->rank);
}

int unwire_os(struct msg_reader *r, uint32_t *ret_content, struct os_facts *ret, struct error *err)
{
	struct os_facts os = { 0 };
	*ret_content = msg_get_u32(r);
	os.id = get_text(r, LIMIT_PKG_FIELD);
	os.version_id = get_text(r, LIMIT_PKG_FIELD);
	os.name = get_text(r, LIMIT_PKG_FIELD);
	os.codename = get_text(r, LIMIT_PKG_FIELD);
	os.id_like = get_text(r, LIMIT_PKG_FIELD);
	os.extended = get_text(r, LIMIT_PKG_FIELD);
	os.rank = msg_get_u32(r);
	*ret = os;
	return msg_finish(r, err);
}

void wire_package(struct msg *m, uint32_t content, const struct pkg_record *p)
{
	msg_begin(m, MSG_PACKAGE);
	msg_put_u32(m, content);
	msg_put_u32(m, p->type);
	msg_put_bytes(m, p->name);
	msg_put_bytes(m, p->version);
	msg_put_bytes(m, p->arch);
	msg_put_bytes(m, p->source_name);
	msg_put_bytes(m, p->source_version);
	msg_put_bytes(m, p->vendor);
	msg_put_bytes(m, p->modularity);
	msg_put_bytes(m, p->license);
}

int unwire_package(struct msg_reader *r, uint32_t *ret_content, struct pkg_record *ret,
		   struct error *err)
{
	struct pkg_record p = { 0 };
	*ret_content = msg_get_u32(r);
	p.type = get_below(r, PKG_TYPES);
	p.name = get_text(r, LIMIT_PKG_FIELD);
	p.version = get_text(r, LIMIT_PKG_FIELD);
	p.arch = get_text(r, LIMIT_PKG_FIELD);
	p.source_name = get_text(r, LIMIT_PKG_FIELD);
	p.source_version = get_text(r, LIMIT_PKG_FIELD);
	p.vendor = get_text(r, LIMIT_PKG_FIELD);
	p.modularity = get_text(r, LIMIT_PKG_FIELD);
	p.license = get_text(r, LIMIT_PKG_FIELD);
	*ret = p;
	return msg_finish(r, err);
}

void wire_problem(struct msg *m, const struct layer_problem *p)
{
	msg_begin(m, MSG_PROBLEM);
	msg_put_u32(m, p->content);
	msg_put_u32(m, p->code);
	msg_put_bytes(m, p->what);
	msg_put_bytes(m, p->text);
	msg_put_u32(m, p->note);
	msg_put_u32(m, p->line);
}

int unwire_problem(struct msg_reader *r, struct layer_problem *ret, struct error *err)
{
	struct layer_problem p = { .content = msg_get_u32(r) };
	p.code = get_below(r, ERR_CODES);
	p.what = get_text(r, LIMIT_PKG_FIELD);
	p.text = get_text(r, LIMIT_PKG_FIELD);
	p.note = get_below(r, 2) != 0;
	p.line = msg_get_u32(r);
	*ret = p;
	return msg_finish(r, err);
}

void wire_done(struct msg *m, const struct layer_done *d)
{
	msg_begin(m, MSG_LAYER_DONE);
	msg_put_u32(m, d->code);
	msg_put_str(m, d->text);
	msg_put_digest(m, &d->blob);
	msg_put_digest(m, &d->diff_id);
	msg_put_u64(m, d->stored);
	msg_put_u64(m, d->raw);
	msg_put_u64(m, d->entries);
}

int unwire_done(struct msg_reader *r, struct layer_done *ret, struct error *err)
{
	struct layer_done d = { .code = get_below(r, ERR_CODES) };
	d.text_bytes = get_text(r, LIMIT_PKG_FIELD);
	msg_get_digest(r, &d.blob);
	msg_get_digest(r, &d.diff_id);
	d.stored = msg_get_u64(r);
	d.raw = msg_get_u64(r);
	d.entries = msg_get_u64(r);
	*ret = d;
	return msg_finish(r, err);
}

void wire_file(struct msg *m, uint32_t content, struct bytes path)
{
	msg_begin(m, MSG_FILE);
	msg_put_u32(m, content);
	msg_put_bytes(m, path);
}

int unwire_file(struct msg_reader *r, uint32_t *ret_content, struct bytes *ret_path,
		struct error *err)
{
	*ret_content = msg_get_u32(r);
	*ret_path = get_text(r, LIMIT_PATH_BYTES);
	return msg_finish(r, err);
}

void wire_app_package(struct msg *m, uint32_t content, const struct app_record *p)
{
	msg_begin(m, MSG_APP_PACKAGE);
	msg_put_u32(m, content);
	msg_put_u32(m, p->type);
	msg_put_bytes(m, p->name);
	msg_put_bytes(m, p->version);
	msg_put_bytes(m, p->license);
	msg_put_bytes(m, p->inner);
	msg_put_u32(m, p->line);
	msg_put_u32(m, p->dev);
	msg_put_u32(m, p->direct);
}

int unwire_app_package(struct msg_reader *r, uint32_t *ret_content, struct app_record *ret,
		       struct error *err)
{
	struct app_record p = { 0 };
	*ret_content = msg_get_u32(r);
	p.type = get_below(r, PKG_TYPES);
	p.name = get_text(r, LIMIT_PKG_FIELD);
	p.version = get_text(r, LIMIT_PKG_FIELD);
	p.license = get_text(r, LIMIT_PKG_FIELD);
	p.inner = get_text(r, LIMIT_PKG_FIELD);
	p.line = msg_get_u32(r);
	p.dev = get_below(r, 2) != 0;
	p.direct = get_below(r, 2) != 0;
	if (!pkg_type_is_app(p.type) || p.name.n == 0)
		r->c.failed = true;
	*ret = p;
	return msg_finish(r, err);
}

void wire_hashes(struct msg *m, enum scan_message type, uint32_t content, const uint64_t *hashes,
		 size_t n)
{
	msg_begin(m, (uint16_t)type);
	msg_put_u32(m, content);
	msg_put_bytes(m, bytes_of(hashes, n * sizeof *hashes));
}

int unwire_hashes(struct msg_reader *r, uint32_t *ret_content, struct bytes *ret_hashes,
		  struct error *err)
{
	*ret_content = msg_get_u32(r);
	*ret_hashes = msg_get_bytes(r);
	if (ret_hashes->n % sizeof(uint64_t) != 0)
		r->c.failed = true;
	return msg_finish(r, err);
}

/* Of hostile bytes: what is told of them is printable UTF-8 or \xNN, and has an end. */
static struct bytes cut(struct bytes b, size_t max)
{
	return b.n > max ? bytes_sub(b, 0, max) : b;
}

void wire_check(struct msg *m, const struct check_match *c)
{
	msg_begin(m, MSG_CHECK);
	msg_put_u32(m, c->rule);
	msg_put_bytes(m, cut(c->path, LIMIT_PATH_BYTES));
	msg_put_u32(m, c->line);
	msg_put_bytes(m, cut(c->evidence, CHECK_EVIDENCE_MAX));
	msg_put_bytes(m, cut(c->fix, CHECK_FIX_MAX));
	msg_put_bytes(m, cut(c->key, CHECK_KEY_MAX));
}

int unwire_check(struct msg_reader *r, struct check_match *ret, struct error *err)
{
	*ret = (struct check_match){ .rule = msg_get_u32(r) };
	ret->path = get_text(r, LIMIT_PATH_BYTES);
	ret->line = msg_get_u32(r);
	ret->evidence = get_text(r, CHECK_EVIDENCE_MAX);
	ret->fix = get_text(r, CHECK_FIX_MAX);
	ret->key = get_text(r, CHECK_KEY_MAX);
	return msg_finish(r, err);
}

void wire_account(struct msg *m, const struct baseline_fact *f)
{
	msg_begin(m, MSG_ACCOUNT);
	msg_put_u32(m, f->kind);
	msg_put_u32(m, f->password);
	msg_put_u32(m, f->weak);
	msg_put_u32(m, f->line);
	msg_put_u32(m, f->uid);
	msg_put_u32(m, f->gid);
	msg_put_u32(m, f->members);
	msg_put_u64(m, f->sum);
	msg_put_bytes(m, f->path);
	msg_put_bytes(m, cut(f->name, ACCOUNT_TEXT_MAX));
	msg_put_bytes(m, cut(f->shell, ACCOUNT_TEXT_MAX));
}

int unwire_account(struct msg_reader *r, struct baseline_fact *ret, struct error *err)
{
	struct baseline_fact f = { .kind = get_below(r, BASELINE_FACTS) };
	f.password = get_below(r, BASELINE_PASSWORDS);
	f.weak = get_below(r, 2) != 0;
	f.line = msg_get_u32(r);
	f.uid = msg_get_u32(r);
	f.gid = msg_get_u32(r);
	f.members = msg_get_u32(r);
	f.sum = msg_get_u64(r);
	f.path = get_text(r, LIMIT_PATH_BYTES);
	f.name = get_text(r, ACCOUNT_TEXT_MAX);
	f.shell = get_text(r, ACCOUNT_TEXT_MAX);
	*ret = f;
	return msg_finish(r, err);
}

void wire_file_sums(struct msg *m, uint32_t secrets, uint32_t checks, const struct file_sums *sums)
{
	msg_begin(m, MSG_FILE_SUMS);
	msg_put_u32(m, secrets);
	msg_put_u32(m, checks);
	msg_put_digest(m, &sums->sha256);
	msg_put_bytes(m, bytes_of(sums->md5, sizeof sums->md5));
}

int unwire_file_sums(struct msg_reader *r, uint32_t *ret_secrets, uint32_t *ret_checks,
		     struct file_sums *ret, struct error *err)
{
	*ret_secrets = msg_get_u32(r);
	*ret_checks = msg_get_u32(r);
	msg_get_digest(r, &ret->sha256);
	struct bytes md5 = msg_get_bytes(r);
	if (md5.n != sizeof ret->md5)
		r->c.failed = true;
	else
		memcpy(ret->md5, md5.p, md5.n);
	return msg_finish(r, err);
}

void wire_secret(struct msg *m, struct bytes path, const struct secret_match *s,
		 const struct secret_origin *origin)
{
	static const struct secret_origin none = { 0 };
	const struct secret_origin *o = origin == NULL ? &none : origin;
	msg_begin(m, MSG_SECRET);
	msg_put_bytes(m, path);
	msg_put_u32(m, s->rule);
	msg_put_bytes(m, s->masked);
	msg_put_bytes(m, s->context);
	msg_put_u32(m, s->line);
	msg_put_u32(m, s->column);
	msg_put_digest(m, &s->hash);
	msg_put_u32(m, s->valid);
	msg_put_u64(m, (uint64_t)s->expires);
	msg_put_u32(m, o->history);
	msg_put_bytes(m, o->commit);
	msg_put_u64(m, (uint64_t)o->time);
	msg_put_u32(m, o->order);
}

int unwire_secret(struct msg_reader *r, struct bytes *ret_path, struct secret_match *ret,
		  struct secret_origin *ret_origin, struct error *err)
{
	enum { COMMIT_TEXT = 64 };
	struct secret_origin o = { 0 };
	struct secret_match s = { 0 };
	*ret_path = get_text(r, LIMIT_PATH_BYTES);
	s.rule = msg_get_u32(r);
	s.masked = get_text(r, LIMIT_PKG_FIELD);
	s.context = get_text(r, LIMIT_PKG_FIELD);
	s.line = msg_get_u32(r);
	s.column = msg_get_u32(r);
	msg_get_digest(r, &s.hash);
	s.valid = get_below(r, 2) != 0;
	s.expires = (int64_t)msg_get_u64(r);
	o.history = get_below(r, 2) != 0;
	o.commit = get_text(r, COMMIT_TEXT);
	o.time = (int64_t)msg_get_u64(r);
	o.order = msg_get_u32(r);
	*ret = s;
	*ret_origin = o;
	return msg_finish(r, err);
}

void wire_progress(struct msg *m, uint64_t raw)
{
	msg_begin(m, MSG_PROGRESS);
	msg_put_u64(m, raw);
}

int unwire_progress(struct msg_reader *r, uint64_t *ret_raw, struct error *err)
{
	*ret_raw = msg_get_u64(r);
	return msg_finish(r, err);
}

void wire_doc_record(struct msg *m, const struct doc_record *d)
{
	msg_begin(m, MSG_DOC_RECORD);
	msg_put_u32(m, d->kind);
	msg_put_bytes(m, d->media_type);
	msg_put_digest(m, &d->digest);
	msg_put_u64(m, d->size);
	msg_put_bytes(m, d->os);
	msg_put_bytes(m, d->arch);
	msg_put_bytes(m, d->variant);
	msg_put_bytes(m, d->name);
	msg_put_bytes(m, d->text);
	msg_put_u32(m, d->flag);
}

int unwire_doc_record(struct msg_reader *r, struct doc_record *ret, struct error *err)
{
	struct doc_record d = { .kind = get_below(r, REC_KINDS) };
	d.media_type = msg_get_bytes(r);
	msg_get_digest(r, &d.digest);
	d.size = msg_get_u64(r);
	d.os = msg_get_bytes(r);
	d.arch = msg_get_bytes(r);
	d.variant = msg_get_bytes(r);
	d.name = msg_get_bytes(r);
	d.text = msg_get_bytes(r);
	d.flag = get_below(r, 2) != 0;
	*ret = d;
	return msg_finish(r, err);
}

void wire_member(struct msg *m, const struct archive_member *a)
{
	msg_begin(m, MSG_MEMBER);
	msg_put_u32(m, a->type);
	msg_put_bytes(m, a->path);
	msg_put_bytes(m, a->link);
	msg_put_u64(m, a->offset);
	msg_put_u64(m, a->size);
}

int unwire_member(struct msg_reader *r, struct archive_member *ret, struct error *err)
{
	struct archive_member a = { .type = get_below(r, TAR_OTHER + 1) };
	a.path = get_text(r, LIMIT_PATH_BYTES);
	a.link = get_text(r, LIMIT_PATH_BYTES);
	a.offset = msg_get_u64(r);
	a.size = msg_get_u64(r);
	*ret = a;
	return msg_finish(r, err);
}

void wire_answer(struct msg *m, const struct error *e)
{
	msg_begin(m, MSG_ANSWER);
	msg_put_u32(m, e->code);
	msg_put_str(m, e->text);
}

int unwire_answer(struct msg_reader *r, struct error *ret, struct error *err)
{
	enum error_code code = get_below(r, ERR_CODES);
	struct bytes text = get_text(r, ERROR_TEXT_MAX - 1);
	if (msg_finish(r, err) < 0)
		return -1;
	(void)error_set(ret, code, "%.*s", (int)text.n, (const char *)text.p);
	return 0;
}
