/* In what language a file is: by its first line, its name, its first words. */
#include "script/internal.h"

struct word_kind {
	const char *word;
	enum script_kind kind;
};

/* By the name of the interpreter, versions cut off. */
static const struct word_kind interpreters[] = {
	{ "sh", KIND_SHELL },
	{ "bash", KIND_SHELL },
	{ "dash", KIND_SHELL },
	{ "ash", KIND_SHELL },
	{ "ksh", KIND_SHELL },
	{ "mksh", KIND_SHELL },
	{ "zsh", KIND_SHELL },
	{ "csh", KIND_SHELL },
	{ "tcsh", KIND_SHELL },
	{ "fish", KIND_SHELL },
	{ "busybox", KIND_SHELL },
	{ "openrc-run", KIND_SHELL },
	{ "with-contenv", KIND_SHELL },
	{ "execlineb", KIND_SHELL },
	{ "expect", KIND_SHELL },
	{ "python", KIND_PYTHON },
	{ "pypy", KIND_PYTHON },
	{ "perl", KIND_PERL },
	{ "php", KIND_PHP },
	{ "ruby", KIND_RUBY },
	{ "jruby", KIND_RUBY },
	{ "pwsh", KIND_POWERSHELL },
	{ "powershell", KIND_POWERSHELL },
	{ "node", KIND_JAVASCRIPT },
	{ "nodejs", KIND_JAVASCRIPT },
	{ "deno", KIND_JAVASCRIPT },
	{ "bun", KIND_JAVASCRIPT },
	{ "lua", KIND_LUA },
	{ "luajit", KIND_LUA },
	{ "awk", KIND_AWK },
	{ "gawk", KIND_AWK },
	{ "mawk", KIND_AWK },
	{ "make", KIND_CONFIG },
};

static const struct word_kind extensions[] = {
	{ "sh", KIND_SHELL },
	{ "bash", KIND_SHELL },
	{ "ksh", KIND_SHELL },
	{ "zsh", KIND_SHELL },
	{ "ash", KIND_SHELL },
	{ "csh", KIND_SHELL },
	{ "py", KIND_PYTHON },
	{ "pyw", KIND_PYTHON },
	{ "pth", KIND_PYTHON },
	{ "pl", KIND_PERL },
	{ "pm", KIND_PERL },
	{ "cgi", KIND_PERL },
	{ "php", KIND_PHP },
	{ "phtml", KIND_PHP },
	{ "inc", KIND_PHP },
	{ "rb", KIND_RUBY },
	{ "gemspec", KIND_RUBY },
	{ "ps1", KIND_POWERSHELL },
	{ "psm1", KIND_POWERSHELL },
	{ "bat", KIND_POWERSHELL },
	{ "cmd", KIND_POWERSHELL },
	{ "vbs", KIND_POWERSHELL },
	{ "js", KIND_JAVASCRIPT },
	{ "mjs", KIND_JAVASCRIPT },
	{ "cjs", KIND_JAVASCRIPT },
	{ "ts", KIND_JAVASCRIPT },
	{ "jsx", KIND_JAVASCRIPT },
	{ "lua", KIND_LUA },
	{ "awk", KIND_AWK },
	{ "service", KIND_CONFIG },
	{ "timer", KIND_CONFIG },
	{ "socket", KIND_CONFIG },
	{ "cron", KIND_SHELL },
	{ "rules", KIND_CONFIG },
	{ "desktop", KIND_CONFIG },
	{ "conf", KIND_CONFIG },
	{ "mk", KIND_CONFIG },
	{ "groovy", KIND_JAVASCRIPT },
	{ "java", KIND_JAVASCRIPT },
	{ "go", KIND_JAVASCRIPT },
	{ "tcl", KIND_SHELL },
	{ "gradle", KIND_JAVASCRIPT },
	/* Texts that are no scripts: what they show is not run. */
	{ "md", KIND_NONE },
	{ "rst", KIND_NONE },
	{ "html", KIND_NONE },
	{ "htm", KIND_NONE },
	{ "css", KIND_NONE },
	{ "c", KIND_NONE },
	{ "h", KIND_NONE },
	{ "cc", KIND_NONE },
	{ "cpp", KIND_NONE },
	{ "hpp", KIND_NONE },
	{ "xml", KIND_NONE },
	{ "svg", KIND_NONE },
	{ "po", KIND_NONE },
	{ "pot", KIND_NONE },
	{ "json", KIND_NONE },
	{ "csv", KIND_NONE },
	{ "tex", KIND_NONE },
	{ "pod", KIND_NONE },
	{ "map", KIND_NONE },
	{ "scss", KIND_NONE },
	{ "less", KIND_NONE },
	{ "sql", KIND_NONE },
	{ "log", KIND_NONE },
	{ "adoc", KIND_NONE },
	{ "pem", KIND_NONE },
	{ "crt", KIND_NONE },
	{ "asc", KIND_NONE },
	{ "xsl", KIND_NONE },
	{ "dtd", KIND_NONE },
	{ "xsd", KIND_NONE },
	{ "el", KIND_NONE },
	{ "vim", KIND_NONE },
	{ "texi", KIND_NONE },
	{ "rs", KIND_NONE },
	{ "hs", KIND_NONE },
	{ "list", KIND_NONE },
	{ "md5sums", KIND_NONE },
	{ "symbols", KIND_NONE },
	{ "shlibs", KIND_NONE },
	{ "triggers", KIND_NONE },
	{ "templates", KIND_NONE },
	{ "ipynb", KIND_NONE },
	{ "yar", KIND_NONE },
	{ "yara", KIND_NONE },
	{ "rdf", KIND_NONE },
};

