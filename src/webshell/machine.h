/* The machine's parts. Frames are what is open: blocks, brackets, calls; each has its
 * part of the stacks of values, operators and arguments. */
#ifndef CORTEN_WEBSHELL_MACHINE_H
#define CORTEN_WEBSHELL_MACHINE_H

#include "webshell/internal.h"

enum {
	FRAMES = 256,
	VALUES = 1024,
	OPERATORS = 1024,
	ARGUMENTS = 2048,
	BODIES = 10, /* calls into functions and decoded code at one time */
	DECODED_MOST = 6, /* decoded code in decoded code */
	FUNCTIONS = 4096,
	PARAMS = 12,
	LABELS = 2048,
	RESUMES = 2048,
	UNSURE = 64,
};

enum frame_kind {
	FRAME_BODY,
	FRAME_BLOCK,
	FRAME_GROUP,
	FRAME_CONTROL, /* if (…), for (…) */
	FRAME_CALL,
	FRAME_PREFIX, /* a call without brackets: include x, return x, VB's statements */
	FRAME_INDEX,
	FRAME_ARRAY,
	FRAME_NAME, /* ${…}, ->{…} */
};

struct frame {
	enum frame_kind kind;
	int close; /* the bracket that ends it; 0: the statement's end */
	uint32_t values, operators, arguments; /* where its parts begin */
	bool operand; /* what was before it ends a value */
	bool keep; /* a block within an expression */
	bool each; /* for … in */
	uint8_t member; /* FRAME_NAME: the operator before it */
	uint32_t asks; /* ? without : */
	uint32_t block; /* number of the block around */
	struct value callee; /* called, indexed; FRAME_CONTROL: what is walked over */
	struct array *array;
	struct value key;
	bool has_key;
	uint32_t at;
};

struct operator_entry {
	enum op op;
	enum op under;
	bool unary;
};

struct param {
	struct bytes name, type;
	bool ref;
};

struct function {
	struct bytes name; /* small letters; empty: a closure */
	uint32_t at; /* of its keyword or name */
	struct wlex_place body, after;
	uint32_t end; /* offset where the body ends */
	struct param params[PARAMS];
	uint32_t param_count;
	bool active;
	bool arrow; /* PHP's fn: one expression */
	uint32_t told; /* telling tokens before it */
	bool dull; /* none in it */
};

/* A call into a function, or into decoded code. */
struct body {
	uint32_t scope, frame, function; /* function: +1; 0: code */
	uint32_t end; /* offset where it ends; UINT32_MAX: with its text */
	bool definition; /* read where it is written, not called */
	bool decoded;
	bool ends; /* it was a statement's last call */
	uint32_t shifted; /* Perl: arguments that were taken */
	uint32_t report_at; /* where in the file, for decoded code */
	struct value ret;
	struct lexer back;
	struct piece piece;
};

/* Statements that may not run, without a bracket around them. */
struct unsure {
	uint32_t frame, block; /* the frame's number, and its block before */
	bool one; /* until a statement ends; else until its word */
};

struct machine {
	struct look *look;
	struct webshell_engine *e;
	enum page page;
	struct lexer x;
	struct token t;
	/* what is open: how much of the arrays below */
	uint32_t frame_count, value_count, operator_count, argument_count, body_count;
	uint32_t unsure_count;
	/* state between tokens */
	bool operand; /* the last token ends a value */
	bool control; /* the next bracket belongs to if, for … */
	bool is_new; /* behind `new` */
	bool each; /* behind `for`, where `in` may come */
	bool was_new; /* … and a type's brackets */
	bool condition; /* VB: = compares until the line's end */
	bool global, property, constant; /* PHP: what the next variables are */
	bool list; /* Perl: the next brackets hold variables */
	bool mine; /* Perl: behind my, where variables are the function's */
	bool stay; /* no function is gone into */
	struct value objects; /* PHP: what they are made of, as a visitor says */
	bool included; /* another file was: what it sets is not known */
	bool part; /* of an application: it includes files of its own, or has a class */
	bool typed; /* JScript.NET: a type is named, as in var x : String */
	struct value extracted; /* what variables of no assignment are */
	enum op member; /* behind . or -> */
	uint32_t dollars; /* $ before $x */
	enum token_kind last;
	int last_op;
	struct value asked; /* before ? */
	struct value with; /* VB's With */
	uint32_t blocks, scopes;
	/* names */
	struct map vars;
	struct function *functions;
	uint32_t function_count;
	struct map by_name;
	struct map by_place; /* labels and functions, by offset */
	uint32_t label_count, resume_count;
	const struct piece *pieces;
	size_t piece_count;
	/* bounds */
	uint64_t steps, steps_max, inlined, inlined_max, inlined_before; /* the definition */
	uint32_t skip; /* brackets open that did not fit */
	uint32_t searches; /* for hidden names */
	uint32_t ends; /* functions that run when a page ends, as far as gone into */
	/* From here on nothing is cleared between pages: what is counted is written whole. */
	struct frame frames[FRAMES];
	struct value values[VALUES];
	struct operator_entry operators[OPERATORS];
	struct value arguments[ARGUMENTS];
	struct body bodies[BODIES];
	struct unsure unsure[UNSURE];
	struct {
		struct bytes name;
		struct wlex_place place;
		bool taken;
	} labels[LABELS];
	struct wlex_place resumes[RESUMES]; /* behind gotos */
	struct token queues[BODIES + 1][LEX_QUEUE]; /* the last: pages begin without it */
};

