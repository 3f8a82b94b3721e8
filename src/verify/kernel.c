/* The first step of escapes through the kernel. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/perf_event.h>

#include "verify/attack.h"

/* Other refusals than these two are the kernel's own: the step was let through. */
static int passed(long result)
{
	if (result >= 0)
		return ATTACK_HAPPENED;
	return errno == EPERM || errno == EACCES ? -errno : ATTACK_HAPPENED;
}

static int done(long result)
{
	return result >= 0 ? ATTACK_HAPPENED : -errno;
}

static int mount_tmpfs(void)
{
	const char *to = fresh_name("/opt");
	int result;

	if (mkdir(to, 0700) != 0)
		return -errno;
	result = done(mount("t", to, "tmpfs", 0, NULL));
	if (result == ATTACK_HAPPENED)
		umount(to);
	return result;
}

static int mount_new_calls(void)
{
	return done(syscall(SYS_fsopen, "tmpfs", 0));
}

static int mount_open_tree(void)
{
	return done(syscall(SYS_open_tree, AT_FDCWD, "/opt", 1 /* OPEN_TREE_CLONE */));
}

static int mount_umount(void)
{
	/* In use, so it stays: what is asked is whether it may be tried. */
	return passed(umount2("/vol", MNT_EXPIRE));
}

static int core_pattern(void)
{
	return rewrite("/proc/sys/kernel/core_pattern", "core");
}

static int modprobe_path(void)
{
	return rewrite("/proc/sys/kernel/modprobe", "/sbin/modprobe");
}

static int proc_sys(void)
{
	return rewrite("/proc/sys/kernel/panic", "0");
}

static int proc_sys_irq(void)
{
	return rewrite("/proc/irq/default_smp_affinity", "1");
}

static int sysrq(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY);

	/* Opened, not written. */
	return fd < 0 ? -errno : ATTACK_HAPPENED;
}

static int uevent_helper(void)
{
	return rewrite("/sys/kernel/uevent_helper", "\n");
}

static int sysfs_plain(void)
{
	return rewrite("/sys/block/vda/queue/read_ahead_kb", "128");
}

static int binfmt(void)
{
	int fd = open("/binfmt/register", O_WRONLY);

	if (fd < 0)
		return errno == ENOENT ? attack_absent("binfmt_misc is not mounted") : -errno;
	return ATTACK_HAPPENED;
}

static int cgroup1_file(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/cgroup1/%s", name);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return errno == ENOENT ? attack_absent("no such cgroup v1 here") : -errno;
	return ATTACK_HAPPENED;
}

static int release_agent(void)
{
	return cgroup1_file("release_agent");
}

static int notify_on_release(void)
{
	return cgroup1_file("notify_on_release");
}

static int cgroup_devices(void)
{
	return cgroup1_file("devices.allow");
}

static int open_device(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return errno == EPERM || errno == EACCES ? -errno
							 : attack_absent("no such device here");
	return ATTACK_HAPPENED;
}

static int block_device(void)
{
	return open_device("/dev/attack-block");
}

static int raw_memory(void)
{
	return open_device("/dev/attack-mem");
}

static int kcore(void)
{
	return open_device("/proc/kcore");
}

static int make_node(void)
{
	return done(mknod(fresh_name("/opt"), S_IFCHR | 0600, makedev(1, 5)));
}

static int make_fifo(void)
{
	return done(mknod(fresh_name("/opt"), S_IFIFO | 0600, 0));
}

static int join_host(void)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)attack_starter);
	fd = open(path, O_RDONLY);
	return fd < 0 ? -errno : done(setns(fd, CLONE_NEWNS));
}

static int join_bound(void)
{
	int fd = open("/hostns", O_RDONLY);

	if (fd < 0)
		return errno == ENOENT ? attack_absent("no namespace is bound here") : -errno;
	return done(setns(fd, 0));
}

static int user_namespace(void)
{
	return done(unshare(CLONE_NEWUSER));
}

static int user_namespace_clone(void)
{
	long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0);

	if (child == 0)
		_exit(0);
	if (child > 0)
		waitpid((pid_t)child, NULL, 0);
	return done(child);
}

static int ptrace_outside(void)
{
	int result = done(ptrace(PTRACE_SEIZE, 1, 0, 0));

	if (result == ATTACK_HAPPENED)
		ptrace(PTRACE_DETACH, 1, 0, 0);
	return result;
}

static int outside_root(void)
{
	int fd = open("/proc/1/root/", O_RDONLY | O_DIRECTORY);

	return fd < 0 ? -errno : ATTACK_HAPPENED;
}

static int outside_memory(void)
{
	int fd = open("/proc/1/mem", O_RDONLY);

	return fd < 0 ? -errno : ATTACK_HAPPENED;
}

static int outside_vm(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { (void *)(uintptr_t)4096, 1 };

	return passed(process_vm_readv(1, &here, 1, &there, 1, 0));
}

static int outside_descriptor(void)
{
	long fd = syscall(SYS_pidfd_open, 1, 0);

	return fd < 0 ? -errno : passed(syscall(SYS_pidfd_getfd, fd, 0, 0));
}

