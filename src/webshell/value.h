/* What is known of a value without running anything: where it may come from, and its
 * content when that is certain. */
#ifndef CORTEN_WEBSHELL_VALUE_H
#define CORTEN_WEBSHELL_VALUE_H

#include "base/base.h"

enum {
	TAINT_INPUT = 1 << 0, /* a visitor says it */
	TAINT_DECODED = 1 << 1, /* unpacked from what was packed */
	TAINT_BUILT = 1 << 2, /* put together from single characters */
	TAINT_REMOTE = 1 << 3, /* read from another machine */
	TAINT_UPLOAD = 1 << 4, /* a file that a visitor sends */
	TAINT_PREFIXED = 1 << 5, /* there is fixed text before the input */
	TAINT_FAR = 1 << 6, /* went through a function that we do not know */
	TAINT_CLEAN = 1 << 7, /* went through what makes it harmless */
	TAINT_SELF = 1 << 8, /* read from a file, as its own end */
	TAINT_CHOSEN = 1 << 9, /* an element of a table that the visitor picks */
	TAINT_STORED = 1 << 10, /* from the session: a visitor may have put it there */
	TAINT_PART = 1 << 11, /* only in rules: pages that are parts of applications */
	TAINT_PIECE = 1 << 12, /* picked out by a variable's number: another turn, another one */
};

enum value_kind { VALUE_UNKNOWN, VALUE_STRING, VALUE_NUMBER, VALUE_ARRAY, VALUE_FUNCTION };

/* A step on the way of a value, for the evidence. */
struct trace {
	const struct trace *prev;
	struct bytes word;
	uint32_t depth;
};

struct array;
struct var;

struct key {
	enum value_kind kind;
	struct bytes text;
	int64_t number;
};

struct value {
	enum value_kind kind;
	uint32_t taint;
	struct bytes text; /* VALUE_STRING; of a name that nobody knows, the name */
	int64_t number; /* VALUE_NUMBER; VALUE_FUNCTION: its index */
	struct array *array; /* VALUE_ARRAY */
	const struct trace *trace;
	struct bytes path; /* "runtime.getruntime()", in small letters */
	struct var *ref; /* what an assignment to it changes */
	struct var *base; /* the table whose element it is */
	const struct key *key; /* … and which; NULL: none */
	uint32_t at; /* where it was seen */
};

struct var {
	struct value v;
	uint32_t block, depth; /* where its last assignment was */
};

struct element {
	struct bytes key; /* empty: by number */
	int64_t number;
	struct value v;
};

enum { ARRAY_NAMED_MOST = 128, ARRAY_MOST = 8192, PIECE_MOST = 3, PIECES_LEAST = 3 };

struct array {
	struct element *list;
	size_t count, cap, named;
	int64_t next;
	struct value rest; /* what did not fit, joined */
};

/* Strings that were made. One grows in place when it lies on top, so that a loop of
 * appends is linear. */
struct heap {
	uint8_t *p;
	size_t used, max;
};

int heap_open(struct heap *h, size_t max, struct error *err);
void heap_close(struct heap *h);
/* Room for n bytes, or NULL; heap_keep says how many are kept. */
uint8_t *heap_room(struct heap *h, size_t n);
struct bytes heap_keep(struct heap *h, const uint8_t *p, size_t n);
/* false: no room. */
bool heap_join(struct heap *h, struct bytes a, struct bytes b, struct bytes *ret);
bool heap_copy(struct heap *h, struct bytes a, struct bytes *ret);
struct bytes heap_lower(struct heap *h, struct bytes a);

struct value value_text(struct bytes text);
struct value value_number(int64_t n);
/* As text, as the languages do it; false when it is not known. */
bool value_as_text(struct heap *h, const struct value *v, struct bytes *ret);
bool value_as_number(const struct value *v, int64_t *ret);
/* Two ways that meet. */
struct value value_meet(const struct value *a, const struct value *b);
/* Where it comes from, without what it is. */
struct value value_origin(const struct value *v);

struct array *array_new(struct arena *arena);
/* NULL when it does not fit: then v is in rest. */
struct value *array_put(struct arena *arena, struct array *a, const struct value *key,
			const struct value *v);
/* NULL when there is none of this key, or the key is not known. */
struct value *array_get(struct array *a, const struct value *key);
/* All elements joined. */
struct value array_any(const struct array *a);

const struct trace *trace_add(struct arena *arena, const struct trace *prev, struct bytes word);

#endif
