/* What a container's configuration asks for that gives the node away: the items
 * "seen at start" of bpf/guard.h. Nothing is decided here. */
#include <linux/capability.h>
#include <stdio.h>
#include <sys/stat.h>

#include "runtime/table.h"

enum { NS_PID, NS_NETWORK, NS_IPC, NS_USER };

static const char *const namespace_types[] = { "pid", "network", "ipc", "user" };
static const char *const namespace_files[] = { "pid", "net", "ipc", "user" };

static void add_risk(struct entry *e, enum guard_item item, char *what)
{
	struct container *c = &e->c;
	struct container_risk *risk =
		entry_grow(e, c->risk, c->risk_count, sizeof *risk, CONTAINER_RISKS_MAX);
	if (risk == NULL)
		return;
	c->risk = risk;
	c->risk[c->risk_count++] = (struct container_risk){ item, what };
}

/* --- capabilities -------------------------------------------------------------------------- */

/* linux/capability.h; those marked give power over what is not the container's. Docker's
 * default set has none of them (moby, oci/caps/defaults.go). */
static const struct {
	const char *name;
	unsigned bit;
	bool dangerous;
} capabilities[] = {
	{ "CAP_CHOWN", CAP_CHOWN, false },
	{ "CAP_DAC_OVERRIDE", CAP_DAC_OVERRIDE, false },
	{ "CAP_DAC_READ_SEARCH", CAP_DAC_READ_SEARCH, true },
	{ "CAP_FOWNER", CAP_FOWNER, false },
	{ "CAP_FSETID", CAP_FSETID, false },
	{ "CAP_KILL", CAP_KILL, false },
	{ "CAP_SETGID", CAP_SETGID, false },
	{ "CAP_SETUID", CAP_SETUID, false },
	{ "CAP_SETPCAP", CAP_SETPCAP, false },
	{ "CAP_LINUX_IMMUTABLE", CAP_LINUX_IMMUTABLE, false },
	{ "CAP_NET_BIND_SERVICE", CAP_NET_BIND_SERVICE, false },
	{ "CAP_NET_BROADCAST", CAP_NET_BROADCAST, false },
	{ "CAP_NET_ADMIN", CAP_NET_ADMIN, true },
	{ "CAP_NET_RAW", CAP_NET_RAW, false },
	{ "CAP_IPC_LOCK", CAP_IPC_LOCK, false },
	{ "CAP_IPC_OWNER", CAP_IPC_OWNER, false },
	{ "CAP_SYS_MODULE", CAP_SYS_MODULE, true },
	{ "CAP_SYS_RAWIO", CAP_SYS_RAWIO, true },
	{ "CAP_SYS_CHROOT", CAP_SYS_CHROOT, false },
	{ "CAP_SYS_PTRACE", CAP_SYS_PTRACE, true },
	{ "CAP_SYS_PACCT", CAP_SYS_PACCT, false },
	{ "CAP_SYS_ADMIN", CAP_SYS_ADMIN, true },
	{ "CAP_SYS_BOOT", CAP_SYS_BOOT, true },
	{ "CAP_SYS_NICE", CAP_SYS_NICE, false },
	{ "CAP_SYS_RESOURCE", CAP_SYS_RESOURCE, false },
	{ "CAP_SYS_TIME", CAP_SYS_TIME, true },
	{ "CAP_SYS_TTY_CONFIG", CAP_SYS_TTY_CONFIG, false },
	{ "CAP_MKNOD", CAP_MKNOD, false },
	{ "CAP_LEASE", CAP_LEASE, false },
	{ "CAP_AUDIT_WRITE", CAP_AUDIT_WRITE, false },
	{ "CAP_AUDIT_CONTROL", CAP_AUDIT_CONTROL, true },
	{ "CAP_SETFCAP", CAP_SETFCAP, false },
	{ "CAP_MAC_OVERRIDE", CAP_MAC_OVERRIDE, true },
	{ "CAP_MAC_ADMIN", CAP_MAC_ADMIN, true },
	{ "CAP_SYSLOG", CAP_SYSLOG, true },
	{ "CAP_WAKE_ALARM", CAP_WAKE_ALARM, false },
	{ "CAP_BLOCK_SUSPEND", CAP_BLOCK_SUSPEND, false },
	{ "CAP_AUDIT_READ", CAP_AUDIT_READ, false },
	{ "CAP_PERFMON", 38, true },
	{ "CAP_BPF", 39, true },
	{ "CAP_CHECKPOINT_RESTORE", 40, true },
};
enum { CAPABILITIES = sizeof capabilities / sizeof capabilities[0] };

