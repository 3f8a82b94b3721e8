#include "cli/rulesets.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/own.h"
#include "buildstep/buildstep.h"
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

/* What the options say, for all kinds. */
struct asked {
	struct words dirs, files, lists, off, on;
};

static void asked_free(struct asked *a)
{
	words_free(&a->dirs);
	words_free(&a->files);
	words_free(&a->lists);
	words_free(&a->off);
	words_free(&a->on);
}

/* The folder that has one of each kind; ours first. */
static int take_asked(const struct cli_args *args, struct asked *a, struct error *err)
{
	char own[PATH_MAX];
	if (own_rules("secret", own, err) < 0)
		return -1;
	*strrchr(own, '/') = '\0';
	return words_add(&a->dirs, bytes_str(own), "", err) < 0 ||
			       take_values(args, "rules", false, "", &a->dirs, err) < 0 ||
			       take_values(args, "secret-rules", false, "", &a->files, err) < 0 ||
			       take_values(args, "malware-lists", false, "", &a->lists, err) < 0 ||
			       take_values(args, "disable-rules", true, "", &a->off, err) < 0 ||
			       take_values(args, "enable-rules", true, "", &a->on, err) < 0
		       ? -1
		       : 0;
}

/* A folder of the user's need not have every kind. */
static int kind_dirs(const struct words *dirs, const char *kind, struct words *ret,
		     struct error *err)
{
	for (size_t i = 0; i < dirs->n; i++) {
		if (words_add(ret, bytes_str(dirs->owned[i]), kind, err) < 0)
			return -1;
		if (access(dirs->owned[i], F_OK) < 0)
			return error_errno(err, "the folder of rules %s", dirs->owned[i]);
		if (access(ret->owned[ret->n - 1], F_OK) == 0 || errno != ENOENT)
			continue;
		free(ret->owned[--ret->n]);
	}
	return 0;
}

static int load_secrets(const struct asked *a, struct secret_rules **ret, struct error *err)
{
	struct words dirs = { .n = 0 };
	int r = kind_dirs(&a->dirs, "/secret", &dirs, err);
	struct secret_rule_options o = { .dirs = (const char *const *)dirs.owned,
					 .dir_count = dirs.n,
					 .files = (const char *const *)a->files.owned,
					 .file_count = a->files.n,
					 .enable = (const char *const *)a->on.owned,
					 .enable_count = a->on.n,
					 .disable = (const char *const *)a->off.owned,
					 .disable_count = a->off.n };
	if (r == 0)
		r = secret_rules_load(&o, ret, err);
	words_free(&dirs);
	return r;
}

/* A rule that its engine cannot read would be a rule that never speaks. */
static int verify_checks(const struct check_rules *rules, const char *ours, struct error *err)
{
	static check_open_fn *const open[CHECK_FAMILIES] = { [CHECK_MALWARE] = malware_verify,
							     [CHECK_BASELINE] = baseline_verify,
							     [CHECK_BUILD] = buildstep_verify };
	for (enum check_family f = 0; f < CHECK_FAMILIES; f++)
		if (check_rules_verify(rules, ours, f, open[f], err) < 0)
			return -1;
	return 0;
}

static int load_checks(const struct asked *a, struct check_rules **ret, struct error *err)
{
	struct check_rule_options o = { .dirs = (const char *const *)a->dirs.owned,
					.dir_count = a->dirs.n,
					.enable = (const char *const *)a->on.owned,
					.enable_count = a->on.n,
					.disable = (const char *const *)a->off.owned,
					.disable_count = a->off.n };
	return check_rules_load(&o, ret, err) < 0 ? -1 : verify_checks(*ret, a->dirs.owned[0], err);
}

static int load_lists(const struct asked *a, struct malware_lists **ret, struct error *err)
{
	struct words paths = { .n = 0 };
	int r = kind_dirs(&a->dirs, "/malware", &paths, err);
	for (size_t i = 0; r == 0 && i < a->lists.n; i++)
		r = words_add(&paths, bytes_str(a->lists.owned[i]), "", err);
	if (r == 0)
		r = malware_lists_load((const char *const *)paths.owned, paths.n, ret, err);
	words_free(&paths);
	return r;
}

