/* The container's first program: reads names of attacks from standard input, tries
 * each in a child, and answers a line: happened, killed, denied ERRNO, absent WHY. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verify/attack.h"

enum { MARK = 42, NAMES = 8 };
#define FILE_AT "file-at/"
#define CONNECT_TO "connect-to/"

pid_t attack_starter;
static const char *absent_reason = "";

int attack_absent(const char *why)
{
	absent_reason = why;
	return ATTACK_ABSENT;
}

const char *fresh_name(const char *folder)
{
	static char name[NAMES][64];
	static unsigned at;
	char *own = name[at++ % NAMES];

	snprintf(own, sizeof(name[0]), "%s/a%d-%u", folder, (int)getpid(), at);
	return own;
}

int copy_program(const char *from, const char *to, const char *extra)
{
	char buf[65536];
	ssize_t n = 0;
	int in = open(from, O_RDONLY | O_CLOEXEC), out, failed = 0;

	if (in < 0)
		return -errno;
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	if (out < 0)
		return -errno;
	while ((n = read(in, buf, sizeof(buf))) > 0 && !failed)
		failed = write(out, buf, (size_t)n) != n;
	if (extra != NULL)
		failed |= write(out, extra, strlen(extra)) < 0;
	if (failed || n < 0 || fchmod(out, 0755) != 0)
		return -EIO;
	close(in);
	close(out);
	return 0;
}

int run_arguments(char *const argv[])
{
	int status, pipes[2], failure = 0;
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC) != 0)
		return -errno;
	child = fork();
	if (child == 0) {
		execv(argv[0], argv);
		failure = errno;
		if (write(pipes[1], &failure, sizeof(failure)) < 0)
			_exit(1);
		_exit(1);
	}
	close(pipes[1]);
	if (read(pipes[0], &failure, sizeof(failure)) != sizeof(failure))
		failure = 0;
	close(pipes[0]);
	if (waitpid(child, &status, 0) != child)
		return -errno;
	if (failure != 0)
		return -failure;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return ATTACK_KILLED;
	return WIFEXITED(status) && WEXITSTATUS(status) == MARK ? ATTACK_HAPPENED : -ENOEXEC;
}

int run_program(const char *path)
{
	char *argv[] = { (char *)path, "mark", NULL };

	return run_arguments(argv);
}

int rewrite(const char *path, const char *text)
{
	char old[4096];
	ssize_t n = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC), failed = 0;

	if (fd >= 0) {
		n = read(fd, old, sizeof(old));
		close(fd);
	}
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? attack_absent("the kernel has no such file") : -errno;
	if (n > 0 ? write(fd, old, (size_t)n) < 0 : write(fd, text, strlen(text)) < 0)
		failed = errno;
	close(fd);
	/* What the file thinks of the text is its matter. */
	return failed == EPERM || failed == EACCES ? -failed : ATTACK_HAPPENED;
}

static const struct attack *find(const char *name)
{
	const struct attack *const tables[] = { attacks_exec, attacks_kernel, attacks_file,
						attacks_net };

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (const struct attack *a = tables[t]; a->name != NULL; a++) {
			if (strcmp(a->name, name) == 0)
				return a;
		}
	}
	return NULL;
}

static void answer(int result)
{
	if (result == ATTACK_HAPPENED)
		printf("happened\n");
	else if (result == ATTACK_KILLED)
		printf("killed\n");
	else if (result == ATTACK_ABSENT)
		printf("absent %s\n", absent_reason);
	else
		printf("denied %s\n", strerror(-result));
	fflush(stdout);
}

struct told {
	int result;
	char reason[96];
};

/* "operation PATH" behind FILE_AT, else the name of an attack. */
static int run_named(const char *name)
{
	const struct attack *a = find(name);
	char operation[32];
	const char *path;

	if (strncmp(name, CONNECT_TO, strlen(CONNECT_TO)) == 0)
		return attack_connect(name + strlen(CONNECT_TO));
	if (strncmp(name, FILE_AT, strlen(FILE_AT)) != 0)
		return a != NULL ? a->run() : attack_absent("no such attack");
	name += strlen(FILE_AT);
	path = strchr(name, ' ');
	if (path == NULL || (size_t)(path - name) >= sizeof(operation))
		return attack_absent("no such attack");
	snprintf(operation, sizeof(operation), "%.*s", (int)(path - name), name);
	return attack_file(operation, path + 1);
}

/* The answer comes after the child's end: what its end shows belongs to it. */
static void try_one(const char *name)
{
	struct told told = { .result = ATTACK_KILLED };
	int pipes[2];
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC) != 0)
		return;
	child = fork();
	if (child == 0) {
		told.result = run_named(name);
		snprintf(told.reason, sizeof(told.reason), "%s", absent_reason);
		_exit(write(pipes[1], &told, sizeof(told)) != sizeof(told));
	}
	close(pipes[1]);
	if (read(pipes[0], &told, sizeof(told)) != sizeof(told))
		told.result = ATTACK_KILLED;
	close(pipes[0]);
	waitpid(child, NULL, 0);
	absent_reason = told.reason;
	answer(told.result);
}

static void list(void)
{
	const struct attack *const tables[] = { attacks_exec, attacks_kernel, attacks_file,
						attacks_net };

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (const struct attack *a = tables[t]; a->name != NULL; a++)
			printf("%s\n", a->name);
	}
}

int main(int argc, char **argv)
{
	char line[4200];

	if (argc >= 2 && strcmp(argv[1], "mark") == 0)
		return MARK;
	if (argc == 2 && strcmp(argv[1], "list") == 0) {
		list();
		return 0;
	}
	attack_starter = getppid();
	if (attack_listen() != 0)
		fprintf(stderr, "attack: nobody will listen: %s\n", strerror(errno));
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		try_one(line);
	}
	return 0;
}