/* --- frames.c: what is open, and the values and operators in it ------------------------- */

struct frame *machine_top(struct machine *m);
struct frame *machine_open(struct machine *m, enum frame_kind kind, int close);
bool frame_is_statement(const struct frame *f);
void machine_push(struct machine *m, const struct value *v);
/* Takes the value before the current token. */
struct value machine_take(struct machine *m);
/* Applies the operators of the current frame that bind at least so strongly. */
void machine_reduce(struct machine *m, int strength);
/* What the current frame's expression is; its stacks are empty behind it. */
struct value machine_finish(struct machine *m);
/* One more argument of the current frame's call. */
void machine_argument(struct machine *m, const struct value *v);
/* By the current token. */
void machine_bracket_open(struct machine *m);
void machine_bracket_close(struct machine *m);
void machine_comma(struct machine *m);
void machine_statement_end(struct machine *m);
/* … at a mark: a call without brackets is gone into, and the statement ends behind it. */
void machine_statement_mark(struct machine *m);
/* Closes all frames over this one. */
void machine_unwind(struct machine *m, uint32_t frame);

/* --- machine.c: tokens become values ------------------------------------------------------ */

/* Pushes what ends a value. */
void machine_operand(struct machine *m, struct value v);
void machine_step(struct machine *m);

/* --- names.c: variables ------------------------------------------------------------------- */

/* Of the function's or, when there is none there, of the page; NULL without memory. */
struct var *vars_get(struct machine *m, struct bytes name, bool make);
/* Of the function alone. */
struct var *vars_own(struct machine *m, struct bytes name);
struct var *vars_global(struct machine *m, const char *sort, struct bytes name, bool make);
void vars_alias(struct machine *m, struct bytes name, struct var *to);
void vars_assign(struct machine *m, const struct value *to, const struct value *v);
struct value vars_name(struct machine *m, struct bytes name); /* a name without sigil */
struct value vars_variable(struct machine *m, struct bytes name); /* $name */
struct value vars_member(struct machine *m, const struct value *base, struct bytes name);
struct value vars_element(struct machine *m, const struct value *base, const struct value *key);
/* The page makes sure that it is harmless: what is read of it from now on is. */
void vars_checked(struct machine *m, const struct value *v);
/* "_GET" and its like. */
bool vars_is_request(const struct value *v);
/* Marks a value whose path is a source. */
void vars_source(struct machine *m, struct value *v);

/* --- operate.c: operators ---------------------------------------------------------------- */

int operator_strength(enum op op, bool unary);
struct value operate_binary(struct machine *m, const struct operator_entry *o,
			    const struct value *a, const struct value *b);
struct value operate_unary(struct machine *m, const struct operator_entry *o,
			   const struct value *a);
struct value operate_concat(struct machine *m, const struct value *a, const struct value *b);
void operate_step(struct machine *m, struct value *v, bool up);

/* --- functions.c: those of the page --------------------------------------------------------- */

void functions_find(struct machine *m);
struct function *functions_at(struct machine *m, uint32_t at);
struct function *functions_named(struct machine *m, struct bytes name);
/* Goes into it; its value comes when it ends. false: not now. */
bool functions_enter(struct machine *m, struct function *f, const struct value *args, size_t count,
		     bool definition);
/* Goes behind one that is not read where it is written. */
void functions_pass(struct machine *m, const struct function *f);
/* Goes into code that was decoded. */
bool functions_decoded(struct machine *m, struct bytes code, bool html);
void functions_leave(struct machine *m);