static int check_words(const struct ruleset *r, const struct words *w, struct error *err)
{
	for (size_t i = 0; i < w->n; i++)
		if (!secret_rules_named(r->secrets, w->owned[i]) &&
		    !check_rules_named(r->checks, w->owned[i]))
			return error_set(
				err, ERR_USAGE,
				"no rule and no class is named \"%s\"; `corten rules list` "
				"shows them",
				w->owned[i]);
	return 0;
}

/* A word may name a rule of a kind that is not asked for: to know, all are read. */
static int load(const struct asked *a, unsigned kinds, struct ruleset *ret, struct error *err)
{
	bool words = a->off.n + a->on.n > 0;
	if (((kinds & RULES_SECRET) != 0 || words) && load_secrets(a, &ret->secrets, err) < 0)
		return -1;
	if (((kinds & RULES_CHECKS) != 0 || words) && load_checks(a, &ret->checks, err) < 0)
		return -1;
	if ((kinds & RULES_MALWARE) != 0 && load_lists(a, &ret->lists, err) < 0)
		return -1;
	if (words && (check_words(ret, &a->off, err) < 0 || check_words(ret, &a->on, err) < 0))
		return -1;
	return 0;
}

int ruleset_load(const struct cli_args *args, unsigned kinds, struct ruleset *ret,
		 struct error *err)
{
	struct asked *a = calloc(1, sizeof *a);
	*ret = (struct ruleset){ 0 };
	if (a == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the rules");
	int r = take_asked(args, a, err);
	if (r == 0)
		r = load(a, kinds, ret, err);
	asked_free(a);
	free(a);
	if (r < 0)
		ruleset_free(ret);
	return r;
}

void ruleset_free(struct ruleset *r)
{
	secret_rules_free(r->secrets);
	check_rules_free(r->checks);
	malware_lists_free(r->lists);
	*r = (struct ruleset){ 0 };
}

/* Where compiled rules are kept, beside layer results: "" for nowhere. */
static void keep_path(const char *cache_dir, char out[static PATH_MAX])
{
	struct error no_cache = { 0 };
	struct cache *cache = NULL;
	out[0] = '\0';
	cache_open(cache_dir, &cache, &no_cache);
	if (cache == NULL)
		return;
	int n = snprintf(out, PATH_MAX, "%s/rules", cache_path(cache));
	if (n < 0 || n >= PATH_MAX || (mkdir(out, 0700) < 0 && errno != EEXIST))
		out[0] = '\0';
	cache_close(cache);
}

int ruleset_compile_secrets(const struct secret_rules *rules, const char *cache_dir, int *ret_fd,
			    struct secret_compile_info *ret_info, struct error *err)
{
	char dir[PATH_MAX];
	keep_path(cache_dir, dir);
	return secret_rules_compile(rules, dir[0] == '\0' ? NULL : dir, ret_fd, ret_info, err);
}

/* --- malware ---------------------------------------------------------------------- */

int ruleset_malware(const struct cli_args *args, const char *cache_dir, struct malware_setup *ret,
		    struct error *err)
{
	char keep[PATH_MAX];
	struct asked *a = calloc(1, sizeof *a);
	if (a == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the rules");
	keep_path(cache_dir, keep);
	int r = take_asked(args, a, err);
	if (r == 0)
		r = malware_setup_take(args, (const char *const *)a->dirs.owned, a->dirs.n,
				       keep[0] == '\0' ? NULL : keep, ret, err);
	asked_free(a);
	free(a);
	return r;
}

int ruleset_yara(const struct cli_args *args, struct malware_yara **ret, struct error *err)
{
	char keep[PATH_MAX];
	struct asked *a = calloc(1, sizeof *a);
	if (a == NULL)
		return error_set(err, ERR_MEMORY, "no memory for the rules");
	keep_path(NULL, keep);
	int r = take_asked(args, a, err);
	if (r == 0)
		r = malware_setup_yara(args, (const char *const *)a->dirs.owned, a->dirs.n,
				       keep[0] == '\0' ? NULL : keep, ret, err);
	asked_free(a);
	free(a);
	return r;
}
