/* corten rules list|check|explain of the guard's rules: what they say, without an
 * agent. */
#include "cli/guard.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/columns.h"
#include "format/json.h"
#include "rule/rule.h"

/* --- which rules ------------------------------------------------------------------------ */

const char *guard_dir(const struct cli_args *a)
{
	const char *dir = cli_value(a, "dir");
	return dir == NULL ? GUARD_RULES_DIR : dir;
}

static int read_file(const char *path, struct buf *out, struct error *err)
{
	cleanup_close int fd = fd_open_read(AT_FDCWD, path, err);
	return fd < 0 || fd_read_all(fd, out, err) < 0 ? -1 : 0;
}

int guard_rules_load(const struct cli_args *a, struct rule_set *ret, struct error *err)
{
	const char *preset = cli_value(a, "preset");
	if (preset != NULL)
		return rule_preset_load(ret, preset, err);
	return cli_value(a, "dir") == NULL ? rule_set_load_node(ret, GUARD_RULES_DIR, err)
					   : rule_set_load(ret, guard_dir(a), err);
}

bool guard_backends(const struct cli_args *a, unsigned *ret)
{
	const char *text = cli_value(a, "backends");
	struct bytes rest = bytes_str(text), word;
	unsigned bits = 0;
	while (bytes_next_field(&rest, ',', &word))
		for (unsigned b = 1; b <= BACKEND_RUNTIME; b <<= 1)
			if (bytes_equal(word, bytes_str(rule_backend_name((enum guard_backend)b))))
				bits |= b;
	*ret = bits;
	return text != NULL;
}

/* --- list --------------------------------------------------------------------------------- */

static int put_word(struct buf *out, const char *word, struct error *err)
{
	return buf_printf(out, err, "%s%s", out->n == 0 ? "" : " ", word);
}

/* "images=nginx,redis labels=…"; "all containers". */
static int put_scope(const struct rule_scope *s, struct buf *out, struct error *err)
{
	const struct {
		const char *name;
		const struct rule_list *list;
	} parts[] = { { "clusters", &s->clusters },
		      { "namespaces", &s->namespaces },
		      { "apps", &s->apps },
		      { "images", &s->images },
		      { "containers", &s->containers },
		      { "labels", &s->labels } };
	if (s->host)
		return put_word(out, "the node itself", err);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		for (size_t k = 0; k < parts[i].list->count; k++)
			if (buf_printf(out, err, "%s%s%s",
				       k > 0         ? ","
				       : out->n == 0 ? ""
						     : " ",
				       k > 0 ? "" : parts[i].name, k > 0 ? "" : "=") < 0 ||
			    buf_append_str(out, parts[i].list->value[k], err) < 0)
				return -1;
	return out->n == 0 ? put_word(out, "all containers", err) : 0;
}

/* "7 block, 3 alert" */
static int put_actions(const struct rule *r, struct buf *out, struct error *err)
{
	static const enum guard_action order[] = { GUARD_BLOCK, GUARD_ALERT, GUARD_PASS };
	for (size_t k = 0; k < sizeof order / sizeof order[0]; k++) {
		unsigned n = 0;
		for (unsigned i = 0; i < GUARD_ITEMS; i++)
			n += (r->items >> i & 1) != 0 && r->item_action[i] == order[k];
		if (n > 0 && buf_printf(out, err, "%s%u %s", out->n == 0 ? "" : ", ", n,
					rule_action_name(order[k])) < 0)
			return -1;
	}
	return 0;
}

static int list_row(struct columns *c, const struct rule *r, bool judged, unsigned backends,
		    struct error *err)
{
	char priority[16], origin[PATH_MAX + 16];
	struct rule_status status = { .cause = "" };
	cleanup_buf struct buf scope = buf_max(MIB), actions = buf_max(MIB);
	(void)snprintf(priority, sizeof priority, "%u", r->priority);
	(void)snprintf(origin, sizeof origin, "%s:%u", r->origin, r->line);
	if (put_scope(&r->scope, &scope, err) < 0 || put_actions(r, &actions, err) < 0 ||
	    rule_status(r, backends, &status) < 0)
		return -1;
	const char *state = judged ? rule_state_name(status.state) : r->enabled ? "on" : "off";
	struct bytes cells[] = { bytes_str(priority),
				 bytes_str(r->name),
				 bytes_str(rule_kind_name(r->kind)),
				 buf_view(&actions),
				 buf_view(&scope),
				 bytes_str(state),
				 bytes_str(judged ? status.cause : origin) };
	return columns_add(c, cells, err);
}