/* By the whole name of a file. */
static const struct word_kind names[] = {
	{ "crontab", KIND_SHELL },          { ".bashrc", KIND_SHELL },
	{ ".bash_profile", KIND_SHELL },    { ".bash_login", KIND_SHELL },
	{ ".bash_logout", KIND_SHELL },     { ".profile", KIND_SHELL },
	{ ".zshrc", KIND_SHELL },           { ".zprofile", KIND_SHELL },
	{ ".zshenv", KIND_SHELL },          { ".kshrc", KIND_SHELL },
	{ "bash.bashrc", KIND_SHELL },      { "profile", KIND_SHELL },
	{ "rc.local", KIND_SHELL },         { "APKBUILD", KIND_SHELL },
	{ "PKGBUILD", KIND_SHELL },         { "authorized_keys", KIND_CONFIG },
	{ "ld.so.preload", KIND_CONFIG },   { "Dockerfile", KIND_CONFIG },
	{ "Makefile", KIND_CONFIG },        { "inittab", KIND_CONFIG },
	{ "package.json", KIND_CONFIG },    { "composer.json", KIND_CONFIG },
	{ "Gemfile", KIND_RUBY },           { "Rakefile", KIND_RUBY },
	{ "Jenkinsfile", KIND_JAVASCRIPT }, { "README", KIND_NONE },
	{ "LICENSE", KIND_NONE },           { "NEWS", KIND_NONE },
	{ "ChangeLog", KIND_NONE },         { "changelog", KIND_NONE },
	{ "copyright", KIND_NONE },         { "COPYING", KIND_NONE },
	{ "AUTHORS", KIND_NONE },           { "METADATA", KIND_NONE },
	{ "PKG-INFO", KIND_NONE },          { "RECORD", KIND_NONE },
	{ ".bash_history", KIND_NONE },
};

