#include "cli/rulesets.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/own.h"
#include "scan/cache.h"

enum { WORDS_MAX = 1024 };

/* Words of options that may be given several times, and hold lists. */
struct words {
	char *owned[WORDS_MAX];
	size_t n;
};

static void words_free(struct words *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->owned[i]);
	w->n = 0;
}

static int words_add(struct words *w, struct bytes word, const char *behind, struct error *err)
{
	if (w->n == WORDS_MAX)
		return error_set(err, ERR_USAGE, "more than %d rules or files named", WORDS_MAX);
	if (asprintf(&w->owned[w->n], "%.*s%s", (int)(word.n & INT_MAX), (const char *)word.p,
		     behind) < 0)
		return error_set(err, ERR_MEMORY, "no memory for the names of rules");
	w->n++;
	return 0;
}

static int take_values(const struct cli_args *args, const char *option, bool is_list,
		       const char *behind, struct words *w, struct error *err)
{
	const char *text;
	for (size_t i = 0; (text = cli_value_at(args, option, i)) != NULL; i++) {
		struct bytes rest = bytes_str(text), word = rest;
		if (!is_list && words_add(w, word, behind, err) < 0)
			return -1;
		while (is_list && bytes_next_field(&rest, ',', &word))
			if (word.n > 0 && words_add(w, word, "", err) < 0)
				return -1;
	}
	return 0;
}

static int load_secrets(const struct cli_args *args, struct words *dirs, struct words *files,
			struct words *off, struct words *on, struct secret_rules **ret,
			struct error *err)
{
	char own[PATH_MAX];
	if (own_rules("secret", own, err) < 0 || words_add(dirs, bytes_str(own), "", err) < 0 ||
	    take_values(args, "rules", false, "/secret", dirs, err) < 0 ||
	    take_values(args, "secret-rules", false, "", files, err) < 0 ||
	    take_values(args, "disable-rules", true, "", off, err) < 0 ||
	    take_values(args, "enable-rules", true, "", on, err) < 0)
		return -1;
	struct secret_rule_options o = { .dirs = (const char *const *)dirs->owned,
					 .dir_count = dirs->n,
					 .files = (const char *const *)files->owned,
					 .file_count = files->n,
					 .enable = (const char *const *)on->owned,
					 .enable_count = on->n,
					 .disable = (const char *const *)off->owned,
					 .disable_count = off->n };
	return secret_rules_load(&o, ret, err);
}

int ruleset_secrets(const struct cli_args *args, struct secret_rules **ret, struct error *err)
{
	struct words dirs = { .n = 0 }, files = { .n = 0 }, off = { .n = 0 }, on = { .n = 0 };
	int r = load_secrets(args, &dirs, &files, &off, &on, ret, err);
	words_free(&dirs);
	words_free(&files);
	words_free(&off);
	words_free(&on);
	return r;
}

int ruleset_compile_secrets(const struct secret_rules *rules, const char *cache_dir, int *ret_fd,
			    struct secret_compile_info *ret_info, struct error *err)
{
	struct error no_cache = { 0 };
	struct cache *cache = NULL;
	char dir[PATH_MAX];
	const char *keep = NULL;
	cache_open(cache_dir, &cache, &no_cache);
	if (cache != NULL) {
		int n = snprintf(dir, sizeof dir, "%s/rules", cache_path(cache));
		if (n > 0 && (size_t)n < sizeof dir && (mkdir(dir, 0700) == 0 || errno == EEXIST))
			keep = dir;
	}
	int r = secret_rules_compile(rules, keep, ret_fd, ret_info, err);
	cache_close(cache);
	return r;
}