int guard_list_table(const struct cli_args *a, struct error *err)
{
	static const struct bytes head[] = { BYTES_LIT("PRIORITY"), BYTES_LIT("RULE"),
					     BYTES_LIT("KIND"),     BYTES_LIT("ITEMS"),
					     BYTES_LIT("SCOPE"),    BYTES_LIT("STATE"),
					     BYTES_LIT("WHERE") };
	static const struct bytes head_judged[] = { BYTES_LIT("PRIORITY"), BYTES_LIT("RULE"),
						    BYTES_LIT("KIND"),     BYTES_LIT("ITEMS"),
						    BYTES_LIT("SCOPE"),    BYTES_LIT("STATE"),
						    BYTES_LIT("CAUSE") };
	struct rule_set s = { 0 };
	unsigned backends;
	bool judged = guard_backends(a, &backends);
	cleanup_columns struct columns c = columns_of(sizeof head / sizeof head[0]);
	int r = guard_rules_load(a, &s, err);
	if (r == 0)
		r = columns_add(&c, judged ? head_judged : head, err);
	for (size_t i = 0; r == 0 && i < s.count; i++)
		r = list_row(&c, &s.rule[i], judged, backends, err);
	if (r == 0) {
		columns_print(&c, stdout);
		(void)printf("\n%zu rule%s of the guard\n", s.count, s.count == 1 ? "" : "s");
	}
	rule_set_free(&s);
	return r;
}

static void json_items(struct json_writer *w, const char *key, uint64_t bits)
{
	size_t count;
	const struct rule_item *items = rule_items(&count);
	json_key(w, key);
	json_array_begin(w);
	for (size_t i = 0; i < count; i++) {
		char id[64];
		(void)snprintf(id, sizeof id, "guard/%s/%s", rule_kind_name(items[i].kind),
			       items[i].name);
		if ((bits >> items[i].item & 1) != 0)
			json_string(w, id);
	}
	json_array_end(w);
}

static void json_rule(struct json_writer *w, const struct rule *r, bool judged, unsigned backends)
{
	struct rule_status status;
	uint64_t of_action[GUARD_BLOCK + 1] = { 0 };
	for (unsigned i = 0; i < GUARD_ITEMS; i++)
		if ((r->items >> i & 1) != 0)
			of_action[r->item_action[i]] |= (uint64_t)1 << i;
	json_object_begin(w);
	json_member_string(w, "id", r->name);
	json_member_string(w, "kind", "guard");
	json_member_string(w, "class", rule_kind_name(r->kind));
	json_member_string(w, "title", r->description);
	json_member_u64(w, "priority", r->priority);
	json_member_bool(w, "enabled", r->enabled);
	json_items(w, "block", of_action[GUARD_BLOCK]);
	json_items(w, "alert", of_action[GUARD_ALERT]);
	json_items(w, "pass", of_action[GUARD_PASS]);
	json_member_string(w, "origin", r->origin);
	json_member_u64(w, "line", r->line);
	if (judged && rule_status(r, backends, &status) == 0) {
		json_member_string(w, "state", rule_state_name(status.state));
		json_member_string(w, "cause", status.cause);
		json_member_string(w, "detail", status.detail);
	}
	json_object_end(w);
}

int guard_list_json(const struct cli_args *a, struct json_writer *w, struct error *err)
{
	struct rule_set s = { 0 };
	unsigned backends;
	bool judged = guard_backends(a, &backends);
	int r = guard_rules_load(a, &s, err);
	for (size_t i = 0; r == 0 && i < s.count; i++)
		json_rule(w, &s.rule[i], judged, backends);
	rule_set_free(&s);
	return r;
}

/* --- check ------------------------------------------------------------------------------------ */

static const struct cli_option check_options[] = {
	GUARD_BACKENDS_OPTION,
	{ 0 },
};

