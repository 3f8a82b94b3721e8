/* corten rules add|edit|enable|disable|delete: changes of the guard's folder. What a
 * change makes of the whole set is judged before anything is written, and a file is
 * replaced at once: an agent reads the old set or the new one, never half of one. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/guard.h"
#include "cli/node.h"
#include "format/tree.h"
#include "rule/rule.h"

static const struct cli_option edit_options[] = {
	GUARD_DIR_OPTION,
	GUARD_BACKENDS_OPTION,
	NODE_RUN_DIR_OPTION,
	{ 0 },
};

/* --- one file of the folder -------------------------------------------------------------- */

static int open_folder(const struct cli_args *a, struct error *err)
{
	int fd = open(guard_dir(a), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		(void)error_errno(err, "cannot open the rules' folder %s", guard_dir(a));
	return fd;
}

static int read_at(int folder, const char *name, struct buf *out, struct error *err)
{
	cleanup_close int fd = fd_open_read(folder, name, err);
	return fd < 0 || fd_read_all(fd, out, err) < 0 ? -1 : 0;
}

static bool take_backends(void *ctx, struct bytes text, const struct node *line)
{
	unsigned *bits = ctx;
	const struct node *list = node_get(line, "backends");
	(void)text;
	for (const struct node *x = list == NULL ? NULL : list->first; x != NULL; x = x->next)
		for (unsigned b = 1; b <= BACKEND_RUNTIME; b <<= 1)
			if (bytes_equal(x->text,
					bytes_str(rule_backend_name((enum guard_backend)b))))
				*bits |= b;
	return true;
}

/* What the agent of this node can hold; false when none answers. */
static bool agent_backends(const struct cli_args *a, unsigned *ret)
{
	static const char *const words[] = { "status" };
	*ret = 0;
	return node_ask(a, words, 1, take_backends, ret, NULL) == 0;
}

static bool is_of_file(const struct rule *r, const char *name)
{
	return bytes_equal(path_base(bytes_str(r->origin)), bytes_str(name));
}

/* The whole set as it would be, and whether the back-ends named by --backends, or those
 * of this node's agent, can keep the file's rules. */
static int judge(const struct cli_args *a, const char *name, const struct bytes *text,
		 struct error *err)
{
	struct rule_set s = { 0 };
	unsigned backends;
	int r = rule_set_load_with(&s, guard_dir(a), name, text, err);
	bool judged = guard_backends(a, &backends) || agent_backends(a, &backends);
	for (size_t i = 0; r == 0 && judged && i < s.count; i++)
		if (is_of_file(&s.rule[i], name))
			r = rule_enforceable(&s.rule[i], backends, err);
	rule_set_free(&s);
	return r;
}

static int put_file(const struct cli_args *a, int folder, const char *name, struct bytes text,
		    struct error *err)
{
	if (judge(a, name, &text, err) < 0)
		return -1;
	return fd_write_file(folder, name, text, 0644, err);
}

static bool is_file_name(const char *name)
{
	return name[0] != '.' && strchr(name, '/') == NULL &&
	       bytes_ends_with(bytes_str(name), BYTES_LIT(".yaml"));
}

/* --- add ------------------------------------------------------------------------------------ */

static int add(const struct cli_args *a, const char *file, struct error *err)
{
	const char *slash = strrchr(file, '/'), *name = slash == NULL ? file : slash + 1;
	struct stat st;
	cleanup_buf struct buf text = buf_max(LIMIT_RULE_FILE);
	if (!is_file_name(name))
		return error_set(err, ERR_USAGE, "%s: a file of rules is named NAME.yaml", file);
	if (read_at(AT_FDCWD, file, &text, err) < 0)
		return -1;
	cleanup_close int folder = open_folder(a, err);
	if (folder < 0)
		return -1;
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return error_set(err, ERR_USAGE,
				 "%s/%s is there already; change it with `corten rules edit %s`",
				 guard_dir(a), name, name);
	if (put_file(a, folder, name, buf_view(&text), err) < 0)
		return -1;
	(void)printf("%s/%s added\n", guard_dir(a), name);
	return 0;
}

static int run_add(struct cli_args *a)
{
	struct error err = { 0 };
	return add(a, a->arguments[0], &err) == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

const struct cli_command cli_command_rules_add = {
	.name = "rules add",
	.arguments = "FILE",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "put a file of rules into the guard's folder",
	.description =
		"Copies FILE (NAME.yaml) into the folder, when the whole set with it is understood "
		"and within its limits; with --backends also only when everything that it blocks "
		"can be blocked. Otherwise nothing changes, and the reason is said.",
	.examples = "corten rules add shop.yaml\tIt is in force when the agent has read it",
	.options = edit_options,
	.run = run_add,
};

/* --- enable, disable, delete ------------------------------------------------------------------ */

/* The file of the folder that has the rule, from the rule's origin. */
static int find_rule(const struct cli_args *a, const char *name, char *file, size_t n,
		     struct error *err)
{
	struct rule_set s = { 0 };
	char meant[GUESS_TEXT] = "";
	bool found = false;
	struct guess guess = guess_of(bytes_str(name));
	if (rule_set_load(&s, guard_dir(a), err) < 0)
		return -1;
	for (size_t i = 0; i < s.count && !found; i++) {
		guess_try(&guess, bytes_str(s.rule[i].name));
		found = strcmp(s.rule[i].name, name) == 0;
		if (found)
			(void)snprintf(file, n, "%s", strrchr(s.rule[i].origin, '/') + 1);
	}
	if (!found)
		guess_text(&guess, "", meant);
	rule_set_free(&s);
	return found ? 0
		     : error_set(err, ERR_NOT_FOUND, "there is no rule \"%s\" in %s.%s", name,
				 guard_dir(a), meant);
}

static int change(const struct cli_args *a, enum rule_change what, const char *done,
		  struct error *err)
{
	const char *name = a->arguments[0];
	char file[256];
	bool anew = false;
	cleanup_buf struct buf text = buf_max(LIMIT_RULE_FILE), out = buf_max(2 * LIMIT_RULE_FILE);
	if (find_rule(a, name, file, sizeof file, err) < 0)
		return -1;
	cleanup_close int folder = open_folder(a, err);
	if (folder < 0 || read_at(folder, file, &text, err) < 0 ||
	    rule_edit(buf_view(&text), file, name, what, &out, &anew, err) < 0 ||
	    put_file(a, folder, file, buf_view(&out), err) < 0)
		return -1;
	(void)printf("\"%s\" %s in %s/%s\n", name, done, guard_dir(a), file);
	if (anew)
		log_at(LOG_WARNING, "%s/%s was written anew from its rules; its comments are gone",
		       guard_dir(a), file);
	return 0;
}

static int run_enable(struct cli_args *a)
{
	struct error err = { 0 };
	return change(a, RULE_ENABLE, "enabled", &err) == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

static int run_disable(struct cli_args *a)
{
	struct error err = { 0 };
	return change(a, RULE_DISABLE, "disabled", &err) == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

static int run_delete(struct cli_args *a)
{
	struct error err = { 0 };
	return change(a, RULE_DELETE, "deleted", &err) == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

#define RULE_COMMAND(its_name, its_summary, its_description, its_example, its_run)                 \
	{                                                                                          \
		.name = (its_name), .arguments = "NAME", .least_arguments = 1,                     \
		.most_arguments = 1, .summary = (its_summary), .description = (its_description),   \
		.examples = (its_example), .options = edit_options, .run = (its_run)               \
	}

const struct cli_command cli_command_rules_enable = RULE_COMMAND(
	"rules enable", "switch a rule of the guard on",
	"Changes the one word in the file that has the rule; comments and order stay. The whole "
	"set is judged first; where it would be refused, nothing changes.",
	"corten rules enable \"block clear escapes\"\tBy its name", run_enable);

const struct cli_command cli_command_rules_disable =
	RULE_COMMAND("rules disable", "switch a rule of the guard off",
		     "Changes the one word in the file that has the rule; comments and order stay.",
		     "corten rules disable \"block clear escapes\"\tBy its name", run_disable);

const struct cli_command cli_command_rules_delete = RULE_COMMAND(
	"rules delete", "take a rule of the guard out of its file",
	"Takes the rule's lines out of the file that has it; the others and their comments stay.",
	"corten rules delete \"block clear escapes\"\tBy its name", run_delete);

/* --- edit ------------------------------------------------------------------------------------- */

enum { EDITOR_WORDS = 16 };

/* $VISUAL or $EDITOR may have arguments ("code -w"); no shell reads them. */
static void run_editor(const char *file)
{
	const char *editor = getenv("VISUAL");
	char words[512], *argv[EDITOR_WORDS + 2];
	size_t n = 0;
	if (editor == NULL || *editor == '\0')
		editor = getenv("EDITOR");
	(void)snprintf(words, sizeof words, "%s",
		       editor == NULL || *editor == '\0' ? "vi" : editor);
	for (char *at = words; n < EDITOR_WORDS;) {
		at += strspn(at, " ");
		if (*at == '\0')
			break;
		argv[n++] = at;
		at += strcspn(at, " ");
		if (*at != '\0')
			*at++ = '\0';
	}
	argv[n] = (char *)(uintptr_t)file;
	argv[n + 1] = NULL;
	if (n > 0)
		(void)execvp(argv[0], argv);
	_exit(127);
}

static int edit_with_editor(const char *file, struct error *err)
{
	int status = 0;
	pid_t pid = fork();
	if (pid < 0)
		return error_errno(err, "cannot start the editor");
	if (pid == 0)
		run_editor(file);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return error_set(err, ERR_CANCELLED,
				 "the editor did not end well (set $EDITOR); your text is in %s",
				 file);
	return 0;
}

/* A copy is edited; it takes the place of the file when it is good, and stays for
 * another try when it is not. */
static int edit_copy(const struct cli_args *a, int folder, const char *name, const char *copy,
		     struct error *err)
{
	cleanup_buf struct buf text = buf_max(LIMIT_RULE_FILE);
	if (edit_with_editor(copy, err) < 0 || read_at(AT_FDCWD, copy, &text, err) < 0)
		return -1;
	if (put_file(a, folder, name, buf_view(&text), err) < 0)
		return error_wrap(err, "nothing changed; your text is in %s", copy);
	(void)unlink(copy);
	(void)printf("%s/%s changed\n", guard_dir(a), name);
	return 0;
}

static int edit(const struct cli_args *a, struct error *err)
{
	char file[256], copy[] = "/tmp/corten-rules-XXXXXX.yaml";
	const char *name = a->arguments[0];
	cleanup_buf struct buf text = buf_max(LIMIT_RULE_FILE);
	if (!is_file_name(name)) {
		if (find_rule(a, name, file, sizeof file, err) < 0)
			return -1;
		name = file;
	}
	cleanup_close int folder = open_folder(a, err);
	if (folder < 0 || read_at(folder, name, &text, err) < 0)
		return -1;
	cleanup_close int fd = mkostemps(copy, (int)strlen(".yaml"), O_CLOEXEC);
	if (fd < 0 || fd_write_full(fd, text.p, text.n) < 0)
		return error_errno(err, "cannot make a copy to edit");
	return edit_copy(a, folder, name, copy, err);
}

static int run_edit(struct cli_args *a)
{
	struct error err = { 0 };
	return edit(a, &err) == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

const struct cli_command cli_command_rules_edit = {
	.name = "rules edit",
	.arguments = "NAME",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "change a file of the guard's rules in an editor",
	.description =
		"Opens a copy of the file NAME.yaml, or of the file that has the rule NAME, in "
		"$VISUAL or $EDITOR. When the editor ends and the whole set with the copy is "
		"understood, the copy takes the file's place; otherwise nothing changes, the "
		"reason "
		"is said, and the copy is kept.",
	.examples = "corten rules edit 10-shop.yaml\tThe file of this name\n"
		    "corten rules edit \"block clear escapes\"\tThe file that has this rule",
	.options = edit_options,
	.run = run_edit,
};
