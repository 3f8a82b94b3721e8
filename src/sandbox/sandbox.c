#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "sandbox/internal.h"

/* What name resolution and certificate checks read. */
static const char *const fetch_paths[] = {
	"/etc/resolv.conf",
	"/etc/hosts",
	"/etc/host.conf",
	"/etc/nsswitch.conf",
	"/etc/gai.conf",
	"/etc/services",
	"/etc/protocols",
	"/etc/ssl",
	"/etc/pki",
	"/etc/ld.so.cache",
	"/usr/share/ca-certificates",
	"/usr/local/share/ca-certificates",
	"/usr/lib/ssl",
	"/usr/lib",
	"/lib",
	"/lib64",
	"/usr/lib64",
	"/run/systemd/resolve",
	"/run/resolvconf",
	NULL,
};

/* Bytes of address space in use now (/proc/self/statm, first field: pages). */
static uint64_t address_space_now(void)
{
	char text[128];
	uint64_t pages;
	cleanup_close int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd >= 0 ? fd_read_full(fd, text, sizeof text) : 0;
	struct bytes rest = bytes_of(text, n > 0 ? (size_t)n : 0), field;
	if (!bytes_next_field(&rest, ' ', &field) || !bytes_to_u64(field, &pages))
		return GIB;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool is_sanitized(uint64_t address_space)
{
	return address_space > 1024 * GIB; /* shadow memory: a limit makes no sense */
}

static int set_limit(__rlimit_resource_t what, uint64_t value, struct error *err)
{
	struct rlimit l = { value, value };
	return setrlimit(what, &l) == 0 ? 0 : error_errno(err, "setrlimit");
}

static int limit_resources(enum sandbox_profile profile, const struct sandbox_limits *limits,
			   struct error *err)
{
	uint64_t now = address_space_now();
	uint64_t more = limits != NULL && limits->memory > 0 ? limits->memory : LIMIT_WORKER_MEMORY;
	if (set_limit(RLIMIT_CORE, 0, err) < 0)
		return -1;
	if (!is_sanitized(now) && set_limit(RLIMIT_AS, now + more, err) < 0)
		return -1;
	if (limits != NULL && limits->cpu_seconds > 0 &&
	    set_limit(RLIMIT_CPU, limits->cpu_seconds, err) < 0)
		return -1;
	if (profile == SANDBOX_WORKER)
		return set_limit(RLIMIT_FSIZE, LIMIT_FILE_TEMP, err);
	return set_limit(RLIMIT_FSIZE, RLIM_INFINITY, err);
}

int sandbox_enter(enum sandbox_profile profile, const struct sandbox_limits *limits,
		  bool *ret_degraded, struct error *err)
{
	const char *const *lists[3] = { NULL };
	size_t n = 0;
	bool missing = false;
	if (profile == SANDBOX_FETCH)
		lists[n++] = fetch_paths;
	if (limits != NULL && limits->read_paths != NULL)
		lists[n++] = limits->read_paths;
	if (limit_resources(profile, limits, err) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return error_errno(err, "prctl");
	if (landlock_enter(lists, profile == SANDBOX_FETCH, &missing, err) < 0)
		return -1;
	if (seccomp_enter(profile, err) < 0)
		return -1;
	if (ret_degraded != NULL)
		*ret_degraded = missing;
	return 0;
}
