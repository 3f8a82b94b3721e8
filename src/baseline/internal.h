/* What the files of this room share. */
#ifndef CORTEN_BASELINE_INTERNAL_H
#define CORTEN_BASELINE_INTERNAL_H

#include "baseline/baseline.h"

/* --- glob.c ------------------------------------------------------------------------- */

/* '*' is any run, in paths not over '/'; "**" is any; '?' one character. A pattern may
 * be several, separated by '|'. Time is bounded by pattern times text. */
enum glob_kind { GLOB_TEXT, GLOB_PATH };
bool base_glob(struct bytes pattern, struct bytes text, enum glob_kind kind, bool fold);
/* As bytes_equal, with letters of ASCII alike. */
bool bytes_same(struct bytes a, struct bytes b);

/* --- settings.c ---------------------------------------------------------------------- */

/* One statement of a configuration file, whatever its form. */
struct setting {
	struct bytes scope; /* names of the blocks around it, with blanks between: "mysqld" */
	struct bytes key, value;
	struct bytes at; /* the value as it stands in the text; p NULL: in no one place */
	uint32_t line, last; /* lines of the statement; 0: none */
	uint32_t block; /* statements of one block have one number */
	bool opens; /* the head of a block: no setting, but a place to put one */
};

enum { SETTINGS_MAX = 50000, SETTINGS_MEMORY = 64 * 1024 * 1024 };

struct settings {
	struct setting *list;
	size_t n, cap;
	struct arena arena; /* of what is not in the text as it stands */
	struct bytes text;
	uint32_t *starts; /* of the text's lines, and of the one behind the last */
	size_t lines;
	uint32_t blocks; /* numbers given */
	bool cut; /* there are more than SETTINGS_MAX, or there is no memory for them */
};

void settings_init(struct settings *s, struct bytes text);
void settings_free(struct settings *s);
/* false: no more are taken. */
bool settings_add(struct settings *s, const struct setting *one);
/* A name with blanks between its parts, in the arena. */
struct bytes settings_join(struct settings *s, struct bytes a, struct bytes b, const char *between);
/* A line as it stands, with its line feed; empty when there is none of this number. */
struct bytes settings_line(const struct settings *s, uint32_t number);
/* Where on a line a value stands behind its key; p NULL: nowhere. */
struct bytes settings_value_at(const struct settings *s, uint32_t line, struct bytes key,
			       struct bytes value);
/* Without one pair of quotes around it. */
struct bytes unquoted(struct bytes b);

/* --- forms.c: how files are written ---------------------------------------------------- */

enum pick { PICK_LAST, PICK_FIRST, PICK_EACH };

/* How a statement that is not there is put in. */
enum insert {
	INSERT_NOT,
	INSERT_TOP, /* as the first line */
	INSERT_END, /* as the last line */
	INSERT_SECTION, /* behind its [section], which is made if there is none */
	INSERT_INSIDE, /* behind the head of its block */
	INSERT_YAML, /* below the deepest of its parents */
	INSERT_JSON, /* behind the outermost '{' */
	INSERT_ITEM, /* as an item behind its command */
	INSERT_FLAG /* at the end of its command's line */
};

struct form {
	const char *name;
	/* false: the text is not of this form; *ret_why says why. */
	bool (*read)(const struct form *f, struct settings *s, const char **ret_why);
	enum pick pick; /* which holds of several */
	bool fold; /* small and capital letters of keys are alike */
	enum insert insert;
	const char *before, *between; /* a key and its value, when one is put in */
	const char *behind; /* … and what ends it */
	const char *comments; /* characters that begin one */
	const char *separators; /* of line forms: between key and value; NULL: blanks */
	bool continues; /* a backslash at its end joins a line with the next */
};

const struct form *form_named(struct bytes name);

bool read_lines(const struct form *f, struct settings *s, const char **ret_why);
bool read_ini(const struct form *f, struct settings *s, const char **ret_why);
bool read_unit(const struct form *f, struct settings *s, const char **ret_why);
bool read_env(const struct form *f, struct settings *s, const char **ret_why);
bool read_flags(const struct form *f, struct settings *s, const char **ret_why);
bool read_sshd(const struct form *f, struct settings *s, const char **ret_why);
bool read_apache(const struct form *f, struct settings *s, const char **ret_why);
bool read_haproxy(const struct form *f, struct settings *s, const char **ret_why);
bool read_blocks(const struct form *f, struct settings *s, const char **ret_why);
bool read_xml(const struct form *f, struct settings *s, const char **ret_why);
bool read_hadoop(const struct form *f, struct settings *s, const char **ret_why);
bool read_yaml(const struct form *f, struct settings *s, const char **ret_why);
bool read_pod(const struct form *f, struct settings *s, const char **ret_why);
bool read_toml(const struct form *f, struct settings *s, const char **ret_why);
bool read_erlang(const struct form *f, struct settings *s, const char **ret_why);

/* --- lines.c ------------------------------------------------------------------------- */

