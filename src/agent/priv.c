/* The priv role: parent of the others. It holds nothing but their process
 * descriptors and writes what it sees to the heartbeat file, from which anybody can
 * tell a dead agent from a silent one. */
#include "agent/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "agent/privilege.h"
#include "sandbox/sandbox.h"

enum {
	BEAT_MS = 2000,
	BACKOFF_MAX_S = 30,
	ROLE_FD = 3,
	/* A sensor that stands still holds starts back that it should answer: fanotify
	 * waits for it, and for nobody else. */
	STILL_S = 10,
	STARTING_S = 60
};

struct roles {
	const struct agent_options *o;
	struct child enforce, sensor;
	unsigned restarts, backoff;
	int lock, signals, run_dir;
	int beat; /* a byte a second from the sensor */
	time_t last_beat; /* or when it is late, CLOCK_MONOTONIC */
	char last_end[256]; /* how a role ended last */
};

/* beat: -1, or the sensor's end of the pipe. */
static int role_start(const struct agent_options *o, const char *role, int sock, int beat,
		      struct child *ret, struct error *err)
{
	char text[7][4200];
	const char *args[9] = { text[0], text[1], text[2], text[3], text[4], text[5], NULL };
	(void)snprintf(text[0], sizeof text[0], "--role=%s", role);
	(void)snprintf(text[1], sizeof text[1], "--run-dir=%s", o->run_dir);
	(void)snprintf(text[2], sizeof text[2], "--state-dir=%s", o->state_dir);
	(void)snprintf(text[3], sizeof text[3], "--rules-dir=%s", o->rules_dir);
	(void)snprintf(text[4], sizeof text[4], "--backends=%#x", o->backends);
	(void)snprintf(text[5], sizeof text[5], "--node=%s", o->node);
	if (o->pin_dir != NULL) {
		(void)snprintf(text[6], sizeof text[6], "--pin-dir=%s", o->pin_dir);
		args[6] = text[6];
	}
	char syslog[4200];
	if (o->syslog != NULL) {
		(void)snprintf(syslog, sizeof syslog, "--syslog=%s", o->syslog);
		args[o->pin_dir != NULL ? 7 : 6] = syslog;
	}
	struct child_fd fds[] = { { .from = sock, .to = ROLE_FD },
				  { .from = beat, .to = ROLE_FD + 1 } };
	return child_start("corten-agent", args, fds, beat < 0 ? 1 : 2, ret, err);
}

