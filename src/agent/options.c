/* The command line of corten-agent. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/node.h"
#include "agent/privilege.h"
#include "enforce/enforce.h"

enum { ROLE_SOCKET = 3 };
enum agent_option {
	O_ROLE = 256,
	O_RUN,
	O_STATE,
	O_RULES,
	O_PIN,
	O_BACKENDS,
	O_NODE,
	O_SYSLOG,
	O_PREFLIGHT,
	O_REMOVE,
	O_HELP,
	O_VERSION
};

static const struct option options[] = {
	{ "role", required_argument, NULL, O_ROLE },
	{ "run-dir", required_argument, NULL, O_RUN },
	{ "state-dir", required_argument, NULL, O_STATE },
	{ "rules-dir", required_argument, NULL, O_RULES },
	{ "pin-dir", required_argument, NULL, O_PIN },
	{ "backends", required_argument, NULL, O_BACKENDS },
	{ "node", required_argument, NULL, O_NODE },
	{ "syslog", required_argument, NULL, O_SYSLOG },
	{ "preflight", no_argument, NULL, O_PREFLIGHT },
	{ "remove", no_argument, NULL, O_REMOVE },
	{ "help", no_argument, NULL, O_HELP },
	{ "version", no_argument, NULL, O_VERSION },
	{ 0 },
};

static const char help[] =
	"usage: corten-agent [OPTION...]\n"
	"\n"
	"Guards the containers of this node; runs until it is told to stop. What it holds in\n"
	"the kernel stays in force when it ends (see --remove).\n"
	"\n"
	"  --preflight        say what this kernel can enforce, and end\n"
	"  --remove           take everything out of the kernel, and end\n"
	"  --backends=LIST    use only these: bpf-lsm,tp-kill,cgroup-bpf,fanotify,runtime;\n"
	"                     default: all that the kernel has\n"
	"  --rules-dir=DIR    rules; default: /etc/corten/rules.d\n"
	"  --run-dir=DIR      control socket and heartbeat; default: /run/corten\n"
	"  --state-dir=DIR    events, alerts, quarantine; default: /var/lib/corten\n"
	"  --pin-dir=DIR      pins in bpffs; default: /sys/fs/bpf/corten\n"
	"  --node=NAME        name in events; default: the host's\n"
	"  --syslog=ADDRESS   send alerts to a socket (/dev/log) or HOST:PORT by UDP\n"
	"  --version, --help\n"
	"\n"
	"\"corten status\" shows what is in force. Exit status: 0 stopped, 1 error, 2 usage.\n";

static const struct {
	const char *name;
	unsigned bit;
} backend_names[] = {
	{ "bpf-lsm", BACKEND_BPF_LSM },       { "tp-kill", BACKEND_TP_KILL },
	{ "cgroup-bpf", BACKEND_CGROUP_BPF }, { "fanotify", BACKEND_FANOTIFY },
	{ "runtime", BACKEND_RUNTIME },
};

void agent_options_init(struct agent_options *o)
{
	static char host[256];
	if (gethostname(host, sizeof host - 1) != 0)
		(void)snprintf(host, sizeof host, "localhost");
	*o = (struct agent_options){ .run_dir = "/run/corten",
				     .state_dir = "/var/lib/corten",
				     .rules_dir = "/etc/corten/rules.d",
				     .pin_dir = "/sys/fs/bpf/corten",
				     .node = host,
				     .backends = BACKEND_BPF_LSM | BACKEND_TP_KILL |
						 BACKEND_CGROUP_BPF | BACKEND_FANOTIFY |
						 BACKEND_RUNTIME,
				     .log_bytes = 256 << 20 };
}

/* "tp-kill,fanotify", or the number that a role is started with. */
static int backends_read(const char *text, unsigned *ret, struct error *err)
{
	char *end;
	unsigned long number = strtoul(text, &end, 0);
	if (end != text && *end == '\0') {
		*ret = (unsigned)number;
		return 0;
	}
	struct bytes rest = bytes_str(text), word;
	unsigned bits = 0;
	while (bytes_next_field(&rest, ',', &word)) {
		size_t i = 0, count = sizeof backend_names / sizeof backend_names[0];
		while (i < count && !bytes_equal(bytes_str(backend_names[i].name), word))
			i++;
		if (i == count)
			return error_set(err, ERR_USAGE,
					 "\"%.*s\" is no back-end; there are bpf-lsm, tp-kill, "
					 "cgroup-bpf, fanotify and runtime",
					 (int)word.n, (const char *)word.p);
		bits |= backend_names[i].bit;
	}
	*ret = bits;
	return 0;
}

/* --- what this kernel can --------------------------------------------------- */

static void able(const char *what, bool yes, const char *gives)
{
	(void)printf("  %-22s %-4s %s\n", what, yes ? "yes" : "no", gives);
}

