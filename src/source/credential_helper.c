#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "source/credentials.h"
#include "source/docker_config.h"

/* Somebody may have to type a passphrase. */
enum { HELPER_SECONDS = 120 };

struct helper {
	pid_t pid;
	int out; /* its standard output */
};

/* A pipe that already holds what the helper is to read: the text is far
 * smaller than a pipe, and nobody is there yet to break it. */
static int filled_pipe(const char *text, int *ret_read, struct error *err)
{
	int p[2] = { -1, -1 };
	if (pipe2(p, O_CLOEXEC) < 0)
		return error_errno(err, "pipe");
	cleanup_close int in = p[0];
	cleanup_close int out = p[1];
	if (fd_write_full(out, text, strlen(text)) < 0)
		return error_errno(err, "pipe");
	*ret_read = fd_take(&in);
	return 0;
}

static int spawn(const char *program, int in, int out, pid_t *ret_pid, struct error *err)
{
	char *argv[] = { (char *)program, (char *)"get", NULL };
	posix_spawn_file_actions_t fds;
	if (posix_spawn_file_actions_init(&fds) != 0)
		return error_set(err, ERR_MEMORY, "no memory to start %s", program);
	int r = posix_spawn_file_actions_adddup2(&fds, in, STDIN_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&fds, out, STDOUT_FILENO);
	/* By PATH and with our environment: a helper is the user's own program
	 * and needs the user's session. */
	if (r == 0)
		r = posix_spawnp(ret_pid, program, &fds, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&fds);
	if (r == 0)
		return 0;
	errno = r;
	return error_errno(err, "cannot run the credential helper %s", program);
}

static int helper_start(const char *program, const char *server, struct helper *ret,
			struct error *err)
{
	cleanup_close int in = -1;
	int p[2] = { -1, -1 };
	if (filled_pipe(server, &in, err) < 0)
		return -1;
	if (pipe2(p, O_CLOEXEC) < 0)
		return error_errno(err, "pipe");
	cleanup_close int out_read = p[0];
	cleanup_close int out_write = p[1];
	if (spawn(program, in, out_write, &ret->pid, err) < 0)
		return -1;
	ret->out = fd_take(&out_read);
	return 0;
}

/* All that the helper says until it closes its output, within the time. */
static int helper_read(const struct helper *h, struct buf *out, struct error *err)
{
	uint64_t end = clock_monotonic_ns() + HELPER_SECONDS * UINT64_C(1000000000);
	for (;;) {
		uint64_t now = clock_monotonic_ns();
		struct pollfd p = { .fd = h->out, .events = POLLIN };
		int left = now < end ? (int)((end - now) / 1000000) : 0;
		int ready = poll(&p, 1, left);
		if (ready == 0)
			return error_set(err, ERR_IO, "did not answer within %d s", HELPER_SECONDS);
		if (ready < 0 && errno == EINTR)
			continue;
		if (buf_reserve(out, 4096, err) < 0)
			return -1;
		ssize_t n = read(h->out, out->p + out->n, 4096);
		if (n < 0 && errno != EINTR)
			return error_errno(err, "cannot read its answer");
		if (n == 0)
			return 0;
		out->n += n > 0 ? (size_t)n : 0;
	}
}

static int helper_end(struct helper *h, bool kill_it)
{
	int status = 0;
	if (kill_it)
		(void)kill(h->pid, SIGKILL);
	while (waitpid(h->pid, &status, 0) < 0 && errno == EINTR)
		;
	(void)close(h->out);
	return status;
}

/* The helpers' common words for "I do not know this server". */
static bool says_unknown(struct bytes text)
{
	return bytes_starts_with(bytes_trim(text), BYTES_LIT("credentials not found"));
}

static int helper_answer(int status, struct bytes text, struct credential *ret, struct error *err)
{
	if (status == 0)
		return docker_helper_parse(text, ret, err);
	if (says_unknown(text)) {
		*ret = (struct credential){ 0 };
		return 0;
	}
	struct bytes said = bytes_sub(bytes_trim(text), 0, 200);
	return error_set(err, ERR_AUTH, "failed: %.*s", (int)said.n, (const char *)said.p);
}

int credential_helper_get(const char *name, const char *server, struct credential *ret,
			  struct error *err)
{
	char program[HELPER_NAME_MAX + 32];
	struct helper h = { .out = -1 };
	cleanup_secret_buf struct buf text = buf_max(SECRET_MAX);
	/* One allocation: growing would leave pieces of a secret behind. */
	if (buf_reserve(&text, SECRET_MAX, err) < 0)
		return -1;
	(void)snprintf(program, sizeof program, "docker-credential-%s", name);
	if (helper_start(program, server, &h, err) < 0)
		return -1;
	int r = helper_read(&h, &text, err);
	int status = helper_end(&h, r < 0);
	if (r == 0)
		r = helper_answer(status, buf_view(&text), ret, err);
	return r < 0 ? error_wrap(err, "credential helper %s", program) : 0;
}
