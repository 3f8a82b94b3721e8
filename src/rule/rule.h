/* rule: what users write about running containers, in the one rule shape:
 * name, description, priority, enabled, scope, criteria, action, exceptions.
 * Read from YAML (files of /etc/corten/rules.d, presets of rules/guard),
 * validated as a whole, and compiled into what a back-end can hold. A rule is
 * never half in force: what a back-end cannot decide in the kernel is refused
 * for `block` there, with the reason. */
#ifndef CORTEN_RULE_H
#define CORTEN_RULE_H

#include "base/base.h"
#include "bpf/guard.h"

enum rule_kind { RULE_DRIFT, RULE_ESCAPE, RULE_FILE, RULE_KINDS };

/* One selectable item: the table of items (rule/item.c). */
struct rule_item {
	enum guard_item item;
	enum rule_kind kind;
	const char *name; /* "release-agent" */
	const char *title; /* for people */
	const char *technique; /* ATT&CK, "T1611" */
	const char *tactic; /* "privilege-escalation" */
	const char *severity; /* critical, high, medium, low */
	bool alert_only; /* may never be `block` */
};

const struct rule_item *rule_item_by_name(const char *name); /* NULL: none */
const struct rule_item *rule_item_of(enum guard_item item); /* NULL: none */
/* All, in the order of their number; *ret_count of them. */
const struct rule_item *rule_items(size_t *ret_count);

/* The words of the rules' language; "unknown" for a number out of range. */
const char *rule_kind_name(enum rule_kind k); /* "drift", "escape", "file" */
const char *rule_action_name(enum guard_action a); /* "pass", "alert", "block" */
const char *rule_backend_name(enum guard_backend b); /* "bpf-lsm" */
const char *rule_file_op_name(enum guard_file_op op); /* "create" */

/* Globs ('*' any run, '?' one, no '/' special but in paths, where '**' crosses
 * folders). An empty list matches everything. */
struct rule_list {
	char **value;
	size_t count;
};

struct rule_scope {
	struct rule_list clusters, namespaces, apps, images, containers;
	struct rule_list labels; /* "key=glob" */
	bool host; /* the node's own processes instead of containers */
};

struct rule_file_criteria {
	struct rule_list directories; /* absolute, in the container */
	struct rule_list include, exclude; /* names: "*.php" */
	uint32_t ops; /* enum guard_file_op */
	char *restore_from; /* backup folder, or NULL */
};

struct rule_exceptions {
	struct rule_list paths; /* of programs (drift), of files (file rules), globs */
	struct rule_list images;
	struct rule_list processes; /* absolute paths of image programs that may */
	char *until; /* "2027-01-31", or NULL; past: the exception has ended */
	char *reason, *author;
};

struct rule {
	char *name; /* 1 to 80 characters, unique in the set */
	char *description;
	unsigned priority; /* 1..1000, smaller wins; ties: by name, byte order */
	bool enabled;
	enum rule_kind kind;
	struct rule_scope scope;
	uint64_t items; /* 1 << enum guard_item */
	uint8_t item_action[GUARD_ITEMS]; /* of those; an item's own action, else the rule's */
	enum guard_action action;
	struct rule_file_criteria file;
	struct rule_exceptions exceptions;
	char *origin; /* file it came from, "preset:strict" */
	unsigned line;
};

struct rule_set {
	struct arena *arena; /* owns everything */
	struct rule *rule; /* by priority, then name */
	size_t count;
	char digest[65]; /* of the set: shown by status */
};

void rule_set_free(struct rule_set *s);

/* Reads one text of rules into *s (initialised to zero, or by an earlier call).
 * ERR_MALFORMED "FILE:LINE: …: reason"; *s is untouched then. */
int rule_set_read(struct rule_set *s, const char *origin, struct bytes yaml, struct error *err);
/* All *.yaml of a folder, in byte order of their names; a file that root does
 * not own or others can write is refused. Sorted and checked as a whole
 * (unique names, limits: the rule that passes a limit is refused by name). */
int rule_set_load(struct rule_set *s, const char *folder, struct error *err);
int rule_set_check(struct rule_set *s, struct error *err);
/* The same; where there is no such folder the preset "observe" holds. */
int rule_set_load_node(struct rule_set *s, const char *folder, struct error *err);
/* A set that comes with the programs: observe, baseline-protect, strict. */
int rule_preset_load(struct rule_set *s, const char *name, struct error *err);
/* The same as if the file `name` of the folder held `text` (NULL: were not there):
 * what a change would make of the whole. */
int rule_set_load_with(struct rule_set *s, const char *folder, const char *name,
		       const struct bytes *text, struct error *err);

/* One rule of a file's text changed, in place where it can be: *ret_anew tells that
 * the text was written anew from its rules, without its comments. ERR_NOT_FOUND. */
enum rule_change { RULE_ENABLE, RULE_DISABLE, RULE_DELETE };
int rule_edit(struct bytes text, const char *origin, const char *name, enum rule_change change,
	      struct buf *out, bool *ret_anew, struct error *err);
