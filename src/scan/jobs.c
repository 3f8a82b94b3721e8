#include "scan/jobs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "malware/malware.h"
#include "scan/jobs_internal.h"
#include "scan/temp.h"

enum { PARALLEL_MAX = 64, POLL_MS = 1000 };

/* --- starting --------------------------------------------------------------------- */

static int send_job(struct running *w, const struct jobs_options *o, struct error *err)
{
	cleanup_msg struct msg m = { 0 };
	struct layer_job job = { .seekable = w->in.seekable,
				 .offset = w->in.offset,
				 .length = w->in.length,
				 .work = o->work };
	wire_layer_job(&m, &job);
	if (channel_put(&w->ch, &m, err) < 0)
		return -1;
	return channel_flush(&w->ch, err);
}

int layer_worker_start(struct layer_worker *ret, const struct worker_rules *rules,
		       struct error *err)
{
	cleanup_close int temp = temp_file_open(NULL);
	*ret = (struct layer_worker){ .sock = -1 };
	return worker_start_rules("layer", -1, temp, rules, &ret->child, &ret->sock, err);
}

void layer_worker_stop(struct layer_worker *w)
{
	if (w->child.pid != 0)
		child_kill(&w->child);
	if (w->sock >= 0)
		(void)close(w->sock);
	*w = (struct layer_worker){ .sock = -1 };
}

static int take_worker(struct running *w, const struct jobs_options *o, struct error *err)
{
	if (o->ahead == NULL || o->ahead->sock < 0)
		return layer_worker_start(&w->worker, &o->rules, err);
	w->worker = *o->ahead;
	*o->ahead = (struct layer_worker){ .sock = -1 };
	return 0;
}

int running_start(struct running *w, const struct jobs_options *o, struct error *err)
{
	if (take_worker(w, o, err) < 0)
		return -1;
	channel_init(&w->ch, w->worker.sock);
	w->heard_ns = clock_monotonic_ns();
	int r = fd_send(w->worker.sock, w->in.fd, err);
	if (r == 0)
		r = send_job(w, o, err);
	/* A worker that is gone already tells more by how it ended. */
	return r < 0 && err->os != EPIPE ? -1 : 0;
}

void running_stop(struct running *w)
{
	if (w->worker.sock >= 0)
		channel_free(&w->ch);
	layer_worker_stop(&w->worker);
	if (w->in.fd >= 0)
		(void)close(w->in.fd);
	cache_write_abort(w->writer);
	*w = RUNNING_IDLE;
}

/* --- what a worker says --------------------------------------------------------------- */

static int take_frame(struct running *w, struct fact_store *st, struct msg_reader *m,
		      struct error *err)
{
	if (m->type == MSG_PROGRESS)
		return unwire_progress(m, &w->raw, err);
	cache_write(w->writer, m);
	return layer_facts_take(&w->task->facts, st, m, err);
}

int running_pump(struct running *w, struct fact_store *st, struct error *err)
{
	struct msg_reader m;
	int got;
	int more = channel_pump(&w->ch, err);
	w->heard_ns = clock_monotonic_ns();
	while (more >= 0 && (got = channel_next(&w->ch, &m, err)) != 0)
		if (got < 0 || take_frame(w, st, &m, err) < 0)
			return -1;
	return more;
}

/* The channel's end: did the worker say all it had to? */
static void settle_worker(struct running *w)
{
	struct layer_task *t = w->task;
	char how[128] = "ended";
	int status = 0;
	if (child_wait(&w->worker.child, 5000, &status, NULL) > 0)
		child_status_text(status, how, sizeof how);
	if (t->facts.done && status == 0)
		return;
	(void)error_set(&t->error, ERR_WORKER_DIED, "corten-worker %s", how);
	t->untrusted = true;
}

/* --- is it what it claims to be? ---------------------------------------------------------- */

static void check_digests(struct layer_task *t)
{
	char claimed[DIGEST_TEXT], found[DIGEST_TEXT];
	const struct layer_facts *f = &t->facts;
	bool blob_wrong = t->name.has_digest && !digest_equal(&t->name.digest, &f->blob);
	bool diff_wrong =
		t->has_diff_id && f->code == ERR_NONE && !digest_equal(&t->diff_id, &f->diff_id);
	if (!blob_wrong && !diff_wrong)
		return;
	digest_text(blob_wrong ? &t->name.digest : &t->diff_id, claimed);
	digest_text(blob_wrong ? &f->blob : &f->diff_id, found);
	(void)error_set(&t->error, ERR_DIGEST, "the %s should be %s and is %s",
			blob_wrong ? "blob" : "layer's content", claimed, found);
	t->untrusted = true;
}

