/* What the sensor role knows of its node. One lock: the main loop, the gate's threads and
 * the one that asks runtimes all change it; nobody waits with it. */
#ifndef CORTEN_AGENT_NODE_H
#define CORTEN_AGENT_NODE_H

#include <pthread.h>
#include <sys/socket.h>

#include "agent/agent.h"
#include "agent/control.h"
#include "agent/marks.h"
#include "alert/alert.h"
#include "enforce/enforce.h"
#include "rule/rule.h"
#include "runtime/runtime.h"
#include "sensor/sensor.h"

enum { ASKING_MOST = 1024 };

/* A kernel policy that some container uses. */
struct policy_slot {
	struct guard_policy policy;
	unsigned users;
	bool inherited; /* an earlier agent's: its containers are not known yet */
};

/* The node's file rules: bits base to base + count - 1 of policies and marks. */
struct file_rules {
	unsigned base;
	size_t count;
	struct guard_file_rule rule[GUARD_FILE_RULES];
};

/* What the agent keeps of a container beside its identity, by number. */
struct guarded {
	uint32_t number;
	uint32_t policy; /* slot; 0: not guarded */
	bool cut, frozen;
	bool asked; /* the runtime was asked for what the bundle did not tell */
	char problem[160]; /* why a part of its rules is not in force, or "" */
	char *verify; /* the rule that holds alone, while it is verified; else NULL */
	uint64_t verify_blocked, verify_told; /* items that reacted since */
	uint64_t marked; /* file rules whose places are marked, */
	uint64_t marked_set; /* of this set: node.rules_number */
	bool rooted; /* root and layers are known, watched and protected */
};

/* Where alerts go beside the disk (--syslog). */
struct syslog_link {
	struct sockaddr_storage address;
	socklen_t length; /* 0: none, or its name could not be resolved */
	int fd; /* -1: not connected */
	bool broken;
	uint64_t lost; /* alerts that did not reach it */
};

struct node {
	pthread_mutex_t lock;
	const struct agent_options *options;
	struct enforcer *enforcer;
	struct enforcer_status status;
	struct guard_settings settings; /* as the kernel has them */
	unsigned backends; /* in use: those of the kernel, fanotify, runtime */
	struct containers *containers;
	struct guarded *guarded;
	size_t guarded_count, guarded_cap;
	struct rule_set rules;
	char rules_error[ERROR_TEXT_MAX]; /* of the newest set, when it was refused */
	uint64_t rules_loaded; /* ns since 1970 */
	uint64_t rules_number; /* how many sets were in force */
	struct policy_slot *slot; /* GUARD_POLICIES */
	uint32_t host_policy; /* the slot of the node's own processes; 0: no rule is about them */
	uint32_t slot_taken; /* the newest: one that was let go is not the next */
	struct file_rules files;
	bool starting; /* containers of the agent before are not all found */
	struct marks marks;
	struct exec_gate *gate;
	struct asker *start_asker; /* of the thread that reads starts */
	uint32_t asking[ASKING_MOST]; /* numbers of containers whose runtime is to be asked */
	size_t asking_count;
	pthread_cond_t asked; /* there is one */
	struct event_source *ring;
	struct process_table *processes;
	struct event_log *log;
	struct alerts *alerts;
	struct control_server *control;
	struct syslog_link syslog;
	struct restoring *restoring; /* restore.c; NULL: not yet */
	uint64_t events, lost_in_kernel; /* delivered, lost, since it started */
	uint64_t denied; /* by the gate */
	struct guard_stats before; /* the kernel's counters when it started */
	uint64_t alerts_damaged, alerts_dropped; /* told already */
	uint64_t unrecorded; /* operations whose record could not be kept */
	uint64_t started; /* ns since 1970 */
	uint64_t beat_next; /* ms, CLOCK_MONOTONIC */
	char name[256];
};

/* node.c: the guarded entry of a container; made when `make`, else NULL when none. */
struct guarded *node_guarded(struct node *n, uint32_t number, bool make, struct error *err);
void node_guarded_drop(struct node *n, uint32_t number);
uint64_t now_ns(void); /* since 1970 */
/* Tells the priv role, once a second at most, that the sensor goes on. Long work says it
 * between its steps: who is silent for ten seconds is taken to stand still. */
void node_beat(struct node *n);

