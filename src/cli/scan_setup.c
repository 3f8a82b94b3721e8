#include "cli/scan_setup.h"

#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/dbpath.h"

enum { DAY_SECONDS = 86400, TIMEOUT_SECONDS = 3600, SECONDS_MAX = 1000000 };

/* --- options ------------------------------------------------------------------ */

static bool take_number(struct scan_setup *s, const char *option, unsigned *out, int *ret_exit)
{
	uint64_t v;
	const char *text = cli_value(s->args, option);
	if (text == NULL)
		return true;
	if (bytes_to_u64(bytes_str(text), &v) && v <= SECONDS_MAX) {
		*out = (unsigned)v;
		return true;
	}
	*ret_exit = cli_usage_error(s->args, "--%s takes a number, not \"%s\"", option, text);
	return false;
}

static bool take_password(struct scan_setup *s, int *ret_exit)
{
	s->scan.fetch.username = cli_value(s->args, "username");
	if (!cli_has(s->args, "password-stdin"))
		return true;
	if (strcmp(s->scan.target, "-") == 0 || s->scan.fetch.username == NULL) {
		*ret_exit = cli_usage_error(s->args,
					    "--password-stdin needs --username, and a target that "
					    "is not read from standard input");
		return false;
	}
	ssize_t n = fd_read_full(STDIN_FILENO, s->password, sizeof s->password - 1);
	while (n > 0 && (s->password[n - 1] == '\n' || s->password[n - 1] == '\r'))
		n--;
	s->password[n < 0 ? 0 : n] = '\0';
	s->scan.fetch.password = s->password;
	return true;
}

static bool use_color(const struct scan_setup *s)
{
	const char *when = cli_value(s->args, "color");
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	if (when != NULL && strcmp(when, "always") == 0)
		return true;
	if (when != NULL && strcmp(when, "never") == 0)
		return false;
	return isatty(STDOUT_FILENO) == 1 && (no_color == NULL || no_color[0] == '\0') &&
	       (term == NULL || strcmp(term, "dumb") != 0);
}

static unsigned terminal_columns(void)
{
	struct winsize w;
	if (isatty(STDOUT_FILENO) != 1)
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) < 0 || w.ws_col == 0)
		return 80;
	return w.ws_col;
}

static unsigned families_of(struct cli_args *args)
{
	static const struct {
		const char *name;
		unsigned family;
	} names[] = { { "vulnerability", FAMILY_VULNERABILITY },
		      { "secret", FAMILY_SECRET },
		      { "malware", FAMILY_MALWARE },
		      { "baseline", FAMILY_BASELINE },
		      { "build", FAMILY_BUILD } };
	unsigned families = 0;
	const char *text;
	for (size_t i = 0; (text = cli_value_at(args, "families", i)) != NULL; i++) {
		struct bytes rest = bytes_str(text), word;
		while (bytes_next_field(&rest, ',', &word))
			for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
				if (bytes_equal(word, bytes_str(names[k].name)))
					families |= names[k].family;
	}
	return families != 0 ? families : FAMILIES_ALL;
}

static void take_reading(struct scan_setup *s)
{
	struct scan_options *o = &s->scan;
	o->target = s->args->argument_count > 0 ? s->args->arguments[0] : "";
	o->platform = cli_value(s->args, "platform");
	o->cache_dir = cli_value(s->args, "cache-dir");
	o->no_cache = cli_has(s->args, "no-cache");
	o->families = families_of(s->args);
	o->timeout_seconds = TIMEOUT_SECONDS;
	o->fetch.ca_file = cli_value(s->args, "ca-file");
	o->fetch.plain_http = cli_has(s->args, "plain-http");
	o->fetch.insecure_tls = cli_has(s->args, "insecure-tls");
}

