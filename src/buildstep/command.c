/* What a command is: its program behind assignments and other programs that start it. */
#include "buildstep/shell.h"

static struct bytes value_of(const struct command *c, size_t i)
{
	return text_bytes(c->words[i].value);
}

static struct bytes base_name(struct bytes path)
{
	const uint8_t *slash = path.n == 0 ? NULL : memrchr(path.p, '/', path.n);
	return slash == NULL ? path : bytes_sub(path, (size_t)(slash - path.p) + 1, path.n);
}

static bool is_assignment(struct bytes w)
{
	size_t n = 0;
	while (n < w.n &&
	       (w.p[n] == '_' || (w.p[n] >= 'a' && w.p[n] <= 'z') ||
		(w.p[n] >= 'A' && w.p[n] <= 'Z') || (n > 0 && w.p[n] >= '0' && w.p[n] <= '9')))
		n++;
	return n > 0 && n < w.n && w.p[n] == '=';
}

/* Programs that start another one: the letters of options that take a word, and how
 * many words stand before the other. */
static const struct wrapper {
	const char *name, *with_word;
	unsigned operands;
} wrappers[] = {
	{ "sudo", "ughpCTrt", 0 }, { "doas", "uC", 0 },         { "env", "uC", 0 },
	{ "exec", "a", 0 },        { "command", "", 0 },        { "builtin", "", 0 },
	{ "time", "fo", 0 },       { "nice", "n", 0 },          { "ionice", "cn", 0 },
	{ "nohup", "", 0 },        { "setsid", "", 0 },         { "eatmydata", "", 0 },
	{ "timeout", "ks", 1 },    { "gosu", "", 1 },           { "su-exec", "", 1 },
	{ "chroot", "", 1 },       { "xargs", "IiLnPsdEa", 0 }, { "tini", "p", 0 },
	{ "dumb-init", "r", 0 },   { "busybox", "", 0 },
};

static const struct wrapper *wrapper_of(struct bytes name)
{
	for (size_t i = 0; i < sizeof wrappers / sizeof wrappers[0]; i++)
		if (bytes_equal(name, bytes_str(wrappers[i].name)))
			return &wrappers[i];
	return NULL;
}

/* Behind the wrapper at i, its options and operands. */
static size_t skip_wrapper(const struct command *c, const struct wrapper *w, size_t i)
{
	for (i++; i < c->count; i++) {
		struct bytes v = value_of(c, i);
		if (is_assignment(v))
			continue;
		if (v.n < 2 || v.p[0] != '-')
			break;
		bool ends = bytes_equal(v, BYTES_LIT("--"));
		bool short_option = v.n == 2 && v.p[1] != '-';
		if (short_option && strchr(w->with_word, v.p[1]) != NULL)
			i++;
		if (ends) {
			i++;
			break;
		}
	}
	return i + w->operands;
}

static bool starts_python(struct bytes name)
{
	return bytes_starts_with(name, BYTES_LIT("python"));
}

void command_analyse(struct command *c)
{
	size_t i = 0;
	c->program = c->count;
	while (i < c->count && !c->header) {
		struct bytes v = value_of(c, i), name = base_name(v);
		const struct wrapper *w = wrapper_of(name);
		bool alone = w != NULL && i + 1 == c->count;
		if (is_assignment(v)) {
			i++;
		} else if (w != NULL && !alone) {
			i = skip_wrapper(c, w, i);
		} else if (starts_python(name) && i + 2 < c->count &&
			   bytes_equal(value_of(c, i + 1), BYTES_LIT("-m"))) {
			i += 2;
			c->program = i;
			c->name = value_of(c, i);
			return;
		} else {
			c->program = i;
			c->name = name;
			return;
		}
	}
}

/* --- texts for other shells --------------------------------------------------------------- */

bool command_is_shell(struct bytes name)
{
	static const char *const names[] = { "sh", "bash", "dash", "ash", "zsh", "ksh", "mksh" };
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (bytes_equal(name, bytes_str(names[i])))
			return true;
	return false;
}

static bool has_c(struct bytes option)
{
	return option.n >= 2 && option.p[0] == '-' && option.p[1] != '-' &&
	       bytes_index(option, 'c') > 0;
}

void command_queue_scripts(struct shell *sh, const struct command *c, uint32_t index)
{
	bool is_eval = bytes_equal(c->name, BYTES_LIT("eval"));
	bool takes_c = command_is_shell(c->name) || bytes_equal(c->name, BYTES_LIT("su")) ||
		       bytes_equal(c->name, BYTES_LIT("runuser"));
	for (size_t i = command_first(c); i < c->count && (is_eval || takes_c); i++) {
		if (is_eval) {
			shell_queue(sh, c->words[i].value, index, true);
		} else if (has_c(value_of(c, i)) && i + 1 < c->count) {
			shell_queue(sh, c->words[i + 1].value, index, true);
			return;
		}
	}
}
