/* What a Dockerfile or an image's history says, as the room's rules see it. Every view
 * lies in the source or in the arena; every place is an offset into the source, so that
 * a finding knows its line and a fix the bytes that it replaces.
 *
 * Grammar: https://docs.docker.com/reference/dockerfile/ (syntax 1.x); shell: POSIX.1-2024,
 * Shell Command Language, as far as it is needed to tell commands from each other. */
#ifndef CORTEN_BUILDSTEP_MODEL_H
#define CORTEN_BUILDSTEP_MODEL_H

#include "base/base.h"

enum {
	BUILD_TEXT_MAX = LIMIT_DOCKERFILE,
	BUILD_MEMORY = 96 * 1024 * 1024, /* that one of them may need */
	BUILD_STEPS_MAX = 4000,
	BUILD_COMMANDS_MAX = 1000, /* of one instruction */
	BUILD_SCRIPTS_MAX = 4000, /* texts of a shell inside of others, per file */
	BUILD_NESTING_MAX = 6,
	BUILD_NO_PLACE = UINT32_MAX,
};

/* Text of which every byte knows its place in the source. */
struct text {
	const uint8_t *p;
	const uint32_t *at; /* n + 1 of them */
	size_t n;
};

static inline struct bytes text_bytes(struct text t)
{
	return bytes_of(t.p, t.n);
}

static inline struct text text_sub(struct text t, size_t from, size_t to)
{
	to = to > t.n ? t.n : to;
	from = from > to ? to : from;
	return (struct text){ t.p + from, t.at + from, to - from };
}

struct word {
	struct text value; /* without quotes */
	struct bytes expanded; /* with the variables that are known */
	uint32_t from, to; /* as written, in the source */
	bool dynamic; /* something in it is only known when it runs */
	bool quoted;
};

enum step_op {
	OP_UNKNOWN,
	OP_ADD,
	OP_ARG,
	OP_CMD,
	OP_COPY,
	OP_ENTRYPOINT,
	OP_ENV,
	OP_EXPOSE,
	OP_FROM,
	OP_HEALTHCHECK,
	OP_LABEL,
	OP_MAINTAINER,
	OP_ONBUILD,
	OP_RUN,
	OP_SHELL,
	OP_STOPSIGNAL,
	OP_USER,
	OP_VOLUME,
	OP_WORKDIR,
	OPS
};

struct pair { /* of ENV, ARG, LABEL */
	struct word name, value;
	bool has_value;
};

struct heredoc {
	struct bytes name;
	struct text body;
	bool strip; /* <<- */
	bool closed;
	uint32_t end; /* where the line that ends it begins */
};

enum link { LINK_FIRST, LINK_AND, LINK_OR, LINK_THEN, LINK_PIPE };

#define COMMAND_NONE UINT32_MAX

struct command {
	struct word *words; /* assignments and wrappers included */
	size_t count;
	size_t program; /* index of the word that names it; == count: none */
	struct bytes name; /* "pip" also of "python3 -m pip" */
	struct bytes target; /* of its last redirection of output; empty: none */
	enum link link;
	uint32_t pipeline;
	uint32_t parent; /* whose word its output or its text goes into; COMMAND_NONE */
	uint32_t from, to;
	bool told_by_parent; /* its text is the parent's argument: sh -c "…" */
	bool header; /* for …, case …: no command */
};

struct step {
	enum step_op op;
	struct bytes keyword; /* as written */
	uint32_t keyword_at;
	uint32_t from, to; /* all of it, without the last newline */
	uint32_t line; /* from 1 */
	struct text args; /* behind the flags, lines joined */
	struct word *flags; /* "--from=x" */
	size_t flag_count;
	struct word *words;
	size_t word_count;
	struct pair *pairs;
	size_t pair_count;
	struct heredoc *docs;
	size_t doc_count;
	struct command *commands;
	size_t command_count;
	bool json; /* exec form */
	bool looks_json; /* begins as the exec form and is none */
	bool onbuild;
	bool old_env; /* ENV NAME VALUE */
	bool pipefail; /* in force: SHELL, or in history the shell's own words */
	bool blank_inside; /* an empty line between its lines */
	uint32_t blank_at;
	uint32_t stage; /* STAGE_NONE before the first FROM */
	uint32_t history; /* number of its line, from 1; 0: of a Dockerfile or the config */
	const char *config; /* "config:user": of the config; NULL */
};

