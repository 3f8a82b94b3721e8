/* atoms: many literals looked for in one pass. What finds a place where a rule may
 * match before the rule is tried: file by file, or in pieces of a stream.
 *
 * Not an automaton: of each literal the rarest window of four bytes (two, of literals
 * shorter than four) is put into a table of bits that stays in the processor's cache.
 * Every place of the text is looked up there, four at a time and none waiting for the one
 * before it; only where a bit is set are literals compared. That costs the same for ten
 * literals as for fifty thousand, and memory grows with the literals, not with states.
 * The longest chain of literals that share a window bounds what a hostile text can cost.
 *
 * Cases are ASCII's. A literal that is there twice is told twice, by both numbers. */
#ifndef CORTEN_CHECK_ATOMS_H
#define CORTEN_CHECK_ATOMS_H

#include "base/base.h"

struct atom {
	struct bytes text; /* LIMIT_ATOM_LEAST to LIMIT_ATOM_BYTES */
	bool any_case;
};

struct atoms;
/* The texts need not outlive the call. ERR_LIMIT: more than LIMIT_ATOMS, one that is too
 * short or too long, LIMIT_ATOMS_MEMORY; it names the literal. None at all is allowed. */
int atoms_build(const struct atom *list, size_t n, struct atoms **ret, struct error *err);
void atoms_free(struct atoms *a);
size_t atoms_count(const struct atoms *a);
size_t atoms_memory(const struct atoms *a); /* bytes */

/* A literal's number in the list, and the offset behind its last byte. False ends the
 * search. Places come in no certain order. */
typedef bool atoms_hit_fn(void *ctx, uint32_t atom, uint64_t end);

/* All places in a whole text, overlapping ones too. False: the callback ended it. */
bool atoms_search(const struct atoms *a, struct bytes text, atoms_hit_fn *hit, void *ctx);

/* Sets the bit of each literal that the text has: bit atom % 64 of seen[atom / 64]. Bits
 * that are set stay so. */
void atoms_seen(const struct atoms *a, struct bytes text, uint64_t *seen);

/* The same for a text that comes in pieces of any size. */
struct atoms_stream {
	const struct atoms *atoms;
	uint64_t at; /* bytes so far */
	size_t carried;
	uint8_t carry[LIMIT_ATOM_BYTES]; /* the last ones, for what crosses pieces */
};

static inline void atoms_stream_begin(struct atoms_stream *s, const struct atoms *a)
{
	s->atoms = a;
	s->at = 0;
	s->carried = 0;
}

/* Offsets count from the stream's begin. */
bool atoms_stream_feed(struct atoms_stream *s, struct bytes piece, atoms_hit_fn *hit, void *ctx);

#endif
