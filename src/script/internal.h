/* What the files of the room share.
 *
 * A file passes through these steps: kind.c says in what language it is; shell.c or code.c
 * writes it as it would be read by its interpreter: quotes, continuations, simple variables
 * and concatenations gone, one logical line a line; decode.c finds constants in it that
 * hold another text, which becomes a layer of its own; match.c looks in every layer for the
 * rules' patterns, line by line, and only where a literal of the pattern is. */
#ifndef CORTEN_SCRIPT_INTERNAL_H
#define CORTEN_SCRIPT_INTERNAL_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "check/atoms.h"
#include "script/script.h"

/* --- languages (kind.c) --------------------------------------------------------------- */

enum script_kind {
	KIND_NONE, /* not looked at */
	KIND_SHELL,
	KIND_PYTHON,
	KIND_PERL,
	KIND_PHP,
	KIND_RUBY,
	KIND_POWERSHELL,
	KIND_JAVASCRIPT,
	KIND_LUA,
	KIND_AWK,
	KIND_CONFIG, /* units, lists and settings in which commands are */
	SCRIPT_KINDS
};

/* A file that neither its name nor its first lines call a script is looked at only when it
 * is this small: scripts without a name are. */
enum { GUESSED_MOST = 32 * 1024 };

/* By name, first line, first words; *ret_guessed: by none of them. */
enum script_kind script_kind_of(struct bytes path, struct bytes head, bool *ret_guessed);
/* Of a text without a name. */
enum script_kind script_kind_guess(struct bytes text);
/* "shell"; SCRIPT_KINDS: there is no such one. */
enum script_kind script_kind_parse(struct bytes name);

/* --- normal form (text.c, shell.c, code.c) ----------------------------------------------- */

/* A logical line of the normal form. */
struct line {
	uint32_t at; /* offset of its first byte */
	uint32_t number; /* of the line in the file where it began */
};

struct text {
	struct bytes view; /* lines, each ended by '\n' (the last may be not) */
	struct buf bytes; /* what the view is of, unless it is of the file */
	struct buf lines; /* struct line */
	size_t most; /* bytes of this text */
	uint32_t number; /* of the line in the file that is being read */
	bool full; /* the limit was reached: what follows was left out */
};

/* Room for the normal form of n bytes: all later writes are within it. */
int text_begin(struct text *t, size_t n, uint32_t number, struct error *err);
void text_end(struct text *t);
/* The text as it is, when its normal form would say no more. */
int text_take(struct text *t, struct bytes in, uint32_t number, struct error *err);
void text_free(struct text *t);

static inline void text_put(struct text *t, uint8_t c)
{
	if (t->bytes.n < t->most)
		t->bytes.p[t->bytes.n++] = c;
	else
		t->full = true;
}

void text_put_all(struct text *t, struct bytes b);
/* Ends the logical line; number is the file's line that follows. */
void text_newline(struct text *t);
/* Of the line that holds the offset: its place among lines. `near` is where the last one was. */
size_t text_line_of(const struct text *t, size_t at, size_t near);
struct bytes text_line(const struct text *t, size_t i, uint32_t *ret_number);

static inline uint8_t text_last(const struct text *t)
{
	return t->bytes.n == 0 ? '\n' : t->bytes.p[t->bytes.n - 1];
}

/* Variables of a shell script that were given a plain value. */
struct variables;
struct variables *variables_new(void);
void variables_free(struct variables *v);
void variables_clear(struct variables *v);
void variables_set(struct variables *v, struct bytes name, struct bytes value);
bool variables_get(const struct variables *v, struct bytes name, struct bytes *ret);

void script_shell(struct text *t, struct bytes in, struct variables *v);
void script_code(struct text *t, struct bytes in, enum script_kind kind);
/* Whether a line is a comment as a whole. */
bool script_is_comment(struct bytes line, enum script_kind kind);
/* Escapes "\x41", "\u0041", "\101" at p: their length, 0 when it is none. */
size_t script_escape(struct bytes in, size_t at, uint8_t *ret);

/* --- constants (decode.c) --------------------------------------------------------------- */

/* A text found in another one. */
struct layer {
	struct bytes text;
	enum script_kind kind;
	bool guessed; /* nothing says that it is a script: it must have a word of one as it is */
	unsigned depth; /* 0: the file itself */
	uint32_t number; /* line of the file where its constant is */
	const char *how; /* "base64"; NULL: the file itself */
};

struct layers {
	struct arena arena; /* what was decoded */
	struct layer list[LIMIT_SCRIPT_LAYERS];
	size_t n;
	bool full;
};

/* Adds what the constants of a layer's normal form hold. */
void script_decode(struct layers *l, const struct layer *from, const struct text *t);
/* UTF-16 as ASCII, in the arena; false: it is none. */
bool script_narrow(struct arena *a, struct bytes in, struct bytes *ret);