static int own_child_traced(void)
{
	pid_t child = fork();
	int result;

	if (child == 0) {
		pause();
		_exit(0);
	}
	result = done(ptrace(PTRACE_SEIZE, child, 0, 0));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	return result;
}

static int file_handle(void)
{
	struct {
		struct file_handle h;
		char bytes[MAX_HANDLE_SZ];
	} u = { .h.handle_bytes = MAX_HANDLE_SZ };
	int mount, at;

	if (name_to_handle_at(AT_FDCWD, "/vol", &u.h, &mount, 0) != 0)
		return attack_absent("the volume's file system has no handles");
	at = open("/vol", O_RDONLY);
	return passed(open_by_handle_at(at, &u.h, O_RDONLY));
}

static int module_bytes(void)
{
	static const char bytes[4096];

	return passed(syscall(SYS_init_module, bytes, sizeof(bytes), ""));
}

static int module_file(void)
{
	int fd = open("/bin/mark", O_RDONLY);

	return fd < 0 ? -errno : passed(syscall(SYS_finit_module, fd, "", 0));
}

/* More segments than a kernel can have: refused behind the guard's question. */
static int kexec(void)
{
	return passed(syscall(SYS_kexec_load, 0, 1UL << 20, NULL, 0));
}

static int bpf_map(void)
{
	union bpf_attr a;

	memset(&a, 0, sizeof(a));
	a.map_type = BPF_MAP_TYPE_ARRAY;
	a.key_size = a.value_size = 4;
	a.max_entries = 1;
	return passed(syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof(a)));
}

static int perf(void)
{
	struct perf_event_attr a = { .type = PERF_TYPE_SOFTWARE,
				     .size = sizeof(a),
				     .config = PERF_COUNT_SW_CPU_CLOCK };

	return passed(syscall(SYS_perf_event_open, &a, 0, -1, -1, 0));
}

static int userfault(void)
{
	return done(syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */));
}

static int add_key(void)
{
	return done(syscall(SYS_add_key, "user", "attack", "x", 1, -2 /* process keyring */));
}

static int key_control(void)
{
	return done(syscall(SYS_keyctl, 0 /* id of */, -3 /* session keyring */, 0));
}

static int io_uring(void)
{
	char parameters[120] = "";
	long fd = syscall(SYS_io_uring_setup, 4, parameters);

	if (fd < 0 && errno == ENOSYS)
		return attack_absent("this kernel has no io_uring");
	return done(fd);
}

static int port_access(void)
{
	return passed(syscall(SYS_iopl, 3));
}

/* CAP_SYSLOG, beyond what a container usually has: asks for the buffer's size. */
static int capability(void)
{
	return passed(syscall(SYS_syslog, 10, NULL, 0));
}

static int runtime_program(void)
{
	return open("/vol/runc", O_WRONLY) < 0 ? -errno : ATTACK_HAPPENED;
}

static int leave_cgroup(void)
{
	int fd = open("/cgroup2/cgroup.procs", O_WRONLY);

	if (fd < 0)
		return errno == ENOENT ? attack_absent("no cgroup v2 is mounted here") : -errno;
	return write(fd, "0", 1) == 1 ? ATTACK_HAPPENED : -errno;
}

const struct attack attacks_kernel[] = {
	{ "mount", mount_tmpfs },
	{ "mount/new-calls", mount_new_calls },
	{ "mount/open-tree", mount_open_tree },
	{ "mount/umount", mount_umount },
	{ "release-agent", release_agent },
	{ "release-agent/notify", notify_on_release },
	{ "cgroup-devices", cgroup_devices },
	{ "core-pattern", core_pattern },
	{ "modprobe", modprobe_path },
	{ "uevent-helper", uevent_helper },
	{ "binfmt-misc", binfmt },
	{ "sysrq", sysrq },
	{ "proc-sys", proc_sys },
	{ "proc-sys/irq", proc_sys_irq },
	{ "sysfs", sysfs_plain },
	{ "block-device", block_device },
	{ "mknod", make_node },
	{ "fifo", make_fifo },
	{ "setns", join_host },
	{ "setns/bound", join_bound },
	{ "user-namespace", user_namespace },
	{ "user-namespace/clone", user_namespace_clone },
	{ "ptrace", ptrace_outside },
	{ "ptrace/root", outside_root },
	{ "ptrace/memory", outside_memory },
	{ "ptrace/vm", outside_vm },
	{ "ptrace/descriptor", outside_descriptor },
	{ "own-child-traced", own_child_traced },
	{ "file-handle", file_handle },
	{ "module", module_bytes },
	{ "module/file", module_file },
	{ "kexec", kexec },
	{ "raw-memory", raw_memory },
	{ "raw-memory/kcore", kcore },
	{ "raw-memory/port", port_access },
	{ "bpf", bpf_map },
	{ "perf", perf },
	{ "userfaultfd", userfault },
	{ "keyring", add_key },
	{ "keyring/control", key_control },
	{ "io-uring", io_uring },
	{ "capability", capability },
	{ "cgroup-leave", leave_cgroup },
	{ "runtime-write", runtime_program },
	{ NULL, NULL },
};
