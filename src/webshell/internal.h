/* What the files of this room share. A page is cut into pieces of code (page.c), a
 * lexer a language gives tokens (lex*.c), and one machine for all languages (machine.c)
 * reads them as expressions without a grammar: it keeps what it knows of each value
 * (value.h) and asks the rules at each call (sink.c). It does not recurse: what is open
 * lies on stacks of fixed size, and what does not fit is skipped. */
#ifndef CORTEN_WEBSHELL_INTERNAL_H
#define CORTEN_WEBSHELL_INTERNAL_H

#include "check/atoms.h"
#include "webshell/lex.h"
#include "webshell/value.h"
#include "webshell/webshell.h"

/* Kinds of pages, as rules name them. */
enum page { PAGE_PHP, PAGE_JSP, PAGE_ASP, PAGE_ASPX, PAGE_CFM, PAGE_PERL, PAGE_PYTHON, PAGES };

/* --- rules ---------------------------------------------------------------------------- */

enum { WS_ARGS = 24 };

/* "Process.Start:0": the end of a callee's path, and the arguments that matter. */
struct ws_sink {
	struct bytes name; /* in small letters; "=" before it: an assignment */
	bool whole; /* the whole path, not its end */
	uint32_t args; /* bits: any of them is enough */
	uint32_t both; /* bits: all of them as well; 0: none */
	uint32_t rule; /* index into ws_rules.list */
	uint32_t next; /* in the same slot, +1 */
};

/* "a|b=3": counts once, however many of its readings are there. One that has (
 * is a call: not the end of another name, nor in PHP a method. */
struct ws_word {
	struct bytes text;
	int32_t weight; /* below 0: what excuses */
	bool must; /* "a=!": the rule is silent without it */
};

/* A rule that adds up words: what a whole tool has that a page has not. */
struct ws_rule {
	uint32_t number;
	unsigned pages; /* 1 << enum page */
	uint32_t from; /* TAINT_… that fire */
	uint32_t not ; /* TAINT_… that excuse */
	struct ws_word *words;
	size_t word_count;
	uint32_t atom_from, atom_to; /* of the words, among the engine's: they follow each other */
	uint32_t musts;
	uint32_t threshold;
	uint64_t size_max;
	bool disguise; /* code in a file that should have none */
	bool handler; /* a server's switch that makes it run */
};

enum ws_list { LIST_SOURCE, LIST_CLEANER, LIST_DECODER, LIST_CALLBACK, WS_LISTS };

enum { WS_SLOTS = 1024 };

struct ws_names {
	uint32_t slots[WS_SLOTS]; /* by the hash of the last part of a path; +1 */
	struct ws_sink *list;
	size_t count, cap;
};

struct ws_rules {
	struct arena arena;
	struct ws_rule *list;
	size_t count;
	struct ws_names sinks[PAGES];
	struct ws_names lists[PAGES][WS_LISTS];
};

int ws_rules_read(const struct check_set *set, struct ws_rules *ret, struct error *err);
void ws_rules_free(struct ws_rules *r);
/* The next entry behind `at` (0: the first) whose name the path ends with; +1, or 0. */
uint32_t ws_names_next(const struct ws_names *n, struct bytes path, uint32_t at);
/* The bit mask of arguments of the first entry, 0 when there is none. */
uint32_t ws_names_args(const struct ws_names *n, struct bytes path);

/* --- looking ---------------------------------------------------------------------------- */

struct machine;

enum { ATOMS_MOST = 4096 };

/* What a literal tells when a text has it. */
struct ws_atom {
	uint32_t sources, sinks, decoders; /* 1 << enum page */
	bool unpacks; /* a decoder that hardly anything else uses */
	bool runs; /* code or programs, of variables that nobody set */
	uint32_t rule, word; /* of a rule's word: the rule's index + 1, the word's */
	struct bytes text; /* … as it is written */
};

/* Words of PHP that a rule is about, by their hashes. */
enum { TELLING_SLOTS = 4096, DULL_LEAST = 2 * KIB };

struct ws_telling {
	uint32_t slots[TELLING_SLOTS];
	size_t count;
	bool full;
};

struct webshell_engine {
	struct ws_rules rules;
	struct ws_telling telling;
	struct atoms *atoms;
	struct ws_atom *meanings; /* by the literal's number */
	size_t atom_count;
	uint64_t seen[ATOMS_MOST / 64];
	struct heap heap;
	struct arena arena;
	struct machine *machine;
};

/* One file. */
struct look {
	struct webshell_engine *e;
	const struct check_sink *sink;
	struct bytes path, text;
	struct bytes code; /* the text as it is read: in UTF-8 and without disguise */
	enum page page;
	bool *fired; /* by index of the rule */
	bool limited;
	struct error *err;
	int failed; /* what a sink said */
};

/* Runs code of a page; `code` is in l->code. */
void machine_run(struct look *l, const struct piece *pieces, size_t count);

/* Tells a rule once a file. `at` is an offset in l->code. */
void look_tell(struct look *l, uint32_t rule, size_t at, struct bytes evidence);
void look_limit(struct look *l, const char *what);

/* page.c: the kind by name and first bytes; PAGES when it is none. */
enum page page_kind(struct bytes path, struct bytes head);
/* The kind by what is in it, where its name says another. */
enum page page_within(enum page kind, struct bytes text);
/* Text of another encoding or with escapes as it is read; in the heap, or text itself. */
struct bytes page_plain(struct heap *heap, enum page kind, struct bytes text);
/* The pieces of code in it; at most max. */
size_t page_pieces(enum page kind, struct bytes text, struct piece *pieces, size_t max);

/* dull.c: one more word by which a function of a page may matter. */
void telling_add(struct ws_telling *t, struct bytes word);

/* filter.c: the literals without which no rule can fire. */
int filter_build(struct webshell_engine *e, struct error *err);
/* Fills e->seen; whether code of this kind is worth reading. */
bool filter_passes(struct webshell_engine *e, enum page kind, struct bytes text);

/* words.c: rules that add up words, hidden code and handlers. */
void words_check(struct look *l);
void disguise_check(struct look *l);
bool is_picture(struct bytes path);
bool is_handler(struct bytes path);
void machine_free(struct machine *m);

#endif
