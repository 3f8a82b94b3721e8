/* What documents say of a container: its OCI bundle, and what the runtimes keep of
 * it. Their bytes are the creator's: read in corten-worker, told as facts, one
 * message each. The parent takes facts and nothing else. */
#ifndef CORTEN_RUNTIME_CONFIG_H
#define CORTEN_RUNTIME_CONFIG_H

#include "ipc/ipc.h"
#include "sandbox/sandbox.h"

enum config_fact_kind {
	/* Of the bundle: OCI runtime-spec 1.1, config.md and config-linux.md. */
	FACT_ROOT = 1, /* a: root.path */
	FACT_CGROUPS_PATH, /* a: linux.cgroupsPath */
	FACT_MOUNT, /* a: destination, b: source, c: type; number: enum config_mount_flag */
	FACT_CAPABILITY, /* a: "CAP_…", of any set but ambient and inheritable */
	FACT_NAMESPACE, /* a: type, b: path or "" */
	FACT_USER, /* number: uid */
	FACT_CWD, /* a */
	FACT_NO_NEW_PRIVILEGES,
	FACT_SECCOMP, /* a profile is there */
	FACT_DEVICE, /* a: path, b: type */
	FACT_ALL_DEVICES, /* the last rule of resources.devices for all of them allows */
	FACT_MASKED_PATH, /* a */
	FACT_READONLY_PATH, /* a */
	/* Of annotations and of the runtimes' own documents. */
	FACT_ID, /* a; of a list of containers: the facts after it are its */
	FACT_NAME, /* a */
	FACT_IMAGE, /* a: as the user calls it */
	FACT_IMAGE_DIGEST, /* a: "sha256:…", the image's id or its manifest's digest */
	FACT_POD, /* a */
	FACT_NAMESPACE_NAME, /* a: of Kubernetes */
	FACT_SANDBOX, /* a: id of the pod's sandbox container */
	FACT_LABEL, /* a: key, b: value */
	FACT_RUNTIME, /* number: enum container_runtime */
	FACT_BUNDLE, /* a: folder */
	FACT_CGROUP, /* a: path of its control group, absolute, in any mount of them */
	FACT_PID, /* number */
	FACT_STARTED, /* number: ns since 1970 */
	FACT_KINDS
};

enum config_mount_flag { CONFIG_MOUNT_BIND = 1, CONFIG_MOUNT_WRITABLE = 2 };

struct config_fact {
	enum config_fact_kind kind;
	struct bytes a, b, c;
	uint64_t number;
};

/* Borrowed until it returns. -1 ends the reading. */
typedef int config_fact_fn(void *ctx, const struct config_fact *f, struct error *err);

enum {
	CONFIG_BYTES_MAX = 16 * 1024 * 1024,
	CONFIG_FACTS_MAX = 65536, /* of one document */
	CONFIG_TEXT_MAX = 4096 /* of one text; longer ones are left out, or ERR_LIMIT */
};

typedef int config_read_fn(struct bytes json, config_fact_fn *tell, void *ctx, struct error *err);

/* config.json of a bundle. */
config_read_fn config_read_bundle;
/* What a runtime keeps: docker's config.v2.json, runc's state.json, crun's status,
 * containers-storage's containers.json (a list). The keys tell which. */
config_read_fn config_read_state;

/* --- between worker and parent ------------------------------------------------------------ */

enum config_message { CONFIG_MSG_FACT = 1, CONFIG_MSG_DONE, CONFIG_MSG_FAILED };
enum { CONFIG_INPUT_FD = 3, CONFIG_CHANNEL_FD = 4 };

void config_put_fact(struct msg *m, const struct config_fact *f);
/* ERR_PROTOCOL for a kind that is none, a text too long or with a NUL. */
int config_get_fact(struct msg_reader *m, struct config_fact *ret, struct error *err);

/* What is read: the first byte of what a worker is given. */
enum config_document { CONFIG_BUNDLE = 'B', CONFIG_STATE = 'S' };

/* The job of corten-worker: "container". */
int config_worker_main(void);

/* Workers that were started ahead; {0} is an empty pool. */
enum { CONFIG_SPARES = 2 };
struct config_worker {
	struct child child;
	int sock;
};
struct config_pool {
	struct config_worker spare[CONFIG_SPARES];
};

/* Starts what is missing; call it when nobody waits. */
void config_pool_fill(struct config_pool *pool);
void config_pool_empty(struct config_pool *pool);

/* Has a worker read fd, and hears it out within timeout_ms. Errors begin with name. */
int config_hear(struct config_pool *pool, enum config_document what, int fd, const char *name,
		int timeout_ms, config_fact_fn *take, void *ctx, struct error *err);

#endif
