/* Lines of an image's history as the instructions that made them. Who writes what:
 *   docker build (classic)  /bin/sh -c #(nop)  CMD ["bash"]      /bin/sh -c apt-get update
 *                           |1 V=2 /bin/sh -c make               ADD file:0123… in /
 *   BuildKit                RUN /bin/sh -c make # buildkit       RUN |1 V=2 /bin/sh -c make
 *   buildah, podman         /bin/sh -c #(nop) USER 1000          /bin/bash -c make
 *   kaniko                  RUN make                             COPY . /app
 * Others (ko, jib, buildpacks, Nix) have no instructions. */
#include "buildstep/model.h"

static struct bytes skip_blanks(struct bytes t)
{
	while (t.n > 0 && (t.p[0] == ' ' || t.p[0] == '\t'))
		t = bytes_sub(t, 1, t.n);
	return t;
}

static struct bytes first_word(struct bytes t)
{
	size_t n = 0;
	while (n < t.n && t.p[n] != ' ' && t.p[n] != '\t' && t.p[n] != '\n')
		n++;
	return bytes_sub(t, 0, n);
}

static bool is_shell_path(struct bytes w)
{
	static const char *const globs[] = { "/*/sh",  "/*/bash", "/*/ash", "/*/dash", "/*/zsh",
					     "/*/ksh", "sh",      "bash",   "ash" };
	for (size_t i = 0; i < sizeof globs / sizeof globs[0]; i++)
		if (glob_match(bytes_str(globs[i]), w, false))
			return true;
	return false;
}

/* "/bin/bash -o pipefail -c …": what follows -c; false when a shell's words are not what
 * it begins with. */
static bool skip_shell(struct bytes *t, bool *ret_pipefail)
{
	enum { WORDS_MAX = 12 };
	struct bytes rest = skip_blanks(*t), w = first_word(rest);
	bool pipefail = false;
	if (!is_shell_path(w))
		return false;
	rest = skip_blanks(bytes_sub(rest, w.n, rest.n));
	for (size_t i = 0; i < WORDS_MAX; i++) {
		w = first_word(rest);
		pipefail = pipefail || bytes_equal(w, BYTES_LIT("pipefail"));
		bool option = w.n > 1 && w.p[0] == '-';
		bool runs = option && w.p[1] != '-' && w.p[w.n - 1] == 'c';
		if (!option && !bytes_equal(w, BYTES_LIT("pipefail")) &&
		    !bytes_equal(w, BYTES_LIT("errexit")))
			return false;
		rest = bytes_sub(rest, w.n, rest.n);
		if (runs) {
			*t = skip_blanks(rest);
			*ret_pipefail = pipefail;
			return true;
		}
		rest = skip_blanks(rest);
	}
	return false;
}

/* "|2 A=1 B=2 /bin/sh -c …": a build's arguments, whose values may hold blanks, so that
 * the shell is looked for behind them. */
static struct bytes skip_arguments(struct bytes t)
{
	uint64_t count;
	struct bytes rest = t, w = first_word(t);
	if (w.n < 2 || w.p[0] != '|' || !bytes_to_u64(bytes_sub(w, 1, w.n), &count))
		return t;
	for (size_t i = 0; i + 4 < t.n; i++) {
		bool begins = t.p[i] == ' ' && (t.p[i + 1] == '/' || t.p[i + 1] == 's');
		struct bytes at = bytes_sub(t, i + 1, t.n), probe = at;
		bool pipefail;
		if (begins && skip_shell(&probe, &pipefail))
			return at;
	}
	rest = bytes_sub(rest, w.n, rest.n);
	for (; count > 0 && rest.n > 0; count--) {
		rest = skip_blanks(rest);
		rest = bytes_sub(rest, first_word(rest).n, rest.n);
	}
	return skip_blanks(rest);
}

static bool is_instruction(struct bytes t)
{
	struct bytes w = first_word(t);
	for (size_t i = 0; i < w.n; i++)
		if (w.p[i] < 'A' || w.p[i] > 'Z')
			return false;
	return step_op_of(w) != OP_UNKNOWN;
}

static int put_run(struct bytes t, struct buf *out, struct error *err)
{
	if (buf_append_str(out, "RUN ", err) < 0)
		return -1;
	return t.n == 0 ? 0 : buf_append(out, t.p, t.n, err);
}

/* Without "# buildkit" at the end. */
static struct bytes strip_mark(struct bytes t)
{
	static const char mark[] = "# buildkit";
	t = bytes_trim(t);
	if (bytes_ends_with(t, bytes_str(mark)))
		t = bytes_trim(bytes_sub(t, 0, t.n - (sizeof mark - 1)));
	return t;
}

bool history_instruction(struct bytes created_by, struct buf *out, bool *ret_pipefail,
			 struct error *err)
{
	struct bytes t = strip_mark(created_by), nop = BYTES_LIT("#(nop)");
	size_t before = out->n;
	*ret_pipefail = false;
	bool run = bytes_starts_with(t, BYTES_LIT("RUN "));
	if (!run && is_instruction(t))
		return buf_append(out, t.p, t.n, err) == 0;
	if (run)
		t = skip_blanks(bytes_sub(t, 4, t.n));
	t = skip_arguments(t);
	bool shell = skip_shell(&t, ret_pipefail);
	if (shell && bytes_starts_with(t, nop)) {
		t = skip_blanks(bytes_sub(t, nop.n, t.n));
		return is_instruction(t) && buf_append(out, t.p, t.n, err) == 0;
	}
	if ((shell || run) && put_run(t, out, err) == 0)
		return true;
	out->n = before;
	return false;
}
