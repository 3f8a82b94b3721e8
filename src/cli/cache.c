/* corten cache: what scans leave on disk, and its removal. */
#include <stdio.h>

#include "cli/internal.h"
#include "scan/cache.h"

enum { DAYS_MAX = 36500 };

static const struct cli_option status_options[] = {
	{ .name = "cache-dir",
	  .argument = "DIR",
	  .help = "The cache to look at. Default: ~/.cache/corten." },
	{ 0 },
};

static const struct cli_option clean_options[] = {
	{ .name = "cache-dir",
	  .argument = "DIR",
	  .help = "The cache to clean. Default: ~/.cache/corten." },
	{ .name = "older-than",
	  .argument = "DAYS",
	  .help = "Remove only what was written at least DAYS days ago. Default: everything." },
	{ 0 },
};

static struct cache *open_cache(const struct cli_args *a, struct error *err)
{
	struct cache *c;
	cache_open(cli_value(a, "cache-dir"), &c, err);
	return c;
}

static void print_usage(const char *what, const struct cache_usage *u, const char *where)
{
	(void)printf("%s %llu entries, %.1f MiB, in %s\n", what, (unsigned long long)u->files,
		     (double)u->bytes / (double)MIB, where);
}

static int run_status(struct cli_args *a)
{
	struct error err = { 0 };
	struct cache_usage usage;
	struct cache *c = open_cache(a, &err);
	if (c == NULL)
		return cli_fail(&err);
	int r = cache_measure(c, &usage, &err);
	if (r == 0)
		print_usage("holds", &usage, cache_path(c));
	cache_close(c);
	return r == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

static int run_clean(struct cli_args *a)
{
	struct error err = { 0 };
	struct cache_usage removed;
	uint64_t days = 0;
	const char *text = cli_value(a, "older-than");
	if (text != NULL && (!bytes_to_u64(bytes_str(text), &days) || days > DAYS_MAX))
		return cli_usage_error(a, "--older-than takes a number of days, not \"%s\"", text);
	struct cache *c = open_cache(a, &err);
	if (c == NULL)
		return cli_fail(&err);
	int r = cache_clean(c, days * 86400, &removed, &err);
	if (r == 0)
		print_usage("removed", &removed, cache_path(c));
	cache_close(c);
	return r == 0 ? EXIT_COMPLETE : cli_fail(&err);
}

const struct cli_command cli_command_cache_status = {
	.name = "cache status",
	.arguments = "",
	.summary = "say how much the cache of layer results holds",
	.description = "A scan keeps the result of every layer it read whole, so that the same "
		       "layer is not read again.",
	.examples = "corten cache status\n",
	.options = status_options,
	.run = run_status,
};

const struct cli_command cli_command_cache_clean = {
	.name = "cache clean",
	.arguments = "",
	.summary = "remove layer results from the cache",
	.description = "Nothing is lost by it but time: the next scan reads the layers anew.",
	.examples = "corten cache clean --older-than 30\n",
	.options = clean_options,
	.run = run_clean,
};