/* --- perl.c ---------------------------------------------------------------------------------- */

/* Whether the bracket that opens holds a list that is given values. */
bool perl_opens_list(const struct machine *m);
/* Whether the name is a hash's key. */
bool perl_bare_key(struct machine *m);
/* The current frame's brackets hold what foreach walks over. */
void perl_walk(struct machine *m, const struct value *over);
/* false: it says what is shifted, as other calls do. */
bool perl_shift(struct machine *m);
struct call;
/* system('svn', 'log', $x): a program of the page's with arguments, and no shell. */
bool perl_runs_list(const struct call *c);
bool perl_read(struct machine *m, const struct call *c, struct value *ret);

/* --- python.c -------------------------------------------------------------------------------- */

/* Whether a server calls it for its visitors. */
bool python_serves(const struct machine *m, const struct function *f);
bool python_url(struct machine *m, const struct call *c, struct value *ret);

/* --- keywords.c ------------------------------------------------------------------------------ */

/* true: the name was a word of the language. */
bool keyword(struct machine *m);

/* --- calls.c: what is called ---------------------------------------------------------------- */

struct call {
	struct value callee;
	struct bytes path; /* small letters */
	const struct value *args;
	size_t count;
	uint32_t at;
	bool dynamic; /* called by a value */
};

/* true: the value is pushed (or will be); false: ret is it. */
bool call_finish(struct machine *m, struct call *c, struct value *ret);
/* builtin.c: what functions of the language make of their arguments. */
bool builtin_call(struct machine *m, const struct call *c, struct value *ret);
/* sink.c */
void sink_check(struct machine *m, const struct call *c);
/* Tells the rules that name the path. */
void sink_path(struct machine *m, struct bytes path, uint32_t at, const struct value *args,
	       size_t count);
void sink_assigned(struct machine *m, struct bytes path, const struct value *v);

/* dull.c: whether a token is one by which a function matters; whether any function of this
 * page is left out for want of one. */
bool token_tells(const struct machine *m, const struct token *t, const struct token *before);
bool page_has_dull(const struct machine *m);

/* hidden.c: names that are written nowhere, shells that are written to files. */
void hidden_check(struct machine *m, const struct call *c);
/* Whether code in a text runs what a visitor says. */
bool runs_input(struct bytes text);
/* Whether the page itself sets what it uses here: no file it includes, no caller does. */
bool sets_all(const struct machine *m);
/* A variable that nothing has set so far. */
bool is_unset(const struct value *v);
void letterless_check(struct machine *m);

/* decode.c: each false when the text is none, or there is no room. */
bool decode_base64(struct heap *h, struct bytes in, struct bytes *ret);
bool decode_hex(struct heap *h, struct bytes in, struct bytes *ret);
bool decode_percent(struct heap *h, struct bytes in, bool plus, struct bytes *ret);
bool decode_rot13(struct heap *h, struct bytes in, struct bytes *ret);
bool decode_reverse(struct heap *h, struct bytes in, struct bytes *ret);
bool decode_uu(struct heap *h, struct bytes in, struct bytes *ret);
/* form: 'r' deflate, 'z' zlib, 'g' gzip, 0: what it looks like */
bool decode_inflate(struct heap *h, struct bytes in, int form, struct bytes *ret);
bool decode_replace(struct heap *h, struct bytes in, struct bytes what, struct bytes with,
		    struct bytes *ret);
bool decode_entities(struct heap *h, struct bytes in, struct bytes *ret);

/* pattern.c: only letters and digits between its marks: the pattern is what it finds. */
bool pattern_plain(struct bytes p, struct bytes *ret);
/* /[^a-z0-9]+/: whatever is none of these goes, and with it ways to other folders. */
bool pattern_keeps(const struct value *v);
/* /^[a-z]+$/: a whole text of certain letters. */
bool pattern_whole(const struct value *v);

/* perhaps.c: behind if (…), or else: the next statement; PHP's if (…): and VB's If … Then
 * until their ends. */
void perhaps_one(struct machine *m);
void perhaps_stay(struct machine *m); /* the : behind if (…) */
void perhaps_end(struct machine *m); /* endif */
void perhaps_else(struct machine *m);
void perhaps_then(struct machine *m); /* VB */
void perhaps_vb_end(struct machine *m); /* End, and End If */
void perhaps_statement_end(struct machine *m);
/* Forgets those of frames that are gone. */
void perhaps_trim(struct machine *m);

#endif
