#include "scan/layer_scan_internal.h"

void sums_init(struct sums *s, struct layer_output *out)
{
	*s = (struct sums){
		.out = out, .kept = buf_max(SUMS_KEPT_MAX), .sha256 = sha256_new(), .md5 = md5_new()
	};
}

void sums_free(struct sums *s)
{
	buf_free(&s->kept);
	sha256_free(s->sha256);
	md5_free(s->md5);
}

void sums_begin(struct sums *s)
{
	s->secrets = s->checks = 0;
	s->state = SUMS_KEEP;
	s->kept.n = 0;
}

static void add(struct sums *s, struct bytes piece)
{
	if (piece.n == 0)
		return;
	sha256_update(s->sha256, piece.p, piece.n);
	md5_update(s->md5, piece.p, piece.n);
}

static void run(struct sums *s)
{
	sha256_reset(s->sha256);
	md5_reset(s->md5);
	add(s, buf_view(&s->kept));
	s->kept.n = 0;
	s->state = SUMS_RUN;
}

/* Most files have nothing: they are not summed. */
void sums_feed(struct sums *s, struct bytes piece, bool is_open)
{
	bool found = s->secrets + s->checks > 0;
	if (s->state == SUMS_KEEP && found)
		run(s);
	else if (s->state == SUMS_KEEP &&
		 (!is_open || buf_append(&s->kept, piece.p, piece.n, NULL) < 0))
		s->state = SUMS_NONE;
	if (s->state == SUMS_RUN)
		add(s, piece);
}

int sums_end(struct sums *s, struct error *err)
{
	struct file_sums sums;
	if (s->secrets + s->checks == 0)
		return 0;
	if (s->state == SUMS_KEEP)
		run(s);
	if (s->state != SUMS_RUN)
		return 0;
	sha256_final(s->sha256, &sums.sha256);
	md5_final(s->md5, sums.md5);
	wire_file_sums(&s->out->msg, s->secrets, s->checks, &sums);
	return output_send(s->out, err);
}
