#include "scan/layer_scan.h"

#include <stdio.h>
#include <stdlib.h>

#include "scan/layer_scan_internal.h"
#include "scan/role.h"

#define PROGRESS_STEP (16 * MIB)

struct layer_scan {
	struct layer_output out;
	const struct layer_job *job;
	struct interest interest, everything;
	struct layer_reader *reader;
	struct tar_reader *tar;
	uint64_t raw, progress_at; /* bytes fed, and when the parent was told */
	struct db_file db;
	struct app_file app;
	struct layer_paths paths;
	struct sums sums;
	struct secret_file secret;
	struct malware_file malware;
	struct build_file build;
	struct baseline_file baseline;
	struct git_files git;
	struct buf role;
};

/* --- messages ---------------------------------------------------------------------- */

int output_send(struct layer_output *o, struct error *err)
{
	return channel_put(o->channel, &o->msg, err);
}

int output_problem(struct layer_output *o, uint32_t content, const struct error *why,
		   struct error *err)
{
	struct layer_problem p = { .content = content,
				   .code = why->code,
				   .what = buf_view(&o->path),
				   .text = bytes_str(why->text) };
	wire_problem(&o->msg, &p);
	return output_send(o, err);
}

int output_note(struct layer_output *o, uint32_t content, uint32_t line, const char *text,
		struct error *err)
{
	struct layer_problem p = { .content = content,
				   .what = buf_view(&o->path),
				   .text = bytes_str(text),
				   .note = true,
				   .line = line };
	wire_problem(&o->msg, &p);
	return output_send(o, err);
}

void left_out_add(struct left_out *l, const char *why)
{
	if (l->n++ == 0)
		(void)snprintf(l->first, sizeof l->first, "%s", why);
}

bool left_out_tell(const struct left_out *l, struct error *ret)
{
	if (l->n == 0)
		return false;
	(void)error_set(ret, ERR_UNPARSABLE, "%llu records could not be understood; the first: %s",
			(unsigned long long)l->n, l->first);
	return true;
}

/* --- the tar sink ----------------------------------------------------------------- */

static bool wants_files(const struct layer_scan *s)
{
	return s->job->work.families != 0;
}

static bool wants_apps(const struct layer_scan *s)
{
	return (s->job->work.families & FAMILY_VULNERABILITY) != 0;
}

/* The change that the tree of package databases is made of, and whether the entry
 * is one of them. */
static int begin_database(struct layer_scan *s, struct layer_change *change, uint64_t size,
			  struct error *err)
{
	int wants = 0;
	if (!interest_touches(&s->interest, change->path))
		return 0;
	if (change->kind == CHANGE_FILE && interest_wants(&s->interest, change->path))
		wants = db_begin(&s->db,
				 role_of(s->job->work.extras, s->job->work.extra_count,
					 change->path, &s->role),
				 size, &change->content, err);
	if (wants < 0)
		return -1;
	wire_change(&s->out.msg, change);
	if (output_send(&s->out, err) < 0)
		return -1;
	return wants == 1 ? db_check(&s->db, err) : 0;
}

/* What application packages need of an entry; the database's reader needs its bytes
 * for itself. */
static int begin_apps(struct layer_scan *s, const struct layer_change *change,
		      const struct tar_entry *e, bool is_database, struct error *err)
{
	if (change->kind != CHANGE_FILE)
		return 0;
	int wants = paths_begin(&s->paths, err);
	if (wants < 0)
		return -1;
	bool is_app = !is_database && app_begin(&s->app, e->mode, e->size, s->job->work.locks);
	return wants == 1 || is_app;
}

/* The families that look at any entry. 1: its bytes are wanted. */
static int begin_checks(struct layer_scan *s, enum change_kind kind, const struct tar_entry *e,
			struct error *err)
{
	sums_begin(&s->sums);
	int wanted = baseline_file_begin(&s->baseline, e, kind, err);
	if (wanted < 0 || kind != CHANGE_FILE)
		return wanted;
	bool is_text = secret_file_begin(&s->secret, e->size, err);
	bool is_build = build_file_begin(&s->build, e->size);
	bool is_any = malware_file_begin(&s->malware, e->size, e->mode, err);
	return wanted == 1 || is_text || is_build || is_any;
}