/* The same: the rule's exceptions get one more word. ERR_USAGE when it is there. */
enum rule_exception { RULE_EXCEPT_PATH, RULE_EXCEPT_PROCESS };
int rule_except(struct bytes text, const char *origin, const char *name, enum rule_exception list,
		const char *word, struct buf *out, bool *ret_anew, struct error *err);
/* A rule as YAML that rule_set_read reads into the same. */
int rule_write(const struct rule *r, struct buf *out, struct error *err);

/* Who a container is; strings may be "" where not known. */
struct rule_subject {
	const char *cluster, *namespace, *pod, *app, *image, *container, *id;
	const char *const *labels; /* "key=value", NULL-terminated; NULL: none */
	uint32_t flags; /* enum guard_container_flag */
};

/* Whether an enabled rule holds for a container: its scope, and no exception by
 * image. An image's name is tried with and without Docker Hub in front and its
 * tag behind: "nginx" is docker.io/library/nginx:1.25, too. */
bool rule_applies(const struct rule *r, const struct rule_subject *who);
/* Whether its exceptions hold still: `until` is their last day (UTC). What was
 * compiled before has to be compiled again on the next. */
bool rule_exceptions_hold(const struct rule *r);
/* Whether its exceptions hold and name the path (drift: of the program; file: of the file). */
bool rule_path_excepted(const struct rule *r, const char *path);

/* Effective state of a rule on this node, or on one container. */
enum rule_state { RULE_ACTIVE, RULE_DEGRADED, RULE_INACTIVE };

struct rule_status {
	enum rule_state state;
	const char
		*cause; /* "", backend_missing, kernel_unsupported, rule_disabled, limit_exceeded,
			      exception_ended, start_gate_timeout, agent_offline, no_layers,
			      action_not_possible … (rule/state.c has the list) */
	uint64_t blocked, alerted; /* items that are truly blocked, alerted */
	uint64_t missing; /* items asked for that nothing reacts to */
	unsigned backends; /* that hold it */
	char detail[256]; /* for people */
};

/* What a backend guarantees for an item: none, alert or block. The table
 * behind test/guard/expected.tsv and `corten status`. */
enum guard_action rule_guarantee(enum guard_item item, enum guard_backend backend);
/* Told once, before rules are judged: these items' programs did not get into the kernel, so
 * that the backend guarantees nothing for them here. Bits by enum guard_item. */
void rule_lacks(enum guard_backend backend, uint64_t items);
/* The same of file operations. */
enum guard_action rule_file_guarantee(enum guard_file_op op, enum guard_backend backend);

const char *rule_state_name(enum rule_state s); /* "active" */
/* The i-th cause there is and its meaning; NULL behind the last. */
const char *rule_cause(size_t i, const char **ret_meaning);

int rule_status(const struct rule *r, unsigned backends, struct rule_status *ret);
/* The same in one container: flags are enum guard_container_flag. */
int rule_status_in(const struct rule *r, unsigned backends, uint32_t flags, bool gate_timed_out,
		   struct rule_status *ret);

/* What is refused at `corten rules add`, where a rule says block and no attached
 * backend can: ERR_UNSUPPORTED with item, backend and reason. */
int rule_enforceable(const struct rule *r, unsigned backends, struct error *err);

/* The policy of one container: of every item the rule of highest priority that
 * selects it. Rules are named in events by their index in the set plus 1. Where
 * no backend guarantees a block the policy says alert, and rule_status says
 * degraded; `credential` keeps its block, which condemns the task. */
int rule_compile(const struct rule_set *s, const struct rule_subject *who, unsigned backends,
		 struct guard_policy *ret, struct error *err);
/* The policy of a container for which one rule of the set holds alone, whatever its
 * scope: `corten rules verify`. */
int rule_compile_alone(const struct rule_set *s, const char *name, unsigned backends,
		       struct guard_policy *ret, struct error *err);
/* How many rules about files a node holds: two of the kernel's are the agent's own. */
enum { RULE_FILES_MOST = GUARD_FILE_RULES - 2 };
/* The node's file rules, RULE_FILES_MOST at most (ERR_LIMIT names the first too
 * many): enabled rules of kind file, and escape rules with the item host-file, in
 * the order of the set; bit i of guard_policy.file_rules is ret[i]. Of several
 * that hold for a file the first, the lowest bit, decides. */
int rule_compile_files(const struct rule_set *s, unsigned backends,
		       struct guard_file_rule ret[GUARD_FILE_RULES], size_t *ret_count,
		       struct error *err);
/* The i-th place at which the rule's guard_file_rule begins: its directories (in the
 * container), or for host-file the host's files by which a write becomes a program
 * of the host's; NULL behind the last. */
const char *rule_file_place(const struct rule *r, size_t i);
/* The host's sockets that runtime-socket is about; NULL behind the last. */
extern const char *const rule_runtime_sockets[];
/* Why an item is decided as it is, for `corten rules explain`: text of lines. */
int rule_explain(const struct rule_set *s, const struct rule_subject *who, unsigned backends,
		 enum guard_item item, struct buf *out, struct error *err);

/* "*" and "?" of names; see rule_list. */
bool rule_glob(const char *pattern, const char *text, bool path);

#endif
