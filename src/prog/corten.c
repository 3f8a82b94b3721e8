/* corten: the command line. It needs no privilege and reads no hostile bytes;
 * those go to corten-worker and corten-fetch. */
#include <fcntl.h>

#include "cli/cli.h"

/* A file opened by us must never become standard output because the caller
 * closed it: its content would be overwritten by messages. */
static bool standard_descriptors_open(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	log_setup("corten", LOG_WARNING);
	if (!standard_descriptors_open())
		return EXIT_INCOMPLETE;
	return cli_main(argc, argv);
}