static int feed_checks(struct layer_scan *s, struct bytes piece, struct error *err)
{
	if (secret_file_feed(&s->secret, piece, err) < 0 ||
	    malware_file_feed(&s->malware, piece, err) < 0 ||
	    build_file_feed(&s->build, piece, err) < 0 ||
	    baseline_file_feed(&s->baseline, piece, err) < 0)
		return -1;
	sums_feed(&s->sums, piece,
		  secret_file_is_open(&s->secret) || s->malware.active || s->build.active ||
			  s->baseline.active);
	return 0;
}

static int end_checks(struct layer_scan *s, struct error *err)
{
	if (secret_file_end(&s->secret, err) < 0 || malware_file_end(&s->malware, err) < 0 ||
	    build_file_end(&s->build, err) < 0 || baseline_file_end(&s->baseline, err) < 0)
		return -1;
	return sums_end(&s->sums, err);
}

static int on_entry(void *ctx, const struct tar_entry *e, struct error *err)
{
	struct layer_scan *s = ctx;
	struct layer_change change;
	if (tar_entries(s->tar) > LIMIT_LAYER_ENTRIES)
		return error_set(err, ERR_LIMIT, "more than %d entries", LIMIT_LAYER_ENTRIES);
	int matters = layer_reader_entry(s->reader, e, &change, err);
	if (matters <= 0)
		return matters < 0 ? -1 : TAR_SKIP;
	if (change.path.n > LIMIT_PATH_BYTES && !interest_touches(&s->interest, change.path))
		return TAR_SKIP; /* nothing can unpack it */
	if (change.path.n > LIMIT_PATH_BYTES)
		return error_set(err, ERR_LIMIT, "a path of %zu bytes", change.path.n);
	s->out.path.n = 0;
	if (buf_append(&s->out.path, change.path.p, change.path.n, err) < 0)
		return -1;
	bool alone = false;
	int is_git = change.kind == CHANGE_FILE ? git_files_begin(&s->git, &alone, err) : 0;
	if (is_git < 0 || alone)
		return is_git < 0 ? -1 : is_git == 1 ? TAR_CONTENT : TAR_SKIP;
	if (wants_files(s) && paths_change(&s->paths, &change, err) < 0)
		return -1;
	int is_database = begin_database(s, &change, e->size, err);
	if (is_database < 0)
		return -1;
	int is_app = 0;
	if (wants_apps(s))
		is_app = begin_apps(s, &change, e, is_database == 1, err);
	if (is_app < 0)
		return -1;
	int is_checked = begin_checks(s, change.kind, e, err);
	if (is_checked < 0)
		return -1;
	bool wanted = is_git == 1 || is_database == 1 || is_app == 1 || is_checked == 1;
	if (!wanted && change.kind == CHANGE_FILE && sums_end(&s->sums, err) < 0)
		return -1; /* something was found by the name alone */
	return wanted ? TAR_CONTENT : TAR_SKIP;
}

static int on_content(void *ctx, struct bytes piece, struct error *err)
{
	struct layer_scan *s = ctx;
	if (db_feed(&s->db, piece, err) < 0 || paths_feed(&s->paths, piece, err) < 0)
		return -1;
	if (app_feed(&s->app, piece, err) < 0 || git_files_feed(&s->git, piece, err) < 0)
		return -1;
	return feed_checks(s, piece, err);
}

static int on_end(void *ctx, struct error *err)
{
	struct layer_scan *s = ctx;
	if (db_end(&s->db, err) < 0 || paths_end(&s->paths, err) < 0 || app_end(&s->app, err) < 0 ||
	    end_checks(s, err) < 0 || git_files_end(&s->git, err) < 0)
		return -1;
	return held_reset(&s->out.held, err);
}

static int tell_progress(struct layer_scan *s, struct error *err)
{
	s->progress_at = s->raw;
	wire_progress(&s->out.msg, s->raw);
	if (output_send(&s->out, err) < 0)
		return -1;
	return channel_flush(s->out.channel, err);
}

