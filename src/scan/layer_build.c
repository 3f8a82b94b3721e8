/* Dockerfiles among the files of a folder of sources. */
#include "buildstep/buildstep.h"
#include "scan/layer_scan_internal.h"

static int on_match(void *ctx, const struct check_match *m, struct error *err)
{
	struct build_file *f = ctx;
	f->sums->checks++;
	wire_check(&f->out->msg, m);
	return output_send(f->out, err);
}

static int on_limit(void *ctx, struct bytes path, const char *what, struct error *err)
{
	struct build_file *f = ctx;
	struct layer_problem p = { .code = ERR_LIMIT, .what = path, .text = bytes_str(what) };
	wire_problem(&f->out->msg, &p);
	return output_send(f->out, err);
}

void build_file_init(struct build_file *f, struct buildstep_engine *engine, struct sums *sums,
		     struct layer_output *out)
{
	*f = (struct build_file){
		.engine = engine, .sums = sums, .out = out, .text = buf_max(LIMIT_DOCKERFILE)
	};
}

void build_file_free(struct build_file *f)
{
	buf_free(&f->text);
}

/* Whether a .dockerignore is beside the file is not known here: of two files of a folder
 * any may come first. What depends on it is left to `corten lint`. */
bool build_file_begin(struct build_file *f, uint64_t size)
{
	f->text.n = 0;
	f->active = f->engine != NULL && size <= LIMIT_DOCKERFILE &&
		    buildstep_wants(buf_view(&f->out->path));
	return f->active;
}

int build_file_feed(struct build_file *f, struct bytes piece, struct error *err)
{
	return f->active && piece.n > 0 ? buf_append(&f->text, piece.p, piece.n, err) : 0;
}

int build_file_end(struct build_file *f, struct error *err)
{
	struct check_sink sink = { on_match, on_limit, f };
	struct buildstep_file file = { .path = buf_view(&f->out->path),
				       .text = buf_view(&f->text),
				       .ignore = BUILDSTEP_IGNORE_THERE };
	bool was_active = f->active;
	f->active = false;
	return was_active ? buildstep_dockerfile(f->engine, &file, &sink, err) : 0;
}
