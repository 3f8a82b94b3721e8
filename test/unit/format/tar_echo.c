/* Lists tar archives for comparison. Reads archives from standard input, each
 * behind its length (u32le), and answers each with a listing behind its length:
 * a line "TYPE name-in-hex link-in-hex[ size sha256]" for each entry, at the end
 * "ok", or "error CODE" at the first error. */
#include <stdio.h>
#include <stdlib.h>

#include "base/base.h"
#include "format/tar.h"

#define SIZE_SUMMED (16 * MIB) /* of larger files only the size is told */

struct echo {
	struct buf out;
	struct sha256 *sum;
	uint64_t size;
};

static int say_hex(struct buf *out, struct bytes b, struct error *err)
{
	for (size_t i = 0; i < b.n; i++)
		if (buf_printf(out, err, "%02x", b.p[i]) < 0)
			return -1;
	return buf_append(out, " ", 1, err);
}

static int on_entry(void *ctx, const struct tar_entry *e, struct error *err)
{
	static const char letters[] = "fhldcbpo";
	struct echo *s = ctx;
	bool is_link = e->type == TAR_HARDLINK || e->type == TAR_SYMLINK;
	if (buf_printf(&s->out, err, "%c ", letters[e->type]) < 0 ||
	    say_hex(&s->out, e->path, err) < 0 ||
	    say_hex(&s->out, is_link ? e->link : bytes_of(NULL, 0), err) < 0)
		return -1;
	if (e->type == TAR_FILE && e->size <= SIZE_SUMMED) {
		sha256_reset(s->sum);
		s->size = 0;
		return TAR_CONTENT;
	}
	if (e->type != TAR_FILE)
		return buf_printf(&s->out, err, "\n") < 0 ? -1 : TAR_SKIP;
	return buf_printf(&s->out, err, "%llu big\n", (unsigned long long)e->size) < 0 ? -1
										       : TAR_SKIP;
}

static int on_content(void *ctx, struct bytes piece, struct error *err)
{
	struct echo *s = ctx;
	(void)err;
	s->size += piece.n;
	sha256_update(s->sum, piece.p, piece.n);
	return 0;
}

static int on_end(void *ctx, struct error *err)
{
	struct echo *s = ctx;
	struct digest d;
	char text[DIGEST_TEXT];
	sha256_final(s->sum, &d);
	digest_text(&d, text);
	return buf_printf(&s->out, err, "%llu %s\n", (unsigned long long)s->size, text + 7);
}

static int list(struct echo *s, struct bytes archive)
{
	struct error err = { 0 };
	struct tar_reader *t = tar_reader_new((struct tar_sink){ on_entry, on_content, on_end, s });
	if (t == NULL)
		return -1;
	int r = tar_feed(t, archive, &err);
	if (r == 0)
		r = tar_finish(t, &err);
	tar_reader_free(t);
	return r == 0 ? buf_printf(&s->out, NULL, "ok")
		      : buf_printf(&s->out, NULL, "error %s", error_code_name(err.code));
}

static bool answer(struct echo *s, struct bytes archive)
{
	s->out.n = 0;
	s->sum = sha256_new();
	int r = list(s, archive);
	sha256_free(s->sum);
	uint32_t n = (uint32_t)s->out.n;
	return r == 0 && fwrite(&n, sizeof n, 1, stdout) == 1 &&
	       fwrite(s->out.p, 1, n, stdout) == n && fflush(stdout) == 0;
}

int main(void)
{
	struct echo s = { .out = buf_max(GIB) };
	uint32_t n;
	bool well = true;
	while (well && fread(&n, sizeof n, 1, stdin) == 1) {
		uint8_t *archive = malloc(n > 0 ? n : 1);
		well = archive != NULL && fread(archive, 1, n, stdin) == n &&
		       answer(&s, bytes_of(archive, n));
		free(archive);
	}
	buf_free(&s.out);
	return well ? EXIT_SUCCESS : EXIT_FAILURE;
}
