/* corten alerts whitelist: what an alert was about is let through from now on, by the
 * narrowest change of the rules that says so: an exception of the alert's rule where
 * its kind has one (program, process), else a rule of its own that passes the item for
 * the alert's image. The whole set is judged before anything is written. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/guard.h"
#include "cli/node.h"
#include "format/tree.h"
#include "rule/rule.h"

static const struct cli_option options[] = {
	{ .name = "note", .argument = "TEXT", .help = "Why, for those who look later." },
	{ .name = "dir",
	  .argument = "DIR",
	  .help = "The folder of the guard's rules. Default: the agent's." },
	NODE_RUN_DIR_OPTION,
	{ 0 },
};

struct whitelisting {
	struct cli_args *args;
	struct arena arena;
	char *id, *state, *rule, *item, *object, *process, *image, *container;
	char *dir; /* of the rules */
	char file[256]; /* that is changed or made in it */
	struct buf text; /* what it shall hold */
	bool anew; /* its comments are lost */
	struct error *err;
};

/* --- what the agent knows ------------------------------------------------------- */

static bool alert_line(void *ctx, struct bytes text, const struct node *line)
{
	struct whitelisting *w = ctx;
	const struct {
		const char *key;
		char **to;
	} members[] = { { "id", &w->id },         { "state", &w->state },
			{ "rule", &w->rule },     { "item", &w->item },
			{ "object", &w->object }, { "process", &w->process },
			{ "image", &w->image },   { "container_id", &w->container } };
	(void)text;
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		*members[i].to = arena_cstr(&w->arena, node_text(line, members[i].key));
		if (*members[i].to == NULL)
			return error_set(w->err, ERR_MALFORMED, "the alert cannot be read") == 0;
	}
	return true;
}

static bool status_line(void *ctx, struct bytes text, const struct node *line)
{
	struct whitelisting *w = ctx;
	(void)text;
	w->dir = arena_cstr(&w->arena, node_text(line, "rules_dir"));
	return true;
}

static int ask(struct whitelisting *w)
{
	const char *words[] = { "alert", w->args->arguments[0] }, *dir = cli_value(w->args, "dir");
	static const char *const status[] = { "status" };
	if (node_ask(w->args, words, 2, alert_line, w, w->err) != 0)
		return -1;
	if (w->container == NULL)
		return error_set(w->err, ERR_MALFORMED, "the agent told no alert");
	if (strcmp(w->state, "new") != 0 && strcmp(w->state, "handling") != 0)
		return error_set(w->err, ERR_USAGE, "the alert %s is %s already", w->id, w->state);
	if (dir != NULL)
		w->dir = arena_printf(&w->arena, "%s", dir);
	else if (node_ask(w->args, status, 1, status_line, w, w->err) != 0)
		return -1;
	return w->dir != NULL ? 0 : error_set(w->err, ERR_MALFORMED, "no folder of rules");
}

/* --- the change ------------------------------------------------------------------ */

/* Names that mean themselves: a star in one would let more through. */
static bool is_plain(const char *path)
{
	return path[0] == '/' && strpbrk(path, "*?[]{}\\") == NULL;
}