/* Histories take their time, without a byte from the stream. */
static int history_working(void *ctx, uint64_t bytes, struct error *err)
{
	struct layer_scan *s = ctx;
	s->raw += bytes;
	return tell_progress(s, err);
}

/* --- life -------------------------------------------------------------------------- */

static int fill_interest(struct layer_scan *s, struct error *err)
{
	interest_init(&s->interest);
	for (const char *const *path = pkgdb_paths; *path != NULL; path++)
		if (interest_add(&s->interest, bytes_str(*path), err) < 0)
			return -1;
	for (size_t i = 0; i < s->job->work.extra_count; i++)
		if (interest_add(&s->interest, s->job->work.extras[i].path, err) < 0)
			return -1;
	return 0;
}

struct layer_scan *layer_scan_new(struct channel *out, int temp_fd,
				  const struct worker_engines *engines, const struct layer_job *job,
				  struct error *err)
{
	struct layer_scan *s = calloc(1, sizeof *s);
	if (s == NULL) {
		error_set(err, ERR_MEMORY, "no memory to read a layer");
		return NULL;
	}
	s->out.channel = out;
	s->out.path = buf_max(2 * LIMIT_PATH_BYTES);
	held_init(&s->out.held, temp_fd);
	s->job = job;
	s->role = buf_max(4 * LIMIT_PATH_BYTES);
	s->everything.all = true;
	s->app.out = &s->out;
	sums_init(&s->sums, &s->out);
	secret_file_init(&s->secret, engines->secrets, &s->sums, &s->out);
	/* In an image a Dockerfile is a file like others: it did not make that image. */
	build_file_init(&s->build, job->work.locks ? engines->build : NULL, &s->sums, &s->out);
	malware_file_init(&s->malware, engines->malware, &s->sums, &s->out);
	s->baseline = (struct baseline_file){ .engine = engines->baseline,
					      .sums = &s->sums,
					      .out = &s->out };
	s->git = (struct git_files){ .wanted = engines->secrets != NULL && job->work.locks,
				     .pointer = buf_max(LIMIT_SMALL_FILE),
				     .secret = &s->secret,
				     .out = &s->out,
				     .working = history_working,
				     .working_ctx = s };
	db_init(&s->db, &s->out);
	if (wants_apps(s))
		s->db.paths = &s->paths;
	if (fill_interest(s, err) < 0 || paths_init(&s->paths, &s->out, err) < 0) {
		layer_scan_free(s);
		return NULL;
	}
	s->reader = layer_reader_new(wants_files(s) ? &s->everything : &s->interest);
	s->tar = tar_reader_new((struct tar_sink){ on_entry, on_content, on_end, s });
	if (s->reader == NULL || s->tar == NULL) {
		error_set(err, ERR_MEMORY, "no memory to read a layer");
		layer_scan_free(s);
		return NULL;
	}
	return s;
}

void layer_scan_free(struct layer_scan *s)
{
	if (s == NULL)
		return;
	tar_reader_free(s->tar);
	layer_reader_free(s->reader);
	interest_free(&s->interest);
	db_free(&s->db);
	paths_free(&s->paths);
	git_files_free(&s->git);
	held_free(&s->out.held);
	secret_file_free(&s->secret);
	build_file_free(&s->build);
	sums_free(&s->sums);
	buf_free(&s->out.path);
	buf_free(&s->role);
	msg_free(&s->out.msg);
	free(s);
}

int layer_scan_feed(void *scan, struct bytes raw, struct error *err)
{
	struct layer_scan *s = scan;
	s->raw += raw.n;
	if (s->raw - s->progress_at >= PROGRESS_STEP && tell_progress(s, err) < 0)
		return -1;
	return tar_feed(s->tar, raw, err);
}

int layer_scan_finish(struct layer_scan *s, struct error *err)
{
	if (tar_finish(s->tar, err) < 0)
		return -1;
	if (git_files_finish(&s->git, err) < 0)
		return -1;
	return paths_finish(&s->paths, err);
}

uint64_t layer_scan_entries(const struct layer_scan *s)
{
	return tar_entries(s->tar);
}
