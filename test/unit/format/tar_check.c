#include "tar_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void say(struct seen *s, const char *p, size_t n)
{
	assert_int_equal(buf_append(&s->line, p, n, NULL), 0);
}

static int on_entry(void *ctx, const struct tar_entry *e, struct error *err)
{
	static const char letters[] = "fhldcbpo";
	struct seen *s = ctx;
	(void)err;
	if (s->line.n > 0)
		say(s, " ", 1);
	say(s, &letters[e->type], 1);
	say(s, (const char *)e->path.p, e->path.n);
	if (e->type == TAR_SYMLINK || e->type == TAR_HARDLINK) {
		say(s, ">", 1);
		say(s, (const char *)e->link.p, e->link.n);
	}
	if (e->has_capability)
		say(s, "!", 1);
	s->sizes += e->size;
	if (e->type == TAR_FILE && e->size > 0 && s->want)
		say(s, "=", 1);
	return s->want ? TAR_CONTENT : TAR_SKIP;
}

static int on_content(void *ctx, struct bytes piece, struct error *err)
{
	(void)err;
	for (size_t i = 0; i < piece.n; i++)
		say(ctx, piece.p[i] == 0 ? "." : (const char *)piece.p + i, 1);
	return 0;
}

static int on_end(void *ctx, struct error *err)
{
	(void)ctx;
	(void)err;
	return 0;
}

enum error_code read_pieces(struct bytes in, size_t piece, struct seen *s)
{
	struct error err = { 0 };
	struct tar_reader *t = tar_reader_new((struct tar_sink){ on_entry, on_content, on_end, s });
	int r = 0;
	s->line = buf_max(16 * MIB);
	while (r == 0 && in.n > 0) {
		struct bytes part = bytes_sub(in, 0, piece);
		r = tar_feed(t, part, &err);
		in = bytes_sub(in, part.n, in.n);
	}
	if (r == 0)
		(void)tar_finish(t, &err);
	tar_reader_free(t);
	return err.code;
}

/* Reads headers only, as a caller that can seek. */
static enum error_code read_jumping(struct bytes in, struct seen *s)
{
	struct error err = { 0 };
	struct tar_reader *t = tar_reader_new((struct tar_sink){ on_entry, on_content, on_end, s });
	int r = 0;
	s->line = buf_max(16 * MIB);
	while (r == 0 && in.n > 0) {
		uint64_t skip = tar_skippable(t);
		struct bytes part = bytes_sub(in, 0, 512);
		if (skip > 0 && skip <= in.n) {
			tar_skipped(t, skip);
			part.n = (size_t)skip;
		} else {
			r = tar_feed(t, part, &err);
		}
		in = bytes_sub(in, part.n, in.n);
	}
	if (r == 0)
		(void)tar_finish(t, &err);
	tar_reader_free(t);
	return err.code;
}

const char *line_of(struct seen *s)
{
	return buf_cstr(&s->line, NULL);
}

static void check_pieces(struct bytes in, enum error_code code, const char *line)
{
	static const size_t sizes[] = { SIZE_MAX, 1, 7, 511, 512, 513, 1024, 10240 };
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct seen s = { .want = true };
		enum error_code got = read_pieces(in, sizes[i], &s);
		if (code == ERR_NONE || line != NULL)
			assert_string_equal(line_of(&s), line);
		assert_int_equal(got, code);
		buf_free(&s.line);
	}
}

static void check_jumping(struct bytes in, enum error_code code)
{
	struct seen fed = { 0 }, jumped = { 0 };
	enum error_code a = read_pieces(in, SIZE_MAX, &fed), b = read_jumping(in, &jumped);
	assert_string_equal(line_of(&fed), line_of(&jumped));
	assert_int_equal(a, code);
	assert_int_equal(b, code);
	assert_int_equal(fed.sizes, jumped.sizes);
	buf_free(&fed.line);
	buf_free(&jumped.line);
}

void check(struct make *m, enum error_code code, const char *line)
{
	check_pieces(buf_view(&m->out), code, line);
	check_jumping(buf_view(&m->out), code);
	make_free(m);
}

void holds(struct make *m, const char *line)
{
	make_end(m);
	check(m, ERR_NONE, line);
}

void refused(struct make *m, enum error_code code)
{
	make_end(m);
	check(m, code, NULL);
}
