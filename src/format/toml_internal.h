/* TOML 1.0.0 (toml.io/en/v1.0.0): what toml.c (tables), toml_text.c (strings and
 * keys) and toml_scalar.c (numbers, dates) share. */
#ifndef CORTEN_FORMAT_TOML_INTERNAL_H
#define CORTEN_FORMAT_TOML_INTERNAL_H

#include "format/tree_build.h"

struct toml {
	struct bytes text;
	size_t at;
	uint32_t line;
	struct tree_build tree;
	struct buf scratch; /* a string under way */
	struct error *err;
};

/* -1, with the line and what is wrong there. */
int toml_error(struct toml *t, const char *what);

/* The byte ahead bytes further on; 0 at the end (a NUL is never valid TOML). */
static inline uint8_t toml_peek(const struct toml *t, size_t ahead)
{
	return t->text.n - t->at > ahead ? t->text.p[t->at + ahead] : 0;
}

/* Past blanks: spaces and tabs. */
void toml_blanks(struct toml *t);
/* Past a line's end, LF or CR LF; false when there is none here. */
bool toml_newline(struct toml *t);

/* One part of a key, bare or quoted; good until the next string is read. */
int toml_key_part(struct toml *t, struct bytes *ret);
/* A quoted string of any of the four kinds; good until the next. */
int toml_string(struct toml *t, struct bytes *ret);
/* A boolean, number, date or time. */
int toml_scalar(struct toml *t, enum node_kind *ret_kind, struct bytes *ret_text);

#endif