void task_settle(struct layer_task *t)
{
	if (t->error.code != ERR_NONE)
		return;
	if (t->facts.code != ERR_NONE)
		(void)error_set(&t->error, t->facts.code, "%s", t->facts.text);
	check_digests(t);
	if (t->error.code == ERR_NONE && t->name.has_digest && t->name.size != 0 &&
	    t->name.size != t->facts.stored)
		(void)error_set(
			&t->error, ERR_MALFORMED, "the blob has %llu bytes, the manifest says %llu",
			(unsigned long long)t->facts.stored, (unsigned long long)t->name.size);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static struct file_part part_of(const struct blob_input *in)
{
	return (struct file_part){
		.st = in->st, .seen_ns = in->seen_ns, .offset = in->offset, .length = in->length
	};
}

/* What a clamd that was lost was not asked about, the next scan may learn. */
static bool is_for_good(const struct layer_facts *f)
{
	for (size_t i = 0; i < f->problem_count; i++)
		if (strcmp(f->problems[i].text, MALWARE_CLAMD_LOST) == 0)
			return false;
	return true;
}

/* Remembers a layer that was read whole and is what it claims to be. */
static void learn(struct running *w, struct cache *cache, const struct jobs_options *o)
{
	struct layer_task *t = w->task;
	struct stat now;
	if (w->in.st.st_ino != 0 && (fstat(w->in.fd, &now) < 0 || !same_file(&now, &w->in.st))) {
		(void)error_set(&t->error, ERR_CHANGED, "the file changed while it was read");
		return;
	}
	if (is_for_good(&t->facts)) {
		cache_write_commit(w->writer, &t->facts.diff_id, &o->work);
		w->writer = NULL;
	}
	cache_blob_learn(cache, &t->facts.blob, &t->facts.diff_id);
	if (w->in.st.st_ino != 0) {
		struct file_part part = part_of(&w->in);
		cache_file_learn(cache, &part, &t->facts.blob, &t->facts.diff_id);
	}
}

void running_end(struct running *w, struct scan_input *in, struct cache *cache,
		 const struct jobs_options *o, const struct error *failure)
{
	struct layer_task *t = w->task;
	struct error transfer = { 0 };
	if (failure != NULL) {
		/* One that hangs would hold the transfer up, too. */
		child_kill(&w->worker.child);
		t->error = *failure;
		t->untrusted = true;
	} else {
		settle_worker(w);
	}
	/* How the transfer ended explains what the worker saw. */
	if (w->in.is_transfer) {
		(void)close(w->in.fd);
		w->in.fd = -1;
		/* "Cancelled" says no more than that the worker stopped reading. */
		bool told = t->error.code != ERR_NONE || t->facts.code != ERR_NONE;
		if (fetch_blob_result(in->fetch, w->in.transfer, &transfer) < 0 &&
		    failure == NULL && !(transfer.code == ERR_CANCELLED && told))
			t->error = transfer;
	}
	task_settle(t);
	if (t->error.code == ERR_NONE)
		learn(w, cache, o);
	running_stop(w);
}

/* --- from the cache ------------------------------------------------------------------------ */

/* The layer's diff-id, if these very bytes were summed before. A new file that
 * claims a known digest is summed first: hashing is much cheaper than reading. */
static bool known_diff_id(struct layer_task *t, const struct blob_input *in, struct cache *cache,
			  struct digest *ret)
{
	struct digest blob;
	struct file_part part = part_of(in);
	if (in->is_transfer || in->st.st_ino == 0)
		return false;
	if (!cache_file_known(cache, &part, &blob, ret))
		return false;
	return (!t->name.has_digest || digest_equal(&blob, &t->name.digest)) &&
	       (!t->has_diff_id || digest_equal(ret, &t->diff_id));
}

static bool sum_file(const struct blob_input *in, struct digest *ret)
{
	enum { PIECE = 256 * 1024 };
	cleanup_free uint8_t *piece = malloc(PIECE);
	struct sha256 *sum = sha256_new();
	uint64_t at = 0;
	while (piece != NULL && at < in->length) {
		size_t want = in->length - at < PIECE ? (size_t)(in->length - at) : PIECE;
		ssize_t n = fd_pread_full(in->fd, piece, want, (off_t)(in->offset + at));
		if (n <= 0)
			break;
		sha256_update(sum, piece, (size_t)n);
		at += (uint64_t)n;
	}
	sha256_final(sum, ret);
	sha256_free(sum);
	return at == in->length;
}

/* A registry blob: the manifest that names its digest was verified, and the
 * blob was summed when it was first read. */
static bool load_by_claim(struct layer_task *t, const struct blob_input *in, struct cache *cache,
			  const struct layer_work *work, struct fact_store *st)
{
	struct digest diff_id, blob, wanted;
	if (!t->name.has_digest && !t->has_diff_id)
		return false;
	wanted = t->name.has_digest ? t->name.digest : t->diff_id;
	if (!cache_blob_known(cache, &wanted, &diff_id) ||
	    (t->has_diff_id && !digest_equal(&diff_id, &t->diff_id)))
		return false;
	if (in != NULL && !(sum_file(in, &blob) && digest_equal(&blob, &wanted)))
		return false;
	if (!cache_load_layer(cache, &diff_id, work, &t->facts, st))
		return false;
	if (in != NULL && in->st.st_ino != 0) {
		struct file_part part = part_of(in);
		cache_file_learn(cache, &part, &wanted, &diff_id);
	}
	return true;
}

static bool load_cached(struct layer_task *t, const struct blob_input *in, struct cache *cache,
			const struct layer_work *work, struct fact_store *st)
{
	struct digest diff_id;
	if (cache == NULL)
		return false;
	if (in != NULL && known_diff_id(t, in, cache, &diff_id))
		return cache_load_layer(cache, &diff_id, work, &t->facts, st);
	return load_by_claim(t, in, cache, work, st);
}

/* --- the loop --------------------------------------------------------------------------------- */

struct crew {
	struct layer_task *tasks;
	size_t n, next, done;
	size_t asked; /* done + 1 when it was last asked whether it is enough */
	bool stopped; /* it was */
	struct running workers[PARALLEL_MAX];
	unsigned parallel, busy;
	struct scan_input *in;
	struct cache *cache;
	struct fact_store *st;
	const struct jobs_options *o;
	uint64_t raw_done;
};

static void task_done(struct crew *c, struct layer_task *t)
{
	t->pending = false;
	c->done++;
	c->raw_done += t->facts.raw;
}

static void tell_progress(const struct crew *c)
{
	uint64_t raw = c->raw_done;
	for (unsigned i = 0; i < c->parallel; i++)
		raw += c->workers[i].task != NULL ? c->workers[i].raw : 0;
	if (c->o->progress != NULL)
		c->o->progress(c->o->progress_ctx, c->done, c->n, raw);
}

/* Needs no worker: read by the stream, or in the cache. */
static bool answer_at_once(struct crew *c, struct layer_task *t)
{
	const struct layer_facts *streamed = input_streamed(c->in, &t->name);
	if (streamed != NULL) {
		t->facts = *streamed;
		t->streamed = true;
		task_settle(t);
		return true;
	}
	if (c->in->streamed) {
		(void)error_set(&t->error, ERR_NOT_FOUND, "the archive does not hold it");
		t->untrusted = true;
		return true;
	}
	if (c->in->fetch == NULL || !load_cached(t, NULL, c->cache, &c->o->work, c->st))
		return false;
	t->from_cache = true;
	return true;
}

static void start_one(struct crew *c, struct running *w, struct layer_task *t)
{
	struct error err = { 0 };
	w->task = t;
	if (input_layer(c->in, &t->name, &w->in, &err) < 0) {
		t->error = err;
		t->untrusted = true;
		w->task = NULL;
		task_done(c, t);
		return;
	}
	if (!w->in.is_transfer && load_cached(t, &w->in, c->cache, &c->o->work, c->st)) {
		t->from_cache = true;
		task_settle(t);
		running_stop(w);
		task_done(c, t);
		return;
	}
	w->writer = cache_write_begin(c->cache);
	if (running_start(w, c->o, &err) < 0) {
		running_end(w, c->in, c->cache, c->o, &err);
		task_done(c, t);
		return;
	}
	c->busy++;
}

static bool is_enough(struct crew *c)
{
	if (c->o->enough == NULL || c->stopped || c->done == c->n || c->asked > c->done)
		return c->stopped;
	c->asked = c->done + 1;
	c->stopped = c->o->enough(c->o->enough_ctx);
	return c->stopped;
}

static struct layer_task *next_task(struct crew *c)
{
	size_t i = c->next++;
	return &c->tasks[c->o->enough != NULL ? c->n - 1 - i : i];
}

static void start_more(struct crew *c)
{
	for (unsigned i = 0; i < c->parallel; i++) {
		while (c->workers[i].task == NULL && c->next < c->n && !is_enough(c)) {
			struct layer_task *t = next_task(c);
			if (answer_at_once(c, t))
				task_done(c, t);
			else
				start_one(c, &c->workers[i], t);
		}
	}
}

static void end_worker(struct crew *c, struct running *w, const struct error *failure)
{
	struct layer_task *t = w->task;
	running_end(w, c->in, c->cache, c->o, failure);
	c->busy--;
	task_done(c, t);
}

static void check_time(struct crew *c)
{
	uint64_t now = clock_monotonic_ns();
	for (unsigned i = 0; i < c->parallel; i++) {
		struct running *w = &c->workers[i];
		struct error late = { 0 };
		if (w->task == NULL)
			continue;
		bool silent = !w->in.is_transfer && c->o->timeout_ms > 0 &&
			      now - w->heard_ns > (uint64_t)c->o->timeout_ms * 1000000;
		bool over = c->o->deadline_ns != 0 && now > c->o->deadline_ns;
		if (!silent && !over)
			continue;
		(void)error_set(&late, ERR_WORKER_TIMEOUT,
				over ? "the scan's time is over (see --timeout)"
				     : "corten-worker gave no sign of life for %d s",
				c->o->timeout_ms / 1000);
		end_worker(c, w, &late);
	}
}

static void serve(struct crew *c)
{
	struct pollfd polls[PARALLEL_MAX];
	struct running *of[PARALLEL_MAX];
	nfds_t n = 0;
	for (unsigned i = 0; i < c->parallel; i++) {
		if (c->workers[i].task == NULL)
			continue;
		of[n] = &c->workers[i];
		polls[n++] = (struct pollfd){ .fd = c->workers[i].worker.sock, .events = POLLIN };
	}
	if (poll(polls, n, POLL_MS) < 0 && errno != EINTR)
		return;
	for (nfds_t i = 0; i < n; i++) {
		struct error err = { 0 };
		if (polls[i].revents == 0)
			continue;
		int more = running_pump(of[i], c->st, &err);
		if (more <= 0)
			end_worker(c, of[i], more < 0 ? &err : NULL);
	}
}

/* Ends what is under way: a transfer that nobody reads is cancelled. */
static void stop_workers(struct crew *c)
{
	for (unsigned i = 0; i < c->parallel; i++) {
		struct error why = { 0 };
		if (c->workers[i].task == NULL)
			continue;
		(void)error_set(&why, ERR_CANCELLED, "it was not needed any more");
		end_worker(c, &c->workers[i], &why);
	}
}

int jobs_run(struct layer_task *tasks, size_t n, struct scan_input *in, struct cache *cache,
	     struct fact_store *st, const struct jobs_options *o, struct error *err)
{
	struct crew *c = calloc(1, sizeof *c);
	if (c == NULL)
		return error_set(err, ERR_MEMORY, "no memory to read the layers");
	c->tasks = tasks;
	c->n = n;
	c->in = in;
	c->cache = cache;
	c->st = st;
	c->o = o;
	c->parallel = o->parallel < PARALLEL_MAX ? o->parallel : PARALLEL_MAX;
	for (unsigned i = 0; i < PARALLEL_MAX; i++)
		c->workers[i] = RUNNING_IDLE;
	for (size_t i = 0; i < n; i++)
		tasks[i].pending = true;
	start_more(c);
	while (c->busy > 0 && !is_enough(c)) {
		serve(c);
		check_time(c);
		start_more(c);
		tell_progress(c);
	}
	stop_workers(c);
	free(c);
	return 0;
}
