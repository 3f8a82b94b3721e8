/* agent: the node's guard, by role (README.md). */
#ifndef CORTEN_AGENT_H
#define CORTEN_AGENT_H

#include "base/base.h"
#include "bpf/guard.h"

struct agent_options {
	const char *run_dir; /* "/run/corten": agent.sock, heartbeat */
	const char *state_dir; /* "/var/lib/corten": events, alerts, quarantine */
	const char *rules_dir; /* "/etc/corten/rules.d" */
	const char *pin_dir; /* "/sys/fs/bpf/corten" */
	const char *node; /* name in events; the host's by default */
	const char *syslog; /* "/dev/log", "HOST:PORT", or NULL */
	unsigned backends; /* allowed: enum guard_backend, or-ed */
	uint64_t log_bytes; /* of recent events on disk */
};

void agent_options_init(struct agent_options *o);

/* The priv role: starts the others as PROGRAM --role=…, starts them again when
 * they end, writes the heartbeat. Returns when it is told to stop. */
int agent_run(const struct agent_options *o, struct error *err);
/* The other roles; sock: the socket between them. */
int agent_enforce(const struct agent_options *o, int sock, struct error *err);
int agent_sensor(const struct agent_options *o, int sock, struct error *err);

/* main() of corten-agent: options, help, role. */
int agent_main(int argc, char **argv);

#endif
