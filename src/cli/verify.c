/* corten rules verify: does each active rule react? */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/columns.h"
#include "cli/guard.h"
#include "cli/node.h"
#include "cli/verify_box.h"
#include "format/tree.h"
#include "rule/rule.h"

enum { RULES_MOST = 1000, WAIT_STEP_MS = 50, WAIT_STEPS = 40, STEP_MOST = 4200 };

static const struct cli_option options[] = { NODE_RUN_DIR_OPTION, { 0 } };

/* What the agent says is in force of one rule. */
struct claim {
	char *name;
	uint64_t blocked, alerted;
	bool host; /* about the node's own processes */
	char *file; /* of a file rule: a file that it is about, else NULL */
	char *operation; /* and one of its operations */
};

struct verifying {
	const struct cli_args *args;
	struct claim *claim;
	size_t count;
	struct verify_box box;
	const char **made; /* the claims' files */
	const char *host_file;
	struct verify_files files;
	struct columns table;
	size_t reacted, silent, not_tried;
	uint64_t seen_blocked, seen_told;
	struct error *err;
};

/* --- asking the agent -------------------------------------------------------------- */

static uint64_t items_of(const struct node *line, const char *key)
{
	char name[64];
	uint64_t bits = 0;
	const struct node *list = node_get(line, key);
	for (const struct node *x = list == NULL ? NULL : list->first; x != NULL; x = x->next) {
		(void)snprintf(name, sizeof name, "%.*s", (int)x->text.n, (const char *)x->text.p);
		const struct rule_item *item = rule_item_by_name(name);
		if (item != NULL)
			bits |= (uint64_t)1 << item->item;
	}
	return bits;
}

static bool has_word(const struct node *list, const char *word)
{
	const struct node *x = list == NULL ? NULL : list->first;
	while (x != NULL && !bytes_equal(x->text, bytes_str(word)))
		x = x->next;
	return x != NULL;
}

/* The first folder of the rule gets a file whose name the rule includes. */
static void claim_file(struct claim *c, const struct node *line)
{
	static const char *const operations[] = { "write",  "create", "truncate", "rename",
						  "unlink", "link",   "chmod",    "chown",
						  "xattr",  "mount",  "read" };
	const struct node *folders = node_get(line, "directories");
	const struct node *endings = node_get(line, "include");
	struct bytes ending =
		endings == NULL || endings->first == NULL ? BYTES_LIT("") : endings->first->text;
	if (folders == NULL || folders->first == NULL)
		return;
	struct bytes folder = folders->first->text;
	if (bytes_starts_with(ending, BYTES_LIT("*")))
		ending = bytes_sub(ending, 1, ending.n);
	if (asprintf(&c->file, "%.*s/verify%.*s", (int)folder.n, (const char *)folder.p,
		     (int)ending.n, (const char *)ending.p) < 0)
		c->file = NULL;
	for (size_t i = 0; i < sizeof operations / sizeof operations[0] && c->operation == NULL;
	     i++)
		if (has_word(node_get(line, "operations"), operations[i]))
			c->operation = strdup(operations[i]);
}

static bool claim_line(void *ctx, struct bytes text, const struct node *line)
{
	struct verifying *v = ctx;
	struct bytes name = node_text(line, "name");
	struct claim c = { .blocked = items_of(line, "blocked"),
			   .alerted = items_of(line, "alerted"),
			   .host = node_bool(line, "host", false) };
	(void)text;
	if ((c.blocked | c.alerted) == 0 || v->count == RULES_MOST)
		return true;
	c.name = strndup((const char *)name.p, name.n);
	if (c.name == NULL)
		return false;
	claim_file(&c, line);
	v->claim[v->count++] = c;
	return true;
}

static bool seen_line(void *ctx, struct bytes text, const struct node *line)
{
	struct verifying *v = ctx;
	(void)text;
	v->seen_blocked = items_of(line, "blocked");
	v->seen_told = items_of(line, "alerted");
	return true;
}

static bool no_line(void *ctx, struct bytes text, const struct node *line)
{
	(void)ctx, (void)text, (void)line;
	return true;
}

/* Events arrive a little after what they tell of. */
static int wait_for_event(struct verifying *v, uint64_t bit, struct error *err)
{
	const char *words[] = { "verify-seen", v->box.name };
	const struct timespec step = { .tv_nsec = WAIT_STEP_MS * 1000000L };
	for (int i = 0; i < WAIT_STEPS; i++) {
		if (node_ask(v->args, words, 2, seen_line, v, err) != 0)
			return -1;
		if (((v->seen_blocked | v->seen_told) & bit) != 0)
			return 0;
		(void)nanosleep(&step, NULL);
	}
	return 0;
}

/* --- one item ------------------------------------------------------------------------ */