/* A line of a text, or several that backslashes join. */
struct line {
	struct bytes text; /* without blanks at its ends and comments behind it */
	uint32_t first, last;
	bool indented;
};
struct lines {
	const struct form *form;
	struct settings *settings;
	struct bytes rest;
	uint32_t number;
};
/* The next one that is neither empty nor a comment. */
bool lines_next(struct lines *l, struct line *ret);
/* Cuts key and value apart, and adds them in a scope. */
bool lines_add(const struct lines *l, const struct line *line, struct bytes scope, uint32_t block);
/* Whether b is a part of the text, and not a copy. */
bool is_in_text(const struct settings *s, struct bytes b);

/* The words of a command line as settings: "--key=value", "--key value", "-k". `scope`
 * names the command; empty: its program does. */
struct command {
	struct bytes scope;
	struct bytes pending; /* a flag that waits for its value */
	uint32_t line, last, block;
	bool has_program;
	bool one_line; /* values stand in the text */
};
void command_word(struct settings *s, struct command *c, struct bytes word, struct bytes at);
void command_end(struct settings *s, struct command *c);
/* Splits a text at blanks, with quotes heeded, and gives the words to the command. */
void command_text(struct settings *s, struct command *c, struct bytes text);

/* --- rule.c: rules as the engine needs them --------------------------------------------- */

struct words {
	struct bytes *list;
	size_t n;
};

struct condition {
	struct bytes key, scope; /* globs; scope empty: any */
	struct words is, isnt, like, unlike, word, noword;
	bool has_below, has_above, has_default;
	int64_t below, above;
	struct bytes otherwise; /* what holds when nothing is said */
	bool absent; /* nothing of the key passes the tests */
	bool in_block; /* heeds only what stands beside the first condition's statement */
	enum pick pick;
};

enum fix_kind { FIX_NONE, FIX_VALUE, FIX_LINE, FIX_REMOVE, FIX_DROP, FIX_SWAP };

struct fix {
	enum fix_kind kind;
	struct bytes text; /* the value or line; of FIX_SWAP what comes instead */
	struct bytes old; /* of FIX_SWAP */
	struct bytes key, scope; /* of a statement that is put in; else the first condition's */
	struct bytes behind; /* of INSERT_INSIDE: the head's name */
	struct words drop; /* globs of words that go */
};

struct setting_rule {
	const struct form *form;
	struct condition *when; /* the first is what the rule is about */
	size_t when_count;
	struct fix fix;
	bool secret; /* the value is not told */
};

struct mode_rule {
	unsigned types; /* 1 << enum baseline_type */
	uint32_t any, all, none; /* bits of the mode */
	bool capability; /* those with capabilities of files */
	bool not_root; /* those that are not root's */
	struct words holds; /* one of these is in the file */
	struct bytes change; /* what chmod(1) is told; "rm": the file goes */
};

enum { ACCOUNT_CHECK_MAX = 64 };
struct account_rule {
	struct bytes check;
	struct words passwords; /* that everybody tries first */
};

struct rule {
	uint32_t number;
	enum { RULE_SETTING, RULE_MODE, RULE_ACCOUNT } kind;
	struct words files, unless; /* globs of paths */
	struct setting_rule setting;
	struct mode_rule mode;
	struct account_rule account;
	uint32_t seen; /* the last file that it was found for */
};

/* ERR_MALFORMED tells what is wrong with the rule. *ret lies in the arena. */
int baseline_rule_read(const struct check_entry *entry, struct arena *arena, struct rule *ret,
		       struct error *err);

/* --- judge.c, fix.c, modes.c, accounts.c --------------------------------------------------- */

/* Tells each place where the rule holds. */
int judge_settings(const struct rule *r, const struct settings *s, struct bytes path,
		   const struct check_sink *sink, struct error *err);

/* What mends a match: appended to out, or nothing where it cannot be said. hit: where the
 * first condition holds; NULL: where nothing is said. */
void fix_setting(struct buf *out, const struct rule *r, const struct settings *s, struct bytes path,
		 const struct setting *hit);

bool mode_fits(const struct rule *r, const struct baseline_entry *e);
int judge_mode(const struct rule *r, const struct baseline_entry *e, const struct check_sink *sink,
	       struct error *err);

enum account_file { ACCOUNT_NONE, ACCOUNT_PASSWD, ACCOUNT_SHADOW, ACCOUNT_GROUP, ACCOUNT_GSHADOW };
enum account_file account_file_at(struct bytes path);
/* Tells the facts of a file. */
int account_facts(enum account_file file, struct bytes path, struct bytes text,
		  const struct words *passwords, const struct baseline_sink *sink,
		  struct error *err);
/* false: there is no such check. */
bool account_check_known(struct bytes check);
int judge_accounts(uint32_t rule, struct bytes check, const struct baseline_fact *facts, size_t n,
		   struct baseline_judge_sink sink, struct error *err);

#endif