static void take_capability(struct container_start *s, struct bytes name)
{
	for (size_t i = 0; i < CAPABILITIES; i++)
		if (bytes_equal(name, bytes_str(capabilities[i].name)))
			s->capabilities |= UINT64_C(1) << capabilities[i].bit;
}

static void judge_capabilities(struct entry *e)
{
	cleanup_buf struct buf list = buf_max(2048);
	for (size_t i = 0; i < CAPABILITIES; i++)
		if (capabilities[i].dangerous &&
		    (e->start.capabilities >> capabilities[i].bit & 1) != 0)
			(void)buf_printf(&list, NULL, "%s%s", list.n > 0 ? ", " : "",
					 capabilities[i].name);
	if (list.n > 0)
		add_risk(e, ITEM_START_CAPABILITY, entry_text(e, buf_view(&list)));
}

/* "--privileged": every capability that the runtime knew (older ones know 37 and
 * less), and every device or nothing of proc masked. */
static bool is_privileged(const struct container_start *s)
{
	static const unsigned telling[] = { CAP_SYS_ADMIN, CAP_SYS_MODULE, CAP_SYS_RAWIO,
					    CAP_SYS_BOOT, CAP_MAC_ADMIN };
	for (size_t i = 0; i < sizeof telling / sizeof telling[0]; i++)
		if ((s->capabilities >> telling[i] & 1) == 0)
			return false;
	return s->all_devices || s->masked == 0;
}

/* --- mounts -------------------------------------------------------------------------------- */

enum mount_danger {
	DANGER_SELF = 1, /* the folder itself, or one above it */
	DANGER_BELOW = 2, /* what lies below it, too */
	DANGER_WRITABLE = 4 /* only where it can be written to */
};

/* Sockets and folders that hold the node's secrets or its programs. What runtimes
 * mount themselves lies below /var/lib/docker, /var/lib/kubelet/pods and their like. */
static const struct {
	const char *path;
	unsigned danger;
} places[] = {
	{ "/run/docker.sock", DANGER_SELF },
	{ "/run/containerd/containerd.sock", DANGER_SELF },
	{ "/run/crio/crio.sock", DANGER_SELF },
	{ "/run/podman/podman.sock", DANGER_SELF },
	{ "/run/dockershim.sock", DANGER_SELF },
	{ "/run/cri-dockerd.sock", DANGER_SELF },
	{ "/run/systemd/private", DANGER_SELF },
	{ "/run/dbus/system_bus_socket", DANGER_SELF | DANGER_WRITABLE },
	{ "/etc/shadow", DANGER_SELF },
	{ "/etc/passwd", DANGER_SELF | DANGER_WRITABLE },
	{ "/etc/sudoers", DANGER_SELF | DANGER_WRITABLE },
	{ "/etc/sudoers.d", DANGER_SELF | DANGER_BELOW | DANGER_WRITABLE },
	{ "/etc/ssh", DANGER_SELF | DANGER_BELOW },
	{ "/etc/crontab", DANGER_SELF | DANGER_WRITABLE },
	{ "/etc/cron.d", DANGER_SELF | DANGER_BELOW | DANGER_WRITABLE },
	{ "/etc/systemd", DANGER_SELF | DANGER_BELOW | DANGER_WRITABLE },
	{ "/etc/ld.so.preload", DANGER_SELF | DANGER_WRITABLE },
	{ "/etc/kubernetes", DANGER_SELF | DANGER_BELOW },
	{ "/etc/cni", DANGER_SELF | DANGER_BELOW | DANGER_WRITABLE },
	{ "/var/spool/cron", DANGER_SELF | DANGER_BELOW | DANGER_WRITABLE },
	{ "/root", DANGER_SELF | DANGER_BELOW },
	{ "/home", DANGER_SELF },
	{ "/proc", DANGER_SELF | DANGER_BELOW },
	{ "/sys", DANGER_SELF | DANGER_BELOW | DANGER_WRITABLE },
	{ "/dev/mem", DANGER_SELF },
	{ "/boot", DANGER_SELF | DANGER_BELOW | DANGER_WRITABLE },
	{ "/lib/modules", DANGER_SELF | DANGER_BELOW | DANGER_WRITABLE },
	{ "/usr/bin", DANGER_SELF | DANGER_BELOW | DANGER_WRITABLE },
	{ "/usr/sbin", DANGER_SELF | DANGER_BELOW | DANGER_WRITABLE },
	{ "/usr/local/bin", DANGER_SELF | DANGER_BELOW | DANGER_WRITABLE },
	{ "/usr/lib", DANGER_SELF | DANGER_WRITABLE },
	{ "/bin", DANGER_SELF | DANGER_BELOW | DANGER_WRITABLE },
	{ "/sbin", DANGER_SELF | DANGER_BELOW | DANGER_WRITABLE },
	{ "/lib", DANGER_SELF | DANGER_WRITABLE },
	{ "/opt/cni/bin", DANGER_SELF | DANGER_BELOW | DANGER_WRITABLE },
	{ "/var/lib/kubelet", DANGER_SELF },
	{ "/var/lib/kubelet/pki", DANGER_SELF | DANGER_BELOW },
	{ "/var/lib/docker", DANGER_SELF },
	{ "/var/lib/containerd", DANGER_SELF },
	{ "/var/lib/containers", DANGER_SELF },
	{ "/var/lib/etcd", DANGER_SELF | DANGER_BELOW },
	{ "/var/log", DANGER_SELF | DANGER_WRITABLE },
};