static int preflight(struct error *err)
{
	struct bpf_abilities a;
	if (bpf_abilities_probe(&a, err) != 0)
		return -1;
	(void)printf("kernel %s, lsm=%s\n", a.kernel, a.lsm_list);
	able("BTF", a.btf, "needed by every kernel program");
	able("ring buffer", a.ring, "events");
	able("BPF LSM", a.lsm, "blocks programs, files, mounts, ptrace, modules (bpf-lsm)");
	if (!a.lsm)
		(void)printf("  %-22s      %s\n", "", a.cause);
	able("user namespace hook", a.userns_hook, "blocks making user namespaces");
	able("raw tracepoints", a.raw_tracepoint && a.send_signal,
	     "kills a program before its first instruction (tp-kill)");
	able("overlay layers", a.overlay_layer, "tells programs of the image from others");
	able("cgroup sysctl", a.cgroup_sysctl, "blocks host settings (cgroup-bpf)");
	able("cgroup devices", a.cgroup_device, "blocks block devices and mknod (cgroup-bpf)");
	able("cgroup connect", a.cgroup_connect, "blocks connections (cgroup-bpf)");
	able("task storage", a.task_storage, "labels that cannot be left");
	return 0;
}

/* --- roles ------------------------------------------------------------------- */

static int role_run(const char *role, const struct agent_options *o, struct error *err)
{
	if (strcmp(role, "sensor") == 0)
		return agent_sensor(o, ROLE_SOCKET, err);
	if (strcmp(role, "enforce") == 0)
		return agent_enforce(o, ROLE_SOCKET, err);
	return error_set(err, ERR_USAGE, "there is no role \"%s\"", role);
}

int agent_enforce(const struct agent_options *o, int sock, struct error *err)
{
	char quarantine[4200];
	(void)snprintf(quarantine, sizeof quarantine, "%s/quarantine", o->state_dir);
	if (fd_make_dirs(quarantine, 0700, err) != 0 || privilege_keep(PRIVILEGE_ENFORCE, err) != 0)
		return -1;
	struct enforce_options e = { .pin_dir = o->pin_dir,
				     .quarantine = quarantine,
				     .backends = o->backends };
	return enforce_serve(sock, &e, err);
}

struct command {
	struct agent_options o;
	const char *role;
	bool preflight, remove;
};

/* 1: go on; 0: done; -1. */
static int option_take(struct command *c, int which, struct error *err)
{
	switch (which) {
	case O_ROLE:
		c->role = optarg;
		return 1;
	case O_RUN:
		c->o.run_dir = optarg;
		return 1;
	case O_STATE:
		c->o.state_dir = optarg;
		return 1;
	case O_RULES:
		c->o.rules_dir = optarg;
		return 1;
	case O_PIN:
		c->o.pin_dir = optarg;
		return 1;
	case O_BACKENDS:
		return backends_read(optarg, &c->o.backends, err) == 0 ? 1 : -1;
	case O_NODE:
		c->o.node = optarg;
		return 1;
	case O_SYSLOG:
		c->o.syslog = optarg;
		return syslog_check(optarg, err) == 0 ? 1 : -1;
	case O_PREFLIGHT:
		c->preflight = true;
		return 1;
	case O_REMOVE:
		c->remove = true;
		return 1;
	case O_HELP:
		(void)fputs(help, stdout);
		return 0;
	case O_VERSION:
		(void)printf("corten-agent %s\n", CORTEN_VERSION);
		return 0;
	default:
		return error_set(err, ERR_USAGE, "see \"corten-agent --help\"");
	}
}

static int command_run(const struct command *c, struct error *err)
{
	if (c->role != NULL)
		return role_run(c->role, &c->o, err);
	if (c->preflight)
		return preflight(err);
	if (geteuid() != 0)
		return error_set(err, ERR_PERMISSION,
				 "the agent guards the whole node: start it as "
				 "root");
	if (c->remove)
		return guard_bpf_remove(c->o.pin_dir, err);
	return agent_run(&c->o, err);
}

int agent_main(int argc, char **argv)
{
	struct error err = { 0 };
	struct command c = { 0 };
	int which, r = 1;
	log_setup("corten-agent", LOG_INFO);
	agent_options_init(&c.o);
	(void)umask(077);
	while (r == 1 && (which = getopt_long(argc, argv, "", options, NULL)) != -1)
		r = option_take(&c, which, &err);
	if (r == 1 && optind < argc)
		r = error_set(&err, ERR_USAGE, "\"%s\" is not understood", argv[optind]);
	if (r == 1)
		r = command_run(&c, &err);
	if (r >= 0)
		return 0;
	log_at(LOG_ERROR, "%s", err.text);
	return err.code == ERR_USAGE ? 2 : 1;
}
