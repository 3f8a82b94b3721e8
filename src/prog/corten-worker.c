/* corten-worker: reads hostile bytes for the other programs, and may do nothing
 * else. It locks itself in before it looks at its descriptors. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "feed/feed.h"
#include "policy/policy.h"
#include "runtime/config.h"
#include "sandbox/sandbox.h"
#include "sbom/sbom.h"
#include "scan/worker.h"

#if defined(__has_feature)
#define CORTEN_HAS_SANITIZER (__has_feature(address_sanitizer) || __has_feature(memory_sanitizer))
#else
#define CORTEN_HAS_SANITIZER 0
#endif

static const struct {
	const char *name;
	int (*run)(void);
} jobs[] = {
	{ "layer", worker_layer },        { "meta", worker_meta },
	{ "stream", worker_stream },      { "feed", feed_worker_main },
	{ "policy", policy_worker_main }, { "sbom", sbom_worker_main },
	{ "vex", vex_worker_main },       { "container", config_worker_main },
	{ "lint", worker_lint },
};

/* Standard error is the user's terminal, to write on and mostly to read from as
 * well: nothing for who reads hostile bytes. What goes wrong from here on the
 * parent is told by message. A sanitizer reports there. */
static void leave_terminal(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !CORTEN_HAS_SANITIZER
	(void)dup3(STDOUT_FILENO, STDERR_FILENO, 0); /* the null device */
#endif
}

int main(int argc, char **argv)
{
	struct error err = { 0 };
	/* What libraries would look up in files when first used is settled now:
	 * the time zone (gmtime_r), and how many processors malloc makes arenas
	 * for. */
	tzset();
	(void)mallopt(M_ARENA_MAX, 1);
	if (worker_prepare(&err) < 0 || sandbox_enter(SANDBOX_WORKER, NULL, NULL, &err) < 0) {
		(void)fprintf(stderr, "corten-worker: %s\n", err.text);
		return 2;
	}
	for (size_t i = 0; argc == 2 && i < sizeof jobs / sizeof jobs[0]; i++) {
		if (strcmp(argv[1], jobs[i].name) != 0)
			continue;
		leave_terminal();
		return jobs[i].run();
	}
	(void)fprintf(stderr,
		      "corten-worker: started by the other programs of Corten, not by hand\n");
	return 2;
}
