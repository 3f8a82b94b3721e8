/* runtime: which containers there are, what they are, and where their files
 * lie. Identity comes from the OCI bundle first (known before the container
 * starts), then from the runtime's own state; both are the creator's bytes and
 * are read by a sandboxed worker. Nothing here decides. */
#ifndef CORTEN_RUNTIME_H
#define CORTEN_RUNTIME_H

#include <sys/types.h>

#include "base/base.h"
#include "bpf/guard.h"
#include "rule/rule.h"

enum container_runtime {
	RUNTIME_UNKNOWN,
	RUNTIME_DOCKER,
	RUNTIME_CONTAINERD,
	RUNTIME_CRI_CONTAINERD,
	RUNTIME_CRIO,
	RUNTIME_PODMAN,
	RUNTIME_OCI /* runc, crun by hand */
};

struct container_mount {
	char *source, *destination, *type;
	bool writable;
};

/* What the configuration asks for that is dangerous: ITEM_START_*. */
struct container_risk {
	enum guard_item item;
	char *what; /* "CAP_SYS_ADMIN", "/var/run/docker.sock -> /var/run/docker.sock (rw)" */
};

struct container {
	uint32_t number; /* the kernel programs' id */
	uint64_t cgroup; /* id in the v2 hierarchy; 0: not made yet */
	char *id; /* the runtime's */
	char *name, *image, *image_digest;
	char *pod, *namespace, *app;
	char **labels; /* "key=value", NULL-terminated */
	enum container_runtime runtime;
	char *bundle; /* folder of config.json, "" */
	char *cgroup_path; /* below the v2 root, "/docker/ID" */
	char *root; /* the root's mount point on the host, "" */
	struct rule_list lower; /* folders of the image's layers, top first */
	char *upper; /* "" : no overlay */
	uint32_t root_dev; /* the kernel's dev_t; 0 until the root is mounted */
	pid_t pid; /* first process; 0: not known */
	uint64_t started; /* ns since 1970; 0 */
	uint32_t flags; /* enum guard_container_flag */
	struct container_mount *mount;
	size_t mount_count;
	struct container_risk *risk;
	size_t risk_count;
	enum { IDENTITY_CGROUP, IDENTITY_BUNDLE, IDENTITY_RUNTIME } known; /* how well */
	bool gate_timed_out;
	struct arena *arena; /* owns the strings */
};

struct containers; /* the table of a node */

int containers_new(struct containers **ret, struct error *err);
void containers_free(struct containers *t);
/* Borrowed until the next change of the table; NULL: none. */
struct container *containers_by_cgroup(struct containers *t, uint64_t cgroup);
struct container *containers_by_number(struct containers *t, uint32_t number);
/* Full id, a prefix of at least 4 that only one has, or a name. */
struct container *containers_find(struct containers *t, const char *name, struct error *err);
/* Walks the table: start with *i = 0; NULL at the end. */
struct container *containers_next(struct containers *t, size_t *i);
/* Whose process that is, by its control groups (proc(5)); NULL: of the node. */
struct container *containers_of_pid(struct containers *t, pid_t pid);

/* A runtime is about to run what bundle (an O_PATH descriptor of its folder)
 * describes: reads config.json in a worker within timeout_ms. New in the table,
 * with cgroup_path; the cgroup does not exist yet. */
int containers_add_bundle(struct containers *t, int bundle, const char *path, int timeout_ms,
			  struct container **ret, struct error *err);
/* A runtime is stopped inside execve (exec_gate_events.runtime): reads what it is
 * about to run from its arguments, and of `create`, `run` and `restore` the bundle
 * as above, and what its runtime keeps of it. *ret is NULL when it starts no
 * container (`init`, `state`, `exec`, `delete` …). */
int containers_runtime_starts(struct containers *t, pid_t pid, int timeout_ms,
			      struct container **ret, struct error *err);
/* The same in two steps, so that nobody waits with a lock on the table: reading needs
 * none, and knows no table. Each thread that reads has an asker of its own. */