static int row(struct verifying *v, const char *rule, const char *item, const char *expected,
	       const char *seen, const char *why)
{
	struct bytes cells[] = { bytes_str(rule), bytes_str(item), bytes_str(expected),
				 bytes_str(seen), bytes_str(why) };
	return columns_add(&v->table, cells, v->err);
}

static int not_tried(struct verifying *v, const struct claim *c, const struct rule_item *item,
		     const char *expected, const char *why)
{
	v->not_tried++;
	return row(v, c->name, item->name, expected, "NOT TRIGGERABLE", why);
}

/* The answer and the events make the verdict. */
static int judge(struct verifying *v, const struct claim *c, const struct rule_item *item,
		 const char *answer)
{
	uint64_t bit = (uint64_t)1 << item->item;
	bool block = (c->blocked & bit) != 0, happened = strcmp(answer, "happened") == 0;
	const char *expected = block ? "block" : "alert";
	if ((v->seen_blocked & bit) != 0 || (!block && (v->seen_told & bit) != 0)) {
		v->reacted++;
		return row(v, c->name, item->name, expected, "OK", "");
	}
	if (strncmp(answer, "absent ", 7) == 0)
		return not_tried(v, c, item, expected, answer + 7);
	if (strncmp(answer, "denied ", 7) == 0 && (v->seen_told & bit) == 0)
		return not_tried(v, c, item, expected, answer);
	v->silent++;
	if ((v->seen_told & bit) != 0)
		return row(v, c->name, item->name, expected, "NOT BLOCKED", "it was only told");
	return row(v, c->name, item->name, expected, "DID NOT REACT",
		   happened ? "it happened, and no event told of it" : answer);
}

/* What the container's program is asked to do; NULL: nothing of this item can be. */
static const char *step_of(const struct verifying *v, const struct claim *c,
			   const struct rule_item *item, char out[static STEP_MOST])
{
	if (item->item == ITEM_RUNTIME_SOCKET)
		return v->files.socket == NULL ? NULL : "connect-to//hostsocket";
	const char *operation = item->item == ITEM_FILE ? c->operation : "write";
	const char *file = item->item == ITEM_FILE ? c->file : "/hostfile";
	if (item->item != ITEM_FILE && item->item != ITEM_HOST_FILE)
		return item->name;
	if (operation == NULL || file == NULL ||
	    (item->item == ITEM_HOST_FILE && v->host_file == NULL))
		return NULL;
	int n = snprintf(out, STEP_MOST, "file-at/%s %s", operation, file);
	return n > 0 && n < STEP_MOST && strchr(out, '\n') == NULL ? out : NULL;
}

/* Why an item is not triggered; NULL: it is. */
static const char *not_triggerable(const struct verifying *v, const struct claim *c,
				   const struct rule_item *item, const char *step)
{
	if (c->host)
		return "the rule is about the node's own processes";
	if (step == NULL)
		return "there is nothing here that the rule is about";
	if (item->item == ITEM_EXEC_VOLUME && !v->box.disk)
		return "/var/tmp is in memory: there is no volume on a disk";
	if (item->item == ITEM_START_PRIVILEGED && !v->box.privileged)
		return "capabilities are missing here: no container is privileged";
	return NULL;
}

static int item_verify(struct verifying *v, const struct claim *c, const struct rule_item *item)
{
	char answer[VERIFY_ANSWER], text[STEP_MOST];
	uint64_t bit = (uint64_t)1 << item->item;
	const char *step = step_of(v, c, item, text);
	const char *why = not_triggerable(v, c, item, step);
	if (why != NULL)
		return not_tried(v, c, item, (c->blocked & bit) != 0 ? "block" : "alert", why);
	/* How the throw-away container is started, each such item is about. */
	if (item->alert_only)
		return wait_for_event(v, bit, v->err) == 0
			       ? judge(v, c, item, "its start was not told of")
			       : -1;
	if (verify_box_try(&v->box, step, answer, v->err) != 0)
		return -1;
	/* What could not be tried has no event. */
	bool tried = strcmp(answer, "happened") == 0 || strcmp(answer, "killed") == 0 ||
		     strcmp(answer, "denied Operation not permitted") == 0;
	if (tried && wait_for_event(v, bit, v->err) != 0)
		return -1;
	return judge(v, c, item, answer);
}

/* The agent hears of a container a little after its start. */
static int rule_alone(struct verifying *v, const char *rule)
{
	const char *words[] = { "verify-as", v->box.name, rule };
	const struct timespec step = { .tv_nsec = WAIT_STEP_MS * 1000000L };
	for (int i = 0;; i++) {
		if (node_ask(v->args, words, 3, no_line, NULL, v->err) == 0)
			return 0;
		if (v->err->code != ERR_NOT_FOUND || i == WAIT_STEPS)
			return -1;
		(void)nanosleep(&step, NULL);
	}
}