/* /var/run is /run. Writes the clean path with its slash. */
static struct bytes clean_source(struct bytes source, char out[static CONFIG_TEXT_MAX + 2])
{
	out[0] = '/';
	struct bytes clean = bytes_of(out, 1 + path_clean(source, (uint8_t *)out + 1));
	return path_within(clean, BYTES_LIT("/var/run")) ? bytes_sub(clean, strlen("/var"), clean.n)
							 : clean;
}

static bool is_dangerous(struct bytes source, bool writable)
{
	if (bytes_equal(source, BYTES_LIT("/")))
		return true;
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		struct bytes place = bytes_str(places[i].path);
		if ((places[i].danger & DANGER_WRITABLE) != 0 && !writable)
			continue;
		if (path_within(place, source) ||
		    ((places[i].danger & DANGER_BELOW) != 0 && path_within(source, place)))
			return true;
	}
	return false;
}

static void judge_mount(struct entry *e, const struct container_mount *m)
{
	char clean[CONFIG_TEXT_MAX + 2];
	/* A version 1 hierarchy with its release_agent; in a namespace of its own a
	 * container sees its own part only. */
	bool cgroup = strcmp(m->type, "cgroup") == 0 && m->writable && !e->start.cgroup_namespace;
	bool bind = strcmp(m->type, "bind") == 0 &&
		    is_dangerous(clean_source(bytes_str(m->source), clean), m->writable);
	if (cgroup || bind)
		add_risk(e, ITEM_START_MOUNT,
			 entry_printf(e, "%s -> %s (%s)", m->source, m->destination,
				      m->writable ? "rw" : "ro"));
}

static void take_mount(struct entry *e, const struct config_fact *f)
{
	struct container *c = &e->c;
	bool bind = (f->number & CONFIG_MOUNT_BIND) != 0;
	struct container_mount *mount =
		entry_grow(e, c->mount, c->mount_count, sizeof *mount, CONTAINER_MOUNTS_MAX);
	if (mount == NULL)
		return;
	c->mount = mount;
	c->mount[c->mount_count++] =
		(struct container_mount){ .source = entry_text(e, f->b),
					  .destination = entry_text(e, f->a),
					  .type = entry_text(e, bind ? BYTES_LIT("bind") : f->c),
					  .writable = (f->number & CONFIG_MOUNT_WRITABLE) != 0 };
}

static void take_device(struct entry *e, const struct config_fact *f)
{
	static const char *const memory[] = { "/dev/mem", "/dev/kmem", "/dev/port" };
	bool raw = bytes_equal(f->b, BYTES_LIT("b"));
	for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++)
		raw = raw || bytes_equal(f->a, bytes_str(memory[i]));
	if (raw)
		add_risk(e, ITEM_START_MOUNT,
			 entry_printf(e, "%.*s (device)", (int)f->a.n, (const char *)f->a.p));
}

/* --- namespaces ---------------------------------------------------------------------------- */

