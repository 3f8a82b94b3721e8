/* What goes over the socket between the sensor and the enforcing role: one
 * request and one reply, both of a fixed layout, in one packet each. A request
 * shorter or longer than its operation's, an unknown operation, a number out of
 * its range or a descriptor too many is refused, and nothing is done. */
#ifndef CORTEN_ENFORCE_PROTOCOL_H
#define CORTEN_ENFORCE_PROTOCOL_H

#include "enforce/enforce.h"

enum enforce_op {
	OP_STATUS = 1,
	OP_RING,
	OP_ITEM,
	OP_POLICY,
	OP_FILE_RULE,
	OP_CONTAINER,
	OP_CONTAINER_DROP,
	OP_EXPECT,
	OP_VERDICT,
	OP_TRUSTED,
	OP_INTERPRETER,
	OP_PROTECT,
	OP_LABEL,
	OP_SETTINGS,
	OP_CONTAINER_DO,
	OP_KILL,
	OP_QUARANTINE,
	OP_RESTORE,
	OP_CUT,
	OP_PUT_BACK,
	OP_COUNT
};

enum { ENFORCE_NAME_MAX = 256, QUARANTINE_NAME = 32 };

struct enforce_request {
	uint32_t op;
	uint32_t number; /* policy, file rule, item, container_stop */
	uint64_t key; /* cgroup id, key of a path, rules, backend */
	union {
		struct guard_policy policy;
		struct guard_file_rule file_rule;
		struct guard_container container;
		struct {
			struct guard_file_id id;
			struct guard_verdict verdict;
		} file;
		struct guard_protect protect;
		struct guard_label label;
		struct guard_settings settings;
		struct {
			char file[ENFORCE_NAME_MAX];
			char name[QUARANTINE_NAME + 1];
		} move;
		struct {
			char name[ENFORCE_NAME_MAX];
			struct digest digest;
		} put;
	};
};

struct enforce_reply {
	int32_t result; /* 0, -1 */
	uint32_t code; /* enum error_code */
	char text[ERROR_TEXT_MAX];
	union {
		struct enforcer_status status;
		struct {
			bool attached;
			char cause[256];
		} item;
		bool cut;
	};
};

/* One packet with at most two descriptors; -1: none. */
enum { PACKET_FDS = 2 };
int packet_send(int sock, const void *p, size_t n, const int fd[static PACKET_FDS],
		struct error *err);
/* Receives exactly n bytes: 1, with descriptors that the caller closes, or -1 for each
 * that did not come; 0 when the peer is gone. ERR_PROTOCOL for another size. */
int packet_receive(int sock, void *p, size_t n, int ret_fd[static PACKET_FDS], struct error *err);

/* enforce/container.c */
int cgroup_do(const char *pin_dir, int cgroup, enum container_stop what, struct error *err);
/* enforce/quarantine.c: names are checked here. */
int quarantine_take(const char *store, int folder, const char *file, const char *name,
		    struct error *err);
int quarantine_restore(const char *store, int folder, const char *file, const char *name,
		       struct error *err);

/* enforce/backup.c: the name is checked here. */
int backup_put(int folder, const char *name, int backup, const struct digest *wanted,
	       struct error *err);

#endif