struct asker;
int asker_new(struct asker **ret, struct error *err);
void asker_free(struct asker *a);
/* Starts what the next reading will want; call it when nobody waits. */
void asker_ready(struct asker *a);
int container_read_start(struct asker *a, pid_t pid, int timeout_ms, struct container **ret,
			 struct error *err);
/* Takes what was read into the table, also on failure. */
int containers_take(struct containers *t, struct container *c, struct error *err);
void container_free(struct container *c); /* of one that no table took */

/* A cgroup was made, or found at the start: joins the entry that expected it, or
 * makes one of the name alone (docker/ID, cri-containerd-ID.scope, libpod-…,
 * crio-…); one below a container's cgroup is that container's, too. *ret is NULL for
 * a cgroup that is no container's. */
int containers_cgroup_new(struct containers *t, uint64_t cgroup, const char *path,
			  struct container **ret, struct error *err);
/* The container's first process: root, layers, device. ERR_NOT_FOUND when it has
 * ended, or is not in the container yet (runc's init stages have the host's mounts). */
int containers_process(struct containers *t, struct container *c, pid_t pid, struct error *err);
/* The same before there is one: the container's root as its runtime's process has it
 * mounted. ERR_NOT_FOUND where the runtime mounts it itself, later. */
int containers_root_mounted(struct containers *t, struct container *c, pid_t runtime,
			    struct error *err);
/* Asks the runtime for what the bundle did not tell (image, labels, pod): reads
 * its state files or its socket, by corten-fetch and worker. */
int containers_ask_runtime(struct containers *t, struct container *c, int timeout_ms,
			   struct error *err);
/* The same in three steps: a copy is taken with the lock, asked about without, and
 * what was told goes into the table again; NULL: the container has ended meanwhile. */
int container_copy(struct asker *a, const struct container *c, struct container **ret,
		   struct error *err);
int container_ask(struct container *copy, int timeout_ms, struct error *err);
struct container *containers_told(struct containers *t, const struct container *copy);
void containers_cgroup_gone(struct containers *t, uint64_t cgroup);
/* All that run now: walks the cgroup tree and /proc. */
int containers_discover(struct containers *t, struct error *err);
/* States of runtimes that it found and could not read in time, or not at all: what runs
 * there is not in the table. */
size_t containers_unread(const struct containers *t);
/* As the rules see it; borrowed from c. */
void container_subject(const struct container *c, struct rule_subject *ret);

/* Content of the image: is a file of the writable layer one of the image's
 * executables? Sizes of the layers' executables are gathered once; a file is
 * summed only when a size agrees. */
struct image_programs;
/* Executable files, and shared objects by their names ("*.so", "*.so.*"), of all
 * layers: what one layer hides of another is still the image's content. */
int image_programs_new(const struct rule_list *lower, struct image_programs **ret,
		       struct error *err);
/* Looks through the layers, once; the first verdict does it where nobody has. By any
 * thread, as the verdicts are. */
int image_programs_gather(struct image_programs *p, struct error *err);
void image_programs_free(struct image_programs *p);
size_t image_programs_count(const struct image_programs *p);
/* How many did not fit (PROGRAMS_MAX) or could not be looked at: their content is
 * taken for foreign. */
uint64_t image_programs_left_out(const struct image_programs *p);
/* VERDICT_IMAGE (same name), VERDICT_COPY (same content, other name), or
 * VERDICT_FOREIGN. path is the file's in the container. Content that changes
 * while it is read, or whose change time is so young that a store could hide
 * behind it, is read again; after three times it is VERDICT_FOREIGN. */
int image_programs_verdict(struct image_programs *p, int fd, const char *path,
			   struct guard_verdict *ret, struct error *err);
/* The same for a container: its image's programs are gathered once for all that
 * have the same layers. Without layers VERDICT_UNKNOWN; with a writable layer in
 * memory (CONTAINER_VOLATILE_UPPER), where a store changes no time, VERDICT_FOREIGN. */
int container_verdict(struct containers *t, const struct container *c, int fd, const char *path,
		      struct guard_verdict *ret, struct error *err);
/* The same in three steps: the first and the last with the lock on the table, judging
 * without, by any number of threads. The last is called whatever judging came to. */
