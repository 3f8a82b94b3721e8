#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <seccomp.h>

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* What a parser needs: its descriptors, memory, threads, time, an end. */
static const int worker_calls[] = {
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(recvmsg), /* a descriptor from the parent */
	SCMP_SYS(pread64),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(pwrite64),
	SCMP_SYS(lseek),
	SCMP_SYS(close),
	SCMP_SYS(dup3),
	SCMP_SYS(fstat),
	SCMP_SYS(newfstatat),
	SCMP_SYS(ftruncate),
	SCMP_SYS(poll),
	SCMP_SYS(ppoll),
	SCMP_SYS(brk),
	SCMP_SYS(munmap),
	SCMP_SYS(mremap),
	SCMP_SYS(madvise),
	SCMP_SYS(futex),
	SCMP_SYS(set_robust_list),
	SCMP_SYS(rseq),
	SCMP_SYS(sched_yield),
	SCMP_SYS(sched_getaffinity),
	SCMP_SYS(getpid),
	SCMP_SYS(gettid),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sigaltstack),
	SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(clock_nanosleep),
	SCMP_SYS(nanosleep),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

/* What speaking to the network needs besides. */
static const int fetch_calls[] = {
	SCMP_SYS(connect),
	SCMP_SYS(bind),
	SCMP_SYS(getsockname),
	SCMP_SYS(getpeername),
	SCMP_SYS(getsockopt),
	SCMP_SYS(setsockopt),
	SCMP_SYS(shutdown),
	SCMP_SYS(sendto),
	SCMP_SYS(recvfrom),
	SCMP_SYS(sendmsg),
	SCMP_SYS(sendmmsg),
	SCMP_SYS(recvmmsg),
	SCMP_SYS(socketpair),
	SCMP_SYS(pipe2),
	SCMP_SYS(eventfd2),
	SCMP_SYS(epoll_create1),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(select),
	SCMP_SYS(pselect6),
	SCMP_SYS(fcntl),
	SCMP_SYS(access),
	SCMP_SYS(faccessat),
	SCMP_SYS(faccessat2),
	SCMP_SYS(stat),
	SCMP_SYS(lstat),
	SCMP_SYS(statx),
	SCMP_SYS(readlink),
	SCMP_SYS(readlinkat),
	SCMP_SYS(getdents64),
	SCMP_SYS(uname),
	SCMP_SYS(sysinfo),
	SCMP_SYS(getuid),
	SCMP_SYS(geteuid),
	SCMP_SYS(getgid),
	SCMP_SYS(getegid),
	SCMP_SYS(prlimit64),
	SCMP_SYS(getrlimit),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(time),
	SCMP_SYS(sched_getparam),
	SCMP_SYS(sched_getscheduler),
};

/* Address sanitizer looks at its own maps and stacks when it starts a thread
 * or reports; only builds for tests have it. */
static const int sanitizer_calls[] = {
	SCMP_SYS(prctl),
	SCMP_SYS(readlink),
	SCMP_SYS(getrlimit),
	SCMP_SYS(prlimit64),
	SCMP_SYS(open),
	SCMP_SYS(openat),
	SCMP_SYS(getdents64),
	SCMP_SYS(clone),
	SCMP_SYS(mmap),
	SCMP_SYS(mprotect),
	SCMP_SYS(dup),
	SCMP_SYS(dup2),
	SCMP_SYS(pipe2),
	SCMP_SYS(fork),
	SCMP_SYS(wait4),
	SCMP_SYS(tgkill),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(getppid),
	SCMP_SYS(kill),
	SCMP_SYS(arch_prctl),
	SCMP_SYS(fcntl),
	SCMP_SYS(sched_getparam),
	SCMP_SYS(sched_getscheduler),
	SCMP_SYS(ioctl),
	SCMP_SYS(membarrier),
};

