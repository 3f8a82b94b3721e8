/* enforce: the operations that change the node, and the two ends of the socket
 * over which the sensor role asks the enforcing role for them. The enforcing
 * side takes a dozen fixed operations, checks every number against its bound
 * and parses nothing: no path, no YAML, no name of a container. */
#ifndef CORTEN_ENFORCE_H
#define CORTEN_ENFORCE_H

#include <sys/types.h>

#include "base/base.h"
#include "base/digest.h"
#include "bpf/bpf.h"

/* The sensor's end. Every call waits for the answer (some microseconds). */
struct enforcer;

/* sock: a connected SOCK_SEQPACKET to the role; taken over. */
int enforcer_new(int sock, struct enforcer **ret, struct error *err);
void enforcer_free(struct enforcer *e);

struct enforcer_status {
	struct bpf_abilities abilities;
	unsigned backends; /* attached */
	bool adopted; /* pins of an earlier agent were taken over */
	struct guard_stats stats;
	uint64_t inherited[GUARD_POLICY_WORDS]; /* policies in use when the role began */
	/* File rules likewise: their marks hold until a rule is written in their place. */
	uint64_t inherited_files;
};

int enforcer_status(struct enforcer *e, struct enforcer_status *ret, struct error *err);
/* The ring's descriptor. */
int enforcer_ring(struct enforcer *e, int *ret_fd, struct error *err);
int enforcer_item(struct enforcer *e, enum guard_item item, enum guard_backend backend,
		  bool *ret_attached, char *cause, size_t n, struct error *err);

int enforcer_policy(struct enforcer *e, uint32_t policy, const struct guard_policy *p,
		    struct error *err);
int enforcer_file_rule(struct enforcer *e, uint32_t i, const struct guard_file_rule *r,
		       struct error *err);
int enforcer_container(struct enforcer *e, uint64_t cgroup, const struct guard_container *c,
		       struct error *err);
int enforcer_container_drop(struct enforcer *e, uint64_t cgroup, struct error *err);
/* key: guard_cgroup_key of the path. */
int enforcer_expect(struct enforcer *e, uint64_t key, const struct guard_container *c,
		    struct error *err);
int enforcer_verdict(struct enforcer *e, const struct guard_file_id *f,
		     const struct guard_verdict *v, struct error *err);
int enforcer_trusted(struct enforcer *e, const struct guard_file_id *program, uint64_t rules,
		     struct error *err);
/* A program that runs what it reads: what it opens may be a script. */
int enforcer_interpreter(struct enforcer *e, const struct guard_file_id *program, bool interprets,
			 struct error *err);
int enforcer_protect(struct enforcer *e, int inode, const struct guard_protect *p,
		     struct error *err);
int enforcer_label(struct enforcer *e, int pidfd, const struct guard_label *l, struct error *err);
int enforcer_settings(struct enforcer *e, const struct guard_settings *s, struct error *err);

/* What is done to a container: cgroup is a descriptor of its v2 folder, which the
 * enforcing side checks to be a cgroup below the root and not the root itself. */
enum container_stop {
	CONTAINER_FREEZE,
	CONTAINER_THAW,
	CONTAINER_KILL,
	CONTAINER_CUT, /* from the network: guard_cut; it ends with the cgroup */
	CONTAINER_JOIN
};
int enforcer_container_do(struct enforcer *e, int cgroup, enum container_stop what,
			  struct error *err);
/* Whether the network of a cgroup (its id) is cut, also by an earlier agent. */
int enforcer_container_cut(struct enforcer *e, uint64_t cgroup, bool *ret, struct error *err);
int enforcer_kill(struct enforcer *e, int pidfd, struct error *err);
/* Moves a regular file (descriptor of its folder, and its name) into the quarantine
 * as NAME, 32 hex digits, with owner and mode; restore puts it back, where nothing
 * may have taken its place. The file's bytes are copied, not looked at. */
int enforcer_quarantine(struct enforcer *e, int folder, const char *file, const char *name,
			struct error *err);
int enforcer_restore(struct enforcer *e, int folder, const char *file, const char *name,
		     struct error *err);

/* Gives a folder's entry the content, owner, mode and time of its backup, a file or a
 * folder; of a file only what has this sum. No link is followed: one in its place is
 * replaced. */
int enforcer_put_back(struct enforcer *e, int folder, const char *name, int backup,
		      const struct digest *wanted, struct error *err);

/* The role: serves sock until it closes. Never returns before. */
struct enforce_options {
	const char *pin_dir;
	const char *quarantine; /* folder, 0700 */
	unsigned backends; /* allowed: enum guard_backend */
	struct guard_settings settings;
};
int enforce_serve(int sock, const struct enforce_options *o, struct error *err);

#endif