static void take_terminal(struct scan_setup *s)
{
	s->quiet = cli_has(s->args, "quiet");
	s->tty = !s->quiet && isatty(STDERR_FILENO) == 1;
	s->report = (struct report_options){ .columns = terminal_columns(),
					     .color = use_color(s),
					     .layer = LAYER_NONE,
					     .tool_version = CORTEN_VERSION };
	(void)setlocale(LC_CTYPE, "");
	s->report.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

bool scan_setup_take(struct scan_setup *s, struct cli_args *args, int *ret_exit)
{
	*s = (struct scan_setup){ .args = args, .scan = { .rules = WORKER_RULES_NONE } };
	take_reading(s);
	take_terminal(s);
	return take_number(s, "parallel", &s->scan.parallel, ret_exit) &&
	       take_number(s, "timeout", &s->scan.timeout_seconds, ret_exit) &&
	       take_password(s, ret_exit);
}

bool scan_setup_open_database(struct scan_setup *s, int *ret_exit)
{
	struct error err = { 0 };
	char path[PATH_MAX];
	if ((s->scan.families & FAMILY_VULNERABILITY) == 0)
		return true;
	int found = db_path_find(cli_value(s->args, "db"), path, &err);
	if (found == 0 && vulndb_open(path, &s->db, &err) == 0) {
		s->scan.db = s->db;
		return true;
	}
	if (found < 0 && !cli_has(s->args, "db"))
		return true; /* the scan says what could not be looked for */
	*ret_exit = cli_fail(&err);
	return false;
}

/* Once for each set of rules: why the first scan took longer. */
static void tell_compiled(const struct scan_setup *s, const struct secret_compile_info *info)
{
	if (s->tty && !info->cached)
		(void)fprintf(stderr,
			      "compiled %zu rules for secrets in %.1f s (kept for the next scan)\n",
			      secret_rules_count(s->rules.secrets), (double)info->ns / 1e9);
}

static int take_secret_rules(struct scan_setup *s, struct error *err)
{
	struct secret_compile_info info = { 0 };
	if ((s->scan.families & FAMILY_SECRET) == 0)
		return 0;
	if (ruleset_compile_secrets(s->rules.secrets, s->scan.cache_dir, &s->scan.rules.secrets,
				    &info, err) < 0)
		return -1;
	s->scan.secret_rules = s->rules.secrets;
	tell_compiled(s, &info);
	return 0;
}

static unsigned check_kinds(unsigned families)
{
	return ((families & FAMILY_MALWARE) != 0 ? RULES_MALWARE : 0U) |
	       ((families & FAMILY_BASELINE) != 0 ? RULES_BASELINE : 0U) |
	       ((families & FAMILY_BUILD) != 0 ? RULES_BUILD : 0U);
}

static int take_check_rules(struct scan_setup *s, struct error *err)
{
	unsigned kinds = check_kinds(s->scan.families);
	if (kinds == 0)
		return 0;
	s->scan.check_rules = s->rules.checks;
	if ((kinds & RULES_MALWARE) != 0 &&
	    malware_lists_send(s->rules.lists, &s->scan.rules.lists, err) < 0)
		return -1;
	return check_rules_send(s->rules.checks, kinds, &s->scan.rules.checks, err);
}

static int take_malware(struct scan_setup *s, struct error *err)
{
	if ((s->scan.families & FAMILY_MALWARE) == 0)
		return 0;
	if (ruleset_malware(s->args, s->scan.cache_dir, &s->malware, err) < 0)
		return -1;
	s->scan.rules.yara = s->malware.yara == NULL ? -1 : malware_yara_fd(s->malware.yara);
	s->scan.rules.clamd = s->malware.clamd;
	s->scan.malicious_images = s->malware.images;
	return 0;
}

/* What layers' results go by, besides their bytes. */
static void sum_rules(struct scan_setup *s)
{
	struct malware_lists_info lists = { 0 };
	struct digest sums[4] = { [3] = s->malware.digest };
	if (s->scan.secret_rules != NULL)
		secret_rules_digest(s->scan.secret_rules, &sums[0]);
	if (s->scan.check_rules != NULL)
		check_rules_digest(s->scan.check_rules, check_kinds(s->scan.families), &sums[1]);
	if (s->rules.lists != NULL)
		malware_lists_info(s->rules.lists, &lists);
	sums[2] = lists.digest;
	sha256_of(bytes_of(sums, sizeof sums), &s->scan.rules_digest);
}

bool scan_setup_load_rules(struct scan_setup *s, int *ret_exit)
{
	struct error err = { 0 };
	unsigned kinds = check_kinds(s->scan.families) |
			 ((s->scan.families & FAMILY_SECRET) != 0 ? RULES_SECRET : 0U);
	if (kinds == 0)
		return true;
	if (ruleset_load(s->args, kinds, &s->rules, &err) == 0 && take_secret_rules(s, &err) == 0 &&
	    take_check_rules(s, &err) == 0 && take_malware(s, &err) == 0) {
		sum_rules(s);
		return true;
	}
	*ret_exit = cli_fail(&err);
	if (err.code == ERR_MALFORMED || err.code == ERR_UNSUPPORTED)
		*ret_exit = EXIT_USAGE; /* the user's own rules */
	return false;
}

void scan_setup_close(struct scan_setup *s)
{
	const int fds[] = { s->scan.rules.secrets, s->scan.rules.checks, s->scan.rules.lists };
	for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	malware_setup_free(&s->malware);
	ruleset_free(&s->rules);
	vulndb_close(s->db);
	explicit_bzero(s->password, sizeof s->password);
}

/* --- progress ------------------------------------------------------------------- */

static void clear_progress(struct scan_setup *s)
{
	if (s->progress_shown)
		(void)fprintf(stderr, "\r\033[K");
	s->progress_shown = false;
}

static void on_progress(void *ctx, const char *what, size_t done, size_t total, uint64_t raw)
{
	struct scan_setup *s = ctx;
	uint64_t now = clock_monotonic_ns();
	if (now - s->progress_ns < 100000000)
		return;
	s->progress_ns = now;
	s->progress_shown = true;
	(void)fprintf(stderr, "\r\033[K%s: %zu of %zu, %llu MiB", what, done, total,
		      (unsigned long long)(raw / MIB));
}

int scan_setup_run(struct scan_setup *s, struct scan_result *ret, struct error *err)
{
	if (s->tty) {
		s->scan.progress = on_progress;
		s->scan.progress_ctx = s;
	}
	int r = scan_run(&s->scan, ret, err);
	clear_progress(s);
	return r;
}

/* --- reports ------------------------------------------------------------------ */

static int write_to(FILE *out, enum report_format format, const struct scan_result *r,
		    const struct report_options *o, const char *name, struct error *err)
{
	if (report_write(format, r, o, out, err) < 0)
		return error_wrap(err, "%s", name);
	if (fflush(out) != 0)
		return error_errno(err, "%s", name);
	return 0;
}

/* A file is written beside its name and renamed: whole or not at all. */
int scan_setup_write_file(const struct scan_setup *s, const char *path, enum report_format format,
			  const struct scan_result *r, struct error *err)
{
	char temporary[PATH_MAX];
	struct report_options plain = s->report;
	int n = snprintf(temporary, sizeof temporary, "%s.%d.tmp", path, (int)getpid());
	if (n < 0 || (size_t)n >= sizeof temporary)
		return error_set(err, ERR_USAGE, "%s: the name is too long", path);
	bool is_special = access(path, F_OK) == 0 && strncmp(path, "/dev/", 5) == 0;
	const char *target = is_special ? path : temporary;
	cleanup_fclose FILE *out = fopen(target, "we");
	if (out == NULL)
		return error_errno(err, "%s", path);
	plain.color = false;
	plain.columns = 0;
	if (write_to(out, format, r, &plain, path, err) < 0 ||
	    (!is_special && rename(temporary, path) < 0 && error_errno(err, "%s", path) < 0)) {
		if (!is_special)
			(void)unlink(temporary);
		return -1;
	}
	return 0;
}

int scan_setup_write_stdout(const struct scan_setup *s, enum report_format format,
			    const struct scan_result *r, struct error *err)
{
	return write_to(stdout, format, r, &s->report, "standard output", err);
}

void scan_setup_warn(const struct scan_setup *s, const struct scan_result *r)
{
	int64_t age = clock_now() - r->db.oldest_snapshot;
	if (s->quiet || cli_has(s->args, "offline") || r->db_source_count == 0 || age < DAY_SECONDS)
		return;
	log_at(LOG_WARNING,
	       "the vulnerability database is %lld days old; `corten db update` fetches newer "
	       "advisories (--offline silences this)",
	       (long long)(age / DAY_SECONDS));
}
