/* corten-fetch: speaks HTTP and TLS for the other programs, locked up so that
 * it may reach the network and nothing else. Started by them, never by hand. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

#include "sandbox/sandbox.h"
#include "source/http.h"
#include "source/protocol.h"
#include "source/serve.h"

static int run(struct error *err)
{
	if (fcntl(FETCH_MESSAGES_FD, F_GETFD) < 0 || fcntl(FETCH_DESCRIPTORS_FD, F_GETFD) < 0)
		return error_set(err, ERR_USAGE,
				 "is started by the other programs, not by hand; try \"corten\"");
	(void)signal(SIGPIPE, SIG_IGN); /* a reader that goes away is an answer */
	if (http_init(err) < 0 || sandbox_enter(SANDBOX_FETCH, NULL, NULL, err) < 0)
		return -1;
	return fetch_serve(FETCH_MESSAGES_FD, FETCH_DESCRIPTORS_FD, err);
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	log_setup("corten-fetch", LOG_WARNING);
	if (argc == 2 && strcmp(argv[1], "--version") == 0)
		return printf("corten-fetch %s\n", CORTEN_VERSION) < 0;
	if (run(&err) == 0)
		return 0;
	log_at(LOG_ERROR, "%s", err.text);
	return 1;
}