static int rule_verify(struct verifying *v, const struct claim *c)
{
	if (rule_alone(v, c->name) != 0)
		return -1;
	v->seen_blocked = v->seen_told = 0;
	for (unsigned i = 0; i < GUARD_ITEMS; i++) {
		const struct rule_item *item = ((c->blocked | c->alerted) >> i & 1) != 0
						       ? rule_item_of((enum guard_item)i)
						       : NULL;
		if (item != NULL && item_verify(v, c, item) != 0)
			return -1;
	}
	return 0;
}

static void claim_free(struct claim *c)
{
	free(c->name);
	free(c->file);
	free(c->operation);
}

/* --- the whole ------------------------------------------------------------------------- */

/* A file of the host's by which a write becomes a program of the host's: it is opened
 * and not written. */
static const char *host_file_find(void)
{
	const struct rule r = { .kind = RULE_ESCAPE };
	const char *place;
	struct stat st;
	for (size_t i = 0; (place = rule_file_place(&r, i)) != NULL; i++)
		if (lstat(place, &st) == 0 && S_ISREG(st.st_mode))
			return place;
	return NULL;
}

/* A runtime's, which is connected to and told nothing. */
static const char *host_socket_find(void)
{
	struct stat st;
	for (size_t i = 0; rule_runtime_sockets[i] != NULL; i++)
		if (lstat(rule_runtime_sockets[i], &st) == 0 && S_ISSOCK(st.st_mode))
			return rule_runtime_sockets[i];
	return NULL;
}

static int box_start(struct verifying *v, struct error *err)
{
	size_t count = 0;
	v->made = calloc(v->count, sizeof *v->made);
	if (v->made == NULL)
		return error_errno(err, "no memory for the rules' files");
	for (size_t i = 0; i < v->count; i++)
		if (v->claim[i].file != NULL)
			v->made[count++] = v->claim[i].file;
	v->host_file = host_file_find();
	v->files = (struct verify_files){ v->made, count, v->host_file, host_socket_find() };
	return verify_box_start(&v->box, &v->files, err);
}

static int verify(struct verifying *v, struct error *err)
{
	static const char *const words[] = { "rules" };
	static const struct bytes head[] = { BYTES_LIT("RULE"), BYTES_LIT("ITEM"),
					     BYTES_LIT("EXPECTED"), BYTES_LIT("SEEN"),
					     BYTES_LIT("WHY") };
	if (geteuid() != 0)
		return error_set(err, ERR_PERMISSION,
				 "a container is made to verify the rules: that needs root");
	if (node_ask(v->args, words, 1, claim_line, v, err) != 0 ||
	    columns_add(&v->table, head, err) != 0)
		return -1;
	int r = v->count == 0 ? 0 : box_start(v, err);
	for (size_t i = 0; i < v->count && r == 0; i++)
		r = rule_verify(v, &v->claim[i]);
	if (v->count > 0)
		verify_box_end(&v->box);
	return r;
}

static int run(struct cli_args *a)
{
	struct error err = { 0 };
	struct verifying v = { .args = a, .table = columns_of(5), .err = &err };
	v.claim = calloc(RULES_MOST, sizeof *v.claim);
	int r = v.claim == NULL ? error_errno(&err, "no memory for the rules") : verify(&v, &err);
	if (r == 0) {
		columns_print(&v.table, stdout);
		(void)printf("\n%zu reacted, %zu did not, %zu could not be triggered here\n",
			     v.reacted, v.silent, v.not_tried);
	}
	columns_free(&v.table);
	for (size_t i = 0; i < v.count; i++)
		claim_free(&v.claim[i]);
	free(v.claim);
	free(v.made);
	if (r != 0)
		return cli_fail(&err);
	return v.silent > 0 ? EXIT_INCOMPLETE : EXIT_COMPLETE;
}

const struct cli_command cli_command_rules_verify = {
	.name = "rules verify",
	.arguments = "",
	.summary = "trigger each rule in force once, and see whether it reacts",
	.description =
		"Starts a throw-away container with runc or crun, in which nothing but the guard "
		"stands in the way, lets each rule in force hold there alone, and takes the "
		"harmless "
		"first step of each of its items. A rule about files finds a file of its first "
		"folder there, on which one of its operations is tried; of the host's files one is "
		"opened, and not written; to a runtime's socket it connects and says nothing. What "
		"a rule does not react to is shown; what "
		"cannot be triggered here is shown with the reason. Items of a container's start "
		"are judged by the throw-away container's own, which is privileged. No alert is "
		"raised; the events "
		"are told.\n\n"
		"Exit status: 0 every rule reacted, 3 some did not or no agent answers.",
	.examples = "corten rules verify\n",
	.options = options,
	.run = run,
};