/* One more exception in the file that has the rule. */
static int except(struct whitelisting *w, const struct rule *r, enum rule_exception list,
		  const char *word)
{
	cleanup_buf struct buf old = buf_max(LIMIT_RULE_FILE);
	const char *slash = strrchr(r->origin, '/');
	(void)snprintf(w->file, sizeof w->file, "%s", slash == NULL ? r->origin : slash + 1);
	cleanup_close int folder = open(w->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return error_errno(w->err, "cannot open the rules' folder %s", w->dir);
	cleanup_close int fd = fd_open_read(folder, w->file, w->err);
	if (fd < 0 || fd_read_all(fd, &old, w->err) != 0)
		return -1;
	return rule_except(buf_view(&old), w->file, r->name, list, word, &w->text, &w->anew,
			   w->err);
}

/* A rule that passes the item for the image, or for the container that has none. */
static int pass(struct whitelisting *w, const struct rule *r)
{
	struct rule own = {
		.priority = r->priority - 1, .enabled = true, .kind = r->kind, .action = GUARD_PASS
	};
	const struct rule_item *item = rule_item_by_name(w->item);
	char *who = w->image[0] != '\0' ? w->image : w->container;
	if (r->kind == RULE_FILE || item == NULL || who[0] == '\0')
		return error_set(w->err, ERR_UNSUPPORTED,
				 "the alert does not tell which program changed the file: write "
				 "the exception with \"corten rules edit\"");
	if (r->priority <= 1)
		return error_set(w->err, ERR_UNSUPPORTED,
				 "the rule \"%s\" has priority 1, before which no rule can "
				 "be: give it a greater one first",
				 r->name);
	own.name = arena_printf(&w->arena, "whitelist %s", w->id);
	own.description = arena_printf(&w->arena, "what \"%s\" alerted of", r->name);
	own.items = UINT64_C(1) << item->item;
	*(w->image[0] != '\0' ? &own.scope.images : &own.scope.containers) =
		(struct rule_list){ &who, 1 };
	if (own.name == NULL || own.description == NULL)
		return error_set(w->err, ERR_MEMORY, "no memory for a rule");
	(void)snprintf(w->file, sizeof w->file, "whitelist-%s.yaml", w->id);
	if (buf_append_str(&w->text, "version: 1\nrules:\n", w->err) != 0)
		return -1;
	return rule_write(&own, &w->text, w->err);
}

static int change(struct whitelisting *w, const struct rule *r)
{
	const struct rule_item *item = rule_item_by_name(w->item);
	if (item != NULL && item->item == ITEM_EXEC_CHANGED && is_plain(w->object))
		return except(w, r, RULE_EXCEPT_PATH, w->object);
	if (r->kind == RULE_FILE && is_plain(w->process))
		return except(w, r, RULE_EXCEPT_PROCESS, w->process);
	return pass(w, r);
}

static int change_find(struct whitelisting *w)
{
	struct rule_set s = { 0 };
	struct stat st;
	int r = 1;
	if (stat(w->dir, &st) == 0 && rule_set_load(&s, w->dir, w->err) != 0)
		return -1;
	for (size_t i = 0; i < s.count && r == 1; i++)
		if (strcmp(s.rule[i].name, w->rule) == 0)
			r = change(w, &s.rule[i]);
	rule_set_free(&s);
	if (r == 1)
		return error_set(w->err, ERR_NOT_FOUND,
				 "no file of %s has the rule \"%s\"; where it is of a preset, make "
				 "the preset a file of yours first (\"corten rules add\")",
				 w->dir, w->rule);
	return r;
}

/* --- and its way into force -------------------------------------------------------- */

static int put(struct whitelisting *w)
{
	struct rule_set s = { 0 };
	struct bytes text = buf_view(&w->text);
	int r = rule_set_load_with(&s, w->dir, w->file, &text, w->err);
	rule_set_free(&s);
	cleanup_close int folder = r != 0 ? -1 : open(w->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && folder < 0)
		return error_errno(w->err, "cannot open the rules' folder %s", w->dir);
	return r != 0 ? -1 : fd_write_file(folder, w->file, text, 0644, w->err);
}

static bool no_line(void *ctx, struct bytes text, const struct node *line)
{
	(void)ctx, (void)text, (void)line;
	return true;
}

static int tell(struct whitelisting *w)
{
	static const char *const reload[] = { "reload" };
	const char *note = cli_value(w->args, "note"), *user = getenv("SUDO_USER");
	const char *words[] = { "handle", w->id, "whitelisted", user == NULL ? "root" : user,
				note == NULL ? "" : note };
	if (node_ask(w->args, reload, 1, no_line, NULL, w->err) != 0)
		return error_wrap(w->err, "%s/%s is changed, but not in force", w->dir, w->file);
	return node_ask(w->args, words, 5, no_line, NULL, w->err);
}

static int run(struct cli_args *a)
{
	struct error err = { 0 };
	struct whitelisting w = { .args = a,
				  .arena = arena_max(1 << 20),
				  .text = buf_max(2 * LIMIT_RULE_FILE),
				  .err = &err };
	int r = ask(&w);
	if (r == 0)
		r = change_find(&w);
	if (r == 0)
		r = put(&w);
	if (r == 0)
		r = tell(&w);
	if (r == 0)
		(void)printf("%s is whitelisted by %s/%s%s\n", w.id, w.dir, w.file,
			     w.anew ? ", which was written anew, without its comments" : "");
	buf_free(&w.text);
	arena_free(&w.arena);
	return r == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

const struct cli_command cli_command_alerts_whitelist = {
	.name = "alerts whitelist",
	.arguments = "ID",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "let through what an alert was about, from now on",
	.description =
		"Changes the rules as little as it can: a program that was added becomes an "
		"exception of the alert's rule by its path, a program that changed a protected "
		"file one by its name; for everything else a file whitelist-ID.yaml is made whose "
		"rule passes the item for the alert's image. \"corten rules\" undoes it.",
	.examples = "corten alerts whitelist 0123456789abcdef --note \"plugins, see #12\"\n",
	.options = options,
	.run = run,
};