static int run_check(struct cli_args *a)
{
	struct rule_set s = { 0 };
	struct error err = { 0 };
	unsigned backends;
	int r = 0;
	for (size_t i = 0; r == 0 && i < a->argument_count; i++) {
		cleanup_buf struct buf text = buf_max(LIMIT_RULE_FILE);
		r = read_file(a->arguments[i], &text, &err);
		if (r == 0)
			r = rule_set_read(&s, a->arguments[i], buf_view(&text), &err);
	}
	bool judged = guard_backends(a, &backends);
	for (size_t i = 0; r == 0 && judged && i < s.count; i++)
		r = rule_enforceable(&s.rule[i], backends, &err);
	if (r == 0)
		(void)printf("%zu rule%s understood\n", s.count, s.count == 1 ? "" : "s");
	rule_set_free(&s);
	return r == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

const struct cli_command cli_command_rules_check = {
	.name = "rules check",
	.arguments = "FILE...",
	.least_arguments = 1,
	.most_arguments = -1,
	.summary = "say whether rules of the guard are understood",
	.description =
		"Reads files of rules as one set, as an agent would: every key, item, name, date "
		"and "
		"limit. With --backends it also says whether what they block can be blocked.\n\n"
		"Exit status: 0 all is understood, 3 something is not, with file, line and reason, "
		"2 usage.",
	.examples = "corten rules check my.yaml\tIs it understood?\n"
		    "corten rules check --backends tp-kill,cgroup-bpf my.yaml\tCan a node without "
		    "BPF LSM keep it?",
	.options = check_options,
	.run = run_check,
};

/* --- explain ------------------------------------------------------------------------------------ */

enum { LABELS_MOST = 64 };

static const struct cli_option explain_options[] = {
	GUARD_DIR_OPTION,
	GUARD_PRESET_OPTION,
	GUARD_BACKENDS_OPTION,
	{ .name = "image", .argument = "NAME", .help = "In a container of this image." },
	{ .name = "namespace", .argument = "NAME", .help = "In this namespace." },
	{ .name = "app", .argument = "NAME", .help = "Of this app." },
	{ .name = "container", .argument = "NAME", .help = "In the container of this name." },
	{ .name = "cluster", .argument = "NAME", .help = "In this cluster." },
	{ .name = "label",
	  .argument = "KEY=VALUE",
	  .help = "With this label. May be given several times." },
	{ .name = "host", .help = "Of the node's own processes instead of a container's." },
	{ 0 },
};

/* "mount" or "guard/escape/mount". */
static const struct rule_item *find_item(const char *word)
{
	const char *slash = strrchr(word, '/');
	const struct rule_item *item = rule_item_by_name(slash == NULL ? word : slash + 1);
	char id[64];
	if (item == NULL || slash == NULL)
		return item;
	(void)snprintf(id, sizeof id, "guard/%s/%s", rule_kind_name(item->kind), item->name);
	return strcmp(id, word) == 0 ? item : NULL;
}

static int no_item(const struct cli_args *a, const char *word)
{
	char meant[GUESS_TEXT];
	size_t count;
	const struct rule_item *items = rule_items(&count);
	struct guess guess = guess_of(bytes_str(word));
	for (size_t i = 0; i < count; i++)
		guess_try(&guess, bytes_str(items[i].name));
	guess_text(&guess, "", meant);
	return cli_usage_error(a, "there is no item \"%s\".%s", word, meant);
}

static int run_explain(struct cli_args *a)
{
	struct rule_set s = { 0 };
	struct error err = { 0 };
	const char *labels[LABELS_MOST + 1] = { NULL };
	unsigned backends;
	cleanup_buf struct buf out = buf_max(16 * MIB), safe = buf_max(64 * MIB);
	const struct rule_item *item = find_item(a->arguments[0]);
	if (item == NULL)
		return no_item(a, a->arguments[0]);
	for (size_t i = 0; i < LABELS_MOST && cli_value_at(a, "label", i) != NULL; i++)
		labels[i] = cli_value_at(a, "label", i);
	struct rule_subject who = { .cluster = cli_value(a, "cluster"),
				    .namespace = cli_value(a, "namespace"),
				    .app = cli_value(a, "app"),
				    .image = cli_value(a, "image"),
				    .container = cli_value(a, "container"),
				    .labels = labels,
				    .flags = cli_has(a, "host") ? CONTAINER_HOST : 0 };
	if (!guard_backends(a, &backends))
		backends = BACKEND_BPF_LSM | BACKEND_TP_KILL | BACKEND_CGROUP_BPF |
			   BACKEND_FANOTIFY | BACKEND_RUNTIME;
	int r = guard_rules_load(a, &s, &err);
	if (r == 0)
		r = rule_explain(&s, &who, backends, item->item, &out, &err);
	struct bytes rest = buf_view(&out), line;
	while (r == 0 && bytes_next_field(&rest, '\n', &line)) {
		safe.n = 0;
		r = text_escape(&safe, line, &err);
		if (r == 0)
			(void)printf("%.*s\n", (int)safe.n, (const char *)safe.p);
	}
	rule_set_free(&s);
	return r == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

const struct cli_command cli_command_rules_explain = {
	.name = "rules explain",
	.arguments = "ITEM",
	.least_arguments = 1,
	.most_arguments = 1,
	.summary = "say which rule of the guard decides an item, and what truly happens",
	.description =
		"Walks the rules in their order for one container, as the options describe it, and "
		"says of each why it holds or not, which one decides, and what each back-end "
		"guarantees. ITEM is an item's name, with or without guard/KIND/ in front; "
		"doc/guard-rules.md lists them. Without --backends a node with all of them is "
		"meant.",
	.examples =
		"corten rules explain mount --image nginx --namespace shop\tMay it mount?\n"
		"corten rules explain exec-changed --backends tp-kill\tOn a node without BPF LSM",
	.options = explain_options,
	.run = run_explain,
};