#define STAGE_NONE UINT32_MAX

struct stage {
	struct word *image; /* of FROM; NULL: of a history */
	struct bytes base; /* expanded */
	struct bytes name; /* AS */
	bool base_known; /* nothing in it depends on the build's arguments */
	uint32_t step; /* its FROM */
	uint32_t first, end; /* its steps, FROM not among them */
	uint32_t parent; /* the stage it builds on; STAGE_NONE */
	bool in_result;
	bool used;
};

enum ignored { IGNORED_UNKNOWN, IGNORED_NO, IGNORED_YES };

struct build {
	struct arena arena;
	struct bytes source;
	struct bytes path;
	uint8_t escape;
	bool is_history;
	enum ignored has_ignore; /* a .dockerignore beside it */
	struct step *steps;
	size_t count, room;
	struct stage *stages;
	size_t stage_count;
	uint32_t *lines; /* where each line begins */
	size_t line_count;
	uint8_t *hidden; /* a byte for each of the source: 1 where a secret is */
	const char *limited; /* the limit that was reached; NULL */
	size_t scripts;
	/* Of an image: what its config says in the end. */
	bool has_healthcheck;
	struct bytes user;
};

/* --- lines.c: instructions from lines ---------------------------------------------------- */

/* Reads the source: directives, lines joined, heredocs, then each by step_read. Never
 * fails for what is in it: ERR_MEMORY only. */
int build_read(struct build *b, struct error *err);
uint32_t build_line_of(const struct build *b, uint32_t at);
int build_index_lines(struct build *b, struct error *err);

/* --- step.c: one instruction ------------------------------------------------------------- */

enum step_op step_op_of(struct bytes keyword); /* in any case */
const char *step_op_name(enum step_op op);
/* Fills in flags, words, pairs of a step whose op, args and heredocs are known. */
int step_read(struct build *b, struct step *s, struct error *err);
/* Appends one; NULL: limit or no memory. */
struct step *build_add_step(struct build *b);

/* --- words.c ----------------------------------------------------------------------------- */

/* The words of t by the rules of Dockerfiles: quotes and the escape character. */
int words_split(struct build *b, struct text t, struct word **ret, size_t *ret_n,
		struct error *err);
/* A list of JSON strings; of a history also without commas. false: it is none. */
bool words_json(struct build *b, struct text t, struct word **ret, size_t *ret_n);
/* Whether a word begins a heredoc: <<NAME, <<-NAME, 3<<"NAME". */
bool word_heredoc(struct word w, struct heredoc *ret);
struct text text_trim(struct text t);

/* --- stages.c: stages, variables ------------------------------------------------------------ */

/* Expands variables and tells which stages end in the result. */
int build_resolve(struct build *b, struct error *err);
/* The value of a variable that ENV or ARG set in this stage or those under it before
 * step `before`; false: none. */
bool build_variable(const struct build *b, uint32_t before, struct bytes name,
		    struct bytes *ret_value);

/* --- shell.c ------------------------------------------------------------------------------- */

/* The commands of all steps that have some. */
int build_commands(struct build *b, struct error *err);
/* Operands and options as they are written behind the program. */
static inline size_t command_first(const struct command *c)
{
	return c->program < c->count ? c->program + 1 : c->count;
}

/* --- history.c ------------------------------------------------------------------------------- */

/* One line of history as the instruction it was; false: it is none that is known. The
 * text goes behind *out. */
bool history_instruction(struct bytes created_by, struct buf *out, bool *ret_pipefail,
			 struct error *err);

/* --- glob.c --------------------------------------------------------------------------------- */

/* * and ? over the whole text; any case with `fold`. Linear in practice, never worse than
 * pattern times text. */
bool glob_match(struct bytes pattern, struct bytes text, bool fold);
bool bytes_equal_fold(struct bytes a, struct bytes b);

#endif