/* policies.c */
/* Reads the rules anew; on an error the old set stays in force and the reason is kept. */
int policies_reload(struct node *n, struct error *err);
/* Compiles and hands to the kernel what holds for c: first its marks, then the policy
 * that looks at them; its entry in the maps is set when its cgroup exists. */
int policies_apply(struct node *n, struct container *c, struct error *err);
void policies_release(struct node *n, struct guarded *g);
/* Policies and file rules of an earlier agent, whose containers are under them until they
 * are found: none of them is written before policies_inherited_end. */
void policies_inherited(struct node *n);
void policies_inherited_end(struct node *n);
/* The rule that decides an item for a container; NULL: none. */
const struct rule *policies_rule(const struct node *n, const struct guarded *g,
				 enum guard_item item);

/* Where a new set's file rules go, beside those in force, so that each policy finds its
 * own. false: there is no room for both, and they change in their place. */
bool policies_place(const struct file_rules *old, struct file_rules *fresh);

/* files.c: marks what the file rules `wanted` name in a container whose root is known. */
int files_protect(struct node *n, struct container *c, uint64_t wanted, struct error *err);

/* The same of the node's own files. */
int files_protect_host(struct node *n, uint64_t wanted, struct error *err);

/* Opens path below root, following links inside it only; O_PATH. */
int files_open_below(int root, const char *path, struct error *err);
/* The kernel's number of an inode: stat tells a layer's on some overlays. */
bool files_inode(int fd, __u64 *ret);

/* host.c */
int host_file_rules(struct node *n, struct error *err);
/* Marks what the node has now; again now and then, for what was made anew. */
int host_mark(struct node *n, struct error *err);
int host_interpreters(struct node *n, const struct container *c, int root, struct error *err);

/* watch.c: containers come and go. */
int watch_discover(struct node *n, struct error *err);
int watch_cgroup_new(struct node *n, const struct event *e, struct error *err);
void watch_cgroup_gone(struct node *n, uint64_t cgroup);
/* The first event of a process inside: its root, layers and rules. */
int watch_process(struct node *n, struct container *c, pid_t pid, struct error *err);
/* A container whose cgroup was made before it was expected: the gate had let go. */
int watch_late(struct node *n, struct container *c, struct error *err);
/* Any process of it; 0: there is none. */
pid_t watch_process_of(const struct container *c);
/* The v2 folder of a cgroup (O_RDONLY) and its id; -1: it is not there. */
int watch_cgroup_open(const char *path, uint64_t *ret_id);
/* Has the runtime asked, once, for what its bundle did not tell. */
int watch_identity(struct node *n, const struct container *c, struct error *err);
/* The thread that asks: it waits without the lock. */
_Noreturn void watch_ask(struct node *n, struct asker *a);
void watch_start_alerts(struct node *n, const struct container *c);

/* gate.c: called in the gate's threads, one for each kind of question. */
int gate_start(struct node *n, struct error *err);
/* With the lock, when policies came or went: a program that is answered for too late is
 * denied where a rule in force blocks programs and the gate alone holds it, else let go. */
void gate_strictness(struct node *n);
int gate_run(struct node *n, enum exec_gate_kind kind, struct error *err); /* a thread's loop */
int gate_watch(struct node *n, const struct container *c, struct error *err);

/* events.c */
int events_drain(struct node *n, struct error *err);
/* An event made here, not in the kernel: a start's risk, the agent's own state. */
void events_tell(struct node *n, enum guard_item item, uint32_t container, const char *what);
/* The gate denied a program. */
void events_blocked(struct node *n, enum guard_item item, const struct container *c, pid_t pid,
		    const char *path);

/* What restore_from put back (or could not), of rule `rule` of the set. */
void events_restored(struct node *n, const struct container *c, size_t rule, const char *path,
		     bool done);

/* restore.c: files of containers that are put back to their backup. */
void restore_fit(struct node *n); /* every second: rules and containers come and go */
void restore_step(struct node *n); /* a little work, if there is any */
/* An event told of a change; rule as events have it, the set's index plus 1. */
void restore_soon(struct node *n, uint32_t container, unsigned rule);

/* syslog.c */
int syslog_check(const char *address, struct error *err); /* its form */
void syslog_open(struct syslog_link *l, const char *address); /* NULL: none */
/* Connects again where it has to; what does not get through is counted. */
void syslog_tell(struct syslog_link *l, const struct alert *a, const char *host);

/* commands.c: the control socket's verbs. */
control_answer commands_answer;

#endif