struct verdict_job {
	uint32_t flags; /* the container's */
	struct programs_set *set; /* of the table, held until the end; NULL: without layers */
};
int verdict_begin(struct containers *t, const struct container *c, struct verdict_job *ret,
		  struct error *err);
int verdict_judge(struct verdict_job *j, int fd, const char *path, struct guard_verdict *ret,
		  struct error *err);
void verdict_end(struct containers *t, struct verdict_job *j);

/* Whether the file is one of the layers', as it lies there at that path: size and times,
 * of which nobody in a container can set that of change. */
bool container_layer_has(const struct container *c, int fd, const char *path);

/* The start gate and the resolver: FAN_OPEN_EXEC_PERM on the runtimes' programs
 * and on the containers' roots. A thread of its own reads what the kernel asks,
 * answers at once what this process and its children run (they would wait for
 * themselves), hands the rest to exec_gate_serve, and lets go (or denies) and counts what
 * is not answered by its deadline. So nothing that a callback does can hang a node. */
struct exec_gate;
struct exec_gate_events {
	/* A runtime starts (pid is stopped inside execve): read its bundle, fill the maps. */
	void (*runtime)(void *ctx, pid_t pid);
	/* A program of a guarded root: returns false to deny it (EPERM). */
	bool (*program)(void *ctx, pid_t pid, int fd);
	void *ctx;
};
/* timeout_ms: of a runtime; a program of a guarded root has PROGRAM_DEADLINE_MS. */
int exec_gate_new(const struct exec_gate_events *e, int timeout_ms, struct exec_gate **ret,
		  struct error *err);
enum { PROGRAM_DEADLINE_MS = 2000 };
/* The same with a fanotify group that another role has made (FAN_CLASS_CONTENT,
 * FAN_NONBLOCK); takes it over, also on failure. */
int exec_gate_adopt(int group, const struct exec_gate_events *e, int timeout_ms,
		    struct exec_gate **ret, struct error *err);
void exec_gate_free(struct exec_gate *g);
/* Whether a program that nobody has answered for in time is denied; at first it is let go.
 * For where nobody behind the gate looks again. */
void exec_gate_deny_late(struct exec_gate *g, bool deny);
int exec_gate_watch_runtime(struct exec_gate *g, const char *program, struct error *err);
/* The runtimes of the usual names in the usual folders and in $PATH, and those that
 * the daemons' configurations of /etc name (words that are absolute paths of such
 * programs); how many are watched now. Call it again now and then: an upgrade makes
 * another file of that name. */
int exec_gate_watch_runtimes(struct exec_gate *g, size_t *ret_count, struct error *err);
/* The root's superblock. ERR_UNSUPPORTED when the node's own programs lie on it. */
int exec_gate_watch_root(struct exec_gate *g, int root, struct error *err);
/* One mount of a container, as it has it (opened below /proc/PID/root): other mounts of
 * the same file system are not asked about. */
int exec_gate_watch_mount(struct exec_gate *g, int mount, struct error *err);
/* A program that the callback let go is let go unasked from now on, as long as its
 * device, inode, size and time of change are these: for files of the image's layers,
 * which nobody in a container can write (what is copied up is another inode with a
 * new time of change). False: it changed lately, and is not remembered. */
bool exec_gate_remember(struct exec_gate *g, int fd);
/* The loop: call when its descriptor is readable. Each kind may have threads of its
 * own, so that no program waits for a start that takes long, nor for another program. A
 * start that was let go is told all the same: its process may have ended. */
enum exec_gate_kind { GATE_STARTS, GATE_PROGRAMS, GATE_KINDS };
int exec_gate_fd(const struct exec_gate *g, enum exec_gate_kind kind);
int exec_gate_serve(struct exec_gate *g, enum exec_gate_kind kind, struct error *err);
/* How many were let go because the answer came too late. */
uint64_t exec_gate_timeouts(const struct exec_gate *g);
/* Whether its thread got a real-time priority: without one a start waits longer on
 * a busy node. */
bool exec_gate_realtime(const struct exec_gate *g);

#endif
