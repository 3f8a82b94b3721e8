/* What a fix does, as patch(1), sed(1), chmod(1) and shadow's tools would do it. */
#include <stdlib.h>

#include "baseline_try.h"

struct text {
	struct arena *arena;
	char *p;
};

static const char *line_at(const char *p, unsigned n)
{
	for (; n > 1 && *p != '\0'; n--) {
		const char *end = strchr(p, '\n');
		p = end == NULL ? p + strlen(p) : end + 1;
	}
	return p;
}

/* The text with lines [first, last] replaced. */
static char *replaced(struct arena *a, const char *text, unsigned first, unsigned last,
		      const char *new)
{
	const char *from = line_at(text, first), *to = line_at(text, last + 1);
	const char *glue = from > text && from[-1] != '\n' && *new != '\0' ? "\n" : "";
	return arena_printf(a, "%.*s%s%s%s", (int)(from - text), text, glue, new, to);
}

/* --- patches: one hunk without context -------------------------------------------------- */

static char *apply_patch(struct arena *a, const char *path, const char *text, const char *patch)
{
	unsigned first, gone, to, come;
	char *expect = arena_printf(a, "--- a/%s\n+++ b/%s\n", path, path);
	cleanup_buf struct buf old = buf_max(1 << 20), new = buf_max(1 << 20);
	if (strncmp(patch, expect, strlen(expect)) != 0)
		fail_msg("a patch of another file: %s", patch);
	patch += strlen(expect);
	assert_int_equal(sscanf(patch, "@@ -%u,%u +%u,%u @@", &first, &gone, &to, &come), 4);
	struct buf *last = NULL;
	for (patch = line_at(patch, 2); *patch != '\0'; patch = line_at(patch, 2)) {
		size_t n = (size_t)(line_at(patch, 2) - patch);
		if (*patch == '\\') {
			last->n--; /* its line feed */
			continue;
		}
		last = *patch == '-' ? &old : &new;
		assert_true(*patch == '-' || *patch == '+');
		assert_int_equal(buf_append(last, patch + 1, n - 1, NULL), 0);
	}
	if (gone == 0)
		return replaced(a, text, first + 1, first, buf_cstr(&new, NULL));
	const char *at = line_at(text, first);
	if (strncmp(at, buf_cstr(&old, NULL), old.n) != 0)
		fail_msg("line %u is not what the patch takes out: %s", first, at);
	return replaced(a, text, first, first + gone - 1, buf_cstr(&new, NULL));
}

/* --- commands ----------------------------------------------------------------------------- */

/* The sample's file with this name, in a sample of several; else the sample. */
static char *in_file(struct arena *a, char *text, const char *path, char **ret_from)
{
	char *head = strstr(text, arena_printf(a, " %s <==\n", path));
	*ret_from = head == NULL ? text : strchr(head, '\n') + 1;
	char *next = strstr(*ret_from, "==> ");
	return next == NULL ? text + strlen(text) : next;
}

/* The field of the line of `name` in passwd, shadow, group. */
static char *set_field(struct arena *a, char *text, const char *path, const char *name,
		       unsigned field, const char *to)
{
	char *from, *end = in_file(a, text, path, &from);
	char *want = arena_printf(a, "%s:", name);
	for (char *p = from; p < end; p = (char *)line_at(p, 2)) {
		if (strncmp(p, want, strlen(want)) != 0)
			continue;
		char *at = p;
		for (unsigned i = 0; i < field; i++)
			at = strchr(at, ':') + 1;
		size_t n = strcspn(at, ":\n");
		char *out = arena_printf(a, "%.*s%s%s", (int)(at - text), text, to, at + n);
		/* A password of shadow is elsewhere by name only. */
		return out;
	}
	return text;
}

static char *set_mode(struct arena *a, const char *text, const char *path, const char *change)
{
	char *head = strstr(text, arena_printf(a, " %s <==", path));
	assert_non_null(head);
	while (head > text && head[-1] != '\n')
		head--;
	char *mode = head + 4; /* "==> -rwxrwxrwx" */
	if (strstr(change, "o-w") != NULL)
		mode[8] = '-';
	if (strstr(change, "go-w") != NULL)
		mode[5] = mode[8] = '-';
	if (strstr(change, "u-s") != NULL)
		mode[3] = 'x';
	if (strstr(change, "g-s") != NULL)
		mode[6] = 'x';
	if (strstr(change, "+t") != NULL)
		mode[9] = 't';
	if (strncmp(change, "go-rwx", 6) == 0)
		memcpy(mode + 4, "------", 6);
	if (strncmp(change, "o-rwx", 5) == 0)
		memcpy(mode + 7, "---", 3);
	return (char *)text;
}

/* The sample as if the file were not there. */
static char *remove_file(struct arena *a, char *text, const char *path)
{
	char *from, *end = in_file(a, text, path, &from);
	while (from > text && strncmp(from, "==> ", 4) != 0)
		from--;
	return arena_printf(a, "%.*s%s", (int)(from - text), text, end);
}

static char *apply_command(struct arena *a, char *text, const char *path, const char *command)
{
	char name[256] = "", change[64] = "";
	unsigned first, last;
	if (sscanf(command, "sed -i '%u,%ud'", &first, &last) == 2) {
		char *from, *end = in_file(a, text, path, &from);
		char *file = arena_printf(a, "%.*s", (int)(end - from), from);
		return arena_printf(a, "%.*s%s%s", (int)(from - text), text,
				    replaced(a, file, first, last, ""), end);
	}
	if (sscanf(command, "passwd -l %255s", name) == 1)
		return set_field(a, set_field(a, text, "etc/shadow", name, 1, "!"), "etc/passwd",
				 name, 1, strstr(text, "etc/shadow <==") != NULL ? "x" : "!");
	if (sscanf(command, "usermod -s /usr/sbin/nologin %255s", name) == 1)
		return set_field(a, text, "etc/passwd", name, 6, "/usr/sbin/nologin");
	if (sscanf(command, "usermod -g 0 %255s", name) == 1)
		return set_field(a, text, "etc/passwd", name, 3, "0");
	if (sscanf(command, "usermod -g nogroup %255s", name) == 1)
		return set_field(a, text, "etc/passwd", name, 3, "65534");
	if (sscanf(command, "gpasswd -M '' %255s", name) == 1)
		return set_field(a, text, "etc/group", name, 3, "");
	if (sscanf(command, "gpasswd -r %255s", name) == 1)
		return set_field(a, set_field(a, text, "etc/group", name, 1, "x"), "etc/gshadow",
				 name, 1, "!");
	if (sscanf(command, "chmod %63s", change) == 1)
		return set_mode(a, text, path, change);
	if (strncmp(command, "rm -f ", 6) == 0)
		return remove_file(a, text, path);
	return NULL;
}

char *apply_fix(struct arena *a, const char *path, const char *text, const struct check_match *m)
{
	char *own = arena_printf(a, "%s", text);
	char *fix = arena_cstr(a, m->fix), *of = arena_cstr(a, m->path);
	assert_non_null(fix);
	(void)path;
	if (strncmp(fix, "--- ", 4) == 0)
		return apply_patch(a, of, own, fix);
	char *done = apply_command(a, own, of, fix);
	if (done != NULL)
		return done;
	/* A line in the place of the one that was told. */
	return m->line == 0 ? NULL
			    : replaced(a, own, m->line, m->line, arena_printf(a, "%s\n", fix));
}
