/* The state of the splitter, shared by shell.c and command.c. */
#ifndef CORTEN_BUILDSTEP_SHELL_H
#define CORTEN_BUILDSTEP_SHELL_H

#include "buildstep/model.h"

struct script { /* a text that a shell reads */
	struct text text;
	uint32_t parent;
	unsigned depth;
	bool told_by_parent;
};

enum redirect { REDIRECT_NONE, REDIRECT_OUT, REDIRECT_IN, REDIRECT_DOC };

enum { SHELL_DOCS_MAX = 8, SCRIPTS_OF_STEP_MAX = 500 };

struct shell {
	struct build *b;
	struct error *err;
	struct buf commands; /* struct command */
	struct buf words; /* struct word: of the command at hand */
	struct buf value, at; /* of the word at hand */
	struct script queue[SCRIPTS_OF_STEP_MAX];
	size_t queued;

	struct script now;
	size_t i; /* in its text */
	enum link link;
	uint32_t pipeline;
	bool in_word, quoted, dynamic;
	size_t word_from, word_to; /* in the text */
	unsigned cases;
	bool pattern; /* of a case: not a command */
	enum redirect redirect; /* what the next word is for */
	bool doc_strip;
	struct {
		struct bytes name;
		bool strip;
	} docs[SHELL_DOCS_MAX];
	size_t doc_count;
	struct bytes target;
};

size_t shell_count(const struct shell *sh);
struct command *shell_command(struct shell *sh, size_t i);
/* Puts a text in the queue; beyond the limits it is left out and the build says so. */
void shell_queue(struct shell *sh, struct text text, uint32_t parent, bool told_by_parent);

/* --- command.c: what a command is when its words are known --------------------------------- */

/* Finds the program behind assignments, sudo and the like. */
void command_analyse(struct command *c);
/* Queues what it hands to a shell: sh -c "…", eval "…". */
void command_queue_scripts(struct shell *sh, const struct command *c, uint32_t index);
bool command_is_shell(struct bytes name);

#endif