static int allow_all(scmp_filter_ctx ctx, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, calls[i], 0) < 0)
			return -1;
	return 0;
}

#define ALLOW(ctx, list) allow_all(ctx, list, sizeof(list) / sizeof((list)[0]))

/* Memory that is never executable, and threads but no processes. */
static int allow_memory_and_threads(scmp_filter_ctx ctx)
{
	const uint64_t thread = CLONE_VM | CLONE_THREAD | CLONE_SIGHAND;
	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
			     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) < 0 ||
	    seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
			     SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) < 0)
		return -1;
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
				SCMP_A0(SCMP_CMP_MASKED_EQ, thread, thread));
}

/* Sockets of the network and the kernel's routing socket, which getaddrinfo asks;
 * none of the machine's own services (docker.sock). */
static int allow_network_sockets(scmp_filter_ctx ctx)
{
	static const unsigned families[] = { AF_INET, AF_INET6, AF_NETLINK };
	for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1,
				     SCMP_A0(SCMP_CMP_EQ, families[i], 0)) < 0)
			return -1;
	return 0;
}

/* Files are only ever opened for reading; loading a name-service module maps
 * code. */
static int allow_reading_files(scmp_filter_ctx ctx)
{
	const uint64_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1,
			     SCMP_A2(SCMP_CMP_MASKED_EQ, writing, 0)) < 0 ||
	    seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(open), 1,
			     SCMP_A1(SCMP_CMP_MASKED_EQ, writing, 0)) < 0)
		return -1;
	if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
			     SCMP_A2(SCMP_CMP_EQ, PROT_READ | PROT_EXEC, 0)) < 0)
		return -1;
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
				SCMP_A2(SCMP_CMP_EQ, PROT_READ, 0));
}

/* abort(3) and raise(3) signal their own process, and nobody needs another. */
static int allow_own_signals(scmp_filter_ctx ctx)
{
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
				SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
}

/* What sockets and stdio ask. Not TIOCSTI, which types into the terminal that
 * standard error may be. */
static int allow_descriptor_controls(scmp_filter_ctx ctx)
{
	static const scmp_datum_t requests[] = { FIONBIO, FIONREAD, TCGETS };
	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
				     SCMP_A1(SCMP_CMP_EQ, requests[i], 0)) < 0)
			return -1;
	return 0;
}

static int fill_filter(scmp_filter_ctx ctx, enum sandbox_profile profile)
{
	if (ALLOW(ctx, worker_calls) < 0)
		return -1;
	/* glibc tries clone3, whose flags a filter cannot see, and falls back. */
	if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) < 0)
		return -1;
	if (SANITIZED && ALLOW(ctx, sanitizer_calls) < 0)
		return -1;
	if (!SANITIZED && (allow_memory_and_threads(ctx) < 0 || allow_own_signals(ctx) < 0))
		return -1;
	if (profile != SANDBOX_FETCH)
		return 0;
	if (ALLOW(ctx, fetch_calls) < 0 || allow_network_sockets(ctx) < 0)
		return -1;
	if (SANITIZED)
		return 0;
	return allow_reading_files(ctx) < 0 ? -1 : allow_descriptor_controls(ctx);
}

int seccomp_enter(enum sandbox_profile profile, struct error *err)
{
	/* A parser that asks for anything else has been taken over: it dies. A
	 * network library may probe for what it can do without. */
	uint32_t otherwise = profile == SANDBOX_WORKER && !SANITIZED ? SCMP_ACT_KILL_PROCESS
								     : SCMP_ACT_ERRNO(EPERM);
	scmp_filter_ctx ctx = seccomp_init(otherwise);
	if (ctx == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the system-call filter");
	int r = fill_filter(ctx, profile);
	if (r == 0)
		r = seccomp_load(ctx);
	seccomp_release(ctx);
	if (r < 0)
		return error_set(err, ERR_INTERNAL, "the system-call filter cannot be loaded");
	return 0;
}
