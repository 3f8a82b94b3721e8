#include <errno.h>
#include <unistd.h>

#include "scan/layer_scan.h"
#include "scan/pipeline.h"
#include "scan/worker.h"
#include "scan/worker_internal.h"

int worker_temp_fd(void)
{
	return lseek(WORKER_TEMP_FD, 0, SEEK_CUR) < 0 ? -1 : WORKER_TEMP_FD;
}

/* The filter allows no fcntl(2); what cannot be sought in is there, too. */
static bool is_given(int fd)
{
	return lseek(fd, 0, SEEK_CUR) >= 0 || errno == ESPIPE;
}

int worker_prepare(struct error *err)
{
	return is_given(WORKER_YARA_FD) ? malware_yara_prepare(err) : 0;
}

static int open_malware(struct worker_engines *e, struct error *err)
{
	struct malware_inputs in = {
		.set = e->checks,
		.lists_fd = is_given(WORKER_LISTS_FD) ? WORKER_LISTS_FD : -1,
		.yara_fd = is_given(WORKER_YARA_FD) ? WORKER_YARA_FD : -1,
		.temp_fd = is_given(WORKER_ARCHIVE_FD) ? WORKER_ARCHIVE_FD : -1,
		.clamd_fd = is_given(WORKER_CLAMD_FD) ? WORKER_CLAMD_FD : -1,
	};
	for (size_t i = 0; i < check_set_count(e->checks); i++)
		if (check_set_entry(e->checks, i)->family == CHECK_MALWARE)
			return malware_engine_open(&in, &e->malware, err);
	return 0;
}

int worker_engines_open(struct worker_engines *ret, bool reads_layers, struct error *err)
{
	*ret = (struct worker_engines){ 0 };
	if (is_given(WORKER_RULES_FD) &&
	    secret_engine_open(WORKER_RULES_FD, &ret->secrets, err) < 0)
		return -1;
	if (!is_given(WORKER_CHECKS_FD))
		return 0;
	if (check_set_open(WORKER_CHECKS_FD, &ret->checks, err) < 0)
		return -1;
	if (buildstep_open(ret->checks, &ret->build, err) < 0)
		return -1;
	if (!reads_layers)
		return 0;
	if (baseline_open(ret->checks, &ret->baseline, err) < 0)
		return -1;
	return open_malware(ret, err);
}

void worker_engines_close(struct worker_engines *e)
{
	baseline_close(e->baseline);
	malware_engine_close(e->malware);
	buildstep_close(e->build);
	check_set_close(e->checks);
	secret_engine_close(e->secrets);
}

int worker_receive_job(struct channel *ch, struct arena *arena, struct layer_job *ret,
		       struct error *err)
{
	struct msg_reader m;
	int got = channel_get(ch, -1, &m, err);
	if (got < 0)
		return -1;
	if (got == 0 || m.type != MSG_LAYER_JOB)
		return error_set(err, ERR_PROTOCOL, "no job");
	return unwire_layer_job(&m, arena, ret, err);
}

ssize_t worker_input(void *ctx, void *p, size_t n, struct error *err)
{
	struct worker_input *in = ctx;
	if (in->limited && n > in->left)
		n = (size_t)in->left;
	if (n == 0)
		return 0;
	ssize_t got;
	do
		got = in->seekable ? pread(in->fd, p, n, (off_t)in->offset) : read(in->fd, p, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_errno(err, "cannot read");
	in->offset += (uint64_t)got;
	in->left -= in->limited ? (uint64_t)got : 0;
	return got;
}

int worker_scan_stream(struct channel *ch, const struct layer_job *job,
		       const struct worker_engines *engines, codec_source_fn *source,
		       void *source_ctx, struct error *err)
{
	struct pipeline_result result = { 0 };
	struct error ended = { 0 };
	cleanup_msg struct msg m = { 0 };
	struct layer_scan *scan = layer_scan_new(ch, worker_temp_fd(), engines, job, err);
	if (scan == NULL)
		return -1;
	int r = pipeline_run(source, source_ctx, layer_scan_feed, scan, &result, &ended);
	if (r == 0)
		(void)layer_scan_finish(scan, &ended);
	struct layer_done done = {
		.code = ended.code,
		.text = ended.text,
		.blob = result.blob,
		.diff_id = result.diff_id,
		.stored = result.stored,
		.raw = result.raw,
		.entries = layer_scan_entries(scan),
	};
	layer_scan_free(scan);
	wire_done(&m, &done);
	return channel_put(ch, &m, err);
}

int worker_layer(void)
{
	struct error err = { 0 };
	struct channel ch;
	struct layer_job job;
	int fd = -1;
	struct worker_engines engines;
	cleanup_arena struct arena arena = arena_max(64 * MIB);
	channel_init(&ch, WORKER_CHANNEL_FD);
	int r = worker_engines_open(&engines, true, &err);
	if (r == 0)
		r = fd_receive(WORKER_CHANNEL_FD, &fd, &err);
	if (r == 0)
		r = worker_receive_job(&ch, &arena, &job, &err);
	if (r == 0) {
		struct worker_input in = { .fd = fd,
					   .seekable = job.seekable,
					   .limited = job.seekable,
					   .offset = job.offset,
					   .left = job.length };
		r = worker_scan_stream(&ch, &job, &engines, worker_input, &in, &err);
	}
	if (r == 0)
		r = channel_flush(&ch, &err);
	channel_free(&ch);
	return r == 0 ? 0 : 1;
}