static time_t monotonic(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* Both, or none: a role alone is of no use. */
static int roles_start(struct roles *r, struct error *err)
{
	int pair[2], beat[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return error_errno(err, "cannot connect the roles");
	if (pipe2(beat, O_CLOEXEC | O_NONBLOCK) != 0) {
		error_errno(err, "cannot connect the roles");
		(void)close(pair[0]);
		(void)close(pair[1]);
		return -1;
	}
	int result = role_start(r->o, "enforce", pair[0], -1, &r->enforce, err);
	if (result == 0)
		result = role_start(r->o, "sensor", pair[1], beat[1], &r->sensor, err);
	(void)close(pair[0]);
	(void)close(pair[1]);
	(void)close(beat[1]);
	if (r->beat >= 0)
		(void)close(r->beat);
	r->beat = beat[0];
	r->last_beat = monotonic() + STARTING_S;
	if (result != 0)
		child_kill(&r->enforce);
	return result;
}

static void roles_stop(struct roles *r)
{
	child_kill(&r->sensor);
	child_kill(&r->enforce);
}

static int heartbeat(const struct roles *r, struct error *err)
{
	char text[1024];
	int n = snprintf(
		text, sizeof text,
		"{\"time\":%lld,\"pid\":%d,\"version\":\"%s\",\"enforce\":%d,\"sensor\":%d,"
		"\"restarts\":%u,\"last_end\":\"%s\"}\n",
		(long long)time(NULL), (int)getpid(), CORTEN_VERSION, (int)r->enforce.pid,
		(int)r->sensor.pid, r->restarts, r->last_end);
	return fd_write_file(r->run_dir, "heartbeat", bytes_of(text, (size_t)n), 0644, err);
}

/* One agent a node: the second finds the lock taken. */
static int lock_take(struct roles *r, struct error *err)
{
	if (fd_make_dirs(r->o->run_dir, 0755, err) != 0)
		return -1;
	r->run_dir = open(r->o->run_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r->lock = r->run_dir < 0 ? -1
				 : openat(r->run_dir, "agent.lock",
					  O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (r->lock < 0)
		return error_errno(err, "cannot use %s", r->o->run_dir);
	if (flock(r->lock, LOCK_EX | LOCK_NB) != 0)
		return error_set(err, ERR_USAGE, "another agent runs already (%s/agent.lock)",
				 r->o->run_dir);
	return 0;
}

static int signals_take(struct roles *r, struct error *err)
{
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return error_errno(err, "cannot block signals");
	r->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return r->signals < 0 ? error_errno(err, "cannot wait for signals") : 0;
}

static void role_ended(struct roles *r, struct child *c, const char *name)
{
	int status = 0;
	char how[128];
	if (child_wait(c, 0, &status, NULL) != 1)
		return;
	child_status_text(status, how, sizeof how);
	(void)snprintf(r->last_end, sizeof r->last_end, "%s %s", name, how);
	log_at(LOG_ERROR, "the %s role %s; what is pinned in the kernel stays in force", name, how);
}

/* After an end: the other goes too, both come again, later each time. False: told
 * to stop meanwhile. */
static bool roles_again(struct roles *r)
{
	struct pollfd p = { .fd = r->signals, .events = POLLIN };
	struct error err = { 0 };
	roles_stop(r);
	r->restarts++;
	(void)heartbeat(r, &err);
	if (poll(&p, 1, (int)r->backoff * 1000) > 0)
		return false;
	r->backoff = r->backoff * 2 > BACKOFF_MAX_S ? BACKOFF_MAX_S : r->backoff * 2 + 1;
	if (roles_start(r, &err) != 0)
		log_at(LOG_ERROR, "%s", err.text);
	return true;
}

static void beat_take(struct roles *r)
{
	char bytes[64];
	if (read(r->beat, bytes, sizeof bytes) > 0)
		r->last_beat = monotonic();
	if (monotonic() - r->last_beat <= STILL_S)
		return;
	log_at(LOG_ERROR,
	       "the sensor role stands still: it is ended, so that no start waits for it");
	(void)snprintf(r->last_end, sizeof r->last_end, "sensor stood still");
	child_kill(&r->sensor);
}

/* False: told to stop. */
static bool watch_once(struct roles *r)
{
	struct pollfd p[3] = { { .fd = r->signals, .events = POLLIN },
			       { .fd = r->enforce.pidfd, .events = POLLIN },
			       { .fd = r->sensor.pidfd, .events = POLLIN } };
	if (r->enforce.pid == 0 || r->sensor.pid == 0)
		return roles_again(r);
	int n = poll(p, 3, BEAT_MS);
	if (n > 0 && p[0].revents != 0)
		return false;
	if (n == 0) {
		struct error err = { 0 };
		r->backoff = 0;
		if (heartbeat(r, &err) != 0)
			log_at(LOG_WARNING, "%s", err.text);
	}
	beat_take(r);
	if (n > 0 && p[1].revents != 0)
		role_ended(r, &r->enforce, "enforce");
	if (n > 0 && p[2].revents != 0 && r->sensor.pid != 0)
		role_ended(r, &r->sensor, "sensor");
	return true;
}

int agent_run(const struct agent_options *o, struct error *err)
{
	struct roles r = { .o = o, .lock = -1, .signals = -1, .run_dir = -1, .beat = -1 };
	if (lock_take(&r, err) != 0 || privilege_keep(PRIVILEGE_PRIV, err) != 0 ||
	    signals_take(&r, err) != 0 || roles_start(&r, err) != 0)
		return -1;
	if (heartbeat(&r, err) != 0)
		return -1;
	while (watch_once(&r))
		;
	roles_stop(&r);
	(void)unlinkat(r.run_dir, "heartbeat", 0);
	(void)unlinkat(r.run_dir, "agent.sock", 0);
	return 0;
}