/* By the folder, when the name says nothing. */
static const struct word_kind folders[] = {
	{ "etc/cron.", KIND_SHELL },          { "var/spool/cron", KIND_SHELL },
	{ "etc/profile.d/", KIND_SHELL },     { "etc/init.d/", KIND_SHELL },
	{ "etc/update-motd.d/", KIND_SHELL }, { "usr/share/doc/", KIND_NONE },
	{ "usr/share/man/", KIND_NONE },      { "usr/share/info/", KIND_NONE },
	{ "usr/share/locale/", KIND_NONE },   { "usr/share/licenses/", KIND_NONE },
	{ "usr/share/zoneinfo/", KIND_NONE }, { "usr/share/terminfo/", KIND_NONE },
};

/* Words that tell a language in a text without a name, when a line begins with them. */
static const struct word_kind openings[] = {
	{ "<?php", KIND_PHP },
	{ "<?=", KIND_PHP },
	{ "import ", KIND_PYTHON },
	{ "from ", KIND_PYTHON },
	{ "def ", KIND_PYTHON },
	{ "exec(", KIND_PYTHON },
	{ "use strict", KIND_PERL },
	{ "use IO::", KIND_PERL },
	{ "use Socket", KIND_PERL },
	{ "my $", KIND_PERL },
	{ "require '", KIND_RUBY },
	{ "require \"", KIND_RUBY },
	{ "const ", KIND_JAVASCRIPT },
	{ "var ", KIND_JAVASCRIPT },
	{ "let ", KIND_JAVASCRIPT },
	{ "(function", KIND_JAVASCRIPT },
	{ "require(", KIND_JAVASCRIPT },
	{ "eval(", KIND_JAVASCRIPT },
	{ "local ", KIND_LUA },
	{ "$client", KIND_POWERSHELL },
	{ "powershell", KIND_POWERSHELL },
	{ "IEX", KIND_POWERSHELL },
	{ "iex", KIND_POWERSHELL },
	{ "Invoke-", KIND_POWERSHELL },
	{ "param(", KIND_POWERSHELL },
	{ "function(", KIND_JAVASCRIPT },
	{ "BEGIN {", KIND_AWK },
	{ "[Unit]", KIND_CONFIG },
	{ "print ", KIND_PYTHON },
	{ "$", KIND_POWERSHELL },
	{ "async ", KIND_JAVASCRIPT },
	{ "class ", KIND_PYTHON },
};

