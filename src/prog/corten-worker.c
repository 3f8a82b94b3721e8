/* corten-worker: reads hostile bytes for the other programs, and may do nothing
 * else. It locks itself in before it looks at its descriptors. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "feed/feed.h"
#include "sandbox/sandbox.h"
#include "scan/worker.h"

static const struct {
	const char *name;
	int (*run)(void);
} jobs[] = {
	{ "layer", worker_layer },
	{ "meta", worker_meta },
	{ "stream", worker_stream },
	{ "feed", feed_worker_main },
};

int main(int argc, char **argv)
{
	struct error err = { 0 };
	/* What libraries would look up in files when first used is settled now:
	 * the time zone (gmtime_r), and how many processors malloc makes arenas
	 * for. */
	tzset();
	(void)mallopt(M_ARENA_MAX, 1);
	if (sandbox_enter(SANDBOX_WORKER, NULL, NULL, &err) < 0) {
		(void)fprintf(stderr, "corten-worker: %s\n", err.text);
		return 2;
	}
	for (size_t i = 0; argc == 2 && i < sizeof jobs / sizeof jobs[0]; i++)
		if (strcmp(argv[1], jobs[i].name) == 0)
			return jobs[i].run();
	(void)fprintf(stderr,
		      "corten-worker: started by the other programs of Corten, not by hand\n");
	return 2;
}
