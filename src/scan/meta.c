#include "scan/meta.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "malware/malware.h"
#include "scan/temp.h"

enum { META_TIMEOUT_MS = 60 * 1000, DOC_PIECE = 256 * 1024, SEND_TIMEOUT_S = 60 };
#define NS_PER_MS 1000000

int worker_patience(int silence_ms, uint64_t deadline_ns, int *ret_ms, struct error *err)
{
	uint64_t now = deadline_ns == 0 ? 0 : clock_monotonic_ns();
	if (deadline_ns != 0 && now >= deadline_ns)
		return error_set(err, ERR_WORKER_TIMEOUT,
				 "the scan's time is over (see --timeout)");
	uint64_t left = (deadline_ns - now) / NS_PER_MS + 1;
	bool is_near = deadline_ns != 0 && left < INT32_MAX &&
		       (silence_ms < 0 || left < (uint64_t)silence_ms);
	*ret_ms = is_near ? (int)left : silence_ms;
	return 0;
}

int worker_start_rules(const char *job, int input_fd, int temp_fd, const struct worker_rules *rules,
		       struct child *ret, int *ret_sock, struct error *err)
{
	int pair[2];
	const char *args[] = { job, NULL };
	struct child_fd fds[10];
	size_t n = 0;
	cleanup_close int clamd = -1;
	/* A worker that does not read must not hold up who writes to it. */
	const struct timeval patience = { .tv_sec = SEND_TIMEOUT_S };
	if (rules->clamd != NULL && malware_clamd_connect(rules->clamd, &clamd, err) < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, "cannot start corten-worker");
	(void)setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	fds[n++] = (struct child_fd){ pair[1], WORKER_CHANNEL_FD };
	/* A worker that reads layers, and files in them. */
	cleanup_close int archives = temp_fd >= 0 && rules->checks >= 0 ? temp_file_open(NULL) : -1;
	const struct child_fd optional[] = {
		{ input_fd, WORKER_INPUT_FD },       { temp_fd, WORKER_TEMP_FD },
		{ rules->secrets, WORKER_RULES_FD }, { rules->checks, WORKER_CHECKS_FD },
		{ rules->lists, WORKER_LISTS_FD },   { rules->yara, WORKER_YARA_FD },
		{ clamd, WORKER_CLAMD_FD },          { archives, WORKER_ARCHIVE_FD }
	};
	for (size_t i = 0; i < sizeof optional / sizeof optional[0]; i++)
		if (optional[i].from >= 0)
			fds[n++] = optional[i];
	int r = child_start("corten-worker", args, fds, n, ret, err);
	(void)close(pair[1]);
	if (r < 0)
		(void)close(pair[0]);
	else
		*ret_sock = pair[0];
	return r;
}

int worker_start(const char *job, int input_fd, int temp_fd, struct child *ret, int *ret_sock,
		 struct error *err)
{
	return worker_start_rules(job, input_fd, temp_fd, &WORKER_RULES_NONE, ret, ret_sock, err);
}

int meta_start(struct meta_client *m, int archive_fd, const struct worker_rules *rules,
	       uint64_t deadline_ns, struct error *err)
{
	*m = (struct meta_client){ .sock = -1, .deadline_ns = deadline_ns };
	struct worker_rules no_files = *rules; /* texts alone are looked at */
	no_files.lists = no_files.yara = -1;
	no_files.clamd = NULL;
	if (worker_start_rules("meta", archive_fd, -1, &no_files, &m->child, &m->sock, err) < 0)
		return -1;
	channel_init(&m->ch, m->sock);
	m->started = true;
	return 0;
}

void meta_finish(struct meta_client *m)
{
	if (m->started)
		(void)shutdown(m->sock, SHUT_RDWR);
}

void meta_stop(struct meta_client *m)
{
	if (!m->started)
		return;
	channel_free(&m->ch);
	(void)close(m->sock);
	child_kill(&m->child);
	m->started = false;
}

/* The worker ended in the middle: says how. */
static int worker_ended(struct meta_client *m, struct error *err)
{
	char how[128] = "ended without an answer";
	int status;
	if (child_wait(&m->child, 1000, &status, NULL) > 0)
		child_status_text(status, how, sizeof how);
	return error_set(err, ERR_WORKER_DIED,
			 "corten-worker %s while it read the image's documents", how);
}

static int next_message(struct meta_client *m, struct msg_reader *r, struct error *err)
{
	int ms;
	if (worker_patience(META_TIMEOUT_MS, m->deadline_ns, &ms, err) < 0)
		return -1;
	int got = channel_get(&m->ch, ms, r, err);
	return got == 0 ? worker_ended(m, err) : got;
}

/* The answer that ends a request: 0, or -1 with the worker's own error. */
static int take_answer(struct msg_reader *r, struct error *err)
{
	struct error answer = { 0 };
	if (unwire_answer(r, &answer, err) < 0)
		return -1;
	if (answer.code == ERR_NONE)
		return 0;
	*err = answer;
	return -1;
}

static int send_document(struct meta_client *m, enum image_document kind, struct bytes json,
			 struct error *err)
{
	cleanup_msg struct msg msg = { 0 };
	while (json.n > 0) {
		struct bytes piece = bytes_sub(json, 0, DOC_PIECE);
		msg_begin(&msg, MSG_DOC_PART);
		msg_put_bytes(&msg, piece);
		if (channel_put(&m->ch, &msg, err) < 0)
			return -1;
		json = bytes_sub(json, piece.n, json.n);
	}
	msg_begin(&msg, MSG_DOC_PARSE);
	msg_put_u32(&msg, kind);
	if (channel_put(&m->ch, &msg, err) < 0)
		return -1;
	return channel_flush(&m->ch, err);
}

int meta_parse(struct meta_client *m, enum image_document kind, struct bytes json,
	       doc_record_fn *emit, void *ctx, struct error *err)
{
	struct msg_reader r;
	struct doc_record record;
	if (send_document(m, kind, json, err) < 0)
		return err->os == EPIPE ? worker_ended(m, err) : -1;
	while (next_message(m, &r, err) > 0) {
		if (r.type == MSG_ANSWER)
			return take_answer(&r, err);
		__typeof__(m->secret) found = r.type == MSG_SECRET  ? m->secret
					      : r.type == MSG_CHECK ? m->check
								    : NULL;
		if (found != NULL) {
			if (found(m->found_ctx, &r, err) < 0)
				return -1;
			continue;
		}
		if (r.type != MSG_DOC_RECORD)
			return error_set(err, ERR_PROTOCOL, "message %u for a document", r.type);
		if (unwire_doc_record(&r, &record, err) < 0 || emit(ctx, &record, err) < 0)
			return -1;
	}
	return -1;
}

int meta_list(struct meta_client *m,
	      int (*member)(void *ctx, const struct archive_member *a, struct error *err),
	      void *ctx, struct error *err)
{
	struct msg_reader r;
	struct archive_member a;
	cleanup_msg struct msg msg = { 0 };
	msg_begin(&msg, MSG_LIST_ARCHIVE);
	if (channel_put(&m->ch, &msg, err) < 0 || channel_flush(&m->ch, err) < 0)
		return err->os == EPIPE ? worker_ended(m, err) : -1;
	while (next_message(m, &r, err) > 0) {
		if (r.type == MSG_ANSWER)
			return take_answer(&r, err);
		if (r.type != MSG_MEMBER)
			return error_set(err, ERR_PROTOCOL, "message %u in a listing", r.type);
		if (unwire_member(&r, &a, err) < 0 || member(ctx, &a, err) < 0)
			return -1;
	}
	return -1;
}