enum { LINES_GUESSED = 40, HEAD_LEAST = 4, CONTROLS_LOOKED = 512 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct word_kind *find_word(const struct word_kind *list, size_t n, struct bytes word)
{
	for (size_t i = 0; i < n; i++)
		if (bytes_equal(word, bytes_str(list[i].word)))
			return &list[i];
	return NULL;
}

static const struct word_kind *find_start(const struct word_kind *list, size_t n, struct bytes text)
{
	for (size_t i = 0; i < n; i++)
		if (bytes_starts_with(text, bytes_str(list[i].word)))
			return &list[i];
	return NULL;
}

/* --- first line --------------------------------------------------------------------------- */

/* "python3.11" is python. */
static struct bytes without_version(struct bytes name)
{
	while (name.n > 0 && (name.p[name.n - 1] == '.' || name.p[name.n - 1] == '-' ||
			      (name.p[name.n - 1] >= '0' && name.p[name.n - 1] <= '9')))
		name.n--;
	return name;
}

/* The interpreter of "#!/usr/bin/env -S python3 -u". A first line that names an unknown
 * one is read as shell. */
static enum script_kind by_first_line(struct bytes head)
{
	ptrdiff_t end = bytes_index(head, '\n');
	struct bytes line = bytes_sub(head, 2, end < 0 ? head.n : (size_t)end), word;
	line = bytes_trim(line);
	while (bytes_next_field(&line, ' ', &word)) {
		struct bytes name = without_version(path_base(bytes_trim(word)));
		if (name.n == 0 || name.p[0] == '-' || bytes_equal(name, BYTES_LIT("env")))
			continue;
		const struct word_kind *k = find_word(interpreters, COUNT(interpreters), name);
		return k == NULL ? KIND_SHELL : k->kind;
	}
	return KIND_SHELL;
}

/* --- words ---------------------------------------------------------------------------------- */

/* NULL: none of the first lines begins as scripts do. */
static const struct word_kind *opening_of(struct bytes text)
{
	struct bytes line;
	for (unsigned i = 0; i < LINES_GUESSED && bytes_next_field(&text, '\n', &line); i++) {
		const struct word_kind *k = find_start(openings, COUNT(openings), bytes_trim(line));
		if (k != NULL)
			return k;
	}
	return NULL;
}

enum script_kind script_kind_guess(struct bytes text)
{
	if (bytes_starts_with(text, BYTES_LIT("#!")))
		return by_first_line(text);
	const struct word_kind *k = opening_of(text);
	return k == NULL ? KIND_SHELL : k->kind;
}

static bool is_text(struct bytes head)
{
	size_t n = head.n < CONTROLS_LOOKED ? head.n : CONTROLS_LOOKED, odd = 0;
	if (n >= 2 && head.p[0] == 0xff && head.p[1] == 0xfe)
		return true; /* UTF-16 */
	for (size_t i = 0; i < n; i++) {
		uint8_t c = head.p[i];
		if (c == 0)
			return false;
		odd += c < ' ' && c != '\n' && c != '\t' && c != '\r' && c != '\f' && c != 0x1b;
	}
	return n >= HEAD_LEAST && odd * 50 <= n;
}

/* --- names ------------------------------------------------------------------------------------ */

static bool has(struct bytes text, const char *word)
{
	return memmem(text.p, text.n, word, strlen(word)) != NULL;
}

/* Settings of miners are JSON, which else is not looked at. */
static bool is_miner_settings(struct bytes base, struct bytes head)
{
	return bytes_ends_with(base, BYTES_LIT(".json")) &&
	       (has(head, "\"pools\"") || has(head, "donate-level") || has(head, "pool_list") ||
		has(head, "stratum+"));
}

static const struct word_kind *by_extension(struct bytes base)
{
	size_t dot = base.n;
	while (dot > 0 && base.p[dot - 1] != '.')
		dot--;
	if (dot <= 1)
		return NULL;
	struct bytes end = bytes_sub(base, dot, base.n);
	uint8_t small[12];
	if (end.n > sizeof small)
		return NULL;
	for (size_t i = 0; i < end.n; i++)
		small[i] =
			end.p[i] >= 'A' && end.p[i] <= 'Z' ? (uint8_t)(end.p[i] | 0x20) : end.p[i];
	return find_word(extensions, COUNT(extensions), bytes_of(small, end.n));
}

enum script_kind script_kind_of(struct bytes path, struct bytes head, bool *ret_guessed)
{
	*ret_guessed = false;
	struct bytes base = path_base(path);
	if (!is_text(head))
		return KIND_NONE;
	const struct word_kind *folder = find_start(folders, COUNT(folders), path);
	if (folder != NULL && folder->kind == KIND_NONE)
		return KIND_NONE;
	if (bytes_starts_with(head, BYTES_LIT("#!")))
		return by_first_line(head);
	const struct word_kind *k = find_word(names, COUNT(names), base);
	if (k == NULL)
		k = by_extension(base);
	if (k != NULL && k->kind == KIND_NONE && is_miner_settings(base, head))
		return KIND_CONFIG;
	if (k != NULL)
		return k->kind;
	if (folder != NULL)
		return folder->kind;
	k = opening_of(head);
	*ret_guessed = k == NULL;
	return k == NULL ? KIND_SHELL : k->kind;
}

enum script_kind script_kind_parse(struct bytes name)
{
	static const char *const list[SCRIPT_KINDS] = { "",    "shell", "python",     "perl",
							"php", "ruby",  "powershell", "javascript",
							"lua", "awk",   "config" };
	for (unsigned i = KIND_SHELL; i < SCRIPT_KINDS; i++)
		if (bytes_equal(name, bytes_str(list[i])))
			return (enum script_kind)i;
	return SCRIPT_KINDS;
}