/* --- rules (rules.c, words.c, literals.c) -------------------------------------------------- */

enum { GROUPS_MOST = 24, RULE_EVIDENCE = 240, NO_GROUP = 255, ANYWHERE = -1, NEAR_MOST = 100 };

enum group_kind { GROUP_ANY, GROUP_ALL, GROUP_POINTS, GROUP_UNLESS };

/* Patterns of which one is enough. */
struct group {
	enum group_kind kind;
	int points;
	bool leads, follows; /* has patterns with, without literals */
	bool seen; /* a literal of its patterns is in this layer */
	/* of this file */
	bool hit;
	uint32_t layer; /* where it was hit last */
	uint32_t line, number; /* logical line, line in the file */
	uint8_t text[RULE_EVIDENCE];
	size_t text_n;
};

struct rule {
	uint32_t number;
	uint32_t kinds; /* 1 << enum script_kind */
	struct check_words paths; /* globs; none: any path */
	const char *why;
	struct group *groups;
	size_t group_n;
	int64_t near; /* lines between hits of `all`; -1: anywhere in the file */
	int enough; /* points */
	bool alone; /* told only when no other rule is */
	/* of this file */
	bool active, fired, denied;
	bool all_may, points_may; /* of this layer: the literals for it are there */
	size_t fired_by; /* group */
};

struct pattern {
	const char *source; /* for messages: as the rule has it */
	struct bytes expression; /* its words put in */
	bool any_case;
	bool plain; /* has literals */
	struct rule *rule;
	uint8_t group;
	bool except; /* where it matches, matches of the rule do not count */
	uint32_t line; /* in the file of rules */
	pcre2_code *code; /* made when it is first needed */
	bool broken;
	/* of this file */
	uint32_t tries;
	size_t done; /* of this layer: looked at up to here */
};

struct patterns {
	struct pattern *list;
	size_t n;
};

/* A pattern's words "{{name}}" put in. ERR_MALFORMED: there is no such word. */
int script_expand(const char *pattern, struct arena *a, struct bytes *ret, struct error *err);

/* Literals of which one is in everything that the expression matches: what it is looked
 * for by. False: there are none of LITERAL_LEAST bytes. */
enum { LITERAL_LEAST = 3, LITERALS_MOST = 64 };
struct literals {
	struct bytes list[LITERALS_MOST];
	size_t n;
};
bool script_literals(struct bytes expression, struct arena *a, struct literals *ret);

/* A pattern that a literal leads to. */
struct owner {
	uint32_t pattern;
	uint32_t next; /* of the same literal; 0: the last */
};

struct script_rules {
	struct arena arena;
	struct rule *rules;
	size_t rule_n;
	struct pattern *patterns;
	size_t pattern_n;
	struct owner *owners; /* by literal: the first pattern it leads to, then others */
	size_t literal_n, owner_n;
	struct atoms *atoms;
	/* Literals from here on are of no pattern: they say that constants may hold texts, and
	 * that words may be hidden. */
	uint32_t first_trigger, first_hider, first_dot;
};

/* *ret_n tells how many rules there are; with none, nothing is made. */
int script_rules_read(const struct check_set *set, struct script_rules *r, struct error *err);
void script_rules_free(struct script_rules *r);

/* --- matching (match.c) ---------------------------------------------------------------------- */

/* A literal in the text, as the pattern it leads to. */
struct hit {
	uint32_t end; /* offset behind it */
	uint32_t pattern;
};

struct script_engine {
	struct script_rules rules;
	pcre2_match_data *match;
	pcre2_match_context *limits;
	struct text text;
	struct layers layers;
	struct variables *variables;
	size_t findings;
	/* of this file */
	struct bytes path;
	const struct check_sink *sink;
	struct error *err;
	bool failed;
	bool limited;
	/* of this layer */
	const struct layer *layer;
	size_t line; /* where the last literal was */
	bool triggered; /* there may be constants that hold a text */
	struct buf hits; /* not looked at yet */
	bool hidden; /* words may be hidden until the text is in its normal form */
	bool many; /* more literals than are kept: rules are not left out, hits are */
};

/* Finds the literals in the text of e->layer, */
void match_find(struct script_engine *e, struct bytes text);
/* then, with its lines in e->text, looks for patterns where they are. */
int match_look(struct script_engine *e);
/* Whether there is something to look for after match_find. */
bool match_needed(const struct script_engine *e);
void match_limited(struct script_engine *e, const char *what);
/* What rules have seen of the last file is forgotten; those for this one are active. */
void match_begin(struct script_engine *e, enum script_kind kind);
/* Tells the rules that have fired. */
int match_end(struct script_engine *e);

#endif
