/* Alerts to syslog: a datagram socket of this node or UDP. The name is looked up
 * once, at the start: a resolver that hangs must not hold the loop. */
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/node.h"

/* "HOST:PORT", "[ADDRESS]:PORT". */
static bool split(const char *text, char *host, size_t n, const char **ret_port)
{
	const char *colon = strrchr(text, ':');
	if (colon == NULL || colon == text || colon[1] == '\0')
		return false;
	size_t length = (size_t)(colon - text);
	if (text[0] == '[' && text[length - 1] == ']') {
		text++;
		length -= 2;
	}
	if (length == 0 || length >= n)
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	*ret_port = colon + 1;
	return true;
}

int syslog_check(const char *address, struct error *err)
{
	char host[256];
	const char *port;
	struct sockaddr_un a;
	if (address[0] == '/' ? strlen(address) < sizeof a.sun_path
			      : split(address, host, sizeof host, &port))
		return 0;
	return error_set(err, ERR_USAGE,
			 "--syslog=%s: neither a socket's path (/dev/log) nor HOST:PORT", address);
}

static int resolve(struct syslog_link *l, const char *address, struct error *err)
{
	char host[256];
	const char *port;
	struct addrinfo *found = NULL;
	struct addrinfo want = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM };
	if (syslog_check(address, err) != 0)
		return -1;
	if (address[0] == '/') {
		struct sockaddr_un a = { .sun_family = AF_UNIX };
		(void)snprintf(a.sun_path, sizeof a.sun_path, "%s", address);
		memcpy(&l->address, &a, sizeof a);
		l->length = sizeof a;
		return 0;
	}
	if (!split(address, host, sizeof host, &port))
		return error_set(err, ERR_USAGE, "--syslog=%s is not HOST:PORT", address);
	int r = getaddrinfo(host, port, &want, &found);
	if (r != 0)
		return error_set(err, ERR_NOT_FOUND, "--syslog=%s: %s", address, gai_strerror(r));
	memcpy(&l->address, found->ai_addr, found->ai_addrlen);
	l->length = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

static int link_connect(struct syslog_link *l, struct error *err)
{
	if (l->fd >= 0)
		return 0;
	cleanup_close int fd =
		socket(l->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&l->address, l->length) != 0)
		return error_errno(err, "cannot connect to syslog");
	l->fd = fd_take(&fd);
	return 0;
}

/* Said when it changes, not with every alert. */
static void state_tell(struct syslog_link *l, bool works, const struct error *err)
{
	if (works && l->broken)
		log_at(LOG_INFO, "syslog takes alerts again; %llu did not reach it",
		       (unsigned long long)l->lost);
	if (!works && !l->broken)
		log_at(LOG_WARNING, "alerts do not reach syslog: %s", err->text);
	l->broken = !works;
}

void syslog_open(struct syslog_link *l, const char *address)
{
	struct error err = { 0 };
	*l = (struct syslog_link){ .fd = -1 };
	if (address == NULL)
		return;
	state_tell(l, resolve(l, address, &err) == 0 && link_connect(l, &err) == 0, &err);
}

void syslog_tell(struct syslog_link *l, const struct alert *a, const char *host)
{
	struct error err = { 0 };
	if (l->length == 0) {
		l->lost += l->broken;
		return;
	}
	/* A receiver that was started anew is another socket of the same name, and UDP
	 * tells of the last datagram's refusal with the next: so twice. */
	for (int i = 0; i < 2; i++) {
		if (link_connect(l, &err) == 0 && alert_syslog(l->fd, a, host, &err) == 0) {
			state_tell(l, true, NULL);
			return;
		}
		if (l->fd >= 0)
			(void)close(l->fd);
		l->fd = -1;
	}
	l->lost++;
	state_tell(l, false, &err);
}
