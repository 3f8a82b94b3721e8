/* Rules as the engine holds them, and how a hit becomes a match. */
#ifndef CORTEN_BUILDSTEP_ENGINE_H
#define CORTEN_BUILDSTEP_ENGINE_H

#include "buildstep/buildstep.h"
#include "buildstep/model.h"

enum { EDITS_MAX = 16, PLACES_MAX = 128 };

/* Bytes of the source that a fix replaces. */
struct edit {
	uint32_t from, to;
	struct bytes with;
};

struct fix {
	struct edit edits[EDITS_MAX]; /* do not overlap */
	size_t n;
	bool impossible;
};

struct hit {
	const struct step *step; /* NULL: the file as a whole */
	const struct command *command; /* NULL: the instruction as a whole */
	struct bytes evidence; /* instead of the instruction's text; empty */
	uint32_t at; /* its place, for the line; BUILD_NO_PLACE: the command's or step's */
	uint32_t from, to; /* what of the source is shown; both 0: the command or the step */
	struct fix fix;
};

struct rule;
struct judging;
/* Looks at the whole build and tells with judge_tell. */
typedef int judge_fn(struct judging *j);

struct rule {
	const struct check_entry *entry;
	judge_fn *judge;
	unsigned ops; /* 1 << enum step_op */
	bool result_only, not_in_history, only_in_history;
	const struct node *fix;
};

/* One rule over one build. */
struct judging {
	const struct build *b;
	const struct rule *rule;
	const struct check_sink *sink;
	struct arena *scratch;
	struct error *err;
	size_t *told; /* of the file, all rules */
	uint32_t places[PLACES_MAX]; /* where this rule told already */
	size_t place_count;
	const struct step *asked; /* commands.c: what is known of this step's commands */
	uint32_t unless;
	bool unless_any;
};

/* All that one file may tell is told. */
static inline bool judge_is_full(const struct judging *j)
{
	return *j->told >= LIMIT_CHECK_FILE_FINDINGS;
}

struct buildstep_engine {
	struct rule *rules;
	size_t count;
	size_t told; /* by this worker */
	/* The image at hand. */
	struct buf history; /* instructions, one behind the other */
	struct image_line {
		size_t from, to;
		uint32_t number; /* of history; 0: of the config */
		const char *config;
		bool pipefail;
	} * lines;
	size_t line_count, line_room;
	uint32_t history_count;
	bool has_healthcheck;
	struct buf user;
};

/* --- tell.c -------------------------------------------------------------------------------- */

int judge_tell(struct judging *j, const struct hit *h);
static inline struct hit hit_step(const struct step *s)
{
	return (struct hit){ .step = s, .at = BUILD_NO_PLACE };
}
/* The line of the source that holds this place, of a step of many. */
void hit_show_line(struct hit *h, const struct build *b, uint32_t at);
static inline struct hit hit_command(const struct step *s, const struct command *c)
{
	return (struct hit){ .step = s, .command = c, .at = BUILD_NO_PLACE };
}

/* --- fix.c ----------------------------------------------------------------------------------- */

void fix_replace(struct fix *f, uint32_t from, uint32_t to, struct bytes with);
/* The whole lines of an instruction. */
void fix_delete_step(struct fix *f, const struct build *b, const struct step *s);
void fix_line_before(struct judging *j, struct fix *f, const struct step *s, struct bytes line);
/* Text in the arena of this rule; empty without memory, which makes a fix impossible. */
struct bytes fix_text(struct judging *j, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* The diff, or of a history the new instruction; nothing in *out when it cannot be. */
int fix_write(const struct build *b, const struct hit *h, struct buf *out, struct error *err);

/* --- rules' words ------------------------------------------------------------------------------ */

/* Whether text matches one of the globs of a list (or the one that a text is); NULL: no. */
bool any_glob(const struct node *list, struct bytes text, bool fold);
static inline const struct node *rule_node(const struct judging *j, const char *key)
{
	return node_get(j->rule->entry->table, key);
}
bool step_in_scope(const struct judging *j, const struct step *s);
struct bytes word_bytes(const struct command *c, size_t i);

/* --- mask.c ------------------------------------------------------------------------------------- */

/* Finds what is to be hidden, each instruction for itself: who reads a command alone might
 * not see that it is a password. */
int build_hide(struct build *b, struct error *err);
/* Where a token of a published form begins; t.n: there is none. */
size_t mask_find_token(struct bytes t);

/* --- engines ----------------------------------------------------------------------------------- */

int judge_commands(struct judging *j);
int judge_instructions(struct judging *j);
judge_fn *judge_named(struct bytes name);

/* Runs all rules over a build. */
int buildstep_judge(struct buildstep_engine *e, struct build *b, const struct check_sink *sink,
		    struct error *err);

#endif