/* Namespaces to join are files of proc, or mounts of network plug-ins: nothing else
 * is looked at. */
static bool is_hosts(struct bytes path, const char *file)
{
	char host[32], own[CONFIG_TEXT_MAX + 1];
	struct stat a, b;
	(void)snprintf(own, sizeof own, "%.*s", (int)path.n, (const char *)path.p);
	(void)snprintf(host, sizeof host, "/proc/1/ns/%s", file);
	if (!path_within(path, BYTES_LIT("/proc")) && !path_within(path, BYTES_LIT("/run/netns")) &&
	    !path_within(path, BYTES_LIT("/var/run/netns")))
		return false;
	return stat(own, &a) == 0 && stat(host, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

static void take_namespace(struct container_start *s, const struct config_fact *f)
{
	if (bytes_equal(f->a, BYTES_LIT("cgroup")))
		s->cgroup_namespace = true;
	for (size_t i = 0; i < sizeof namespace_types / sizeof namespace_types[0]; i++)
		if (bytes_equal(f->a, bytes_str(namespace_types[i])))
			s->namespaces[i] = f->b.n == 0 || !is_hosts(f->b, namespace_files[i]);
}

/* Without a user namespace of its own runs nearly everything: that is no sign. */
static void judge_namespaces(struct entry *e)
{
	for (size_t i = 0; i < NS_USER; i++)
		if (!e->start.namespaces[i])
			add_risk(e, ITEM_START_NAMESPACE,
				 entry_printf(e, "the host's %s namespace", namespace_types[i]));
	if (!e->start.namespaces[NS_PID])
		e->c.flags |= CONTAINER_HOST_PID;
	if (!e->start.namespaces[NS_NETWORK])
		e->c.flags |= CONTAINER_HOST_NET;
}

/* --- the whole ------------------------------------------------------------------------------ */

/* The runtime's own descriptors are still open where it changes to the working
 * directory (CVE-2024-21626): no honest one lies there. Behind the descriptor ".."
 * leads up where that is open, so only what stands before it may be shortened. */
static bool leads_to_descriptor(const char *cwd)
{
	char clean[CONFIG_TEXT_MAX + 2];
	struct bytes whole = bytes_str(cwd), rest = whole, component;
	while (bytes_next_field(&rest, '/', &component)) {
		if (!bytes_equal(component, BYTES_LIT("fd")))
			continue;
		struct bytes before = bytes_of(whole.p, (size_t)(component.p - whole.p) + 2);
		struct bytes path = clean_source(before, clean);
		if (path_within(path, BYTES_LIT("/proc")) || path_within(path, BYTES_LIT("/dev")))
			return true;
	}
	return false;
}

void start_take(struct entry *e, const struct config_fact *f)
{
	struct container_start *s = &e->start;
	switch (f->kind) {
	case FACT_CAPABILITY:
		take_capability(s, f->a);
		break;
	case FACT_NAMESPACE:
		take_namespace(s, f);
		break;
	case FACT_MOUNT:
		take_mount(e, f);
		break;
	case FACT_DEVICE:
		take_device(e, f);
		break;
	case FACT_CWD:
		s->cwd = entry_text(e, f->a);
		break;
	case FACT_SECCOMP:
		s->seccomp = true;
		break;
	case FACT_ALL_DEVICES:
		s->all_devices = true;
		break;
	case FACT_MASKED_PATH:
		s->masked++;
		break;
	default:
		break;
	}
}

void container_judge(struct entry *e)
{
	const struct container_start *s = &e->start;
	bool own_users = s->namespaces[NS_USER];
	if (is_privileged(s) && !own_users)
		add_risk(e, ITEM_START_PRIVILEGED,
			 entry_printf(e, "privileged: all capabilities, %s",
				      s->all_devices ? "all devices" : "nothing of proc masked"));
	if (!own_users)
		judge_capabilities(e);
	for (size_t i = 0; i < e->c.mount_count; i++)
		judge_mount(e, &e->c.mount[i]);
	judge_namespaces(e);
	if (!s->seccomp)
		add_risk(e, ITEM_START_UNCONFINED, entry_text(e, BYTES_LIT("no seccomp profile")));
	if (leads_to_descriptor(s->cwd))
		add_risk(e, ITEM_LEAKED_DESCRIPTOR,
			 entry_printf(e, "working directory %s", s->cwd));
	container_name_app(e);
}
